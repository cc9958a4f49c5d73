//! `rootline audit`.

use super::reading::{Format, Reading, Start};
use super::report::{self, LISTED, count};
use super::verify::{Given, Proof, Proven};
use super::{Exit, attestation, page, plan};
use crate::progress::Bar;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use rootline::case::{ATTESTATION, ATTESTATION_TEXT, COVERAGE, CaseWriter};
use rootline::coverage::verdict::{self, Account, Seen, Verdict};
use rootline::coverage::{Coverage, Expected, SIGN_IN_REGION, accounts};
use rootline::credential_report::{self, Use};
use rootline::integrity::{Event, Finding, Validation};
use rootline::pipeline::{self, Config, Scan, verify};
use rootline::record::time::{self, Micros};
use rootline::root::Class;
use rootline::summary::{Losses, Run, Summary, Terms};
use rootline::table::{SCHEMA_VERSION, coverage, manifest, timeline};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// State whether root was used in a period, and how far that can be believed.
#[derive(Debug, Args)]
#[command(after_help = "Needs `--from` and `--to`. The folder gets a case, coverage.parquet, and the attestation as JSON and as text.\n\
    Exit codes: 0 root was not used, proven or as `--require` allows; 1 it was used, or a credential report says so; 2 could not run; \
    3 no use was seen, but that is not what `--require` asks for.")]
