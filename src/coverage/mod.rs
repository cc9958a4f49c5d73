//! What each account, region and hour of a period is known to contain.
//!
//! Hours are those of delivery, as digests count them: an event of the last minutes of an hour is found in the next one. A cell is proven only where
//! signed digests cover all of it and every log they name is there, byte for byte; that nothing was found elsewhere is an observation.

pub mod accounts;
pub mod stored;
pub mod verdict;

use crate::integrity::{Finding, Kind, Validation, Worth};
use crate::record::time::Micros;
use crate::source::{self, Key};
use crate::table::manifest::{Row, Status};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One hour, in microseconds.
pub const HOUR: Micros = 3_600_000_000;

/// The region that has the sign-ins of root, and the global services, in the partition `aws`.
pub const SIGN_IN_REGION: &str = "us-east-1";

/// What is known of a cell, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Signed digests cover it, and all logs that they name are there and match.
    Proven,
    /// Signed digests cover it and name no log.
    Quiet,
    /// Logs were read, or there are digests that nothing vouches for.
    Observed,
    /// Something does not fit, or a log could not be read to its end.
    Broken,
    /// Nothing is there, or nothing that holds a record.
    Unknown,
}

impl State {
    /// Every state, the best first.
    pub const ALL: [Self; 5] = [Self::Proven, Self::Quiet, Self::Observed, Self::Broken, Self::Unknown];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Quiet => "quiet",
            Self::Observed => "observed",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing can have happened in it that is not in the evidence.
    #[must_use]
    pub const fn is_proof(self) -> bool {
        matches!(self, Self::Proven | Self::Quiet)
    }
}

/// An account, a region, an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its start, UTC.
    pub hour: Micros,
    /// What is known.
    pub state: State,
    /// Logs delivered in it.
    pub logs: u64,
    /// Records read from them; damaged ones do not count.
    pub records: u64,
    /// The digest that covers its start.
    pub digest: Option<String>,
    /// Why it is no better.
    pub reason: Option<String>,
}

impl Cell {
    /// Whether anything is known of what happened in the hour: it is proven, or records of it were read. An unsigned digest that names no log is
    /// a claim, not an observation.
    #[must_use]
    pub const fn is_seen(&self) -> bool {
        self.state.is_proof() || matches!(self.state, State::Observed) && self.records > 0
    }
}

/// What is expected to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Accounts.
    pub accounts: BTreeSet<String>,
    /// Regions of every account.
    pub regions: BTreeSet<String>,
    /// From the start of the first hour to the end of the last, UTC.
    pub hours: (Micros, Micros),
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
        let chains = validation.chains.iter().map(|chain| chain.region.clone());
        Self::of(accounts, seen().filter_map(|key| key.region.map(str::to_owned)).chain(regions.iter().cloned()).chain(chains), window)
    }

    /// Accounts and regions, with the one that has the sign-ins, in all hours that the window touches and the one after it.
    #[must_use]
    pub fn of(accounts: BTreeSet<String>, regions: impl Iterator<Item = String>, window: (Micros, Micros)) -> Self {
        let mut all: BTreeSet<String> = regions.collect();
        // Other partitions have no root that signs in, but one region of theirs does not make an organisation one of them.
        let is_elsewhere = |region: &String| region.starts_with("cn-") || region.starts_with("us-gov-");
        if all.is_empty() || !all.iter().all(is_elsewhere) {
            all.insert(SIGN_IN_REGION.to_owned());
        }
        let first = window.0.div_euclid(HOUR) * HOUR;
        let last = (window.1 + 2 * HOUR - 1).div_euclid(HOUR) * HOUR;
        Self { accounts, regions: all, hours: (first, last) }
    }
}

/// What the cells are made of.
#[derive(Debug)]
pub struct Coverage<'e> {
    expected: &'e Expected,
    /// What became of logs, by account, region and hour of delivery.
    logs: BTreeMap<(&'e str, &'e str, Micros), Delivered<'e>>,
    /// What digests cover, in order of time.
    covered: BTreeMap<(&'e str, &'e str), Vec<&'e crate::integrity::Covered>>,
    findings: BTreeMap<(&'e str, &'e str), Vec<&'e Finding>>,
}

/// The logs delivered in an hour.
#[derive(Debug, Clone, Copy, Default)]
struct Delivered<'e> {
    logs: u64,
    /// Records that were read.
    records: u64,
    /// The first log that could not be read to its end.
    lost: Option<&'e str>,
}

