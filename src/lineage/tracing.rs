//! A finished trace: what grew out of its start, with the records that prove it.

use super::Lineage;
use crate::case::spool::{Place, Texts};
use crate::case::table::manifest::Row;
use crate::root::Class;

/// A record that was looked at, by its handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    /// The pass that found it.
    pub pass: u32,
    pub object: u32,
    pub record_index: u64,
    pub text: Place,
    pub class: Option<Class>,
}

/// Records of one pass.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub texts: Texts,
    pub uris: Vec<String>,
}

/// What a pass looked for and found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Progressed {
    /// Texts looked for.
    pub needles: u64,
    /// Records that hold one.
    pub records: u64,
    /// Of them new ones.
    pub new: u64,
}

/// A finished trace.
#[derive(Debug)]
pub struct Tracing {
    /// What grew out of the start.
    pub lineage: Lineage,
    /// The passes after the first.
    pub passes: Vec<Progressed>,
    /// Objects of which a pass lost something, by name.
    pub lost: Vec<Row>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) kept: Vec<Pass>,
}

/// A record that was traced, as it lies in the evidence.
#[derive(Debug, Clone, Copy)]
pub struct Found<'t> {
    /// As JSON.
    pub json: &'t [u8],
    /// Its object.
    pub uri: &'t str,
    /// Its number in the object.
    pub record_index: u64,
    /// What it has to do with root.
    pub class: Option<Class>,
    /// From event history CSV.
    pub degraded: bool,
}

impl Tracing {
    /// The record of a handle.
    ///
    /// # Panics
    /// With a handle that is not of this trace.
    #[must_use]
    pub fn record(&self, handle: u64) -> Found<'_> {
        let piece = &self.pieces[usize::try_from(handle).expect("a handle is a place in memory")];
        let pass = &self.kept[piece.pass as usize];
        Found {
            json: pass.texts.json(&piece.text),
            uri: &pass.uris[piece.object as usize],
            record_index: piece.record_index,
            class: piece.class,
            degraded: piece.text.has_line(),
        }
    }
}
