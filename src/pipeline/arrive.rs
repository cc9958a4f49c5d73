//! Objects that come while they are found: bytes from far away, and what an earlier run learnt of objects.

use super::judge::unreadable;
use super::object::{Context, Worker};
use super::{DigestText, Gathered, passed_row};
use crate::case::journal;
use crate::evidence::source::s3::{Body, Head, SIGNATURE};
use crate::evidence::source::{Flow, Object, Step};
use bytes::Bytes;
use std::io;

/// An object whose bytes came a long way.
pub(super) struct Doubt<'f> {
    flow: &'f dyn Flow,
    object: &'f Object,
    pub head: &'f Head,
}

impl Doubt<'_> {
    /// Its bytes once more, where these may have been changed on the way.
    pub fn better(&self, stored: &[u8]) -> io::Result<Option<Bytes>> {
        let unsettled = |error| io::Error::other(format!("it came damaged, and could not be fetched again: {error}"));
        self.flow.better(self.object, stored, self.head).map_err(unsettled)
    }
}

impl<'c> Context<'c> {
    /// Takes what a flow brings.
    pub fn step(&'c self, flow: &dyn Flow, step: Step, worker: &mut Worker, gathered: &mut Gathered) {
        let (before, events) = (gathered.rows.len(), gathered.events.len());
        match step {
            Step::Passed(passed) => gathered.rows.push(passed_row(passed)),
            Step::Known(object) => {
                self.recall(&object, worker, gathered);
                self.done(&object, before, gathered);
            }
            Step::Arrived(mut arrival) => {
                if let Ok((_, head)) = &arrival.outcome {
                    arrival.object.signature = head.metadata.get(SIGNATURE).map(|signature| signature.as_str().into());
                }
                let object = &arrival.object;
                match &arrival.outcome {
                    Ok((Body::Bytes(bytes), head)) => {
                        self.bytes(&object.uri, bytes, 0, Some(Doubt { flow, object, head }), worker, gathered);
                    }
                    Ok((Body::File(file), _)) => match file.try_clone() {
                        Ok(file) => self.file(&object.uri, file, worker, gathered),
                        Err(error) => gathered.rows.push(unreadable(&object.uri, object.size, &error)),
                    },
                    Err(error) => gathered.rows.push(unreadable(&object.uri, object.size, error)),
                }
                self.done(object, before, gathered);
                if !gathered.rows[before..].iter().any(|row| row.is_unreadable) {
                    self.keep(object, before, events, gathered);
                }
                gathered.kept.clear();
            }
        }
    }

    /// Puts what was learnt of an object into the journal.
    fn keep(&self, object: &Object, first: usize, first_event: usize, gathered: &Gathered) {
        let Some(journal) = &self.config.journal else { return };
        let kept = gathered.kept.iter().map(|kept| journal::Kept {
            row: kept.row - u32::try_from(first).unwrap_or(u32::MAX),
            record_index: kept.record_index,
            json: &kept.json,
            line: kept.line.as_deref(),
        });
        let row = |digest: &DigestText| digest.object - u32::try_from(first).unwrap_or(u32::MAX);
        let digests = gathered.digests.iter().filter(|digest| digest.object as usize >= first);
        let digests = digests.map(|digest| (row(digest), &*digest.text, digest.signature.as_deref()));
        let events = gathered.events[first_event..].to_vec();
        let rows = gathered.rows[first..].to_vec();
        journal.keep(object, &journal::Entry { rows, kept: kept.collect(), digests: digests.collect(), events });
    }

    /// Takes what an earlier run learnt of an object; labels and terms are this run's.
    fn recall(&'c self, object: &Object, worker: &mut Worker, gathered: &mut Gathered) {
        let Some(journal::Entry { rows, kept, digests, events }) = self.config.journal.as_ref().and_then(|journal| journal.recall(object))
        else {
            let error = io::Error::other("the journal of the case cannot be read (hint: scan again with `--rescan`)");
            return gathered.rows.push(unreadable(&object.uri, object.size, &error));
        };
        gathered.recalled += 1;
        let first = u32::try_from(gathered.rows.len()).unwrap_or(u32::MAX);
        let digests = digests.into_iter().map(|(row, text, signature)| (first + row, text, signature));
        gathered.digests.extend(digests.map(|(object, text, signature)| DigestText {
            object,
            text: text.into(),
            signature: signature.map(Into::into),
        }));
        let before = gathered.events.len();
        let mut kept = kept.into_iter().peekable();
        for (index, mut row) in rows.into_iter().enumerate() {
            let Worker { parser, pad, spool, .. } = &mut *worker;
            let mut collector = self.collector(&row.uri, parser, pad, spool.as_mut());
            while let Some(record) = kept.next_if(|record| record.row as usize == index) {
                collector.label(record.json, record.record_index, record.line);
            }
            let (number, collected) = (collector.object, collector.collected);
            row.number = Some(number);
            row.outside_terms = collected.outside_terms;
            gathered.take(row, collected);
        }
        gathered.kept.clear();
        // Not all records that explain gaps are labelled, so they were kept by themselves.
        gathered.events.truncate(before);
        gathered.events.extend(events);
    }
}
