//! Finds where a record ends, 64 bytes at a time.
//!
//! Given the offset of a `{`, [`Delimiter::object`] gives the offset after the matching `}` in one pass that knows quotes, escapes
//! and depth, and on the way notes where the record's own `"eventTime"` stands (the key at depth one, not one inside
//! `requestParameters`). It does not parse: what it finds odd (control characters, brackets that do not balance) is flagged
//! so that the caller has the JSON parser look.
//!
//! One block becomes a handful of bit masks (one bit a byte); the arithmetic on masks is the same for every instruction set,
//! only making the masks differs. The set is chosen once at run time; `portable` is the twin that needs none and that the
//! others are tested against. The arithmetic for escapes and for the inside of strings is that of the simdjson paper
//! (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019).

#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::walk::Stop;

/// Bytes looked at in one step.
pub const BLOCK: usize = 64;

/// What one block holds: bit `i` speaks of byte `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Masks {
    quote: u64,
    backslash: u64,
    /// `{` and `[`.
    open: u64,
    /// `}` and `]`.
    close: u64,
    /// Bit 5 of the byte: among brackets it is set for the curly ones.
    curly: u64,
    /// The letter `T`, the seventh character of the key `"eventTime"` counted from its quote.
    time: u64,
    /// Bytes below 0x20.
    control: u64,
}

/// An instruction set that turns 64 bytes into [`Masks`].
trait Lanes {
    fn masks(block: &[u8; BLOCK]) -> Masks;
    /// Bit `i` of the result is the parity of bits `0..=i` of `bits`.
    fn prefix_xor(bits: u64) -> u64;
}

/// A delimited object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Offset after the closing bracket.
    pub end: usize,
    /// Offset of the opening quote of the object's own `"eventTime"` key, the first if there are several.
    pub event_time: Option<usize>,
    /// The object holds something no well-formed record holds: a control character, a backslash outside strings, or brackets
    /// that do not balance.
    /// The JSON parser must decide.
    pub suspect: bool,
}

/// The chosen way to delimit.
#[derive(Debug, Clone, Copy)]
pub struct Delimiter {
    object: fn(&[u8], usize) -> Result<Span, Stop>,
    name: &'static str,
}

impl Default for Delimiter {
    fn default() -> Self {
        Self::detect()
    }
}

impl Delimiter {
    /// The fastest way that this processor has.
    #[must_use]
    pub fn detect() -> Self {
        Self::all().pop().unwrap_or_else(Self::portable)
    }

    /// The way that needs nothing of the processor.
    #[must_use]
    pub fn portable() -> Self {
        Self { object: scan::<portable::Portable>, name: "portable" }
    }

    /// Every way that this processor has, slowest first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        #[allow(unused_mut, reason = "other processors add to it")]
        let mut all = vec![Self::portable()];
        #[cfg(target_arch = "x86_64")]
        all.extend(x86::available().map(|(name, object)| Self { object, name }));
        #[cfg(target_arch = "aarch64")]
        all.extend(neon::available().map(|(name, object)| Self { object, name }));
        all
    }

    /// The name of the instruction set in use.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Delimits the object that opens at `start`.
    ///
    /// # Errors
    /// [`Stop::End`] when the text ends before the object does, [`Stop::Bad`] where `start` is not a `{`.
    pub fn object(&self, text: &[u8], start: usize) -> Result<Span, Stop> {
        match text.get(start) {
            Some(b'{') => (self.object)(text, start),
            Some(_) => Err(Stop::Bad(start)),
            None => Err(Stop::End),
        }
    }
}

/// Offset of the `T` from the opening quote of `"eventTime"`.
const TIME_LETTER: u32 = 6;
const TIME_KEY: &[u8] = b"\"eventTime\"";

/// What is carried from one block to the next.
#[derive(Default)]
struct Carry {
    /// All ones when the block starts inside a string.
    in_string: u64,
    /// One when the first byte of the block is escaped.
    escaped: u64,
    /// The real quotes of the block before.
    quotes: u64,
}

/// The work itself. Marked to be inlined into one function for each instruction set, so that the compiler may use the set throughout.
#[inline(always)]
fn scan<L: Lanes>(text: &[u8], start: usize) -> Result<Span, Stop> {
    let mut carry = Carry::default();
    let mut depth: i64 = 0;
    let mut curly_balance: i64 = 0;
    let mut event_time = None;
    let mut suspect = false;
    let mut at = start;
    loop {
        let mut tail = [b' '; BLOCK];
        let block: &[u8; BLOCK] = match text.get(at..at + BLOCK).and_then(|block| block.try_into().ok()) {
            Some(block) => block,
            None => {
                let rest = text.get(at..).unwrap_or_default();
                if rest.is_empty() {
                    return Err(Stop::End);
                }
                tail[..rest.len()].copy_from_slice(rest);
                &tail
            }
        };
        let masks = L::masks(block);
        let quotes = masks.quote & !escapes(masks.backslash, &mut carry.escaped);
        let in_string = L::prefix_xor(quotes) ^ carry.in_string;
        // Arithmetic shift: all ones when the last byte of the block is inside a string.
        carry.in_string = ((in_string as i64) >> 63) as u64;
        let open = masks.open & !in_string;
        let close = masks.close & !in_string;
        // A backslash outside strings is no JSON, and what it does to the next quote is anybody's guess.
        suspect |= masks.backslash & !in_string != 0;
        if masks.control != 0 {
            suspect |= masks.control & in_string != 0 || odd_control(block, masks.control & !in_string);
        }
        let time = masks.time & (quotes << TIME_LETTER | carry.quotes >> (64 - TIME_LETTER)) & in_string;
        carry.quotes = quotes;

        let closes = i64::from(close.count_ones());
        if time == 0 && depth > closes {
            // The object cannot end in this block, and no event time can be in it: only the sums matter.
            depth += i64::from(open.count_ones()) - closes;
            curly_balance += i64::from((open & masks.curly).count_ones()) - i64::from((close & masks.curly).count_ones());
            at += BLOCK;
            continue;
        }
        let mut bits = open | close | time;
        while bits != 0 {
            let bit = bits & bits.wrapping_neg();
            let here = at + bits.trailing_zeros() as usize;
            bits ^= bit;
            if open & bit != 0 {
                depth += 1;
                curly_balance += i64::from(masks.curly & bit != 0);
            } else if close & bit != 0 {
                depth -= 1;
                curly_balance -= i64::from(masks.curly & bit != 0);
                if depth == 0 {
                    return Ok(Span { end: here + 1, event_time, suspect: suspect || curly_balance != 0 });
                }
            } else if depth == 1 && event_time.is_none() {
                let key = here - TIME_LETTER as usize;
                if text[key..].starts_with(TIME_KEY) {
                    event_time = Some(key);
                }
            }
        }
        at += BLOCK;
    }
}

