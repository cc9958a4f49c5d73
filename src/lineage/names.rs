//! Texts of the records, each kept once.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// A text, by number. Numbers follow the order in which texts were met, so nothing may be sorted by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Name(u32);

impl Name {
    /// No text.
    pub(super) const NONE: Self = Self(0);

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Itself, unless it is not text.
    pub(super) fn some(self) -> Option<Self> {
        (!self.is_none()).then_some(self)
    }
}

/// The texts.
#[derive(Debug)]
pub(super) struct Names {
    texts: Vec<Box<str>>,
    index: HashTable<u32>,
}

impl Names {
    pub(super) fn new() -> Self {
        let mut names = Self { texts: Vec::new(), index: HashTable::new() };
        let none = names.of("");
        debug_assert_eq!(none, Name::NONE, "the empty text is number 0");
        names
    }

    /// The number of a text.
    pub(super) fn of(&mut self, text: &str) -> Name {
        let hasher = FixedState::default();
        let texts = &mut self.texts;
        let entry = self.index.entry(
            hasher.hash_one(text),
            |place| texts[*place as usize].as_ref() == text,
            |place| hasher.hash_one(texts[*place as usize].as_ref()),
        );
        let place = *entry
            .or_insert_with(|| {
                texts.push(text.into());
                u32::try_from(texts.len() - 1).expect("fewer than 4 billion distinct texts fit in memory")
            })
            .get();
        Name(place)
    }

    /// The number of a text that may be absent.
    pub(super) fn of_option(&mut self, text: Option<&str>) -> Name {
        text.map_or(Name::NONE, |text| self.of(text))
    }

    /// The number of a text that was met before.
    pub(super) fn find(&self, text: &str) -> Option<Name> {
        let hash = FixedState::default().hash_one(text);
        self.index.find(hash, |place| self.texts[*place as usize].as_ref() == text).map(|place| Name(*place))
    }

    /// The text of a number.
    pub(super) fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", AsRef::as_ref)
    }
}
