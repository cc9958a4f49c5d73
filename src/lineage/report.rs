//! From facts to a [`Lineage`]: follows the graph and numbers what is to be shown.

use super::actor::{Arn, Sort, last};
use super::certainty::Certainty;
use super::closure::{Behind, Closure, Origin, passes};
use super::doors::{self, Porter};
use super::edge::{Edge, Step, Traced};
use super::fact::Fact;
use super::findings::Findings;
use super::graph::{Graph, Mark, Place};
use super::hijack::{self, Hijack};
use super::kind::Kind;
use super::names::{Name, Names};
use super::needle::{self, Needle};
use super::node::{Node, NodeId};
use super::note::Note;
use super::notes;
use super::standing::{self, Standing};
use super::step::Ways;
use super::weave::Weave;
use super::{Span, Start};
use crate::evidence::record::time::Micros;
use foldhash::HashMap;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What grew out of the start of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Lineage {
    /// Identities and credentials, in the order in which they became tainted.
    pub nodes: Vec<Node>,
    /// What led from one to another, in order of time.
    pub edges: Vec<Edge>,
    /// Ways from the start to the nodes.
    pub steps: Vec<Step>,
    /// Records by tainted identities, in order of time.
    pub traced: Vec<Traced>,
    /// What still stands at the end.
    pub standing: Vec<Standing>,
    /// Instances launched.
    pub hijack: Hijack,
    /// What must be known beside all that.
    pub notes: Vec<Note>,
}

impl Lineage {
    /// The nodes from the start to the node of that step.
    #[must_use]
    pub fn path(&self, step: u32) -> Vec<NodeId> {
        let mut path = Vec::new();
        let mut at = Some(step);
        // A step comes after its parent in the list.
        while let Some(step) = at.and_then(|at| self.steps.get(at as usize)) {
            path.push(step.node);
            at = step.parent;
        }
        path.reverse();
        path
    }
}

/// A lineage and what it asks for.
pub(super) struct Report {
    pub(super) lineage: Lineage,
    /// What to look for next.
    pub(super) wanted: BTreeSet<Needle>,
    /// Doors that were there before a traced identity opened them.
    pub(super) reopened: usize,
}

/// Resolves the facts, and says what to look for next.
pub(super) fn report(start: &Start, span: Span, facts: &[Fact], names: &Names) -> Report {
    let mut order: Vec<u32> = (0u32..).take(facts.len()).collect();
    order.sort_unstable_by_key(|place| {
        let fact = &facts[*place as usize];
        (fact.time.unwrap_or(Micros::MAX), fact.time.is_none(), fact.handle)
    });
    let key = match start {
        Start::Key(key) => names.find(key),
        _ => None,
    };
    let (mut graph, lives) = Weave::graph(facts, &order, names, key);
    let fact_at = |place: u32| &facts[order[place as usize] as usize];
    let (origins, lesser) = origins(start, &graph, names, (0..).zip(&order).map(|(at, place)| (at, &facts[*place as usize])));
    let mut closure = Closure::of(&graph, &origins, &lesser);
    let entries = Porter::entries((facts, &order, names, &lives), &mut graph, &closure);
    if !entries.is_empty() {
        closure = Closure::of(&graph, &origins, &lesser);
    }
    let behind: Vec<Option<Behind>> = (0u32..).zip(&graph.seats).map(|(at, seats)| closure.behind(seats, fact_at(at).time?)).collect();
    let ways = Ways::of(&graph, &closure);
    let arcs = shown_arcs(&graph, &closure, &behind);
    let kept = kept(&graph, &closure, &ways, &behind, &arcs);
    let mut places: Vec<Place> = kept.into_iter().collect();
    places.sort_unstable_by_key(|place| (closure.first(*place).map(|taint| (taint.arc.is_some(), taint.time, taint.turn)), *place));
    let shown: HashMap<Place, NodeId> = places.iter().copied().zip(0..).collect();
    let findings =
        Findings { start, facts, order: &order, names, graph: &graph, closure: &closure, ways: &ways, behind: &behind, shown: &shown };

    let mut steps = Steps::default();
    let mut nodes: Vec<Node> = places.iter().zip(0..).filter_map(|(place, id)| node(&findings, *place, id, &mut steps)).collect();
    let mut traced = Vec::new();
    for (at, behind) in (0u32..).zip(&behind) {
        let (fact, Some(behind)) = (fact_at(at), *behind) else { continue };
        let (Some(time), Some(id), Some(way)) = (fact.time, shown.get(&behind.place), ways.number(behind.place, behind.level)) else {
            continue;
        };
        let step = steps.number(&findings, way);
        let depth = ways.ways[way as usize].depth;
        traced.push(Traced { handle: fact.handle, time, node: *id, depth, certainty: behind.certainty, step });
        count(&mut nodes[*id as usize], fact, time, names);
    }
    let edges = edges(&findings, &arcs, &steps);
    let until = span.to.or_else(|| facts.iter().filter_map(|fact| fact.time).max());
    let in_order = || order.iter().zip(&behind).map(|(place, behind)| (&facts[*place as usize], *behind));
    let node_of = |place: Place| shown.get(&place).copied();
    let hijack = hijack::hijack(in_order().map(|(fact, behind)| (fact, behind.is_some())), names, until, |kind, account, name| {
        node_of(graph.find(Mark { kind, account, name, session: Name::NONE, which: 0 })?)
    });
    let standing = standing::standing(in_order(), (&graph, &lives, names), node_of);
    let notes = notes::notes(&findings, (&origins, &lesser), &entries, (&nodes, &edges, &steps.steps));
    let traced_facts = || order.iter().zip(&behind).filter(|(_, behind)| behind.is_some()).map(|(place, _)| *place);
    let wanted = needle::wanted(&graph, &closure, facts, traced_facts(), names);
    let reopened = traced_facts().filter(|place| doors::reopens(&facts[*place as usize])).count();
    Report { lineage: Lineage { nodes, edges, steps: steps.steps, traced, standing, hijack, notes }, wanted, reopened }
}

