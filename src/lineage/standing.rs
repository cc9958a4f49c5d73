//! What traced records made or changed and nobody has undone in the evidence.
//!
//! Of temporary credentials those are listed that nobody has used in the evidence, with their end where it is told: what was used is traced, and
//! ends by itself, in hours. What stands by the evidence may have been undone after it.

use super::certainty::Certainty;
use super::closure::Behind;
use super::command::{self, Subject};
use super::effect::{Effect, Slot, Thing};
use super::fact::Fact;
use super::graph::{Graph, Mark};
use super::kind::Kind;
use super::lives::{Being, Lives};
use super::names::{Name, Names};
use super::node::NodeId;
use crate::evidence::record::time::Micros;
use foldhash::{HashMap, HashSet};
use serde::Serialize;

/// One thing that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// What was done.
    pub slot: Slot,
    /// To what kind of thing.
    pub kind: Kind,
    /// Twelve digits; empty where no record tells.
    pub account: String,
    /// Of the record.
    pub region: String,
    /// The thing.
    pub name: String,
    /// The policy, the group, the device, whom a role trusts; empty where there is none.
    pub detail: String,
    /// Its node, if it has one.
    pub node: Option<NodeId>,
    /// Since when.
    pub since: Micros,
    /// How sure it is that a tainted identity did it.
    pub certainty: Certainty,
    /// Of keys and the like: whether it was last switched on or off; `None` if neither was seen.
    pub active: Option<bool>,
    /// Of temporary credentials: when they end, if the record of their issue tells.
    pub ends: Option<Micros>,
    /// The records that prove it, in order of time.
    pub handles: Vec<u64>,
    /// AWS CLI commands that show it, as text for the account it is in. In angle brackets what the evidence does not tell.
    pub review: Vec<String>,
    /// AWS CLI commands that contain it, as text.
    pub contain: Vec<String>,
}

struct Entry {
    since: Micros,
    region: Name,
    detail: Name,
    certainty: Certainty,
    active: Option<bool>,
    ends: Option<Micros>,
    handles: Vec<u64>,
}

/// Everything that stands so far.
#[derive(Default)]
struct Ledger {
    entries: HashMap<(Mark, Slot, Name), Entry>,
    /// Slots of a thing, those long cleared among them.
    slots: HashMap<Mark, HashSet<(Slot, Name)>>,
    /// Credentials of an identity.
    held: HashMap<Mark, Vec<Mark>>,
    /// Memberships in groups of an identity store, by id.
    memberships: HashMap<Name, (Thing, Name)>,
}

impl Ledger {
    fn clear_all(&mut self, mark: Mark) {
        for (slot, detail) in self.slots.remove(&mark).unwrap_or_default() {
            self.entries.remove(&(mark, slot, detail));
        }
        for held in self.held.remove(&mark).unwrap_or_default() {
            for (slot, detail) in self.slots.remove(&held).unwrap_or_default() {
                self.entries.remove(&(held, slot, detail));
            }
        }
    }

    fn set(&mut self, fact: &Fact, behind: Behind, time: Micros, (mark, slot, detail): (Mark, Slot, Name)) {
        self.set_as(fact, behind, time, (mark, slot, keyed(slot, detail)), detail);
    }

    fn set_as(&mut self, fact: &Fact, behind: Behind, time: Micros, key: (Mark, Slot, Name), detail: Name) {
        let (mark, slot, _) = key;
        let slots = &mut self.slots;
        let entry = self.entries.entry(key).or_insert_with(|| {
            slots.entry(mark).or_default().insert((slot, key.2));
            Entry { since: time, region: fact.region, detail, certainty: behind.certainty, active: None, ends: None, handles: Vec::new() }
        });
        entry.detail = detail;
        entry.certainty = entry.certainty.max(behind.certainty);
        entry.handles.push(fact.handle);
    }

    fn move_to(&mut self, from: Mark, to: Mark) {
        for (slot, detail) in self.slots.remove(&from).unwrap_or_default() {
            if let Some(entry) = self.entries.remove(&(from, slot, detail)) {
                self.entries.insert((to, slot, detail), entry);
                self.slots.entry(to).or_default().insert((slot, detail));
            }
        }
    }
}

