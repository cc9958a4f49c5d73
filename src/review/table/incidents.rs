//! `incidents.parquet`: one row for each incident, attempts without a use among them.
//!
//! Lists and counts by name are JSON text, which every reader of Parquet can take apart. What only alerts tell is null until they were matched.

use crate::case::table::TableWriter;
use crate::case::table::columns::{Kind as Type, Rows};
use crate::error::Result;
use crate::evidence::record::time::Micros;
use crate::review::detect::alerts::Act;
use crate::review::detect::{Answer, Flag, Ground, Outcome};
use crate::review::session::break_glass::Verdict;
use crate::review::session::{Incident, Mfa};
use serde::Serialize;
use std::fs::File;
use std::path::Path;

/// The columns.
pub(crate) const SCHEMA: [(&str, Type); 49] = [
    ("incident_id", Type::Text),
    ("account_id", Type::Word),
    ("first_event_time", Type::Time),
    ("last_event_time", Type::Time),
    ("duration_seconds", Type::Real),
    ("first_use", Type::Time),
    ("sessions", Type::Number),
    ("session_kinds", Type::Word),
    ("records", Type::Number),
    ("usage", Type::Number),
    ("attempts", Type::Number),
    ("attempts_before", Type::Number),
    ("writes", Type::Number),
    ("denied", Type::Number),
    ("failed", Type::Number),
    ("credentials", Type::Word),
    ("long_term_keys", Type::Word),
    ("source_ips", Type::Word),
    ("new_source_ips", Type::Word),
    ("user_agents", Type::Word),
    ("new_user_agents", Type::Word),
    ("mfa", Type::Word),
    ("phases", Type::Word),
    ("services", Type::Word),
    ("regions", Type::Word),
    ("need", Type::Word),
    ("signals", Type::Word),
    ("break_glass", Type::Word),
    ("tickets", Type::Word),
    ("break_glass_reasons", Type::Word),
    ("first_delivery", Type::Time),
    ("delivery_latency_seconds", Type::Real),
    ("detection", Type::Word),
    ("alerts", Type::Number),
    ("first_alert", Type::Time),
    ("acknowledged", Type::Time),
    ("acknowledged_by", Type::Word),
    ("resolved", Type::Time),
    ("acknowledged_beside", Type::Time),
    ("acknowledged_beside_by", Type::Word),
    ("acknowledged_beside_kind", Type::Word),
    ("resolved_beside", Type::Time),
    ("resolved_beside_by", Type::Word),
    ("resolved_beside_kind", Type::Word),
    ("time_to_alert_seconds", Type::Real),
    ("time_to_detect_seconds", Type::Real),
    ("time_to_remediate_seconds", Type::Real),
    ("matched_by", Type::Word),
    ("detection_flags", Type::Word),
];

/// Rows in a row group.
const BATCH: usize = 1 << 13;

/// Writes the table into `file`; `answers` has one for each incident, or is empty.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(incidents: &[Incident<'_>], answers: &[Answer], file: File, path: &Path) -> Result<()> {
    let rows: Vec<(&Incident<'_>, Option<&Answer>)> =
        incidents.iter().enumerate().map(|(place, incident)| (incident, answers.get(place))).collect();
    TableWriter::new(file, path, &SCHEMA)?.write_all(&rows.chunks(BATCH).collect::<Vec<_>>(), fill, || ())
}

/// Seconds from one time to another, negative where it is earlier.
#[must_use]
pub(crate) fn seconds(from: Option<Micros>, to: Option<Micros>) -> Option<f64> {
    Some(to?.saturating_sub(from?) as f64 / 1e6)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("text, numbers and lists of them are JSON")
}

fn fill(batch: &[(&Incident<'_>, Option<&Answer>)]) -> Rows {
    let mut rows = Rows::new(&SCHEMA, batch.len());
    for (incident, answer) in batch {
        rows.text(Some(&incident.id));
        rows.text(Some(incident.account).filter(|account| !account.is_empty()));
        rows.time(Some(incident.first));
        rows.time(Some(incident.last));
        rows.real(seconds(Some(incident.first), Some(incident.last)));
        rows.time(incident.first_use);
        rows.number(Some(incident.sessions.len() as u64));
        rows.text(Some(&json(&incident.session_kinds)));
        let counts = [
            incident.records,
            incident.usage,
            incident.attempts,
            incident.attempts_before,
            incident.writes,
            incident.denied,
            incident.failed,
        ];
        counts.into_iter().for_each(|count| rows.number(Some(count)));
        rows.text(Some(&json(&incident.credentials)));
        rows.text(Some(&json(&incident.long_term_keys)));
        rows.text(Some(&json(&incident.source_ips)));
        rows.text(incident.new_source_ips.as_ref().map(json).as_deref());
        rows.text(Some(&json(&incident.user_agents)));
        rows.text(incident.new_user_agents.as_ref().map(json).as_deref());
        rows.text(incident.mfa.map(Mfa::name));
        rows.text(Some(&json(&incident.phases)));
        rows.text(Some(&json(&incident.services)));
        rows.text(Some(&json(&incident.regions)));
        rows.text(Some(&json(&incident.need)));
        let signals: Vec<&str> = incident.signals.iter().map(|signal| signal.name).collect();
        rows.text(Some(&json(&signals)));
        rows.text(incident.break_glass.map(Verdict::name));
        rows.text(incident.break_glass.map(|_| json(&incident.tickets)).as_deref());
        rows.text(incident.break_glass.map(|_| json(&incident.break_glass_reasons)).as_deref());
        rows.time(incident.first_delivery);
        rows.real(seconds(incident.first_use, incident.first_delivery));
        let told = |time: fn(&Answer) -> Option<Micros>| answer.and_then(time);
        let (alert, acknowledged, resolved) =
            (told(|answer| answer.first_alert), told(|answer| answer.acknowledged), told(|answer| answer.resolved));
        rows.text(answer.map(|answer| Outcome::name(answer.outcome)));
        rows.number(answer.map(|answer| answer.alerts));
        rows.time(alert);
        rows.time(acknowledged);
        rows.text(answer.and_then(|answer| answer.acknowledged_by.as_deref()));
        rows.time(resolved);
        let beside: [fn(&Answer) -> Option<&Act>; 2] =
            [|answer| answer.acknowledged_beside.as_ref(), |answer| answer.resolved_beside.as_ref()];
        for act in beside.map(|of| answer.and_then(of)) {
            rows.time(act.map(|act| act.at));
            rows.text(act.and_then(|act| act.by.as_deref()));
            rows.text(act.map(|act| act.kind.name()));
        }
        rows.real(seconds(incident.first_use, alert));
        rows.real(seconds(incident.first_use, acknowledged));
        rows.real(seconds(alert, resolved));
        rows.text(answer.and_then(|answer| answer.ground).map(Ground::name));
        let flags = |answer: &Answer| answer.flags.iter().copied().map(Flag::name).collect::<Vec<_>>();
        rows.text(answer.map(|answer| json(&flags(answer))).as_deref());
        rows.end();
    }
    rows
}
