//! Four accounts over four months, every figure worked by hand.

use super::*;
use crate::proof::coverage::State as Seen;
use crate::proof::credential_report::LastUse;
use crate::review::session::break_glass::Verdict;
use crate::root::Need;
use inputs::{Dated, Detail, KeyState, Source, State};

/// Listed and proven. Signs in without MFA on Jan 10 and makes a user; signs in with MFA on Apr 28 and makes a key.
const A: &str = "111122223333";
/// Listed and proven. Signs with one key on Feb 5 and Mar 5, with another on Mar 6, and changes a certificate on Mar 7.
const B: &str = "444455556666";
/// Listed; nothing is known of it but a password recovery that was asked for on Apr 2.
const C: &str = "123456789012";
/// Not listed, observed since Apr 1, never used.
const D: &str = "210987654321";

const KEYS: [&str; 2] = ["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"];

fn population() -> Population {
    let mut all = Gathering::default();
    [A, B, C].into_iter().for_each(|account| all.list(account));
    [A, B].into_iter().for_each(|account| all.cover(account, "us-east-1", (at("2026-01-01"), at("2026-05-01")), Seen::Proven));
    all.cover(D, "us-east-1", (at("2026-04-01"), at("2026-05-01")), Seen::Observed);
    let new = |time: &str, kind, name| UseOf { session: Some("s1"), ..UseOf::new(at(time), kind, name) };
    let task = |time: &str, kind, name, need| UseOf { need: Some(need), ..new(time, kind, name) };
    all.add_use(A, &UseOf { mfa: Some(false), cis_match: true, ..new("2026-01-10T08:00:00Z", UseKind::SignIn, "signin:ConsoleLogin") });
    // What the filter matches: the sign-in, and the failed ones before it.
    ["2026-01-09", "2026-01-10", "2026-01-10T08:00:00Z"].into_iter().for_each(|time| all.add_cis_match(A, at(time)));
    // Calls may say with what their session was opened; they are no sign-ins.
    all.add_use(A, &UseOf { mfa: Some(false), ..task("2026-01-10T08:05:00Z", UseKind::Console, "iam:CreateUser", Need::NotRequired) });
    let april = UseOf {
        session: Some("s2"),
        mfa: Some(true),
        would_alarm: Some(false),
        ..new("2026-04-28T11:00:00Z", UseKind::SignIn, "signin:ConsoleLogin")
    };
    all.add_use(A, &april);
    let key = task("2026-04-28T12:00:00Z", UseKind::Console, "iam:CreateAccessKey", Need::Required);
    all.add_use(A, &UseOf { session: Some("s2"), would_alarm: Some(true), ..key });
    for (time, key) in [("2026-02-05", 0), ("2026-03-05", 0), ("2026-03-06", 1)] {
        let call = task(time, UseKind::LongTermKey, "s3:ListBuckets", Need::NotRequired);
        all.add_use(B, &UseOf { key: Some(KEYS[key]), session: Some(KEYS[key]), ..call });
    }
    let certificate = task("2026-03-07", UseKind::Temporary, "iam:UploadSigningCertificate", Need::FormerlyRequired);
    all.add_use(B, &UseOf { session: None, would_alarm: Some(false), ..certificate });
    for time in ["2026-01-09", "2026-01-10"] {
        all.add_attempt(A, Attempt { time: at(time), kind: AttemptKind::FailedSignIn });
    }
    all.add_attempt(C, Attempt { time: at("2026-04-02"), kind: AttemptKind::Recovery });
    let incident = |start: &str| Incident { start: at(start), to_alert: None, to_detect: None, to_remediate: None, break_glass: None };
    let (first, second) = (incident("2026-01-10T08:00:00Z"), incident("2026-04-28T11:00:00Z"));
    all.add_incident(
        A,
        Incident {
            to_alert: Some(60_000_000),
            to_detect: Some(600_000_000),
            to_remediate: Some(300_000_000),
            break_glass: Some(Verdict::Unapproved),
            ..first
        },
    );
    all.add_incident(A, Incident { to_alert: Some(120_000_000), break_glass: Some(Verdict::Approved), ..second });
    all.add_incident(B, incident("2026-03-05"));
    let key = |rotated: &str, used| KeyState { active: Some(true), rotated: Some(at(rotated)), used };
    let keys = [key("2025-05-01", LastUse::At(at("2026-03-06"))), key("2026-04-21", LastUse::NotApplicable)];
    let report = |keys| {
        let detail = Some(Box::new(Detail { password_used: LastUse::Unknown, keys }));
        State { detail, ..State::new(Source::CredentialReport, Some(at("2026-04-30")), Dated::Stated) }
    };
    all.add_state(B, report(keys));
    // A has a key that is switched off, and one of which nothing is known.
    let keys = [KeyState { active: Some(false), ..keys[0] }, KeyState { active: None, ..keys[0] }];
    all.add_state(A, report(keys));
    all.population()
}

