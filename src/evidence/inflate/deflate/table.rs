//! Tables that give the meaning of the next bits in one look-up, for the codes of one block (RFC 1951, section 3.2).
//!
//! A table is indexed by the next `MAIN` bits of the stream, lowest bit first. Codes longer than that go on in a part of the table behind
//! the first `1 << MAIN` entries, which the entry of their first bits points to. What is needed to use a symbol stands in its entry, so
//! that nothing else is looked up:
//!
//! | bits | literals | length | distance | pointer | end of block |
//! |---|---|---|---|---|---|
//! | 0..=7 | bits of the codes | bits of the codes and extra bits | bits of the code and extra bits | `MAIN` | bits of the code |
//! | 8..=11 | means nothing | bits of the codes | bits of the code | bits that index the part | means nothing |
//! | 12, 13 | [`LITERAL`] | 0 | 0 | [`RARE`] | [`RARE`] |
//! | 14, 15 | how many, 1 or 2 | literals before it, 0 or 1 | 0 | 0 | 0 |
//! | 16..=23 | the first | the literal | base | where the part begins | 0 |
//! | 24..=31 | the second | base, less 3 | more of it | more of it, never 0 in all | 0 |
//!
//! A literal and the symbol behind it, be it a literal or a length, stand in one entry where the codes of both fit into the index. Most
//! literals of logs are random digits with codes of four or five bits, so that this saves nearly half of the look-ups, and of the branches
//! that a processor cannot foresee.

/// Bits that index the table of literals and lengths.
pub(super) const LITLEN_BITS: u32 = 11;
/// A power of two not less than what 288 symbols can need (2342), so that a mask is enough to keep an index inside.
pub(super) const LITLEN_SIZE: usize = 4096;
/// The same for distances: 32 symbols need 402 at most.
pub(super) const DISTANCE_BITS: u32 = 8;
/// See [`LITLEN_SIZE`].
pub(super) const DISTANCE_SIZE: usize = 512;
/// The code of the code lengths has no codes that are longer.
pub(super) const PRECODE_BITS: u32 = 7;
/// See [`LITLEN_SIZE`].
pub(super) const PRECODE_SIZE: usize = 128;

/// The entry is of literals only.
pub(super) const LITERAL: u32 = 1 << 12;
/// The entry points on, or is the end of the block.
pub(super) const RARE: u32 = 1 << 13;
/// Where the number of literals is.
pub(super) const COUNT_SHIFT: u32 = 14;
/// Where the length is, less [`LENGTH_LEAST`].
pub(super) const LENGTH_SHIFT: u32 = 24;
/// The shortest length.
pub(super) const LENGTH_LEAST: u32 = 3;

/// The longest code there is, in bits.
const LONGEST: usize = 15;
/// The most symbols a code has.
pub(super) const SYMBOLS: usize = 288;

/// What the symbols of a code mean, as entries that lack the number of bits.
pub(super) type Meanings<const N: usize> = [u32; N];

/// Code lengths: the symbols of a run-length code.
pub(super) const PRECODE: Meanings<19> = {
    let mut all = [0; 19];
    let mut i = 0;
    while i < 19 {
        all[i] = (i as u32) << 16;
        i += 1;
    }
    all
};

/// Literals, end of block and lengths. The last two symbols mean nothing by the RFC, but are taken for the longest length, as libdeflate
/// does.
pub(super) const LITLEN: Meanings<288> = {
    let mut all = [(258 - LENGTH_LEAST) << LENGTH_SHIFT; 288];
    let mut i = 0;
    while i < 256 {
        all[i] = (i as u32) << 16 | LITERAL | 1 << COUNT_SHIFT;
        i += 1;
    }
    all[256] = RARE;
    let mut base = 0;
    while i < 284 {
        let extra = if i < 264 { 0 } else { (i as u32 - 260) / 4 };
        all[i + 1] = base << LENGTH_SHIFT | extra;
        base += 1 << extra;
        i += 1;
    }
    all[285] = all[286];
    all
};

/// Distances. The last two symbols mean nothing by the RFC, but are taken for the one before, as libdeflate does.
pub(super) const DISTANCE: Meanings<32> = {
    let mut all = [0; 32];
    let mut base = 1;
    let mut i = 0;
    while i < 30 {
        let extra = if i < 2 { 0 } else { (i as u32 - 2) / 2 };
        all[i] = base << 16 | extra;
        base += 1 << extra;
        i += 1;
    }
    all[30] = all[29];
    all[31] = all[29];
    all
};

/// The symbols of a code by the length of their codes, which is the order of the codes as well.
struct Sorted {
    symbols: [u16; SYMBOLS],
    /// Where those of each length begin.
    starts: [u16; LONGEST + 2],
}

impl Sorted {
    fn new(lengths: &[u8]) -> Self {
        let mut counts = [0u16; LONGEST + 1];
        for &length in lengths {
            counts[usize::from(length & 15)] += 1;
        }
        let mut starts = [0; LONGEST + 2];
        // Symbols of length 0 have no code.
        for length in 1..=LONGEST {
            starts[length + 1] = starts[length] + counts[length];
        }
        let mut symbols = [0; SYMBOLS];
        let mut ends = starts;
        for (symbol, &length) in lengths.iter().enumerate() {
            if length > 0 {
                let end = &mut ends[usize::from(length & 15)];
                if let Some(slot) = symbols.get_mut(usize::from(*end)) {
                    *slot = symbol as u16;
                }
                *end += 1;
            }
        }
        Self { symbols, starts }
    }

