//! One record on its way through a spool, and its bytes there.

use crate::evidence::record::time::Micros;
use std::hash::BuildHasher;

/// A record with what is needed to put it in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'s> {
    /// UTC; `None` where the record has none that can be read.
    pub event_time: Option<Micros>,
    /// Empty where the record has none.
    pub event_id: &'s [u8],
    /// Number of the object it was found in.
    pub object: u32,
    /// Number of the record in the object.
    pub record_index: u64,
    /// Whatever the caller wants to find again.
    pub tag: u32,
    /// The record in JSON.
    pub json: &'s [u8],
    /// The record as delivered where that is not JSON.
    pub line: Option<&'s [u8]>,
}

/// Stands for no time: no record can bear it, as the calendar starts later.
const NO_TIME: i64 = i64::MIN;

/// The time as it is sorted by: none comes first.
pub(super) fn sort_time(time: Option<Micros>) -> i64 {
    time.unwrap_or(NO_TIME)
}

/// Bytes before the texts: time, index, object, tag and three lengths.
const HEADER: usize = 8 + 8 + 4 + 4 + 3 * 4;

/// The length of a line that is not there.
const NO_LINE: u32 = u32::MAX;

fn length(text: &[u8]) -> u32 {
    // Records are at most 16 MiB, lines come out of a CSV of at most 256 MiB.
    u32::try_from(text.len()).expect("a record is far below 4 GiB")
}

impl<'s> Item<'s> {
    /// Appends the item's bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&sort_time(self.event_time).to_le_bytes());
        out.extend_from_slice(&self.record_index.to_le_bytes());
        for number in [self.object, self.tag, length(self.event_id), length(self.json), self.line.map_or(NO_LINE, length)] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(self.event_id);
        out.extend_from_slice(self.json);
        out.extend_from_slice(self.line.unwrap_or_default());
    }

    /// Takes the first item off `bytes`; `None` at their end.
    pub(super) fn take(bytes: &mut &'s [u8]) -> Option<Self> {
        let (header, mut rest) = bytes.split_at_checked(HEADER)?;
        let long = |at: usize| header[at..at + 8].try_into().map(u64::from_le_bytes).unwrap_or_default();
        let short = |at: usize| header[at..at + 4].try_into().map(u32::from_le_bytes).unwrap_or_default();
        let time = long(0).cast_signed();
        let mut text = |length: u32| {
            let (text, after) = rest.split_at_checked(length as usize)?;
            rest = after;
            Some(text)
        };
        let event_id = text(short(24))?;
        let json = text(short(28))?;
        let line = match short(32) {
            NO_LINE => None,
            length => Some(text(length)?),
        };
        *bytes = rest;
        Some(Self {
            event_time: (time != NO_TIME).then_some(time),
            event_id,
            object: short(16),
            record_index: long(8),
            tag: short(20),
            json,
            line,
        })
    }
}

/// 64 bits of an event id, the same in every run of the program.
#[must_use]
pub(crate) fn hash_of(event_id: &[u8]) -> u64 {
    foldhash::quality::FixedState::with_seed(0).hash_one(event_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_back_as_they_went_in() {
        let item = Item { event_time: None, event_id: b"id", object: 7, record_index: 1 << 40, tag: 9, json: b"{}", line: Some(b"a,b") };
        let other = Item { event_time: Some(-1), event_id: b"", line: None, ..item };
        let mut bytes = Vec::new();
        item.write(&mut bytes);
        other.write(&mut bytes);
        let mut rest = &bytes[..];
        assert_eq!([Item::take(&mut rest), Item::take(&mut rest), Item::take(&mut rest)], [Some(item), Some(other), None]);
    }
}
