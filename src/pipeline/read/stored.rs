//! Stored bytes of one file to its text: whole in memory where that is possible, piece by piece where it is not.

use super::doubt::Doubt;
use super::judge::{self, Reading, Seen, Trouble};
use super::part::Part;
use super::reader::{Reader, Worker};
use super::through::{HashWriter, Hashed, Inflating, PIECE};
use crate::case::table::manifest::Row;
use crate::evidence::inflate::{Fault, GzipReader, Member};
use crate::evidence::record::kind::{self, Content};
use crate::evidence::record::{Window, envelope};
use crate::evidence::source::archive::{self, Archive, Packing};
use crate::evidence::source::{Key, Kind, WHOLE_LIMIT};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};

/// Bytes read ahead to tell what a stream is.
pub(super) const PEEK: usize = 64 << 10;

/// The stored bytes of a file, in memory.
#[derive(Clone, Copy)]
pub(super) struct Blob<'b> {
    pub uri: &'b str,
    pub bytes: &'b [u8],
    /// How many archives it lies in.
    pub depth: u8,
    /// Where it came from, when it may have been changed on the way.
    pub doubt: Option<Doubt<'b>>,
}

impl<'b> Blob<'b> {
    pub(super) fn new(uri: &'b str, bytes: &'b [u8]) -> Self {
        Self { uri, bytes, depth: 0, doubt: None }
    }

    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn unreadable(&self, error: &io::Error) -> Vec<Part> {
        vec![Part::unreadable(self.uri, self.size(), error)]
    }
}

