//! The table of four practices, source by source.

use super::super::practices::{Row, table};
use super::*;
use crate::proof::coverage::State as Seen;
use crate::proof::credential_report::LastUse;
use inputs::{Answer, Dated, Detail, KeyState, Source, State};

const ACCOUNT: &str = "111122223333";

fn rows(fill: impl FnOnce(&mut Gathering)) -> Vec<Row> {
    rows_of(&Terms::new(window("2026-07-01", "2026-11-01"), Period::Month), fill)
}

fn rows_of(terms: &Terms, fill: impl FnOnce(&mut Gathering)) -> Vec<Row> {
    let mut all = Gathering::default();
    all.list(ACCOUNT);
    fill(&mut all);
    table(&Study::new(&all.population(), terms))
}

/// What counts for the one account, by which source, and how many do not agree.
fn counted(row: &Row) -> (Option<Answer>, Option<Source>, usize) {
    let answers = [(row.yes, Answer::Yes), (row.no, Answer::No), (row.not_applicable, Answer::NotApplicable)];
    let answer = answers.into_iter().find(|(count, _)| *count == 1).map(|(_, answer)| answer);
    assert_eq!(answer.is_none(), row.unknown == 1);
    (answer, row.sources.keys().next().copied(), row.conflicts.len())
}

fn state(source: Source, date: &str) -> State {
    State::new(source, Some(at(date)), Dated::Stated)
}

/// A credential report with the last uses of the password and of key 1; there is no key 2.
fn report(date: &str, password: LastUse, first: LastUse) -> State {
    let key = |used| KeyState { active: None, rotated: None, used };
    let keys = [key(first), key(LastUse::NotApplicable)];
    State { detail: Some(Box::new(Detail { password_used: password, keys })), ..state(Source::CredentialReport, date) }
}

#[test]
fn recent_use_by_logs_is_yes_no_or_unknown() {
    let row = |fill: &dyn Fn(&mut Gathering)| counted(&rows(|all| fill(all))[0]);
    let sign_in = |all: &mut Gathering, time: &str| all.add_use(ACCOUNT, &UseOf::new(at(time), UseKind::SignIn, "signin:ConsoleLogin"));
    assert_eq!(row(&|_| {}), (None, None, 0));
    // The first and the last moment of the seven days, and those beside them.
    for (time, answer) in [
        ("2026-10-25", Some(Answer::Yes)),
        ("2026-10-31T23:59:59Z", Some(Answer::Yes)),
        ("2026-10-24T23:59:59Z", None),
        ("2026-11-01", None),
    ] {
        assert_eq!(row(&|all| sign_in(all, time)).0, answer, "{time}");
    }
    let covered = |from: &str| row(&|all| all.cover(ACCOUNT, "us-east-1", (at(from), at("2026-11-01")), Seen::Proven));
    assert_eq!(covered("2026-10-25"), (Some(Answer::No), Some(Source::Logs), 0));
    // A day of seven does not make a root unused.
    assert_eq!(covered("2026-10-31").0, None);
    assert_eq!(row(&|all| all.cover(ACCOUNT, "us-east-1", (at("2026-10-30"), at("2026-10-31")), Seen::Broken)).0, None);
}

#[test]
fn recent_use_by_a_report_is_no_only_when_the_report_was_made_after_the_days() {
    let never = LastUse::NoInformation;
    let on = |time: &str| LastUse::At(at(time));
    let row = |state: State| counted(&rows(|all| all.add_state(ACCOUNT, state))[0]).0;
    assert_eq!(row(report("2026-10-28", on("2026-10-27"), never)), Some(Answer::Yes));
    assert_eq!(row(report("2026-11-01", never, on("2026-10-27"))), Some(Answer::Yes));
    assert_eq!(row(report("2026-11-01T04:00:00Z", on("2026-10-20"), LastUse::NotApplicable)), Some(Answer::No));
    // Made before the end: what came after it is not known.
    assert_eq!(row(report("2026-10-31", never, never)), None);
    // What it does not say, what may lie a little later, and what hides what was before.
    for unknown in [LastUse::Unknown, on("2026-10-24T23:50:00Z"), on("2026-11-01T01:00:00Z")] {
        assert_eq!(row(report("2026-11-01T04:00:00Z", unknown, never)), None, "{unknown:?}");
    }
    // Its date is only a lower bound, or it is of another time.
    assert_eq!(row(State { dated: Dated::NotBefore, ..report("2026-11-01", never, never) }), None);
    assert_eq!(row(report("2026-11-03", never, never)), None);
}

