//! Takes the records of one object: counts them, parses those that can matter, keeps the activities.

use super::object::Context;
use crate::activity::Activity;
use crate::record::time::Micros;
use crate::record::view::{Category, Parser, Record};
use crate::record::{Found, Sink, Verdict};
use crate::root::{self, Grant};
use crate::source::Key;

/// Counts and activities of one object.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub labelled: u64,
    pub passed_over: u64,
    pub outside_terms: u64,
    pub no_event_time: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    pub apart: Option<Category>,
    pub activities: Vec<Activity>,
    pub grants: Vec<Grant>,
}

impl Collected {
    /// Counts a sound record that was not labelled.
    fn pass(&mut self, event_time: Option<Micros>) {
        self.passed_over += 1;
        self.time(event_time);
    }

    fn time(&mut self, event_time: Option<Micros>) {
        match event_time {
            Some(time) => {
                self.first = Some(self.first.map_or(time, |first| first.min(time)));
                self.last = Some(self.last.map_or(time, |last| last.max(time)));
            }
            None => self.no_event_time += 1,
        }
    }
}

pub(super) struct Collector<'c> {
    pub context: &'c Context<'c>,
    pub parser: &'c mut Parser,
    /// The object's name; its account stands in for that of a record without one.
    pub uri: &'c str,
    pub collected: Collected,
}

impl Collector<'_> {
    /// Parses and labels a record; `line` is how it was delivered where that is not JSON.
    pub fn label(&mut self, json: &[u8], index: u64, line: Option<&[u8]>) -> Verdict {
        let Self { context, parser, uri, collected } = self;
        let outcome = parser.with(json, |value| {
            let record = Record::read(value);
            if let Some(category) = record.other_category() {
                collected.apart.get_or_insert(category);
                return Verdict::Apart;
            }
            collected.grants.extend(Grant::of(&record));
            let Some(label) = root::label(&record) else {
                collected.pass(record.event_time);
                return Verdict::Sound;
            };
            collected.labelled += 1;
            collected.time(record.event_time);
            let account = record.account_id().or_else(|| Key::parse(uri).account).unwrap_or_default();
            if !context.config.filter.admits(record.event_time, account, record.region) {
                collected.outside_terms += 1;
                return Verdict::Sound;
            }
            collected.activities.push(Activity {
                event_time: record.event_time,
                account_id: account.into(),
                event_id: record.event_id.unwrap_or_default().into(),
                fingerprint: None,
                label,
                action: action(&record),
                source_ip: record.source_ip.unwrap_or_default().into(),
                session: record.identity.access_key_id.map(|key| (key.into(), record.identity.session_start)),
                object: 0,
                record_index: index,
                json: json.into(),
                line: line.map(Into::into),
                copies: 0,
                id_conflict: false,
            });
            Verdict::Sound
        });
        outcome.unwrap_or(Verdict::Damaged)
    }
}

/// `iam CreateUser`.
fn action(record: &Record<'_>) -> Box<str> {
    let source = record.event_source.unwrap_or("?");
    let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    format!("{service} {}", record.event_name.unwrap_or("?")).into()
}

impl Sink for Collector<'_> {
    fn record(&mut self, found: Found<'_>) -> Verdict {
        if found.suspect || self.context.config.full_parse || self.context.prefilter.may_matter(&found) {
            self.label(found.bytes, found.index, None)
        } else {
            self.collected.pass(found.event_time);
            Verdict::Sound
        }
    }
}
