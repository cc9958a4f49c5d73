//! An activity: a record that has to do with root, as it travels from the worker that found it to the timeline.

use crate::case::spool::Place;
use crate::evidence::record::content::Fingerprint;
use crate::evidence::record::time::Micros;
use crate::root::{Class, Label};

/// A labelled record. It holds what sorting, de-duplication, joins and counts need; the rest is read again from the record's text when the
/// table is written, so that a million activities cost some 350 MB.
#[derive(Debug, Clone)]
pub struct Activity {
    /// UTC; `None` where the record has none that can be read.
    pub event_time: Option<Micros>,
    /// Whose root acted: the identity's account, else the recipient, else that of the object's key.
    pub account_id: Box<str>,
    /// Other accounts that received a record of it, sorted: root acted on what is theirs.
    pub affected: Vec<Box<str>>,
    /// Whether this record is one that another account received, so that nothing is said of the logs of the account that acted.
    pub is_received: bool,
    /// Empty where the record has none.
    pub event_id: Box<str>,
    /// Of the content; only where another activity bears the same event id.
    pub fingerprint: Option<Fingerprint>,
    /// The label.
    pub label: Label,
    /// `iam CreateUser`: service and event, for counting.
    pub action: Box<str>,
    /// Where from, for counting; empty where the record does not say.
    pub source_ip: Box<str>,
    /// The key that a session opened with `AssumeRoot` is joined by.
    pub key: Option<Box<str>>,
    /// Number of the object it was found in; its meaning belongs to whoever gathers activities.
    pub object: u32,
    /// Number of the record in the object.
    pub record_index: u64,
    /// Where its text is kept.
    pub text: Place,
    /// Further copies, read and not shown.
    pub copies: u32,
    /// Another activity bears the same event id with other content, and comes before this one.
    pub id_conflict: bool,
    /// Its record tells less than CloudTrail wrote: see [`Activity::is_degraded`].
    pub degraded: bool,
}

impl Activity {
    /// Whether it comes from event history CSV or from an export that has changed or left out fields, and so tells less than a record, or not with its words.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.degraded
    }

    /// Whether it may yet turn out to belong to a session opened with `AssumeRoot`.
    #[must_use]
    pub fn may_be_privileged(&self) -> bool {
        self.label.class == Class::Direct && self.key.is_some()
    }
}
