//! Chains of digests: which hours they vouch for, and everything that does not fit.

use super::digest::{Digest, Place};
use super::finding::{Chain, Covered, Finding, Kind, MissingKey, Validation, Worth};
use super::keys::{Checked, Keys};
use super::match_up::{Lies, Objects, lies};
use super::{Found, Item};
use crate::evidence::record::logging::Event;
use crate::evidence::record::time::{self, Micros};
use crate::evidence::source::key::{DigestName, is_region};
use crate::evidence::source::{self, Key};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub(super) const HOUR: Micros = 3_600_000_000;

/// Hours of one gap that are told one by one, the last ones; what a digest says of times may be made up, and a window begin long before a trail.
pub(super) const TOLD: i64 = 24 * 366;

pub(super) const NO_DIGEST: &str = "no digest for this hour";

/// Identifies a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ChainId {
    account: String,
    region: String,
    trail: String,
    home_region: String,
    /// Digests written afterwards form a chain of their own.
    backfill: bool,
}

/// The chain that a digest is of, by the name of the file that it was delivered as.
fn id(digest: &Digest) -> ChainId {
    let file = digest.place.key.rsplit('/').next().unwrap_or_default();
    let account = digest.account.clone();
    match DigestName::parse(file) {
        Some(DigestName { region, trail, home_region, backfill, .. }) => {
            ChainId { account, region: region.to_owned(), trail: trail.to_owned(), home_region: home_region.to_owned(), backfill }
        }
        // Not a name that CloudTrail gives; no chain but its own is to profit from it.
        None => ChainId { account, region: String::new(), trail: file.to_owned(), home_region: String::new(), backfill: false },
    }
}

/// What is checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'e> {
    /// Every object.
    pub items: &'e [Item<'e>],
    /// Those of them that are, or should be, digests.
    pub found: &'e [Found<'e>],
    /// Records that explain gaps.
    pub events: &'e [Event],
    /// Keys of digests that are known to have been in the bucket, whether or not they are among the evidence.
    pub known: &'e [&'e str],
}

/// Checks everything that digests tell, chains side by side. `window` is the period, UTC, first moment and first after it: hours in it for which a
/// chain that was there has no digest are missing ones.
#[must_use]
pub(crate) fn validate(evidence: Evidence<'_>, keys: &Keys, window: (Option<Micros>, Option<Micros>)) -> Validation {
    let Evidence { items, found, events, known } = evidence;
    let objects = Objects::new(items);
    let mut chains: BTreeMap<ChainId, Vec<Link<'_>>> = BTreeMap::new();
    let (mut distinct, mut unreadable) = (HashSet::new(), Vec::new());
    let mut buckets = BTreeSet::new();
    for one in found {
        match &one.digest {
            Ok(digest) => {
                buckets.insert(digest.place.bucket.clone());
                // The same digest twice, as overlapping copies have it, is one.
                if distinct.insert((digest.hash, &digest.place)) {
                    let Found { uri, appended, trailer_damaged, .. } = *one;
                    let link = Link { uri, digest, signature: one.signature.as_deref(), appended, trailer_damaged };
                    chains.entry(id(digest)).or_default().push(link);
                }
            }
            Err(reason) => unreadable.push((one.uri, reason)),
        }
    }
    let newest = chains.values().flatten().map(|link| link.digest.end).max();
    // A digest comes within the hour after the one it covers.
    let delivered = items.iter().filter_map(|item| Key::parse(item.uri).delivered_at).max().map(|time| time - 2 * HOUR);
    let horizon = newest.max(delivered);
    let oldest = chains.values().flatten().map(|link| link.digest.start).min();
    let fresh = || Checking {
        items,
        objects: &objects,
        events,
        keys,
        extent: (oldest, horizon),
        named: HashSet::new(),
        trail: None,
        records_management: false,
        unkeyed: Vec::new(),
        out: Validation::default(),
    };
    let mut checking = fresh();
    checking.out.buckets = buckets;
    let checked: Vec<Checking<'_>> = chains
        .into_par_iter()
        .map(|(id, mut links)| {
            links.sort_by(|one, other| (one.digest.start, &one.digest.place).cmp(&(other.digest.start, &other.digest.place)));
            let mut of_chain = fresh();
            of_chain.chain(&id, &links, window);
            of_chain
        })
        .collect();
    // What one chain of a trail shows holds for the others: it is one trail with one selection of events.
    let recording: HashSet<Trail> =
        checked.iter().filter(|of_chain| of_chain.records_management).filter_map(|of_chain| of_chain.trail.clone()).collect();
    for mut of_chain in checked {
        let records_management = of_chain.trail.as_ref().is_some_and(|trail| recording.contains(trail));
        of_chain.out.covered.iter_mut().for_each(|covered| covered.records_management = records_management);
        checking.named.extend(of_chain.named);
        checking.out.chains.extend(of_chain.out.chains);
        checking.out.covered.extend(of_chain.out.covered);
        checking.out.findings.extend(of_chain.out.findings);
        checking.unkeyed.extend(of_chain.unkeyed);
    }
    checking.absent(known, found, window);
    for (uri, reason) in unreadable {
        checking.unreadable(uri, reason);
    }
    checking.unreferenced();
    checking.uncovered(window);
    let mut out = checking.out;
    out.missing_keys = missing_keys(checking.unkeyed);
    out.findings.sort_unstable();
    for chain in &mut out.chains {
        let of_chain = out.findings.iter().filter(|finding| finding.account == chain.account && finding.region == chain.region);
        chain.findings = of_chain.count() as u64;
    }
    out
}

