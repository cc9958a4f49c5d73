//! A folder of results: one writer at a time, and nothing under its final name before all is there.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What everything unfinished is called.
const TEMPORARY: &str = ".rootline-";

/// A folder that this run holds.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes hold of a folder, which is made if need be. `lock` is the file that only an earlier run of the same kind leaves, `ours` what
    /// else it does; `refuse` makes the error for a folder with anything more in it.
    pub fn open(path: &Path, lock: &str, ours: &[&str], refuse: fn(PathBuf) -> Error) -> Result<Self> {
        let failed = |action| move |source| Error::Case { action, path: path.to_path_buf(), source };
        fs::create_dir_all(path).map_err(failed("create"))?;
        let mut stale = Vec::new();
        let mut others = false;
        let mut is_ours = false;
        for entry in fs::read_dir(path).map_err(failed("read"))? {
            let name = entry.map_err(failed("read"))?.file_name();
            let name = name.to_string_lossy();
            // The lock is what only a run of ours leaves; a table may be anybody's.
            is_ours |= name == lock;
            others |= name != lock && !ours.contains(&&*name) && !name.starts_with(TEMPORARY);
            if name.starts_with(TEMPORARY) {
                stale.push(path.join(&*name));
            }
        }
        if others && !is_ours {
            return Err(refuse(path.to_path_buf()));
        }
        let lock = File::create(path.join(lock)).map_err(failed("create"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(Error::CaseInUse(path.to_path_buf())),
            Err(fs::TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        // Left by a run that was killed; the lock says that nobody writes to them.
        for path in stale {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(|source| Error::Case { action: "remove", path, source })?;
        }
        Ok(Self { path: path.to_path_buf(), _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn builder() -> tempfile::Builder<'static, 'static> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY).suffix(".tmp");
        builder
    }

    /// A file in the folder that goes away unless it is committed.
    pub fn temporary(&self) -> Result<NamedTempFile> {
        let mut builder = Self::builder();
        // Made private by default; results are shared like any other file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(&self.path);
        file.map_err(|source| Error::Case { action: "write to", path: self.path.clone(), source })
    }

    /// A folder in it that goes away with its handle.
    pub fn temporary_folder(&self) -> Result<tempfile::TempDir> {
        let mut builder = Self::builder();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let folder = builder.tempdir_in(&self.path);
        folder.map_err(|source| Error::Case { action: "write to", path: self.path.clone(), source })
    }

    /// A second handle to a temporary file, and what it will be called.
    pub fn reopen(&self, temporary: &NamedTempFile, name: &str) -> Result<(File, PathBuf)> {
        let path = self.path.join(name);
        match temporary.as_file().try_clone() {
            Ok(file) => Ok((file, path)),
            Err(source) => Err(Error::Case { action: "write", path, source }),
        }
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::Case { action: "remove", path, source }),
            _ => Ok(()),
        }
    }

    /// Gives files their final names, in order, after what is `outdated` is gone.
    pub fn replace(&self, files: Vec<(NamedTempFile, &'static str)>, outdated: &[&str]) -> Result<()> {
        let failed = |name: &str| {
            let path = self.path.join(name);
            move |source| Error::Case { action: "write", path, source }
        };
        for (file, name) in &files {
            file.as_file().sync_all().map_err(failed(name))?;
        }
        outdated.iter().try_for_each(|name| self.remove(name))?;
        files
            .into_iter()
            .try_for_each(|(file, name)| file.persist(self.path.join(name)).map(|_| ()).map_err(|error| failed(name)(error.error)))
    }

    /// Writes the summary and gives everything its final name, the summary last: a folder without one is unfinished. `others` puts what
    /// is no single file in its place.
    pub fn commit(
        self,
        tables: Vec<(NamedTempFile, &'static str)>,
        (mut file, name): (NamedTempFile, &'static str),
        summary: &[u8],
        others: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let failed = |name: &str| {
            let path = self.path.join(name);
            move |source| Error::Case { action: "write", path, source }
        };
        file.write_all(summary).map_err(failed(name))?;
        for (file, name) in &tables {
            file.as_file().sync_all().map_err(failed(name))?;
        }
        self.remove(name)?;
        others()?;
        self.replace(tables.into_iter().chain([(file, name)]).collect(), &[])
    }
}
