//! Why a result without use does not clear root: everything that `--require` asks for and that the evidence does not give.

use super::super::report::{count, things};
use super::judge::Answered;
use super::{Require, Share};
use crate::cli::summary::Losses;
use crate::proof::coverage::SIGN_IN_REGION;
use crate::proof::coverage::verdict::{Account, Verdict};

/// Accounts that are named for each reason; the attestation has them all, with their numbers.
const NAMED: usize = 3;

/// The reasons, in the order of what weighs most; none where the result stands.
pub(super) fn of(answered: &Answered, losses: &Losses, require: Require, least: Share) -> Vec<String> {
    let accounts = &answered.accounts;
    let mut reasons = Vec::new();
    if accounts.is_empty() {
        reasons.push("no account is known: no object that was read says whose it is, and no list of accounts was given".to_owned());
    }
    if !accounts.is_empty() && accounts.iter().all(|account| account.verdict == Verdict::NotExpected) {
        reasons.push("no account is expected to have logs in the period, by the list of accounts, and nothing was looked at".to_owned());
    }
    let with = |verdict: Verdict| move |account: &&Account| account.verdict == verdict;
    told(&mut reasons, accounts.iter().filter(with(Verdict::NoEvidence)), |names| {
        format!("nothing was looked at of {names}: no hour of the period is better than unknown or broken")
    });
    told(&mut reasons, accounts.iter().filter(with(Verdict::SignInsUnseen)), |names| {
        format!("no hour of {SIGN_IN_REGION} was seen of {names}, and root signs in nowhere else, so sign-ins cannot be excluded")
    });
    if losses.objects_with_losses > 0 {
        let objects = things(losses.objects_with_losses, "object");
        reasons.push(format!("{objects} could not be read, or not to the end, and may hold anything"));
    }
    for account in accounts.iter().filter(|account| !account.doubts.is_empty()).take(NAMED) {
        let more = account.doubts.len() - 1;
        let more = if more > 0 { format!(", and {} more", count(more as u64)) } else { String::new() };
        reasons.push(format!("hours of {} are worth less than they look: {}{more}", account.account, account.doubts[0]));
    }
    let rest = || accounts.iter().filter(|account| account.verdict.can_clear() && !account.proven);
    match require {
        Require::Proven => told(&mut reasons, rest(), |names| {
            format!("signed digests do not prove that the logs of {names} are complete; `--require observed` asks for less")
        }),
        Require::Observed => {
            told(&mut reasons, rest().filter(|account| !account.sign_ins_visible), |names| {
                format!("no hour of {SIGN_IN_REGION} was seen of {names}, and root signs in nowhere else")
            });
            let few = |account: &&Account| account.sign_ins_visible && !least.is_met(&account.observation);
            told(&mut reasons, rest().filter(few), |names| {
                format!("too few days were seen of {names}; `--min-observed` asks for {least} of the days")
            });
        }
    }
    if !reasons.is_empty() && answered.unplaced.records > 0 {
        let (records, objects) = (things(answered.unplaced.records, "record"), things(answered.unplaced.objects, "object"));
        reasons.push(format!(
            "{records} in {objects} were read but count for no hour: the names of the objects do not say account, region and time of delivery"
        ));
    }
    reasons
}

/// What credential reports do not say, of which the first are named; the attestation has all.
pub(super) fn of_reports(problems: &[String]) -> Option<String> {
    let named = problems.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    let more = problems.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {} more", count(more as u64)) } else { String::new() };
    let hint = "hint: give reports as `get-credential-report` wrote them, with no spreadsheet between";
    (!problems.is_empty())
        .then(|| format!("a credential report was not understood and does not speak for its account: {named}{more} ({hint})"))
}

/// Adds a reason that names the accounts it holds for, where there are any.
fn told<'a>(reasons: &mut Vec<String>, accounts: impl Iterator<Item = &'a Account>, reason: impl FnOnce(String) -> String) {
    let accounts: Vec<&Account> = accounts.collect();
    if accounts.is_empty() {
        return;
    }
    let names: Vec<String> = accounts.iter().take(NAMED).map(|account| named(account)).collect();
    let more = accounts.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {} more", count(more as u64)) } else { String::new() };
    reasons.push(reason(format!("{}{more}", names.join(", "))));
}

fn named(account: &Account) -> String {
    let name = if account.account.is_empty() { "records without an account" } else { &account.account };
    match account.verdict {
        Verdict::NoEvidence => name.to_owned(),
        _ => format!("{name} ({} of {} days)", count(account.observation.days), count(account.observation.days_expected)),
    }
}
