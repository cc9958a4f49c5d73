//! The folder that converted records are written to.

use super::folder::{Folder, Results};
use super::{MANIFEST, SUMMARY};
use crate::error::{Error, Result};
use crate::evidence::source::results::{RECORDS, RECORDS_LOCK};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempDir};

/// Converted records that are being written.
#[derive(Debug)]
pub(crate) struct RecordsWriter {
    records: TempDir,
    manifest: NamedTempFile,
    summary: NamedTempFile,
    folder: Folder,
}

impl RecordsWriter {
    /// Takes hold of a folder, which is made if need be.
    ///
    /// # Errors
    /// When it holds something else, is in use, or cannot be written.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let folder = Folder::open(folder, RECORDS_LOCK, &[RECORDS, MANIFEST, SUMMARY], Error::NotRecords)?;
        Ok(Self { records: folder.temporary_folder()?, manifest: folder.temporary()?, summary: folder.temporary()?, folder })
    }

    /// Where the tables of records are to be written.
    #[must_use]
    pub(crate) fn records(&self) -> &Path {
        self.records.path()
    }

    /// Where the manifest is to be written, and what it will be called.
    ///
    /// # Errors
    /// When the file cannot be opened again.
    pub(crate) fn manifest(&self) -> Result<(File, PathBuf)> {
        self.folder.reopen(&self.manifest, MANIFEST)
    }

    /// Writes the summary and gives everything its final name; the tables of an earlier run are gone then.
    ///
    /// # Errors
    /// When a file cannot be written, renamed or removed.
    pub(crate) fn commit(mut self, summary: &[u8]) -> Result<()> {
        let failed = |source| Error::Case { action: "write", path: self.folder.path().join(SUMMARY), source };
        self.summary.write_all(summary).map_err(failed)?;
        let files = vec![(self.manifest, MANIFEST), (self.summary, SUMMARY)];
        self.folder.commit(Results { files, folders: vec![(self.records, RECORDS)] }, &[]).map(drop)
    }
}
