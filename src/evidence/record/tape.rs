//! A parsed record as a list of nodes, depth first, that point into a text. [`super::parse`] makes it.

use super::time::{self, Micros};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Followed by its members, key and value in turn.
    Object,
    /// Followed by its elements.
    Array,
    /// A string or the key of a member, without its quotes and without escapes.
    Text,
    /// A number without fraction and exponent that fits 64 bits.
    Whole,
    /// Any other number.
    Real,
    True,
    False,
    Null,
}

/// One value, or the key of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub kind: Kind,
    /// Offsets into the text. Those of objects and arrays count only where the text is the record as delivered.
    pub start: u32,
    pub end: u32,
    /// How many nodes this one and all below it are.
    pub nodes: u32,
}

impl Node {
    /// The bytes of the value, quotes and brackets included, in the `record` that its offsets lie in.
    pub(super) fn delivered(self, record: &str) -> Option<&str> {
        let quote = usize::from(self.kind == Kind::Text);
        record.get((self.start as usize).checked_sub(quote)?..self.end as usize + quote)
    }
}

/// One value: its node and everything below it.
#[derive(Debug, Clone, Copy)]
pub struct Value<'t> {
    nodes: &'t [Node],
    text: &'t str,
}

impl<'t> Value<'t> {
    /// `nodes` begins with the value's own, whose offsets lie in `text`.
    pub(super) fn new(nodes: &'t [Node], text: &'t str) -> Self {
        Self { nodes, text }
    }

    pub(super) fn node(self) -> Option<Node> {
        self.nodes.first().copied()
    }

    fn kind(self) -> Option<Kind> {
        self.nodes.first().map(|node| node.kind)
    }

    /// The bytes of the text that the value stands for.
    fn spelled(self) -> &'t str {
        let bytes = self.node().and_then(|node| self.text.as_bytes().get(node.start as usize..node.end as usize));
        // SAFETY: the text is UTF-8, and a string or number begins and ends beside a byte of ASCII or where another ends.
        bytes.map_or("", |bytes| unsafe { std::str::from_utf8_unchecked(bytes) })
    }

    /// The value of the first member called `key`; `None` where this is not an object.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        self.members().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The value at the end of a chain of keys.
    #[must_use]
    pub fn at(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// What lies below an object or array.
    fn below(self, kind: Kind) -> Self {
        let nodes = match self.nodes.split_first() {
            Some((first, below)) if first.kind == kind => below,
            _ => &[],
        };
        Self { nodes, ..self }
    }

    /// Takes the first of several values off.
    fn split(&mut self) -> Option<Self> {
        let (first, rest) = self.nodes.split_at_checked(self.nodes.first()?.nodes as usize)?;
        self.nodes = rest;
        Some(Self { nodes: first, ..*self })
    }

    /// The members of an object, in order; nothing for any other value.
    pub fn members(self) -> impl Iterator<Item = (&'t str, Self)> {
        let mut rest = self.below(Kind::Object);
        std::iter::from_fn(move || {
            let key = rest.split()?.spelled();
            Some((key, rest.split()?))
        })
    }

    /// The elements of an array; nothing for any other value.
    pub fn elements(self) -> impl Iterator<Item = Self> {
        let mut rest = self.below(Kind::Array);
        std::iter::from_fn(move || rest.split())
    }

    /// The text of a string.
    #[must_use]
    pub fn text(self) -> Option<&'t str> {
        (self.kind() == Some(Kind::Text)).then(|| self.spelled())
    }

    /// The text of the string member called `key`, unless it is empty.
    #[must_use]
    pub fn filled(self, key: &str) -> Option<&'t str> {
        self.get(key)?.text().filter(|text| !text.is_empty())
    }

    /// A boolean, or text that spells one in any case (`mfaAuthenticated` is text, `readOnly` is not).
    #[must_use]
    pub fn truth(self) -> Option<bool> {
        match self.text() {
            Some(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => self.boolean(),
        }
    }

    /// An RFC 3339 time.
    #[must_use]
    pub fn time(self) -> Option<Micros> {
        time::parse(self.text()?.as_bytes())
    }

    /// Whether this is an object.
    #[must_use]
    pub fn is_object(self) -> bool {
        self.kind() == Some(Kind::Object)
    }

    /// Whether this is an array.
    #[must_use]
    pub fn is_array(self) -> bool {
        self.kind() == Some(Kind::Array)
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Some(Kind::Null)
    }

    /// Whether this is a number.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self.kind(), Some(Kind::Whole | Kind::Real))
    }

    /// A boolean proper; text that spells one is none, unlike in [`Value::truth`].
    #[must_use]
    pub fn boolean(self) -> Option<bool> {
        match self.kind()? {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// A number written without fraction and exponent.
    #[must_use]
    pub fn whole(self) -> Option<i128> {
        if self.kind() == Some(Kind::Whole) { self.spelled().parse().ok() } else { None }
    }

    /// A number written with a fraction or an exponent.
    #[must_use]
    pub fn real(self) -> Option<f64> {
        if self.kind() == Some(Kind::Real) { self.spelled().parse().ok() } else { None }
    }
}
