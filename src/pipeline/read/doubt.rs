//! Bytes that may have been changed on their way.

use crate::evidence::source::s3::Head;
use crate::evidence::source::{Flow, Object};
use bytes::Bytes;
use std::io;

/// An object whose bytes came a long way.
#[derive(Clone, Copy)]
pub(super) struct Doubt<'f> {
    pub flow: &'f dyn Flow,
    pub object: &'f Object,
    pub head: &'f Head,
}

impl Doubt<'_> {
    /// Its bytes once more, where these may have been changed on the way.
    pub(super) fn better(&self, stored: &[u8]) -> io::Result<Option<Bytes>> {
        let unsettled = |error| io::Error::other(format!("it came damaged, and could not be fetched again: {error}"));
        self.flow.better(self.object, stored, self.head).map_err(unsettled)
    }
}
