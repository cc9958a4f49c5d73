//! `rootline study`.

mod plots;
mod population;

use super::alarms::Alarms;
use super::bucket::is_remote;
use super::detect::said;
use super::gather::{self, Gathering};
use super::reading::{Format, Reading, Start, is_stdin};
use super::report::{self, LISTED, count, things};
use super::review::Flags;
use super::verify::Given;
use super::window::moment_or_day;
use super::{Exit, page, plan};
use crate::case::Case;
use crate::case::table::SCHEMA_VERSION;
use crate::cli::progress::Bar;
use crate::error::Error;
use crate::evidence::filter::Filter;
use crate::evidence::record::time::{self, Micros, rfc3339};
use crate::review::replay::Alarm;
use crate::study::inputs::{Denial, Policy};
use crate::study::table as study;
use crate::study::{Amount, DAY, Denominator, Figure, Period, Scope, Study as Studied, Terms, Unit, Window, practices};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use population::{Asked, Gathered, Unused};
use serde::Serialize;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Study root use across accounts and years.
#[derive(Debug, Args)]
#[command(
    after_help = "Reads finished cases, and evidence into a case of its own. Cases come from `scan`, or from `audit`, which knows what is proven; `incidents` and `detect` add to what \
    they hold, and what several cases have counts once. Every figure says what it is divided by: accounts on a list, accounts covered by logs, accounts seen.\n\
    A figure that is only known to be that much at least is marked (`at least`, lower_bound): some of its denominator was not seen on nine days of ten.\n\
    Exit codes: 0 done, 2 could not run, 3 done, but evidence was lost, no account is covered, or a file or part of one could not be used."
)]
pub(super) struct Study {
    /// The folder that a case of the evidence goes to; made if it is not there. Not for finished cases
    #[arg(long, value_name = "DIR")]
    case: Option<PathBuf>,
    /// How the window is cut
    #[arg(long, value_name = "PERIOD", default_value = "month", value_parser = clap::builder::PossibleValuesParser::new(Period::ALL.map(Period::name)))]
    period: String,
    /// The accounts there are: a list, a CSV, or `aws organizations list-accounts`
    #[arg(long, value_name = "FILE")]
    accounts: Vec<PathBuf>,
    /// IAM credential reports, account summaries, lists of virtual MFA devices, AWS Config exports; the accounts of an organisation with its service
    /// control policies and their targets
    #[arg(long, value_name = "FILE", num_args = 1.., alias = "credential-report")]
    state: Vec<PathBuf>,
    /// The date of states that do not say when they were so: a day, or a time. Files are never dated by when they were last written
    #[arg(long, value_name = "TIME", value_parser = moment_or_day)]
    state_date: Option<Micros>,
    /// How far outside the window a state may lie and still count
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = humantime::parse_duration)]
    state_grace: std::time::Duration,
    #[command(flatten)]
    alarms: Alarms,
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
    /// No progress bar
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    review: Flags,
    #[command(flatten)]
    reading: Reading,
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
    /// Whether the value is the least that it can be.
    lower_bound: bool,
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
    /// Accounts on a list that are closed, suspended, not activated or joined later, and of which nothing was seen in the window.
    accounts_not_expected: u64,
    accounts_covered: u64,
    accounts_seen: u64,
    problems: &'d [String],
    /// States of accounts that were not used, and why.
    states_unused: &'d [Unused],
    policies: Vec<Denying<'d>>,
    figures: &'d [Row],
}

/// A service control policy, and whether it takes everything from root.
#[derive(Debug, Serialize)]
struct Denying<'d> {
    policy: &'d str,
    name: Option<&'d str>,
    /// `null` where that cannot be told.
    denies_root: Option<bool>,
    reason: String,
    /// What it is attached to, as far as that was given.
    targets: Option<usize>,
}

/// Accounts by the three ways to count them.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    not_expected: u64,
    listed: u64,
    covered: u64,
    seen: u64,
}

