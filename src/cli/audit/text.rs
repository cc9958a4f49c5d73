//! The attestation as text that can be put in a file.

use super::super::page;
use super::super::report::{count, things};
use super::{Attestation, Require};
use crate::cli::summary::{LeftOut, Losses};
use crate::evidence::record::logging::Event;
use crate::evidence::record::time::{self, Micros};
use crate::proof::coverage::SIGN_IN_REGION;
use crate::proof::coverage::accounts::Listed;
use crate::proof::coverage::verdict::{Account, Observation, Verdict};
use std::io::{self, Write};

/// Findings that are told one by one; the attestation as JSON has them all.
const TOLD: usize = 200;

/// An account as it is called: its state stands beside it where it is not an active one.
pub(super) fn account(account: &Account) -> String {
    let name = if account.account.is_empty() { "(unknown)" } else { &account.account };
    let Some(Listed { state, joined, closed }) = &account.listed else { return name.to_owned() };
    let day = |time: Micros| time::format(time).chars().take(10).collect::<String>();
    let parts = [
        state.clone().filter(|state| state != "ACTIVE"),
        closed.map(|time| format!("closed {}", day(time))),
        joined.filter(|_| state.as_deref() != Some("ACTIVE")).map(|time| format!("joined {}", day(time))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { name.to_owned() } else { format!("{name} ({})", parts.join(", ")) }
}

/// Text of the evidence in a table of Markdown.
fn cell(text: &str) -> String {
    page::clean(text).replace('|', "\\|").replace('<', "&lt;").replace('`', "'")
}

/// Writes it.
pub(super) fn write(out: &mut impl Write, attested: &Attestation) -> io::Result<()> {
    let accounts = &attested.accounts;
    writeln!(out, "# Use of the root user")?;
    writeln!(out)?;
    writeln!(out, "Verdict: **{}**", attested.verdict.name())?;
    writeln!(out)?;
    writeln!(out, "{}", sentence(attested))?;
    writeln!(out)?;
    if !attested.shortfalls.is_empty() {
        writeln!(out, "This does not clear the root user, because:")?;
        writeln!(out)?;
        attested.shortfalls.iter().try_for_each(|reason| writeln!(out, "- {}", cell(reason)))?;
        writeln!(out)?;
    }
    terms(out, attested)?;
    table(out, accounts)?;
    gaps(out, accounts)?;
    contradictions(out, accounts)?;
    others(out, accounts)?;
    sprays(out, &attested.sprays)?;
    unreported(out, &attested.unreported)?;
    findings(out, &attested.findings)?;
    keys(out, &attested.missing_keys)?;
    uncovered(out, &attested.uncovered_logs)?;
    tampering(out, &attested.tampering)?;
    losses(out, &attested.losses)?;
    left_out(out, &attested.left_out)
}

/// What was asked, by which terms, and of what evidence.
fn terms(out: &mut impl Write, attested: &Attestation) -> io::Result<()> {
    let none = || "-".to_owned();
    let Attestation { run, terms, .. } = attested;
    let (from, to) = (terms.from.clone().unwrap_or_else(none), terms.to.clone().unwrap_or_else(none));
    writeln!(out, "- Period: {from} (included) to {to} (not included), by event time, UTC.")?;
    writeln!(out, "- Use means: {}", attested.definition_of_use)?;
    match attested.require {
        Require::Proven => writeln!(out, "- Required: signed digests prove that the logs are complete.")?,
        Require::Observed => writeln!(
            out,
            "- Required: all of the evidence was read, and something was seen on {} of each account's days in {SIGN_IN_REGION}.",
            attested.min_observed
        )?,
    }
    writeln!(out, "- Made by rootline {} on {}: `{}`", run.version, run.started_at, cell(&run.command_line.join(" ")))?;
    let statuses = |name: &str| count(attested.inputs.iter().filter(|input| input.status == name).count() as u64);
    writeln!(
        out,
        "- Objects: {}, of them {} read, {} skipped, {} not a log; partly or not at all readable: {}. Each is in attestation.json with its SHA-256.",
        count(attested.inputs.len() as u64),
        statuses("read"),
        statuses("skipped"),
        statuses("not_a_log"),
        count(attested.losses.objects_with_losses)
    )?;
    let Observation { records, .. } = attested.observation;
    writeln!(out, "- Records read from logs of the period: {}.", count(records))?;
    let unplaced = &attested.unplaced;
    if unplaced.records > 0 {
        writeln!(
            out,
            "- {} in {} count for no hour: the names of the objects do not say account, region and time of delivery.",
            things(unplaced.records, "record"),
            things(unplaced.objects, "object")
        )?;
    }
    if unplaced.attempts > 0 {
        writeln!(out, "- {} without an account id, in the period.", things(unplaced.attempts, "failed attempt"))?;
    }
    for given in &attested.given {
        writeln!(out, "- Given: `{}`, SHA-256 {}", cell(given.path()), given.sha256())?;
    }
    if !attested.digests_checked {
        writeln!(
            out,
            "- The case was made by a scan, which does not check digests: nothing is proven, and changes to trails and buckets are not listed."
        )?;
    }
    writeln!(
        out,
        "- Regions expected of every account: {}.",
        attested.regions.iter().map(|region| cell(region)).collect::<Vec<_>>().join(", ")
    )?;
    attested.limits.iter().try_for_each(|limit| writeln!(out, "- {limit}"))?;
    Ok(())
}

/// The accounts, a row each.
fn table(out: &mut impl Write, accounts: &[Account]) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "## Accounts")?;
    writeln!(out)?;
    writeln!(
        out,
        "| account | verdict | use | CIS matches | approved | attempts | days seen | hours proven | quiet | observed | broken | unknown |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|---|")?;
    for one in accounts {
        let hours = |state: &str| count(one.cells.get(state).copied().unwrap_or(0));
        let [proven, quiet, observed, broken, unknown] = ["proven", "quiet", "observed", "broken", "unknown"].map(hours);
        let [usage, cis, approved, attempts] = [one.usage, one.cis_matches, one.approved, one.attempts].map(count);
        let days = format!("{} of {}", count(one.observation.days), count(one.observation.days_expected));
        writeln!(
            out,
            "| {} | {} | {usage} | {cis} | {approved} | {attempts} | {days} | {proven} | {quiet} | {observed} | {broken} | {unknown} |",
            cell(&account(one)),
            one.verdict.name()
        )?;
    }
    for one in accounts.iter().filter(|account| account.verdict == Verdict::NotExpected) {
        writeln!(out)?;
        writeln!(
            out,
            "{}: nothing is there of it in the period and nothing is expected, by the list of accounts. Nothing is said of it.",
            cell(&account(one))
        )?;
    }
    for one in accounts.iter().filter(|account| account.verdict != Verdict::NotExpected) {
        let ends = [("from", &one.expected_from), ("until", &one.expected_to)];
        let ends: Vec<String> = ends.iter().filter_map(|(word, time)| Some(format!("{word} {}", time.as_ref()?))).collect();
        if !ends.is_empty() {
            writeln!(out)?;
            writeln!(out, "{}: expected {} only, by the list of accounts.", cell(&account(one)), ends.join(" "))?;
        }
    }
    for one in accounts.iter().filter(|account| !account.sign_ins_visible) {
        writeln!(out)?;
        writeln!(
            out,
            "{}: no hour of {SIGN_IN_REGION} was seen. Root signs in nowhere else, so sign-ins cannot be excluded.",
            cell(&account(one))
        )?;
    }
    Ok(())
}

