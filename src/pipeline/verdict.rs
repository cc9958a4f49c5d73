//! From a scan to the verdict on each account.

use super::Scan;
use crate::evidence::record::time::Micros;
use crate::proof::coverage::verdict::{Account, Measure, Seen, Verdict, is_within};
use crate::proof::coverage::{Coverage, Expected};
use crate::proof::integrity::Validation;
use crate::root::Class;
use std::collections::{BTreeMap, BTreeSet};

/// Says of each account whether root was used in a window (UTC, the end not included), and how much of it was looked at. `accounts` are those to
/// judge; without any, those that the evidence knows. The scan must hold all accounts and regions, and at least the window. No use is approved here,
/// as that takes break-glass windows, and credential reports are not asked.
#[must_use]
pub fn judge(scan: &Scan, validation: &Validation, accounts: BTreeSet<String>, window: (Micros, Micros)) -> Vec<Account> {
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    // One without a time cannot be placed, so it counts.
    let in_window = || scan.activities.iter().filter(|one| one.event_time.is_none() || is_within(one.event_time, window));
    let mut expected = Expected::new(&scan.manifest, validation, accounts, &[], window);
    // Use in an account that nobody expects is use. What another account received is use of an account that may be anybody's.
    let used_in = scan.activities.iter().filter(|activity| !activity.is_received).map(|activity| &*activity.account_id);
    expected.accounts.extend(used_in.filter(|account| !account.is_empty()).map(str::to_owned));
    for activity in in_window() {
        if activity.label.class.is_usage() {
            for account in &activity.affected {
                *seen.entry(account).or_default().other_roots.entry(activity.account_id.to_string()).or_default() += 1;
            }
        }
        if activity.is_received && !expected.accounts.contains(&*activity.account_id) {
            continue;
        }
        let of_account = seen.entry(&activity.account_id).or_default();
        of_account.usage += u64::from(activity.label.class.is_usage());
        of_account.cis_matches += u64::from(activity.label.cis_match);
        of_account.attempts += u64::from(activity.label.class == Class::Attempt);
    }
    // A failed sign-in that names no account is not an account to be judged.
    seen.retain(|account, seen| !account.is_empty() || seen.usage + seen.cis_matches > 0);
    expected.accounts.extend(seen.keys().map(|account| (*account).to_owned()));
    let coverage = Coverage::new(&expected, &scan.manifest, validation);
    let measure = Measure { expected: &expected, window, by_cis: false };
    // What could not be read may hold anything.
    let is_whole = !scan.manifest.iter().any(|row| row.status.is_loss());
    let judged = expected.accounts.iter().map(|account| {
        let judged =
            measure.judge(|region| coverage.cells(account, region), account, seen.remove(account.as_str()).unwrap_or_default(), None);
        let verdict = if judged.verdict == Verdict::ZeroProven && !is_whole { Verdict::ZeroObserved } else { judged.verdict };
        Account { verdict, proven: judged.proven && is_whole, ..judged }
    });
    judged.collect()
}
