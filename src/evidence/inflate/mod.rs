//! Stored bytes to inflated bytes, capped.
//!
//! What is stored in memory goes through an [`Inflater`], which is about twice as fast as one that takes its input in pieces too, but says nothing
//! of a damaged stream. Everything else, and every stream that it refuses, goes through [`GzipReader`], which gives all bytes before the damage and
//! then says where and what it is.
//!
//! Only the first gzip member is read unless the caller says otherwise: what follows it is a finding, not evidence.

mod deflate;
mod whole;

pub(crate) use deflate::HISTORY;
pub use whole::Inflater;
pub(crate) use whole::{Member, Pieces};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use std::io::{self, BufRead, Read};

/// The first bytes of a gzip member: magic and the only compression method there is.
pub(crate) const GZIP_MAGIC: [u8; 3] = [0x1F, 0x8B, 8];

/// What is wrong with a gzip stream. Offsets are into the stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The stream ends before its data does.
    #[error("gzip cut off at stored byte {0}")]
    Cut(u64),
    /// The header is not one.
    #[error("gzip header damaged at stored byte {0}")]
    Header(u64),
    /// The compressed data mean nothing from about here.
    #[error("gzip data damaged near stored byte {0}")]
    Data(u64),
    /// All data are there, the checksum and length after them are not, or not whole.
    #[error("gzip trailer cut off at stored byte {0}")]
    TrailerCut(u64),
    /// All data are there, but they are not what was compressed.
    #[error("gzip checksum or length does not match")]
    Mismatch,
    /// Bytes after the first member, which were not read.
    #[error("data appended after the gzip member, at stored byte {0}, not read")]
    Appended(u64),
    /// The inflated object would exceed the cap; reading stopped there.
    #[error("larger than the cap of {0} inflated bytes")]
    TooLarge(u64),
}

/// Inflates a gzip stream piece by piece. After the text has ended, [`GzipReader::fault`] says whether that was the end.
///
/// It never gives an error for damage: what could be inflated is evidence, and the fault is a finding beside it. Errors of the
/// source itself are passed on.
pub(crate) struct GzipReader<R> {
    source: R,
    inflate: Decompress,
    crc: Crc,
    state: State,
    /// Stored bytes taken so far.
    position: u64,
    /// Inflated bytes given so far.
    given: u64,
    limit: u64,
    members: bool,
    fault: Option<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    Data,
    /// The data of a member have ended; its trailer is read when more is asked for.
    Trailer,
    Done,
}

impl<R: BufRead> GzipReader<R> {
    /// A reader of the first member, of at most `limit` inflated bytes.
    pub(crate) fn new(source: R, limit: u64) -> Self {
        Self {
            source,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            state: State::Header,
            position: 0,
            given: 0,
            limit,
            members: false,
            fault: None,
        }
    }

    /// Also reads the members after the first.
    pub(crate) fn read_members(&mut self) {
        self.members = true;
    }

    /// Takes the cap away: for archives, whose entries are capped one by one.
    pub(crate) fn lift_limit(&mut self) {
        if matches!(self.fault, Some(Fault::TooLarge(_))) {
            self.fault = None;
            self.state = State::Data;
        }
        self.limit = u64::MAX;
    }

    /// Inflates the start of the first member, at most `length` bytes, and nothing after it, so that the caller can say what is
    /// to be done with what follows.
    ///
    /// # Errors
    /// Those of the source.
    pub(crate) fn start(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut start = vec![0; length];
        let mut filled = 0;
        while filled < length && matches!(self.state, State::Header | State::Data) {
            filled += self.read(&mut start[filled..])?;
        }
        start.truncate(filled);
        Ok(start)
    }

    /// What ended the stream before its time, or follows it.
    #[must_use]
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    fn end(&mut self, fault: Fault) {
        self.fault = Some(fault);
        self.state = State::Done;
    }

    fn consume(&mut self, count: usize) {
        self.source.consume(count);
        self.position += count as u64;
    }

