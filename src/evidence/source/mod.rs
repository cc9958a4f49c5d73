//! Where evidence lies, and how its stored bytes are had.
//!
//! A source lists objects and opens them; it does not look inside. Archives are no sources: an archive is an object, and what it holds
//! are objects again ([`archive`]), wherever it came from.

pub(crate) mod archive;
mod copies;
mod disk;
pub(crate) mod key;
pub(crate) mod results;
pub(crate) mod s3;
pub(crate) mod sidecar;
mod stdin;
mod tree;

pub use disk::Disk;
pub(crate) use disk::files;
pub use key::{Key, Kind};
pub(crate) use s3::S3;
pub use stdin::Stdin;

use crate::error::Result;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Objects up to this size are read into memory as a whole, in stored bytes. It is also the size above which inflated text is streamed.
pub(crate) const WHOLE_LIMIT: usize = 64 << 20;

/// One stored object.
#[derive(Debug, Clone)]
pub struct Object {
    /// How the object is called in tables: its path as the user would write it.
    pub uri: String,
    /// Stored bytes.
    pub size: u64,
    /// Where its source finds it.
    pub place: Place,
    /// The entity tag that S3 gave it, without quotes.
    pub etag: Option<Box<str>>,
    /// The signature in its user metadata, hexadecimal, where that is known: digests have one.
    pub signature: Option<Box<str>>,
}

/// Where an object lies.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file; its path only where that is not the object's name, letter for letter.
    File(Option<PathBuf>),
    /// Standard input.
    Stdin,
    /// A key of a bucket; the object's name tells both.
    S3,
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
    /// A finished case, or converted records: results of this program, not evidence.
    Case,
    /// It cannot be reached; evidence may be lost.
    Unreadable(String),
}

impl Why {
    /// Whether evidence may be lost by it.
    #[must_use]
    pub const fn is_loss(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameAs(first) => write!(out, "same file as `{first}`, read once"),
            Self::SymlinkLoop => out.write_str("symbolic link loop"),
            Self::NotAFile => out.write_str("not a regular file"),
            Self::CaseFolder => out.write_str("the folder of results itself"),
            Self::Case => out.write_str("case: results of rootline, not evidence"),
            Self::Unreadable(error) => write!(out, "cannot be read: {error}"),
        }
    }
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

    /// Starts to list and fetch at the same time, where the place is so far away that waiting for one before the other would cost much. What
    /// is `known` comes without its bytes. A source that flows is not listed and opened as well.
    fn flow(&self, known: Known) -> Option<Box<dyn Flow + '_>> {
        drop(known);
        None
    }

    /// What was asked of a service, for the summary.
    fn asked(&self) -> Option<s3::Report> {
        None
    }
}

/// Whether what an object holds is known already, so that it need not be fetched.
pub type Known = Arc<dyn Fn(&Object) -> bool + Send + Sync>;

/// What a flow brings.
#[derive(Debug)]
pub enum Step {
    /// An object, or why it did not come.
    Arrived(s3::Arrival),
    /// An object that was said to be known.
    Known(Object),
    /// As in a listing.
    Passed(Passed),
}

/// Objects in the order in which they come, on many threads at once. The order differs from run to run.
pub trait Flow: Sync {
    /// The next one; blocks until there is one, and gives `None` when there will be none.
    fn next(&self) -> Option<Step>;

    /// Objects found so far, and their stored bytes.
    fn found(&self) -> (u64, u64);

    /// The bytes of an object once more, where those that came with `head` are doubtful and may have been changed on the way; `None` where the
    /// object is like that.
    ///
    /// # Errors
    /// When that cannot be found out.
    fn better(&self, object: &Object, bytes: &[u8], head: &s3::Head) -> io::Result<Option<bytes::Bytes>>;
}
