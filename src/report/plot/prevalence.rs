//! Rolling prevalence: the share that used root, over time, with its 95 % band.

use super::axis::{self, Tick};
use super::calendar::{self, DAY};
use super::frame::{Area, Frame, Paint, Sheet};
use super::legend::Swatch;
use super::number::{counted, grouped, percent};
use super::scale::{Scale, Ticks};
use super::shape::{Trail, rect, with_class, with_tip};
use super::thin::{Place, bins, thinned};
use crate::evidence::record::time::Micros;

/// A share with what it is a share of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    /// How many did.
    pub used: u64,
    /// How many could be seen.
    pub of: u64,
    /// The 95 % interval of the share, 0 to 1; `None` where there is none. Numbers that are none, or that are the wrong way round, count as none.
    pub band: Option<(f64, f64)>,
}

impl Share {
    /// The share, 0 to 1; `None` of nothing, or of fewer than used.
    fn value(self) -> Option<f64> {
        (self.of > 0 && self.used <= self.of).then(|| self.used as f64 / self.of as f64)
    }
}

/// The share at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// UTC; shown as its day.
    pub time: Micros,
    /// `None` where it is undefined: the line has a gap there. A time without a point makes no gap.
    pub share: Option<Share>,
}

/// The plot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prevalence {
    /// The words around it.
    pub frame: Frame,
    /// What the share is of, above the axis: `accounts with root use in the 28 days before`.
    pub measure: String,
    /// In any order.
    pub points: Vec<Point>,
}

/// A point that can be drawn.
struct Drawn {
    time: Micros,
    share: Option<Defined>,
}

/// A share that is a number, and its band, both within 0 to 1.
#[derive(Clone, Copy)]
struct Defined {
    share: Share,
    value: f64,
    band: Option<(f64, f64)>,
}

const HEIGHT: f64 = 300.0;
/// How wide what is pointed at is, in pixels.
const TARGET: f64 = 4.0;

impl Prevalence {
    /// As SVG.
    #[must_use]
    pub(crate) fn svg(&self) -> String {
        let points = drawn(&self.points);
        let defined: Vec<Defined> = points.iter().filter_map(|point| point.share).collect();
        let (Some(first), Some(last), false) = (points.first(), points.last(), defined.is_empty()) else { return self.frame.empty() };
        let highest = defined.iter().map(|one| one.band.map_or(one.value, |band| band.1.max(one.value))).fold(0.0, f64::max);
        let ticks = percent_ticks(highest);
        let mut sheet = self.frame.sheet();
        legend(&mut sheet, &points);
        let area = axis::upright(&mut sheet, &self.measure, HEIGHT, &ticks, " %");
        // A single day is given a day to either side.
        let widened = if last.time - first.time < DAY { DAY } else { 0 };
        let (from, to) = (first.time - widened, last.time + widened);
        let across = Scale::new((from as f64, to as f64), (area.left, area.right));
        let up = Scale::new((0.0, ticks.top() / 100.0), (area.bottom, area.top));
        let dates: Vec<Tick> = calendar::ticks(from, to, 8).into_iter().map(|(time, words)| (across.at(time as f64), words)).collect();
        axis::below(&mut sheet, area, &dates);
        undefined(&mut sheet, &points, across, area);
        curves(&mut sheet, &points, across, up);
        targets(&mut sheet, &points, across, area);
        let lost = self.points.len() - points.len();
        let notes: Vec<String> =
            (lost > 0).then(|| format!("{} without a date left out.", counted(lost as u64, "point", "points"))).into_iter().collect();
        sheet.close(&summary(&points, &defined), &notes)
    }
}

/// The points that have a date, by time, with what is defined of them.
fn drawn(points: &[Point]) -> Vec<Drawn> {
    let dated = points.iter().filter(|point| calendar::date(point.time).is_some());
    let mut drawn: Vec<Drawn> = dated.map(|point| Drawn { time: point.time, share: point.share.and_then(define) }).collect();
    drawn.sort_by_key(|point| point.time);
    drawn
}

