//! Finds where a record ends, 64 bytes at a time.
//!
//! Given the offset of a `{`, [`Delimiter::object`] gives the offset after the matching `}` in one pass that knows quotes, escapes
//! and depth. On the way it notes where the record's own `"eventTime"`, `"eventName"` and `"eventType"` stand (the keys at depth one, not
//! those inside `requestParameters`), and whether the letters `oot` or an escaped letter or digit occur anywhere, which is all that a filter for
//! root needs to pass over nearly every record. It does not parse: what it finds odd (control characters, brackets that do not
//! balance) is flagged so that the caller has the JSON parser look.
//!
//! One block becomes a handful of bit masks (one bit a byte); the arithmetic on masks is the same for every instruction set,
//! only making the masks differs. The set is chosen once at run time; `portable` is the twin that needs none and that the
//! others are tested against. The arithmetic for escapes and for the inside of strings is that of the simdjson paper
//! (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019).

#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod quotes;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::walk::Stop;

/// Bytes looked at in one step.
pub(crate) const BLOCK: usize = 64;

/// Bytes behind a block that are looked at with it.
const REACH: usize = 16;

/// A block and what follows it.
type Window = [u8; BLOCK + REACH];

/// What one block holds: bit `i` speaks of byte `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Masks {
    quote: u64,
    /// `{` and `[`.
    open: u64,
    /// `}` and `]`.
    close: u64,
    /// Bit 5 of the byte: among brackets it is set for the curly ones.
    curly: u64,
    /// Quotes that may open `"eventTime"`, `"eventName"` or `"eventType"`, and where ids are asked for `"eventID"`: those with a `v` two bytes behind
    /// them and a fitting [capital](CAPITAL) six behind. [`own_key`] looks at the other letters.
    key: u64,
    /// The same for `"recipientAccountId"`, by its `p` and its `A`; only where ids are asked for.
    account: u64,
    /// There are two `o` or `O` side by side, the first of them in the block.
    pair: bool,
    /// There are backslashes or bytes below 0x20, which most blocks have none of.
    rare: bool,
}

/// `N` and `T`, and hardly anything that stands in such a place, have these bits and none of the others in [`CAPITAL_BITS`].
const CAPITAL: u8 = 0x44;
const CAPITAL_BITS: u8 = 0xE5;

/// An instruction set that turns 64 bytes into [`Masks`].
trait Lanes {
    fn masks<const IDS: bool>(window: &Window) -> Masks;
    fn equal(block: &[u8; BLOCK], byte: u8) -> u64;
    /// Bit `i` of the result is the parity of bits `0..=i` of `bits`.
    fn prefix_xor(bits: u64) -> u64;
}

/// A delimited object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Offset after the closing bracket.
    pub end: usize,
    /// Offset of the opening quote of the object's own `"eventTime"` key, the first if there are several.
    pub event_time: Option<usize>,
    /// The same for `"eventName"`.
    pub event_name: Option<usize>,
    /// The same for `"eventType"`.
    pub event_type: Option<usize>,
    /// The same for `"eventID"` or `"eventId"`; only [`with_ids`](Delimiter::with_ids).
    pub event_id: Option<usize>,
    /// The same for `"recipientAccountId"`; only [`with_ids`](Delimiter::with_ids).
    pub recipient_account_id: Option<usize>,
    /// The letters `oot`, in either case, occur in the object, or a letter or digit written as an escape in it or right behind it.
    pub letters: bool,
    /// The object holds something no well-formed record holds: a control character, a backslash outside strings, or brackets
    /// that do not balance.
    /// The JSON parser must decide.
    pub suspect: bool,
}

/// The chosen way to delimit.
#[derive(Debug, Clone, Copy)]
pub struct Delimiter {
    object: Object,
    with_ids: Object,
    quotes: Quotes,
    name: &'static str,
}

/// A way to delimit the object at an offset, which must be that of a `{`.
type Object = fn(&[u8], usize) -> Result<Span, Stop>;

/// A way to find the [quotes] of a text.
type Quotes = fn(&[u8], &mut Vec<u32>) -> Option<quotes::Found>;

