//! Names that are given again: which of the things of one name was meant at a time.
//!
//! A user that is deleted and created again is a different user. Unique ids decide where records show them; else times of creation and deletion do,
//! whoever created and deleted.

use super::actor::Sort;
use super::effect::{Effect, Thing};
use super::fact::Fact;
use super::kind::Kind;
use super::names::Name;
use crate::evidence::record::time::Micros;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

type Called = (Kind, Name, Name);

/// One thing of a name.
#[derive(Debug, Clone, Copy)]
struct Life {
    /// Inclusive; `None` where it was there before the evidence.
    start: Option<Micros>,
    /// Inclusive; `None` where no end is known.
    end: Option<Micros>,
    id: Name,
}

/// A thing of a name, told from the others of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Being {
    pub(super) account: Name,
    pub(super) name: Name,
    pub(super) life: u32,
}

/// Lives that no creation or sighting stands for: before, between or after the known ones.
const GAP: u32 = 1 << 31;

/// The things of one name.
#[derive(Debug, Default)]
struct Bearers {
    /// In the order in which they were learnt of; their places are what they are known by.
    lives: Vec<Life>,
    /// Places by start.
    order: Vec<u32>,
}

impl Bearers {
    fn of(lives: Vec<Life>) -> Self {
        let order = (0u32..).take(lives.len()).collect();
        Self { lives, order }
    }

    fn add(&mut self, life: Life) -> u32 {
        let place = u32::try_from(self.lives.len()).unwrap_or(GAP);
        let slot = self.begun(life.start);
        self.order.insert(slot, place);
        self.lives.push(life);
        place
    }

    /// How many had begun by then.
    fn begun(&self, time: Option<Micros>) -> usize {
        self.order.partition_point(|place| self.lives[*place as usize].start <= time)
    }

    /// The life that began last, if it has not ended: whoever came later took the name.
    fn covering(&self, time: Micros) -> Option<u32> {
        let place = *self.order[..self.begun(Some(time))].last()?;
        self.lives[place as usize].end.is_none_or(|end| time <= end).then_some(place)
    }

    /// The latest few that had begun by then.
    fn latest(&self, time: Micros) -> impl Iterator<Item = u32> {
        self.order[..self.begun(Some(time))].iter().rev().take(LATEST).copied()
    }
}

/// Lives that begin or end within one second are hardly ever more.
const LATEST: usize = 8;

/// The lives of all names.
#[derive(Debug, Default)]
pub(super) struct Lives {
    of: HashMap<Called, Bearers>,
    ids: HashMap<Name, (Called, u32)>,
}

enum Turn {
    Start(Name),
    End,
}

impl Lives {
    /// From facts in order of time.
    pub(super) fn of<'f>(facts: impl Iterator<Item = &'f Fact> + Clone) -> Self {
        let mut order: Vec<Called> = Vec::new();
        let mut turns: HashMap<Called, Vec<(Micros, Turn)>> = HashMap::new();
        let mut note = |thing: Thing, time: Micros, turn: Turn| {
            if thing.kind.is_reusable() {
                let called = (thing.kind, thing.account, thing.name);
                let turns = turns.entry(called).or_insert_with(|| {
                    order.push(called);
                    Vec::new()
                });
                turns.push((time, turn));
            }
        };
        for (fact, time) in facts.clone().filter_map(|fact| Some((fact, fact.time?))) {
            for effect in &fact.effects {
                match *effect {
                    Effect::Make { thing, .. } | Effect::Renew { thing, .. } => note(thing, time, Turn::Start(thing.id)),
                    Effect::End(thing) => {
                        note(thing, time, Turn::End);
                        if thing.kind == Kind::User {
                            note(Thing { kind: Kind::LoginProfile, ..thing }, time, Turn::End);
                        }
                    }
                    Effect::Rename { from, to } => {
                        if from.kind == to.kind {
                            note(from, time, Turn::End);
                        }
                        note(to, time, Turn::Start(Name::NONE));
                    }
                    _ => {}
                }
            }
        }
        let mut lives = Self::default();
        for called in order {
            let turns = turns.remove(&called).unwrap_or_default();
            let found = live(&turns);
            for (place, life) in (0..).zip(&found) {
                if let Some(id) = life.id.some() {
                    lives.ids.entry(id).or_insert((called, place));
                }
            }
            lives.of.insert(called, Bearers::of(found));
        }
        for fact in facts {
            lives.sight(fact);
        }
        lives
    }

    /// Learns the unique ids that a record shows.
    fn sight(&mut self, fact: &Fact) {
        let Some(time) = fact.time else { return };
        let actor = &fact.actor;
        let kind = match actor.sort {
            Sort::User | Sort::Federated => Kind::User,
            Sort::Role => Kind::Role,
            _ => return self.sight_issued(fact, time),
        };
        self.learn((kind, actor.account, actor.name), actor.id, time);
        self.sight_issued(fact, time);
    }

    fn sight_issued(&mut self, fact: &Fact, time: Micros) {
        for effect in &fact.effects {
            if let Effect::Issue(issue) = effect
                && let Some(role) = issue.role
            {
                self.learn((Kind::Role, role.account, role.name), role.id, time);
            }
        }
    }

    fn learn(&mut self, called: Called, id: Name, time: Micros) {
        if id.is_none() || called.2.is_none() || self.ids.contains_key(&id) {
            return;
        }
        let bearers = self.of.entry(called).or_insert_with(|| Bearers::of(vec![Life { start: None, end: None, id: Name::NONE }]));
        let covering = bearers.covering(time);
        let place = match covering {
            Some(place) if bearers.lives[place as usize].id.is_none() => {
                bearers.lives[place as usize].id = id;
                place
            }
            _ => {
                // Somebody else of that name, of whose creation nothing is known.
                if let Some(place) = covering {
                    bearers.lives[place as usize].end = Some(time.saturating_sub(1));
                }
                bearers.add(Life { start: Some(time), end: None, id })
            }
        };
        self.ids.insert(id, (called, place));
    }

    /// Who was meant by the name, or by the id if there is one.
    pub(super) fn at(&self, thing: Thing, time: Micros) -> Being {
        if let Some(((_, account, name), life)) =
            thing.id.some().and_then(|id| self.ids.get(&id)).filter(|(called, _)| called.0 == thing.kind)
        {
            return Being { account: *account, name: *name, life: *life };
        }
        let known = self.of.get(&(thing.kind, thing.account, thing.name));
        let life = known.map_or(0, |bearers| {
            let gap = || GAP | u32::try_from(bearers.begun(Some(time))).unwrap_or(0);
            bearers.covering(time).unwrap_or_else(gap)
        });
        Being { account: thing.account, name: thing.name, life }
    }

    /// Who began at that time.
    pub(super) fn starting(&self, thing: Thing, time: Micros) -> Being {
        self.edge(thing, time, |life| life.start == Some(time) && (thing.id.is_none() || life.id == thing.id))
    }

    /// Who ended at that time.
    pub(super) fn ending(&self, thing: Thing, time: Micros) -> Being {
        self.edge(thing, time, |life| life.end == Some(time))
    }

    fn edge(&self, thing: Thing, time: Micros, is_it: impl Fn(&Life) -> bool) -> Being {
        let known = self.of.get(&(thing.kind, thing.account, thing.name));
        match known.and_then(|bearers| bearers.latest(time).filter(|place| is_it(&bearers.lives[*place as usize])).last()) {
            Some(life) => Being { account: thing.account, name: thing.name, life },
            None => self.at(thing, time),
        }
    }

    /// Whom a unique id stands for.
    pub(super) fn by_id(&self, id: Name) -> Option<(Kind, Being)> {
        let ((kind, account, name), life) = *self.ids.get(&id)?;
        Some((kind, Being { account, name, life }))
    }

    /// The unique id of a thing.
    pub(super) fn id(&self, kind: Kind, being: Being) -> Name {
        let known = self.of.get(&(kind, being.account, being.name));
        known.and_then(|bearers| bearers.lives.get(being.life as usize)).map_or(Name::NONE, |life| life.id)
    }

    /// How many things bore the name.
    pub(super) fn count(&self, kind: Kind, being: Being) -> usize {
        self.of.get(&(kind, being.account, being.name)).map_or(1, |bearers| bearers.lives.len())
    }
}

