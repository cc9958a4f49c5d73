//! Survival: the share for which something has not happened yet, as steps, with its confidence band, censor marks, median and the number at
//! risk.

use super::axis::{self, Tick};
use super::frame::{Area, Frame, Sheet};
use super::legend::Swatch;
use super::number::{counted, grouped, percent, short, trimmed};
use super::prevalence::{interval, surround};
use super::scale::{Scale, Ticks};
use super::shape::{Anchor, Trail, label, line, rect, with_class, with_tip};
use super::text;
use super::thin::{Place, bins, thinned};
use crate::evidence::record::time::Micros;

/// The estimate from a duration on, until the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    /// The duration. A negative one is left out.
    pub time: Micros,
    /// Those watched at least this long.
    pub at_risk: u64,
    /// Events at this time.
    pub events: u64,
    /// Those whose watching ended at this time without an event.
    pub censored: u64,
    /// The share, 0 to 1; `None` where it is undefined, and from there on there is no curve until it is defined again.
    pub survival: Option<f64>,
    /// Its interval; `None` where there is none.
    pub band: Option<(f64, f64)>,
}

/// The plot. The curve is 1 before its first step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Survival {
    /// The words around it.
    pub frame: Frame,
    /// What the share is of, above the upright axis: `accounts without root use so far`.
    pub measure: String,
    /// Since when the time is, after its unit: `since the account was first seen`.
    pub since: String,
    /// The level of the band in words: `95 % interval`.
    pub level: String,
    /// In any order.
    pub steps: Vec<Step>,
    /// The median; `None` where it does not exist.
    pub median: Option<Micros>,
}

const HEIGHT: f64 = 300.0;
const TARGET: f64 = 4.0;

/// The unit that durations are shown in.
#[derive(Clone, Copy)]
struct Unit {
    one: &'static str,
    more: &'static str,
    micros: f64,
}

const MINUTES: Unit = Unit { one: "minute", more: "minutes", micros: 6e7 };
const HOURS: Unit = Unit { one: "hour", more: "hours", micros: 3.6e9 };
const DAYS: Unit = Unit { one: "day", more: "days", micros: 8.64e10 };

impl Unit {
    /// The one in which the longest duration is a handy number.
    fn of(longest: Micros) -> Self {
        let three = |unit: &Self| longest as f64 >= 3.0 * unit.micros;
        [DAYS, HOURS].into_iter().find(three).unwrap_or(MINUTES)
    }

    fn count(self, time: Micros) -> f64 {
        time as f64 / self.micros
    }

    fn said(self, time: Micros) -> String {
        let count = self.count(time);
        let number = if count >= 1e4 { grouped(count.round() as u64) } else { trimmed(count, 1) };
        format!("{number} {}", if number == "1" { self.one } else { self.more })
    }
}

impl Survival {
    /// As SVG.
    #[must_use]
    pub(crate) fn svg(&self) -> String {
        let steps = usable(&self.steps);
        let (Some(last), true) = (steps.last(), steps.iter().any(|step| step.survival.is_some())) else { return self.frame.empty() };
        let unit = Unit::of(last.time);
        let median = self.median.filter(|median| (0..=last.time).contains(median));
        let mut sheet = self.frame.sheet();
        self.legend(&mut sheet, &steps, median, unit);
        let area = axis::upright(&mut sheet, &self.measure, HEIGHT, &Ticks { step: 20.0, count: 5 }, " %");
        let ticks = Ticks::up_to(unit.count(last.time), 7, 1e-3);
        // The last tick's label has its middle at the edge of the area, so the area ends a little before the plot does.
        let area = Area { right: area.right - 20.0, ..area };
        let across = Scale::new((0.0, ticks.top() * unit.micros), (area.left, area.right));
        let up = Scale::new((0.0, 1.0), (area.bottom, area.top));
        let at_ticks: Vec<(f64, f64)> = ticks.values().map(|value| (across.at(value * unit.micros), value)).collect();
        let marks: Vec<Tick> = at_ticks.iter().zip(axis::labels(&ticks, "")).map(|(tick, words)| (tick.0, words)).collect();
        axis::below(&mut sheet, area, &marks);
        sheet.lines(&text::wrap(&format!("{} {}", unit.more, self.since), area.right - area.left, 11.0, 1), "tick", 16.0);
        curves(&mut sheet, &steps, across, up);
        if let Some(median) = median {
            let x = across.at(median as f64);
            sheet.add(line((area.left, up.at(0.5)), (x, up.at(0.5)), "median"));
            sheet.add(line((x, up.at(0.5)), (x, area.bottom), "median"));
        }
        censor_marks(&mut sheet, &steps, across, up);
        targets(&mut sheet, &steps, unit, across, area);
        at_risk(&mut sheet, &steps, &at_ticks, unit);
        let lost = (self.steps.len() - steps.len()) as u64;
        let note = (lost > 0).then(|| format!("{} with a negative duration left out.", counted(lost, "step", "steps")));
        sheet.close(&summary(&steps, median, unit), &note.into_iter().collect::<Vec<_>>())
    }

