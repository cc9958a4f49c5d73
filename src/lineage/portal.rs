//! The access portal of Identity Center: which user of an identity store is behind a session of a role that a permission set has become.
//!
//! The role is called `AWSReservedSSO_<set>_<digits>`, its sessions bear the user's name, and the portal records a `Federate` of the user's id
//! just before. Stores keep names out of the records where they can, so either may be all that is known.

use super::certainty::Certainty;
use super::effect::{Effect, Thing};
use super::graph::Place;
use super::kind::Kind;
use super::names::Name;
use super::weave::Weave;
use crate::evidence::record::time::Micros;
use foldhash::{HashMap, HashSet};

/// How long before a session begins the portal may have recorded who asked for it, and how far clocks may differ the other way.
const BEFORE: Micros = 60_000_000;
const AFTER: Micros = 5_000_000;

/// Of one name, and of one user's groups, no more are looked at.
const MOST: usize = 64;

/// Passages of the portal that may lie together.
const PASSAGES: usize = 16;

/// What the evidence tells of users, groups and the portal.
#[derive(Debug, Default)]
pub(super) struct Portal {
    /// Passages by account and set: when, and which user.
    passages: HashMap<(Name, Name), Vec<(Micros, Name)>>,
    /// Users by name.
    called: HashMap<Name, Vec<Name>>,
    /// Groups of a user.
    groups: HashMap<Name, Vec<Name>>,
    /// From when until when a user was in a group.
    stays: HashMap<(Name, Name), Vec<(Micros, Micros)>>,
    /// Group and user of a membership.
    pub(super) memberships: HashMap<Name, (Thing, Thing)>,
    /// To whom anything is assigned in the evidence.
    assigned: HashSet<Name>,
}

impl Portal {
    /// Learns from one effect; effects come in order of time.
    pub(super) fn learn(&mut self, effect: &Effect, user: Option<Name>, time: Micros) {
        match *effect {
            Effect::Federate { account, set } => {
                if let Some(user) = user {
                    self.passages.entry((account, set)).or_default().push((time, user));
                }
            }
            Effect::Names { set, name } if set.kind == Kind::DirectoryUser => {
                let users = self.called.entry(name).or_default();
                if users.len() < MOST && !users.contains(&set.name) {
                    users.push(set.name);
                }
            }
            Effect::Bind { from, to } if from.kind == Kind::DirectoryGroup => {
                let groups = self.groups.entry(to.name).or_default();
                if groups.len() < MOST && !groups.contains(&from.name) {
                    groups.push(from.name);
                }
                self.stays.entry((to.name, from.name)).or_default().push((time, Micros::MAX));
            }
            Effect::Unbind { from, to } if from.kind == Kind::DirectoryGroup => self.leave(to.name, from.name, time),
            Effect::Membership { membership, group, user } => {
                self.memberships.entry(membership).or_insert((group, user));
            }
            Effect::Leave(membership) => {
                if let Some((group, user)) = self.memberships.get(&membership) {
                    let (user, group) = (user.name, group.name);
                    self.leave(user, group, time);
                }
            }
            Effect::Assign { principal, .. } => {
                self.assigned.insert(principal);
            }
            _ => {}
        }
    }

    fn leave(&mut self, user: Name, group: Name, time: Micros) {
        if let Some((_, until)) = self.stays.get_mut(&(user, group)).and_then(|stays| stays.last_mut()) {
            *until = time.min(*until);
        }
    }

    fn is_member(&self, user: Name, group: Name, time: Micros) -> bool {
        let Some(stays) = self.stays.get(&(user, group)) else { return false };
        let begun = stays.partition_point(|(since, _)| *since <= time);
        stays[..begun].last().is_some_and(|(_, until)| time <= *until)
    }

    /// Whether somebody of that name is or was in the group at the time.
    pub(super) fn has_member_called(&self, group: Name, name: Name, time: Micros) -> bool {
        self.called.get(&name).is_some_and(|users| users.iter().any(|user| self.is_member(*user, group, time)))
    }
}

/// The permission set whose role that is, by name.
pub(super) fn set_of(role: &str) -> Option<&str> {
    role.strip_prefix("AWSReservedSSO_")?.rsplit_once('_').map(|(set, _)| set)
}

impl Weave<'_> {
    /// The users who may be behind a session, with how sure that is; the surest first.
    pub(super) fn portal_users(&self, account: Name, role: Name, session: Name, start: Micros) -> Vec<(Name, Certainty)> {
        let Some(set) = set_of(self.names.text(role)) else { return Vec::new() };
        let set = self.names.find(set);
        let mut users: Vec<(Name, Certainty)> = Vec::new();
        let passages = set.and_then(|set| self.portal.passages.get(&(account, set))).map_or(&[][..], Vec::as_slice);
        let end = passages.partition_point(|(time, _)| *time <= start.saturating_add(AFTER));
        let near = passages[..end].iter().rev().take(PASSAGES).take_while(|(time, _)| *time >= start.saturating_sub(BEFORE));
        for (_, user) in near {
            match self.user_names.get(user) {
                Some(name) if *name == session => users.push((*user, Certainty::Created)),
                Some(_) => {}
                // By time and place only, so the last one to pass.
                None if users.iter().all(|(_, certainty)| *certainty != Certainty::Inferred) => users.push((*user, Certainty::Inferred)),
                None => {}
            }
        }
        for user in self.portal.called.get(&session).into_iter().flatten() {
            users.extend(self.assigned_to(*user, account, set, start).map(|certainty| (*user, certainty)));
        }
        users.sort_by_key(|(_, certainty)| std::cmp::Reverse(*certainty));
        let mut seen: HashSet<Name> = HashSet::default();
        users.retain(|(user, _)| seen.insert(*user));
        users
    }

    /// Whether the user has the set in the account, by an assignment of its own or of a group. Of groups whose assignments were made before the
    /// evidence nobody knows.
    fn assigned_to(&self, user: Name, account: Name, set: Option<Name>, time: Micros) -> Option<Certainty> {
        let groups = self.portal.groups.get(&user).map_or(&[][..], Vec::as_slice);
        let stays: Vec<Name> = groups.iter().copied().filter(|group| self.portal.is_member(user, *group, time)).collect();
        let sets = set.and_then(|set| self.set_names.get(&set)).map_or(&[][..], Vec::as_slice);
        let given = sets.iter().filter_map(|set| self.assignments.get(&(set.name, account))).flatten();
        if given.into_iter().any(|(since, _, principal)| *since <= time && (*principal == user || stays.contains(principal))) {
            return Some(Certainty::Created);
        }
        let is_unknown = |group: &Name| !self.portal.assigned.contains(group) || sets.is_empty();
        stays.iter().any(is_unknown).then_some(Certainty::Inferred)
    }

    /// Who is behind the record that opens such a session, which calls its actor by what the provider does.
    pub(super) fn portal_seat(&mut self, fact: u32, time: Micros) -> Option<(Place, Certainty)> {
        let issue = self.fact(fact).effects.iter().find_map(|effect| match effect {
            Effect::Issue(issue) => Some(*issue),
            _ => None,
        })?;
        let role = issue.role?;
        let (user, certainty) = self.portal_users(role.account, role.name, issue.session, time).into_iter().next()?;
        Some((self.directory_user(user, time), certainty))
    }

    pub(super) fn directory_user(&mut self, user: Name, time: Micros) -> Place {
        self.being(Thing { kind: Kind::DirectoryUser, account: Name::NONE, name: user, id: Name::NONE }, time)
    }
}
