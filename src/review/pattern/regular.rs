//! Regular expressions of patterns: the documented characters only, matched in linear time.

use regex_lite::{Regex, RegexBuilder};
use std::fmt;

/// A compiled expression may take this much memory, in bytes: thousands of characters, but no repetition of repetitions.
const SIZE_LIMIT: usize = 1 << 20;

/// Repetitions of repetitions that are followed.
const NEST_LIMIT: u32 = 16;

/// What stands between two `%`. It fits a value when it fits any part of it, unless it is anchored.
#[derive(Debug, Clone)]
pub(super) struct Regular {
    source: String,
    compiled: Regex,
}

impl PartialEq for Regular {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

/// Why it is none.
pub(super) enum Refusal {
    /// The character at this byte, or what follows a backslash there, is not among the documented.
    Character(usize),
    /// It is put together wrongly; the compiler's words.
    Form(String),
}

/// What a backslash makes a class of, or a character by its number in hexadecimal. Before any other letter it has no documented meaning.
const ESCAPES: &[u8] = b"dDsSwWx";

/// Whether a backslash before it takes away its meaning. `%` ends the expression, and the two angles have a meaning to the compiler.
fn is_escapable(byte: u8) -> bool {
    byte.is_ascii_punctuation() && !b"%<>".contains(&byte)
}

/// Letters, digits and these symbols and operators; a space, too, which the guide does not list and the examples of AWS's
/// CDK have.
fn is_documented(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" :_#=@/;,-^$?[]{}|\\*+.".contains(&byte)
}

impl Regular {
    /// Reads what stands between two `%`.
    pub(super) fn read(source: &str) -> Result<Self, Refusal> {
        let bytes = source.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at += match (byte, bytes.get(at + 1)) {
                (b'\\', Some(next)) if is_escapable(*next) || ESCAPES.contains(next) => 2,
                (b'\\', _) => return Err(Refusal::Character(at)),
                _ if is_documented(byte) => 1,
                _ => return Err(Refusal::Character(at)),
            };
        }
        let mut builder = RegexBuilder::new(source);
        let compiled = builder.size_limit(SIZE_LIMIT).nest_limit(NEST_LIMIT).build();
        match compiled {
            Ok(compiled) => Ok(Self { source: source.to_owned(), compiled }),
            Err(error) => Err(Refusal::Form(error.to_string())),
        }
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

impl fmt::Display for Regular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%", self.source)
    }
}
