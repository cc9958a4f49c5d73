//! Records that do not fit in memory: sorted runs on disk, and the merge of them into account, day and time order.
//!
//! Each worker gathers records into a run of a fixed size, sorts it by account and time and appends it to an unnamed temporary
//! file of its own ([`Writer`]). When all is read, [`Runs`] plans what belongs together and gives it back in order, from as many
//! runs as it is spread over, through a memory map that is given back to the system as it is read. So memory depends on the size
//! of a run and on the number of threads, not on the size of the evidence. Nothing outlives the process, whatever ends it.
//!
//! A run also holds the hashes of its records' event ids, sorted, so that ids that stand on several records are found
//! by a merge as well, stretch by stretch of the hashes, and not in a table of all ids.
//!
//! A scan keeps far fewer records, and all that sorting needs of them in memory; only their texts go to a [`Pad`].
//!
//! This module knows nothing of JSON, of labels or of tables.

mod merge;
mod pad;
mod row;
mod write;

pub use merge::{Group, Runs};
pub(crate) use merge::{Merge, Pile, Repeated};
pub(crate) use pad::Pad;
pub use pad::{Place, Texts};
pub use row::Item;
pub(crate) use write::Writer;

use crate::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// Where a spool lies, and how large a run gets.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
    run_bytes: usize,
}

/// Bytes of a run. Runs of four times the size were no faster.
const RUN_BYTES: usize = 2 << 20;

impl Spool {
    /// A spool in `folder`.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), run_bytes: RUN_BYTES }
    }

    /// The same with runs of this size, in bytes.
    #[must_use]
    pub fn with_run_bytes(self, run_bytes: usize) -> Self {
        Self { run_bytes, ..self }
    }

    /// What one worker writes to.
    #[must_use]
    pub fn writer(&self) -> Writer {
        Writer::new(self.clone())
    }

    /// The error of a run that could not use its spool.
    #[must_use]
    pub fn failed(&self, source: io::Error) -> Error {
        Error::Spool { folder: self.folder.clone(), source }
    }

    fn file(&self) -> io::Result<std::fs::File> {
        tempfile::tempfile_in(&self.folder)
    }
}

/// Gives the memory of a map back to the system.
fn release(map: &memmap2::Mmap) {
    #[cfg(unix)]
    {
        // SAFETY: the map is of a file and read only, so a page that is dropped comes back with the same bytes.
        // That it cannot be done on some system costs memory and nothing else.
        let _ = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
    }
    #[cfg(not(unix))]
    let _ = map;
}
