//! Masks with AVX2 and AVX-512, parity with a carry-less product.

use super::super::walk::Stop;
use super::{BLOCK, Lanes, Masks, Span, scan};
use std::arch::x86_64::*;

type Object = fn(&[u8], usize) -> Result<Span, Stop>;

/// What this processor has, slowest first.
pub(super) fn available() -> impl Iterator<Item = (&'static str, Object)> {
    let base = is_x86_feature_detected!("pclmulqdq") && is_x86_feature_detected!("popcnt");
    let avx2 = base && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1");
    let avx512 = avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
    let avx2 = avx2.then_some(("avx2", avx2_object as Object));
    let avx512 = avx512.then_some(("avx512", avx512_object as Object));
    avx2.into_iter().chain(avx512)
}

fn avx2_object(text: &[u8], start: usize) -> Result<Span, Stop> {
    #[target_feature(enable = "avx2,bmi1,pclmulqdq,popcnt")]
    fn run(text: &[u8], start: usize) -> Result<Span, Stop> {
        scan::<Avx2>(text, start)
    }
    // SAFETY: `available` hands this function out only where every one of these features was detected.
    unsafe { run(text, start) }
}

fn avx512_object(text: &[u8], start: usize) -> Result<Span, Stop> {
    #[target_feature(enable = "avx512f,avx512bw,avx2,bmi1,pclmulqdq,popcnt")]
    fn run(text: &[u8], start: usize) -> Result<Span, Stop> {
        scan::<Avx512>(text, start)
    }
    // SAFETY: as above.
    unsafe { run(text, start) }
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

impl Lanes for Avx2 {
    #[inline(always)]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: only reached from `avx2_object`, entered with avx2 detected; both unaligned loads lie inside the 64 bytes.
        unsafe {
            let low = _mm256_loadu_si256(block.as_ptr().cast());
            let high = _mm256_loadu_si256(block.as_ptr().add(32).cast());
            let bits = |low: __m256i, high: __m256i| -> u64 {
                let low = _mm256_movemask_epi8(low).cast_unsigned();
                let high = _mm256_movemask_epi8(high).cast_unsigned();
                u64::from(low) | u64::from(high) << 32
            };
            let equal = |low: __m256i, high: __m256i, byte: u8| -> u64 {
                let byte = _mm256_set1_epi8(byte.cast_signed());
                bits(_mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte))
            };
            // `[` and `{`, `]` and `}` differ in bit 5 alone.
            let fold = _mm256_set1_epi8(0xDFu8.cast_signed());
            let (folded_low, folded_high) = (_mm256_and_si256(low, fold), _mm256_and_si256(high, fold));
            let limit = _mm256_set1_epi8(0x1F);
            Masks {
                quote: equal(low, high, b'"'),
                backslash: equal(low, high, b'\\'),
                open: equal(folded_low, folded_high, b'['),
                close: equal(folded_low, folded_high, b']'),
                curly: bits(_mm256_slli_epi16(low, 2), _mm256_slli_epi16(high, 2)),
                time: equal(low, high, b'T'),
                control: bits(_mm256_cmpeq_epi8(_mm256_min_epu8(low, limit), low), _mm256_cmpeq_epi8(_mm256_min_epu8(high, limit), high)),
            }
        }
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        carryless_prefix_xor(bits)
    }
}

struct Avx512;

impl Lanes for Avx512 {
    #[inline(always)]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: only reached from `avx512_object`, entered with avx512bw detected; the unaligned load is the 64 bytes.
        unsafe {
            let bytes = _mm512_loadu_si512(block.as_ptr().cast());
            let equal = |bytes: __m512i, byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
            let folded = _mm512_and_si512(bytes, _mm512_set1_epi8(0xDFu8.cast_signed()));
            Masks {
                quote: equal(bytes, b'"'),
                backslash: equal(bytes, b'\\'),
                open: equal(folded, b'['),
                close: equal(folded, b']'),
                curly: _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20)),
                time: equal(bytes, b'T'),
                control: _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)),
            }
        }
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        carryless_prefix_xor(bits)
    }
}
