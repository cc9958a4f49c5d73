//! Figures over incidents: how many were noticed, how soon, and for how long not.
//!
//! One row of [`METRICS`] a figure, each a pure function; what is undefined is `None`. Incidents that were never taken up are not left out of the question how
//! long detection takes: the naive quantiles know only those that were, so beside them stands the estimate of Kaplan and Meier, in which an undetected
//! incident is known to have lasted undetected until the end of what was looked at.

use super::answer::{Answer, Outcome};
use crate::evidence::record::time::Micros;
use crate::review::session::Incident;
use crate::statistics::{Amount, Observation, Survival};
use chrono::{DateTime, Datelike as _, Utc};
use std::collections::BTreeMap;

/// An incident with a use of root, and what the alerts make of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'i> {
    /// Twelve digits.
    pub account: &'i str,
    /// The first use of root.
    pub start: Micros,
    /// When the first log with a use was delivered.
    pub delivered: Option<Micros>,
    /// What the alerts make of it.
    pub answer: &'i Answer,
}

/// What is known of an incident without alerts: nothing.
static NOTHING: Answer = Answer::nothing();

/// The items of a review's incidents: those in which root was used. `answers` has one for each incident, or is empty.
pub(crate) fn items<'i>(incidents: &'i [Incident<'i>], answers: &'i [Answer]) -> Vec<Item<'i>> {
    let item = |(number, incident): (usize, &'i Incident<'i>)| {
        let answer = answers.get(number).unwrap_or(&NOTHING);
        Some(Item { account: incident.account, start: incident.first_use?, delivered: incident.first_delivery, answer })
    };
    incidents.iter().enumerate().filter_map(item).collect()
}

/// What the figures depend on beside the incidents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// Within which root use should be acknowledged, in microseconds.
    pub objective: Micros,
    /// Until when logs and exports show what happened.
    pub until: Micros,
}

/// A figure's name, unit and definition, and how it is worked out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    /// The name in tables.
    pub name: &'static str,
    /// `count`, `share` or `seconds`.
    pub unit: &'static str,
    /// What it says.
    pub definition: &'static str,
    /// Whether it says something without alerts too.
    pub without_alerts: bool,
    work: fn(&[Item<'_>], &Terms) -> Amount,
}

impl Metric {
    /// The figure of some incidents.
    #[must_use]
    pub(crate) fn of(&self, items: &[Item<'_>], terms: &Terms) -> Amount {
        (self.work)(items, terms)
    }
}

const fn metric(name: &'static str, unit: &'static str, definition: &'static str, work: fn(&[Item<'_>], &Terms) -> Amount) -> Metric {
    Metric { name, unit, definition, without_alerts: false, work }
}

/// A figure that needs no alerts.
const fn of_logs(metric: Metric) -> Metric {
    Metric { without_alerts: true, ..metric }
}

