//! From a case to the verdict: what root did in a window, which of it was approved, and how much of the window is proven.

use super::super::verify::Given;
use super::gather::Known;
use crate::case::table::manifest;
use crate::case::{COVERAGE, Case, INTEGRITY, MANIFEST, SUMMARY};
use crate::evidence::filter::Filter;
use crate::evidence::record::logging::{Effect, Event, What};
use crate::evidence::record::time::{self, Micros};
use crate::evidence::source::Key;
use crate::proof::coverage::accounts::Listed;
use crate::proof::coverage::stored::Stored;
use crate::proof::coverage::table as coverage;
use crate::proof::coverage::verdict::{self, Account, Measure, Observation, Seen, Verdict};
use crate::proof::coverage::{Coverage, Expected, HOUR};
use crate::proof::credential_report::Use;
use crate::proof::integrity::Validation;
use crate::review::session::break_glass::Verdict as Approval;
use crate::review::session::{Entry, Review};
use crate::root::Class;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What is asked of a case.
pub(super) struct Question<'q> {
    pub window: (Micros, Micros),
    pub filter: &'q Filter,
    /// Accounts to expect; empty for those the case knows.
    pub accounts: BTreeSet<String>,
    /// What a list says of accounts.
    pub listed: &'q BTreeMap<String, Listed>,
    pub regions: &'q [String],
    /// What credential reports tell of.
    pub uses: &'q [Use],
    pub by_cis: bool,
}

/// Records whose hour of delivery is not known, because their objects lie outside of CloudTrail's layout and are not called as it calls them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Unplaced {
    /// Objects that hold such records.
    pub objects: u64,
    /// The records.
    pub records: u64,
    /// Failed sign-ins and the like that name no account.
    pub attempts: u64,
}

/// The answer.
pub(super) struct Answered {
    pub verdict: Verdict,
    /// Whether digests prove that nothing is missing.
    pub proven: bool,
    /// How much was looked at, in all accounts together.
    pub observation: Observation,
    pub unplaced: Unplaced,
    pub accounts: Vec<Account>,
    /// Regions that every account is expected in.
    pub regions: BTreeSet<String>,
    pub findings: Vec<serde_json::Value>,
    /// Public keys that were not given, with the command that fetches each.
    pub missing_keys: Vec<serde_json::Value>,
    /// Logs that no digest names.
    pub uncovered_logs: Vec<String>,
    pub tampering: Vec<Event>,
    /// Files of keys and signatures that the case stands on.
    pub given: Vec<Given>,
    pub manifest: Vec<manifest::Row>,
    /// Whether digests were looked at when the case was made.
    pub was_verified: bool,
}

/// The part of a summary that says what a case is about.
#[derive(Debug, Deserialize)]
struct Made {
    terms: MadeTerms,
}

#[derive(Debug, Deserialize)]
struct MadeTerms {
    from: Option<String>,
    to: Option<String>,
    accounts: BTreeSet<String>,
    regions: BTreeSet<String>,
}

/// Refuses to judge by a case what it does not hold.
fn admit(case: &Case, question: &Question<'_>) -> anyhow::Result<BTreeSet<String>> {
    let path = case.file(SUMMARY);
    let summary = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let made: Made = serde_json::from_slice(&summary).with_context(|| format!("`{}` is not a summary of a case", path.display()))?;
    let parsed = |text: &Option<String>| text.as_deref().and_then(|text| time::parse(text.as_bytes()));
    let (from, to) = question.window;
    if parsed(&made.terms.from).is_some_and(|first| from < first) || parsed(&made.terms.to).is_some_and(|last| to > last) {
        let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "the beginning".to_owned());
        let end = made.terms.to.clone().unwrap_or_else(|| "the end".to_owned());
        anyhow::bail!("the case holds events from {} to {end} only; audit the evidence, or a window within that", said(&made.terms.from));
    }
    if !made.terms.regions.is_empty() {
        anyhow::bail!("the case holds some regions only, and root may have been used in any; audit the evidence");
    }
    // Uses in other accounts are not in the case, although their logs may have been read.
    let held = made.terms.accounts;
    if !held.is_empty()
        && let Some(other) = question.accounts.iter().find(|account| !held.contains(*account))
    {
        let held: Vec<&str> = held.iter().map(String::as_str).collect();
        anyhow::bail!("the case holds activities of {} only, not of {other}; audit the evidence", held.join(", "));
    }
    Ok(held)
}

