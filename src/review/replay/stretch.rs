//! When an alarm is in ALARM, and what that makes of something that began at a time.

use super::Alarm;
use crate::evidence::record::time::Micros;
use serde::Serialize;
use std::collections::VecDeque;

const MINUTE: Micros = 60_000_000;

/// An alarm's time in ALARM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Stretch {
    /// When it goes off, and tells its topics.
    pub from: Micros,
    /// When it is over.
    pub to: Micros,
}

/// A minute, numbered from the epoch, and by how much something is more than in the minute before.
type Change = (i64, i64);

impl Alarm {
    /// When it goes into ALARM, and when it comes back, with records counted at these times, which need not be sorted. A time of delivery
    /// has its minute only, so a record is seen by the look at the end of that minute.
    ///
    /// None for an alarm with a [`fault`](Alarm::fault): no record rings it, and one that is in ALARM without a record has no time at which
    /// it tells anything. Looks after the last moment that a time can be are taken to be at that moment.
    #[must_use]
    pub(crate) fn stretches(&self, counted: &[Micros]) -> Vec<Stretch> {
        if self.fault().is_some() {
            return Vec::new();
        }
        let mut minutes: Vec<i64> = counted.iter().map(|time| time.div_euclid(MINUTE)).collect();
        minutes.sort_unstable();
        // Without a fault it looks back weeks at most, and minutes of any time are far from the ends of their type.
        let period = i64::from(self.period.max(60) / 60);
        let window = period * i64::from(self.evaluation_periods);
        let changes = self.changes(&minutes, period);

        // A data point that breaches at a minute is the next older one a period later, until it is older than any that is looked at. So the
        // number that breach changes where the newest does, where it did a period before, and no more where it did a window before.
        let (mut enter, mut leave) = (changes.iter().peekable(), changes.iter().peekable());
        let mut again: VecDeque<Change> = VecDeque::new();
        let (mut breaching, mut open) = (0, None);
        let mut stretches = Vec::new();
        loop {
            let soonest = [enter.peek().map(|(at, _)| *at), leave.peek().map(|(at, _)| at + window), again.front().map(|(at, _)| *at)];
            let Some(now) = soonest.into_iter().flatten().min() else { break };
            let mut change = 0;
            change += enter.next_if(|(at, _)| *at == now).map_or(0, |(_, by)| *by);
            change -= leave.next_if(|(at, _)| at + window == now).map_or(0, |(_, by)| *by);
            change += again.pop_front_if(|(at, _)| *at == now).map_or(0, |(_, by)| by);
            if change == 0 {
                continue;
            }
            again.push_back((now + period, change));
            breaching += change;
            let time = now.saturating_mul(MINUTE);
            // Between matches there is no data, and this alarm stays where it is then.
            if open.is_some() && self.treat_missing_data == "ignore" && !self.has_default {
                continue;
            }
            match open {
                None if breaching >= i64::from(self.needed()) => open = Some(time),
                Some(from) if breaching < i64::from(self.needed()) => {
                    stretches.push(Stretch { from, to: time });
                    open = None;
                }
                _ => {}
            }
        }
        stretches.extend(open.map(|from| Stretch { from, to: Micros::MAX }));
        stretches
    }

    /// The minutes at whose looks the newest data point begins to breach (1) or ceases to (-1). A record of a minute is in the data point
    /// from the next minute on, for a period.
    fn changes(&self, minutes: &[i64], period: i64) -> Vec<Change> {
        let (mut entered, mut left, mut breaching) = (0, 0, false);
        let mut changes = Vec::new();
        while let Some(oldest) = minutes.get(left) {
            let leaves = oldest + 1 + period;
            let now = minutes.get(entered).map_or(leaves, |newest| leaves.min(newest + 1));
            entered += minutes[entered..].iter().take_while(|minute| **minute + 1 == now).count();
            left += minutes[left..].iter().take_while(|minute| **minute + 1 + period == now).count();
            let breaches = self.breaches((entered - left) as u64);
            if breaches != breaching {
                changes.push((now, if breaches { 1 } else { -1 }));
                breaching = breaches;
            }
        }
        changes
    }
}

/// What an alarm would have made of something that began at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ring {
    /// It goes off then.
    At(Micros),
    /// It is in ALARM from before, and says nothing new.
    Already(Micros),
    /// It does not.
    Never,
}

