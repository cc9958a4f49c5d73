//! Chains of digests: which hours they vouch for, and everything that does not fit.

use super::digest::{Digest, Place};
use super::keys::{Checked, Keys};
use super::match_up::{Lies, Objects, lies};
use super::{Found, Item};
use crate::evidence::record::logging::Event;
use crate::evidence::record::time::{self, Micros};
use crate::evidence::source::key::{DigestName, is_region};
use crate::evidence::source::{self, Key};
use rayon::prelude::*;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

const HOUR: Micros = 3_600_000_000;

/// Hours of one gap that are told one by one, the last ones; what a digest says of times may be made up, and a window begin long before a trail.
const TOLD: i64 = 24 * 366;

const NO_DIGEST: &str = "no digest for this hour";

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A log or digest is not what a digest says.
    HashMismatch,
    /// A digest is not what was signed.
    SignatureInvalid,
    /// An object lies elsewhere than it was delivered to.
    Moved,
    /// No digest for an hour.
    MissingDigest,
    /// An object that should be a digest is none.
    UnreadableDigest,
    /// A log that a digest names is not there.
    MissingLog,
    /// A log that no digest names, in an hour that one covers.
    UnreferencedLog,
    /// Bytes after the part of a log that the digest covers.
    AppendedData,
    /// The checksum at a log's end is damaged; its text is what the digest says.
    GzipTrailerDamaged,
    /// A chain that begins anew.
    Restart,
    /// A digest whose signature is nowhere to be found.
    NewestUnverifiable,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Of the trail's records.
    pub account: String,
    /// Of delivery.
    pub region: String,
    /// The start of the hour that it is about.
    #[serde(serialize_with = "moment")]
    pub from: Micros,
    /// Its end.
    #[serde(serialize_with = "moment")]
    pub to: Micros,
    /// What.
    pub kind: Kind,
    /// The object; of one that is not there, the place it should be.
    pub uri: String,
    /// In words.
    pub reason: String,
}

fn moment<S: Serializer>(time: &Micros, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time::format(*time))
}

/// What a digest is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// Signed by a key that was given.
    Valid,
    /// The next digest has its hash, but no key was given for its signature.
    ChainOnly,
    /// Nothing vouches for it.
    Unverified,
    /// It is not what was signed or hashed.
    Broken,
}

/// An hour that a digest covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Of the trail's records.
    pub account: String,
    /// Of delivery.
    pub region: String,
    /// UTC.
    pub from: Micros,
    /// UTC.
    pub to: Micros,
    /// What the digest is worth.
    pub worth: Worth,
    /// Logs that it names.
    pub logs: u64,
    /// Whether all of them are there and as it says.
    pub complete: bool,
    /// Whether it was written afterwards, for logs that the regular digest missed; by itself it does not cover the hour.
    pub backfill: bool,
    /// Whether its trail was seen to record management events: a trail of data events only vouches for logs that tell nothing of root.
    pub records_management: bool,
    /// The digest.
    pub uri: String,
}

/// The digests of an account, a region and a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// Of the trail's records.
    pub account: String,
    /// Of delivery.
    pub region: String,
    /// The trail's name.
    pub trail: String,
    /// The trail's home region.
    pub home_region: String,
    /// Whether it is the chain of digests written afterwards.
    pub backfill: bool,
    /// The start of the first.
    #[serde(serialize_with = "moment")]
    pub from: Micros,
    /// The end of the last.
    #[serde(serialize_with = "moment")]
    pub to: Micros,
    /// Digests.
    pub digests: u64,
    /// Those signed by a key that was given.
    pub valid: u64,
    /// Logs that they name.
    pub logs: u64,
    /// The worst of its digests.
    pub worth: Worth,
    /// What does not fit.
    pub findings: u64,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Validation {
    /// By account, region and trail.
    pub chains: Vec<Chain>,
    /// By account, region and hour.
    pub findings: Vec<Finding>,
    /// What each digest covers.
    pub covered: Vec<Covered>,
    /// The buckets that digests say they were delivered to.
    pub buckets: BTreeSet<String>,
    /// URIs of the logs that no digest names, in order; some of them lie in an hour that a digest covers and are findings, too.
    pub uncovered_logs: Vec<String>,
    /// Public keys that digests are signed with and that were not given.
    pub missing_keys: Vec<MissingKey>,
}