/// The lives that creations and deletions in order of time tell of.
fn live(turns: &[(Micros, Turn)]) -> Vec<Life> {
    let mut lives: Vec<Life> = Vec::new();
    let mut ids: HashSet<Name> = HashSet::new();
    for turns in turns.chunk_by(|one, other| one.0 == other.0) {
        let Some((time, _)) = turns.first() else { continue };
        let time = *time;
        let mut starts: Vec<Name> = Vec::new();
        for (_, turn) in turns {
            // Copies of one record are one creation.
            if let Turn::Start(id) = turn
                && (if id.is_none() { starts.is_empty() } else { ids.insert(*id) })
            {
                starts.push(*id);
            }
        }
        if starts.len() > 1 {
            starts.retain(|id| !id.is_none());
        }
        let ends = turns.iter().any(|(_, turn)| matches!(turn, Turn::End));
        let was_alive = lives.last().is_none_or(|life| life.end.is_none());
        if ends && was_alive {
            match lives.last_mut() {
                Some(life) => life.end = Some(time),
                None => lives.push(Life { start: None, end: Some(time), id: Name::NONE }),
            }
        }
        for id in starts {
            // A second creation means that a deletion is missing.
            if let Some(life) = lives.last_mut().filter(|life| life.end.is_none()) {
                life.end = Some(time);
            }
            lives.push(Life { start: Some(time), end: None, id });
        }
        if ends && !was_alive {
            // Created and deleted within one second.
            if let Some(life) = lives.last_mut().filter(|life| life.end.is_none()) {
                life.end = Some(time);
            }
        }
    }
    lives
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(turns: &[(Micros, Turn)]) -> Vec<(Option<Micros>, Option<Micros>)> {
        live(turns).iter().map(|life| (life.start, life.end)).collect()
    }

    #[test]
    fn a_name_that_is_given_again_is_another_thing() {
        let made = || Turn::Start(Name::NONE);
        assert_eq!(spans(&[(1, made()), (5, Turn::End), (9, made())]), [(Some(1), Some(5)), (Some(9), None)]);
        assert_eq!(spans(&[(5, Turn::End), (9, made())]), [(None, Some(5)), (Some(9), None)]);
        assert_eq!(spans(&[(1, made()), (5, made()), (5, Turn::End)]), [(Some(1), Some(5)), (Some(5), None)]);
        assert_eq!(spans(&[(1, made()), (1, made())]), [(Some(1), None)], "copies of one record");
        assert_eq!(spans(&[(1, made()), (3, Turn::End), (7, Turn::End)]), [(Some(1), Some(3))]);
        assert_eq!(spans(&[(1, made()), (3, Turn::End), (7, made()), (7, Turn::End)]), [(Some(1), Some(3)), (Some(7), Some(7))]);
    }
}
