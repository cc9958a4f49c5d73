//! What an export is read to, and why it cannot be.

use super::alert::{Alert, Vendor};
use crate::error::Cause;
use chrono_tz::Tz;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// How to read an export.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// The zone of times that have none.
    pub timezone: Option<Tz>,
    /// Our name of a column ([`COLUMNS`](super::own::COLUMNS)) to the export's.
    pub map: BTreeMap<String, String>,
    /// The account of alerts whose format names none.
    pub account: Option<String>,
}

/// What is in an export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Import {
    /// Whose alerts they are. An export of deliveries may have those of several; an empty list may be anybody's.
    pub vendors: BTreeSet<Vendor>,
    /// In the order of the export, copies included.
    pub alerts: Vec<Alert>,
    /// What could not be used.
    pub problems: Vec<Problem>,
    /// How it is known that the export is not whole.
    pub truncated: Option<String>,
}

/// An item, or a part of one, that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// In a CSV the line, in JSON the number of the item, from 1.
    pub position: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Why an export cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// No UTF-8 text.
    #[error("the file is not UTF-8 text (byte {0})")]
    NotText(usize),
    /// No format that is known.
    #[error("the format is not known; known are {known}")]
    Unknown {
        /// The names of all that are.
        known: String,
    },
    /// A time without a zone.
    #[error("item {position}: `{name}` gives a time without a zone: `{text}`")]
    NoZone {
        /// As in [`Problem`].
        position: u64,
        /// Of the field.
        name: String,
        /// As it is written.
        text: String,
    },
    /// A column is mapped that is none of ours.
    #[error("no column `{name}` to map; there are {known}")]
    NoSuchColumn {
        /// As the user gave it.
        name: String,
        /// The names of those that there are.
        known: String,
    },
}

impl From<Unreadable> for Cause {
    fn from(error: Unreadable) -> Self {
        let hint = error.hint();
        Self::new(error, hint)
    }
}

impl Unreadable {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match self {
            Self::Empty => "export it again",
            Self::NotText(_) => "export it as JSON or CSV in UTF-8, not compressed and not as a workbook",
            Self::Unknown { .. } => {
                "convert it to CSV with the columns `raised_at` (RFC 3339), `account`, `acknowledged_at`, `title`; only the first is needed"
            }
            Self::NoZone { .. } => "give the zone that the tool showed times in with `--alert-timezone`, as `Europe/Madrid` or `UTC`",
            Self::NoSuchColumn { .. } => "write our name of the column first, then the export's",
        }))
    }
}