impl Study {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let start = Start::now();
        let filter = self.reading.filter(&start)?;
        anyhow::ensure!(filter.regions.is_empty(), "root may have been used in any region; a study is of all of them");
        let mut given = Vec::new();
        let chains = self.alarms.chains(&Alarm::default(), &mut given)?;
        // Files come before evidence, so that a mistyped path shows before the long work.
        let mut gathered = Gathered::default();
        self.accounts.iter().try_for_each(|path| gathered.accounts(path, &mut given))?;
        self.state.iter().try_for_each(|path| gathered.input(path, self.state_date, &mut given))?;
        let bar = Bar::new(self.quiet);
        let cases = match self.cases(&start, &filter, &bar).inspect_err(|_| bar.finish())? {
            Ok(cases) => cases,
            Err(planned) => return Ok(planned),
        };
        bar.say("studying");
        let asked = Asked { flags: &self.review, filter: &filter, alarms: &self.alarms, chains: &chains };
        gathered.cases(&cases, &asked).inspect_err(|_| bar.finish())?;
        bar.finish();
        // Whole days, where nobody said from when to when.
        let from = filter.from.or(gathered.first.map(|first| first.div_euclid(DAY) * DAY));
        let to = filter.to.or(gathered.last.map(|last| (last + DAY - 1).div_euclid(DAY) * DAY));
        let window = from.zip(to).and_then(|(from, to)| Window::new(from, to));
        let Some(window) = window else {
            return nothing(&gathered.problems, self.format);
        };
        let grace = Micros::try_from(self.state_grace.as_micros()).unwrap_or(Micros::MAX);
        let states_unused = gathered.states((window.from(), window.to()), grace);
        let Gathered { gathering, mut problems, mut incomplete, .. } = gathered;
        incomplete |= !states_unused.is_empty();
        let period = Period::ALL.into_iter().find(|period| period.name() == self.period).unwrap_or(Period::Month);
        // Lists and states of accounts that are not asked for count no more than their records.
        let population = gathering.population().with_accounts(|account| filter.accounts.is_empty() || filter.accounts.contains(account));
        let terms = Terms { grace, ..Terms::new(window, period) };
        let studied = Studied::new(&population, &terms);
        let counted = counted(&studied);
        if counted.covered == 0 {
            incomplete = true;
            problems.push("no account is covered by logs of the window, so of none it is known that root was not used".to_owned());
        }
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
            None => crate::study::figures(&studied, &mut each),
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
            accounts_not_expected: counted.not_expected,
            accounts_covered: counted.covered,
            accounts_seen: counted.seen,
            problems: &problems,
            states_unused: &states_unused,
            policies: population.policies().iter().map(denying).collect(),
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

impl Study {
    /// The cases that were given; evidence becomes one of them, or is only planned.
    fn cases(&self, start: &Start, filter: &Filter, bar: &Bar) -> anyhow::Result<Result<Vec<Case>, Exit>> {
        let mut cases = Vec::new();
        let mut evidence = Vec::new();
        for path in self.reading.evidence() {
            match Case::open(path) {
                Ok(case) => cases.push(case),
                Err(_) => evidence.push(path.clone()),
            }
        }
        if evidence.is_empty() {
            anyhow::ensure!(
                self.case.is_none() && !self.reading.dry_run,
                "finished cases are studied as they are; `--case` and `--dry-run` are for evidence"
            );
            return Ok(Ok(cases));
        }
        if let Some(path) = evidence.iter().find(|path| !is_remote(path) && !is_stdin(path) && !path.exists()) {
            return Err(Error::NoEvidence { path: path.clone(), source: std::io::ErrorKind::NotFound.into() }.into());
        }
        let folder = match (&self.case, self.reading.dry_run) {
            (Some(folder), _) => folder.as_path(),
            (None, true) => Path::new(""),
            (None, false) => {
                anyhow::bail!("`{}` is not a finished case: give the folder for one with `--case DIR`", evidence[0].display())
            }
        };
        let sources = self.reading.sources_of(&evidence, folder, filter)?;
        if self.reading.dry_run {
            return plan::show(&sources, filter, if self.format == Written::Json { Format::Json } else { Format::Text }).map(Err);
        }
        let config = self.reading.config(start, folder)?;
        gather::gather(Gathering { reading: &self.reading, config, start, folder, rescan: false, sources: &sources }, bar, |_, _, _| {
            Ok(())
        })?;
        cases.push(Case::open(folder)?);
        Ok(Ok(cases))
    }
}

/// Says of cases that hold nothing with a time that there is nothing to study.
fn nothing(problems: &[String], format: Written) -> anyhow::Result<Exit> {
    #[derive(Serialize)]
    struct Nothing<'p> {
        schema_version: &'static str,
        problems: &'p [String],
    }
    let json = report::json(&Nothing { schema_version: SCHEMA_VERSION, problems })?;
    report::show((format == Written::Json).then_some(&json[..]), format == Written::Csv, |out| {
        writeln!(out, "nothing   no log in the cases tells of a time, so there is nothing to study")?;
        problems.iter().take(LISTED).try_for_each(|problem| writeln!(out, "          {}", page::clean(problem)))
    })?;
    Ok(Exit::Incomplete)
}

