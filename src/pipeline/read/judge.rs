//! From what was read of a file to its row of the manifest: its status, and the words for it. Pure.

use super::collect::Collected;
use super::part::Part;
use crate::case::entry::{Bytes, Entry, StoredDigest};
use crate::case::table::manifest::{Row, Status};
use crate::evidence::inflate::Fault;
use crate::evidence::record::kind::Content;
use crate::evidence::record::view::Category;
use crate::evidence::record::{Form, MIXED, Tally};
use crate::evidence::source::Kind;

/// What is wrong with a file as a whole.
pub(super) enum Trouble {
    Gzip(Fault),
    Reason(String),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Gzip(fault)
    }
}

/// What was read of a file.
pub(super) struct Reading {
    pub tally: Tally,
    /// Its number among those that were collected from.
    pub number: u32,
    pub collected: Collected,
    pub trouble: Option<Trouble>,
    pub seen: Seen,
    /// The text, where it is a digest's and integrity is looked at.
    pub digest: Option<Box<[u8]>>,
}

/// What the text looked like.
pub(super) struct Seen {
    pub content: Content,
    /// Whether anything in it looks like a record.
    pub mentions: bool,
    /// Why a text that is not read looks like CloudTrail.
    pub likeness: Option<&'static str>,
    pub inflated: u64,
}

/// Turns what was read of a file into its part.
pub(super) fn part(mut row: Row, reading: Reading, fault: Option<Trouble>) -> Part {
    let Reading { tally, number, collected, trouble, seen, digest } = reading;
    row.number = Some(number);
    row.inflated = seen.inflated;
    row.records = tally.records;
    row.damaged = tally.damaged;
    row.apart = tally.apart;
    row.labelled = collected.labelled;
    row.passed_over = collected.passed_over;
    row.outside_terms = collected.outside_terms;
    row.no_event_time = collected.no_event_time;
    row.first_event_time = collected.first;
    row.last_event_time = collected.last;
    row.management_event = collected.management_event;
    row.form = match tally.forms.as_slice() {
        [] => None,
        [form] => Some(form.name()),
        _ => Some(MIXED),
    };
    row.damage_offset = tally.damage.first().map(|damage| damage.offset);
    row.damage_record = tally.damage.first().map(|damage| damage.record_index);
    row.kind = match (collected.apart, tally.digests) {
        _ if tally.records > 0 => Some(Kind::Log),
        (_, 1..) => Some(Kind::Digest),
        (Some(Category::Insight), _) => Some(Kind::Insight),
        (Some(Category::NetworkActivity), _) => Some(Kind::NetworkActivity),
        (Some(Category::Aggregated), _) => Some(Kind::Aggregated),
        (None, 0) => None,
    };
    row.appended = matches!(fault, Some(Trouble::Gzip(Fault::Appended(_))));
    row.trailer_damaged = matches!(fault, Some(Trouble::Gzip(Fault::TrailerCut(_) | Fault::Mismatch)));
    let troubles: Vec<Trouble> = trouble.into_iter().chain(fault).collect();
    (row.status, row.reason) = judge(&row, &tally, &troubles, &seen);
    let Collected { activities, clues, events, hits, kept, .. } = collected;
    let digest = digest.map(|text| StoredDigest { text: Bytes(text.into_vec().into()), signature: None });
    Part { entry: Entry { row, kept, digest, events }, activities, clues, hits }
}

/// The status of a file and the words for it.
fn judge(row: &Row, tally: &Tally, troubles: &[Trouble], seen: &Seen) -> (Status, Option<String>) {
    let should_be_a_log = || row.is_cloudtrail_key();
    let mut words: Vec<String> = troubles
        .iter()
        .map(|trouble| match trouble {
            Trouble::Gzip(fault) => fault.to_string(),
            Trouble::Reason(reason) => reason.clone(),
        })
        .collect();
    words.extend(tally.damage.iter().map(|damage| format!("{} (record {}, byte {})", damage.fault, damage.record_index, damage.offset)));
    let unnamed = tally.faults - tally.damage.len() as u64;
    if unnamed > 0 {
        words.push(format!("{unnamed} more faults"));
    }
    let something = tally.records > tally.damaged || tally.apart > 0 || tally.digests > 0;
    let log_like = !tally.forms.is_empty() || seen.mentions || something || !words.is_empty() && should_be_a_log();
    if !words.is_empty() && (log_like || troubles.iter().any(|trouble| !matches!(trouble, Trouble::Gzip(Fault::Appended(_))))) {
        let status = if something { Status::Partial } else { Status::Damaged };
        return (status, Some(words.join("; ")));
    }
    if !something && tally.forms.is_empty() {
        if seen.content == Content::Empty {
            // An empty text can only be told from a log by its name. Nobody pipes nothing on purpose.
            let name = row.uri.to_ascii_lowercase();
            let named =
                ["stdin", ".gz", ".json", ".jsonl", ".ndjson", ".csv", ".tar", ".tgz", ".zip"].iter().any(|end| name.ends_with(end));
            return if named { (Status::Damaged, Some("empty".to_owned())) } else { (Status::NotALog, Some("empty".to_owned())) };
        }
        let reason = match seen.content {
            Content::Unknown | Content::Empty => "content not recognised",
            Content::HistoryCsv => "no rows",
            Content::Json => "JSON without CloudTrail records",
        };
        return match tally.likeness.or(seen.likeness) {
            Some(likeness) => (Status::Unrecognised, Some(likeness.to_owned())),
            None if should_be_a_log() => (Status::Damaged, Some(reason.to_owned())),
            None => (Status::NotALog, Some(reason.to_owned())),
        };
    }
    if let Some(likeness) = tally.likeness {
        let status = if something { Status::Partial } else { Status::Unrecognised };
        return (status, Some(format!("{} of the values are not read: {likeness}", tally.like_records)));
    }
    // Lists of that name are not CloudTrail's alone.
    let is_list = |form: &Form| matches!(form, Form::Records | Form::LookupEvents);
    if !something && tally.records == 0 && tally.other_values > 0 && tally.forms.iter().all(is_list) {
        let status = if should_be_a_log() { Status::Damaged } else { Status::NotALog };
        return (status, Some("JSON without CloudTrail records".to_owned()));
    }
    if tally.records == 0
        && let Some(kind) = row.kind
    {
        return (Status::Skipped, Some(format!("{} object, not part of the record count", kind.name())));
    }
    let notes = [(tally.other_values, "values that are not records"), (tally.apart, "records of other categories kept apart")];
    let notes: Vec<String> = notes.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    (Status::Read, (!notes.is_empty()).then(|| notes.join("; ")))
}
