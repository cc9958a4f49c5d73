//! Use by row (an account) and month, and what the logs can say of each: hatched is not covered, dotted is unknown, plain is covered and zero.

use super::axis;
use super::calendar::Month;
use super::frame::{Area, Frame, MARGIN, Paint, Sheet, outline};
use super::legend::Swatch;
use super::number::{counted, grouped};
use super::shape::{Anchor, Trail, label, line, rect, with_class, with_tip};
use super::text;

/// What is known of a row in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Not known whether the logs cover it.
    Unknown,
    /// The logs do not cover it.
    NotCovered,
    /// Covered, with so many uses.
    Covered(u64),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The account, or what else it is.
    pub label: String,
    /// From the first month on; what is missing at the end is unknown.
    pub cells: Vec<Cell>,
}

/// The plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeatMap {
    /// The words around it.
    pub frame: Frame,
    /// What is counted: `uses of root`.
    pub measure: String,
    /// What rows are, one and more: `account`, `accounts`.
    pub rows_are: (String, String),
    /// The month of the first column; `None` as long as there is none.
    pub first: Option<Month>,
    /// In the order they are drawn in.
    pub rows: Vec<Row>,
}

/// Rows in a plot; of more, several share one.
const MOST_ROWS: usize = 480;
/// Columns in a plot; of more months, several share one.
const MOST_COLUMNS: usize = 240;
/// Cells in a plot: of more, still more rows share one, so that a page can hold the plot.
const MOST_BLOCKS: usize = 40_000;
/// Cells with words of their own; of more, colours only are drawn.
const MOST_TIPS: usize = 4000;
const HEIGHT: f64 = 960.0;
const LABELS: f64 = 150.0;
const LEVELS: [&str; 5] = ["l1", "l2", "l3", "l4", "l5"];

/// What is drawn as one: some rows in some months.
#[derive(Clone, Copy, Default)]
struct Block {
    count: u64,
    covered: usize,
    not_covered: usize,
    unknown: usize,
}

impl Block {
    fn add(&mut self, cell: Cell) {
        match cell {
            Cell::Unknown => self.unknown += 1,
            Cell::NotCovered => self.not_covered += 1,
            Cell::Covered(count) => {
                self.covered += 1;
                self.count = self.count.saturating_add(count);
            }
        }
    }
}

/// How rows and columns were put together, and where they lie.
struct Grid {
    area: Area,
    first: Month,
    rows: usize,
    columns: usize,
    months: usize,
    row_fold: usize,
    column_fold: usize,
    size: (f64, f64),
}

impl Grid {
    fn corner(&self, row: usize, column: usize) -> (f64, f64) {
        (self.area.left + column as f64 * self.size.0, self.area.top + row as f64 * self.size.1)
    }

    /// The months of a column, in words.
    fn months(&self, column: usize) -> String {
        let from = column * self.column_fold;
        let to = (from + self.column_fold).min(self.months) - 1;
        let (from, to) = (self.first.plus(from), self.first.plus(to));
        if from == to { from.to_string() } else { format!("{from} to {to}") }
    }
}

impl HeatMap {
    /// As SVG.
    #[must_use]
    pub(crate) fn svg(&self) -> String {
        let months = self.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let Some(first) = self.first.filter(|_| months > 0) else { return self.frame.empty() };
        let column_fold = months.div_ceil(MOST_COLUMNS);
        let columns = months.div_ceil(column_fold);
        let row_fold = self.rows.len().div_ceil(MOST_ROWS.min(MOST_BLOCKS / columns));
        let rows = self.rows.len().div_ceil(row_fold);
        let blocks: Vec<Vec<Block>> = self.rows.chunks(row_fold).map(|rows| fold(rows, columns, column_fold, months)).collect();
        let highest = blocks.iter().flatten().map(|block| block.count).max().unwrap_or(0);
        let levels = bounds(highest);
        let mut sheet = self.frame.sheet();
        self.legend(&mut sheet, &levels, highest, &blocks);
        let height = (HEIGHT / rows as f64).clamp(2.0, 18.0);
        let area = sheet.area(height * rows as f64, MARGIN + LABELS + 8.0);
        let width = ((area.right - area.left) / columns as f64).min(60.0);
        let area = Area { right: area.left + width * columns as f64, ..area };
        let grid = Grid { area, first, rows, columns, months, row_fold, column_fold, size: (width, height) };
        surfaces(&mut sheet, &grid, &blocks, Paint::Hatch, |block| block.count == 0 && block.not_covered > 0);
        surfaces(&mut sheet, &grid, &blocks, Paint::Dots, |block| block.count == 0 && block.unknown > 0);
        self.counts(&mut sheet, &grid, &blocks, &levels);
        surfaces(&mut sheet, &grid, &blocks, Paint::HatchOver, |block| block.count > 0 && block.not_covered > 0);
        surfaces(&mut sheet, &grid, &blocks, Paint::DotsOver, |block| block.count > 0 && block.unknown > 0);
        lines(&mut sheet, &grid);
        self.labels(&mut sheet, &grid);
        axis::below(&mut sheet, area, &axis::months(first, columns, column_fold, area.left, width));
        let notes = self.notes(&grid);
        sheet.close(&self.summary(&blocks, months), &notes)
    }

