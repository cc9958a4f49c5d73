//! Which records can matter, judged by their bytes.
//!
//! A record is passed over unparsed only when none of the needles occurs in it *and* no escape in it could spell one: a letter
//! written as `\u0052` forces the parse. It can therefore cost time, never a record. Needles must not hold a character that
//! JSON may write in a second way without a `\u` escape; only `/` is such a one.

use aho_corasick::{AhoCorasick, MatchKind};

/// Escapes that spell an ASCII letter or one of ``@ [ \ ] ^ _ ` { | } ~``: any of them may hide a needle.
const LETTER_ESCAPES: [&str; 4] = [r"\u004", r"\u005", r"\u006", r"\u007"];

/// A set of needles, searched for in one pass.
#[derive(Debug, Clone)]
pub struct Prefilter {
    needles: AhoCorasick,
}

impl Prefilter {
    /// A filter for the given needles, each plain ASCII text as it stands in unescaped JSON.
    ///
    /// # Errors
    /// When the needles are too many for one automaton.
    pub fn new<'n>(needles: impl IntoIterator<Item = &'n str>) -> Result<Self, aho_corasick::BuildError> {
        let patterns: Vec<&str> = needles.into_iter().chain(LETTER_ESCAPES).collect();
        debug_assert!(patterns.iter().all(|needle| needle.is_ascii() && !needle.contains('/')));
        let needles = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(patterns)?;
        Ok(Self { needles })
    }

    /// Whether the record must be parsed.
    #[must_use]
    pub fn may_matter(&self, record: &[u8]) -> bool {
        self.needles.is_match(record)
    }
}
