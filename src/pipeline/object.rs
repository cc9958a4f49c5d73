//! One object from stored bytes to records, in memory or piece by piece. What became of it is for [`super::judge`] to say.

use super::arrive::Doubt;
use super::collect::{Collected, Collector};
use super::judge::{Reading, Seen, Trouble, unreadable};
use super::search::{Looked, Near, Wanted};
use super::through::{Counted, HashWriter, Hashed, Inflating, PIECE};
use super::{Config, Gathered, Idle, Progress};
use crate::case::spool::{self, Pad, Spool};
use crate::case::table::manifest::{Row, Status};
use crate::evidence::inflate::{Fault, GZIP_MAGIC, GzipReader, Inflater, Member};
use crate::evidence::record::envelope;
use crate::evidence::record::kind::{self, Content};
use crate::evidence::record::likeness;
use crate::evidence::record::needles;
use crate::evidence::record::prefilter::Prefilter;
use crate::evidence::record::view::Parser;
use crate::evidence::record::{Delimiter, Form, Tally, Verdict, Window, history};
use crate::evidence::source::archive::{self, Archive};
use crate::evidence::source::{Key, Kind, Object, Source, Stored, WHOLE_LIMIT};
use crate::evidence::sync::lock;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::sync::atomic::{AtomicU32, Ordering};

/// Archives inside archives are followed this deep.
const MAX_ARCHIVE_DEPTH: u8 = 3;

/// Stored bytes of archive entries that are gathered before they are spread over the workers.
const BATCH_BYTES: usize = 16 << 20;
const BATCH_ENTRIES: usize = 512;

/// The largest event history CSV. The console writes at most 200,000 rows, about 80 MB.
const MAX_HISTORY: u64 = 256 << 20;

/// Bytes read ahead to tell what a stream is.
const PEEK: usize = 64 << 10;

/// What all workers share.
pub(super) struct Context<'c> {
    pub config: &'c Config,
    pub prefilter: Prefilter,
    pub delimiter: Delimiter,
    pub progress: &'c dyn Progress,
    /// Where every record goes when all of them are wanted.
    pub spool: Option<&'c Spool>,
    /// What is looked for, where that is all.
    pub search: Option<&'c Wanted>,
    pub workers: Idle,
    /// Objects collected from so far.
    pub objects: AtomicU32,
    /// Workers made so far.
    pub pads: AtomicU32,
}

/// What one worker owns: buffers that are reused from object to object.
#[derive(Debug, Default)]
pub(super) struct Worker {
    stored: Vec<u8>,
    text: Vec<u8>,
    inflater: Inflater,
    pub parser: Parser,
    places: Vec<needles::Place>,
    pub pad: Pad,
    pub spool: Option<spool::Writer>,
}

impl Worker {
    /// Whether a text or record could not be kept.
    pub fn has_failed(&self) -> bool {
        self.pad.has_failed() || self.spool.as_ref().is_some_and(spool::Writer::has_failed)
    }
}

impl<'c> Context<'c> {
    pub fn worker(&self) -> Box<Worker> {
        let idle = lock(&self.workers).pop();
        idle.unwrap_or_else(|| {
            let pad = Pad::new(self.pads.fetch_add(1, Ordering::Relaxed), self.config.temp.clone());
            Box::new(Worker { pad, spool: self.spool.map(Spool::writer), ..Worker::default() })
        })
    }

    pub fn release(&self, worker: Box<Worker>) {
        lock(&self.workers).push(worker);
    }

    /// Opens and reads an object of a source.
    pub fn object(&'c self, source: &dyn Source, object: &Object, worker: &mut Worker, gathered: &mut Gathered) {
        let mut stored = std::mem::take(&mut worker.stored);
        let before = gathered.rows.len();
        match source.open(object, &mut stored) {
            Ok(Stored::Bytes(bytes)) => self.bytes(&object.uri, bytes, 0, None, worker, gathered),
            Ok(Stored::File(file)) => self.file(&object.uri, file, worker, gathered),
            Err(error) => gathered.rows.push(unreadable(&object.uri, object.size, &error)),
        }
        worker.stored = stored;
        self.done(object, before, gathered);
        // Files are read again by the next run.
        gathered.kept.clear();
    }