fn define(share: Share) -> Option<Defined> {
    let value = share.value()?;
    let band = share.band.and_then(interval);
    Some(Defined { share, value, band })
}

/// An interval of shares, if it is one.
pub(super) fn interval((low, high): (f64, f64)) -> Option<(f64, f64)> {
    (low.is_finite() && high.is_finite() && low <= high).then(|| (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0)))
}

/// Ticks in percent for shares up to a highest. An axis of zeros ends at 1 %.
fn percent_ticks(highest: f64) -> Ticks {
    if highest <= 0.0 {
        return Ticks::up_to(1.0, 5, 0.2);
    }
    if highest > 0.8 {
        return Ticks { step: 20.0, count: 5 };
    }
    Ticks::up_to(highest * 100.0, 5, 0.0002)
}

fn legend(sheet: &mut Sheet<'_>, points: &[Drawn]) {
    let mut entries = vec![(Swatch::Line, "share".to_owned())];
    if points.iter().any(|point| point.share.is_some_and(|share| share.band.is_some())) {
        entries.push((Swatch::Band, "95 % interval".to_owned()));
    }
    if points.iter().any(|point| point.share.is_none()) {
        entries.push((Swatch::Surface(Paint::Hatch), "undefined".to_owned()));
    }
    sheet.legend(&entries);
}

/// Draws line and band, with a gap where a point is undefined. A gap of less than half a pixel is not seen and not drawn.
fn curves(sheet: &mut Sheet<'_>, points: &[Drawn], across: Scale, up: Scale) {
    let x = |point: &Drawn| across.at(point.time as f64);
    let values: Vec<(f64, Option<f64>)> = points.iter().map(|point| (x(point), point.share.map(|share| up.at(share.value)))).collect();
    let band = |of: fn((f64, f64)) -> f64| -> Vec<(f64, Option<f64>)> {
        let edge = |point: &Drawn| point.share.and_then(|share| share.band).map(|band| up.at(of(band)));
        points.iter().map(|point| (x(point), edge(point))).collect()
    };
    let mut shape = Trail::default();
    for (upper, lower) in runs(&band(|band| band.1)).iter().zip(runs(&band(|band| band.0))) {
        shape.around(&surround(&thinned(upper), &thinned(&lower)));
    }
    sheet.add(with_class(shape.path(), "band"));
    let mut line = Trail::default();
    runs(&values).iter().for_each(|run| line.through(&thinned(run)));
    sheet.add(with_class(line.path(), "line"));
}

/// Hatches the foot of the plot where points are undefined, so that a gap is seen however short it is.
fn undefined(sheet: &mut Sheet<'_>, points: &[Drawn], across: Scale, area: Area) {
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for run in points.chunk_by(|one, other| one.share.is_none() == other.share.is_none()).filter(|run| run[0].share.is_none()) {
        let x = |point: &Drawn| across.at(point.time as f64);
        let (from, to) = (x(&run[0]), x(&run[run.len() - 1]));
        let from = (from - 1.5).max(area.left);
        let to = (to + 1.5).min(area.right);
        match spans.last_mut() {
            Some(span) if from <= span.1 => span.1 = to,
            _ => spans.push((from, to)),
        }
    }
    let mut strip = Trail::default();
    spans.iter().for_each(|(from, to)| strip.block((*from, area.bottom - 7.0), (to - from, 7.0)));
    if !strip.is_empty() {
        let strip = sheet.painted(strip.path(), Paint::Hatch);
        sheet.add(strip);
    }
}

/// The outline of a band. That of a single point is given a width, so that it is seen.
pub(super) fn surround(upper: &[Place], lower: &[Place]) -> Vec<Place> {
    match (upper, lower) {
        ([(x, high)], [(_, low)]) => vec![(x - 1.5, *high), (x + 1.5, *high), (x + 1.5, *low), (x - 1.5, *low)],
        _ => upper.iter().chain(lower.iter().rev()).copied().collect(),
    }
}

