//! Every record into tables, one folder for each account and day.
//!
//! Reading is that of a scan, but each record within the terms goes to a [`crate::case::spool`], unparsed where its place shows without. When all
//! is read, the spool gives the records back by account and day, in order of time; copies are neighbours then and are folded. Only
//! here is each record parsed, once, and its columns written.

use super::drive::{Done, Evidence};
use super::fold::{Fold, arrange, places, reconcile};
use super::read::{Part, Reader};
use super::{Config, Progress};
use crate::case::assemble::{Folded, Joins};
use crate::case::spool::{Group, Item, Merge, Pile, Repeated, Runs, Spool, Writer};
use crate::case::table::TableWriter;
use crate::case::table::columns::{Rows, Schema};
use crate::case::table::event::Origin;
use crate::case::table::manifest::{Row, Status};
use crate::case::table::records;
use crate::error::{Error, Result};
use crate::evidence::record::content::{self, Fingerprint};
use crate::evidence::record::view::{Parser, Record};
use crate::evidence::source::key::is_account;
use crate::evidence::source::{Key, Source};
use crate::root::{Class, Clues, Label, Need, device_of};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Everything read, and the records put aside.
#[derive(Debug)]
pub struct Converted {
    /// One row an object, sorted by URI.
    pub manifest: Vec<Row>,
    runs: Runs,
    clues: Clues,
    /// Where in the manifest the object of each number stands.
    places: Vec<u32>,
}

/// What a conversion folds objects to; the records are in the spool by then.
#[derive(Debug, Default)]
struct Gathered {
    rows: Vec<Row>,
    clues: Clues,
}

impl Fold for Gathered {
    fn take(&mut self, part: Part) {
        self.clues.append(part.clues);
        self.rows.push(part.entry.row);
    }

