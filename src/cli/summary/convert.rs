//! What a conversion read and wrote.

use super::{Losses, Objects, Run, Terms, objects, period};
use crate::case::table::SCHEMA_VERSION;
use crate::case::table::manifest::Row;
use crate::pipeline::convert::{Converted, Written};
use serde::Serialize;

/// Records: `read` = `written` + `duplicates` + `outside_terms` + `damaged`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Records {
    /// Copies included.
    pub read: u64,
    /// Rows of the tables.
    pub written: u64,
    /// Copies, folded.
    pub duplicates: u64,
    /// Outside the window, accounts or regions.
    pub outside_terms: u64,
    /// Could not be read.
    pub damaged: u64,
    /// Of those written: their event id stands on other content too.
    pub conflicts: u64,
    /// Of those read: they have to do with root.
    pub labelled: u64,
    /// Insights and the like, not among the records.
    pub kept_apart: u64,
    /// Without an event time.
    pub without_event_time: u64,
    /// The earliest event time of all records.
    pub first_event_time: Option<String>,
    /// The latest.
    pub last_event_time: Option<String>,
}

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Summary {
    /// Of the tables and of this file.
    pub schema_version: &'static str,
    /// This run.
    pub run: Run,
    /// What goes into the tables.
    pub terms: Terms,
    /// What was read.
    pub objects: Objects,
    /// What was in it.
    pub records: Records,
    /// Parquet files of records.
    pub files: u64,
    /// What was lost.
    #[serde(flatten)]
    pub losses: Losses,
}

impl Summary {
    /// Sums up a conversion.
    #[must_use]
    pub(crate) fn new(converted: &Converted, written: &Written, terms: Terms, run: Run) -> Self {
        let manifest = &converted.manifest;
        let sum = |field: fn(&Row) -> u64| manifest.iter().map(field).sum();
        let (first_event_time, last_event_time) = period(manifest);
        Self {
            schema_version: SCHEMA_VERSION,
            run,
            terms,
            objects: objects(manifest),
            records: Records {
                read: sum(|row| row.records),
                written: written.rows,
                duplicates: written.folded.duplicates,
                outside_terms: sum(|row| row.outside_terms),
                damaged: sum(|row| row.damaged),
                conflicts: written.folded.conflicts,
                labelled: sum(|row| row.labelled),
                kept_apart: sum(|row| row.apart),
                without_event_time: sum(|row| row.no_event_time),
                first_event_time,
                last_event_time,
            },
            files: written.files,
            losses: Losses::of(manifest),
        }
    }
}
