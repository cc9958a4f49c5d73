//! `rootline detect`.

mod text;

pub(super) use text::said;

use crate::case::table::{Cell, SCHEMA_VERSION, Table};
use crate::case::{ALERTS, Case, DETECTION, DETECTION_REPORT, MANIFEST, REVIEWED};
use crate::cli::Exit;
use crate::cli::basis::Basis;
use crate::cli::reading::Format;
use crate::cli::report::{self};
use crate::cli::review::{self, Flags, Kept, writable};
use crate::cli::verify::Given;
use crate::cli::window::{account, to};
use crate::evidence::filter::Filter;
use crate::evidence::record::time::{Micros, rfc3339};
use crate::evidence::source::key::is_account;
use crate::review::detect::alerts::{self, Alert, Import};
use crate::review::detect::metrics::{self, METRICS};
use crate::review::detect::{Answer, Matching, Outcome, Terms};
use crate::review::session::{Entry, Incident, Review, entries};
use crate::review::table::{detection, incidents::seconds};
use crate::statistics::Amount;
use anyhow::Context as _;
use chrono_tz::Tz;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Measure how long root use went unnoticed.
#[derive(Debug, Args)]
#[command(
    after_help = "Alerts: GuardDuty findings, Security Hub findings, CloudWatch `describe-alarm-history`, EventBridge and SNS deliveries, PagerDuty incidents and log entries, \
    Opsgenie alerts, ServiceNow CSV, or CSV / JSON lines with the columns id, account, raised_at, acknowledged_at, resolved_at, acknowledged_by, acknowledged_by_kind, resolved_by, resolved_by_kind, event_id, event_time, source_ip, \
    access_key_id, title, kind. The format is told by the content.\n\
    Without alerts it says how soon logs were delivered, which no detection from logs can beat. Adds detection.parquet, alerts.parquet and detection.json to the case, and fills incidents.parquet.\n\
    Exit codes: 0 done, 2 could not run, 3 done, but an export is not whole or parts of it could not be used, an incident is undecided, or the case has no use of root to measure."
)]
pub(super) struct Detect {
    /// The folder of the case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Exports of alerts or tickets
    #[arg(long, value_name = "FILE", num_args = 1..)]
    alerts: Vec<PathBuf>,
    /// An alert may come this long after the last record of what it is about
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = humantime::parse_duration)]
    match_window: Duration,
    /// Clocks may differ by this: an alert may be that much before what it is about
    #[arg(long, value_name = "SPAN", default_value = "2m", value_parser = humantime::parse_duration)]
    skew: Duration,
    /// Within this, root use should be acknowledged
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = humantime::parse_duration)]
    objective: Duration,
    /// The zone of times that have none, as `Europe/Madrid` or `UTC`
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    alert_timezone: Option<Tz>,
    /// The account that all alerts are about which name none themselves, whatever account their alarm, topic or bus is in
    #[arg(long, value_name = "ID", value_parser = account)]
    alert_account: Option<String>,
    /// Alarms and topics are central: their account is not the one that they are about
    #[arg(long)]
    organisation: bool,
    /// Our name of a column and the export's: `raised_at=Opened` (repeatable)
    #[arg(long, value_name = "OURS=THEIRS", value_parser = pair)]
    map: Vec<(String, String)>,
    /// An alert that does not say what it is about counts when this word is in it (repeatable) [default: root]
    #[arg(long, value_name = "WORD")]
    about: Vec<String>,
    /// Take every alert for one about root
    #[arg(long, conflicts_with = "about")]
    any_alert: bool,
    /// Until when logs and exports show what happened [default: the last time in them]
    #[arg(long, value_name = "TIME", value_parser = to)]
    until: Option<Micros>,
    #[command(flatten)]
    flags: Flags,
    /// How the figures are written to standard output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write nothing to standard output
    #[arg(long, short)]
    quiet: bool,
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "no zone of that name; write `Europe/Madrid` or `UTC`".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (ours, theirs) = text.split_once('=').ok_or("write our name of the column, `=`, and the export's")?;
    Ok((ours.trim().to_owned(), theirs.trim().to_owned()))
}

fn micros(span: Duration) -> Micros {
    Micros::try_from(span.as_micros()).unwrap_or(Micros::MAX)
}

/// A file of alerts and what was in it.
#[derive(Debug, Serialize)]
struct Imported {
    #[serde(flatten)]
    file: Given,
    formats: Vec<&'static str>,
    alerts: u64,
    truncated: Option<String>,
    problems: Vec<String>,
}

/// An alert and why it stands where it stands.
#[derive(Debug, Serialize)]
struct Told<'a> {
    vendor: &'static str,
    id: &'a str,
    kind: &'a str,
    title: &'a str,
    account_id: Option<&'a str>,
    #[serde(serialize_with = "rfc3339::maybe")]
    raised: Option<Micros>,
    why: &'static str,
    says: &'static str,
    notes: Vec<&'static str>,
}

