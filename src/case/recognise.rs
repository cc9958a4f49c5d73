//! Tells results of this program from evidence among which they lie.
//!
//! A name alone says nothing: whoever can write to a folder of evidence could hide a log under the name of a table. So a folder is a folder of
//! results only by its summary, and a file of it only by how it begins; anything else in it is evidence like any other.

use super::{ATTESTATION, ATTESTATION_TEXT, DETECTION_REPORT, INTEGRITY, JOURNAL, LOCK, MANIFEST, REVIEW, SUMMARY, TRACE_REPORT, records};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Bytes that are looked at of a file.
const HEAD: u64 = 256;
const PARQUET: &[u8] = b"PAR1";
/// The journals of every version.
const JOURNALS: &[u8] = b"rootline journal ";

fn head(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    // What cannot be read is not recognised, and is named when it is read as evidence.
    let _ = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    head
}

/// Whether a text begins as every JSON document of this program does.
fn is_document(head: &[u8]) -> bool {
    let rest = head.strip_prefix(b"{").unwrap_or_default();
    rest.trim_ascii_start().starts_with(b"\"schema_version\"")
}

/// Whether a folder holds a finished case or converted records.
#[must_use]
pub fn is_results(folder: &Path) -> bool {
    let summary = head(&folder.join(SUMMARY));
    let names_the_run =
        memchr::memmem::find(&summary, b"\"run\"").is_some() && memchr::memmem::find(&summary, b"\"command_line\"").is_some();
    is_document(&summary) && names_the_run && head(&folder.join(MANIFEST)).starts_with(PARQUET)
}

/// Whether a file of such a folder is part of the results.
#[must_use]
pub fn is_part(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let is_table =
        Path::new(name).extension().is_some_and(|extension| extension == "parquet") || name.starts_with(super::pending::TEMPORARY);
    match name {
        SUMMARY | INTEGRITY | ATTESTATION | REVIEW | DETECTION_REPORT | TRACE_REPORT => is_document(&head(path)),
        ATTESTATION_TEXT => head(path).starts_with(b"# "),
        JOURNAL => head(path).starts_with(JOURNALS),
        LOCK | records::LOCK => path.metadata().is_ok_and(|metadata| metadata.len() == 0),
        _ => is_table && head(path).starts_with(PARQUET),
    }
}