fn all() -> Vec<Told> {
    told(&population(), &Terms::new(window("2026-01-01", "2026-05-01"), Period::Month))
}

#[test]
fn numbers_of_things_are_zero_only_where_they_could_have_been_seen() {
    let all = all();
    let records = |account| lines(&all, "records", account);
    assert_eq!(records(Some(A)), ["2026-01 = 2", "2026-02 = 0", "2026-03 = 0", "2026-04 = 2"]);
    assert_eq!(records(Some(B)), ["2026-01 = 0", "2026-02 = 1", "2026-03 = 3", "2026-04 = 0"]);
    assert_eq!(records(Some(C)), ["2026-01 = ?", "2026-02 = ?", "2026-03 = ?", "2026-04 = ?"]);
    assert_eq!(records(Some(D)), ["2026-01 = ?", "2026-02 = ?", "2026-03 = ?", "2026-04 = 0"]);
    // What all accounts have is that of A and B, and in April also of D.
    let total = |metric, numbers: [u64; 4]| {
        let known = ["2026-01", "2026-02", "2026-03", "2026-04"].into_iter().zip(numbers).zip([2, 2, 2, 3]);
        let expected: Vec<String> =
            known.map(|((month, number), known)| format!("{month} accounts_known {number}/{known} = {number}")).collect();
        assert_eq!(lines(&all, metric, None), expected, "{metric}");
    };
    total("records", [2, 1, 3, 2]);
    // March: two keys, each a session, and the certificate in none.
    total("sessions", [1, 1, 2, 1]);
    total("incidents", [1, 0, 1, 1]);
    total("sign_ins", [1, 0, 0, 1]);
    total("key_calls", [0, 1, 2, 0]);
    total("keys_in_use", [0, 1, 2, 0]);
    total("failed_sign_ins", [2, 0, 0, 0]);
    total("cis_matches", [3, 0, 0, 0]);
    assert_eq!(lines(&all, "uses_by_kind", None)[..3], ["2026-01 sign_in = 1", "2026-01 console = 1", "2026-02 long_term_key = 1"]);
    assert_eq!(lines(&all, "recoveries", Some(C))[3..5], ["2026-04 requested = 1", "2026-01 completed = ?"]);
}

#[test]
fn recent_use_is_a_share_of_accounts_listed_covered_and_seen() {
    let all = all();
    // Seven and thirty days before May 1: A on Apr 28. Ninety: from Jan 31, A and B. Listed A, B, C; covered A, B, D; seen A, B, D: an attempt alone is not a log of C.
    let shares = |metric| lines(&all, metric, None);
    assert_eq!(shares("used_last_7_days"), ["accounts_listed 1/3 = 0.3333", "accounts_covered 1/3 = 0.3333", "accounts_seen 1/3 = 0.3333"]);
    assert_eq!(shares("used_last_30_days"), shares("used_last_7_days"));
    assert_eq!(
        shares("used_last_90_days"),
        ["accounts_listed 2/3 = 0.6667", "accounts_covered 2/3 = 0.6667", "accounts_seen 2/3 = 0.6667"]
    );
    let of = |account| lines(&all, "used_last_7_days", Some(account)).remove(0);
    assert_eq!([A, B, C, D].map(of), ["= 1", "= 0", "= ?", "= 0"]);
}

