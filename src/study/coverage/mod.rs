//! How far the evidence of one account reaches, day by day, in stretches of days of which the same is known.
//!
//! Stretches may be given in any order. Those of one region may overlap, as those of several cases do, and an hour of it counts once; those of several regions
//! add up. What takes memory is where something changes from one day to the next, not how long it lasts.

mod region;
mod stretches;

pub(crate) use stretches::Stretches;

use super::DAY;
use crate::evidence::record::time::Micros;
use crate::proof::coverage::State;
use region::Region;
use std::collections::BTreeMap;
use stretches::Changes;

/// The day in which a time lies, counted from 1970-01-01.
#[must_use]
pub(crate) const fn day_of(time: Micros) -> i64 {
    time.div_euclid(DAY)
}

/// Stretches as they are given, by region. One without a name is a region like any other.
#[derive(Debug, Clone, Default)]
pub(super) struct Regions {
    regions: BTreeMap<Box<str>, Region>,
}

impl Regions {
    /// Adds hours in a row of one region: all that a stretch of time touches.
    pub(super) fn add(&mut self, region: &str, stretch: (Micros, Micros), state: State) {
        match self.regions.get_mut(region) {
            Some(known) => known.add(stretch, state),
            None => self.regions.entry(region.into()).or_default().add(stretch, state),
        }
    }

    pub(super) fn stretches(self) -> Stretches {
        let mut changes = Changes::default();
        self.regions.values().for_each(|region| changes.add(region));
        changes.stretches()
    }
}

#[cfg(test)]
mod tests {
    use super::stretches::Sums;
    use super::*;
    use crate::proof::coverage::HOUR;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn given(all: &[(&str, (Micros, Micros), State)]) -> Regions {
        let mut regions = Regions::default();
        all.iter().for_each(|(region, stretch, state)| regions.add(region, *stretch, *state));
        regions
    }

    /// How many changes are kept.
    fn kept(regions: &Regions) -> usize {
        regions.regions.values().map(|region| region.days().count()).sum()
    }

    #[test]
    fn a_stretch_of_hours_is_cut_into_days() {
        // From hour 22 of day 0 to hour 3 of day 4: 2, 24, 24, 24 and 3 hours.
        let stretches =
            given(&[("us-east-1", (22 * HOUR, 4 * DAY + 3 * HOUR), State::Quiet), ("eu-west-1", (DAY, 2 * DAY), State::Unknown)])
                .stretches();
        let of_day = |day: i64| stretches.sums(day * DAY, (day + 1) * DAY);
        assert_eq!([-1, 0, 1, 2, 3, 4, 5].map(|day| of_day(day).seen()), [0, 2, 24, 24, 24, 3, 0]);
        assert_eq!(of_day(1), Sums { proven: 24, unknown: 24, ..Sums::default() });
        assert_eq!(stretches.sums(i64::MIN, i64::MAX).all(), 2 + 3 * 24 + 3 + 24);
        assert_eq!(stretches.first_seen(3 * DAY + HOUR), Some(3 * DAY));
        assert_eq!((stretches.first_seen(-9 * DAY), stretches.first_seen(6 * DAY)), (Some(0), None));
    }

    #[test]
    fn an_hour_that_two_cases_tell_of_counts_once_with_the_better_state() {
        // All of a day broken, hours 6 to 18 of it observed, 12 to 14 proven; the region without a name has a day of its own.
        let all = [
            ("us-east-1", (0, DAY), State::Broken),
            ("us-east-1", (12 * HOUR, 14 * HOUR), State::Proven),
            ("us-east-1", (6 * HOUR + 1, 18 * HOUR - 1), State::Observed),
            ("us-east-1", (13 * HOUR, 14 * HOUR), State::Quiet),
            ("us-east-1", (0, DAY), State::Unknown),
            ("", (0, DAY), State::Unknown),
        ];
        let sums = Sums { proven: 2, observed: 10, broken: 12, unknown: 24 };
        assert_eq!(given(&all).stretches().sums(0, DAY), sums);
        assert_eq!(given(&[all, all].concat()).stretches().sums(0, DAY), sums);
    }

