//! Entries: whoever comes in through a role, a resource or a provider that a traced identity has opened, and is traced by nothing else.
//!
//! It comes after a first look at who is tainted, which says who opened what, and before the last, which follows what came in. Somebody who
//! comes in is a node of its own for each door: what else that somebody does elsewhere is no affair of the door.
//!
//! An entry is certain where the policy that was written lets in who came. It is no more than a changed role tells where the same one came
//! before, or could, and where the policy cannot be read.

use super::actor::{Actor, Sort};
use super::certainty::Certainty;
use super::closure::Closure;
use super::effect::{Effect, Issue, Thing};
use super::fact::Fact;
use super::graph::{Arc, Graph, Mark, Place};
use super::guest::Guest;
use super::kind::Kind;
use super::lives::Lives;
use super::names::{Name, Names};
use super::service::is_everywhere;
use super::weave::VISITED;
use crate::evidence::record::time::Micros;
use foldhash::{HashMap, HashSet};
use std::collections::BTreeSet;

/// What is to be said of somebody who came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Remark {
    /// The same one came in before the door was opened, or was let in by another policy.
    CameBefore,
    /// Let in as many are, perhaps before the change, too.
    MayHaveComeBefore,
    /// The policy could not be read.
    Unread,
    /// Not whom the policy lets in.
    NotLetIn,
}

/// Somebody came in: the visitor and what is to be said of it.
pub(super) type Entry = (Place, Option<Remark>);

/// Who may come in, by whose doing: facts in order of time.
#[derive(Debug, Default)]
struct Held {
    traced: BTreeSet<u32>,
    others: BTreeSet<u32>,
}

/// A role or a resource as policies and lists have it at a time.
#[derive(Debug, Default)]
struct Door {
    account: Name,
    label: Name,
    /// The policy that came last: where it was written, by a traced identity or not, and whether it was understood.
    last: Option<(u32, bool, bool)>,
    /// When a traced identity first opened it.
    opened: Option<Micros>,
    /// A traced identity made it, so that nobody came in before.
    is_made: bool,
    guests: HashMap<Guest, Held>,
    ways: HashMap<Name, Vec<(Guest, u32)>>,
    /// Who was let in, and who came, before that.
    let_in: HashSet<Guest>,
    came: HashSet<(Name, Name)>,
    vouched: HashSet<Guest>,
}

impl Door {
    fn shut(&mut self, way: Option<Name>) {
        let gone: Vec<(Guest, u32)> = match way {
            Some(way) => self.ways.remove(&way).unwrap_or_default(),
            None => self.ways.drain().flat_map(|(_, guests)| guests).collect(),
        };
        for (guest, fact) in gone {
            if let Some(held) = self.guests.get_mut(&guest) {
                held.traced.remove(&fact);
                held.others.remove(&fact);
                if held.traced.is_empty() && held.others.is_empty() {
                    self.guests.remove(&guest);
                }
            }
        }
    }

    fn admit(&mut self, way: Name, guest: Guest, fact: u32, is_traced: bool) {
        for guest in [Some(guest), guest.within()].into_iter().flatten() {
            let held = self.guests.entry(guest).or_default();
            if is_traced {
                held.traced.insert(fact)
            } else {
                held.others.insert(fact)
            };
            self.ways.entry(way).or_default().push((guest, fact));
        }
    }

    /// The latest traced fact that lets in one of them, and as whom: as exactly as it says.
    fn lets_in(&self, callers: &[Guest]) -> Option<(u32, Guest)> {
        let found = callers.iter().rev().filter_map(|guest| Some((*self.guests.get(guest)?.traced.last()?, *guest)));
        found.reduce(|best, other| if other.0 > best.0 { other } else { best })
    }

    fn is_let_in_by_others(&self, callers: &[Guest]) -> bool {
        callers.iter().any(|guest| self.guests.get(guest).is_some_and(|held| !held.others.is_empty()))
    }

    fn knew(&self, who: (Name, Name), callers: &[Guest]) -> bool {
        self.came.contains(&who) || callers.iter().any(|guest| self.let_in.contains(guest) || self.vouched.contains(guest))
    }
}

/// Whether the record opens what was there before.
pub(super) fn reopens(fact: &Fact) -> bool {
    let opened = fact.effects.iter().find_map(|effect| match effect {
        Effect::Opened { door, .. } => Some(door),
        _ => None,
    });
    opened.is_some_and(|door| !makes(fact, *door))
}

