//! Finds what a reader must be told beside the lineage itself.

use super::Start;
use super::certainty::Certainty;
use super::closure::Origin;
use super::doors::{Entry, Remark};
use super::edge::{Edge, Step};
use super::effect::{Effect, Thing};
use super::findings::Findings;
use super::graph::{Mark, Place};
use super::kind::Kind;
use super::names::Name;
use super::node::{Node, NodeId};
use super::note::{MANY_CHILDREN, Note};
use foldhash::{HashMap, HashSet, HashSetExt};
use std::collections::{BTreeMap, BTreeSet};

/// Steps back from a session in which a circle is looked for.
const CIRCLE: usize = 64;

pub(super) fn notes(
    findings: &Findings<'_>,
    (origins, lesser): (&[Origin], &[Origin]),
    entries: &[Entry],
    (nodes, edges, steps): (&[Node], &[Edge], &[Step]),
) -> Vec<Note> {
    let mut notes: BTreeSet<Note> = BTreeSet::new();
    of_start(findings, origins, lesser, &mut notes);
    of_records(findings, &mut notes);
    of_issues(findings, nodes, edges, steps, &mut notes);
    of_entries(findings, entries, &mut notes);
    of_openings(findings, &mut notes);
    for node in nodes {
        if node.has_namesakes {
            notes.insert(Note::NameReused { node: node.id });
        }
        let called = |text: &str| text.eq_ignore_ascii_case("root") || text.to_ascii_lowercase().ends_with(":root");
        let is_called = match node.kind {
            Kind::User | Kind::Role | Kind::DirectoryUser => called(&node.name),
            Kind::RoleSession | Kind::FederatedSession => called(&node.session) || called(&node.name),
            _ => false,
        };
        if is_called {
            notes.insert(Note::LooksLikeRoot { node: node.id });
        }
    }
    let mut children: BTreeMap<NodeId, HashSet<NodeId>> = BTreeMap::new();
    for edge in edges {
        children.entry(edge.from).or_default().insert(edge.to);
    }
    let many = children.into_iter().map(|(node, children)| (node, children.len() as u64)).filter(|(_, count)| *count > MANY_CHILDREN);
    notes.extend(many.map(|(node, children)| Note::ManyChildren { node, children }));
    notes.extend(cycles(nodes, steps));
    notes.into_iter().collect()
}

fn of_start(findings: &Findings<'_>, origins: &[Origin], lesser: &[Origin], notes: &mut BTreeSet<Note>) {
    if origins.is_empty() && lesser.is_empty() {
        notes.insert(Note::StartNotFound);
    }
    if matches!(findings.start, Start::Event(_)) {
        let records = findings.facts.iter().filter(|fact| fact.is_marked).count() as u64;
        if records > 1 {
            notes.insert(Note::EventIdShared { records });
        }
    }
    let origin = |origin: &Origin| findings.closure.first(origin.place).is_some_and(|taint| taint.arc.is_none());
    for lesser in lesser.iter().filter(|lesser| origin(lesser)) {
        notes.extend(findings.shown.get(&lesser.place).map(|node| Note::PrivilegedStart { node: *node }));
    }
    if !matches!(findings.start, Start::Root) {
        let issued: HashSet<Place> = findings.graph.arcs.iter().filter(|arc| !arc.is_tie).map(|arc| arc.to).collect();
        for origin in origins.iter().filter(|origin| !issued.contains(&origin.place)) {
            let vertex = &findings.graph.vertices[origin.place as usize];
            if vertex.kind.is_signing() {
                notes.extend(findings.shown.get(&origin.place).map(|node| Note::OriginUnknown { node: *node }));
            }
        }
    }
}

/// Records that bear a tainted credential and are not traced.
fn of_records(findings: &Findings<'_>, notes: &mut BTreeSet<Note>) {
    let mut early: BTreeMap<NodeId, (u64, u64)> = BTreeMap::new();
    let mut timeless: BTreeMap<NodeId, (u64, u64)> = BTreeMap::new();
    for (at, seats) in (0u32..).zip(&findings.graph.seats) {
        let fact = findings.fact(at);
        if findings.behind[at as usize].is_some() {
            continue;
        }
        let tainted = seats.iter().flatten().find_map(|(place, link)| {
            let node = *findings.shown.get(place)?;
            // Made by a tainted identity, and not only altered: before that it was not there.
            let made = *link == Certainty::Issued && findings.closure.taint(*place, Certainty::Created).is_some();
            let is_key = findings.graph.vertices[*place as usize].kind.is_signing();
            Some((node, made && is_key))
        });
        let counts = match (fact.time, tainted) {
            (None, Some((node, _))) => timeless.entry(node),
            (Some(_), Some((node, true))) => early.entry(node),
            _ => continue,
        };
        counts.or_insert((0, fact.handle)).0 += 1;
    }
    notes.extend(early.into_iter().map(|(node, (records, handle))| Note::UsedBeforeIssue { node, records, handle }));
    notes.extend(timeless.into_iter().map(|(node, (records, handle))| Note::NoTime { node, records, handle }));
}

