//! `rootline study`.

mod gather;
mod plots;

use super::report::{self, LISTED, count, things};
use super::verify::Given;
use super::window;
use super::{Exit, page};
use anyhow::Context as _;
use chrono::Utc;
use clap::{Args, ValueEnum};
use gather::Gathered;
use rootline::case::Case;
use rootline::error::Error;
use rootline::pattern::Pattern;
use rootline::record::time::{self, Micros, rfc3339};
use rootline::study::{Amount, DAY, Denominator, Figure, Period, Scope, Study as Studied, Terms, Unit, Window, practices};
use rootline::table::{SCHEMA_VERSION, study};
use serde::Serialize;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// Study root use across accounts and years.
#[derive(Debug, Args)]
#[command(
    after_help = "Cases come from `scan`, or from `audit`, which knows what is proven; `incidents` and `detect` add to what they hold. Every figure says what it is divided by: accounts on a list, accounts \
    covered by logs, accounts seen.\n\
    Exit codes: 0 done, 2 could not run, 3 done, but parts of a file could not be used."
)]
pub struct Study {
    /// Folders of cases
    #[arg(value_name = "CASE", required = true)]
    cases: Vec<PathBuf>,
    #[command(flatten)]
    window: window::Window,
    /// How the window is cut
    #[arg(long, value_name = "PERIOD", default_value = "month", value_parser = clap::builder::PossibleValuesParser::new(Period::ALL.map(Period::name)))]
    period: String,
    /// The accounts there are: a list, a CSV, or `aws organizations list-accounts`
    #[arg(long, value_name = "FILE")]
    accounts: Vec<PathBuf>,
    /// IAM credential reports, account summaries, lists of virtual MFA devices, AWS Config exports, accounts of an organisation, service control policies
    #[arg(long, value_name = "FILE", num_args = 1.., alias = "credential-report")]
    state: Vec<PathBuf>,
    /// A metric filter's pattern: which use would have raised an alarm
    #[arg(long, value_name = "PATTERN")]
    pattern: Option<String>,
    /// Which table is shown
    #[arg(long, value_enum, default_value = "metrics")]
    table: Shown,
    /// Write every figure as Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the plots, as SVG, into this folder
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
    /// How it is written to standard output
    #[arg(long, value_enum, default_value = "text")]
    format: Written,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shown {
    /// The figures of all accounts together
    Metrics,
    /// Four bad practices: recent use, access keys, no MFA, no hardware MFA
    Practices,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Written {
    Text,
    Json,
    Csv,
}

/// A figure as it is shown to programs.
#[derive(Debug, Clone, Serialize)]
struct Row {
    metric: String,
    unit: &'static str,
    period: Option<String>,
    group: Option<String>,
    denominator_kind: &'static str,
    value: Option<f64>,
    numerator: Option<u64>,
    denominator: Option<u64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Document<'d> {
    schema_version: &'static str,
    #[serde(serialize_with = "rfc3339::always")]
    from: Micros,
    #[serde(serialize_with = "rfc3339::always")]
    to: Micros,
    period: &'d str,
    given: &'d [Given],
    accounts_listed: u64,
    accounts_covered: u64,
    accounts_seen: u64,
    problems: &'d [String],
    figures: &'d [Row],
}

/// Accounts by the three ways to count them.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    listed: u64,
    covered: u64,
    seen: u64,
}

impl Study {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<Exit> {
        let pattern = self.pattern.as_deref().map(Pattern::parse).transpose();
        let pattern = pattern.map_err(|fault| Error::Pattern { name: "--pattern".to_owned(), fault })?;
        let filter = self.window.filter(Utc::now())?;
        let mut gathered = Gathered::default();
        let mut given = Vec::new();
        for path in &self.cases {
            gathered.case(&Case::open(path)?, pattern.as_ref())?;
        }
        self.accounts.iter().try_for_each(|path| gathered.accounts(path, &mut given))?;
        self.state.iter().try_for_each(|path| gathered.input(path, &mut given))?;
        let Gathered { gathering, first, last, problems, incomplete } = gathered;
        // Whole days, where nobody said from when to when.
        let from = filter.from.or(first.map(|first| first.div_euclid(DAY) * DAY));
        let to = filter.to.or(last.map(|last| (last + DAY - 1).div_euclid(DAY) * DAY));
        let window = from.zip(to).and_then(|(from, to)| Window::new(from, to));
        let window = window.context("no log in the cases tells of a time: give `--from` and `--to`")?;
        let period = Period::ALL.into_iter().find(|period| period.name() == self.period).unwrap_or(Period::Month);
        let population = gathering.population();
        let terms = Terms::new(window, period);
        let studied = Studied::new(&population, &terms);
        let counted = counted(&studied);
        let mut figures = Vec::new();
        let mut seen = plots::Seen::default();
        let mut each = |figure: &Figure<'_>| {
            seen.take(figure);
            // Of all accounts; each account's own are in the table.
            if figure.scope == Scope::Population && !figure.metric.starts_with("used_trailing") {
                figures.push(row(figure));
            }
        };
        match &self.out {
            Some(path) => {
                let file = std::fs::File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
                study::write(&studied, file, path, &mut each)?;
            }
            None => rootline::study::figures(&studied, &mut each),
        }
        if let Some(folder) = &self.plots {
            plots::write(folder, &studied, seen).with_context(|| format!("cannot write to `{}`", folder.display()))?;
        }
        let practices = practices::table(&studied);
        if self.table == Shown::Practices {
            figures = practices.iter().map(practice).collect();
        }
        let document = Document {
            schema_version: SCHEMA_VERSION,
            from: window.from(),
            to: window.to(),
            period: &self.period,
            given: &given,
            accounts_listed: counted.listed,
            accounts_covered: counted.covered,
            accounts_seen: counted.seen,
            problems: &problems,
            figures: &figures,
        };
        match self.format {
            Written::Json => report::show(Some(&report::json(&document)?), false, |_| Ok(()))?,
            Written::Csv => csv(&figures)?,
            Written::Text => report::show(None, false, |out| text(out, &document, &practices, self.table))?,
        }
        Ok(if incomplete { Exit::Incomplete } else { Exit::Clean })
    }
}

