//! `rootline audit`.

mod gather;
mod judge;
mod shortfall;
mod text;

use super::gather::Gathering;
use super::reading::{Format, Output, Reading, Start};
use super::report::{self, LISTED, count};
use super::review::{self, Flags};
use super::verify::{Given, Proof, Proven};
use super::{Exit, page, plan};
use crate::case::table::{SCHEMA_VERSION, manifest};
use crate::case::{ATTESTATION, ATTESTATION_TEXT, Case, CaseUpdate, REVIEWED};
use crate::cli::progress::Bar;
use crate::cli::summary::{LeftOut, Losses, Run, Terms};
use crate::error::Error;
use crate::evidence::filter::Filter;
use crate::evidence::record::logging::Event;
use crate::evidence::record::time::Micros;
use crate::pipeline::Config;
use crate::proof::coverage::SIGN_IN_REGION;
use crate::proof::coverage::accounts::{self, Listed};
use crate::proof::coverage::verdict::{Account, Observation, Verdict};
use crate::proof::credential_report::{self, Reported};
use crate::review::session::{Review, Spray, entries};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use gather::Asked;
use judge::{Answered, Question, Unplaced};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// State whether root was used in a period, and how far that can be believed.
#[derive(Debug, Args)]
#[command(
    after_help = "Needs `--from` and `--to`. The folder gets a case, coverage.parquet, incidents.parquet, and the attestation as JSON and as text. A finished case, of an audit \
    or of a scan, may be audited in place of evidence: another window, other break-glass windows, other reports.\n\
    Verdicts: zero_proven, zero_observed (with how much was observed), approved_only, sign_ins_unseen, no_evidence, usage, contradicted.\n\
    Exit codes: 0 no use, or only approved use, in evidence that is as complete as `--require` asks for, in every account; 1 root was used otherwise, or a credential report \
    says so; 2 could not run; 3 no use was found, or only approved use, and that does not clear root: nothing or too little was looked at, something could not be read, or it \
    is not proven. `no_evidence` and `sign_ins_unseen` are never 0."
)]
pub(super) struct Audit {
    /// The folder that the results go to; made if it is not there. Not for a finished case, which gets them itself
    #[arg(long, value_name = "DIR")]
    case: Option<PathBuf>,
    /// How complete the evidence must be for exit code 0
    #[arg(long, value_enum, default_value = "proven")]
    require: Require,
    /// With `--require observed`: the share of each account's days on which something must have been seen in the region where root signs in
    #[arg(long, value_name = "SHARE", default_value = "90%", value_parser = Share::parse)]
    min_observed: Share,
    /// The accounts to expect: a list, a CSV, or `aws organizations list-accounts` [default: those that are seen]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// A region to expect beside those that are seen (repeatable)
    #[arg(long, value_name = "REGION", value_parser = super::window::region)]
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
    review: Flags,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Require {
    /// Signed digests prove that nothing is missing
    Proven,
    /// Everything that is there was read, and something was seen on enough days (`--min-observed`)
    Observed,
}

/// A share of days, more than none of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Share(f64);

impl Share {
    /// `90%` or `0.9`.
    fn parse(text: &str) -> Result<Self, String> {
        let number = match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
            None => text.parse(),
        };
        // A share of nothing would clear what nobody looked at.
        number
            .ok()
            .filter(|share| *share > 0.0 && *share <= 1.0)
            .map(Self)
            .ok_or_else(|| "not a share; write `90%` or `0.9`, above 0 and at most 1".to_owned())
    }

    fn is_met(self, observation: &Observation) -> bool {
        observation.days > 0 && observation.share().is_some_and(|share| share >= self.0)
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} %", (self.0 * 10_000.0).round() / 100.0)
    }
}

/// An object that was read.
#[derive(Debug, Serialize)]
pub(super) struct Input {
    pub uri: String,
    pub size: u64,
    pub sha256: Option<String>,
    pub status: &'static str,
}

