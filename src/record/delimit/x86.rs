//! Masks with AVX2 and AVX-512, parity with a carry-less product.

use super::super::walk::Stop;
use super::{BLOCK, Lanes, Masks, Span, Way, scan};
use std::arch::x86_64::*;

/// What this processor has, slowest first.
pub(super) fn available() -> impl Iterator<Item = Way> {
    let base = is_x86_feature_detected!("pclmulqdq") && is_x86_feature_detected!("popcnt");
    let avx2 = base && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1");
    let avx512 = avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
    let avx2 = avx2.then_some(("avx2", avx2_object::<false> as _, avx2_object::<true> as _));
    let avx512 = avx512.then_some(("avx512", avx512_object::<false> as _, avx512_object::<true> as _));
    avx2.into_iter().chain(avx512)
}

fn avx2_object<const IDS: bool>(text: &[u8], start: usize) -> Result<Span, Stop> {
    #[target_feature(enable = "avx2,bmi1,pclmulqdq,popcnt")]
    fn run<const IDS: bool>(text: &[u8], start: usize) -> Result<Span, Stop> {
        scan::<Avx2, IDS>(text, start)
    }
    // SAFETY: `available` hands this function out only where every one of these features was detected.
    unsafe { run::<IDS>(text, start) }
}

fn avx512_object<const IDS: bool>(text: &[u8], start: usize) -> Result<Span, Stop> {
    #[target_feature(enable = "avx512f,avx512bw,avx2,bmi1,pclmulqdq,popcnt")]
    fn run<const IDS: bool>(text: &[u8], start: usize) -> Result<Span, Stop> {
        scan::<Avx512, IDS>(text, start)
    }
    // SAFETY: as above.
    unsafe { run::<IDS>(text, start) }
}

#[inline(always)]
fn carryless_prefix_xor(bits: u64) -> u64 {
    // SAFETY: only reached from the two functions above, which are entered with pclmulqdq detected.
    unsafe {
        let product = _mm_clmulepi64_si128(_mm_set_epi64x(0, bits.cast_signed()), _mm_set1_epi8(-1), 0);
        _mm_cvtsi128_si64(product).cast_unsigned()
    }
}

struct Avx2;

/// One bit a byte, of two vectors of 0x00 and 0xFF (or whatever has the wanted bit on top).
#[inline(always)]
fn avx2_bits(low: __m256i, high: __m256i) -> u64 {
    // SAFETY: only reached from `avx2_object`, entered with avx2 detected.
    let (low, high) = unsafe { (_mm256_movemask_epi8(low), _mm256_movemask_epi8(high)) };
    u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
}

#[inline(always)]
fn avx2_equal(low: __m256i, high: __m256i, byte: u8) -> u64 {
    // SAFETY: as above.
    unsafe {
        let byte = _mm256_set1_epi8(byte.cast_signed());
        avx2_bits(_mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte))
    }
}

#[inline(always)]
fn avx2_load(block: &[u8; BLOCK]) -> (__m256i, __m256i) {
    // SAFETY: as above; both unaligned loads lie inside the 64 bytes.
    unsafe { (_mm256_loadu_si256(block.as_ptr().cast()), _mm256_loadu_si256(block.as_ptr().add(32).cast())) }
}

impl Lanes for Avx2 {
    #[inline(always)]
    fn masks<const IDS: bool>(block: &[u8; BLOCK]) -> Masks {
        let (low, high) = avx2_load(block);
        // SAFETY: only reached from `avx2_object`, entered with avx2 detected.
        unsafe {
            // `[` and `{`, `]` and `}` differ in bit 5 alone, as do capitals from small letters.
            let without = _mm256_set1_epi8(0xDFu8.cast_signed());
            let (upper_low, upper_high) = (_mm256_and_si256(low, without), _mm256_and_si256(high, without));
            let (limit, backslash) = (_mm256_set1_epi8(0x1F), _mm256_set1_epi8(b'\\'.cast_signed()));
            let rare = |half| {
                let control = _mm256_cmpeq_epi8(_mm256_min_epu8(half, limit), half);
                _mm256_or_si256(control, _mm256_cmpeq_epi8(half, backslash))
            };
            let equal = |half, byte: u8| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte.cast_signed()));
            let capital = |half| {
                let two = _mm256_or_si256(equal(half, b'N'), equal(half, b'T'));
                if IDS { _mm256_or_si256(two, equal(half, b'I')) } else { two }
            };
            Masks {
                quote: avx2_equal(low, high, b'"'),
                open: avx2_equal(upper_low, upper_high, b'['),
                close: avx2_equal(upper_low, upper_high, b']'),
                curly: avx2_bits(_mm256_slli_epi16(low, 2), _mm256_slli_epi16(high, 2)),
                o: avx2_equal(upper_low, upper_high, b'O'),
                t: avx2_equal(upper_low, upper_high, b'T'),
                capital: avx2_bits(capital(low), capital(high)),
                a: if IDS { avx2_equal(low, high, b'A') } else { 0 },
                rare: avx2_bits(rare(low), rare(high)),
            }
        }
    }

    #[inline(always)]
    fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
        let (low, high) = avx2_load(block);
        avx2_equal(low, high, byte)
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        carryless_prefix_xor(bits)
    }
}

struct Avx512;

#[inline(always)]
fn avx512_equal(bytes: __m512i, byte: u8) -> u64 {
    // SAFETY: only reached from `avx512_object`, entered with avx512bw detected.
    unsafe { _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed())) }
}

#[inline(always)]
fn avx512_load(block: &[u8; BLOCK]) -> __m512i {
    // SAFETY: as above; the unaligned load is the 64 bytes.
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}

impl Lanes for Avx512 {
    #[inline(always)]
    fn masks<const IDS: bool>(block: &[u8; BLOCK]) -> Masks {
        let bytes = avx512_load(block);
        // SAFETY: only reached from `avx512_object`, entered with avx512bw detected.
        unsafe {
            let upper = _mm512_and_si512(bytes, _mm512_set1_epi8(0xDFu8.cast_signed()));
            Masks {
                quote: avx512_equal(bytes, b'"'),
                open: avx512_equal(upper, b'['),
                close: avx512_equal(upper, b']'),
                curly: _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20)),
                o: avx512_equal(upper, b'O'),
                t: avx512_equal(upper, b'T'),
                capital: avx512_equal(bytes, b'N') | avx512_equal(bytes, b'T') | if IDS { avx512_equal(bytes, b'I') } else { 0 },
                a: if IDS { avx512_equal(bytes, b'A') } else { 0 },
                rare: _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)) | avx512_equal(bytes, b'\\'),
            }
        }
    }

    #[inline(always)]
    fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
        avx512_equal(avx512_load(block), byte)
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        carryless_prefix_xor(bits)
    }
}