#[test]
fn the_rolling_series_has_every_day_whose_days_lie_in_the_window_and_ends_as_the_snapshot_does() {
    let all = all();
    for (days, metric, snapshot) in [(7, "used_trailing_7_days", "used_last_7_days"), (90, "used_trailing_90_days", "used_last_90_days")] {
        let rolling = lines(&all, metric, None);
        // 120 days, so that 114 and 31 end at least 7 and 90 days after the start; three lines each.
        assert_eq!(rolling.len(), 3 * (120 - days + 1));
        let ends: Vec<String> = lines(&all, snapshot, None).into_iter().map(|line| format!("2026-04-30 {line}")).collect();
        assert_eq!(rolling[rolling.len() - 3..], ends);
    }
    // B is not covered later or earlier than A; D is not covered on Jan 12, and A was used on Jan 10.
    assert!(lines(&all, "used_trailing_7_days", None).contains(&"2026-01-12 accounts_covered 1/2 = 0.5".to_owned()));
    // Jan 10 is the first of the seven days up to Jan 16, and is gone on Jan 17.
    assert!(lines(&all, "used_trailing_7_days", None).contains(&"2026-01-16 accounts_listed 1/3 = 0.3333".to_owned()));
    assert!(lines(&all, "used_trailing_7_days", None).contains(&"2026-01-17 accounts_listed 0/3 = 0".to_owned()));
}

#[test]
fn the_cumulative_share_counts_accounts_once() {
    let listed: Vec<String> = lines(&all(), "used_since_start", None).into_iter().step_by(3).collect();
    assert_eq!(
        listed,
        [
            "2026-01-01/2026-02-01 accounts_listed 1/3 = 0.3333",
            "2026-01-01/2026-03-01 accounts_listed 2/3 = 0.6667",
            "2026-01-01/2026-04-01 accounts_listed 2/3 = 0.6667",
            "2026-01-01/2026-05-01 accounts_listed 2/3 = 0.6667",
        ]
    );
}

#[test]
fn repeated_and_concentrated_use() {
    let all = all();
    // A in January and April, B in February and March; there are four months, so nothing is said of 6 and 12.
    let repeats: Vec<String> = lines(&all, "used_in_at_least_periods", None).into_iter().step_by(3).collect();
    assert_eq!(repeats, ["2 accounts_listed 2/3 = 0.6667", "3 accounts_listed 0/3 = 0"]);
    let periods = |account| lines(&all, "periods_used", Some(account)).remove(0);
    assert_eq!([A, B, C, D].map(periods), ["= 2", "= 2", "= ?", "= ?"]);
    // A tenth of three is one: 4 of 8 uses. Gini of 0, 4, 4: (-2*0 + 0*4 + 2*4) / (3 * 8) = 1/3.
    assert_eq!(lines(&all, "top_tenth_share", None)[0], "accounts_listed uses 4/8 = 0.5");
    // No numerator: it is not a share.
    assert_eq!(lines(&all, "gini", None)[0], "accounts_listed accounts_listed = 0.3333");
}

