//! Masks by arithmetic on eight bytes at a time, for any processor.

use super::{BLOCK, Lanes, Masks};

pub(super) struct Portable;

const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
const ONES: u64 = 0x0101_0101_0101_0101;

const fn all(byte: u8) -> u64 {
    ONES * byte as u64
}

/// The top bit of each byte that equals `byte`, nothing else.
#[inline(always)]
fn same(word: u64, byte: u8) -> u64 {
    let differing = word ^ all(byte);
    !(((differing & LOW) + LOW) | differing | LOW)
}

/// The top bits of the eight bytes, the first byte's lowest.
#[inline(always)]
fn gather(tops: u64) -> u64 {
    (tops >> 7 & ONES).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[inline(always)]
fn words(block: &[u8; BLOCK]) -> impl Iterator<Item = (usize, u64)> {
    let (words, _) = block.as_chunks::<8>();
    words.iter().enumerate().map(|(index, word)| (index * 8, u64::from_le_bytes(*word)))
}

impl Lanes for Portable {
    #[inline(always)]
    fn masks<const IDS: bool>(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks::default();
        for (shift, word) in words(block) {
            // Without bit 5, as brackets and letters differ in it alone.
            let upper = word & all(0xDF);
            masks.quote |= gather(same(word, b'"')) << shift;
            masks.open |= gather(same(upper, b'[')) << shift;
            masks.close |= gather(same(upper, b']')) << shift;
            masks.curly |= gather(word << 2) << shift;
            masks.capital |= gather(same(word, b'N') | same(word, b'T')) << shift;
            masks.o |= gather(same(upper, b'O')) << shift;
            masks.t |= gather(same(upper, b'T')) << shift;
            if IDS {
                masks.capital |= gather(same(word, b'I')) << shift;
                masks.a |= gather(same(word, b'A')) << shift;
            }
            masks.rare |= gather(same(word, b'\\') | same(word & all(0xE0), 0)) << shift;
        }
        masks
    }

    #[inline(always)]
    fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
        words(block).fold(0, |mask, (shift, word)| mask | gather(same(word, byte)) << shift)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_from_every_other() {
        for byte in 0..=255u8 {
            for other in 0..=255u8 {
                let mut block = [other; BLOCK];
                block[9] = byte;
                let expected = if other == byte { u64::MAX } else { 1 << 9 };
                assert_eq!(Portable::equal(&block, byte), expected, "{byte} among {other}");
            }
        }
    }
}
