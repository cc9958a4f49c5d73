//! A pass over evidence for records that hold one of many texts.
//!
//! Only objects in which one occurs are taken apart, and only records in which one occurs are parsed: see [`super::read`]'s `sought`.

use super::drive::{Done, Evidence};
use super::fold::{Fold, next_place};
use super::read::{Hit, Part, Reader, Sought};
use super::scan::texts;
use super::{Config, Progress};
use crate::case::spool::Texts;
use crate::case::table::manifest::Row;
use crate::error::Result;
use crate::evidence::inflate::GzipReader;
use crate::evidence::source::{Object, Source, Stored};
use crate::lineage::Needle;

/// What a pass found.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    /// By time, content and place.
    pub hits: Vec<Hit>,
    /// The records.
    pub texts: Texts,
    /// The objects that they are in.
    pub uris: Vec<String>,
    /// Objects of which something was lost.
    pub lost: Vec<Row>,
}

/// What a search folds objects to.
#[derive(Debug, Default)]
struct Found {
    rows: Vec<Row>,
    hits: Vec<Hit>,
}

impl Fold for Found {
    fn take(&mut self, part: Part) {
        let object = next_place(&self.rows);
        self.hits.extend(part.hits.into_iter().map(|hit| Hit { object, ..hit }));
        self.rows.push(part.entry.row);
    }

    fn append(&mut self, mut other: Self) {
        let offset = next_place(&self.rows);
        other.hits.iter_mut().for_each(|hit| hit.object += offset);
        self.hits.append(&mut other.hits);
        self.rows.append(&mut other.rows);
    }
}

/// Objects whose beginnings tell what is common in all of them, and how much of each.
const SAMPLED: usize = 8;
const BEGINNING: usize = 64 << 10;

/// Some text of what will be searched, for speed: it tells which parts of what is looked for are rare. What cannot be read is not missed here.
fn sample(evidence: &Evidence<'_>) -> Vec<u8> {
    let mut sample = Vec::new();
    for queued in evidence.queue.iter().step_by(evidence.queue.len().div_ceil(SAMPLED).max(1)) {
        let mut buffer = Vec::new();
        if let Ok(Stored::Bytes(stored)) = queued.source.open(&queued.object, &mut buffer) {
            let start = GzipReader::new(stored, BEGINNING as u64).start(BEGINNING);
            sample.extend(start.unwrap_or_else(|_| stored[..stored.len().min(BEGINNING)].to_vec()));
        }
    }
    sample
}

/// Looks for texts in all evidence, on the threads of the current pool. Objects that `skip` says nothing can be in are not opened.
///
/// # Errors
/// When a place of evidence is not there, texts cannot be kept, or there are too many to look for.
pub(crate) fn search(
    sources: &[&dyn Source],
    config: &Config,
    needles: &[Needle],
    skip: &mut dyn FnMut(&Object) -> bool,
    progress: &dyn Progress,
) -> Result<Hits> {
    let mut evidence = Evidence::list(sources, None)?;
    evidence.queue.retain(|queued| !skip(&queued.object));
    evidence.queue.sort_by_key(|queued| std::cmp::Reverse(queued.object.size));
    let wanted = Sought::new(needles, &sample(&evidence))?;
    let Done { folded: Found { rows, mut hits }, workers, .. } = evidence.read(Reader::new(config, None, Some(&wanted)), progress);
    let texts = texts(workers, config)?;
    let place = |hit: &Hit| (rows[hit.object as usize].uri.as_str(), hit.record_index);
    hits.sort_by(|one, other| {
        (one.event_time, one.fingerprint).cmp(&(other.event_time, other.fingerprint)).then_with(|| place(one).cmp(&place(other)))
    });
    let lost = rows.iter().filter(|row| row.status.is_loss()).cloned().collect();
    Ok(Hits { hits, texts, uris: rows.into_iter().map(|row| row.uri).collect(), lost })
}