#[test]
fn what_root_was_needed_for_and_what_it_did() {
    let all = all();
    let march = |metric| lines(&all, metric, None).into_iter().filter(|line| line.starts_with("2026-03")).collect::<Vec<_>>();
    assert_eq!(
        march("need"),
        ["2026-03 required tasks 0/3 = 0", "2026-03 formerly_required tasks 1/3 = 0.3333", "2026-03 not_required tasks 2/3 = 0.6667"]
    );
    assert_eq!(march("tasks"), ["2026-03 formerly_required iam:UploadSigningCertificate = 1", "2026-03 not_required s3:ListBuckets = 2"]);
    assert_eq!(
        lines(&all, "need", Some(A)),
        ["required tasks 1/2 = 0.5", "formerly_required tasks 0/2 = 0", "not_required tasks 1/2 = 0.5"]
    );
    assert_eq!(lines(&all, "need", Some(D))[0], "required tasks 0/0 = ?");
}

#[test]
fn mfa_at_the_console() {
    let all = all();
    let shares = [
        "2026-01 sign_ins_known 0/1 = 0",
        "2026-02 sign_ins_known 0/0 = ?",
        "2026-03 sign_ins_known 0/0 = ?",
        "2026-04 sign_ins_known 1/1 = 1",
    ];
    assert_eq!(lines(&all, "sign_ins_with_mfa", None), shares);
    assert_eq!(lines(&all, "sign_ins_with_mfa", Some(A)), ["sign_ins_known 1/2 = 0.5"]);
}

#[test]
fn keys_held_are_as_old_as_the_report_says() {
    let all = all();
    // On May 1 the keys are 10 and 365 days old: median 10 + 355/2, 90 % 10 + 0.9 * 355. One was used on Mar 6, 25 + 30 + 1 days before; the other never.
    assert_eq!(lines(&all, "key_age", None), ["median keys 2/2 = 186.5", "p90 keys 2/2 = 328.5", "max keys 2/2 = 364"]);
    assert_eq!(lines(&all, "key_idle", None), ["median keys 1/2 = 55", "p90 keys 1/2 = 55", "max keys 1/2 = 55"]);
    assert_eq!(
        (lines(&all, "key_age", Some(B)), lines(&all, "key_age", Some(A))),
        (vec!["max keys 2/2 = 364".to_owned()], vec!["max keys 0/0 = ?".to_owned()])
    );
}

#[test]
fn keys_that_signed_are_told_one_by_one() {
    let all = all();
    // Mar 5 and Mar 6 to May 1: 57 and 56 days.
    assert_eq!(lines(&all, "key_last_call", Some(B)), [format!("{} = 56", KEYS[1]), format!("{} = 57", KEYS[0])]);
    assert_eq!(lines(&all, "key_last_call", None)[0], "median keys_seen 2/2 = 56.5");
}

#[test]
fn figures_can_be_given_of_some_uses_only() {
    let terms = Terms::new(window("2026-01-01", "2026-05-01"), Period::Month);
    let all = told(&population().with_uses(|one| one.cis_match), &terms);
    assert_eq!(lines(&all, "used_since_start", None)[9], "2026-01-01/2026-05-01 accounts_listed 1/3 = 0.3333");
    assert_eq!(lines(&all, "records", Some(B))[2], "2026-03 = 0");
}

#[test]
fn idle_accounts_that_were_never_used_are_censored_and_unwatched_ones_left_out() {
    let all = all();
    // A 2.5 days, B 55 days (Mar 7), D more than the 30 it was watched, C nothing. At 2.5: 3 at risk, S = 2/3. At 30: 2 at risk, none. At 55: 1 at risk, S = 0.
    assert_eq!(
        lines(&all, "idle_survival", None),
        ["2.5 accounts_watched 3/3 = 0.6667", "30 accounts_watched 2/3 = 0.6667", "55 accounts_watched 1/3 = 0"]
    );
    assert_eq!(lines(&all, "idle_median", None), ["accounts_watched 2/3 = 55"]);
    let days = |account| lines(&all, "days_since_use", Some(account)).remove(0);
    assert_eq!([A, B, C, D].map(days), ["= 2.5", "= 55", "= ?", "= ?"]);
}

