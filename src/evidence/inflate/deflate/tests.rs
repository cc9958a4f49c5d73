//! Against libdeflate, which is the measure of what a stream is, and against text that was compressed.

use super::*;
use libdeflate_sys as sys;
use libdeflater::{CompressionLvl, Compressor};
use proptest::prelude::*;
use std::io::Write;

/// Text and bytes taken.
type Read = Option<(Vec<u8>, usize)>;

/// The most text that the tests make.
const MOST: usize = 1 << 18;

/// What libdeflate makes of a stream; `None` if it is damaged or its text longer than [`MOST`].
fn reference(stream: &[u8]) -> Read {
    let mut text = vec![0; MOST];
    let (mut used, mut length) = (0, 0);
    // SAFETY: pointers and lengths are those of live slices, and the decompressor is freed once.
    let result = unsafe {
        let decompressor = sys::libdeflate_alloc_decompressor();
        let (from, to) = (stream.as_ptr().cast(), text.as_mut_ptr().cast());
        let result = sys::libdeflate_deflate_decompress_ex(decompressor, from, stream.len(), to, MOST, &mut used, &mut length);
        sys::libdeflate_free_decompressor(decompressor);
        result
    };
    text.truncate(length);
    (result == 0).then_some((text, used))
}

/// Decodes with rooms of the given sizes, one after the other and again, moving the history to the front as a caller would. Looks on the
/// way whether there is progress and nothing is written behind the room.
fn pieces(own: &mut Deflate, stream: &[u8], rooms: &[usize]) -> Read {
    const GUARD: [u8; 64] = [0xA5; 64];
    let most = rooms.iter().max().unwrap();
    let mut buffer = vec![0; 2 * HISTORY + most + GUARD.len()];
    let (mut text, mut filled) = (Vec::new(), 0);
    own.begin();
    for room in rooms.iter().cycle() {
        if filled > 2 * HISTORY {
            buffer.copy_within(filled - HISTORY..filled, 0);
            filled = HISTORY;
        }
        let end = filled + room;
        buffer[end..end + GUARD.len()].copy_from_slice(&GUARD);
        let (out, behind) = buffer.split_at_mut(end);
        let step = own.run(stream, out, filled);
        assert!(behind.starts_with(&GUARD));
        match step {
            Err(Damaged) => return None,
            Ok(Step::More { filled: now }) => {
                assert!(now + LEAST_ROOM > end && (now > filled || *room < LEAST_ROOM), "{filled} {now} {end}");
                text.extend_from_slice(&out[filled..now]);
                filled = now;
                if text.len() > MOST {
                    return None;
                }
            }
            Ok(Step::End { filled: now, used }) => {
                text.extend_from_slice(&out[filled..now]);
                return (text.len() <= MOST).then_some((text, used));
            }
        }
    }
    None
}

/// Decodes into one buffer that has room for `room` bytes.
fn whole(own: &mut Deflate, stream: &[u8], room: usize) -> Read {
    let mut out = vec![0; room];
    own.begin();
    match own.run(stream, &mut out, 0) {
        Ok(Step::End { filled, used }) => Some((out[..filled].to_vec(), used)),
        _ => None,
    }
}

/// Every way that this processor has.
fn ways() -> [Deflate; 2] {
    [Deflate::portable(), Deflate::default()]
}

fn libdeflate(text: &[u8], level: i32) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::new(level).unwrap());
    let mut stream = vec![0; compressor.deflate_compress_bound(text.len())];
    let length = compressor.deflate_compress(text, &mut stream).unwrap();
    stream.truncate(length);
    stream
}

/// By flate2, ended and started again in the middle so that there are several blocks.
fn flate2(text: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
    let (one, two) = text.split_at(text.len() / 3);
    encoder.write_all(one).unwrap();
    encoder.flush().unwrap();
    encoder.write_all(two).unwrap();
    encoder.finish().unwrap()
}

/// Log-like, random, few letters, runs, short repetitions.
fn texts(random: &mut fastrand::Rng, length: usize) -> Vec<Vec<u8>> {
    let line = |random: &mut fastrand::Rng| format!(r#"{{"eventID":"{:032x}","eventName":"GetObject"}},"#, random.u128(..)).into_bytes();
    let log = std::iter::repeat_with(|| line(random)).flatten().take(length).collect();
    let noise = std::iter::repeat_with(|| random.u8(..)).take(length).collect();
    let letters = std::iter::repeat_with(|| random.u8(b'a'..b'e')).take(length).collect();
    let runs = std::iter::repeat_with(|| vec![random.u8(..); random.usize(1..700)]).flatten().take(length).collect();
    let mut repeated = vec![0];
    while repeated.len() < length {
        let distance = random.usize(1..40).min(repeated.len());
        for _ in 0..random.usize(1..300) {
            repeated.push(repeated[repeated.len() - distance]);
        }
        repeated.push(random.u8(..));
    }
    repeated.truncate(length);
    vec![log, noise, letters, runs, repeated]
}

fn streams(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..=12).map(|level| libdeflate(text, level)).chain((0..=9).map(|level| flate2(text, level)))
}

