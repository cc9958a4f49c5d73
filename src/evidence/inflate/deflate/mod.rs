//! Raw deflate (RFC 1951), decoded so that it can stop when the room for the text is full and go on later.
//!
//! The compressed stream is one slice, wholly in memory; the text comes in pieces of a size that suits the caches, of which the caller
//! keeps the last 32 KiB in front of the next. Accepts and refuses what libdeflate does, and says nothing of a damaged stream but that it
//! is. Knows nothing of gzip: header, checksum and length are the caller's.

mod bits;
mod fast;
mod table;
#[cfg(test)]
mod tests;

use bits::Bits;
use fast::{Exit, Loop};
use std::fmt;
use table::{
    COUNT_SHIFT, DISTANCE_BITS, DISTANCE_SIZE, LENGTH_LEAST, LENGTH_SHIFT, LITERAL, LITLEN_BITS, LITLEN_SIZE, PRECODE_BITS, PRECODE_SIZE,
    RARE,
};

/// The farthest that a match reaches back, in bytes: what the caller keeps of the text before a piece.
pub(crate) const HISTORY: usize = 1 << 15;

/// The most bytes that are decoded at once: a literal and the longest match. With as much room there is progress.
pub(super) const LEAST_ROOM: usize = 1 + 258;

/// Bytes of input from which on a table that holds two symbols in an entry pays for the time that it takes to make, as measured on logs.
const PAIRS_PAY: usize = 1500;

/// The stream is not one, or is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged;

/// Where a call stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The room is full, or what is left of it (fewer than [`LEAST_ROOM`] bytes) does not hold what comes next.
    More {
        /// Bytes in the buffer that are text.
        filled: usize,
    },
    /// The final block ended.
    End {
        /// Bytes in the buffer that are text.
        filled: usize,
        /// Bytes of the input that the stream takes.
        used: usize,
    },
}

/// The tables of a block.
struct Codes {
    litlen: [u32; LITLEN_SIZE],
    distance: [u32; DISTANCE_SIZE],
}

/// What comes next in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Header,
    /// So many bytes that are stored as they are.
    Stored(usize),
    Symbols,
    End,
}

/// Decoder of one raw deflate stream at a time. The tables are reused.
pub(super) struct Deflate {
    codes: Box<Codes>,
    /// The tables are those of the fixed codes.
    fixed: bool,
    next: Next,
    /// The block is the last.
    last: bool,
    /// The place in the input: byte and bit.
    place: (usize, u32),
    /// Bytes of text so far.
    given: usize,
    fast: Loop,
}

impl fmt::Debug for Deflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflate").field("next", &self.next).field("place", &self.place).field("given", &self.given).finish_non_exhaustive()
    }
}

impl Default for Deflate {
    fn default() -> Self {
        Self::with(fast::detect())
    }
}

impl Deflate {
    /// A decoder that uses nothing that only some processors have.
    #[cfg(test)]
    pub fn portable() -> Self {
        Self::with(fast::portable)
    }

    fn with(fast: Loop) -> Self {
        let codes = Box::new(Codes { litlen: [0; LITLEN_SIZE], distance: [0; DISTANCE_SIZE] });
        Self { codes, fixed: false, next: Next::Header, last: false, place: (0, 0), given: 0, fast }
    }

    /// Begins a new stream; the input is given to each [`run`](Self::run).
    pub(super) fn begin(&mut self) {
        (self.next, self.last, self.place, self.given) = (Next::Header, false, (0, 0), 0);
    }

