//! Axes: ticks, their labels, and a grid.

use super::calendar::Month;
use super::frame::{Area, MARGIN, Sheet, WIDTH};
use super::scale::Ticks;
use super::shape::{Anchor, label, line};
use super::{number, text};

const SIZE: f64 = 11.0;

/// A tick: where, and what it says.
pub(super) type Tick = (f64, String);

/// The labels of an upright axis, with `unit` after each number.
pub(super) fn labels(ticks: &Ticks, unit: &str) -> Vec<String> {
    ticks.values().map(|value| format!("{}{unit}", number::tick(value, ticks.step))).collect()
}

/// An area with a caption above and the ticks of an upright axis at its left, which has the room that its labels need.
pub(super) fn upright(sheet: &mut Sheet<'_>, caption: &str, height: f64, ticks: &Ticks, unit: &str) -> Area {
    sheet.lines(&[text::cut(caption, WIDTH - 2.0 * MARGIN, SIZE)], "tick", 16.0);
    sheet.y += 8.0;
    let labels = labels(ticks, unit);
    let room = labels.iter().map(|label| text::width(label, SIZE)).fold(0.0, f64::max);
    let area = sheet.area(height, MARGIN + room + 8.0);
    for (at, words) in labels.iter().enumerate() {
        let y = area.bottom - (area.bottom - area.top) * at as f64 / f64::from(ticks.count);
        sheet.add(line((area.left, y), (area.right, y), if at == 0 { "axis" } else { "grid" }));
        sheet.add(label((area.left - 6.0, y + 4.0), Anchor::End, "tick", words));
    }
    area
}

/// Ticks below an area. A label that would run into the one before it is left out; its tick stays.
pub(super) fn below(sheet: &mut Sheet<'_>, area: Area, ticks: &[Tick]) {
    let y = area.bottom;
    let mut free = 0.0;
    for (x, words) in ticks {
        sheet.add(line((*x, y), (*x, y + 4.0), "axis"));
        if let Some((at, end)) = place(*x, words, free) {
            sheet.add(label((at, y + 17.0), Anchor::Middle, "tick", words));
            free = end + 8.0;
        }
    }
    sheet.y = sheet.y.max(y + 22.0);
}

/// Where the middle of a label goes, and where it ends: inside the plot, and not before `free`.
pub(super) fn place(x: f64, words: &str, free: f64) -> Option<(f64, f64)> {
    let half = text::width(words, SIZE) / 2.0;
    let at = x.clamp(half, (WIDTH - half).max(half));
    (at - half >= free).then_some((at, at + half))
}

/// Ticks of columns of months, each of a width and holding `fold` months: as many as there is room for, on round months.
pub(super) fn months(first: Month, columns: usize, fold: usize, left: f64, width: f64) -> Vec<Tick> {
    let per_month = width / fold as f64;
    let step = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200].into_iter().find(|step| per_month * f64::from(*step) >= 58.0).unwrap_or(2400);
    let month = |at: usize| first.plus(at);
    let round = |at: &usize| month(*at).index().rem_euclid(step) == 0;
    let tick = |at: usize| {
        // Of several months in a column, the label is that of the column.
        let x = left + ((at / fold) as f64 + 0.5) * width;
        let words = if step < 12 { month(at).to_string() } else { month(at).year().to_string() };
        (x, words)
    };
    (0..columns * fold).filter(round).map(tick).collect()
}