fn counted(study: &Studied<'_>) -> Counted {
    let mut counted = Counted::default();
    let whole = (study.terms.window.from(), study.terms.window.to());
    for (_, account) in study.population.accounts() {
        let counts = |kind| u64::from(study.counts(account, kind, whole));
        counted.listed += counts(Denominator::AccountsListed);
        counted.covered += counts(Denominator::AccountsCovered);
        counted.seen += counts(Denominator::AccountsSeen);
    }
    counted
}

fn row(figure: &Figure<'_>) -> Row {
    Row {
        metric: figure.metric.to_owned(),
        unit: figure.unit.name(),
        period: figure.period.map(str::to_owned),
        group: figure.group.map(str::to_owned),
        denominator_kind: figure.denominator_kind.name(),
        value: figure.value,
        numerator: figure.numerator,
        denominator: figure.denominator,
        lower: figure.lower,
        upper: figure.upper,
    }
}

fn practice(row: &practices::Row) -> Row {
    let Amount { value, numerator, denominator, lower, upper } = row.amount();
    Row {
        metric: row.name.to_owned(),
        unit: Unit::Share.name(),
        period: None,
        group: None,
        denominator_kind: Denominator::AccountsKnown.name(),
        value,
        numerator,
        denominator,
        lower,
        upper,
    }
}

fn csv(figures: &[Row]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(BufWriter::new(io::stdout().lock()));
    for figure in figures {
        writer.serialize(figure)?;
    }
    writer.flush()?;
    Ok(())
}

fn text(out: &mut impl Write, document: &Document<'_>, practices: &[practices::Row], shown: Shown) -> io::Result<()> {
    writeln!(out, "window    {} to {}", time::format(document.from), time::format(document.to))?;
    let (listed, covered, seen) = (document.accounts_listed, document.accounts_covered, document.accounts_seen);
    writeln!(out, "accounts  {} on a list, {} covered by logs, {} seen", count(listed), count(covered), count(seen))?;
    for problem in document.problems.iter().take(LISTED) {
        writeln!(out, "          {}", page::clean(problem))?;
    }
    if document.problems.len() > LISTED {
        writeln!(out, "          and {}", things((document.problems.len() - LISTED) as u64, "more problem"))?;
    }
    writeln!(out)?;
    let share = |row: &Row| match (row.value, row.unit) {
        (None, _) => "-".to_owned(),
        (Some(value), "share") => format!("{:.1} %", value * 100.0),
        (Some(value), _) if value.fract() == 0.0 => format!("{value:.0}"),
        (Some(value), _) => format!("{value:.2}"),
    };
    let interval = |row: &Row| match (row.lower, row.upper, row.unit) {
        (Some(lower), Some(upper), "share") => format!("{:.1} to {:.1} %", lower * 100.0, upper * 100.0),
        (Some(lower), Some(upper), _) => format!("{lower:.1} to {upper:.1}"),
        _ => String::new(),
    };
    let mut table = page::table();
    if shown == Shown::Practices {
        table.set_header(["practice", "accounts", "of", "share", "95 % interval", "not asked", "unknown"]);
        for practice_row in practices {
            let row = practice(practice_row);
            let numbers = [row.numerator, row.denominator].map(|number| number.map_or_else(|| "-".to_owned(), count));
            let [yes, of] = numbers;
            let rest = [count(practice_row.not_applicable), count(practice_row.unknown)];
            table.add_row([practice_row.name.to_owned(), yes, of, share(&row), interval(&row)].into_iter().chain(rest));
        }
    } else {
        table.set_header(["metric", "period", "", "value", "of", "95 % interval", "denominator"]);
        for row in document.figures {
            let of = match (row.numerator, row.denominator) {
                (Some(numerator), Some(denominator)) if row.unit == "share" => format!("{} of {}", count(numerator), count(denominator)),
                (_, Some(denominator)) => format!("of {}", count(denominator)),
                _ => String::new(),
            };
            let (period, group) = (row.period.as_deref().unwrap_or(""), page::clean(row.group.as_deref().unwrap_or("")).into_owned());
            let kind = if row.denominator_kind == "none" { "" } else { row.denominator_kind };
            table.add_row([row.metric.clone(), period.to_owned(), group, share(row), of, interval(row), kind.to_owned()]);
        }
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    for conflict in practices.iter().flat_map(|row| row.conflicts.iter().map(move |conflict| (row, conflict))).take(LISTED) {
        let (row, conflict) = conflict;
        let said = |said: &practices::Said| format!("{} says {}", said.source.name(), said.answer.name());
        writeln!(out, "conflict  {} {}: {}, {}", page::clean(&conflict.account), row.name, said(&conflict.counted), said(&conflict.other))?;
    }
    Ok(())
}