    #[test]
    fn what_ends_before_it_starts_is_nothing() {
        for stretch in [(HOUR / 2, HOUR / 2), (HOUR / 2, HOUR / 4), (DAY, 0), (i64::MAX, i64::MIN)] {
            assert_eq!(given(&[("", stretch, State::Proven)]).stretches(), Stretches::default(), "{stretch:?}");
        }
    }

    #[test]
    fn the_same_all_the_time_is_two_changes_however_it_is_cut() {
        let mut regions = given(&[("us-east-1", (0, 3650 * DAY), State::Proven)]);
        assert_eq!(kept(&regions), 2);
        // Hour by hour, as logs are named, in order of time and then backwards.
        let hours = || (0..365 * 24).map(|hour| (hour * HOUR, (hour + 1) * HOUR));
        hours().for_each(|hour| regions.add("eu-west-1", hour, State::Observed));
        hours().rev().for_each(|hour| regions.add("", hour, State::Observed));
        assert_eq!(kept(&regions), 6);
        assert_eq!(regions.stretches().sums(0, DAY), Sums { proven: 24, observed: 48, ..Sums::default() });
    }

    const NAMES: [&str; 3] = ["", "eu-west-1", "us-east-1"];

    /// Stretches of minutes over ten days in three regions, by the place of their region and state.
    fn several() -> impl Strategy<Value = Vec<(usize, i64, i64, usize)>> {
        proptest::collection::vec((0..3_usize, -1_000..14_400_i64, 0..6_000_i64, 0..5_usize), 0..24)
    }

    fn of_minutes(all: &[(usize, i64, i64, usize)]) -> Regions {
        let minute = HOUR / 60;
        let stretch = |&(region, start, length, state)| (NAMES[region], (start * minute, (start + length) * minute), State::ALL[state]);
        given(&all.iter().map(stretch).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn sums_are_those_of_the_hours_one_by_one(all in several(), from in -1..9_i64, days in 1..9_i64) {
            let mut hours: HashMap<(usize, i64), usize> = HashMap::new();
            for &(region, start, length, state) in &all {
                for hour in start.div_euclid(60)..if length > 0 { (start + length - 1).div_euclid(60) + 1 } else { i64::MIN } {
                    // Proven and quiet are the same; of the others the one that is named first is the better.
                    let best = hours.entry((region, hour)).or_insert(usize::MAX);
                    *best = state.saturating_sub(1).min(*best);
                }
            }
            let count = |part| hours.iter().filter(|((_, hour), best)| (from..from + days).contains(&hour.div_euclid(24)) && **best == part).count() as u64;
            let expected = Sums { proven: count(0), observed: count(1), broken: count(2), unknown: count(3) };
            let regions = of_minutes(&all);
            // No more than both ends of each stretch, where a day by itself has two.
            prop_assert!(kept(&regions) <= 4 * all.len());
            prop_assert_eq!(regions.stretches().sums(from * DAY, (from + days) * DAY), expected);
        }

        #[test]
        fn neither_order_nor_repetition_matters(all in several(), seed in any::<u64>()) {
            let mut shuffled = [all.clone(), all.clone()].concat();
            fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
            let (one, other) = (of_minutes(&all), of_minutes(&shuffled));
            prop_assert_eq!(&one.regions, &other.regions);
            prop_assert_eq!(one.stretches(), other.stretches());
        }

        #[test]
        fn nothing_makes_it_overflow(
            all in proptest::collection::vec((prop_oneof![any::<i64>(), Just(i64::MIN)], prop_oneof![any::<i64>(), Just(i64::MAX)], 0..5_usize), 1..12),
        ) {
            let mut regions = Regions::default();
            all.iter().for_each(|(from, to, state)| regions.add("", (*from, *to), State::ALL[*state]));
            prop_assert!(kept(&regions) <= 4 * all.len());
            let stretches = regions.stretches();
            prop_assert_eq!(stretches.sums(i64::MIN, i64::MAX).all() > 0, all.iter().any(|(from, to, _)| from < to));
            let is_seen = |(from, to, state): &(i64, i64, usize)| from < to && *state < 3;
            prop_assert_eq!(stretches.first_seen(i64::MIN).is_some(), all.iter().any(is_seen));
        }
    }
}
