//! Masks by plain comparisons, for any processor.

use super::{BLOCK, Lanes, Masks};

pub(super) struct Portable;

impl Lanes for Portable {
    #[inline(always)]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks::default();
        for (index, &byte) in block.iter().enumerate() {
            let bit = |yes: bool| u64::from(yes) << index;
            masks.quote |= bit(byte == b'"');
            masks.backslash |= bit(byte == b'\\');
            masks.open |= bit(byte == b'{' || byte == b'[');
            masks.close |= bit(byte == b'}' || byte == b']');
            masks.curly |= bit(byte & 0x20 != 0);
            masks.letter |= bit(byte == b'T' || byte == b'N');
            masks.o |= bit(byte | 0x20 == b'o');
            masks.t |= bit(byte | 0x20 == b't');
            masks.control |= bit(byte < 0x20);
        }
        masks
    }

    #[inline(always)]
    fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
        block.iter().enumerate().fold(0, |mask, (index, found)| mask | u64::from(*found == byte) << index)
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        let mut parity = bits;
        for shift in [1, 2, 4, 8, 16, 32] {
            parity ^= parity << shift;
        }
        parity
    }
}