pub struct Audit {
    /// The folder that the results go to; made if it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    case: Option<PathBuf>,
    /// What an empty result must be for exit code 0
    #[arg(long, value_enum, default_value = "proven")]
    require: Require,
    /// The accounts to expect: a list, a CSV, or `aws organizations list-accounts` [default: those that are seen]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// A region to expect beside those that are seen (repeatable)
    #[arg(long, value_name = "REGION")]
    expect_region: Vec<String>,
    /// An IAM credential report, to be compared with the records (repeatable)
    #[arg(long, value_name = "FILE")]
    credential_report: Vec<PathBuf>,
    /// Count as use what the CIS / Security Hub metric filter matches
    #[arg(long)]
    cis: bool,
    /// Fetch objects from S3 again that an earlier audit into the case has read, although they are the same
    #[arg(long)]
    rescan: bool,
    #[command(flatten)]
    proof: Proof,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Require {
    /// Digests prove that nothing is missing
    Proven,
    /// Nothing was found in what is there
    Observed,
}

/// An object that was read.
#[derive(Debug, Serialize)]
pub struct Input {
    pub uri: String,
    pub size: u64,
    pub sha256: Option<String>,
    pub status: &'static str,
}

/// All that is attested.
#[derive(Debug, Serialize)]
pub struct Attestation {
    pub schema_version: &'static str,
    pub run: Run,
    pub terms: Terms,
    pub definition_of_use: &'static str,
    pub require: Require,
    pub verdict: Verdict,
    pub accounts: Vec<Account>,
    pub findings: Vec<Finding>,
    /// Records of tampering with trails and their buckets.
    pub tampering: Vec<Event>,
    /// Files of keys, signatures, accounts and credential reports.
    pub given: Vec<Given>,
    #[serde(flatten)]
    pub losses: Losses,
    pub inputs: Vec<Input>,
}

const BY_CLASS: &str = "any record of the root user's own doing: sign-ins and password recoveries that succeeded, calls by console, long-term or temporary key, denied \
    and failed ones included, services that act in a root session, sessions that root federated and those opened with sts:AssumeRoot. Not counted: services acting in root's \
    name with nobody behind them, failed sign-ins, and other principals acting on root's credentials.";
const BY_CIS: &str = "what the CIS / Security Hub filter matches: userIdentity.type is Root, userIdentity.invokedBy does not exist, eventType is not AwsServiceEvent.";

impl Audit {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<Exit> {
        let start = Start::now();
        let folder = self.case.as_deref().unwrap_or(Path::new(""));
        let mut config = Config { integrity: true, hash: true, ..self.reading.config(&start, folder)? };
        let (Some(from), Some(to)) = (config.filter.from, config.filter.to) else {
            anyhow::bail!("an audit is of a period: give `--from` and `--to`, or `--last`");
        };
        let Proven { keys, signatures, mut given } = self.proof.read()?;
        let expected: BTreeSet<String> = match &self.accounts {
            Some(path) => {
                let read = accounts::read(&Given::read(path, &mut given)?);
                read.map_err(|reason| anyhow::anyhow!("`{}` is no list of accounts: {reason}", path.display()))?
            }
            None => config.filter.accounts.clone(),
        };
        let mut uses = Vec::new();
        for path in &self.credential_report {
            let read = credential_report::root_uses(&Given::read(path, &mut given)?);
            uses.extend(read.map_err(|reason| anyhow::anyhow!("`{}` is no credential report: {reason}", path.display()))?);
        }
        let threads = self.reading.threads();
        let sources = self.reading.sources(folder, &config.filter)?;
        if self.reading.dry_run {
            return plan::show(&sources, &config.filter, self.reading.format);
        }
        let mut case = CaseWriter::open(folder)?;
        config.journal = sources.journal(case.folder(), &config, self.rescan)?;
        let bar = Bar::new(self.reading.quiet);
        let pool = pipeline::pool(threads)?;
        let scan = pool.install(|| pipeline::scan(&sources.all(), &config, &bar)).inspect_err(|_| bar.finish())?;
        bar.say("checking digests");
        let validation = pool.install(|| verify::verify(&scan, &keys, &signatures, (Some(from), Some(to))));
        let mut seen = self.seen(&scan, &uses, (from, to));
        let tampering = tampering(&scan, &validation.buckets, (from, to));
        let mut expected = Expected::new(&scan.manifest, &validation, expected, &self.expect_region, (from, to));
        // Use in an account that nobody expects is use.
        expected.accounts.extend(seen.keys().cloned());
        let known = Coverage::new(&expected, &scan.manifest, &validation);
        let judge = |account: &String| verdict::judge(&known, &expected, account, seen.remove(account).unwrap_or_default(), self.cis);
        let accounts: Vec<Account> = expected.accounts.iter().map(judge).collect();
        let worst = accounts.iter().map(|account| account.verdict).max().unwrap_or(Verdict::ZeroObserved);
        let run = || Run { s3: sources.asked(), ..start.run(threads) };
        let losses = Losses::of(&scan.manifest);
        // What could not be read may hold anything.
        let verdict = if worst == Verdict::ZeroProven && !losses.complete { Verdict::ZeroObserved } else { worst };
        let Validation { findings, .. } = &validation;
        let attested = Attestation {
            schema_version: SCHEMA_VERSION,
            run: run(),
            terms: Terms::from(&config.filter),
            definition_of_use: if self.cis { BY_CIS } else { BY_CLASS },
            require: self.require,
            verdict,
            accounts,
            findings: findings.clone(),
            tampering,
            given,
            losses,
            inputs: inputs(&scan),
        };
        let (file, path) = case.manifest()?;
        pool.install(|| manifest::write(&scan.manifest, file, &path))?;
        let (file, path) = case.timeline()?;
        let uri = |object: u32| &*scan.manifest[object as usize].uri;
        pool.install(|| timeline::write(&scan.activities, &scan.texts, uri, file, &path))?;
        let (file, path) = case.add(COVERAGE)?;
        pool.install(|| coverage::write(&known, &expected, file, &path))?;
        let json = report::json(&attested)?;
        let mut text = Vec::new();
        attestation::write(&mut text, &attested)?;
        for (name, bytes) in [(ATTESTATION, &json), (ATTESTATION_TEXT, &text)] {
            let (mut file, path) = case.add(name)?;
            file.write_all(bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        case.commit(&report::json(&Summary::new(&scan, Terms::from(&config.filter), run()))?)?;
        bar.finish();
        let json = (self.reading.format == Format::Json).then_some(&json[..]);
        report::show(json, self.reading.quiet, |out| shown(out, &attested, folder))?;
        Ok(match (verdict, self.require) {
            (Verdict::Usage | Verdict::Contradicted, _) => Exit::Findings,
            (Verdict::ZeroProven, _) | (Verdict::ZeroObserved, Require::Observed) => Exit::Clean,
            (Verdict::ZeroObserved, Require::Proven) => Exit::Incomplete,
        })
    }

    /// What root did, by account, and what only the credential reports tell of.
    fn seen(&self, scan: &Scan, uses: &[Use], window: (Micros, Micros)) -> BTreeMap<String, Seen> {
        let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
        for activity in &scan.activities {
            let of_account = seen.entry(activity.account_id.to_string()).or_default();
            of_account.usage += u64::from(activity.label.class.is_usage());
            of_account.cis_matches += u64::from(activity.label.cis_match);
            of_account.attempts += u64::from(activity.label.class == Class::Attempt);
        }
        for one in uses.iter().filter(|one| verdict::is_within(Some(one.time), window)) {
            let near = |time: Option<Micros>| time.is_some_and(|time| (time - one.time).abs() <= one.tolerance());
            let shown = |activity: &rootline::activity::Activity| {
                activity.label.class.is_usage() && *activity.account_id == *one.account && near(activity.event_time)
            };
            if !scan.activities.iter().any(shown) {
                let service = one.service.as_ref().map_or_else(String::new, |service| format!(" for {service}"));
                let text = format!(
                    "the credential report says that root's {} was last used{service} at {}, and no record shows it",
                    one.credential,
                    time::format(one.time)
                );
                seen.entry(one.account.clone()).or_default().contradictions.push(text);
            }
        }
        // An account in which nothing of root was is none to add.
        seen.retain(|_, seen| *seen != Seen::default());
        seen
    }
}

/// Records of tampering with trails, and with the buckets that logs are in. Where no bucket is known, a change to any may be one.
fn tampering(scan: &Scan, buckets: &BTreeSet<String>, window: (Micros, Micros)) -> Vec<Event> {
    let of_ours = |event: &Event| !event.is_of_bucket() || buckets.contains(&event.target) || buckets.is_empty() && !event.is_of_object();
    let relevant = |event: &&Event| verdict::is_within(event.event_time, window) && event.is_tampering() && of_ours(event);
    scan.events.iter().filter(relevant).cloned().collect()
}

fn inputs(scan: &Scan) -> Vec<Input> {
    let input = |row: &manifest::Row| Input { uri: row.uri.clone(), size: row.size, sha256: row.sha256.clone(), status: row.status.name() };
    scan.manifest.iter().map(input).collect()
}

/// The verdict for people.
fn shown(out: &mut impl Write, attested: &Attestation, folder: &Path) -> io::Result<()> {
    writeln!(out, "case      {}", page::clean(&folder.to_string_lossy()))?;
    writeln!(out, "verdict   {}", attested.verdict.name())?;
    let mut table = page::table();
    table.set_header(["account", "verdict", "usage", "cis", "attempts", "proven", "quiet", "observed", "broken", "unknown"]);
    for account in &attested.accounts {
        let cells = |state: &str| count(account.cells.get(state).copied().unwrap_or(0));
        let numbers = [account.usage, account.cis_matches, account.attempts].map(count);
        let states = ["proven", "quiet", "observed", "broken", "unknown"].map(cells);
        let name = if account.account.is_empty() { "(unknown)" } else { &account.account };
        table.add_row([page::clean(name).into_owned(), account.verdict.name().to_owned()].into_iter().chain(numbers).chain(states));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    for account in attested.accounts.iter().filter(|account| !account.sign_ins_visible) {
        writeln!(out, "          {}: sign-ins not visible, nothing is there of {SIGN_IN_REGION}", page::clean(&account.account))?;
    }
    let gaps: Vec<_> = attested.accounts.iter().flat_map(|account| account.gaps.iter().map(move |gap| (account, gap))).collect();
    for (account, gap) in gaps.iter().take(LISTED) {
        let (name, reason) = (page::clean(&account.account), page::clean(&gap.reason));
        writeln!(
            out,
            "gap       {name} {} {} to {}: {} hours {}, {reason}",
            page::clean(&gap.region),
            gap.from,
            gap.to,
            gap.hours,
            gap.state.name()
        )?;
    }
    if gaps.len() > LISTED {
        writeln!(out, "          and {} more, in {ATTESTATION}", count((gaps.len() - LISTED) as u64))?;
    }
    for text in attested.accounts.iter().flat_map(|account| &account.contradictions) {
        writeln!(out, "hole      {}", page::clean(text))?;
    }
    for event in attested.tampering.iter().take(LISTED) {
        writeln!(out, "tampering {} {}", page::clean(&event.words()), if event.failed { "(refused)" } else { "" })?;
    }
    report::losses(out, &attested.losses)
}