    fn legend(&self, sheet: &mut Sheet<'_>, steps: &[Step], median: Option<Micros>, unit: Unit) {
        let mut entries = vec![(Swatch::Line, "share".to_owned())];
        if steps.iter().any(|step| step.band.is_some()) {
            entries.push((Swatch::Band, self.level.clone()));
        }
        if steps.iter().any(|step| step.censored > 0 && step.survival.is_some()) {
            entries.push((Swatch::Censored, "watching ended (censored)".to_owned()));
        }
        entries.push((Swatch::Median, median_words(median, unit)));
        sheet.legend(&entries);
    }
}

fn median_words(median: Option<Micros>, unit: Unit) -> String {
    median.map_or_else(|| "median: does not exist".to_owned(), |median| format!("median: {}", unit.said(median)))
}

/// Steps that can be drawn, by time: what is not a share is undefined.
fn usable(steps: &[Step]) -> Vec<Step> {
    let share = |value: f64| value.is_finite().then(|| value.clamp(0.0, 1.0));
    let clean = |step: &Step| Step { survival: step.survival.and_then(share), band: step.band.and_then(interval), ..*step };
    let mut steps: Vec<Step> = steps.iter().filter(|step| step.time >= 0).map(clean).collect();
    steps.sort_by_key(|step| step.time);
    steps
}

/// The corners of a step function, in runs without a gap, from a value at zero.
fn corners(steps: &[Step], value: impl Fn(&Step) -> Option<f64>, across: Scale, up: Scale) -> Vec<Vec<Place>> {
    let mut runs = vec![vec![(across.at(0.0), up.at(1.0))]];
    let mut height = Some(up.at(1.0));
    for step in steps {
        let x = across.at(step.time as f64);
        let next = value(step).map(|value| up.at(value));
        match (height, runs.last_mut()) {
            (Some(before), Some(run)) => {
                run.push((x, before));
                run.extend(next.map(|next| (x, next)));
            }
            _ => runs.extend(next.map(|next| vec![(x, next)])),
        }
        height = next;
    }
    runs
}

fn curves(sheet: &mut Sheet<'_>, steps: &[Step], across: Scale, up: Scale) {
    if steps.iter().any(|step| step.band.is_some()) {
        let mut band = Trail::default();
        let edge = |of: fn((f64, f64)) -> f64| corners(steps, move |step| step.band.map(of), across, up);
        for (upper, lower) in edge(|band| band.1).iter().zip(edge(|band| band.0)) {
            band.around(&surround(&thinned(upper), &thinned(&lower)));
        }
        sheet.add(with_class(band.path(), "band"));
    }
    let mut curve = Trail::default();
    corners(steps, |step| step.survival, across, up).iter().for_each(|run| curve.through(&thinned(run)));
    sheet.add(with_class(curve.path(), "line"));
}

/// A short upright line at each censoring; those on the same pixel are one.
fn censor_marks(sheet: &mut Sheet<'_>, steps: &[Step], across: Scale, up: Scale) {
    let mut marks = Trail::default();
    let mut before = None;
    for step in steps.iter().filter(|step| step.censored > 0) {
        let Some(survival) = step.survival else { continue };
        let (x, y) = (across.at(step.time as f64), up.at(survival));
        let pixel = (x.round() as i64, y.round() as i64);
        if before.replace(pixel) != Some(pixel) {
            marks.start((x, y - 4.0));
            marks.go((x, y + 4.0));
        }
    }
    if !marks.is_empty() {
        sheet.add(with_class(marks.path(), "mark"));
    }
}