/// A public key that digests are signed with and that was not given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MissingKey {
    /// Region of the digests; each has keys of its own.
    pub region: String,
    /// Fingerprint of the key, as the digests name it.
    pub fingerprint: String,
    /// Start of the first hour that a digest signed with it covers.
    #[serde(serialize_with = "moment")]
    pub from: Micros,
    /// End of the last.
    #[serde(serialize_with = "moment")]
    pub to: Micros,
    /// Digests signed with it.
    pub digests: u64,
    /// The command of the AWS CLI that fetches it.
    pub command: String,
}

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
pub struct Evidence<'e> {
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
pub fn validate(evidence: Evidence<'_>, keys: &Keys, window: (Option<Micros>, Option<Micros>)) -> Validation {
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

struct Link<'e> {
    uri: &'e str,
    digest: &'e Digest,
    signature: Option<&'e str>,
    appended: bool,
    trailer_damaged: bool,
}

struct Checking<'e> {
    items: &'e [Item<'e>],
    objects: &'e Objects<'e>,
    events: &'e [Event],
    keys: &'e Keys,
    /// Start of the oldest digest, and the latest time by which something was delivered; `None` where there is nothing.
    extent: (Option<Micros>, Option<Micros>),
    /// Logs that a digest names.
    named: HashSet<usize>,
    /// The trail of the chain that is checked, and whether one of the logs that its digests name holds a management event.
    trail: Option<Trail>,
    records_management: bool,
    /// Digests whose key was not given.
    unkeyed: Vec<Unkeyed>,
    out: Validation,
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

    fn tell(&mut self, link: &Link<'_>, region: &str, kind: Kind, uri: String, reason: String) {
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

    /// Hours without a digest: before the first, between two, after the last.
    fn gaps(&mut self, (region, trail): (&str, &str), links: &[Link<'_>], window: (Option<Micros>, Option<Micros>)) {
        let Some(first) = links.first() else { return };
        let account = first.digest.account.clone();
        if let (Some(from), Some(previous)) = (window.0, &first.digest.previous) {
            // Aligned with the digests that are there.
            let hours = (first.digest.start - from + HOUR - 1) / HOUR;
            let start = first.digest.start - hours.max(0) * HOUR;
            self.missing((&account, region, trail), (start, first.digest.start), Some(&previous.place), NO_DIGEST);
        }
        let mut end = first.digest.end;
        for pair in links.windows(2) {
            let (before, link) = (&pair[0], &pair[1]);
            let start = link.digest.start;
            match &link.digest.previous {
                None => {
                    let events: Vec<String> = self
                        .events
                        .iter()
                        .filter(|event| event.explains(&account, trail, end - HOUR, start + HOUR))
                        .map(Event::words)
                        .collect();
                    let why = if events.is_empty() { "no record says why".to_owned() } else { events.join(", ") };
                    let reason = format!("nothing vouches for the time from {} to {}: {why}", time::format(end), time::format(start));
                    self.tell(link, region, Kind::Restart, link.uri.to_owned(), reason);
                }
                Some(previous) if start > end => self.missing((&account, region, trail), (end, start), Some(&previous.place), NO_DIGEST),
                Some(previous) if !links.iter().any(|link| link.digest.place == previous.place) => {
                    let reason = format!(
                        "it follows s3://{}/{}, which is not there, and not {}",
                        previous.place.bucket, previous.place.key, before.uri
                    );
                    self.tell(link, region, Kind::HashMismatch, link.uri.to_owned(), reason);
                }
                Some(_) => {}
            }
            end = end.max(link.digest.end);
        }
        // Whole hours that other digests or logs are beyond; every trail has an hour of its own, so less than one means nothing. The end of the window
        // is not to be waited for: what is before it must be covered.
        let behind = self.extent.1.map_or(0, |horizon| (horizon - end) / HOUR);
        let wanted = window.1.map_or(0, |to| (to - end + HOUR - 1) / HOUR);
        let hours = behind.max(wanted).max(0);
        self.missing((&account, region, trail), (end, end + hours * HOUR), None, NO_DIGEST);
    }

    /// Backfill digests that later ones name and that are not there. They come when there is need for one, not every hour, so only their chain tells of
    /// them; and a missing one may have named others that are missing, too. Nothing names the newest digest of a chain.
    fn backfill_gaps(&mut self, (region, trail): (&str, &str), links: &[Link<'_>], window: (Option<Micros>, Option<Micros>)) {
        let Some(first) = links.first() else { return };
        let account = first.digest.account.clone();
        let there: HashMap<&Place, Micros> = links.iter().map(|link| (&link.digest.place, link.digest.end)).collect();
        let mut ends: Vec<Micros> = links.iter().map(|link| link.digest.end).collect();
        ends.sort_unstable();
        // By the end of the hour that the digest before is for; its name tells that of one that is not there.
        let of_name = |place: &Place| DigestName::parse(place.key.rsplit('/').next().unwrap_or_default()).map(|name| name.end);
        let befores = links.iter().map(|link| link.digest.previous.as_ref().map(|previous| &previous.place));
        let befores: Vec<_> =
            befores.map(|place| place.map(|place| (place, there.get(place).copied().or_else(|| of_name(place))))).collect();
        // A chain goes by the time of writing. Where what is there also goes by the hours, nothing of an hour after the missing one is taken to be
        // missing with it; where it does not, a missing digest may have been for any hour.
        let is_in_order = links.iter().zip(&befores).all(|(link, before)| match before {
            // None was written before the first.
            None => ends.first().is_none_or(|first| link.digest.end <= *first),
            Some((_, None)) => false,
            Some((_, Some(before))) => {
                let between = ends.partition_point(|end| end <= before)..ends.partition_point(|end| *end < link.digest.end);
                *before <= link.digest.end && between.is_empty()
            }
        });
        let missing: Vec<_> = befores.iter().flatten().filter(|(place, _)| !there.contains_key(place)).collect();
        const WHY: &str =
            "a backfill digest that a later one names is not there; it, or one before it that is missing too, may have been for this hour";
        if is_in_order {
            for (place, to) in missing.iter().filter_map(|(place, to)| Some((place, (*to)?))) {
                // Evidence of a period holds nothing from before it.
                if window.0.is_some_and(|from| to <= from) {
                    continue;
                }
                let known = ends[..ends.partition_point(|end| *end < to)].last().copied();
                let from = known.or(window.0).or(self.extent.0).unwrap_or(to - HOUR).min(to - HOUR);
                self.missing((&account, region, trail), (from, to), Some(place), WHY);
            }
        } else if let Some((place, _)) = missing.last() {
            let (first, last) = (ends.first().copied(), ends.last().copied());
            let from = window.0.into_iter().chain(self.extent.0).chain(first.map(|end| end - HOUR)).min();
            let to = window.1.map(|to| to.saturating_add(HOUR)).into_iter().chain(self.extent.1).chain(last).max();
            if let (Some(from), Some(to)) = (from, to) {
                self.missing((&account, region, trail), (from, to), Some(place), WHY);
            }
        }
        // The first of a chain has none before it. A second first, or one after digests that lead elsewhere, begins another.
        let oldest = missing.iter().filter_map(|(_, to)| *to).min();
        let mut begun = false;
        for link in links.iter().filter(|link| link.digest.previous.is_none()) {
            if begun || is_in_order && oldest.is_some_and(|end| end < link.digest.end) {
                let reason = "a second chain of backfill digests begins: nothing vouches for those before it".to_owned();
                self.tell(link, region, Kind::Restart, link.uri.to_owned(), reason);
            }
            begun = true;
        }
    }

    /// Digests that are known to have been in the bucket, of accounts of which there is something.
    fn absent(&mut self, known: &[&str], found: &[Found<'_>], window: (Option<Micros>, Option<Micros>)) {
        if known.is_empty() {
            return;
        }
        let there: HashSet<&str> = found.iter().filter_map(|one| one.digest.as_ref().ok()).map(|digest| &*digest.place.key).collect();
        // Evidence may be of some accounts only.
        let logs = self.items.iter().filter(|item| item.is_log).filter_map(|item| Key::parse(item.uri).account);
        let accounts: HashSet<&str> = self.out.chains.iter().map(|chain| &*chain.account).chain(logs).collect();
        let mut findings = Vec::new();
        for key in known.iter().filter(|key| !there.contains(**key)) {
            let Some(name) = DigestName::parse(key.rsplit('/').next().unwrap_or_default()) else { continue };
            let is_asked = window.0.is_none_or(|from| name.end > from) && window.1.is_none_or(|to| name.end - HOUR < to);
            if is_asked && accounts.contains(name.account) {
                findings.push(Finding {
                    account: name.account.to_owned(),
                    region: name.region.to_owned(),
                    from: name.end - HOUR,
                    to: name.end,
                    kind: Kind::MissingDigest,
                    uri: (*key).to_owned(),
                    reason: "its signature was exported, and it is not in the evidence".to_owned(),
                });
            }
        }
        // An hour that is missing from its chain anyway is told once.
        let told = Missing::new(&self.out.findings);
        findings.retain(|finding| !told.holds(finding));
        self.out.findings.extend(findings);
    }

    /// Logs that no digest names, as far as they are of the window.
    fn uncovered(&mut self, (from, to): (Option<Micros>, Option<Micros>)) {
        let of_window = |item: &Item<'_>| {
            // Events of the last minutes are delivered in the hour after the window.
            let delivered = Key::parse(item.uri).delivered_at;
            delivered.is_none_or(|time| from.is_none_or(|from| time >= from) && to.is_none_or(|to| time < to.saturating_add(HOUR)))
        };
        let items = self.items.iter().enumerate();
        let bare = items.filter(|(index, item)| item.is_log && !self.named.contains(index) && of_window(item));
        self.out.uncovered_logs = bare.map(|(_, item)| item.uri.to_owned()).collect();
    }

    /// A finding for each hour without a digest.
    fn missing(&mut self, (account, region, trail): (&str, &str, &str), (from, to): (Micros, Micros), last: Option<&Place>, what: &str) {
        let mut start = from;
        while start < to {
            // What is left over of an hour belongs to the last.
            let end = match (to - start) / HOUR {
                0 | 1 => to,
                hours if hours > TOLD => start + (hours - TOLD) * HOUR,
                _ => start + HOUR,
            };
            let uri = last.filter(|_| end == to).map(|place| source::s3::Location::uri(&place.bucket, &place.key));
            let why = self.events.iter().find(|event| event.explains(account, trail, from - HOUR, from + HOUR));
            let reason = why.map_or_else(|| what.to_owned(), |event| format!("{what}, after {}", event.words()));
            self.out.findings.push(Finding {
                account: account.to_owned(),
                region: region.to_owned(),
                from: start,
                to: end,
                kind: Kind::MissingDigest,
                uri: uri.unwrap_or_default(),
                reason,
            });
            start = end;
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

/// Periods without digests by account and region, in order, joined where they meet.
struct Missing<'f>(HashMap<(&'f str, &'f str), Vec<(Micros, Micros)>>);

impl<'f> Missing<'f> {
    fn new(findings: &'f [Finding]) -> Self {
        let mut periods: HashMap<_, Vec<(Micros, Micros)>> = HashMap::new();
        for Finding { account, region, from, to, .. } in findings.iter().filter(|finding| finding.kind == Kind::MissingDigest) {
            periods.entry((&**account, &**region)).or_default().push((*from, *to));
        }
        for periods in periods.values_mut() {
            periods.sort_unstable();
            periods.dedup_by(|(from, to), before| {
                let meets = *from <= before.1;
                before.1 = if meets { before.1.max(*to) } else { before.1 };
                meets
            });
        }
        Self(periods)
    }

    /// Whether all of the finding's period is among them. A part is not enough: the rest would be told by nothing.
    fn holds(&self, finding: &Finding) -> bool {
        let periods = self.0.get(&(&*finding.account, &*finding.region)).map_or(&[][..], Vec::as_slice);
        let begun = periods.partition_point(|(from, _)| *from <= finding.from);
        begun.checked_sub(1).is_some_and(|last| finding.to <= periods[last].1)
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