/// All that is attested.
#[derive(Debug, Serialize)]
pub(super) struct Attestation {
    pub schema_version: &'static str,
    pub run: Run,
    pub terms: Terms,
    pub definition_of_use: &'static str,
    pub require: Require,
    pub min_observed: Share,
    pub verdict: Verdict,
    /// Why a result without use does not clear root; empty where it does, or where there is use.
    pub shortfalls: Vec<String>,
    /// How much was looked at, in all accounts together.
    pub observation: Observation,
    pub unplaced: Unplaced,
    /// Whether digests prove that nothing is missing.
    pub proven: bool,
    /// Whether digests were looked at at all: a case of a plain scan is judged by what is there.
    pub digests_checked: bool,
    /// Regions that every account is expected in: those seen anywhere, those asked for, and the one where root signs in.
    pub regions: BTreeSet<String>,
    /// What this evidence cannot show, however complete it is.
    pub limits: &'static [&'static str],
    pub accounts: Vec<Account>,
    pub findings: Vec<serde_json::Value>,
    /// Public keys that were not given, with the command that fetches each.
    pub missing_keys: Vec<serde_json::Value>,
    /// Logs that no digest names.
    pub uncovered_logs: Vec<String>,
    /// Records of tampering with trails and their buckets.
    pub tampering: Vec<Event>,
    /// Cells of credential reports that were not understood, and columns that are not there.
    pub unreported: Vec<String>,
    /// Attempts at root of several accounts from one origin, a sentence each. Attempts are no use.
    pub sprays: Vec<String>,
    /// Files of keys, signatures, accounts and credential reports.
    pub given: Vec<Given>,
    #[serde(flatten)]
    pub losses: Losses,
    /// Objects that were not read although nothing is wrong with them.
    pub left_out: Vec<LeftOut>,
    pub inputs: Vec<Input>,
}

/// What stands in an attestation beside what the case says of its accounts.
struct Beside {
    given: Vec<Given>,
    unreported: Vec<String>,
    sprays: Vec<String>,
}

const BY_CLASS: &str = "any record of the root user's own doing: sign-ins and password recoveries that succeeded, calls by console, long-term or temporary key, denied \
    and failed ones included, services that act in a root session, sessions that root federated and those opened with sts:AssumeRoot. Not counted: services acting in root's \
    name with nobody behind them, failed sign-ins, and other principals acting on root's credentials.";
/// What no evidence of this kind shows. It is said beside every verdict.
const LIMITS: [&str; 5] = [
    "The public keys are assumed to be AWS's. Someone who can forge both keys and logs would not be detected.",
    "No digest names the newest backfill digest of a trail. If it and the logs that only it names were removed, only an export of signatures from before that would show it.",
    "A trail of which nothing is left is not missed; hours that the signed digests of another trail cover stay proven.",
    "A region of which nothing is left, and that is not asked for, is not expected: give `--expect-region` for those that are in use.",
    "Trails are known to record management events by the events that were read. Data events, such as access to objects in S3, are recorded only where that is switched on.",
];
const BY_CIS: &str = "what the CIS / Security Hub filter matches: userIdentity.type is Root, userIdentity.invokedBy does not exist, eventType is not AwsServiceEvent.";

