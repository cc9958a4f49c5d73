//! What an evidence copy of a bucket keeps beside the objects: where each came from, and what S3 said of it.
//!
//! `.rootline-copy/objects.jsonl` in the folder of a copy: a line that names the bucket, then a line an object, appended when it is whole on disk.
//! The last line of a key counts; one cut short by a kill is dropped. An object that could not be fetched has a line too, so that the copy does not
//! look more complete than it is.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

/// The folder in a copy that is not evidence.
pub(crate) const FOLDER: &str = ".rootline-copy";
/// The list of objects in it.
pub(crate) const OBJECTS: &str = "objects.jsonl";
/// The hashes of all files, as `sha256sum -c` reads them.
pub(crate) const SUMS: &str = "SHA256SUMS";
/// Objects whose keys cannot be paths.
const ODD: &str = "odd";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Heading {
    rootline_copy: u32,
    bucket: String,
}

/// An object of the bucket, as it was when it was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Its key; of a listing that failed, the prefix.
    pub key: String,
    /// Stored bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: Option<String>,
    /// Where the bucket keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// Unless standard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Of the bytes, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// User metadata.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Where its file lies, where that is not the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why there is no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Line {
    /// Its file, seen from the folder of the copy.
    #[must_use]
    pub(crate) fn file(&self) -> &Path {
        Path::new(self.path.as_deref().unwrap_or(&self.key))
    }
}

/// The objects of a copy, by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sidecar {
    /// The bucket they came from.
    pub bucket: String,
    /// All of them.
    pub lines: HashMap<String, Line>,
}

fn list(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join(OBJECTS)
}

/// Where the file of a key goes: where the key says, unless that is not a path below the folder that every system can make.
#[must_use]
pub(crate) fn place(key: &str) -> Cow<'_, Path> {
    let plain = |part: &str| {
        !part.is_empty()
            && part.len() <= 255
            && !part.ends_with(['.', ' '])
            && !part.chars().any(|symbol| symbol.is_control() || "\\:*?\"<>|".contains(symbol))
            && part != FOLDER
    };
    if key.split('/').all(plain) { Cow::Borrowed(Path::new(key)) } else { Cow::Owned(odd(key)) }
}

/// Where the file of a key goes that cannot be a path.
#[must_use]
pub(crate) fn odd(key: &str) -> PathBuf {
    Path::new(FOLDER).join(ODD).join(hex::encode(&Sha256::digest(key)[..16]))
}

/// Whether a path of a line stays in the folder; lines may have been written by anybody.
fn is_within(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

impl Sidecar {
    /// The copy that a path lies in, if it does: its folder, which may be above the path, and the objects.
    ///
    /// # Errors
    /// When there is a list of objects that cannot be read.
    pub(crate) fn around(path: &Path) -> Result<Option<(PathBuf, Self)>> {
        let Ok(absolute) = path.canonicalize() else { return Ok(None) };
        match absolute.ancestors().find(|folder| list(folder).is_file()) {
            Some(folder) => Ok(Some((folder.to_path_buf(), Self::read(folder)?))),
            None => Ok(None),
        }
    }

    /// Reads the list of a copy.
    ///
    /// # Errors
    /// When it is not there or is none.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = list(folder);
        let failed = |source| Error::Case { action: "read", path: path.clone(), source };
        let (sidecar, _) = File::open(&path).and_then(|file| Self::parse(BufReader::new(file))).map_err(failed)?;
        Ok(sidecar)
    }

    /// The objects, and the bytes up to the end of the last whole line.
    fn parse(mut input: impl BufRead) -> io::Result<(Self, u64)> {
        let mut line = Vec::new();
        let mut end = 0;
        let mut sidecar: Option<Self> = None;
        while input.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            match &mut sidecar {
                None => match serde_json::from_slice::<Heading>(&line)? {
                    Heading { rootline_copy: 1, bucket } => sidecar = Some(Self { bucket, lines: HashMap::new() }),
                    _ => return Err(io::Error::other("written by another version of this program")),
                },
                Some(Self { lines, .. }) => {
                    let line: Line = serde_json::from_slice(&line)?;
                    if !is_within(line.file()) {
                        return Err(io::Error::other(format!("`{}` leads out of the copy", line.key)));
                    }
                    lines.insert(line.key.clone(), line);
                }
            }
            end += line.len() as u64;
            line.clear();
        }
        sidecar.map(|sidecar| (sidecar, end)).ok_or_else(|| io::Error::other("no list of copied objects"))
    }
}