pub(super) struct Link<'e> {
    pub(super) uri: &'e str,
    pub(super) digest: &'e Digest,
    pub(super) signature: Option<&'e str>,
    pub(super) appended: bool,
    pub(super) trailer_damaged: bool,
}

pub(super) struct Checking<'e> {
    pub(super) items: &'e [Item<'e>],
    pub(super) objects: &'e Objects<'e>,
    pub(super) events: &'e [Event],
    pub(super) keys: &'e Keys,
    /// Start of the oldest digest, and the latest time by which something was delivered; `None` where there is nothing.
    pub(super) extent: (Option<Micros>, Option<Micros>),
    /// Logs that a digest names.
    pub(super) named: HashSet<usize>,
    /// The trail of the chain that is checked, and whether one of the logs that its digests name holds a management event.
    trail: Option<Trail>,
    pub(super) records_management: bool,
    /// Digests whose key was not given.
    unkeyed: Vec<Unkeyed>,
    pub(super) out: Validation,
}

/// A digest signed with a key that was not given.
struct Unkeyed {
    region: String,
    fingerprint: String,
    /// The period that the digest covers.
    period: (Micros, Micros),
    /// The latest time at which it was signed, as far as the evidence tells.
    signed_by: Micros,
}

/// A trail, over all accounts and regions that it delivers from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Trail {
    /// The organisation, or the account of a trail of its own. Names of trails are unique only there.
    owner: String,
    name: String,
    home_region: String,
}

impl Trail {
    /// The trail of a digest: `[prefix/]AWSLogs/[o-id/]ACCOUNT/CloudTrail-Digest/...`.
    fn of(digest: &Digest, name: &str, home_region: &str) -> Self {
        let mut folders = digest.place.key.split('/').skip_while(|folder| *folder != digest.account);
        let organisation = digest.place.key.split('/').take_while(|folder| *folder != digest.account).last();
        let organisation = organisation.filter(|folder| folder.starts_with("o-") && folders.next().is_some());
        Self { owner: organisation.unwrap_or(&digest.account).to_owned(), name: name.to_owned(), home_region: home_region.to_owned() }
    }
}

