//! Masks by arithmetic on eight bytes at a time, for any processor.

use super::{BLOCK, CAPITAL, CAPITAL_BITS, Lanes, Masks, Window};

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
    fn masks<const IDS: bool>(window: &Window) -> Masks {
        let mut masks = Masks::default();
        let (mut pair, mut rare) = (0, 0);
        for shift in (0..BLOCK).step_by(8) {
            let from = |offset: usize| u64::from_le_bytes(*window[shift + offset..].first_chunk().expect("an offset within reach"));
            let word = from(0);
            // Without bit 5, as brackets and letters differ in it alone.
            let upper = word & all(0xDF);
            let quote = same(word, b'"');
            masks.quote |= gather(quote) << shift;
            masks.open |= gather(same(upper, b'[')) << shift;
            masks.close |= gather(same(upper, b']')) << shift;
            masks.curly |= gather(word << 2) << shift;
            let v = quote & same(from(2), b'v');
            let mut capital = same(from(6) & all(CAPITAL_BITS), CAPITAL);
            if IDS {
                capital |= same(from(6), b'I');
                masks.account |= gather(quote & same(from(5), b'p') & same(from(10), b'A')) << shift;
            }
            masks.key |= gather(v & capital) << shift;
            pair |= same(upper, b'O') & same(from(1) & all(0xDF), b'O');
            rare |= same(word, b'\\') | same(word & all(0xE0), 0);
        }
        Masks { pair: pair != 0, rare: rare != 0, ..masks }
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
