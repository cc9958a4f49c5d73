//! Survival: how long until something happens, when for some it has not happened yet.
//!
//! The estimate of Kaplan and Meier (1958), with Greenwood's variance and the exponential (log-log) 95 % interval, computed as
//! `lifelines.KaplanMeierFitter` of Python does. It does not compare groups.

use super::Z95;
use crate::evidence::record::time::Micros;

/// How long one was watched, and whether it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Observation {
    /// From the start of watching to the event, or to the end of watching. Not negative: what a duration before the start means is for
    /// the caller to decide. Nothing is clamped; a negative duration only comes before all others.
    pub duration: Micros,
    /// Whether the event ended it. `false` is censored: the event had not come when watching ended.
    pub event: bool,
}

/// The estimate at one of the durations, true until the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    /// The duration.
    pub time: Micros,
    /// Those watched at least this long.
    pub at_risk: u64,
    /// Events at exactly this time.
    pub events: u64,
    /// Those censored at exactly this time; they count as at risk for the events of the same time.
    pub censored: u64,
    /// The share for which the event comes later than this.
    pub survival: f64,
    /// Greenwood's variance of the share; 0 where the share is 0.
    pub variance: f64,
    /// The lower end of the share's 95 % interval.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// An estimated survival function: 1 before its first step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Survival {
    /// By time, one for each distinct duration.
    pub steps: Vec<Step>,
}

/// What rounding may add to a share that is exactly the one asked for: 3/4 * 2/3 is 1/2, also in floating point.
const ROUNDING: f64 = 1e-12;

impl Survival {
    /// The estimate from observations in any order; `None` without any.
    #[must_use]
    pub(crate) fn estimate(observations: &[Observation]) -> Option<Self> {
        let mut sorted = observations.to_vec();
        sorted.sort_unstable_by_key(|one| one.duration);
        let mut at_risk = sorted.len() as u64;
        // The sums of ln(1 - d/n) and of Greenwood's d/(n(n-d)).
        let (mut log, mut greenwood) = (0.0_f64, 0.0);
        let mut steps = Vec::new();
        for same in sorted.chunk_by(|one, other| one.duration == other.duration) {
            let events = same.iter().filter(|one| one.event).count() as u64;
            let (n, left) = (at_risk as f64, (at_risk - events) as f64);
            log += left.ln() - n.ln();
            if left > 0.0 {
                greenwood += events as f64 / (n * left);
            }
            let (lower, upper) = interval(log, greenwood);
            let survival = log.exp();
            let (time, censored) = (same[0].duration, same.len() as u64 - events);
            steps.push(Step { time, at_risk, events, censored, survival, variance: survival * survival * greenwood, lower, upper });
            at_risk -= same.len() as u64;
        }
        (!steps.is_empty()).then_some(Self { steps })
    }

    /// The share for which the event comes later than `time`. After the last step it is that of the last.
    #[must_use]
    #[cfg(test)]
    pub(crate) fn at(&self, time: Micros) -> f64 {
        let before = self.steps.partition_point(|step| step.time <= time);
        before.checked_sub(1).and_then(|last| self.steps.get(last)).map_or(1.0, |step| step.survival)
    }

    /// The first time at which no more than `share` remain (0.1 is when nine of ten events have come); `None` when that many always do,
    /// or when `share` is not in 0..1. It agrees with `percentile` of lifelines, but for a share that is met exactly, which rounding may make lifelines miss.
    #[must_use]
    pub(crate) fn percentile(&self, share: f64) -> Option<Micros> {
        let reached = |step: &&Step| step.survival <= share + ROUNDING;
        (0.0..1.0).contains(&share).then(|| self.steps.iter().find(reached)).flatten().map(|step| step.time)
    }

    /// The first time at which no more than half remain; `None` when more than half always do.
    #[must_use]
    pub(crate) fn median(&self) -> Option<Micros> {
        self.percentile(0.5)
    }

    /// The 95 % interval of the median: when the lower and when the upper end of the interval of survival come down to a half, as
    /// `lifelines.utils.median_survival_times(fitter.confidence_interval_)` gives them. `None` stands for infinity.
    #[must_use]
    pub(crate) fn median_interval(&self) -> (Option<Micros>, Option<Micros>) {
        (self.half(|step| step.lower), self.half(|step| step.upper))
    }