    /// How many codes have `length` bits.
    fn count(&self, length: usize) -> u32 {
        u32::from(self.starts[length + 1] - self.starts[length])
    }

    /// The symbols whose codes have `length` bits.
    fn of(&self, length: usize) -> &[u16] {
        &self.symbols[usize::from(self.starts[length])..usize::from(self.starts[length + 1])]
    }
}

/// Fills `table` for the code with these `lengths`. False if there is no such code: too many codes, or too few, except for none at all and
/// a single one of one bit, which stand for any bits (libdeflate and zlib accept the same). With `PAIRS`, entries hold two symbols where
/// they can, for which the symbols must be those of [`LITLEN`].
#[must_use]
pub(super) fn fill<const MAIN: u32, const SIZE: usize, const PAIRS: bool>(
    lengths: &[u8],
    meanings: &[u32],
    table: &mut [u32; SIZE],
) -> bool {
    let sorted = Sorted::new(lengths);
    let used = (1..=LONGEST).fold(0, |used, length| used * 2 + sorted.count(length));
    if used != 1 << LONGEST {
        let only = match used {
            0 => 0,
            _ if sorted.count(1) == 1 && sorted.starts[LONGEST + 1] == 1 => usize::from(sorted.symbols[0]),
            _ => return false,
        };
        table[..1 << MAIN].fill(meanings[only] + 0x101);
        return true;
    }
    // Entries are made while the table doubles: at each size, those of the codes that just fill its index.
    let mut seconds = Seconds { symbols: [(0, 0); SYMBOLS], starts: [0; LONGEST + 2] };
    let mut code = 0u16;
    let mut placed = 0;
    for length in 1..=MAIN as usize {
        let half = 1 << (length - 1);
        let (low, high) = table.split_at_mut(half);
        high[..half].copy_from_slice(low);
        for &symbol in sorted.of(length) {
            let entry = meanings[usize::from(symbol)] + 0x101 * length as u32;
            let place = code.reverse_bits() >> (16 - length);
            table[usize::from(place) & (SIZE - 1)] = entry;
            code += 1;
            if PAIRS && symbol != 256 {
                seconds.symbols[placed] = (second(entry), place);
                placed += 1;
            }
        }
        code <<= 1;
        if PAIRS {
            seconds.starts[length + 1] = placed;
            seconds.pair(&sorted, table, length);
        }
    }
    parts::<MAIN, SIZE>(&sorted, meanings, table, code);
    true
}

/// Places the codes that are longer than `MAIN`, of which `code` is the first.
fn parts<const MAIN: u32, const SIZE: usize>(sorted: &Sorted, meanings: &[u32], table: &mut [u32; SIZE], mut code: u16) {
    let mut end = 1 << MAIN;
    let mut part = (usize::MAX, 0);
    for length in MAIN as usize + 1..=LONGEST {
        let rest = length - MAIN as usize;
        for (&symbol, left) in sorted.of(length).iter().zip((1..=sorted.count(length)).rev()) {
            let place = usize::from(code.reverse_bits() >> (16 - length));
            let prefix = place & ((1 << MAIN) - 1);
            if prefix != part.0 {
                // The part must hold the codes of this length that are left and, while they do not fill it, the longer ones.
                let mut bits = rest;
                let mut held = left;
                while held < 1 << bits {
                    bits += 1;
                    held = held * 2 + sorted.count(MAIN as usize + bits);
                }
                part = (prefix, end);
                table[prefix] = (end as u32) << 16 | RARE | (bits as u32) << 8 | MAIN;
                end += 1 << bits;
            }
            let entry = meanings[usize::from(symbol)] + 0x101 * rest as u32;
            for slot in table[part.1 + (place >> MAIN)..end].iter_mut().step_by(1 << rest) {
                *slot = entry;
            }
            code += 1;
        }
        code <<= 1;
    }
}

/// The entry of a symbol as it is behind a literal, but for the literal and the length of its code.
fn second(entry: u32) -> u32 {
    if entry & LITERAL == 0 { entry + (1 << COUNT_SHIFT) } else { (entry & 0xFF_0000) << 8 | LITERAL | 2 << COUNT_SHIFT | entry & 0xFF }
}

/// The symbols that may stand behind a literal in an entry: all but the end of the block.
struct Seconds {
    /// Their entries, as [`second`] makes them, and their codes, first bit lowest.
    symbols: [(u32, u16); SYMBOLS],
    /// Where those of each length begin.
    starts: [usize; LONGEST + 2],
}

impl Seconds {
    /// Places a literal and the symbol behind it where their codes have `length` bits together.
    fn pair<const SIZE: usize>(&self, sorted: &Sorted, table: &mut [u32; SIZE], length: usize) {
        for first in 1..length {
            let of = |length: usize| &self.symbols[self.starts[length]..self.starts[length + 1]];
            let behind = of(length - first);
            if behind.is_empty() {
                continue;
            }
            for (&literal, &(_, before)) in sorted.of(first).iter().zip(of(first)) {
                if literal > 255 {
                    break;
                }
                let add = (u32::from(literal) << 16) + 0x101 * first as u32;
                for &(entry, code) in behind {
                    table[usize::from(before | code << first) & (SIZE - 1)] = entry + add;
                }
            }
        }
    }
}