/// Where the trace starts: for certain, and where nothing else leads.
fn origins<'f>(start: &Start, graph: &Graph, names: &Names, facts: impl Iterator<Item = (u32, &'f Fact)>) -> (Vec<Origin>, Vec<Origin>) {
    let mut origins: BTreeMap<Place, Micros> = BTreeMap::new();
    let mut lesser: BTreeMap<Place, Micros> = BTreeMap::new();
    let mut add = |place: Place, time: Micros| {
        let earliest = origins.entry(place).or_insert(time);
        *earliest = time.min(*earliest);
    };
    match start {
        Start::Root => {
            for (fact, time, seats) in facts.filter_map(|(at, fact)| Some((fact, fact.time?, graph.seats[at as usize]))) {
                if !fact.is_root_use {
                    continue;
                }
                let root = Mark { kind: Kind::Root, account: fact.actor.account, name: Name::NONE, session: Name::NONE, which: 0 };
                let opened = seats[0].map(|(place, _)| place).filter(|place| graph.vertices[*place as usize].kind == Kind::RootSession);
                match (fact.actor.sort, opened) {
                    (Sort::Root, Some(session)) => {
                        let time = graph.vertices[session as usize].start.map_or(time, |start| start.min(time));
                        lesser.entry(session).or_insert(time);
                    }
                    (Sort::Root | Sort::Federated, _) => graph.find(root).into_iter().for_each(|root| add(root, time)),
                    _ => {}
                }
            }
        }
        Start::Event(_) => {
            for (at, fact) in facts.filter(|(_, fact)| fact.is_marked) {
                let behind = graph.seats[at as usize].iter().flatten().next();
                if let (Some((place, _)), Some(time)) = (behind, fact.time) {
                    add(*place, time);
                }
            }
        }
        Start::Key(key) => {
            let mark = |name| Mark { kind: Kind::AccessKey, account: Name::NONE, name, session: Name::NONE, which: 0 };
            names.find(key).and_then(|key| graph.find(mark(key))).into_iter().for_each(|place| add(place, Micros::MIN));
        }
        Start::Principal(arn) => {
            let is_it = principal(arn, names);
            (0u32..).zip(&graph.vertices).filter(|(_, vertex)| is_it(vertex)).for_each(|(place, _)| add(place, Micros::MIN));
        }
    }
    let origin = |(place, time)| Origin { place, time };
    (origins.into_iter().map(origin).collect(), lesser.into_iter().map(origin).collect())
}

