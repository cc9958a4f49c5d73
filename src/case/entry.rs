//! What was found in one file of the evidence: facts that hold whatever the terms of a run.
//!
//! Reading an object gives one entry, or of an archive one for each file in it. They are what a worker hands over and what a journal keeps.

use super::table::manifest::Row;
use crate::evidence::record::logging::Event;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::ops::Deref;

/// One file of the evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<'e> {
    /// Its row of the manifest, before copies are folded.
    pub row: Row,
    /// Every labelled record in it, whatever the terms; only where a journal is to keep them.
    #[serde(borrow)]
    pub kept: Vec<Kept<'e>>,
    /// The digest that it is; only where integrity is looked at.
    #[serde(borrow)]
    pub digest: Option<StoredDigest<'e>>,
    /// Its records that explain gaps; only where integrity is looked at.
    pub events: Vec<Event>,
}

/// A labelled record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept<'e> {
    /// Its number in the file.
    pub record_index: u64,
    /// Its text.
    #[serde(borrow)]
    pub json: Bytes<'e>,
    /// As delivered, where that is not JSON.
    #[serde(borrow)]
    pub line: Option<Bytes<'e>>,
}

/// A digest as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDigest<'e> {
    /// Inflated.
    #[serde(borrow)]
    pub text: Bytes<'e>,
    /// In the object's metadata, hexadecimal.
    pub signature: Option<Box<str>>,
}

impl StoredDigest<'_> {
    /// The same, when it is in a journal no longer.
    #[must_use]
    pub fn into_owned(self) -> StoredDigest<'static> {
        StoredDigest { text: Bytes::of(&self.text), signature: self.signature }
    }
}

/// Bytes of a worker's own, or where they lie in a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes<'e>(pub Cow<'e, [u8]>);

impl Bytes<'static> {
    /// A copy.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Cow::Owned(bytes.to_vec()))
    }
}

impl Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(self)
    }
}

impl<'de: 'e, 'e> Deserialize<'de> for Bytes<'e> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(from).map(|bytes| Self(Cow::Borrowed(bytes)))
    }
}
