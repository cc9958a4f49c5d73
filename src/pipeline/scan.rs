//! A scan: everything that has to do with root, and an account of what was read.

use super::drive::{Done, Evidence, Queued};
use super::fold::{Fold, arrange, next_place, places, reconcile};
use super::read::{Part, Reader, Worker};
use super::{Config, Progress};
use crate::case::activity::Activity;
use crate::case::assemble::{self, Folded};
use crate::case::entry::{Entry, StoredDigest};
use crate::case::spool::Texts;
use crate::case::table::manifest::Row;
use crate::error::{Error, Result};
use crate::evidence::record::logging::Event;
use crate::evidence::source::Source;
use crate::root::Clues;

/// What a scan found.
#[derive(Debug, Default)]
pub struct Scan {
    /// The timeline, in order.
    pub activities: Vec<Activity>,
    /// The texts of its records; [`Activity::text`] is a place in it.
    pub texts: Texts,
    /// One row an object, sorted by URI; [`Activity::object`] is an index into it.
    pub manifest: Vec<Row>,
    /// Copies, conflicts, resolved sessions.
    pub folded: Folded,
    /// Objects that were not fetched because an earlier run had read them.
    pub recalled: u64,
    /// Digests, in the order of the manifest; only where integrity is looked at.
    pub digests: Vec<DigestText>,
    /// Records that explain gaps, in order; only where integrity is looked at.
    pub events: Vec<Event>,
}

/// A digest as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestText {
    /// Its row in the manifest.
    pub object: u32,
    /// Inflated.
    pub text: Box<[u8]>,
    /// In its metadata, hexadecimal.
    pub signature: Option<Box<str>>,
}

/// What a scan folds objects to: rows, and what refers to them by their place.
#[derive(Debug, Default)]
struct Gathered {
    rows: Vec<Row>,
    activities: Vec<Activity>,
    clues: Clues,
    digests: Vec<DigestText>,
    events: Vec<Event>,
}

impl Fold for Gathered {
    fn take(&mut self, part: Part) {
        let object = next_place(&self.rows);
        let Part { entry: Entry { row, digest, events, .. }, activities, clues, .. } = part;
        self.activities.extend(activities.into_iter().map(|activity| Activity { object, ..activity }));
        let text = |digest: StoredDigest<'static>| DigestText { object, text: digest.text.0.into(), signature: digest.signature };
        self.digests.extend(digest.map(text));
        self.clues.append(clues);
        self.events.extend(events);
        self.rows.push(row);
    }

    fn append(&mut self, mut other: Self) {
        let offset = next_place(&self.rows);
        other.activities.iter_mut().for_each(|activity| activity.object += offset);
        other.digests.iter_mut().for_each(|digest| digest.object += offset);
        self.rows.append(&mut other.rows);
        self.activities.append(&mut other.activities);
        self.digests.append(&mut other.digests);
        self.clues.append(other.clues);
        self.events.append(&mut other.events);
    }
}

/// Reads all evidence and gives the timeline and the manifest, on the threads of the current pool.
///
/// # Errors
/// When a place of evidence is not there, the texts of activities cannot be kept, or the count of records does not add up. Damage in the
/// evidence is not an error; it stands in the manifest.
pub fn scan(sources: &[&dyn Source], config: &Config, progress: &dyn Progress) -> Result<Scan> {
    let mut evidence = Evidence::list(sources, config.journal.as_ref())?;
    // The others as they were listed: what lies together is found together, by the system and by the processor.
    evidence.queue.sort_by_key(Queued::large_first);
    let Done { folded, workers, recalled } = evidence.read(Reader::new(config, None, None), progress);
    if let Some(journal) = &config.journal {
        journal.finish()?;
    }
    finish(folded, texts(workers, config)?, recalled)
}

/// The texts that workers kept.
pub(super) fn texts(workers: Vec<Worker>, config: &Config) -> Result<Texts> {
    let failed = |source| Error::Spool { folder: config.temp.clone().unwrap_or_default(), source };
    Texts::new(workers.into_iter().map(|worker| worker.pad).collect()).map_err(failed)
}

/// Puts rows and activities in order and checks the sums.
fn finish(mut gathered: Gathered, texts: Texts, recalled: u64) -> Result<Scan> {
    let rank = places(&gathered.rows);
    let rows = &mut gathered.rows;
    let folded =
        assemble::timeline(&mut gathered.activities, &texts, &gathered.clues, &rank, |object| rows[object as usize].duplicates += 1);
    for activity in &mut gathered.activities {
        activity.object = rank[activity.object as usize];
    }
    let (mut digests, mut events) = (gathered.digests, gathered.events);
    digests.iter_mut().for_each(|digest| digest.object = rank[digest.object as usize]);
    digests.sort_unstable_by_key(|digest| digest.object);
    events.sort_unstable();
    // Delivered twice, by two trails or by one.
    events.dedup();
    let manifest = arrange(gathered.rows, &rank);
    reconcile(&manifest)?;
    let admitted: u64 = manifest.iter().map(|row| row.labelled - row.outside_terms).sum();
    if admitted != gathered.activities.len() as u64 + folded.duplicates {
        return Err(Error::Unreconciled(format!(
            "{admitted} activities found, but {} in the timeline and {} folded",
            gathered.activities.len(),
            folded.duplicates
        )));
    }
    Ok(Scan { activities: gathered.activities, texts, manifest, folded, recalled, digests, events })
}