    fn legend(&self, sheet: &mut Sheet<'_>, levels: &[u64], highest: u64, blocks: &[Vec<Block>]) {
        let mut entries: Vec<(Swatch, String)> = Vec::new();
        for (at, low) in levels.iter().enumerate() {
            let high = levels.get(at + 1).map_or(highest, |next| next - 1);
            let words = if high == *low { grouped(high) } else { format!("{} to {}", grouped(*low), grouped(high)) };
            let words = if at == 0 { format!("{}: {words}", text::cut(&self.measure, 260.0, 12.0)) } else { words };
            entries.push((Swatch::Surface(Paint::Class(LEVELS[at])), words));
        }
        entries.push((Swatch::Surface(Paint::Class("paper")), "covered, none".to_owned()));
        let has = |test: fn(&Block) -> bool| blocks.iter().flatten().any(test);
        if has(|block| block.not_covered > 0) {
            entries.push((Swatch::Surface(Paint::Hatch), "not covered by logs".to_owned()));
        }
        if has(|block| block.unknown > 0) {
            entries.push((Swatch::Surface(Paint::Dots), "unknown".to_owned()));
        }
        sheet.legend(&entries);
    }

    /// Draws where there was use, each with its words as long as there are not too many.
    fn counts(&self, sheet: &mut Sheet<'_>, grid: &Grid, blocks: &[Vec<Block>], levels: &[u64]) {
        let level = |block: &Block| levels.partition_point(|low| *low <= block.count);
        if blocks.iter().flatten().filter(|block| block.count > 0).count() > MOST_TIPS {
            for (at, class) in LEVELS.iter().enumerate().take(levels.len()) {
                surfaces(sheet, grid, blocks, Paint::Class(class), |block| level(block) == at + 1);
            }
            return;
        }
        for (row, blocks) in blocks.iter().enumerate() {
            for (column, block) in blocks.iter().enumerate().filter(|(_, block)| block.count > 0) {
                let shape = with_class(rect(grid.corner(row, column), grid.size), LEVELS[level(block).saturating_sub(1).min(4)]);
                let words = format!("{}, {}: {}{}", self.name(row, grid), grid.months(column), grouped(block.count), doubts(block));
                sheet.add(with_tip(shape, &words));
            }
        }
    }

    /// The name of a drawn row: of its first, and how many more it holds.
    fn name(&self, row: usize, grid: &Grid) -> String {
        let start = row * grid.row_fold;
        let more = (start + grid.row_fold).min(self.rows.len()) - start - 1;
        let label = self.rows.get(start).map_or("", |row| row.label.as_str());
        if more == 0 { text::cut(label, 400.0, 11.0) } else { format!("{} +{more}", text::cut(label, LABELS - 36.0, 11.0)) }
    }

    /// Labels of as many rows as there is room for.
    fn labels(&self, sheet: &mut Sheet<'_>, grid: &Grid) {
        let step = (13.0 / grid.size.1).ceil().max(1.0) as usize;
        for row in (0..grid.rows).step_by(step) {
            let y = grid.corner(row, 0).1 + (grid.size.1 / 2.0).max(2.0) + 3.5;
            let words = text::cut(&self.name(row, grid), LABELS, 11.0);
            sheet.add(label((grid.area.left - 6.0, y), Anchor::End, "tick", &words));
        }
    }

    fn notes(&self, grid: &Grid) -> Vec<String> {
        let mut notes = Vec::new();
        let all = self.rows.len() as u64;
        if grid.row_fold > 1 {
            let (fold, rows) = (grouped(grid.row_fold as u64), grouped(all));
            let many = text::cut(&self.rows_are.1, 200.0, 11.0);
            notes.push(format!(
                "{rows} {many}: each row sums {fold} of them in their order, named by the first. It is hatched or dotted where that holds of any of them."
            ));
        }
        if grid.column_fold > 1 {
            notes.push(format!("Each column sums {} months.", grouped(grid.column_fold as u64)));
        }
        notes
    }

