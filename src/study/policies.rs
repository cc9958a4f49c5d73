//! Whether service control policies take everything from root of an account: what policies say, joined with what they are attached to.
//!
//! Careful on both sides. Yes only where a policy that denies root everything is attached to the account, or to a unit or the root above it; no only where all
//! policies of its organisation were listed and none that may deny root everything can reach it. The management account is never touched, whatever is attached
//! to it (Organizations user guide, `orgs_manage_policies_scps`). Organisations are distinguished by their management account, which ARNs name; where an account
//! lies in its organisation is known by its paths. Only what a statement denies is looked at, not what no policy allows.

use super::inputs::{Policy, Target};
use super::population::{Account, Population};
use std::collections::{BTreeMap, BTreeSet};

/// What policies do to root of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ruling<'p> {
    /// Whether it is denied everything; `None` where that cannot be told.
    pub is_denied: Option<bool>,
    /// The policy that denies it, or that leaves it open; by id the first.
    pub policy: Option<&'p Policy>,
    /// Why, as a sentence.
    pub reason: &'static str,
}

impl Ruling<'_> {
    const fn plain(is_denied: Option<bool>, reason: &'static str) -> Self {
        Self { is_denied, policy: None, reason }
    }
}

/// The policies of a population, by what they are attached to.
#[derive(Debug)]
pub(crate) struct Policies<'p> {
    /// Those that deny root everything, or may, by id.
    attached: Vec<Attached<'p>>,
    lists: &'p BTreeSet<Option<String>>,
    /// The organisations that are known, by their management account.
    organisations: BTreeSet<&'p str>,
    /// The organisation of each account that a policy is attached to.
    members: BTreeMap<&'p str, &'p str>,
}

#[derive(Debug)]
struct Attached<'p> {
    policy: &'p Policy,
    /// Whether it does deny root everything, or only may.
    is_denial: bool,
    accounts: BTreeSet<&'p str>,
    /// Units and roots.
    above: Vec<&'p Target>,
}

impl<'p> Policies<'p> {
    /// The policies of a population.
    #[must_use]
    pub(crate) fn new(population: &'p Population) -> Self {
        let service_control = || population.policies().iter().filter(|policy| policy.is_service_control());
        let judged = service_control().map(|policy| (policy, policy.denial().denies_root));
        let attached = judged.filter(|(_, denies)| *denies != Some(false)).map(|(policy, denies)| Attached::new(policy, denies.is_some()));
        let targets = || service_control().filter_map(|policy| policy.targets.as_ref()).flatten();
        let mut members: BTreeMap<&str, &str> = BTreeMap::new();
        for target in targets().filter(|target| target.kind == "ACCOUNT") {
            if let Some(organisation) = target.management.as_deref() {
                // Of two that differ the greater, so that order does not matter.
                members.entry(&target.id).and_modify(|known| *known = organisation.max(known)).or_insert(organisation);
            }
        }
        let of_lists = population.policy_lists().iter().filter_map(Option::as_deref);
        let of_accounts = population.accounts().filter_map(|(_, account)| account.listed.as_ref()?.management.as_deref());
        let of_targets = targets().filter_map(|target| target.management.as_deref());
        let organisations = of_lists.chain(of_accounts).chain(of_targets).collect();
        Self { attached: attached.collect(), lists: population.policy_lists(), organisations, members }
    }

    /// What they do to root of an account with these twelve digits.
    #[must_use]
    pub(crate) fn of(&self, id: &str, account: &Account) -> Ruling<'p> {
        if self.attached.is_empty() && self.lists.is_empty() {
            return Ruling::plain(None, "no policies were given");
        }
        let listed = account.listed.as_ref();
        let organisation = listed.and_then(|listed| listed.management.as_deref()).or_else(|| self.members.get(id).copied());
        let Some(organisation) = organisation else { return Ruling::plain(None, "its organisation is not known") };
        if organisation == id {
            return Ruling::plain(Some(false), "no policy touches the management account");
        }
        let paths = listed.map_or(&[][..], |listed| &listed.paths);
        let mut open = None;
        for attached in &self.attached {
            let ruling = |is_denied, reason| Ruling { is_denied, policy: Some(attached.policy), reason };
            match (attached.reaches(self, id, paths, organisation), attached.is_denial) {
                (Some(true), true) => return ruling(Some(true), "a policy denies everything to root"),
                (Some(true), false) => open = open.or(Some(ruling(None, "a policy is attached that may deny root everything"))),
                (None, _) => open = open.or(Some(ruling(None, "a policy that may deny root everything may be attached"))),
                (Some(false), _) => {}
            }
        }
        if let Some(ruling) = open {
            return ruling;
        }
        if !self.is_listed(organisation) {
            return Ruling::plain(None, "no whole list of the policies of its organisation was given");
        }
        Ruling::plain(Some(false), "no policy that is attached denies everything to root")
    }

    /// Whether all policies of an organisation are listed.
    fn is_listed(&self, organisation: &str) -> bool {
        let mut of_lists = self.lists.iter().map(Option::as_deref);
        of_lists.any(|listed| listed.map_or_else(|| self.is_one_organisation(), |listed| listed == organisation))
    }

    /// Whether what names no organisation can only be of the one.
    fn is_one_organisation(&self) -> bool {
        self.organisations.len() == 1
    }
}

impl<'p> Attached<'p> {
    fn new(policy: &'p Policy, is_denial: bool) -> Self {
        let targets = || policy.targets.iter().flatten();
        let accounts = targets().filter(|target| target.kind == "ACCOUNT").map(|target| target.id.as_str()).collect();
        Self { policy, is_denial, accounts, above: targets().filter(|target| target.kind != "ACCOUNT").collect() }
    }

    /// Whether it is attached to an account, or to anything above it.
    fn reaches(&self, all: &Policies<'_>, id: &str, paths: &[String], organisation: &str) -> Option<bool> {
        if self.accounts.contains(id) {
            return Some(true);
        }
        let mut reaches = self.policy.has_all_targets.then_some(false);
        for target in &self.above {
            match lies_above(target, all, paths, organisation) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => reaches = None,
            }
        }
        reaches
    }
}

/// Whether a unit or a root lies above an account.
fn lies_above(target: &Target, all: &Policies<'_>, paths: &[String], organisation: &str) -> Option<bool> {
    if target.management.as_deref().is_some_and(|other| other != organisation) {
        return Some(false);
    }
    let through = paths.iter().filter(|path| path.split('/').any(|part| part == target.id)).count();
    match (paths.len(), through) {
        // An organisation has one root.
        (0, _) if target.kind == "ROOT" => (target.management.is_some() || all.is_one_organisation()).then_some(true),
        (0, _) => None,
        (_, 0) => Some(false),
        (paths, through) => (paths == through).then_some(true),
    }
}
