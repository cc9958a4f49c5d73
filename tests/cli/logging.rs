//! What ends or narrows the logs, and what an audit makes of the hours behind it.

use crate::run::{rootline, scan};
use crate::whose::{A, B, audit, evidence, other, record, verdicts};
use serde_json::{Value, json};

/// A call by an administrator of an account, ten minutes into the window.
fn call(account: &str, source: &str, name: &str, more: &Value) -> Value {
    let admin = json!({"type": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/admin"), "accountId": account, "userName": "admin"});
    let mut made = record(
        account,
        name,
        "09:10:00",
        &json!({"userIdentity": admin, "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "readOnly": false}),
    );
    more.as_object().unwrap().iter().for_each(|(name, value)| made[name] = value.clone());
    made
}

/// Exit code, what is in doubt, and the names of what is listed, of an audit of one account's logs with these records.
fn told(records: Vec<Value>) -> (i32, usize, Vec<String>) {
    let logs = evidence(&[(A, "us-east-1", [vec![other(A, "us-east-1")], records].concat())]);
    let (exit, said, text) = audit(logs.path(), &[]);
    let listed: Vec<String> =
        said["tampering"].as_array().unwrap().iter().map(|event| event["event_name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(text.contains("## Changes to logging"), !listed.is_empty(), "{text}");
    (exit, said["accounts"][0]["doubts"].as_array().unwrap().len(), listed)
}

#[test]
fn what_ends_or_narrows_the_logs_leaves_the_hours_behind_it_in_doubt_unless_it_was_refused_or_put_right() {
    let trail = json!({"requestParameters": {"name": "t"}});
    let refused = json!({"errorCode": "AccessDenied", "requestParameters": {"name": "t"}});
    let later = |more: &Value| {
        let mut more = more.clone();
        more["eventTime"] = "2026-06-01T09:20:00Z".into();
        more
    };
    for (records, doubts, listed) in [
        (vec![call(A, "organizations", "LeaveOrganization", &json!({}))], 1, vec!["LeaveOrganization"]),
        (vec![call(A, "account", "CloseAccount", &json!({}))], 1, vec!["CloseAccount"]),
        (vec![call(A, "cloudtrail", "StopLogging", &trail)], 1, vec!["StopLogging"]),
        (vec![call(A, "cloudtrail", "StopLogging", &refused)], 0, vec!["StopLogging"]),
        (vec![call(A, "cloudtrail", "StopLogging", &trail), call(A, "cloudtrail", "StartLogging", &later(&trail))], 0, vec!["StopLogging"]),
        (vec![call(A, "cloudtrail", "StartLogging", &trail)], 0, vec![]),
        (
            vec![call(A, "cloudtrail", "UpdateTrail", &json!({"requestParameters": {"name": "t", "isMultiRegionTrail": false}}))],
            1,
            vec!["UpdateTrail"],
        ),
        (
            vec![call(A, "cloudtrail", "UpdateTrail", &json!({"requestParameters": {"name": "t", "enableLogFileValidation": true}}))],
            0,
            vec![],
        ),
        (
            vec![call(
                A,
                "cloudtrail",
                "PutEventSelectors",
                &json!({"requestParameters": {"trailName": "t", "eventSelectors": [{"readWriteType": "WriteOnly"}]}}),
            )],
            1,
            vec!["PutEventSelectors"],
        ),
        (
            vec![call(
                A,
                "organizations",
                "DisableAWSServiceAccess",
                &json!({"requestParameters": {"servicePrincipal": "cloudtrail.amazonaws.com"}}),
            )],
            1,
            vec!["DisableAWSServiceAccess"],
        ),
        (
            vec![call(
                A,
                "organizations",
                "DisableAWSServiceAccess",
                &json!({"requestParameters": {"servicePrincipal": "config.amazonaws.com"}}),
            )],
            0,
            vec![],
        ),
        // An event data store holds events of its own; logs go on without it.
        (
            vec![call(A, "cloudtrail", "DeleteEventDataStore", &json!({"requestParameters": {"eventDataStore": "e"}}))],
            0,
            vec!["DeleteEventDataStore"],
        ),
    ] {
        let names: Vec<_> = records.iter().map(|record| record["eventName"].clone()).collect();
        assert_eq!(told(records), (if doubts > 0 { 3 } else { 0 }, doubts, listed.into_iter().map(str::to_owned).collect()), "{names:?}");
    }
}

#[test]
fn an_account_that_is_taken_out_of_the_organisation_is_the_one_in_doubt_and_not_the_one_that_took_it_out() {
    let out = call(B, "organizations", "RemoveAccountFromOrganization", &json!({"requestParameters": {"accountId": A}}));
    let logs = evidence(&[(A, "us-east-1", vec![other(A, "us-east-1")]), (B, "us-east-1", vec![other(B, "us-east-1"), out])]);
    let (exit, said, _) = audit(logs.path(), &[]);
    assert_eq!((exit, verdicts(&said)), (3, vec![format!("{A} zero_observed"), format!("{B} zero_observed")]));
    let doubts = |number: usize| said["accounts"][number]["doubts"].as_array().unwrap().len();
    assert_eq!((doubts(0), doubts(1), &said["tampering"][0]["concerns"]), (1, 0, &json!([A])));
}

#[test]
fn a_bucket_a_key_or_a_role_counts_where_a_trail_needs_it() {
    let trail = call(
        A,
        "cloudtrail",
        "CreateTrail",
        &json!({"requestParameters": {"name": "t", "s3BucketName": "logs", "kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1234",
        "cloudWatchLogsRoleArn": "arn:aws:iam::111122223333:role/deliver"}}),
    );
    let with =
        |name: &str, source: &str, asked: Value| told(vec![trail.clone(), call(A, source, name, &json!({"requestParameters": asked}))]).2;
    for (source, name, member, ours, other) in [
        ("s3", "PutBucketLifecycle", "bucketName", "logs", "web"),
        ("s3", "DeleteBucketPolicy", "bucketName", "logs", "web"),
        ("kms", "ScheduleKeyDeletion", "keyId", "1234", "5678"),
        ("iam", "DeleteRolePolicy", "roleName", "deliver", "app"),
    ] {
        assert_eq!(with(name, source, json!({member: ours})), [name]);
        assert_eq!(with(name, source, json!({member: other})), [] as [&str; 0], "{name} of {other}");
    }
}

#[test]
fn root_that_leaves_the_organisation_tampers_with_logging_and_root_that_switches_logging_on_does_not() {
    let signals = |source: &str, name: &str, asked: Value| {
        let by_root = record(
            A,
            "x",
            "09:10:00",
            &json!({"eventSource": format!("{source}.amazonaws.com"), "eventName": name, "readOnly": false, "requestParameters": asked}),
        );
        let case = scan(evidence(&[(A, "us-east-1", vec![by_root])]).path());
        rootline(["incidents".as_ref(), case.path().as_os_str()]).stdout.contains("logging_tampered")
    };
    assert!(signals("organizations", "LeaveOrganization", Value::Null) && signals("cloudtrail", "DeleteTrail", json!({"name": "t"})));
    assert!(signals("guardduty", "DeleteDetector", json!({"detectorId": "d"})));
    assert!(
        !signals("cloudtrail", "StartLogging", json!({"name": "t"}))
            && !signals("cloudtrail", "CreateTrail", json!({"name": "t", "s3BucketName": "b"}))
    );
    assert!(!signals("organizations", "DisableAWSServiceAccess", json!({"servicePrincipal": "config.amazonaws.com"})));
}
