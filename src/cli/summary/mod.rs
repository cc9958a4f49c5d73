//! `summary.json`: what a run read and found, in one page.

pub(super) mod convert;
mod left;

pub(super) use left::LeftOut;

use crate::case::table::SCHEMA_VERSION;
use crate::case::table::manifest::{Row, Status};
use crate::evidence::filter::Filter;
use crate::evidence::record::time::{self, Micros};
use crate::evidence::source::s3::Report;
use crate::pipeline::Scan;
use crate::root::{Class, Need};
use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Items listed under actions, addresses and losses; the tables hold them all.
const LISTED: usize = 10;
const LOSSES_LISTED: usize = 100;

/// A place of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Evidence {
    /// As it was given; objects are called by it.
    pub given: String,
    /// From the root of the file system, where it is on disk.
    pub path: String,
}

/// How the run was asked for and how long it took. The only part that differs between two runs over the same evidence.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Run {
    /// Of this program.
    pub version: &'static str,
    /// As given.
    pub command_line: Vec<String>,
    /// Where the evidence lies.
    pub evidence: Vec<Evidence>,
    /// RFC 3339.
    pub started_at: String,
    /// Wall time.
    pub seconds: f64,
    /// Workers.
    pub threads: usize,
    /// Objects whose results an earlier run had left.
    pub recalled: u64,
    /// What was asked of buckets.
    pub s3: Vec<Report>,
}

/// The terms of the tables.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Terms {
    /// Inclusive, RFC 3339.
    pub from: Option<String>,
    /// Exclusive, RFC 3339.
    pub to: Option<String>,
    /// Empty for all.
    pub accounts: BTreeSet<String>,
    /// Empty for all.
    pub regions: BTreeSet<String>,
}

impl From<&Filter> for Terms {
    fn from(filter: &Filter) -> Self {
        Self {
            from: filter.from.map(time::format),
            to: filter.to.map(time::format),
            accounts: filter.accounts.clone(),
            regions: filter.regions.clone(),
        }
    }
}

/// Objects by status, and bytes.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Objects {
    /// All seen.
    pub seen: u64,
    /// By status.
    pub by_status: BTreeMap<&'static str, u64>,
    /// By form of those read.
    pub by_form: BTreeMap<&'static str, u64>,
    /// Stored bytes.
    pub bytes_stored: u64,
    /// Inflated bytes.
    pub bytes_inflated: u64,
}

/// Records: `read` = `labelled` + `passed_over` + `damaged`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Records {
    /// Copies included.
    pub read: u64,
    /// Have to do with root.
    pub labelled: u64,
    /// Have not.
    pub passed_over: u64,
    /// Could not be read.
    pub damaged: u64,
    /// Labelled, but outside the terms.
    pub outside_terms: u64,
    /// Labelled copies, folded.
    pub duplicates: u64,
    /// Labelled, their event id stands on other content too.
    pub conflicts: u64,
    /// Insights and the like, not among the records.
    pub kept_apart: u64,
    /// Without an event time.
    pub without_event_time: u64,
    /// The earliest event time of all records.
    pub first_event_time: Option<String>,
    /// The latest.
    pub last_event_time: Option<String>,
}

/// How often something occurs.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(super) struct Count {
    /// What.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// The timeline in short.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Root {
    /// Rows of the timeline.
    pub activities: u64,
    /// Those that count as use of root.
    pub usage: u64,
    /// Those that the CIS filter matches.
    pub cis_match: u64,
    /// By class, zero included.
    pub by_class: BTreeMap<&'static str, u64>,
    /// Usage by need for root.
    pub by_need: BTreeMap<&'static str, u64>,
    /// From event history CSV.
    pub degraded: u64,
    /// Without an event id.
    pub without_event_id: u64,
    /// The first use.
    pub first_use: Option<String>,
    /// The last use.
    pub last_use: Option<String>,
    /// Accounts with activity, and how much of it is use.
    pub accounts: BTreeMap<String, AccountCount>,
    /// The most common events among usage.
    pub actions: Vec<Count>,
    /// The most common source addresses among usage and attempts.
    pub source_addresses: Vec<Count>,
}

/// The activities of an account.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct AccountCount {
    /// All.
    pub activities: u64,
    /// Those that count as use.
    pub usage: u64,
}

/// An object of which something was lost.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Loss {
    /// The object.
    pub uri: String,
    /// `partial` or `damaged`.
    pub status: &'static str,
    /// Why.
    pub reason: String,
}

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Summary {
    /// Of the tables and of this file.
    pub schema_version: &'static str,
    /// This run.
    pub run: Run,
    /// What goes into the timeline.
    pub terms: Terms,
    /// What was read.
    pub objects: Objects,
    /// What was in it.
    pub records: Records,
    /// What root did.
    pub root: Root,
    /// What was lost.
    #[serde(flatten)]
    pub losses: Losses,
    /// What was not read for other reasons.
    pub left_out: Vec<LeftOut>,
}

/// Whether evidence was lost, and which.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Losses {
    /// Whether nothing was.
    pub complete: bool,
    /// The first objects of which something was lost; the manifest has all.
    pub losses: Vec<Loss>,
    /// How many there are.
    pub objects_with_losses: u64,
}

