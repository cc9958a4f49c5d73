//! The accounts of a study, and what is known of each.
//!
//! A [`Gathering`] takes it in any order; a [`Population`] has it sorted. Names, keys, sessions and incidents are kept once each, so that a use takes 32 bytes.

mod gathering;
mod kind;

pub(crate) use gathering::{Gathering, UseOf};
pub(crate) use kind::UseKind;

use super::coverage::Stretches;
use super::inputs::{Listed, Policy, Source, State};
use crate::evidence::record::time::Micros;
use crate::review::session::break_glass::Verdict;
use crate::root::Need;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

/// A text that is kept once. Only the population that gave it can tell what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Name(NonZeroU32);

/// One use of root: a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    /// UTC.
    pub time: Micros,
    /// What was used.
    pub kind: UseKind,
    /// Whether root was needed; `None` where no task was done.
    pub need: Option<Need>,
    /// The task, as `iam:CreateUser`.
    pub name: Name,
    /// The access key.
    pub key: Option<Name>,
    /// The session.
    pub session: Option<Name>,
    /// The incident.
    pub incident: Option<Name>,
    /// Whether it was made with MFA: three states.
    pub mfa: Option<bool>,
    /// Whether the CIS filter matches it.
    pub cis_match: bool,
    /// Whether an alarm would have been raised; `None` where that was not tried.
    pub would_alarm: Option<bool>,
}

/// Something that was tried at root's credentials, and is not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Attempt {
    /// UTC.
    pub time: Micros,
    /// What was tried.
    pub kind: AttemptKind,
}

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum AttemptKind {
    /// A sign-in, without success.
    FailedSignIn,
    /// Somebody asked for a new password.
    Recovery,
    /// Something else: a failed MFA check.
    Other,
}

impl AttemptKind {
    /// What a record of the class `attempt` is, by its event name.
    #[must_use]
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "ConsoleLogin" => Self::FailedSignIn,
            "PasswordRecoveryRequested" | "PasswordRecoveryCompleted" => Self::Recovery,
            _ => Self::Other,
        }
    }
}

/// Uses of root close in time. Durations are in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Incident {
    /// The first use. UTC.
    pub start: Micros,
    /// From there to the first alert.
    pub to_alert: Option<Micros>,
    /// From there to the first acknowledgement.
    pub to_detect: Option<Micros>,
    /// From the first alert to the last resolution.
    pub to_remediate: Option<Micros>,
    /// What the break-glass windows say; `None` where none were given.
    pub break_glass: Option<Verdict>,
}

/// An account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    /// What the organisation's list says, where it is on one.
    pub listed: Option<Listed>,
    /// Whether it is on a list of accounts, of an organisation or another.
    pub is_listed: bool,
    /// Whether the evidence has logs or digests of it.
    pub is_seen: bool,
    /// How far the evidence reaches.
    pub coverage: Stretches,
    /// In order of time.
    pub uses: Vec<Use>,
    /// In order of time.
    pub attempts: Vec<Attempt>,
    /// In order of time.
    pub incidents: Vec<Incident>,
    /// What files say of it, in order of time, those without a date first.
    pub states: Vec<State>,
    /// Times of uses that credential reports tell of, in order. UTC, to the precision of the reports.
    pub reported: Vec<Micros>,
    /// Times of records that the CIS filter matches, uses or not, in order. UTC.
    pub cis_matches: Vec<Micros>,
}

/// The part of a sorted list that lies in `[from, to)`.
pub(super) fn within<T>(sorted: &[T], (from, to): (Micros, Micros), time: impl Fn(&T) -> Micros) -> &[T] {
    let start = sorted.partition_point(|one| time(one) < from);
    let end = sorted.partition_point(|one| time(one) < to).max(start);
    &sorted[start..end]
}

impl Account {
    /// Its uses in `[from, to)`.
    #[must_use]
    pub(crate) fn uses_in(&self, from: Micros, to: Micros) -> &[Use] {
        within(&self.uses, (from, to), |one| one.time)
    }

