//! A filter for many texts at once: whether any of them occurs in some bytes.
//!
//! An automaton takes a step for each byte and each step waits for the one before. Here every fourth byte is looked at, none of them waits, and nearly all are
//! settled by one bit: of each text four windows of four bytes are known, one for each way in which it can lie to the steps. Which four decides how often
//! a bit lies, so they are chosen by how rare they are in a sample. Texts that are too short for that, and escapes, are left to an automaton.

use aho_corasick::{AhoCorasick, BuildError};
use foldhash::{HashMap, HashSet};

/// Bytes of a window.
const WINDOW: usize = 4;

/// Bytes that hold a window at every fourth place, wherever they begin.
const SPAN: usize = 2 * WINDOW - 1;

/// Bits of the table: 32 KiB, which stays in the nearest cache.
const BITS: u32 = 18;

/// Escapes of ASCII letters, digits and what stands beside them: they may spell any text.
const ESCAPES: [&str; 14] = [
    r"\u0030", r"\u0031", r"\u0032", r"\u0033", r"\u0034", r"\u0035", r"\u0036", r"\u0037", r"\u0038", r"\u0039", r"\u004", r"\u005",
    r"\u006", r"\u007",
];

/// Texts made ready.
#[derive(Debug, Clone)]
pub struct Needles {
    /// One bit for what a window hashes to.
    table: Box<[u64]>,
    /// Where a window lies in the texts that have it, and how long those are. Names made by a program share their windows, so texts are not compared one by one.
    windows: HashMap<u32, Vec<(u8, usize)>>,
    long: HashSet<Box<[u8]>>,
    short: AhoCorasick,
}

const fn slot(window: u32) -> usize {
    (window.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

fn window(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + WINDOW).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes)
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
        let mut table = vec![0u64; (1 << BITS) / 64].into_boxed_slice();
        let mut windows: HashMap<u32, Vec<(u8, usize)>> = HashMap::default();
        for text in &long {
            let cost = |start: &usize| {
                (0..WINDOW).filter_map(|shift| window(text, start + shift)).map(|window| u64::from(seen[slot(window)])).sum::<u64>()
            };
            // A window's place in its text fits a byte; texts are names, which are not longer.
            let start = (0..=(text.len() - SPAN).min(usize::from(u8::MAX) - SPAN)).min_by_key(cost).unwrap_or(0);
            for at in start..start + WINDOW {
                let Some(window) = window(text, at) else { continue };
                table[slot(window) / 64] |= 1 << (slot(window) % 64);
                let (places, place) = (windows.entry(window).or_default(), (u8::try_from(at).unwrap_or(u8::MAX), text.len()));
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        let short = AhoCorasick::new(short.into_iter().chain(ESCAPES.iter().map(|escape| escape.as_bytes())))?;
        Ok(Self { table, windows, long: long.into_iter().map(Box::from).collect(), short })
    }

    /// Whether one of the texts occurs, or an escape that could spell one.
    #[must_use]
    pub fn occur_in(&self, bytes: &[u8]) -> bool {
        self.long_occurs_in(bytes) || self.short.is_match(bytes)
    }

    fn long_occurs_in(&self, bytes: &[u8]) -> bool {
        if self.long.is_empty() {
            return false;
        }
        // The bits of sixteen places together, so that nearly always one question is asked of all of them.
        const TOGETHER: usize = 16;
        let hit = |window: u32| self.table[slot(window) / 64] >> (slot(window) % 64) & 1;
        let mut blocks = bytes.chunks_exact(TOGETHER * WINDOW);
        let mut at = 0;
        for block in &mut blocks {
            let (windows, _) = block.as_chunks::<WINDOW>();
            let any = windows.iter().fold(0, |any, window| any | hit(u32::from_le_bytes(*window)));
            if any != 0 && self.settle(bytes, at, at + block.len()) {
                return true;
            }
            at += block.len();
        }
        self.settle(bytes, at, bytes.len())
    }

    /// Looks at every fourth place of a stretch in earnest.
    fn settle(&self, bytes: &[u8], from: usize, to: usize) -> bool {
        (from..to).step_by(WINDOW).any(|at| {
            let Some(window) = window(bytes, at) else { return false };
            if self.table[slot(window) / 64] >> (slot(window) % 64) & 1 == 0 {
                return false;
            }
            let of_window = self.windows.get(&window).map_or(&[][..], Vec::as_slice);
            of_window.iter().any(|(place, length)| {
                let start = at.checked_sub(usize::from(*place));
                start.and_then(|start| bytes.get(start..start + length)).is_some_and(|bytes| self.long.contains(bytes))
            })
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
