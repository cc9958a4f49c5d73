//! Standard input as one object.

use super::{Listing, Object, Place, Source, Stored, WHOLE_LIMIT};
use crate::error::Result;
use std::io::{self, Read, Seek};

/// Standard input: one object of any form, called `stdin`. It is read to its end when opened; what does not fit in memory goes
/// to a temporary file that has no name, because archives need to be read out of order.
#[derive(Debug, Clone, Copy)]
pub struct Stdin;

impl Source for Stdin {
    fn list(&self) -> Result<Listing> {
        let objects = vec![Object { uri: "stdin".to_owned(), size: 0, place: Place::Stdin, etag: None, signature: None }];
        Ok(Listing { objects, passed: Vec::new() })
    }

    fn open<'b>(&self, _: &Object, buffer: &'b mut Vec<u8>) -> io::Result<Stored<'b>> {
        let mut input = io::stdin().lock();
        buffer.clear();
        (&mut input).take(WHOLE_LIMIT as u64 + 1).read_to_end(buffer)?;
        if buffer.len() <= WHOLE_LIMIT {
            return Ok(Stored::Bytes(buffer));
        }
        let mut file = tempfile::tempfile()?;
        io::Write::write_all(&mut file, buffer)?;
        io::copy(&mut input, &mut file)?;
        file.rewind()?;
        Ok(Stored::File(file))
    }
}
