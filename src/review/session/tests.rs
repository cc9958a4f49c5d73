//! Sessions, incidents, windows and signals of entries made on the spot.

use super::break_glass::{self, Verdict};
use super::*;
use crate::evidence::record::credential::Credential;
use crate::evidence::record::logging::Effect;
use crate::evidence::record::outcome::Outcome;
use crate::evidence::record::time::{self, Micros};
use crate::root::{Class, Need, Phase};

pub(crate) const ACCOUNT: &str = "111122223333";
const HOME: &str = "198.51.100.10";
const ELSEWHERE: &str = "203.0.113.66";

pub(crate) fn at(clock: &str) -> Micros {
    time::parse(format!("2026-03-{clock}Z").as_bytes()).unwrap()
}

/// A call in the console session that began at `start`.
fn call(clock: &str, start: &str, name: &'static str) -> Entry<'static> {
    Entry {
        logging: None,
        received_by: None,
        affected: None,
        shared_event_id: None,
        request_id: None,
        time: Some(at(clock)),
        event_id: "",
        account: ACCOUNT,
        region: "us-east-1",
        class: Class::Direct,
        need: Some(Need::NotRequired),
        source: "iam.amazonaws.com",
        name,
        event_type: "AwsApiCall",
        read_only: Some(name.starts_with("List") || name.starts_with("Get")),
        outcome: Some(Outcome::Success),
        credential: Credential::Console,
        key: Some("ASIACONSOLEEXAMPLE"),
        session_start: Some(at(start)),
        mfa: Some(true),
        address: Some(HOME),
        agent: Some("Mozilla"),
        phase: None,
        arn: None,
        issued_key: None,
        delivered: None,
        cis_match: true,
    }
}

pub(crate) fn login(clock: &str, success: bool) -> Entry<'static> {
    Entry {
        logging: None,
        received_by: None,
        affected: None,
        shared_event_id: None,
        request_id: None,
        class: if success { Class::SignIn } else { Class::Attempt },
        need: None,
        source: "signin.amazonaws.com",
        event_type: "AwsConsoleSignIn",
        outcome: Some(if success { Outcome::Success } else { Outcome::Failed }),
        key: None,
        session_start: None,
        ..call(clock, clock, "ConsoleLogin")
    }
}

pub(crate) fn by_key(clock: &str, key: &'static str) -> Entry<'static> {
    Entry {
        logging: None,
        received_by: None,
        affected: None,
        shared_event_id: None,
        request_id: None,
        credential: Credential::LongTermKey,
        key: Some(key),
        session_start: None,
        mfa: None,
        agent: Some("aws-cli/2"),
        ..call(clock, clock, "ListUsers")
    }
}

fn from(address: &'static str, entry: Entry<'static>) -> Entry<'static> {
    Entry { address: Some(address), ..entry }
}

