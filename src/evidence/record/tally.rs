//! What an object's text was found to hold: how it is wrapped, how many records, what is wrong and where.

use super::form::Form;
use super::likeness;
use std::fmt;

/// What is wrong at one place of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A record that is not JSON, or whose end cannot be found.
    BrokenRecord,
    /// Longer than [`MAX_RECORD`](super::envelope::MAX_RECORD).
    OversizedRecord,
    /// The text ends inside a record.
    CutRecord,
    /// The text ends between records, before the envelope does.
    CutEnvelope,
    /// Bytes that are no part of any value.
    StrayBytes,
    /// Two records without a comma between them.
    MissingComma,
    /// Records in an envelope that is not known, or whose key is damaged.
    UnknownEnvelope,
    /// Envelopes nested too deeply.
    TooDeep,
    /// Bytes that JSON does not allow inside a record that could be read all the same.
    OddBytes,
}

impl Fault {
    /// Whether a record was lost to it.
    #[must_use]
    pub const fn loses_a_record(self) -> bool {
        matches!(self, Self::BrokenRecord | Self::OversizedRecord | Self::CutRecord)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BrokenRecord => "broken record",
            Self::OversizedRecord => "record longer than 16 MiB",
            Self::CutRecord => "record cut off",
            Self::CutEnvelope => "text ends before its envelope",
            Self::StrayBytes => "stray bytes",
            Self::MissingComma => "missing comma",
            Self::UnknownEnvelope => "records in an unknown envelope",
            Self::TooDeep => "envelopes nested too deeply",
            Self::OddBytes => "bytes that JSON does not allow, record read all the same",
        })
    }
}

/// A fault and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong.
    pub fault: Fault,
    /// Offset in the inflated text.
    pub offset: u64,
    /// The number of the record it concerns, or of the next one.
    pub record_index: u64,
}

/// Places of damage kept for an object; all are counted.
const MAX_DAMAGE_KEPT: usize = 8;

/// What was found in one object.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Records, damaged ones included.
    pub records: u64,
    /// Records that are damaged.
    pub damaged: u64,
    /// Records kept apart.
    pub apart: u64,
    /// Values that are no records: CloudWatch control messages, other EventBridge events, another program's JSON.
    pub other_values: u64,
    /// Those of them that look like CloudTrail.
    pub like_records: u64,
    /// Why the first of these does.
    pub likeness: Option<&'static str>,
    /// CloudTrail digests.
    pub digests: u64,
    /// The forms seen, most common envelope first found.
    pub forms: Vec<Form>,
    /// The first faults, in order.
    pub damage: Vec<Damage>,
    /// All faults.
    pub faults: u64,
}

impl Tally {
    /// Counts a value that is not a record, and looks at it.
    pub(super) fn other(&mut self, value: &[u8]) {
        self.other_values += 1;
        self.beside(value);
    }

    /// Looks at a value that nothing is read of.
    pub(super) fn beside(&mut self, value: &[u8]) {
        if let Some(likeness) = likeness::of(value) {
            self.like_records += 1;
            self.likeness = self.likeness.or(Some(likeness));
        }
    }

    /// Looks at text that is not a value, and that a fault stands for.
    pub(super) fn skipped(&mut self, text: &[u8]) {
        if self.likeness.is_none() {
            self.likeness = likeness::of(text);
        }
    }

    /// Notes a form.
    pub(super) fn form(&mut self, form: Form) {
        if !self.forms.contains(&form) {
            self.forms.push(form);
        }
    }

    /// Counts a fault, and the record it cost.
    pub(super) fn fault(&mut self, damage: Damage) {
        self.faults += 1;
        if damage.fault.loses_a_record() {
            self.records += 1;
            self.damaged += 1;
        }
        if self.damage.len() < MAX_DAMAGE_KEPT {
            self.damage.push(damage);
        }
    }
}