    /// When an end of the interval comes down to a half. It may rise again where few are left at risk: one that ends above a half never
    /// came down for good. One that crosses it several times is searched in halves, as lifelines does, so that the figures agree.
    fn half(&self, end: impl Fn(&Step) -> f64) -> Option<Micros> {
        if self.steps.last().is_none_or(|last| end(last) > 0.5) {
            return None;
        }
        // The table of lifelines has a row of its own for time zero.
        let zero = usize::from(self.steps.first().is_some_and(|first| first.time > 0));
        let (mut low, mut high) = (0, self.steps.len() + zero);
        while low < high {
            let middle = low + (high - low) / 2;
            let above = middle.checked_sub(zero).is_none_or(|place| end(&self.steps[place]) > 0.5);
            if above { low = middle + 1 } else { high = middle }
        }
        self.steps.get(low.checked_sub(zero)?).map(|step| step.time)
    }
}

/// The exponential interval: that of ln(-ln S), carried back. It stays within 0..=1 without being cut.
fn interval(log: f64, greenwood: f64) -> (f64, f64) {
    if log == 0.0 {
        return (1.0, 1.0);
    }
    if log == f64::NEG_INFINITY {
        return (0.0, 0.0);
    }
    let width = Z95 * greenwood.sqrt() / log;
    let end = |width: f64| (-((-log).ln() + width).exp()).exp();
    (end(-width), end(width))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn observe(durations: &[(Micros, bool)]) -> Vec<Observation> {
        durations.iter().map(|&(duration, event)| Observation { duration, event }).collect()
    }

    /// 500 durations up to about 11.6 days, one of five censored at a time of its own. The generator is that of [`GOLDEN`].
    pub(crate) fn sample() -> Vec<Observation> {
        let mut state: u64 = 20_261_122;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as Micros
        };
        (0..500)
            .map(|place| {
                let duration = 1_000_000 * (1 + next() % 1000 * (next() % 1000));
                Observation { duration, event: place % 5 != 4 }
            })
            .collect()
    }

    #[test]
    fn the_estimate_worked_by_hand() {
        // At 1: 5 at risk, 1 event, S = 4/5. At 2: 4 at risk, 1 event and 1 censored, S = 4/5 * 3/4 = 3/5.
        // At 3: 2 at risk, 1 event, S = 3/5 * 1/2 = 3/10. At 4: 1 at risk, censored, S stays.
        // Greenwood at 3: 1/(5*4) + 1/(4*3) + 1/(2*1) = 0.05 + 0.08333 + 0.5 = 0.63333, times 0.09 is 0.057.
        let survival = Survival::estimate(&observe(&[(2, false), (1, true), (3, true), (4, false), (2, true)])).unwrap();
        let shares: Vec<f64> = [0, 1, 2, 3, 4, 9].into_iter().map(|time| survival.at(time)).collect();
        for (found, expected) in shares.iter().zip([1.0, 0.8, 0.6, 0.3, 0.3, 0.3]) {
            assert!((found - expected).abs() < 1e-12, "{shares:?}");
        }
        assert!((survival.steps[2].variance - 0.057).abs() < 1e-12);
        assert_eq!(
            survival.steps.iter().map(|step| (step.at_risk, step.events, step.censored)).collect::<Vec<_>>(),
            [(5, 1, 0), (4, 1, 1), (2, 1, 0), (1, 0, 1)]
        );
        assert_eq!(survival.median(), Some(3));
        assert_eq!(survival.percentile(0.6), Some(2));
        assert_eq!(survival.percentile(0.2), None);
    }

    #[test]
    fn a_half_that_is_met_exactly_is_the_median() {
        // As 5/6 * 4/5 * 3/4, for example: the sum of logarithms comes out a little above a half for 6 and 14, and lifelines says 4 and 8 there.
        for n in [2, 4, 6, 8, 10, 12, 14, 98, 1000] {
            let all: Vec<(Micros, bool)> = (1..=n).map(|duration| (duration, true)).collect();
            assert_eq!(Survival::estimate(&observe(&all)).unwrap().median(), Some(n / 2), "{n}");
        }
    }

    #[test]
    fn nothing_observed_is_no_estimate() {
        assert_eq!(Survival::estimate(&[]), None);
    }

    #[test]
    fn when_all_are_censored_all_survive_and_nothing_is_known_of_the_median() {
        let survival = Survival::estimate(&observe(&[(5, false), (7, false)])).unwrap();
        assert!(survival.steps.iter().all(|step| (step.survival, step.lower, step.upper) == (1.0, 1.0, 1.0)));
        assert_eq!((survival.median(), survival.median_interval()), (None, (None, None)));
    }

    #[test]
    fn an_end_of_the_interval_that_rises_above_a_half_again_is_infinite() {
        // 1000 events and 800 censored at 1, then two at risk, of which one has its event at 2: the upper end is 0.468 at 1, 0.550 from 2.
        // `median_survival_times(KaplanMeierFitter().fit([1] * 1800 + [2, 3], [1] * 1000 + [0] * 800 + [1, 0]).confidence_interval_)`
        // is (1, inf) in lifelines 0.30.3.
        let mut durations = vec![(1, true); 1000];
        durations.extend(vec![(1, false); 800]);
        durations.extend([(2, true), (3, false)]);
        let survival = Survival::estimate(&observe(&durations)).unwrap();
        assert!(survival.steps[0].upper < 0.5 && survival.steps[1].upper > 0.5);
        assert_eq!((survival.median(), survival.median_interval()), (Some(1), (Some(1), None)));
    }

    /// What lifelines says of one sample.
    struct Golden {
        median: Option<Micros>,
        interval: (Option<Micros>, Option<Micros>),
        percentiles: [(f64, Micros); 3],
        /// Time, share, Greenwood's sum times the squared share, lower and upper end.
        steps: &'static [(Micros, f64, f64, f64, f64)],
    }

    fn compare(observations: &[Observation], golden: &Golden) {
        let survival = Survival::estimate(observations).unwrap();
        assert_eq!(survival.median(), golden.median);
        assert_eq!(survival.median_interval(), golden.interval);
        for (share, time) in golden.percentiles {
            assert_eq!(survival.percentile(share), (time != Micros::MAX).then_some(time), "{share}");
        }
        for &(time, share, variance, lower, upper) in golden.steps {
            let step = survival.steps.iter().find(|step| step.time == time).unwrap();
            for (found, expected) in [(step.survival, share), (step.variance, variance), (step.lower, lower), (step.upper, upper)] {
                assert!((found - expected).abs() < 1e-6, "{step:?}: lifelines says {expected}");
            }
        }
    }

    #[test]
    fn the_estimate_is_that_of_lifelines() {
        compare(&sample(), &GOLDEN);
    }

    #[test]
    fn the_interval_of_a_median_may_have_no_end() {
        // The first 12 of the sample, all but every third censored.
        let few: Vec<Observation> =
            sample().into_iter().take(12).enumerate().map(|(place, one)| Observation { event: place % 3 == 0, ..one }).collect();
        compare(&few, &ENDLESS);
    }

    // Python 3.11, lifelines 0.30.3, numpy 2.4.6:
    //
    //     state, sample = 20261122, []
    //     def step():
    //         global state
    //         state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    //         return state >> 33
    //     for place in range(500):
    //         sample.append((1_000_000 * (1 + step() % 1000 * (step() % 1000)), place % 5 != 4))
    //     few = [(duration, place % 3 == 0) for place, (duration, event) in enumerate(sample[:12])]
    //
    //     fitter = KaplanMeierFitter().fit(*zip(*sample))  # ENDLESS: few
    //     fitter.median_survival_time_, median_survival_times(fitter.confidence_interval_), fitter.percentile(0.9) ...
    //     S, c = fitter.survival_function_, fitter.confidence_interval_  # every 40th row, ENDLESS: all rows
    //     variance = S ** 2 * fitter._cumulative_sq_
    const GOLDEN: Golden = Golden {
        median: Some(252_451_000_000),
        interval: (Some(227_177_000_000), Some(282_745_000_000)),
        percentiles: [(0.9, 27_481_000_000), (0.25, 490_119_000_000), (0.1, 664_973_000_000)],
        steps: &[
            (1_000_000, 0.996000000000, 0.000007968000, 0.984101889983, 0.998998106415),
            (16_617_000_000, 0.927579449535, 0.000135164337, 0.901016682525, 0.947222574234),
            (43_121_000_000, 0.854109888219, 0.000252685252, 0.819765649887, 0.882382572774),
            (72_253_000_000, 0.777844384075, 0.000352761019, 0.738373532529, 0.812131053827),
            (103_717_000_000, 0.726838074095, 0.000409379229, 0.684850879858, 0.764218293961),
            (153_161_000_000, 0.652548542049, 0.000475768683, 0.607940446119, 0.693408740518),
            (196_472_000_000, 0.585353082151, 0.000517936618, 0.539328503445, 0.628442413943),
            (248_369_000_000, 0.506014024415, 0.000547215376, 0.459277428433, 0.550818032255),
            (303_463_000_000, 0.429030713856, 0.000550635447, 0.382696889882, 0.474478201639),
            (375_913_000_000, 0.350608606493, 0.000530272953, 0.305730076924, 0.395759907592),
            (480_415_000_000, 0.260451950036, 0.000470763148, 0.218945191661, 0.303740944406),
            (570_658_000_000, 0.164071034411, 0.000360010179, 0.128871422323, 0.203023729974),
            (742_001_000_000, 0.065885178045, 0.000201965601, 0.041700831180, 0.097461754614),
            (974_134_000_000, 0.000000000000, 0.000000000000, 0.000000000000, 0.000000000000),
        ],
    };

    const ENDLESS: Golden = Golden {
        median: Some(654_361_000_000),
        interval: (Some(95_497_000_000), None),
        percentiles: [(0.9, 95_497_000_000), (0.25, Micros::MAX), (0.1, Micros::MAX)],
        steps: &[
            (77_923_000_000, 0.916666666667, 0.006365740741, 0.538977180571, 0.987825565400),
            (95_497_000_000, 0.833333333333, 0.011574074074, 0.481714942195, 0.955509365728),
            (132_609_000_000, 0.833333333333, 0.011574074074, 0.481714942195, 0.955509365728),
            (136_515_000_000, 0.833333333333, 0.011574074074, 0.481714942195, 0.955509365728),
            (195_715_000_000, 0.833333333333, 0.011574074074, 0.481714942195, 0.955509365728),
            (228_691_000_000, 0.714285714286, 0.020651117590, 0.337497684307, 0.901018627341),
            (235_972_000_000, 0.714285714286, 0.020651117590, 0.337497684307, 0.901018627341),
            (547_201_000_000, 0.714285714286, 0.020651117590, 0.337497684307, 0.901018627341),
            (586_531_000_000, 0.714285714286, 0.020651117590, 0.337497684307, 0.901018627341),
            (649_251_000_000, 0.714285714286, 0.020651117590, 0.337497684307, 0.901018627341),
            (654_361_000_000, 0.357142857143, 0.068938289602, 0.015405244476, 0.775661664596),
            (685_179_000_000, 0.357142857143, 0.068938289602, 0.015405244476, 0.775661664596),
        ],
    };

    proptest! {
        #[test]
        fn survival_falls_and_lies_within_its_interval(observations in proptest::collection::vec((0i64..20, any::<bool>()), 1..40)) {
            let survival = Survival::estimate(&observe(&observations)).unwrap();
            prop_assert!(survival.steps.is_sorted_by(|one, other| one.time < other.time && one.survival >= other.survival));
            prop_assert!(survival.steps.iter().all(|step| 0.0 <= step.lower && step.lower <= step.survival && step.survival <= step.upper && step.upper <= 1.0));
            prop_assert!(survival.steps.iter().all(|step| step.variance >= 0.0));
        }

        #[test]
        fn without_censoring_survival_is_the_share_that_lasted_longer(durations in proptest::collection::vec(0i64..20, 1..40), time in 0i64..20) {
            let all: Vec<(Micros, bool)> = durations.iter().map(|duration| (*duration, true)).collect();
            let longer = durations.iter().filter(|duration| **duration > time).count() as f64 / durations.len() as f64;
            prop_assert!((Survival::estimate(&observe(&all)).unwrap().at(time) - longer).abs() < 1e-9);
        }
    }
}