/// Whether a node is what an ARN names. Paths do not tell users or roles apart, and one name may be several things in the course of time.
fn principal(arn: &str, names: &Names) -> impl Fn(&super::graph::Vertex) -> bool {
    let parsed = Arn::parse(arn);
    let name = |text: Option<&str>| text.and_then(|text| names.find(text)).unwrap_or(Name::NONE);
    let account = name(parsed.map(|arn| arn.account));
    let exact = names.find(arn).unwrap_or(Name::NONE);
    let (kind, called, session) = match parsed {
        Some(arn) if arn.resource == "root" => (Some(Kind::Root), Name::NONE, Name::NONE),
        Some(arn) => match (arn.after("user/"), arn.after("role/"), arn.after("assumed-role/").and_then(|rest| rest.split_once('/'))) {
            (Some(user), ..) => (Some(Kind::User), name(Some(last(user))), Name::NONE),
            (_, Some(role), _) => (Some(Kind::Role), name(Some(last(role))), Name::NONE),
            (.., Some((role, session))) => (Some(Kind::RoleSession), name(Some(role)), name(Some(session))),
            _ => (None, Name::NONE, Name::NONE),
        },
        None => (None, Name::NONE, Name::NONE),
    };
    move |vertex| {
        let named = !called.is_none() || kind == Some(Kind::Root);
        let fits = named && kind == Some(vertex.kind) && !account.is_none() && vertex.account == account;
        let other_kind = kind.is_none() && !exact.is_none() && vertex.arn == exact;
        fits && vertex.name == called && vertex.session == session || other_kind
    }
}

/// Arcs that tainted nodes sent out, by number; of those of one record that from whom it is traced to.
fn shown_arcs(graph: &Graph, closure: &Closure, behind: &[Option<Behind>]) -> Vec<u32> {
    let is_shown = |arc: &super::graph::Arc| {
        let seats = &graph.seats[arc.fact as usize];
        let is_seat = seats.iter().flatten().any(|(place, _)| *place == arc.from);
        let is_actor = behind[arc.fact as usize].is_some_and(|behind| behind.place == arc.from);
        let tainted = closure.first(arc.from).and_then(|taint| passes(arc, taint.time)).is_some();
        !arc.is_tie && tainted && (is_actor || !is_seat)
    };
    (0u32..).zip(&graph.arcs).filter(|(_, arc)| is_shown(arc)).map(|(number, _)| number).collect()
}

/// Nodes to show: those that acted, those that were made or altered, and those on the way to them. A session that a tie alone reaches and that
/// never acted in time is nothing.
fn kept(graph: &Graph, closure: &Closure, ways: &Ways, behind: &[Option<Behind>], arcs: &[u32]) -> BTreeSet<Place> {
    let mut kept: BTreeSet<Place> = BTreeSet::new();
    let mut walked = vec![false; ways.ways.len()];
    let mut keep = |place: Place, level: Option<Certainty>| {
        let mut at = level.and_then(|level| ways.number(place, level));
        while let Some(number) = at {
            if std::mem::replace(&mut walked[number as usize], true) {
                break;
            }
            let way = &ways.ways[number as usize];
            kept.insert(way.place);
            at = way.parent;
        }
    };
    for behind in behind.iter().flatten() {
        keep(behind.place, Some(behind.level));
        keep(behind.place, closure.best(behind.place));
    }
    for arc in arcs {
        let arc = &graph.arcs[*arc as usize];
        for place in [arc.from, arc.to] {
            keep(place, closure.best(place));
        }
    }
    // Ancestors are shown by their best way, too.
    let mut open: Vec<Place> = kept.iter().copied().collect();
    let mut all = BTreeSet::new();
    while let Some(place) = open.pop() {
        if all.insert(place)
            && let Some(number) = closure.best(place).and_then(|level| ways.number(place, level))
        {
            open.extend(ways.ways[number as usize].parent.map(|parent| ways.ways[parent as usize].place));
        }
    }
    all
}

/// The steps that are shown, each after its parent.
#[derive(Default)]
pub(super) struct Steps {
    steps: Vec<Step>,
    ways: Vec<u32>,
    numbers: HashMap<u32, u32>,
}

