//! An object to its parts, wherever it comes from: opened on disk, brought by a flow, or known by an earlier run.

use super::doubt::Doubt;
use super::part::{Part, mark};
use super::reader::{Reader, Worker};
use super::stored::Blob;
use crate::case::Journal;
use crate::case::entry::StoredDigest;
use crate::evidence::source::s3::{Arrival, Body, SIGNATURE};
use crate::evidence::source::{Flow, Object, Source, Stored};
use std::io;

impl Reader<'_> {
    /// Opens and reads an object of a source.
    pub(crate) fn object(&self, source: &dyn Source, object: &Object, worker: &mut Worker) -> Vec<Part> {
        let mut stored = std::mem::take(&mut worker.stored);
        let mut parts = match source.open(object, &mut stored) {
            Ok(Stored::Bytes(bytes)) => self.stored(&Blob::new(&object.uri, bytes), worker),
            Ok(Stored::File(file)) => self.file(&object.uri, file, worker),
            Err(error) => vec![Part::unreadable(&object.uri, object.size, &error)],
        };
        worker.stored = stored;
        mark(&mut parts, object);
        parts
    }

    /// Reads an object that a flow brought.
    pub(crate) fn arrival(&self, flow: &dyn Flow, arrival: &mut Arrival, worker: &mut Worker) -> Vec<Part> {
        if let Ok((_, head)) = &arrival.outcome {
            arrival.object.signature = head.metadata.get(SIGNATURE).map(|signature| signature.as_str().into());
        }
        let object = &arrival.object;
        let unreadable = |error: &io::Error| vec![Part::unreadable(&object.uri, object.size, error)];
        let mut parts = match &arrival.outcome {
            Ok((Body::Bytes(bytes), head)) => {
                self.stored(&Blob { doubt: Some(Doubt { flow, object, head }), ..Blob::new(&object.uri, bytes) }, worker)
            }
            Ok((Body::File(file), _)) => match file.try_clone() {
                Ok(file) => self.file(&object.uri, file, worker),
                Err(error) => unreadable(&error),
            },
            Err(error) => unreadable(error),
        };
        mark(&mut parts, object);
        parts
    }

    /// Takes what an earlier run learnt of an object; labels and terms are this run's. `None` where the journal cannot be read after all.
    pub(crate) fn recall(&self, journal: &Journal, object: &Object, worker: &mut Worker) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        for entry in journal.recall(object)? {
            let Worker { parser, pad, spool, .. } = worker;
            let mut collector = self.collector(&entry.row.uri, parser, pad, spool.as_mut());
            for record in &entry.kept {
                collector.label(&record.json, record.record_index, record.line.as_deref());
            }
            let (number, collected) = (collector.number, collector.collected);
            let mut part = Part { activities: collected.activities, clues: collected.clues, ..Part::from(entry.row) };
            part.entry.row.number = Some(number);
            part.entry.row.outside_terms = collected.outside_terms;
            part.entry.digest = entry.digest.map(StoredDigest::into_owned);
            // Not all records that explain gaps are labelled, so they were kept by themselves.
            part.entry.events = entry.events;
            parts.push(part);
        }
        Some(parts)
    }
}