/// Whether an alarm that was in ALARM for these stretches, in their order, rings for something whose records were counted from `first` to
/// `last`.
#[must_use]
pub(crate) fn ring(stretches: &[Stretch], first: Micros, last: Micros) -> Ring {
    let look = last.div_euclid(MINUTE).saturating_add(1).saturating_mul(MINUTE);
    let touched = stretches.get(stretches.partition_point(|stretch| stretch.to <= first)).filter(|stretch| stretch.from <= look);
    match touched {
        None => Ring::Never,
        Some(stretch) if stretch.from > first => Ring::At(stretch.from),
        Some(stretch) => Ring::Already(stretch.from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn minutes(times: &[i64]) -> Vec<Micros> {
        times.iter().map(|time| time * MINUTE).collect()
    }

    fn stretches(alarm: &Alarm, times: &[i64]) -> Vec<(i64, i64)> {
        alarm.stretches(&minutes(times)).into_iter().map(|stretch| (stretch.from / MINUTE, stretch.to / MINUTE)).collect()
    }

    #[test]
    fn one_record_rings_the_next_minute_and_is_over_when_its_period_is() {
        let alarm = Alarm::default();
        // Counted in minute 10, so in the windows that end at 11 to 15; at 16 the window begins after it.
        assert_eq!(stretches(&alarm, &[10]), [(11, 16)]);
        // A second one keeps it in ALARM, a late one rings again.
        assert_eq!(stretches(&alarm, &[10, 13]), [(11, 19)]);
        assert_eq!(stretches(&alarm, &[10, 40, 10]), [(11, 16), (41, 46)]);
        assert_eq!(stretches(&alarm, &[]), []);
    }

    #[test]
    fn an_alarm_that_ignores_missing_data_stays_in_alarm_unless_its_filter_gives_data_between() {
        let ignoring = Alarm { treat_missing_data: "ignore".to_owned(), ..Alarm::default() };
        assert_eq!(stretches(&ignoring, &[10, 4000]), [(11, Micros::MAX / MINUTE)]);
        assert_eq!(stretches(&Alarm { has_default: true, ..ignoring }, &[10, 4000]), [(11, 16), (4001, 4006)]);
    }

    #[test]
    fn a_threshold_waits_for_its_records_within_a_period() {
        let three = Alarm { threshold: 3.0, ..Alarm::default() };
        assert_eq!(stretches(&three, &[10, 11, 12]), [(13, 16)]);
        assert_eq!(stretches(&three, &[10, 14, 18]), []);
        let more = Alarm { comparison_operator: "GreaterThanThreshold".to_owned(), ..Alarm::default() };
        assert_eq!(stretches(&more, &[10]), []);
        assert_eq!(stretches(&more, &[10, 10]), [(11, 16)]);
    }

    #[test]
    fn several_data_points_must_breach_as_many_as_are_asked_for() {
        let both = Alarm { evaluation_periods: 2, period: 60, ..Alarm::default() };
        assert_eq!(stretches(&both, &[10]), []);
        assert_eq!(stretches(&both, &[10, 11]), [(12, 13)]);
        let one_of_two = Alarm { datapoints_to_alarm: Some(1), ..both };
        assert_eq!(stretches(&one_of_two, &[10]), [(11, 13)]);
    }

    #[test]
    fn less_than_a_minute_is_a_minute() {
        for period in [10, 20, 30, 60] {
            assert_eq!(stretches(&Alarm { period, ..Alarm::default() }, &[10]), [(11, 12)]);
        }
    }

    #[test]
    fn an_alarm_in_alarm_does_not_ring_again() {
        let stretches = Alarm::default().stretches(&minutes(&[10, 13]));
        assert_eq!(ring(&stretches, 10 * MINUTE, 10 * MINUTE), Ring::At(11 * MINUTE));
        assert_eq!(ring(&stretches, 13 * MINUTE, 13 * MINUTE), Ring::Already(11 * MINUTE));
        assert_eq!(ring(&stretches, 30 * MINUTE, 31 * MINUTE), Ring::Never);
    }

    #[test]
    fn times_at_either_end_of_all_times_ring_without_overflow() {
        let stretches = Alarm::default().stretches(&[i64::MAX, i64::MIN]);
        assert_eq!(stretches.len(), 2);
        assert!(stretches[0].from < i64::MIN + MINUTE && stretches[1].to == i64::MAX, "{stretches:?}");
        assert!(matches!(ring(&stretches, i64::MIN, i64::MAX), Ring::At(_)));
        assert_eq!(ring(&[], i64::MIN, i64::MAX), Ring::Never);
    }

    #[test]
    fn a_million_records_over_years_are_played_in_a_moment() {
        let mut state = 1_u64;
        let mut minute_of = |years: i64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 24) as i64 % (years * 365 * 24 * 60) * MINUTE
        };
        let week = Alarm { period: 120, evaluation_periods: 5_040, datapoints_to_alarm: Some(2_520), ..Alarm::default() };
        let begun = Instant::now();
        for (years, alarm) in [(5, Alarm::default()), (5, week.clone()), (8_000, week)] {
            let times: Vec<Micros> = (0..1_000_000).map(|_| minute_of(years)).collect();
            let _ = alarm.stretches(&times);
        }
        // A second each, sorting and all; there is room for a slow machine.
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    }

    /// What the module says, word for word: a look at every minute, at every data point, at every record.
    fn looked_at_every_minute(alarm: &Alarm, counted: &[Micros]) -> Vec<Stretch> {
        let (Some(first), Some(last)) = (counted.iter().min(), counted.iter().max()) else { return Vec::new() };
        let period = i64::from(alarm.period.max(60)) * 1_000_000;
        let points = i64::from(alarm.evaluation_periods);
        let within = |from: Micros, to: Micros| counted.iter().filter(|time| (from..to).contains(*time)).count() as u64;
        let firing = |now: Micros| {
            let breaching = (0..points).filter(|point| alarm.breaches(within(now - (point + 1) * period, now - point * period)));
            breaching.count() as u64 >= u64::from(alarm.needed())
        };
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut before = false;
        for minute in first.div_euclid(MINUTE)..=(last + points * period).div_euclid(MINUTE) + 1 {
            let now = minute * MINUTE;
            match (before, firing(now)) {
                (false, true) => stretches.push(Stretch { from: now, to: now }),
                (true, false) => stretches.last_mut().unwrap().to = now,
                _ => {}
            }
            before = firing(now);
        }
        assert!(!before, "it ends when the last record is older than any data point");
        stretches
    }

    fn alarms() -> impl Strategy<Value = Alarm> {
        let period = prop::sample::select(vec![10_u32, 30, 60, 120, 180, 300, 420]);
        let points = (1_u32..7).prop_flat_map(|points| (Just(points), prop::option::of(1..=points)));
        let statistic = prop::sample::select(vec!["Sum", "SampleCount", "Maximum", "p99"]);
        let operator = prop::sample::select(vec!["GreaterThanOrEqualToThreshold", "GreaterThanThreshold"]);
        let threshold = prop::sample::select(vec![0.0, 0.5, 1.0, 2.0, 3.0, 4.5]);
        let worth = prop::sample::select(vec![1.0, 0.5, 2.0]);
        (period, points, statistic, operator, threshold, worth).prop_map(|(period, points, statistic, operator, threshold, worth)| Alarm {
            period,
            evaluation_periods: points.0,
            datapoints_to_alarm: points.1,
            statistic: statistic.to_owned(),
            comparison_operator: operator.to_owned(),
            threshold,
            worth: Some(worth),
            ..Alarm::default()
        })
    }

    proptest! {
        #[test]
        fn it_is_in_alarm_when_a_look_at_every_minute_says_so(
            alarm in alarms(),
            counted in prop::collection::vec(-40 * MINUTE..80 * MINUTE, 0..24),
            far in prop::option::of(200 * MINUTE..230 * MINUTE),
        ) {
            let counted: Vec<Micros> = counted.into_iter().chain(far).collect();
            if !alarm.breaches(0) {
                prop_assert_eq!(alarm.stretches(&counted), looked_at_every_minute(&alarm, &counted));
            }
        }

        #[test]
        fn it_rings_by_the_first_stretch_that_is_touched(
            counted in prop::collection::vec(0..200 * MINUTE, 0..12),
            first in 0..200 * MINUTE,
            lasts in 0..30 * MINUTE,
        ) {
            let (stretches, last) = (Alarm::default().stretches(&counted), first + lasts);
            let touched = stretches.iter().find(|stretch| stretch.to > first && stretch.from <= last.div_euclid(MINUTE) * MINUTE + MINUTE);
            let says = match touched {
                None => Ring::Never,
                Some(stretch) if stretch.from > first => Ring::At(stretch.from),
                Some(stretch) => Ring::Already(stretch.from),
            };
            prop_assert_eq!(ring(&stretches, first, last), says);
        }

        #[test]
        fn no_alarm_and_no_times_make_it_panic_or_hang(
            period in any::<u32>(),
            evaluation_periods in any::<u32>(),
            datapoints_to_alarm in any::<Option<u32>>(),
            threshold in any::<f64>(),
            worth in any::<Option<f64>>(),
            minutely in any::<bool>(),
            counted in prop::collection::vec(any::<i64>(), 0..40),
        ) {
            let (period, evaluation_periods) =
                if minutely { (period % 40 * 60, evaluation_periods % 250) } else { (period, evaluation_periods) };
            let alarm = Alarm { period, evaluation_periods, datapoints_to_alarm, threshold, worth, ..Alarm::default() };
            let stretches = alarm.stretches(&counted);
            prop_assert!(stretches.is_sorted_by(|one, other| one.to < other.from));
            prop_assert!(stretches.iter().all(|stretch| stretch.from <= stretch.to));
        }
    }
}
