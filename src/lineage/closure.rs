//! What is tainted, since when, and by which way.
//!
//! For each certainty the earliest time at which a node is reached by links that are at least that sure. Taint never runs back in time: an act
//! hands it on at the time of the act if the actor had it by then, a tie as soon as both have begun. So each search is one for the shortest
//! way, and cycles and long chains cost no more than their arcs.

use super::certainty::Certainty;
use super::graph::{Arc, Graph, Place, Seats};
use crate::evidence::record::time::Micros;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Where a trace starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) place: Place,
    pub(super) time: Micros,
}

/// A node reached with a certainty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taint {
    pub(super) time: Micros,
    /// The arc that brought it; none for an origin.
    pub(super) arc: Option<u32>,
    /// Place in the order in which nodes were reached.
    pub(super) turn: u32,
}

/// Taint of all nodes, for each certainty in the order of [`Certainty::ALL`].
#[derive(Debug)]
pub(super) struct Closure {
    levels: [Vec<Option<Taint>>; 4],
}

impl Closure {
    /// Follows the arcs from the origins. Those of `lesser` are origins only where nothing else reaches them in any way.
    pub(super) fn of(graph: &Graph, origins: &[Origin], lesser: &[Origin]) -> Self {
        let leaving = Leaving::of(graph);
        let closure = Self::reach(graph, &leaving, origins);
        let unreached: Vec<Origin> = lesser.iter().copied().filter(|origin| closure.first(origin.place).is_none()).collect();
        if unreached.is_empty() {
            return closure;
        }
        let all: Vec<Origin> = origins.iter().copied().chain(unreached).collect();
        Self::reach(graph, &leaving, &all)
    }

    fn reach(graph: &Graph, leaving: &Leaving, origins: &[Origin]) -> Self {
        Self { levels: Certainty::ALL.map(|level| search(graph, leaving, origins, level)) }
    }

    /// Taint of a node with at least that certainty.
    pub(super) fn taint(&self, place: Place, level: Certainty) -> Option<Taint> {
        *self.levels[level.level()].get(place as usize)?
    }

    /// The earliest taint of a node.
    pub(super) fn first(&self, place: Place) -> Option<Taint> {
        // The weakest level has every link.
        self.taint(place, Certainty::Inferred)
    }

    /// The surest level at which a node is tainted at a time.
    pub(super) fn level_at(&self, place: Place, time: Micros) -> Option<Certainty> {
        Certainty::ALL.into_iter().find(|level| self.taint(place, *level).is_some_and(|taint| taint.time <= time))
    }

    /// The surest level at which a node is ever tainted.
    pub(super) fn best(&self, place: Place) -> Option<Certainty> {
        Certainty::ALL.into_iter().find(|level| self.taint(place, *level).is_some())
    }

    /// Who is behind a record and how sure that is; of equals the more exact.
    pub(super) fn behind(&self, seats: &Seats, time: Micros) -> Option<Behind> {
        let told = seats.iter().flatten().filter_map(|(place, link)| {
            let level = self.level_at(*place, time)?;
            Some(Behind { place: *place, level, certainty: level.min(*link) })
        });
        told.reduce(|best, other| if other.certainty > best.certainty { other } else { best })
    }
}

/// Who is behind a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Behind {
    pub(super) place: Place,
    /// At which the node is tainted.
    pub(super) level: Certainty,
    /// Of the record: no surer than what links it to the node.
    pub(super) certainty: Certainty,
}

/// Arcs by the node they leave.
struct Leaving {
    first: Vec<u32>,
    arcs: Vec<u32>,
}

impl Leaving {
    fn of(graph: &Graph) -> Self {
        let mut first = vec![0u32; graph.vertices.len() + 1];
        for arc in &graph.arcs {
            first[arc.from as usize + 1] += 1;
        }
        for place in 1..first.len() {
            first[place] += first[place - 1];
        }
        let mut next = first.clone();
        let mut arcs = vec![0u32; graph.arcs.len()];
        for (number, arc) in (0u32..).zip(&graph.arcs) {
            let slot = &mut next[arc.from as usize];
            arcs[*slot as usize] = number;
            *slot += 1;
        }
        Self { first, arcs }
    }

    fn from(&self, place: Place) -> &[u32] {
        &self.arcs[self.first[place as usize] as usize..self.first[place as usize + 1] as usize]
    }
}

/// When the arc taints its end, if its start is tainted from `since`.
pub(super) fn passes(arc: &Arc, since: Micros) -> Option<Micros> {
    let time = if arc.is_tie { arc.time.max(since) } else { arc.time };
    (since <= time && time <= arc.end).then_some(time)
}

/// Time, rank, fact, arc and node. The order of nodes and arcs is that of the facts, so ties are broken the same way every time.
type Reach = (Micros, u8, u32, Option<u32>, Place);

fn search(graph: &Graph, leaving: &Leaving, origins: &[Origin], level: Certainty) -> Vec<Option<Taint>> {
    let mut reached: Vec<Option<Taint>> = vec![None; graph.vertices.len()];
    let mut turn = 0;
    let mut queue: BinaryHeap<Reverse<Reach>> = origins.iter().map(|origin| Reverse((origin.time, 0, 0, None, origin.place))).collect();
    while let Some(Reverse((time, _, _, arc, place))) = queue.pop() {
        let slot = &mut reached[place as usize];
        if slot.is_some() {
            continue;
        }
        *slot = Some(Taint { time, arc, turn });
        turn += 1;
        for number in leaving.from(place) {
            let arc = &graph.arcs[*number as usize];
            if arc.certainty >= level
                && reached[arc.to as usize].is_none()
                && let Some(time) = passes(arc, time)
            {
                queue.push(Reverse((time, arc.rank + 1, arc.fact, Some(*number), arc.to)));
            }
        }
    }
    reached
}
