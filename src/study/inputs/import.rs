//! One file in, what it says out.

use super::format::{FORMATS, Item, Kind};
use super::{Listed, Policy, State};
use crate::evidence::record::time::Micros;
use crate::proof::credential_report::Use;
use serde_json::{Deserializer, Value};
use std::collections::{BTreeSet, VecDeque};

/// The largest file that is read, in bytes. Values of JSON take up to sixteen times as much memory.
pub const LIMIT: usize = 32 << 20;

/// How many problems are told of one file; the others are counted.
const TOLD: usize = 1_000;

/// What the caller knows of a file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The account of answers that name none.
    pub account: Option<String>,
    /// When it was so, of answers that do not say. UTC.
    pub date: Option<Micros>,
    /// The policy of a list of targets that names none.
    pub policy: Option<String>,
}

/// What is in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Import {
    /// What it was taken for.
    pub kinds: BTreeSet<Kind>,
    /// Accounts and what is said of their root, in the order of the file.
    pub states: Vec<(String, State)>,
    /// Uses of root that credential reports tell of.
    pub uses: Vec<Use>,
    /// Accounts of an organisation.
    pub accounts: Vec<Listed>,
    /// Policies; [`super::merge`] puts together what several answers say of one.
    pub policies: Vec<Policy>,
    /// Organisations, by their management account, of which all service control policies are listed; `None` for a list that does not say of which.
    pub policy_lists: BTreeSet<Option<String>>,
    /// What could not be used.
    pub problems: Vec<Problem>,
    /// Problems beyond those.
    pub more_problems: u64,
    /// Whether an answer says that there is more of it, or the file ends before its end.
    pub incomplete: bool,
}

/// An item, or a part of one, that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// In a CSV the line, in JSON the number of the answer, from 1.
    pub position: u64,
    /// In words.
    pub reason: String,
}

impl Import {
    /// Names what could not be used.
    pub(super) fn problem(&mut self, position: u64, reason: impl Into<String>) {
        if self.problems.len() < TOLD {
            self.problems.push(Problem { position, reason: reason.into() });
        } else {
            self.more_problems += 1;
        }
    }

    fn take(&mut self, position: u64, item: Item<'_>, options: &Options) {
        let Some(format) = FORMATS.iter().find(|format| (format.fits)(item)) else {
            return self.problem(position, "an answer of a kind that is not known");
        };
        let told = self.problems.len();
        match (format.read)(item, options, self) {
            Ok(()) => _ = self.kinds.insert(format.kind),
            Err(reason) => self.problem(position, reason),
        }
        // Answers do not know their number; tables know their lines.
        self.problems.iter_mut().skip(told).filter(|problem| problem.position == 0).for_each(|problem| problem.position = position);
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// More than is read.
    #[error("the file has {0} bytes; up to {LIMIT} are read")]
    TooLarge(usize),
    /// No UTF-8 text.
    #[error("the file is not UTF-8 text (byte {0})")]
    NotText(usize),
    /// No input that is known.
    #[error("no account state that is known; known are {}", FORMATS.map(|format| format.forms).join(", "))]
    Unknown,
    /// One that is known, but nothing can be used.
    #[error("nothing in the file can be used: {0}")]
    Useless(String),
}

impl Unreadable {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "ask AWS again: the call may have failed",
            Self::TooLarge(_) => "split it, one file to an account",
            Self::NotText(_) => "give it as the AWS CLI writes it, not compressed",
            Self::Unknown => "give the answer of the call as JSON, or the credential report as CSV",
            Self::Useless(_) => "give what is missing, or ask AWS again",
        }
    }
}

/// Reads a file. What is damaged in it is a [`Problem`], never passed over.
///
/// # Errors
/// When nothing in it can be used.
pub fn read(bytes: &[u8], options: &Options) -> Result<Import, Unreadable> {
    if bytes.len() > LIMIT {
        return Err(Unreadable::TooLarge(bytes.len()));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| Unreadable::NotText(error.valid_up_to()))?;
    let mut import = Import::default();
    match text.trim_start().as_bytes().first() {
        None => return Err(Unreadable::Empty),
        Some(b'{' | b'[') => documents(text, options, &mut import),
        Some(_) if FORMATS.iter().any(|format| (format.fits)(Item::Text(text))) => import.take(1, Item::Text(text), options),
        Some(_) => return Err(Unreadable::Unknown),
    }
    if !import.kinds.is_empty() {
        return Ok(import);
    }
    Err(import.problems.into_iter().next().map_or(Unreadable::Unknown, |problem| Unreadable::Useless(problem.reason)))
}

/// Takes the answers in JSON: one document, several after one another, or lists of them.
fn documents(text: &str, options: &Options, import: &mut Import) {
    let mut position = 0;
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    while let Some(value) = values.next() {
        let Ok(value) = value else {
            import.incomplete = true;
            return import.problem(position + 1, format!("no JSON from byte {} on", values.byte_offset()));
        };
        // A queue, not a call of itself: lists may lie in lists.
        let mut waiting = VecDeque::from([&value]);
        while let Some(value) = waiting.pop_front() {
            match value {
                Value::Array(values) => waiting.extend(values),
                Value::Object(members) => {
                    position += 1;
                    import.take(position, Item::Object(members), options);
                }
                _ => {
                    position += 1;
                    import.problem(position, "no object");
                }
            }
        }
    }
}
