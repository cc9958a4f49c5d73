//! `rootline verify`.

use super::reading::{Format, Output, Reading, Start};
use super::report::{self, LISTED, count};
use super::{Exit, page, plan};
use crate::case::table::SCHEMA_VERSION;
use crate::cli::progress::Bar;
use crate::cli::summary::{Losses, Run, Terms};
use crate::evidence::record::time;
use crate::pipeline::{self, Config, verify};
use crate::proof::integrity::{Chain, Finding, Keys, MissingKey, Validation, Worth, signatures};
use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Check logs against CloudTrail's signed digests.
#[derive(Debug, Args)]
#[command(
    after_help = "Needs no network: keys come from `aws cloudtrail list-public-keys` (each region has its own), signatures from the metadata of the digests \
    in S3, from a copy made with `rootline copy`, from `--digest-signatures`, or from the next digest.\n\
    Exit codes: 0 every digest is valid, nothing is missing, and every log that was seen is named by a valid digest; 2 could not run; 3 something is not proven, or there is \
    nothing to verify."
)]
pub(super) struct Verify {
    #[command(flatten)]
    proof: Proof,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    output: Output,
}

/// What digests are checked with.
#[derive(Debug, Args)]
pub(super) struct Proof {
    /// Public keys, as `aws cloudtrail list-public-keys` writes them (repeatable)
    #[arg(long, value_name = "FILE")]
    public_keys: Vec<PathBuf>,
    /// What `aws s3api head-object` says of digests, each with its `Key`: an array or a line each (repeatable)
    #[arg(long, value_name = "FILE")]
    digest_signatures: Vec<PathBuf>,
}

/// A file that was given, so that a reader knows which.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Given {
    path: String,
    sha256: String,
}

impl Given {
    /// Reads a file and notes that it was given.
    pub(super) fn read(path: &Path, given: &mut Vec<Self>) -> anyhow::Result<Vec<u8>> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        given.push(Self { path: path.display().to_string(), sha256: hex::encode(Sha256::digest(&bytes)) });
        Ok(bytes)
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// The keys and signatures that were given.
pub(super) struct Proven {
    pub keys: Keys,
    pub signatures: HashMap<String, String>,
    pub given: Vec<Given>,
}

impl Proof {
    /// Reads the files.
    pub(super) fn read(&self) -> anyhow::Result<Proven> {
        let mut proven = Proven { keys: Keys::default(), signatures: HashMap::new(), given: Vec::new() };
        for path in &self.public_keys {
            let added = proven.keys.add(&Given::read(path, &mut proven.given)?);
            added.map_err(|reason| anyhow::anyhow!("`{}` is not a file of public keys: {reason}", path.display()))?;
        }
        for path in &self.digest_signatures {
            let read = signatures::read(&Given::read(path, &mut proven.given)?);
            proven.signatures.extend(read.map_err(|reason| anyhow::anyhow!("`{}` is not a file of signatures: {reason}", path.display()))?);
        }
        Ok(proven)
    }
}

#[derive(Debug, Serialize)]
struct Summary {
    schema_version: &'static str,
    run: Run,
    terms: Terms,
    /// Files of keys and signatures.
    given: Vec<Given>,
    chains: Vec<Chain>,
    findings: Vec<Finding>,
    /// Logs that were seen, in the window.
    logs: u64,
    /// Those that no digest names.
    uncovered_logs: Vec<String>,
    missing_keys: Vec<MissingKey>,
    #[serde(flatten)]
    losses: Losses,
}

impl Verify {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let start = Start::now();
        let config = Config { integrity: true, ..self.reading.config(&start, &std::env::temp_dir())? };
        let Proven { keys, signatures, given } = self.proof.read()?;
        let threads = self.reading.threads();
        let sources = self.reading.sources(Path::new(""), &config.filter)?;
        if self.reading.dry_run {
            return plan::show(&sources, &config.filter, self.output.format);
        }
        let bar = Bar::new(self.output.quiet);
        let pool = pipeline::pool(threads)?;
        let scan = pool.install(|| pipeline::scan(&sources.all(), &config, &bar)).inspect_err(|_| bar.finish())?;
        bar.say("checking digests");
        let window = (config.filter.from, config.filter.to);
        let Validation { chains, findings, uncovered_logs, missing_keys, .. } =
            pool.install(|| verify::verify(&scan, &keys, &signatures, window));
        bar.finish();
        let summary = Summary {
            schema_version: SCHEMA_VERSION,
            run: Run { s3: sources.asked(), ..start.run(threads) },
            terms: Terms::from(&config.filter),
            given,
            logs: scan.manifest.iter().filter(|row| row.records > 0).count() as u64,
            chains,
            findings,
            uncovered_logs,
            missing_keys,
            losses: Losses::of(&scan.manifest),
        };
        let json = report::json(&summary)?;
        let json = (self.output.format == Format::Json).then_some(&json[..]);
        report::show(json, self.output.quiet, |out| text(out, &summary, keys.is_empty()))?;
        Ok(if summary.is_sound() { Exit::Clean } else { Exit::Incomplete })
    }
}

