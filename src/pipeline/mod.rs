//! The only place that wires stages: sources to inflater to records to labels to tables.
//!
//! Objects are taken from one queue, large ones first, by as many workers as there are threads; each worker owns its buffers. An archive is
//! one object of the queue, its entries are spread over idle workers. Nothing a worker does depends on another, and what needs
//! all objects is done at the end on the gathered activities.

mod arrive;
mod collect;
pub mod convert;
pub mod copy;
mod judge;
mod object;
pub mod search;
mod through;
pub mod trace;
pub mod verify;

use crate::case::Journal;
use crate::case::activity::Activity;
use crate::case::assemble::{self, Folded};
use crate::case::spool::{Spool, Texts};
use crate::case::table::manifest::{Row, Status};
use crate::error::{Error, Result};
use crate::evidence::filter::Filter;
use crate::evidence::record::Delimiter;
use crate::evidence::record::prefilter::{Prefilter, Wanted};
use crate::evidence::record::view::OTHER_TYPES;
use crate::evidence::source::{Flow, Object, Passed, Source};
use crate::evidence::sync;
use crate::proof::integrity::explain::{self, Event};
use crate::root::{self, Grant};
use collect::{Collected, Kept};
use object::{Context, Worker};
use std::cmp::Reverse;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// How a scan is done.
#[derive(Debug, Clone)]
pub struct Config {
    /// What goes into the timeline.
    pub filter: Filter,
    /// The largest inflated size of one object, in bytes.
    pub max_object_size: u64,
    /// Parse every record, not only those that can matter. Gives the same result, slowly.
    pub full_parse: bool,
    /// Hash the stored bytes of every object.
    pub hash: bool,
    /// Gather what integrity is checked by: the hash of every object's text, digests, and records that explain gaps.
    pub integrity: bool,
    /// The folder for the texts of activities, where they are many; without one they stay in memory.
    pub temp: Option<PathBuf>,
    /// What earlier scans learnt of objects in S3, which are not fetched again then; this one adds to it.
    pub journal: Option<Arc<Journal>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            max_object_size: 4 << 30,
            full_parse: false,
            hash: false,
            integrity: false,
            temp: None,
            journal: None,
        }
    }
}

/// Is told how a scan goes on, from many threads.
pub trait Progress: Sync {
    /// Objects and stored bytes to read, as far as is known: of places that are far away it is told again and again.
    fn listed(&self, objects: u64, bytes: u64);
    /// An object is done: stored bytes, records.
    fn done(&self, bytes: u64, records: u64);
    /// Reading is done and this many bytes of records are to be written into tables.
    fn writing(&self, bytes: u64);
    /// So many of them are.
    fn wrote(&self, bytes: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn listed(&self, _: u64, _: u64) {}
    fn done(&self, _: u64, _: u64) {}
    fn writing(&self, _: u64) {}
    fn wrote(&self, _: u64) {}
}

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

/// What one worker gathered: rows, and activities that refer to them.
#[derive(Debug, Default)]
struct Gathered {
    rows: Vec<Row>,
    activities: Vec<Activity>,
    grants: Vec<Grant>,
    kept: Vec<Kept>,
    recalled: u64,
    digests: Vec<DigestText>,
    events: Vec<Event>,
    hits: Vec<search::Hit>,
}

impl Gathered {
    /// Takes an object's row and what belongs to it.
    fn take(&mut self, row: Row, mut collected: Collected) {
        let place = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.hits.extend(collected.hits_at(place));
        self.activities.extend(collected.activities.into_iter().map(|activity| Activity { object: place, ..activity }));
        self.kept.extend(collected.kept.into_iter().map(|kept| Kept { row: place, ..kept }));
        self.grants.extend(collected.grants);
        self.events.extend(collected.events);
        self.rows.push(row);
    }

