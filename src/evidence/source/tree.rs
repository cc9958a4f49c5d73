//! Everything below some paths: folder after folder, many at a time.
//!
//! Every file counts, hidden ones too, but for the parts of a finished case, which is named and left alone. Links are followed; a link to a folder that it lies in ends there. Each level of folders is
//! looked into on all threads, so that depth costs no stack, and names are asked of their folder and not by whole paths, which for tens of
//! thousands of small files takes half the time of the listing.

use super::{Passed, Why, results as ours};
use rayon::prelude::*;
use std::ffi::OsString;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was found.
pub(super) enum Met {
    File(PathBuf, Facts),
    Passed(Passed),
    /// A folder that was not to be looked into, and of which nothing need be said.
    Skipped(PathBuf),
}

/// Why a folder is not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skip {
    /// It is the case's.
    Case,
    /// It is not evidence.
    Silently,
}

impl Skip {
    fn met(self, path: PathBuf) -> Met {
        match self {
            Self::Case => passed(&path, Why::CaseFolder),
            Self::Silently => Met::Skipped(path),
        }
    }
}

/// A folder to look into, and the one that the way to it came from.
struct Folder {
    path: PathBuf,
    from: Option<Arc<Self>>,
    /// Whether it is below converted records, of which the folder above them tells.
    in_records: bool,
}

/// What makes two paths the same file.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> Option<Identity> {
    path.canonicalize().ok()
}

/// What is to be known of a file: a small part of its metadata, as there may be millions.
pub(super) struct Facts {
    /// Bytes.
    pub size: u64,
    /// `None` where nothing tells it from others.
    pub identity: Option<Identity>,
}

impl Facts {
    pub(super) fn of(path: &Path, metadata: &Metadata) -> Self {
        Self { size: metadata.len(), identity: identity(path, metadata) }
    }
}

impl Folder {
    /// Whether a folder is this one or one on the way to it.
    fn is_within(&self, path: &Path, metadata: &Metadata) -> bool {
        let wanted = identity(path, metadata);
        let mut folder = Some(self);
        while let Some(Self { path, from, .. }) = folder {
            if wanted.is_some() && fs::metadata(path).is_ok_and(|metadata| identity(path, &metadata) == wanted) {
                return true;
            }
            folder = from.as_deref();
        }
        false
    }
}

/// The path as text. Names that are not UTF-8 are shown with replacement characters; they are opened by their own bytes.
pub(super) fn uri(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn passed(path: &Path, why: Why) -> Met {
    Met::Passed(Passed { uri: uri(path), size: 0, why })
}

fn results(path: &Path, size: u64) -> Met {
    Met::Passed(Passed { uri: uri(path), size, why: Why::Case })
}

fn unreadable(path: &Path, error: &io::Error) -> Met {
    passed(path, Why::Unreadable(error.to_string()))
}

/// Files and what is not a file below the roots, nearly in the order of their paths. Folders that `skip` says are passed.
pub(super) fn walk(roots: &[PathBuf], skip: impl Fn(&Path) -> Option<Skip> + Sync) -> Vec<Met> {
    let mut met = Vec::new();
    let mut level = Vec::new();
    for root in roots {
        match fs::metadata(root) {
            Err(error) => met.push(unreadable(root, &error)),
            Ok(metadata) if metadata.is_dir() => match skip(root) {
                Some(skip) => met.push(skip.met(root.clone())),
                None => level.push(Arc::new(Folder { path: root.clone(), from: None, in_records: false })),
            },
            Ok(metadata) if metadata.is_file() => {
                let is_part = root.parent().is_some_and(ours::is_results) && ours::is_part(root);
                met.push(if is_part { results(root, metadata.len()) } else { Met::File(root.clone(), Facts::of(root, &metadata)) });
            }
            Ok(_) => met.push(passed(root, Why::NotAFile)),
        }
    }
    while !level.is_empty() {
        let looked: Vec<(Vec<Met>, Vec<Folder>)> = level.par_iter().with_max_len(1).map(|folder| look(folder, &skip)).collect();
        level = Vec::new();
        for (mut found, folders) in looked {
            met.append(&mut found);
            level.extend(folders.into_iter().map(Arc::new));
        }
    }
    met
}

/// Looks into one folder.
fn look(folder: &Arc<Folder>, skip: impl Fn(&Path) -> Option<Skip>) -> (Vec<Met>, Vec<Folder>) {
    let (mut met, mut folders) = (Vec::new(), Vec::new());
    let entries = match fs::read_dir(&folder.path) {
        Ok(entries) => entries,
        Err(error) => return (vec![unreadable(&folder.path, &error)], folders),
    };
    let mut named: Vec<(OsString, DirEntry)> = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => named.push((entry.file_name(), entry)),
            Err(error) => met.push(unreadable(&folder.path, &error)),
        }
    }
    named.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let is_results =
        named.binary_search_by(|(name, _)| name.as_os_str().cmp(ours::SUMMARY.as_ref())).is_ok() && ours::is_results(&folder.path);
    let mut parts: Option<u64> = None;
    for (name, entry) in named {
        let in_records = folder.in_records || is_results && name == ours::RECORDS;
        let path = folder.path.join(name);
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        match if is_link { fs::metadata(&path) } else { entry.metadata() } {
            Err(error) => met.push(unreadable(&path, &error)),
            Ok(metadata) if metadata.is_file() && (is_results || in_records) && ours::is_part(&path) => {
                *parts.get_or_insert(0) += metadata.len();
            }
            Ok(metadata) if metadata.is_file() => {
                let facts = Facts::of(&path, &metadata);
                met.push(Met::File(path, facts));
            }
            Ok(metadata) if !metadata.is_dir() => met.push(passed(&path, Why::NotAFile)),
            Ok(metadata) if is_link && folder.is_within(&path, &metadata) => met.push(passed(&path, Why::SymlinkLoop)),
            Ok(_) => match skip(&path) {
                Some(skip) => met.push(skip.met(path)),
                None => folders.push(Folder { path, from: Some(Arc::clone(folder)), in_records }),
            },
        }
    }
    if let Some(size) = parts.filter(|_| is_results) {
        met.push(results(&folder.path, size));
    }
    (met, folders)
}
