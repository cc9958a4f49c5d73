//! A value with what it was worked out of.

use super::{quantile, wilson};

/// A value and what it is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Amount {
    /// The value; `None` where it is undefined or cannot be known.
    pub value: Option<f64>,
    /// What was counted.
    pub numerator: Option<u64>,
    /// Out of how many.
    pub denominator: Option<u64>,
    /// The lower end of the 95 % interval.
    pub lower: Option<f64>,
    /// The upper end; `None` beside a lower end means that it is not bounded.
    pub upper: Option<f64>,
}

impl Amount {
    /// A share with its Wilson interval; undefined of nothing.
    #[must_use]
    pub fn share(numerator: u64, denominator: u64) -> Self {
        let interval = wilson(numerator, denominator);
        Self { lower: interval.map(|(lower, _)| lower), upper: interval.map(|(_, upper)| upper), ..Self::ratio(numerator, denominator) }
    }

    /// The same as a lower bound, where it is one: then nothing bounds it from above.
    #[must_use]
    pub fn at_least(self, is_lower_bound: bool) -> Self {
        Self { upper: self.upper.filter(|_| !is_lower_bound), ..self }
    }

    /// A share of things that are no independent trials, so that it has no interval.
    #[must_use]
    pub fn ratio(numerator: u64, denominator: u64) -> Self {
        let value = (denominator > 0).then(|| numerator as f64 / denominator as f64);
        Self { value, numerator: Some(numerator), denominator: Some(denominator), lower: None, upper: None }
    }

    /// A number of things; `None` where it cannot be known.
    #[must_use]
    pub fn count(count: Option<u64>) -> Self {
        Self { value: count.map(|count| count as f64), numerator: count, ..Self::default() }
    }

    /// A quantile of those of `all` that have the value.
    #[must_use]
    pub fn quantile(sorted: &[f64], p: f64, all: u64) -> Self {
        Self { value: quantile(sorted, p), numerator: Some(sorted.len() as u64), denominator: Some(all), ..Self::default() }
    }
}