    /// The next stored byte.
    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.source.fill_buf()?.first().copied();
        if byte.is_some() {
            self.consume(1);
        }
        Ok(byte)
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let mut bytes = [0; N];
        for slot in &mut bytes {
            match self.byte()? {
                Some(byte) => *slot = byte,
                None => return Ok(None),
            }
        }
        Ok(Some(bytes))
    }

    /// Reads a member header (RFC 1952, section 2.3). The checksum some headers carry is read past.
    fn header(&mut self) -> io::Result<()> {
        let start = self.position;
        let Some([id1, id2, method, flags, ..]) = self.bytes::<10>()? else {
            self.end(Fault::Cut(self.position));
            return Ok(());
        };
        if [id1, id2, method] != GZIP_MAGIC || flags & 0xE0 != 0 {
            self.end(Fault::Header(start));
            return Ok(());
        }
        let mut whole = true;
        if flags & 4 != 0 {
            match self.bytes::<2>()? {
                Some(length) => {
                    for _ in 0..u16::from_le_bytes(length) {
                        whole &= self.byte()?.is_some();
                    }
                }
                None => whole = false,
            }
        }
        for text in [8, 16] {
            if flags & text != 0 {
                loop {
                    match self.byte()? {
                        Some(0) => break,
                        Some(_) => {}
                        None => {
                            whole = false;
                            break;
                        }
                    }
                }
            }
        }
        if flags & 2 != 0 {
            whole &= self.bytes::<2>()?.is_some();
        }
        if whole {
            self.inflate.reset(false);
            self.crc.reset();
            self.state = State::Data;
        } else {
            self.end(Fault::Cut(self.position));
        }
        Ok(())
    }

    /// Checks the trailer and looks at what follows the member.
    fn trailer(&mut self) -> io::Result<()> {
        let Some(trailer) = self.bytes::<8>()? else {
            self.end(Fault::TrailerCut(self.position));
            return Ok(());
        };
        let [a, b, c, d, e, f, g, h] = trailer;
        let length = u32::from_le_bytes([e, f, g, h]);
        if u32::from_le_bytes([a, b, c, d]) != self.crc.sum() || length != self.crc.amount() {
            self.end(Fault::Mismatch);
            return Ok(());
        }
        let at = self.position;
        let next = self.source.fill_buf()?;
        if next.is_empty() {
            self.state = State::Done;
        } else if self.members && next.starts_with(&GZIP_MAGIC[..next.len().min(3)]) {
            self.state = State::Header;
        } else {
            self.end(Fault::Appended(at));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for GzipReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                State::Done => return Ok(0),
                State::Header => self.header()?,
                State::Trailer => self.trailer()?,
                State::Data => {
                    let room = self.limit.saturating_sub(self.given);
                    if room == 0 {
                        self.end(Fault::TooLarge(self.limit));
                        continue;
                    }
                    let room = usize::try_from(room).unwrap_or(usize::MAX).min(out.len());
                    let input = self.source.fill_buf()?;
                    let ended = input.is_empty();
                    let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
                    let status = self.inflate.decompress(input, &mut out[..room], FlushDecompress::None);
                    let taken = usize::try_from(self.inflate.total_in() - taken).unwrap_or(0);
                    let given = usize::try_from(self.inflate.total_out() - given).unwrap_or(0);
                    self.consume(taken);
                    self.crc.update(&out[..given]);
                    self.given += given as u64;
                    match status {
                        Ok(Status::StreamEnd) => self.state = State::Trailer,
                        Err(_) => self.end(Fault::Data(self.position)),
                        Ok(_) if ended && given == 0 => self.end(Fault::Cut(self.position)),
                        Ok(_) => {}
                    }
                    if given > 0 {
                        return Ok(given);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn stream(stored: &[u8], members: bool) -> (Vec<u8>, Option<Fault>) {
        // A small buffer, so that every state is crossed in the middle.
        let mut reader = GzipReader::new(io::BufReader::with_capacity(3, stored), 1 << 20);
        if members {
            reader.read_members();
        }
        let mut text = Vec::new();
        reader.read_to_end(&mut text).unwrap();
        (text, reader.fault())
    }

    #[test]
    fn both_ways_give_the_text_and_the_length_of_the_member() {
        let text: Vec<u8> = (0..50_000u32).flat_map(u32::to_le_bytes).collect();
        let mut stored = gzip(&text);
        let length = stored.len();
        assert_eq!(stream(&stored, false), (text.clone(), None));
        stored.extend(gzip(b"more"));
        let mut out = Vec::new();
        let member = Inflater::default().member(&stored, &mut out, 1 << 20);
        assert_eq!(member, Some(Member { stored: length, inflated: text.len() }));
        assert_eq!(out[..text.len()], text);
        assert_eq!(stream(&stored, false), (text.clone(), Some(Fault::Appended(length as u64))));
        assert_eq!(stream(&stored, true), ([&text[..], b"more"].concat(), None));
    }

    #[test]
    fn the_start_of_a_small_first_member_leaves_the_others_to_be_decided_on() {
        let stored = [gzip(b"one"), gzip(b""), gzip(b"two")].concat();
        let mut reader = GzipReader::new(&stored[..], 1 << 20);
        assert_eq!(reader.start(1 << 16).unwrap(), b"one");
        reader.read_members();
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!((&rest[..], reader.fault()), (&b"two"[..], None));
    }

    #[test]
    fn each_kind_of_damage_is_named_and_what_came_before_it_is_given() {
        let text = b"one two three ".repeat(1000);
        let stored = gzip(&text);
        let cut = stored.len() - 20;
        let (before, fault) = stream(&stored[..cut], false);
        assert!(text.starts_with(&before) && !before.is_empty());
        assert_eq!(fault, Some(Fault::Cut(cut as u64)));
        let cut = stored.len() - 3;
        assert_eq!(stream(&stored[..cut], false), (text.clone(), Some(Fault::TrailerCut(cut as u64))));
        let mut wrong = stored.clone();
        let last = wrong.len() - 6;
        wrong[last] ^= 1;
        assert_eq!(stream(&wrong, false), (text.clone(), Some(Fault::Mismatch)));
        assert_eq!(Inflater::default().member(&wrong, &mut Vec::new(), 1 << 20), None);
        assert_eq!(stream(b"\x1f\x8b\x08\xff0000000000", false).1, Some(Fault::Header(0)));
    }

    #[test]
    fn a_bomb_stops_at_the_cap_and_a_lying_length_costs_nothing() {
        let stored = gzip(&vec![b'x'; 1 << 20]);
        let mut reader = GzipReader::new(&stored[..], 1000);
        let mut text = Vec::new();
        reader.read_to_end(&mut text).unwrap();
        assert_eq!((text.len(), reader.fault()), (1000, Some(Fault::TooLarge(1000))));
        assert_eq!(Inflater::default().member(&stored, &mut Vec::new(), 1000), None);
        let mut lying = gzip(b"short");
        let end = lying.len();
        lying[end - 4..].copy_from_slice(&[0xFF; 4]);
        let mut out = Vec::new();
        assert_eq!(Inflater::default().member(&lying, &mut out, 1 << 30), None);
        assert!(out.len() < 1 << 20);
    }
}