/// Sessions that nothing but their role, user or issuer leads to.
fn of_issues(findings: &Findings<'_>, nodes: &[Node], edges: &[Edge], steps: &[Step], notes: &mut BTreeSet<Note>) {
    let acted: HashSet<NodeId> = edges.iter().filter(|edge| edge.is_act).map(|edge| edge.to).collect();
    // A session that an identity outside the lineage opened has its record.
    let issued: HashSet<Place> = findings.graph.arcs.iter().filter(|arc| !arc.is_tie).map(|arc| arc.to).collect();
    let places: HashMap<NodeId, Place> = findings.shown.iter().map(|(place, node)| (*node, *place)).collect();
    for node in nodes {
        let is_session = matches!(node.kind, Kind::RoleSession | Kind::FederatedSession | Kind::ConsoleSession);
        if !is_session || acted.contains(&node.id) || !node.access_key_id.is_empty() {
            continue;
        }
        let parent = steps.get(node.step as usize).and_then(|step| step.parent).and_then(|parent| steps.get(parent as usize));
        let by_name = parent.and_then(|parent| nodes.get(parent.node as usize));
        let by_name = by_name.is_some_and(|parent| matches!(parent.kind, Kind::Role | Kind::User | Kind::Root));
        if by_name && places.get(&node.id).is_some_and(|place| !issued.contains(place)) {
            notes.insert(Note::IssueMissing { node: node.id });
        }
    }
}

/// Who came in, where more is to be said of it than that.
fn of_entries(findings: &Findings<'_>, entries: &[Entry], notes: &mut BTreeSet<Note>) {
    for (visitor, remark) in entries {
        let (Some(node), Some(remark)) = (findings.shown.get(visitor).copied(), remark) else { continue };
        notes.insert(match remark {
            Remark::CameBefore => Note::CameBefore { node },
            Remark::MayHaveComeBefore => Note::MayHaveComeBefore { node },
            Remark::Unread => Note::PolicyUnread { node },
            Remark::NotLetIn => Note::NotLetIn { node },
        });
    }
}

/// What was opened that cannot be followed, or not to its end.
fn of_openings(findings: &Findings<'_>, notes: &mut BTreeSet<Note>) {
    let mut unfollowed: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    let effects = || findings.facts.iter().flat_map(|fact| fact.effects.iter());
    let mut assigned: HashSet<Name> = HashSet::new();
    let mut named: HashSet<Name> = HashSet::new();
    for effect in effects() {
        match effect {
            Effect::Assign { principal, .. } => drop(assigned.insert(*principal)),
            Effect::Names { set, .. } => drop(named.insert(set.name)),
            _ => {}
        }
    }
    let node_of = |thing: Thing| {
        let mark = Mark { kind: thing.kind, account: thing.account, name: thing.name, session: Name::NONE, which: 0 };
        findings.shown.get(&findings.graph.find(mark)?).copied()
    };
    for (at, _) in (0u32..).zip(findings.behind).filter(|(_, behind)| behind.is_some()) {
        let fact = findings.fact(at);
        for effect in &fact.effects {
            match *effect {
                Effect::Unfollowed(what) => {
                    let key = (findings.names.text(fact.event), findings.names.text(what));
                    unfollowed.entry(key).or_insert((0, fact.handle)).0 += 1;
                }
                Effect::Bind { from, to } if from.kind == Kind::DirectoryGroup => {
                    let Some(node) = node_of(to) else { continue };
                    notes.extend((!assigned.contains(&from.name)).then_some(Note::GroupUnknown { node }));
                    notes.extend((!named.contains(&to.name)).then_some(Note::UserUnnamed { node }));
                }
                Effect::Assign { assignment, set, is_group, .. } => {
                    let Some(node) = node_of(assignment) else { continue };
                    if !named.contains(&set.name) {
                        notes.insert(Note::SetUnnamed { node });
                    } else if is_group {
                        notes.insert(Note::MembersUnknown { node });
                    }
                }
                _ => {}
            }
        }
    }
    notes.extend(unfollowed.into_iter().map(|((event, what), (records, handle))| Note::NotFollowed {
        event: event.to_owned(),
        what: what.to_owned(),
        records,
        handle,
    }));
}

/// Sessions of a role that a session of the same role leads to by way of another.
fn cycles(nodes: &[Node], steps: &[Step]) -> Vec<Note> {
    let mut told: HashSet<(&str, &str)> = HashSet::new();
    let mut notes = Vec::new();
    for node in nodes.iter().filter(|node| node.kind == Kind::RoleSession && !node.name.is_empty()) {
        let mut at = steps.get(node.step as usize).and_then(|step| step.parent);
        for _ in 0..CIRCLE {
            let Some(step) = at.and_then(|at| steps.get(at as usize)) else { break };
            let before = &nodes[step.node as usize];
            if before.kind == Kind::RoleSession && before.account == node.account && before.name == node.name {
                if told.insert((&node.account, &node.name)) {
                    notes.push(Note::RoleCycle { node: node.id });
                }
                break;
            }
            at = step.parent;
        }
    }
    notes
}