/// What is said when a part of the plot is pointed at: the last step there, and all that happened.
fn targets(sheet: &mut Sheet<'_>, steps: &[Step], unit: Unit, across: Scale, area: Area) {
    let xs: Vec<f64> = steps.iter().map(|step| across.at(step.time as f64)).collect();
    for range in bins(&xs, TARGET) {
        let here = &steps[range.clone()];
        let Some(last) = here.last() else { continue };
        let middle = (xs[range.start] + xs[range.end - 1]) / 2.0;
        let left = (middle - TARGET / 2.0).clamp(area.left, area.right - TARGET);
        let target = with_class(rect((left, area.top), (TARGET, area.bottom - area.top)), "target");
        let sum = |of: fn(&Step) -> u64| grouped(here.iter().fold(0u64, |sum, step| sum.saturating_add(of(step))));
        let share = last.survival.map_or_else(|| "undefined".to_owned(), percent);
        let band = last.band.map_or_else(String::new, |(low, high)| format!(", {} to {}", percent(low), percent(high)));
        let (events, censored) = (sum(|step| step.events), sum(|step| step.censored));
        let risk = grouped(here.first().map_or(0, |step| step.at_risk));
        let words = format!("{}: {share}{band}; at risk {risk}, events {events}, censored {censored}", unit.said(last.time));
        sheet.add(with_tip(target, &words));
    }
}

/// How many are at risk at a time: those of the first step that is not before it.
fn at_risk_at(steps: &[Step], time: f64) -> u64 {
    let before = steps.partition_point(|step| (step.time as f64) < time);
    steps.get(before).map_or(0, |step| step.at_risk)
}

fn at_risk(sheet: &mut Sheet<'_>, steps: &[Step], ticks: &[(f64, f64)], unit: Unit) {
    sheet.y += 4.0;
    sheet.lines(&["number at risk".to_owned()], "tick", 16.0);
    sheet.y += 15.0;
    let y = sheet.y - 3.0;
    let mut free = 0.0;
    for (x, value) in ticks {
        let words = short(at_risk_at(steps, value * unit.micros));
        if let Some((at, end)) = axis::place(*x, &words, free) {
            sheet.add(label((at, y), Anchor::Middle, "number", &words));
            free = end + 8.0;
        }
    }
}

fn summary(steps: &[Step], median: Option<Micros>, unit: Unit) -> String {
    let all = |of: fn(&Step) -> u64| grouped(steps.iter().fold(0u64, |sum, step| sum.saturating_add(of(step))));
    let (events, censored) = (all(|step| step.events), all(|step| step.censored));
    let start = grouped(steps.first().map_or(0, |step| step.at_risk));
    let last = steps.last().map(|step| (unit.said(step.time), step.survival.map_or_else(|| "undefined".to_owned(), percent)));
    let (time, share) = last.unwrap_or_default();
    let median = median_words(median, unit);
    format!("Step curve from 100 %: {start} at risk, {events} events, {censored} censored, {share} after {time}; {median}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(time: Micros, at_risk: u64, survival: Option<f64>) -> Step {
        Step { time, at_risk, events: 1, censored: 0, survival, band: None }
    }

    #[test]
    fn the_number_at_risk_is_that_of_the_next_step() {
        let steps = [step(10, 5, Some(0.8)), step(20, 3, Some(0.5))];
        assert_eq!([0.0, 10.0, 10.5, 20.0, 20.5].map(|time| at_risk_at(&steps, time)), [5, 5, 3, 3, 0]);
    }

    #[test]
    fn the_curve_falls_at_the_step_and_ends_where_it_is_undefined() {
        let (across, up) = (Scale::new((0.0, 10.0), (0.0, 10.0)), Scale::new((0.0, 1.0), (100.0, 0.0)));
        let steps = usable(&[step(8, 1, Some(0.2)), step(2, 4, Some(0.5)), step(4, 2, Some(f64::NAN)), step(-1, 9, Some(0.9))]);
        let runs = corners(&steps, |step| step.survival, across, up);
        assert_eq!(runs, [vec![(0.0, 0.0), (2.0, 0.0), (2.0, 50.0), (4.0, 50.0)], vec![(8.0, 80.0)]]);
    }
}
