//! From evidence to a case that can be judged: the tables of a scan, what its digests prove of every hour, and the records that tell of tampering.

use super::super::reading::{Reading, Start};
use super::super::report;
use super::super::verify::{Given, Proven};
use crate::progress::Bar;
use anyhow::Context as _;
use rootline::case::{COVERAGE, CaseWriter, INTEGRITY};
use rootline::coverage::{Coverage, Expected};
use rootline::integrity::{Event, Finding, Validation};
use rootline::pipeline::{self, Config, verify};
use rootline::record::time::Micros;
use rootline::summary::{Run, Summary, Terms};
use rootline::table::{SCHEMA_VERSION, coverage, manifest, timeline};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

/// `integrity.json`: what digests and records of tampering say of a case, for every audit of it.
#[derive(Debug, Serialize)]
struct Integrity<'i> {
    schema_version: &'static str,
    /// Files of keys and signatures.
    given: &'i [Given],
    findings: &'i [Finding],
    /// Records that change trails or buckets.
    events: &'i [Event],
    /// Buckets that digests name.
    buckets: &'i BTreeSet<String>,
}

/// The same, read back.
#[derive(Debug, Default, Deserialize)]
pub struct Known {
    pub given: Vec<Given>,
    /// As they were written: nothing is asked of them but to be told again.
    pub findings: Vec<serde_json::Value>,
    pub events: Vec<Event>,
    pub buckets: BTreeSet<String>,
}

/// Where and how evidence is read.
pub struct Gathering<'g> {
    pub reading: &'g Reading,
    pub config: Config,
    pub start: &'g Start,
    pub folder: &'g Path,
    pub rescan: bool,
    pub window: (Micros, Micros),
    /// Accounts to expect; empty for those seen.
    pub accounts: BTreeSet<String>,
    pub regions: &'g [String],
}

/// Reads the evidence into a case.
pub fn gather(gathering: Gathering<'_>, proven: &Proven, sources: &super::super::reading::Sources, bar: &Bar) -> anyhow::Result<()> {
    let Gathering { reading, mut config, start, folder, rescan, window: (from, to), accounts, regions } = gathering;
    let Proven { keys, signatures, given } = proven;
    let threads = reading.threads();
    let mut case = CaseWriter::open(folder)?;
    config.journal = sources.journal(case.folder(), &config, rescan)?;
    let pool = pipeline::pool(threads)?;
    let scan = pool.install(|| pipeline::scan(&sources.all(), &config, bar))?;
    bar.say("checking digests");
    let validation: Validation = pool.install(|| verify::verify(&scan, keys, signatures, (Some(from), Some(to))));
    let mut expected = Expected::new(&scan.manifest, &validation, accounts, regions, (from, to));
    // Use in an account that nobody expects is use.
    expected.accounts.extend(scan.activities.iter().map(|activity| activity.account_id.to_string()));
    let known = Coverage::new(&expected, &scan.manifest, &validation);
    bar.say("writing tables");
    let (file, path) = case.manifest()?;
    pool.install(|| manifest::write(&scan.manifest, file, &path))?;
    let (file, path) = case.timeline()?;
    let uri = |object: u32| &*scan.manifest[object as usize].uri;
    pool.install(|| timeline::write(&scan.activities, &scan.texts, uri, file, &path))?;
    let (file, path) = case.add(COVERAGE)?;
    pool.install(|| coverage::write(&known, &expected, file, &path))?;
    let integrity = Integrity {
        schema_version: SCHEMA_VERSION,
        given,
        findings: &validation.findings,
        events: &scan.events,
        buckets: &validation.buckets,
    };
    let (mut file, path) = case.add(INTEGRITY)?;
    file.write_all(&report::json(&integrity)?).with_context(|| format!("cannot write `{}`", path.display()))?;
    let run = Run { recalled: scan.recalled, s3: sources.asked(), evidence: reading.places(), ..start.run(threads) };
    case.commit(&report::json(&Summary::new(&scan, Terms::from(&config.filter), run))?)?;
    Ok(())
}
