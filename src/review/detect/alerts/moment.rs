//! Times as alerting tools write them. Nothing is guessed: a time without a zone needs one, and a day that may be a month is refused.

use crate::evidence::record::time::Micros;
use chrono::{LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

const SECOND: i64 = 1_000_000;

/// A time that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub at: Micros,
    /// The text had no zone.
    pub local: bool,
    /// The clock showed it twice; this is the earlier one.
    pub twice: bool,
}

/// Why a text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing that is known.
    NoTime,
    /// A local time, and no zone to read it in.
    NoZone,
    /// A local time that the clock never showed.
    Skipped(Tz),
    /// Which number is the day cannot be told.
    DayOrMonth,
}

/// What comes first in `03/04/2026`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayOrder {
    DayFirst,
    MonthFirst,
}

impl DayOrder {
    /// The order in a file's times, told by those with a number that can be no month. `None` where none tells or they contradict.
    pub(super) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let mut order = None;
        for (first, second) in texts.into_iter().filter_map(|text| Some(slashed(text.trim())?.0)).map(|[first, second, _]| (first, second))
        {
            let here = match (first > 12, second > 12) {
                (true, false) => Self::DayFirst,
                (false, true) => Self::MonthFirst,
                _ => continue,
            };
            if order.is_some_and(|order| order != here) {
                return None;
            }
            order = Some(here);
        }
        order
    }
}

/// A number of seconds or milliseconds since 1970. Numbers before 1973 are no times: no tool of this field is that old.
pub(super) fn of_number(number: f64) -> Option<Micros> {
    let seconds = match number {
        1e8..1e11 => number,
        1e11..1e14 => number / 1e3,
        _ => return None,
    };
    // Below 1e17, so that it fits.
    Some((seconds * 1e6).round() as Micros)
}

/// Reads a time: RFC 3339 with `T` or a blank, the offset also as `+0000`; the same without a zone, read in `zone`; days and months
/// in the order of `order`, or the month by its English name; seconds or milliseconds since 1970.
pub(super) fn read(text: &str, zone: Option<Tz>, order: Option<DayOrder>) -> Result<Moment, Fault> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let at = text.parse().ok().and_then(of_number).ok_or(Fault::NoTime)?;
        return Ok(Moment { at, local: false, twice: false });
    }
    let (date, rest) = match slashed(text) {
        Some(([first, second, year], rest)) => {
            let (day, month) = match order {
                _ if first == second => (first, second),
                Some(DayOrder::DayFirst) => (first, second),
                Some(DayOrder::MonthFirst) => (second, first),
                None => return Err(Fault::DayOrMonth),
            };
            (NaiveDate::from_ymd_opt(year as i32, month, day), rest)
        }
        None if let Some((date, rest)) = in_letters(text) => (date, rest),
        None => {
            let (year, rest) = digits(text, 4).ok_or(Fault::NoTime)?;
            let (month, rest) = rest.strip_prefix('-').and_then(|rest| digits(rest, 2)).ok_or(Fault::NoTime)?;
            let (day, rest) = rest.strip_prefix('-').and_then(|rest| digits(rest, 2)).ok_or(Fault::NoTime)?;
            (NaiveDate::from_ymd_opt(year as i32, month, day), rest)
        }
    };
    let rest = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(['T', 't', ' '])).ok_or(Fault::NoTime)?;
    let (clock, rest) = clock(rest).ok_or(Fault::NoTime)?;
    let local = date.and_then(|date| clock.on(date)).ok_or(Fault::NoTime)?;
    match offset(rest.trim_start()).ok_or(Fault::NoTime)? {
        Some(seconds) => {
            let at = micros(local).checked_sub(i64::from(seconds) * SECOND).ok_or(Fault::NoTime)?;
            Ok(Moment { at, local: false, twice: false })
        }
        None => in_zone(local, zone.ok_or(Fault::NoZone)?),
    }
}

fn in_zone(local: NaiveDateTime, zone: Tz) -> Result<Moment, Fault> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) => Ok(Moment { at: time.timestamp_micros(), local: true, twice: false }),
        LocalResult::Ambiguous(one, other) => {
            Ok(Moment { at: one.timestamp_micros().min(other.timestamp_micros()), local: true, twice: true })
        }
        LocalResult::None => Err(Fault::Skipped(zone)),
    }
}

fn micros(time: NaiveDateTime) -> Micros {
    time.and_utc().timestamp_micros()
}

/// So many digits at the start of a text, and what follows.
fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    let number = head.bytes().all(|byte| byte.is_ascii_digit()).then(|| head.parse().ok())??;
    (!rest.starts_with(|next: char| next.is_ascii_digit())).then_some((number, rest))
}

