//! What is kept of a record: who, when, where from, and what it did. Not its text.

use super::actor::{Actor, Sort};
use super::effect::Effect;
use super::names::{Name, Names};
use super::service;
use crate::evidence::record::outcome::Outcome;
use crate::evidence::record::time::Micros;
use crate::evidence::record::view::Record;
use crate::root::Class;
use crate::root::phase::{self, Phase};

/// One record.
#[derive(Debug)]
pub(super) struct Fact {
    /// The caller's name for it.
    pub(super) handle: u64,
    pub(super) time: Option<Micros>,
    pub(super) event: Name,
    pub(super) region: Name,
    pub(super) address: Name,
    pub(super) agent: Name,
    pub(super) actor: Actor,
    pub(super) phase: Option<Phase>,
    /// Its class counts as use of root.
    pub(super) is_root_use: bool,
    /// It bears the event id that the trace starts from.
    pub(super) is_marked: bool,
    /// None where the call failed.
    pub(super) effects: Box<[Effect]>,
}

impl Fact {
    pub(super) fn read(record: &Record<'_>, class: Option<Class>, handle: u64, names: &mut Names) -> Self {
        // A failed sign-in has no error code; it has a message or says so in its answer.
        let failed = Outcome::of(record, false) != Some(Outcome::Success);
        let mut actor = Actor::read(record, names);
        let sign_in = record.event_source == Some("signin.amazonaws.com");
        let is_service_of_root = actor.sort == Sort::Root && class.is_some_and(|class| !class.is_usage());
        // Who fails to sign in has proven nothing: anybody can type a name.
        if is_service_of_root || sign_in && failed {
            actor = Actor::NOBODY;
        }
        let effects = if failed { Box::default() } else { service::effects(record, &actor, names) };
        let (source, event) = (record.event_source.unwrap_or_default(), record.event_name.unwrap_or_default());
        Self {
            handle,
            time: record.event_time,
            event: names.of(event),
            region: names.of_option(record.region),
            address: names.of_option(record.source_ip),
            agent: names.of_option(record.user_agent),
            actor,
            phase: phase::of(source, event, record.read_only == Some(true)).map(|(phase, _)| phase),
            is_root_use: class.is_some_and(Class::is_usage),
            is_marked: false,
            effects,
        }
    }
}