    /// Takes over what another gathered.
    fn append(&mut self, mut other: Self) {
        let offset = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        for activity in &mut other.activities {
            activity.object += offset;
        }
        for kept in &mut other.kept {
            kept.row += offset;
        }
        for digest in &mut other.digests {
            digest.object += offset;
        }
        for hit in &mut other.hits {
            hit.object += offset;
        }
        self.hits.append(&mut other.hits);
        self.digests.append(&mut other.digests);
        self.events.append(&mut other.events);
        self.kept.append(&mut other.kept);
        self.recalled += other.recalled;
        self.rows.append(&mut other.rows);
        self.activities.append(&mut other.activities);
        self.grants.append(&mut other.grants);
    }
}

/// The threads that a scan and the writing of its tables run on.
///
/// # Errors
/// When they cannot be started.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|_| Error::Threads(threads))
}

/// Reads all evidence and gives the timeline and the manifest, on the threads of the current pool.
///
/// # Errors
/// When a place of evidence is not there, the texts of activities cannot be kept, or the count of records does not add up. Damage in the
/// evidence is no error; it stands in the manifest.
pub fn scan(sources: &[&dyn Source], config: &Config, progress: &dyn Progress) -> Result<Scan> {
    let mut found = Found::list(sources, config.journal.as_ref())?;
    // The others as they were listed: what lies together is found together, by the system and by the processor.
    found.queue.sort_by_key(Queued::large_first);
    let (gathered, workers) = found.read(config, None, None, progress)?;
    if let Some(journal) = &config.journal {
        journal.finish()?;
    }
    let failed = |source| Error::Spool { folder: config.temp.clone().unwrap_or_default(), source };
    let texts = Texts::new(workers.into_iter().map(|worker| worker.pad).collect()).map_err(failed)?;
    finish(gathered, texts)
}

/// An object to be read.
struct Queued<'s> {
    source: &'s dyn Source,
    object: Object,
    /// Its place in the listing.
    listed: u32,
}

/// Stored bytes beyond which an object is read before the others.
const LARGE: u64 = 4 << 20;

impl Queued<'_> {
    /// Sorts the largest before all others, so that none of them is left for the end when the other threads have nothing more to do.
    fn large_first(&self) -> Reverse<u64> {
        Reverse(if self.object.size > LARGE { self.object.size } else { 0 })
    }
}

/// What there is to read.
struct Found<'s> {
    queue: Vec<Queued<'s>>,
    /// What comes while it is found.
    flows: Vec<Box<dyn Flow + 's>>,
    /// What is not read.
    passed: Vec<Row>,
}

impl<'s> Found<'s> {
    fn list(sources: &[&'s dyn Source], journal: Option<&Arc<Journal>>) -> Result<Self> {
        let mut found = Self { queue: Vec::new(), flows: Vec::new(), passed: Vec::new() };
        for source in sources {
            let journal = journal.map(Arc::clone);
            if let Some(flow) = source.flow(Arc::new(move |object| journal.as_ref().is_some_and(|journal| journal.holds(object)))) {
                found.flows.push(flow);
                continue;
            }
            let listing = source.list()?;
            found.passed.extend(listing.passed.into_iter().map(passed_row));
            for object in listing.objects {
                let listed = u32::try_from(found.queue.len()).unwrap_or(u32::MAX);
                found.queue.push(Queued { source: *source, object, listed });
            }
        }
        Ok(found)
    }

    /// Reads the queue in its order and then what flows, on all threads. With a spool, every record within the terms goes there; with texts to
    /// look for, records that hold one are all that is gathered.
    fn read(
        self,
        config: &Config,
        spool: Option<&Spool>,
        search: Option<&search::Wanted>,
        progress: &dyn Progress,
    ) -> Result<(Gathered, Vec<Worker>)> {
        let Self { queue, flows, passed } = self;
        let (objects, bytes) = (queue.len() as u64, queue.iter().map(|queued| queued.object.size).sum::<u64>());
        let listed = || {
            let (more, more_bytes) = flows.iter().map(|flow| flow.found()).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            progress.listed(objects + more, bytes + more_bytes);
        };
        listed();
        let (needles, names) = root::WANTED;
        let names: Vec<&'static str> = names.iter().copied().chain(explain::names().filter(|_| config.integrity)).collect();
        let wanted = Wanted { needles, names: &names, types: &OTHER_TYPES };
        let delimiter = Delimiter::detect();
        let delimiter = if spool.is_some() { delimiter.with_ids() } else { delimiter };
        let (workers, numbers, pads) = (Mutex::default(), AtomicU32::new(0), AtomicU32::new(0));
        let context =
            Context { config, prefilter: Prefilter::new(wanted), delimiter, progress, spool, search, workers, objects: numbers, pads };
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        // Nothing good can come of the rest once something cannot be kept.
        let release = |worker: Box<Worker>| {
            if worker.has_failed() {
                stopped.store(true, Ordering::Relaxed);
            }
            context.release(worker);
            !stopped.load(Ordering::Relaxed)
        };
        let parts = rayon::broadcast(|_| {
            let mut part = Gathered::default();
            let mut goes_on = true;
            while goes_on && let Some(Queued { source, object, listed }) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut worker = context.worker();
                let first = part.rows.len();
                context.object(*source, object, &mut worker, &mut part);
                part.rows[first..].iter_mut().for_each(|row| row.listed = *listed);
                goes_on = release(worker);
            }
            for flow in &flows {
                while goes_on && let Some(step) = flow.next() {
                    let mut worker = context.worker();
                    context.step(&**flow, step, &mut worker, &mut part);
                    listed();
                    goes_on = release(worker);
                }
            }
            part
        });
        let mut gathered = Gathered { rows: passed, ..Gathered::default() };
        for part in parts {
            gathered.append(part);
        }
        let workers = sync::into_inner(context.workers);
        Ok((gathered, workers.into_iter().map(|worker| *worker).collect()))
    }
}