    /// Goes on writing text into `out` at `filled`. `input` is the whole stream and whatever follows it, the same in every call.
    /// `out[..filled]` must end with the last [`HISTORY`] bytes of the text so far, or all of it if there is less; the caller may have
    /// moved them in between.
    ///
    /// Bytes of `out` behind the text may be changed, none behind `out`. With room for [`LEAST_ROOM`] bytes there is progress, and a
    /// stream that ends within the room gives [`Step::End`], even if no room is left. After the end, the end is given again.
    ///
    /// # Errors
    /// The stream is damaged or cut off. What the call wrote then means nothing, and a new stream must be begun.
    pub(super) fn run(&mut self, input: &[u8], out: &mut [u8], filled: usize) -> Result<Step, Damaged> {
        if filled > out.len() {
            return Err(Damaged);
        }
        let start = filled;
        let mut filled = filled;
        let floor = filled - self.given.min(filled);
        let mut bits = Bits::new(input, self.place.0, self.place.1);
        loop {
            let more = match self.next {
                Next::Header => {
                    self.header(&mut bits)?;
                    false
                }
                Next::Stored(left) => {
                    let (length, at) = (left.min(out.len() - filled), bits.whole());
                    let stored = input.get(at..at + length).ok_or(Damaged)?;
                    out[filled..filled + length].copy_from_slice(stored);
                    filled += length;
                    bits = Bits::new(input, at + length, 0);
                    self.next = if left > length { Next::Stored(left - length) } else { self.after() };
                    left > length
                }
                Next::Symbols => match (self.fast)(&self.codes, &mut bits, out, &mut filled, floor) {
                    Exit::Block => {
                        self.next = self.after();
                        false
                    }
                    Exit::Damaged => return Err(Damaged),
                    Exit::Scarce => self.symbols(&mut bits, out, &mut filled, floor)?,
                },
                Next::End => {
                    self.given += filled - start;
                    self.place = (bits.whole(), 0);
                    return Ok(Step::End { filled, used: bits.whole() });
                }
            };
            if bits.cut() {
                return Err(Damaged);
            }
            if more {
                self.given += filled - start;
                self.place = bits.place();
                return Ok(Step::More { filled });
            }
        }
    }

    /// What comes after a block.
    fn after(&self) -> Next {
        if self.last { Next::End } else { Next::Header }
    }

    /// Decodes symbol by symbol, with care, until the block ends or something does not fit any more, which is true.
    fn symbols(&mut self, bits: &mut Bits<'_>, out: &mut [u8], filled: &mut usize, floor: usize) -> Result<bool, Damaged> {
        loop {
            bits.refill();
            let (bits_before, left_before) = (bits.bits, bits.left);
            let mut entry = self.codes.litlen[bits.peek(LITLEN_BITS) as usize];
            if entry & RARE != 0 && entry >> 16 != 0 {
                bits.take(LITLEN_BITS);
                entry = self.codes.litlen[((entry >> 16) + bits.peek(entry >> 8 & 15)) as usize];
            }
            let count = (entry >> COUNT_SHIFT & 3) as usize;
            let Some(room) = out.get_mut(*filled..*filled + count) else {
                (bits.bits, bits.left) = (bits_before, left_before);
                return Ok(true);
            };
            room.copy_from_slice(&(entry >> 16).to_le_bytes()[..count]);
            *filled += count;
            if entry & LITERAL != 0 {
                bits.take(entry & 0xFF);
            } else if entry & RARE != 0 {
                bits.take(entry & 0xFF);
                self.next = self.after();
                return Ok(false);
            } else {
                let length = (LENGTH_LEAST + (entry >> LENGTH_SHIFT) + extra(bits, entry)) as usize;
                let mut entry = self.codes.distance[bits.peek(DISTANCE_BITS) as usize];
                if entry & RARE != 0 {
                    bits.take(DISTANCE_BITS);
                    entry = self.codes.distance[((entry >> 16) + bits.peek(entry >> 8 & 15)) as usize];
                }
                let distance = ((entry >> 16) + extra(bits, entry)) as usize;
                if bits.cut() || distance > *filled - floor {
                    return Err(Damaged);
                }
                if length > out.len() - *filled {
                    (bits.bits, bits.left) = (bits_before, left_before);
                    *filled -= count;
                    return Ok(true);
                }
                for to in *filled..*filled + length {
                    out[to] = out[to - distance];
                }
                *filled += length;
            }
            if bits.cut() {
                return Err(Damaged);
            }
            if bits.at + fast::INPUT_SLACK <= bits.input.len() && *filled + fast::ROOM_SLACK <= out.len() {
                return Ok(false);
            }
        }
    }

