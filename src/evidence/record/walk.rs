//! Scalar steps over JSON text: white space, strings, whole values, the keys of one object.
//!
//! Used where a record is not inside a `Records` array (bare records, envelopes, lines) and where a raw slice of a value is
//! wanted as it was delivered. It looks at quotes, escapes and brackets only: that a value is well formed inside is for the
//! JSON parser to say. [`super::delimit`] gives the same ends many times faster for objects; a property test holds the two together.

use std::borrow::Cow;
use std::ops::Range;

/// Why a step could not be finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The text ends before the value does.
    End,
    /// The byte at this offset cannot stand here.
    Bad(usize),
}

/// Deepest nesting that is followed, in brackets. The JSON parser's own limit is the same.
pub(crate) const MAX_DEPTH: usize = 1024;

/// The offset of the first byte at or after `at` that is not JSON white space.
#[must_use]
pub(crate) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = text.get(at) {
        at += 1;
    }
    at
}

/// The offset after the closing quote of the string that opens at `at`.
///
/// # Errors
/// [`Stop::End`] when the text ends inside the string.
pub(crate) fn string_end(text: &[u8], at: usize) -> Result<usize, Stop> {
    debug_assert_eq!(text.get(at), Some(&b'"'));
    let mut from = at + 1;
    loop {
        let found = memchr::memchr2(b'"', b'\\', text.get(from..).unwrap_or_default()).ok_or(Stop::End)?;
        if text[from + found] == b'"' {
            return Ok(from + found + 1);
        }
        from += found + 2;
    }
}

/// Which bracket opened each level: one bit a level, set for `{`.
struct Brackets {
    kinds: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Brackets {
    const fn new() -> Self {
        Self { kinds: [0; MAX_DEPTH / 64], depth: 0 }
    }

    fn open(&mut self, curly: bool) -> bool {
        if self.depth == MAX_DEPTH {
            return false;
        }
        let (word, bit) = (self.depth / 64, self.depth % 64);
        self.kinds[word] = self.kinds[word] & !(1 << bit) | u64::from(curly) << bit;
        self.depth += 1;
        true
    }

    fn close(&mut self, curly: bool) -> bool {
        let Some(depth) = self.depth.checked_sub(1) else { return false };
        self.depth = depth;
        (self.kinds[depth / 64] >> (depth % 64)) & 1 == u64::from(curly)
    }
}

/// The offset after the value that starts at `at`.
///
/// # Errors
/// [`Stop::End`] when the text ends first, [`Stop::Bad`] at a bracket that does not match, at nesting deeper than
/// [`MAX_DEPTH`], or where no value can start.
pub(crate) fn value_end(text: &[u8], at: usize) -> Result<usize, Stop> {
    match text.get(at) {
        None => Err(Stop::End),
        Some(b'"') => string_end(text, at),
        Some(b'{' | b'[') => container_end(text, at),
        Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
            let mut end = at + 1;
            while let Some(b'a'..=b'z' | b'E' | b'0'..=b'9' | b'+' | b'-' | b'.') = text.get(end) {
                end += 1;
            }
            Ok(end)
        }
        Some(_) => Err(Stop::Bad(at)),
    }
}

fn container_end(text: &[u8], at: usize) -> Result<usize, Stop> {
    let mut brackets = Brackets::new();
    let mut at = at;
    loop {
        let byte = *text.get(at).ok_or(Stop::End)?;
        let fits = match byte {
            b'"' => {
                at = string_end(text, at)?;
                continue;
            }
            b'{' | b'[' => brackets.open(byte == b'{'),
            b'}' | b']' => brackets.close(byte == b'}'),
            _ => true,
        };
        if !fits {
            return Err(Stop::Bad(at));
        }
        at += 1;
        if brackets.depth == 0 {
            return Ok(at);
        }
    }
}

/// The key that opens at `at`, without its quotes, and the offset where its value starts.
///
/// # Errors
/// As [`value_end`].
pub(crate) fn key(text: &[u8], at: usize) -> Result<(Range<usize>, usize), Stop> {
    let expect = |at: usize, byte: u8| match text.get(at) {
        Some(found) if *found == byte => Ok(()),
        Some(_) => Err(Stop::Bad(at)),
        None => Err(Stop::End),
    };
    expect(at, b'"')?;
    let end = string_end(text, at)?;
    let colon = skip_space(text, end);
    expect(colon, b':')?;
    Ok((at + 1..end - 1, skip_space(text, colon + 1)))
}

/// One `"key": value` of an object, as ranges into the text. The key is without its quotes and not unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// The bytes between the quotes of the key.
    pub key: Range<usize>,
    /// The bytes of the value, quotes or brackets included.
    pub value: Range<usize>,
}

/// The members of the object that opens at a given offset, in order.
#[derive(Debug, Clone)]
pub(crate) struct Members<'t> {
    text: &'t [u8],
    at: usize,
    first: bool,
    done: bool,
}

impl<'t> Members<'t> {
    /// `at` must be the offset of a `{`.
    #[must_use]
    pub(crate) fn new(text: &'t [u8], at: usize) -> Self {
        debug_assert_eq!(text.get(at), Some(&b'{'));
        Self { text, at: at + 1, first: true, done: false }
    }