/// `14/03/2026`, `14-03-2026` or `14.03.2026`, days and months also of one digit, and what follows.
fn slashed(text: &str) -> Option<([u32; 3], &str)> {
    let short = |text| digits(text, 2).or_else(|| digits(text, 1));
    let (first, rest) = short(text)?;
    let separator = rest.chars().next().filter(|next| matches!(next, '/' | '-' | '.'))?;
    let (second, rest) = short(rest.strip_prefix(separator)?)?;
    let (year, rest) = digits(rest.strip_prefix(separator)?, 4)?;
    Some(([first, second, year], rest))
}

/// `14/Mar/26`, as Jira writes a day, `14-Mar-2026` or `14 Mar 2026`, and what follows.
fn in_letters(text: &str) -> Option<(Option<NaiveDate>, &str)> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (day, rest) = digits(text, 2).or_else(|| digits(text, 1))?;
    let separator = rest.chars().next().filter(|next| matches!(next, '/' | '-' | ' '))?;
    let (name, rest) = rest.strip_prefix(separator)?.split_at_checked(3)?;
    let month = (1..).zip(MONTHS).find(|(_, month)| name.eq_ignore_ascii_case(month))?.0;
    let rest = rest.strip_prefix(separator)?;
    // Two digits are of this century.
    let (year, rest) = digits(rest, 4).or_else(|| digits(rest, 2).map(|(year, rest)| (2000 + year, rest)))?;
    Some((NaiveDate::from_ymd_opt(year as i32, month, day), rest))
}

/// A time of day.
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    micros: u32,
}

impl Clock {
    fn on(&self, date: NaiveDate) -> Option<NaiveDateTime> {
        // A leap second is the first of the next minute, as everywhere that does not know it.
        let leap = self.second == 60;
        let time = NaiveTime::from_hms_micro_opt(self.hour, self.minute, if leap { 59 } else { self.second }, self.micros)?;
        date.and_time(time).checked_add_signed(chrono::TimeDelta::seconds(i64::from(leap)))
    }
}

/// `02:09`, `02:09:37`, `02:09:37.123`, `02:09:37 PM`, and what follows.
fn clock(text: &str) -> Option<(Clock, &str)> {
    let (mut hour, rest) = digits(text, 2).or_else(|| digits(text, 1))?;
    let (minute, mut rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (mut second, mut micros) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = digits(after, 2)?;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            let length = after.bytes().take_while(u8::is_ascii_digit).count();
            let (fraction, after) = after.split_at_checked(length).filter(|(fraction, _)| !fraction.is_empty())?;
            micros = (0..6).fold(0, |sum, place| sum * 10 + fraction.as_bytes().get(place).map_or(0, |digit| u32::from(digit - b'0')));
            rest = after;
        }
    }
    for (name, afternoon) in [("AM", 0), ("PM", 12)] {
        let trimmed = rest.trim_start();
        if trimmed.get(..2).is_some_and(|head| head.eq_ignore_ascii_case(name)) {
            hour = Some(hour).filter(|hour| (1..=12).contains(hour))? % 12 + afternoon;
            rest = trimmed.get(2..)?;
            break;
        }
    }
    Some((Clock { hour, minute, second, micros }, rest))
}

