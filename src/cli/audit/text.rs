//! The attestation as text that can be put in a file.

use super::super::page;
use super::super::report::count;
use super::{Attestation, Require};
use rootline::coverage::SIGN_IN_REGION;
use rootline::coverage::verdict::Verdict;
use std::io::{self, Write};

/// Text of the evidence in a table of Markdown.
fn cell(text: &str) -> String {
    page::clean(text).replace('|', "\\|").replace('<', "&lt;").replace('`', "'")
}

/// Writes it.
pub fn write(out: &mut impl Write, attested: &Attestation) -> io::Result<()> {
    let none = || "-".to_owned();
    let Attestation { run, terms, accounts, .. } = attested;
    writeln!(out, "# Use of the root user")?;
    writeln!(out)?;
    writeln!(out, "Verdict: **{}**", attested.verdict.name())?;
    writeln!(out)?;
    let (from, to) = (terms.from.clone().unwrap_or_else(none), terms.to.clone().unwrap_or_else(none));
    writeln!(out, "{}", sentence(attested.verdict, attested.proven, &from, &to))?;
    writeln!(out)?;
    writeln!(out, "- Period: {from} (included) to {to} (not included), by event time, UTC.")?;
    writeln!(out, "- Use means: {}", attested.definition_of_use)?;
    let require = if attested.require == Require::Proven { "proven by digests" } else { "observed" };
    writeln!(out, "- Required of an empty result: {require}.")?;
    writeln!(out, "- Made by rootline {} on {}: `{}`", run.version, run.started_at, cell(&run.command_line.join(" ")))?;
    writeln!(out, "- Objects read: {}; each is in attestation.json with its SHA-256.", count(attested.inputs.len() as u64))?;
    for given in &attested.given {
        writeln!(out, "- Given: `{}`, SHA-256 {}", cell(given.path()), given.sha256())?;
    }
    if !attested.digests_checked {
        writeln!(
            out,
            "- The case was made by a scan, which looks at no digests: nothing is proven, and changes to trails and buckets are not listed."
        )?;
    }
    writeln!(
        out,
        "- The public keys are taken for AWS's own because they were given as such; whoever can forge keys and logs alike is not found out by this."
    )?;
    writeln!(out)?;
    writeln!(out, "## Accounts")?;
    writeln!(out)?;
    writeln!(out, "| account | verdict | use | CIS matches | approved | attempts | hours proven | quiet | observed | broken | unknown |")?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|")?;
    for account in accounts {
        let hours = |state: &str| count(account.cells.get(state).copied().unwrap_or(0));
        let [proven, quiet, observed, broken, unknown] = ["proven", "quiet", "observed", "broken", "unknown"].map(hours);
        let [usage, cis, approved, attempts] = [account.usage, account.cis_matches, account.approved, account.attempts].map(count);
        let name = cell(&account.account);
        writeln!(
            out,
            "| {name} | {} | {usage} | {cis} | {approved} | {attempts} | {proven} | {quiet} | {observed} | {broken} | {unknown} |",
            account.verdict.name()
        )?;
    }
    for account in accounts.iter().filter(|account| !account.sign_ins_visible) {
        writeln!(out)?;
        writeln!(
            out,
            "Sign-ins not visible in {}: root signs in in {SIGN_IN_REGION} alone, and nothing is there of it.",
            cell(&account.account)
        )?;
    }
    if accounts.iter().any(|account| !account.gaps.is_empty()) {
        writeln!(out)?;
        writeln!(out, "## What is not proven")?;
        writeln!(out)?;
        writeln!(out, "| account | region | from | to | hours | state | why |")?;
        writeln!(out, "|---|---|---|---|---|---|---|")?;
        for (account, gap) in accounts.iter().flat_map(|account| account.gaps.iter().map(move |gap| (account, gap))) {
            let (name, region, reason) = (cell(&account.account), cell(&gap.region), cell(&gap.reason));
            writeln!(out, "| {name} | {region} | {} | {} | {} | {} | {reason} |", gap.from, gap.to, gap.hours, gap.state.name())?;
        }
    }
    let contradictions: Vec<_> =
        accounts.iter().flat_map(|account| account.contradictions.iter().map(move |text| (account, text))).collect();
    if !contradictions.is_empty() {
        writeln!(out)?;
        writeln!(out, "## Uses that no record shows")?;
        writeln!(out)?;
        for (account, text) in contradictions {
            writeln!(out, "- {}: {}", cell(&account.account), cell(text))?;
        }
    }
    if !attested.tampering.is_empty() {
        writeln!(out)?;
        writeln!(out, "## Changes to trails and their buckets")?;
        writeln!(out)?;
        for event in &attested.tampering {
            let refused = if event.failed { ", refused" } else { "" };
            writeln!(
                out,
                "- {}: {} ({}{refused}, event {})",
                cell(&event.account_id),
                cell(&event.words()),
                cell(&event.target),
                cell(&event.event_id)
            )?;
        }
    }
    if !attested.losses.complete {
        writeln!(out)?;
        writeln!(out, "## What could not be read")?;
        writeln!(out)?;
        for loss in &attested.losses.losses {
            writeln!(out, "- {}: {}", cell(&loss.uri), cell(&loss.reason))?;
        }
    }
    Ok(())
}

fn sentence(verdict: Verdict, proven: bool, from: &str, to: &str) -> String {
    let period = format!("between {from} and {to}");
    match verdict {
        Verdict::ZeroProven => format!(
            "The root user was not used {period} in the accounts below. Signed digests cover every hour in every region that is expected, and every log they name is \
            there, byte for byte."
        ),
        Verdict::ZeroObserved => {
            format!(
                "No use of the root user {period} was found in the evidence. The evidence is not proven to be complete: what is missing stands below."
            )
        }
        Verdict::ApprovedOnly => format!(
            "Every use of the root user that was found {period} lies in a break-glass window and keeps its terms. {}",
            if proven {
                "Signed digests prove that the evidence is complete."
            } else {
                "The evidence is not proven to be complete: what is missing stands below."
            }
        ),
        Verdict::Usage => format!("The root user was used {period}."),
        Verdict::Contradicted => {
            format!("The records {period} do not show a use of the root user that a credential report tells of: they are not complete.")
        }
    }
}
