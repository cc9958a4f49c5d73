//! Masks with AVX2 and AVX-512, parity with a carry-less product.

use super::super::walk::Stop;
use super::quotes::{Found, quotes};
use super::{BLOCK, CAPITAL, CAPITAL_BITS, Lanes, Masks, REACH, Span, Way, Window, scan};
use std::arch::x86_64::*;

/// What this processor has, slowest first.
pub(super) fn available() -> impl Iterator<Item = Way> {
    let base = is_x86_feature_detected!("pclmulqdq") && is_x86_feature_detected!("popcnt");
    let avx2 = base && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1");
    let avx512 = avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
    let avx2 = avx2.then_some(("avx2", avx2_object::<false> as _, avx2_object::<true> as _, avx2_quotes as _));
    let avx512 = avx512.then_some(("avx512", avx512_object::<false> as _, avx512_object::<true> as _, avx512_quotes as _));
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

fn avx2_quotes(text: &[u8], places: &mut Vec<u32>) -> Option<Found> {
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    fn run(text: &[u8], places: &mut Vec<u32>) -> Option<Found> {
        quotes::<Avx2>(text, places)
    }
    // SAFETY: as above.
    unsafe { run(text, places) }
}

fn avx512_quotes(text: &[u8], places: &mut Vec<u32>) -> Option<Found> {
    #[target_feature(enable = "avx512f,avx512bw,avx2,bmi1,popcnt")]
    fn run(text: &[u8], places: &mut Vec<u32>) -> Option<Found> {
        quotes::<Avx512>(text, places)
    }
    // SAFETY: as above.
    unsafe { run(text, places) }
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
    // SAFETY: only reached from functions that are entered with avx2 detected.
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

/// The 64 bytes from the start of `bytes` on.
#[inline(always)]
fn avx2_load(bytes: &[u8; BLOCK]) -> (__m256i, __m256i) {
    // SAFETY: as above; both unaligned loads lie inside the 64 bytes.
    unsafe { (_mm256_loadu_si256(bytes.as_ptr().cast()), _mm256_loadu_si256(bytes.as_ptr().add(32).cast())) }
}

/// The same from `OFFSET` on.
#[inline(always)]
fn avx2_from<const OFFSET: usize>(window: &Window) -> (__m256i, __m256i) {
    avx2_load(window[OFFSET..].first_chunk().expect("an offset within reach"))
}

impl Lanes for Avx2 {
    #[inline(always)]
    fn masks<const IDS: bool>(window: &Window) -> Masks {
        let (low, high) = avx2_from::<0>(window);
        // SAFETY: only reached from functions that are entered with avx2 detected.
        unsafe {
            let all = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
            let equal = |half, byte: u8| _mm256_cmpeq_epi8(half, all(byte));
            let equals = |(low, high), byte| (equal(low, byte), equal(high, byte));
            let and =
                |one: (__m256i, __m256i), other: (__m256i, __m256i)| (_mm256_and_si256(one.0, other.0), _mm256_and_si256(one.1, other.1));
            let or =
                |one: (__m256i, __m256i), other: (__m256i, __m256i)| (_mm256_or_si256(one.0, other.0), _mm256_or_si256(one.1, other.1));
            let without = |bytes, byte| and(bytes, (all(byte), all(byte)));
            let some = |(low, high)| _mm256_movemask_epi8(_mm256_or_si256(low, high)) != 0;
            // `[` and `{`, `]` and `}` differ in bit 5 alone, as do capitals from small letters.
            let upper = without((low, high), 0xDF);
            let upper_next = without(avx2_from::<1>(window), 0xDF);
            let quote = equals((low, high), b'"');
            let v = and(quote, equals(avx2_from::<2>(window), b'v'));
            let sixth = avx2_from::<6>(window);
            let mut capital = equals(without(sixth, CAPITAL_BITS), CAPITAL);
            let mut account = 0;
            if IDS {
                capital = or(capital, equals(sixth, b'I'));
                let p = and(quote, equals(avx2_from::<5>(window), b'p'));
                let both = and(p, equals(avx2_from::<10>(window), b'A'));
                account = avx2_bits(both.0, both.1);
            }
            let key = and(v, capital);
            let control = |half| _mm256_cmpeq_epi8(_mm256_min_epu8(half, all(0x1F)), half);
            Masks {
                quote: avx2_bits(quote.0, quote.1),
                open: avx2_equal(upper.0, upper.1, b'['),
                close: avx2_equal(upper.0, upper.1, b']'),
                curly: avx2_bits(_mm256_slli_epi16(low, 2), _mm256_slli_epi16(high, 2)),
                key: avx2_bits(key.0, key.1),
                account,
                pair: some(and(equals(upper, b'O'), equals(upper_next, b'O'))),
                rare: some(or((control(low), control(high)), equals((low, high), b'\\'))),
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
    // SAFETY: only reached from functions that are entered with avx512bw detected.
    unsafe { _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed())) }
}

/// The 64 bytes from `offset` on.
#[inline(always)]
fn avx512_load<const OFFSET: usize>(window: &Window) -> __m512i {
    const { assert!(OFFSET <= REACH) };
    // SAFETY: as above; the unaligned load lies inside the window.
    unsafe { _mm512_loadu_si512(window.as_ptr().add(OFFSET).cast()) }
}

impl Lanes for Avx512 {
    #[inline(always)]
    fn masks<const IDS: bool>(window: &Window) -> Masks {
        let bytes = avx512_load::<0>(window);
        // SAFETY: only reached from functions that are entered with avx512bw detected.
        unsafe {
            let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
            let upper = _mm512_and_si512(bytes, all(0xDF));
            let upper_next = _mm512_and_si512(avx512_load::<1>(window), all(0xDF));
            let quote = avx512_equal(bytes, b'"');
            let v = _mm512_mask_cmpeq_epi8_mask(quote, avx512_load::<2>(window), all(b'v'));
            let sixth = avx512_load::<6>(window);
            let mut key = _mm512_mask_cmpeq_epi8_mask(v, _mm512_and_si512(sixth, all(CAPITAL_BITS)), all(CAPITAL));
            let mut account = 0;
            if IDS {
                key |= _mm512_mask_cmpeq_epi8_mask(v, sixth, all(b'I'));
                let p = _mm512_mask_cmpeq_epi8_mask(quote, avx512_load::<5>(window), all(b'p'));
                account = _mm512_mask_cmpeq_epi8_mask(p, avx512_load::<10>(window), all(b'A'));
            }
            let o = avx512_equal(upper, b'O');
            let pair = _mm512_mask_cmpeq_epi8_mask(o, upper_next, all(b'O'));
            let rare = _mm512_cmplt_epu8_mask(bytes, all(0x20)) | avx512_equal(bytes, b'\\');
            Masks {
                quote,
                open: avx512_equal(upper, b'['),
                close: avx512_equal(upper, b']'),
                curly: _mm512_test_epi8_mask(bytes, all(0x20)),
                key,
                account,
                pair: pair != 0,
                rare: rare != 0,
            }
        }
    }

    #[inline(always)]
    fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
        // SAFETY: as above; the unaligned load is the 64 bytes.
        avx512_equal(unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }, byte)
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        carryless_prefix_xor(bits)
    }
}
