//! Where evidence lies, and how its stored bytes are had.
//!
//! A source lists objects and opens them; it does not look inside. Archives are no sources: an archive is an object, and what it holds
//! are objects again ([`archive`]), wherever it came from.

pub mod archive;
mod disk;
pub mod key;
mod stdin;
mod tree;

pub use disk::Disk;
pub use key::{Key, Kind};
pub use stdin::Stdin;

use crate::error::Result;
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// Objects up to this size are read into memory as a whole, in stored bytes. It is also the size above which inflated text is streamed.
pub const WHOLE_LIMIT: usize = 64 << 20;

/// One stored object.
#[derive(Debug, Clone)]
pub struct Object {
    /// How the object is called in tables: its path as the user would write it.
    pub uri: String,
    /// Stored bytes.
    pub size: u64,
    /// Where its source finds it.
    pub place: Place,
}

/// Where an object lies.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file; its path only where that is not the object's name, letter for letter.
    File(Option<PathBuf>),
    /// Standard input.
    Stdin,
}

/// Something that is there but is not read, and why.
#[derive(Debug, Clone)]
pub struct Passed {
    /// As [`Object::uri`].
    pub uri: String,
    /// Stored bytes, 0 where unknown.
    pub size: u64,
    /// Why it is not read.
    pub why: Why,
}

/// Why something is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is the same file as another one that is read.
    SameAs(String),
    /// A symbolic link that leads back to a folder above it.
    SymlinkLoop,
    /// A socket, pipe or device.
    NotAFile,
    /// The folder that the case is written to.
    CaseFolder,
    /// It cannot be reached; evidence may be lost.
    Unreadable(String),
}

/// What a source holds.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// What will be read, sorted by URI.
    pub objects: Vec<Object>,
    /// What will not.
    pub passed: Vec<Passed>,
}

/// The stored bytes of an object.
pub enum Stored<'b> {
    /// All of them.
    Bytes(&'b [u8]),
    /// Too many to hold; to be read from a file, from its start.
    File(File),
}

/// A place to read evidence from. Listing comes first and is complete before the first object is opened; opening may happen on many threads
/// at once and blocks on I/O only.
pub trait Source: Sync {
    /// Finds the objects.
    ///
    /// # Errors
    /// When the place itself is not there. What is missing or unreadable within it is listed as passed.
    fn list(&self) -> Result<Listing>;

    /// Opens an object of the listing; bytes go into `buffer`, replacing what was there.
    ///
    /// # Errors
    /// When the object cannot be read.
    fn open<'b>(&self, object: &Object, buffer: &'b mut Vec<u8>) -> io::Result<Stored<'b>>;
}