#[test]
fn a_use_that_only_the_report_knows_is_a_conflict() {
    let rows = rows(|all| {
        all.cover(ACCOUNT, "us-east-1", (at("2026-07-01"), at("2026-11-01")), Seen::Proven);
        all.add_state(ACCOUNT, report("2026-11-01", LastUse::At(at("2026-10-30")), LastUse::NotApplicable));
    });
    assert_eq!(counted(&rows[0]), (Some(Answer::No), Some(Source::Logs), 1));
    let conflict = &rows[0].conflicts[0];
    assert_eq!(
        (conflict.other.source, conflict.other.answer, conflict.other.at),
        (Source::CredentialReport, Answer::Yes, Some(at("2026-11-01")))
    );
}

#[test]
fn keys_count_by_the_most_trusted_source_and_the_others_may_disagree() {
    let key = |source, date: &str, keys| State { keys: Some(keys), ..state(source, date) };
    let rows_of = |states: Vec<State>| rows(move |all| states.into_iter().for_each(|state| all.add_state(ACCOUNT, state)));
    let config = key(Source::Config, "2026-10-31", false);
    let summary = key(Source::AccountSummary, "2026-10-31", false);
    let report = key(Source::CredentialReport, "2026-10-30", true);
    assert_eq!(counted(&rows_of(vec![config.clone()])[1]), (Some(Answer::No), Some(Source::Config), 0));
    let rows = rows_of(vec![config, summary, report.clone()]);
    assert_eq!(counted(&rows[1]), (Some(Answer::Yes), Some(Source::CredentialReport), 2));
    assert_eq!(rows[1].conflicts[0].other.source, Source::AccountSummary);
    // The newest report counts; one without a date only where no other is; one of after the day that reports may be late does not.
    let newer = key(Source::CredentialReport, "2026-10-31", false);
    let later = key(Source::CredentialReport, "2026-11-02T00:00:01Z", true);
    assert_eq!(counted(&rows_of(vec![newer, report.clone(), later])[1]).0, Some(Answer::No));
    let undated = State { keys: Some(false), ..State::dated(Source::CredentialReport, None, None) };
    assert_eq!(counted(&rows_of(vec![undated.clone(), report])[1]).0, Some(Answer::Yes));
    assert_eq!(counted(&rows_of(vec![undated])[1]).0, Some(Answer::No));
}

#[test]
fn a_call_with_a_key_shows_the_key_until_root_deletes_one() {
    let call = UseOf { key: Some("AKIAIOSFODNN7EXAMPLE"), ..UseOf::new(at("2026-10-26"), UseKind::LongTermKey, "s3:ListBuckets") };
    let delete = UseOf::new(at("2026-10-27"), UseKind::Console, "iam:DeleteAccessKey");
    assert_eq!(counted(&rows(|all| all.add_use(ACCOUNT, &call))[1]), (Some(Answer::Yes), Some(Source::Logs), 0));
    let deleted = rows(|all| [call, delete].iter().for_each(|one| all.add_use(ACCOUNT, one)));
    assert_eq!(counted(&deleted[1]), (None, None, 0));
    // The other key goes on signing.
    let again = UseOf { time: at("2026-10-28"), key: Some("AKIAI44QH8DHBEXAMPLE"), ..call };
    let other = rows(|all| [call, delete, again].iter().for_each(|one| all.add_use(ACCOUNT, one)));
    assert_eq!(counted(&other[1]).0, Some(Answer::Yes));
}

#[test]
fn mfa_by_sign_in_by_state_and_where_there_is_nothing_to_ask_about() {
    let sign_in = |mfa| UseOf { mfa: Some(mfa), ..UseOf::new(at("2026-10-26"), UseKind::SignIn, "signin:ConsoleLogin") };
    let enable = UseOf::new(at("2026-10-26T01:00:00Z"), UseKind::Console, "iam:EnableMFADevice");
    assert_eq!(counted(&rows(|all| all.add_use(ACCOUNT, &sign_in(false)))[2]), (Some(Answer::Yes), Some(Source::Logs), 0));
    assert_eq!(counted(&rows(|all| [sign_in(false), enable].iter().for_each(|one| all.add_use(ACCOUNT, one)))[2]).0, None);
    let said = |mfa, credentials| State { mfa, credentials, ..state(Source::CredentialReport, "2026-10-31") };
    let row = |state: State| counted(&rows(|all| all.add_state(ACCOUNT, state))[2]).0;
    assert_eq!(row(said(Some(false), Some(true))), Some(Answer::Yes));
    assert_eq!(row(said(Some(true), None)), Some(Answer::No));
    // A member whose root credentials were deleted.
    assert_eq!(row(said(Some(false), Some(false))), Some(Answer::NotApplicable));
    assert_eq!(row(said(None, None)), None);
}