/// The offset from UTC in seconds, of the whole rest of a text; `Some(None)` where there is no rest.
fn offset(text: &str) -> Option<Option<i32>> {
    if text.is_empty() {
        return Some(None);
    }
    if ["Z", "UTC", "GMT"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Some(Some(0));
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = match rest.len() {
        2 => (rest, "00"),
        4 => rest.split_at_checked(2)?,
        5 => rest.split_once(':')?,
        _ => return None,
    };
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let sound = hours.1.is_empty() && minutes.1.is_empty() && hours.0 <= 23 && minutes.0 <= 59;
    sound.then(|| Some(sign * (hours.0 * 3_600 + minutes.0 * 60) as i32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::time;
    use proptest::prelude::*;

    fn at(text: &str) -> Result<String, Fault> {
        read(text, None, None).map(|moment| time::format(moment.at))
    }

    #[test]
    fn a_month_by_its_name_needs_no_order() {
        let utc = Some(chrono_tz::UTC);
        for text in ["14/Mar/26 2:09 AM", "14-Mar-2026 02:09", "14 Mar 2026, 02:09", "14/mar/2026 02:09:00"] {
            let read = read(text, utc, None).map(|moment| (moment.at, moment.local));
            assert_eq!(read, Ok((1_773_454_140_000_000, true)), "{text}");
        }
        for text in ["31/Feb/26 2:09 AM", "14/Foo/26 2:09 AM", "14/Mar/2 2:09", "14/Mar", "é14/Mar/26"] {
            assert_eq!(read(text, utc, None), Err(Fault::NoTime), "{text}");
        }
    }

    #[test]
    fn every_way_to_write_one_moment_gives_the_same() {
        for text in [
            "2026-03-14T02:09:37Z",
            "2026-03-14 02:09:37 UTC",
            "2026-03-14t02:09:37.000z",
            "2026-03-14T02:09:37.000+0000",
            "2026-03-14T03:09:37+01:00",
            "2026-03-13T21:09:37.0000000-0500",
            "2026-03-14T07:39:37+05:30",
            " 2026-03-14T00:09:37-02 ",
            "1773454177",
            "1773454177.0",
            "1773454177000",
        ] {
            assert_eq!(at(text).as_deref(), Ok("2026-03-14T02:09:37Z"), "{text}");
        }
        assert_eq!(at("2026-03-14T02:09:37.1234569Z").unwrap(), "2026-03-14T02:09:37.123456Z");
        assert_eq!(of_number(1_773_454_177.25), Some(1_773_454_177_250_000));
        assert_eq!(at("2026-12-31T23:59:60Z").unwrap(), "2027-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused_and_nothing_is_guessed() {
        for text in [
            "",
            ".",
            "yesterday",
            "2026-02-29T00:00:00Z",
            "2026-03-14",
            "2026-03-14T02:09:3",
            "2026-03-14T25:00:00Z",
            "2026-03-14T02:09:37 CET",
            "2026-03-14T02:09:37+25:00",
            "2026-03-14T02:09:37+1:00",
            "12345",
            "177345417700000000",
            "99999999999999999999999999999999999999",
            "１773454177",
            "2026-03-14T13:00:00 PM",
            "2026-03-14T02:09:37.Z",
        ] {
            assert_eq!(at(text), Err(Fault::NoTime), "{text}");
        }
        assert_eq!(at("2026-03-14 02:09:37"), Err(Fault::NoZone));
    }

    #[test]
    fn local_times_are_read_in_the_zone_given() {
        let madrid = |text: &str| read(text, Some(Tz::Europe__Madrid), None);
        let plain = madrid("2026-03-14 03:09:37").unwrap();
        assert_eq!((time::format(plain.at).as_str(), plain.local, plain.twice), ("2026-03-14T02:09:37Z", true, false));
        // The clock goes back on 2026-10-25 at 03:00 summer time: half past two is 00:30 and 01:30 UTC.
        let twice = madrid("2026-10-25T02:30:00").unwrap();
        assert_eq!((time::format(twice.at).as_str(), twice.twice), ("2026-10-25T00:30:00Z", true));
        // And forward on 2026-03-29 at 02:00, so there is no half past two.
        assert_eq!(madrid("2026-03-29 02:30:00"), Err(Fault::Skipped(Tz::Europe__Madrid)));
        // Its own zone counts.
        assert_eq!(time::format(madrid("2026-03-14T02:09:37Z").unwrap().at), "2026-03-14T02:09:37Z");
    }

    #[test]
    fn days_and_months_are_told_apart_by_the_whole_file_or_not_at_all() {
        let madrid = Some(Tz::Europe__Madrid);
        assert_eq!(DayOrder::of(["03/04/2026 10:00:00", "14/03/2026 10:00:00"]), Some(DayOrder::DayFirst));
        assert_eq!(DayOrder::of(["3/14/2026 1:00:00 PM"]), Some(DayOrder::MonthFirst));
        assert_eq!(DayOrder::of(["14/03/2026 10:00:00", "03/14/2026 10:00:00"]), None);
        assert_eq!(DayOrder::of(["03/04/2026 10:00:00", "2026-03-14 10:00:00"]), None);
        assert_eq!(read("03/04/2026 10:00:00", madrid, None), Err(Fault::DayOrMonth));
        let read = |text, order| time::format(read(text, madrid, order).unwrap().at);
        assert_eq!(read("03/04/2026 10:00:00", Some(DayOrder::DayFirst)), "2026-04-03T08:00:00Z");
        assert_eq!(read("14.03.2026 10:00:00", Some(DayOrder::DayFirst)), "2026-03-14T09:00:00Z");
        assert_eq!(read("3/14/2026 1:00:00 PM", Some(DayOrder::MonthFirst)), "2026-03-14T12:00:00Z");
        assert_eq!(read("03/03/2026 10:00:00", None), "2026-03-03T09:00:00Z");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}|[0-9T:+ .Z/-]{0,40}") {
            let _ = read(&text, Some(Tz::America__New_York), Some(DayOrder::MonthFirst));
        }

        #[test]
        fn it_agrees_with_the_reader_of_event_times(micros in 100_000_000_000_000i64..4_000_000_000_000_000) {
            prop_assert_eq!(read(&time::format(micros), None, None).map(|moment| moment.at), Ok(micros));
        }
    }
}
