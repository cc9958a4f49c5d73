//! A column of words that repeat themselves: each is kept once, rows hold its number.

use super::texts::Texts;
use hashbrown::HashTable;
use polars::prelude::ArrowDataType;
use polars_arrow::array::{Array, DictionaryArray, PrimitiveArray};
use polars_arrow::bitmap::MutableBitmap;
use polars_parquet::write::Encoding;
use std::hash::BuildHasher;

/// With more words than this a dictionary is no gain, and the column becomes plain text.
const MAX_WORDS: usize = 1 << 14;

/// Nor is it when, after this many rows, every second one has brought a word of its own.
const TRIAL: usize = 1024;

/// Stands for a row without a value; no word has this number.
const NULL: u32 = u32::MAX;

/// The column, as words for as long as they are few.
#[derive(Debug)]
pub(super) enum Words {
    Few(Dictionary),
    Many(Texts),
}

#[derive(Debug)]
pub(super) struct Dictionary {
    words: Texts,
    numbers: HashTable<u32>,
    hasher: foldhash::fast::RandomState,
    rows: Vec<u32>,
}

/// Whether two words are the same. Most are short, and looked at in two steps that overlap.
fn same(one: &[u8], other: &[u8]) -> bool {
    fn by<const N: usize>(one: &[u8], other: &[u8]) -> bool {
        one.first_chunk::<N>() == other.first_chunk() && one.last_chunk::<N>() == other.last_chunk()
    }
    one.len() == other.len()
        && match one.len() {
            0..4 => one == other,
            4..8 => by::<4>(one, other),
            8..16 => by::<8>(one, other),
            16..32 => by::<16>(one, other),
            32..64 => by::<32>(one, other),
            _ => one == other,
        }
}

impl Words {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self::Few(Dictionary {
            words: Texts::with_capacity(64),
            numbers: HashTable::new(),
            // Seeded at random against crafted words; the numbers do not depend on it.
            hasher: foldhash::fast::RandomState::default(),
            rows: Vec::with_capacity(capacity),
        })
    }

    pub(super) fn push(&mut self, value: Option<&str>) {
        match self {
            Self::Many(texts) => texts.push(value),
            Self::Few(dictionary) => {
                if !dictionary.push(value) {
                    let mut texts = dictionary.expand();
                    texts.push(value);
                    *self = Self::Many(texts);
                }
            }
        }
    }

    pub(super) fn into_array(self) -> (Box<dyn Array>, Encoding) {
        match self {
            Self::Many(texts) => (texts.into_array(), Encoding::Plain),
            // Nulls all over have no dictionary.
            Self::Few(mut dictionary) if dictionary.words.len() == 0 => (dictionary.expand().into_array(), Encoding::Plain),
            Self::Few(Dictionary { words, mut rows, .. }) => {
                let validity = rows.contains(&NULL).then(|| {
                    let mut bits = MutableBitmap::with_capacity(rows.len());
                    for row in &mut rows {
                        bits.push(*row != NULL);
                        *row = if *row == NULL { 0 } else { *row };
                    }
                    bits.freeze()
                });
                let keys = PrimitiveArray::new(ArrowDataType::UInt32, rows.into(), validity);
                let array = DictionaryArray::try_from_keys(keys, words.into_array(), false);
                (array.expect("every number is a word's").boxed(), Encoding::RleDictionary)
            }
        }
    }
}

impl Dictionary {
    /// `false`, and nothing done, where the word would be one too many.
    fn push(&mut self, value: Option<&str>) -> bool {
        let Some(value) = value else {
            self.rows.push(NULL);
            return true;
        };
        let Self { words, numbers, hasher, rows } = self;
        let word = value.as_bytes();
        // Rows in order of time come in bursts.
        if let Some(&last) = rows.last()
            && last != NULL
            && same(words.get(last as usize), word)
        {
            rows.push(last);
            return true;
        }
        let hash = hasher.hash_one(word);
        let number = match numbers.find(hash, |number| same(words.get(*number as usize), word)) {
            Some(number) => *number,
            None if words.len() == MAX_WORDS || rows.len() == TRIAL && words.len() > TRIAL / 2 => return false,
            None => {
                let number = u32::try_from(words.len()).unwrap_or(NULL);
                words.push(Some(value));
                numbers.insert_unique(hash, number, |number| hasher.hash_one(words.get(*number as usize)));
                number
            }
        };
        rows.push(number);
        true
    }

    /// The rows as plain text.
    fn expand(&mut self) -> Texts {
        let mut texts = Texts::with_capacity(self.rows.len() + 1);
        for row in self.rows.drain(..) {
            let word = (row != NULL).then(|| self.words.get(row as usize));
            texts.push(word.map(|word| std::str::from_utf8(word).expect("only text went in")));
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_length_are_told_apart_by_any_of_their_bytes() {
        for length in 0..80 {
            let word = vec![b'a'; length];
            assert!(same(&word, &word.clone()) && !same(&word, &vec![b'a'; length + 1]));
            for place in 0..length {
                let mut other = word.clone();
                other[place] = b'b';
                assert!(!same(&word, &other), "byte {place} of {length}");
            }
        }
    }
}
