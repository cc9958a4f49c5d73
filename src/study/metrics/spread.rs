//! Quantiles of measured times, as figures.

use crate::study::figure::{Amount, Denominator, Place, Sink};
use crate::study::metric::Metric;
use crate::study::setting::Study;

/// A quantile and what it is called.
pub(super) type Quantile = (&'static str, f64);

/// The longest.
pub(super) const LONGEST: Quantile = ("max", 1.0);

/// Those that are told of a population.
pub(super) const QUANTILES: [Quantile; 3] = [("median", 0.5), ("p90", 0.9), LONGEST];

/// Hands quantiles of `values` over, which are those that are known of `all`.
pub(super) fn push_quantiles(
    (study, metric, sink): (&Study<'_>, &Metric, &mut Sink<'_>),
    (kind, place): (Denominator, Place<'_>),
    quantiles: &[Quantile],
    mut values: Vec<f64>,
    all: u64,
) {
    values.sort_by(f64::total_cmp);
    for (name, p) in quantiles {
        study.push(sink, metric, kind, Place { group: Some(name), ..place }, Amount::quantile(&values, *p, all));
    }
}
