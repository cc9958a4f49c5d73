//! The folder of a case: who may write to it, and how results appear in it.
//!
//! Tables are written under temporary names and take their final ones together, so a run that fails or is killed leaves the old case, or
//! none where there was none, never a mixture that looks whole. Whoever only looks at a case opens nothing in it for writing.

pub(crate) mod activity;
pub(crate) mod assemble;
pub(crate) mod entry;
mod folder;
pub(crate) mod journal;
mod pending;
mod records;
mod shared;
pub(crate) mod spool;
pub(crate) mod table;

pub(crate) use crate::evidence::source::results::{
    ALERTS, ATTESTATION, ATTESTATION_TEXT, COVERAGE, DETECTION, DETECTION_REPORT, INCIDENTS, INTEGRITY, JOURNAL, LINEAGE, MANIFEST,
    RECORDS, REVIEW, SUMMARY, TIMELINE, TRACE, TRACE_REPORT, is_part, is_results,
};
pub(crate) use journal::Journal;
pub(crate) use records::RecordsWriter;

use crate::error::{Error, Result};
use crate::evidence::source::results::CASE_LOCK;
use folder::{Folder, Results};
use pending::Pending;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use table::Table;
use tempfile::NamedTempFile;

/// What a review of incidents writes, and what stands on one.
pub(crate) const REVIEWED: [&str; 5] = [DETECTION_REPORT, DETECTION, ALERTS, INCIDENTS, REVIEW];
/// What a trace writes.
pub(crate) const TRACED: [&str; 3] = [TRACE_REPORT, TRACE, LINEAGE];
/// What only an audit writes.
pub(crate) const AUDITED: [&str; 4] = [COVERAGE, INTEGRITY, ATTESTATION, ATTESTATION_TEXT];
/// What a scan writes.
const FIRST: [&str; 4] = [TIMELINE, MANIFEST, SUMMARY, JOURNAL];

/// All that a case may hold.
fn ours() -> Vec<&'static str> {
    [&FIRST[..], &REVIEWED, &TRACED, &AUDITED].concat()
}

/// A case that is being written. Everything is opened before the long work starts, so that a full disk or a missing right shows at once.
#[derive(Debug)]
pub(crate) struct CaseWriter {
    timeline: NamedTempFile,
    manifest: NamedTempFile,
    summary: NamedTempFile,
    others: Vec<(NamedTempFile, &'static str)>,
    // The last, so that it is empty when it goes away.
    folder: Folder,
}

impl CaseWriter {
    /// Takes hold of a folder, which is made if need be.
    ///
    /// # Errors
    /// When it holds something else, is in use, or cannot be written.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let folder = Folder::open(folder, CASE_LOCK, &ours(), Error::NotACase)?;
        Ok(Self { timeline: folder.temporary()?, manifest: folder.temporary()?, summary: folder.temporary()?, others: Vec::new(), folder })
    }

    /// The folder.
    #[must_use]
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the timeline is to be written, and what it will be called.
    ///
    /// # Errors
    /// When the file cannot be opened again.
    pub(crate) fn timeline(&self) -> Result<(File, PathBuf)> {
        self.folder.reopen(&self.timeline, TIMELINE)
    }

    /// Where the manifest is to be written, and what it will be called.
    ///
    /// # Errors
    /// When the file cannot be opened again.
    pub(crate) fn manifest(&self) -> Result<(File, PathBuf)> {
        self.folder.reopen(&self.manifest, MANIFEST)
    }

    /// A further file of the case, and what it will be called.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn add(&mut self, name: &'static str) -> Result<(File, PathBuf)> {
        let file = self.folder.temporary()?;
        let opened = self.folder.reopen(&file, name)?;
        self.others.push((file, name));
        Ok(opened)
    }

    /// Writes the summary and gives everything its final name. What an earlier run or another command left of what stood on the old tables is
    /// removed in the same step.
    ///
    /// # Errors
    /// When a file cannot be written or renamed; the old case is whole then.
    pub(crate) fn commit(mut self, summary: &[u8]) -> Result<()> {
        let failed = |source| Error::Case { action: "write", path: self.folder.path().join(SUMMARY), source };
        self.summary.write_all(summary).map_err(failed)?;
        let mut files = vec![(self.timeline, TIMELINE), (self.manifest, MANIFEST), (self.summary, SUMMARY)];
        files.extend(self.others);
        let outdated = [&REVIEWED[..], &TRACED, &AUDITED].concat();
        self.folder.commit(Results { files, folders: Vec::new() }, &outdated).map(drop)
    }
}

/// A finished case that results are added to. Nobody else writes to it meanwhile.
#[derive(Debug)]
pub(crate) struct CaseUpdate {
    files: Vec<(NamedTempFile, &'static str)>,
    folder: Folder,
}

impl CaseUpdate {
    /// Takes hold of a finished case.
    ///
    /// # Errors
    /// When there is none, or it is in use.
    pub(crate) fn open(case: &Case) -> Result<Self> {
        let folder = Folder::open(&case.folder, CASE_LOCK, &ours(), Error::NotACase)?;
        // The lock may be writable in a folder that is not, and that is to show before the long work.
        drop(folder.temporary()?);
        Ok(Self { files: Vec::new(), folder })
    }

    /// A file of the case that is new or takes the place of an old one, and what it will be called.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn add(&mut self, name: &'static str) -> Result<(File, PathBuf)> {
        let file = self.folder.temporary()?;
        let opened = self.folder.reopen(&file, name)?;
        self.files.push((file, name));
        Ok(opened)
    }

    /// Gives everything its final name, and removes what is `outdated` and was not added, in one step. Gives the names of what was removed.
    ///
    /// # Errors
    /// When a file cannot be renamed or removed.
    pub(crate) fn commit(mut self, outdated: &[&str]) -> Result<Vec<String>> {
        self.folder.commit(Results { files: self.files, folders: Vec::new() }, outdated)
    }
}

/// A finished case.
#[derive(Debug, Clone)]
pub struct Case {
    folder: PathBuf,
    /// What a run that was killed, or is at it, left to be done.
    pending: Pending,
}

impl Case {
    /// Looks for a finished case. Nothing in it is opened for writing.
    ///
    /// # Errors
    /// [`Error::NoCase`] where there is none.
    pub fn open(folder: &Path) -> Result<Self> {
        let pending = Pending::read(folder, &ours())?.unwrap_or_default();
        let case = Self { folder: folder.to_path_buf(), pending };
        if case.file(SUMMARY).is_file() { Ok(case) } else { Err(Error::NoCase(folder.to_path_buf())) }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was added to the case after its evidence was read, by a review, a trace or an audit: names of files.
    #[must_use]
    pub fn added(&self) -> Vec<&'static str> {
        REVIEWED.into_iter().chain(TRACED).chain(AUDITED).filter(|name| self.file(name).is_file()).collect()
    }

    /// The timeline, one row an activity, as a polars data frame.
    ///
    /// # Errors
    /// [`Error::Table`] where it is missing or damaged.
    pub fn timeline(&self) -> Result<table::DataFrame> {
        Table::read(&self.file(TIMELINE))?.frame()
    }

    /// The path of one of its files, which may not be there.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.pending.place(&self.folder, name)
    }
}
