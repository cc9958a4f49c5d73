//! What an item was wrapped in: event envelopes, messages of a topic or a queue.

use super::arn::Arn;
use super::moment::Moment;
use super::note::Note;
use crate::evidence::record::time::Micros;
use std::collections::BTreeSet;

/// What an item was taken out of.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    /// The innermost event envelope.
    pub envelope: Option<Envelope>,
    /// The message that brought it.
    pub delivery: Option<Delivery>,
}

/// What the envelope says.
#[derive(Debug, Clone, Default)]
pub(super) struct Envelope {
    pub id: Option<String>,
    /// `AWS Console Sign In via CloudTrail`, ...
    pub kind: String,
    /// `aws.signin`, ...
    pub source: String,
    pub account: Option<String>,
    pub region: Option<String>,
    /// Of the event.
    pub time: Option<Micros>,
}

/// What is known of a message's delivery.
#[derive(Debug, Clone, Default)]
pub(super) struct Delivery {
    pub id: Option<String>,
    pub topic: Option<Arn>,
    pub subject: Option<String>,
    pub at: Option<Moment>,
}

impl Delivery {
    /// When SNS sent the message, or SQS took it. What is odd about the time goes to the notes.
    pub(super) fn time(&self, notes: &mut BTreeSet<Note>) -> Option<Micros> {
        let moment = self.at?;
        notes.extend(moment.local.then_some(Note::AssumedZone));
        notes.extend(moment.twice.then_some(Note::AmbiguousTime));
        Some(moment.at)
    }

    /// This one, completed by the one that it came in.
    pub(super) fn or(self, outer: Option<Self>) -> Self {
        let outer = outer.unwrap_or_default();
        Self {
            id: self.id.or(outer.id),
            topic: self.topic.or(outer.topic),
            subject: self.subject.or(outer.subject),
            at: self.at.or(outer.at),
        }
    }
}
