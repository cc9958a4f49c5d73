//! The folder of a case: who may write to it, and how results appear in it.
//!
//! Tables are written under temporary names and take their final ones together, the summary last. A folder without a summary is
//! no case, so a run that was killed leaves either the old case or none, never a mixture that looks whole.

mod folder;
pub mod journal;
mod records;

pub use journal::Journal;
pub use records::{RECORDS, RecordsWriter};

use crate::error::{Error, Result};
use folder::Folder;
use std::fs::File;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// File names of a case.
pub const TIMELINE: &str = "timeline.parquet";
/// One row an object.
pub const MANIFEST: &str = "manifest.parquet";
/// Counts, terms, versions.
pub const SUMMARY: &str = "summary.json";
/// Account by region by hour, from an audit.
pub const COVERAGE: &str = "coverage.parquet";
/// What digests and records of tampering say of the case.
pub const INTEGRITY: &str = "integrity.json";
/// The verdict of an audit and everything it stands on.
pub const ATTESTATION: &str = "attestation.json";
/// The same for people.
pub const ATTESTATION_TEXT: &str = "attestation.md";
/// One row an incident.
pub const INCIDENTS: &str = "incidents.parquet";
/// The same with the records behind each signal, and the terms it was reviewed by.
pub const REVIEW: &str = "incidents.json";
/// Every figure of detection.
pub const DETECTION: &str = "detection.parquet";
/// One row an alert.
pub const ALERTS: &str = "alerts.parquet";
/// What detection stands on and came to.
pub const DETECTION_REPORT: &str = "detection.json";
/// Identities and credentials that grew out of root, and what led from one to another.
pub const LINEAGE: &str = "lineage.parquet";
/// Every record by one of them.
pub const TRACE: &str = "trace.parquet";
/// Both, with what still stands, for programs.
pub const TRACE_REPORT: &str = "trace.json";
/// What was learnt of each object in S3, for the next run.
pub const JOURNAL: &str = "objects.journal";
/// What a review of incidents writes, and what stands on one.
pub const REVIEWED: [&str; 5] = [DETECTION_REPORT, DETECTION, ALERTS, INCIDENTS, REVIEW];
/// What a trace writes.
pub const TRACED: [&str; 3] = [TRACE_REPORT, TRACE, LINEAGE];
/// What only an audit writes.
const AUDITED: [&str; 4] = [COVERAGE, INTEGRITY, ATTESTATION, ATTESTATION_TEXT];
/// What a scan writes.
const FIRST: [&str; 4] = [TIMELINE, MANIFEST, SUMMARY, JOURNAL];
/// Held while a run writes.
const LOCK: &str = ".rootline.lock";

/// All that a case may hold.
fn ours() -> Vec<&'static str> {
    [&FIRST[..], &REVIEWED, &TRACED, &AUDITED].concat()
}

/// A case that is being written. Everything is opened before the long work starts, so that a full disk or a missing right shows at once.
#[derive(Debug)]
pub struct CaseWriter {
    folder: Folder,
    timeline: NamedTempFile,
    manifest: NamedTempFile,
    summary: NamedTempFile,
    others: Vec<(NamedTempFile, &'static str)>,
}

impl CaseWriter {
    /// Takes hold of a folder, which is made if need be.
    ///
    /// # Errors
    /// When it holds something else, is in use, or cannot be written.
    pub fn open(folder: &Path) -> Result<Self> {
        let folder = Folder::open(folder, LOCK, &ours(), Error::NotACase)?;
        Ok(Self { timeline: folder.temporary()?, manifest: folder.temporary()?, summary: folder.temporary()?, others: Vec::new(), folder })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the timeline is to be written, and what it will be called.
    ///
    /// # Errors
    /// When the file cannot be opened again.
    pub fn timeline(&self) -> Result<(File, PathBuf)> {
        self.folder.reopen(&self.timeline, TIMELINE)
    }

    /// Where the manifest is to be written, and what it will be called.
    ///
    /// # Errors
    /// When the file cannot be opened again.
    pub fn manifest(&self) -> Result<(File, PathBuf)> {
        self.folder.reopen(&self.manifest, MANIFEST)
    }

    /// A further file of the case, and what it will be called.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn add(&mut self, name: &'static str) -> Result<(File, PathBuf)> {
        let file = self.folder.temporary()?;
        let opened = self.folder.reopen(&file, name)?;
        self.others.push((file, name));
        Ok(opened)
    }

    /// Writes the summary and gives everything its final name.
    ///
    /// # Errors
    /// When a file cannot be written or renamed.
    pub fn commit(self, summary: &[u8]) -> Result<()> {
        let mut tables = vec![(self.timeline, TIMELINE), (self.manifest, MANIFEST)];
        tables.extend(self.others);
        // What another command added stands on tables that are replaced now.
        for name in REVIEWED.into_iter().chain(TRACED).chain(AUDITED) {
            if !tables.iter().any(|(_, written)| *written == name) {
                self.folder.remove(name)?;
            }
        }
        self.folder.commit(tables, (self.summary, SUMMARY), summary, || Ok(()))
    }
}

/// A finished case that results are added to. Nobody else writes to it meanwhile.
#[derive(Debug)]
pub struct CaseUpdate {
    folder: Folder,
    files: Vec<(NamedTempFile, &'static str)>,
}

impl CaseUpdate {
    /// Takes hold of a finished case.
    ///
    /// # Errors
    /// When there is none, or it is in use.
    pub fn open(case: &Case) -> Result<Self> {
        Ok(Self { folder: Folder::open(&case.folder, LOCK, &ours(), Error::NotACase)?, files: Vec::new() })
    }

    /// A file of the case that is new or takes the place of an old one, and what it will be called.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn add(&mut self, name: &'static str) -> Result<(File, PathBuf)> {
        let file = self.folder.temporary()?;
        let opened = self.folder.reopen(&file, name)?;
        self.files.push((file, name));
        Ok(opened)
    }

    /// Gives everything its final name, in the order in which it was added. What stands on files that are replaced is removed first, so that a
    /// run that is killed leaves a case that lacks something, never one whose parts disagree.
    ///
    /// # Errors
    /// When a file cannot be renamed or removed.
    pub fn commit(self, outdated: &[&str]) -> Result<()> {
        self.folder.replace(self.files, outdated)
    }
}

/// A finished case.
#[derive(Debug, Clone)]
pub struct Case {
    folder: PathBuf,
}

impl Case {
    /// Looks for a finished case.
    ///
    /// # Errors
    /// [`Error::NoCase`] where there is none.
    pub fn open(folder: &Path) -> Result<Self> {
        if folder.join(SUMMARY).is_file() { Ok(Self { folder: folder.to_path_buf() }) } else { Err(Error::NoCase(folder.to_path_buf())) }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of the timeline.
    #[must_use]
    pub fn timeline(&self) -> PathBuf {
        self.folder.join(TIMELINE)
    }

    /// The path of another of its files, which may not be there.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