fn review(entries: &[Entry<'static>]) -> Review<'static> {
    Review::new(entries, &Terms::default())
}

/// Kind and number of entries of each session, in order.
fn kinds(review: &Review<'_>) -> Vec<(&'static str, usize)> {
    review.sessions.iter().map(|session| (session.kind.name(), session.entries.len())).collect()
}

#[test]
fn a_console_session_is_its_account_and_start_and_holds_many_keys() {
    let other = |entry: Entry<'static>| Entry { key: Some("ASIAOTHEREXAMPLE"), ..entry };
    let entries = [
        login("14T02:09:37", true),
        call("14T02:10:00", "14T02:09:37", "ListUsers"),
        other(call("14T09:00:00", "14T02:09:37", "ListRoles")),
        // Begun two minutes later with the same key: another session.
        call("14T09:00:01", "14T02:11:37", "ListRoles"),
    ];
    let review = review(&entries);
    assert_eq!(kinds(&review), [("console", 3), ("console", 1)]);
    assert_eq!((review.sessions[0].login, review.sessions[1].login), (Some(0), None));
    assert_eq!(review.sessions[0].id, "111122223333/console/2026-03-14T02:09:37Z");
}

#[test]
fn a_sign_in_belongs_to_the_session_that_is_near_and_agrees_in_address_or_client() {
    // Seconds apart, from the same address.
    let near = [login("14T02:09:35", true), call("14T02:10:00", "14T02:09:37", "ListUsers")];
    assert_eq!(kinds(&review(&near)), [("console", 2)]);
    // Seconds apart, from another address with another client: not the same person.
    let stranger = Entry { agent: Some("curl"), ..from(ELSEWHERE, login("14T02:09:35", true)) };
    assert_eq!(kinds(&review(&[stranger, near[1].clone()])), [("address", 1), ("console", 1)]);
    // Too far apart.
    let early = login("14T02:09:26", true);
    assert_eq!(kinds(&review(&[early, near[1].clone()])), [("address", 1), ("console", 1)]);
    // Of two sessions the one that agrees in both, although the other is nearer.
    let two = [
        login("14T02:09:35", true),
        from(ELSEWHERE, call("14T02:10:00", "14T02:09:36", "ListUsers")),
        call("14T02:10:00", "14T02:09:39", "ListUsers"),
    ];
    let review = review(&two);
    assert_eq!(review.session_of[0], review.session_of[2]);
}

#[test]
fn a_long_term_key_begins_a_new_session_after_a_rest() {
    let (one, other) = ("AKIAONEEXAMPLE", "AKIAOTHEREXAMPLE");
    let entries = [by_key("14T01:00:00", one), by_key("14T01:30:00", other), by_key("14T02:00:00", one), by_key("14T03:00:01", one)];
    let mut sessions = kinds(&review(&entries));
    sessions.sort_unstable();
    assert_eq!(sessions, [("long_term_key", 1), ("long_term_key", 1), ("long_term_key", 2)]);
}

#[test]
fn billing_records_are_held_together_by_their_address_not_by_their_keys() {
    let billing = |clock, key, address| Entry {
        event_type: "AwsConsoleAction",
        source: "billingconsole.amazonaws.com",
        key: Some(key),
        session_start: None,
        ..from(address, call(clock, clock, "GetBills"))
    };
    let entries = [
        billing("14T01:00:00", "ASIAAEXAMPLE", HOME),
        billing("14T01:01:00", "ASIABEXAMPLE", HOME),
        billing("14T01:02:00", "ASIACEXAMPLE", ELSEWHERE),
    ];
    assert_eq!(kinds(&review(&entries)), [("address", 2), ("address", 1)]);
}

#[test]
fn credentials_of_sts_are_joined_to_the_session_that_asked_for_them() {
    let issuer =
        Entry { source: "sts.amazonaws.com", issued_key: Some("ASIACHILDEXAMPLE".into()), ..by_key("14T01:00:00", "AKIAONEEXAMPLE") };
    let child =
        Entry { key: Some("ASIACHILDEXAMPLE"), credential: Credential::Temporary, ..call("14T01:05:00", "14T01:00:00", "ListUsers") };
    let federated = Entry { class: Class::Federated, ..child.clone() };
    for (child, kind) in [(child, "temporary"), (federated, "federated")] {
        let review = review(&[issuer.clone(), child]);
        assert_eq!(kinds(&review), [("long_term_key", 1), (kind, 1)]);
        assert_eq!((review.sessions[0].parent, review.sessions[1].parent), (None, Some(0)));
        assert_eq!(review.incidents.len(), 1);
    }
}

#[test]
fn sessions_of_an_account_are_one_incident_up_to_the_gap() {
    let entries = |last| [by_key("14T01:00:00", "AKIAONEEXAMPLE"), by_key(last, "AKIAOTHEREXAMPLE")];
    assert_eq!(review(&entries("14T02:00:00")).incidents.len(), 1);
    let apart = review(&entries("14T02:00:01"));
    assert_eq!(
        apart.incidents.iter().map(|incident| &*incident.id).collect::<Vec<_>>(),
        ["111122223333-20260314T010000Z", "111122223333-20260314T020001Z"]
    );
    let of_other = Entry { account: "444455556666", ..by_key("14T01:00:30", "AKIAOTHEREXAMPLE") };
    assert_eq!(review(&[by_key("14T01:00:00", "AKIAONEEXAMPLE"), of_other]).incidents.len(), 2);
}

#[test]
fn services_others_and_records_without_a_time_are_in_no_incident() {
    let class = |class| Entry { class, ..call("14T01:00:00", "14T01:00:00", "ListUsers") };
    let entries = [class(Class::Service), class(Class::AboutRoot), class(Class::Artefact), Entry { time: None, ..class(Class::Direct) }];
    let review = review(&entries);
    assert!(review.incidents.is_empty() && review.sessions.is_empty());
    assert_eq!(review.unplaced, 1);
}

#[test]
fn failed_sign_ins_are_held_against_the_next_use_from_their_address() {
    let failed = |clock, address| from(address, login(clock, false));
    let entries = [
        failed("10T01:00:00", ELSEWHERE),
        failed("12T01:00:00", ELSEWHERE),
        failed("12T01:00:10", "192.0.2.7"),
        from(ELSEWHERE, login("14T01:00:00", true)),
    ];
    let review = review(&entries);
    let told: Vec<_> = review.incidents.iter().map(|incident| (incident.usage, incident.attempts, incident.attempts_before)).collect();
    // The first lies more than 72 hours before the use; the third and the second are one cluster, of which one address is the user's.
    assert_eq!(told, [(0, 1, 0), (1, 0, 2)]);
    assert_eq!(review.incident_of, [Some(0), Some(1), Some(1), Some(1)]);
    assert_eq!(review.incidents[1].first, at("14T01:00:00"));
}

#[test]
fn addresses_are_new_only_where_there_is_earlier_use_to_compare_with() {
    let entries = [
        call("10T01:00:00", "10T01:00:00", "ListUsers"),
        from(ELSEWHERE, login("11T01:00:00", false)),
        from(ELSEWHERE, call("14T01:00:00", "14T01:00:00", "ListUsers")),
        call("14T01:00:01", "14T01:00:00", "ListUsers"),
        from("cloudformation.amazonaws.com", call("14T01:00:02", "14T01:00:00", "ListUsers")),
    ];
    let review = review(&entries);
    let new: Vec<_> =
        review.incidents.iter().filter(|incident| incident.is_use()).map(|incident| incident.new_source_ips.clone()).collect();
    // A failed sign-in makes an address no known one, and a service is none.
    assert_eq!(new, [None, Some([ELSEWHERE].into())]);
}

fn windows(text: &str) -> Terms {
    Terms { windows: Some(break_glass::read(text.as_bytes()).unwrap()), ..Terms::default() }
}

/// The verdict and the reasons for each entry.
fn judged(entries: &[Entry<'static>], terms: &Terms) -> Vec<(Verdict, String)> {
    let review = Review::new(entries, terms);
    review.judgements.into_iter().flatten().map(|judged| (judged.verdict, judged.reasons.join("; "))).collect()
}

#[test]
fn use_is_approved_out_of_scope_with_the_broken_term_or_unapproved() {
    let terms = windows(
        "accounts,start,end,ticket,approver,addresses,actions,mfa\n\
         111122223333,2026-03-14T01:00:00Z,2026-03-14T02:00:00Z,CHG-1,,198.51.100.0/24,iam:List*,yes\n",
    );
    let verdict = |entry: Entry<'static>| judged(&[entry], &terms).remove(0);
    let good = call("14T01:00:00", "14T00:59:59", "ListUsers");
    assert_eq!(verdict(good.clone()), (Verdict::Approved, String::new()));
    assert_eq!(verdict(call("14T02:00:00", "14T00:59:59", "ListUsers")).0, Verdict::Unapproved);
    assert_eq!(verdict(Entry { account: "444455556666", ..good.clone() }).0, Verdict::Unapproved);
    for (entry, reason) in [
        (from(ELSEWHERE, good.clone()), "CHG-1: `203.0.113.66` is not an allowed address"),
        (Entry { name: "CreateUser", ..good.clone() }, "CHG-1: `iam:CreateUser` is not an allowed action"),
        (Entry { mfa: Some(false), ..good.clone() }, "CHG-1: without MFA"),
        (Entry { mfa: None, ..good.clone() }, "CHG-1: no record shows MFA"),
    ] {
        assert_eq!(verdict(entry), (Verdict::OutOfScope, reason.to_owned()));
    }
    // Signing in is part of any window.
    assert_eq!(verdict(login("14T01:10:00", true)).0, Verdict::Approved);
}

#[test]
fn records_without_a_session_take_mfa_from_the_console_session_of_their_address() {
    let terms = windows("accounts,start,end,mfa\n*,2026-03-14T01:00:00Z,2026-03-14T05:00:00Z,yes\n");
    let billing = |clock| Entry { event_type: "AwsConsoleAction", session_start: None, mfa: None, ..call(clock, clock, "GetBills") };
    let session = call("14T01:00:00", "14T01:00:00", "ListUsers");
    let verdicts = |entries: &[Entry<'static>]| judged(entries, &terms).into_iter().map(|(verdict, _)| verdict).collect::<Vec<_>>();
    assert_eq!(verdicts(&[session.clone(), billing("14T01:30:00")]), [Verdict::Approved, Verdict::Approved]);
    assert_eq!(verdicts(&[session.clone(), from(ELSEWHERE, billing("14T01:30:00"))]), [Verdict::Approved, Verdict::OutOfScope]);
    assert_eq!(verdicts(&[session, billing("14T02:30:00")]), [Verdict::Approved, Verdict::OutOfScope]);
}

#[test]
fn an_incident_is_approved_only_where_all_its_use_is() {
    let terms = windows("accounts,start,end,ticket\n*,2026-03-14T01:00:00Z,2026-03-14T02:00:00Z,CHG-1\n");
    let verdict = |clocks: &[&'static str]| {
        let entries: Vec<_> = clocks.iter().map(|clock| by_key(clock, "AKIAONEEXAMPLE")).collect();
        Review::new(&entries, &terms).incidents[0].break_glass
    };
    assert_eq!(verdict(&["14T01:10:00", "14T01:50:00"]), Some(Verdict::Approved));
    assert_eq!(verdict(&["14T01:10:00", "14T02:00:00"]), Some(Verdict::Unapproved));
    // A failed sign-in beside approved use does not spoil it.
    let entries = [login("14T00:59:00", false), login("14T01:00:00", true)];
    assert_eq!(Review::new(&entries, &terms).incidents[0].break_glass, Some(Verdict::Approved));
}

#[test]
fn windows_that_were_never_used_and_windows_that_overlap_are_known() {
    let terms = windows(
        "accounts,start,end,ticket\n*,2026-03-14T01:00:00Z,2026-03-14T02:00:00Z,A\n111122223333,2026-03-14T01:59:00Z,2026-03-14T03:00:00Z,B\n\
         444455556666,2026-03-14T02:00:00Z,2026-03-14T03:00:00Z,C\n",
    );
    let review = Review::new(&[by_key("14T01:10:00", "AKIAONEEXAMPLE")], &terms);
    let windows = review.break_glass.unwrap();
    let used: Vec<_> = windows.windows().map(|(window, approved, _)| (window.name(), approved)).collect();
    assert_eq!(used, [("A".to_owned(), 1), ("B".to_owned(), 0), ("C".to_owned(), 0)]);
    let overlaps: Vec<_> = windows.overlaps().into_iter().map(|(one, other)| one.name() + &other.name()).collect();
    assert_eq!(overlaps, ["AB"]);
}

/// The signals of the incident with the last use, and the entries that each points at.
fn pointing(entries: &[Entry<'static>], terms: &Terms) -> Vec<(&'static str, Vec<usize>)> {
    let review = Review::new(entries, terms);
    let incident = review.incidents.iter().rfind(|incident| incident.is_use()).unwrap();
    incident.signals.iter().map(|signal| (signal.name, signal.entries.clone())).collect()
}

fn signals(entries: &[Entry<'static>], terms: &Terms) -> Vec<&'static str> {
    pointing(entries, terms).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn every_signal_is_given_where_it_is_due_and_nowhere_else() {
    let plain = Terms::default();
    let quiet = call("14T01:00:00", "14T01:00:00", "ListUsers");
    assert!(signals(std::slice::from_ref(&quiet), &plain).is_empty());
    let second = |entry: Entry<'static>| vec![call("10T01:00:00", "10T01:00:00", "ListUsers"), entry];
    let write = |phase| vec![Entry { phase: Some(phase), ..call("14T01:00:00", "14T01:00:00", "CreateUser") }];
    let named = |source, name| vec![Entry { source, ..call("14T01:00:00", "14T01:00:00", name) }];
    let recovery = Entry {
        source: "signin.amazonaws.com",
        class: Class::Attempt,
        key: None,
        session_start: None,
        ..call("14T00:50:00", "14T00:50:00", "PasswordRecoveryRequested")
    };
    let refused = |number: usize| vec![Entry { outcome: Some(Outcome::Denied), ..quiet.clone() }; number];
    let questions = |number: usize| -> Vec<Entry<'static>> {
        let names = ["ListUsers", "ListRoles", "ListGroups", "GetUser", "GetRole", "GetGroup", "ListKeys", "GetKey"];
        names[..number].iter().map(|name| Entry { phase: Some(Phase::Discovery), ..call("14T01:00:00", "14T01:00:00", name) }).collect()
    };
    let needed = Entry { need: Some(Need::Required), ..call("14T01:00:00", "14T01:00:00", "CloseAccount") };
    let without = |entry: Entry<'static>| vec![Entry { mfa: Some(false), ..entry }];
    let key_failing =
        vec![Entry { outcome: Some(Outcome::Denied), ..by_key("14T01:00:00", "AKIAONEEXAMPLE") }, by_key("14T01:00:01", "AKIAONEEXAMPLE")];
    let approved = windows("accounts,start,end\n*,2026-03-14T01:00:00Z,2026-03-14T02:00:00Z\n");
    for (name, given, not_given) in [
        ("only_required", vec![needed.clone()], vec![needed, call("14T01:00:00", "14T01:00:00", "CreateUser")]),
        ("long_term_key", vec![by_key("14T01:00:00", "AKIAONEEXAMPLE")], vec![quiet.clone()]),
        ("few_calls", vec![by_key("14T01:00:00", "AKIAONEEXAMPLE")], vec![by_key("14T01:00:00", "AKIAONEEXAMPLE"); 21]),
        ("key_failures", key_failing.clone(), [key_failing, vec![by_key("14T01:00:02", "AKIAONEEXAMPLE")]].concat()),
        (
            "failed_sign_ins",
            vec![login("14T00:59:00", false), login("14T01:00:00", true)],
            vec![login("14T01:00:00", true), login("14T01:01:00", false)],
        ),
        ("recovery_before_sign_in", vec![recovery.clone(), login("14T01:00:00", true)], vec![recovery, quiet.clone()]),
        ("new_address", second(from(ELSEWHERE, quiet.clone())), second(quiet.clone())),
        ("new_client", second(Entry { agent: Some("curl"), ..quiet.clone() }), second(quiet.clone())),
        ("no_mfa", without(login("14T01:00:00", true)), without(by_key("14T01:00:00", "AKIAONEEXAMPLE"))),
        ("enumeration", questions(8), questions(7)),
        ("persistence", write(Phase::Persistence), write(Phase::Discovery)),
        ("privilege_escalation", write(Phase::PrivilegeEscalation), write(Phase::Persistence)),
        (
            "credential_access",
            write(Phase::CredentialAccess),
            vec![Entry { read_only: Some(true), ..write(Phase::CredentialAccess).remove(0) }],
        ),
        ("exfiltration", write(Phase::Exfiltration), write(Phase::Impact)),
        ("impact", write(Phase::Impact), write(Phase::Exfiltration)),
        ("logging_tampered", named("guardduty.amazonaws.com", "DeleteDetector"), named("example.amazonaws.com", "DeleteDetector")),
        (
            "logging_tampered",
            vec![Entry { logging: Some(Effect::Ends), ..quiet.clone() }],
            vec![Entry { logging: Some(Effect::Begins), ..quiet.clone() }],
        ),
        ("mfa_removed", named("iam.amazonaws.com", "DeactivateMFADevice"), named("iam.amazonaws.com", "EnableMFADevice")),
        ("compute_launched", named("ec2.amazonaws.com", "RunInstances"), named("ec2.amazonaws.com", "DescribeInstances")),
        ("denials", refused(3), refused(2)),
    ] {
        assert!(signals(&given, &plain).contains(&name), "{name} is missing: {:?}", signals(&given, &plain));
        let expected: Vec<usize> = match name {
            "new_address" | "new_client" => vec![1],
            "enumeration" => (0..8).collect(),
            "denials" => vec![0, 1, 2],
            // What else is in the incident supports nothing.
            _ => vec![0],
        };
        let pointed = pointing(&given, &plain).into_iter().find(|(signal, _)| *signal == name).map(|(_, entries)| entries);
        assert_eq!(pointed, Some(expected), "{name} points at other records");
        assert!(!signals(&not_given, &plain).contains(&name), "{name} is not due");
    }
    assert!(signals(std::slice::from_ref(&quiet), &approved).contains(&"approved_window"));
    assert!(!signals(&[quiet, call("14T02:00:00", "14T01:00:00", "ListUsers")], &approved).contains(&"approved_window"));
}