impl Checking<'_> {
    fn chain(&mut self, id: &ChainId, links: &[Link<'_>], window: (Option<Micros>, Option<Micros>)) {
        let ChainId { account, region, trail, home_region, backfill } = id;
        let (Some(first), Some(last)) = (links.first(), links.last()) else { return };
        self.trail = Some(Trail::of(first.digest, trail, home_region));
        let by_place: HashMap<&Place, usize> = links.iter().enumerate().map(|(index, link)| (&link.digest.place, index)).collect();
        // The digest after each, by its own word.
        let mut next: Vec<Option<usize>> = vec![None; links.len()];
        for (index, link) in links.iter().enumerate() {
            if let Some(before) = link.digest.previous.as_ref().and_then(|previous| by_place.get(&previous.place)) {
                next[*before] = Some(index);
            }
        }
        let mut chain = Chain {
            account: account.clone(),
            region: region.clone(),
            trail: trail.clone(),
            home_region: home_region.clone(),
            backfill: *backfill,
            from: first.digest.start,
            to: links.iter().map(|link| link.digest.end).max().unwrap_or(last.digest.end),
            digests: links.len() as u64,
            valid: 0,
            logs: 0,
            worth: Worth::Valid,
            findings: 0,
        };
        for (index, link) in links.iter().enumerate() {
            let worth = self.worth((region, *backfill), link, next[index].map(|next| &links[next]));
            self.ending(region, link, link.uri, (link.appended, link.trailer_damaged));
            let mut complete = true;
            for log in &link.digest.logs {
                complete &= self.log(region, link, log);
            }
            chain.valid += u64::from(worth == Worth::Valid);
            chain.logs += link.digest.logs.len() as u64;
            chain.worth = chain.worth.max(worth);
            let Digest { start, end, logs, .. } = link.digest;
            self.out.covered.push(Covered {
                account: account.clone(),
                region: region.clone(),
                from: *start,
                to: *end,
                worth,
                logs: logs.len() as u64,
                complete,
                backfill: *backfill,
                records_management: false,
                uri: link.uri.to_owned(),
            });
        }
        if *backfill {
            self.backfill_gaps((region, trail), links, window);
        } else {
            self.gaps((region, trail), links, window);
        }
        self.out.chains.push(chain);
    }

    pub(super) fn tell(&mut self, link: &Link<'_>, region: &str, kind: Kind, uri: String, reason: String) {
        let Digest { account, start, end, .. } = link.digest;
        self.out.findings.push(Finding { account: account.clone(), region: region.to_owned(), from: *start, to: *end, kind, uri, reason });
    }

    /// What a digest is worth, by its signature and by what the next one says of it.
    fn worth(&mut self, (region, backfill): (&str, bool), link: &Link<'_>, next: Option<&Link<'_>>) -> Worth {
        let digest = link.digest;
        if lies(link.uri, &digest.place) == Lies::Elsewhere {
            let reason = format!("delivered to s3://{}/{}", digest.place.bucket, digest.place.key);
            self.tell(link, region, Kind::Moved, link.uri.to_owned(), reason);
        }
        let previous = next.and_then(|next| next.digest.previous.as_ref());
        let same_hash = previous.map(|previous| previous.hash == Some(digest.hash));
        let signature = link.signature.or(previous.map(|previous| &*previous.signature));
        let checked = signature.map(|signature| self.keys.check(&digest.fingerprint, &digest.signed_text(), signature));
        if !self.keys.has(&digest.fingerprint) {
            // A backfill digest is signed when it is written, which may be long after the hour it is for.
            let written = self.extent.1.filter(|_| backfill).unwrap_or(digest.end);
            self.unkeyed.push(Unkeyed {
                region: region.to_owned(),
                fingerprint: digest.fingerprint.clone(),
                period: (digest.start, digest.end),
                signed_by: written.max(digest.end),
            });
        }
        match (checked, same_hash) {
            (Some(Checked::Invalid), _) => {
                let reason = "its signature is not of these bytes at this place".to_owned();
                self.tell(link, region, Kind::SignatureInvalid, link.uri.to_owned(), reason);
                Worth::Broken
            }
            (Some(Checked::Valid), Some(false)) => {
                // Signed, so it is the next one that is not right.
                if let Some(next) = next {
                    let reason = "the hash it has of the digest before it is another".to_owned();
                    self.tell(next, region, Kind::HashMismatch, next.uri.to_owned(), reason);
                }
                Worth::Valid
            }
            (Some(Checked::Valid), _) => Worth::Valid,
            (_, Some(false)) => {
                let reason = "the next digest has another hash of it".to_owned();
                self.tell(link, region, Kind::HashMismatch, link.uri.to_owned(), reason);
                Worth::Broken
            }
            (_, Some(true)) => Worth::ChainOnly,
            (None, None) => {
                let reason = "no digest after it has its signature, and its metadata is not there".to_owned();
                self.tell(link, region, Kind::NewestUnverifiable, link.uri.to_owned(), reason);
                Worth::Unverified
            }
            (Some(Checked::NoKey), None) => Worth::Unverified,
        }
    }

    /// Whether a log is there and as its digest says.
    fn log(&mut self, region: &str, link: &Link<'_>, log: &super::digest::Log) -> bool {
        let found = self.objects.find(&log.place);
        let place = source::s3::Location::uri(&log.place.bucket, &log.place.key);
        // Of several copies the right one counts.
        let right = found.iter().find(|(index, _)| log.hash.is_some() && self.items[*index].hash == log.hash);
        let Some((index, lies)) = right.or(found.first()).copied() else {
            self.tell(link, region, Kind::MissingLog, place, "not in the evidence".to_owned());
            return false;
        };
        self.named.extend(found.iter().map(|(index, _)| *index));
        let item = self.items[index];
        if let Some(reason) = item.lost {
            self.tell(link, region, Kind::MissingLog, item.uri.to_owned(), reason.to_owned());
            return false;
        }
        if log.hash.is_none() || item.hash != log.hash {
            let reason = if item.hash.is_some() { "its text is not what the digest says" } else { "it cannot be inflated" };
            self.tell(link, region, Kind::HashMismatch, item.uri.to_owned(), reason.to_owned());
            return false;
        }
        if lies == Lies::Elsewhere {
            self.tell(link, region, Kind::Moved, item.uri.to_owned(), format!("delivered to {place}"));
        }
        self.ending(region, link, item.uri, (item.appended, item.trailer_damaged));
        self.records_management |= item.management_event;
        !item.appended
    }

    /// What is wrong at the end of an object whose text is as it should be.
    fn ending(&mut self, region: &str, link: &Link<'_>, uri: &str, (appended, trailer_damaged): (bool, bool)) {
        if appended {
            let reason = "further bytes follow what was signed or hashed; they were not read".to_owned();
            self.tell(link, region, Kind::AppendedData, uri.to_owned(), reason);
        }
        if trailer_damaged {
            let reason = "the checksum at its end is damaged; its text is what was signed or hashed".to_owned();
            self.tell(link, region, Kind::GzipTrailerDamaged, uri.to_owned(), reason);
        }
    }

    /// An object that its name or its content calls a digest, and that is none.
    fn unreadable(&mut self, uri: &str, reason: &str) {
        let key = Key::parse(uri);
        let (account, region) = (key.account.unwrap_or_default().to_owned(), key.region.unwrap_or_default().to_owned());
        let to = key.delivered_at.unwrap_or_default();
        let finding = Finding {
            account,
            region,
            from: to - HOUR,
            to,
            kind: Kind::UnreadableDigest,
            uri: uri.to_owned(),
            reason: format!("no digest: {reason}"),
        };
        self.out.findings.push(finding);
    }

    /// Logs in a covered hour that no digest names.
    fn unreferenced(&mut self) {
        // In order of their start, each with the one up to there that ends last: if that has ended, all have.
        let mut hours: HashMap<(&str, &str), Vec<(Micros, &Covered)>> = HashMap::new();
        for covered in &self.out.covered {
            hours.entry((&covered.account, &covered.region)).or_default().push((covered.from, covered));
        }
        for hours in hours.values_mut() {
            hours.sort_by_key(|(from, _)| *from);
            for at in 1..hours.len() {
                if hours[at - 1].1.to > hours[at].1.to {
                    hours[at].1 = hours[at - 1].1;
                }
            }
        }
        let mut findings = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            let key = Key::parse(item.uri);
            let (Some(source::Kind::Log), Some(account), Some(region), Some(delivered)) =
                (key.kind, key.account, key.region, key.delivered_at)
            else {
                continue;
            };
            if self.named.contains(&index) {
                continue;
            }
            // Chains of several trails may cover the same hour; each would name it.
            let of_region = hours.get(&(account, region)).map_or(&[][..], Vec::as_slice);
            let begun = of_region.partition_point(|(from, _)| *from <= delivered);
            if let Some(Covered { from, to, uri, .. }) =
                begun.checked_sub(1).map(|at| of_region[at].1).filter(|covered| delivered < covered.to)
            {
                let reason = format!("delivered in the hour of {uri}, which does not name it");
                let finding = Finding {
                    account: account.to_owned(),
                    region: region.to_owned(),
                    from: *from,
                    to: *to,
                    kind: Kind::UnreferencedLog,
                    uri: item.uri.to_owned(),
                    reason,
                };
                findings.push(finding);
            }
        }
        self.out.findings.append(&mut findings);
    }
}

