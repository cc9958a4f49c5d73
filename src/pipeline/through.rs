//! What bytes pass through on their way: hashed, counted.

use crate::inflate::Checksum;
use crate::source::WHOLE_LIMIT;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

/// Hashes what passes through, and keeps it where that is wanted and it is not too long for a digest.
pub(super) struct Hashed<'t> {
    pub inner: &'t mut dyn Read,
    pub hasher: Sha256,
    pub kept: Option<Vec<u8>>,
}

impl Read for Hashed<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.hasher.update(&out[..count]);
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(&out[..count]);
            if kept.len() > WHOLE_LIMIT {
                self.kept = None;
            }
        }
        Ok(count)
    }
}

/// Counts what passes through.
pub(super) struct Counted<R> {
    pub inner: R,
    pub count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.count += count as u64;
        Ok(count)
    }
}

/// Compares the checksum of a text behind who reads it.
pub(super) struct Follow<'t> {
    pub text: &'t [u8],
    pub checksum: Checksum,
}

impl Follow<'_> {
    /// The reader has come to this byte.
    #[inline]
    pub fn up_to(&mut self, offset: u64) {
        self.checksum.follow(self.text, usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len()));
    }

    /// The reader is done; whether the text is what was compressed.
    pub fn holds(self) -> bool {
        self.checksum.holds(self.text)
    }
}

/// Hashes what is written.
pub(super) struct HashWriter<'h>(pub &'h mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
