//! Sums of hours over days, out of the regions of an account.

use super::region::Region;
use super::{DAY, day_of};
use crate::evidence::record::time::Micros;
use std::collections::BTreeMap;

/// Regions added up: how many hours of each part more or fewer a day has than the one before it.
#[derive(Debug, Default)]
pub(super) struct Changes {
    changes: BTreeMap<i64, [i64; 4]>,
}

impl Changes {
    /// Adds the hours of a region.
    pub(super) fn add(&mut self, region: &Region) {
        let mut last = [0; 4];
        for (day, hours) in region.days() {
            let here = self.changes.entry(day).or_default();
            (0..4).for_each(|part| here[part] += hours[part] - last[part]);
            if *here == [0; 4] {
                self.changes.remove(&day);
            }
            last = hours;
        }
    }

    pub(super) fn stretches(self) -> Stretches {
        let mut all = Stretches::default();
        let (mut hours, mut sums) = ([0_i64; 4], [0_i64; 4]);
        let mut last = None;
        for (day, change) in self.changes {
            let days = last.map_or(0, |last| day - last);
            for part in 0..4 {
                sums[part] = sums[part].saturating_add(hours[part].saturating_mul(days));
                hours[part] = hours[part].saturating_add(change[part]);
            }
            all.runs.push(Run { first: day, hours, before: sums });
            last = Some(day);
        }
        all
    }
}

/// Days of which the same is known, up to the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    first: i64,
    hours: [i64; 4],
    /// The hours of all days before it.
    before: [i64; 4],
}

/// The coverage of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stretches {
    runs: Vec<Run>,
}

/// Sums of hours over days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Proven to be complete, with logs or without.
    pub proven: u64,
    /// There are logs.
    pub observed: u64,
    /// Something does not fit.
    pub broken: u64,
    /// Nothing is there.
    pub unknown: u64,
}

impl Sums {
    /// Hours in which a use could be seen.
    #[must_use]
    pub(crate) const fn seen(self) -> u64 {
        self.proven.saturating_add(self.observed)
    }

    /// All hours.
    #[must_use]
    pub(crate) const fn all(self) -> u64 {
        self.seen().saturating_add(self.broken).saturating_add(self.unknown)
    }
}

impl Stretches {
    /// The hours of all days that a stretch of time touches.
    #[must_use]
    pub(crate) fn sums(&self, from: Micros, to: Micros) -> Sums {
        if from >= to {
            return Sums::default();
        }
        let (start, end) = (self.before(day_of(from)), self.before(day_of(to - 1) + 1));
        let part = |part: usize| u64::try_from(end[part] - start[part]).unwrap_or_default();
        Sums { proven: part(0), observed: part(1), broken: part(2), unknown: part(3) }
    }

    /// The hours of all days before one.
    fn before(&self, day: i64) -> [i64; 4] {
        let place = self.runs.partition_point(|run| run.first <= day);
        place.checked_sub(1).map_or([0; 4], |place| {
            let run = &self.runs[place];
            std::array::from_fn(|part| run.before[part].saturating_add(run.hours[part].saturating_mul(day - run.first)))
        })
    }

    /// The start of the first day, from one on, in which a use could be seen. UTC.
    #[must_use]
    pub(crate) fn first_seen(&self, from: Micros) -> Option<Micros> {
        let day = day_of(from);
        let from_run = self.runs.partition_point(|run| run.first <= day).saturating_sub(1);
        let is_seen = |run: &&Run| run.hours[0] > 0 || run.hours[1] > 0;
        self.runs.get(from_run..)?.iter().find(is_seen).map(|run| run.first.max(day).saturating_mul(DAY))
    }

    /// How many of the days that a stretch of time touches have an hour in which a use could be seen.
    #[must_use]
    pub(crate) fn days_seen(&self, from: Micros, to: Micros) -> u64 {
        if from >= to {
            return 0;
        }
        let (start, end) = (day_of(from), day_of(to - 1) + 1);
        let mut days = 0;
        let first = self.runs.partition_point(|run| run.first <= start).saturating_sub(1);
        for (place, run) in self.runs.iter().enumerate().skip(first).take_while(|(_, run)| run.first < end) {
            let until = self.runs.get(place + 1).map_or(end, |next| next.first.min(end));
            if run.hours[0] > 0 || run.hours[1] > 0 {
                days += u64::try_from(until - run.first.max(start)).unwrap_or_default();
            }
        }
        days
    }

    /// The end of the last day before a time in which a use could be seen. UTC.
    #[must_use]
    pub(crate) fn last_seen(&self, to: Micros) -> Option<Micros> {
        let day = day_of(to.saturating_sub(1));
        let begun = self.runs.partition_point(|run| run.first <= day);
        let place = self.runs[..begun].iter().rposition(|run| run.hours[0] > 0 || run.hours[1] > 0)?;
        let end = self.runs.get(place + 1).map_or(day + 1, |next| next.first.min(day + 1));
        Some(end.saturating_mul(DAY))
    }

    /// Whether anything was found of the account at all.
    #[must_use]
    pub(crate) fn is_any(&self) -> bool {
        self.runs.iter().any(|run| run.hours[..3] != [0; 3])
    }
}
