//! Evidence copies among files and folders: their objects under the names they have in the bucket.

use super::s3::{Location, SIGNATURE, Scope};
use super::sidecar::{self, Line, Sidecar};
use super::tree::Facts;
use super::{Passed, Why};
use crate::error::Result;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file, and what it is in a bucket where it was copied from one.
pub(super) struct File {
    pub path: PathBuf,
    pub facts: Facts,
    pub copied: Option<Copied>,
}

/// An object of a bucket.
pub(super) struct Copied {
    pub uri: String,
    pub etag: Option<Box<str>>,
    pub signature: Option<Box<str>>,
}

/// A copy, seen from a root that was given.
struct Copy {
    /// Paths found start with this,
    root: PathBuf,
    /// which is this folder in the copy.
    below: PathBuf,
    folder: PathBuf,
    sidecar: Sidecar,
}

/// Puts the files of copies under the names they have in their buckets, as far as these are in the scope, and adds what is missing of them to what was
/// passed. `folders` are the sidecars found below the roots.
pub(super) fn name(
    roots: &[PathBuf],
    folders: &[PathBuf],
    scope: &Scope,
    walked: Vec<(PathBuf, Facts)>,
    passed: &mut Vec<Passed>,
) -> Result<Vec<File>> {
    let copies = around(roots, folders)?;
    let mut files = Vec::with_capacity(walked.len());
    let mut claimed = HashSet::new();
    for copy in &copies {
        let wanted = |line: &&Line| match &line.error {
            // A listing that failed may have been of a folder around this one.
            Some(_) if line.etag.is_none() => scope.wants_folder(&line.key),
            _ => Path::new(&line.key).starts_with(&copy.below) && scope.wants(&line.key),
        };
        let mut lines: Vec<&Line> = copy.sidecar.lines.values().collect();
        lines.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        for line in &lines {
            // What the walk finds of a copy is told by its list, whether wanted or not.
            if let Ok(rest) = line.file().strip_prefix(&copy.below) {
                claimed.insert(copy.root.join(rest));
            }
        }
        for line in lines.into_iter().filter(wanted) {
            let uri = Location::uri(&copy.sidecar.bucket, &line.key);
            let path = match line.file().strip_prefix(&copy.below) {
                Ok(rest) => copy.root.join(rest),
                Err(_) => copy.folder.join(line.file()),
            };
            let missing = |why: String| Passed { uri: uri.clone(), size: line.size, why: Why::Unreadable(why) };
            match (&line.error, fs::metadata(&path).map(|metadata| Facts::of(&path, &metadata))) {
                (Some(error), _) => passed.push(missing(error.clone())),
                (None, Err(error)) => passed.push(missing(format!("not in the copy any more: {error}"))),
                (None, Ok(facts)) if facts.size != line.size => {
                    passed.push(missing(format!("not as it was copied: {} bytes in place of {}", facts.size, line.size)));
                    // It is read all the same, as the file that it is.
                    files.push(File { path, facts, copied: None });
                }
                (None, Ok(facts)) => {
                    let etag = line.etag.as_deref().map(Into::into);
                    let signature = line.metadata.get(SIGNATURE).map(|signature| signature.as_str().into());
                    files.push(File { path, facts, copied: Some(Copied { uri, etag, signature }) });
                }
            }
        }
    }
    let others = walked.into_iter().filter(|(path, _)| !claimed.contains(path));
    files.extend(others.map(|(path, facts)| File { path, facts, copied: None }));
    Ok(files)
}

/// The copies that the roots lie in, and those below them.
fn around(roots: &[PathBuf], folders: &[PathBuf]) -> Result<Vec<Copy>> {
    let mut copies: Vec<Copy> = Vec::new();
    for root in roots {
        if let Some((folder, sidecar)) = Sidecar::around(root)? {
            let absolute = root.canonicalize().unwrap_or_else(|_| root.clone());
            let below = absolute.strip_prefix(&folder).map(Path::to_path_buf).unwrap_or_default();
            copies.push(Copy { root: root.clone(), below, folder, sidecar });
        }
    }
    for root in folders.iter().filter_map(|folder| folder.parent()) {
        let folder = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        if !copies.iter().any(|copy| copy.folder == folder && root.starts_with(&copy.root)) {
            copies.push(Copy { root: root.to_path_buf(), below: PathBuf::new(), sidecar: Sidecar::read(root)?, folder });
        }
    }
    Ok(copies)
}

/// Whether a folder is what a copy keeps beside its objects.
pub(super) fn is_sidecar(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == sidecar::FOLDER) && path.join(sidecar::OBJECTS).is_file()
}
