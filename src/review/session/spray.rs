//! Attempts at root of several accounts from one origin: few in each account, so that nothing locks and nothing rings, and each account's view looks
//! harmless. Here they are one finding.

use super::Entry;
use crate::evidence::record::outcome::Outcome;
use crate::evidence::record::time::{Micros, rfc3339};
use crate::root::Class;
use foldhash::HashMap;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Accounts that attempts from one origin reach before they are told as one. Two may be the mistakes of one administrator.
const ACCOUNTS: usize = 3;

/// How long an origin may rest between attempts of one finding, and how long after the last a sign-in from there belongs to it: 7 days.
const REST: Micros = 7 * 24 * 3_600_000_000;

/// Attempts at root of several accounts from one network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Spray<'t> {
    /// Where from: a /24 of IPv4, a /48 of IPv6.
    pub network: String,
    /// The addresses in it.
    pub addresses: BTreeSet<&'t str>,
    /// Accounts whose root was tried.
    pub accounts: BTreeSet<&'t str>,
    /// Attempts, in all of them.
    pub attempts: u64,
    /// What was tried, and how often: `ConsoleLogin`, `PasswordRecoveryRequested` ...
    pub calls: BTreeMap<&'t str, u64>,
    /// The first attempt. UTC.
    #[serde(serialize_with = "rfc3339::always")]
    pub first: Micros,
    /// The last attempt. UTC.
    #[serde(serialize_with = "rfc3339::always")]
    pub last: Micros,
    /// Accounts whose password was accepted, whether or not a sign-in followed.
    pub accepted: BTreeSet<&'t str>,
    /// Uses of root from there, or by the same client in an account that was tried, since the first attempt: the first of each account.
    pub used: Vec<Followed<'t>>,
    /// Records that belong to it: attempts, and uses that followed.
    #[serde(skip)]
    pub entries: Vec<usize>,
}

/// The first use of an account's root after attempts at it from the same origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Followed<'t> {
    /// Twelve digits.
    pub account: &'t str,
    /// UTC.
    #[serde(serialize_with = "rfc3339::always")]
    pub time: Micros,
    /// The event's id.
    pub event_id: &'t str,
    /// What was called, `signin:ConsoleLogin`.
    pub action: String,
    /// `address` or `client`: what it has in common with the attempts.
    pub by: &'static str,
}

/// The network that an address belongs to; nothing for the names of services.
fn network(address: &str) -> Option<String> {
    match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => {
            let [one, two, three, _] = address.octets();
            Some(format!("{one}.{two}.{three}.0/24"))
        }
        IpAddr::V6(address) => {
            let [one, two, three, ..] = address.segments();
            Some(format!("{one:x}:{two:x}:{three:x}::/48"))
        }
    }
}

/// The findings over entries in order of time, in the order of their first attempts.
pub(super) fn sprays<'t>(entries: &[Entry<'t>]) -> Vec<Spray<'t>> {
    let mut tried: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.class == Class::Attempt && entry.time.is_some()) {
        if let Some(network) = entry.address.and_then(network) {
            tried.entry(network).or_default().push(number);
        }
    }
    let time = |number: usize| entries[number].time.unwrap_or_default();
    let mut found: Vec<Spray<'t>> = Vec::new();
    for (network, numbers) in tried {
        for numbers in numbers.chunk_by(|one, other| time(*other) - time(*one) <= REST) {
            let of = || numbers.iter().map(|number| &entries[*number]);
            let accounts: BTreeSet<&str> = of().map(|entry| entry.account).filter(|account| !account.is_empty()).collect();
            if accounts.len() < ACCOUNTS {
                continue;
            }
            let mut calls: BTreeMap<&str, u64> = BTreeMap::new();
            of().for_each(|entry| *calls.entry(entry.name).or_default() += 1);
            found.push(Spray {
                network: network.clone(),
                addresses: of().filter_map(|entry| entry.address).collect(),
                accounts,
                attempts: numbers.len() as u64,
                calls,
                first: time(numbers[0]),
                last: time(numbers[numbers.len() - 1]),
                accepted: of().filter(|entry| entry.is_accepted_step()).map(|entry| entry.account).collect(),
                used: Vec::new(),
                entries: numbers.to_vec(),
            });
        }
    }
    follow(entries, &mut found);
    found.sort_by(|one, other| (one.first, &one.network).cmp(&(other.first, &other.network)));
    found
}