impl<'a> Told<'a> {
    fn new(alert: &'a Alert, why: &'static str, says: &'static str) -> Self {
        Self {
            vendor: alert.vendor.name(),
            id: &alert.id,
            kind: &alert.kind,
            title: &alert.title,
            account_id: alert.account.as_deref(),
            raised: alert.raised.or(alert.first_seen),
            why,
            says,
            notes: alert.notes.iter().map(|note| note.sentence()).collect(),
        }
    }
}

/// An incident and what the alerts make of it.
#[derive(Debug, Serialize)]
struct Answered<'a> {
    incident_id: &'a str,
    account_id: &'a str,
    #[serde(serialize_with = "rfc3339::maybe")]
    first_use: Option<Micros>,
    #[serde(serialize_with = "rfc3339::maybe")]
    first_delivery: Option<Micros>,
    #[serde(flatten)]
    answer: Option<&'a Answer>,
    delivery_latency_seconds: Option<f64>,
    time_to_alert_seconds: Option<f64>,
    time_to_detect_seconds: Option<f64>,
    time_to_remediate_seconds: Option<f64>,
    matched: Vec<Told<'a>>,
}

#[derive(Debug, Serialize)]
struct Measured {
    metric: &'static str,
    definition: &'static str,
    unit: &'static str,
    value: Option<f64>,
    numerator: Option<u64>,
    denominator: Option<u64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

/// `detection.json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema_version: &'static str,
    review: &'a Kept,
    match_window_seconds: f64,
    skew_seconds: f64,
    objective_seconds: f64,
    about: &'a [String],
    #[serde(serialize_with = "rfc3339::always")]
    until: Micros,
    imports: &'a [Imported],
    alerts: u64,
    copies: u64,
    incidents: Vec<Answered<'a>>,
    unmatched: Vec<Told<'a>>,
    figures: Vec<Measured>,
    why_two_medians: &'static str,
}

const TWO_MEDIANS: &str = "The plain quantiles know only the incidents that were taken up, so they look better the more are missed. The Kaplan-Meier median counts an incident that nobody \
    took up as undetected for as long as logs and exports show; it is undefined where more than half were not taken up.";

/// All that was worked out.
struct Detected<'a, 't> {
    imports: &'a [Imported],
    alerts: &'a [Alert],
    copies: u64,
    review: &'a Review<'t>,
    matching: &'a Matching,
    answers: &'a [Answer],
    terms: metrics::Terms,
}

