//! A filter for many texts at once: whether any of them occurs in some bytes.
//!
//! An automaton takes a step for each byte and each step waits for the one before. Here every fourth byte is looked at, none of them waits, and nearly all are
//! settled by one bit: of each text four windows of four bytes are known, one for each way in which it can lie to the steps. Which four decides how often
//! a bit lies, so they are chosen by how rare they are in a sample. Texts of fewer than seven bytes are left to an automaton.

use aho_corasick::{AhoCorasick, BuildError, MatchKind};
use foldhash::HashMap;
use memchr::memmem::Finder;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a window.
const WINDOW: usize = 4;

/// Bits of a table: 32 KiB, which stays in the nearest cache.
const BITS: u32 = 18;

/// One bit for what a window hashes to.
type Bits = [u32; 1 << (BITS - 5)];

/// Bytes whose windows are looked at together, so that nearly always one question is asked of all of them.
const BLOCK: usize = 16 * WINDOW;

/// Finds the next block, from one on, that has a window whose bit is set; the number of all where none has.
type Next = fn(&Bits, &[[u8; BLOCK]], usize) -> usize;

/// What every escape of an ASCII character begins with.
const ESCAPE: &[u8] = br"\u00";

/// Bytes that hold a window at every fourth place, wherever they begin: the shortest text that is known by windows.
const SPAN: usize = 2 * WINDOW - 1;

/// Texts made ready.
#[derive(Debug, Clone)]
pub(crate) struct Needles {
    long: Windows,
    short: Option<AhoCorasick>,
    /// The numbers of the short texts.
    numbers: Vec<u32>,
    escape: Finder<'static>,
}

/// Texts of at least [`SPAN`] bytes.
#[derive(Debug, Clone)]
struct Windows {
    bits: Box<Bits>,
    next: Next,
    /// The first place of a window in `places`, and how many it has.
    windows: HashMap<u32, (u32, u32)>,
    /// Where a window lies in the texts that have it, and how long those are. Names made by a program share their windows, so texts are not compared one by one.
    places: Vec<(u8, u32)>,
    /// One bit for the end of a text: names that look alike are told before the texts themselves are asked.
    ends: Box<[u64; 1 << 10]>,
    /// Texts with their numbers.
    texts: HashMap<Box<[u8]>, u32>,
}

/// The bit of a text in [`Windows::ends`]: by its last eight bytes, in which names of a program differ. No text is shorter than seven.
fn end_of(text: &[u8]) -> usize {
    let last = match text.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => text.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    };
    (last.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as usize
}

/// A place at which a text occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The offset of one of its bytes.
    pub at: u32,
    /// Its number among those that were made ready.
    pub text: u32,
}

const fn hash(window: u32) -> u32 {
    window.wrapping_mul(0x9E37_79B1)
}

const fn slot(window: u32) -> usize {
    (hash(window) >> (32 - BITS)) as usize
}

/// The bit of a window, lowest in the result.
#[inline(always)]
const fn bit(bits: &Bits, window: u32) -> u32 {
    bit_of(bits, hash(window))
}

/// The same of what it hashes to.
#[inline(always)]
const fn bit_of(bits: &Bits, hash: u32) -> u32 {
    // Of the slot, the upper bits choose a word and the lower five a bit in it.
    bits[(hash >> (32 - BITS + 5)) as usize].wrapping_shr(hash >> (32 - BITS))
}

/// The work itself, made for more than one instruction set.
#[inline(always)]
fn next_of(bits: &Bits, blocks: &[[u8; BLOCK]], from: usize) -> usize {
    for (place, block) in blocks.iter().enumerate().skip(from) {
        // In two steps, the first of which needs no memory and is done side by side.
        let mut hashes = [0; BLOCK / WINDOW];
        for (hashed, window) in hashes.iter_mut().zip(block.as_chunks::<WINDOW>().0) {
            *hashed = hash(u32::from_le_bytes(*window));
        }
        let any = hashes.iter().fold(0, |any, hash| any | bit_of(bits, *hash));
        if any & 1 != 0 {
            return place;
        }
    }
    blocks.len()
}

