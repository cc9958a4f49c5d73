//! What the parts of a report share.

use super::Start;
use super::closure::{Behind, Closure};
use super::fact::Fact;
use super::graph::{Graph, Place};
use super::names::Names;
use super::node::NodeId;
use super::step::Ways;
use foldhash::HashMap;

/// What the parts of a report share.
pub(super) struct Findings<'f> {
    pub(super) start: &'f Start,
    pub(super) facts: &'f [Fact],
    pub(super) order: &'f [u32],
    pub(super) names: &'f Names,
    pub(super) graph: &'f Graph,
    pub(super) closure: &'f Closure,
    pub(super) ways: &'f Ways,
    /// Who of the tainted is behind each fact, in order of time.
    pub(super) behind: &'f [Option<Behind>],
    /// Numbers of the nodes that are shown.
    pub(super) shown: &'f HashMap<Place, NodeId>,
}

impl<'f> Findings<'f> {
    /// The fact at that place in order of time.
    pub(super) fn fact(&self, place: u32) -> &'f Fact {
        &self.facts[self.order[place as usize] as usize]
    }
}