fn counted(study: &Studied<'_>) -> Counted {
    let mut counted = Counted::default();
    let whole = (study.terms.window.from(), study.terms.window.to());
    for (_, account) in study.population.accounts() {
        let counts = |kind| u64::from(study.counts(account, kind, whole));
        counted.listed += counts(Denominator::AccountsListed);
        counted.not_expected += u64::from(account.is_listed && !account.is_listed_in(whole));
        counted.covered += counts(Denominator::AccountsCovered);
        counted.seen += counts(Denominator::AccountsSeen);
    }
    counted
}

fn denying(policy: &Policy) -> Denying<'_> {
    let Denial { denies_root, reason } = policy.denial();
    let targets = policy.targets.as_ref().map(Vec::len);
    Denying { policy: &policy.id, name: policy.name.as_deref(), denies_root, reason, targets }
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
        lower_bound: figure.lower_bound,
    }
}

fn practice(row: &practices::Row) -> Row {
    let Amount { value, numerator, denominator, lower, upper } = row.amount();
    Row {
        metric: row.name.to_owned(),
        unit: Unit::Share.name(),
        period: None,
        group: None,
        denominator_kind: row.denominator().name(),
        value,
        numerator,
        denominator,
        lower,
        upper,
        lower_bound: row.is_lower_bound(),
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

/// Whether anything is known of a figure.
fn is_told(row: &Row) -> bool {
    row.value.is_some() || row.denominator.is_some_and(|of| of > 0)
}

fn text(out: &mut impl Write, document: &Document<'_>, practices: &[practices::Row], shown: Shown) -> io::Result<()> {
    writeln!(out, "window    {} to {}", time::format(document.from), time::format(document.to))?;
    let (listed, covered, seen) = (document.accounts_listed, document.accounts_covered, document.accounts_seen);
    writeln!(out, "accounts  {} on a list, {} covered by logs, {} seen", count(listed), count(covered), count(seen))?;
    if document.accounts_not_expected > 0 {
        let accounts = things(document.accounts_not_expected, "account");
        writeln!(
            out,
            "          {accounts} more on a list, closed, suspended, not activated or joined later, and nothing was seen of them: not counted"
        )?;
    }
    for problem in document.problems.iter().take(LISTED) {
        writeln!(out, "          {}", page::clean(problem))?;
    }
    if document.problems.len() > LISTED {
        writeln!(out, "          and {}", things((document.problems.len() - LISTED) as u64, "more problem"))?;
    }
    for (number, unused) in document.states_unused.iter().take(LISTED).enumerate() {
        let Unused { file, accounts, reason } = unused;
        let heading = if number == 0 { "not used" } else { "" };
        writeln!(out, "{heading:<10}{}, {}: {}", page::clean(file), things(*accounts, "account"), page::clean(reason))?;
    }
    if document.states_unused.len() > LISTED {
        writeln!(out, "          and {} more, in `--format json`", count((document.states_unused.len() - LISTED) as u64))?;
    }
    writeln!(out)?;
    let share = |row: &Row| match (row.value, row.unit) {
        (None, _) => "-".to_owned(),
        (Some(value), "share") if row.lower_bound => format!("at least {:.1} %", value * 100.0),
        (Some(value), "share") => format!("{:.1} %", value * 100.0),
        (Some(value), "seconds") => said(Some(value)),
        (Some(value), "count") if row.lower_bound => format!("at least {}", count(value as u64)),
        (Some(value), _) if value.fract() == 0.0 && value >= 0.0 => count(value as u64),
        (Some(value), _) => format!("{value:.2}"),
    };
    let interval = |row: &Row| match (row.lower, row.upper, row.unit) {
        (Some(lower), Some(upper), "share") => format!("{:.1} to {:.1} %", lower * 100.0, upper * 100.0),
        (Some(lower), None, "share") if row.lower_bound => format!("{:.1} % or more", lower * 100.0),
        (Some(lower), Some(upper), "seconds") => format!("{} to {}", said(Some(lower)), said(Some(upper))),
        (Some(lower), Some(upper), _) => format!("{lower:.1} to {upper:.1}"),
        _ => String::new(),
    };
    let mut table = page::table();
    if shown == Shown::Practices {
        table.set_header(["practice", "accounts", "of", "share", "95 % interval", "not applicable", "unknown"]);
        for practice_row in practices {
            let row = practice(practice_row);
            let numbers = [row.numerator, row.denominator].map(|number| number.map_or_else(|| "-".to_owned(), count));
            let [yes, of] = numbers;
            let rest = [count(practice_row.not_applicable), count(practice_row.unknown)];
            table.add_row([practice_row.name.to_owned(), yes, of, share(&row), interval(&row)].into_iter().chain(rest));
        }
    } else {
        table.set_header(["metric", "period", "", "value", "of", "95 % interval", "denominator"]);
        let mut last = "";
        for row in document.figures.iter().filter(|row| is_told(row)) {
            let metric = if row.metric == last { "" } else { &row.metric };
            last = &row.metric;
            let of = match (row.numerator, row.denominator) {
                (Some(numerator), Some(denominator)) if row.unit == "share" => format!("{} of {}", count(numerator), count(denominator)),
                (_, Some(denominator)) => format!("of {}", count(denominator)),
                _ => String::new(),
            };
            let (period, group) = (row.period.as_deref().unwrap_or(""), page::clean(row.group.as_deref().unwrap_or("")).into_owned());
            let kind = if row.denominator_kind == "none" { "" } else { row.denominator_kind };
            table.add_row([metric.to_owned(), period.to_owned(), group, share(row), of, interval(row), kind.to_owned()]);
        }
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    let untold = document.figures.iter().filter(|row| shown == Shown::Metrics && !is_told(row)).count() as u64;
    if untold > 0 {
        writeln!(out, "{} of which nothing is known left out; `--format csv` has them", things(untold, "figure"))?;
    }
    for (number, policy) in document.policies.iter().enumerate() {
        let heading = if number == 0 { "\npolicies  " } else { "          " };
        let denies = policy.denies_root.map_or("may deny root", |denies| if denies { "denies root" } else { "does not deny root" });
        let attached =
            policy.targets.map_or_else(|| "to what is not known".to_owned(), |targets| format!("to {}", things(targets as u64, "target")));
        let name = page::clean(policy.name.unwrap_or(policy.policy));
        writeln!(out, "{heading}{name} {denies}: {}; attached {attached}", page::clean(&policy.reason))?;
    }
    for conflict in practices.iter().flat_map(|row| row.conflicts.iter().map(move |conflict| (row, conflict))).take(LISTED) {
        let (row, conflict) = conflict;
        let said = |said: &practices::Said| format!("{} says {}", said.source.name(), said.answer.name());
        writeln!(out, "conflict  {} {}: {}, {}", page::clean(&conflict.account), row.name, said(&conflict.counted), said(&conflict.other))?;
    }
    Ok(())
}
