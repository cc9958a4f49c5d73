//! An evidence copy of a bucket: objects byte for byte, what S3 said of each beside them.
//!
//! A file appears under its name only when it is whole, and its line in the sidecar only after that; so a copy that was killed goes on where it was.
//! Nothing that is there is ever overwritten.

use super::Progress;
use super::read::through::HashWriter;
use crate::error::{Error, Result};
use crate::evidence::source::s3::{Arrival, Body, Head, Location, S3, S3Flow};
use crate::evidence::source::sidecar::{self, Line, Sidecar};
use crate::evidence::source::{self, Flow as _, Object, Passed, Step, WHOLE_LIMIT, Why};
use crate::evidence::sync::{into_inner, lock};
use md5::Md5;
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What a copy came to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Copied {
    /// Objects copied now.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that an earlier run had copied.
    pub already: u64,
    /// Their bytes.
    pub already_bytes: u64,
    /// Objects and prefixes that could not be fetched or listed: URI and reason.
    pub lost: Vec<(String, String)>,
}

/// What a check of a copy came to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Verified {
    /// Files whose hash is that of the list.
    pub intact: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that are not as they were copied, or not there: key and why.
    pub broken: Vec<(String, String)>,
    /// Files that are no part of the copy.
    pub foreign: Vec<String>,
    /// Objects that could not be fetched when the copy was made: key and reason.
    pub lost: Vec<(String, String)>,
}

/// Copies what the source's locations and scope hold into `folder`, on the threads of the current pool.
///
/// # Errors
/// When the folder is not a copy of this bucket, or cannot be written.
pub(crate) fn copy(from: &S3, folder: &Path, progress: &dyn Progress) -> Result<Copied> {
    let bucket = from.report().bucket;
    let (writer, done) = sidecar::Writer::open(folder, &bucket)?;
    let done = Arc::new(done);
    let known = {
        let (done, folder) = (Arc::clone(&done), folder.to_path_buf());
        move |object: &Object| is_copied(&done, &folder, object)
    };
    let flow = from.start(Arc::new(known));
    let copying = Copying {
        folder,
        writer: &writer,
        done: &done,
        copied: Mutex::default(),
        failed: Mutex::default(),
        stopped: AtomicBool::new(false),
    };
    rayon::broadcast(|_| {
        while let Some(step) = flow.next()
            && !copying.stopped.load(Ordering::Relaxed)
        {
            let (objects, bytes) = flow.found();
            progress.listed(objects, bytes);
            copying.take(&flow, step, progress);
        }
    });
    let failed = |source| Error::Case { action: "write to", path: folder.to_path_buf(), source };
    if let Some(error) = into_inner(copying.failed) {
        return Err(failed(error));
    }
    let mut copied = into_inner(copying.copied);
    copied.lost.sort_unstable();
    writer.sync().map_err(failed)?;
    sums(folder)?;
    Ok(copied)
}

/// Whether the copy holds an object just as it is now.
fn is_copied(done: &Sidecar, folder: &Path, object: &Object) -> bool {
    let Some(line) = line_of(done, object) else { return false };
    line.error.is_none()
        && line.size == object.size
        && line.etag.as_deref() == object.etag.as_deref()
        && fs::metadata(folder.join(line.file())).is_ok_and(|metadata| metadata.len() == line.size)
}

fn line_of<'s>(done: &'s Sidecar, object: &Object) -> Option<&'s Line> {
    done.lines.get(&Location::parse(&object.uri)?.key)
}

struct Copying<'c> {
    folder: &'c Path,
    writer: &'c sidecar::Writer,
    done: &'c Sidecar,
    copied: Mutex<Copied>,
    /// What went wrong on this side; nothing good can come of the rest then.
    failed: Mutex<Option<io::Error>>,
    stopped: AtomicBool,
}

