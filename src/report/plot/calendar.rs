//! Months and dates, UTC, and where an axis of time has its ticks.

use crate::evidence::record::time::Micros;
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use std::fmt;

/// Microseconds of a day.
pub(super) const DAY: Micros = 86_400_000_000;

/// A month of a year, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Month(i32);

impl Month {
    /// The month of a time; `None` beyond the years 1 to 9999.
    #[must_use]
    pub(crate) fn of(time: Micros) -> Option<Self> {
        let date = date(time)?;
        Some(Self(date.year() * 12 + date.month0() as i32))
    }

    /// The month so many months later.
    #[must_use]
    pub(crate) fn plus(self, months: usize) -> Self {
        Self(self.0.saturating_add(i32::try_from(months).unwrap_or(i32::MAX)))
    }

    /// How many months after another it is; `None` if it is before.
    #[must_use]
    pub(crate) fn since(self, first: Self) -> Option<usize> {
        usize::try_from(i64::from(self.0) - i64::from(first.0)).ok()
    }

    /// Months since the year 0.
    pub(super) fn index(self) -> i32 {
        self.0
    }

    /// Its year.
    pub(super) fn year(self) -> i32 {
        self.0.div_euclid(12)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year(), self.0.rem_euclid(12) + 1)
    }
}

/// The date of a time; `None` beyond the years 1 to 9999, which no plot can be asked to show.
pub(super) fn date(time: Micros) -> Option<NaiveDate> {
    let date = DateTime::<Utc>::from_timestamp_micros(time)?.date_naive();
    (1..=9999).contains(&date.year()).then_some(date)
}

/// The date as it is written.
pub(super) fn day(time: Micros) -> String {
    date(time).map_or_else(|| "unknown date".to_owned(), |date| date.to_string())
}

/// What lies between two ticks.
#[derive(Debug, Clone, Copy)]
enum Every {
    /// Days since 1970-01-05, a Monday: seven make a week.
    Days(i64),
    /// Months since the year 0.
    Months(i32),
}

const STEPS: [Every; 17] = [
    Every::Days(1),
    Every::Days(7),
    Every::Months(1),
    Every::Months(3),
    Every::Months(6),
    Every::Months(12),
    Every::Months(24),
    Every::Months(5 * 12),
    Every::Months(10 * 12),
    Every::Months(20 * 12),
    Every::Months(50 * 12),
    Every::Months(100 * 12),
    Every::Months(200 * 12),
    Every::Months(500 * 12),
    Every::Months(1000 * 12),
    Every::Months(2000 * 12),
    Every::Months(5000 * 12),
];

/// At most so many ticks from a time to another: days, Mondays, firsts of months, quarters or years, as the range asks for.
pub(super) fn ticks(from: Micros, to: Micros, most: usize) -> Vec<(Micros, String)> {
    let few = |step: &Every| ticks_every(*step, from, to, most + 1).filter(|ticks| ticks.len() <= most);
    STEPS.iter().find_map(few).unwrap_or_default()
}

/// The ticks of a step, at most so many; `None` for times without a date.
fn ticks_every(step: Every, from: Micros, to: Micros, most: usize) -> Option<Vec<(Micros, String)>> {
    let (first, last) = (date(from)?, date(to)?);
    let starts: Vec<NaiveDate> = match step {
        Every::Days(days) => {
            let monday = NaiveDate::from_ymd_opt(1970, 1, 5)?;
            let since = (first - monday).num_days();
            let start = first + chrono::Duration::days((-since).rem_euclid(days));
            start.iter_days().step_by(days as usize).take_while(|date| *date <= last).take(most).collect()
        }
        Every::Months(months) => {
            let index = first.year() * 12 + first.month0() as i32;
            let back = index.rem_euclid(months);
            let year = NaiveDate::from_ymd_opt((index - back).div_euclid(12), (index - back).rem_euclid(12) as u32 + 1, 1)?;
            let at = |times: u32| year.checked_add_months(Months::new(times * months as u32));
            (0..).map_while(at).take_while(|date| *date <= last).filter(|date| *date >= first).take(most).collect()
        }
    };
    let label = |date: NaiveDate| match step {
        Every::Days(_) => date.to_string(),
        Every::Months(months) if months < 12 => date.format("%Y-%m").to_string(),
        Every::Months(_) => date.year().to_string(),
    };
    let tick = |date: NaiveDate| Some((date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros(), label(date)));
    let ticks = starts.into_iter().filter_map(tick).filter(|(time, _)| (from..=to).contains(time));
    Some(ticks.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::time;
    use proptest::prelude::*;

    fn labels(from: &str, to: &str) -> Vec<String> {
        let [from, to] = [from, to].map(|text| time::parse(format!("{text}T00:00:00Z").as_bytes()).unwrap());
        ticks(from, to, 8).into_iter().map(|tick| tick.1).collect()
    }

    #[test]
    fn ticks_lie_on_the_starts_that_the_range_asks_for() {
        assert_eq!(labels("2026-03-14", "2026-03-16"), ["2026-03-14", "2026-03-15", "2026-03-16"]);
        assert_eq!(labels("2026-03-01", "2026-03-31"), ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30"]);
        assert_eq!(labels("2025-11-15", "2026-03-10"), ["2025-12", "2026-01", "2026-02", "2026-03"].map(str::to_owned));
        assert_eq!(labels("2019-06-01", "2025-06-01"), ["2020", "2021", "2022", "2023", "2024", "2025"]);
        assert_eq!(labels("0001-01-01", "9999-01-01"), ["2000", "4000", "6000", "8000"]);
    }

    #[test]
    fn months_follow_each_other_over_the_year() {
        let month = Month::of(time::parse(b"2025-12-31T23:59:59Z").unwrap()).unwrap();
        assert_eq!((month.to_string(), month.plus(1).to_string()), ("2025-12".to_owned(), "2026-01".to_owned()));
        assert_eq!((month.plus(14).since(month), month.since(month.plus(1))), (Some(14), None));
        assert_eq!((Month::of(i64::MAX), Month::of(i64::MIN)), (None, None));
    }

    proptest! {
        #[test]
        fn there_are_ticks_for_any_range_and_never_too_many(from in any::<i64>(), span in 2 * DAY..i64::MAX / 2) {
            let from = from / 200;
            let to = from.saturating_add(span / 200).max(from + 2 * DAY);
            let ticks = ticks(from, to, 8);
            prop_assert!(ticks.len() <= 8 && ticks.iter().all(|tick| (from..=to).contains(&tick.0)));
            prop_assert!(date(from).is_none() || date(to).is_none() || !ticks.is_empty());
        }
    }
}
