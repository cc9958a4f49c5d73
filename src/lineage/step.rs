//! Ways from the start to a node, as a tree that all of them share.

use super::certainty::Certainty;
use super::closure::{Closure, Taint};
use super::graph::{Graph, Place};
use super::kind::Kind;
use crate::evidence::record::time::Micros;

/// A node as it was reached with a certainty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) place: Place,
    pub(super) level: Certainty,
    pub(super) since: Micros,
    /// The step before; none at a start.
    pub(super) parent: Option<u32>,
    /// The proving fact.
    pub(super) fact: Option<u32>,
    /// The parent is the identity that holds the credential, and not who made it.
    pub(super) by_holder: bool,
    pub(super) depth: u32,
}

/// All steps.
#[derive(Debug)]
pub(super) struct Ways {
    pub(super) ways: Vec<Way>,
    /// By level and node.
    at: [Vec<u32>; 4],
}

const NOWHERE: u32 = u32::MAX;

impl Ways {
    pub(super) fn of(graph: &Graph, closure: &Closure) -> Self {
        let mut all: Vec<(Taint, Certainty, Place)> = Vec::new();
        for level in Certainty::ALL {
            for place in 0..u32::try_from(graph.vertices.len()).unwrap_or(NOWHERE) {
                all.extend(closure.taint(place, level).map(|taint| (taint, level, place)));
            }
        }
        // Whoever hands on taint comes before whoever gets it: earlier, or in the same second of the same search.
        all.sort_unstable_by_key(|(taint, level, _)| (taint.time, level.level(), taint.turn));
        let mut ways = Self { ways: Vec::with_capacity(all.len()), at: [(); 4].map(|()| vec![NOWHERE; graph.vertices.len()]) };
        for (taint, level, place) in all {
            let way = ways.way(graph, closure, taint, level, place);
            ways.at[level.level()][place as usize] = u32::try_from(ways.ways.len()).unwrap_or(NOWHERE);
            ways.ways.push(way);
        }
        ways
    }

    fn way(&self, graph: &Graph, closure: &Closure, taint: Taint, level: Certainty, place: Place) -> Way {
        let arc = taint.arc.map(|arc| graph.arcs[arc as usize]);
        let mut way = Way { place, level, since: taint.time, parent: None, fact: arc.map(|arc| arc.fact), by_holder: false, depth: 0 };
        let Some(arc) = arc else { return way };
        way.parent = self.number(arc.from, level);
        // A key that root made for a user whom root had made is the user's: root, user, key.
        if let Some(holder) = graph.vertices[place as usize].holder.filter(|_| is_held(graph.vertices[place as usize].kind)) {
            // Strictly before, so that no way leads in a circle.
            let held = closure.level_at(holder, taint.time.saturating_sub(1)).and_then(|level| self.number(holder, level));
            if held.is_some() && holder != arc.from {
                way.parent = held;
                way.by_holder = true;
            }
        }
        way.depth = way.parent.map_or(0, |parent| self.ways[parent as usize].depth.saturating_add(1));
        way
    }

    /// The step of a node at a level.
    pub(super) fn number(&self, place: Place, level: Certainty) -> Option<u32> {
        self.at[level.level()].get(place as usize).copied().filter(|number| *number != NOWHERE)
    }
}

/// Whether a credential of that kind is shown under the identity it belongs to.
const fn is_held(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::AccessKey | Kind::LoginProfile | Kind::ServiceCredential | Kind::SigningCertificate | Kind::MfaDevice | Kind::PublicKey
    )
}
