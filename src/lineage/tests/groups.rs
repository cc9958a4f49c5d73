//! Users and groups of an identity store, and the sessions that they come to by permission sets.

use super::*;

const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-5555666677778888";
const ROLE: &str = "AWSReservedSSO_Operators_0123456789abcdef";
const STORE: &str = "d-9999888877";

fn admin() -> Value {
    user(ACCOUNT, "an_administrator")
}

fn store(seconds: i64, by: Value, service: &str, event: &str, request: Value, response: Value) -> Value {
    call(seconds, by, service, event, request, response)
}

fn named_set(seconds: i64) -> Value {
    store(seconds, admin(), "sso", "CreatePermissionSet", json!({"name": "Operators"}), json!({"permissionSet": {"permissionSetArn": SET}}))
}

fn made_user(seconds: i64, by: Value, id: &str, name: &str) -> Value {
    store(seconds, by, "identitystore", "CreateUser", json!({"userName": name, "identityStoreId": STORE}), json!({"userId": id}))
}

fn joins(seconds: i64, by: Value, user: &str, group: &str) -> Value {
    let request = json!({"groupId": group, "memberId": {"userId": user}, "identityStoreId": STORE});
    store(seconds, by, "identitystore", "CreateGroupMembership", request, json!({"membershipId": format!("m-{user}-{group}")}))
}

fn assigned(seconds: i64, by: Value, group: &str) -> Value {
    let request = json!({"permissionSetArn": SET, "targetId": OTHER, "principalType": "GROUP", "principalId": group});
    store(seconds, by, "sso", "CreateAccountAssignment", request, Value::Null)
}

fn reserved(seconds: i64, name: &str, key: &str) -> Value {
    session(OTHER, ROLE, name, key, seconds)
}

/// The record by which the portal's provider opens such a session.
fn by_saml(seconds: i64, name: &str, key: &str) -> Value {
    let mut record =
        assume_role(seconds, json!({"type": "SAMLUser", "principalId": format!("x:{name}"), "userName": name}), OTHER, ROLE, name, key);
    record["eventName"] = "AssumeRoleWithSAML".into();
    record["recipientAccountId"] = OTHER.into();
    record["requestParameters"]["roleArn"] = format!("arn:aws:iam::{OTHER}:role/aws-reserved/sso.amazonaws.com/{ROLE}").into();
    record
}

fn federates(seconds: i64, id: &str) -> Value {
    let identity = json!({"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": {"userId": id}});
    let mut record = call(seconds, identity, "sso", "Federate", Value::Null, Value::Null);
    record["serviceEventDetails"] = json!({"account_id": OTHER, "role_name": "Operators"});
    record
}

