//! The part of an object's text that is in memory: all of it, or a stretch that moves.

use std::borrow::Cow;
use std::io::{self, Read};

/// Bytes read at a time when an object is streamed.
const CHUNK: usize = 4 << 20;

/// Text that is either whole or read piece by piece. Offsets into it are relative to the first byte still held; [`Window::base`]
/// is that byte's offset in the object.
pub struct Window<'s> {
    text: Cow<'s, [u8]>,
    base: u64,
    source: Option<&'s mut dyn Read>,
    failure: Option<io::Error>,
}

impl<'s> Window<'s> {
    /// Text that is all there. Its first byte has offset `base`.
    #[must_use]
    pub fn whole(text: &'s [u8], base: u64) -> Self {
        Self { text: Cow::Borrowed(text), base, source: None, failure: None }
    }

    /// Text that is read as it is needed.
    pub fn streamed(source: &'s mut dyn Read) -> Self {
        Self { text: Cow::Owned(Vec::new()), base: 0, source: Some(source), failure: None }
    }

    /// What is held now.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Offset in the object of the first byte held.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Drops what lies before `at` and reads on; `at` then stands for the same byte. `false` when nothing more came. An error
    /// of the source ends the text and is kept for [`Window::into_failure`].
    pub fn slide(&mut self, at: &mut usize) -> bool {
        let Some(source) = self.source.as_mut() else { return false };
        let text = self.text.to_mut();
        text.drain(..*at);
        self.base += *at as u64;
        *at = 0;
        let held = text.len();
        text.resize(held + CHUNK, 0);
        let mut filled = held;
        while filled < text.len() {
            match source.read(&mut text[filled..]) {
                Ok(0) => {
                    self.source = None;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    self.source = None;
                    break;
                }
            }
        }
        text.truncate(filled);
        filled > held
    }

    /// The error that ended the text, if one did.
    #[must_use]
    pub fn into_failure(self) -> Option<io::Error> {
        self.failure
    }
}
