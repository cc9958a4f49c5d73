//! The only place that wires stages: sources to inflater to records to labels to tables.
//!
//! Objects are taken from one queue, the largest first, by as many workers as there are threads; each worker owns its buffers. An archive is
//! one object of the queue, its entries are spread over idle workers. Nothing a worker does depends on another, and what needs
//! all objects is done at the end on the gathered activities.

mod collect;
pub mod convert;
mod object;

use crate::activity::Activity;
use crate::assemble::{self, Folded};
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::record::Delimiter;
use crate::record::prefilter::{Prefilter, Wanted};
use crate::record::view::OTHER_TYPES;
use crate::root::{self, Grant};
use crate::source::{Object, Passed, Source, Why};
use crate::spool::{self, Spool, Texts};
use crate::table::manifest::{Row, Status};
use object::{Context, Worker};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

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
    /// The folder for the texts of activities, where they are many; without one they stay in memory.
    pub temp: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self { filter: Filter::default(), max_object_size: 4 << 30, full_parse: false, hash: false, temp: None }
    }
}

/// Is told how a scan goes on, from many threads.
pub trait Progress: Sync {
    /// Listing is done: objects and stored bytes to read.
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
}

/// What one worker gathered: rows, and activities that refer to them.
#[derive(Debug, Default)]
struct Gathered {
    rows: Vec<Row>,
    activities: Vec<Activity>,
    grants: Vec<Grant>,
}

impl Gathered {
    /// Takes over what another gathered.
    fn append(&mut self, mut other: Self) {
        let offset = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        for activity in &mut other.activities {
            activity.object += offset;
        }
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
    let mut found = Found::list(sources)?;
    // The largest first, so that none of them is left for the end when the other threads have nothing more to do.
    found.queue.sort_by_key(|queued| std::cmp::Reverse(queued.object.size));
    let (gathered, workers) = found.read(config, None, progress)?;
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

/// What there is to read.
struct Found<'s> {
    queue: Vec<Queued<'s>>,
    /// What is not read.
    passed: Vec<Row>,
}

impl<'s> Found<'s> {
    fn list(sources: &[&'s dyn Source]) -> Result<Self> {
        let mut found = Self { queue: Vec::new(), passed: Vec::new() };
        for source in sources {
            let listing = source.list()?;
            found.passed.extend(listing.passed.into_iter().map(passed_row));
            for object in listing.objects {
                let listed = u32::try_from(found.queue.len()).unwrap_or(u32::MAX);
                found.queue.push(Queued { source: *source, object, listed });
            }
        }
        Ok(found)
    }

    /// Reads the queue in its order, on all threads. With a spool, every record within the terms goes there.
    fn read(self, config: &Config, spool: Option<&Spool>, progress: &dyn Progress) -> Result<(Gathered, Vec<Worker>)> {
        let Self { queue, passed } = self;
        progress.listed(queue.len() as u64, queue.iter().map(|queued| queued.object.size).sum());
        let (needles, names) = root::WANTED;
        let wanted = Wanted { needles, names, types: &OTHER_TYPES };
        let delimiter = Delimiter::detect();
        let delimiter = if spool.is_some() { delimiter.with_ids() } else { delimiter };
        let (workers, objects, pads) = (Mutex::default(), AtomicU32::new(0), AtomicU32::new(0));
        let context = Context { config, prefilter: Prefilter::new(wanted), delimiter, progress, spool, workers, objects, pads };
        let next = AtomicUsize::new(0);
        let parts = rayon::broadcast(|_| {
            let mut part = Gathered::default();
            while let Some(Queued { source, object, listed }) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut worker = context.worker();
                let first = part.rows.len();
                context.object(*source, object, &mut worker, &mut part);
                part.rows[first..].iter_mut().for_each(|row| row.listed = *listed);
                if worker.pad.has_failed() || worker.spool.as_ref().is_some_and(spool::Writer::has_failed) {
                    // Nothing good can come of the rest.
                    next.fetch_max(queue.len(), Ordering::Relaxed);
                }
                context.release(worker);
            }
            part
        });
        let mut gathered = Gathered { rows: passed, ..Gathered::default() };
        for part in parts {
            gathered.append(part);
        }
        let workers = context.workers.into_inner().unwrap_or_default();
        Ok((gathered, workers.into_iter().map(|worker| *worker).collect()))
    }
}

/// A row for something that was not read.
fn passed_row(passed: Passed) -> Row {
    let (status, reason) = match passed.why {
        Why::SameAs(first) => (Status::Skipped, format!("same file as `{first}`, read once")),
        Why::SymlinkLoop => (Status::Skipped, "symbolic link loop".to_owned()),
        Why::NotAFile => (Status::Skipped, "not a regular file".to_owned()),
        Why::CaseFolder => (Status::Skipped, "the folder of results itself".to_owned()),
        Why::Unreadable(error) => (Status::Damaged, format!("cannot be read: {error}")),
    };
    Row { status, reason: Some(reason), ..Row::new(passed.uri, passed.size) }
}

/// The order of the manifest: by URI. Gives the place of each row in it.
fn places(rows: &[Row]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows.len()).map(|index| u32::try_from(index).unwrap_or(u32::MAX)).collect();
    // In the order of the listing first, which is by numbers and nearly it: names that share most of their letters are slow to compare.
    order.sort_unstable_by_key(|index| (rows[*index as usize].listed, *index));
    order.sort_by(|one, other| {
        let (one, other) = (&rows[*one as usize], &rows[*other as usize]);
        one.uri.cmp(&other.uri).then_with(|| one.reason.cmp(&other.reason))
    });
    let mut places = vec![0; order.len()];
    for (place, index) in order.iter().enumerate() {
        places[*index as usize] = u32::try_from(place).unwrap_or(u32::MAX);
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
    Ok(Scan { activities: gathered.activities, texts, manifest, folded })
}

/// Workers not in use; a worker that waits for others to help with an archive must not be entered a second time.
type Idle = Mutex<Vec<Box<Worker>>>;
