//! Takes the records of one object: counts them, parses those that can matter, keeps the activities.

use super::part::Hit;
use super::reader::Reader;
use super::sought::Near;
use crate::case::activity::Activity;
use crate::case::entry::{Bytes, Kept};
use crate::case::spool::{self, Item, Pad};
use crate::evidence::record::content;
use crate::evidence::record::likeness;
use crate::evidence::record::logging::Event;
use crate::evidence::record::management::is_management_event;
use crate::evidence::record::restore::restored;
use crate::evidence::record::time::Micros;
use crate::evidence::record::view::{Category, Parser, Record};
use crate::evidence::record::{Found, Sink, Verdict};
use crate::evidence::source::Key;
use crate::root::{self, Clues, Label};

/// Counts and activities of one file.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub labelled: u64,
    pub passed_over: u64,
    pub outside_terms: u64,
    pub no_event_time: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    pub apart: Option<Category>,
    /// Whether a management event of the account in the object's key is among the records.
    pub management_event: bool,
    pub activities: Vec<Activity>,
    pub clues: Clues,
    /// Records that explain gaps.
    pub events: Vec<Event>,
    /// Records that hold what is looked for.
    pub hits: Vec<Hit>,
    /// The texts of all labelled records, whatever the terms, where a journal keeps them.
    pub kept: Vec<Kept<'static>>,
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
    pub reader: &'c Reader<'c>,
    pub parser: &'c mut Parser,
    /// Where the texts of activities go.
    pub pad: &'c mut Pad,
    /// Where every record goes when all of them are wanted, not only the activities.
    pub spool: Option<&'c mut spool::Writer>,
    /// Number of the file among all that are collected from.
    pub number: u32,
    /// The file's name; its account stands in for that of a record without one.
    pub uri: &'c str,
    /// Where in its text something is that is looked for, where that is known.
    pub near: Option<Near<'c>>,
    pub collected: Collected,
}

impl Collector<'_> {
    /// Parses and labels a record; `line` is how it was delivered where that is not JSON.
    pub(super) fn label(&mut self, json: &[u8], index: u64, line: Option<&[u8]>) -> Verdict {
        if self.reader.sought.is_some() {
            return self.hit(json, index, line);
        }
        let Self { reader, parser, pad, spool, number, uri, collected, .. } = self;
        let mut is_changed = false;
        let outcome = parser.with(json, |value| {
            let record = Record::read(value);
            if record.is_changed && line.is_none() {
                is_changed = true;
                return Verdict::Damaged;
            }
            if let Some(category) = record.other_category() {
                collected.apart.get_or_insert(category);
                return Verdict::Apart;
            }
            // Nobody can say whose it is, and it may be root's.
            if record.is_unidentified || !record.has_identity && likeness::names_root(json) {
                return Verdict::Damaged;
            }
            if reader.config.integrity {
                collected.events.extend(Event::of(&record));
            }
            let label = root::label(&record);
            collected.clues.take(&record, label);
            match label {
                Some(_) => {
                    collected.labelled += 1;
                    collected.time(record.event_time);
                }
                None => collected.pass(record.event_time),
            }
            if label.is_none() && spool.is_none() {
                return Verdict::Sound;
            }
            if reader.config.journal.is_some() {
                collected.kept.push(Kept { record_index: index, json: Bytes::of(json), line: line.map(Bytes::of) });
            }
            // What is not root's is only known to lie in an account's logs.
            let account = if label.is_some() { record.actor_account_id() } else { record.account_id() };
            let account = account.or_else(|| Key::parse(uri).account).unwrap_or_default();
            let affected = record.affected_account_id().filter(|_| label.is_some());
            if !reader.config.filter.admits_any(record.event_time, affected.into_iter().chain([account]), record.region) {
                collected.outside_terms += 1;
                return Verdict::Sound;
            }
            if let Some(spool) = spool {
                let event_id = record.event_id.unwrap_or_default().as_bytes();
                let tag = Label::tag(label);
                spool.push(
                    account,
                    &Item { event_time: record.event_time, event_id, object: *number, record_index: index, tag, json, line },
                );
            } else if let Some(label) = label {
                collected.activities.push(Activity {
                    event_time: record.event_time,
                    account_id: account.into(),
                    affected: affected.into_iter().map(Box::from).collect(),
                    is_received: affected.is_some(),
                    event_id: record.event_id.unwrap_or_default().into(),
                    fingerprint: None,
                    label,
                    action: action(&record),
                    source_ip: record.source_ip.unwrap_or_default().into(),
                    key: record.identity.access_key_id.map(Box::from),
                    object: 0,
                    record_index: index,
                    text: pad.push(json, line),
                    copies: 0,
                    id_conflict: false,
                    degraded: line.is_some() || record.identity.is_reduced(),
                });
            }
            Verdict::Sound
        });
        if is_changed {
            // What was delivered goes along as it was.
            return restored(json).map_or(Verdict::Damaged, |record| self.label(&record, index, Some(json)));
        }
        outcome.unwrap_or(Verdict::Damaged)
    }

    /// Parses a record that holds what is looked for, and keeps it.
    fn hit(&mut self, json: &[u8], index: u64, line: Option<&[u8]>) -> Verdict {
        let Self { parser, pad, collected, .. } = self;
        let mut is_changed = false;
        let outcome = parser.with(json, |value| {
            let record = Record::read(value);
            if record.is_changed && line.is_none() {
                is_changed = true;
                return Verdict::Damaged;
            }
            if record.other_category().is_some() {
                return Verdict::Apart;
            }
            if record.is_unidentified {
                return Verdict::Damaged;
            }
            collected.hits.push(Hit {
                event_time: record.event_time,
                fingerprint: content::fingerprint(value),
                class: root::label(&record).map(|label| label.class),
                object: 0,
                record_index: index,
                text: pad.push(json, line),
            });
            Verdict::Sound
        });
        if is_changed {
            return restored(json).map_or(Verdict::Damaged, |record| self.hit(&record, index, Some(json)));
        }
        outcome.unwrap_or(Verdict::Damaged)
    }

    /// Puts a record into the spool that has nothing to do with root and shows all that its place depends on without being
    /// parsed; `false` where it does not.
    fn spool_unparsed(&mut self, found: &Found<'_>) -> bool {
        let (Some(spool), Some(time), Some(id), Some(account)) =
            (&mut self.spool, found.event_time, found.event_id, found.recipient_account_id)
        else {
            return false;
        };
        let filter = &self.reader.config.filter;
        // The parser replaces what is not text, reads escaped keys, and takes the first value that is not empty.
        let plain = !found.letters && id.is_ascii() && !id.is_empty() && !account.is_empty() && filter.regions.is_empty();
        let Some(account) = std::str::from_utf8(account).ok().filter(|_| plain) else { return false };
        self.collected.pass(found.event_time);
        if filter.admits(found.event_time, account, None) {
            let (object, record_index, tag) = (self.number, found.index, Label::tag(None));
            spool.push(account, &Item { event_time: Some(time), event_id: id, object, record_index, tag, json: found.bytes, line: None });
        } else {
            self.collected.outside_terms += 1;
        }
        true
    }
}

