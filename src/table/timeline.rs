//! `timeline.parquet`: one row for each activity, in order.
//!
//! An activity carries its record's bytes; the columns are read from them again here, in batches on all threads, so that the scan
//! holds no more than that.

use super::columns::{Kind as Type, Rows, TableWriter};
use crate::activity::Activity;
use crate::error::Result;
use crate::record::view::{Parser, Record};
use crate::record::walk;
use crate::root::{Class, Need, Phase, phase};
use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

/// The columns.
pub const SCHEMA: [(&str, Type); 43] = [
    ("event_time", Type::Time),
    ("event_id", Type::Text),
    ("account_id", Type::Text),
    ("identity_account_id", Type::Text),
    ("region", Type::Text),
    ("class", Type::Text),
    ("usage", Type::Bool),
    ("cis_match", Type::Bool),
    ("need", Type::Text),
    ("break_glass", Type::Text),
    ("incident_id", Type::Text),
    ("session_id", Type::Text),
    ("event_source", Type::Text),
    ("event_name", Type::Text),
    ("event_type", Type::Text),
    ("event_category", Type::Text),
    ("read_only", Type::Bool),
    ("outcome", Type::Text),
    ("error_code", Type::Text),
    ("error_message", Type::Text),
    ("credential", Type::Text),
    ("access_key_id", Type::Text),
    ("session_start", Type::Time),
    ("mfa", Type::Bool),
    ("source_ip", Type::Text),
    ("user_agent", Type::Text),
    ("invoked_by", Type::Text),
    ("phase", Type::Text),
    ("technique", Type::Text),
    ("request_id", Type::Text),
    ("shared_event_id", Type::Text),
    ("request_parameters", Type::Text),
    ("response_elements", Type::Text),
    ("additional_event_data", Type::Text),
    ("addendum", Type::Text),
    ("degraded", Type::Bool),
    ("copies", Type::Number),
    ("id_conflict", Type::Bool),
    ("object_uri", Type::Text),
    ("record_index", Type::Number),
    ("arn", Type::Text),
    ("user_name", Type::Text),
    ("record", Type::Text),
];

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused for want of rights.
    Denied,
    /// It failed for another reason.
    Failed,
}

impl Outcome {
    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }

    /// The outcome of a record; `None` where it says nothing (sign-ins in event history CSV).
    #[must_use]
    pub fn of(record: &Record<'_>, degraded: bool) -> Option<Self> {
        if let Some(code) = record.error_code {
            return Some(if is_denial(code) { Self::Denied } else { Self::Failed });
        }
        // Sign-in failures carry a message and an answer, and no code.
        let answer = record.event_name.and_then(|name| record.response(name));
        if record.error_message.is_some() || answer.is_some_and(|answer| answer.eq_ignore_ascii_case("failure")) {
            return Some(Self::Failed);
        }
        (!degraded || record.event_name != Some("ConsoleLogin")).then_some(Self::Success)
    }
}

/// Error codes of missing rights. Services spell them in many ways; these parts are common to all of them.
fn is_denial(code: &str) -> bool {
    ["AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden", "AuthFailure", "VpceAccessDenied"].iter().any(|part| code.contains(part))
}

/// The kind of credential that a request was signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A console sign-in, or credentials that came out of one.
    Console,
    /// `AKIA...`.
    LongTermKey,
    /// `ASIA...` of unknown origin.
    Temporary,
    /// No key in the record.
    None,
}

impl Credential {
    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::LongTermKey => "long_term_key",
            Self::Temporary => "temporary",
            Self::None => "none",
        }
    }

    /// The credential of a record.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Self {
        let key = record.identity.access_key_id.unwrap_or_default();
        let is = |value: Option<&str>, wanted: &[&str]| value.is_some_and(|value| wanted.contains(&value));
        let console = record.from_console
            || is(record.event_type, &["AwsConsoleSignIn", "AwsConsoleSignin", "AwsConsoleAction"])
            || is(record.event_name, &["ConsoleLogin", "CheckMfa"])
            || is(record.identity.invoked_by, &["signin.amazonaws.com"])
            || is(record.user_agent, &["signin.amazonaws.com", "console.amazonaws.com"])
            || record.user_agent.is_some_and(|agent| agent.starts_with("[S3Console"));
        if key.starts_with("AKIA") {
            Self::LongTermKey
        } else if console {
            Self::Console
        } else if key.is_empty() {
            Self::None
        } else {
            Self::Temporary
        }
    }
}

