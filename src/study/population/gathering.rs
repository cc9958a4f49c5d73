//! What is known of accounts, as it comes in.

use super::{Account, Attempt, Incident, Name, Population, Use, UseKind};
use crate::evidence::record::time::Micros;
use crate::proof::coverage::State as Seen;
use crate::root::Need;
use crate::study::coverage::Regions;
use crate::study::inputs::{Import, Listed, Policy, State, merge};
use foldhash::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

/// A use as a record tells it; see [`Use`] for its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UseOf<'r> {
    /// UTC.
    pub time: Micros,
    /// What was used.
    pub kind: UseKind,
    /// The task, as `iam:CreateUser`.
    pub name: &'r str,
    /// Whether root was needed.
    pub need: Option<Need>,
    /// The access key.
    pub key: Option<&'r str>,
    /// The session.
    pub session: Option<&'r str>,
    /// The incident.
    pub incident: Option<&'r str>,
    /// Whether it was made with MFA.
    pub mfa: Option<bool>,
    /// Whether the CIS filter matches it.
    pub cis_match: bool,
    /// Whether an alarm would have been raised.
    pub would_alarm: Option<bool>,
}

impl<'r> UseOf<'r> {
    /// A use of which nothing more is known.
    #[must_use]
    pub(crate) const fn new(time: Micros, kind: UseKind, name: &'r str) -> Self {
        Self { time, kind, name, need: None, key: None, session: None, incident: None, mfa: None, cis_match: false, would_alarm: None }
    }
}

/// Takes what is known of accounts, in any order.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    accounts: BTreeMap<Box<str>, (Account, Regions)>,
    names: Vec<Arc<str>>,
    known: HashMap<Arc<str>, Name>,
    policies: Vec<Policy>,
    policy_lists: BTreeSet<Option<String>>,
    open: Option<Open>,
}

/// A stretch that may go on: cases tell of hours one by one, mostly in order of time.
#[derive(Debug)]
struct Open {
    account: Box<str>,
    region: Box<str>,
    stretch: (Micros, Micros),
    seen: Seen,
}

impl Open {
    /// Whether another stretch is of the same and touches or overlaps this, which then is both.
    fn takes(&mut self, (account, region): (&str, &str), (from, to): (Micros, Micros), seen: Seen) -> bool {
        let is_same =
            self.seen == seen && from <= self.stretch.1 && self.stretch.0 <= to && *self.region == *region && *self.account == *account;
        if is_same {
            self.stretch = (self.stretch.0.min(from), self.stretch.1.max(to));
        }
        is_same
    }
}

impl Gathering {
    fn of(&mut self, account: &str) -> &mut (Account, Regions) {
        if !self.accounts.contains_key(account) {
            self.accounts.insert(account.into(), Default::default());
        }
        self.accounts.get_mut(account).expect("it has just been made sure that the account is there")
    }

    fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.known.get(text) {
            return *name;
        }
        let text: Arc<str> = text.into();
        self.names.push(Arc::clone(&text));
        let number = u32::try_from(self.names.len()).ok().and_then(NonZeroU32::new);
        let name = Name(number.expect("fewer than 2^32 different texts fit in memory"));
        self.known.insert(text, name);
        name
    }

    /// An account is on a list that the caller has.
    #[cfg(test)]
    pub(crate) fn list(&mut self, account: &str) {
        self.of(account).0.is_listed = true;
    }

    /// An account is on the list of its organisation.
    pub(crate) fn listed(&mut self, listed: Listed) {
        let account = &mut self.of(&listed.account).0;
        account.is_listed = true;
        match &mut account.listed {
            Some(known) => known.join(listed),
            None => account.listed = Some(listed),
        }
    }

    /// The evidence has a log or a digest of an account. A record of root's is no reason: of the accounts in which root did nothing there would be none.
    pub(crate) fn see(&mut self, account: &str) {
        self.of(account).0.is_seen = true;
    }

    /// What is known of hours in a row, `[from, to)`, of one region of an account. An hour that is given several times counts once, with the best that is known
    /// of it; regions add up. A region without a name, which may be unknown, is one like any other.
    pub(crate) fn cover(&mut self, account: &str, region: &str, stretch: (Micros, Micros), seen: Seen) {
        // What is proven to be quiet is proven.
        let seen = if seen.is_proof() { Seen::Proven } else { seen };
        if stretch.0 >= stretch.1 || self.open.as_mut().is_some_and(|open| open.takes((account, region), stretch, seen)) {
            return;
        }
        self.close();
        self.open = Some(Open { account: account.into(), region: region.into(), stretch, seen });
    }

    fn close(&mut self) {
        if let Some(Open { account, region, stretch, seen }) = self.open.take() {
            self.of(&account).1.add(&region, stretch, seen);
        }
    }

    /// A use of root.
    pub(crate) fn add_use(&mut self, account: &str, one: &UseOf<'_>) {
        let name = self.name(one.name);
        let [key, session, incident] = [one.key, one.session, one.incident].map(|text| text.map(|text| self.name(text)));
        let &UseOf { time, kind, need, mfa, cis_match, would_alarm, .. } = one;
        self.of(account).0.uses.push(Use { time, kind, need, name, key, session, incident, mfa, cis_match, would_alarm });
    }

    /// An attempt at root's credentials.
    pub(crate) fn add_attempt(&mut self, account: &str, attempt: Attempt) {
        self.of(account).0.attempts.push(attempt);
    }

    /// A record that the CIS filter matches, whether or not it is a use.
    pub(crate) fn add_cis_match(&mut self, account: &str, time: Micros) {
        self.of(account).0.cis_matches.push(time);
    }

    /// A use that a credential report tells of.
    pub(crate) fn add_reported(&mut self, account: &str, time: Micros) {
        self.of(account).0.reported.push(time);
    }

    /// An incident in which root was used.
    pub(crate) fn add_incident(&mut self, account: &str, incident: Incident) {
        self.of(account).0.incidents.push(incident);
    }

    /// What a file says of an account.
    pub(crate) fn add_state(&mut self, account: &str, state: State) {
        self.of(account).0.states.push(state);
    }

    /// What an answer says of a policy.
    pub(crate) fn add_policy(&mut self, policy: Policy) {
        self.policies.push(policy);
    }

    /// All service control policies of an organisation are listed; see [`Import::policy_lists`].
    pub(crate) fn add_policy_list(&mut self, organisation: Option<String>) {
        self.policy_lists.insert(organisation);
    }

    /// All that a file says of accounts and policies. Problems stay with the caller.
    pub(crate) fn add_import(&mut self, import: &Import) {
        for (account, state) in &import.states {
            self.add_state(account, state.clone());
        }
        import.uses.iter().for_each(|one| self.add_reported(&one.account, one.time));
        import.accounts.iter().cloned().for_each(|listed| self.listed(listed));
        import.policies.iter().cloned().for_each(|policy| self.add_policy(policy));
        import.policy_lists.iter().cloned().for_each(|organisation| self.add_policy_list(organisation));
    }

    /// Sorts it all.
    #[must_use]
    pub(crate) fn population(mut self) -> Population {
        self.close();
        let Self { accounts, names, known, policies, policy_lists, open: _ } = self;
        drop(known);
        let sorted = |(mut account, regions): (Account, Regions)| {
            account.coverage = regions.stretches();
            account.uses.sort_by(|one, other| {
                let text = |name: Option<Name>| name.and_then(|name| names.get(name.0.get() as usize - 1));
                let rank = |one: &Use| (one.time, one.kind, text(Some(one.name)), text(one.key), text(one.session), text(one.incident));
                rank(one).cmp(&rank(other))
            });
            account.attempts.sort_unstable();
            account.incidents.sort_unstable();
            account.states.sort_by(|one, other| one.at.cmp(&other.at).then_with(|| one.cmp(other)));
            account.states.dedup();
            account.is_seen |= account.coverage.is_any();
            account.cis_matches.sort_unstable();
            account.reported.sort_unstable();
            account.reported.dedup();
            account.uses.shrink_to_fit();
            account.states.shrink_to_fit();
            account
        };
        let accounts = accounts.into_iter().map(|(id, gathered)| (id, sorted(gathered))).collect();
        Population { accounts, names, policies: merge(policies), policy_lists }
    }
}
