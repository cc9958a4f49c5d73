//! What bytes pass through on their way: inflated, hashed, counted.

use crate::evidence::inflate::{HISTORY, Pieces};
use crate::evidence::record::Feed;
use crate::evidence::source::WHOLE_LIMIT;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

/// Hashes what passes through, and keeps it where that is wanted and it is not too long for a digest.
pub(in crate::pipeline) struct Hashed<'t> {
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
pub(in crate::pipeline) struct Counted<R> {
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

/// Feeds a window with text that is inflated as it is read, so that it is still in the processor's cache then.
pub(in crate::pipeline) struct Inflating<'p, 's>(pub &'p mut Pieces<'s>);

/// Bytes of text inflated at a time. With what a window keeps of the text before, they fit into the second level of the cache.
pub(in crate::pipeline) const PIECE: usize = 128 << 10;

impl Feed for Inflating<'_, '_> {
    fn step(&self) -> usize {
        PIECE
    }

    fn history(&self) -> usize {
        HISTORY
    }

    fn feed(&mut self, buffer: &mut [u8], filled: &mut usize) -> io::Result<()> {
        *filled = self.0.fill(buffer, *filled);
        Ok(())
    }
}

/// Hashes what is written.
pub(in crate::pipeline) struct HashWriter<'h>(pub &'h mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
