//! One gzip member at a time, all of it in memory, by libdeflate.

use super::GZIP_MAGIC;
use libdeflate_sys as sys;
use std::fmt;
use std::ptr::NonNull;

/// Inflates whole members with libdeflate.
pub struct Inflater(NonNull<sys::libdeflate_decompressor>);

// SAFETY: the decompressor is plain memory without thread affinity; libdeflate documents that one may be used by any thread, by one at a time,
// and `&mut self` sees to the latter.
unsafe impl Send for Inflater {}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inflater")
    }
}

impl Default for Inflater {
    fn default() -> Self {
        // SAFETY: no arguments; null means that memory ran out, for which Rust's own answer is to abort as well.
        let raw = unsafe { sys::libdeflate_alloc_decompressor() };
        Self(NonNull::new(raw).expect("memory for a decompressor"))
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: allocated in `default`, freed once.
        unsafe { sys::libdeflate_free_decompressor(self.0.as_ptr()) }
    }
}

/// The size of one gzip member, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Header and trailer included.
    pub stored: usize,
    /// The text.
    pub inflated: usize,
}

impl Inflater {
    /// Inflates the first gzip member of `stored` into the front of `out`, which grows as needed and never shrinks. Gives what the
    /// member takes and gives; `None` when the stream is damaged or needs more than `limit` bytes, both of which are for
    /// [`GzipReader`](super::GzipReader) to look into.
    pub fn member(&mut self, stored: &[u8], out: &mut Vec<u8>, limit: usize) -> Option<Member> {
        let (member, checksum) = self.unchecked(stored, out, limit)?;
        checksum.holds(&out[..member.inflated]).then_some(member)
    }

    /// The same, with the checksum still to be compared: by who reads the text anyway, so that it comes out of memory once and not twice.
    ///
    /// The length in the gzip trailer is a hint only at first: it is modulo 2^32, of the last member, and anybody can write it.
    pub fn unchecked(&mut self, stored: &[u8], out: &mut Vec<u8>, limit: usize) -> Option<(Member, Checksum)> {
        let header = header(stored)?;
        let data = &stored[header..];
        let hint = stored.last_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length) as usize);
        // Deflate cannot do better than 1032:1, so a larger hint is a lie.
        let hint = hint.min(stored.len().saturating_mul(1032));
        let mut room = hint.max(64).min(limit);
        loop {
            if out.len() < room {
                out.resize(room, 0);
            }
            let (mut used, mut written) = (0, 0);
            // SAFETY: both slices are valid for the lengths given, `used` and `written` are valid for writes, and the
            // decompressor came from `default`.
            let result = unsafe {
                sys::libdeflate_deflate_decompress_ex(
                    self.0.as_ptr(),
                    data.as_ptr().cast(),
                    data.len(),
                    out.as_mut_ptr().cast(),
                    out.len().min(limit),
                    &raw mut used,
                    &raw mut written,
                )
            };
            match result {
                sys::libdeflate_result_LIBDEFLATE_SUCCESS => {
                    let [a, b, c, d, length @ ..] = *data.get(used..)?.first_chunk::<8>()?;
                    // Modulo 2^32, as RFC 1952 has it.
                    let fits = u32::from_le_bytes(length) == written as u32;
                    let checksum = Checksum { expected: u32::from_le_bytes([a, b, c, d]), sum: 0, at: 0 };
                    return fits.then_some((Member { stored: header + used + 8, inflated: written }, checksum));
                }
                sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE if out.len() < limit => {
                    room = out.len().saturating_mul(2).min(limit);
                }
                _ => return None,
            }
        }
    }
}

/// The length of a member's header (RFC 1952, section 2.3); `None` where it is none, or cut off. The checksum some headers carry is passed over.
fn header(stored: &[u8]) -> Option<usize> {
    let (start, _) = stored.split_first_chunk::<10>()?;
    let flags = start[3];
    if !start.starts_with(&GZIP_MAGIC) || flags & 0xE0 != 0 {
        return None;
    }
    let mut at = start.len();
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes(*stored.get(at..)?.first_chunk()?));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            at += memchr::memchr(0, stored.get(at..)?)? + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    (at <= stored.len()).then_some(at)
}

/// The checksum of a text, worked out piece by piece.
#[derive(Debug, Clone, Copy)]
pub struct Checksum {
    expected: u32,
    sum: u32,
    /// Where in the text it has come to.
    at: usize,
}

/// Bytes that are still in the processor's innermost cache when they are looked at a second time.
const NEAR: usize = 16 << 10;

impl Checksum {
    /// Takes in the text up to `end`, once that is worth a step.
    #[inline]
    pub fn follow(&mut self, text: &[u8], end: usize) {
        if end >= self.at + NEAR {
            self.take(text, end);
        }
    }

    fn take(&mut self, text: &[u8], end: usize) {
        let piece = text.get(self.at..end).unwrap_or_default();
        // SAFETY: the slice is valid for its length.
        self.sum = unsafe { sys::libdeflate_crc32(self.sum, piece.as_ptr().cast(), piece.len()) };
        self.at += piece.len();
    }

    /// Takes in the rest; whether the whole text is what was compressed.
    #[must_use]
    pub fn holds(mut self, text: &[u8]) -> bool {
        self.take(text, text.len());
        self.sum == self.expected
    }
}
