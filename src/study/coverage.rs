//! How far the evidence of one account reaches, day by day, in stretches of days of which the same is known.
//!
//! Stretches may be given in any order and overlap: those of several regions add up. What takes memory is where something changes, not how long it lasts.

use super::DAY;
use crate::coverage::{HOUR, State};
use crate::record::time::Micros;
use std::collections::BTreeMap;
use std::ops::Range;

/// Hours of a day, of all regions together, by what is known of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hours {
    /// Proven to be complete, with logs or without ([`State::Proven`], [`State::Quiet`]).
    pub proven: u32,
    /// There are logs.
    pub observed: u32,
    /// Something does not fit.
    pub broken: u32,
    /// Nothing is there.
    pub unknown: u32,
}

impl Hours {
    /// So many hours of one state.
    #[must_use]
    pub fn of(state: State, hours: u32) -> Self {
        let mut all = Self::default();
        match state {
            State::Proven | State::Quiet => all.proven = hours,
            State::Observed => all.observed = hours,
            State::Broken => all.broken = hours,
            State::Unknown => all.unknown = hours,
        }
        all
    }

    const fn parts(self) -> [i64; 4] {
        [self.proven as i64, self.observed as i64, self.broken as i64, self.unknown as i64]
    }
}

/// The day in which a time lies, counted from 1970-01-01.
#[must_use]
pub const fn day_of(time: Micros) -> i64 {
    time.div_euclid(DAY)
}

/// Stretches as they are given: how many hours more or fewer a day has than the one before it.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    changes: BTreeMap<i64, [i64; 4]>,
}

impl Changes {
    /// Adds hours to each of some days.
    pub fn add(&mut self, days: Range<i64>, hours: Hours) {
        if days.is_empty() || hours == Hours::default() {
            return;
        }
        let mut change = |day: i64, sign: i64| {
            let here = self.changes.entry(day).or_default();
            here.iter_mut().zip(hours.parts()).for_each(|(sum, part)| *sum = sum.saturating_add(sign * part));
            if *here == [0; 4] {
                self.changes.remove(&day);
            }
        };
        change(days.start, 1);
        change(days.end, -1);
    }

    /// Adds hours in a row of one region: all that a stretch of time touches.
    pub fn add_stretch(&mut self, (from, to): (Micros, Micros), state: State) {
        let (mut first, last) = (from.div_euclid(HOUR), to.div_euclid(HOUR) + i64::from(to.rem_euclid(HOUR) > 0));
        while first < last {
            let day = first.div_euclid(24);
            // A part of a day by itself, whole days together.
            let whole = if first.rem_euclid(24) == 0 { (last - first) / 24 } else { 0 };
            let (end, hours) =
                if whole > 0 { (first + whole * 24, 24) } else { (last.min((day + 1) * 24), last.min((day + 1) * 24) - first) };
            self.add(day..day + whole.max(1), Hours::of(state, u32::try_from(hours).unwrap_or_default()));
            first = end;
        }
    }

    pub fn stretches(self) -> Stretches {
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
pub struct Stretches {
    runs: Vec<Run>,
}

/// Sums of hours over days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// As in [`Hours`].
    pub proven: u64,
    /// As in [`Hours`].
    pub observed: u64,
    /// As in [`Hours`].
    pub broken: u64,
    /// As in [`Hours`].
    pub unknown: u64,
}

impl Sums {
    /// Hours in which a use could be seen.
    #[must_use]
    pub const fn seen(self) -> u64 {
        self.proven.saturating_add(self.observed)
    }

    /// All hours.
    #[must_use]
    pub const fn all(self) -> u64 {
        self.seen().saturating_add(self.broken).saturating_add(self.unknown)
    }
}

impl Stretches {
    /// The hours of all days that a stretch of time touches.
    #[must_use]
    pub fn sums(&self, from: Micros, to: Micros) -> Sums {
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
    pub fn first_seen(&self, from: Micros) -> Option<Micros> {
        let day = day_of(from);
        let from_run = self.runs.partition_point(|run| run.first <= day).saturating_sub(1);
        let is_seen = |run: &&Run| run.hours[0] > 0 || run.hours[1] > 0;
        self.runs.get(from_run..)?.iter().find(is_seen).map(|run| run.first.max(day).saturating_mul(DAY))
    }

    /// Whether anything was found of the account at all.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.runs.iter().any(|run| run.hours[..3] != [0; 3])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stretch_of_hours_is_cut_into_days() {
        // From hour 22 of day 0 to hour 3 of day 4: 2, 24, 24, 24 and 3 hours.
        let mut changes = Changes::default();
        changes.add_stretch((22 * HOUR, 4 * DAY + 3 * HOUR), State::Quiet);
        changes.add_stretch((DAY, 2 * DAY), State::Unknown);
        let stretches = changes.stretches();
        let of_day = |day: i64| stretches.sums(day * DAY, (day + 1) * DAY);
        assert_eq!([-1, 0, 1, 2, 3, 4, 5].map(|day| of_day(day).seen()), [0, 2, 24, 24, 24, 3, 0]);
        assert_eq!(of_day(1), Sums { proven: 24, unknown: 24, ..Sums::default() });
        assert_eq!(stretches.sums(i64::MIN, i64::MAX).all(), 2 + 3 * 24 + 3 + 24);
        assert_eq!(stretches.first_seen(3 * DAY + HOUR), Some(3 * DAY));
        assert_eq!((stretches.first_seen(-9 * DAY), stretches.first_seen(6 * DAY)), (Some(0), None));
    }

    #[test]
    fn the_same_all_the_time_takes_two_changes_for_any_number_of_regions() {
        let mut changes = Changes::default();
        (0..17).for_each(|_| changes.add_stretch((0, 3650 * DAY), State::Proven));
        assert_eq!(changes.changes.len(), 2);
        assert_eq!(changes.stretches().sums(0, DAY).proven, 17 * 24);
    }

    proptest! {
        #[test]
        fn sums_are_those_of_the_hours_one_by_one(
            given in proptest::collection::vec((0..200_i64, 0..200_i64, 0..5_usize), 0..20), from in 0..9_i64, days in 1..9_i64,
        ) {
            let mut changes = Changes::default();
            let mut hours = 0;
            for (start, length, state) in given {
                changes.add_stretch((start * HOUR, (start + length) * HOUR), State::ALL[state]);
                hours += (start..start + length).filter(|hour| (from..from + days).contains(&hour.div_euclid(24))).count() as u64;
            }
            prop_assert_eq!(changes.stretches().sums(from * DAY, (from + days) * DAY).all(), hours);
        }

        #[test]
        fn nothing_makes_it_overflow(from in any::<i64>(), to in any::<i64>()) {
            let mut changes = Changes::default();
            changes.add_stretch((from, to), State::Observed);
            let sums = changes.stretches().sums(i64::MIN, i64::MAX);
            prop_assert_eq!(sums.all() > 0, from < to);
        }
    }
}
