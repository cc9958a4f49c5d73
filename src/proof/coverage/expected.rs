//! What is expected to be there: accounts, the regions of each, and the hours.

use super::{HOUR, SIGN_IN_REGION};
use crate::case::table::manifest::Row;
use crate::evidence::record::time::Micros;
use crate::evidence::region::partition_of;
use crate::evidence::source::key::is_region;
use crate::evidence::source::{self, Key};
use crate::proof::integrity::Validation;
use std::collections::{BTreeMap, BTreeSet};

/// The partition in which root signs in, in one region for all accounts.
const COMMERCIAL: &str = "aws";

/// What is expected to be there. Accounts belong to one partition (`aws`, `aws-us-gov`, `aws-eusc` ...) and are expected in its regions only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Accounts.
    pub accounts: BTreeSet<String>,
    /// Regions of any account.
    pub regions: BTreeSet<String>,
    /// From the start of the first hour to the end of the last, UTC.
    pub hours: (Micros, Micros),
    /// The partitions in which there is something of an account.
    partitions: BTreeMap<String, BTreeSet<&'static str>>,
    /// The partitions of accounts of which nothing is there.
    others: BTreeSet<&'static str>,
}

impl Expected {
    /// What to expect of evidence: the accounts that are named, or else those that were seen; the regions that were seen, those that are named, and the one
    /// with the sign-ins; all hours that the window touches, and the one after it, in which its last events are delivered.
    #[must_use]
    pub fn new(
        manifest: &[Row],
        validation: &Validation,
        accounts: BTreeSet<String>,
        regions: &[String],
        window: (Micros, Micros),
    ) -> Self {
        let keys = || manifest.iter().map(|row| Key::parse(&row.uri));
        let seen = || keys().filter(|key| matches!(key.kind, Some(source::Kind::Log | source::Kind::Digest)));
        let accounts = if accounts.is_empty() {
            let chains = validation.chains.iter().map(|chain| chain.account.clone());
            seen().filter_map(|key| key.account.map(str::to_owned)).chain(chains).collect()
        } else {
            accounts
        };
        let chains = validation.chains.iter().map(|chain| (Some(chain.account.clone()), chain.region.clone()));
        // A region of which all is gone may still be named by what does not fit.
        let findings = validation.findings.iter().filter(|finding| is_region(&finding.region));
        let findings = findings.map(|finding| (Some(finding.account.clone()), finding.region.clone()));
        let seen = seen().filter_map(|key| Some((key.account.map(str::to_owned), key.region?.to_owned())));
        let asked = regions.iter().map(|region| (None, region.clone()));
        Self::of(accounts, seen.chain(asked).chain(chains).chain(findings), window)
    }

    /// Accounts, and the regions in which there is something of one of them or of none in particular; with the region that has the sign-ins, in all hours
    /// that the window touches and the one after it.
    #[must_use]
    pub fn of(accounts: BTreeSet<String>, seen: impl Iterator<Item = (Option<String>, String)>, window: (Micros, Micros)) -> Self {
        let mut regions = BTreeSet::new();
        let mut partitions: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
        for (account, region) in seen {
            if let Some(account) = account {
                partitions.entry(account).or_default().insert(partition_of(&region));
            }
            regions.insert(region);
        }
        // Of an account without a trace nobody can say where it is: in the only partition that there is, else in the one that nearly all are in.
        let mut others: BTreeSet<&'static str> = regions.iter().map(|region| partition_of(region)).collect();
        if others.is_empty() || others.contains(COMMERCIAL) {
            others = BTreeSet::from([COMMERCIAL]);
        }
        let first = window.0.div_euclid(HOUR) * HOUR;
        let last = (window.1 + 2 * HOUR - 1).div_euclid(HOUR) * HOUR;
        let mut expected = Self { accounts, regions, hours: (first, last), partitions, others };
        if expected.accounts.is_empty() || expected.accounts.iter().any(|account| expected.sign_in_region(account).is_some()) {
            expected.regions.insert(SIGN_IN_REGION.to_owned());
        }
        expected
    }

    fn partitions_of(&self, account: &str) -> &BTreeSet<&'static str> {
        self.partitions.get(account).unwrap_or(&self.others)
    }

    /// The regions that an account is expected in: those of its partition.
    pub fn regions_of(&self, account: &str) -> impl Iterator<Item = &str> {
        let partitions = self.partitions_of(account);
        let has_sign_ins = partitions.contains(COMMERCIAL) && !self.regions.contains(SIGN_IN_REGION);
        let of_partition = self.regions.iter().map(String::as_str).filter(move |region| partitions.contains(partition_of(region)));
        of_partition.chain(has_sign_ins.then_some(SIGN_IN_REGION))
    }

    /// The region that has the sign-ins of an account's root, where there is one: in other partitions than `aws` root does not exist, does not sign in, or does
    /// so where the account's own regions are.
    #[must_use]
    pub fn sign_in_region(&self, account: &str) -> Option<&'static str> {
        self.partitions_of(account).contains(COMMERCIAL).then_some(SIGN_IN_REGION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_expected_in_the_regions_of_its_own_partition() {
        let pair = |account: &str, region: &str| (Some(account.to_owned()), region.to_owned());
        let of = |pairs: &[(Option<String>, String)], account: &str| {
            let accounts = BTreeSet::from(["1".to_owned(), "2".to_owned()]);
            let expected = Expected::of(accounts, pairs.iter().cloned(), (0, HOUR));
            let regions: Vec<String> = expected.regions_of(account).map(str::to_owned).collect();
            (regions.join(" "), expected.sign_in_region(account))
        };
        let mixed = [pair("1", "eu-west-1"), pair("2", "us-gov-west-1")];
        assert_eq!(of(&mixed, "1"), ("eu-west-1 us-east-1".to_owned(), Some(SIGN_IN_REGION)));
        assert_eq!(of(&mixed, "2"), ("us-gov-west-1".to_owned(), None));
        // Nothing is there of the other account.
        for (region, others) in [("eusc-de-east-1", "eusc-de-east-1"), ("us-iso-east-1", "us-iso-east-1"), ("cn-north-1", "cn-north-1")] {
            assert_eq!(of(&[pair("1", region)], "2"), (others.to_owned(), None), "{region}");
        }
        assert_eq!(of(&mixed, "3").1, Some(SIGN_IN_REGION));
        assert_eq!(of(&[], "1"), ("us-east-1".to_owned(), Some(SIGN_IN_REGION)));
        assert_eq!(of(&[(None, "us-gov-east-1".to_owned())], "1"), ("us-gov-east-1".to_owned(), None));
    }
}