    /// Finishes what is known of an object: from row `first` on.
    pub(super) fn done(&self, object: &Object, first: usize, gathered: &mut Gathered) {
        for row in &mut gathered.rows[first..] {
            // What could not be had has no tag: it may be had under another the next time.
            if row.uri == object.uri && !row.is_unreadable {
                row.etag.clone_from(&object.etag);
            }
        }
        for digest in gathered.digests.iter_mut().rev().take_while(|digest| digest.object as usize >= first) {
            if gathered.rows[digest.object as usize].uri == object.uri {
                digest.signature.clone_from(&object.signature);
            }
        }
        self.progress.done(object.size, gathered.rows[first..].iter().map(|row| row.records).sum());
    }

    /// Reads an object that is in memory.
    pub(super) fn bytes(
        &'c self,
        uri: &str,
        stored: &[u8],
        depth: u8,
        doubt: Option<Doubt<'_>>,
        worker: &mut Worker,
        gathered: &mut Gathered,
    ) {
        // Whether a gzip came whole shows by its checksum, but for its header; of anything else only the source can tell.
        let tells = stored.starts_with(&GZIP_MAGIC) && !(self.config.hash && doubt.as_ref().is_some_and(|doubt| doubt.head.md5.is_some()));
        if !tells && let Some(doubt) = &doubt {
            match doubt.better(stored) {
                Ok(None) => {}
                Ok(Some(better)) => return self.bytes(uri, &better, depth, None, worker, gathered),
                Err(error) => return gathered.rows.push(unreadable(uri, stored.len() as u64, &error)),
            }
        }
        if let Some(kind) = archive::kind(stored) {
            return self.archive(uri, stored.len() as u64, kind, Cursor::new(stored), depth, worker, gathered);
        }
        let mut row = Row::new(uri.to_owned(), stored.len() as u64);
        if self.config.hash {
            row.sha256 = Some(hex::encode(Sha256::digest(stored)));
        }
        if !stored.starts_with(&GZIP_MAGIC) {
            let cap = usize::try_from(self.config.max_object_size).unwrap_or(usize::MAX);
            let fault = (stored.len() > cap).then_some(Fault::TooLarge(self.config.max_object_size).into());
            row.content_hash = self.hash(stored);
            self.text(row, &stored[..stored.len().min(cap)], fault, worker, gathered);
            return;
        }
        let Some(row) = self.member(row, stored, depth, worker, gathered) else { return };
        match doubt.map_or(Ok(None), |doubt| doubt.better(stored)) {
            Ok(None) => self.gzip(row, stored, depth, worker, gathered),
            Ok(Some(better)) => self.bytes(uri, &better, depth, None, worker, gathered),
            Err(error) => gathered.rows.push(unreadable(uri, row.size, &error)),
        }
    }