impl Audit {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let start = Start::now();
        let filter = self.reading.filter(&start)?;
        let (Some(from), Some(to)) = (filter.from, filter.to) else {
            anyhow::bail!("an audit is of a period: give `--from` and `--to`, or `--last`");
        };
        anyhow::ensure!(filter.regions.is_empty(), "root may have been used in any region; an audit is of all of them");
        let window = (from, to);
        let proven = self.proof.read()?;
        let mut given = Vec::new();
        let (listed, expected) = self.expected(&filter, &mut given)?;
        let reported = self.reported(&mut given)?;
        let bar = Bar::new(self.output.quiet);
        let case = match self.finished() {
            Some(case) => {
                if !proven.given.is_empty() || self.rescan || self.reading.dry_run {
                    anyhow::bail!("a finished case is judged as it is; keys, signatures, `--rescan` and `--dry-run` are for evidence");
                }
                case
            }
            None => match self.gather(&start, &proven, window, &expected, &bar)? {
                Ok(case) => case,
                Err(planned) => return Ok(planned),
            },
        };
        // Told beside the verdict, which names the account but not what there is instead.
        super::held::note(case.folder(), &filter)?;
        bar.say("judging");
        let kept = self.review.terms(Some(&case))?;
        given.extend(kept.file().cloned());
        let mut update = CaseUpdate::open(&case)?;
        let timeline = review::timeline_of(&case)?;
        let entries = entries(&timeline);
        let reviewed = Review::new(&entries, &kept.terms());
        let question = Question {
            window,
            filter: &filter,
            accounts: expected,
            listed: &listed,
            regions: &self.expect_region,
            uses: &reported.uses,
            by_cis: self.cis,
        };
        let answered = judge::judge(&case, &question, &entries, &reviewed).inspect_err(|_| bar.finish())?;
        let is_asked = |spray: &&Spray<'_>| {
            let in_window = spray.first < to && spray.last >= from;
            in_window && (filter.accounts.is_empty() || spray.accounts.iter().any(|account| filter.accounts.contains(*account)))
        };
        let beside = Beside {
            given,
            unreported: reported.problems,
            sprays: reviewed.sprays.iter().filter(is_asked).map(super::incidents::sprayed).collect(),
        };
        let attested = self.attested(answered, start.run(self.reading.threads()), &filter, beside);
        let document = review::document(&kept, &entries, &reviewed)?;
        review::add(&mut update, &case, entries.len(), &reviewed, &[], &document)?;
        let json = report::json(&attested)?;
        let mut words = Vec::new();
        text::write(&mut words, &attested)?;
        for (name, bytes) in [(ATTESTATION, &json), (ATTESTATION_TEXT, &words)] {
            let (mut file, path) = update.add(name)?;
            file.write_all(bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        review::note_removed(&update.commit(&[&REVIEWED[..], &[ATTESTATION, ATTESTATION_TEXT]].concat())?);
        bar.finish();
        let json = (self.output.format == Format::Json).then_some(&json[..]);
        report::show(json, self.output.quiet, |out| shown(out, &attested, case.folder()))?;
        Ok(if attested.verdict.is_use() {
            Exit::Findings
        } else if attested.shortfalls.is_empty() {
            Exit::Clean
        } else {
            Exit::Incomplete
        })
    }

    /// The accounts of the list, and those of them that are to be judged.
    fn expected(&self, filter: &Filter, given: &mut Vec<Given>) -> anyhow::Result<(BTreeMap<String, Listed>, BTreeSet<String>)> {
        let listed: BTreeMap<String, Listed> = match &self.accounts {
            Some(path) => {
                let read = accounts::read(&Given::read(path, given)?);
                read.map_err(|source| Error::Accounts { path: path.clone(), source: source.into() })?
            }
            None => BTreeMap::new(),
        };
        // Uses in accounts that are not asked for do not count, so nothing may be said of these accounts.
        if let Some(other) = filter.accounts.iter().find(|account| self.accounts.is_some() && !listed.contains_key(*account)) {
            anyhow::bail!("`--account {other}` is not on the list of accounts");
        }
        let expected = if filter.accounts.is_empty() { listed.keys().cloned().collect() } else { filter.accounts.clone() };
        Ok((listed, expected))
    }

    /// What credential reports tell of, and what of them was not understood.
    fn reported(&self, given: &mut Vec<Given>) -> anyhow::Result<Reported> {
        let mut all = Reported::default();
        for path in &self.credential_report {
            let read = credential_report::root_uses(&Given::read(path, given)?);
            let read = read.map_err(|reason| anyhow::anyhow!("`{}` is not a credential report: {reason}", path.display()))?;
            all.uses.extend(read.uses);
            all.problems.extend(read.problems.into_iter().map(|problem| format!("`{}`, {problem}", path.display())));
        }
        Ok(all)
    }

    /// Everything that the verdict stands on.
    fn attested(&self, answered: Answered, run: Run, filter: &Filter, beside: Beside) -> Attestation {
        let Beside { given, unreported, sprays } = beside;
        let losses = Losses::of(&answered.manifest);
        let mut shortfalls =
            if answered.verdict.is_use() { Vec::new() } else { shortfall::of(&answered, &losses, self.require, self.min_observed) };
        if !answered.verdict.is_use() {
            shortfalls.extend(shortfall::of_reports(&unreported));
        }
        Attestation {
            schema_version: SCHEMA_VERSION,
            run,
            terms: Terms::from(filter),
            definition_of_use: if self.cis { BY_CIS } else { BY_CLASS },
            require: self.require,
            min_observed: self.min_observed,
            verdict: answered.verdict,
            shortfalls,
            observation: answered.observation,
            unplaced: answered.unplaced,
            proven: answered.proven,
            digests_checked: answered.was_verified,
            regions: answered.regions,
            limits: &LIMITS,
            accounts: answered.accounts,
            findings: answered.findings,
            missing_keys: answered.missing_keys,
            uncovered_logs: answered.uncovered_logs,
            tampering: answered.tampering,
            unreported,
            sprays,
            given: answered.given.into_iter().chain(given).collect(),
            losses,
            left_out: LeftOut::groups(&answered.manifest),
            inputs: inputs(answered.manifest),
        }
    }

    /// The finished case that is to be judged, where evidence is not what was given.
    fn finished(&self) -> Option<Case> {
        let [path] = self.reading.evidence() else { return None };
        if self.case.is_some() { None } else { Case::open(path).ok() }
    }

    /// Reads evidence into a case; or says what that would take, where that was asked for.
    fn gather(
        &self,
        start: &Start,
        proven: &Proven,
        window: (Micros, Micros),
        expected: &BTreeSet<String>,
        bar: &Bar,
    ) -> anyhow::Result<Result<Case, Exit>> {
        let folder = match (&self.case, self.reading.dry_run) {
            (Some(folder), _) => folder.as_path(),
            (None, true) => Path::new(""),
            (None, false) => anyhow::bail!("the evidence is not a finished case: give the folder for one with `--case DIR`"),
        };
        let config = Config { integrity: true, hash: true, ..self.reading.config(start, folder)? };
        let sources = self.reading.sources(folder, &config.filter)?;
        if self.reading.dry_run {
            return plan::show(&sources, &config.filter, self.output.format).map(Err);
        }
        let asked = Asked { proven, window, accounts: expected.clone(), regions: &self.expect_region };
        let gathering = Gathering { reading: &self.reading, config, start, folder, rescan: self.rescan, sources: &sources };
        super::gather::gather(gathering, bar, |scan, case, pool| gather::add(asked, bar, scan, case, pool))
            .inspect_err(|_| bar.finish())?;
        Ok(Ok(Case::open(folder)?))
    }
}