/// Stretches of hours that nothing proves.
fn gaps(out: &mut impl Write, accounts: &[Account]) -> io::Result<()> {
    if accounts.iter().all(|account| account.gaps.is_empty()) {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "## What is not proven")?;
    writeln!(out)?;
    writeln!(out, "| account | region | from | to | hours | state | why |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for (one, gap) in accounts.iter().flat_map(|account| account.gaps.iter().map(move |gap| (account, gap))) {
        let (name, region, reason) = (cell(&account(one)), cell(&gap.region), cell(&gap.reason));
        writeln!(out, "| {name} | {region} | {} | {} | {} | {} | {reason} |", gap.from, gap.to, gap.hours, gap.state.name())?;
    }
    Ok(())
}

/// Uses that credential reports tell of.
fn contradictions(out: &mut impl Write, accounts: &[Account]) -> io::Result<()> {
    let contradictions: Vec<_> =
        accounts.iter().flat_map(|account| account.contradictions.iter().map(move |text| (account, text))).collect();
    if !contradictions.is_empty() {
        writeln!(out)?;
        writeln!(out, "## Uses that no record shows")?;
        writeln!(out)?;
        for (one, text) in contradictions {
            writeln!(out, "- {}: {}", cell(&one.account), cell(text))?;
        }
    }
    Ok(())
}