/// Adds the uses that followed.
fn follow<'t>(entries: &[Entry<'t>], sprays: &mut [Spray<'t>]) {
    if sprays.is_empty() {
        return;
    }
    let mut by_network: HashMap<String, Vec<usize>> = HashMap::default();
    let mut by_client: HashMap<(&str, &str), Vec<usize>> = HashMap::default();
    for (place, spray) in sprays.iter().enumerate() {
        by_network.entry(spray.network.clone()).or_default().push(place);
        let tried = spray.entries.iter().filter_map(|number| Some((entries[*number].account, entries[*number].agent?)));
        tried.collect::<BTreeSet<_>>().into_iter().for_each(|client| by_client.entry(client).or_default().push(place));
    }
    let mut first: BTreeSet<(usize, &str)> = BTreeSet::new();
    for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.class.is_usage()) {
        let Some(time) = entry.time else { continue };
        let near = entry.address.and_then(network).and_then(|network| by_network.get(&network)).into_iter().flatten();
        let same = entry.agent.and_then(|agent| by_client.get(&(entry.account, agent))).into_iter().flatten();
        let mut places: BTreeMap<usize, &'static str> = same.map(|place| (*place, "client")).collect();
        places.extend(near.map(|place| (*place, "address")));
        for (place, by) in places {
            let spray = &mut sprays[place];
            if !(spray.first..=spray.last.saturating_add(REST)).contains(&time) {
                continue;
            }
            spray.entries.push(number);
            if first.insert((place, entry.account)) {
                spray.used.push(Followed { account: entry.account, time, event_id: entry.event_id, action: entry.action(), by });
            }
        }
    }
}

impl Entry<'_> {
    /// Whether it is a step of a sign-in that shows that the password was right. Nobody is signed in by that.
    #[must_use]
    pub(crate) fn is_accepted_step(&self) -> bool {
        self.class == Class::Attempt && self.name == "CheckMfa" && self.outcome == Some(Outcome::Success)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, login};
    use super::*;

    fn failed(clock: &str, account: &'static str, address: &'static str) -> Entry<'static> {
        Entry { account, address: Some(address), agent: Some("Mozilla/5.0 odd"), ..login(clock, false) }
    }

    const NAMES: [&str; 4] = ["111122223333", "444455556666", "777788889999", "999988887777"];

    #[test]
    fn attempts_on_three_accounts_from_one_network_are_one_finding_over_days() {
        for (clocks, addresses) in [
            (["14T01:00:00", "14T02:00:00", "14T03:00:00"], ["198.51.100.9"; 3]),
            (["14T01:00:00", "17T02:00:00", "20T03:00:00"], ["198.51.100.9", "198.51.100.77", "198.51.100.201"]),
            (["14T01:00:00", "14T02:00:00", "14T03:00:00"], ["2001:db8:7::1", "2001:db8:7:1::2", "2001:db8:7:ffff::3"]),
        ] {
            let entries: Vec<_> = (0..3).map(|place| failed(clocks[place], NAMES[place], addresses[place])).collect();
            let found = sprays(&entries);
            assert_eq!(found.len(), 1, "{addresses:?}");
            assert_eq!((found[0].accounts.len(), found[0].attempts, found[0].first), (3, 3, at(clocks[0])));
            assert!(found[0].used.is_empty());
        }
    }

    #[test]
    fn two_accounts_other_networks_and_long_rests_are_none() {
        let none = |entries: Vec<Entry<'static>>| assert!(sprays(&entries).is_empty(), "{entries:?}");
        none(vec![failed("14T01:00:00", NAMES[0], "198.51.100.9"), failed("14T02:00:00", NAMES[1], "198.51.100.9")]);
        none((0..3).map(|place| failed("14T01:00:00", NAMES[place], ["198.51.100.9", "203.0.113.9", "192.0.2.9"][place])).collect());
        none((0..3).map(|place| failed(["01T01:00:00", "10T01:00:00", "20T01:00:00"][place], NAMES[place], "198.51.100.9")).collect());
        none((0..3).map(|place| failed("14T01:00:00", NAMES[place], "signin.amazonaws.com")).collect());
    }

    #[test]
    fn a_use_from_there_or_by_the_same_client_comes_first_and_a_recovery_is_an_attempt() {
        let mut entries: Vec<_> = (0..3).map(|place| failed("14T01:00:00", NAMES[place], "198.51.100.9")).collect();
        entries.push(Entry { name: "PasswordRecoveryRequested", ..failed("14T01:30:00", NAMES[3], "198.51.100.10") });
        entries.push(Entry {
            account: NAMES[1],
            address: Some("203.0.113.5"),
            agent: Some("Mozilla/5.0 odd"),
            ..login("14T02:00:00", true)
        });
        entries.push(Entry { account: NAMES[2], address: Some("198.51.100.200"), agent: None, ..login("14T03:00:00", true) });
        // By the same client, but of an account that was not tried.
        entries.push(Entry {
            account: "123412341234",
            address: Some("203.0.113.5"),
            agent: Some("Mozilla/5.0 odd"),
            ..login("14T04:00:00", true)
        });
        let found = sprays(&entries);
        let used: Vec<_> = found[0].used.iter().map(|one| (one.account, one.by)).collect();
        assert_eq!((found.len(), found[0].accounts.len(), used), (1, 4, vec![(NAMES[1], "client"), (NAMES[2], "address")]));
        assert_eq!(found[0].entries, [0, 1, 2, 3, 4, 5]);
    }
}
