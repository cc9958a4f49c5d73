//! Tells results of this program from evidence among which they lie.
//!
//! A name alone says nothing: whoever can write to a folder of evidence could hide a log under the name of a table. So a folder is a folder of
//! results only by its summary, and a file of it only by how it begins; anything else in it is evidence like any other.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// File names of a case.
pub const TIMELINE: &str = "timeline.parquet";
/// One row an object.
pub const MANIFEST: &str = "manifest.parquet";
/// Counts, terms, versions.
pub const SUMMARY: &str = "summary.json";
/// Account by region by hour, from an audit.
pub const COVERAGE: &str = "coverage.parquet";
/// What digests and records of tampering say of the case.
pub const INTEGRITY: &str = "integrity.json";
/// The verdict of an audit and everything it stands on.
pub const ATTESTATION: &str = "attestation.json";
/// The same for people.
pub const ATTESTATION_TEXT: &str = "attestation.md";
/// One row an incident.
pub const INCIDENTS: &str = "incidents.parquet";
/// The same with the records behind each signal, and the terms it was reviewed by.
pub const REVIEW: &str = "incidents.json";
/// Every figure of detection.
pub const DETECTION: &str = "detection.parquet";
/// One row an alert.
pub const ALERTS: &str = "alerts.parquet";
/// What detection stands on and came to.
pub const DETECTION_REPORT: &str = "detection.json";
/// Identities and credentials that grew out of root, and what led from one to another.
pub const LINEAGE: &str = "lineage.parquet";
/// Every record by one of them.
pub const TRACE: &str = "trace.parquet";
/// Both, with what still stands, for programs.
pub const TRACE_REPORT: &str = "trace.json";
/// What was learnt of each object in S3, for the next run.
pub const JOURNAL: &str = "objects.journal";
/// Holds the tables, a folder an account and in it a folder a day. The manifest lies beside it, not in it, so that a reader may take
/// everything below.
pub const RECORDS: &str = "records";
/// Held while a run writes to a case.
pub(crate) const CASE_LOCK: &str = ".rootline.lock";
/// Held while a run writes converted records.
pub(crate) const RECORDS_LOCK: &str = ".rootline.records.lock";
/// What the names of files begin with that are being written.
pub(crate) const TEMPORARY: &str = ".rootline-";

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
pub(crate) fn is_results(folder: &Path) -> bool {
    let summary = head(&folder.join(SUMMARY));
    let names_the_run =
        memchr::memmem::find(&summary, b"\"run\"").is_some() && memchr::memmem::find(&summary, b"\"command_line\"").is_some();
    is_document(&summary) && names_the_run && head(&folder.join(MANIFEST)).starts_with(PARQUET)
}

/// Whether a file of such a folder is part of the results.
#[must_use]
pub(crate) fn is_part(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let is_table = Path::new(name).extension().is_some_and(|extension| extension == "parquet") || name.starts_with(TEMPORARY);
    match name {
        SUMMARY | INTEGRITY | ATTESTATION | REVIEW | DETECTION_REPORT | TRACE_REPORT => is_document(&head(path)),
        ATTESTATION_TEXT => head(path).starts_with(b"# "),
        JOURNAL => head(path).starts_with(JOURNALS),
        CASE_LOCK | RECORDS_LOCK => path.metadata().is_ok_and(|metadata| metadata.len() == 0),
        _ => is_table && head(path).starts_with(PARQUET),
    }
}