fn makes(fact: &Fact, door: Thing) -> bool {
    fact.effects.iter().any(|effect| matches!(effect, Effect::Make { thing, .. } if (thing.kind, thing.name) == (door.kind, door.name)))
}

/// Puts the visitors into the graph, each behind the record of its entry.
pub(super) struct Porter<'f> {
    facts: &'f [Fact],
    order: &'f [u32],
    names: &'f Names,
    lives: &'f Lives,
    graph: &'f mut Graph,
    closure: &'f Closure,
    doors: HashMap<Mark, Door>,
    entries: Vec<Entry>,
}

impl<'f> Porter<'f> {
    /// Everybody who came in, in order of time.
    pub(super) fn entries(
        (facts, order, names, lives): (&'f [Fact], &'f [u32], &'f Names, &'f Lives),
        graph: &'f mut Graph,
        closure: &'f Closure,
    ) -> Vec<Entry> {
        let mut porter = Self { facts, order, names, lives, graph, closure, doors: HashMap::default(), entries: Vec::new() };
        let count = u32::try_from(order.len()).unwrap_or(u32::MAX);
        let mut at = 0;
        while at < count {
            let Some(time) = porter.fact(at).time else { break };
            let end = (at..count).find(|other| porter.fact(*other).time != Some(time)).unwrap_or(count);
            // What happened in the second of an opening counts as after it.
            (at..end).for_each(|fact| porter.written(fact, time));
            (at..end).for_each(|fact| porter.visited(fact, time));
            at = end;
        }
        porter.entries
    }

