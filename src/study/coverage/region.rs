//! The hours of one region of an account, each with the best that is known of it.
//!
//! Cases overlap: the same logs are scanned twice, or two months share a day. The best counts, because another case can only have seen more: that one misses a
//! log, or a digest, says nothing against one that has it. Proven and quiet are alike here, then come observed, broken and unknown.

use crate::evidence::record::time::Micros;
use crate::proof::coverage::{HOUR, State};
use std::collections::BTreeMap;
use std::ops::Range;

/// How many hours a day has.
const HOURS: i64 = 24;

/// What is known of the hours of a day.
///
/// A bit for each hour, in four sets: something is known of it, and it is at least broken, observed, proven. Each set lies in the one before it, so that the
/// best of two days is one or the other, bit by bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Day([u32; 4]);

impl Day {
    /// Some hours of one state.
    fn of(state: State, hours: Range<i64>) -> Self {
        let level = match state {
            State::Unknown => 0,
            State::Broken => 1,
            State::Observed => 2,
            State::Proven | State::Quiet => 3,
        };
        let bits = (1 << hours.end) - (1 << hours.start);
        Self(std::array::from_fn(|set| if set <= level { bits } else { 0 }))
    }

    /// The best of both.
    fn with(self, other: Self) -> Self {
        Self(std::array::from_fn(|set| self.0[set] | other.0[set]))
    }

    /// How many hours are proven, observed, broken, unknown.
    fn hours(self) -> [i64; 4] {
        let [unknown, broken, observed, proven] = self.0.map(|set| i64::from(set.count_ones()));
        [proven, observed - proven, broken - observed, unknown - broken]
    }
}

/// What is known of each hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Region {
    /// The first of days that are alike, up to the next. Days, counted from 1970-01-01, are small numbers so that years of many regions fit in memory.
    days: BTreeMap<i32, Day>,
}

impl Region {
    /// Adds hours in a row: all that a stretch of time touches.
    pub(super) fn add(&mut self, (from, to): (Micros, Micros), state: State) {
        if from >= to {
            return;
        }
        let first = from.div_euclid(HOUR);
        let last = to.div_euclid(HOUR) + i64::from(to.rem_euclid(HOUR) > 0);
        let day_of = |hour: i64| i32::try_from(hour.div_euclid(HOURS)).expect("times in microseconds are less than 2^27 days from 1970");
        let (day, end) = (day_of(first), day_of(last));
        let (start, rest) = (first.rem_euclid(HOURS), last.rem_euclid(HOURS));
        if day == end {
            return self.cover(day..day + 1, Day::of(state, start..rest));
        }
        // Whole days together, parts of a day by themselves.
        self.cover(day..day + 1, Day::of(state, start..HOURS));
        self.cover(day + 1..end, Day::of(state, 0..HOURS));
        self.cover(end..end + 1, Day::of(state, 0..rest));
    }

    /// Every day that is not as the one before it, with its hours: proven, observed, broken, unknown.
    pub(super) fn days(&self) -> impl Iterator<Item = (i64, [i64; 4])> {
        self.days.iter().map(|(day, known)| (i64::from(*day), known.hours()))
    }

    fn on(&self, day: i32) -> Day {
        self.days.range(..=day).next_back().map_or_else(Day::default, |(_, known)| *known)
    }

    /// Adds what is known of each of some days.
    fn cover(&mut self, days: Range<i32>, known: Day) {
        if days.is_empty() {
            return;
        }
        // Logs of an hour are many, and most say nothing new.
        let here = self.on(days.start);
        if days.len() == 1 && here.with(known) == here {
            return;
        }
        let after = self.on(days.end);
        self.days.entry(days.start).or_insert(here);
        self.days.entry(days.end).or_insert(after);
        let mut before = self.days.range(..days.start).next_back().map_or_else(Day::default, |(_, known)| *known);
        let mut alike = Vec::new();
        for (day, here) in self.days.range_mut(days.start..=days.end) {
            if *day < days.end {
                *here = here.with(known);
            }
            if *here == before {
                alike.push(*day);
            }
            before = *here;
        }
        alike.iter().for_each(|day| _ = self.days.remove(day));
    }
}