/// What tells two of one slot apart.
fn keyed(slot: Slot, detail: Name) -> Name {
    if matches!(slot, Slot::TrustChanged | Slot::ProfileAssociated | Slot::SessionOpened) { Name::NONE } else { detail }
}

#[derive(Clone, Copy)]
enum Moment {
    Begins,
    During,
    Ends,
}

fn mark(lives: &Lives, thing: Thing, time: Micros, moment: Moment) -> Mark {
    let Thing { kind, account, name, .. } = thing;
    if !kind.is_reusable() {
        let account = if kind == Kind::AccessKey { Name::NONE } else { account };
        return Mark { kind, account, name, session: Name::NONE, which: 0 };
    }
    let Being { account, name, life } = match moment {
        Moment::Begins => lives.starting(thing, time),
        Moment::During => lives.at(thing, time),
        Moment::Ends => lives.ending(thing, time),
    };
    Mark { kind, account, name, session: Name::NONE, which: i64::from(life) }
}

/// Goes through the facts in order of time; `behind` tells who of the tainted is behind each.
pub(super) fn standing<'f>(
    facts: impl Iterator<Item = (&'f Fact, Option<Behind>)>,
    (graph, lives, names): (&Graph, &Lives, &Names),
    node_of: impl Fn(u32) -> Option<NodeId>,
) -> Vec<Standing> {
    let mut ledger = Ledger::default();
    let mut keys: Vec<Name> = Vec::new();
    for (fact, behind) in facts {
        let Some(time) = fact.time else { continue };
        keys.extend(fact.actor.key.some());
        for effect in &fact.effects {
            apply(&mut ledger, fact, behind, time, *effect, lives);
        }
    }
    let used: HashSet<Name> = keys.into_iter().collect();
    ledger.entries.retain(|(mark, slot, _), _| *slot != Slot::SessionOpened || !used.contains(&mark.name));
    let mut all: Vec<Standing> =
        ledger.entries.into_iter().map(|((mark, slot, _), entry)| told(mark, slot, entry, (graph, names), &node_of)).collect();
    all.sort_by(|one, other| {
        let key = |one: &Standing| (one.since, one.slot, one.kind);
        let texts = |one: &Standing| [one.account.clone(), one.name.clone(), one.detail.clone()];
        key(one).cmp(&key(other)).then_with(|| one.handles.cmp(&other.handles)).then_with(|| texts(one).cmp(&texts(other)))
    });
    all
}