    /// Reads a gzip that is in memory. Gives the row back, and has gathered nothing, where it is damaged or its text is too large.
    fn member(&'c self, row: Row, stored: &[u8], depth: u8, worker: &mut Worker, gathered: &mut Gathered) -> Option<Row> {
        let limit = WHOLE_LIMIT.min(usize::try_from(self.config.max_object_size).unwrap_or(usize::MAX));
        let Worker { text, inflater, parser, pad, .. } = worker;
        let Some(mut pieces) = inflater.begin(stored, self.config.max_object_size) else { return Some(row) };
        if text.len() < PIECE {
            text.resize(PIECE, 0);
        }
        let filled = pieces.fill(&mut text[..PIECE], 0);
        let (row, member) = if pieces.has_more() && self.goes_in_pieces(&text[..filled]) {
            let mut collector = self.collector(&row.uri, parser, pad, None);
            let mut window = Window::fed(std::mem::take(text), filled, Inflating(&mut pieces));
            let tally = envelope::read(&mut window, self.delimiter, &mut collector);
            (*text, _) = window.into_parts();
            let Collector { object, collected, .. } = collector;
            if let Some(member) = pieces.member()
                && member.stored == stored.len()
                && tally.faults == 0
            {
                let seen = Seen { content: Content::Json, mentions: false, likeness: None, inflated: member.inflated as u64 };
                self.close(row, Reading { tally, object, collected, trouble: None, seen, digest: None }, None, gathered);
                return None;
            }
            // Something is wrong, and whoever says what has to see all of it.
            (row, inflater.member(stored, text, limit))
        } else {
            (row, pieces.rest(text, filled, limit))
        };
        let Some(member) = member else { return Some(row) };
        let text = std::mem::take(text);
        self.inflated(row, stored, member, &text[..member.inflated], depth, worker, gathered);
        worker.text = text;
        None
    }

    /// Whether an object that starts so can be read while it is inflated: a log, and nobody wants to see all of it at once.
    fn goes_in_pieces(&self, start: &[u8]) -> bool {
        // A spool takes nothing back; searches and hashes want all of the text.
        let wants_all = self.spool.is_some() || self.search.is_some() || self.config.integrity;
        !wants_all && archive::kind(start).is_none() && kind::sniff(start) == Content::Json
    }

    /// Reads what a gzip was inflated to.
    #[allow(clippy::too_many_arguments, reason = "an object before and after")]
    fn inflated(
        &'c self,
        row: Row,
        stored: &[u8],
        member: Member,
        inflated: &[u8],
        depth: u8,
        worker: &mut Worker,
        gathered: &mut Gathered,
    ) {
        let more = stored.len() > member.stored;
        let archive = archive::kind(inflated);
        if more && (archive.is_some() || kind::may_have_members(inflated)) {
            self.gzip(row, stored, depth, worker, gathered);
        } else if let Some(kind) = archive {
            self.archive(&row.uri, row.size, kind, Cursor::new(inflated), depth, worker, gathered);
        } else {
            let fault = more.then_some(Fault::Appended(member.stored as u64).into());
            let row = Row { content_hash: self.hash(inflated), ..row };
            self.text(row, inflated, fault, worker, gathered);
        }
    }

    /// The hash of an object's text, where integrity is looked at.
    fn hash(&self, text: &[u8]) -> Option<[u8; 32]> {
        self.config.integrity.then(|| Sha256::digest(text).into())
    }