/// Root of other accounts that acted on what is theirs, a sentence each.
pub(super) fn other_roots(accounts: &[Account]) -> impl Iterator<Item = String> {
    let pairs = accounts.iter().flat_map(|account| account.other_roots.iter().map(move |(other, records)| (account, other, *records)));
    pairs.map(|(account, other, records)| {
        format!(
            "root of another account, {other}, acted on what is of {}: {}, which {} not use of that account's own root",
            account.account,
            things(records, "record"),
            if records == 1 { "is" } else { "are" }
        )
    })
}

fn others(out: &mut impl Write, accounts: &[Account]) -> io::Result<()> {
    let mut others = other_roots(accounts).peekable();
    if others.peek().is_some() {
        writeln!(out)?;
        writeln!(out, "## Root of other accounts")?;
        writeln!(out)?;
        others.by_ref().take(TOLD).try_for_each(|text| writeln!(out, "- {}", cell(&text)))?;
        let more = others.count();
        if more > 0 {
            writeln!(out, "- and {} more, in attestation.json", count(more as u64))?;
        }
    }
    Ok(())
}

/// Attempts at root of several accounts from one origin.
fn sprays(out: &mut impl Write, sprays: &[String]) -> io::Result<()> {
    if sprays.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "## Attempts at several accounts")?;
    writeln!(out)?;
    sprays.iter().take(TOLD).try_for_each(|spray| writeln!(out, "- {}", cell(spray)))
}

/// What credential reports do not say.
fn unreported(out: &mut impl Write, problems: &[String]) -> io::Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "## What credential reports do not say")?;
    writeln!(out)?;
    problems.iter().take(TOLD).try_for_each(|problem| writeln!(out, "- {}", cell(problem)))?;
    if problems.len() > TOLD {
        writeln!(out, "- and {} more, in attestation.json", count((problems.len() - TOLD) as u64))?;
    }
    Ok(())
}

/// Whose logs a record is about.
pub(super) fn concerned(event: &Event) -> String {
    if event.concerns.is_empty() { "all accounts of the organisation".to_owned() } else { cell(&event.concerns.join(", ")) }
}

/// Who ended, narrowed or changed logging, and what it needs.
fn tampering(out: &mut impl Write, events: &[Event]) -> io::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "## Changes to logging")?;
    writeln!(out)?;
    for event in events {
        writeln!(
            out,
            "- {}, {} {}: {} ({}{}event {})",
            concerned(event),
            event.what.name().replace('_', " "),
            event.effect.name(),
            cell(&event.words()),
            if event.target.is_empty() { String::new() } else { format!("{}, ", cell(&event.target)) },
            if event.failed { "refused, " } else { "" },
            cell(&event.event_id)
        )?;
    }
    Ok(())
}

/// Objects that were not read in full.
fn losses(out: &mut impl Write, losses: &Losses) -> io::Result<()> {
    if losses.complete {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "## What could not be read")?;
    writeln!(out)?;
    for loss in &losses.losses {
        writeln!(out, "- {}, {}: {}", cell(&loss.uri), loss.status, cell(&loss.reason))?;
    }
    let more = losses.objects_with_losses.saturating_sub(losses.losses.len() as u64);
    if more > 0 {
        writeln!(out, "- and {} more, in manifest.parquet", count(more))?;
    }
    Ok(())
}

/// Objects that were not read, although nothing is wrong with them.
fn left_out(out: &mut impl Write, groups: &[LeftOut]) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "## What was not read, although nothing is wrong with it")?;
    writeln!(out)?;
    for left in groups {
        let named: Vec<String> = left.named.iter().map(|uri| cell(uri)).collect();
        let names = match (named.is_empty(), left.objects.saturating_sub(named.len() as u64)) {
            (true, _) => String::new(),
            (false, 0) => format!(": {}", named.join(", ")),
            (false, more) => format!(": {}, and {} more in manifest.parquet", named.join(", "), count(more)),
        };
        let status = left.status.replace('_', " ");
        writeln!(out, "- {} {status}, {}{names}", things(left.objects, "object"), cell(&left.reason))?;
    }
    Ok(())
}

