//! A folder of results: one writer at a time, and nothing under its final name before all is there.

use super::pending::Pending;
use crate::error::{Error, Result};
use crate::evidence::source::results::TEMPORARY;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempDir};

/// A folder that this run holds.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    lock: PathBuf,
    /// Whether this run made it and nothing is in it yet.
    is_new: bool,
    _held: File,
}

/// Results under temporary names, and what they will be called.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub files: Vec<(NamedTempFile, &'static str)>,
    pub folders: Vec<(TempDir, &'static str)>,
}

impl Folder {
    /// Takes hold of a folder, which is made if need be. `lock` is the file that only an earlier run of the same kind leaves, `ours` what
    /// else it does; `refuse` makes the error for a folder with anything more in it.
    pub(super) fn open(path: &Path, lock: &str, ours: &[&str], refuse: fn(PathBuf) -> Error) -> Result<Self> {
        let failed = |action| move |source| Error::Case { action, path: path.to_path_buf(), source };
        let is_new = !path.exists();
        fs::create_dir_all(path).map_err(failed("create"))?;
        let mut others = false;
        let mut is_ours = false;
        for entry in fs::read_dir(path).map_err(failed("read"))? {
            let name = entry.map_err(failed("read"))?.file_name();
            let name = name.to_string_lossy();
            // The lock is what only a run of ours leaves; a table may be anybody's.
            is_ours |= name == lock;
            others |= name != lock && !ours.contains(&&*name) && !name.starts_with(TEMPORARY);
        }
        if others && !is_ours {
            return Err(refuse(path.to_path_buf()));
        }
        let lock = path.join(lock);
        // Opened for writing, as some systems lock nothing else; a folder that may not be written to is found here.
        let held = File::options().write(true).create(true).truncate(false).open(&lock);
        let held = held.map_err(|source| Error::Case { action: "write to", path: path.to_path_buf(), source })?;
        match held.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(Error::CaseInUse(path.to_path_buf())),
            Err(fs::TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        let folder = Self { path: path.to_path_buf(), lock, is_new, _held: held };
        // A run that was killed while its results took their names.
        if let Some(pending) = Pending::read(path, ours)? {
            pending.finish(path)?;
        }
        folder.tidy()?;
        Ok(folder)
    }

    /// Removes what a run left that was killed; the lock says that nobody writes to it.
    fn tidy(&self) -> Result<()> {
        let failed = |source| Error::Case { action: "read", path: self.path.clone(), source };
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                let path = entry.path();
                let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                removed.map_err(|source| Error::Case { action: "remove", path, source })?;
            }
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn builder() -> tempfile::Builder<'static, 'static> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY).suffix(".tmp");
        builder
    }

    /// A file in the folder that goes away unless it is committed.
    pub(super) fn temporary(&self) -> Result<NamedTempFile> {
        let mut builder = Self::builder();
        // Made private by default; results are shared like any other file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(&self.path);
        file.map_err(|source| Error::Case { action: "write to", path: self.path.clone(), source })
    }

    /// A folder in it that goes away with its handle.
    pub(super) fn temporary_folder(&self) -> Result<TempDir> {
        let mut builder = Self::builder();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let folder = builder.tempdir_in(&self.path);
        folder.map_err(|source| Error::Case { action: "write to", path: self.path.clone(), source })
    }

    /// A second handle to a temporary file, and what it will be called.
    pub(super) fn reopen(&self, temporary: &NamedTempFile, name: &str) -> Result<(File, PathBuf)> {
        let path = self.path.join(name);
        match temporary.as_file().try_clone() {
            Ok(file) => Ok((file, path)),
            Err(source) => Err(Error::Case { action: "write", path, source }),
        }
    }

    /// Gives everything its final name and removes what is `outdated`, at once: until this comes back without an error the old results are whole,
    /// and a run that is killed leaves the old or the new ones. Gives the names of what went away without a new one.
    pub(super) fn commit(&mut self, results: Results, outdated: &[&str]) -> Result<Vec<String>> {
        let failed = |name: &str| {
            let path = self.path.join(name);
            move |source| Error::Case { action: "write", path, source }
        };
        for (file, name) in &results.files {
            file.as_file().sync_all().map_err(failed(name))?;
        }
        let is_written = |name: &str| {
            let mut names = results.files.iter().map(|(_, name)| *name).chain(results.folders.iter().map(|(_, name)| *name));
            names.any(|written| written == name)
        };
        let goes = |name: &&&str| !is_written(name) && fs::symlink_metadata(self.path.join(name)).is_ok();
        let mut pending = Pending { remove: outdated.iter().filter(goes).map(|name| (*name).to_owned()).collect(), moves: Vec::new() };
        let name_of = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Kept when they are dropped from here on, so they are to be removed where nothing comes of them.
        let mut kept = Vec::new();
        let prepared = (|| {
            for (file, name) in results.files {
                let (_, path) = file.keep().map_err(|error| failed(name)(error.error))?;
                pending.moves.push((name_of(&path), name.to_owned()));
                kept.push(path);
            }
            for (folder, name) in results.folders {
                let path = folder.keep();
                pending.moves.push((name_of(&path), name.to_owned()));
                kept.push(path);
            }
            pending.write(&self.path)
        })();
        if let Err(error) = prepared {
            for path in kept {
                // Best effort: the next run removes what is left.
                let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            }
            return Err(error);
        }
        self.is_new = false;
        pending.finish(&self.path)?;
        Ok(pending.remove)
    }
}

impl Drop for Folder {
    /// A run that came to nothing leaves no folder behind that it made.
    fn drop(&mut self) {
        if self.is_new {
            // Whatever else is in it stays, and so does the folder then.
            let is_empty = |entries: fs::ReadDir| entries.flatten().all(|entry| entry.path() == self.lock);
            if fs::read_dir(&self.path).is_ok_and(is_empty) {
                let _ = fs::remove_file(&self.lock);
                let _ = fs::remove_dir(&self.path);
            }
        }
    }
}