fn inputs(manifest: Vec<manifest::Row>) -> Vec<Input> {
    manifest.into_iter().map(|row| Input { uri: row.uri, size: row.size, sha256: row.sha256, status: row.status.name() }).collect()
}

/// The verdict for people.
fn shown(out: &mut impl Write, attested: &Attestation, folder: &Path) -> io::Result<()> {
    writeln!(out, "case      {}", page::clean(&folder.to_string_lossy()))?;
    writeln!(out, "verdict   {}", attested.verdict.name())?;
    writeln!(out, "          {}", text::sentence(attested))?;
    for (number, reason) in attested.shortfalls.iter().enumerate() {
        writeln!(out, "{:<10}{}", if number == 0 { "because" } else { "" }, page::clean(reason))?;
    }
    let mut table = page::table();
    table.set_header(["account", "verdict", "usage", "cis", "attempts", "days seen", "proven", "quiet", "observed", "broken", "unknown"]);
    for account in &attested.accounts {
        let cells = |state: &str| count(account.cells.get(state).copied().unwrap_or(0));
        let numbers = [account.usage, account.cis_matches, account.attempts].map(count);
        let days = format!("{} of {}", count(account.observation.days), count(account.observation.days_expected));
        let states = ["proven", "quiet", "observed", "broken", "unknown"].map(cells);
        let name = text::account(account);
        let first = [page::clean(&name).into_owned(), account.verdict.name().to_owned()];
        table.add_row(first.into_iter().chain(numbers).chain([days]).chain(states));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    for account in attested.accounts.iter().filter(|account| !account.sign_ins_visible) {
        writeln!(
            out,
            "          {}: no hour of {SIGN_IN_REGION} was seen, so sign-ins cannot be excluded",
            page::clean(&text::account(account))
        )?;
    }
    let unplaced = &attested.unplaced;
    if unplaced.attempts > 0 {
        writeln!(out, "          {} without an account id", report::things(unplaced.attempts, "failed attempt"))?;
    }
    let gaps: Vec<_> = attested.accounts.iter().flat_map(|account| account.gaps.iter().map(move |gap| (account, gap))).collect();
    for (account, gap) in gaps.iter().take(LISTED) {
        let (name, reason) = (text::account(account), page::clean(&gap.reason));
        writeln!(
            out,
            "gap       {} {} {} to {}: {} {}, {reason}",
            page::clean(&name),
            page::clean(&gap.region),
            gap.from,
            gap.to,
            report::things(gap.hours, "hour"),
            gap.state.name()
        )?;
    }
    if gaps.len() > LISTED {
        writeln!(out, "          and {} more, in {ATTESTATION}", count((gaps.len() - LISTED) as u64))?;
    }
    if attested.verdict.is_use() {
        for problem in attested.unreported.iter().take(LISTED) {
            writeln!(out, "report    {}", page::clean(problem))?;
        }
    }
    for text in attested.accounts.iter().flat_map(|account| &account.contradictions) {
        writeln!(out, "missing   {}", page::clean(text))?;
    }
    for spray in attested.sprays.iter().take(LISTED) {
        writeln!(out, "spray     {}", page::clean(spray))?;
    }
    for text in text::other_roots(&attested.accounts).take(LISTED) {
        writeln!(out, "beside    {}", page::clean(&text))?;
    }
    for event in attested.tampering.iter().take(LISTED) {
        let refused = if event.failed { ", refused" } else { "" };
        let what = event.what.name().replace('_', " ");
        writeln!(out, "tampering {}: {} ({what} {}{refused})", text::concerned(event), page::clean(&event.words()), event.effect.name())?;
    }
    report::losses(out, &attested.losses)?;
    report::not_read(out, &attested.left_out)
}