/// Every figure.
pub(crate) const METRICS: [Metric; 24] = [
    of_logs(metric("incidents", "count", "incidents in which root was used", |items, _| Amount {
        value: Some(items.len() as f64),
        ..Amount::default()
    })),
    metric("share_alerted", "share", "incidents with an alert, of those of which that is decided", |items, _| {
        let decided = || items.iter().filter(|item| item.answer.outcome != Outcome::Undecided);
        share(decided().filter(|item| item.answer.outcome != Outcome::Undetected).count(), decided().count())
    }),
    metric("share_detected", "share", "incidents that a person took up at a known time, of those of which that is decided", |items, _| {
        let decided = || items.iter().filter(|item| item.answer.outcome != Outcome::Undecided);
        share(decided().filter(|item| item.answer.outcome == Outcome::Acknowledged).count(), decided().count())
    }),
    metric("share_within_objective", "share", "incidents taken up within the objective, of those of which that is known", within_objective),
    of_logs(metric(
        "delivery_latency_median",
        "seconds",
        "from the first use to the delivery of its log: the floor of any detection from logs",
        |items, _| spread(items, delivery, 0.5),
    )),
    of_logs(metric("delivery_latency_p90", "seconds", "the same, 90 % quantile", |items, _| spread(items, delivery, 0.9))),
    of_logs(metric("delivery_latency_p95", "seconds", "the same, 95 % quantile", |items, _| spread(items, delivery, 0.95))),
    of_logs(metric("delivery_latency_max", "seconds", "the same, the longest", |items, _| spread(items, delivery, 1.0))),
    metric("time_to_alert_median", "seconds", "from the first use to the first alert, of incidents with one", |items, _| {
        spread(items, to_alert, 0.5)
    }),
    metric("time_to_alert_p90", "seconds", "the same, 90 % quantile", |items, _| spread(items, to_alert, 0.9)),
    metric("time_to_alert_p95", "seconds", "the same, 95 % quantile", |items, _| spread(items, to_alert, 0.95)),
    metric("time_to_alert_max", "seconds", "the same, the longest", |items, _| spread(items, to_alert, 1.0)),
    metric(
        "time_to_alert_survival_median",
        "seconds",
        "the same with incidents without an alert as not yet alerted (Kaplan-Meier)",
        |items, terms| survival(items, terms, to_alert),
    ),
    metric(
        "time_to_detect_median",
        "seconds",
        "from the first use to the first acknowledgement by a person, of incidents with one",
        |items, _| spread(items, to_detect, 0.5),
    ),
    metric("time_to_detect_p90", "seconds", "the same, 90 % quantile", |items, _| spread(items, to_detect, 0.9)),
    metric("time_to_detect_p95", "seconds", "the same, 95 % quantile", |items, _| spread(items, to_detect, 0.95)),
    metric("time_to_detect_max", "seconds", "the same, the longest", |items, _| spread(items, to_detect, 1.0)),
    metric(
        "time_to_detect_survival_median",
        "seconds",
        "the same with the other incidents as not yet detected (Kaplan-Meier)",
        |items, terms| survival(items, terms, to_detect),
    ),
    metric("undetected_longest", "seconds", "the longest that an incident is known to have gone undetected", |items, terms| {
        let open = items.iter().filter(|item| to_detect(item).is_none());
        let longest = open.map(|item| terms.until.saturating_sub(item.start).max(0)).max();
        Amount { value: longest.map(|time| time as f64 / 1e6), ..Amount::default() }
    }),
    metric("time_to_remediate_median", "seconds", "from the first alert to the last resolution by a person", |items, _| {
        spread(items, to_remediate, 0.5)
    }),
    metric("time_to_remediate_p90", "seconds", "the same, 90 % quantile", |items, _| spread(items, to_remediate, 0.9)),
    metric("time_to_remediate_p95", "seconds", "the same, 95 % quantile", |items, _| spread(items, to_remediate, 0.95)),
    metric("time_to_remediate_max", "seconds", "the same, the longest", |items, _| spread(items, to_remediate, 1.0)),
    metric("flagged", "count", "incidents whose times are odd in some way; see the flags", |items, _| Amount {
        value: Some(items.iter().filter(|item| !item.answer.flags.is_empty()).count() as f64),
        ..Amount::default()
    }),
];

