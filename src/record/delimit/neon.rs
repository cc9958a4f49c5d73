//! Masks with NEON, which every 64-bit Arm processor has.

use super::portable::Portable;
use super::{BLOCK, Lanes, Masks, Way, scan};
use std::arch::aarch64::*;

pub(super) fn available() -> impl Iterator<Item = Way> {
    std::iter::once(("neon", scan::<Neon, false> as _, scan::<Neon, true> as _))
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
fn load(block: &[u8; BLOCK]) -> [uint8x16_t; 4] {
    // SAFETY: NEON is part of the aarch64 base set; the four loads lie inside the 64 bytes.
    unsafe {
        let at = block.as_ptr();
        [vld1q_u8(at), vld1q_u8(at.add(16)), vld1q_u8(at.add(32)), vld1q_u8(at.add(48))]
    }
}

#[inline(always)]
fn equal(lanes: [uint8x16_t; 4], byte: u8) -> u64 {
    // SAFETY: NEON is part of the aarch64 base set.
    bits(lanes.map(|lane| unsafe { vceqq_u8(lane, vdupq_n_u8(byte)) }))
}

impl Lanes for Neon {
    #[inline(always)]
    fn masks<const IDS: bool>(block: &[u8; BLOCK]) -> Masks {
        let bytes = load(block);
        // SAFETY: NEON is part of the aarch64 base set.
        unsafe {
            let upper = bytes.map(|lane| vandq_u8(lane, vdupq_n_u8(0xDF)));
            Masks {
                quote: equal(bytes, b'"'),
                open: equal(upper, b'['),
                close: equal(upper, b']'),
                curly: bits(bytes.map(|lane| vtstq_u8(lane, vdupq_n_u8(0x20)))),
                o: equal(upper, b'O'),
                t: equal(upper, b'T'),
                capital: equal(bytes, b'N') | equal(bytes, b'T') | if IDS { equal(bytes, b'I') } else { 0 },
                a: if IDS { equal(bytes, b'A') } else { 0 },
                rare: bits(bytes.map(|lane| vcltq_u8(lane, vdupq_n_u8(0x20)))) | equal(bytes, b'\\'),
            }
        }
    }

    #[inline(always)]
    fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
        equal(load(block), byte)
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        Portable::prefix_xor(bits)
    }
}
