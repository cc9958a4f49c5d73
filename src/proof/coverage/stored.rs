//! Cells of a finished case, for another look at them: a narrower window, other accounts.

use super::{Cell, Expected, HOUR, State};
use crate::evidence::record::time::Micros;
use std::collections::{BTreeMap, BTreeSet};

/// The cells of a case by account and region, each in order of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    cells: BTreeMap<String, BTreeMap<String, Vec<Cell>>>,
}

impl Stored {
    /// Adds a cell.
    pub(crate) fn add(&mut self, account: &str, region: &str, cell: Cell) {
        // Cells come in long runs of one place, so names are mostly there.
        let place = match self.cells.get_mut(account) {
            Some(regions) => regions,
            None => self.cells.entry(account.to_owned()).or_default(),
        };
        match place.get_mut(region) {
            Some(cells) => cells.push(cell),
            None => _ = place.insert(region.to_owned(), vec![cell]),
        }
    }

    /// The accounts that the case looked at.
    #[must_use]
    pub(crate) fn accounts(&self) -> BTreeSet<String> {
        self.cells.keys().cloned().collect()
    }

    /// The regions that the case looked at, of each account.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Option<String>, String)> {
        self.cells.iter().flat_map(|(account, regions)| regions.keys().map(|region| (Some(account.clone()), region.clone())))
    }

    /// The cells of an account and a region in the hours that are expected; unknown where the case has none.
    #[must_use]
    pub(crate) fn cells(&self, expected: &Expected, account: &str, region: &str) -> Vec<Cell> {
        let there = self.cells.get(account).and_then(|regions| regions.get(region)).map_or(&[][..], Vec::as_slice);
        let (first, last) = expected.hours;
        let cell = |hour: Micros| match there.binary_search_by_key(&hour, |cell| cell.hour) {
            Ok(place) => there[place].clone(),
            Err(_) => Cell {
                hour,
                state: State::Unknown,
                logs: 0,
                records: 0,
                digest: None,
                reason: Some("the case did not look at it".to_owned()),
            },
        };
        (0..(last - first).div_euclid(HOUR).max(0)).map(|number| cell(first + number * HOUR)).collect()
    }
}
