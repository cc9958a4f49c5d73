//! `rootline show`.

use super::basis::Basis;
use super::held;
use super::window::Window;
use super::{Exit, page};
use crate::case::table::{Cell, Table};
use crate::case::{Case, TIMELINE};
use crate::evidence::filter::Filter;
use crate::evidence::record::time;
use crate::root::Class;
use chrono::Utc;
use clap::{Args, ValueEnum};
use comfy_table::{Cell as Shown, Color};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;

/// Show the timeline of a case.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done, 2 could not run, also where the case does not hold the account or the window asked for, 3 there is nothing to show, and the case holds no record or lost evidence."
)]
pub(super) struct Show {
    /// The folder of the case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    #[command(flatten)]
    window: Window,
    /// Only this class (repeatable)
    #[arg(long, value_name = "CLASS", value_parser = clap::builder::PossibleValuesParser::new(Class::ALL.map(Class::name)))]
    class: Vec<String>,
    /// Only activities that count as use of root
    #[arg(long)]
    usage_only: bool,
    /// At most this many rows
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// A table for people, or all columns for programs
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Jsonl,
}

impl Show {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let case = Case::open(&self.case)?;
        let filter = self.window.filter(Utc::now())?;
        held::check(&case, &filter)?;
        let basis = Basis::of(&case)?;
        let timeline = Table::read(&case.file(TIMELINE))?;
        let all: Vec<usize> = (0..timeline.len()).filter(|row| self.admits(&filter, &timeline, *row)).collect();
        let rows = &all[..self.limit.unwrap_or(all.len()).min(all.len())];
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            Format::Table => {
                people(&mut out, &timeline, rows)?;
                if rows.is_empty() {
                    writeln!(out, "no activities")?;
                } else if rows.len() < all.len() {
                    writeln!(out, "{} of {} activities", rows.len(), all.len())?;
                }
            }
            Format::Csv => csv(&mut out, &timeline, rows)?,
            Format::Jsonl => jsonl(&mut out, &timeline, rows)?,
        }
        out.flush()?;
        if rows.is_empty() && !basis.is_whole() {
            // Not among the rows, which are for programs too.
            basis.write(&mut io::stderr())?;
            return Ok(Exit::Incomplete);
        }
        Ok(Exit::Clean)
    }

    fn admits(&self, filter: &Filter, timeline: &Table, row: usize) -> bool {
        let account = timeline.text("account_id", row).unwrap_or_default();
        let affected: Vec<String> =
            timeline.text("affected_account_ids", row).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let concerned = affected.iter().map(String::as_str).chain([account]);
        filter.admits_any(timeline.time("event_time", row), concerned, timeline.text("region", row))
            && (self.class.is_empty() || timeline.text("class", row).is_some_and(|class| self.class.iter().any(|wanted| wanted == class)))
            && (!self.usage_only || timeline.bool("usage", row) == Some(true))
    }
}

/// Columns for people, the most important first.
const COLUMNS: [(&str, u16); 11] = [
    ("time", 20),
    ("event", 34),
    ("class", 18),
    ("account", 12),
    ("source", 39),
    ("outcome", 7),
    ("credential", 13),
    ("mfa", 3),
    ("region", 14),
    ("phase", 20),
    ("agent", 60),
];

/// The order in which they stand.
const ORDER: [usize; 11] = [0, 3, 8, 2, 1, 5, 4, 6, 7, 9, 10];

