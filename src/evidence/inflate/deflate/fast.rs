//! The loop that decodes nearly everything: it runs while input and room are ample, so that nothing in it looks whether they end.

use super::Codes;
use super::bits::Bits;
use super::table::{COUNT_SHIFT, DISTANCE_BITS, DISTANCE_SIZE, LENGTH_LEAST, LENGTH_SHIFT, LITERAL, LITLEN_BITS, LITLEN_SIZE, RARE};

/// Bytes of input that must be there before each turn: the bits are filled twice in a turn, and once more before the first; each time
/// eight bytes are read and at most seven passed.
pub(super) const INPUT_SLACK: usize = 32;
const _: () = assert!(INPUT_SLACK >= 3 * 7 + 8);

/// Bytes of room that must be there before each turn: four entries of two literals, the longest match, and what [`copy`] writes behind it.
pub(super) const ROOM_SLACK: usize = 4 * 2 + 258 + COPY_SLACK;

/// Bytes that [`copy`] may write behind the end of a match.
const COPY_SLACK: usize = 96;

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Input or room are no longer ample.
    Scarce,
    /// The block ended.
    Block,
    /// A distance leads to before the text.
    Damaged,
}

/// The loop, compiled for some processor.
pub(super) type Loop = fn(&Codes, &mut Bits<'_>, &mut [u8], &mut usize, usize) -> Exit;

/// The fastest that this processor has.
pub(super) fn detect() -> Loop {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("avx2") {
        return bmi2;
    }
    portable
}

/// The one that needs nothing of the processor.
pub(super) fn portable(codes: &Codes, bits: &mut Bits<'_>, out: &mut [u8], filled: &mut usize, floor: usize) -> Exit {
    turns::<Portable>(codes, bits, out, filled, floor)
}

#[cfg(target_arch = "x86_64")]
fn bmi2(codes: &Codes, bits: &mut Bits<'_>, out: &mut [u8], filled: &mut usize, floor: usize) -> Exit {
    #[target_feature(enable = "bmi1,bmi2,avx2")]
    fn run(codes: &Codes, bits: &mut Bits<'_>, out: &mut [u8], filled: &mut usize, floor: usize) -> Exit {
        turns::<Bmi2>(codes, bits, out, filled, floor)
    }
    // SAFETY: `detect` hands this function out only where every one of these features was detected.
    unsafe { run(codes, bits, out, filled, floor) }
}

/// What differs between processors.
trait Way {
    /// The low bits of `bits`, as many as the low byte of `count` says, which must be below 64.
    fn low(bits: u64, count: u32) -> u64;
}

struct Portable;

impl Way for Portable {
    #[inline(always)]
    fn low(bits: u64, count: u32) -> u64 {
        bits & !(u64::MAX << (count & 63))
    }
}

#[cfg(target_arch = "x86_64")]
struct Bmi2;

#[cfg(target_arch = "x86_64")]
impl Way for Bmi2 {
    #[inline(always)]
    fn low(bits: u64, count: u32) -> u64 {
        // SAFETY: only reached from `bmi2`, entered with bmi2 detected.
        unsafe { std::arch::x86_64::_bzhi_u64(bits, count) }
    }
}

/// Decodes into `out` at `filled` until something is scarce. Matches may reach back to `floor`, which is not above `filled`.
///
/// A turn begins with at least 56 bits that may be used, and 64 that may be looked at. It uses at most 53 of them: three entries of
/// literals, and a pointer, four more bits of the code and five extra bits. The look-up of the distance takes eight more, which are only
/// looked at. The bits are then filled again for at most 28 bits of distance and the look-up of the entry for the next turn.
#[inline(always)]
fn turns<W: Way>(codes: &Codes, state: &mut Bits<'_>, out: &mut [u8], filled: &mut usize, floor: usize) -> Exit {
    let (Some(input_end), Some(room_end)) = (state.input.len().checked_sub(INPUT_SLACK), out.len().checked_sub(ROOM_SLACK)) else {
        return Exit::Scarce;
    };
    if state.at > input_end || *filled > room_end || floor > *filled {
        return Exit::Scarce;
    }
    let Bits { input, at, mut bits, .. } = *state;
    // Only its low six bits mean anything.
    let mut left = u64::from(state.left);
    let (input_start, start) = (input.as_ptr(), out.as_mut_ptr());
    // SAFETY: `at` and `input_end` are inside of the input, `floor`, `*filled` and `room_end` inside of `out`, as was looked at above.
    let (mut next, input_end) = unsafe { (input_start.add(at), input_start.add(input_end)) };
    // SAFETY: as above.
    let (mut to, room_end, floor) = unsafe { (start.add(*filled), start.add(room_end), start.add(floor)) };

    macro_rules! refill {
        () => {
            // SAFETY: `next` was at most `input_end` before this turn, and `INPUT_SLACK` is more than a turn reads from there.
            let word = unsafe { next.cast::<u64>().read_unaligned() };
            bits |= u64::from_le(word) << (left & 63);
            // SAFETY: as above.
            next = unsafe { next.add(7 - (left >> 3 & 7) as usize) };
            left |= 56;
        };
    }
    macro_rules! litlen {
        () => {
            codes.litlen[(bits & ((1 << LITLEN_BITS) - 1)) as usize]
        };
    }
    macro_rules! consume {
        ($entry:expr) => {{
            let before = bits;
            bits >>= $entry & 63;
            left = left.wrapping_sub(u64::from($entry));
            before
        }};
    }
    macro_rules! literals {
        ($entry:expr) => {
            // SAFETY: `to` was at most `room_end` before this turn, and `ROOM_SLACK` holds four times two bytes. What is written a fifth
            // time, for a literal in a part, lies where the entry that pointed there wrote, as that was for none.
            unsafe { to.cast::<u16>().write_unaligned((($entry >> 16) as u16).to_le()) };
            // SAFETY: as above.
            to = unsafe { to.add(($entry >> COUNT_SHIFT & 3) as usize) };
        };
    }

    refill!();
    let mut entry = litlen!();
    let exit = loop {
        let mut before = consume!(entry);
        // An entry of a length may have a literal before it, so that this is done before anything is asked.
        literals!(entry);
        if entry & LITERAL != 0 {
            entry = litlen!();
            before = consume!(entry);
            literals!(entry);
            if entry & LITERAL != 0 {
                entry = litlen!();
                before = consume!(entry);
                literals!(entry);
                if entry & LITERAL != 0 {
                    entry = litlen!();
                    before = consume!(entry);
                    literals!(entry);
                    if entry & LITERAL != 0 {
                        entry = litlen!();
                        refill!();
                        if next > input_end || to > room_end {
                            break Exit::Scarce;
                        }
                        continue;
                    }
                }
            }
        }
        if entry & RARE != 0 {
            if entry >> 16 == 0 {
                break Exit::Block;
            }
            let part = (entry >> 16) as usize + W::low(bits, entry >> 8 & 15) as usize;
            entry = codes.litlen[part & (LITLEN_SIZE - 1)];
            before = consume!(entry);
            if entry & LITERAL != 0 {
                literals!(entry);
                entry = litlen!();
                refill!();
                if next > input_end || to > room_end {
                    break Exit::Scarce;
                }
                continue;
            }
            if entry & RARE != 0 {
                break Exit::Block;
            }
        }
        let length = (LENGTH_LEAST + (entry >> LENGTH_SHIFT)) as usize + (W::low(before, entry) >> (entry >> 8 & 63)) as usize;

        entry = codes.distance[(bits & ((1 << DISTANCE_BITS) - 1)) as usize];
        refill!();
        if entry & RARE != 0 {
            bits >>= DISTANCE_BITS;
            left = left.wrapping_sub(u64::from(DISTANCE_BITS));
            let part = (entry >> 16) as usize + W::low(bits, entry >> 8 & 15) as usize;
            entry = codes.distance[part & (DISTANCE_SIZE - 1)];
        }
        before = consume!(entry);
        let distance = (entry >> 16) as usize + (W::low(before, entry) >> (entry >> 8 & 63)) as usize;
        if distance > to as usize - floor as usize {
            break Exit::Damaged;
        }
        entry = litlen!();
        refill!();
        // SAFETY: no entry has a `distance` below one, and it leads to at or behind `floor`. No entry has a `length` above 258, and `to`
        // was at most `room_end` before this turn, in which at most seven literals came before the match, so that `ROOM_SLACK` covers them,
        // the match and `COPY_SLACK`.
        unsafe {
            copy(to, distance, length);
            to = to.add(length);
        }
        if next > input_end || to > room_end {
            break Exit::Scarce;
        }
    };
    *filled = to as usize - start as usize;
    state.at = next as usize - input_start as usize;
    state.bits = bits;
    state.left = (left & 63) as u32;
    exit
}

/// Copies `length` bytes from `distance` before `to` to it, each as if by itself, so that what was copied is copied again where they
/// overlap.
///
/// # Safety
/// `to - distance..to` can be read, and `to..to + length + COPY_SLACK` read and written, all in one allocation; neither `distance` nor
/// `length` is zero.
#[inline(always)]
unsafe fn copy(to: *mut u8, distance: usize, length: usize) {
    // SAFETY: every write ends within the first 96 bytes or, of at most 64 bytes in a turn, begins before `length`: none ends behind
    // `length + COPY_SLACK`. Where `N` bytes are read at once, the distance is not less, so that they were written before; the word that is
    // read for a short distance ends before `to + 8`, and only the bytes before `to` are used.
    unsafe {
        let from = to.sub(distance).cast_const();
        if distance >= 32 {
            step::<32>(from, to, 0);
            step::<32>(from, to, 32);
            step::<32>(from, to, 64);
            let mut done = 96;
            while done < length {
                step::<32>(from, to, done);
                step::<32>(from, to, done + 32);
                done += 64;
            }
        } else if distance >= 8 {
            let mut done = 0;
            while done < length {
                step::<8>(from, to, done);
                step::<8>(from, to, done + 8);
                done += 16;
            }
        } else if distance == 1 {
            let pattern = [*from; 32];
            let mut done = 0;
            while done < length {
                to.add(done).cast::<[u8; 32]>().write_unaligned(pattern);
                done += 32;
            }
        } else {
            // As many whole repetitions as fit into a word are written at once.
            let mut bits = distance * 8;
            let mut pattern = u64::from_le(from.cast::<u64>().read_unaligned()) & ((1 << bits) - 1);
            while bits < 64 {
                pattern |= pattern << bits;
                bits *= 2;
            }
            let mut done = 0;
            while done < length {
                to.add(done).cast::<u64>().write_unaligned(pattern.to_le());
                done += 8 - 8 % distance;
            }
        }
    }
}

/// Copies `N` bytes at `at`.
///
/// # Safety
/// They can be read and written there, and `to` is at least `N` behind `from`.
#[inline(always)]
unsafe fn step<const N: usize>(from: *const u8, to: *mut u8, at: usize) {
    // SAFETY: given by the caller.
    unsafe { to.add(at).copy_from_nonoverlapping(from.add(at), N) };
}
