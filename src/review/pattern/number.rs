//! Numbers of patterns and records.

use crate::evidence::record::view::Value;
use std::cmp::Ordering;

/// A number: whole ones exactly, so that two long identifiers are never taken for one another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// Reads all of the text by the pattern grammar: an integer or a decimal, with a sign or not, with an exponent or not.
    pub(super) fn read(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
            None => (unsigned, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !fraction.is_none_or(digits) || !exponent.is_none_or(digits) {
            return None;
        }
        match text.parse() {
            Ok(number) => Some(Self::Whole(number)),
            Err(_) => text.parse().ok().map(Self::Real),
        }
    }

    /// The number that a value is, or that its text reads as.
    pub(super) fn of(value: Value<'_>) -> Option<Self> {
        let whole = value.whole().map(Self::Whole);
        whole.or_else(|| value.real().map(Self::Real)).or_else(|| Self::read(value.text()?))
    }

    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Some(one.cmp(&other)),
            (one, other) => one.real().partial_cmp(&other.real()),
        }
    }

    pub(super) fn real(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Real(number) => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_by_the_grammar_of_patterns_and_nothing_else_is() {
        for (text, value) in
            [("400", 400.0), ("+1000", 1000.0), ("-0.5", -0.5), ("10e3", 1e4), ("1E-3", 1e-3), ("1.5e+1", 15.0), ("007", 7.0)]
        {
            assert_eq!(Number::read(text).map(Number::real), Some(value), "{text}");
        }
        for text in ["", "-", "+-1", ".5", "1.", "1e", "1e1.5", "0x10", "inf", "NaN", "1_000", " 1", "1.2.3", "١"] {
            assert_eq!(Number::read(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_that_a_float_cannot_tell_apart_differ() {
        let [one, other] = ["12345678901234567890", "12345678901234567891"].map(|text| Number::read(text).unwrap());
        assert_eq!(one.compare(other), Some(Ordering::Less));
        assert_eq!(Number::read("1e3").unwrap().compare(Number::Whole(1000)), Some(Ordering::Equal));
    }
}
