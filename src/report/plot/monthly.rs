//! Use per month: bars, stacked by kind.

use super::axis;
use super::calendar::Month;
use super::frame::{Area, Frame, Paint, Sheet};
use super::legend::Swatch;
use super::number::{counted, grouped, short};
use super::scale::{Scale, Ticks};
use super::shape::{Anchor, label, rect, with, with_class, with_tip};
use super::text;
use svg::node::element::Group;

/// The plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Monthly {
    /// The words around it.
    pub frame: Frame,
    /// What is counted, above the axis: `records of root use`.
    pub measure: String,
    /// What the bars are made of, from the bottom up. Beyond six, the last are drawn as one.
    pub kinds: Vec<String>,
    /// The month of the first bar; `None` as long as there is none.
    pub first: Option<Month>,
    /// For each month from the first on, the count of each kind; `None` where it is not known. Counts that are missing are zero.
    pub months: Vec<Option<Vec<u64>>>,
}

const HEIGHT: f64 = 280.0;
/// Bars in a plot; of more months, several share one.
const MOST_BARS: usize = 240;
const MOST_KINDS: usize = 6;

/// One bar.
struct Bar {
    words: String,
    counts: Vec<u64>,
    known: usize,
    unknown: usize,
}

impl Bar {
    fn total(&self) -> u64 {
        sum(&self.counts)
    }
}

/// As much as there is room for: nothing is drawn wrong because figures overflow.
fn sum(counts: &[u64]) -> u64 {
    counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

impl Monthly {
    /// As SVG.
    #[must_use]
    pub(crate) fn svg(&self) -> String {
        let Some(first) = self.first.filter(|_| self.months.iter().any(Option::is_some) && !self.kinds.is_empty()) else {
            return self.frame.empty();
        };
        let fold = self.months.len().div_ceil(MOST_BARS);
        let kinds = self.shown_kinds();
        let bars: Vec<Bar> =
            self.months.chunks(fold).enumerate().map(|(at, months)| bar(first.plus(at * fold), months, kinds.len())).collect();
        let highest = bars.iter().map(Bar::total).max().unwrap_or(0);
        // Above the highest bar there is room for its total.
        let ticks = Ticks::up_to(highest as f64 * 1.08, 5, 1.0);
        let mut sheet = self.frame.sheet();
        self.legend(&mut sheet, &kinds, &bars);
        let area = axis::upright(&mut sheet, &self.measure, HEIGHT, &ticks, "");
        let slot = ((area.right - area.left) / bars.len() as f64).min(90.0);
        let up = Scale::new((0.0, ticks.top()), (area.bottom, area.top));
        for (at, bar) in bars.iter().enumerate() {
            draw(&mut sheet, bar, &kinds, area, (area.left + at as f64 * slot, slot), up);
        }
        totals(&mut sheet, &bars, area, slot, up);
        axis::below(&mut sheet, area, &axis::months(first, bars.len(), fold, area.left, slot));
        let months = counted(fold as u64, "month", "months");
        let notes: Vec<String> = (fold > 1).then(|| format!("Each bar holds {months}, so that all fit.")).into_iter().collect();
        sheet.close(&summary(&bars, &kinds), &notes)
    }

    /// The names of what is drawn.
    fn shown_kinds(&self) -> Vec<String> {
        if self.kinds.len() <= MOST_KINDS {
            return self.kinds.clone();
        }
        let rest = self.kinds.len() - (MOST_KINDS - 1);
        self.kinds.iter().take(MOST_KINDS - 1).cloned().chain([format!("{} others", grouped(rest as u64))]).collect()
    }

    fn legend(&self, sheet: &mut Sheet<'_>, kinds: &[String], bars: &[Bar]) {
        let entry = |(at, kind): (usize, &String)| {
            let total = bars.iter().fold(0u64, |sum, bar| sum.saturating_add(bar.counts[at]));
            (Swatch::Surface(Paint::Kind(at)), format!("{}: {}", text::cut(kind, 280.0, 12.0), grouped(total)))
        };
        // As they are stacked: the top first.
        let mut entries: Vec<(Swatch, String)> = kinds.iter().enumerate().map(entry).rev().collect();
        if bars.iter().any(|bar| bar.unknown > 0) {
            entries.push((Swatch::Surface(Paint::Hatch), "not known".to_owned()));
        }
        sheet.legend(&entries);
    }
}

/// The bar of some months in a row, with a count for each kind.
fn bar(first: Month, months: &[Option<Vec<u64>>], kinds: usize) -> Bar {
    let mut counts = vec![0u64; kinds];
    for (at, count) in months.iter().flatten().flat_map(|month| month.iter().enumerate()) {
        let kind = &mut counts[at.min(kinds - 1)];
        *kind = kind.saturating_add(*count);
    }
    let unknown = months.iter().filter(|month| month.is_none()).count();
    let words = if months.len() > 1 { format!("{first} to {}", first.plus(months.len() - 1)) } else { first.to_string() };
    Bar { words, counts, known: months.len() - unknown, unknown }
}

/// Draws a bar in its slot, over hatching where something of it is not known.
fn draw(sheet: &mut Sheet<'_>, bar: &Bar, kinds: &[String], area: Area, (left, slot): (f64, f64), up: Scale) {
    let height = area.bottom - area.top;
    // The words come first: some readers take no others.
    let mut group = with_tip(Group::new().into(), &said(bar, kinds));
    if bar.unknown > 0 {
        group = with(group, sheet.painted(rect((left, area.top), (slot, height)), Paint::Hatch));
    }
    group = with(group, with_class(rect((left, area.top), (slot, height)), "target"));
    let space = if slot > 6.0 { slot * 0.14 } else { 0.3 };
    let mut below = 0u64;
    for (kind, count) in bar.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let above = below.saturating_add(*count);
        let (bottom, top) = (up.at(below as f64), up.at(above as f64));
        // What is there is seen, however little.
        let top = if below == 0 { top.min(area.bottom - 1.0) } else { top };
        group = with(group, sheet.painted(rect((left + space, top), (slot - 2.0 * space, bottom - top)), Paint::Kind(kind)));
        below = above;
    }
    sheet.add(group);
}