/// A stream written bit by bit.
#[derive(Default)]
struct Written {
    stream: Vec<u8>,
    bits: usize,
}

impl Written {
    fn put(&mut self, value: u32, count: usize) {
        for bit in 0..count {
            self.stream.resize(self.bits / 8 + 1, 0);
            self.stream[self.bits / 8] |= ((value >> bit & 1) as u8) << (self.bits % 8);
            self.bits += 1;
        }
    }

    /// A last dynamic block with these lengths, each written by itself.
    fn dynamic(litlens: &[u8], distances: &[u8]) -> Self {
        let mut written = Self::default();
        written.put(0b101, 3);
        written.put(litlens.len() as u32 - 257, 5);
        written.put(distances.len() as u32 - 1, 5);
        written.put(15, 4);
        // Four bits for each of the symbols 0 to 15, none for the repetitions, which come first.
        for i in 0..19 {
            written.put(if i < 3 { 0 } else { 4 }, 3);
        }
        for length in litlens.iter().chain(distances) {
            written.put(u32::from(length.reverse_bits() >> 4), 4);
        }
        written
    }
}

#[test]
fn what_was_compressed_is_the_text_again_whole_and_in_pieces_of_odd_sizes() {
    let mut random = fastrand::Rng::with_seed(7);
    for length in [0, 1, 2, 3, 300, 5000, 40_001] {
        for text in texts(&mut random, length) {
            for mut stream in streams(&text) {
                let used = stream.len();
                stream.extend(b"trailer!");
                let expected = Some((text.clone(), used));
                let rooms = [LEAST_ROOM + random.usize(0..9), LEAST_ROOM + random.usize(0..700), LEAST_ROOM + random.usize(0..30_000)];
                for mut own in ways() {
                    // Exactly the room that is needed, and ample room.
                    assert!(whole(&mut own, &stream, length) == expected);
                    assert!(whole(&mut own, &stream, length + 1000) == expected);
                    assert!(pieces(&mut own, &stream, &rooms) == expected);
                }
            }
        }
    }
}

#[test]
fn each_kind_of_block_is_read_and_the_end_is_given_again() {
    let stored = b"\x01\x03\x00\xfc\xffabc++";
    let fixed = [&libdeflate(&b"hello ".repeat(9), 9)[..], b"++"].concat();
    let dynamic = [&libdeflate(&texts(&mut fastrand::Rng::with_seed(7), 1500)[0], 9)[..], b"++"].concat();
    for (kind, stream) in [(0, &stored[..]), (1, &fixed), (2, &dynamic)] {
        assert_eq!(stream[0] >> 1 & 3, kind);
        for mut own in ways() {
            let mut out = vec![0; 2000];
            let end = own.run(stream, &mut out, 0).unwrap();
            let Step::End { filled, used } = end else { panic!("{end:?}") };
            assert_eq!(used, stream.len() - 2);
            assert_eq!(own.run(stream, &mut out, filled), Ok(end));
        }
    }
}

#[test]
fn a_stream_cut_anywhere_is_refused_and_the_decoder_can_be_used_again() {
    let text: Vec<u8> = (0..3000u32).flat_map(|i| format!("{} ", i * i).into_bytes()).collect();
    for stream in [libdeflate(&text, 6), libdeflate(&text[..200], 0), libdeflate(&b"fixed ".repeat(9), 1), flate2(&text, 0)] {
        for mut own in ways() {
            for end in (0..stream.len()).rev().take(2000) {
                assert_eq!(whole(&mut own, &stream[..end], MOST), None);
                assert_eq!(pieces(&mut own, &stream[..end], &[LEAST_ROOM]), None);
            }
            assert_eq!(whole(&mut own, &stream, MOST), reference(&stream));
        }
    }
}

#[test]
fn distances_before_the_text_are_refused_even_where_the_buffer_holds_something() {
    // Fixed codes: `a`, then three bytes from a distance of one, which is right, or of two.
    for (distance, expected) in [(0, Some(5)), (0b10000, None)] {
        let mut written = Written::default();
        written.put(0b011, 3);
        written.put(u32::from((0x30u8 + b'a').reverse_bits()), 8);
        written.put(0b100_0000, 7);
        written.put(distance, 5);
        written.put(0, 7);
        let used = written.stream.len();
        // Where there is little input behind, and where there is enough for the fast loop.
        for behind in [0, 100] {
            written.stream.resize(used + behind, 0);
            for mut own in ways() {
                let step = own.run(&written.stream, &mut [0; 500], 1).ok();
                assert_eq!(step, expected.map(|filled| Step::End { filled, used }));
            }
        }
    }
}

