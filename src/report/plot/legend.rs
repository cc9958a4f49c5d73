//! What the signs of a plot mean, in a row that wraps.

use super::frame::{MARGIN, Paint, Sheet, WIDTH};
use super::shape::{Anchor, Trail, label, line, rect, with_class};
use super::text;

/// The sign beside the words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Swatch {
    /// The line of a curve.
    Line,
    /// The band around it.
    Band,
    /// A mark of censoring.
    Censored,
    /// The median's line.
    Median,
    /// A surface, outlined so that an empty one is seen too.
    Surface(Paint),
}

const HEIGHT: f64 = 20.0;
const SIGN: f64 = 22.0;
const SIZE: f64 = 12.0;

impl Sheet<'_> {
    /// What the signs mean, below what is there.
    pub(super) fn legend(&mut self, entries: &[(Swatch, String)]) {
        draw(self, entries);
    }
}

/// Draws the entries, each with its sign before it.
fn draw(sheet: &mut Sheet<'_>, entries: &[(Swatch, String)]) {
    let mut x = MARGIN;
    for (swatch, words) in entries {
        let words = text::cut(words, 420.0, SIZE);
        let width = SIGN + 6.0 + text::width(&words, SIZE);
        if x + width > WIDTH - MARGIN && x > MARGIN {
            x = MARGIN;
            sheet.y += HEIGHT;
        }
        let middle = sheet.y + HEIGHT / 2.0;
        sign(sheet, *swatch, (x, middle));
        sheet.add(label((x + SIGN + 6.0, middle + 4.0), Anchor::Start, "", &words));
        x += width + 18.0;
    }
    if !entries.is_empty() {
        sheet.y += HEIGHT + 6.0;
    }
}

fn sign(sheet: &mut Sheet<'_>, swatch: Swatch, (x, y): (f64, f64)) {
    let end = (x + SIGN, y);
    match swatch {
        Swatch::Line => sheet.add(line((x, y), end, "line")),
        Swatch::Median => sheet.add(line((x, y), end, "median")),
        Swatch::Band => sheet.add(with_class(rect((x, y - 6.0), (SIGN, 12.0)), "band")),
        Swatch::Censored => {
            sheet.add(line((x, y), end, "line"));
            sheet.add(line((x + SIGN / 2.0, y - 5.0), (x + SIGN / 2.0, y + 5.0), "mark"));
        }
        Swatch::Surface(paint) => {
            let block = sheet.painted(rect((x, y - 6.0), (SIGN, 12.0)), paint);
            sheet.add(block);
            let mut trail = Trail::default();
            trail.block((x, y - 6.0), (SIGN, 12.0));
            sheet.add(with_class(trail.path(), "frame"));
        }
    }
}
