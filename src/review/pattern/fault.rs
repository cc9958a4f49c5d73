//! Why a text is not a pattern.

use crate::error::Cause;
use std::borrow::Cow;

/// What is wrong with a pattern, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: expected {expected}, found {found}")]
pub struct Fault {
    /// The first character is 1; a line break is a character like any other.
    pub column: usize,
    /// What could stand there.
    pub expected: Cow<'static, str>,
    /// The beginning of what stands there, in backticks, or `the end`.
    pub found: String,
    /// What to write instead, where that is known.
    pub hint: Option<Cow<'static, str>>,
}

/// Characters of a pattern that a fault shows.
const SHOWN: usize = 24;

impl From<Fault> for Cause {
    fn from(error: Fault) -> Self {
        let hint = error.hint.clone();
        Self::new(error, hint)
    }
}

impl Fault {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// A fault at a byte of the text.
    pub(super) fn at(text: &str, byte: usize, expected: impl Into<Cow<'static, str>>, hint: Option<Cow<'static, str>>) -> Self {
        let (before, rest) = text.split_at(byte);
        Self { column: before.chars().count() + 1, expected: expected.into(), found: shown(rest), hint }
    }
}

/// The word that the text begins with, cut where it is long; control characters do not reach a terminal.
fn shown(rest: &str) -> String {
    let Some(first) = rest.chars().next() else { return "the end".to_owned() };
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len()).max(first.len_utf8());
    let word = &rest[..length];
    let mut start: String = word.chars().take(SHOWN).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if word.chars().nth(SHOWN).is_some() {
        start.push('…');
    }
    format!("`{start}`")
}
