//! Which records can matter, judged by their bytes.
//!
//! Two steps. The delimiter has already said whether the letters `oot` or an escaped letter occur in a record, and where its
//! event's name and type stand; for nearly every record that settles it. Only where such letters occur are the needles searched for.
//!
//! A record is passed over unparsed only when its name and type are known and not wanted, no needle occurs in it, *and* no escape in
//! it could spell one: a letter written as `\u0052` forces the parse. It can therefore cost time, never a record.

use super::envelope::Found;
use aho_corasick::{AhoCorasick, MatchKind};

/// What a filter looks for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// Plain ASCII text as it stands in unescaped JSON. Each must hold `oot` in some case and none a `/`, which JSON may escape.
    pub needles: &'w [&'static str],
    /// Event names.
    pub names: &'w [&'static str],
    /// Event types.
    pub types: &'w [&'static str],
}

/// Escapes that spell an ASCII letter or one of ``@ [ \ ] ^ _ ` { | } ~``: any of them may hide a needle.
const LETTER_ESCAPES: [&str; 4] = [r"\u004", r"\u005", r"\u006", r"\u007"];

/// A filter made ready.
#[derive(Debug, Clone)]
pub struct Prefilter {
    needles: AhoCorasick,
    names: ByLength,
    types: ByLength,
}

impl Prefilter {
    /// A filter for what is wanted.
    #[must_use]
    pub fn new(wanted: Wanted<'_>) -> Self {
        let sound = |needle: &&str| needle.is_ascii() && !needle.contains('/') && needle.to_ascii_lowercase().contains("oot");
        debug_assert!(wanted.needles.iter().all(sound), "the delimiter tells of `oot` only");
        let patterns = wanted.needles.iter().chain(&LETTER_ESCAPES);
        let needles = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(patterns);
        let needles = needles.expect("a handful of needles makes an automaton");
        Self { needles, names: ByLength::new(wanted.names), types: ByLength::new(wanted.types) }
    }

    /// Whether the record must be parsed.
    #[must_use]
    pub fn may_matter(&self, found: &Found<'_>) -> bool {
        match (found.event_name, found.event_type) {
            (Some(name), Some(kind)) => {
                found.letters && self.needles.is_match(found.bytes) || self.names.contains(name) || self.types.contains(kind)
            }
            // Neither may be missing in a record of the last ten years, so this costs nothing.
            _ => true,
        }
    }
}

/// A few words, found by their length first: hardly any two have the same.
#[derive(Debug, Clone)]
struct ByLength(Vec<Vec<&'static [u8]>>);

impl ByLength {
    fn new(words: &[&'static str]) -> Self {
        let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
        let mut lengths = vec![Vec::new(); longest + 1];
        for word in words {
            lengths[word.len()].push(word.as_bytes());
        }
        Self(lengths)
    }

    fn contains(&self, word: &[u8]) -> bool {
        self.0.get(word.len()).is_some_and(|words| words.contains(&word))
    }
}
