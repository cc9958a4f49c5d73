//! Who may stand behind a record: the key that signed it, the session it belongs to, the identity it names.

use super::actor::{Actor, Sort};
use super::certainty::Certainty;
use super::effect::Thing;
use super::graph::{Mark, Place, Seats};
use super::kind::Kind;
use super::names::Name;
use super::weave::Weave;
use crate::evidence::record::time::Micros;

/// How far the start of a console session may lie from its sign-in: a few seconds in published records.
pub(super) const SIGN_IN_TOLERANCE: Micros = 5_000_000;

/// The start of a session that the record does not tell.
const UNKNOWN_START: Micros = Micros::MIN;

impl Weave<'_> {
    /// Those behind the fact at that place in the order of time.
    pub(super) fn seats(&mut self, fact: u32) -> Seats {
        let (actor, time) = (self.fact(fact).actor, self.fact(fact).time.unwrap_or(Micros::MAX));
        let key = self.key_seat(&actor);
        let exact = key.map(|place| (place, Certainty::Issued));
        let is_issued = self.issued.contains_key(&actor.key);
        match actor.sort {
            Sort::Root => {
                // A session of AssumeRoot stands by itself: who opened it is elsewhere.
                if self.issued.get(&actor.key).is_some_and(|issued| issued.kind == Kind::RootSession) {
                    return [exact, None, None, None];
                }
                let root = Thing { kind: Kind::Root, account: actor.account, name: Name::NONE, id: Name::NONE };
                let root = self.being(root, time);
                self.learn_arn(root, actor.arn);
                [exact, Some((root, Certainty::Issued)), None, None]
            }
            Sort::User => {
                let user = self.user_of(&actor, time);
                let session = if is_issued { None } else { self.session_seat(fact, &actor) };
                if let (Some(user), Some(session)) = (user, session)
                    && self.tied.insert(session)
                {
                    self.tie(user, session, actor.start.unwrap_or(time), fact, Certainty::Created);
                }
                if let (Some(key), Some(user)) = (key, user) {
                    self.graph.vertex(key).holder.get_or_insert(user);
                }
                [exact, session.map(created), user.map(created), None]
            }
            Sort::Role | Sort::Federated => {
                let session = if is_issued { None } else { self.session_seat(fact, &actor) };
                for place in key.into_iter().chain(session) {
                    self.tie_session(place, &actor, fact, time);
                }
                [exact, session.map(created), None, None]
            }
            Sort::Outsider => {
                let told = self.outsider(&actor, time);
                [exact, told, None, None]
            }
            Sort::Directory => {
                let user = Thing { kind: Kind::DirectoryUser, account: Name::NONE, name: actor.principal, id: Name::NONE };
                let user = actor.principal.some().map(|_| self.being(user, time));
                [exact, user.map(created), None, None]
            }
            Sort::Service | Sort::Other => {
                // Who comes from the access portal is told by what the portal recorded.
                let portal = self.portal_seat(fact, time);
                [exact, portal, None, None]
            }
        }
    }

    /// The key, if the evidence or the question says anything of it beyond its use.
    fn key_seat(&mut self, actor: &Actor) -> Option<Place> {
        let key = actor.key.some().filter(|key| self.known_keys.contains(key))?;
        let kind = match (self.issued.get(&key), actor.sort) {
            (Some(issued), _) => issued.kind,
            (None, _) if !self.names.text(key).starts_with("ASIA") => Kind::AccessKey,
            (None, Sort::Role) => Kind::RoleSession,
            (None, Sort::Federated) => Kind::FederatedSession,
            (None, _) => Kind::SessionToken,
        };
        let place = self.graph.key(key, kind);
        let vertex = self.graph.vertex(place);
        if vertex.account.is_none() {
            vertex.account = actor.account;
        }
        if matches!(actor.sort, Sort::Role | Sort::Federated) && vertex.name.is_none() {
            (vertex.name, vertex.session, vertex.id) = (actor.name, actor.session, actor.principal);
        }
        if vertex.start.is_none() && kind != Kind::AccessKey {
            vertex.start = actor.start;
        }
        if vertex.arn.is_none() && kind != Kind::AccessKey {
            vertex.arn = actor.arn;
        }
        Some(place)
    }

    fn user_of(&mut self, actor: &Actor, time: Micros) -> Option<Place> {
        let user = Thing { kind: Kind::User, account: actor.account, name: actor.name.some()?, id: actor.id };
        let place = self.being(user, time);
        if actor.sort == Sort::User {
            self.learn_arn(place, actor.arn);
        }
        Some(place)
    }

    /// The session by name and start, of which keys are many. Of a user only console sessions have one: a long-term key has no start.
    fn session_seat(&mut self, fact: u32, actor: &Actor) -> Option<Place> {
        let mark = self.session_mark(actor)?;
        let mark = Mark { which: self.start_of(fact, actor)?, ..mark };
        let place = self.graph.place(mark);
        let vertex = self.graph.vertex(place);
        vertex.start = (mark.which != UNKNOWN_START).then_some(mark.which);
        vertex.id = if vertex.id.is_none() { actor.principal } else { vertex.id };
        if vertex.arn.is_none() {
            vertex.arn = actor.arn;
        }
        Some(place)
    }

    /// The mark of the actor's sessions, whenever they started.
    pub(super) fn session_mark(&self, actor: &Actor) -> Option<Mark> {
        let (kind, session) = match actor.sort {
            Sort::User if self.names.text(actor.key).starts_with("AKIA") => return None,
            Sort::User => (Kind::ConsoleSession, Name::NONE),
            Sort::Role => (Kind::RoleSession, actor.session),
            Sort::Federated => (Kind::FederatedSession, actor.session),
            _ => return None,
        };
        (!actor.name.is_none() || !session.is_none()).then_some(Mark {
            kind,
            account: actor.account,
            name: actor.name,
            session,
            which: UNKNOWN_START,
        })
    }

    /// When the session of the record started: as it says, or as the console session says whose sign-in it is.
    fn start_of(&self, fact: u32, actor: &Actor) -> Option<Micros> {
        let told = self.fact(fact);
        if self.names.text(told.event) == "ConsoleLogin"
            && let Some(time) = told.time
        {
            return Some(self.nearest_start(actor, time).unwrap_or(time));
        }
        match actor.sort {
            Sort::User => actor.start,
            _ => Some(actor.start.unwrap_or(UNKNOWN_START)),
        }
    }

    /// The start of a session of the actor that is nearest to the time, and near.
    pub(super) fn nearest_start(&self, actor: &Actor, time: Micros) -> Option<Micros> {
        let starts = self.starts.get(&self.session_mark(actor)?)?;
        let near = time.saturating_sub(SIGN_IN_TOLERANCE)..=time.saturating_add(SIGN_IN_TOLERANCE);
        starts.range(near).copied().min_by_key(|start| (start.abs_diff(time), *start))
    }

    /// A principal of another account, of which a record in the account it calls into shows the id only.
    fn outsider(&mut self, actor: &Actor, time: Micros) -> Option<(Place, Certainty)> {
        if let [rest @ .., (_, key)] = self.issued_lately(actor.principal, time) {
            let (key, certainty) = (*key, if rest.is_empty() { Certainty::Created } else { Certainty::Inferred });
            return Some((self.graph.key(key, Kind::RoleSession), certainty));
        }
        let (kind, being) = self.lives.by_id(actor.id.some()?)?;
        Some(created(self.place_of(kind, being)))
    }

    /// Ties a session to what it comes from: its role or issuer, its instance, its function, its permission set.
    fn tie_session(&mut self, place: Place, actor: &Actor, fact: u32, time: Micros) {
        if !self.tied.insert(place) {
            return;
        }
        let start = actor.start.unwrap_or(time).min(time);
        if actor.sort == Sort::Federated {
            let (issuer, certainty) = match self.user_of(actor, start) {
                Some(user) => (user, Certainty::Created),
                None => {
                    let root = Thing { kind: Kind::Root, account: actor.account, name: Name::NONE, id: Name::NONE };
                    (self.being(root, start), Certainty::Issued)
                }
            };
            self.tie(issuer, place, start, fact, certainty);
            return;
        }
        let by_service = self.issued.get(&actor.key).is_none_or(|issued| issued.by_service);
        let role = Thing { kind: Kind::Role, account: actor.account, name: actor.name, id: actor.id };
        self.tie_role_session(place, role, actor.session, start, fact, by_service);
        self.tie_assignment(place, role, actor.session, start, fact);
    }
}

/// By name, or by name and start.
fn created(place: Place) -> (Place, Certainty) {
    (place, Certainty::Created)
}
