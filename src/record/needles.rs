//! A filter for many texts at once: whether any of them occurs in some bytes.
//!
//! An automaton takes a step for each byte and each step waits for the one before. Here every fourth byte is looked at, none of them waits, and nearly all are
//! settled by one bit: of each text four windows of four bytes are known, one for each way in which it can lie to the steps. Which four decides how often
//! a bit lies, so they are chosen by how rare they are in a sample. Texts of fewer than seven bytes are left to an automaton.

use aho_corasick::{AhoCorasick, BuildError, MatchKind};
use foldhash::{HashMap, HashSet};
use memchr::memmem::Finder;

/// Bytes of a window.
const WINDOW: usize = 4;

/// Bits of a table: 32 KiB, which stays in the nearest cache.
const BITS: u32 = 18;

/// What every escape of an ASCII character begins with.
const ESCAPE: &[u8] = br"\u00";

/// Bytes that hold a window at every fourth place, wherever they begin: the shortest text that is known by windows.
const SPAN: usize = 2 * WINDOW - 1;

/// Texts made ready.
#[derive(Debug, Clone)]
pub struct Needles {
    long: Windows,
    short: Option<AhoCorasick>,
    escape: Finder<'static>,
}

/// Texts of at least [`SPAN`] bytes.
#[derive(Debug, Clone)]
struct Windows {
    /// One bit for what a window hashes to.
    table: Box<[u64; (1 << BITS) / 64]>,
    /// Where a window lies in the texts that have it, and how long those are. Names made by a program share their windows, so texts are not compared one by one.
    places: HashMap<u32, Vec<(u8, usize)>>,
    texts: HashSet<Box<[u8]>>,
}

const fn slot(window: u32) -> usize {
    (window.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

fn window(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + WINDOW).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes)
}

impl Windows {
    fn new<'n>(texts: impl Iterator<Item = &'n [u8]>, seen: &[u32]) -> Self {
        let mut windows = Self { table: Box::new([0; (1 << BITS) / 64]), places: HashMap::default(), texts: HashSet::default() };
        for text in texts {
            let frequency = |at: usize| window(text, at).map_or(0, |window| u64::from(seen[slot(window)]));
            let cost = |start: &usize| (0..WINDOW).map(|shift| frequency(start + shift)).sum::<u64>();
            // A window's place in its text fits a byte.
            let last = (text.len() - SPAN).min(usize::from(u8::MAX) - SPAN);
            let start = (0..=last).min_by_key(cost).unwrap_or(0);
            for at in start..start + WINDOW {
                let Some(window) = window(text, at) else { continue };
                windows.table[slot(window) / 64] |= 1 << (slot(window) % 64);
                let (places, place) = (windows.places.entry(window).or_default(), (u8::try_from(at).unwrap_or(u8::MAX), text.len()));
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            windows.texts.insert(text.into());
        }
        windows
    }

    /// Whether a window may be known, in the last bit.
    fn bit(&self, window: u32) -> u64 {
        self.table[slot(window) / 64] >> (slot(window) % 64)
    }

    fn occur_in(&self, bytes: &[u8]) -> bool {
        if self.texts.is_empty() {
            return false;
        }
        // The bits of sixteen places together, so that nearly always one question is asked of all of them.
        const TOGETHER: usize = 16 * WINDOW;
        let (blocks, rest) = bytes.as_chunks::<TOGETHER>();
        for (number, block) in blocks.iter().enumerate() {
            let bits = |mask: u64, window: &[u8; WINDOW]| mask << 1 | self.bit(u32::from_le_bytes(*window)) & 1;
            let mut mask = block.as_chunks::<WINDOW>().0.iter().fold(0, bits);
            while mask != 0 {
                // The first window is the highest bit of sixteen.
                let last = mask.trailing_zeros() as usize;
                if self.is_at(bytes, number * TOGETHER + (TOGETHER / WINDOW - 1 - last) * WINDOW) {
                    return true;
                }
                mask &= mask - 1;
            }
        }
        (bytes.len() - rest.len()..bytes.len()).step_by(WINDOW).any(|at| self.is_at(bytes, at))
    }

    /// Whether a text lies about a place.
    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(window) = window(bytes, at).filter(|window| self.bit(*window) & 1 != 0) else { return false };
        let places = self.places.get(&window).map_or(&[][..], Vec::as_slice);
        places.iter().any(|(place, length)| {
            let start = at.checked_sub(usize::from(*place));
            start.and_then(|start| bytes.get(start..start + length)).is_some_and(|bytes| self.texts.contains(bytes))
        })
    }
}