/// The bytes that a backslash before them takes the meaning from.
#[inline(always)]
fn escapes(backslash: u64, carry: &mut u64) -> u64 {
    if backslash == 0 {
        return std::mem::take(carry);
    }
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let backslash = backslash & !*carry;
    let after = backslash << 1 | *carry;
    let odd_starts = backslash & !EVEN & !after;
    let (sequences, overflow) = odd_starts.overflowing_add(backslash);
    *carry = u64::from(overflow);
    (EVEN ^ (sequences << 1)) & after
}

/// Whether a control character outside strings is anything but white space.
#[cold]
fn odd_control(block: &[u8; BLOCK], mut outside: u64) -> bool {
    while outside != 0 {
        if !matches!(block[outside.trailing_zeros() as usize], b'\t' | b'\n' | b'\r') {
            return true;
        }
        outside &= outside - 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::walk;
    use proptest::prelude::*;

    fn key_of(text: &[u8]) -> Option<usize> {
        let mut members = walk::Members::new(text, 0);
        while let Ok(Some(member)) = members.next_member() {
            if &text[member.key.clone()] == b"eventTime" {
                return Some(member.key.start - 1);
            }
        }
        None
    }

    #[test]
    fn every_instruction_set_finds_the_end_and_the_own_event_time() {
        let inner = r#""requestParameters":{"eventTime":"no","s":"\\\"}{][\\"},"pad":"#;
        for pad in 0..200 {
            let text = format!(r#"{{{inner}"{}","eventTime":"2026-01-01T00:00:00Z","x":[1,{{}}]}},{{"#, "p\\\"".repeat(pad));
            for way in Delimiter::all() {
                let span = way.object(text.as_bytes(), 0).unwrap();
                assert_eq!(span.end, text.len() - 2, "{} pad {pad}", way.name());
                assert_eq!(span.event_time, key_of(text.as_bytes()), "{} pad {pad}", way.name());
                assert!(!span.suspect);
            }
        }
    }

    #[test]
    fn a_value_that_spells_the_key_is_not_taken_for_the_key_of_a_deeper_object() {
        let text = br#"{"a":{"eventTime":"x"},"b":["eventTime"],"c":"\"eventTime\""}"#;
        for way in Delimiter::all() {
            assert_eq!(way.object(text, 0).unwrap().event_time, None, "{}", way.name());
        }
    }

    #[test]
    fn crossed_brackets_and_control_characters_make_a_record_suspect() {
        for text in [&b"{\"a\":[1}}"[..], b"{\"a\":\"\x00\"}", b"{\"a\":\x0b1}", b"{\"a\":\"line\nbreak\"}"] {
            for way in Delimiter::all() {
                assert!(way.object(text, 0).unwrap().suspect, "{} {text:?}", way.name());
            }
        }
        for way in Delimiter::all() {
            assert!(!way.object(b"{\r\n\t\"a\" : 1\n}", 0).unwrap().suspect);
        }
    }

    /// Text made of what matters to the delimiter.
    fn jsonish() -> impl Strategy<Value = Vec<u8>> {
        let pieces: [&'static [u8]; 16] = [
            b"\"",
            b"\\",
            b"\\\\",
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b"\"eventTime\":\"2026-01-01T00:00:00Z\"",
            b"eventTime",
            b"T",
            b"\n",
            b"\x01",
            b"abcdefghijklmnopqrstuvwxyz0123456789",
            "\u{20ac}".as_bytes(),
        ];
        let piece = proptest::sample::select(pieces.to_vec());
        proptest::collection::vec(piece, 0..120).prop_map(|pieces| [&b"{"[..], &pieces.concat()].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn all_instruction_sets_agree_on_any_text(text in jsonish(), junk in proptest::collection::vec(any::<u8>(), 0..70)) {
            let text = [&text[..], &junk].concat();
            let reference = Delimiter::portable().object(&text, 0);
            for way in Delimiter::all() {
                prop_assert_eq!(way.object(&text, 0), reference, "{}", way.name());
            }
        }

        #[test]
        fn what_is_not_suspect_ends_where_the_scalar_walk_ends(text in jsonish()) {
            let span = Delimiter::detect().object(&text, 0);
            if let Ok(Span { end, suspect: false, .. }) = span {
                match walk::value_end(&text, 0) {
                    Ok(walked) => prop_assert_eq!(walked, end),
                    // Brackets that cross and yet balance in number: only the walk keeps their order.
                    Err(Stop::Bad(_)) => {}
                    Err(Stop::End) => prop_assert!(false, "the walk found no end"),
                }
            }
        }
    }
}