/// Judges a case.
pub(super) fn judge(case: &Case, question: &Question<'_>, entries: &[Entry<'_>], review: &Review<'_>) -> anyhow::Result<Answered> {
    let limited = admit(case, question)?;
    let window = question.window;
    let manifest = manifest::read(&case.file(MANIFEST))?;
    let is_there = |name| case.file(name).is_file();
    let was_verified = is_there(INTEGRITY) && is_there(COVERAGE);
    let known: Known = if was_verified {
        let path = case.file(INTEGRITY);
        let text = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("`{}` is damaged", path.display()))?
    } else {
        Known::default()
    };
    let mut accounts = question.accounts.clone();
    if accounts.is_empty() {
        accounts = limited;
    }
    let stored = if was_verified { coverage::read(&case.file(COVERAGE))? } else { Stored::default() };
    let nothing = Validation::default();
    if accounts.is_empty() {
        accounts = if was_verified { stored.accounts() } else { Expected::new(&manifest, &nothing, accounts, &[], window).accounts };
    }
    // What another account received is use of an account that may be anybody's; one that has records of its own is one of the evidence.
    let own = entries.iter().filter(|entry| entry.received_by.is_none() && !entry.account.is_empty());
    let held = accounts.iter().map(String::as_str).chain(own.map(|entry| entry.account)).collect();
    let mut seen = seen(entries, review, question, &held);
    // A failed sign-in that names no account is not an account to be judged.
    let nameless = seen.get("").filter(|seen| seen.usage + seen.cis_matches == 0).map_or(0, |seen| seen.attempts);
    if nameless > 0 {
        seen.remove("");
    }
    accounts.extend(seen.keys().cloned());
    let (answered, regions): (Vec<Account>, BTreeSet<String>) = if was_verified {
        let asked = question.regions.iter().map(|region| (None, region.clone()));
        let expected = Expected::of(accounts, stored.places().chain(asked), window);
        let measure = Measure { expected: &expected, window, by_cis: question.by_cis };
        let answered = judged(measure, &mut seen, question.listed, |account, region| stored.cells(&expected, account, region));
        (answered, expected.regions)
    } else {
        let expected = Expected::new(&manifest, &nothing, accounts, question.regions, window);
        let coverage = Coverage::new(&expected, &manifest, &nothing);
        let measure = Measure { expected: &expected, window, by_cis: question.by_cis };
        let answered = judged(measure, &mut seen, question.listed, |account, region| coverage.cells(account, region));
        (answered, expected.regions.clone())
    };
    let mut answered = answered;
    for account in answered.iter_mut().filter(|account| account.verdict.can_clear() && !account.proven) {
        account.doubts = doubts(&known, account, account.last_seen, window);
    }
    let worst = verdict::overall(&answered);
    let mut observation = Observation::default();
    answered.iter().for_each(|account| observation.add(&account.observation));
    let mut expected = answered.iter().filter(|account| account.verdict != Verdict::NotExpected).peekable();
    let is_proven = expected.peek().is_some() && expected.all(|account| account.proven);
    // What could not be read may hold anything.
    let whole = !manifest.iter().any(|row| row.status.is_loss());
    let verdict = if worst == Verdict::ZeroProven && !whole { Verdict::ZeroObserved } else { worst };
    Ok(Answered {
        verdict,
        proven: whole && is_proven,
        observation,
        unplaced: unplaced(&manifest, nameless),
        accounts: answered,
        tampering: tampering(&known, window),
        regions,
        findings: known.findings,
        missing_keys: known.missing_keys,
        uncovered_logs: known.uncovered_logs,
        given: known.given,
        manifest,
        was_verified,
    })
}

fn judged(
    measure: Measure<'_>,
    seen: &mut BTreeMap<String, Seen>,
    listed: &BTreeMap<String, Listed>,
    cells: impl Fn(&str, &str) -> Vec<crate::proof::coverage::Cell>,
) -> Vec<Account> {
    let account = |account: &String| {
        let seen = seen.remove(account).unwrap_or_default();
        measure.judge(|region| cells(account, region), account, seen, listed.get(account))
    };
    measure.expected.accounts.iter().map(account).collect()
}

fn unplaced(manifest: &[manifest::Row], attempts: u64) -> Unplaced {
    let has_place = |row: &manifest::Row| {
        let key = Key::parse(&row.uri);
        key.account.is_some() && key.region.is_some() && key.delivered_at.is_some()
    };
    let rows = manifest.iter().filter(|row| row.records > row.damaged && !has_place(row));
    rows.fold(Unplaced { attempts, ..Unplaced::default() }, |sum, row| Unplaced {
        objects: sum.objects + 1,
        records: sum.records + row.records - row.damaged,
        ..sum
    })
}