impl Steps {
    fn number(&mut self, findings: &Findings<'_>, way: u32) -> u32 {
        let mut chain = Vec::new();
        let mut at = Some(way);
        while let Some(way) = at.filter(|way| !self.numbers.contains_key(way)) {
            chain.push(way);
            at = findings.ways.ways[way as usize].parent;
        }
        for number in chain.into_iter().rev() {
            let way = &findings.ways.ways[number as usize];
            let node = findings.shown.get(&way.place).copied().unwrap_or_default();
            let step = Step {
                node,
                certainty: way.level,
                since: way.parent.map(|_| way.since),
                parent: way.parent.and_then(|parent| self.numbers.get(&parent).copied()),
                handle: way.fact.map(|fact| findings.fact(fact).handle),
                depth: way.depth,
            };
            self.numbers.insert(number, u32::try_from(self.steps.len()).unwrap_or(u32::MAX));
            self.steps.push(step);
            self.ways.push(number);
        }
        self.numbers.get(&way).copied().unwrap_or_default()
    }
}

fn node(findings: &Findings<'_>, place: Place, id: NodeId, steps: &mut Steps) -> Option<Node> {
    let (graph, names) = (findings.graph, findings.names);
    let vertex = &graph.vertices[place as usize];
    let certainty = findings.closure.best(place)?;
    let way = findings.ways.number(place, certainty)?;
    let first = findings.closure.first(place)?;
    let text = |name: Name| names.text(name).to_owned();
    Some(Node {
        id,
        kind: vertex.kind,
        account: text(vertex.account),
        name: text(vertex.name),
        session: text(vertex.session),
        access_key_id: text(vertex.key),
        unique_id: text(vertex.id),
        arn: text(vertex.arn),
        has_namesakes: vertex.namesakes,
        tainted: first.arc.map(|_| first.time),
        certainty,
        depth: findings.ways.ways[way as usize].depth,
        step: steps.number(findings, way),
        first_seen: None,
        last_seen: None,
        records: 0,
        phases: BTreeMap::new(),
        addresses: BTreeMap::new(),
        agents: BTreeMap::new(),
    })
}

fn count(node: &mut Node, fact: &Fact, time: Micros, names: &Names) {
    node.first_seen.get_or_insert(time);
    node.last_seen = Some(time);
    node.records += 1;
    *node.phases.entry(fact.phase.map_or("none", |phase| phase.name())).or_default() += 1;
    for (counts, name) in [(&mut node.addresses, fact.address), (&mut node.agents, fact.agent)] {
        if !name.is_none() {
            *counts.entry(names.text(name).to_owned()).or_default() += 1;
        }
    }
}

/// Acts, and of ties those that a step is made of.
fn edges(findings: &Findings<'_>, arcs: &[u32], steps: &Steps) -> Vec<Edge> {
    let (graph, ways) = (findings.graph, findings.ways);
    let mut edges: Vec<Edge> = Vec::new();
    let mut add = |from: Place, to: Place, fact: u32, time: Micros, certainty: Certainty, is_act: bool| {
        let ends = (findings.shown.get(&from), findings.shown.get(&to));
        let (Some(from), Some(to)) = ends else { return };
        let fact = findings.fact(fact);
        let event = findings.names.text(fact.event).to_owned();
        edges.push(Edge { from: *from, to: *to, event, time, handle: fact.handle, certainty, is_act });
    };
    for number in arcs {
        let arc = &graph.arcs[*number as usize];
        add(arc.from, arc.to, arc.fact, arc.time, arc.certainty, true);
    }
    for way in steps.ways.iter().map(|way| &ways.ways[*way as usize]) {
        let Some(taint) = findings.closure.taint(way.place, way.level) else { continue };
        let Some(arc) = taint.arc.map(|arc| &graph.arcs[arc as usize]) else { continue };
        if arc.is_tie {
            add(arc.from, arc.to, arc.fact, taint.time, arc.certainty, false);
        }
        if let Some(holder) = way.parent.filter(|_| way.by_holder) {
            add(ways.ways[holder as usize].place, way.place, arc.fact, taint.time, arc.certainty, false);
        }
    }
    let key = |edge: &Edge| (edge.time, edge.from, edge.to, edge.is_act);
    edges.sort_by(|one, other| {
        key(one).cmp(&key(other)).then_with(|| one.event.cmp(&other.event)).then_with(|| one.handle.cmp(&other.handle))
    });
    // Copies of one record, and one tie by several ways, are one edge.
    edges.dedup_by(|later, first| key(later) == key(first) && later.event == first.event);
    edges
}