impl Needles {
    /// Makes texts ready. `sample` is text of the kind that will be searched; it decides nothing but speed.
    ///
    /// # Errors
    /// When there are more short texts than an automaton can hold.
    pub fn new<'n>(texts: impl Iterator<Item = &'n [u8]>, sample: &[u8]) -> Result<Self, BuildError> {
        let mut seen = vec![0u32; 1 << BITS];
        for window in sample.windows(WINDOW) {
            let window = window.try_into().map(u32::from_le_bytes).unwrap_or_default();
            seen[slot(window)] = seen[slot(window)].saturating_add(1);
        }
        let (long, short): (Vec<&[u8]>, Vec<&[u8]>) = texts.partition(|text| text.len() >= SPAN);
        // Of this kind, because only then a few are searched for side by side.
        let automaton = || AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&short);
        Ok(Self {
            long: Windows::new(long.into_iter(), &seen),
            short: if short.is_empty() { None } else { Some(automaton()?) },
            escape: Finder::new(ESCAPE),
        })
    }

    /// Whether one of the texts occurs, or an escape of an ASCII letter, digit or what stands beside them, which could spell one.
    #[must_use]
    pub fn occur_in(&self, bytes: &[u8]) -> bool {
        self.long.occur_in(bytes)
            || self.short.as_ref().is_some_and(|short| short.is_match(bytes))
            || self.escape.find_iter(bytes).any(|at| match bytes.get(at + ESCAPE.len()..at + ESCAPE.len() + 2) {
                Some([b'3', low]) => low.is_ascii_digit(),
                Some([high, _]) => (b'4'..=b'7').contains(high),
                _ => true,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn occur(texts: &[&str], bytes: &str) -> bool {
        Needles::new(texts.iter().map(|text| text.as_bytes()), bytes.as_bytes()).unwrap().occur_in(bytes.as_bytes())
    }

    #[test]
    fn a_text_is_found_wherever_it_lies_and_however_short_it_is() {
        for text in ["AKIAIOSFODNN7EXAMPLE", "sevenxx", "six-ch", "a", "\"ci\""] {
            for before in 0..140 {
                let bytes = format!("{}{text}{}", "x".repeat(before), "y".repeat(before % 7));
                assert!(occur(&[text], &bytes), "{text} after {before}");
                assert!(occur(&["nowhere-at-all", text, "another-name"], &bytes));
                let cut = &bytes[..before + text.len() - 1];
                assert_eq!(occur(&[text], cut), cut.contains(text), "{text} cut after {before}");
            }
        }
        assert!(!occur(&[], "anything"));
    }

    #[test]
    fn an_escape_that_could_spell_a_text_counts_as_one() {
        assert!(occur(&["tracy_stone"], r"tr\u0061cy_stone") && occur(&["x1"], r"\u0031"));
        assert!(!occur(&["tracy_stone"], r"\u003chtml\u003e"));
    }

    proptest! {
        #[test]
        fn it_says_what_a_search_for_each_text_says(
            texts in proptest::collection::vec("[ab]{1,12}", 0..20), bytes in "[abc]{0,300}", sample in "[abc]{0,60}",
        ) {
            let needles = Needles::new(texts.iter().map(|text| text.as_bytes()), sample.as_bytes()).unwrap();
            prop_assert_eq!(needles.occur_in(bytes.as_bytes()), texts.iter().any(|text| bytes.contains(text.as_str())));
        }
    }
}