impl Summary {
    /// Whether there is something to verify, and all of it is valid.
    fn is_sound(&self) -> bool {
        let is_valid = !self.chains.is_empty() && self.chains.iter().all(|chain| chain.worth == Worth::Valid);
        is_valid && self.findings.is_empty() && self.uncovered_logs.is_empty() && self.losses.complete
    }
}

/// A name as it is in JSON.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Public keys that were not given, with the command that fetches each.
fn missing_keys(out: &mut impl Write, keys: &[MissingKey]) -> io::Result<()> {
    for (number, key) in keys.iter().take(LISTED).enumerate() {
        let heading = if number == 0 { "no key" } else { "" };
        let (region, fingerprint) = (page::clean(&key.region), page::clean(&key.fingerprint));
        writeln!(out, "{heading:<10}{fingerprint} of {region}, needed for {}", report::things(key.digests, "digest"))?;
        writeln!(out, "          hint: {}", key.command)?;
    }
    if keys.len() > LISTED {
        writeln!(out, "          and {} more keys, in `--format json`", count((keys.len() - LISTED) as u64))?;
    }
    Ok(())
}

/// Logs that no digest names.
fn uncovered(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    let logs = &summary.uncovered_logs;
    if logs.is_empty() {
        return Ok(());
    }
    let verb = if logs.len() == 1 { "is" } else { "are" };
    writeln!(
        out,
        "uncovered {} {verb} named by no digest, so nothing says whether they are whole or all there",
        report::things(logs.len() as u64, "log")
    )?;
    for uri in logs.iter().take(LISTED) {
        writeln!(out, "          {}", page::clean(uri))?;
    }
    if logs.len() > LISTED {
        writeln!(out, "          and {} more, in `--format json`", count((logs.len() - LISTED) as u64))?;
    }
    writeln!(out, "          hint: logs of the last hours have no digest yet; to verify until then, give `--to`")
}

fn text(out: &mut impl Write, summary: &Summary, no_keys: bool) -> io::Result<()> {
    if summary.chains.is_empty() {
        writeln!(out, "digests   none: nothing in this evidence says what CloudTrail delivered, so nothing can be verified")?;
        uncovered(out, summary)?;
        return report::losses(out, &summary.losses);
    }
    let mut table = page::table();
    table.set_header(["account", "region", "trail", "from", "to", "digests", "valid", "logs", "verdict", "findings"]);
    for chain in &summary.chains {
        let trail = if chain.backfill { format!("{} (backfill)", chain.trail) } else { chain.trail.clone() };
        table.add_row([
            page::clean(&chain.account).into_owned(),
            page::clean(&chain.region).into_owned(),
            page::clean(&trail).into_owned(),
            time::format(chain.from),
            time::format(chain.to),
            count(chain.digests),
            count(chain.valid),
            count(chain.logs),
            word(&chain.worth),
            count(chain.findings),
        ]);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)?;
    if no_keys {
        writeln!(out, "No public keys were given, so only hashes bind the digests: that shows an edit, not a rewrite of everything.")?;
    }
    missing_keys(out, &summary.missing_keys)?;
    uncovered(out, summary)?;
    if summary.is_sound() {
        let digests: u64 = summary.chains.iter().map(|chain| chain.digests).sum();
        writeln!(
            out,
            "valid     {}, and every log that was seen ({}) is named by one of them",
            report::things(digests, "digest"),
            count(summary.logs)
        )?;
        writeln!(
            out,
            "          if the newest backfill digests of a trail and the logs that only they name were removed, nothing here would show it"
        )?;
    }
    if !summary.findings.is_empty() {
        writeln!(out)?;
        writeln!(out, "findings  {}", count(summary.findings.len() as u64))?;
    }
    // One that is told by name a hundred times does not hide the others.
    let mut told: HashMap<String, usize> = HashMap::new();
    for finding in &summary.findings {
        let kind = word(&finding.kind);
        let times = told.entry(kind.clone()).or_default();
        *times += 1;
        if *times <= LISTED {
            let Finding { account, region, from, to, uri, reason, .. } = finding;
            let (account, region, uri, reason) = (page::clean(account), page::clean(region), page::clean(uri), page::clean(reason));
            writeln!(out, "          {kind} {account} {region} {} to {}", time::format(*from), time::format(*to))?;
            writeln!(out, "            {}", if uri.is_empty() { reason } else { format!("{uri}: {reason}").into() })?;
        }
    }
    let mut more: Vec<_> = told.into_iter().filter(|(_, times)| *times > LISTED).collect();
    more.sort_unstable();
    for (kind, times) in more {
        writeln!(out, "          and {} more {kind}, in `--format json`", count((times - LISTED) as u64))?;
    }
    report::losses(out, &summary.losses)
}