fn apply(ledger: &mut Ledger, fact: &Fact, behind: Option<Behind>, time: Micros, effect: Effect, lives: &Lives) {
    match effect {
        Effect::Make { thing, holder: owner } => {
            let Some(behind) = behind else { return };
            let made = mark(lives, thing, time, Moment::Begins);
            ledger.set(fact, behind, time, (made, Slot::Made, Name::NONE));
            if let Some(owner) = owner {
                ledger.held.entry(mark(lives, owner, time, Moment::During)).or_default().push(made);
            }
        }
        Effect::Renew { thing, holder } => {
            let begun = mark(lives, thing, time, Moment::Begins);
            let before = mark(lives, thing, time, Moment::Ends);
            if before != begun {
                ledger.clear_all(before);
            }
            let Some(behind) = behind else { return };
            ledger.set(fact, behind, time, (begun, Slot::PasswordSet, Name::NONE));
            ledger.held.entry(mark(lives, holder, time, Moment::During)).or_default().push(begun);
        }
        Effect::Set { slot, on, detail } => {
            let moment = if slot == Slot::TrustChanged { Moment::Begins } else { Moment::During };
            let mark = mark(lives, on, time, moment);
            match behind {
                Some(behind) if slot == Slot::Opened => ledger.set_as(fact, behind, time, (mark, slot, on.id), detail),
                Some(behind) => ledger.set(fact, behind, time, (mark, slot, detail)),
                None if slot.is_overwritten() => {
                    ledger.entries.remove(&(mark, slot, keyed(slot, detail)));
                }
                None => {}
            }
        }
        Effect::Issue(issue) if !issue.key.is_none() => {
            let Some(behind) = behind else { return };
            let mark = Mark { kind: Kind::AccessKey, account: Name::NONE, name: issue.key, session: Name::NONE, which: 0 };
            ledger.set(fact, behind, time, (mark, Slot::SessionOpened, issue.role.map_or(Name::NONE, |role| role.name)));
            if let Some(entry) = ledger.entries.get_mut(&(mark, Slot::SessionOpened, Name::NONE)) {
                entry.ends = entry.ends.or(issue.ends);
            }
        }
        Effect::Shut { door, way } if door.kind == Kind::Resource => {
            let mark = mark(lives, door, time, Moment::During);
            match way {
                Some(way) => drop(ledger.entries.remove(&(mark, Slot::Opened, way))),
                None => ledger.clear_all(mark),
            }
        }
        Effect::Clear { slot, on, detail } => {
            let mark = mark(lives, on, time, Moment::During);
            ledger.entries.remove(&(mark, slot, keyed(slot, detail)));
            // A device that somebody else enables gives back what was taken, whichever it is.
            if slot == Slot::MfaRemoved && behind.is_none() {
                for (slot, detail) in ledger.slots.get(&mark).cloned().unwrap_or_default() {
                    if slot == Slot::MfaRemoved {
                        ledger.entries.remove(&(mark, slot, detail));
                    }
                }
            }
        }
        Effect::Membership { membership, group, user } => {
            ledger.memberships.insert(membership, (user, group.name));
        }
        Effect::Leave(membership) => {
            if let Some((user, group)) = ledger.memberships.remove(&membership) {
                ledger.entries.remove(&(mark(lives, user, time, Moment::During), Slot::Member, group));
            }
        }
        Effect::End(thing) => {
            ledger.clear_all(mark(lives, thing, time, Moment::Ends));
        }
        Effect::Rename { from, to } if from.kind == to.kind => {
            ledger.move_to(mark(lives, from, time, Moment::Ends), mark(lives, to, time, Moment::Begins));
        }
        Effect::Status { thing, active } => {
            let switched = mark(lives, thing, time, Moment::During);
            for slot in [Slot::Made, Slot::KeyActivated] {
                if let Some(entry) = ledger.entries.get_mut(&(switched, slot, Name::NONE)) {
                    entry.active = Some(active);
                    entry.handles.push(fact.handle);
                }
            }
        }
        _ => {}
    }
}

fn told(mark: Mark, slot: Slot, entry: Entry, (graph, names): (&Graph, &Names), node_of: &impl Fn(u32) -> Option<NodeId>) -> Standing {
    let place = graph.find(mark);
    let vertex = place.map(|place| &graph.vertices[place as usize]);
    let holder = vertex.and_then(|vertex| vertex.holder).map(|holder| &graph.vertices[holder as usize]);
    let account = mark.account.some().or(vertex.map(|vertex| vertex.account)).unwrap_or(Name::NONE);
    let user = match mark.kind {
        Kind::LoginProfile => mark.name.some(),
        _ => holder.filter(|holder| holder.kind == Kind::User).map(|holder| holder.name),
    };
    let [name, account, region, detail] = [mark.name, account, entry.region, entry.detail].map(|name| names.text(name));
    // A key of a session is told by what it is.
    let kind = if slot == Slot::SessionOpened { vertex.map_or(Kind::RoleSession, |vertex| vertex.kind) } else { mark.kind };
    let subject = Subject { kind, name, account, region, user: user.map(|user| names.text(user)), detail };
    let (review, contain) = command::commands(slot, subject);
    let mut handles = entry.handles;
    handles.dedup();
    Standing {
        slot,
        kind,
        account: account.to_owned(),
        region: region.to_owned(),
        name: name.to_owned(),
        detail: detail.to_owned(),
        node: place.and_then(node_of),
        since: entry.since,
        certainty: entry.certainty,
        active: entry.active,
        ends: entry.ends,
        handles,
        review,
        contain,
    }
}