    /// The next key and the offset where its value starts, with the value itself not yet read. `None` at the closing bracket.
    ///
    /// # Errors
    /// As [`value_end`].
    pub(crate) fn next_key(&mut self) -> Result<Option<(Range<usize>, usize)>, Stop> {
        if self.done {
            return Ok(None);
        }
        let mut at = skip_space(self.text, self.at);
        match (self.text.get(at), self.first) {
            (Some(b'}'), _) => {
                self.done = true;
                self.at = at + 1;
                return Ok(None);
            }
            (Some(b','), false) => at = skip_space(self.text, at + 1),
            (Some(_), true) => {}
            (Some(_), false) => return Err(Stop::Bad(at)),
            (None, _) => return Err(Stop::End),
        }
        let (key, value) = key(self.text, at)?;
        self.first = false;
        self.at = value;
        Ok(Some((key, value)))
    }

    /// The next member, value included; `None` at the closing bracket.
    ///
    /// # Errors
    /// As [`value_end`].
    pub(crate) fn next_member(&mut self) -> Result<Option<Member>, Stop> {
        let Some((key, start)) = self.next_key()? else { return Ok(None) };
        let end = value_end(self.text, start)?;
        self.at = end;
        Ok(Some(Member { key, value: start..end }))
    }
}

/// The raw value of the first top-level member of `object` whose key is one of `keys`, one slot a key.
/// Stops early, and leaves the rest `None`, where the object is not well formed.
#[must_use]
pub(crate) fn raw_values<'t, const N: usize>(object: &'t [u8], keys: [&str; N]) -> [Option<&'t [u8]>; N] {
    let mut found = [None; N];
    let start = skip_space(object, 0);
    if object.get(start) != Some(&b'{') {
        return found;
    }
    let mut members = Members::new(object, start);
    while let Ok(Some(member)) = members.next_member() {
        let key = &object[member.key];
        if let Some(slot) = keys.iter().position(|wanted| wanted.as_bytes() == key) {
            found[slot].get_or_insert(&object[member.value]);
        }
    }
    found
}

/// The name that the raw form of a key, without its quotes, spells.
#[must_use]
pub(crate) fn name(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\\') { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) }
}

/// The text of a JSON string whose raw form, quotes included, is `raw`; escapes are resolved. Escapes that mean nothing
/// (a lone surrogate, `\q`) become U+FFFD, so that no string is lost.
#[must_use]
pub(crate) fn unescape(raw: &[u8]) -> Vec<u8> {
    let inner = raw.strip_prefix(b"\"").unwrap_or(raw);
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let Some((&kind, tail)) = rest.split_first() else { break };
        rest = tail;
        match kind {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'"' | b'\\' | b'/' => out.push(kind),
            b'u' => {
                let (symbol, used) = unicode_escape(rest);
                rest = &rest[used..];
                out.extend_from_slice(symbol.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => out.extend_from_slice("\u{FFFD}".as_bytes()),
        }
    }
    out.extend_from_slice(rest);
    out
}

/// The character of the hex digits after `\u`, a following low surrogate included, and the bytes used.
pub(crate) fn unicode_escape(digits: &[u8]) -> (char, usize) {
    let Some(unit) = hex4(digits) else { return (char::REPLACEMENT_CHARACTER, 0) };
    if let Some(symbol) = char::from_u32(unit) {
        return (symbol, 4);
    }
    let low = digits.get(4..6).filter(|next| next == b"\\u").and_then(|_| hex4(&digits[6..]));
    match low {
        Some(low @ 0xDC00..=0xDFFF) if unit < 0xDC00 => {
            let scalar = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            (char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), 10)
        }
        _ => (char::REPLACEMENT_CHARACTER, 4),
    }
}

fn hex4(digits: &[u8]) -> Option<u32> {
    let four = digits.get(..4)?;
    four.iter().try_fold(0, |value, digit| Some(value << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_at_its_own_bracket_whatever_its_strings_hold() {
        let text = br#"{"a":"}\"]","b":[{},[1,2]],"c":-1.5e+9} tail"#;
        assert_eq!(value_end(text, 0), Ok(text.len() - 5));
    }

    #[test]
    fn a_bracket_of_the_wrong_kind_is_named_by_its_offset() {
        assert_eq!(value_end(br#"{"a":[1,2}"#, 0), Err(Stop::Bad(9)));
        assert_eq!(value_end(br#"{"a":[1,2"#, 0), Err(Stop::End));
    }

    #[test]
    fn nesting_beyond_the_limit_is_bad_and_does_not_overflow() {
        let text = vec![b'['; MAX_DEPTH + 1];
        assert_eq!(value_end(&text, 0), Err(Stop::Bad(MAX_DEPTH)));
    }

    #[test]
    fn raw_values_are_the_bytes_as_delivered() {
        let text = br#"{ "x" : { "deep" : 1 } , "y":null, "x": 2 }"#;
        assert_eq!(raw_values(text, ["y", "x", "z"]), [Some(&b"null"[..]), Some(br#"{ "deep" : 1 }"#), None]);
    }

    #[test]
    fn unescape_resolves_pairs_and_replaces_what_means_nothing() {
        assert_eq!(unescape(br#""a\"\u0041\ud83d\ude00\n""#), "a\"A\u{1F600}\n".as_bytes());
        assert_eq!(unescape(br#""\ud800x\q\u12""#), "\u{FFFD}x\u{FFFD}\u{FFFD}12".as_bytes());
    }
}
