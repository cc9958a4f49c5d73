//! Whoever comes in through what root has opened: the entry is told, and the session it opens is known by its key.

use super::*;
use crate::lineage::effect::Slot;

const KEY: &str = "ASIAENTRYEXAMPLE";

fn policy(principal: Value) -> String {
    let statement = json!([{"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}]);
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

fn trust(seconds: i64, by: Value, role: &str, principal: Value) -> Value {
    call(seconds, by, "iam", "UpdateAssumeRolePolicy", json!({"roleName": role, "policyDocument": policy(principal)}), Value::Null)
}

fn account_root(account: &str) -> Value {
    json!({"AWS": format!("arn:aws:iam::{account}:root")})
}

/// Of a caller in another account the record of the account called into has no more than this.
fn outsider(account: &str, id: &str) -> Value {
    json!({"type": "AWSAccount", "accountId": account, "principalId": id})
}

fn enters(seconds: i64, by: Value, role: &str, name: &str, key: &str) -> Value {
    let mut record = assume_role(seconds, by, ACCOUNT, role, name, key);
    record["recipientAccountId"] = ACCOUNT.into();
    record["resources"] = json!([{"ARN": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "accountId": ACCOUNT, "type": "AWS::IAM::Role"}]);
    record
}

fn notes(lineage: &Lineage) -> Vec<String> {
    lineage.notes.iter().map(|note| serde_json::to_value(note).unwrap()["note"].as_str().unwrap().to_owned()).collect()
}

fn visitors(lineage: &Lineage) -> Vec<(&str, &str)> {
    let visitors = lineage.nodes.iter().filter(|node| node.kind == Kind::Visitor);
    visitors.map(|node| (node.account.as_str(), node.name.as_str())).collect()
}

/// Who came in by the record of that number, and how surely.
fn visitor(lineage: &Lineage, handle: usize) -> Option<(String, String, Certainty)> {
    let traced = lineage.record(handle)?;
    let node = &lineage.nodes[traced.node as usize];
    (node.kind == Kind::Visitor).then(|| (node.account.clone(), node.name.clone(), traced.certainty))
}

#[test]
fn somebody_of_another_account_whom_a_changed_trust_lets_in_is_an_entry() {
    let records = [
        trust(100, root(ACCOUNT), "billing-sync", account_root(OTHER)),
        enters(200, outsider(OTHER, "AIDASTRANGEREXAMPLE"), "billing-sync", "x", KEY),
        use_of(210, session(ACCOUNT, "billing-sync", "x", KEY, 200)),
        // Somebody else's session, of which only the use is there.
        use_of(220, session(ACCOUNT, "billing-sync", "nightly", "ASIANIGHTLYEXAMPLE", 150)),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(visitor(&lineage, 1), Some((OTHER.to_owned(), "AIDASTRANGEREXAMPLE".to_owned(), Certainty::Issued)));
    assert_eq!(lineage.way(2), ["root", "door", "visitor", "role_session"]);
    assert_eq!((lineage.certainty(2), lineage.certainty(3)), (Some(Certainty::Issued), Some(Certainty::Changed)));
    let entry = lineage.edges.iter().find(|edge| edge.handle == 1 && lineage.nodes[edge.from as usize].kind == Kind::Visitor).unwrap();
    assert_eq!((entry.event.as_str(), lineage.nodes[entry.to as usize].access_key_id.as_str()), ("AssumeRole", KEY));
    assert!(render::tree(&lineage, &str::to_owned).contains(&format!("visitor AIDASTRANGEREXAMPLE {OTHER}  [issued")));
}

#[test]
fn the_same_holds_of_a_role_that_the_lineage_makes_and_of_one_user_that_it_names() {
    let request =
        json!({"roleName": "helper", "assumeRolePolicyDocument": policy(json!({"AWS": format!("arn:aws:iam::{OTHER}:user/mal")}))});
    let made = call(120, with_key(user(ACCOUNT, "ann_lee"), "AKIAANNEXAMPLE"), "iam", "CreateRole", request, Value::Null);
    let records = [
        create_user(100, root(ACCOUNT), "ann_lee", "AIDAANNEXAMPLE"),
        create_key(110, root(ACCOUNT), "ann_lee", "AKIAANNEXAMPLE"),
        made,
        enters(200, outsider(OTHER, "AIDAMALEXAMPLE"), "helper", "x", KEY),
        use_of(210, session(ACCOUNT, "helper", "x", KEY, 200)),
        enters(220, outsider(THIRD, "AIDALOSTEXAMPLE"), "helper", "y", "ASIALOSTEXAMPLE"),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(lineage.way(4), ["root", "user", "access_key", "door", "visitor", "role_session"]);
    assert_eq!(lineage.certainty(4), Some(Certainty::Issued));
    // Whom the policy as it was read does not let in came in all the same: told, and no surer than the role is.
    assert_eq!(lineage.certainty(5), Some(Certainty::Created));
    assert!(notes(&lineage).contains(&"not_let_in".to_owned()));
}

#[test]
fn both_copies_of_an_entry_are_of_one_visitor() {
    let by = with_id(user(OTHER, "mal"), "AIDAMALEXAMPLE");
    let mut own = enters(200, by.clone(), "billing-sync", "x", KEY);
    own["recipientAccountId"] = OTHER.into();
    let records = [
        trust(100, root(ACCOUNT), "billing-sync", json!({"AWS": format!("arn:aws:iam::{OTHER}:user/mal")})),
        enters(200, outsider(OTHER, "AIDAMALEXAMPLE"), "billing-sync", "x", KEY),
        own,
        // A session of a role of the other account is told by its id and name.
        trust(300, root(ACCOUNT), "billing-sync", account_root(THIRD)),
        enters(310, outsider(THIRD, "AROASTRANGEEXAMPLE:s-9"), "billing-sync", "y", "ASIASECONDEXAMPLE"),
        // What the visitor does at home is not ours to tell.
        use_of(320, by),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(visitors(&lineage), [(OTHER, "mal"), (THIRD, "AROASTRANGEEXAMPLE:s-9")]);
    assert_eq!((lineage.certainty(1), lineage.certainty(2), lineage.record(5)), (Some(Certainty::Issued), Some(Certainty::Issued), None));
}

#[test]
fn who_was_let_in_by_the_policy_before_is_no_intruder() {
    let admin = || user(ACCOUNT, "an_administrator");
    let records = [
        trust(50, admin(), "billing-sync", account_root(OTHER)),
        trust(100, root(ACCOUNT), "billing-sync", json!({"AWS": [OTHER, THIRD]})),
        enters(200, outsider(OTHER, "AIDAPARTNEREXAMPLE"), "billing-sync", "x", KEY),
        enters(210, outsider(THIRD, "AIDASTRANGEREXAMPLE"), "billing-sync", "y", "ASIASECONDEXAMPLE"),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!((lineage.certainty(2), lineage.certainty(3)), (Some(Certainty::Changed), Some(Certainty::Issued)));
    assert_eq!(notes(&lineage), ["came_before"]);
}

#[test]
fn a_local_user_whom_the_whole_account_lets_in_is_told_and_not_called_an_intruder() {
    let records = [
        trust(100, root(ACCOUNT), "billing-sync", json!({"AWS": [ACCOUNT, OTHER]})),
        enters(200, user(ACCOUNT, "old_hand"), "billing-sync", "x", KEY),
    ];
    let lineage = trace(Start::Root, &records);
    assert_eq!(visitor(&lineage, 1), Some((ACCOUNT.to_owned(), "old_hand".to_owned(), Certainty::Changed)));
    assert_eq!(notes(&lineage), ["may_have_come_before"]);
}

#[test]
fn a_local_user_whom_the_change_names_is_an_entry_and_one_who_came_before_is_not() {
    let named = |name: &str| format!("arn:aws:iam::{ACCOUNT}:user/staff/{name}");
    let records = [
        enters(50, user(ACCOUNT, "old_hand"), "billing-sync", "a", "ASIAFIRSTEXAMPLE"),
        trust(100, root(ACCOUNT), "billing-sync", json!({"AWS": [named("old_hand"), named("newcomer")]})),
        enters(200, user(ACCOUNT, "newcomer"), "billing-sync", "b", KEY),
        enters(210, user(ACCOUNT, "old_hand"), "billing-sync", "c", "ASIATHIRDEXAMPLE"),
        use_of(220, session(ACCOUNT, "billing-sync", "c", "ASIATHIRDEXAMPLE", 210)),
        // Coming in taints nobody for what is done elsewhere.
        use_of(230, user(ACCOUNT, "newcomer")),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(lineage.record(0), None, "before the change");
    assert_eq!(visitor(&lineage, 2), Some((ACCOUNT.to_owned(), "newcomer".to_owned(), Certainty::Issued)));
    assert_eq!(visitor(&lineage, 3), Some((ACCOUNT.to_owned(), "old_hand".to_owned(), Certainty::Changed)));
    assert_eq!((lineage.certainty(4), lineage.record(5)), (Some(Certainty::Changed), None));
    let came = lineage.notes.iter().filter(|note| matches!(note, Note::CameBefore { .. })).count();
    assert_eq!(came, 1);
}

#[test]
fn an_entry_before_the_change_or_after_somebody_took_it_back_is_none() {
    let admin = || user(ACCOUNT, "an_administrator");
    let records = [
        enters(90, outsider(OTHER, "AIDASTRANGEREXAMPLE"), "billing-sync", "x", "ASIAEARLYEXAMPLE"),
        trust(100, root(ACCOUNT), "billing-sync", account_root(THIRD)),
        trust(200, admin(), "billing-sync", account_root(OTHER)),
        enters(300, outsider(OTHER, "AIDASTRANGEREXAMPLE"), "billing-sync", "y", KEY),
        denied(enters(150, outsider(THIRD, "AIDAKNOCKEREXAMPLE"), "billing-sync", "z", "ASIANEVEREXAMPLE")),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert!(visitors(&lineage).is_empty(), "{:?}", visitors(&lineage));
}

#[test]
fn a_policy_that_cannot_be_read_is_said_and_guesses_nothing() {
    let hidden = json!({"roleName": "billing-sync", "policyDocument": "HIDDEN_DUE_TO_SECURITY_REASONS"});
    let records = [
        call(100, root(ACCOUNT), "iam", "UpdateAssumeRolePolicy", hidden, Value::Null),
        enters(200, outsider(OTHER, "AIDASTRANGEREXAMPLE"), "billing-sync", "x", KEY),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(visitor(&lineage, 1).unwrap().2, Certainty::Changed);
    assert_eq!(notes(&lineage), ["policy_unread"]);
}

#[test]
fn a_web_identity_and_a_saml_user_come_in_by_the_trust_that_names_their_provider() {
    let oidc = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com/org");
    let saml = format!("arn:aws:iam::{ACCOUNT}:saml-provider/partner");
    let web = |seconds, key| {
        let identity = json!({"type": "WebIdentityUser", "principalId": "ci.example.com:repo", "userName": "repo:main", "identityProvider": oidc.clone()});
        let mut record = enters(seconds, identity, "runner-role", "ci", key);
        record["eventName"] = "AssumeRoleWithWebIdentity".into();
        record
    };
    let mut by_saml =
        enters(210, json!({"type": "SAMLUser", "principalId": "x:y", "userName": "y"}), "runner-role", "y", "ASIASAMLEXAMPLE");
    by_saml["eventName"] = "AssumeRoleWithSAML".into();
    by_saml["requestParameters"]["principalArn"] = saml.clone().into();
    let records = [
        trust(100, root(ACCOUNT), "runner-role", json!({"Federated": [oidc.clone(), saml]})),
        web(200, KEY),
        by_saml,
        sign_in(220, session(ACCOUNT, "runner-role", "y", "", 210), true),
        use_of(230, session(ACCOUNT, "runner-role", "y", "ASIACONSOLEEXAMPLE", 220)),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(visitor(&lineage, 1), Some((String::new(), "repo:main".to_owned(), Certainty::Issued)));
    assert_eq!(visitor(&lineage, 2), Some((String::new(), "y".to_owned(), Certainty::Issued)));
    // On into the console.
    assert!(lineage.certainty(4) >= Some(Certainty::Created));
}

#[test]
fn who_comes_by_a_provider_that_the_lineage_made_or_changed_is_told() {
    let oidc = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/login.example.com");
    let provider =
        |event: &str, request: Value| call(100, root(ACCOUNT), "iam", event, request, json!({"openIDConnectProviderArn": oidc.clone()}));
    let identity = json!({"type": "WebIdentityUser", "principalId": "x", "userName": "guest-7", "identityProvider": oidc.clone()});
    let mut entry = enters(200, identity, "old-role", "g", KEY);
    entry["eventName"] = "AssumeRoleWithWebIdentity".into();
    let given = json!({"openIDConnectProviderArn": oidc.clone(), "clientID": "x"});
    for (event, request, certainty) in [
        ("CreateOpenIDConnectProvider", json!({"url": "https://login.example.com"}), Certainty::Created),
        ("AddClientIDToOpenIDConnectProvider", given.clone(), Certainty::Changed),
        ("UpdateOpenIDConnectProviderThumbprint", given, Certainty::Changed),
    ] {
        let lineage = trace(Start::Root, &[provider(event, request), entry.clone()]);
        lineage.check();
        assert_eq!(visitor(&lineage, 1).unwrap(), (String::new(), "guest-7".to_owned(), certainty), "{event}");
        assert_eq!(notes(&lineage).contains(&"may_have_come_before".to_owned()), certainty == Certainty::Changed, "{event}");
    }
}

#[test]
fn a_session_that_was_opened_and_not_used_stands_with_its_end() {
    let mut by_duration = enters(300, outsider(OTHER, "AIDASTRANGEREXAMPLE"), "billing-sync", "y", "ASIASECONDEXAMPLE");
    by_duration["responseElements"]["credentials"].as_object_mut().unwrap().remove("expiration");
    by_duration["requestParameters"]["durationSeconds"] = 900.into();
    let records = [
        trust(100, root(ACCOUNT), "billing-sync", account_root(OTHER)),
        enters(200, outsider(OTHER, "AIDASTRANGEREXAMPLE"), "billing-sync", "x", KEY),
        by_duration,
        enters(400, outsider(OTHER, "AIDASTRANGEREXAMPLE"), "billing-sync", "z", "ASIAUSEDEXAMPLE"),
        use_of(410, session(ACCOUNT, "billing-sync", "z", "ASIAUSEDEXAMPLE", 400)),
    ];
    let lineage = trace(Start::Root, &records);
    let opened: Vec<_> = lineage.standing.iter().filter(|one| one.slot == Slot::SessionOpened).collect();
    let told: Vec<_> = opened.iter().map(|one| (one.name.as_str(), one.ends.map(time::format))).collect();
    assert_eq!(told, [(KEY, Some("2026-01-01T09:00:00Z".to_owned())), ("ASIASECONDEXAMPLE", Some(at(1200)))]);
    assert!(opened[0].contain[0].contains("--role-name billing-sync") && opened[0].kind == Kind::RoleSession);
    let node = lineage.nodes.iter().find(|node| node.access_key_id == KEY).unwrap();
    assert_eq!((node.records, node.certainty), (0, Certainty::Issued));
}

#[test]
fn a_service_that_comes_for_a_role_is_told_and_explains_less_than_the_instance() {
    let service = json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"});
    let launch = json!({"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0", "instanceType": "t3.micro"}]}});
    let request = json!({"roleName": "worker", "assumeRolePolicyDocument": policy(json!({"Service": "ec2.amazonaws.com"}))});
    let records = [
        call(100, root(ACCOUNT), "iam", "CreateRole", request, Value::Null),
        call(110, root(ACCOUNT), "ec2", "RunInstances", Value::Null, launch),
        enters(120, service, "worker", "i-0123456789abcdef0", KEY),
        use_of(130, session(ACCOUNT, "worker", "i-0123456789abcdef0", KEY, 120)),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(visitor(&lineage, 2).map(|(_, name, _)| name), Some("ec2.amazonaws.com".to_owned()));
    assert!(!lineage.way(3).contains(&"visitor"), "{:?}", lineage.way(3));
}
