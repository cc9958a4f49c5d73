//! Whether logs are as CloudTrail delivered them, and all there: its hourly signed digests, checked without a network.
//!
//! ```text
//! digests + hashes of inflated logs -> chain (signature, previous hash, logs, gaps) -> findings, and what each hour is worth
//! ```
//!
//! Works on what the pipeline found and hashed; opens nothing and reads no clock. A signature vouches for a digest's bytes, a digest for its logs'
//! bytes and for the digest before it. Without keys only the hashes bind: that shows an edit, not a rewrite of everything.

pub(crate) mod chain;
pub(crate) mod digest;
mod finding;
mod gaps;
pub(crate) mod keys;
mod match_up;
pub(crate) mod signatures;
#[cfg(test)]
mod tests;

pub(crate) use chain::{Evidence, validate};
pub(crate) use digest::Digest;
pub use finding::Validation;
pub(crate) use finding::{Chain, Covered, Finding, Kind, MissingKey, Worth};
pub use keys::Keys;

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// An object of the evidence, as far as integrity goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'e> {
    /// Its name.
    pub uri: &'e str,
    /// Of the inflated first member, or of text that was not compressed; `None` where it could not be inflated.
    pub hash: Option<Hash>,
    /// Bytes follow the first gzip member.
    pub appended: bool,
    /// The checksum at the end of the gzip is cut or wrong.
    pub trailer_damaged: bool,
    /// Why its bytes could not be read.
    pub lost: Option<&'e str>,
    /// Whether it is a log, by its records or by its name.
    pub is_log: bool,
    /// Whether it holds a management event of the account in its key.
    pub management_event: bool,
}

/// A digest of the evidence.
#[derive(Debug, Clone)]
pub(crate) struct Found<'e> {
    /// Its name.
    pub uri: &'e str,
    /// What it says, or why it is none.
    pub digest: Result<Digest, String>,
    /// Hexadecimal, where the object's metadata or an export of it told.
    pub signature: Option<String>,
    /// Bytes follow the first gzip member.
    pub appended: bool,
    /// The checksum at the end of the gzip is cut or wrong.
    pub trailer_damaged: bool,
}
