//! What a scan learnt of each object in S3, kept in the case so that a later run need not fetch it again.
//!
//! `objects.journal` is a header, then an entry an object, appended as soon as the object has been read. An entry bears its length and checksum, so a
//! run that was killed costs the objects it was at and no more: what is cut or torn at the end is dropped. Entries hold manifest rows before copies
//! are folded, and every labelled record whatever the terms of the run, so that the next one may have another window.

use super::JOURNAL;
use super::entry::Entry;
use crate::error::{Error, Result};
use crate::evidence::source::Object;
use crate::evidence::sync::lock;
use foldhash::{HashMap, HashMapExt as _};
use memmap2::Mmap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const MAGIC: &[u8] = b"rootline journal 5\n";

/// Settings that cached results depend on, beside the object's bytes. If any differs, the journal is discarded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// Of this program.
    pub version: String,
    /// The largest inflated size of one object, in bytes.
    pub max_object_size: u64,
    /// Whether stored bytes were hashed.
    pub hash: bool,
    /// Whether integrity was looked at.
    pub integrity: bool,
}

/// Name, entity tag and size of an object, as one number. Names are chosen by whoever can write to the bucket, so the hash is one that nobody can
/// make collide.
type Id = [u8; 16];

fn id(object: &Object) -> Option<Id> {
    let etag = object.etag.as_deref()?;
    let mut hasher = Sha256::new();
    for part in [object.uri.as_bytes(), etag.as_bytes()] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.update(object.size.to_le_bytes());
    hasher.finalize()[..16].try_into().ok()
}

/// The journal of a case, for one run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    failure: Mutex<Option<io::Error>>,
    /// What earlier runs left.
    old: Option<Mmap>,
    /// Where in it the entry of an object lies.
    known: HashMap<Id, (usize, usize)>,
}

/// Length and checksum before each entry.
const FRAME: usize = 12;

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(FRAME + payload.len());
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// The whole frame at the start of some bytes: its payload.
fn unframe(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let payload = rest.get(..usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    (crc32fast::hash(payload) == u32::from_le_bytes(*checksum)).then_some(payload)
}

impl Journal {
    /// Opens the journal of the case in `folder`, which the caller holds the lock of. What an earlier run with other settings left is dropped, and with
    /// `discard` everything is.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(folder: &Path, ground: &Ground, discard: bool) -> Result<Self> {
        let path = folder.join(JOURNAL);
        let opened = (|| {
            let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            let old = if file.metadata()?.len() == 0 {
                None
            } else {
                // SAFETY: the case's lock is held, so no other run writes to the file, and this one only appends behind what is mapped.
                Some(unsafe { Mmap::map(&file) }?)
            };
            let (known, end) = old.as_deref().filter(|_| !discard).and_then(|old| index(old, ground)).unwrap_or_default();
            let old = old.filter(|_| end > 0);
            file.set_len(end as u64)?;
            file.seek(SeekFrom::Start(end as u64))?;
            if end == 0 {
                file.write_all(MAGIC)?;
                file.write_all(&frame(&encoded(ground)?))?;
            }
            Ok((file, old, known))
        })();
        match opened {
            Ok((file, old, known)) => Ok(Self { path, file: Mutex::new(file), failure: Mutex::default(), old, known }),
            Err(source) => Err(Error::Case { action: "open", path, source }),
        }
    }

    /// Whether the object is known, just as it is now.
    #[must_use]
    pub fn holds(&self, object: &Object) -> bool {
        id(object).is_some_and(|id| self.known.contains_key(&id))
    }

    /// What was learnt of the object: one entry, or of an archive one for each file in it.
    #[must_use]
    pub fn recall(&self, object: &Object) -> Option<Vec<Entry<'_>>> {
        let (start, end) = *self.known.get(&id(object)?)?;
        let (_, entries) = postcard::from_bytes::<(Id, Vec<Entry<'_>>)>(self.old.as_ref()?.get(start..end)?).ok()?;
        Some(entries)
    }

    /// Keeps what was learnt of an object; one without an entity tag is not kept. What goes wrong is told by [`Journal::finish`].
    pub fn keep(&self, object: &Object, entries: &[&Entry<'_>]) {
        let Some(id) = id(object) else { return };
        let kept = encoded(&(id, entries)).and_then(|payload| {
            let mut file = self.file.lock().map_err(|_| io::Error::other("a thread failed while it wrote"))?;
            file.write_all(&frame(&payload))
        });
        if let Err(error) = kept {
            lock(&self.failure).get_or_insert(error);
        }
    }

    /// Whether all that was to be kept was.
    ///
    /// # Errors
    /// The first failure.
    pub fn finish(&self) -> Result<()> {
        match lock(&self.failure).take() {
            Some(source) => Err(Error::Case { action: "write", path: self.path.clone(), source }),
            None => Ok(()),
        }
    }
}

fn encoded(value: &impl Serialize) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(io::Error::other)
}

