//! What makes the case of a scan one that can be judged: what digests prove of every hour, and the records that tell of tampering.

use super::super::report;
use super::super::verify::{Given, Proven};
use crate::case::table::SCHEMA_VERSION;
use crate::case::{COVERAGE, CaseWriter, INTEGRITY};
use crate::cli::progress::Bar;
use crate::evidence::record::logging::Event;
use crate::evidence::record::time::Micros;
use crate::pipeline::{Scan, verify};
use crate::proof::coverage::table as coverage;
use crate::proof::coverage::{Coverage, Expected};
use crate::proof::integrity::{Finding, MissingKey, Validation};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

/// `integrity.json`: what digests and records of tampering say of a case, for every audit of it.
#[derive(Debug, Serialize)]
struct Integrity<'i> {
    schema_version: &'static str,
    /// Files of keys and signatures.
    given: &'i [Given],
    findings: &'i [Finding],
    missing_keys: &'i [MissingKey],
    uncovered_logs: &'i [String],
    /// Records that change trails or buckets.
    events: &'i [Event],
    /// Buckets that digests name.
    buckets: &'i BTreeSet<String>,
    /// Trails by name that digests are of, with the accounts of each: the trail of an organisation is set up in one of them or in none.
    trails: BTreeMap<String, BTreeSet<String>>,
}

/// The same, read back.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Known {
    pub given: Vec<Given>,
    /// As they were written: nothing is asked of them but to be told again.
    pub findings: Vec<serde_json::Value>,
    #[serde(default)]
    pub missing_keys: Vec<serde_json::Value>,
    #[serde(default)]
    pub uncovered_logs: Vec<String>,
    pub events: Vec<Event>,
    pub buckets: BTreeSet<String>,
    #[serde(default)]
    pub trails: BTreeMap<String, BTreeSet<String>>,
}

/// What is known of the evidence beforehand.
pub(super) struct Asked<'a> {
    pub proven: &'a Proven,
    pub window: (Micros, Micros),
    /// Accounts to expect; empty for those seen.
    pub accounts: BTreeSet<String>,
    pub regions: &'a [String],
}

/// Adds to the case of a scan what integrity says of it.
pub(super) fn add(asked: Asked<'_>, bar: &Bar, scan: &Scan, case: &mut CaseWriter, pool: &rayon::ThreadPool) -> anyhow::Result<()> {
    let Asked { proven: Proven { keys, signatures, given }, window: (from, to), accounts, regions } = asked;
    bar.say("checking digests");
    let validation: Validation = pool.install(|| verify::verify(scan, keys, signatures, (Some(from), Some(to))));
    let mut expected = Expected::new(&scan.manifest, &validation, accounts, regions, (from, to));
    // Use in an account that nobody expects is use.
    // What another account received tells of the actor's use, and nothing of the actor's own logs.
    let used_in = scan.activities.iter().filter(|activity| !activity.account_id.is_empty() && !activity.is_received);
    expected.accounts.extend(used_in.map(|activity| activity.account_id.to_string()));
    let known = Coverage::new(&expected, &scan.manifest, &validation);
    let (file, path) = case.add(COVERAGE)?;
    pool.install(|| coverage::write(&known, &expected, file, &path))?;
    let mut trails: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for chain in &validation.chains {
        trails.entry(chain.trail.clone()).or_default().insert(chain.account.clone());
    }
    let integrity = Integrity {
        schema_version: SCHEMA_VERSION,
        given,
        findings: &validation.findings,
        missing_keys: &validation.missing_keys,
        uncovered_logs: &validation.uncovered_logs,
        events: &scan.events,
        buckets: &validation.buckets,
        trails,
    };
    let (mut file, path) = case.add(INTEGRITY)?;
    file.write_all(&report::json(&integrity)?).with_context(|| format!("cannot write `{}`", path.display()))
}
