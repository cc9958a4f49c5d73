//! Nodes and the arcs between them, before anything is known of taint.

use super::certainty::Certainty;
use super::kind::Kind;
use super::names::Name;
use crate::evidence::record::time::Micros;
use foldhash::{HashMap, HashMapExt};

/// A node, by number. Numbers follow the facts in order of time, so they do not depend on the order in which records were shown.
pub(super) type Place = u32;

/// What makes a node that node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Mark {
    pub(super) kind: Kind,
    pub(super) account: Name,
    pub(super) name: Name,
    pub(super) session: Name,
    /// Which life of a name, or the start of a session.
    pub(super) which: i64,
}

/// A node.
#[derive(Debug, Clone)]
pub(super) struct Vertex {
    pub(super) kind: Kind,
    pub(super) account: Name,
    pub(super) name: Name,
    pub(super) session: Name,
    pub(super) key: Name,
    pub(super) arn: Name,
    /// Unique id of a user or role; `AROA...:session` of a session.
    pub(super) id: Name,
    /// Start of a session.
    pub(super) start: Option<Micros>,
    /// The identity that a credential belongs to.
    pub(super) holder: Option<Place>,
    /// What the name stood for before or after, too.
    pub(super) namesakes: bool,
}

/// A way that taint can take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    pub(super) from: Place,
    pub(super) to: Place,
    /// Of the act, or from when on a tie holds.
    pub(super) time: Micros,
    /// Until when a tie holds.
    pub(super) end: Micros,
    /// A tie hands on taint whenever `from` gets it; an act only if `from` had it by then.
    pub(super) is_tie: bool,
    /// Of arcs at the same time the lower explains better.
    pub(super) rank: u8,
    pub(super) certainty: Certainty,
    /// Place of the proving fact in order of time.
    pub(super) fact: u32,
}

/// Those who may stand behind a record, the most exact first.
pub(super) type Seats = [Option<(Place, Certainty)>; 4];

/// Nodes and arcs.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) vertices: Vec<Vertex>,
    pub(super) arcs: Vec<Arc>,
    /// One for each fact in order of time.
    pub(super) seats: Vec<Seats>,
    index: HashMap<Mark, Place>,
}

impl Graph {
    pub(super) fn new() -> Self {
        Self { vertices: Vec::new(), arcs: Vec::new(), seats: Vec::new(), index: HashMap::new() }
    }

    /// The node of that mark.
    pub(super) fn place(&mut self, mark: Mark) -> Place {
        let vertices = &mut self.vertices;
        *self.index.entry(mark).or_insert_with(|| {
            vertices.push(Vertex {
                kind: mark.kind,
                account: mark.account,
                name: mark.name,
                session: mark.session,
                key: Name::NONE,
                arn: Name::NONE,
                id: Name::NONE,
                start: None,
                holder: None,
                namesakes: false,
            });
            u32::try_from(vertices.len() - 1).expect("fewer than 4 billion nodes fit in memory")
        })
    }

    pub(super) fn find(&self, mark: Mark) -> Option<Place> {
        self.index.get(&mark).copied()
    }

    pub(super) fn vertex(&mut self, place: Place) -> &mut Vertex {
        &mut self.vertices[place as usize]
    }

    /// The node of a key. Key ids are unique, so it has no account until one is seen.
    pub(super) fn key(&mut self, key: Name, kind: Kind) -> Place {
        let mark = Mark { kind: Kind::AccessKey, account: Name::NONE, name: key, session: Name::NONE, which: 0 };
        let is_new = self.find(mark).is_none();
        let place = self.place(mark);
        let vertex = self.vertex(place);
        if is_new {
            *vertex = Vertex { kind, key, name: Name::NONE, ..vertex.clone() };
        }
        place
    }

    /// An arc for each who may stand behind the fact.
    pub(super) fn act(&mut self, fact: u32, to: Place, certainty: Certainty, time: Micros) {
        let seats = self.seats[fact as usize];
        for (rank, (from, link)) in (0u8..).zip(seats).filter_map(|(rank, seat)| Some((rank, seat?))) {
            self.arc(Arc { from, to, time, end: time, is_tie: false, rank, certainty: certainty.min(link), fact });
        }
    }

    pub(super) fn arc(&mut self, arc: Arc) {
        if arc.from != arc.to && arc.time <= arc.end {
            self.arcs.push(arc);
        }
    }
}
