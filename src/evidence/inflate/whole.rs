//! Gzip members whose stored bytes are all in memory: as one text, or piece by piece.

use super::GZIP_MAGIC;
use super::deflate::{Deflate, LEAST_ROOM, Step};
use libdeflater::Crc;
use std::fmt;

/// Inflates members. The tables are reused.
#[derive(Debug, Default)]
pub struct Inflater(Deflate);

/// The size of one gzip member, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Header and trailer included.
    pub stored: usize,
    /// The text.
    pub inflated: usize,
}

impl Inflater {
    /// Begins with the first gzip member of `stored`; `None` where its header is none. A text of more than `limit` bytes counts as damaged.
    pub fn begin<'s>(&'s mut self, stored: &'s [u8], limit: u64) -> Option<Pieces<'s>> {
        let header = header(stored)?;
        self.0.begin();
        Some(Pieces { deflate: &mut self.0, stored, header, limit, sum: Crc::new(), given: 0, state: State::Going })
    }

    /// Inflates the first gzip member of `stored` into the front of `out`, which grows as needed and never shrinks. Gives what the
    /// member takes and gives; `None` when the stream is damaged or needs more than `limit` bytes, both of which are for
    /// `GzipReader` to look into.
    pub fn member(&mut self, stored: &[u8], out: &mut Vec<u8>, limit: usize) -> Option<Member> {
        self.begin(stored, u64::MAX)?.rest(out, 0, limit)
    }
}

/// A member that is being inflated.
pub struct Pieces<'s> {
    deflate: &'s mut Deflate,
    stored: &'s [u8],
    /// Bytes of the header.
    header: usize,
    limit: u64,
    /// Checksum and length so far.
    sum: Crc,
    given: usize,
    state: State,
}

impl fmt::Debug for Pieces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").field("given", &self.given).field("state", &self.state).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Going,
    /// After so many bytes of compressed data.
    Ended(usize),
    Damaged,
}

impl Pieces<'_> {
    /// Inflates on, into `out` from `filled` on, until it is full (but for a few bytes that nothing fits into) or nothing more comes. The bytes before
    /// must be those it wrote last, [`HISTORY`](super::HISTORY) of them or all. Gives the new end of what is filled; bytes behind it may have been
    /// changed.
    pub fn fill(&mut self, out: &mut [u8], filled: usize) -> usize {
        if self.state != State::Going {
            return filled;
        }
        let (end, state) = match self.deflate.run(&self.stored[self.header..], out, filled) {
            Ok(Step::More { filled }) => (filled, State::Going),
            Ok(Step::End { filled, used }) => (filled, State::Ended(used)),
            Err(_) => (filled, State::Damaged),
        };
        let text = &out[filled..end];
        self.given += text.len();
        self.state = if self.given as u64 > self.limit { State::Damaged } else { state };
        // While the text is in the cache.
        self.sum.update(text);
        end
    }

    /// Whether there is more.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.state == State::Going
    }

    /// What the member takes and gives; `None` where it has not come to its end, or is not what was compressed.
    #[must_use]
    pub fn member(&self) -> Option<Member> {
        let State::Ended(used) = self.state else { return None };
        let data = self.header + used;
        let [a, b, c, d, length @ ..] = *self.stored.get(data..)?.first_chunk::<8>()?;
        // Modulo 2^32, as RFC 1952 has it.
        let is_sound = u32::from_le_bytes([a, b, c, d]) == self.sum.sum() && u32::from_le_bytes(length) == self.given as u32;
        is_sound.then_some(Member { stored: data + 8, inflated: self.given })
    }

    /// Inflates all that is left behind the first `filled` bytes of `out`, which are all that came before; as [`Inflater::member`].
    ///
    /// The length in the gzip trailer is a hint only: it is modulo 2^32, of the last member, and anybody can write it.
    pub fn rest(mut self, out: &mut Vec<u8>, mut filled: usize, limit: usize) -> Option<Member> {
        let hint = self.stored.last_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize);
        // Deflate cannot do better than 1032:1, so a larger length is a lie.
        let mut room = hint.min(self.stored.len().saturating_mul(1032));
        while self.has_more() {
            // Beyond the limit there is room for what shows that it is passed, and no more.
            room = room.clamp(filled + LEAST_ROOM, limit.saturating_add(LEAST_ROOM).max(filled + LEAST_ROOM));
            if out.len() < room {
                out.resize(room, 0);
            }
            filled = self.fill(&mut out[..room], filled);
            if filled > limit {
                return None;
            }
            room = room.saturating_mul(2);
        }
        self.member()
    }
}

/// The length of a member's header (RFC 1952, section 2.3); `None` where it is none, or cut off. The checksum some headers carry is passed over.
fn header(stored: &[u8]) -> Option<usize> {
    let (start, _) = stored.split_first_chunk::<10>()?;
    let flags = start[3];
    if !start.starts_with(&GZIP_MAGIC) || flags & 0xE0 != 0 {
        return None;
    }
    let mut at = start.len();
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes(*stored.get(at..)?.first_chunk()?));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            at += memchr::memchr(0, stored.get(at..)?)? + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    (at <= stored.len()).then_some(at)
}
