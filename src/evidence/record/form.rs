//! How records are wrapped, and the keys that tell it.

use crate::named::named;

named! {
    /// How the records of an object are wrapped.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Form {
        /// `{"Records":[...]}`, as CloudTrail delivers.
        Records = "records",
        /// One bare record.
        Record = "record",
        /// `[...]` of records.
        Array = "array",
        /// A record a line.
        Ndjson = "ndjson",
        /// Records one after the other on a line.
        Concatenated = "concatenated",
        /// `aws cloudtrail lookup-events`.
        LookupEvents = "lookup_events",
        /// EventBridge events, the record in `detail`.
        EventBridge = "eventbridge",
        /// CloudWatch Logs subscription, the record as text in `logEvents[].message`.
        CloudWatchLogs = "cloudwatch_logs",
        /// CloudWatch Logs export: a time, a space, a record, a line.
        CloudWatchExport = "cloudwatch_export",
        /// Event history CSV of the console: degraded evidence.
        EventHistoryCsv = "event_history_csv",
    }
}

/// The name of several forms in one object.
pub(crate) const MIXED: &str = "mixed";

impl Form {
    /// The name that tables have for a form, or for several, where there is one of these letters.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static str> {
        Self::ALL.into_iter().map(Self::name).chain([MIXED]).find(|known| *known == name)
    }
}

/// The form of an object whose records are under this key.
pub(super) fn wrapper_form(key: &[u8]) -> Option<Form> {
    match key {
        b"Records" => Some(Form::Records),
        b"Events" => Some(Form::LookupEvents),
        b"logEvents" => Some(Form::CloudWatchLogs),
        _ => None,
    }
}