fn people(out: &mut impl Write, timeline: &Table, rows: &[usize]) -> io::Result<()> {
    let cells: Vec<[String; COLUMNS.len()]> = rows.iter().map(|row| line(timeline, *row)).collect();
    let natural = |column: usize| {
        let widest = cells.iter().map(|line| line[column].width()).max().unwrap_or(0);
        u16::try_from(widest).unwrap_or(u16::MAX).min(COLUMNS[column].1).max(u16::try_from(COLUMNS[column].0.len()).unwrap_or(0))
    };
    // The most important columns that fit beside each other; all of them where there is no width.
    let mut room = page::width().unwrap_or(u16::MAX);
    let mut fits = [false; COLUMNS.len()];
    for (column, fit) in fits.iter_mut().enumerate() {
        let needed = natural(column).saturating_add(2);
        *fit = column == 0 || needed <= room;
        room = room.saturating_sub(if *fit { needed } else { 0 });
    }
    let columns: Vec<usize> = ORDER.into_iter().filter(|column| fits[*column]).collect();
    let mut table = page::table();
    table.set_header(columns.iter().map(|column| COLUMNS[*column].0));
    for line in &cells {
        let colour = colour(&line[2]);
        table.add_row(columns.iter().map(|column| {
            let cell = Shown::new(shorten(&line[*column], COLUMNS[*column].1.into()));
            match colour.filter(|_| matches!(*column, 1 | 2)) {
                Some(colour) => cell.fg(colour),
                None => cell,
            }
        }));
    }
    if !rows.is_empty() {
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

/// The cells of one row, in the order of [`COLUMNS`].
fn line(timeline: &Table, row: usize) -> [String; COLUMNS.len()] {
    let text = |column: &str| page::clean(timeline.text(column, row).unwrap_or("-")).into_owned();
    let source = text("event_source");
    let event = format!("{} {}", source.strip_suffix(".amazonaws.com").unwrap_or(&source), text("event_name"));
    let mfa = match timeline.bool("mfa", row) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    };
    [
        timeline.time("event_time", row).map_or_else(|| "(no time)".to_owned(), time::format),
        event,
        text("class"),
        text("account_id"),
        text("source_ip"),
        text("outcome"),
        text("credential"),
        mfa.to_owned(),
        text("region"),
        text("phase"),
        text("user_agent"),
    ]
}

/// Use of root stands out, attempts and other principals a little, noise steps back.
fn colour(class: &str) -> Option<Color> {
    match class {
        "sign_in" | "direct" | "via_service" | "federated" | "privileged_session" => Some(Color::Red),
        "attempt" | "about_root" => Some(Color::Yellow),
        _ => Some(Color::DarkGrey),
    }
}

/// Cuts a text to a width, with a mark where something is missing.
fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for symbol in text.chars() {
        if cut.width() + symbol.to_string().width() + 1 > width {
            break;
        }
        cut.push(symbol);
    }
    cut.push('\u{2026}');
    cut
}

fn csv(out: &mut impl Write, timeline: &Table, rows: &[usize]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let names = timeline.names();
    writer.write_record(&names).map_err(io_error)?;
    for row in rows {
        let cells = names.iter().map(|name| match timeline.cell(name, *row) {
            Cell::Null => String::new(),
            Cell::Text(text) => defused(&page::clean_cell(text)),
            Cell::Bool(truth) => truth.to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Real(number) => number.to_string(),
            Cell::Time(micros) => time::format(micros),
        });
        writer.write_record(cells).map_err(io_error)?;
    }
    writer.flush()?;
    Ok(())
}

/// A cell that a spreadsheet would take for a formula gets a quote before it.
fn defused(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn io_error(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => anyhow::anyhow!("cannot write CSV: {other:?}"),
    }
}

fn jsonl(out: &mut impl Write, timeline: &Table, rows: &[usize]) -> anyhow::Result<()> {
    let names = timeline.names();
    for row in rows {
        let object: serde_json::Map<String, serde_json::Value> = names
            .iter()
            .map(|name| {
                let value = match timeline.cell(name, *row) {
                    Cell::Null => serde_json::Value::Null,
                    Cell::Text(text) => text.into(),
                    Cell::Bool(truth) => truth.into(),
                    Cell::Number(number) => number.into(),
                    Cell::Real(number) => number.into(),
                    Cell::Time(micros) => time::format(micros).into(),
                };
                ((*name).to_owned(), value)
            })
            .collect();
        writeln!(out, "{}", page::clean_json(&serde_json::to_string(&object)?))?;
    }
    Ok(())
}
