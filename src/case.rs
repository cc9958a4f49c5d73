//! The folder of a case: who may write to it, and how results appear in it.
//!
//! Tables are written under temporary names and take their final ones together, the summary last. A folder without a summary is
//! no case, so a run that was killed leaves either the old case or none, never a mixture that looks whole.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// File names of a case.
pub const TIMELINE: &str = "timeline.parquet";
/// One row an object.
pub const MANIFEST: &str = "manifest.parquet";
/// Counts, terms, versions.
pub const SUMMARY: &str = "summary.json";
/// Held while a run writes.
const LOCK: &str = ".rootline.lock";
const TEMPORARY: &str = ".rootline-";

/// Another run's marks that may lie in a folder beside what the user sees.
fn is_ours(name: &str) -> bool {
    [TIMELINE, MANIFEST, SUMMARY, LOCK].contains(&name) || name.starts_with(TEMPORARY)
}

/// A case that is being written. Everything is opened before the long work starts, so that a full disk or a missing right shows at once.
#[derive(Debug)]
pub struct CaseWriter {
    folder: PathBuf,
    timeline: NamedTempFile,
    manifest: NamedTempFile,
    summary: NamedTempFile,
    _lock: File,
}

impl CaseWriter {
    /// Takes hold of a folder, which is made if need be.
    ///
    /// # Errors
    /// When it holds something else, is in use, or cannot be written.
    pub fn open(folder: &Path) -> Result<Self> {
        let failed = |action| move |source| Error::Case { action, path: folder.to_path_buf(), source };
        fs::create_dir_all(folder).map_err(failed("create"))?;
        let mut stale = Vec::new();
        let mut others = false;
        let mut is_case = false;
        for entry in fs::read_dir(folder).map_err(failed("read"))? {
            let name = entry.map_err(failed("read"))?.file_name();
            let name = name.to_string_lossy();
            // The lock is what only a run of ours leaves; a table may be anybody's.
            is_case |= name == LOCK;
            others |= !is_ours(&name);
            if name.starts_with(TEMPORARY) {
                stale.push(folder.join(&*name));
            }
        }
        if others && !is_case {
            return Err(Error::NotACase(folder.to_path_buf()));
        }
        let lock = File::create(folder.join(LOCK)).map_err(failed("create"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(Error::CaseInUse(folder.to_path_buf())),
            Err(fs::TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        // Left by a run that was killed; the lock says that nobody writes to them.
        for path in stale {
            fs::remove_file(&path).map_err(|source| Error::Case { action: "remove", path, source })?;
        }
        let temporary = || {
            let mut builder = tempfile::Builder::new();
            // Made private by default; a case is shared like any other file.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            builder.prefix(TEMPORARY).suffix(".tmp").tempfile_in(folder).map_err(failed("write to"))
        };
        Ok(Self { folder: folder.to_path_buf(), timeline: temporary()?, manifest: temporary()?, summary: temporary()?, _lock: lock })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the timeline is to be written, and what it will be called.
    ///
    /// # Errors
    /// When the file cannot be opened again.
    pub fn timeline(&self) -> Result<(File, PathBuf)> {
        self.file(&self.timeline, TIMELINE)
    }

    /// Where the manifest is to be written, and what it will be called.
    ///
    /// # Errors
    /// When the file cannot be opened again.
    pub fn manifest(&self) -> Result<(File, PathBuf)> {
        self.file(&self.manifest, MANIFEST)
    }

    fn file(&self, temporary: &NamedTempFile, name: &str) -> Result<(File, PathBuf)> {
        let path = self.folder.join(name);
        match temporary.as_file().try_clone() {
            Ok(file) => Ok((file, path)),
            Err(source) => Err(Error::Case { action: "write", path, source }),
        }
    }

    /// Writes the summary and gives everything its final name.
    ///
    /// # Errors
    /// When a file cannot be written or renamed.
    pub fn commit(mut self, summary: &[u8]) -> Result<()> {
        let path = |name: &str| self.folder.join(name);
        let failed = |name: &str| {
            let path = path(name);
            move |source| Error::Case { action: "write", path, source }
        };
        self.summary.write_all(summary).map_err(failed(SUMMARY))?;
        for (file, name) in [(&self.timeline, TIMELINE), (&self.manifest, MANIFEST), (&self.summary, SUMMARY)] {
            file.as_file().sync_all().map_err(failed(name))?;
        }
        match fs::remove_file(path(SUMMARY)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => return Err(failed(SUMMARY)(source)),
            _ => {}
        }
        for (file, name) in [(self.timeline, TIMELINE), (self.manifest, MANIFEST), (self.summary, SUMMARY)] {
            let target = self.folder.join(name);
            file.persist(&target).map_err(|error| Error::Case { action: "write", path: target, source: error.error })?;
        }
        Ok(())
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

    /// The path of the timeline.
    #[must_use]
    pub fn timeline(&self) -> PathBuf {
        self.folder.join(TIMELINE)
    }
}