/// One instruction set: its name, how it delimits without and with ids, and how it finds quotes.
type Way = (&'static str, Object, Object, Quotes);

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
        Self::of(("portable", scan::<portable::Portable, false>, scan::<portable::Portable, true>, quotes::quotes::<portable::Portable>))
    }

    /// Every way that this processor has, slowest first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        #[allow(unused_mut, reason = "other processors add to it")]
        let mut all = vec![Self::portable()];
        #[cfg(target_arch = "x86_64")]
        all.extend(x86::available().map(Self::of));
        #[cfg(target_arch = "aarch64")]
        all.extend(neon::available().map(Self::of));
        all
    }

    fn of((name, object, with_ids, quotes): Way) -> Self {
        Self { object, with_ids, quotes, name }
    }

    /// The same way, noting on its pass where the record's id and account stand as well.
    #[must_use]
    pub fn with_ids(self) -> Self {
        Self { object: self.with_ids, ..self }
    }

    /// The name of the instruction set in use.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Delimits the object that opens at `start`.
    ///
    /// # Errors
    /// `Stop::End` when the text ends before the object does, `Stop::Bad` where `start` is not a `{`.
    pub fn object(&self, text: &[u8], start: usize) -> Result<Span, Stop> {
        match text.get(start) {
            Some(b'{') => (self.object)(text, start),
            Some(_) => Err(Stop::Bad(start)),
            None => Err(Stop::End),
        }
    }

    /// Puts the offsets of all quotes in a text of less than 4 GiB at the start of `places`; `None` where it has a backslash or a byte below 0x20.
    pub(super) fn quotes(&self, text: &[u8], places: &mut Vec<u32>) -> Option<quotes::Found> {
        (self.quotes)(text, places)
    }
}

/// What is carried from one block to the next. All of it is to stay in registers, so nothing here is ever lent out.
#[derive(Clone, Copy, Default)]
struct Carry {
    balance: Balance,
    /// All ones when the block starts inside a string.
    in_string: u64,
    /// Bit 0: the first byte of the block is escaped. Bit 1: the byte before it is a backslash.
    backslash: u64,
}

/// Brackets opened less brackets closed.
#[derive(Clone, Copy, Default)]
struct Balance {
    all: i64,
    /// Of the curly ones.
    curly: i64,
}

/// The places of one block that matter where the object may end in it, or one of its own keys may stand in it.
struct Places {
    at: usize,
    open: u64,
    close: u64,
    curly: u64,
    key: u64,
    account: u64,
}

/// The work itself. Marked to be inlined into one function for each instruction set, so that the compiler may use the set throughout.
#[inline(always)]
fn scan<L: Lanes, const IDS: bool>(text: &[u8], start: usize) -> Result<Span, Stop> {
    let mut span = Span { end: start, ..Span::default() };
    let mut carry = Carry::default();
    let mut at = start;
    while let Some(window) = text[at..].first_chunk() {
        if block::<L, IDS>(text, window, at, &mut carry, &mut span) {
            return Ok(span);
        }
        at += BLOCK;
    }
    let tail = &text[at..];
    let mut last = [b' '; 2 * BLOCK + REACH];
    last[..tail.len()].copy_from_slice(tail);
    for offset in [0, BLOCK] {
        let window = last[offset..].first_chunk().expect("two blocks and the reach");
        if block::<L, IDS>(text, window, at + offset, &mut carry, &mut span) {
            return Ok(span);
        }
    }
    Err(Stop::End)
}

/// Looks at the block at `at`; whether the object ends in it.
#[inline(always)]
fn block<L: Lanes, const IDS: bool>(text: &[u8], window: &Window, at: usize, carry: &mut Carry, span: &mut Span) -> bool {
    let masks = L::masks::<IDS>(window);
    let mut quotes = masks.quote;
    let in_string;
    if !masks.rare && carry.backslash == 0 {
        in_string = L::prefix_xor(quotes) ^ carry.in_string;
    } else {
        let block = window.first_chunk().expect("a window starts with a block");
        let backslash = L::equal(block, b'\\');
        let mut escaped = carry.backslash & 1;
        quotes &= !escapes(backslash, &mut escaped);
        in_string = L::prefix_xor(quotes) ^ carry.in_string;
        let after = backslash << 1 | carry.backslash >> 1;
        carry.backslash = escaped | backslash >> 63 << 1;
        let control = below_space(block);
        // A backslash outside strings is not JSON, and what it does to the next quote is anybody's guess.
        if (backslash & !in_string) | (control & in_string) != 0 || control != 0 && odd_control(block, control & !in_string) {
            span.suspect = true;
        }
        let escapes = if after != 0 { after & L::equal(block, b'u') } else { 0 };
        if escapes != 0 && escaped_letter(text, at, escapes) {
            span.letters = true;
        }
    }
    // Arithmetic shift: all ones when the last byte of the block is inside a string.
    carry.in_string = ((in_string as i64) >> 63) as u64;
    let open = masks.open & !in_string;
    let close = masks.close & !in_string;
    // A quote is inside the string that it opens and outside the one that it closes.
    let opening = quotes & in_string;
    let (key, account) = (masks.key & opening, masks.account & opening);
    let closes = i64::from(close.count_ones());
    let places = Places { at, open, close, curly: masks.curly, key, account };
    let before = carry.balance.all;
    if before > closes {
        // The object cannot end in this block: only the sums matter.
        if masks.pair {
            span.letters |= holds_letters(text, at);
        }
        if key | account != 0 {
            own_keys::<IDS>(text, &places, before, usize::MAX, span);
        }
        carry.balance.all += i64::from(open.count_ones()) - closes;
        carry.balance.curly += i64::from((open & masks.curly).count_ones()) - i64::from((close & masks.curly).count_ones());
        return false;
    }
    carry.balance = step(&places, carry.balance, span);
    let ends = carry.balance.all == 0;
    // What comes behind the object is another's.
    let limit = if ends { span.end } else { text.len() };
    if masks.pair {
        span.letters |= holds_letters(&text[..limit], at);
    }
    own_keys::<IDS>(text, &places, before, limit, span);
    ends
}