#[test]
fn codes_that_are_none_are_refused_but_for_those_of_one_symbol() {
    // Two literals, the end and the length 3, of two bits each.
    let mut litlens = [0; 258];
    for symbol in [b'a', b'b'] {
        litlens[usize::from(symbol)] = 2;
    }
    (litlens[256], litlens[257]) = (2, 2);
    let mut short = litlens;
    short[257] = 0;
    let mut many = litlens;
    many[100] = 2;
    let cases: [(&[u8], &[u8], bool); 9] = [
        (&litlens, &[1, 1], true),
        (&litlens, &[1], true),
        (&litlens, &[0], true),
        (&litlens, &[0, 1, 0], true),
        (&litlens, &[2], false),
        (&litlens, &[1, 2], false),
        (&litlens, &[1, 1, 1], false),
        (&short, &[1, 1], false),
        (&many, &[1, 1], false),
    ];
    for (litlens, distances, good) in cases {
        // `a`, `b`, three bytes from the first distance code, the end.
        let mut written = Written::dynamic(litlens, distances);
        for code in [0b00, 0b10, 0b11] {
            written.put(code, 2);
        }
        written.put(0, 1);
        written.put(0b01, 2);
        let expected = reference(&written.stream);
        assert_eq!(expected.is_some(), good, "{distances:?}");
        for mut own in ways() {
            assert_eq!(whole(&mut own, &written.stream, MOST), expected);
        }
    }
}

/// What can happen to a stream.
#[derive(Debug, Clone)]
enum Harm {
    Flip(prop::sample::Index, u8),
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index),
    Splice(prop::sample::Index, Vec<u8>),
}

impl Harm {
    fn any() -> impl Strategy<Value = Self> {
        let at = any::<prop::sample::Index>;
        prop_oneof![
            4 => (at(), 0..8u8).prop_map(|(at, bit)| Self::Flip(at, bit)),
            2 => (at(), any::<u8>()).prop_map(|(at, byte)| Self::Set(at, byte)),
            1 => at().prop_map(Self::Cut),
            1 => at().prop_map(Self::Remove),
            1 => (at(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Self::Splice(at, bytes)),
        ]
    }

    fn befall(&self, stream: &mut Vec<u8>) {
        if stream.is_empty() {
            return;
        }
        let length = stream.len();
        match self {
            Self::Flip(at, bit) => stream[at.index(length)] ^= 1 << bit,
            Self::Set(at, byte) => stream[at.index(length)] = *byte,
            Self::Cut(at) => stream.truncate(at.index(length)),
            Self::Remove(at) => _ = stream.remove(at.index(length)),
            Self::Splice(at, bytes) => {
                let at = at.index(length);
                stream.splice(at..at, bytes.iter().copied());
            }
        }
    }
}

fn agree(stream: &[u8], rooms: &[usize]) {
    let expected = reference(stream);
    for mut own in ways() {
        assert!(whole(&mut own, stream, MOST) == expected);
        assert!(pieces(&mut own, stream, rooms) == expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn harmed_streams_are_read_or_refused_as_libdeflate_does(
        seed in any::<u64>(),
        length in 0..9000usize,
        kind in 0..5usize,
        way in 0..23usize,
        harms in prop::collection::vec(Harm::any(), 0..4),
        rooms in prop::collection::vec(LEAST_ROOM..5000, 1..4),
    ) {
        let text = &texts(&mut fastrand::Rng::with_seed(seed), length)[kind];
        let mut stream = streams(text).nth(way).unwrap();
        harms.iter().for_each(|harm| harm.befall(&mut stream));
        agree(&stream, &rooms);
    }

    #[test]
    fn invented_codes_are_read_or_refused_as_libdeflate_does(
        seed in any::<u64>(),
        litlens in 257..=288usize,
        distances in 1..=32usize,
        off in prop::option::weighted(0.1, any::<prop::sample::Index>()),
        data in prop::collection::vec(any::<u8>(), 0..3 * PAIRS_PAY),
        rooms in prop::collection::vec(LEAST_ROOM..5000, 1..4),
    ) {
        let random = &mut fastrand::Rng::with_seed(seed);
        let mut lengths = [complete(random, litlens), complete(random, distances)];
        if let Some(at) = off {
            *at.get_mut(&mut lengths[1]) ^= 1;
        }
        let mut written = Written::dynamic(&lengths[0], &lengths[1]);
        data.iter().for_each(|&byte| written.put(u32::from(byte), 8));
        agree(&written.stream, &rooms);
    }
}

/// The lengths of a complete code, made by splitting codes at random, of some of so many symbols; the one for the end is among them.
fn complete(random: &mut fastrand::Rng, symbols: usize) -> Vec<u8> {
    let mut codes = vec![0u8];
    let deep = random.bool();
    for _ in 1..random.usize(1..=symbols) {
        let last = codes.len() - 1;
        let at = if deep && random.u8(0..4) > 0 { last } else { random.usize(0..=last) };
        if codes[at] < 15 {
            codes[at] += 1;
            codes.push(codes[at]);
        }
    }
    let mut lengths = vec![0; symbols];
    lengths[..codes.len()].copy_from_slice(&codes);
    random.shuffle(&mut lengths);
    if let (Some(0), Some(other)) = (lengths.get(256), lengths.iter().position(|&length| length > 0)) {
        lengths.swap(256, other);
    }
    lengths
}