impl Copying<'_> {
    fn take(&self, flow: &S3Flow, step: Step, progress: &dyn Progress) {
        let outcome = match step {
            Step::Known(object) => {
                progress.done(object.size, 0);
                self.count(|copied| {
                    copied.already += 1;
                    copied.already_bytes += object.size;
                });
                Ok(())
            }
            Step::Passed(Passed { uri, why: Why::Unreadable(error), .. }) => self.lost(&uri, 0, None, error),
            Step::Passed(Passed { uri, why, .. }) => self.lost(&uri, 0, None, why.to_string()),
            Step::Arrived(Arrival { object, outcome, .. }) => {
                progress.done(object.size, 0);
                match outcome {
                    Err(error) => self.lost(&object.uri, object.size, object.etag.as_deref(), error.to_string()),
                    Ok((body, head)) => self.arrived(flow, &object, body, &head),
                }
            }
        };
        if let Err(error) = outcome {
            lock(&self.failed).get_or_insert(error);
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    fn count(&self, add: impl FnOnce(&mut Copied)) {
        add(&mut lock(&self.copied));
    }

    /// Records that an object or prefix could not be fetched or listed.
    fn lost(&self, uri: &str, size: u64, etag: Option<&str>, error: String) -> io::Result<()> {
        self.count(|copied| copied.lost.push((uri.to_owned(), error.clone())));
        let key = Location::parse(uri).map(|location| location.key).unwrap_or_default();
        if self.done.lines.get(&key).is_some_and(|line| line.error.is_none()) {
            // What an earlier run copied stays in the list.
            return Ok(());
        }
        self.writer.add(&Line { key, size, etag: etag.map(str::to_owned), error: Some(error), ..Line::default() })
    }

    /// Puts an object in its place.
    fn arrived(&self, flow: &S3Flow, object: &Object, body: Body, head: &Head) -> io::Result<()> {
        let body = match body {
            Body::Bytes(bytes) => match flow.better(object, &bytes, head) {
                Ok(better) => Body::Bytes(better.unwrap_or(bytes)),
                Err(error) => {
                    let reason = format!("it came damaged, and could not be fetched again: {error}");
                    return self.lost(&object.uri, object.size, object.etag.as_deref(), reason);
                }
            },
            body @ Body::File(_) => body,
        };
        if let Some(line) = line_of(self.done, object)
            && line.error.is_none()
            && fs::metadata(self.folder.join(line.file())).is_ok()
        {
            let reason = "not what was copied before, which is kept; copy it into another folder".to_owned();
            return self.lost(&object.uri, object.size, object.etag.as_deref(), reason);
        }
        let key = Location::parse(&object.uri).map(|location| location.key).unwrap_or_default();
        let mut temporary = tempfile::Builder::new().prefix("part-").tempfile_in(self.folder.join(sidecar::FOLDER))?;
        let (sha256, md5) = match body {
            Body::Bytes(bytes) => spill(&mut &bytes[..], temporary.as_file_mut())?,
            Body::File(mut file) => {
                file.rewind()?;
                spill(&mut file, temporary.as_file_mut())?
            }
        };
        if object.size > WHOLE_LIMIT as u64 && head.md5.as_ref().is_some_and(|known| *known != md5) {
            return self.lost(
                &object.uri,
                object.size,
                object.etag.as_deref(),
                "came otherwise than S3 keeps it; copy it again".to_owned(),
            );
        }
        #[cfg(unix)]
        fs::set_permissions(temporary.path(), std::os::unix::fs::PermissionsExt::from_mode(0o444))?;
        let path = self.settle(temporary, &key, &sha256)?;
        let Head { version_id, last_modified, storage_class, metadata, .. } = head.clone();
        let etag = object.etag.as_deref().map(str::to_owned);
        let path = (path != Path::new(&key)).then(|| path.to_string_lossy().into_owned());
        let (size, sha256) = (object.size, Some(sha256));
        self.writer.add(&Line { key, size, etag, version_id, last_modified, storage_class, sha256, metadata, path, error: None })?;
        self.count(|copied| {
            copied.objects += 1;
            copied.bytes += object.size;
        });
        Ok(())
    }

    /// Gives a whole file its name: the key's, or an odd one where something else is in the way.
    fn settle(&self, mut file: tempfile::NamedTempFile, key: &str, sha256: &str) -> io::Result<PathBuf> {
        for place in [sidecar::place(key).into_owned(), sidecar::odd(key)] {
            let target = self.folder.join(&place);
            if target.parent().is_none_or(|parent| fs::create_dir_all(parent).is_err()) {
                continue;
            }
            match file.persist_noclobber(&target) {
                Ok(_) => return Ok(place),
                Err(error) => file = error.file,
            }
            // A run that was killed may have put it there and not come to say so.
            if target.is_file() && hash(&target).is_ok_and(|(found, _)| found == sha256) {
                return Ok(place);
            }
        }
        Err(io::Error::other(format!("there is no place for `{key}`")))
    }
}

/// Copies what is read; gives SHA-256 and MD5, in hexadecimal.
fn spill(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(String, String)> {
    let (mut sha256, mut md5) = (Sha256::new(), Md5::new());
    let mut buffer = vec![0; 1 << 17];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sha256.update(&buffer[..count]);
        md5.update(&buffer[..count]);
        to.write_all(&buffer[..count])?;
    }
    to.flush()?;
    Ok((hex::encode(sha256.finalize()), hex::encode(md5.finalize())))
}

/// SHA-256 and size of a file.
fn hash(path: &Path) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?;
    let size = io::copy(&mut file, &mut HashWriter(&mut hasher))?;
    Ok((hex::encode(hasher.finalize()), size))
}

