//! Clocks that lie, names that are used again, circles, crowds, missing records and other starts than root.

use super::*;
use crate::lineage::effect::Slot;

const KEY: &str = "AKIACHILDEXAMPLE";

fn delete_user(seconds: i64, account: &str, name: &str) -> Value {
    call(seconds, user(account, "an_administrator"), "iam", "DeleteUser", json!({"userName": name}), Value::Null)
}

#[test]
fn a_name_that_is_given_again_is_not_the_same_user() {
    let records = [
        create_user(100, root(ACCOUNT), "deploy", "AIDAFIRSTEXAMPLE"),
        use_of(110, user(ACCOUNT, "deploy")),
        delete_user(120, ACCOUNT, "deploy"),
        use_of(130, user(ACCOUNT, "deploy")),
        create_user(140, user(ACCOUNT, "an_administrator"), "deploy", "AIDASECONDEXAMPLE"),
        use_of(150, user(ACCOUNT, "deploy")),
        use_of(160, with_id(user(ACCOUNT, "deploy"), "AIDASECONDEXAMPLE")),
        use_of(170, with_id(user(ACCOUNT, "deploy"), "AIDAFIRSTEXAMPLE")),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    let told: Vec<_> = (0..8).filter(|handle| lineage.record(*handle).is_some()).collect();
    // The id outlives the name, as it does in records that come late.
    assert_eq!(told, [0, 1, 7]);
    assert!(lineage.notes.iter().any(|note| matches!(note, Note::NameReused { .. })));
}

#[test]
fn an_id_tells_namesakes_apart_where_the_deletion_is_missing() {
    let records = [
        create_user(100, root(ACCOUNT), "deploy", "AIDAFIRSTEXAMPLE"),
        use_of(150, with_id(user(ACCOUNT, "deploy"), "AIDASECONDEXAMPLE")),
        use_of(160, with_id(user(ACCOUNT, "deploy"), ACCOUNT)),
    ];
    let lineage = trace(Start::Root, &records);
    assert_eq!(lineage.record(1), None);
    // What is not an id tells nothing; the name is the second one's by then.
    assert_eq!(lineage.record(2), None);
}

#[test]
fn a_user_that_takes_another_name_is_still_traced() {
    let records = [
        create_user(100, root(ACCOUNT), "deploy", "AIDAFIRSTEXAMPLE"),
        call(110, user(ACCOUNT, "deploy"), "iam", "UpdateUser", json!({"userName": "deploy", "newUserName": "auditor"}), Value::Null),
        use_of(120, user(ACCOUNT, "auditor")),
        use_of(130, with_id(user(ACCOUNT, "auditor"), "AIDAFIRSTEXAMPLE")),
        use_of(105, user(ACCOUNT, "auditor")),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(
        (lineage.certainty(2), lineage.certainty(3), lineage.certainty(4)),
        (Some(Certainty::Created), Some(Certainty::Created), None)
    );
}

#[test]
fn whoever_is_only_called_root_is_not() {
    let records = [
        use_of(100, root(ACCOUNT)),
        use_of(110, user(ACCOUNT, "root")),
        use_of(120, session(ACCOUNT, "admin", ":root", "ASIAHOSTILEEXAMPLE", 110)),
        use_of(130, session(ACCOUNT, "root", "root", "ASIAHOSTILEEXAMPLE", 110)),
    ];
    let lineage = trace(Start::Root, &records);
    assert_eq!(lineage.traced.len(), 1);
    // The same by way of root's own deeds is traced, and told of.
    let made = [create_user(100, root(ACCOUNT), "root", "AIDAROOTEXAMPLE"), use_of(110, user(ACCOUNT, "root"))];
    let lineage = trace(Start::Root, &made);
    assert_eq!(lineage.certainty(1), Some(Certainty::Created));
    assert!(lineage.notes.iter().any(|note| matches!(note, Note::LooksLikeRoot { .. })));
}

#[test]
fn a_key_used_before_its_issue_is_told_of_and_not_traced() {
    let by_key = |seconds| use_of(seconds, with_key(user(ACCOUNT, "ann_lee"), KEY));
    let records = [create_key(100, root(ACCOUNT), "ann_lee", KEY), by_key(50), by_key(60), by_key(100)];
    let lineage = trace(Start::Root, &records);
    assert_eq!((lineage.record(1), lineage.certainty(3)), (None, Some(Certainty::Issued)));
    let key = lineage.nodes.iter().find(|node| node.kind == Kind::AccessKey).unwrap().id;
    assert!(lineage.notes.contains(&Note::UsedBeforeIssue { node: key, records: 2, handle: 1 }));
}

#[test]
fn a_record_without_a_time_is_told_of_and_not_traced() {
    let mut timeless = use_of(0, with_key(user(ACCOUNT, "ann_lee"), KEY));
    timeless["eventTime"] = "soon".into();
    let mut issue = create_key(0, root(ACCOUNT), "bob_ray", "AKIANEVEREXAMPLE");
    issue["eventTime"] = Value::Null;
    let records = [
        create_key(100, root(ACCOUNT), "ann_lee", KEY),
        timeless,
        issue,
        use_of(200, with_key(user(ACCOUNT, "bob_ray"), "AKIANEVEREXAMPLE")),
    ];
    let lineage = trace(Start::Root, &records);
    assert_eq!(lineage.traced.len(), 1);
    assert!(lineage.notes.iter().any(|note| matches!(note, Note::NoTime { records: 1, handle: 1, .. })));
}

#[test]
fn roles_that_assume_each_other_are_followed_once_around() {
    let mut records = vec![assume_role(100, root(ACCOUNT), ACCOUNT, "ping", "s", "ASIA000EXAMPLE")];
    for turn in 0..300 {
        let [from, to] = if turn % 2 == 0 { ["ping", "pong"] } else { ["pong", "ping"] };
        let by = session(ACCOUNT, from, "s", &format!("ASIA{turn:03}EXAMPLE"), 100 + turn);
        records.push(assume_role(101 + turn, by, ACCOUNT, to, "s", &format!("ASIA{:03}EXAMPLE", turn + 1)));
    }
    let lineage = trace_in(Start::Root, Span::default(), &texts(&records)[..150], 1);
    lineage.check();
    assert_eq!(lineage.traced.len(), 150);
    assert_eq!(lineage.record(149).unwrap().depth, 149);
    let cycles = lineage.notes.iter().filter(|note| matches!(note, Note::RoleCycle { .. })).count();
    assert_eq!(cycles, 2, "one for each role");
    let tree = render::tree(&lineage, &str::to_owned);
    assert!(tree.lines().count() > 150);
}

#[test]
fn sessions_that_alter_each_other_end() {
    let attach = |seconds, by, name| {
        call(seconds, by, "iam", "AttachUserPolicy", json!({"userName": name, "policyArn": "arn:aws:iam::aws:policy/X"}), Value::Null)
    };
    // All in one second, each by the other, and nobody by root.
    let circle = [attach(100, user(ACCOUNT, "ann_lee"), "bob_ray"), attach(100, user(ACCOUNT, "bob_ray"), "ann_lee")];
    assert!(trace(Start::Root, &circle).traced.is_empty());
    let records = [vec![attach(100, root(ACCOUNT), "ann_lee")], circle.to_vec()].concat();
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(lineage.traced.len(), 3);
}

#[test]
fn a_thousand_children_are_all_found_and_told_of() {
    let mut records = vec![create_user(100, root(ACCOUNT), "maker", "AIDAMAKEREXAMPLE")];
    for number in 0..1000 {
        records.push(create_user(101 + number, user(ACCOUNT, "maker"), &format!("child-{number}"), &format!("AIDACHILD{number:04}")));
        records.push(use_of(2000 + number, user(ACCOUNT, &format!("child-{number}"))));
    }
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(lineage.traced.len(), 2001);
    assert!(lineage.notes.iter().any(|note| matches!(note, Note::ManyChildren { children: 1000, .. })));
    let tree = render::tree(&lineage, &str::to_owned);
    assert!(tree.contains("... 960 more"));
}

#[test]
fn a_chain_that_starts_outside_the_evidence_is_followed_from_a_key() {
    let by = || with_key(user(ACCOUNT, "ann_lee"), KEY);
    let records = [
        use_of(50, by()),
        create_user(100, by(), "bob_ray", "AIDABOBEXAMPLE"),
        use_of(200, user(ACCOUNT, "bob_ray")),
        use_of(300, user(ACCOUNT, "ann_lee")),
    ];
    let lineage = trace(Start::Key(KEY.to_owned()), &records);
    lineage.check();
    let told: Vec<_> = (0..4).map(|handle| lineage.certainty(handle)).collect();
    assert_eq!(told, [Some(Certainty::Issued), Some(Certainty::Issued), Some(Certainty::Created), None]);
    assert!(lineage.notes.iter().any(|note| matches!(note, Note::OriginUnknown { .. })));
    assert_eq!(trace(Start::Key("AKIAABSENTEXAMPLE".to_owned()), &records).notes, [Note::StartNotFound]);
}

#[test]
fn a_trace_from_an_event_starts_at_that_event() {
    let mut marked = use_of(100, with_key(user(ACCOUNT, "ann_lee"), KEY));
    marked["eventID"] = "0b6a1f5e-0000-4000-8000-000000000001".into();
    let later = |seconds| use_of(seconds, with_key(user(ACCOUNT, "ann_lee"), KEY));
    let records = [later(50), marked.clone(), later(150), use_of(160, user(ACCOUNT, "ann_lee"))];
    let start = Start::Event("0b6a1f5e-0000-4000-8000-000000000001".to_owned());
    let lineage = trace(start.clone(), &records);
    let told: Vec<_> = (0..4).map(|handle| lineage.certainty(handle)).collect();
    assert_eq!(told, [None, Some(Certainty::Issued), Some(Certainty::Issued), None]);
    let lineage = trace(start, &[marked.clone(), marked]);
    assert!(lineage.notes.contains(&Note::EventIdShared { records: 2 }));
}

#[test]
fn a_trace_from_a_principal_follows_all_it_did() {
    let records = [
        use_of(50, with_key(user(ACCOUNT, "ann_lee"), KEY)),
        use_of(50, user(OTHER, "ann_lee")),
        use_of(60, session(ACCOUNT, "deploy", "s-1", "ASIAONEEXAMPLE", 55)),
        use_of(60, session(ACCOUNT, "deploy", "s-2", "ASIATWOEXAMPLE", 55)),
    ];
    let told = |arn: String| -> Vec<u64> { trace(Start::Principal(arn), &records).traced.iter().map(|traced| traced.handle).collect() };
    assert_eq!(told(format!("arn:aws:iam::{ACCOUNT}:user/team/ann_lee")), [0]);
    assert_eq!(told(format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/s-1")), [2]);
    assert_eq!(told(format!("arn:aws:iam::{ACCOUNT}:role/deploy")), [2, 3]);
    assert_eq!(told(format!("arn:aws:iam::{ACCOUNT}:root")), [0; 0]);
    // Who is known by name alone does nothing that is surer than the name.
    let by_name = [create_key(100, user(ACCOUNT, "ann_lee"), "bob_ray", KEY), use_of(200, with_key(user(ACCOUNT, "bob_ray"), KEY))];
    let lineage = trace(Start::Principal(format!("arn:aws:iam::{ACCOUNT}:user/ann_lee")), &by_name);
    assert_eq!((lineage.certainty(0), lineage.certainty(1)), (Some(Certainty::Created), Some(Certainty::Created)));
}

#[test]
fn what_lies_outside_the_span_is_left_out() {
    let records = [
        create_user(100, root(ACCOUNT), "ann_lee", "AIDAANNEXAMPLE"),
        use_of(200, user(ACCOUNT, "ann_lee")),
        use_of(300, user(ACCOUNT, "ann_lee")),
    ];
    let second = |seconds: i64| Some((1_767_225_600 + seconds) * 1_000_000);
    let traced = |from, to| trace_in(Start::Root, Span { from, to }, &texts(&records), 1).traced.len();
    assert_eq!((traced(None, second(300)), traced(second(100), None), traced(second(101), None)), (2, 3, 0));
}

#[test]
fn services_in_roots_name_and_failed_sign_ins_are_nobodys() {
    let mut service = create_user(100, root(ACCOUNT), "ann_lee", "AIDAANNEXAMPLE");
    service["userIdentity"]["invokedBy"] = "autoscaling.amazonaws.com".into();
    let records = [
        service,
        use_of(110, user(ACCOUNT, "ann_lee")),
        create_user(120, root(ACCOUNT), "bob_ray", "AIDABOBEXAMPLE"),
        sign_in(130, user(ACCOUNT, "bob_ray"), false),
        sign_in(140, user(ACCOUNT, "bob_ray"), true),
        sign_in(90, root(ACCOUNT), false),
        use_of(80, root(ACCOUNT)),
    ];
    let lineage = trace(Start::Root, &records);
    let told: Vec<u64> = lineage.traced.iter().map(|traced| traced.handle).collect();
    assert_eq!(told, [6, 2, 4]);
}

#[test]
fn federated_sessions_of_root_hang_on_root_even_if_their_issue_is_missing() {
    let identity = json!({
        "type": "FederatedUser", "principalId": format!("{ACCOUNT}:guest"), "accountId": ACCOUNT, "accessKeyId": "ASIAGUESTEXAMPLE",
        "arn": format!("arn:aws:sts::{ACCOUNT}:federated-user/guest"),
        "sessionContext": {"sessionIssuer": {"type": "Root", "accountId": ACCOUNT}, "attributes": {"creationDate": at(90)}},
    });
    let lineage = trace(Start::Root, &[use_of(100, identity)]);
    lineage.check();
    assert_eq!(lineage.way(0), ["root", "federated_session"]);
    assert!(lineage.notes.iter().any(|note| matches!(note, Note::IssueMissing { .. })));
}

#[test]
fn one_session_with_many_keys_is_one_session() {
    let tab = |seconds, key| use_of(seconds, with_start(user(ACCOUNT, "ann_lee"), key, 151));
    let records = [
        create_user(100, root(ACCOUNT), "ann_lee", "AIDAANNEXAMPLE"),
        sign_in(150, user(ACCOUNT, "ann_lee"), true),
        tab(160, "ASIAONEEXAMPLE"),
        tab(170, "ASIATWOEXAMPLE"),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    let sessions: Vec<_> = lineage.nodes.iter().filter(|node| node.kind == Kind::ConsoleSession).map(|node| node.records).collect();
    assert_eq!(sessions, [3]);
    assert_eq!(lineage.way(3), ["root", "user", "console_session"]);
}

#[test]
fn a_password_lets_in_who_set_it_until_somebody_else_sets_another() {
    let set = |seconds, by: Value| call(seconds, by, "iam", "UpdateLoginProfile", json!({"userName": "ann_lee"}), Value::Null);
    let records = [
        sign_in(50, user(ACCOUNT, "ann_lee"), true),
        set(100, root(ACCOUNT)),
        sign_in(150, user(ACCOUNT, "ann_lee"), true),
        set(200, user(ACCOUNT, "an_administrator")),
        sign_in(250, user(ACCOUNT, "ann_lee"), true),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    let told: Vec<_> = [0, 2, 4].map(|handle| lineage.certainty(handle)).to_vec();
    assert_eq!(told, [None, Some(Certainty::Created), Some(Certainty::Changed)]);
    assert_eq!(lineage.standing, []);
    assert_eq!(trace(Start::Root, &records[..3]).standing[0].slot, Slot::PasswordSet);
}

#[test]
fn a_password_ends_with_its_user() {
    let records = [
        call(100, root(ACCOUNT), "iam", "CreateLoginProfile", json!({"userName": "ann_lee"}), Value::Null),
        delete_user(110, ACCOUNT, "ann_lee"),
        create_user(120, user(ACCOUNT, "an_administrator"), "ann_lee", "AIDASECONDEXAMPLE"),
        sign_in(130, user(ACCOUNT, "ann_lee"), true),
    ];
    let lineage = trace(Start::Root, &records);
    assert_eq!((lineage.record(3), lineage.standing.len()), (None, 0));
}

#[test]
fn a_session_that_signs_in_to_the_console_is_followed_there() {
    let login = |seconds| {
        let mut record = sign_in(seconds, session(OTHER, "shared", "s-1", "", 100), true);
        record["userIdentity"]["sessionContext"]["attributes"]["creationDate"] = at(seconds).into();
        record
    };
    let mut records = vec![
        assume_role(100, root(ACCOUNT), OTHER, "shared", "s-1", "ASIAONEEXAMPLE"),
        login(200),
        use_of(210, session(OTHER, "shared", "s-1", "ASIATABEXAMPLE", 200)),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!((lineage.certainty(1), lineage.certainty(2)), (Some(Certainty::Created), Some(Certainty::Created)));
    // Two of that name at work: it may be either.
    records.push(assume_role(150, user(OTHER, "an_administrator"), OTHER, "shared", "s-1", "ASIATWOEXAMPLE"));
    assert_eq!(trace(Start::Root, &records).certainty(2), Some(Certainty::Inferred));
}
