//! Files and folders.

use super::{Listing, Object, Passed, Place, Source, Stored, WHOLE_LIMIT, Why};
use crate::error::{Error, Result};
use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Files, and folders with everything below them. Symbolic links are followed, loops end, and a file that can be reached in
/// several ways is read once.
#[derive(Debug, Clone)]
pub struct Disk {
    roots: Vec<PathBuf>,
    /// The case folder, canonical, which is not evidence.
    case: Option<PathBuf>,
}

impl Disk {
    /// The given files and folders, without the folder that the case is written to.
    #[must_use]
    pub fn new(roots: Vec<PathBuf>, case: Option<&Path>) -> Self {
        Self { roots, case: case.and_then(|case| case.canonicalize().ok()) }
    }

    fn is_case(&self, path: &Path) -> bool {
        self.case.as_ref().is_some_and(|case| path.file_name() == case.file_name() && path.canonicalize().is_ok_and(|path| path == *case))
    }
}

/// The path as text. Names that are not UTF-8 are shown with replacement characters; they are opened by their own bytes.
fn uri(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// What makes two paths the same file.
#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> Option<PathBuf> {
    path.canonicalize().ok()
}

impl Source for Disk {
    fn list(&self) -> Result<Listing> {
        let mut found = Vec::new();
        let mut passed = Vec::new();
        for root in &self.roots {
            fs::metadata(root).map_err(|source| Error::NoEvidence { path: root.clone(), source })?;
            let mut walk = WalkDir::new(root).follow_links(true).into_iter();
            while let Some(entry) = walk.next() {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        let why = match (error.loop_ancestor(), error.io_error()) {
                            (Some(_), _) => Why::SymlinkLoop,
                            (None, Some(error)) => Why::Unreadable(error.to_string()),
                            (None, None) => Why::Unreadable(error.to_string()),
                        };
                        passed.push(Passed { uri: uri(error.path().unwrap_or(root)), size: 0, why });
                        continue;
                    }
                };
                let kind = entry.file_type();
                if kind.is_dir() {
                    if self.is_case(entry.path()) {
                        passed.push(Passed { uri: uri(entry.path()), size: 0, why: Why::CaseFolder });
                        walk.skip_current_dir();
                    }
                    continue;
                }
                match entry.metadata() {
                    Ok(metadata) if metadata.is_file() => found.push((entry.into_path(), metadata)),
                    Ok(_) => passed.push(Passed { uri: uri(entry.path()), size: 0, why: Why::NotAFile }),
                    Err(error) => {
                        passed.push(Passed { uri: uri(entry.path()), size: 0, why: Why::Unreadable(error.to_string()) });
                    }
                }
            }
        }
        // By path, so that which of several ways to a file counts as the first does not depend on the order of the folder.
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut seen = HashMap::with_capacity(found.len());
        let mut objects: Vec<Object> = Vec::with_capacity(found.len());
        for (path, metadata) in found {
            let uri = uri(&path);
            if let Some(identity) = identity(&path, &metadata) {
                if let Some(first) = seen.get(&identity) {
                    let first: &Object = &objects[*first];
                    passed.push(Passed { why: Why::SameAs(first.uri.clone()), uri, size: metadata.len() });
                    continue;
                }
                seen.insert(identity, objects.len());
            }
            objects.push(Object { uri, size: metadata.len(), place: Place::File(path) });
        }
        Ok(Listing { objects, passed })
    }

    fn open<'b>(&self, object: &Object, buffer: &'b mut Vec<u8>) -> io::Result<Stored<'b>> {
        let Place::File(path) = &object.place else {
            return Err(io::Error::other("not a file"));
        };
        let mut file = File::open(path)?;
        if object.size > WHOLE_LIMIT as u64 {
            return Ok(Stored::File(file));
        }
        buffer.clear();
        // One byte more than expected, so that a file that grew is noticed by the read itself and not cut.
        let limit = WHOLE_LIMIT as u64 + 1;
        (&mut file).take(limit).read_to_end(buffer)?;
        if buffer.len() > WHOLE_LIMIT {
            io::Seek::rewind(&mut file)?;
            return Ok(Stored::File(file));
        }
        Ok(Stored::Bytes(buffer))
    }
}
