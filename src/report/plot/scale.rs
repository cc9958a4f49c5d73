//! Values to pixels, and where ticks go.

/// A line from values to pixels. Values outside are drawn at the edge; what is not a number at the start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    values: (f64, f64),
    pixels: (f64, f64),
}

impl Scale {
    /// From the lowest and highest value to where they are drawn.
    pub(super) fn new(values: (f64, f64), pixels: (f64, f64)) -> Self {
        Self { values, pixels }
    }

    /// Where a value is drawn.
    pub(super) fn at(&self, value: f64) -> f64 {
        let ((low, high), (from, to)) = (self.values, self.pixels);
        let share = (value - low) / (high - low);
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        from + share * (to - from)
    }
}

/// Round numbers from zero to at least a highest value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    /// The distance of two.
    pub(super) step: f64,
    /// How many steps there are.
    pub(super) count: u32,
}

impl Ticks {
    /// About `wanted` steps of 1, 2 or 5 times a power of ten that reach `high`, none smaller than `least`.
    pub(super) fn up_to(high: f64, wanted: u32, least: f64) -> Self {
        let raw = (high / f64::from(wanted.max(1))).max(least);
        let power = 10f64.powi(raw.log10().floor() as i32);
        // A hair of tolerance: 5 / 5 may come out a little above 1.
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= raw * (1.0 - 1e-9)).unwrap_or(raw);
        Self { step, count: ((high / step - 1e-9).ceil() as u32).max(1) }
    }

    /// The last.
    pub(super) fn top(&self) -> f64 {
        self.step * f64::from(self.count)
    }

    /// All, from zero.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> + '_ {
        (0..=self.count).map(|times| f64::from(times) * self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_highest_value() {
        for (high, step, count) in [(7.0, 2.0, 4), (5.0, 1.0, 5), (0.0, 1.0, 1), (1143.0, 500.0, 3), (0.3, 1.0, 1)] {
            assert_eq!(Ticks::up_to(high, 5, 1.0), Ticks { step, count }, "{high}");
        }
        let huge = Ticks::up_to(u64::MAX as f64, 5, 1.0);
        assert!(huge.top() >= u64::MAX as f64 && huge.count <= 6);
    }

    #[test]
    fn a_scale_of_no_extent_and_a_value_that_is_no_number_stay_inside() {
        let scale = Scale::new((1.0, 1.0), (10.0, 20.0));
        for value in [1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!((10.0..=20.0).contains(&scale.at(value)), "{value}");
        }
    }
}
