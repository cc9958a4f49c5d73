//! The part of an object's text that is in memory: all of it, or a stretch that moves.

use std::io::{self, Read};

/// Where text comes from that is not all there.
pub trait Feed {
    /// Bytes that are asked for at a time.
    fn step(&self) -> usize;

    /// Bytes before the next ones that it wants to find where it wrote them.
    fn history(&self) -> usize;

    /// Writes what comes next into `buffer`, from `filled` on, and moves `filled` as far as it came: nowhere when the text has ended.
    ///
    /// # Errors
    /// Those of the source, after which it is not asked again. What came before counts.
    fn feed(&mut self, buffer: &mut [u8], filled: &mut usize) -> io::Result<()>;
}

/// Feeds what a reader gives.
struct Stream<'s>(&'s mut dyn Read);

impl Feed for Stream<'_> {
    fn step(&self) -> usize {
        4 << 20
    }

    fn history(&self) -> usize {
        0
    }

    fn feed(&mut self, buffer: &mut [u8], filled: &mut usize) -> io::Result<()> {
        while *filled < buffer.len() {
            match self.0.read(&mut buffer[*filled..]) {
                Ok(0) => break,
                Ok(count) => *filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Text that is either whole or comes piece by piece. Offsets into it are relative to the first byte still held; [`Window::base`]
/// is that byte's offset in the object.
pub struct Window<'s> {
    held: Held<'s>,
    base: u64,
}

enum Held<'s> {
    Whole(&'s [u8]),
    Moving(Moving<'s>),
}

struct Moving<'s> {
    buffer: Vec<u8>,
    /// What is held of the text, in the buffer.
    start: usize,
    end: usize,
    feed: Box<dyn Feed + 's>,
    ended: bool,
    failure: Option<io::Error>,
}

impl<'s> Window<'s> {
    /// Text that is all there. Its first byte has offset `base`.
    #[must_use]
    pub fn whole(text: &'s [u8], base: u64) -> Self {
        Self { held: Held::Whole(text), base }
    }

    /// Text that is read as it is needed.
    pub fn streamed(source: &'s mut dyn Read) -> Self {
        Self::fed(Vec::new(), 0, Stream(source))
    }

    /// Text of which `filled` bytes are in `buffer`, and of which the rest comes as it is needed.
    pub fn fed(buffer: Vec<u8>, filled: usize, feed: impl Feed + 's) -> Self {
        let moving = Moving { buffer, start: 0, end: filled, feed: Box::new(feed), ended: false, failure: None };
        Self { held: Held::Moving(moving), base: 0 }
    }

    /// What is held now.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        match &self.held {
            Held::Whole(text) => text,
            Held::Moving(Moving { buffer, start, end, .. }) => &buffer[*start..*end],
        }
    }

    /// Offset in the object of the first byte held.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Drops what lies before `at` and reads on; `at` then stands for the same byte. `false` when nothing more came. An error
    /// of the source ends the text and is kept for [`Window::into_parts`].
    pub fn slide(&mut self, at: &mut usize) -> bool {
        let Held::Moving(Moving { buffer, start, end, feed, ended, failure }) = &mut self.held else { return false };
        if *ended {
            return false;
        }
        let wanted = *start + *at;
        let kept = wanted.min(end.saturating_sub(feed.history()));
        buffer.copy_within(kept..*end, 0);
        self.base += *at as u64;
        (*start, *end, *at) = (wanted - kept, *end - kept, 0);
        let (held, room) = (*end, *end + feed.step());
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        *failure = feed.feed(&mut buffer[..room], end).err();
        *ended = *end == held || failure.is_some();
        *end > held
    }

    /// The buffer, and the error that ended the text, if one did.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, Option<io::Error>) {
        match self.held {
            Held::Whole(_) => (Vec::new(), None),
            Held::Moving(Moving { buffer, failure, .. }) => (buffer, failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Repeats what it wrote seven bytes ago, after a start of its own.
    struct Echo(usize);

    impl Feed for Echo {
        fn step(&self) -> usize {
            5
        }

        fn history(&self) -> usize {
            7
        }

        fn feed(&mut self, buffer: &mut [u8], filled: &mut usize) -> io::Result<()> {
            while *filled < buffer.len() && self.0 > 0 {
                buffer[*filled] = buffer[*filled - 7];
                *filled += 1;
                self.0 -= 1;
            }
            if self.0 == 0 { Err(io::Error::other("no more")) } else { Ok(()) }
        }
    }

    #[test]
    fn what_a_feed_looks_back_to_stays_and_what_is_read_moves_on() {
        let mut window = Window::fed(b"abcdefg".to_vec(), 7, Echo(20));
        let (mut at, mut read) = (0, Vec::new());
        loop {
            // A reader that leaves three bytes for the next time.
            let text = window.text();
            let count = text.len().saturating_sub(3);
            read.extend_from_slice(&text[..count]);
            at += count;
            if !window.slide(&mut at) {
                break;
            }
            assert_eq!((at, window.base()), (0, read.len() as u64));
        }
        read.extend_from_slice(&window.text()[at..]);
        assert_eq!(String::from_utf8(read).unwrap(), "abcdefg".repeat(4)[..27]);
        assert!(window.into_parts().1.is_some());
    }
}