    /// Reads the header of a block and what the codes are.
    fn header(&mut self, bits: &mut Bits<'_>) -> Result<(), Damaged> {
        bits.refill();
        self.last = bits.take(1) == 1;
        match bits.take(2) {
            0 => {
                let at = bits.whole();
                let lengths = bits.input.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or(Damaged)?;
                let (length, check) = (u16::from_le_bytes([lengths[0], lengths[1]]), u16::from_le_bytes([lengths[2], lengths[3]]));
                if length != !check {
                    return Err(Damaged);
                }
                *bits = Bits::new(bits.input, at + 4, 0);
                self.next = Next::Stored(usize::from(length));
            }
            1 => {
                if !self.fixed {
                    let mut lengths = [8; 288];
                    lengths[144..256].fill(9);
                    lengths[256..280].fill(7);
                    // Hardly two of these codes fit into an index.
                    self.tables(&lengths, &[5; 32], false)?;
                }
                self.fixed = true;
                self.next = Next::Symbols;
            }
            2 => {
                self.fixed = false;
                self.dynamic(bits)?;
                self.next = Next::Symbols;
            }
            _ => return Err(Damaged),
        }
        Ok(())
    }

    /// Reads the codes of a dynamic block (RFC 1951, section 3.2.7).
    fn dynamic(&mut self, bits: &mut Bits<'_>) -> Result<(), Damaged> {
        const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        let litlens = 257 + bits.take(5) as usize;
        let distances = 1 + bits.take(5) as usize;
        let explicit = 4 + bits.take(4) as usize;
        let mut lengths = [0; 19];
        for &symbol in &ORDER[..explicit] {
            if bits.left < 3 {
                bits.refill();
            }
            lengths[usize::from(symbol)] = bits.take(3) as u8;
        }
        let mut table = [0; PRECODE_SIZE];
        if !table::fill::<PRECODE_BITS, PRECODE_SIZE, false>(&lengths, &table::PRECODE, &mut table) {
            return Err(Damaged);
        }
        // The longest repetition may go behind the end by 137.
        let mut lengths = [0u8; 288 + 32 + 138];
        let mut at = 0;
        while at < litlens + distances {
            if bits.left < PRECODE_BITS + 7 {
                bits.refill();
            }
            let entry = table[bits.peek(PRECODE_BITS) as usize];
            bits.take(entry & 0xFF);
            match entry >> 16 {
                16 => {
                    let last = lengths[at.checked_sub(1).ok_or(Damaged)?];
                    let count = 3 + bits.take(2) as usize;
                    // Without a loop: as often as it can be, and zeros again where that was too often.
                    lengths[at..at + 6].fill(last);
                    at += count;
                    lengths[at..at + 3].fill(0);
                }
                17 => at += 3 + bits.take(3) as usize,
                18 => at += 11 + bits.take(7) as usize,
                length => {
                    lengths[at] = length as u8;
                    at += 1;
                }
            }
        }
        if at != litlens + distances || bits.cut() {
            return Err(Damaged);
        }
        let (litlens, distances) = lengths[..at].split_at(litlens);
        self.tables(litlens, distances, bits.input.len().saturating_sub(bits.at) >= PAIRS_PAY)
    }

    fn tables(&mut self, litlens: &[u8], distances: &[u8], pairs: bool) -> Result<(), Damaged> {
        let Codes { litlen, distance } = &mut *self.codes;
        let fill = if pairs { table::fill::<LITLEN_BITS, LITLEN_SIZE, true> } else { table::fill::<LITLEN_BITS, LITLEN_SIZE, false> };
        let good = table::fill::<DISTANCE_BITS, DISTANCE_SIZE, false>(distances, &table::DISTANCE, distance)
            && fill(litlens, &table::LITLEN, litlen);
        if good { Ok(()) } else { Err(Damaged) }
    }
}

/// Takes the code of a length or distance and the extra bits behind it, which are the value.
fn extra(bits: &mut Bits<'_>, entry: u32) -> u32 {
    let code = entry >> 8 & 15;
    bits.take(code);
    bits.take((entry & 0xFF) - code)
}