/// A bar in words.
fn said(bar: &Bar, kinds: &[String]) -> String {
    if bar.known == 0 {
        return format!("{}: not known", bar.words);
    }
    let parts: Vec<String> =
        kinds.iter().zip(&bar.counts).map(|(kind, count)| format!("{} {}", text::cut(kind, 280.0, 12.0), grouped(*count))).collect();
    let unknown = if bar.unknown > 0 { format!("; {} not known", counted(bar.unknown as u64, "month", "months")) } else { String::new() };
    format!("{}: {} ({}){unknown}", bar.words, grouped(bar.total()), parts.join(", "))
}

/// Totals above the bars: of all if they fit, else of the highest only.
fn totals(sheet: &mut Sheet<'_>, bars: &[Bar], area: Area, slot: f64, up: Scale) {
    let words = |bar: &Bar| short(bar.total());
    let widest = bars.iter().map(|bar| text::width(&words(bar), 11.0)).fold(0.0, f64::max);
    let highest = bars.iter().enumerate().rev().max_by_key(|(_, bar)| bar.total()).map(|(at, _)| at);
    for (at, bar) in bars.iter().enumerate().filter(|(_, bar)| bar.known > 0) {
        if widest + 2.0 > slot && Some(at) != highest {
            continue;
        }
        let half = text::width(&words(bar), 11.0) / 2.0;
        let middle = (area.left + (at as f64 + 0.5) * slot).clamp(area.left + half, area.right - half);
        sheet.add(label((middle, up.at(bar.total() as f64) - 4.0), Anchor::Middle, "number", &words(bar)));
    }
}

fn summary(bars: &[Bar], kinds: &[String]) -> String {
    let all = bars.iter().fold(0u64, |sum, bar| sum.saturating_add(bar.total()));
    let unknown: usize = bars.iter().map(|bar| bar.unknown).sum();
    let highest = bars.iter().rev().max_by_key(|bar| bar.total()).map(|bar| said(bar, kinds)).unwrap_or_default();
    let bars = counted(bars.len() as u64, "bar", "bars");
    format!("{bars}, {} in all, {} not known. Highest: {highest}.", grouped(all), counted(unknown as u64, "month", "months"))
}
