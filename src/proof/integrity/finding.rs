//! What a validation comes to: chains, what they cover, and what does not fit.

use crate::evidence::record::time::{self, Micros};
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A log or digest is not what a digest says.
    HashMismatch,
    /// A digest is not what was signed.
    SignatureInvalid,
    /// An object lies elsewhere than it was delivered to.
    Moved,
    /// No digest for an hour.
    MissingDigest,
    /// An object that should be a digest is none.
    UnreadableDigest,
    /// A log that a digest names is not there.
    MissingLog,
    /// A log that no digest names, in an hour that one covers.
    UnreferencedLog,
    /// Bytes after the part of a log that the digest covers.
    AppendedData,
    /// The checksum at a log's end is damaged; its text is what the digest says.
    GzipTrailerDamaged,
    /// A chain that starts again with no link to the digests before.
    Restart,
    /// A digest whose signature is nowhere to be found.
    NewestUnverifiable,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Of the trail's records.
    pub account: String,
    /// Of delivery.
    pub region: String,
    /// The start of the hour that it is about.
    #[serde(serialize_with = "moment")]
    pub from: Micros,
    /// Its end.
    #[serde(serialize_with = "moment")]
    pub to: Micros,
    /// What.
    pub kind: Kind,
    /// The object; of one that is not there, the place it should be.
    pub uri: String,
    /// What was found, as a sentence.
    pub reason: String,
}

fn moment<S: Serializer>(time: &Micros, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time::format(*time))
}

/// What a digest is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// Signed by a key that was given.
    Valid,
    /// The next digest has its hash, but no key was given for its signature.
    ChainOnly,
    /// Nothing vouches for it.
    Unverified,
    /// It is not what was signed or hashed.
    Broken,
}

/// An hour that a digest covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Of the trail's records.
    pub account: String,
    /// Of delivery.
    pub region: String,
    /// UTC.
    pub from: Micros,
    /// UTC.
    pub to: Micros,
    /// What the digest is worth.
    pub worth: Worth,
    /// Logs that it names.
    pub logs: u64,
    /// Whether all of them are there and as it says.
    pub complete: bool,
    /// Whether it was written afterwards, for logs that the regular digest missed; by itself it does not cover the hour.
    pub backfill: bool,
    /// Whether its trail was seen to record management events: a trail of data events only vouches for logs that tell nothing of root.
    pub records_management: bool,
    /// The digest.
    pub uri: String,
}

/// The digests of an account, a region and a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// Of the trail's records.
    pub account: String,
    /// Of delivery.
    pub region: String,
    /// The trail's name.
    pub trail: String,
    /// The trail's home region.
    pub home_region: String,
    /// Whether it is the chain of digests written afterwards.
    pub backfill: bool,
    /// The start of the first.
    #[serde(serialize_with = "moment")]
    pub from: Micros,
    /// The end of the last.
    #[serde(serialize_with = "moment")]
    pub to: Micros,
    /// Digests.
    pub digests: u64,
    /// Those signed by a key that was given.
    pub valid: u64,
    /// Logs that they name.
    pub logs: u64,
    /// The worst of its digests.
    pub worth: Worth,
    /// What does not fit.
    pub findings: u64,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Validation {
    /// By account, region and trail.
    pub chains: Vec<Chain>,
    /// By account, region and hour.
    pub findings: Vec<Finding>,
    /// What each digest covers.
    pub covered: Vec<Covered>,
    /// The buckets that digests say they were delivered to.
    pub buckets: BTreeSet<String>,
    /// URIs of the logs that no digest names, in order; some of them lie in an hour that a digest covers and are findings, too.
    pub uncovered_logs: Vec<String>,
    /// Public keys that digests are signed with and that were not given.
    pub missing_keys: Vec<MissingKey>,
}

/// A public key that digests are signed with and that was not given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MissingKey {
    /// Region of the digests; each has keys of its own.
    pub region: String,
    /// Fingerprint of the key, as the digests name it.
    pub fingerprint: String,
    /// Start of the first hour that a digest signed with it covers.
    #[serde(serialize_with = "moment")]
    pub from: Micros,
    /// End of the last.
    #[serde(serialize_with = "moment")]
    pub to: Micros,
    /// Digests signed with it.
    pub digests: u64,
    /// The command of the AWS CLI that fetches it.
    pub command: String,
}
