//! `detection.parquet`, every figure of detection in long form, and `alerts.parquet`, one row for each alert with what it was matched to.

use super::incidents::seconds;
use crate::case::table::TableWriter;
use crate::case::table::columns::{Kind as Type, Rows};
use crate::error::Result;
use crate::evidence::record::time::Micros;
use crate::review::detect::alerts::{Alert, Note, Vendor};
use crate::review::detect::metrics::{METRICS, Scope, Terms, items, scopes};
use crate::review::detect::{Answer, Ground, Matching, Unmatched};
use crate::review::session::Incident;
use crate::statistics::Amount;
use foldhash::HashMap;
use std::fs::File;
use std::path::Path;

/// The columns of the figures. Times are in seconds; `scope` is `incident`, `total`, `account`, `month` or `quarter`.
pub(crate) const SCHEMA: [(&str, Type); 11] = [
    ("metric", Type::Word),
    ("unit", Type::Word),
    ("scope", Type::Word),
    ("incident_id", Type::Word),
    ("account_id", Type::Word),
    ("period", Type::Word),
    ("value", Type::Real),
    ("numerator", Type::Number),
    ("denominator", Type::Number),
    ("lower", Type::Real),
    ("upper", Type::Real),
];

/// Writes the figures of each incident and of all scopes into `file`; without answers those that need none.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(incidents: &[Incident<'_>], answers: &[Answer], terms: &Terms, file: File, path: &Path) -> Result<()> {
    let mut rows = Rows::new(&SCHEMA, incidents.len() * 4);
    for (number, incident) in incidents.iter().enumerate().filter(|(_, incident)| incident.is_use()) {
        let answer = answers.get(number);
        let told = |time: fn(&Answer) -> Option<Micros>| answer.and_then(time);
        let (alert, acknowledged, resolved) = (told(|of| of.first_alert), told(|of| of.acknowledged), told(|of| of.resolved));
        for (name, value) in [
            ("delivery_latency", seconds(incident.first_use, incident.first_delivery)),
            ("time_to_alert", seconds(incident.first_use, alert)),
            ("time_to_detect", seconds(incident.first_use, acknowledged)),
            ("time_to_remediate", seconds(alert, resolved)),
        ] {
            [Some(name), Some("seconds"), Some("incident"), Some(&incident.id), Some(incident.account), None]
                .into_iter()
                .for_each(|text| rows.text(text));
            rows.amount(&Amount { value, ..Amount::default() });
            rows.end();
        }
    }
    let items = items(incidents, answers);
    for (scope, items) in scopes(&items) {
        let (account, period) = match &scope {
            Scope::Total => (None, None),
            Scope::Account(account) => (Some(account.as_str()), None),
            Scope::Month(period) | Scope::Quarter(period) => (None, Some(period.as_str())),
        };
        for metric in METRICS.iter().filter(|metric| metric.without_alerts || !answers.is_empty()) {
            [Some(metric.name), Some(metric.unit), Some(scope.name()), None, account, period].into_iter().for_each(|text| rows.text(text));
            rows.amount(&metric.of(&items, terms));
            rows.end();
        }
    }
    let mut writer = TableWriter::new(file, path, &SCHEMA)?;
    writer.write(&writer.encode(rows)?)?;
    writer.finish()
}

/// The columns of the alerts. Lists are JSON text.
pub(crate) const ALERTS: [(&str, Type); 28] = [
    ("vendor", Type::Word),
    ("alert_id", Type::Text),
    ("kind", Type::Word),
    ("title", Type::Word),
    ("account_id", Type::Word),
    ("machinery_account_id", Type::Word),
    ("region", Type::Word),
    ("raised", Type::Time),
    ("cleared", Type::Time),
    ("acknowledged", Type::Time),
    ("acknowledged_by", Type::Word),
    ("acknowledged_by_kind", Type::Word),
    ("acknowledged_beside", Type::Time),
    ("acknowledged_beside_by", Type::Word),
    ("resolved", Type::Time),
    ("resolved_by", Type::Word),
    ("resolved_by_kind", Type::Word),
    ("first_seen", Type::Time),
    ("last_seen", Type::Time),
    ("count", Type::Number),
    ("event_ids", Type::Text),
    ("suppressed", Type::Bool),
    ("incident_ids", Type::Text),
    ("matched_by", Type::Word),
    ("undecided", Type::Bool),
    ("unmatched", Type::Word),
    ("reason", Type::Word),
    ("notes", Type::Word),
];

/// Writes the alerts into `file`.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_alerts(alerts: &[Alert], incidents: &[Incident<'_>], matching: &Matching, file: File, path: &Path) -> Result<()> {
    let mut of: HashMap<usize, (Vec<&str>, Ground, bool)> = HashMap::default();
    for one in &matching.matches {
        let (ids, ground, _) = of.entry(one.alert).or_insert_with(|| (Vec::new(), one.ground, one.is_tied));
        ids.push(&incidents[one.incident].id);
        *ground = one.ground.min(*ground);
    }
    let unmatched: HashMap<usize, Unmatched> = matching.unmatched.iter().copied().collect();
    let json = |list: Vec<&str>| serde_json::to_string(&list).expect("a list of text is JSON");
    let mut rows = Rows::new(&ALERTS, alerts.len());
    for (number, alert) in alerts.iter().enumerate() {
        rows.text(Some(Vendor::name(alert.vendor)));
        rows.text(Some(&alert.id));
        rows.text(Some(&alert.kind));
        rows.text(Some(&alert.title));
        rows.text(alert.account.as_deref());
        rows.text(alert.machinery.as_deref());
        rows.text(alert.region.as_deref());
        rows.time(alert.raised);
        rows.time(alert.cleared);
        rows.time(alert.acknowledged);
        rows.text(alert.acknowledged_by.as_deref());
        rows.text(alert.acknowledged.map(|_| alert.acknowledged_kind.name()));
        let beside = alert.acknowledged_beside.as_ref();
        rows.time(beside.map(|act| act.at));
        rows.text(beside.and_then(|act| act.by.as_deref()));
        rows.time(alert.resolved);
        rows.text(alert.resolved_by.as_deref());
        rows.text(alert.resolved.map(|_| alert.resolved_kind.name()));
        rows.time(alert.first_seen);
        rows.time(alert.last_seen);
        rows.number(alert.count);
        rows.text(Some(&json(alert.event_ids.iter().map(String::as_str).collect())));
        rows.bool(Some(alert.suppressed));
        let (found, why) = (of.get(&number), unmatched.get(&number).copied());
        rows.text(Some(&json(found.map(|(incidents, ..)| incidents.clone()).unwrap_or_default())));
        rows.text(found.map(|(_, ground, _)| ground.name()));
        rows.bool(found.map(|(.., is_tied)| *is_tied));
        rows.text(why.map(Unmatched::name));
        rows.text(found.map(|(_, ground, _)| ground.sentence()).or(why.map(Unmatched::sentence)));
        rows.text(Some(&json(alert.notes.iter().copied().map(Note::name).collect())));
        rows.end();
    }
    let mut writer = TableWriter::new(file, path, &ALERTS)?;
    writer.write(&writer.encode(rows)?)?;
    writer.finish()
}