/// A time between two moments of an incident, in microseconds. A little less than nothing, as differing clocks give, is nothing.
type Between = fn(&Item<'_>) -> Option<Micros>;

fn delivery(item: &Item<'_>) -> Option<Micros> {
    // The name of a log has its minute only.
    Some(item.delivered?.saturating_sub(item.start)).filter(|time| *time > -60_000_000).map(|time| time.max(0))
}

fn to_alert(item: &Item<'_>) -> Option<Micros> {
    Some(item.answer.first_alert?.saturating_sub(item.start).max(0))
}

fn to_detect(item: &Item<'_>) -> Option<Micros> {
    Some(item.answer.acknowledged?.saturating_sub(item.start).max(0))
}

fn to_remediate(item: &Item<'_>) -> Option<Micros> {
    let time = item.answer.resolved?.saturating_sub(item.answer.first_alert?);
    (time >= 0).then_some(time)
}

fn share(numerator: usize, denominator: usize) -> Amount {
    Amount::share(numerator as u64, denominator as u64)
}

/// A quantile of the incidents that have the time.
fn spread(items: &[Item<'_>], between: Between, p: f64) -> Amount {
    let mut seconds: Vec<f64> = items.iter().filter_map(between).map(|time| time as f64 / 1e6).collect();
    seconds.sort_by(f64::total_cmp);
    Amount::quantile(&seconds, p, items.len() as u64)
}

/// The median with what has not happened as censored. Numerator: incidents in which it has.
fn survival(items: &[Item<'_>], terms: &Terms, between: Between) -> Amount {
    let observations: Vec<Observation> = items
        .iter()
        .map(|item| match between(item) {
            Some(duration) => Observation { duration, event: true },
            None => Observation { duration: watched(item, terms), event: false },
        })
        .collect();
    let events = observations.iter().filter(|one| one.event).count() as u64;
    let estimate = Survival::estimate(&observations);
    let seconds = |time: Option<Micros>| time.map(|time| time as f64 / 1e6);
    let interval = estimate.as_ref().map(Survival::median_interval);
    Amount {
        value: seconds(estimate.as_ref().and_then(Survival::median)),
        numerator: Some(events),
        denominator: Some(observations.len() as u64),
        lower: seconds(interval.and_then(|(lower, _)| lower)),
        upper: seconds(interval.and_then(|(_, upper)| upper)),
    }
}

/// How long an incident is known to have gone without. One that was taken up at an unknown time is known to have waited for its alert.
fn watched(item: &Item<'_>, terms: &Terms) -> Micros {
    let known = item.answer.flags.contains(&super::answer::Flag::AcknowledgementUnknown);
    let end = match item.answer.outcome {
        Outcome::Undecided => item.start,
        _ if known => item.answer.first_alert.unwrap_or(item.start),
        _ => terms.until,
    };
    end.saturating_sub(item.start).max(0)
}

fn within_objective(items: &[Item<'_>], terms: &Terms) -> Amount {
    let mut within = 0;
    let mut known = 0;
    for item in items {
        match to_detect(item) {
            Some(time) => {
                known += 1;
                within += usize::from(time <= terms.objective);
            }
            // Not taken up for longer than the objective is beyond it; of a shorter watch nothing is known yet.
            None => known += usize::from(watched(item, terms) > terms.objective),
        }
    }
    share(within, known)
}

/// What figures are worked out for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// All incidents.
    Total,
    /// Those of an account.
    Account(String),
    /// Those that began in a month, `2026-03`, UTC.
    Month(String),
    /// Those that began in a quarter, `2026-Q1`, UTC.
    Quarter(String),
}

impl Scope {
    /// The name in tables.
    #[must_use]
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Account(_) => "account",
            Self::Month(_) => "month",
            Self::Quarter(_) => "quarter",
        }
    }
}

/// The items of every scope, the total first.
#[must_use]
pub(crate) fn scopes<'i>(items: &[Item<'i>]) -> BTreeMap<Scope, Vec<Item<'i>>> {
    let mut scopes: BTreeMap<Scope, Vec<Item<'i>>> = BTreeMap::from([(Scope::Total, items.to_vec())]);
    for item in items {
        scopes.entry(Scope::Account(item.account.to_owned())).or_default().push(*item);
        if let Some(day) = DateTime::<Utc>::from_timestamp_micros(item.start) {
            scopes.entry(Scope::Month(day.format("%Y-%m").to_string())).or_default().push(*item);
            scopes.entry(Scope::Quarter(format!("{}-Q{}", day.year(), day.quarter()))).or_default().push(*item);
        }
    }
    scopes
}
