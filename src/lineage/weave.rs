//! From facts to a graph: effects become arcs.

use super::actor::Sort;
use super::certainty::Certainty;
use super::effect::{Effect, Thing};
use super::fact::Fact;
use super::graph::{Arc, Graph, Mark, Place};
use super::kind::Kind;
use super::lives::{Being, Lives};
use super::names::{Name, Names};
use super::portal::{Portal, set_of};
use crate::evidence::record::time::Micros;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use std::collections::BTreeSet;

/// The first issue of a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issued {
    pub(super) kind: Kind,
    /// An AWS service asked for it, as EC2 and Lambda do for what runs there.
    pub(super) by_service: bool,
}

/// An assignment: since when, what, and to whom.
type Assigned = (Micros, Thing, Name);

/// Of arcs at the same time acts by the actor explain better than these.
pub(super) const VOUCHED: u8 = 3;
const TIED: u8 = 4;
/// Last of all, who came for a service.
pub(super) const VISITED: u8 = 5;

/// A graph in the making.
pub(super) struct Weave<'f> {
    pub(super) names: &'f Names,
    facts: &'f [Fact],
    /// Places of facts in order of time; those without a time at the end.
    pub(super) order: &'f [u32],
    pub(super) lives: Lives,
    pub(super) graph: Graph,
    pub(super) issued: HashMap<Name, Issued>,
    /// Sessions by `AROA...:session`: when issued, and the key.
    pub(super) issued_to: HashMap<Name, Vec<(Micros, Name)>>,
    /// Keys of which more is known than that they were used.
    pub(super) known_keys: HashSet<Name>,
    /// Starts of sessions that records tell of.
    pub(super) starts: HashMap<Mark, BTreeSet<Micros>>,
    /// Sessions of a role by their start, for issues that do not tell the name.
    pub(super) by_start: HashMap<(Name, Name, Micros), Vec<Mark>>,
    /// Functions by account, role and their own name.
    functions: HashMap<(Name, Name, Name), Vec<Thing>>,
    /// Permission sets and directory users by the name they have.
    pub(super) set_names: HashMap<Name, Vec<Thing>>,
    pub(super) user_names: HashMap<Name, Name>,
    pub(super) portal: Portal,
    /// By permission set and account.
    pub(super) assignments: HashMap<(Name, Name), Vec<Assigned>>,
    unbound: HashMap<(Thing, Thing), Vec<Micros>>,
    pub(super) tied: HashSet<Place>,
}

impl<'f> Weave<'f> {
    /// The graph of the facts. `key` and marked facts are what the trace starts from: their keys matter whoever issued them.
    pub(super) fn graph(facts: &'f [Fact], order: &'f [u32], names: &'f Names, key: Option<Name>) -> (Graph, Lives) {
        let lives = Lives::of(order.iter().map(|place| &facts[*place as usize]));
        let mut weave = Self {
            names,
            facts,
            order,
            lives,
            graph: Graph::new(),
            issued: HashMap::new(),
            issued_to: HashMap::new(),
            known_keys: key.into_iter().collect(),
            starts: HashMap::new(),
            by_start: HashMap::new(),
            functions: HashMap::new(),
            set_names: HashMap::new(),
            user_names: HashMap::new(),
            portal: Portal::default(),
            assignments: HashMap::new(),
            unbound: HashMap::new(),
            tied: HashSet::new(),
        };
        let count = u32::try_from(order.len()).expect("facts have 32-bit places");
        (0..count).for_each(|fact| weave.survey(fact));
        (0..count).for_each(|fact| weave.survey_session(fact));
        for fact in 0..count {
            let seats = weave.seats(fact);
            weave.graph.seats.push(seats);
        }
        (0..count).for_each(|fact| weave.weave(fact));
        (weave.graph, weave.lives)
    }

