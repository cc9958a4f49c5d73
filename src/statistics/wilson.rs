//! Intervals of a proportion.

use super::Z95;

/// The 95 % score interval of Wilson (1927) for `successes` out of `trials`, without continuity correction: the lower and the upper
/// limit of the true share, both in 0..=1. `None` when there were no trials, or fewer than successes.
#[must_use]
pub(crate) fn wilson(successes: u64, trials: u64) -> Option<(f64, f64)> {
    if trials == 0 || successes > trials {
        return None;
    }
    let n = trials as f64;
    let share = successes as f64 / n;
    let squared = Z95 * Z95;
    let centre = (share + squared / (2.0 * n)) / (1.0 + squared / n);
    let half = Z95 * (share * (1.0 - share) / n + squared / (4.0 * n * n)).sqrt() / (1.0 + squared / n);
    // At the ends the limit is the end itself; rounding must not say otherwise.
    let lower = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let upper = if successes == trials { 1.0 } else { (centre + half).min(1.0) };
    Some((lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `proportion_confint(k, n, alpha=0.05, method="wilson")`, statsmodels 0.15.0. By hand for 1 of 2: the centre is 1/2, and the half
    /// is 1.96 * sqrt(0.125 + 3.8415 / 16) / (1 + 3.8415 / 2) = 1.96 * 0.60423 / 2.92073 = 0.40547.
    #[test]
    fn intervals_are_those_of_statsmodels() {
        for (k, n, lower, upper) in INTERVALS {
            let found = wilson(k, n).unwrap();
            assert!((found.0 - lower).abs() < 1e-9 && (found.1 - upper).abs() < 1e-9, "{k} of {n}: {found:?}");
        }
    }

    const INTERVALS: [(u64, u64, f64, f64); 8] = [
        (0, 1, 0.000000000000, 0.793450685623),
        (1, 1, 0.206549314377, 1.000000000000),
        (1, 2, 0.094531205734, 0.905468794266),
        (0, 10, 0.000000000000, 0.277532799863),
        (3, 10, 0.107791267406, 0.603221852539),
        (50, 100, 0.403831530366, 0.596168469634),
        (999, 1000, 0.994357441402, 0.999823453629),
        (123_456, 1_000_000, 0.122812696531, 0.124102196414),
    ];

    #[test]
    fn without_trials_there_is_no_interval() {
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(3, 2), None);
    }
}