/// What does not fit, as the check of the digests found it.
fn findings(out: &mut impl Write, findings: &[serde_json::Value]) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "## What does not fit")?;
    writeln!(out)?;
    for finding in findings.iter().take(TOLD) {
        let text = |name: &str| cell(finding[name].as_str().unwrap_or_default());
        let (account, region, from, to) = (text("account"), text("region"), text("from"), text("to"));
        let (kind, uri, reason) = (text("kind"), text("uri"), text("reason"));
        let uri = if uri.is_empty() { String::new() } else { format!(" ({uri})") };
        writeln!(out, "- {account} {region}, {from} to {to}: {kind}, {reason}{uri}")?;
    }
    if findings.len() > TOLD {
        writeln!(out, "- and {} more, in attestation.json", count((findings.len() - TOLD) as u64))?;
    }
    Ok(())
}

/// Public keys that were not given.
fn keys(out: &mut impl Write, keys: &[serde_json::Value]) -> io::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "## Public keys that were not given")?;
    writeln!(out)?;
    writeln!(out, "Digests signed with these keys prove nothing. Each key comes with the command that fetches it.")?;
    writeln!(out)?;
    for key in keys.iter().take(TOLD) {
        let text = |name: &str| cell(key[name].as_str().unwrap_or_default());
        let digests = things(key["digests"].as_u64().unwrap_or_default(), "digest");
        writeln!(out, "- {} of {}, needed for {digests}: `{}`", text("fingerprint"), text("region"), text("command"))?;
    }
    if keys.len() > TOLD {
        writeln!(out, "- and {} more, in attestation.json", count((keys.len() - TOLD) as u64))?;
    }
    Ok(())
}

/// Logs that no digest names. Without any digest that is all of them, and not worth a list.
fn uncovered(out: &mut impl Write, logs: &[String]) -> io::Result<()> {
    if logs.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "## Logs that no digest names")?;
    writeln!(out)?;
    let logs_are = if logs.len() == 1 { "1 log is".to_owned() } else { format!("{} logs are", count(logs.len() as u64)) };
    writeln!(out, "{logs_are} named by no digest: nothing says whether they are as they were delivered, and whether others are missing.")?;
    writeln!(out)?;
    logs.iter().take(NAMED).try_for_each(|uri| writeln!(out, "- {}", cell(uri)))?;
    if logs.len() > NAMED {
        writeln!(out, "- and {} more, in attestation.json", count((logs.len() - NAMED) as u64))?;
    }
    Ok(())
}

/// Logs that are named of those that no digest names.
const NAMED: usize = 20;

/// `310 of 2,235 account-region-hours`, and the days.
fn looked_at(observation: &Observation) -> String {
    let Observation { hours, hours_expected, days, days_expected, .. } = observation;
    let [hours, hours_expected, days, days_expected] = [*hours, *hours_expected, *days, *days_expected].map(count);
    format!("{hours} of {hours_expected} account-region-hours, on {days} of {days_expected} account-days in the region where root signs in")
}

/// The verdict in words, beginning with how much was looked at.
pub(super) fn sentence(attested: &Attestation) -> String {
    let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "-".to_owned());
    let period = format!("between {} and {}", time(&attested.terms.from), time(&attested.terms.to));
    let seen = looked_at(&attested.observation);
    match attested.verdict {
        Verdict::ZeroProven => format!(
            "The root user was not used {period} in the accounts below. Signed digests cover every expected hour in every expected region, and \
            every log they name is there, byte for byte."
        ),
        Verdict::ZeroObserved => format!(
            "Observed {seen}: no use of the root user {period} was found there. The rest was not seen, and the evidence is not proven to be complete; \
            what is missing is listed below."
        ),
        Verdict::SignInsUnseen => format!(
            "Observed {seen}. No use of the root user {period} was found there, but root signs in only in {SIGN_IN_REGION}, and of at least one \
            account no hour of that region was seen: sign-ins cannot be excluded."
        ),
        // Of several accounts the overall verdict is never that of one that is not expected.
        Verdict::NotExpected | Verdict::NoEvidence => format!(
            "Observed {seen}. Nothing can be said of the root user {period}: {}.",
            if attested.accounts.is_empty() { "no account is known" } else { "of at least one account nothing was looked at" }
        ),
        Verdict::ApprovedOnly => format!(
            "Every use of the root user that was found {period} lies in a break-glass window and keeps its terms. {}",
            if attested.proven {
                "Signed digests prove that the evidence is complete.".to_owned()
            } else {
                format!("The evidence is not proven to be complete: observed {seen}; what is missing is listed below.")
            }
        ),
        Verdict::Usage => format!("The root user was used {period}."),
        Verdict::Contradicted => {
            format!("The records {period} do not show a use of the root user that a credential report tells of, so they are not complete.")
        }
    }
}