    fn append(&mut self, mut other: Self) {
        self.clues.append(other.clues);
        self.rows.append(&mut other.rows);
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows of all files.
    pub rows: u64,
    /// Files.
    pub files: u64,
    /// Copies, conflicts, resolved sessions.
    pub folded: Folded,
}

/// Reads all evidence on the threads of the current pool and puts every record within the terms into `spool`.
///
/// # Errors
/// As [`scan`](super::scan()), and when the spool cannot be written.
pub fn read(sources: &[&dyn Source], config: &Config, spool: &Spool, progress: &dyn Progress) -> Result<Converted> {
    let mut evidence = Evidence::list(sources, None)?;
    // Large ones first, so that none is left for the end; then by time, so that a run holds few days and a day is found in few runs.
    evidence.queue.sort_by_cached_key(|queued| (queued.large_first(), Key::parse(&queued.object.uri).delivered_at));
    let reader = Reader::new(config, Some(spool), None);
    let Done { folded: Gathered { rows, clues }, workers, .. } = evidence.read(reader, progress);
    let writers = workers.into_iter().filter_map(|worker| worker.spool);
    let parts = writers.map(Writer::finish).collect::<Result<_, _>>().map_err(|source| spool.failed(source))?;
    let rank = places(&rows);
    let numbers = rows.iter().filter_map(|row| row.number).max().map_or(0, |last| last as usize + 1);
    let mut of_number = vec![0; numbers];
    for (row, rank) in rows.iter().zip(&rank) {
        if let Some(number) = row.number {
            of_number[number as usize] = *rank;
        }
    }
    let manifest = arrange(rows, &rank);
    reconcile(&manifest)?;
    let runs = Runs::new(parts).map_err(|source| spool.failed(source))?;
    let within: u64 = manifest.iter().map(|row| row.records - row.damaged - row.outside_terms).sum();
    if within != runs.items() {
        return Err(Error::Unreconciled(format!("{within} records within the terms, but {} put aside", runs.items())));
    }
    Ok(Converted { manifest, runs, clues, places: of_number })
}

/// What a file's writing came to.
#[derive(Debug, Default)]
struct Outcome {
    written: Written,
    /// Objects of folded copies.
    copies: Vec<u32>,
    /// Records that turned out to be no JSON: object, index, and whether they were labelled.
    broken: Vec<(u32, u64, bool)>,
}

/// Bytes read back from the spool after which their memory is given back.
const RELEASE_AFTER: u64 = 64 << 20;

impl Converted {
    /// Writes the tables below `folder`; `with_record` adds the record itself as a column. The manifest is brought up to date with
    /// what shows only now: copies, and records that are no JSON.
    ///
    /// # Errors
    /// When a file cannot be written, or the count of records does not add up.
    pub fn write(&mut self, folder: &Path, with_record: bool, progress: &dyn Progress) -> Result<Written> {
        let repeated = self.runs.repeated_ids();
        self.runs.release();
        let piles = self.runs.piles();
        let mut files = name(&self.runs, piles);
        progress.writing(files.iter().map(|(_, pile)| pile.bytes).sum());
        files.sort_by_key(|(_, pile)| Reverse(pile.bytes));
        let joins = Joins::new(&self.clues);
        let table = Table { converted: self, repeated, joins, with_record, read: AtomicU64::new(0) };
        let outcomes: Result<Vec<Outcome>> =
            files.par_iter().with_max_len(1).map(|(name, pile)| table.write(pile, &folder.join(name), progress)).collect();
        let outcomes = outcomes?;
        let mut written = Written { files: files.len() as u64, ..Written::default() };
        let mut broken = Vec::new();
        for outcome in outcomes {
            written.rows += outcome.written.rows;
            written.folded.duplicates += outcome.written.folded.duplicates;
            written.folded.conflicts += outcome.written.folded.conflicts;
            written.folded.privileged += outcome.written.folded.privileged;
            for object in outcome.copies {
                self.manifest[self.places[object as usize] as usize].duplicates += 1;
            }
            broken.extend(outcome.broken.into_iter().map(|(object, index, labelled)| (self.places[object as usize], index, labelled)));
        }
        let lost = broken.len() as u64;
        name_broken(&mut self.manifest, broken);
        reconcile(&self.manifest)?;
        if written.rows + written.folded.duplicates + lost != self.runs.items() {
            let Written { rows, folded, .. } = written;
            return Err(Error::Unreconciled(format!(
                "{} records put aside, but {rows} written, {} folded, {lost} broken",
                self.runs.items(),
                folded.duplicates
            )));
        }
        Ok(written)
    }
}

/// Gives each pile its file: `account=111122223333/day=2026-01-31/part-0000.parquet`. What is not an account id has no folder of its own, so that
/// names in the evidence never become names on disk.
fn name(runs: &Runs, piles: Vec<Pile>) -> Vec<(String, Pile)> {
    const NONE: &str = "__HIVE_DEFAULT_PARTITION__";
    let mut named: Vec<(String, Pile)> = piles
        .into_iter()
        .map(|pile| {
            let account = runs.account(&pile);
            let account = if is_account(account) { account } else { NONE };
            let day = pile.day.and_then(|day| chrono::DateTime::from_timestamp(day.checked_mul(86_400)?, 0));
            let day = day.map_or_else(|| NONE.to_owned(), |day| day.format("%Y-%m-%d").to_string());
            (format!("account={account}/day={day}"), pile)
        })
        .collect();
    // Stable: within a folder the piles stay in order of account and time.
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut part = 0;
    let mut last = String::new();
    for (folder, _) in &mut named {
        part = if *folder == last { part + 1 } else { 0 };
        last.clone_from(folder);
        *folder = format!("{folder}/part-{part:04}.parquet");
    }
    named
}

/// Counts records that are no JSON as damaged and names the first of each object.
fn name_broken(manifest: &mut [Row], mut broken: Vec<(u32, u64, bool)>) {
    broken.sort_unstable();
    for of_object in broken.chunk_by(|one, other| one.0 == other.0) {
        let (place, first, _) = of_object[0];
        let row = &mut manifest[place as usize];
        let labelled = of_object.iter().filter(|(_, _, labelled)| *labelled).count() as u64;
        let count = of_object.len() as u64;
        row.labelled -= labelled;
        row.passed_over -= count - labelled;
        row.damaged += count;
        let words = format!("{count} records that are no JSON (the first is record {first})");
        row.reason = Some(row.reason.take().map_or(words.clone(), |reason| format!("{reason}; {words}")));
        row.status = Status::Partial;
        row.damage_record = Some(row.damage_record.map_or(first, |damaged| damaged.min(first)));
    }
}

/// A row group is closed when it holds this many rows, or records of this many bytes.
const GROUP_ROWS: usize = 1 << 16;
const GROUP_BYTES: usize = 32 << 20;

/// What the writing of each file needs.
struct Table<'c> {
    converted: &'c Converted,
    repeated: Repeated,
    joins: Joins<'c>,
    with_record: bool,
    /// Bytes of records taken out of the spool.
    read: AtomicU64,
}