    fn fact(&self, place: u32) -> &'f Fact {
        &self.facts[self.order[place as usize] as usize]
    }

    fn is_traced(&self, fact: u32, time: Micros) -> bool {
        self.closure.behind(&self.graph.seats[fact as usize], time).is_some()
    }

    /// What a door is known by. An id that is unique needs no account.
    fn mark(&self, thing: Thing, time: Micros, begins: bool) -> Mark {
        if thing.kind == Kind::Role {
            let being = if begins { self.lives.starting(thing, time) } else { self.lives.at(thing, time) };
            return Mark { kind: Kind::Role, account: being.account, name: being.name, session: Name::NONE, which: i64::from(being.life) };
        }
        let noun = self.names.text(thing.name).split('/').next().unwrap_or_default();
        let account = if is_everywhere(noun) { Name::NONE } else { thing.account };
        Mark { kind: thing.kind, account, name: thing.name, session: Name::NONE, which: 0 }
    }

    fn written(&mut self, place: u32, time: Micros) {
        let fact = self.fact(place);
        let door_of = |effect: &Effect| match *effect {
            Effect::Opened { door, .. } | Effect::Admit { door, .. } | Effect::Shut { door, .. } => Some(door),
            _ => None,
        };
        let Some(first) = fact.effects.iter().find_map(door_of) else { return };
        let is_traced = self.is_traced(place, time);
        // All of one record are of one door.
        let mark = self.mark(first, time, true);
        let is_made = is_traced && makes(fact, first);
        let door = self.doors.entry(mark).or_default();
        door.account = first.account;
        let opens = fact.effects.iter().any(|effect| matches!(effect, Effect::Opened { .. }));
        if is_traced && opens && door.opened.is_none() {
            door.opened = Some(time);
            door.let_in = door.guests.keys().copied().collect();
        }
        door.is_made |= is_made;
        for effect in &fact.effects {
            match *effect {
                Effect::Opened { label, is_read, .. } => {
                    door.label = label;
                    door.last = Some((place, is_traced, is_read));
                }
                Effect::Admit { way, guest, .. } => door.admit(way, guest, place, is_traced),
                Effect::Shut { way, .. } => door.shut(way),
                _ => {}
            }
        }
    }

    fn visited(&mut self, place: u32, time: Micros) {
        let fact = self.fact(place);
        for effect in &fact.effects {
            match effect {
                Effect::Issue(issue) if issue.kind == Kind::RoleSession => self.assumed(place, fact, issue, time),
                Effect::Visit(resource) => self.fetched(place, fact, *resource, time),
                _ => {}
            }
        }
    }

    /// Somebody got a session of a role.
    fn assumed(&mut self, place: u32, fact: &Fact, issue: &Issue, time: Micros) {
        let callers = callers(&fact.actor, Some(issue), self.lives);
        let who = who(&fact.actor, self.lives);
        let is_traced = self.is_traced(place, time);
        let mut from: Option<(Place, Certainty, Option<Remark>)> = None;
        if let Some(role) = issue.role {
            let mark = self.mark(role, time, false);
            let door = self.doors.entry(mark).or_default();
            if door.opened.is_none() {
                door.came.insert(who);
                let provider = |guest: &Guest| matches!(guest, Guest::Identity(Kind::SamlProvider | Kind::OidcProvider, ..));
                door.vouched.extend(callers.iter().copied().filter(provider));
            } else if !is_traced {
                from = self.through_role(mark, &fact.actor, &callers, who);
            }
        }
        if is_traced {
            return;
        }
        // Whoever a provider vouches for comes in by what was done to the provider.
        let provider = issue.provider.map(|provider| self.lives.at(provider, time)).zip(issue.provider).and_then(|(being, provider)| {
            let mark =
                Mark { kind: provider.kind, account: being.account, name: being.name, session: Name::NONE, which: i64::from(being.life) };
            let place = self.graph.find(mark)?;
            Some((place, self.closure.level_at(place, time)?))
        });
        let Some(first) = from.map(|(first, _, _)| first).or(provider.map(|(first, _)| first)) else { return };
        let visitor = self.visitor(&fact.actor, first);
        let mut remark = None;
        if let Some((from, certainty, said)) = from {
            self.enter(place, from, visitor, certainty, time);
            remark = said;
        }
        if let Some((from, level)) = provider {
            self.enter(place, from, visitor, Certainty::Issued, time);
            if level < Certainty::Created && remark.is_none() && first == from {
                remark = Some(Remark::MayHaveComeBefore);
            }
        }
        self.graph.seats[place as usize][3] = Some((visitor, Certainty::Issued));
        // An instance or a function explains a session that a service opened for it better.
        let rank = if fact.actor.sort == Sort::Service { VISITED } else { 0 };
        for (to, certainty) in self.sessions(issue, time) {
            self.graph.arc(Arc { from: visitor, to, time, end: time, is_tie: false, rank, certainty, fact: place });
        }
        self.entries.push((visitor, remark));
    }

    /// Through which door, how sure that is, and what is to be said of it.
    fn through_role(
        &mut self,
        mark: Mark,
        actor: &Actor,
        callers: &[Guest],
        who: (Name, Name),
    ) -> Option<(Place, Certainty, Option<Remark>)> {
        let door = self.doors.get(&mark)?;
        // What somebody else has written since is theirs.
        let (_, _, is_read) = door.last.filter(|(_, is_traced, _)| *is_traced)?;
        let role = self.graph.find(mark)?;
        let known = door.is_made;
        if let Some((fact, guest)) = door.lets_in(callers) {
            if !known && door.knew(who, callers) {
                return Some((role, Certainty::Issued, Some(Remark::CameBefore)));
            }
            let is_own = guest == Guest::Anyone && actor.home == door.account || guest == Guest::Account(door.account);
            if !known && (is_own || actor.sort == Sort::Service) {
                return Some((role, Certainty::Issued, Some(Remark::MayHaveComeBefore)));
            }
            let certainty = if actor.sort == Sort::Service { Certainty::Created } else { Certainty::Issued };
            let place = self.door(mark, fact);
            return Some((place, certainty, None));
        }
        let remark = if is_read { Remark::NotLetIn } else { Remark::Unread };
        let remark = if !known && door.knew(who, callers) { Remark::CameBefore } else { remark };
        Some((role, Certainty::Issued, Some(remark)))
    }

    /// Somebody of another account got something of a resource.
    fn fetched(&mut self, place: u32, fact: &Fact, resource: Thing, time: Micros) {
        if self.is_traced(place, time) {
            return;
        }
        let mark = self.mark(resource, time, false);
        let (callers, who) = (callers(&fact.actor, None, self.lives), who(&fact.actor, self.lives));
        let Some(door) = self.doors.get_mut(&mark) else { return };
        if door.opened.is_none() {
            door.came.insert(who);
            return;
        }
        if door.account == fact.actor.home || door.is_let_in_by_others(&callers) {
            return;
        }
        let Some((opening, _)) = door.lets_in(&callers) else { return };
        let remark = Some(Remark::CameBefore).filter(|_| !door.is_made && door.knew(who, &callers));
        let certainty = if remark.is_some() { Certainty::Changed } else { Certainty::Issued };
        let from = self.door(mark, opening);
        let visitor = self.visitor(&fact.actor, from);
        self.enter(place, from, visitor, certainty, time);
        self.graph.seats[place as usize][3] = Some((visitor, Certainty::Issued));
        self.entries.push((visitor, remark));
    }

    /// The door as that record has opened it.
    fn door(&mut self, mark: Mark, fact: u32) -> Place {
        let (account, name) = self.doors.get(&mark).map_or((mark.account, mark.name), |door| (door.account, door.label));
        let mark = Mark { kind: Kind::Door, account, name, session: Name::NONE, which: i64::from(fact) };
        if let Some(place) = self.graph.find(mark) {
            return place;
        }
        let place = self.graph.place(mark);
        let time = self.fact(fact).time.unwrap_or(Micros::MAX);
        self.graph.act(fact, place, Certainty::Issued, time);
        place
    }

    fn visitor(&mut self, actor: &Actor, door: Place) -> Place {
        let name = name_of(actor, self.lives);
        // Of a session of a role the id that the record tells has its name in it.
        let session = if name.is_none() { Name::NONE } else { actor.session };
        let shown = [name, actor.told, actor.id, actor.session, actor.key].into_iter().find_map(Name::some).unwrap_or(Name::NONE);
        let mark = Mark { kind: Kind::Visitor, account: actor.home, name: shown, session, which: i64::from(door) };
        let place = self.graph.place(mark);
        let vertex = self.graph.vertex(place);
        if vertex.id.is_none() {
            vertex.id = actor.told;
        }
        if vertex.arn.is_none() {
            vertex.arn = actor.arn;
        }
        place
    }

    fn enter(&mut self, fact: u32, from: Place, to: Place, certainty: Certainty, time: Micros) {
        self.graph.arc(Arc { from, to, time, end: time, is_tie: false, rank: 0, certainty, fact });
    }

    /// What was opened: the session of the key, and sessions that other records tell of by name and start.
    fn sessions(&self, issue: &Issue, time: Micros) -> Vec<(Place, Certainty)> {
        let mark = |kind, account, name, session, which| Mark { kind, account, name, session, which };
        let key = issue.key.some().and_then(|key| self.graph.find(mark(Kind::AccessKey, Name::NONE, key, Name::NONE, 0)));
        let role = issue.role.map_or(Name::NONE, |role| role.name);
        let by_name = issue.session.some().and_then(|session| self.graph.find(mark(Kind::RoleSession, issue.account, role, session, time)));
        key.map(|place| (place, Certainty::Issued)).into_iter().chain(by_name.map(|place| (place, Certainty::Created))).collect()
    }
}

