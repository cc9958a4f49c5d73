//! The map of every run: one stored object in, one value out with all that was read of it.
//!
//! ```text
//! object -> stored (bytes: gzip, archives, plain) -> text (inflated: form, records) -> collect (each record) -> judge (its row)
//! ```
//!
//! Nothing here changes but a worker's own buffers, so that objects can be read in any order and on any machine. What becomes of the parts
//! is for the [`Fold`](super::fold::Fold) of the run.

mod archive;
mod arrive;
mod collect;
mod judge;
mod stored;
mod text;
pub(super) mod through;

use super::Config;
use super::search::Wanted as Sought;
use crate::case::activity::Activity;
use crate::case::entry::Entry;
use crate::case::spool::{self, Pad, Spool};
use crate::case::table::manifest::{Row, Status};
use crate::evidence::inflate::Inflater;
use crate::evidence::record::content::Fingerprint;
use crate::evidence::record::prefilter::{Prefilter, Wanted};
use crate::evidence::record::time::Micros;
use crate::evidence::record::view::{OTHER_TYPES, Parser};
use crate::evidence::record::{Delimiter, logging, needles};
use crate::evidence::source::{Object, Passed, Source, Stored};
use crate::evidence::sync::{self, lock};
use crate::root::{self, Class, Grant};
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use stored::Blob;

/// What was read of one file of the evidence. An object is one such file, or an archive of many.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// What holds whatever the terms of the run.
    pub entry: Entry<'static>,
    /// Its activities within the terms. Their object is told by where the part goes.
    pub activities: Vec<Activity>,
    /// Sessions that it tells the opening of.
    pub grants: Vec<Grant>,
    /// Its records that hold what is looked for, where that is all that is wanted.
    pub hits: Vec<Hit>,
}

impl From<Row> for Part {
    /// Of a file of which nothing was read.
    fn from(row: Row) -> Self {
        Self { entry: Entry { row, ..Entry::default() }, ..Self::default() }
    }
}

impl Part {
    /// Of something that is there and is not read.
    pub fn passed(passed: Passed) -> Self {
        let status = if passed.why.is_loss() { Status::Damaged } else { Status::Skipped };
        Row { status, reason: Some(passed.why.to_string()), ..Row::new(passed.uri, passed.size) }.into()
    }

    /// Of a file that could not be read at all.
    pub fn unreadable(uri: &str, size: u64, error: &io::Error) -> Self {
        let reason = Some(format!("cannot be read: {error}"));
        Row { status: Status::Damaged, reason, is_unreadable: true, ..Row::new(uri.to_owned(), size) }.into()
    }

    /// Of a file that is damaged as a whole.
    fn damaged(row: Row, reason: &str) -> Self {
        Row { status: Status::Damaged, reason: Some(reason.to_owned()), ..row }.into()
    }
}

/// A record that holds one of the texts that are looked for.
#[derive(Debug, Clone)]
pub struct Hit {
    /// UTC.
    pub event_time: Option<Micros>,
    /// Of its content.
    pub fingerprint: Fingerprint,
    /// What it has to do with root.
    pub class: Option<Class>,
    /// Its object; its meaning belongs to whoever gathers hits.
    pub object: u32,
    /// Its number in the object.
    pub record_index: u64,
    /// Where its text is kept.
    pub text: spool::Place,
}

/// What all workers share.
pub(super) struct Reader<'c> {
    config: &'c Config,
    prefilter: Prefilter,
    delimiter: Delimiter,
    /// Where every record goes when all of them are wanted.
    spool: Option<&'c Spool>,
    /// What is looked for, where that is all.
    sought: Option<&'c Sought>,
    /// Workers not in use; a worker that waits for others to help with an archive must not be entered a second time.
    idle: Mutex<Vec<Box<Worker>>>,
    /// Files collected from so far.
    files: AtomicU32,
    /// Workers made so far.
    workers: AtomicU32,
}

/// What one worker owns: buffers that are reused from object to object.
#[derive(Debug, Default)]
pub(super) struct Worker {
    stored: Vec<u8>,
    text: Vec<u8>,
    inflater: Inflater,
    parser: Parser,
    places: Vec<needles::Place>,
    pub pad: Pad,
    pub spool: Option<spool::Writer>,
}

impl Worker {
    /// Whether a text or record could not be kept.
    pub fn has_failed(&self) -> bool {
        self.pad.has_failed() || self.spool.as_ref().is_some_and(spool::Writer::has_failed)
    }
}

impl<'c> Reader<'c> {
    /// With a spool, every record within the terms goes there; with texts to look for, records that hold one are all that is read.
    pub fn new(config: &'c Config, spool: Option<&'c Spool>, sought: Option<&'c Sought>) -> Self {
        let (needles, names) = root::WANTED;
        let names: Vec<&'static str> = names.iter().copied().chain(logging::names().filter(|_| config.integrity)).collect();
        let wanted = Wanted { needles, names: &names, types: &OTHER_TYPES };
        let delimiter = Delimiter::detect();
        let delimiter = if spool.is_some() { delimiter.with_ids() } else { delimiter };
        let (idle, files, workers) = (Mutex::default(), AtomicU32::new(0), AtomicU32::new(0));
        Self { config, prefilter: Prefilter::new(wanted), delimiter, spool, sought, idle, files, workers }
    }

    /// A worker that nobody uses, which goes back by [`Reader::release`].
    pub fn worker(&self) -> Box<Worker> {
        let idle = lock(&self.idle).pop();
        idle.unwrap_or_else(|| {
            let pad = Pad::new(self.workers.fetch_add(1, Ordering::Relaxed), self.config.temp.clone());
            Box::new(Worker { pad, spool: self.spool.map(Spool::writer), ..Worker::default() })
        })
    }

    pub fn release(&self, worker: Box<Worker>) {
        lock(&self.idle).push(worker);
    }

    /// All workers that there were, with what they kept.
    pub fn into_workers(self) -> Vec<Worker> {
        sync::into_inner(self.idle).into_iter().map(|worker| *worker).collect()
    }

    /// Opens and reads an object of a source.
    pub fn object(&self, source: &dyn Source, object: &Object, worker: &mut Worker) -> Vec<Part> {
        let mut stored = std::mem::take(&mut worker.stored);
        let mut parts = match source.open(object, &mut stored) {
            Ok(Stored::Bytes(bytes)) => self.stored(&Blob::new(&object.uri, bytes), worker),
            Ok(Stored::File(file)) => self.file(&object.uri, file, worker),
            Err(error) => vec![Part::unreadable(&object.uri, object.size, &error)],
        };
        worker.stored = stored;
        mark(&mut parts, object);
        parts
    }
}

/// Adds what the source knows of an object to what was read of it.
fn mark(parts: &mut [Part], object: &Object) {
    for Part { entry, .. } in parts.iter_mut().filter(|part| part.entry.row.uri == object.uri) {
        // What could not be had has no tag: it may be had under another the next time.
        if !entry.row.is_unreadable {
            entry.row.etag.clone_from(&object.etag);
        }
        if let Some(digest) = &mut entry.digest {
            digest.signature.clone_from(&object.signature);
        }
    }
}
