//! Gathering records into sorted runs.

use super::Spool;
use super::row::{Item, hash_of, sort_time};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;

/// Bytes handed to the system at a time. What is written together may be mapped together when a single byte of it is read, and a merge reads from
/// hundreds of places at once: at a megabyte it held four times the memory.
pub(super) const CHUNK: usize = 64 << 10;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// The hour of no time.
pub(super) const NO_HOUR: i64 = i64::MIN;

/// Hours since 1970 of a time as it is sorted by.
fn hour_of(time: i64) -> i64 {
    if time == sort_time(None) { NO_HOUR } else { time.div_euclid(HOUR) }
}

/// What a run is sorted by, and where the item lies.
#[derive(Debug, Clone, Copy)]
struct Entry {
    account: u32,
    time: i64,
    /// The first bytes of the event id, which nearly always settle the order.
    id_start: u64,
    range: (u32, u32),
}

/// Records of one account and hour that lie together in a run.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    /// Index into the part's accounts.
    pub account: u32,
    /// Since 1970, [`NO_HOUR`] for records without a time.
    pub hour: i64,
    /// Number of the run in the part.
    pub run: u32,
    /// Where in the part's file.
    pub bytes: Range<u64>,
    pub items: u32,
}

/// An event id's hash with the place of its record in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub hash: u64,
    pub time: i64,
    /// Index into the part's accounts; into those of all parts once they are joined.
    pub account: u32,
}

impl Mark {
    pub(super) const BYTES: usize = 8 + 8 + 4;

    fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.hash.to_le_bytes());
        out.extend_from_slice(&self.time.to_le_bytes());
        out.extend_from_slice(&self.account.to_le_bytes());
    }

    pub(super) fn read(bytes: &[u8; Self::BYTES]) -> Self {
        let (hash, rest) = bytes.split_at(8);
        let (time, account) = rest.split_at(8);
        Self {
            hash: u64::from_le_bytes(hash.try_into().unwrap_or_default()),
            time: i64::from_le_bytes(time.try_into().unwrap_or_default()),
            account: u32::from_le_bytes(account.try_into().unwrap_or_default()),
        }
    }
}

/// Everything one worker spooled.
#[derive(Debug, Default)]
pub struct Part {
    pub(super) file: Option<File>,
    pub(super) accounts: Vec<Box<str>>,
    pub(super) stretches: Vec<Stretch>,
    /// Where the marks of each run lie, sorted by hash.
    pub(super) marks: Vec<Range<u64>>,
    pub(super) items: u64,
}

/// Where one worker puts its records.
#[derive(Debug)]
pub struct Writer {
    spool: Spool,
    numbers: HashMap<Box<str>, u32>,
    /// The last account and its number: records of one account come together.
    last: Option<(Box<str>, u32)>,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    marks: Vec<Mark>,
    written: u64,
    runs: u32,
    part: Part,
    failure: Option<io::Error>,
}

impl Writer {
    pub(super) fn new(spool: Spool) -> Self {
        Self {
            spool,
            numbers: HashMap::new(),
            last: None,
            bytes: Vec::new(),
            entries: Vec::new(),
            marks: Vec::new(),
            written: 0,
            runs: 0,
            part: Part::default(),
            failure: None,
        }
    }

    /// Takes a record of an account. What goes wrong is told by [`Writer::finish`]; after that nothing more is taken.
    pub fn push(&mut self, account: &str, item: &Item<'_>) {
        if self.failure.is_some() {
            return;
        }
        let account = self.number(account);
        let start = self.bytes.len();
        item.write(&mut self.bytes);
        let range = (start, self.bytes.len());
        // A run is a few MiB, and one record or line more: far below 4 GiB.
        let range = (u32::try_from(range.0).unwrap_or(u32::MAX), u32::try_from(range.1).unwrap_or(u32::MAX));
        let mut id_start = [0; 8];
        let length = item.event_id.len().min(8);
        id_start[..length].copy_from_slice(&item.event_id[..length]);
        let time = sort_time(item.event_time);
        self.entries.push(Entry { account, time, id_start: u64::from_be_bytes(id_start), range });
        if !item.event_id.is_empty() {
            self.marks.push(Mark { hash: hash_of(item.event_id), time, account });
        }
        if self.bytes.len() >= self.spool.run_bytes {
            self.close_run();
        }
    }

    /// Whether a record could not be kept.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    fn number(&mut self, account: &str) -> u32 {
        if let Some((last, number)) = &self.last
            && **last == *account
        {
            return *number;
        }
        let number = match self.numbers.get(account) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.part.accounts.len()).unwrap_or(u32::MAX);
                self.part.accounts.push(account.into());
                self.numbers.insert(account.into(), number);
                number
            }
        };
        self.last = Some((account.into(), number));
        number
    }

    fn close_run(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        if let Err(error) = self.write_run() {
            self.failure = Some(error);
        }
        self.bytes.clear();
        self.entries.clear();
        self.marks.clear();
        self.runs += 1;
    }

    fn write_run(&mut self) -> io::Result<()> {
        let bytes = &self.bytes;
        let item = |entry: &Entry| &bytes[entry.range.0 as usize..entry.range.1 as usize];
        let id = |entry: &Entry| Item::take(&mut item(entry)).map_or(&[][..], |item| item.event_id);
        self.entries.sort_unstable_by(|one, other| {
            let key = |entry: &Entry| (entry.account, entry.time, entry.id_start);
            key(one).cmp(&key(other)).then_with(|| id(one).cmp(id(other)))
        });
        if self.part.file.is_none() {
            self.part.file = Some(self.spool.file()?);
        }
        let Some(file) = &mut self.part.file else { return Ok(()) };
        let mut chunk = Vec::with_capacity(CHUNK + (CHUNK >> 2));
        let mut at = self.written;
        for entry in &self.entries {
            let item = item(entry);
            let hour = hour_of(entry.time);
            let end = at + item.len() as u64;
            match self.part.stretches.last_mut() {
                Some(last) if last.run == self.runs && last.account == entry.account && last.hour == hour => {
                    last.bytes.end = end;
                    last.items += 1;
                }
                _ => self.part.stretches.push(Stretch { account: entry.account, hour, run: self.runs, bytes: at..end, items: 1 }),
            }
            at = end;
            chunk.extend_from_slice(item);
            if chunk.len() >= CHUNK {
                file.write_all(&chunk)?;
                chunk.clear();
            }
        }
        self.marks.sort_unstable();
        let marks_start = at;
        for mark in &self.marks {
            mark.write(&mut chunk);
        }
        at += (self.marks.len() * Mark::BYTES) as u64;
        file.write_all(&chunk)?;
        self.part.marks.push(marks_start..at);
        self.part.items += self.entries.len() as u64;
        self.written = at;
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When something could not be written; the spool is then of no use.
    pub fn finish(mut self) -> io::Result<Part> {
        self.close_run();
        match self.failure {
            Some(error) => Err(error),
            None => Ok(self.part),
        }
    }
}