/// Who it is, whatever its session: what tells two callers of one account apart.
fn who(actor: &Actor, lives: &Lives) -> (Name, Name) {
    let name = [name_of(actor, lives), actor.id, actor.told, actor.session].into_iter().find_map(Name::some);
    (actor.home, name.unwrap_or(Name::NONE))
}

/// The name of a user or role; of somebody who is told by an id alone the name that its own account gives it.
fn name_of(actor: &Actor, lives: &Lives) -> Name {
    match actor.id.some().filter(|_| actor.sort == Sort::Outsider).and_then(|id| lives.by_id(id)) {
        Some((_, being)) => being.name,
        None => actor.name,
    }
}

/// Everything that a policy may call the actor, the widest first.
fn callers(actor: &Actor, issue: Option<&Issue>, lives: &Lives) -> Vec<Guest> {
    let mut callers = vec![Guest::Anyone];
    callers.extend(actor.home.some().map(Guest::Account));
    callers.extend(actor.id.some().map(Guest::Id));
    match actor.sort {
        Sort::User => callers.push(Guest::Identity(Kind::User, actor.account, actor.name)),
        Sort::Role => {
            callers.push(Guest::Identity(Kind::Role, actor.account, actor.name));
            callers.push(Guest::Session(actor.account, actor.name, actor.session));
        }
        Sort::Outsider => {
            // The account tells no more of a caller than where it is from, unless its own records do.
            match actor.id.some().and_then(|id| lives.by_id(id)) {
                Some((kind, being)) => callers.push(Guest::Identity(kind, being.account, being.name)),
                None => callers.extend(actor.home.some().map(Guest::Within)),
            }
        }
        _ => callers.extend([actor.told, actor.arn].into_iter().filter_map(Name::some).map(Guest::Named)),
    }
    if let Some(issue) = issue {
        callers.extend(issue.provider.map(|provider| Guest::Identity(provider.kind, provider.account, provider.name)));
        callers.extend(issue.voucher.some().map(Guest::Named));
    }
    callers
}
