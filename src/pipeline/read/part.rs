//! What reading gives: one value for each file of the evidence.

use crate::case::activity::Activity;
use crate::case::entry::Entry;
use crate::case::spool;
use crate::case::table::manifest::{Row, Status};
use crate::evidence::record::content::Fingerprint;
use crate::evidence::record::time::Micros;
use crate::evidence::source::{Object, Passed};
use crate::root::{Class, Clues};
use std::io;

/// What was read of one file of the evidence. An object is one such file, or an archive of many.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Part {
    /// What holds whatever the terms of the run.
    pub entry: Entry<'static>,
    /// Its activities within the terms. Their object is told by where the part goes.
    pub activities: Vec<Activity>,
    /// What it tells that other records are labelled by.
    pub clues: Clues,
    /// Its records that hold what is looked for, where that is all that is wanted.
    pub hits: Vec<Hit>,
}

impl From<Row> for Part {
    /// The part of a file that was not read.
    fn from(row: Row) -> Self {
        Self { entry: Entry { row, ..Entry::default() }, ..Self::default() }
    }
}

impl Part {
    /// Of something that is there and is not read.
    pub(crate) fn passed(passed: Passed) -> Self {
        let status = if passed.why.is_loss() { Status::Damaged } else { Status::Skipped };
        Row { status, reason: Some(passed.why.to_string()), ..Row::new(passed.uri, passed.size) }.into()
    }

    /// Of a file that could not be read at all.
    pub(crate) fn unreadable(uri: &str, size: u64, error: &io::Error) -> Self {
        let reason = Some(format!("cannot be read: {error}"));
        Row { status: Status::Damaged, reason, is_unreadable: true, ..Row::new(uri.to_owned(), size) }.into()
    }

    /// Of a file that is damaged as a whole.
    pub(crate) fn damaged(row: Row, reason: &str) -> Self {
        Row { status: Status::Damaged, reason: Some(reason.to_owned()), ..row }.into()
    }
}

/// A record that holds one of the texts that are looked for.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    /// UTC.
    pub event_time: Option<Micros>,
    /// Of its content.
    pub fingerprint: Fingerprint,
    /// What it has to do with root.
    pub class: Option<Class>,
    /// Its object; its meaning belongs to whoever gathers hits.
    pub object: u32,
    /// Its number in the object.
    pub record_index: u64,
    /// Where its text is kept.
    pub text: spool::Place,
}

/// Adds what the source knows of an object to what was read of it.
pub(super) fn mark(parts: &mut [Part], object: &Object) {
    for Part { entry, .. } in parts.iter_mut().filter(|part| part.entry.row.uri == object.uri) {
        // An object that could not be fetched has no ETag: the next run may find another one.
        if !entry.row.is_unreadable {
            entry.row.etag.clone_from(&object.etag);
        }
        if let Some(digest) = &mut entry.digest {
            digest.signature.clone_from(&object.signature);
        }
    }
}