impl Table<'_> {
    fn write(&self, pile: &Pile, path: &Path, progress: &dyn Progress) -> Result<Outcome> {
        let failed = |source| Error::Case { action: "write", path: path.to_path_buf(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let schema = records::schema(self.with_record);
        let mut writer = TableWriter::new(File::create(path).map_err(failed)?, path, &schema)?;
        let mut reading = Reading { merge: self.converted.runs.merge(pile), ..Reading::default() };
        let mut rows = self.fill(pile, &schema, &mut reading, progress);
        while !reading.ended {
            // Compressed while the next group is made, where a thread has nothing else to do: that is when few files are left.
            let (encoded, next) = rayon::join(|| writer.encode(rows), || self.fill(pile, &schema, &mut reading, progress));
            writer.write(&encoded?)?;
            rows = next;
        }
        writer.write(&writer.encode(rows)?)?;
        writer.finish()?;
        Ok(reading.outcome)
    }

    /// Makes the rows of the next row group.
    fn fill(&self, pile: &Pile, schema: &Schema, reading: &mut Reading<'_>, progress: &dyn Progress) -> Rows {
        let mut rows = Rows::new(schema, usize::try_from(pile.items.min(GROUP_ROWS as u64)).unwrap_or(0));
        let account_id = self.converted.runs.account(pile);
        let mut bytes = 0;
        while rows.len() < GROUP_ROWS && bytes < GROUP_BYTES {
            let Some(one) = self.next(pile, reading) else {
                reading.ended = true;
                break;
            };
            bytes += one.item.json.len();
            if self.row(&one, account_id, &mut reading.parser, &mut rows, &mut reading.outcome) {
                reading.outcome.written.rows += 1;
            }
        }
        self.took(bytes, progress);
        rows
    }

    /// The next record that becomes a row.
    fn next<'c>(&self, pile: &Pile, reading: &mut Reading<'c>) -> Option<One<'c>> {
        loop {
            if let Some(one) = reading.folded.next() {
                return Some(one);
            }
            let mut group = std::mem::take(&mut reading.group);
            let more = reading.merge.next_group(&mut group);
            if let [item] = group[..] {
                let id_conflict = self.repeated.has_earlier(pile, &item);
                reading.outcome.written.folded.conflicts += u64::from(id_conflict);
                reading.group = group;
                return Some(One { item, copies: 0, id_conflict });
            }
            if !more {
                return None;
            }
            reading.folded = self.fold(pile, group, &mut reading.parser, &mut reading.outcome).into_iter();
        }
    }

    /// Counts bytes taken out of the spool and gives their memory back now and then.
    fn took(&self, bytes: usize, progress: &dyn Progress) {
        let before = self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        if before / RELEASE_AFTER != (before + bytes as u64) / RELEASE_AFTER {
            self.converted.runs.release();
        }
        progress.wrote(bytes as u64);
    }

    fn place(&self, item: &Item<'_>) -> (u32, u64) {
        (self.converted.places[item.object as usize], item.record_index)
    }

    /// Folds the copies among records of one account, time and event id.
    fn fold<'s>(&self, pile: &Pile, mut group: Group<'s>, parser: &mut Parser, outcome: &mut Outcome) -> Vec<One<'s>> {
        if group.first().is_some_and(|first| first.event_id.is_empty()) {
            // Nothing says that records without an id are one event.
            group.sort_unstable_by_key(|item| self.place(item));
            return group.into_iter().map(|item| One { item, copies: 0, id_conflict: false }).collect();
        }
        let mut fingerprint = |json| parser.with(json, content::fingerprint).unwrap_or_else(|_| content::cut(json));
        let mut marked: Vec<(Fingerprint, Item<'_>)> = group.into_iter().map(|item| (fingerprint(item.json), item)).collect();
        marked.sort_unstable_by_key(|(fingerprint, item)| (*fingerprint, self.place(item)));
        let mut folded: Vec<One<'_>> = Vec::new();
        for same in marked.chunk_by(|one, other| one.0 == other.0) {
            let Some(((_, item), copies)) = same.split_first() else { continue };
            outcome.copies.extend(copies.iter().map(|(_, copy)| copy.object));
            outcome.written.folded.duplicates += copies.len() as u64;
            let id_conflict = !folded.is_empty() || self.repeated.has_earlier(pile, item);
            outcome.written.folded.conflicts += u64::from(id_conflict);
            folded.push(One { item: *item, copies: copies.len() as u64, id_conflict });
        }
        folded
    }

    /// Writes a row; `false` where the record is not JSON after all.
    fn row(&self, one: &One<'_>, account_id: &str, parser: &mut Parser, rows: &mut Rows, outcome: &mut Outcome) -> bool {
        let One { item, copies, id_conflict } = one;
        let mut label = Label::of_tag(item.tag);
        let place = self.converted.places[item.object as usize];
        let parsed = parser.with_raw(item.json, |value, raw| {
            let record = Record::read(value);
            if let Some(label) = &mut label
                && label.class == Class::Direct
                && let (Some(key), Some(time)) = (record.identity.access_key_id, item.event_time)
                && self.joins.holds(key, account_id, time)
            {
                label.class = Class::PrivilegedSession;
                outcome.written.folded.privileged += 1;
            }
            if let Some(label) = &mut label
                && let Some(device) = device_of(&record, *label)
                && self.joins.owns(account_id, &device)
            {
                label.need = Some(Need::Required);
            }
            let affected: Vec<Box<str>> = record.affected_account_id().filter(|_| label.is_some()).into_iter().map(Box::from).collect();
            let origin = Origin {
                account_id,
                affected: &affected,
                label,
                copies: *copies,
                id_conflict: *id_conflict,
                object_uri: &self.converted.manifest[place as usize].uri,
                record_index: item.record_index,
                degraded: item.line.is_some() || record.identity.is_reduced(),
            };
            let delivered = self.with_record.then(|| item.line.unwrap_or(item.json));
            records::row(rows, &record, &origin, raw, delivered);
        });
        if parsed.is_err() {
            outcome.broken.push((item.object, item.record_index, label.is_some()));
        }
        parsed.is_ok()
    }
}

/// How far the records of a file have been read.
#[derive(Default)]
struct Reading<'c> {
    merge: Merge<'c>,
    group: Group<'c>,
    /// Of the last group, not yet written.
    folded: std::vec::IntoIter<One<'c>>,
    parser: Parser,
    outcome: Outcome,
    /// Whether there is nothing more.
    ended: bool,
}

/// A record that becomes a row.
struct One<'s> {
    item: Item<'s>,
    copies: u64,
    id_conflict: bool,
}