impl Detect {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let case = Case::open(&self.case)?;
        let basis = Basis::of(&case)?;
        let accounts = self.alert_account.iter().cloned().collect();
        super::held::check(&case, &Filter { accounts, ..Filter::default() })?;
        let kept = self.flags.terms(Some(&case))?;
        let terms = self.terms(&case)?;
        let (imports, alerts, copies) = self.imports()?;
        let update = writable(&case)?;
        let timeline = review::timeline_of(&case)?;
        let entries = entries(&timeline);
        let review = Review::new(&entries, &kept.terms());
        let matching = Matching::new(&alerts, &review.incidents, &entries, &terms);
        let answer = |(number, incident)| Answer::new(number, incident, &alerts, &matching, &terms);
        // Without any export nothing is known of detection; that is not the same as undetected.
        let answers: Vec<Answer> = if imports.is_empty() { Vec::new() } else { review.incidents.iter().enumerate().map(answer).collect() };
        let until = match self.until {
            Some(until) => until,
            None => end(&case, &entries, &alerts)?,
        };
        let of_figures = metrics::Terms { objective: micros(self.objective), until };
        let detected = Detected {
            imports: &imports,
            alerts: &alerts,
            copies,
            review: &review,
            matching: &matching,
            answers: &answers,
            terms: of_figures,
        };
        let json = report::json(&self.document(&kept, &terms, &detected))?;
        let document = review::document(&kept, &entries, &review)?;
        if let Some(mut update) = update {
            review::add(&mut update, &case, entries.len(), &review, &answers, &document)?;
            let (file, path) = update.add(DETECTION)?;
            detection::write(&review.incidents, &answers, &of_figures, file, &path)?;
            let (file, path) = update.add(ALERTS)?;
            detection::write_alerts(&alerts, &review.incidents, &matching, file, &path)?;
            let (mut file, path) = update.add(DETECTION_REPORT)?;
            file.write_all(&json).with_context(|| format!("cannot write `{}`", path.display()))?;
            update.commit(&REVIEWED)?;
        }
        let shown = (self.format == Format::Json).then_some(&json[..]);
        let is_measured = review.incidents.iter().any(Incident::is_use);
        report::show(shown, self.quiet, |out| {
            text::text(out, &detected)?;
            if is_measured { Ok(()) } else { basis.write(out) }
        })?;
        let mut used = review.incidents.iter().zip(&answers).filter(|(incident, _)| incident.is_use());
        let is_decided = used.all(|(_, answer)| answer.outcome != Outcome::Undecided);
        let whole = is_measured && is_decided && imports.iter().all(|import| import.truncated.is_none() && import.problems.is_empty());
        Ok(if whole { Exit::Clean } else { Exit::Incomplete })
    }

    fn terms(&self, case: &Case) -> anyhow::Result<Terms> {
        let words = match (self.any_alert, self.about.is_empty()) {
            (true, _) => Vec::new(),
            (false, true) => Terms::default().words,
            (false, false) => self.about.clone(),
        };
        let manifest = Table::columns(&case.file(MANIFEST), &["account_id"])?;
        let accounts =
            manifest.cells("account_id").filter_map(Cell::text).filter(|account| is_account(account)).map(str::to_owned).collect();
        Ok(Terms { window: micros(self.match_window), skew: micros(self.skew), words, accounts, is_central: self.organisation })
    }

    /// Reads the exports; what is the same in several is one alert.
    fn imports(&self) -> anyhow::Result<(Vec<Imported>, Vec<Alert>, u64)> {
        let map: BTreeMap<String, String> = self.map.iter().cloned().collect();
        let options = alerts::Options { timezone: self.alert_timezone, map, account: self.alert_account.clone() };
        let mut imports = Vec::new();
        let mut read: Vec<Import> = Vec::new();
        for path in &self.alerts {
            let mut given = Vec::new();
            let import = alerts::read(&Given::read(path, &mut given)?, &options);
            let import = import.map_err(|source| crate::error::Error::Alerts { path: path.clone(), source: source.into() })?;
            let file = given.pop().context("the file was given")?;
            imports.push(Imported {
                file,
                formats: import.vendors.iter().map(|vendor| vendor.name()).collect(),
                alerts: import.alerts.len() as u64,
                truncated: import.truncated.clone(),
                problems: import.problems.iter().map(|problem| format!("item {}: {}", problem.position, problem.reason)).collect(),
            });
            read.push(import);
        }
        let (alerts, copies) = alerts::merge(read.into_iter().flat_map(|import| import.alerts));
        Ok((imports, alerts, copies))
    }

    fn document<'a>(&'a self, kept: &'a Kept, terms: &'a Terms, detected: &Detected<'a, '_>) -> Document<'a> {
        let Detected { imports, alerts, copies, review, matching, answers, terms: of_figures } = *detected;
        let answered = |(number, incident): (usize, &'a Incident<'_>)| Answered {
            incident_id: &incident.id,
            account_id: incident.account,
            first_use: incident.first_use,
            first_delivery: incident.first_delivery,
            answer: answers.get(number),
            delivery_latency_seconds: seconds(incident.first_use, incident.first_delivery),
            time_to_alert_seconds: seconds(incident.first_use, answers.get(number).and_then(|answer| answer.first_alert)),
            time_to_detect_seconds: seconds(incident.first_use, answers.get(number).and_then(|answer| answer.acknowledged)),
            time_to_remediate_seconds: answers.get(number).and_then(|answer| seconds(answer.first_alert, answer.resolved)),
            matched: matching
                .of(number)
                .iter()
                .map(|one| Told::new(&alerts[one.alert], one.ground.name(), one.ground.sentence()))
                .collect(),
        };
        let measured = |(metric, Amount { value, numerator, denominator, lower, upper }): (&metrics::Metric, Amount)| Measured {
            metric: metric.name,
            definition: metric.definition,
            unit: metric.unit,
            value,
            numerator,
            denominator,
            lower,
            upper,
        };
        Document {
            schema_version: SCHEMA_VERSION,
            review: kept,
            match_window_seconds: self.match_window.as_secs_f64(),
            skew_seconds: self.skew.as_secs_f64(),
            objective_seconds: self.objective.as_secs_f64(),
            about: &terms.words,
            until: of_figures.until,
            imports,
            alerts: alerts.len() as u64,
            copies,
            incidents: review.incidents.iter().enumerate().map(answered).collect(),
            unmatched: matching.unmatched.iter().map(|(alert, why)| Told::new(&alerts[*alert], why.name(), why.sentence())).collect(),
            figures: total(detected).into_iter().map(measured).collect(),
            why_two_medians: TWO_MEDIANS,
        }
    }
}

/// The figures of all incidents.
fn total(detected: &Detected<'_, '_>) -> Vec<(&'static metrics::Metric, Amount)> {
    let items = metrics::items(&detected.review.incidents, detected.answers);
    let told = METRICS.iter().filter(|metric| metric.without_alerts || !detected.answers.is_empty());
    told.map(|metric| (metric, metric.of(&items, &detected.terms))).collect()
}

/// The last time that logs or alerts show.
fn end(case: &Case, entries: &[Entry<'_>], alerts: &[Alert]) -> anyhow::Result<Micros> {
    let manifest = Table::columns(&case.file(MANIFEST), &["last_event_time", "delivered_at"])?;
    let logs = manifest.cells("last_event_time").chain(manifest.cells("delivered_at")).filter_map(crate::case::table::Cell::time);
    let of_alert = |alert: &Alert| [alert.raised, alert.cleared, alert.acknowledged, alert.resolved, alert.first_seen, alert.last_seen];
    let told = alerts.iter().flat_map(of_alert).flatten();
    Ok(logs.chain(told).chain(entries.iter().filter_map(|entry| entry.time)).max().unwrap_or_default())
}