fn notes(lineage: &Lineage) -> Vec<String> {
    lineage.notes.iter().map(|note| serde_json::to_value(note).unwrap()["note"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_user_put_into_a_group_is_followed_by_the_assignment_of_the_group() {
    let records = [
        named_set(10),
        assigned(20, admin(), "g-ops-1"),
        made_user(100, root(ACCOUNT), "u-42", "mallory"),
        joins(110, root(ACCOUNT), "u-42", "g-ops-1"),
        by_saml(200, "mallory", "ASIAPORTALEXAMPLE"),
        create_user(210, reserved(200, "mallory", "ASIAPORTALEXAMPLE"), "hidden-one", "AIDAHIDDENEXAMPLE"),
        use_of(220, user(OTHER, "hidden-one")),
        use_of(230, reserved(205, "carla", "ASIACARLAEXAMPLE")),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(lineage.way(6), ["root", "directory_user", "role_session", "user"]);
    assert_eq!((lineage.certainty(4), lineage.certainty(6), lineage.record(7)), (Some(Certainty::Created), Some(Certainty::Created), None));
    assert!(!notes(&lineage).contains(&"group_unknown".to_owned()));
}

#[test]
fn a_user_whose_name_is_kept_secret_is_followed_through_the_portal() {
    for joined in [
        joins(110, root(ACCOUNT), "u-42", "g-ops-1"),
        store(110, root(ACCOUNT), "sso-directory", "AddMemberToGroup", json!({"groupId": "g-ops-1", "memberId": "u-42"}), Value::Null),
    ] {
        let records = [
            made_user(100, root(ACCOUNT), "u-42", "HIDDEN_DUE_TO_SECURITY_REASONS"),
            joined,
            federates(200, "u-42"),
            by_saml(203, "mallory", "ASIAPORTALEXAMPLE"),
            create_user(210, reserved(203, "mallory", "ASIAPORTALEXAMPLE"), "hidden-one", "AIDAHIDDENEXAMPLE"),
            // Hours later, by nobody knows whom.
            use_of(9000, reserved(8990, "carla", "ASIACARLAEXAMPLE")),
        ];
        let lineage = trace(Start::Root, &records);
        lineage.check();
        assert_eq!(lineage.certainty(2), Some(Certainty::Created));
        // By time and place only.
        assert_eq!(
            (lineage.certainty(3), lineage.certainty(4), lineage.record(5)),
            (Some(Certainty::Inferred), Some(Certainty::Inferred), None)
        );
        assert_eq!(lineage.way(4), ["root", "directory_user", "role_session"]);
        assert!(notes(&lineage).contains(&"group_unknown".to_owned()), "{:?}", notes(&lineage));
    }
}

#[test]
fn a_group_whose_assignments_are_older_than_the_evidence_is_said_and_its_user_followed_by_name() {
    let records = [
        made_user(20, admin(), "u-7", "carla"),
        joins(110, root(ACCOUNT), "u-7", "g-ops-1"),
        use_of(200, reserved(190, "carla", "ASIACARLAEXAMPLE")),
        use_of(90, reserved(80, "carla", "ASIABEFOREEXAMPLE")),
        store(300, admin(), "identitystore", "DeleteGroupMembership", json!({"membershipId": "m-u-7-g-ops-1"}), Value::Null),
        use_of(400, reserved(390, "carla", "ASIALATEREXAMPLE")),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!((lineage.certainty(2), lineage.record(3)), (Some(Certainty::Inferred), None));
    assert_eq!(lineage.record(5), None, "no longer in the group");
    assert!(notes(&lineage).contains(&"group_unknown".to_owned()));
    assert_eq!(lineage.standing, [], "taken out again");
}

#[test]
fn an_assignment_to_a_group_that_had_members_is_followed_as_inferred_and_said() {
    let records = [
        named_set(10),
        assigned(100, root(ACCOUNT), "g-ops-1"),
        use_of(200, reserved(190, "carla", "ASIACARLAEXAMPLE")),
        use_of(90, reserved(80, "carla", "ASIABEFOREEXAMPLE")),
        made_user(210, admin(), "u-9", "dora"),
        joins(220, admin(), "u-9", "g-ops-1"),
        use_of(300, reserved(290, "dora", "ASIADORAEXAMPLE")),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!((lineage.certainty(2), lineage.record(3)), (Some(Certainty::Inferred), None));
    // Whose membership is known is known by name.
    assert_eq!(lineage.certainty(6), Some(Certainty::Created));
    assert!(notes(&lineage).contains(&"members_unknown".to_owned()));
}

#[test]
fn a_user_whose_name_nothing_tells_is_said_and_nobody_is_guessed() {
    let records = [
        named_set(10),
        assigned(20, admin(), "g-ops-1"),
        made_user(100, root(ACCOUNT), "u-42", "HIDDEN_DUE_TO_SECURITY_REASONS"),
        joins(110, root(ACCOUNT), "u-42", "g-ops-1"),
        by_saml(200, "carla", "ASIAPORTALEXAMPLE"),
        use_of(210, reserved(200, "carla", "ASIAPORTALEXAMPLE")),
    ];
    let lineage = trace(Start::Root, &records);
    assert_eq!((notes(&lineage), lineage.record(5)), (vec!["user_unnamed".to_owned()], None));
}

#[test]
fn a_set_whose_name_the_evidence_does_not_tell_is_said() {
    let lineage = trace(Start::Root, &[assigned(100, root(ACCOUNT), "g-ops-1")]);
    assert_eq!(notes(&lineage), ["set_unnamed"]);
}

#[test]
fn a_group_that_the_lineage_makes_stands_and_whom_the_innocent_put_elsewhere_is_not_traced() {
    let records = [
        store(100, root(ACCOUNT), "identitystore", "CreateGroup", json!({"displayName": "x"}), json!({"groupId": "g-new-1"})),
        joins(110, admin(), "u-1", "g-other-1"),
        federates(200, "u-1"),
    ];
    let lineage = trace(Start::Root, &records);
    assert_eq!(lineage.standing.iter().map(|one| one.kind.name()).collect::<Vec<_>>(), ["directory_group"]);
    assert_eq!(lineage.traced.len(), 1);
}