impl Losses {
    /// What the manifest says was lost.
    #[must_use]
    pub(super) fn of(manifest: &[Row]) -> Self {
        let lost = || manifest.iter().filter(|row| row.status.is_loss());
        let objects_with_losses = lost().count() as u64;
        Self {
            complete: objects_with_losses == 0,
            losses: lost()
                .take(LOSSES_LISTED)
                .map(|row| Loss { uri: row.uri.clone(), status: row.status.name(), reason: row.reason.clone().unwrap_or_default() })
                .collect(),
            objects_with_losses,
        }
    }
}

impl Summary {
    /// Sums up a scan.
    #[must_use]
    pub(super) fn new(scan: &Scan, terms: Terms, run: Run) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            run,
            terms,
            objects: objects(&scan.manifest),
            records: records(scan),
            root: root(scan),
            losses: Losses::of(&scan.manifest),
            left_out: LeftOut::groups(&scan.manifest),
        }
    }
}

fn objects(manifest: &[Row]) -> Objects {
    let mut by_status: BTreeMap<_, u64> = Status::ALL.iter().map(|status| (status.name(), 0)).collect();
    let mut by_form = BTreeMap::new();
    for row in manifest {
        *by_status.entry(row.status.name()).or_default() += 1;
        if let Some(form) = row.form {
            *by_form.entry(form).or_default() += 1;
        }
    }
    Objects {
        seen: manifest.len() as u64,
        by_status,
        by_form,
        bytes_stored: manifest.iter().map(|row| row.size).sum(),
        bytes_inflated: manifest.iter().map(|row| row.inflated).sum(),
    }
}

fn records(scan: &Scan) -> Records {
    let sum = |field: fn(&Row) -> u64| scan.manifest.iter().map(field).sum();
    let (first_event_time, last_event_time) = period(&scan.manifest);
    Records {
        read: sum(|row| row.records),
        labelled: sum(|row| row.labelled),
        passed_over: sum(|row| row.passed_over),
        damaged: sum(|row| row.damaged),
        outside_terms: sum(|row| row.outside_terms),
        duplicates: scan.folded.duplicates,
        conflicts: scan.folded.conflicts,
        kept_apart: sum(|row| row.apart),
        without_event_time: sum(|row| row.no_event_time),
        first_event_time,
        last_event_time,
    }
}

/// The first and the last event time of all records.
fn period(manifest: &[Row]) -> (Option<String>, Option<String>) {
    let first = manifest.iter().filter_map(|row| row.first_event_time).min();
    let last = manifest.iter().filter_map(|row| row.last_event_time).max();
    (first.map(time::format), last.map(time::format))
}

fn root(scan: &Scan) -> Root {
    let (mut by_class, mut by_need) = ([0; Class::ALL.len()], [0; Need::ALL.len()]);
    let mut accounts: HashMap<&str, AccountCount> = HashMap::default();
    let mut actions: HashMap<&str, u64> = HashMap::default();
    let mut addresses: HashMap<&str, u64> = HashMap::default();
    let mut times: Option<(Micros, Micros)> = None;
    let (mut usage, mut cis_match, mut degraded, mut without_event_id) = (0, 0, 0, 0);
    for activity in &scan.activities {
        let class = activity.label.class;
        by_class[class as usize] += 1;
        cis_match += u64::from(activity.label.cis_match);
        degraded += u64::from(activity.is_degraded());
        without_event_id += u64::from(activity.event_id.is_empty());
        let account = accounts.entry(&activity.account_id).or_default();
        account.activities += 1;
        if class.is_usage() {
            usage += 1;
            account.usage += 1;
            if let Some(need) = activity.label.need {
                by_need[need as usize] += 1;
            }
            if let Some(time) = activity.event_time {
                times = Some(times.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
            }
            *actions.entry(&activity.action).or_default() += 1;
        }
        if class.is_usage() || class == Class::Attempt {
            let source = if activity.source_ip.is_empty() { "(none)" } else { &activity.source_ip };
            *addresses.entry(source).or_default() += 1;
        }
    }
    Root {
        activities: scan.activities.len() as u64,
        usage,
        cis_match,
        by_class: Class::ALL.iter().map(|class| (class.name(), by_class[*class as usize])).collect(),
        by_need: Need::ALL.iter().map(|need| (need.name(), by_need[*need as usize])).collect(),
        degraded,
        without_event_id,
        first_use: times.map(|(first, _)| time::format(first)),
        last_use: times.map(|(_, last)| time::format(last)),
        accounts: accounts.into_iter().map(|(account, count)| (account.to_owned(), count)).collect(),
        actions: top(actions),
        source_addresses: top(addresses),
    }
}

/// The most common, ties by name.
fn top(counts: HashMap<&str, u64>) -> Vec<Count> {
    let mut counts: Vec<Count> = counts.into_iter().map(|(name, count)| Count { name: name.to_owned(), count }).collect();
    counts.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.name.cmp(&other.name)));
    counts.truncate(LISTED);
    counts
}
