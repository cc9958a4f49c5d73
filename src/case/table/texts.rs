//! Columns of text under construction, and which of a column's rows hold a value.

use polars::prelude::ArrowDataType;
use polars_arrow::array::{Array, BinaryArray};
use polars_arrow::bitmap::{Bitmap, MutableBitmap};
use polars_arrow::offset::{Offsets, OffsetsBuffer};

/// Which rows hold a value.
#[derive(Debug, Default)]
pub(super) struct Validity {
    bits: MutableBitmap,
    nulls: usize,
}

impl Validity {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { bits: MutableBitmap::with_capacity(capacity), nulls: 0 }
    }

    pub(super) fn push(&mut self, valid: bool) {
        self.bits.push(valid);
        self.nulls += usize::from(!valid);
    }

    pub(super) fn freeze(self) -> Option<Bitmap> {
        (self.nulls > 0).then(|| self.bits.freeze())
    }
}

/// Texts laid end to end.
#[derive(Debug)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    offsets: Vec<i64>,
    validity: Validity,
}

impl Texts {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let mut offsets = Vec::with_capacity(capacity + 1);
        offsets.push(0);
        Self { bytes: Vec::new(), offsets, validity: Validity::with_capacity(capacity) }
    }

    pub(super) fn push(&mut self, value: Option<&str>) {
        self.bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
        self.offsets.push(self.bytes.len() as i64);
        self.validity.push(value.is_some());
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The bytes of the text at a place.
    pub(super) fn get(&self, place: usize) -> &[u8] {
        let at = |place: usize| usize::try_from(self.offsets[place]).unwrap_or(0);
        &self.bytes[at(place)..at(place + 1)]
    }

    pub(super) fn into_array(self) -> Box<dyn Array> {
        let offsets: Offsets<i64> = self.offsets.try_into().expect("offsets only grow");
        // Bytes to Arrow, which would look through all of it once more for what only `str`s went into; text by the schema of the file.
        BinaryArray::new(ArrowDataType::LargeBinary, OffsetsBuffer::from(offsets), self.bytes.into(), self.validity.freeze()).boxed()
    }
}