/// Whether a finding spoils the hour that it is about.
const fn spoils(kind: Kind) -> bool {
    // What was moved, or lost its checksum, is what it was; a digest that cannot be verified is told by its worth; a restart by the gap before it.
    !matches!(kind, Kind::Moved | Kind::GzipTrailerDamaged | Kind::NewestUnverifiable | Kind::Restart)
}

impl<'e> Coverage<'e> {
    /// Sorts what is known by place and time.
    #[must_use]
    pub fn new(expected: &'e Expected, manifest: &'e [Row], validation: &'e Validation) -> Self {
        let mut coverage = Self { expected, logs: BTreeMap::new(), covered: BTreeMap::new(), findings: BTreeMap::new() };
        for row in manifest {
            // A second path to a log is no second log.
            if matches!(row.status, Status::Skipped | Status::NotALog) {
                continue;
            }
            let key = Key::parse(&row.uri);
            if let (Some(source::Kind::Log), Some(account), Some(region), Some(delivered)) =
                (key.kind, key.account, key.region, key.delivered_at)
            {
                let hour = coverage.logs.entry((account, region, delivered.div_euclid(HOUR) * HOUR)).or_default();
                hour.logs += 1;
                hour.records += row.records.saturating_sub(row.damaged);
                if row.status.is_loss() {
                    hour.lost = hour.lost.or(Some(&row.uri));
                }
            }
        }
        for covered in &validation.covered {
            coverage.covered.entry((&covered.account, &covered.region)).or_default().push(covered);
        }
        coverage.covered.values_mut().for_each(|covered| covered.sort_by_key(|covered| (covered.from, covered.to)));
        for finding in validation.findings.iter().filter(|finding| spoils(finding.kind)) {
            coverage.findings.entry((&finding.account, &finding.region)).or_default().push(finding);
        }
        coverage
    }

    /// The cells of an account and a region, in order of time.
    #[must_use]
    pub fn cells(&self, account: &str, region: &str) -> Vec<Cell> {
        let (first, last) = self.expected.hours;
        let covered = self.covered.get(&(account, region)).map_or(&[][..], Vec::as_slice);
        let findings = self.findings.get(&(account, region)).map_or(&[][..], Vec::as_slice);
        let hours = (last - first).div_euclid(HOUR).max(0);
        (0..hours).map(|number| self.cell((account, region), first + number * HOUR, covered, findings)).collect()
    }

    fn cell(&self, (account, region): (&str, &str), hour: Micros, covered: &[&crate::integrity::Covered], findings: &[&Finding]) -> Cell {
        let end = hour + HOUR;
        let Delivered { logs, records, lost } = self.logs.get(&(account, region, hour)).copied().unwrap_or_default();
        // Digests of one trail do not overlap; those of several may, and a little looking back finds them all.
        let begun = covered.partition_point(|one| one.from < end);
        let touching: Vec<_> = covered[..begun].iter().rev().take(16).rev().filter(|one| one.to > hour).collect();
        let digest = touching.first().map(|one| one.uri.clone());
        let mut told = Cell { hour, state: State::Unknown, logs, records, digest, reason: None };
        if let Some(finding) = findings.iter().find(|finding| finding.from < end && finding.to > hour) {
            told.state = State::Broken;
            told.reason = Some(finding.reason.clone());
            return told;
        }
        let mut reached = hour;
        let mut named = 0;
        for one in &touching {
            if one.worth == Worth::Valid && one.complete && one.from <= reached {
                reached = reached.max(one.to);
                named += one.logs;
            }
        }
        if reached >= end {
            told.state = if named == 0 && logs == 0 { State::Quiet } else { State::Proven };
            return told;
        }
        if touching.iter().any(|one| one.worth == Worth::Broken) {
            told.state = State::Broken;
            told.reason = Some("the digest is not what was signed".to_owned());
        } else if let Some(uri) = lost {
            told.state = State::Broken;
            told.reason = Some(format!("a log could not be read to its end: {uri}"));
        } else if records > 0 || !touching.is_empty() {
            told.state = State::Observed;
            told.reason = Some(if touching.is_empty() { "no digest" } else { "no signed digest covers all of the hour" }.to_owned());
        } else {
            told.reason = Some(if logs > 0 { "its logs hold no record" } else { "neither logs nor digests" }.to_owned());
        }
        told
    }
}