/// The list of a copy that is being made.
#[derive(Debug)]
pub(crate) struct Writer {
    file: Mutex<File>,
    _lock: File,
}

impl Writer {
    /// Starts a copy in `folder`, or goes on with one; gives what has been copied already.
    ///
    /// # Errors
    /// When the folder holds something else, or the copy of another bucket, or cannot be written, or is being written.
    pub(crate) fn open(folder: &Path, bucket: &str) -> Result<(Self, Sidecar)> {
        let failed = |action| move |source| Error::Case { action, path: folder.to_path_buf(), source };
        let path = list(folder);
        if !path.is_file() && fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name() != FOLDER)) {
            return Err(Error::NotACopy(folder.to_path_buf()));
        }
        fs::create_dir_all(folder.join(FOLDER)).map_err(failed("create"))?;
        let lock = File::create(folder.join(FOLDER).join("lock")).map_err(failed("create"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(Error::CaseInUse(folder.to_path_buf())),
            Err(fs::TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        let opened = (|| {
            let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
            if file.metadata()?.len() == 0 {
                let heading = Heading { rootline_copy: 1, bucket: bucket.to_owned() };
                writeln!(file, "{}", serde_json::to_string(&heading)?)?;
                return Ok((file, Sidecar { bucket: bucket.to_owned(), lines: HashMap::new() }));
            }
            let (sidecar, end) = Sidecar::parse(BufReader::new(&file))?;
            file.set_len(end)?;
            Ok((file, sidecar))
        })();
        let (file, sidecar) = opened.map_err(failed("read the list of"))?;
        if sidecar.bucket != bucket {
            return Err(Error::AnotherCopy { folder: folder.to_path_buf(), bucket: sidecar.bucket });
        }
        Ok((Self { file: Mutex::new(file), _lock: lock }, sidecar))
    }

    /// Adds an object whose file is in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn add(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.lock().map_err(|_| io::Error::other("a thread failed while it wrote"))?.write_all(&text)
    }

    /// Sees to it that the list is on the disk.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.lock().map_err(|_| io::Error::other("a thread failed while it wrote"))?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_no_paths_lie_elsewhere_and_inside() {
        assert_eq!(place("AWSLogs/1/a b.json.gz"), Path::new("AWSLogs/1/a b.json.gz"));
        for key in ["../x", "a//b", "/a", "a/", "a/./b", ".rootline-copy/x", "a\u{1}", "C:\\x", "", &"x".repeat(300)] {
            assert!(place(key).starts_with(".rootline-copy/odd") && is_within(&place(key)), "{key}");
        }
    }

    #[test]
    fn a_list_cut_anywhere_gives_its_whole_lines_and_the_next_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, _) = Writer::open(folder.path(), "b").unwrap();
        let line = |key: &str| Line { key: key.to_owned(), size: 1, etag: Some("e".to_owned()), ..Line::default() };
        ["1", "2"].iter().for_each(|key| writer.add(&line(key)).unwrap());
        drop(writer);
        let path = list(folder.path());
        let whole = fs::read(&path).unwrap();
        let heading = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in heading..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (writer, sidecar) = Writer::open(folder.path(), "b").unwrap();
            assert!(sidecar.lines.len() < 2 && !sidecar.lines.contains_key("2"));
            writer.add(&line("2")).unwrap();
            assert_eq!(Sidecar::read(folder.path()).unwrap().lines["2"], line("2"), "{cut}");
        }
        assert!(matches!(Writer::open(folder.path(), "c"), Err(Error::AnotherCopy { .. })));
    }

    #[test]
    fn a_line_that_leads_out_of_the_copy_is_refused() {
        let text = b"{\"rootline_copy\":1,\"bucket\":\"b\"}\n{\"key\":\"x\",\"size\":1,\"etag\":null,\"path\":\"../../etc/passwd\"}\n";
        assert!(Sidecar::parse(&text[..]).is_err());
    }
}