/// A row for something that was not read.
fn passed_row(passed: Passed) -> Row {
    let status = if passed.why.is_loss() { Status::Damaged } else { Status::Skipped };
    Row { status, reason: Some(passed.why.to_string()), ..Row::new(passed.uri, passed.size) }
}

/// The order of the manifest: by URI. Gives the place of each row in it.
fn places(rows: &[Row]) -> Vec<u32> {
    // In the order of the listing first, which is by numbers and nearly it: names that share most of their letters are slow to compare.
    let mut order: Vec<(u32, u32)> = rows.iter().zip(0..).map(|(row, index)| (row.listed, index)).collect();
    order.sort_unstable();
    order.sort_by(|(_, one), (_, other)| {
        let (one, other) = (&rows[*one as usize], &rows[*other as usize]);
        one.uri.cmp(&other.uri).then_with(|| one.reason.cmp(&other.reason))
    });
    let mut places = vec![0; order.len()];
    for ((_, index), place) in order.into_iter().zip(0..) {
        places[index as usize] = place;
    }
    places
}

/// Puts the rows in their places.
fn arrange(mut rows: Vec<Row>, places: &[u32]) -> Vec<Row> {
    let mut arranged = vec![0; rows.len()];
    places.iter().enumerate().for_each(|(index, place)| arranged[*place as usize] = index);
    arranged.into_iter().map(|index| std::mem::take(&mut rows[index])).collect()
}

/// Checks the sum of each row.
fn reconcile(manifest: &[Row]) -> Result<()> {
    for row in manifest {
        if row.records != row.labelled + row.passed_over + row.damaged {
            return Err(Error::Unreconciled(format!(
                "{}: {} records, but {} labelled, {} passed over, {} damaged",
                row.uri, row.records, row.labelled, row.passed_over, row.damaged
            )));
        }
    }
    Ok(())
}

/// Puts rows and activities in order and checks the sums.
fn finish(mut gathered: Gathered, texts: Texts) -> Result<Scan> {
    let rank = places(&gathered.rows);
    let rows = &mut gathered.rows;
    let folded =
        assemble::timeline(&mut gathered.activities, &texts, &gathered.grants, &rank, |object| rows[object as usize].duplicates += 1);
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
    Ok(Scan { activities: gathered.activities, texts, manifest, folded, recalled: gathered.recalled, digests, events })
}

/// Workers not in use; a worker that waits for others to help with an archive must not be entered a second time.
type Idle = Mutex<Vec<Box<Worker>>>;