    fn summary(&self, blocks: &[Vec<Block>], months: usize) -> String {
        let sum = |of: fn(&Block) -> usize| grouped(blocks.iter().flatten().map(of).sum::<usize>() as u64);
        let uses = blocks.iter().flatten().fold(0u64, |sum, block| sum.saturating_add(block.count));
        let [covered, not_covered, unknown] = [sum(|block| block.covered), sum(|block| block.not_covered), sum(|block| block.unknown)];
        let rows = counted(self.rows.len() as u64, &self.rows_are.0, &self.rows_are.1);
        let months = counted(months as u64, "month", "months");
        format!(
            "Heat map of {rows} by {months}: {} in all. Cells covered {covered}, not covered {not_covered}, unknown {unknown}.",
            grouped(uses)
        )
    }
}

/// Rows put together, column by column.
fn fold(rows: &[Row], columns: usize, column_fold: usize, months: usize) -> Vec<Block> {
    let mut blocks = vec![Block::default(); columns];
    for row in rows {
        for month in 0..months {
            blocks[month / column_fold].add(row.cells.get(month).copied().unwrap_or(Cell::Unknown));
        }
    }
    blocks
}

/// What is not known of a block, in words.
fn doubts(block: &Block) -> String {
    let all = grouped((block.covered + block.not_covered + block.unknown) as u64);
    let part = |count: usize, words: &str| if count > 0 { format!("; {} of {all} {words}", grouped(count as u64)) } else { String::new() };
    part(block.not_covered, "not covered") + &part(block.unknown, "unknown")
}

/// The lowest count of each level, for counts up to a highest.
fn bounds(highest: u64) -> Vec<u64> {
    let bounds: [u64; 5] = match highest {
        0..=5 => [1, 2, 3, 4, 5],
        6..=49 => [1, 2, 5, 10, 20],
        50..=499 => [1, 5, 20, 50, 200],
        500..=4_999 => [1, 10, 50, 200, 1_000],
        5_000..=99_999 => [1, 10, 100, 1_000, 10_000],
        _ => [1, 100, 10_000, 1_000_000, 100_000_000],
    };
    bounds.into_iter().filter(|low| *low <= highest).collect()
}

/// Fills all blocks that fit, neighbours of a row as one.
fn surfaces(sheet: &mut Sheet<'_>, grid: &Grid, blocks: &[Vec<Block>], paint: Paint, fits: impl Fn(&Block) -> bool) {
    let mut trail = Trail::default();
    for (row, blocks) in blocks.iter().enumerate() {
        let mut column = 0;
        for run in blocks.chunk_by(|one, other| fits(one) == fits(other)) {
            if run.first().is_some_and(&fits) {
                trail.block(grid.corner(row, column), (grid.size.0 * run.len() as f64, grid.size.1));
            }
            column += run.len();
        }
    }
    if !trail.is_empty() {
        let path = sheet.painted(trail.path(), paint);
        sheet.add(path);
    }
}

/// Lines between cells, as far as cells are large enough for them.
fn lines(sheet: &mut Sheet<'_>, grid: &Grid) {
    let Area { left, right, top, bottom } = grid.area;
    if grid.size.0 >= 8.0 {
        for column in 1..grid.columns {
            let x = grid.corner(0, column).0;
            sheet.add(line((x, top), (x, bottom), "grid"));
        }
    }
    if grid.size.1 >= 8.0 {
        for row in 1..grid.rows {
            let y = grid.corner(row, 0).1;
            sheet.add(line((left, y), (right, y), "grid"));
        }
    }
    sheet.add(outline(grid.area));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_put_together_keep_what_is_not_covered_and_what_is_unknown() {
        let row = |cells: &[Cell]| Row { label: String::new(), cells: cells.to_vec() };
        let blocks = fold(&[row(&[Cell::Covered(3), Cell::NotCovered]), row(&[Cell::NotCovered])], 2, 1, 2);
        assert_eq!((blocks[0].count, doubts(&blocks[0])), (3, "; 1 of 2 not covered".to_owned()));
        assert_eq!((blocks[1].count, doubts(&blocks[1])), (0, "; 1 of 2 not covered; 1 of 2 unknown".to_owned()));
    }

    #[test]
    fn levels_end_where_the_counts_do() {
        assert_eq!((bounds(0), bounds(3), bounds(7)), (vec![], vec![1, 2, 3], vec![1, 2, 5]));
        assert_eq!(bounds(u64::MAX).len(), 5);
    }
}