    /// Whether a credential report tells of a use in `[from, to)`.
    #[must_use]
    pub(crate) fn is_reported_in(&self, from: Micros, to: Micros) -> bool {
        !within(&self.reported, (from, to), |time| *time).is_empty()
    }

    /// How many records in `[from, to)` the CIS filter matches.
    #[must_use]
    pub(crate) fn cis_matches_in(&self, from: Micros, to: Micros) -> u64 {
        within(&self.cis_matches, (from, to), |time| *time).len() as u64
    }

    /// Whether it is on a list of accounts, and can have been worked in at some time of a stretch: one that the list calls closed, or that joined
    /// later, counts only for what was seen of it.
    #[must_use]
    pub(crate) fn is_listed_in(&self, stretch: (Micros, Micros)) -> bool {
        let is_there = || self.listed.as_ref().is_none_or(|listed| listed.is_there_in(stretch));
        let was_there = || !self.uses_in(stretch.0, stretch.1).is_empty() || self.coverage.sums(stretch.0, stretch.1).seen() > 0;
        self.is_listed && (is_there() || was_there())
    }

    /// Whether it is known otherwise than by what root did in it.
    #[must_use]
    pub(crate) fn is_known_otherwise(&self) -> bool {
        self.is_listed || self.is_seen || !self.states.is_empty()
    }

    /// Its attempts in `[from, to)`.
    #[must_use]
    pub(crate) fn attempts_in(&self, from: Micros, to: Micros) -> &[Attempt] {
        within(&self.attempts, (from, to), |one| one.time)
    }

    /// Its incidents that began in `[from, to)`.
    #[must_use]
    pub(crate) fn incidents_in(&self, from: Micros, to: Micros) -> &[Incident] {
        within(&self.incidents, (from, to), |one| one.start)
    }

    /// The newest answer of a source to a question, with its date, out of the states from `since` to `until`. One without a date only where no other answers.
    pub(crate) fn newest<T>(
        &self,
        source: Source,
        (since, until): (Micros, Micros),
        answer: impl Fn(&State) -> Option<T>,
    ) -> Option<(T, &State)> {
        let of_source = self.states.iter().rev().filter(|state| state.source == source);
        let mut in_time = of_source.filter(|state| state.at.is_none_or(|at| since <= at && at <= until));
        in_time.find_map(|state| Some((answer(state)?, state)))
    }
}

/// Accounts, sorted, and the policies of their organisations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Population {
    accounts: BTreeMap<Box<str>, Account>,
    names: Vec<Arc<str>>,
    policies: Vec<Policy>,
    policy_lists: BTreeSet<Option<String>>,
}

impl Population {
    /// Every account with its twelve digits, in their order.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&str, &Account)> {
        self.accounts.iter().map(|(id, account)| (id.as_ref(), account))
    }

    /// Those accounts only that are wanted.
    #[must_use]
    pub(crate) fn with_accounts(mut self, is_wanted: impl Fn(&str) -> bool) -> Self {
        self.accounts.retain(|id, _| is_wanted(id));
        self
    }

    /// The same accounts with those uses only that are wanted: by the CIS filter, without privileged sessions, of one kind. What was seen and covered stays.
    #[must_use]
    #[cfg(test)]
    pub(crate) fn with_uses(mut self, is_wanted: impl Fn(&Use) -> bool) -> Self {
        self.accounts.values_mut().for_each(|account| account.uses.retain(&is_wanted));
        self
    }

    /// An account by its twelve digits.
    #[must_use]
    #[cfg(test)]
    pub(crate) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// The policies that were given, of any type, by id, each put together out of all that was said of it.
    #[must_use]
    pub(crate) fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Of which organisations all policies were given; see [`super::inputs::Import::policy_lists`].
    #[must_use]
    pub(crate) fn policy_lists(&self) -> &BTreeSet<Option<String>> {
        &self.policy_lists
    }

    /// What a name says; nothing for one of another population.
    #[must_use]
    pub(crate) fn text(&self, name: Name) -> &str {
        self.names.get(name.0.get() as usize - 1).map_or("", |text| text)
    }
}
