//! Texts that are looked for: which objects and which of their records one of them may be in.
//!
//! A filter may cost time, never a record: escaped letters and digits, which could spell any text, count as one.

use crate::error::{Error, Result};
use crate::evidence::record::Found;
use crate::evidence::record::needles::{self, Needles};
use crate::lineage::Needle;
use memchr::memmem::Finder;
use std::collections::{BTreeMap, BTreeSet};

/// The start and the end of a log as CloudTrail delivers it. In any other form records may stand in text, where quotes are escaped.
const DELIVERED: (&[u8], &[u8]) = (b"{\"Records\":[", b"]}");

/// Accounts that are looked for beside a name; with more it takes less time to parse the record.
const ACCOUNTS: usize = 16;

/// Texts made ready to be looked for, each with the accounts one of whose numbers must stand beside it.
#[derive(Debug, Clone)]
pub(in crate::pipeline) struct Sought {
    needles: Needles,
    /// By text: numbers of accounts, in `numbers`; none where the text is enough.
    accounts: Vec<Vec<usize>>,
    numbers: Vec<Finder<'static>>,
}

impl Sought {
    pub(crate) fn new(needles: &[Needle], sample: &[u8]) -> Result<Self> {
        let mut texts: BTreeMap<&[u8], BTreeSet<Option<&str>>> = BTreeMap::new();
        for needle in needles {
            texts.entry(needle.as_bytes()).or_default().insert(needle.account());
        }
        let numbers: BTreeSet<&str> = needles.iter().filter_map(Needle::account).collect();
        let numbers: Vec<&str> = numbers.into_iter().collect();
        let of_text = |accounts: &BTreeSet<Option<&str>>| {
            let is_enough = accounts.contains(&None) || accounts.len() > ACCOUNTS;
            let known = accounts.iter().flatten().filter(|_| !is_enough);
            known.filter_map(|account| numbers.binary_search(account).ok()).collect()
        };
        let ready = Needles::new(texts.keys().copied(), sample).map_err(|error| Error::TooManyNeedles(error.to_string()))?;
        Ok(Self {
            needles: ready,
            accounts: texts.values().map(of_text).collect(),
            numbers: numbers.iter().map(|number| Finder::new(number).into_owned()).collect(),
        })
    }

    /// Whether the record must be parsed.
    pub(crate) fn may_matter(&self, record: &[u8]) -> bool {
        self.needles.any_in(record, |text| self.is_of(text, record)) || self.needles.escapes_in(record)
    }

    /// Whether the number of an account stands in the record that the text goes with.
    fn is_of(&self, text: u32, record: &[u8]) -> bool {
        let accounts = &self.accounts[text as usize];
        accounts.is_empty() || accounts.iter().any(|account| self.numbers[*account].find(record).is_some())
    }

    /// The places of an object's text at which something is that is looked for, where its records stand in it as they are, so that one search does for all
    /// of them; and whether no record of it must be parsed, which shows of a text that is not cut.
    pub(crate) fn look<'t>(&self, text: &'t [u8], mut places: Vec<needles::Place>) -> Looked<'t> {
        let (start, end) = DELIVERED;
        if !text.starts_with(start) {
            return Looked::Unknown(places);
        }
        self.needles.places_in(text, &mut places);
        let is_whole = text.trim_ascii_end().ends_with(end);
        if places.is_empty() && is_whole && !self.needles.escapes_in(text) {
            return Looked::Nowhere(places);
        }
        Looked::Places(Near { text, places, next: 0 })
    }
}

/// What a look at an object's text showed. The buffer of places comes back in any case.
pub(in crate::pipeline) enum Looked<'t> {
    /// Records may stand in it in any form.
    Unknown(Vec<needles::Place>),
    /// No record of it must be parsed.
    Nowhere(Vec<needles::Place>),
    /// Records near these places must be.
    Places(Near<'t>),
}

/// Places in a text, which its records come by in order.
#[derive(Debug)]
pub(in crate::pipeline) struct Near<'t> {
    text: &'t [u8],
    places: Vec<needles::Place>,
    /// Those before are behind the last record.
    next: usize,
}

impl Near<'_> {
    /// Whether a record must be parsed; `None` where it is not part of the text as it stands, but was inside of some of it.
    pub(crate) fn may_matter(&mut self, wanted: &Sought, found: &Found<'_>) -> Option<bool> {
        let start = (found.bytes.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        let end = start.checked_add(found.bytes.len()).filter(|end| *end <= self.text.len())?;
        while self.places.get(self.next).is_some_and(|place| (place.at as usize) < start) {
            self.next += 1;
        }
        let inside = self.places[self.next..].iter().take_while(|place| (place.at as usize) < end);
        let mut inside = inside.map(|place| place.text);
        Some(inside.any(|text| wanted.is_of(text, found.bytes)) || found.letters && wanted.needles.escapes_in(found.bytes))
    }

    /// The buffer of places.
    pub(crate) fn into_places(self) -> Vec<needles::Place> {
        self.places
    }
}
