//! What a lineage tells of one step from an identity or credential to another.

use super::certainty::Certainty;
use super::node::NodeId;
use crate::evidence::record::time::Micros;
use serde::Serialize;

/// One thing that led to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// Who acted, vouched or held.
    pub from: NodeId,
    /// What came of it.
    pub to: NodeId,
    /// The event that proves it, for example `CreateAccessKey`; of a tie between a session and its role the first record of the session.
    pub event: String,
    /// When it led there.
    pub time: Micros,
    /// The record that proves it.
    pub handle: u64,
    /// How sure this one step is.
    pub certainty: Certainty,
    /// Whether `from` acted, or is what `to` has its rights or its name from.
    pub is_act: bool,
}

/// One step of a way from the start. Ways share their beginnings, so a million records cost no more than the nodes they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The node reached.
    pub node: NodeId,
    /// The weakest link so far.
    pub certainty: Certainty,
    /// Since when the node is tainted by this way; `None` where the trace starts from it, whenever it was used.
    pub since: Option<Micros>,
    /// The step before, in [`Lineage::steps`](super::Lineage::steps).
    pub parent: Option<u32>,
    /// The record that proves the step.
    pub handle: Option<u64>,
    /// Steps from the start.
    pub depth: u32,
}

/// A record by a tainted identity, at or after its taint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Traced {
    /// The record.
    pub handle: u64,
    /// Of the record.
    pub time: Micros,
    /// Who is behind it, as exactly as is known.
    pub node: NodeId,
    /// Steps from the start; root is 0.
    pub depth: u32,
    /// The weakest link of the way to the node and of that from the node to the record.
    pub certainty: Certainty,
    /// The last step of its way; [`Lineage::path`](super::Lineage::path) has all of them.
    pub step: u32,
}
