//! Reads a plain record: one without escapes, control characters and numbers that are anything but short integers, which is how CloudTrail writes
//! nearly all of them.
//!
//! Without escapes every second quote ends a string, so that once all quotes are found, many bytes at a time, what is left to look at is the
//! few bytes between strings; nothing is copied. Whatever is not plain, well formed or not, is left to a JSON parser: a record is never
//! refused here, and one that is accepted has exactly the nodes that the parser would give.

use super::delimit::Delimiter;
use super::tape::{Kind, Node};

/// Larger records are not tried, as the places of quotes may take four times the memory of the record.
const LIMIT: usize = 256 << 10;

/// Containers nested deeper than this are not tried.
const MAX_DEPTH: usize = 64;

/// Longer numbers may not fit 64 bits.
const MAX_DIGITS: usize = 18;

/// The nodes of a record, if that is a plain object; `quotes` is room to work in.
pub(super) fn read<'r>(delimiter: &Delimiter, record: &'r [u8], quotes: &mut Vec<u32>, nodes: &mut Vec<Node>) -> Option<&'r str> {
    nodes.clear();
    if record.len() > LIMIT {
        return None;
    }
    let found = delimiter.quotes(record, quotes)?;
    let text = if found.is_ascii {
        // SAFETY: ASCII is UTF-8.
        unsafe { std::str::from_utf8_unchecked(record) }
    } else {
        std::str::from_utf8(record).ok()?
    };
    let quotes = quotes.get(..found.quotes)?;
    let walk = Walk { text: record, at: 0, quotes: quotes.iter(), nodes };
    walk.object().map(|()| text)
}

/// A container that is not closed yet.
#[derive(Clone, Copy, Default)]
struct Open {
    is_object: bool,
    /// The place of its node.
    node: u32,
}

impl Open {
    fn closing(self) -> u8 {
        if self.is_object { b'}' } else { b']' }
    }
}

struct Walk<'w> {
    text: &'w [u8],
    /// Offset of the next byte to look at.
    at: usize,
    /// The quotes from there on.
    quotes: std::slice::Iter<'w, u32>,
    nodes: &'w mut Vec<Node>,
}

impl Walk<'_> {
    /// Reads all of the text, which must be one object.
    fn object(mut self) -> Option<()> {
        let mut outer = [Open::default(); MAX_DEPTH];
        let mut depth = 0;
        if self.token()? != b'{' {
            return None;
        }
        let mut inner = self.open(true);
        let mut is_empty = self.token()? == b'}';
        loop {
            if !is_empty {
                if inner.is_object {
                    self.texts();
                    self.key()?;
                }
                match self.token()? {
                    b'"' => self.string()?,
                    byte @ (b'{' | b'[') => {
                        *outer.get_mut(depth)? = inner;
                        depth += 1;
                        inner = self.open(byte == b'{');
                        is_empty = self.token()? == inner.closing();
                        continue;
                    }
                    b't' => self.word(b"true", Kind::True)?,
                    b'f' => self.word(b"false", Kind::False)?,
                    b'n' => self.word(b"null", Kind::Null)?,
                    _ => self.number()?,
                }
            }
            is_empty = false;
            while self.token()? == inner.closing() {
                self.at += 1;
                self.close(inner)?;
                match depth.checked_sub(1) {
                    Some(above) => (inner, depth) = (outer[above], above),
                    // Nothing may come behind.
                    None => return self.token().is_none().then_some(()),
                }
            }
            if self.text[self.at] != b',' {
                return None;
            }
            self.at += 1;
        }
    }

    /// The next byte that is not space.
    #[inline(always)]
    fn token(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at)? {
                b' ' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, start: u32, end: u32) {
        self.nodes.push(Node { kind, start, end, nodes: 1 });
    }

    /// A value from here to `end`.
    #[inline(always)]
    fn take(&mut self, kind: Kind, end: usize) -> Option<()> {
        self.push(kind, u32::try_from(self.at).ok()?, u32::try_from(end).ok()?);
        self.at = end;
        Some(())
    }

    /// A string, which is known to begin here: between strings no quote is passed over, so that the next two are its own.
    #[inline(always)]
    fn string(&mut self) -> Option<()> {
        let (open, close) = (*self.quotes.next()?, *self.quotes.next()?);
        debug_assert_eq!(open as usize, self.at);
        self.push(Kind::Text, open + 1, close);
        self.at = close as usize + 1;
        Some(())
    }

    /// The members from here on that are text and have another behind them, without spaces: most of a record.
    #[inline(always)]
    fn texts(&mut self) {
        while let Some((&[open, close, value, end], rest)) = self.quotes.as_slice().split_first_chunk() {
            let follows = |at: u32, wanted: &[u8; 3]| self.text.get(at as usize..).and_then(<[u8]>::first_chunk) == Some(wanted);
            if open as usize != self.at || !follows(close, b"\":\"") || !follows(end, b"\",\"") {
                break;
            }
            self.quotes = rest.iter();
            self.push(Kind::Text, open + 1, close);
            self.push(Kind::Text, value + 1, end);
            self.at = end as usize + 2;
        }
    }

    #[inline(always)]
    fn key(&mut self) -> Option<()> {
        if self.token()? != b'"' {
            return None;
        }
        self.string()?;
        if self.token()? != b':' {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Option<()> {
        let is_it = self.text[self.at..].starts_with(word);
        if is_it { self.take(kind, self.at + word.len()) } else { None }
    }

    /// Whatever follows the digits must be able to follow a value, which is not looked at here.
    fn number(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let digits = rest.strip_prefix(b"-").unwrap_or(rest);
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let sign = rest.len() - digits.len();
        let is_plain = count <= MAX_DIGITS
            && match digits.first() {
                Some(b'1'..=b'9') => true,
                Some(b'0') => count == 1 && sign == 0,
                _ => false,
            };
        if is_plain { self.take(Kind::Whole, self.at + sign + count) } else { None }
    }

    fn open(&mut self, is_object: bool) -> Open {
        let node = self.nodes.len() as u32;
        let kind = if is_object { Kind::Object } else { Kind::Array };
        self.push(kind, self.at as u32, 0);
        self.at += 1;
        Open { is_object, node }
    }

    fn close(&mut self, open: Open) -> Option<()> {
        let nodes = self.nodes.len() as u32 - open.node;
        let node = self.nodes.get_mut(open.node as usize)?;
        (node.end, node.nodes) = (self.at as u32, nodes);
        Some(())
    }
}