/// Where in it each object's entry lies.
type Places = HashMap<Id, (usize, usize)>;

/// Finds the entries of a journal, and where the last whole one ends; `None` where it is another program's, or of other ground.
fn index(journal: &[u8], ground: &Ground) -> Option<(Places, usize)> {
    let payload = unframe(journal.strip_prefix(MAGIC)?)?;
    if postcard::from_bytes::<Ground>(payload).ok()? != *ground {
        return None;
    }
    let mut known = HashMap::new();
    let mut end = MAGIC.len() + FRAME + payload.len();
    while let Some(payload) = unframe(&journal[end..]) {
        let start = end + FRAME;
        end = start + payload.len();
        if let Some(id) = payload.first_chunk::<16>() {
            known.insert(*id, (start, end));
        }
    }
    Some((known, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::entry::{Bytes, Kept, StoredDigest};
    use crate::case::table::manifest::Row;
    use crate::evidence::source::Place;

    fn object(uri: &str, etag: &str) -> Object {
        Object { uri: uri.to_owned(), size: 7, place: Place::S3, etag: Some(etag.into()), signature: None }
    }

    fn ground() -> Ground {
        Ground { version: "1".to_owned(), max_object_size: 1, hash: false, integrity: false }
    }

    fn entry(uri: &str) -> Entry<'static> {
        let row = Row { records: 3, form: Some("records"), reason: Some("x".to_owned()), ..Row::new(uri.to_owned(), 7) };
        let kept = vec![Kept { record_index: 2, json: Bytes::of(b"{\"a\":1}"), line: Some(Bytes::of(b"\xFF,")) }];
        Entry { row, kept, digest: Some(StoredDigest { text: Bytes::of(b"{}"), signature: None }), events: Vec::new() }
    }

    #[test]
    fn what_was_kept_is_known_to_the_next_run_and_a_torn_end_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["s3://b/1", "s3://b/2", "s3://b/3"];
        let journal = Journal::open(folder.path(), &ground(), false).unwrap();
        names.iter().for_each(|name| journal.keep(&object(name, "e"), &[&entry(name)]));
        journal.finish().unwrap();
        drop(journal);
        let path = folder.path().join(JOURNAL);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let journal = Journal::open(folder.path(), &ground(), false).unwrap();
            let known: Vec<bool> = names.iter().map(|name| journal.recall(&object(name, "e")) == Some(vec![entry(name)])).collect();
            assert!(known.is_sorted_by(|one, other| one >= other) && !known[2], "{cut}: {known:?}");
            assert_eq!(known, names.map(|name| journal.holds(&object(name, "e"))));
            journal.keep(&object(names[2], "e"), &[&entry(names[2])]);
            drop(journal);
            assert!(Journal::open(folder.path(), &ground(), false).unwrap().holds(&object(names[2], "e")), "{cut}");
        }
    }

    #[test]
    fn another_tag_size_or_ground_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let one = object("s3://b/1", "e");
        Journal::open(folder.path(), &ground(), false).unwrap().keep(&one, &[&entry("s3://b/1")]);
        let journal = Journal::open(folder.path(), &ground(), false).unwrap();
        assert!(journal.holds(&one) && !journal.holds(&object("s3://b/1", "f")));
        assert!(!journal.holds(&Object { size: 8, ..one.clone() }) && !journal.holds(&Object { etag: None, ..one.clone() }));
        drop(journal);
        assert!(!Journal::open(folder.path(), &Ground { hash: true, ..ground() }, false).unwrap().holds(&one));
        assert!(!Journal::open(folder.path(), &ground(), false).unwrap().holds(&one), "dropped by the run on other ground");
    }
}
