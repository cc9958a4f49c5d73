//! Where the quotes of a plain record are.

use super::{BLOCK, Lanes};

/// Places that are written in one step, however many there are: most blocks have fewer.
const STEP: usize = 8;

/// The quotes of a plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::evidence::record) struct Found {
    /// How many there are.
    pub quotes: usize,
    /// Whether all of the text is ASCII.
    pub is_ascii: bool,
}

/// Writes the offsets of all quotes into `places`; `None` where the text has a backslash or a byte below 0x20. `places` grows as needed and never
/// shrinks; what stands behind the last place means nothing. Offsets are cut to 32 bits.
#[inline(always)]
pub(super) fn quotes<L: Lanes>(text: &[u8], places: &mut Vec<u32>) -> Option<Found> {
    let (blocks, tail) = text.as_chunks::<BLOCK>();
    let room = text.len() + 2 * BLOCK;
    if places.len() < room {
        places.resize(room, 0);
    }
    let mut found = Found { quotes: 0, is_ascii: true };
    for (number, block) in blocks.iter().enumerate() {
        look::<L>(block, number * BLOCK, places, &mut found)?;
    }
    let mut last = [b' '; BLOCK];
    last[..tail.len()].copy_from_slice(tail);
    look::<L>(&last, blocks.len() * BLOCK, places, &mut found)?;
    Some(found)
}

#[inline(always)]
fn look<L: Lanes>(block: &[u8; BLOCK], at: usize, places: &mut [u32], found: &mut Found) -> Option<()> {
    // The compiler makes vectors of this.
    let rare = block.iter().fold(0, |rare, byte| rare | u8::from(byte.cast_signed() < 0x20) | u8::from(*byte == b'\\'));
    if rare != 0 {
        found.is_ascii &= is_plain(block)?;
    }
    found.quotes += note(L::equal(block, b'"'), at, &mut places[found.quotes..]);
    Some(())
}

/// Whether a block is ASCII; `None` where it is not plain.
#[cold]
fn is_plain(block: &[u8; BLOCK]) -> Option<bool> {
    let odd = block.iter().any(|byte| *byte < 0x20 || *byte == b'\\');
    (!odd).then(|| block.is_ascii())
}

/// Writes the places of the bits, from the lowest on; how many there are.
#[inline(always)]
fn note(mut bits: u64, at: usize, places: &mut [u32]) -> usize {
    let count = bits.count_ones() as usize;
    let mut steps = places.chunks_exact_mut(STEP);
    loop {
        for place in steps.next().into_iter().flatten() {
            *place = (at as u32).wrapping_add(bits.trailing_zeros());
            bits &= bits.wrapping_sub(1);
        }
        if bits == 0 {
            return count;
        }
    }
}
