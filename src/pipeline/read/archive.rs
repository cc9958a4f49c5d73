//! An archive to what was read of the files in it: small ones in batches spread over the workers, large ones as they come.

use super::part::Part;
use super::reader::{Reader, Worker};
use super::stored::Blob;
use crate::case::table::manifest::{Row, Status};
use crate::evidence::source::WHOLE_LIMIT;
use crate::evidence::source::archive::{self, Archive, Packing};
use rayon::prelude::*;
use std::io::{self, BufRead as _, BufReader, Read, Seek};

/// Archives inside archives are followed this deep.
const MAX_DEPTH: u8 = 3;

/// Stored bytes of entries that are gathered before they are spread over the workers.
const BATCH_BYTES: usize = 16 << 20;
const BATCH_ENTRIES: usize = 512;

impl Reader<'_> {
    /// Reads an archive of a row's name and size.
    pub(super) fn archive(&self, row: &Row, kind: Archive, reader: impl Read + Seek, depth: u8, worker: &mut Worker) -> Vec<Part> {
        match kind {
            Archive::Tar => self.tar(row, reader, depth, worker),
            Archive::Zip => self.entries(row, depth, worker, |take| archive::zip(reader, &row.uri, take)),
        }
    }

    pub(super) fn tar(&self, row: &Row, reader: impl Read, depth: u8, worker: &mut Worker) -> Vec<Part> {
        self.entries(row, depth, worker, |take| archive::tar(reader, &row.uri, take))
    }

    fn entries(
        &self,
        row: &Row,
        depth: u8,
        worker: &mut Worker,
        read: impl FnOnce(&mut archive::Take<'_>) -> Vec<archive::Broken>,
    ) -> Vec<Part> {
        let row = Row::new(row.uri.clone(), row.size);
        if depth == MAX_DEPTH {
            return vec![Part::damaged(row, "archives nested too deeply")];
        }
        let mut parts = Vec::new();
        let mut batch: Vec<(String, Vec<u8>)> = Vec::new();
        let mut held = 0;
        let broken = read(&mut |name, size, entry| {
            if size > WHOLE_LIMIT as u64 {
                parts.extend(self.large_entry(Row::new(name, size), entry, worker));
                return Ok(());
            }
            let mut bytes = Vec::with_capacity(usize::try_from(size.min(1 << 20)).unwrap_or(0));
            // The size is only what the archive says.
            entry.take(WHOLE_LIMIT as u64 + 1).read_to_end(&mut bytes)?;
            if bytes.len() > WHOLE_LIMIT {
                return Err(io::Error::other("entry larger than it says"));
            }
            held += bytes.len();
            batch.push((name, bytes));
            if held >= BATCH_BYTES || batch.len() >= BATCH_ENTRIES {
                parts.extend(self.batch(&mut batch, depth));
                held = 0;
            }
            Ok(())
        });
        parts.extend(self.batch(&mut batch, depth));
        parts.extend(broken.into_iter().map(|broken| Part::damaged(Row::new(broken.uri, row.size), &broken.reason)));
        if parts.is_empty() {
            let reason = Some("archive without files".to_owned());
            parts.push(Row { status: Status::NotALog, reason, ..row }.into());
        }
        parts
    }

    fn batch(&self, batch: &mut Vec<(String, Vec<u8>)>, depth: u8) -> Vec<Part> {
        let read = |(uri, bytes): (String, Vec<u8>)| {
            let mut worker = self.worker();
            let parts = self.stored(&Blob { depth: depth + 1, ..Blob::new(&uri, &bytes) }, &mut worker);
            self.release(worker);
            parts
        };
        std::mem::take(batch).into_par_iter().map(read).collect::<Vec<_>>().into_iter().flatten().collect()
    }

    fn large_entry(&self, row: Row, entry: &mut dyn Read, worker: &mut Worker) -> Vec<Part> {
        let mut reader = BufReader::with_capacity(1 << 20, entry);
        match reader.fill_buf().map(Packing::of) {
            Err(error) => vec![Part::unreadable(&row.uri, row.size, &error)],
            Ok(Packing::Archive(_)) => vec![Part::damaged(row, "archive larger than 64 MiB inside an archive, not read")],
            Ok(packing) => self.piecewise(row, packing, reader, MAX_DEPTH, worker),
        }
    }
}