/// Goes through a block bracket by bracket. The balance is zero when the object ends in it.
#[inline(always)]
fn step(places: &Places, mut balance: Balance, span: &mut Span) -> Balance {
    let mut bits = places.open | places.close;
    while bits != 0 {
        let bit = bits & bits.wrapping_neg();
        let sign = if places.open & bit != 0 { 1 } else { -1 };
        balance.all += sign;
        balance.curly += if places.curly & bit != 0 { sign } else { 0 };
        if balance.all == 0 {
            span.end = places.at + bits.trailing_zeros() as usize + 1;
            span.suspect |= balance.curly != 0;
            return balance;
        }
        bits ^= bit;
    }
    balance
}

/// Notes the keys of a block that are the object's own: at depth one, and before its end. `depth` is that before the block.
#[inline(always)]
fn own_keys<const IDS: bool>(text: &[u8], places: &Places, depth: i64, limit: usize, span: &mut Span) {
    let mut bits = places.key | places.account;
    while bits != 0 {
        let bit = bits & bits.wrapping_neg();
        let here = places.at + bits.trailing_zeros() as usize;
        let below = |brackets: u64| i64::from((brackets & (bit - 1)).count_ones());
        if depth + below(places.open) - below(places.close) == 1 && here < limit {
            own_key::<IDS>(text, here, span);
        }
        bits ^= bit;
    }
}

/// Notes the key that opens at `at`, if it is one that counts and the first of its name.
#[inline(always)]
fn own_key<const IDS: bool>(text: &[u8], at: usize, span: &mut Span) {
    let Some([_, start @ .., last, quote]) = text[at..].first_chunk::<11>() else { return };
    // Eight bytes are compared in one step.
    let slot = match (start, [*last, *quote]) {
        (b"eventTim", [b'e', b'"']) => &mut span.event_time,
        (b"eventNam", [b'e', b'"']) => &mut span.event_name,
        (b"eventTyp", [b'e', b'"']) => &mut span.event_type,
        (b"eventID\"" | b"eventId\"", _) if IDS => &mut span.event_id,
        (b"recipien", _) if IDS && text[at..].starts_with(b"\"recipientAccountId\"") => &mut span.recipient_account_id,
        _ => return,
    };
    slot.get_or_insert(at);
}

/// Whether the letters `oot`, in either case, start in the block at `at`. Where the text ends too early to tell they are taken to.
#[cold]
fn holds_letters(text: &[u8], at: usize) -> bool {
    let mut rest = text.get(at..).unwrap_or_default();
    for _ in 0..BLOCK {
        match rest {
            [b'o' | b'O', b'o' | b'O', b't' | b'T', ..] | [b'o' | b'O', b'o' | b'O'] => return true,
            [_, after @ ..] => rest = after,
            [] => break,
        }
    }
    false
}

/// Control characters.
#[cold]
fn below_space(block: &[u8; BLOCK]) -> u64 {
    block.iter().enumerate().fold(0, |mask, (index, byte)| mask | u64::from(*byte < 0x20) << index)
}