impl Collector<'_> {
    /// Whether the record must be parsed.
    fn may_matter(&mut self, found: &Found<'_>) -> bool {
        let Some(wanted) = self.reader.sought else { return self.reader.prefilter.may_matter(found) };
        let known = self.near.as_mut().and_then(|near| near.may_matter(wanted, found));
        known.unwrap_or_else(|| wanted.may_matter(found.bytes))
    }
}

/// Whether a record begins as all do that CloudTrail delivers: with its version, and an identity that is an object.
fn has_plain_identity(json: &[u8]) -> bool {
    const VERSION: &[u8] = b"{\"eventVersion\":\"";
    const IDENTITY: &[u8] = b"\",\"userIdentity\":{";
    let Some(rest) = json.strip_prefix(VERSION) else { return false };
    // `1.0` to `1.11` and beyond.
    (3..=6).any(|length| rest.get(length..).is_some_and(|rest| rest.starts_with(IDENTITY)))
}

/// `iam CreateUser`.
fn action(record: &Record<'_>) -> Box<str> {
    let source = record.event_source.unwrap_or("?");
    let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    format!("{service} {}", record.event_name.unwrap_or("?")).into()
}

impl Sink for Collector<'_> {
    fn record(&mut self, found: Found<'_>) -> Verdict {
        if !self.collected.management_event {
            self.collected.management_event = is_management_event(found.bytes, Key::parse(self.uri).account);
        }
        // Delivered records have their identity second, as an object; whatever is otherwise is looked at.
        let is_odd = self.reader.sought.is_none() && !has_plain_identity(found.bytes);
        let parse = found.suspect || is_odd || self.reader.config.full_parse || self.may_matter(&found);
        if parse {
            self.label(found.bytes, found.index, None)
        } else if self.spool.is_none() {
            self.collected.pass(found.event_time);
            Verdict::Sound
        } else if self.spool_unparsed(&found) {
            Verdict::Sound
        } else {
            self.label(found.bytes, found.index, None)
        }
    }
}