/// Whether the request was made with MFA: the session says so, or the sign-in does.
fn mfa(record: &Record<'_>) -> Option<bool> {
    let used = || match record.value.at(&["additionalEventData", "MFAUsed"])?.text()? {
        text if text.eq_ignore_ascii_case("yes") => Some(true),
        text if text.eq_ignore_ascii_case("no") => Some(false),
        _ => None,
    };
    record.identity.mfa.or_else(used)
}

/// Rows in a row group, chosen by the number of all rows so that the file is the same for any number of threads: few enough that
/// making columns and compressing them can go on side by side, and that the columns of a few groups fit in memory.
fn batch(rows: usize) -> usize {
    (rows / 8).clamp(4096, 16_384)
}

/// Writes the table into `file`; `uri` gives the name of an activity's object.
///
/// # Errors
/// When the file cannot be written.
pub fn write<'u>(activities: &[Activity], uri: impl Fn(u32) -> &'u str + Sync, file: File, path: &Path) -> Result<()> {
    let batches = activities.chunks(batch(activities.len()));
    TableWriter::new(file, path, &SCHEMA)?.write_all(batches, |batch| fill(batch, &uri))
}

fn fill<'u>(batch: &[Activity], uri: &(impl Fn(u32) -> &'u str + Sync)) -> Rows {
    let mut rows = Rows::new(&SCHEMA, batch.len());
    let mut parser = Parser::default();
    for activity in batch {
        parser
            .with(&activity.json, |value| row(&mut rows, activity, &Record::read(value), uri(activity.object)))
            .expect("what parsed when it was labelled parses again");
    }
    rows
}

fn row(rows: &mut Rows, activity: &Activity, record: &Record<'_>, uri: &str) {
    let label = activity.label;
    let identity = &record.identity;
    let phase = phase::of(record.event_source.unwrap_or_default(), record.event_name.unwrap_or_default(), record.read_only == Some(true));
    let json = walk::raw_values(&activity.json, ["requestParameters", "responseElements", "additionalEventData", "addendum"]);
    rows.time(activity.event_time);
    rows.text(Some(&*activity.event_id).filter(|id| !id.is_empty()));
    rows.text(Some(&*activity.account_id).filter(|id| !id.is_empty()));
    rows.text(identity.account_id);
    rows.text(record.region);
    rows.text(Some(label.class.name()));
    rows.bool(Some(label.class.is_usage()));
    rows.bool(Some(label.cis_match));
    rows.text(label.need.map(Need::name));
    // Filled by the commands that know incidents and break-glass windows.
    rows.text(None);
    rows.text(None);
    rows.text(None);
    rows.text(record.event_source);
    rows.text(record.event_name);
    rows.text(record.event_type);
    rows.text(record.event_category);
    rows.bool(record.read_only);
    rows.text(Outcome::of(record, activity.is_degraded()).map(Outcome::name));
    rows.text(record.error_code);
    rows.text(record.error_message);
    rows.text(Some(Credential::of(record).name()));
    rows.text(identity.access_key_id);
    rows.time(identity.session_start);
    rows.bool(mfa(record));
    rows.text(record.source_ip);
    rows.text(record.user_agent);
    rows.text(identity.invoked_by);
    rows.text(phase.map(|(phase, _)| Phase::name(phase)).filter(|_| has_phase(label.class)));
    rows.text(phase.and_then(|(_, technique)| technique).filter(|_| has_phase(label.class)));
    rows.text(record.request_id);
    rows.text(record.shared_event_id);
    for raw in json {
        // A JSON null is nothing, as absence is.
        rows.text(raw.filter(|raw| *raw != b"null").map(as_text).as_deref());
    }
    rows.bool(Some(activity.is_degraded()));
    rows.number(Some(activity.copies.into()));
    rows.bool(Some(activity.id_conflict));
    rows.text(Some(uri));
    rows.number(Some(activity.record_index));
    rows.text(identity.arn.filter(|_| !activity.is_degraded()));
    rows.text(identity.user_name);
    rows.text(Some(&as_text(activity.line.as_deref().unwrap_or(&activity.json))));
    rows.end();
}

/// The bytes as text; those that are none become U+FFFD. Whole text, nearly all there is, is checked faster than it is searched.
fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// A service's own doings and artefacts are no part of anybody's takeover.
fn has_phase(class: Class) -> bool {
    !matches!(class, Class::Service | Class::Artefact)
}
