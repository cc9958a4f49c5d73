//! Sessions and who opened them: what STS issued, sign-ins to the console, changes of role there.

use super::actor::{Actor, Sort};
use super::certainty::Certainty;
use super::effect::{Issue, Thing};
use super::graph::{Arc, Mark, Place};
use super::kind::Kind;
use super::names::Name;
use super::weave::{VOUCHED, Weave};
use crate::evidence::record::time::Micros;

/// The longest that a session of a role lives, 12 h (IAM user guide, `id_roles_use`).
const LONGEST_SESSION: Micros = 12 * 3_600_000_000;

/// Sessions of one name among which one is looked for.
const ISSUES: usize = 16;

impl Weave<'_> {
    pub(super) fn issue(&mut self, place: u32, issue: &Issue, time: Micros) {
        let by_service = self.fact(place).actor.sort == Sort::Service;
        let mut opened: Vec<(Place, Certainty)> = Vec::new();
        if !issue.key.is_none() {
            let to = self.graph.key(issue.key, issue.kind);
            let vertex = self.graph.vertex(to);
            vertex.start = vertex.start.or(Some(time));
            if vertex.account.is_none() {
                vertex.account = issue.account;
            }
            if vertex.name.is_none() {
                vertex.name = issue.role.map_or(Name::NONE, |role| role.name);
                (vertex.session, vertex.id) = (issue.session, issue.principal);
            }
            opened.push((to, Certainty::Issued));
        }
        opened.extend(self.sessions_of(issue, time));
        for (to, certainty) in opened {
            self.graph.act(place, to, certainty, time);
            if let Some(provider) = issue.provider {
                let from = self.being(provider, time);
                self.graph.arc(Arc { from, to, time, end: time, is_tie: false, rank: VOUCHED, certainty, fact: place });
            }
            if let Some(role) = issue.role
                && self.tied.insert(to)
            {
                self.tie_role_session(to, role, issue.session, time, place, by_service);
                self.tie_assignment(to, role, issue.session, time, place);
            }
        }
    }

    /// Sessions that records with other keys tell of and that the issue opened: by name and start, or by start alone.
    fn sessions_of(&self, issue: &Issue, time: Micros) -> Vec<(Place, Certainty)> {
        let Some(account) = issue.account.some() else { return Vec::new() };
        let kind = match issue.kind {
            Kind::RoleSession | Kind::FederatedSession => issue.kind,
            _ => return Vec::new(),
        };
        let name = issue.role.map_or(Name::NONE, |role| role.name);
        if issue.session.is_none() {
            let marks = self.by_start.get(&(account, name, time)).filter(|_| issue.key.is_none());
            return marks.into_iter().flatten().filter_map(|mark| Some((self.graph.find(*mark)?, Certainty::Inferred))).collect();
        }
        let mark = Mark { kind, account, name, session: issue.session, which: time };
        // Two of one name opened in one second: a third key may be of either.
        let together = self.issued_lately(issue.principal, time).iter().filter(|(issued, _)| *issued == time).count();
        let certainty = if together > 1 { Certainty::Inferred } else { Certainty::Created };
        self.graph.find(mark).map(|place| (place, certainty)).into_iter().collect()
    }

    /// The console session of a sign-in, and the password that opened it.
    pub(super) fn sign_in(&mut self, place: u32, actor: &Actor, time: Micros) {
        let Some(mark) = self.session_mark(actor) else { return };
        let start = self.nearest_start(actor, time).unwrap_or(time);
        let session = self.graph.place(Mark { which: start, ..mark });
        self.graph.act(place, session, Certainty::Created, time.min(start));
        if actor.sort != Sort::User {
            self.sign_in_of_session(place, actor, session, time);
        } else {
            let profile = Thing { kind: Kind::LoginProfile, account: actor.account, name: actor.name, id: Name::NONE };
            let from = self.being(profile, time);
            let time = time.min(start);
            let arc = Arc { from, to: session, time, end: time, is_tie: false, rank: VOUCHED, certainty: Certainty::Created, fact: place };
            self.graph.arc(arc);
        }
    }

    /// A session signs in to the console with a token of its own; the record has no key, so it may be any session of that name.
    fn sign_in_of_session(&mut self, place: u32, actor: &Actor, to: Place, time: Micros) {
        let issues = self.issued_lately(actor.principal, time);
        // Some records keep the start of the session that signs in.
        let is_told = |(issued, _): &&(Micros, Name)| actor.start == Some(*issued);
        let told: Vec<Name> = issues.iter().filter(is_told).map(|(_, key)| *key).collect();
        let issues = if told.is_empty() { issues.iter().map(|(_, key)| *key).collect() } else { told };
        let certainty = if issues.len() == 1 { Certainty::Created } else { Certainty::Inferred };
        for key in issues {
            let from = self.graph.key(key, Kind::RoleSession);
            self.graph.arc(Arc { from, to, time, end: time, is_tie: false, rank: VOUCHED, certainty, fact: place });
        }
        let before = actor.start.and_then(|start| self.graph.find(Mark { which: start, ..self.session_mark(actor)? }));
        if let Some(from) = before {
            let certainty = Certainty::Created;
            self.graph.arc(Arc { from, to, time, end: time, is_tie: false, rank: VOUCHED, certainty, fact: place });
        }
    }

    /// What was issued for `AROA...:session` and may still be in use at that time, at most [`ISSUES`].
    pub(super) fn issued_lately(&self, principal: Name, time: Micros) -> &[(Micros, Name)] {
        let Some(issues) = principal.some().and_then(|principal| self.issued_to.get(&principal)) else { return &[] };
        let end = issues.partition_point(|(issued, _)| *issued <= time);
        let start = issues.partition_point(|(issued, _)| *issued < time.saturating_sub(LONGEST_SESSION));
        &issues[start.min(end).max(end.saturating_sub(ISSUES))..end]
    }

    /// A change of role in the console, recorded as the session of the role.
    pub(super) fn switch(&mut self, place: u32, from: Thing, actor: &Actor, time: Micros) {
        let Some(mark) = self.session_mark(actor).filter(|_| actor.sort == Sort::Role) else { return };
        let start = self.nearest_start(actor, time).unwrap_or(time);
        let session = self.graph.place(Mark { which: start, ..mark });
        let from = match from.kind {
            Kind::User => self.being(from, time),
            // The latest session of that name that had started.
            _ => {
                let mark = Mark { kind: Kind::RoleSession, account: from.account, name: from.name, session: from.id, which: Micros::MIN };
                let started = self.starts.get(&mark).and_then(|starts| starts.range(..=time).next_back().copied());
                let Some(which) = started else { return };
                self.graph.place(Mark { which, ..mark })
            }
        };
        let time = time.min(start);
        let arc = Arc { from, to: session, time, end: time, is_tie: false, rank: 0, certainty: Certainty::Created, fact: place };
        self.graph.arc(arc);
    }
}