/// Whether one of the escapes, each given by the place of its `u`, spells an ASCII letter or digit: `\u0030` to `\u0039` and `\u0041` to
/// `\u007a`, a little more being taken for one. An escape that the text does not hold whole is taken for one too.
#[cold]
fn escaped_letter(text: &[u8], at: usize, mut escapes: u64) -> bool {
    while escapes != 0 {
        let digits = at + escapes.trailing_zeros() as usize + 1;
        match text.get(digits..digits + 4) {
            None | Some([b'0', b'0', b'4'..=b'7', _] | [b'0', b'0', b'3', b'0'..=b'9']) => return true,
            Some(_) => {}
        }
        escapes &= escapes - 1;
    }
    false
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
    use crate::evidence::record::walk;
    use proptest::prelude::*;

    fn key_of(text: &[u8], key: &str) -> Option<usize> {
        let mut members = walk::Members::new(text, 0);
        while let Ok(Some(member)) = members.next_member() {
            if &text[member.key.clone()] == key.as_bytes() {
                return Some(member.key.start - 1);
            }
        }
        None
    }

    #[test]
    fn every_instruction_set_finds_the_end_and_the_own_keys() {
        let inner = r#""eventType":"A","requestParameters":{"eventTime":"no","eventName":1,"s":"\\\"}{][\\"},"pad":"#;
        for pad in 0..200 {
            let text =
                format!(r#"{{{inner}"{}","eventTime":"2026-01-01T00:00:00Z","eventName":"B","x":[1,{{}}]}},{{"#, "p\\\"".repeat(pad));
            for way in Delimiter::all() {
                let span = way.object(text.as_bytes(), 0).unwrap();
                assert_eq!(span.end, text.len() - 2, "{} pad {pad}", way.name());
                let found = [span.event_time, span.event_name, span.event_type];
                let keys = ["eventTime", "eventName", "eventType"].map(|key| key_of(text.as_bytes(), key));
                assert_eq!(found, keys, "{} pad {pad}", way.name());
                assert!(keys.iter().all(Option::is_some) && !span.letters);
                assert!(!span.suspect);
            }
        }
    }

    #[test]
    fn ids_are_found_where_they_are_asked_for_and_change_nothing_else() {
        for pad in 0..140 {
            let pad = "-".repeat(pad);
            let inner = r#"{"eventID":"no","recipientAccountId":"no"}"#;
            let text = format!(r#"{{"a":{inner},"p":"{pad}","eventID":"x","eventName":"n","eventID":"y","recipientAccountId":"1"}}"#);
            for way in Delimiter::all() {
                let span = way.with_ids().object(text.as_bytes(), 0).unwrap();
                let expected = (key_of(text.as_bytes(), "eventID"), key_of(text.as_bytes(), "recipientAccountId"));
                assert_eq!((span.event_id, span.recipient_account_id), expected, "{} {pad}", way.name());
                let without = way.object(text.as_bytes(), 0).unwrap();
                assert_eq!(without, Span { event_id: None, recipient_account_id: None, ..span }, "{} {pad}", way.name());
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

    #[test]
    fn letters_that_may_spell_root_are_seen_wherever_they_lie() {
        for spelling in ["Root", "ROOT", "foot", r"\u0052x", r"\\\u006fx"] {
            for pad in 0..140 {
                let text = format!(r#"{{"p":"{}","k":"{spelling}","q":1}}"#, "-".repeat(pad));
                for way in Delimiter::all() {
                    assert!(way.object(text.as_bytes(), 0).unwrap().letters, "{} {spelling} {pad}", way.name());
                }
            }
        }
        for way in Delimiter::all() {
            assert!(!way.object(br#"{"a":"\u003d rot oto \u002doo","b":"t"}"#, 0).unwrap().letters, "{}", way.name());
            assert!(!way.object(br#"{"a":"1"},{"type":"Root"}"#, 0).unwrap().letters, "{}: behind it", way.name());
        }
    }

    /// Text made of what matters to the delimiter.
    fn jsonish() -> impl Strategy<Value = Vec<u8>> {
        let pieces: [&'static [u8]; 20] = [
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
            b"\"eventName\"",
            b"\"eventID\":",
            b"\"recipientAccountId\":",
            b"\\u004",
            b"eventType",
            b"oot",
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
            let with_ids = Delimiter::portable().with_ids().object(&text, 0);
            for way in Delimiter::all() {
                prop_assert_eq!(way.object(&text, 0), reference, "{}", way.name());
                prop_assert_eq!(way.with_ids().object(&text, 0), with_ids, "{} with ids", way.name());
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