#[test]
fn mfa_that_is_virtual_is_a_row_of_its_own() {
    let mfa = |source, mfa| State { mfa: Some(mfa), ..state(source, "2026-10-31") };
    let list = |is_virtual| State { virtual_mfa: Some(is_virtual), ..state(Source::VirtualMfaDevices, "2026-10-31") };
    let hardware =
        |hardware| State { hardware_mfa: Some(hardware), mfa: Some(true).filter(|_| hardware), ..state(Source::Config, "2026-10-31") };
    let row = |states: &[State]| {
        let row = &rows(|all| states.iter().for_each(|state| all.add_state(ACCOUNT, state.clone())))[3];
        counted(row)
    };
    let (report, summary) = (Source::CredentialReport, Source::AccountSummary);
    assert_eq!(row(&[mfa(report, true), list(true)]), (Some(Answer::Yes), Some(report), 0));
    assert_eq!(row(&[mfa(report, true), list(false)]), (Some(Answer::No), Some(report), 0));
    assert_eq!(row(&[mfa(summary, true), list(false)]), (Some(Answer::No), Some(summary), 0));
    // Without MFA it is in the other row, not in this.
    assert_eq!(row(&[mfa(report, false), list(false)]), (Some(Answer::No), Some(report), 0));
    assert_eq!(row(&[mfa(report, false), list(true)]), (Some(Answer::No), Some(report), 1));
    assert_eq!((row(&[mfa(report, true)]).0, row(&[list(false)]).0), (None, None));
    assert_eq!(row(&[list(true)]), (Some(Answer::Yes), Some(Source::VirtualMfaDevices), 0));
    assert_eq!(row(&[hardware(true)]), (Some(Answer::No), Some(Source::Config), 0));
    assert_eq!(row(&[hardware(false), mfa(Source::Config, true)]), (Some(Answer::Yes), Some(Source::Config), 0));
    assert_eq!(row(&[hardware(false), mfa(Source::Config, false)]), (Some(Answer::No), Some(Source::Config), 0));
    assert_eq!(row(&[hardware(false)]).0, None);
}

#[test]
fn terms_say_how_much_coverage_and_how_new_a_report_it_takes() {
    // A day of seven is proven and six are unknown: a seventh.
    let fill = |all: &mut Gathering| {
        all.cover(ACCOUNT, "us-east-1", (at("2026-10-25"), at("2026-10-26")), Seen::Proven);
        all.cover(ACCOUNT, "us-east-1", (at("2026-10-26"), at("2026-11-01")), Seen::Unknown);
        all.add_state(ACCOUNT, State { keys: Some(true), ..state(Source::CredentialReport, "2026-10-01") });
    };
    let terms = Terms::new(window("2026-07-01", "2026-11-01"), Period::Month);
    for (least_days, used) in [(0.0, Some(Answer::No)), (0.14, Some(Answer::No)), (0.15, None)] {
        assert_eq!(counted(&rows_of(&Terms { least_days, ..terms.clone() }, fill)[0]).0, used);
    }
    for (days, keys) in [(31, Some(Answer::Yes)), (30, None)] {
        assert_eq!(counted(&rows_of(&Terms { oldest: Some(days * DAY), ..terms.clone() }, fill)[1]).0, keys);
    }
}

#[test]
fn reports_are_not_believed_of_the_days_when_they_were_wrong() {
    let row = |end: &str| {
        let terms = Terms::new(window("2018-01-01", end), Period::Month);
        counted(&rows_of(&terms, |all| all.add_state(ACCOUNT, report(end, LastUse::NoInformation, LastUse::NoInformation)))[0]).0
    };
    assert_eq!(["2018-05-04", "2018-05-05", "2018-05-30", "2018-05-31"].map(row), [Some(Answer::No), None, None, Some(Answer::No)]);
}

#[test]
fn what_is_said_twice_of_an_account_of_an_organisation_is_put_together_in_any_order() {
    let listed = |name: &str| inputs::Listed {
        closed: None,
        account: ACCOUNT.to_owned(),
        name: Some(name.to_owned()),
        status: None,
        joined: None,
        management: None,
        paths: Vec::new(),
    };
    for names in [["prod", "test"], ["test", "prod"]] {
        let mut all = Gathering::default();
        names.into_iter().for_each(|name| all.listed(listed(name)));
        let population = all.population();
        assert_eq!(population.account(ACCOUNT).unwrap().listed, Some(listed("test")));
    }
}
