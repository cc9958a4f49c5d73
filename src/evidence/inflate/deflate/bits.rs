//! The compressed bits, read with care: one byte at a time where fewer than eight are left, and zeros behind the end.

/// A place in the stream and the bits that follow it.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    pub input: &'a [u8],
    /// The byte to be loaded next; goes on behind the end of the input, where the bytes are taken for zeros.
    pub at: usize,
    /// The bits to be used next, lowest first. Above `left` of them there are either zeros or more of the bits that follow, never others.
    pub bits: u64,
    /// How many may be used, at most 63.
    pub left: u32,
}

/// Bits that there are at least after [`Bits::refill`].
pub(super) const FILLED: u32 = 56;

impl<'a> Bits<'a> {
    /// At the bit `skip`, below eight, of the byte `at`.
    pub(super) fn new(input: &'a [u8], at: usize, skip: u32) -> Self {
        let mut bits = Self { input, at, bits: 0, left: 0 };
        bits.refill();
        bits.take(skip);
        bits
    }

    /// Sees to it that [`FILLED`] bits may be used.
    #[inline]
    pub(super) fn refill(&mut self) {
        if let Some(word) = self.input.get(self.at..).and_then(|rest| rest.first_chunk()) {
            self.bits |= u64::from_le_bytes(*word) << self.left;
            self.at += ((63 - self.left) / 8) as usize;
            self.left |= FILLED;
        } else {
            while self.left < FILLED {
                self.bits |= u64::from(self.input.get(self.at).copied().unwrap_or(0)) << self.left;
                self.at += 1;
                self.left += 8;
            }
        }
    }

    /// The next `count` bits, which must be there and fewer than 32.
    #[inline]
    pub(super) fn peek(&self, count: u32) -> u32 {
        self.bits as u32 & ((1 << count) - 1)
    }

    /// Takes `count` bits, which must be there.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let taken = self.peek(count);
        self.bits >>= count;
        self.left -= count;
        taken
    }

    /// The first byte of which no bit was used.
    #[inline]
    pub(super) fn whole(&self) -> usize {
        self.at - (self.left / 8) as usize
    }

    /// Bits behind the end of the input were used.
    #[inline]
    pub(super) fn cut(&self) -> bool {
        self.whole() > self.input.len()
    }

    /// Where to go on, as [`Bits::new`] takes it: byte and bit.
    pub(super) fn place(&self) -> (usize, u32) {
        let skip = (8 - self.left % 8) % 8;
        (self.whole() - usize::from(skip > 0), skip)
    }
}