    /// Reads an object that is too large for memory.
    pub(super) fn file(&'c self, uri: &str, mut file: File, worker: &mut Worker, gathered: &mut Gathered) {
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
            let start = reader.fill_buf()?;
            Ok((archive::kind(start), start.starts_with(&GZIP_MAGIC), reader))
        })();
        match outcome {
            Err(error) => gathered.rows.push(unreadable(uri, size, &error)),
            Ok((Some(kind), _, reader)) => self.archive(uri, size, kind, reader, 0, worker, gathered),
            Ok((None, true, reader)) => self.gzip(row, reader, 0, worker, gathered),
            Ok((None, false, mut reader)) => {
                let mut capped = (&mut reader).take(self.config.max_object_size);
                let (collected, hash) = self.hashed(&row, &mut capped, worker);
                let over = collected.trouble.is_none() && capped.limit() == 0 && reader.fill_buf().is_ok_and(|rest| !rest.is_empty());
                let fault = over.then_some(Fault::TooLarge(self.config.max_object_size).into());
                self.close(Row { content_hash: hash.filter(|_| !over), ..row }, collected, fault, gathered);
            }
        }
    }

    /// Reads a gzip stream piece by piece: a large object, a damaged one, or one of several members.
    fn gzip(&'c self, row: Row, stored: impl BufRead, depth: u8, worker: &mut Worker, gathered: &mut Gathered) {
        let mut reader = GzipReader::new(stored, self.config.max_object_size);
        let start = match reader.start(PEEK) {
            Ok(start) => start,
            Err(error) => return gathered.rows.push(unreadable(&row.uri, row.size, &error)),
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
                self.tar(&row.uri, row.size, text, depth, worker, gathered);
                if let Some(fault) = reader.fault() {
                    gathered.rows.push(Row { status: Status::Damaged, reason: Some(fault.to_string()), ..row });
                }
                return;
            }
            Some(Archive::Zip) => {
                let reason = Some("zip inside a gzip that is damaged or larger than 64 MiB, not read".to_owned());
                return gathered.rows.push(Row { status: Status::Damaged, reason, ..row });
            }
            None => {}
        }
        let (collected, hash) = self.hashed(&row, &mut Cursor::new(start).chain(&mut reader), worker);
        let fault = reader.fault();
        // A text that is not whole has no hash.
        let whole = matches!(fault, None | Some(Fault::TrailerCut(_) | Fault::Mismatch | Fault::Appended(_)));
        let row = Row { content_hash: hash.filter(|_| whole), ..row };
        self.close(row, collected, fault.map(Into::into), gathered);
    }

    /// Reads text piece by piece; where integrity is looked at, to its very end, with its hash: what comes after the records counts for that too, and
    /// for nothing else. The text of what is called a digest is kept.
    fn hashed(&'c self, row: &Row, text: &mut dyn Read, worker: &mut Worker) -> (Reading, Option<[u8; 32]>) {
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

    /// Reads text that is all in memory.
    fn text(&'c self, row: Row, text: &[u8], fault: Option<Trouble>, worker: &mut Worker, gathered: &mut Gathered) {
        if let Some(text) = utf16(text) {
            return self.text(row, &text, fault, worker, gathered);
        }
        let places = std::mem::take(&mut worker.places);
        let near = match self.search.map(|wanted| wanted.look(text, places)) {
            Some(Looked::Nowhere(places)) if fault.is_none() => {
                worker.places = places;
                return;
            }
            Some(Looked::Places(near)) => Some(near),
            Some(Looked::Unknown(places) | Looked::Nowhere(places)) => {
                worker.places = places;
                None
            }
            None => None,
        };
        let Worker { parser, pad, spool, .. } = worker;
        let mut collector = Collector { near, ..self.collector(&row.uri, parser, pad, spool.as_mut()) };
        let content = sniff(text);
        let tally = match content {
            Content::Json => envelope::read(&mut Window::whole(text, 0), self.delimiter, &mut collector),
            Content::HistoryCsv => history_csv(text, &mut collector),
            Content::Empty | Content::Unknown => Tally::default(),
        };
        let Collector { object, collected, near, .. } = collector;
        let places = near.map(Near::into_places);
        worker.places = places.unwrap_or_default();
        // Looked for only where there is doubt.
        let mentions = tally.faults > 0 && envelope::mentions_records(text);
        let likeness = if content == Content::Unknown { likeness::container(text).or_else(|| likeness::of(text)) } else { None };
        let seen = Seen { content, mentions, likeness, inflated: text.len() as u64 };
        let is_digest = tally.records == tally.damaged && (tally.digests > 0 || Key::parse(&row.uri).kind == Some(Kind::Digest));
        let digest = (self.config.integrity && is_digest).then(|| text.into());
        let reading = Reading { tally, object, collected, trouble: None, seen, digest };
        self.close(row, reading, fault, gathered);
    }

    /// Reads text piece by piece.
    fn stream(&'c self, row: &Row, text: &mut dyn Read, worker: &mut Worker) -> Reading {
        let Worker { parser, pad, spool, .. } = worker;
        let mut collector = self.collector(&row.uri, parser, pad, spool.as_mut());
        let mut start = Vec::new();
        let mut trouble = text.take(PEEK as u64).read_to_end(&mut start).err().map(|error| Trouble::Reason(error.to_string()));
        let content = sniff(&start);
        let mut likeness = if content == Content::Unknown { likeness::container(&start) } else { None };
        if utf16(&start).is_some() {
            trouble = Some(Trouble::Reason("UTF-16 text that is damaged or larger than 64 MiB, not read".to_owned()));
        }
        let mut counted = Counted { inner: Cursor::new(start).chain(text), count: 0 };
        let tally = match content {
            Content::Json => {
                let mut window = Window::streamed(&mut counted);
                let tally = envelope::read(&mut window, self.delimiter, &mut collector);
                if let (_, Some(error)) = window.into_parts() {
                    trouble = Some(Trouble::Reason(format!("cannot be read: {error}")));
                }
                tally
            }
            Content::HistoryCsv => {
                let mut whole = Vec::new();
                match (&mut counted).take(MAX_HISTORY + 1).read_to_end(&mut whole) {
                    Ok(length) if length as u64 > MAX_HISTORY => {
                        trouble = Some(Trouble::Reason("event history CSV larger than 256 MiB".to_owned()));
                        Tally::default()
                    }
                    Ok(_) => history_csv(&whole, &mut collector),
                    Err(error) => {
                        trouble = Some(Trouble::Reason(format!("cannot be read: {error}")));
                        Tally::default()
                    }
                }
            }
            Content::Unknown if trouble.is_none() && likeness.is_none() => {
                match likeness::of_stream(&mut counted) {
                    Ok(found) => likeness = found,
                    Err(error) => trouble = Some(Trouble::Reason(format!("cannot be read: {error}"))),
                }
                Tally::default()
            }
            Content::Empty | Content::Unknown => Tally::default(),
        };
        let seen = Seen { content, mentions: tally.faults > 0, likeness, inflated: counted.count };
        Reading { tally, object: collector.object, collected: collector.collected, trouble, seen, digest: None }
    }

    pub(super) fn collector<'a>(
        &'a self,
        uri: &'a str,
        parser: &'a mut Parser,
        pad: &'a mut Pad,
        spool: Option<&'a mut spool::Writer>,
    ) -> Collector<'a> {
        let object = self.objects.fetch_add(1, Ordering::Relaxed);
        Collector { context: self, parser, pad, spool, object, uri, near: None, collected: Collected::default() }
    }

    #[allow(clippy::too_many_arguments, reason = "an archive is an object with a kind")]
    fn archive(
        &'c self,
        uri: &str,
        size: u64,
        kind: Archive,
        reader: impl Read + Seek,
        depth: u8,
        worker: &mut Worker,
        gathered: &mut Gathered,
    ) {
        match kind {
            Archive::Tar => self.tar(uri, size, reader, depth, worker, gathered),
            Archive::Zip => self.entries(uri, size, depth, worker, gathered, |take| archive::zip(reader, uri, take)),
        }
    }

    fn tar(&'c self, uri: &str, size: u64, reader: impl Read, depth: u8, worker: &mut Worker, gathered: &mut Gathered) {
        self.entries(uri, size, depth, worker, gathered, |take| archive::tar(reader, uri, take));
    }

    /// Reads the entries of an archive: small ones in batches spread over the workers, large ones as they come.
    fn entries(
        &'c self,
        uri: &str,
        size: u64,
        depth: u8,
        worker: &mut Worker,
        gathered: &mut Gathered,
        read: impl FnOnce(&mut archive::Take<'_>) -> Vec<archive::Broken>,
    ) {
        if depth == MAX_ARCHIVE_DEPTH {
            let reason = Some("archives nested too deeply".to_owned());
            gathered.rows.push(Row { status: Status::Damaged, reason, ..Row::new(uri.to_owned(), size) });
            return;
        }
        let mut batch: Vec<(String, Vec<u8>)> = Vec::new();
        let mut held = 0;
        let rows = gathered.rows.len();
        let broken = read(&mut |name, size, entry| {
            if size > WHOLE_LIMIT as u64 {
                self.large_entry(&name, size, entry, worker, gathered);
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
                gathered.append(self.batch(&mut batch, depth));
                held = 0;
            }
            Ok(())
        });
        gathered.append(self.batch(&mut batch, depth));
        for broken in broken {
            let reason = Some(broken.reason);
            gathered.rows.push(Row { status: Status::Damaged, reason, ..Row::new(broken.uri, size) });
        }
        if gathered.rows.len() == rows {
            let reason = Some("archive without files".to_owned());
            gathered.rows.push(Row { status: Status::NotALog, reason, ..Row::new(uri.to_owned(), size) });
        }
    }

    fn batch(&'c self, batch: &mut Vec<(String, Vec<u8>)>, depth: u8) -> Gathered {
        let parts: Vec<Gathered> = std::mem::take(batch)
            .into_par_iter()
            .map(|(uri, bytes)| {
                let mut worker = self.worker();
                let mut part = Gathered::default();
                self.bytes(&uri, &bytes, depth + 1, None, &mut worker, &mut part);
                self.release(worker);
                part
            })
            .collect();
        parts.into_iter().fold(Gathered::default(), |mut all, part| {
            all.append(part);
            all
        })
    }

    fn large_entry(&'c self, uri: &str, size: u64, entry: &mut dyn Read, worker: &mut Worker, gathered: &mut Gathered) {
        let row = Row::new(uri.to_owned(), size);
        let mut reader = BufReader::with_capacity(1 << 20, entry);
        match reader.fill_buf().map(|start| (start.starts_with(&GZIP_MAGIC), archive::kind(start))) {
            Err(error) => gathered.rows.push(unreadable(uri, size, &error)),
            Ok((true, _)) => self.gzip(row, reader, MAX_ARCHIVE_DEPTH, worker, gathered),
            Ok((false, Some(_))) => {
                let reason = Some("archive larger than 64 MiB inside an archive, not read".to_owned());
                gathered.rows.push(Row { status: Status::Damaged, reason, ..row });
            }
            Ok((false, None)) => {
                let (collected, hash) = self.hashed(&row, &mut reader.take(self.config.max_object_size), worker);
                let over = size > self.config.max_object_size;
                let fault = over.then_some(Fault::TooLarge(self.config.max_object_size).into());
                self.close(Row { content_hash: hash.filter(|_| !over), ..row }, collected, fault, gathered);
            }
        }
    }
}

