//! The time that a study looks at, and how it is cut into periods. All of it in UTC.

use super::DAY;
use crate::evidence::record::time::{self, Micros};
use crate::named::named;
use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};

/// The longest window, in days: a hundred years. Beyond it a time is an error, and the number of periods has to end somewhere.
const LONGEST: i64 = 36_525;

/// From a first moment to the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    from: Micros,
    to: Micros,
}

impl Window {
    /// `[from, to)`. `None` when it is empty, longer than a hundred years, or not in the years 1970 to 9999.
    #[must_use]
    pub(crate) fn new(from: Micros, to: Micros) -> Option<Self> {
        let years = 0..253_402_300_800_000_000;
        (from < to && years.contains(&from) && years.contains(&to) && to - from <= LONGEST * DAY).then_some(Self { from, to })
    }

    /// The first moment.
    #[must_use]
    pub(crate) const fn from(self) -> Micros {
        self.from
    }

    /// The moment after the last.
    #[must_use]
    pub(crate) const fn to(self) -> Micros {
        self.to
    }

    /// All of it as one span.
    #[must_use]
    pub(crate) fn span(self) -> Span {
        Span::new(self.from, self.to)
    }

    /// The days before the end, as far as the window goes back: whole days, backwards from the end.
    #[must_use]
    pub(crate) const fn days(self) -> i64 {
        (self.to - self.from) / DAY
    }
}

named! {
    /// How a window is cut.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum Period {
        /// Seven days, aligned to the end of the window, so that the last is the week before it; the first may be cut short.
        Days7 = "7d",
        /// Thirty days, aligned likewise.
        Days30 = "30d",
        /// Months of the calendar; the first and the last may be cut short by the window.
        Month = "month",
        /// Quarters, likewise.
        Quarter = "quarter",
        /// Years, likewise.
        Year = "year",
    }
}

impl Period {
    /// The spans of a window, in order of time, without gaps.
    #[must_use]
    pub(crate) fn spans(self, window: Window) -> Vec<Span> {
        match self {
            Self::Days7 => backwards(window, 7),
            Self::Days30 => backwards(window, 30),
            Self::Month => calendar(window, 1),
            Self::Quarter => calendar(window, 3),
            Self::Year => calendar(window, 12),
        }
    }
}

/// A part of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first moment.
    pub from: Micros,
    /// The moment after the last.
    pub to: Micros,
    /// `2026-03`, `2026-Q1`, `2026`, or its bounds, the second exclusive, where it is not a whole month, quarter or year: `2026-03-15/2026-04-01`.
    pub label: String,
}

impl Span {
    /// A span that is told by its bounds.
    #[must_use]
    pub(crate) fn new(from: Micros, to: Micros) -> Self {
        Self { from, to, label: format!("{}/{}", moment(from), moment(to)) }
    }
}

/// A day where it is one's first moment.
fn moment(time: Micros) -> String {
    let mut text = time::format(time);
    if time.rem_euclid(DAY) == 0 {
        text.truncate(10);
    }
    text
}

fn backwards(window: Window, days: i64) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut end = window.to;
    while end > window.from {
        let start = (end - days * DAY).max(window.from);
        spans.push(Span::new(start, end));
        end = start;
    }
    spans.reverse();
    spans
}

/// The first moment of the month with this number, counted from the year 0.
fn month(number: i32) -> Option<Micros> {
    let day = NaiveDate::from_ymd_opt(number.div_euclid(12), number.rem_euclid(12).unsigned_abs() + 1, 1)?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
}

fn calendar(window: Window, months: i32) -> Vec<Span> {
    let mut spans = Vec::new();
    let Some(first) = DateTime::<Utc>::from_timestamp_micros(window.from) else { return spans };
    let mut number = (first.year() * 12 + first.month0().cast_signed()).div_euclid(months) * months;
    while let (Some(start), Some(end)) = (month(number), month(number + months)) {
        if start >= window.to {
            break;
        }
        let mut span = Span::new(start.max(window.from), end.min(window.to));
        if (span.from, span.to) == (start, end) {
            let (year, month) = (number.div_euclid(12), number.rem_euclid(12));
            span.label = match months {
                1 => format!("{year}-{:02}", month + 1),
                3 => format!("{year}-Q{}", month / 3 + 1),
                _ => year.to_string(),
            };
        }
        spans.push(span);
        number += months;
    }
    spans
}

/// One, two, three ... months from the start of a window on, all from its start; the last is the whole window.
#[must_use]
pub(crate) fn growing(window: Window) -> Vec<Span> {
    let start = DateTime::<Utc>::from_timestamp_micros(window.from);
    let after = |months: u32| Some(start?.checked_add_months(Months::new(months))?.timestamp_micros());
    let ends = (1..).map_while(after).take_while(|end| *end < window.to);
    ends.chain([window.to]).map(|end| Span::new(window.from, end)).collect()
}

/// The day before a moment, as a label of what ends there.
#[must_use]
pub(crate) fn last_day(end: Micros) -> String {
    let mut text = time::format((end - 1).div_euclid(DAY) * DAY);
    text.truncate(10);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn window(from: &str, to: &str) -> Window {
        let time = |day: &str| time::parse(format!("{day}T00:00:00Z").as_bytes()).unwrap();
        Window::new(time(from), time(to)).unwrap()
    }

    fn labels(spans: &[Span]) -> Vec<&str> {
        spans.iter().map(|span| span.label.as_str()).collect()
    }

    #[test]
    fn days_are_counted_back_from_the_end_and_months_are_those_of_the_calendar() {
        let window = window("2026-01-20", "2026-03-10");
        assert_eq!(labels(&Period::Days30.spans(window)), ["2026-01-20/2026-02-08", "2026-02-08/2026-03-10"]);
        assert_eq!(labels(&Period::Month.spans(window)), ["2026-01-20/2026-02-01", "2026-02", "2026-03-01/2026-03-10"]);
        assert_eq!(labels(&Period::Days7.spans(window)).len(), 7);
        assert_eq!(labels(&growing(window)), ["2026-01-20/2026-02-20", "2026-01-20/2026-03-10"]);
        assert_eq!(last_day(window.to()), "2026-03-09");
    }

    #[test]
    fn whole_quarters_and_years_are_called_so() {
        let window = window("2024-10-01", "2026-01-01");
        assert_eq!(labels(&Period::Quarter.spans(window)), ["2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]);
        assert_eq!(labels(&Period::Year.spans(window)), ["2024-10-01/2025-01-01", "2025"]);
    }

    #[test]
    fn no_window_is_empty_or_endless() {
        for (from, to) in [(5, 5), (6, 5), (-1, 5), (0, i64::MAX), (i64::MIN, i64::MAX), (0, 200 * 366 * DAY)] {
            assert_eq!(Window::new(from, to), None);
        }
    }

    proptest! {
        #[test]
        fn spans_fill_the_window_without_gaps(from in 0..253_000_000_000_000_000_i64, length in 1..2_000 * DAY, pick in 0..5_usize) {
            let window = Window::new(from, from + length).unwrap();
            let spans = Period::ALL[pick].spans(window);
            prop_assert_eq!((spans.first().unwrap().from, spans.last().unwrap().to), (window.from(), window.to()));
            prop_assert!(spans.windows(2).all(|two| two[0].to == two[1].from) && spans.iter().all(|span| span.from < span.to));
            prop_assert!(growing(window).windows(2).all(|two| two[0].to < two[1].to));
        }
    }
}