/// Writes the hashes of all files, by path.
fn sums(folder: &Path) -> Result<()> {
    let sidecar = Sidecar::read(folder)?;
    let path = folder.join(sidecar::FOLDER).join(sidecar::SUMS);
    let mut lines: Vec<_> = sidecar.lines.values().filter_map(|line| Some((line.file().to_str()?, line.sha256.as_deref()?))).collect();
    lines.sort_unstable();
    let written = File::create(&path).and_then(|file| {
        let mut out = io::BufWriter::new(file);
        lines.iter().try_for_each(|(path, sha256)| writeln!(out, "{sha256}  {path}"))?;
        out.flush()
    });
    written.map_err(|source| Error::Case { action: "write", path, source })
}

/// Reads every file of a copy again and compares, on the threads of the current pool. Needs no network.
///
/// # Errors
/// When the folder is not a copy.
pub(crate) fn verify(folder: &Path, progress: &dyn Progress) -> Result<Verified> {
    let Sidecar { lines, .. } = Sidecar::read(folder)?;
    let mut lines: Vec<&Line> = lines.values().collect();
    lines.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    progress.listed(lines.len() as u64, lines.iter().map(|line| line.size).sum());
    let (intact, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let lost = lines.iter().filter_map(|line| Some((line.key.clone(), line.error.clone()?))).collect();
    let broken = lines.par_iter().filter(|line| line.error.is_none()).filter_map(|line| {
        let found = hash(&folder.join(line.file()));
        progress.done(line.size, 0);
        let reason = match found {
            Err(error) if error.kind() == io::ErrorKind::NotFound => "missing".to_owned(),
            Err(error) => format!("cannot be read: {error}"),
            Ok((_, size)) if size != line.size => format!("{size} bytes, {} were copied", line.size),
            Ok((sha256, _)) if line.sha256.as_ref() != Some(&sha256) => "changed: its SHA-256 is another".to_owned(),
            Ok((_, size)) => {
                intact.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(size, Ordering::Relaxed);
                return None;
            }
        };
        Some((line.key.clone(), reason))
    });
    let broken: Vec<_> = broken.collect();
    let ours: HashSet<PathBuf> = lines.iter().map(|line| folder.join(line.file())).collect();
    let foreign = source::files(folder)
        .into_iter()
        .filter(|path| !ours.contains(path) && !path.starts_with(folder.join(sidecar::FOLDER)))
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    Ok(Verified { intact: intact.into_inner(), bytes: bytes.into_inner(), broken, foreign, lost })
}