/// The fastest way that this processor has: shifts by a number that is not known beforehand are slow without BMI2.
fn next_block() -> Next {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
        #[target_feature(enable = "avx2,bmi2")]
        fn run(bits: &Bits, blocks: &[[u8; BLOCK]], from: usize) -> usize {
            next_of(bits, blocks, from)
        }
        // SAFETY: both features have just been detected.
        return |bits, blocks, from| unsafe { run(bits, blocks, from) };
    }
    next_of
}

fn window(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + WINDOW).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes)
}

impl Windows {
    fn new<'n>(texts: impl Iterator<Item = (u32, &'n [u8])>, seen: &[u32]) -> Self {
        let mut bits: Box<Bits> = Box::new([0; 1 << (BITS - 5)]);
        let mut ends = Box::new([0_u64; 1 << 10]);
        let mut known: BTreeMap<u32, BTreeSet<(u8, u32)>> = BTreeMap::new();
        let mut numbers = HashMap::default();
        for (number, text) in texts {
            let frequency = |at: usize| window(text, at).map_or(0, |window| u64::from(seen[slot(window)]));
            let cost = |start: &usize| (0..WINDOW).map(|shift| frequency(start + shift)).sum::<u64>();
            // A window's place in its text fits a byte.
            let last = (text.len() - SPAN).min(usize::from(u8::MAX) - SPAN);
            let start = (0..=last).min_by_key(cost).unwrap_or(0);
            for at in start..start + WINDOW {
                let Some(window) = window(text, at) else { continue };
                bits[slot(window) / 32] |= 1 << (slot(window) % 32);
                let place = (u8::try_from(at).unwrap_or(u8::MAX), u32::try_from(text.len()).unwrap_or(u32::MAX));
                known.entry(window).or_default().insert(place);
            }
            ends[end_of(text) / 64] |= 1 << (end_of(text) % 64);
            numbers.insert(text.into(), number);
        }
        let (mut windows, mut places) = (HashMap::default(), Vec::new());
        for (window, of_window) in known {
            let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
            windows.insert(window, (number(places.len()), number(of_window.len())));
            places.extend(of_window);
        }
        Self { bits, next: next_block(), windows, places, ends, texts: numbers }
    }

    /// Tells each place at which a text occurs, until that says to stop. Whether it did.
    fn find(&self, bytes: &[u8], stop: &mut impl FnMut(usize, u32) -> bool) -> bool {
        if self.texts.is_empty() {
            return false;
        }
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        let mut number = (self.next)(&self.bits, blocks, 0);
        while number < blocks.len() {
            let start = number * BLOCK;
            for (place, window) in blocks[number].as_chunks::<WINDOW>().0.iter().enumerate() {
                if bit(&self.bits, u32::from_le_bytes(*window)) & 1 != 0 && self.is_at(bytes, start + place * WINDOW, stop) {
                    return true;
                }
            }
            number = (self.next)(&self.bits, blocks, number + 1);
        }
        (bytes.len() - rest.len()..bytes.len()).step_by(WINDOW).any(|at| self.is_at(bytes, at, stop))
    }

    /// Tells the texts that lie about a place.
    fn is_at(&self, bytes: &[u8], at: usize, stop: &mut impl FnMut(usize, u32) -> bool) -> bool {
        let Some(window) = window(bytes, at).filter(|window| bit(&self.bits, *window) & 1 != 0) else { return false };
        let Some((first, count)) = self.windows.get(&window) else { return false };
        self.places[*first as usize..][..*count as usize].iter().any(|(place, length)| {
            let start = at.checked_sub(usize::from(*place));
            let text = start.and_then(|start| bytes.get(start..start + *length as usize));
            let text = text.filter(|text| self.ends[end_of(text) / 64] >> (end_of(text) % 64) & 1 != 0);
            text.and_then(|text| self.texts.get(text)).is_some_and(|text| stop(at, *text))
        })
    }
}

