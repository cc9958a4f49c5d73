//! What stands at the end, and what ran.

use super::*;

const KEY: &str = "AKIACHILDEXAMPLE";

fn iam(seconds: i64, by: Value, event: &str, request: Value) -> Value {
    call(seconds, by, "iam", event, request, Value::Null)
}

fn slots(lineage: &Lineage) -> Vec<(&'static str, &'static str, &str)> {
    let mut slots: Vec<_> = lineage.standing.iter().map(|one| (one.slot.name(), one.kind.name(), one.name.as_str())).collect();
    slots.sort_unstable();
    slots
}

#[test]
fn what_nobody_undid_stands_with_its_proof_and_the_commands_to_see_to_it() {
    let records = [
        create_user(100, root(ACCOUNT), "ann'; reboot #", "AIDAANNEXAMPLE"),
        create_key(110, root(ACCOUNT), "ann'; reboot #", KEY),
        iam(120, root(ACCOUNT), "UpdateAccessKey", json!({"userName": "ann'; reboot #", "accessKeyId": KEY, "status": "Inactive"})),
    ];
    let lineage = trace(Start::Root, &records);
    assert_eq!(slots(&lineage), [("made", "access_key", KEY), ("made", "user", "ann'; reboot #")]);
    let key = lineage.standing.iter().find(|one| one.kind == Kind::AccessKey).unwrap();
    assert_eq!((key.active, key.handles.as_slice(), key.account.as_str()), (Some(false), &[1, 2][..], ACCOUNT));
    assert_eq!(
        key.contain,
        [format!(r"aws iam update-access-key --access-key-id {KEY} --status Inactive --user-name 'ann'\''; reboot #'")]
    );
    assert_eq!(key.review[0], r"aws iam list-access-keys --user-name 'ann'\''; reboot #'");
}

#[test]
fn what_was_undone_by_anybody_does_not_stand() {
    let admin = || user(ACCOUNT, "an_administrator");
    let policy = json!({"userName": "bob_ray", "policyArn": "arn:aws:iam::aws:policy/X"});
    let pairs = [
        (iam(100, root(ACCOUNT), "AttachUserPolicy", policy.clone()), iam(200, admin(), "DetachUserPolicy", policy)),
        (
            iam(100, root(ACCOUNT), "UpdateAssumeRolePolicy", json!({"roleName": "r-role"})),
            iam(200, admin(), "UpdateAssumeRolePolicy", json!({"roleName": "r-role"})),
        ),
        (
            create_key(100, root(ACCOUNT), "bob_ray", KEY),
            iam(200, admin(), "DeleteAccessKey", json!({"userName": "bob_ray", "accessKeyId": KEY})),
        ),
        (create_key(100, root(ACCOUNT), "bob_ray", KEY), iam(200, admin(), "DeleteUser", json!({"userName": "bob_ray"}))),
        (create_user(100, root(ACCOUNT), "bob_ray", "AIDABOBEXAMPLE"), iam(200, admin(), "DeleteUser", json!({"userName": "bob_ray"}))),
        (
            call(100, root(ACCOUNT), "cloudtrail", "StopLogging", json!({"name": "main"}), Value::Null),
            call(
                200,
                admin(),
                "cloudtrail",
                "StartLogging",
                json!({"name": format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main")}),
                Value::Null,
            ),
        ),
        (
            iam(100, root(ACCOUNT), "DeactivateMFADevice", json!({"userName": "bob_ray", "serialNumber": "arn:aws:iam::1:mfa/old"})),
            iam(200, admin(), "EnableMFADevice", json!({"userName": "bob_ray", "serialNumber": "arn:aws:iam::1:mfa/new"})),
        ),
        (
            iam(100, root(ACCOUNT), "AddUserToGroup", json!({"userName": "bob_ray", "groupName": "admins"})),
            iam(200, admin(), "RemoveUserFromGroup", json!({"userName": "bob_ray", "groupName": "admins"})),
        ),
    ];
    for (done, undone) in pairs {
        let stands = trace(Start::Root, std::slice::from_ref(&done));
        assert_eq!(stands.standing.len(), 1, "{done}");
        assert!(!stands.standing[0].review.is_empty(), "{done}");
        assert_eq!(trace(Start::Root, &[done.clone(), undone.clone()]).standing, [], "{done}");
        // Undone before it was done, or denied, is not undone.
        let mut earlier = undone.clone();
        earlier["eventTime"] = at(50).into();
        for kept in [earlier, denied(undone)] {
            assert_eq!(trace(Start::Root, &[done.clone(), kept]).standing.len(), 1, "{done}");
        }
    }
}

#[test]
fn what_the_innocent_made_does_not_stand_against_them() {
    let records = [use_of(10, root(ACCOUNT)), create_user(100, user(ACCOUNT, "an_administrator"), "bob_ray", "AIDABOBEXAMPLE")];
    assert_eq!(trace(Start::Root, &records).standing, []);
}

#[test]
fn whom_a_role_trusts_is_told() {
    let document = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}"#;
    let records = [iam(100, root(ACCOUNT), "UpdateAssumeRolePolicy", json!({"roleName": "r-role", "policyDocument": document}))];
    assert_eq!(trace(Start::Root, &records).standing[0].detail, "arn:aws:iam::999988887777:root");
}

#[test]
fn instances_count_from_launch_to_termination_or_the_end_and_not_while_stopped() {
    let launch = |seconds, id: &str, model: &str| {
        let response = json!({"instancesSet": {"items": [{"instanceId": id, "instanceType": model}]}});
        call(seconds, root(ACCOUNT), "ec2", "RunInstances", Value::Null, response)
    };
    let power = |seconds, event: &str, id: &str| {
        call(
            seconds,
            user(ACCOUNT, "an_administrator"),
            "ec2",
            event,
            json!({"instancesSet": {"items": [{"instanceId": id}]}}),
            Value::Null,
        )
    };
    let records = [
        launch(0, "i-0aaa", "p4d.24xlarge"),
        power(3600, "TerminateInstances", "i-0aaa"),
        launch(0, "i-0bbb", "t3.micro"),
        power(3600, "StopInstances", "i-0bbb"),
        power(7200, "StartInstances", "i-0bbb"),
        denied(power(7300, "TerminateInstances", "i-0bbb")),
        // Another's.
        power(0, "TerminateInstances", "i-0ccc"),
    ];
    let span = Span { from: None, to: Some((1_767_225_600 + 10_800) * 1_000_000) };
    let hijack = trace_in(Start::Root, span, &texts(&records), 5).hijack;
    assert_eq!((hijack.instances.len(), hijack.accelerated, hijack.running), (2, 1, 1));
    let hours: Vec<_> = hijack.instances.iter().map(|one| one.running / 3_600_000_000).collect();
    assert_eq!(hours, [1, 2]);
    assert!((hijack.hours() - 3.0).abs() < 1e-9);
    assert_eq!(hijack.regions["us-east-1"], 2);
}