/// The runs of places without a gap.
fn runs(places: &[(f64, Option<f64>)]) -> Vec<Vec<Place>> {
    let mut runs: Vec<Vec<Place>> = Vec::new();
    let mut is_open = false;
    for (x, y) in places {
        let Some(y) = y else {
            is_open = false;
            continue;
        };
        match runs.last_mut() {
            Some(run) if is_open || run.last().is_some_and(|last| x - last.0 < 0.5) => run.push((*x, *y)),
            _ => runs.push(vec![(*x, *y)]),
        }
        is_open = true;
    }
    runs
}

/// What is said when a part of the plot is pointed at: the highest of the points there, so that none is hidden.
fn targets(sheet: &mut Sheet<'_>, points: &[Drawn], across: Scale, area: Area) {
    let xs: Vec<f64> = points.iter().map(|point| across.at(point.time as f64)).collect();
    for range in bins(&xs, TARGET) {
        let here = &points[range.clone()];
        let value = |point: &&Drawn| point.share.map_or(-1.0, |share| share.value);
        // The first of equals: `max_by` would take the last.
        let Some(highest) = here.iter().rev().max_by(|one, other| value(one).total_cmp(&value(other))) else { continue };
        let middle = (xs[range.start] + xs[range.end - 1]) / 2.0;
        let left = (middle - TARGET / 2.0).clamp(area.left, area.right - TARGET);
        let target = with_class(rect((left, area.top), (TARGET, area.bottom - area.top)), "target");
        let more = if here.len() > 1 { format!("; highest of {} points here", grouped(here.len() as u64)) } else { String::new() };
        sheet.add(with_tip(target, &format!("{}{more}", said(highest))));
    }
}

/// A point in words.
fn said(point: &Drawn) -> String {
    let day = calendar::day(point.time);
    let Some(Defined { share, value, band }) = point.share else { return format!("{day}: undefined") };
    let band = band.map_or_else(String::new, |(low, high)| format!(", 95 % interval {} to {}", percent(low), percent(high)));
    format!("{day}: {} ({} of {}){band}", percent(value), grouped(share.used), grouped(share.of))
}

fn summary(points: &[Drawn], defined: &[Defined]) -> String {
    let highest = points.iter().rev().max_by(|one, other| {
        let value = |point: &Drawn| point.share.map_or(-1.0, |share| share.value);
        value(one).total_cmp(&value(other))
    });
    let last = points.iter().rev().find(|point| point.share.is_some());
    let [highest, last] = [highest, last].map(|point| point.map(said).unwrap_or_default());
    let (all, undefined) = (points.len() as u64, (points.len() - defined.len()) as u64);
    format!("Line over {}, {} undefined. Highest: {highest}. Last: {last}.", counted(all, "point", "points"), grouped(undefined))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undefined_point_is_a_gap_and_not_zero() {
        let places = [(0.0, Some(5.0)), (2.0, None), (4.0, Some(6.0)), (6.0, Some(7.0))];
        assert_eq!(runs(&places), [vec![(0.0, 5.0)], vec![(4.0, 6.0), (6.0, 7.0)]]);
        assert!(define(Share { used: 0, of: 0, band: None }).is_none() && define(Share { used: 2, of: 1, band: None }).is_none());
    }

    #[test]
    fn a_gap_that_is_not_seen_does_not_cut_the_line() {
        assert_eq!(runs(&[(0.0, Some(5.0)), (0.1, None), (0.2, Some(6.0))]).len(), 1);
    }

    #[test]
    fn a_band_that_is_no_interval_is_none() {
        for band in [(f64::NAN, 1.0), (0.0, f64::INFINITY), (0.6, 0.5)] {
            assert_eq!(interval(band), None);
        }
        assert_eq!(interval((-0.1, 1.2)), Some((0.0, 1.0)));
    }
}