    pub(super) fn fact(&self, place: u32) -> &'f Fact {
        &self.facts[self.order[place as usize] as usize]
    }

    /// What other records must be known to understand one.
    fn survey(&mut self, place: u32) {
        let fact = self.fact(place);
        if fact.is_marked {
            self.known_keys.extend(fact.actor.key.some());
        }
        let Some(time) = fact.time else { return };
        let user = fact.actor.principal.some().filter(|_| fact.actor.sort == Sort::Directory);
        for effect in &fact.effects {
            self.portal.learn(effect, user, time);
            match *effect {
                Effect::Make { thing, .. } | Effect::Change(thing) if thing.kind == Kind::AccessKey => {
                    self.known_keys.insert(thing.name);
                    if matches!(effect, Effect::Make { .. }) {
                        self.issued.entry(thing.name).or_insert(Issued { kind: Kind::AccessKey, by_service: false });
                    }
                }
                Effect::Issue(issue) if !issue.key.is_none() => {
                    let by_service = fact.actor.sort == Sort::Service;
                    self.known_keys.insert(issue.key);
                    self.issued.entry(issue.key).or_insert(Issued { kind: issue.kind, by_service });
                    if !issue.principal.is_none() {
                        let issues = self.issued_to.entry(issue.principal).or_default();
                        // Both accounts of a call tell of it.
                        if issues.last().is_none_or(|(_, key)| *key != issue.key) {
                            issues.push((time, issue.key));
                        }
                    }
                }
                Effect::RunsAs { function, role, bare } => {
                    let known = self.functions.entry((role.account, role.name, bare)).or_default();
                    if !known.contains(&function) {
                        known.push(function);
                    }
                }
                Effect::Names { set, name } if set.kind == Kind::PermissionSet => self.set_names.entry(name).or_default().push(set),
                Effect::Names { set, name } => {
                    self.user_names.insert(set.name, name);
                }
                Effect::Assign { assignment, set, account, principal, .. } => {
                    self.assignments.entry((set.name, account)).or_default().push((time, assignment, principal));
                }
                Effect::Unbind { from, to } => self.unbound.entry((from, to)).or_default().push(time),
                Effect::Leave(membership) => {
                    if let Some(ends) = self.portal.memberships.get(&membership) {
                        self.unbound.entry(*ends).or_default().push(time);
                    }
                }
                _ => {}
            }
        }
    }

    fn survey_session(&mut self, place: u32) {
        let actor = &self.fact(place).actor;
        let Some(start) = actor.start else { return };
        if self.issued.contains_key(&actor.key) {
            return;
        }
        if let Some(mark) = self.session_mark(actor)
            && self.starts.entry(mark).or_default().insert(start)
            && mark.kind == Kind::RoleSession
        {
            self.by_start.entry((mark.account, mark.name, start)).or_default().push(Mark { which: start, ..mark });
        }
    }

    /// The node of a thing at a time.
    pub(super) fn being(&mut self, thing: Thing, time: Micros) -> Place {
        if thing.kind == Kind::AccessKey {
            return self.graph.key(thing.name, Kind::AccessKey);
        }
        if thing.kind.is_reusable() {
            let being = self.lives.at(thing, time);
            return self.place_of(thing.kind, being);
        }
        self.graph.place(Mark { kind: thing.kind, account: thing.account, name: thing.name, session: Name::NONE, which: 0 })
    }

    pub(super) fn place_of(&mut self, kind: Kind, being: Being) -> Place {
        let Being { account, name, life } = being;
        let place = self.graph.place(Mark { kind, account, name, session: Name::NONE, which: i64::from(life) });
        let (id, count) = (self.lives.id(kind, being), self.lives.count(kind, being));
        let vertex = self.graph.vertex(place);
        (vertex.id, vertex.namesakes) = (id, count > 1 && kind != Kind::LoginProfile);
        place
    }

    /// The node of a thing that begins or ends at a time.
    fn turning(&mut self, thing: Thing, time: Micros, begins: bool) -> Place {
        if !thing.kind.is_reusable() {
            return self.being(thing, time);
        }
        let being = if begins { self.lives.starting(thing, time) } else { self.lives.ending(thing, time) };
        self.place_of(thing.kind, being)
    }

    pub(super) fn learn_arn(&mut self, place: Place, arn: Name) {
        let vertex = self.graph.vertex(place);
        if vertex.arn.is_none() {
            vertex.arn = arn;
        }
    }

    pub(super) fn tie(&mut self, from: Place, to: Place, start: Micros, fact: u32, certainty: Certainty) {
        self.tie_until(from, to, start, Micros::MAX, fact, certainty);
    }

    fn tie_until(&mut self, from: Place, to: Place, start: Micros, end: Micros, fact: u32, certainty: Certainty) {
        self.graph.arc(Arc { from, to, time: start, end, is_tie: true, rank: TIED, certainty, fact });
    }

    fn weave(&mut self, place: u32) {
        let fact = self.fact(place);
        let Some(time) = fact.time else { return };
        for effect in &fact.effects {
            match *effect {
                Effect::Make { .. } | Effect::Renew { .. } => {
                    let (thing, holder) = match *effect {
                        Effect::Make { thing, holder } => (thing, holder),
                        Effect::Renew { thing, holder } => (thing, Some(holder)),
                        _ => continue,
                    };
                    let to = self.turning(thing, time, true);
                    let holder = holder.map(|holder| self.being(holder, time));
                    let account = holder.map_or(fact.actor.account, |holder| self.graph.vertex(holder).account);
                    let vertex = self.graph.vertex(to);
                    vertex.holder = vertex.holder.or(holder);
                    if thing.kind == Kind::AccessKey && vertex.account.is_none() {
                        vertex.account = account;
                    }
                    let certainty = if thing.kind == Kind::AccessKey { Certainty::Issued } else { Certainty::Created };
                    self.graph.act(place, to, certainty, time);
                }
                Effect::Change(thing) => {
                    let to = self.being(thing, time);
                    self.graph.act(place, to, Certainty::Changed, time);
                }
                Effect::Reach(thing) => {
                    let to = self.being(thing, time);
                    self.graph.act(place, to, Certainty::Inferred, time);
                }
                Effect::Rename { from, to } => {
                    let (from, to) = (self.turning(from, time, false), self.turning(to, time, true));
                    self.tie(from, to, time, place, Certainty::Created);
                }
                Effect::Bind { from, to } => {
                    let ends = self.unbound.get(&(from, to));
                    let end = ends.and_then(|ends| ends.get(ends.partition_point(|end| *end <= time))).copied().unwrap_or(Micros::MAX);
                    let (from, to) = (self.being(from, time), self.being(to, time));
                    self.tie_until(from, to, time, end, place, Certainty::Changed);
                }
                Effect::Issue(issue) => self.issue(place, &issue, time),
                Effect::SignIn => self.sign_in(place, &fact.actor, time),
                Effect::SwitchFrom(from) => self.switch(place, from, &fact.actor, time),
                _ => {}
            }
        }
    }

    /// Ties a session to its role, and to the instance or function whose name it bears. Sessions that no service asked for only look like those.
    pub(super) fn tie_role_session(&mut self, to: Place, role: Thing, session: Name, start: Micros, fact: u32, by_service: bool) {
        if !role.name.is_none() {
            let from = self.being(role, start);
            self.tie(from, to, start, fact, Certainty::Created);
        }
        if !by_service || session.is_none() {
            return;
        }
        if self.names.text(session).starts_with("i-") {
            let instance = Thing { kind: Kind::Instance, account: role.account, name: session, id: Name::NONE };
            let from = self.being(instance, start);
            self.tie(from, to, start, fact, Certainty::Created);
        }
        let functions = self.functions.get(&(role.account, role.name, session)).cloned().unwrap_or_default();
        for function in functions {
            let from = self.being(function, start);
            self.tie(from, to, start, fact, Certainty::Created);
        }
    }

    /// Ties a session of `AWSReservedSSO_<name>_<digits>` to the permission set of that name, to assignments of it and to who may be behind it.
    pub(super) fn tie_assignment(&mut self, to: Place, role: Thing, session: Name, start: Micros, fact: u32) {
        let Some(set) = set_of(self.names.text(role.name)) else { return };
        for (user, certainty) in self.portal_users(role.account, role.name, session, start) {
            let from = self.directory_user(user, start);
            self.tie(from, to, start, fact, certainty);
        }
        let set = self.names.find(set);
        let sets = set.and_then(|name| self.set_names.get(&name)).cloned().unwrap_or_default();
        for set in sets {
            let from = self.being(set, start);
            self.tie(from, to, start, fact, Certainty::Created);
            let given = self.assignments.get(&(set.name, role.account)).cloned().unwrap_or_default();
            for (since, assignment, principal) in given {
                let certainty = match self.user_names.get(&principal) {
                    Some(name) if *name == session => Certainty::Created,
                    Some(_) => continue,
                    None if self.portal.has_member_called(principal, session, start) => Certainty::Created,
                    // To a group, or to somebody whose name the evidence does not tell.
                    None => Certainty::Inferred,
                };
                let from = self.being(assignment, since);
                self.tie(from, to, start.max(since), fact, certainty);
            }
        }
    }
}
