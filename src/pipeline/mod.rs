//! The only place that wires stages: sources to inflater to records to labels to tables.
//!
//! Every run is a map and a fold. [`read`] takes one stored object and gives back all that was read of it; `fold` puts such values together,
//! for a [`scan()`], a [`convert`]sion or a [`search`] each in its own way; `drive` does both on all threads. Objects are taken from one queue,
//! large ones first; each worker owns its buffers. An archive is one object of the queue, the files in it are spread over idle workers. What
//! needs all objects is done at the end.

pub(crate) mod convert;
pub(crate) mod copy;
mod drive;
mod fold;
mod read;
mod scan;
pub(crate) mod search;
pub(crate) mod trace;
pub(crate) mod verdict;
pub(crate) mod verify;

pub use scan::{DigestText, Scan, scan};

use crate::case::Journal;
use crate::error::{Error, Result};
use crate::evidence::filter::Filter;
use std::path::PathBuf;
use std::sync::Arc;

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

/// The threads that a scan and the writing of its tables run on.
///
/// # Errors
/// When they cannot be started.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|_| Error::Threads(threads))
}