impl Needles {
    /// Makes texts ready. `sample` is text of the kind that will be searched; it decides nothing but speed.
    ///
    /// # Errors
    /// When there are more short texts than an automaton can hold.
    pub(crate) fn new<'n>(texts: impl Iterator<Item = &'n [u8]>, sample: &[u8]) -> Result<Self, BuildError> {
        let mut seen = vec![0u32; 1 << BITS];
        for window in sample.windows(WINDOW) {
            let window = window.try_into().map(u32::from_le_bytes).unwrap_or_default();
            seen[slot(window)] = seen[slot(window)].saturating_add(1);
        }
        let (long, short): (Vec<_>, Vec<_>) = (0..).zip(texts).partition(|(_, text)| text.len() >= SPAN);
        // Of the kind that tells overlapping matches too.
        let automaton = || AhoCorasick::builder().match_kind(MatchKind::Standard).build(short.iter().map(|(_, text)| text));
        Ok(Self {
            long: Windows::new(long.into_iter(), &seen),
            short: if short.is_empty() { None } else { Some(automaton()?) },
            numbers: short.iter().map(|(number, _)| *number).collect(),
            escape: Finder::new(ESCAPE),
        })
    }

    /// Tells each place at which a text occurs and the text's number, until that says to stop. Whether it did. A place may be told twice.
    fn find(&self, bytes: &[u8], mut stop: impl FnMut(usize, u32) -> bool) -> bool {
        let mut short = self.short.iter().flat_map(|short| short.find_overlapping_iter(bytes));
        self.long.find(bytes, &mut stop) || short.any(|found| stop(found.start(), self.numbers[found.pattern().as_usize()]))
    }

    /// Whether a text of which the number is wanted occurs.
    #[must_use]
    pub(crate) fn any_in(&self, bytes: &[u8], is_wanted: impl Fn(u32) -> bool) -> bool {
        self.find(bytes, |_, text| is_wanted(text))
    }

    /// Every place at which a text occurs, in order, of bytes of which there are fewer than 2^32.
    pub(crate) fn places_in(&self, bytes: &[u8], places: &mut Vec<Place>) {
        places.clear();
        self.find(bytes, |at, text| {
            places.push(Place { at: u32::try_from(at).unwrap_or(u32::MAX), text });
            false
        });
        if self.short.is_some() {
            places.sort_unstable();
        }
    }

    /// Whether an escape of an ASCII letter, digit or what stands beside them occurs, which could spell any text.
    #[must_use]
    pub(crate) fn escapes_in(&self, bytes: &[u8]) -> bool {
        self.escape.find_iter(bytes).any(|at| match bytes.get(at + ESCAPE.len()..at + ESCAPE.len() + 2) {
            Some([b'3', low]) => low.is_ascii_digit(),
            Some([high, _]) => (b'4'..=b'7').contains(high),
            _ => true,
        })
    }

    /// Whether one of the texts occurs, or an escape of an ASCII letter, digit or what stands beside them, which could spell one.
    #[must_use]
    #[cfg(test)]
    pub(crate) fn occur_in(&self, bytes: &[u8]) -> bool {
        self.any_in(bytes, |_| true) || self.escapes_in(bytes)
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

    #[test]
    fn every_place_is_told_with_the_number_of_its_text() {
        let texts: [&[u8]; 4] = [b"user-939", b"user-93", b"ab", b"abc"];
        let needles = Needles::new(texts.into_iter(), b"").unwrap();
        let bytes = b"....\"user-939\",\"abc\"".repeat(9);
        let mut places = Vec::new();
        needles.places_in(&bytes, &mut places);
        assert!(places.is_sorted());
        let of = |text: u32| places.iter().filter(|place| place.text == text).count();
        assert_eq!([0, 1, 2, 3].map(of), [9; 4]);
        assert!(places.iter().all(|place| {
            let near = usize::try_from(place.at).unwrap() % 20;
            if place.text < 2 { (5..13).contains(&near) } else { (16..19).contains(&near) }
        }));
        assert!(needles.any_in(&bytes, |text| text == 3) && !needles.any_in(&bytes, |text| text == 4));
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