/// One entry for each key and region.
fn missing_keys(unkeyed: Vec<Unkeyed>) -> Vec<MissingKey> {
    let mut by_key: BTreeMap<(String, String), (MissingKey, Micros)> = BTreeMap::new();
    for Unkeyed { region, fingerprint, period: (from, to), signed_by } in unkeyed {
        let (key, last) = by_key.entry((region.clone(), fingerprint.clone())).or_insert_with(|| {
            let command = String::new();
            (MissingKey { region, fingerprint, from, to, digests: 0, command }, signed_by)
        });
        (key.from, key.to, *last) = (key.from.min(from), key.to.max(to), signed_by.max(*last));
        key.digests += 1;
    }
    let with_command = |(key, last): (MissingKey, Micros)| {
        // Digests are evidence, and what they say goes into a command line only where it cannot be more than a name.
        let region = if is_region(&key.region) { &key.region } else { "REGION" };
        // A digest is signed within two hours of the end of its hour.
        let (from, to) = (time::format(key.from), time::format(last.saturating_add(2 * HOUR)));
        let command = format!("aws cloudtrail list-public-keys --region {region} --start-time {from} --end-time {to}");
        MissingKey { command, ..key }
    };
    by_key.into_values().map(with_command).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_of_an_organisation_is_one_trail_and_namesakes_of_two_accounts_are_two() {
        let digest = |account: &str, folders: &str| Digest {
            account: account.to_owned(),
            start: 0,
            end: HOUR,
            end_text: String::new(),
            place: Place { bucket: "b".to_owned(), key: format!("{folders}{account}/CloudTrail-Digest/us-east-1/2026/01/01/x.json.gz") },
            fingerprint: String::new(),
            previous: None,
            logs: Vec::new(),
            hash: [0; 32],
        };
        let trail = |account: &str, folders: &str| Trail::of(&digest(account, folders), "main", "us-east-1");
        assert_eq!(trail("111122223333", "AWSLogs/o-exampleorg1/"), trail("444455556666", "p/AWSLogs/o-exampleorg1/"));
        assert_ne!(trail("111122223333", "AWSLogs/"), trail("444455556666", "AWSLogs/"));
        assert_ne!(trail("111122223333", "AWSLogs/o-exampleorg1/"), trail("111122223333", "AWSLogs/o-exampleorg2/"));
        assert_eq!(trail("111122223333", "").owner, "111122223333");
    }
}
