//! Event times: text to microseconds since 1970, UTC.

use chrono::{DateTime, SecondsFormat, Utc};

/// Microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;

/// Reads an RFC 3339 time. The form that CloudTrail writes, `2026-01-31T23:59:59Z`, is read without going through a general
/// parser; offsets and fractions are accepted because copies made by other tools have them. Anything else is `None`.
#[must_use]
pub fn parse(text: &[u8]) -> Option<Micros> {
    plain(text).or_else(|| {
        let text = std::str::from_utf8(text).ok()?;
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(time.timestamp_micros())
    })
}

/// The form that CloudTrail writes, and no other.
#[must_use]
pub(crate) fn plain(text: &[u8]) -> Option<Micros> {
    let text: &[u8; 20] = text.try_into().ok()?;
    if [text[4], text[7], text[10], text[13], text[16], text[19]] != *b"--T::Z" {
        return None;
    }
    let low = |place: usize| text[place].wrapping_sub(b'0');
    let worst = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18].into_iter().fold(0, |worst, place| low(place).max(worst));
    if worst > 9 {
        return None;
    }
    let two = |place: usize| i64::from(low(place) * 10 + low(place + 1));
    let (year, month, day) = (two(0) * 100 + two(2), two(5), two(8));
    let (hour, minute, second) = (two(11), two(14), two(17));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    // A leap second, :60, is left to the general parser.
    if !(1..=days_in_month).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since 1970-01-01 in a year that starts in March, so that the leap day is its last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000)
}

/// Reads times that mostly lie in the hour of the one before, as those of a log do: only minutes and seconds are computed again.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clock {
    /// `2026-01-31T23:`, and that hour.
    hour: [u8; 14],
    start: Micros,
}

impl Clock {
    /// As [`plain`].
    #[inline]
    pub(crate) fn plain(&mut self, text: &[u8]) -> Option<Micros> {
        let text: &[u8; 20] = text.try_into().ok()?;
        let (hour, rest) = text.split_first_chunk::<14>()?;
        if *hour == self.hour
            && let [a, b, b':', c, d, b'Z'] = *rest
        {
            let digits = [a, b, c, d].map(|digit| digit.wrapping_sub(b'0'));
            if digits.iter().all(|digit| *digit < 10) && digits[0] < 6 && digits[2] < 6 {
                let [minute, second] = [(0, 1), (2, 3)].map(|(tens, ones)| i64::from(digits[tens] * 10 + digits[ones]));
                return Some(self.start + (minute * 60 + second) * 1_000_000);
            }
        }
        let time = plain(text)?;
        *self = Self { hour: *hour, start: time.div_euclid(3_600_000_000) * 3_600_000_000 };
        Some(time)
    }
}

/// The time as RFC 3339 in UTC, with a fraction only where there is one. Times beyond the calendar give their number.
#[must_use]
pub fn format(time: Micros) -> String {
    match DateTime::<Utc>::from_timestamp_micros(time) {
        Some(time) => time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        None => format!("{time} us"),
    }
}

/// The time as `20260131T235959Z`, for names; fractions are left out.
#[must_use]
pub(crate) fn compact(time: Micros) -> String {
    match DateTime::<Utc>::from_timestamp_micros(time) {
        Some(time) => time.format("%Y%m%dT%H%M%SZ").to_string(),
        None => format!("{time}us"),
    }
}

/// Times as RFC 3339 in JSON, for `#[serde(serialize_with = ...)]`.
pub(crate) mod rfc3339 {
    use super::{Micros, format};
    use serde::Serializer;

    /// A time.
    ///
    /// # Errors
    /// Those of the serializer.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(crate) fn always<S: Serializer>(time: &Micros, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format(*time))
    }

    /// A time that may be missing.
    ///
    /// # Errors
    /// Those of the serializer.
    pub(crate) fn maybe<S: Serializer>(time: &Option<Micros>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => always(time, serializer),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn odd_times_are_read_or_refused_never_guessed() {
        assert_eq!(parse(b"1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse(b"2020-09-14T01:02:03.5+02:00"), Some(1_600_038_123_500_000));
        for bad in [&b""[..], b"2023-02-29T00:00:00Z", b"2023-13-01T00:00:00Z", b"2023-01-01 00:00", b"\xff"] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_calendar(seconds in -62_135_596_800i64..253_402_300_800) {
            let micros = seconds * 1_000_000;
            prop_assert_eq!(plain(format(micros).as_bytes()), Some(micros));
        }

        #[test]
        fn a_clock_reads_what_each_time_by_itself_says(
            times in proptest::collection::vec("2026-01-0[12]T0[0-2]:[0-7][0-9]:[0-7é ][0-9:]Z", 0..40),
        ) {
            let mut clock = Clock::default();
            for time in times {
                prop_assert_eq!(clock.plain(time.as_bytes()), plain(time.as_bytes()), "{}", time);
            }
        }
    }
}
