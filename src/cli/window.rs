//! Windows of time, accounts and regions from flags.

use crate::evidence::filter::Filter;
use crate::evidence::record::time::{self, Micros};
use crate::evidence::{account, region};
use chrono::{DateTime, Days, NaiveDate, Utc};
use clap::Args;

/// Which activities the run is about.
#[derive(Debug, Clone, Args)]
pub(super) struct Window {
    /// First event time: a day (2026-01-31) or a time (2026-01-31T12:00:00Z)
    #[arg(long, value_name = "TIME", value_parser = from)]
    from: Option<Micros>,
    /// End of the window: a day, which is included, or a time, which is not
    #[arg(long, value_name = "TIME", value_parser = to)]
    to: Option<Micros>,
    /// The time before now: 90d, 12h, 4weeks
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration, conflicts_with_all = ["from", "to"])]
    last: Option<std::time::Duration>,
    /// Only this account (repeatable)
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Vec<String>,
}

impl Window {
    /// The terms, seen from `now`.
    pub(super) fn filter(&self, now: DateTime<Utc>) -> anyhow::Result<Filter> {
        let now = now.timestamp_micros();
        let (from, to) = match self.last {
            Some(span) => (Some(now.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX))), Some(now)),
            None => (self.from, self.to),
        };
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            anyhow::bail!("the window ends ({}) before it starts ({})", time::format(to), time::format(from));
        }
        Ok(Filter { from, to, accounts: self.account.iter().cloned().collect(), ..Filter::default() })
    }
}

/// A window and regions.
#[derive(Debug, Clone, Args)]
pub(super) struct Terms {
    #[command(flatten)]
    window: Window,
    /// Only this region (repeatable)
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Vec<String>,
}

impl Terms {
    /// The terms, seen from `now`.
    pub(super) fn filter(&self, now: DateTime<Utc>) -> anyhow::Result<Filter> {
        Ok(Filter { regions: self.region.iter().cloned().collect(), ..self.window.filter(now)? })
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

fn moment(text: &str) -> Result<Micros, String> {
    time::parse(text.as_bytes()).ok_or_else(|| "neither a day (2026-01-31) nor an RFC 3339 time (2026-01-31T12:00:00Z)".to_owned())
}

fn midnight(day: NaiveDate) -> Micros {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros()
}

/// The start of a day, or a time.
pub(super) fn moment_or_day(text: &str) -> Result<Micros, String> {
    from(text)
}

fn from(text: &str) -> Result<Micros, String> {
    day(text).map(midnight).map_or_else(|| moment(text), Ok)
}

pub(super) fn to(text: &str) -> Result<Micros, String> {
    let next = day(text).and_then(|day| day.checked_add_days(Days::new(1)));
    next.map(midnight).map_or_else(|| moment(text), Ok)
}

pub(super) fn account(text: &str) -> Result<String, String> {
    account::parse(text).map_err(|error| format!("{error}\n  hint: {}", error.hint()))
}

/// A region of the table, or one that is marked as newer.
pub(super) fn region(text: &str) -> Result<String, String> {
    region::parse(text).map_err(|error| format!("{error}\n  hint: {}", error.hint()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_as_the_end_is_included() {
        assert_eq!(to("2026-01-31"), from("2026-02-01"));
        assert_eq!(to("2026-01-31T00:00:00Z"), from("2026-01-31"));
        assert!(from("yesterday").is_err() && account("1234").is_err());
    }
}
