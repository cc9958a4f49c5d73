//! CSV text to rows with named cells.

use super::moment::DayOrder;
use super::reading::Reading;
use csv::{ReaderBuilder, StringRecord};
use std::collections::{BTreeMap, HashMap};
use std::io::Read;

/// A line after the last one. Where it is not a row of its own, the text ends within quotes.
const END: &[u8] = b"\n\x01";

/// A CSV with a header.
pub(super) struct Sheet<'o> {
    /// Places of columns by their plain names; of several with one name the first.
    columns: HashMap<String, usize>,
    rows: Vec<(u64, StringRecord)>,
    /// Our names of columns to the export's.
    map: &'o BTreeMap<String, String>,
}

/// A row of it.
#[derive(Clone, Copy)]
pub(super) struct Row<'s> {
    sheet: &'s Sheet<'s>,
    /// The line in the file.
    pub line: u64,
    record: &'s StringRecord,
}

impl<'o> Sheet<'o> {
    /// Reads a text, cells parted by `,`, `;` or a tab. Rows that do not fit the header are problems. `None` where there is no header.
    pub(super) fn read(text: &str, reading: &mut Reading<'o>) -> Option<Self> {
        let mut builder = ReaderBuilder::new();
        builder.flexible(true).has_headers(false).delimiter(delimiter(text.trim_start()));
        let mut records = builder.from_reader(text.as_bytes().chain(END)).into_records().filter_map(Result::ok);
        let header = records.next().filter(|header| !header.iter().any(|cell| cell.contains('\x01')))?;
        let mut columns = HashMap::new();
        for (place, name) in header.iter().enumerate() {
            columns.entry(plain(name)).or_insert(place);
        }
        let mut line = Line::default();
        let mut rows: Vec<_> = records.map(|record| (line.of(text, &record), record)).collect();
        if let Some((line, last)) = rows.pop()
            && last != ["\x01"][..]
        {
            reading.truncated(format!("the row of line {line} ends within quotes"));
        } else if !text.ends_with(['\n', '\r']) && rows.last().is_some_and(|(_, last)| last.len() < header.len()) {
            reading.truncated("the last row is cut off".to_owned());
            rows.pop();
        }
        // Some tools leave out empty cells at the end, so fewer is not a fault.
        rows.retain(|(line, record)| {
            let fits = record.iter().skip(header.len()).all(str::is_empty);
            if !fits {
                reading.problem_at(*line, format!("{} cells, and {} columns", record.len(), header.len()));
            }
            fits
        });
        Some(Self { columns, rows, map: &reading.options.map })
    }

    /// Whether there is a column of this plain name.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// The plain names of all columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = &String> {
        self.columns.keys()
    }

    /// The plain name of the export's column that is mapped to one of ours.
    pub(super) fn mapped(&self, ours: &str) -> Option<String> {
        self.map.get(ours).map(|theirs| plain(theirs))
    }

    /// Names the columns that are mapped and not there.
    pub(super) fn check_map(&self, reading: &mut Reading<'_>) {
        for (ours, theirs) in self.map.iter().filter(|(_, theirs)| !self.has(&plain(theirs))) {
            reading.problem_at(1, format!("no column `{theirs}`, to which `{ours}` is mapped"));
        }
    }

    /// In the order of the file.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { sheet: self, line: *line, record })
    }

    /// The order of days and months in the times of some columns.
    pub(super) fn day_order(&self, columns: &[&str]) -> Option<DayOrder> {
        let places: Vec<usize> = columns.iter().filter_map(|column| self.columns.get(*column).copied()).collect();
        DayOrder::of(self.rows.iter().flat_map(|(_, record)| places.iter().filter_map(|place| record.get(*place))))
    }
}

impl<'s> Row<'s> {
    /// The first of some columns that is not empty.
    pub(super) fn cell(self, columns: &[&str]) -> Option<&'s str> {
        let mut cells = columns.iter().filter_map(|column| Some(self.record.get(*self.sheet.columns.get(*column)?)?.trim()));
        cells.find(|cell| !cell.is_empty())
    }
}

/// Counts lines. The reader's own count takes the line feed of a CRLF as a part of the next row.
#[derive(Default)]
struct Line {
    start: usize,
    feeds: u64,
}

impl Line {
    /// The line that a row starts in, from 1. Rows come in order.
    fn of(&mut self, text: &str, record: &StringRecord) -> u64 {
        let byte = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.start);
        let rest = text.as_bytes().get(byte..).unwrap_or_default();
        let start = byte + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = text.as_bytes().get(self.start..start).unwrap_or_default();
        self.feeds += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.start = self.start.max(start);
        self.feeds + 1
    }
}

/// A column's name without its capitals, blanks and points: `Short description` is `short_description`.
fn plain(name: &str) -> String {
    let name = name.trim().trim_start_matches('\u{feff}').chars();
    name.map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '_' }).collect()
}

/// What the header's cells are parted by: what is most often there outside of quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0u32), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.lines().next().unwrap_or_default().bytes() {
        quoted ^= byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += u32::from(byte == *delimiter && !quoted);
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}
