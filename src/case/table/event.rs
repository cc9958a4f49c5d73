//! The columns that describe one record, common to all tables of records.

use super::columns::{Kind as Type, Rows};
use crate::evidence::record::credential::{self, Credential};
use crate::evidence::record::logging;
use crate::evidence::record::outcome::Outcome;
use crate::evidence::record::view::Record;
use crate::root::{Class, Label, Need, Phase, phase};
use std::borrow::Cow;

/// When and where.
pub(crate) const PLACE: [(&str, Type); 6] = [
    ("event_time", Type::Time),
    ("event_id", Type::Text),
    ("account_id", Type::Word),
    ("identity_account_id", Type::Word),
    ("recipient_account_id", Type::Word),
    ("region", Type::Word),
];

/// What it has to do with root.
pub(crate) const LABEL: [(&str, Type); 5] =
    [("class", Type::Word), ("usage", Type::Bool), ("cis_match", Type::Bool), ("need", Type::Word), ("logging_effect", Type::Word)];

/// What was called, with what, from where, and what came of it.
pub(crate) const CALL: [(&str, Type); 23] = [
    ("event_source", Type::Word),
    ("event_name", Type::Word),
    ("event_type", Type::Word),
    ("event_category", Type::Word),
    ("read_only", Type::Bool),
    ("outcome", Type::Word),
    ("error_code", Type::Word),
    ("error_message", Type::Word),
    ("credential", Type::Word),
    ("access_key_id", Type::Word),
    ("session_start", Type::Time),
    ("mfa", Type::Bool),
    ("source_ip", Type::Word),
    ("user_agent", Type::Word),
    ("invoked_by", Type::Word),
    ("phase", Type::Word),
    ("technique", Type::Word),
    ("request_id", Type::Text),
    ("shared_event_id", Type::Word),
    ("request_parameters", Type::Text),
    ("response_elements", Type::Text),
    ("additional_event_data", Type::Text),
    ("addendum", Type::Word),
];

/// The fields whose JSON text fills the last columns of [`CALL`], in order.
pub(crate) const JSON: [&str; 4] = ["requestParameters", "responseElements", "additionalEventData", "addendum"];

/// Worth of the row, where it came from, and who it names.
pub(crate) const WORTH: [(&str, Type); 8] = [
    ("degraded", Type::Bool),
    ("copies", Type::Number),
    ("affected_account_ids", Type::Word),
    ("id_conflict", Type::Bool),
    ("object_uri", Type::Word),
    ("record_index", Type::Number),
    ("arn", Type::Word),
    ("user_name", Type::Word),
];

/// What is known of a record beside its own text.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'o> {
    /// Whose root acted, and of a record that is not root's in whose logs it lies; may be empty.
    pub account_id: &'o str,
    /// Other accounts that received a record of it.
    pub affected: &'o [Box<str>],
    /// `None` where it has nothing to do with root.
    pub label: Option<Label>,
    /// Further copies, read and not shown.
    pub copies: u64,
    /// Another record bears the same event id with other content, and comes before this one.
    pub id_conflict: bool,
    /// The object's name.
    pub object_uri: &'o str,
    /// Number of the record in the object.
    pub record_index: u64,
    /// From event history CSV, which tells less than a record.
    pub degraded: bool,
}

/// Fills [`PLACE`].
pub(crate) fn place(rows: &mut Rows, record: &Record<'_>, origin: &Origin<'_>) {
    rows.time(record.event_time);
    rows.text(record.event_id);
    rows.text(Some(origin.account_id).filter(|account| !account.is_empty()));
    rows.text(record.identity.account_id);
    rows.text(record.recipient_account_id);
    rows.text(record.region);
}

/// Fills [`LABEL`].
pub(crate) fn label(rows: &mut Rows, record: &Record<'_>, origin: &Origin<'_>) {
    let label = origin.label;
    rows.text(label.map(|label| label.class.name()));
    rows.bool(Some(label.is_some_and(|label| label.class.is_usage())));
    rows.bool(Some(label.is_some_and(|label| label.cis_match)));
    rows.text(label.and_then(|label| label.need).map(Need::name));
    rows.text(logging::effect_of(record).map(logging::Effect::name));
}

/// Fills [`CALL`]; `json` holds the text of the fields that [`JSON`] names.
pub(crate) fn call(rows: &mut Rows, record: &Record<'_>, origin: &Origin<'_>, json: &[Option<Cow<'_, str>>; JSON.len()]) {
    let identity = &record.identity;
    // A service's own doings and artefacts are no part of anybody's takeover.
    let has_phase = origin.label.is_none_or(|label| !matches!(label.class, Class::Service | Class::Artefact));
    let (source, name) = (record.event_source.unwrap_or_default(), record.event_name.unwrap_or_default());
    let phase = if has_phase { phase::of(source, name, record.read_only == Some(true)) } else { None };
    rows.text(record.event_source);
    rows.text(record.event_name);
    rows.text(record.event_type);
    rows.text(record.event_category);
    rows.bool(record.read_only);
    rows.text(Outcome::of(record, origin.degraded).map(Outcome::name));
    rows.text(record.error_code);
    rows.text(record.error_message);
    rows.text(Some(Credential::of(record).name()));
    rows.text(identity.access_key_id);
    rows.time(identity.session_start);
    rows.bool(credential::mfa(record));
    rows.text(record.source_ip);
    rows.text(record.user_agent);
    rows.text(identity.invoked_by);
    rows.text(phase.map(|(phase, _)| Phase::name(phase)));
    rows.text(phase.and_then(|(_, technique)| technique));
    rows.text(record.request_id);
    rows.text(record.shared_event_id);
    json.iter().for_each(|raw| json_text(rows, raw.as_deref()));
}

/// Fills [`WORTH`].
pub(crate) fn worth(rows: &mut Rows, record: &Record<'_>, origin: &Origin<'_>) {
    rows.bool(Some(origin.degraded));
    rows.number(Some(origin.copies));
    let affected = (!origin.affected.is_empty()).then(|| serde_json::to_string(origin.affected).expect("a list of text is JSON"));
    rows.text(affected.as_deref());
    rows.bool(Some(origin.id_conflict));
    rows.text(Some(origin.object_uri));
    rows.number(Some(origin.record_index));
    rows.text(record.identity.arn.filter(|_| !origin.degraded));
    rows.text(record.identity.user_name);
}

/// JSON as delivered. A JSON null is nothing, as absence is.
pub(crate) fn json_text(rows: &mut Rows, raw: Option<&str>) {
    rows.text(raw.filter(|raw| *raw != "null"));
}

/// The bytes as text; those that are none become U+FFFD. Whole text, nearly all there is, is checked faster than it is searched.
pub(crate) fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}