#[test]
fn times_to_alert_and_to_detect_are_of_those_incidents_that_have_them() {
    let all = all();
    // 60 s and 120 s: median 90, 90 % 60 + 0.9 * 60.
    assert_eq!(lines(&all, "time_to_alert", Some(A)), ["median incidents 2/2 = 90", "p90 incidents 2/2 = 114", "max incidents 2/2 = 120"]);
    assert_eq!(lines(&all, "time_to_detect", Some(A))[0], "median incidents 1/2 = 600");
    assert_eq!(lines(&all, "time_to_remediate", Some(A))[0], "median incidents 1/2 = 300");
    assert_eq!(lines(&all, "time_to_remediate", Some(B))[0], "median incidents 0/1 = ?");
    let medians: Vec<String> = lines(&all, "time_to_alert", None).into_iter().step_by(3).collect();
    assert_eq!(
        medians,
        [
            "2026-01 median incidents 1/1 = 60",
            "2026-02 median incidents 0/0 = ?",
            "2026-03 median incidents 0/1 = ?",
            "2026-04 median incidents 1/1 = 120"
        ]
    );
    let approved = lines(&all, "incidents_approved", None);
    assert_eq!((approved[0].as_str(), approved[2].as_str()), ("2026-01 incidents_judged 0/1 = 0", "2026-03 incidents_judged 0/0 = ?"));
    assert_eq!(approved[3], "2026-04 incidents_judged 1/1 = 1");
}

#[test]
fn the_control_score_is_of_what_was_tried() {
    let all = all();
    // A: one of two would have. B: none of one. C and D were not tried.
    assert_eq!(lines(&all, "accounts_alarmed", None), ["accounts_listed 1/3 = 0.3333", "accounts_tried 1/2 = 0.5"]);
    assert_eq!(lines(&all, "uses_alarmed", None)[2..], ["2026-03 uses_tried 0/1 = 0", "2026-04 uses_tried 1/2 = 0.5"]);
    assert_eq!(lines(&all, "uses_alarmed", Some(D)), ["uses_tried 0/0 = ?"]);
}

#[test]
fn shares_have_the_interval_of_wilson() {
    // statsmodels: 0 of 1 is 0 to 0.793450685623.
    let all = all();
    let january = all.iter().find(|told| told.metric == "sign_ins_with_mfa").unwrap();
    assert_eq!(january.amount.lower, Some(0.0));
    assert!((january.amount.upper.unwrap() - 0.793_450_685_623).abs() < 1e-9);
}

#[test]
fn of_nobody_nothing_is_said() {
    let terms = Terms::new(window("2026-01-01", "2026-05-01"), Period::Quarter);
    let all = told(&Population::default(), &terms);
    assert!(all.len() > 100 && all.iter().all(|told| told.amount.value.is_none() && told.amount.lower.is_none()), "{all:?}");
}

#[test]
fn a_window_shorter_than_the_days_says_nothing_of_them() {
    let all = told(&population(), &Terms::new(window("2026-04-01", "2026-05-01"), Period::Days7));
    assert_eq!(lines(&all, "used_last_30_days", None)[0], "accounts_listed 1/3 = 0.3333");
    assert_eq!(lines(&all, "used_last_90_days", None), ["accounts_listed = ?", "accounts_covered = ?", "accounts_seen = ?"]);
    assert_eq!(lines(&all, "used_trailing_90_days", None), Vec::<String>::new());
}

#[test]
fn names_are_given_once_and_figures_have_the_denominators_that_the_table_says() {
    let mut names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), METRICS.len());
    assert!(METRICS.iter().all(|metric| !metric.definition.is_empty()));
    for told in all().iter().filter(|told| told.account.is_none()) {
        let metric = METRICS.iter().find(|metric| metric.name == told.metric).unwrap();
        assert!(metric.denominators.contains(&told.kind), "{told:?}");
        assert_eq!(metric.unit, told.unit);
    }
}
