//! Everything that grew out of root's credentials: root creates a user, the user gets a key, the key assumes a role, the role's session
//! launches instances.
//!
//! [`Trace`] gathers facts of records in any order and keeps no text of them. [`Trace::resolve`] is a pure function of the set of facts:
//! it finds who is tainted, since when and how surely, and which records are theirs. It reads nothing by itself: [`Trace::needles`] says what
//! the caller must look for next, until there is nothing new. Nothing here labels root activity; that is [`crate::root`]'s, and comes before.
//!
//! The way: `actor` and `service` read a record into a `fact` (a file for each service family), `lives` tells namesakes apart,
//! `seat`, `portal` and `weave` make a graph of the facts, `closure` follows it, `doors` adds who came in through what was opened, `step` and
//! `report` say what came out.
//!
//! Taint begins with the second of the record that brings it, never before; times are whole seconds, so what happened in that second counts as
//! after. What a deed changed stays changed: taking a policy away again does not make clean who had it.
//!
//! A door is a role or a resource that a tainted identity lets others into. Whoever comes in is a visitor: the record of the entry is traced, and
//! what it opens, but not what else the visitor does. The rows of `service::doors` are the calls that open resources.
//!
//! What is *not* followed: roles that services pass on (CloudFormation, Glue, Auto Scaling ...), policies attached before the evidence,
//! credentials that somebody read from where they lie, and what a visitor carries out of a resource. Doors of other sorts (Roles Anywhere, access
//! points, function URLs, resource shares and the rest of the list in `service::doors`) are told of by name, as are groups of Identity Center
//! whose assignments or members the evidence does not have.
//!
//! ```
//! use rootline::record::{Parser, Record};
//! use rootline::trace::{Certainty, Span, Start, Trace};
//!
//! let records = [
//!     r#"{"eventTime":"2026-01-01T00:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","requestParameters":{"userName":"ann"},
//!         "userIdentity":{"type":"Root","accountId":"111122223333","arn":"arn:aws:iam::111122223333:root"}}"#,
//!     r#"{"eventTime":"2026-01-01T00:05:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets",
//!         "userIdentity":{"type":"IAMUser","accountId":"111122223333","userName":"ann"}}"#,
//! ];
//! let mut trace = Trace::new(Start::Root, Span::default());
//! while !trace.needles().is_empty() {
//!     for (handle, text) in (0..).zip(records) {
//!         // Here all of them; of many only those that hold a needle.
//!         Parser::default().with(text.as_bytes(), |value| {
//!             let record = Record::read(value);
//!             trace.add(&record, rootline::label(&record).map(|label| label.class), handle);
//!         })?;
//!     }
//!     trace.resolve();
//! }
//! let lineage = trace.resolve();
//! assert_eq!(lineage.traced[1].certainty, Certainty::Created);
//! assert_eq!(lineage.path(lineage.traced[1].step).len(), 2);
//! # Ok::<(), rootline::record::NotAnObject>(())
//! ```

mod actor;
mod certainty;
mod closure;
mod command;
mod doors;
mod edge;
mod effect;
mod fact;
mod findings;
mod graph;
mod guest;
mod hijack;
mod kind;
mod lives;
mod names;
mod needle;
mod node;
mod note;
mod notes;
mod opened;
mod portal;
pub(crate) mod render;
mod report;
mod seat;
mod service;
mod standing;
mod step;
pub(crate) mod table;
mod tracing;
mod weave;

#[cfg(test)]
mod tests;

use crate::evidence::record::time::Micros;
use crate::evidence::record::view::Record;
use crate::root::{self, Class};
pub use certainty::Certainty;
pub use edge::{Edge, Step, Traced};
use fact::Fact;
use foldhash::{HashSet, HashSetExt};
pub(crate) use kind::Kind;
use names::Names;
pub use needle::Needle;
pub use node::Node;
pub(crate) use node::NodeId;
pub use note::Note;
pub use report::Lineage;
pub use standing::Standing;
use std::collections::BTreeSet;
pub(crate) use tracing::Progressed;
pub use tracing::Tracing;
pub(crate) use tracing::{Pass, Piece};

/// What a trace starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Every use of root, as its class says.
    Root,
    /// The credential behind the record of that event id, from that record on. Ids may be shared; then behind all of them.
    Event(String),
    /// An access key, whenever it was used.
    Key(String),
    /// An identity or session by its ARN, whenever it acted.
    Principal(String),
}

/// The time that is asked about: from the first until before the second, each open if absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Inclusive.
    pub from: Option<Micros>,
    /// Exclusive; instances that were not terminated count as running until then.
    pub to: Option<Micros>,
}

impl Span {
    fn contains(self, time: Micros) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }
}

/// Facts on the way to a [`Lineage`].
#[derive(Debug)]
pub struct Trace {
    start: Start,
    span: Span,
    names: Names,
    facts: Vec<Fact>,
    handles: HashSet<u64>,
    asked: HashSet<Needle>,
    wanted: BTreeSet<Needle>,
    reopened: usize,
    looks_back: bool,
}

impl Trace {
    /// A trace without facts.
    #[must_use]
    pub fn new(start: Start, span: Span) -> Self {
        let mut wanted = BTreeSet::new();
        match &start {
            Start::Root => wanted.extend(root::WANTED.0.iter().chain(root::WANTED.1).map(|text| Needle::exact(text))),
            Start::Event(text) | Start::Key(text) => needle::spell(text, &mut wanted),
            Start::Principal(arn) => match actor::Arn::parse(arn).map(|arn| arn.resource) {
                Some("root") => wanted.extend([":root\"", "\"Root\""].map(Needle::exact)),
                resource => needle::spell(actor::last(resource.unwrap_or(arn)), &mut wanted),
            },
        }
        Self {
            start,
            span,
            names: Names::new(),
            facts: Vec::new(),
            handles: HashSet::new(),
            asked: HashSet::new(),
            wanted,
            reopened: 0,
            looks_back: false,
        }
    }

    /// What to look for that was not asked for before. A record that holds none of the needles asked for so far, and has no escaped letters that
    /// could spell one, need not be shown; every other must be, whenever it was read, those that an earlier pass left out among them.
    pub fn needles(&mut self) -> Vec<Needle> {
        let asked = &mut self.asked;
        std::mem::take(&mut self.wanted).into_iter().filter(|needle| asked.insert(needle.clone())).collect()
    }

    /// Keeps the facts of a record. `handle` names the record: the same handle again changes nothing. Records outside the span are left out;
    /// those without a time are kept to be told of.
    pub fn add(&mut self, record: &Record<'_>, class: Option<Class>, handle: u64) {
        if record.event_time.is_some_and(|time| !self.span.contains(time)) || !self.handles.insert(handle) {
            return;
        }
        let mut fact = Fact::read(record, class, handle, &mut self.names);
        fact.is_marked = matches!(&self.start, Start::Event(id) if record.event_id == Some(id));
        self.facts.push(fact);
    }

    /// How many records are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether none are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// What grew out of the start, by the facts so far. Called after each pass, since it finds what [`Trace::needles`] asks for next.
    pub fn resolve(&mut self) -> Lineage {
        let report = report::report(&self.start, self.span, &self.facts, &self.names);
        self.wanted = report.wanted.into_iter().filter(|needle| !self.asked.contains(needle)).collect();
        self.looks_back = report.reopened > self.reopened;
        self.reopened = report.reopened;
        report.lineage
    }

    /// Whether what is asked for next must be looked for in records from before the first that is traced, too: who came through a door before it
    /// was opened again is not an intruder after it.
    pub(crate) fn looks_back(&self) -> bool {
        self.looks_back
    }
}