/// What root did, by account, and what only the credential reports tell of.
fn seen(entries: &[Entry<'_>], review: &Review<'_>, question: &Question<'_>, held: &HashSet<&str>) -> BTreeMap<String, Seen> {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.class.is_usage()) {
        for affected in entry.affected().into_iter().filter(|account| question.filter.admits(entry.time, account, None)) {
            *seen.entry(affected).or_default().other_roots.entry(entry.account.to_owned()).or_default() += 1;
        }
    }
    let is_held = |entry: &Entry<'_>| entry.received_by.is_none() || held.contains(entry.account);
    let in_question = |entry: &Entry<'_>| question.filter.admits(entry.time, entry.account, None) && is_held(entry);
    for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| in_question(entry)) {
        let of_account = seen.entry(entry.account.to_owned()).or_default();
        let approved = review.judgements[number].as_ref().is_some_and(|judged| judged.verdict == Approval::Approved);
        of_account.usage += u64::from(entry.class.is_usage());
        of_account.cis_matches += u64::from(entry.cis_match);
        of_account.approved += u64::from(approved && if question.by_cis { entry.cis_match } else { entry.class.is_usage() });
        of_account.attempts += u64::from(entry.class == Class::Attempt);
    }
    for one in question.uses.iter().filter(|one| verdict::is_within(Some(one.time), question.window)) {
        let near = |time: Option<Micros>| time.is_some_and(|time| (time - one.time).abs() <= one.tolerance());
        let shown = |entry: &Entry<'_>| entry.class.is_usage() && *entry.account == *one.account && near(entry.time);
        if !entries.iter().any(shown) {
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

/// Records of tampering with trails, with an account's place in its organisation, and with the buckets, keys, log groups and roles that logs need; what
/// takes most away comes first. Where no bucket or key is known, one that is taken away may be theirs.
fn tampering(known: &Known, window: (Micros, Micros)) -> Vec<Event> {
    let names: BTreeSet<String> =
        known.events.iter().flat_map(|event| event.names.iter().cloned()).chain(known.buckets.iter().cloned()).collect();
    let takes_away = |event: &Event| matches!(event.effect, Effect::Ends | Effect::Narrows);
    let has_key = names.iter().any(|name| name.contains(":kms:"));
    let of_ours = |event: &Event| match event.what {
        What::Trail | What::EventDataStore | What::Organisation | What::Account => true,
        What::Bucket if names.is_empty() => takes_away(event) || event.event_name == "PutBucketPolicy",
        What::Key if !has_key => event.effect == Effect::Ends,
        What::Role => event.is_of(&names) || event.target.contains("CloudTrail"),
        _ => event.is_of(&names),
    };
    let relevant = |event: &&Event| verdict::is_within(event.event_time, window) && event.is_tampering() && of_ours(event);
    let mut found: Vec<Event> = known.events.iter().filter(relevant).cloned().collect();
    found.sort_by(|one, other| (one.failed, one.effect, one).cmp(&(other.failed, other.effect, other)));
    found
}

/// Why hours of an account are worth less than they look: its logs were ended and nothing was seen since, or lost events, and nothing put that right. Hours that
/// signed digests prove are what they are.
fn doubts(known: &Known, account: &Account, last_seen: Option<Micros>, window: (Micros, Micros)) -> Vec<String> {
    let is_about = |event: &Event| {
        let trail = event.target.rsplit(['/', ':']).next().unwrap_or_default();
        let of_trail = event.what == What::Trail && known.trails.get(trail).is_some_and(|accounts| accounts.contains(&account.account));
        event.is_about(&account.account) || of_trail
    };
    let is_restored = |event: &Event, time: Micros| {
        known.events.iter().any(|later| {
            let same = later.what == event.what && (later.what != What::Trail || later.target == event.target);
            let is_later = later.event_time.is_some_and(|later| (time..window.1).contains(&later));
            same && is_later && later.effect == Effect::Begins && !later.failed && is_about(later)
        })
    };
    let is_open = |time: Micros| account.gaps.iter().any(|gap| time::parse(gap.to.as_bytes()).is_some_and(|to| to > time));
    let told = known.events.iter().filter(|event| event.leaves_doubt() && is_about(event)).filter_map(|event| {
        let time = event.event_time.filter(|time| verdict::is_within(Some(*time), window))?;
        // Where logs went on, something else records them.
        let goes_on = event.effect == Effect::Ends && last_seen.is_some_and(|hour| hour > time + HOUR);
        let does = if event.effect == Effect::Ends { "ends its logs" } else { "narrows what is logged" };
        (!goes_on && is_open(time) && !is_restored(event, time)).then(|| format!("{} {does}", event.words()))
    });
    told.collect()
}