impl Reader<'_> {
    /// Reads a file that is in memory.
    pub(super) fn stored(&self, blob: &Blob<'_>, worker: &mut Worker) -> Vec<Part> {
        let Blob { uri, bytes, depth, doubt } = *blob;
        // Whether a gzip came whole shows by its checksum, but for its header; of anything else only the source can tell.
        let packing = Packing::of(bytes);
        let tells = packing == Packing::Gzip && !(self.config.hash && doubt.is_some_and(|doubt| doubt.head.md5.is_some()));
        if !tells && let Some(doubt) = doubt {
            match doubt.better(bytes) {
                Ok(None) => {}
                Ok(Some(better)) => return self.stored(&Blob::new(uri, &better), worker),
                Err(error) => return blob.unreadable(&error),
            }
        }
        let mut row = Row::new(uri.to_owned(), blob.size());
        if let Packing::Archive(kind) = packing {
            return self.archive(&row, kind, Cursor::new(bytes), depth, worker);
        }
        if self.config.hash {
            row.sha256 = Some(hex::encode(Sha256::digest(bytes)));
        }
        if packing == Packing::Plain {
            let cap = usize::try_from(self.config.max_object_size).unwrap_or(usize::MAX);
            let fault = (bytes.len() > cap).then_some(Fault::TooLarge(self.config.max_object_size).into());
            row.content_hash = self.hash(bytes);
            return self.text(row, &bytes[..bytes.len().min(cap)], fault, worker).into_iter().collect();
        }
        let row = match self.member(row, blob, worker) {
            Ok(parts) => return parts,
            Err(row) => *row,
        };
        match doubt.map_or(Ok(None), |doubt| doubt.better(bytes)) {
            Ok(None) => self.gzip(row, bytes, depth, worker),
            Ok(Some(better)) => self.stored(&Blob::new(uri, &better), worker),
            Err(error) => blob.unreadable(&error),
        }
    }

    /// Reads a gzip that is in memory. The error is its row as it was, where it is damaged or its text is too large; nothing was read then.
    fn member(&self, row: Row, blob: &Blob<'_>, worker: &mut Worker) -> Result<Vec<Part>, Box<Row>> {
        let stored = blob.bytes;
        let limit = WHOLE_LIMIT.min(usize::try_from(self.config.max_object_size).unwrap_or(usize::MAX));
        let Worker { text, inflater, parser, pad, .. } = worker;
        let Some(mut pieces) = inflater.begin(stored, self.config.max_object_size) else { return Err(row.into()) };
        if text.len() < PIECE {
            text.resize(PIECE, 0);
        }
        let filled = pieces.fill(&mut text[..PIECE], 0);
        let member = if pieces.has_more() && self.goes_in_pieces(&text[..filled]) {
            let mut collector = self.collector(blob.uri, parser, pad, None);
            let mut window = Window::fed(std::mem::take(text), filled, Inflating(&mut pieces));
            let tally = envelope::read(&mut window, self.delimiter, &mut collector);
            (*text, _) = window.into_parts();
            let (number, collected) = (collector.number, collector.collected);
            if let Some(member) = pieces.member()
                && member.stored == stored.len()
                && tally.faults == 0
            {
                let seen = Seen { content: Content::Json, mentions: false, likeness: None, inflated: member.inflated as u64 };
                return Ok(vec![judge::part(row, Reading { tally, number, collected, trouble: None, seen, digest: None }, None)]);
            }
            // Something is wrong, and whoever says what has to see all of it.
            inflater.member(stored, text, limit)
        } else {
            pieces.rest(text, filled, limit)
        };
        let Some(member) = member else { return Err(row.into()) };
        let text = std::mem::take(text);
        let parts = self.inflated(row, blob, member, &text[..member.inflated], worker);
        worker.text = text;
        Ok(parts)
    }

    /// Whether an object that starts so can be read while it is inflated: a log, and nobody wants to see all of it at once.
    fn goes_in_pieces(&self, start: &[u8]) -> bool {
        // A spool takes nothing back; searches and hashes want all of the text.
        let wants_all = self.spool.is_some() || self.sought.is_some() || self.config.integrity;
        !wants_all && archive::kind(start).is_none() && kind::sniff(start) == Content::Json
    }

    /// Reads what the first member of a gzip was inflated to.
    fn inflated(&self, row: Row, blob: &Blob<'_>, member: Member, inflated: &[u8], worker: &mut Worker) -> Vec<Part> {
        let more = blob.bytes.len() > member.stored;
        let archive = archive::kind(inflated);
        if more && (archive.is_some() || kind::may_have_members(inflated)) {
            self.gzip(row, blob.bytes, blob.depth, worker)
        } else if let Some(kind) = archive {
            self.archive(&row, kind, Cursor::new(inflated), blob.depth, worker)
        } else {
            let fault = more.then_some(Fault::Appended(member.stored as u64).into());
            let row = Row { content_hash: self.hash(inflated), ..row };
            self.text(row, inflated, fault, worker).into_iter().collect()
        }
    }

    /// The hash of a file's text, where integrity is looked at.
    fn hash(&self, text: &[u8]) -> Option<[u8; 32]> {
        self.config.integrity.then(|| Sha256::digest(text).into())
    }

    /// Reads an object that is too large for memory.
    pub(super) fn file(&self, uri: &str, mut file: File, worker: &mut Worker) -> Vec<Part> {
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let mut row = Row::new(uri.to_owned(), size);
        let outcome = (|| {
            if self.config.hash {
                let mut hasher = Sha256::new();
                io::copy(&mut file, &mut HashWriter(&mut hasher))?;
                file.rewind()?;
                row.sha256 = Some(hex::encode(hasher.finalize()));
            }
            let mut reader = BufReader::with_capacity(1 << 20, file);
            Ok((Packing::of(reader.fill_buf()?), reader))
        })();
        match outcome {
            Err(error) => vec![Part::unreadable(uri, size, &error)],
            Ok((Packing::Archive(kind), reader)) => self.archive(&row, kind, reader, 0, worker),
            Ok((packing, reader)) => self.piecewise(row, packing, reader, 0, worker),
        }
    }

    /// Reads a file that is not an archive, piece by piece.
    pub(super) fn piecewise(&self, row: Row, packing: Packing, mut stored: impl BufRead, depth: u8, worker: &mut Worker) -> Vec<Part> {
        if packing == Packing::Gzip {
            return self.gzip(row, stored, depth, worker);
        }
        let mut capped = (&mut stored).take(self.config.max_object_size);
        let (reading, hash) = self.hashed(&row, &mut capped, worker);
        let over = reading.trouble.is_none() && capped.limit() == 0 && stored.fill_buf().is_ok_and(|rest| !rest.is_empty());
        let fault = over.then_some(Fault::TooLarge(self.config.max_object_size).into());
        vec![judge::part(Row { content_hash: hash.filter(|_| !over), ..row }, reading, fault)]
    }

    /// Reads a gzip stream piece by piece: a large object, a damaged one, or one of several members.
    fn gzip(&self, row: Row, stored: impl BufRead, depth: u8, worker: &mut Worker) -> Vec<Part> {
        let mut reader = GzipReader::new(stored, self.config.max_object_size);
        let start = match reader.start(PEEK) {
            Ok(start) => start,
            Err(error) => return vec![Part::unreadable(&row.uri, row.size, &error)],
        };
        let kind = archive::kind(&start);
        if kind.is_some() || kind::may_have_members(&start) {
            reader.read_members();
        }
        match kind {
            Some(Archive::Tar) => {
                // The cap is on each entry, not on their sum.
                reader.lift_limit();
                let text = Cursor::new(start).chain(&mut reader);
                let mut parts = self.tar(&row, text, depth, worker);
                parts.extend(reader.fault().map(|fault| Part::damaged(row, &fault.to_string())));
                return parts;
            }
            Some(Archive::Zip) => {
                return vec![Part::damaged(row, "zip inside a gzip that is damaged or larger than 64 MiB, not read")];
            }
            None => {}
        }
        let (reading, hash) = self.hashed(&row, &mut Cursor::new(start).chain(&mut reader), worker);
        let fault = reader.fault();
        // A text that is not whole has no hash.
        let whole = matches!(fault, None | Some(Fault::TrailerCut(_) | Fault::Mismatch | Fault::Appended(_)));
        let row = Row { content_hash: hash.filter(|_| whole), ..row };
        vec![judge::part(row, reading, fault.map(Into::into))]
    }

    /// Reads text piece by piece; where integrity is looked at, to its very end, with its hash: what comes after the records counts for that too, and
    /// for nothing else. The text of what is called a digest is kept.
    fn hashed(&self, row: &Row, text: &mut dyn Read, worker: &mut Worker) -> (Reading, Option<[u8; 32]>) {
        if !self.config.integrity {
            return (self.stream(row, text, worker), None);
        }
        let is_digest = Key::parse(&row.uri).kind == Some(Kind::Digest);
        let mut text = Hashed { inner: text, hasher: Sha256::new(), kept: is_digest.then(Vec::new) };
        let mut reading = self.stream(row, &mut text, worker);
        if let Err(error) = io::copy(&mut text, &mut io::sink()) {
            reading.trouble.get_or_insert(Trouble::Reason(format!("cannot be read: {error}")));
        }
        reading.digest = text.kept.filter(|_| reading.tally.records == reading.tally.damaged).map(Into::into);
        (reading, Some(text.hasher.finalize().into()))
    }
}
