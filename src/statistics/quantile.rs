//! Quantiles of a sample.

/// The quantile `p` of an ascending sample, by linear interpolation between the two values around place `p * (n - 1)`: type 7 of Hyndman
/// and Fan (1996), the default of numpy and R. `None` when the sample is empty or `p` is not in 0..=1.
///
/// The sample must be sorted and without NaN; that is for the caller to see to.
#[must_use]
pub(crate) fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    debug_assert!(sorted.is_sorted(), "an ascending sample");
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    let last = sorted.len().checked_sub(1)?;
    let place = p * last as f64;
    let below = (place.floor() as usize).min(last);
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    let share = place - below as f64;
    // From the nearer end, as numpy does, so that the result never leaves the two values by rounding.
    Some(if share < 0.5 { low + (high - low) * share } else { high - (high - low) * (1.0 - share) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::survival::tests::sample;
    use proptest::prelude::*;

    #[test]
    fn quantiles_worked_by_hand() {
        // n = 4, so p lies at place 3p: 0.25 -> 0.75 between 1 and 2; 0.5 -> 1.5 between 2 and 4; 0.9 -> 2.7 between 4 and 8.
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (p, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            let found = quantile(&sorted, p).unwrap();
            assert!((found - expected).abs() < 1e-12, "{p}: {found}");
        }
        assert_eq!(quantile(&[7.0], 0.3), Some(7.0));
    }

    #[test]
    fn an_empty_sample_or_a_share_that_is_none_has_no_quantile() {
        assert_eq!(quantile(&[], 0.5), None);
        for p in [-0.1, 1.1, f64::NAN] {
            assert_eq!(quantile(&[1.0, 2.0], p), None, "{p}");
        }
    }

    /// `np.quantile([duration / 1e6 for duration in durations], p)`, numpy 2.4.6, of the sample of the survival tests.
    #[test]
    fn quantiles_are_those_of_numpy() {
        let mut seconds: Vec<f64> = sample().iter().map(|one| one.duration as f64 / 1e6).collect();
        seconds.sort_by(f64::total_cmp);
        for (p, expected) in QUANTILES {
            let found = quantile(&seconds, p).unwrap();
            assert!((found - expected).abs() < 1e-6, "{p}: {found}, numpy says {expected}");
        }
    }

    const QUANTILES: [(f64, f64); 5] =
        [(0.0, 1.0), (0.05, 11336.300000000001), (0.5, 199665.5), (0.9, 587023.3), (0.999, 957051.7329999992)];

    proptest! {
        #[test]
        fn quantiles_rise_and_stay_within_the_sample(mut sample in proptest::collection::vec(-1e9..1e9f64, 1..20), p in 0.0..1.0f64, q in 0.0..1.0f64) {
            sample.sort_by(f64::total_cmp);
            let (low, high) = (quantile(&sample, p.min(q)).unwrap(), quantile(&sample, p.max(q)).unwrap());
            prop_assert!(sample[0] <= low && low <= high + 1e-6 && high <= sample[sample.len() - 1]);
        }
    }
}
