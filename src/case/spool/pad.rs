//! The texts of the records that a scan keeps: a few in memory, many in an unnamed temporary file.
//!
//! Each worker writes to a pad of its own and gets back where a text lies; when all is read the pads are joined to [`Texts`].

use memmap2::Mmap;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

/// Bytes a pad gathers before it writes them; a scan that keeps less than this needs no file.
const HELD: usize = 4 << 20;

/// Where a record's text lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pad: u32,
    at: u64,
    json: u32,
    line: Option<u32>,
}

impl Place {
    /// Whether the record was delivered as something other than JSON.
    #[must_use]
    pub fn has_line(&self) -> bool {
        self.line.is_some()
    }
}

/// Where one worker puts texts.
#[derive(Debug, Default)]
pub struct Pad {
    number: u32,
    folder: Option<PathBuf>,
    bytes: Vec<u8>,
    written: u64,
    file: Option<File>,
    failure: Option<io::Error>,
}

impl Pad {
    /// A pad; `number` tells it from others that will be joined with it. Without a folder everything stays in memory.
    #[must_use]
    pub fn new(number: u32, folder: Option<PathBuf>) -> Self {
        Self { number, folder, ..Self::default() }
    }

    /// Keeps a record and, where that is not how it was delivered, the line it came as. What goes wrong is told by [`Texts::new`].
    pub fn push(&mut self, json: &[u8], line: Option<&[u8]>) -> Place {
        let at = self.written + self.bytes.len() as u64;
        self.bytes.extend_from_slice(json);
        self.bytes.extend_from_slice(line.unwrap_or_default());
        // Records are at most 16 MiB, lines come out of a CSV of at most 256 MiB.
        let length = |text: &[u8]| u32::try_from(text.len()).expect("a record is far below 4 GiB");
        if self.bytes.len() >= HELD && self.folder.is_some() {
            self.flush();
        }
        Place { pad: self.number, at, json: length(json), line: line.map(length) }
    }

    /// Whether a text could not be kept.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    fn flush(&mut self) {
        let Some(folder) = &self.folder else { return };
        let outcome = (|| {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(tempfile::tempfile_in(folder)?),
            };
            // In small pieces, for the reason given where runs are written.
            self.bytes.chunks(super::write::CHUNK).try_for_each(|chunk| file.write_all(chunk))
        })();
        self.written += self.bytes.len() as u64;
        self.bytes.clear();
        if let Err(error) = outcome {
            self.failure.get_or_insert(error);
        }
    }
}

/// All texts that were kept.
#[derive(Debug, Default)]
pub struct Texts(Vec<Sheet>);

#[derive(Debug)]
enum Sheet {
    Held(Vec<u8>),
    Mapped(Mmap),
}

impl Texts {
    /// Joins pads, which must be numbered from zero without a gap.
    ///
    /// # Errors
    /// When something could not be written or cannot be mapped.
    pub fn new(mut pads: Vec<Pad>) -> io::Result<Self> {
        pads.sort_by_key(|pad| pad.number);
        let sheet = |mut pad: Pad| {
            if pad.file.is_some() {
                pad.flush();
            }
            match (pad.failure, pad.file) {
                (Some(error), _) => Err(error),
                // SAFETY: the file has no name and no other handle, so nobody can change or cut it while it is mapped.
                (None, Some(file)) => Ok(Sheet::Mapped(unsafe { Mmap::map(&file) }?)),
                (None, None) => Ok(Sheet::Held(pad.bytes)),
            }
        };
        pads.into_iter().map(sheet).collect::<io::Result<_>>().map(Self)
    }

    fn at(&self, pad: u32, at: u64, length: u32) -> &[u8] {
        let bytes = match &self.0[pad as usize] {
            Sheet::Held(bytes) => &bytes[..],
            Sheet::Mapped(map) => map,
        };
        // Another text in its place, or none, would be a record that is lost in silence.
        let start = usize::try_from(at).expect("a text is in memory, so its place is a number of this machine");
        bytes.get(start..start + length as usize).expect("a place is in the pad that gave it")
    }

    /// The record in JSON.
    #[must_use]
    pub fn json(&self, place: &Place) -> &[u8] {
        self.at(place.pad, place.at, place.json)
    }

    /// The record as delivered.
    #[must_use]
    pub fn delivered(&self, place: &Place) -> &[u8] {
        match place.line {
            Some(line) => self.at(place.pad, place.at + u64::from(place.json), line),
            None => self.json(place),
        }
    }

    /// Gives the memory of what was read back to the system; it can be read again.
    pub fn release(&self) {
        for sheet in &self.0 {
            if let Sheet::Mapped(map) = sheet {
                super::release(map);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        for folder in [None, Some(folder.path().to_path_buf())] {
            let mut pads = vec![Pad::new(1, folder.clone()), Pad::new(0, folder)];
            let text = |index: usize| format!("{index}-").repeat(index * 7 + 1).into_bytes();
            let places: Vec<Place> =
                (0..1500).map(|index| pads[index % 2].push(&text(index), (index % 3 == 0).then_some(&b"a,b"[..]))).collect();
            let texts = Texts::new(pads).unwrap();
            texts.release();
            for (index, place) in places.iter().enumerate() {
                assert_eq!(texts.json(place), text(index));
                assert_eq!(texts.delivered(place), if place.has_line() { b"a,b".to_vec() } else { text(index) });
            }
        }
    }
}