/// What a text is. One that starts with nothing known and yet holds records is read for them: the first bytes of a log may be damaged.
fn sniff(text: &[u8]) -> Content {
    match kind::sniff(text) {
        Content::Unknown if envelope::mentions_records(text) => Content::Json,
        content => content,
    }
}

/// Reads an event history CSV. Its rows are few and are all looked at.
fn history_csv(text: &[u8], collector: &mut Collector<'_>) -> Tally {
    let mut tally = Tally::default();
    history::read(text, |row| {
        let index = tally.records;
        tally.records += 1;
        let sound = row.is_ok_and(|row| collector.label(&row.record, index, Some(row.line)) == Verdict::Sound);
        tally.damaged += u64::from(!sound);
    });
    tally.forms.push(Form::EventHistoryCsv);
    tally
}

/// UTF-16 text with a byte order mark, as PowerShell writes when output is redirected, in UTF-8.
fn utf16(text: &[u8]) -> Option<Vec<u8>> {
    let read: fn([u8; 2]) -> u16 = match text.get(..2)? {
        [0xFF, 0xFE] => u16::from_le_bytes,
        [0xFE, 0xFF] => u16::from_be_bytes,
        _ => return None,
    };
    let (units, _) = text[2..].as_chunks::<2>();
    let decoded: String =
        char::decode_utf16(units.iter().copied().map(read)).map(|symbol| symbol.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(decoded.into_bytes())
}
