//! How stored bytes are packed, told by their bytes; and archives, tar and zip.
//!
//! Entries are handed over one after the other as they lie in the archive; nothing is written to disk, so names that lead out of a
//! folder do no harm. Links and folders are passed by: what they point to is an entry of its own or not in the evidence.

use crate::evidence::inflate::GZIP_MAGIC;
use std::io::{self, Read, Seek};

/// A kind of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Archive {
    /// POSIX or GNU tar.
    Tar,
    /// Zip.
    Zip,
}

/// How stored bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Not at all.
    Plain,
    /// As gzip.
    Gzip,
    /// Several files in one.
    Archive(Archive),
}

impl Packing {
    /// Told by the first 512 bytes.
    #[must_use]
    pub(crate) fn of(start: &[u8]) -> Self {
        match kind(start) {
            Some(archive) => Self::Archive(archive),
            None if start.starts_with(&GZIP_MAGIC) => Self::Gzip,
            None => Self::Plain,
        }
    }
}

/// Tells an archive by its first 512 bytes.
#[must_use]
pub(crate) fn kind(start: &[u8]) -> Option<Archive> {
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        Some(Archive::Zip)
    } else if start.get(257..262) == Some(b"ustar") {
        Some(Archive::Tar)
    } else {
        None
    }
}

/// Takes an entry: its URI, its size in bytes where known, and its bytes. An error is the archive's, not the entry's.
pub(crate) type Take<'t> = dyn FnMut(String, u64, &mut dyn Read) -> io::Result<()> + 't;

/// What stopped the reading of an archive, or of one entry.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The entry, or the archive itself.
    pub uri: String,
    /// What is wrong.
    pub reason: String,
}

/// The URI of an entry: the archive's, `!/`, the name inside.
fn entry_uri(archive: &str, name: &str) -> String {
    format!("{archive}!/{}", name.trim_start_matches("./"))
}

/// Reads a tar.
pub(crate) fn tar(reader: impl Read, uri: &str, take: &mut Take<'_>) -> Vec<Broken> {
    let mut archive = tar::Archive::new(reader);
    // Archives that were put one behind the other are read like one.
    archive.set_ignore_zeros(true);
    let broken = |reason: &io::Error| vec![Broken { uri: uri.to_owned(), reason: format!("tar damaged: {reason}") }];
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return broken(&error),
    };
    for entry in entries {
        let outcome = entry.and_then(|mut entry| {
            // Whatever may have content of its own, of kinds that are not known, too.
            use tar::EntryType as Type;
            let kind = entry.header().entry_type();
            let is_name = matches!(kind, Type::Directory | Type::Symlink | Type::Link | Type::Char | Type::Block | Type::Fifo);
            // `V` is the label of the archive.
            if is_name || kind == Type::XGlobalHeader || kind.as_byte() == b'V' {
                return Ok(());
            }
            let name = entry_uri(uri, &String::from_utf8_lossy(&entry.path_bytes()));
            let size = entry.size();
            take(name, size, &mut entry)
        });
        if let Err(error) = outcome {
            return broken(&error);
        }
    }
    Vec::new()
}

/// Reads a zip.
pub(crate) fn zip(reader: impl Read + Seek, uri: &str, take: &mut Take<'_>) -> Vec<Broken> {
    let mut archive = match zip::ZipArchive::new(reader) {
        Ok(archive) => archive,
        Err(error) => return vec![Broken { uri: uri.to_owned(), reason: format!("zip damaged: {error}") }],
    };
    let mut broken = Vec::new();
    for index in 0..archive.len() {
        let name = archive
            .name_for_index(index)
            .and_then(Result::ok)
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_else(|| format!("entry {index}"));
        let outcome = match archive.by_index(index) {
            Ok(entry) if !entry.is_file() => continue,
            Ok(mut entry) => {
                let size = entry.size();
                take(entry_uri(uri, &name), size, &mut entry).map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        if let Err(reason) = outcome {
            broken.push(Broken { uri: entry_uri(uri, &name), reason: format!("zip entry damaged: {reason}") });
        }
    }
    broken
}
