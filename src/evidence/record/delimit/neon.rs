//! Masks with NEON, which every 64-bit Arm processor has.

use super::portable::Portable;
use super::quotes::quotes;
use super::{BLOCK, CAPITAL, CAPITAL_BITS, Lanes, Masks, Way, Window, scan};
use std::arch::aarch64::*;

pub(super) fn available() -> impl Iterator<Item = Way> {
    std::iter::once(("neon", scan::<Neon, false> as _, scan::<Neon, true> as _, quotes::<Neon> as _))
}

struct Neon;

/// Four vectors of 0x00 or 0xFF become one bit a byte.
#[inline(always)]
fn bits(lanes: [uint8x16_t; 4]) -> u64 {
    // SAFETY: NEON is part of the aarch64 base set; no memory but the local constant is touched.
    unsafe {
        const WEIGHTS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
        let weights = vld1q_u8(WEIGHTS.as_ptr());
        let [a, b, c, d] = lanes.map(|lane| vandq_u8(lane, weights));
        let folded = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
        vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(folded, folded)))
    }
}

#[inline(always)]
fn load(bytes: &[u8; BLOCK]) -> [uint8x16_t; 4] {
    // SAFETY: NEON is part of the aarch64 base set; the four loads lie inside the 64 bytes.
    unsafe {
        let at = bytes.as_ptr();
        [vld1q_u8(at), vld1q_u8(at.add(16)), vld1q_u8(at.add(32)), vld1q_u8(at.add(48))]
    }
}

/// The 64 bytes from `OFFSET` on.
#[inline(always)]
fn from<const OFFSET: usize>(window: &Window) -> [uint8x16_t; 4] {
    load(window[OFFSET..].first_chunk().expect("an offset within reach"))
}

/// 0xFF where a byte equals `byte`.
#[inline(always)]
fn equals(lanes: [uint8x16_t; 4], byte: u8) -> [uint8x16_t; 4] {
    // SAFETY: NEON is part of the aarch64 base set.
    lanes.map(|lane| unsafe { vceqq_u8(lane, vdupq_n_u8(byte)) })
}

#[inline(always)]
fn without(lanes: [uint8x16_t; 4], kept: u8) -> [uint8x16_t; 4] {
    // SAFETY: as above.
    lanes.map(|lane| unsafe { vandq_u8(lane, vdupq_n_u8(kept)) })
}

#[inline(always)]
fn and(one: [uint8x16_t; 4], other: [uint8x16_t; 4]) -> [uint8x16_t; 4] {
    // SAFETY: as above.
    std::array::from_fn(|lane| unsafe { vandq_u8(one[lane], other[lane]) })
}

#[inline(always)]
fn or(one: [uint8x16_t; 4], other: [uint8x16_t; 4]) -> [uint8x16_t; 4] {
    // SAFETY: as above.
    std::array::from_fn(|lane| unsafe { vorrq_u8(one[lane], other[lane]) })
}

/// Whether any byte is set.
#[inline(always)]
fn some([a, b, c, d]: [uint8x16_t; 4]) -> bool {
    // SAFETY: as above.
    unsafe { vmaxvq_u8(vorrq_u8(vorrq_u8(a, b), vorrq_u8(c, d))) != 0 }
}

impl Lanes for Neon {
    #[inline(always)]
    fn masks<const IDS: bool>(window: &Window) -> Masks {
        let bytes = from::<0>(window);
        let upper = without(bytes, 0xDF);
        let quote = equals(bytes, b'"');
        let v = and(quote, equals(from::<2>(window), b'v'));
        let sixth = from::<6>(window);
        let mut capital = equals(without(sixth, CAPITAL_BITS), CAPITAL);
        let mut account = 0;
        if IDS {
            capital = or(capital, equals(sixth, b'I'));
            account = bits(and(and(quote, equals(from::<5>(window), b'p')), equals(from::<10>(window), b'A')));
        }
        // SAFETY: NEON is part of the aarch64 base set.
        let control = bytes.map(|lane| unsafe { vcltq_u8(lane, vdupq_n_u8(0x20)) });
        // SAFETY: as above.
        let curly = bytes.map(|lane| unsafe { vtstq_u8(lane, vdupq_n_u8(0x20)) });
        Masks {
            quote: bits(quote),
            open: bits(equals(upper, b'[')),
            close: bits(equals(upper, b']')),
            curly: bits(curly),
            key: bits(and(v, capital)),
            account,
            pair: some(and(equals(upper, b'O'), equals(without(from::<1>(window), 0xDF), b'O'))),
            rare: some(or(control, equals(bytes, b'\\'))),
        }
    }

    #[inline(always)]
    fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
        bits(equals(load(block), byte))
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        Portable::prefix_xor(bits)
    }
}
