//! Files and folders.

use super::{Listing, Object, Passed, Place, Source, Stored, WHOLE_LIMIT, Why};
use crate::error::Error;
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;
use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

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

/// What a walker thread came upon.
enum Met {
    File(PathBuf, Metadata),
    Passed(Passed),
}

impl Disk {
    /// What to make of one step of the walk, and whether to go below it.
    fn meet(&self, entry: Result<DirEntry, ignore::Error>) -> (Option<Met>, WalkState) {
        let passed = |path: &Path, why| Some(Met::Passed(Passed { uri: uri(path), size: 0, why }));
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let (path, why) = trouble(&error);
                return (passed(path.unwrap_or(Path::new("?")), why), WalkState::Continue);
            }
        };
        let path = entry.path();
        if entry.file_type().is_some_and(|kind| kind.is_dir()) {
            if self.is_case(path) {
                return (passed(path, Why::CaseFolder), WalkState::Skip);
            }
            return (None, WalkState::Continue);
        }
        let met = match entry.metadata() {
            Ok(metadata) if metadata.is_file() => Some(Met::File(entry.into_path(), metadata)),
            Ok(_) => passed(path, Why::NotAFile),
            Err(error) => passed(path, trouble(&error).1),
        };
        (met, WalkState::Continue)
    }
}

/// The path an error is about, and what it comes to.
fn trouble(error: &ignore::Error) -> (Option<&Path>, Why) {
    match error {
        ignore::Error::Loop { child, .. } => (Some(child), Why::SymlinkLoop),
        ignore::Error::WithPath { path, err } => (Some(trouble(err).0.unwrap_or(path)), trouble(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => trouble(err),
        ignore::Error::Io(error) => (None, Why::Unreadable(error.to_string())),
        other => (None, Why::Unreadable(other.to_string())),
    }
}

impl Source for Disk {
    fn list(&self) -> Result<Listing, Error> {
        let Some((first, others)) = self.roots.split_first() else { return Ok(Listing::default()) };
        for root in &self.roots {
            fs::metadata(root).map_err(|source| Error::NoEvidence { path: root.clone(), source })?;
        }
        let mut walk = WalkBuilder::new(first);
        others.iter().for_each(|root| {
            walk.add(root);
        });
        // Every file counts: hidden ones, ignored ones, those that a link leads to.
        let (sender, receiver) = mpsc::channel();
        walk.standard_filters(false).follow_links(true).build_parallel().run(|| {
            let sender = sender.clone();
            Box::new(move |entry| {
                let (met, next) = self.meet(entry);
                if let Some(met) = met {
                    // The receiver outlives the walk.
                    let _ = sender.send(met);
                }
                next
            })
        });
        drop(sender);
        let mut found = Vec::new();
        let mut passed = Vec::new();
        for met in receiver {
            match met {
                Met::File(path, metadata) => found.push((path, metadata)),
                Met::Passed(one) => passed.push(one),
            }
        }
        // By path, so that which of several ways to a file counts as the first does not depend on the order of the folder.
        found.par_sort_by(|(one, _), (other, _)| one.as_os_str().cmp(other.as_os_str()));
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
