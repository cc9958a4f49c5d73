//! Whose root it was: copies in other accounts' logs, steps of a sign-in, keys beside services, partitions and states of accounts.

use crate::run::{Case, Run, command, folder, log, rootline, scan};
use rootline::table::Table;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

pub const A: &str = "111122223333";
pub const B: &str = "444455556666";
const C: &str = "777788889999";

/// A record of root of an account, received by it; `more` is put over it.
pub fn record(account: &str, id: &str, time: &str, more: &Value) -> Value {
    let mut record = json!({"eventVersion": "1.11", "userIdentity": {"type": "Root", "principalId": account, "arn": format!("arn:aws:iam::{account}:root"),
        "accountId": account, "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}, "eventTime": format!("2026-06-01T{time}Z"), "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt", "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2", "requestParameters": null,
        "responseElements": null, "requestID": format!("r-{id}"), "eventID": id, "readOnly": true, "eventType": "AwsApiCall", "managementEvent": true,
        "recipientAccountId": account, "eventCategory": "Management"});
    let (record_members, more) = (record.as_object_mut().unwrap(), more.as_object().unwrap());
    more.iter().for_each(|(name, value)| _ = record_members.insert(name.clone(), value.clone()));
    record
}

/// Evidence of logs as CloudTrail names them: account, region, records.
pub fn evidence(logs: &[(&str, &str, Vec<Value>)]) -> TempDir {
    let files: Vec<(String, Vec<u8>)> = logs
        .iter()
        .enumerate()
        .map(|(number, (account, region, records))| {
            let name = format!(
                "AWSLogs/{account}/CloudTrail/{region}/2026/06/01/{account}_CloudTrail_{region}_20260601T0910Z_AbCdEfGhEXAMPL{number:02}.json.gz"
            );
            (name, log(&records.iter().map(Value::to_string).collect::<Vec<_>>()))
        })
        .collect();
    folder(&files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect::<Vec<_>>())
}

/// A management event of another principal, so that an hour is seen.
pub fn other(account: &str, region: &str) -> Value {
    record(
        account,
        &format!("other-{account}-{region}"),
        "09:00:00",
        &json!({"awsRegion": region, "userIdentity": {"type": "AWSService", "invokedBy": "x.amazonaws.com"}}),
    )
}

pub fn audit(evidence: &Path, flags: &[&str]) -> (i32, Value, String) {
    let case = tempfile::tempdir().unwrap();
    let mut command = command();
    command.arg("audit").arg(evidence).args(["--format", "json", "--require", "observed"]).arg("--case").arg(case.path().join("c"));
    command.args(["--from", "2026-06-01T09:00:00Z", "--to", "2026-06-01T10:00:00Z"]).args(flags);
    let run = Run::of(command.output().unwrap());
    let text = std::fs::read_to_string(case.path().join("c/attestation.md")).unwrap_or_default();
    (run.exit, serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr)), text)
}

pub fn verdicts(said: &Value) -> Vec<String> {
    said["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["account"].as_str().unwrap(), one["verdict"].as_str().unwrap()))
        .collect()
}

/// Root of A decrypts with a key of B: both receive a record.
fn across(ids: [&str; 2], shared: bool) -> [Value; 2] {
    let more = |recipient: &str, id: &str| {
        let mut more = json!({"recipientAccountId": recipient, "requestID": "r-across", "eventID": id});
        if shared {
            more["sharedEventID"] = "s-across".into();
        }
        more
    };
    [record(A, ids[0], "09:05:00", &more(A, ids[0])), record(A, ids[1], "09:05:00", &more(B, ids[1]))]
}

#[test]
fn an_act_of_root_on_what_is_another_account_s_is_one_use_of_the_account_that_acted() {
    for shared in [true, false] {
        let [own, received] = across(["own", "received"], shared);
        let both = evidence(&[(A, "us-east-1", vec![own.clone()]), (B, "us-east-1", vec![received.clone(), other(B, "us-east-1")])]);
        let case = scan(both.path());
        assert_eq!((case.classes(), case.count("records.read")), ("direct 1".to_owned(), 3));
        let timeline = case.timeline();
        let row = |column| timeline.text(column, 0).unwrap();
        assert_eq!((row("event_id"), row("account_id"), row("recipient_account_id")), ("own", A, A));
        assert_eq!(row("affected_account_ids"), format!("[\"{B}\"]"));
        // Whoever asks for the one or the other is shown it.
        for (account, is_shown) in [(A, true), (B, true), (C, false)] {
            let shown = rootline(["show".as_ref(), case.path().as_os_str(), "--account".as_ref(), account.as_ref()]);
            assert_eq!(shown.stdout.contains("kms Decrypt"), is_shown, "{account}: {}", shown.stdout);
        }
        let (exit, said, text) = audit(both.path(), &[]);
        assert_eq!((exit, verdicts(&said)), (1, vec![format!("{A} usage"), format!("{B} zero_observed")]));
        assert!(text.contains(&format!("root of another account, {A}, acted on what is of {B}: 1 record")), "{text}");
        // Only the logs of the account that was acted on: its own root was not used, and nothing is said of the other's.
        let theirs = evidence(&[(B, "us-east-1", vec![received, other(B, "us-east-1")])]);
        let (exit, said, _) = audit(theirs.path(), &[]);
        assert_eq!((exit, verdicts(&said)), (0, vec![format!("{B} zero_observed")]));
        assert_eq!(said["accounts"][0]["other_roots"][A], 1);
        // Whoever asks for the other account is told of its use.
        let (exit, said, _) = audit(theirs.path(), &["--account", A]);
        assert_eq!(
            (exit, verdicts(&said)),
            (1, vec![format!("{A} usage"), format!("{B} no_evidence")].into_iter().filter(|one| one.starts_with(A)).collect())
        );
    }
}

#[test]
fn what_only_looks_like_a_copy_stays_an_act_of_its_own() {
    let [own, received] = across(["own", "received"], true);
    let change = |name: &str, value: &str| {
        let mut changed = received.clone();
        changed[name] = value.into();
        changed
    };
    let other_request = {
        let mut changed = change("sharedEventID", "s-other");
        changed["requestID"] = "r-other".into();
        changed
    };
    for (what, second) in [
        ("call", change("eventName", "Encrypt")),
        ("time", change("eventTime", "2026-06-01T09:05:01Z")),
        ("request", other_request),
        ("region", change("awsRegion", "eu-west-1")),
    ] {
        let case = scan(evidence(&[(A, "us-east-1", vec![own.clone()]), (B, "us-east-1", vec![second])]).path());
        assert_eq!(case.classes(), "direct 2", "{what}");
    }
    // A third account received it too; and two records of one request in one account's logs are two.
    let mut third = received.clone();
    third["recipientAccountId"] = C.into();
    third["eventID"] = "third".into();
    let mut again = received.clone();
    again["eventID"] = "again".into();
    let case =
        scan(evidence(&[(C, "us-east-1", vec![third]), (B, "us-east-1", vec![received, again]), (A, "us-east-1", vec![own])]).path());
    assert_eq!(case.classes(), "direct 2");
    let affected: Vec<_> = (0..2).map(|row| case.timeline().text("affected_account_ids", row).unwrap().to_owned()).collect();
    assert!(affected.contains(&format!("[\"{B}\",\"{C}\"]")), "{affected:?}");
}

#[test]
fn a_step_of_a_sign_in_is_no_use_and_a_password_that_was_accepted_is_said() {
    let step = |id: &str, time: &str, name: &str, answer: &str| {
        let mut identity = record(A, id, time, &json!({}))["userIdentity"].clone();
        identity["accessKeyId"] = "".into();
        record(
            A,
            id,
            time,
            &json!({"userIdentity": identity, "eventSource": "signin.amazonaws.com", "eventName": name, "eventType": "AwsConsoleSignIn", "readOnly": false,
            "responseElements": {name: answer}, "userAgent": "Mozilla/5.0", "errorMessage": if answer == "Failure" { json!("Failed authentication") } else { Value::Null }}),
        )
    };
    let told = |records: Vec<Value>| {
        let case = scan(evidence(&[(A, "us-east-1", records)]).path());
        let incidents = rootline(["incidents".as_ref(), case.path().as_os_str(), "--format".as_ref(), "json".as_ref()]);
        let said: Value = serde_json::from_str(&incidents.stdout).unwrap();
        let names: Vec<String> =
            said["incidents"][0]["signals"].as_array().unwrap().iter().map(|signal| signal["name"].as_str().unwrap().to_owned()).collect();
        (case.classes(), names.contains(&"password_accepted".to_owned()), said["incidents"][0]["attempts"].as_u64().unwrap())
    };
    for name in ["CheckMfa", "CredentialChallenge", "CredentialVerification"] {
        assert_eq!(told(vec![step("1", "09:00:00", name, "Success")]), ("attempt 1".to_owned(), name == "CheckMfa", 1), "{name}");
    }
    let stopped = vec![step("1", "09:00:00", "CheckMfa", "Success"), step("2", "09:00:20", "ConsoleLogin", "Failure")];
    assert_eq!(told(stopped), ("attempt 2".to_owned(), true, 2));
    let signed_in = vec![step("1", "09:00:00", "CheckMfa", "Success"), step("2", "09:00:20", "ConsoleLogin", "Success")];
    assert_eq!(told(signed_in), ("attempt 1, sign_in 1".to_owned(), false, 0));
}

#[test]
fn a_key_of_root_beside_a_service_is_use_and_a_session_of_assume_root_is_joined_by_its_key() {
    let identity = |key: Option<&str>, context: Value| {
        let mut identity = record(A, "x", "09:00:00", &json!({}))["userIdentity"].clone();
        identity["invokedBy"] = "cloudformation.amazonaws.com".into();
        identity["sessionContext"] = context;
        match key {
            Some(key) => identity["accessKeyId"] = key.into(),
            None => _ = identity.as_object_mut().unwrap().remove("accessKeyId"),
        }
        identity
    };
    for (key, context, class) in [
        (Some("AKIAIOSFODNN7EXAMPLE"), Value::Null, "via_service 1"),
        (Some("ASIAIOSFODNN7EXAMPLE"), json!({}), "via_service 1"),
        (Some("ASIAIOSFODNN7EXAMPLE"), json!({"attributes": {"mfaAuthenticated": "false"}}), "via_service 1"),
        (None, Value::Null, "service 1"),
        (Some(""), json!({}), "service 1"),
    ] {
        let made = record(A, "x", "09:00:00", &json!({"userIdentity": identity(key, context.clone()), "eventName": "CreateStack"}));
        assert_eq!(scan(evidence(&[(A, "us-east-1", vec![made])]).path()).classes(), class, "{key:?} {context}");
    }
    // The session's clock is a second early, equal, or late; a stranger's key, or a time after its end, is root itself.
    let call = |key: &str, start: &str, time: &str| {
        let mut identity = record(A, "x", time, &json!({}))["userIdentity"].clone();
        identity["accessKeyId"] = key.into();
        identity["sessionContext"] = json!({"attributes": {"creationDate": format!("2026-06-01T{start}Z"), "mfaAuthenticated": "false"}});
        record(A, "x", time, &json!({"userIdentity": identity}))
    };
    let grant = record(
        B,
        "grant",
        "09:00:00",
        &json!({"userIdentity": {"type": "AssumedRole", "arn": format!("arn:aws:sts::{B}:assumed-role/admin/s"), "accountId": B},
        "eventSource": "sts.amazonaws.com", "eventName": "AssumeRoot", "requestParameters": {"targetPrincipal": A},
        "responseElements": {"credentials": {"accessKeyId": "ASIAROOTSESSEXAMPLE"}}}),
    );
    for (key, start, time, class) in [
        ("ASIAROOTSESSEXAMPLE", "08:59:59", "09:00:05", "about_root 1, privileged_session 1"),
        ("ASIAROOTSESSEXAMPLE", "09:00:01", "09:14:59", "about_root 1, privileged_session 1"),
        ("ASIASTRANGEREXAMPLE", "09:00:00", "09:00:05", "about_root 1, direct 1"),
        ("ASIAROOTSESSEXAMPLE", "09:00:00", "09:16:00", "about_root 1, direct 1"),
    ] {
        let case: Case = scan(evidence(&[(B, "us-east-1", vec![grant.clone()]), (A, "us-east-1", vec![call(key, start, time)])]).path());
        assert_eq!(case.classes(), class, "{start} {time}");
        // A trace tells the same of every record.
        let trace = rootline(["trace".as_ref(), case.path().as_os_str(), "--quiet".as_ref()]);
        if trace.exit == 0 && class.contains("privileged_session") {
            let traced = Table::read(&case.path().join("trace.parquet")).unwrap();
            let classes: Vec<_> = (0..traced.len()).filter_map(|row| traced.text("class", row)).collect();
            assert!(!classes.contains(&"direct"), "{classes:?}");
        }
    }
}

#[test]
fn making_and_enabling_root_s_own_mfa_device_is_one_task_and_a_user_s_device_is_not_root_s() {
    let call = |id: &str, time: &str, name: &str, asked: Value, made: Value| {
        record(
            A,
            id,
            time,
            &json!({"eventSource": "iam.amazonaws.com", "eventName": name, "requestParameters": asked, "responseElements": made, "readOnly": false}),
        )
    };
    let serial = |name: &str| format!("arn:aws:iam::{A}:mfa/{name}");
    let records = vec![
        call(
            "1",
            "09:01:00",
            "CreateVirtualMFADevice",
            json!({"virtualMFADeviceName": "phone"}),
            json!({"virtualMFADevice": {"serialNumber": serial("phone")}}),
        ),
        call("2", "09:02:00", "EnableMFADevice", json!({"serialNumber": serial("phone")}), Value::Null),
        call(
            "3",
            "09:03:00",
            "CreateVirtualMFADevice",
            json!({"virtualMFADeviceName": "eve"}),
            json!({"virtualMFADevice": {"serialNumber": serial("eve")}}),
        ),
        call("4", "09:04:00", "EnableMFADevice", json!({"serialNumber": serial("eve"), "userName": "eve"}), Value::Null),
    ];
    let case = scan(evidence(&[(A, "us-east-1", records)]).path());
    let need: Vec<_> = (0..4).map(|row| case.timeline().text("need", row).unwrap().to_owned()).collect();
    assert_eq!(need, ["required", "required", "not_required", "not_required"]);
    let by_admin = |asked: Value| {
        let admin = json!({"type": "IAMUser", "arn": format!("arn:aws:iam::{A}:user/admin"), "accountId": A, "userName": "admin"});
        let made = record(
            A,
            "x",
            "09:00:00",
            &json!({"userIdentity": admin, "eventSource": "iam.amazonaws.com", "eventName": "DeactivateMFADevice", "requestParameters": asked}),
        );
        scan(evidence(&[(A, "us-east-1", vec![made])]).path()).classes()
    };
    let device = serial("root-account-mfa-device");
    assert_eq!(by_admin(json!({"userName": "eve", "serialNumber": device})), "");
    assert_eq!(by_admin(json!({"userName": "AWS ROOT USER", "serialNumber": device})), "about_root 1");
    assert_eq!(by_admin(json!({"serialNumber": device})), "about_root 1");
}

#[test]
fn an_account_is_expected_in_its_own_partition_only() {
    for (region, is_seen) in
        [("eusc-de-east-1", true), ("us-iso-east-1", true), ("us-isob-east-1", true), ("us-gov-west-1", true), ("eu-west-1", false)]
    {
        let alone = evidence(&[(B, region, vec![other(B, region)])]);
        let (exit, said, _) = audit(alone.path(), &[]);
        assert_eq!((exit, verdicts(&said)[0] == format!("{B} zero_observed")), if is_seen { (0, true) } else { (3, false) }, "{region}");
        let mixed = evidence(&[(A, "us-east-1", vec![other(A, "us-east-1")]), (B, region, vec![other(B, region)])]);
        let (_, said, _) = audit(mixed.path(), &[]);
        let expected: u64 =
            said["accounts"].as_array().unwrap().iter().map(|one| one["observation"]["hours_expected"].as_u64().unwrap()).sum();
        // Two hours of each account in its own region; in one partition each is expected in both.
        assert_eq!(expected, if is_seen { 4 } else { 8 }, "{region}");
    }
}

#[test]
fn accounts_that_are_closed_or_not_there_yet_are_not_expected_and_say_nothing() {
    let logs = evidence(&[(A, "us-east-1", vec![other(A, "us-east-1")])]);
    let list = |state: &str, joined: &str| {
        let member = |id: &str, state: &str, joined: &str| json!({"Id": id, "State": state, "JoinedTimestamp": joined});
        json!({"Accounts": [member(A, "ACTIVE", "2020-01-01T00:00:00Z"), member(B, state, joined)]}).to_string()
    };
    let told = |logs: &Path, list: &str| {
        let file = folder(&[("accounts.json", list.as_bytes())]);
        let (exit, said, text) = audit(logs, &["--accounts", file.path().join("accounts.json").to_str().unwrap()]);
        (exit, verdicts(&said)[1].clone(), text)
    };
    for state in ["CLOSED", "SUSPENDED", "PENDING_ACTIVATION"] {
        let (exit, verdict, text) = told(logs.path(), &list(state, "2020-01-01T00:00:00Z"));
        assert_eq!((exit, verdict), (0, format!("{B} not_expected")), "{state}");
        assert!(text.contains("Nothing is said of it"), "{text}");
    }
    assert_eq!(told(logs.path(), &list("ACTIVE", "2026-07-01T00:00:00Z")).1, format!("{B} not_expected"));
    for state in ["ACTIVE", "PENDING_CLOSURE"] {
        assert_eq!(
            (told(logs.path(), &list(state, "2020-01-01T00:00:00Z")).0, told(logs.path(), &list(state, "2020-01-01T00:00:00Z")).1),
            (3, format!("{B} no_evidence"))
        );
    }
    // What is there of it counts, whatever the list says.
    let used = evidence(&[(A, "us-east-1", vec![other(A, "us-east-1")]), (B, "us-east-1", vec![record(B, "use", "09:05:00", &json!({}))])]);
    assert_eq!(told(used.path(), &list("CLOSED", "2020-01-01T00:00:00Z")).1, format!("{B} usage"));
    // A list on which everything is closed clears nothing.
    let all = list("CLOSED", "2020-01-01T00:00:00Z").replace("ACTIVE", "CLOSED");
    let nothing = folder(&[("x.json", b"{}")]);
    assert_eq!(told(nothing.path(), &all).0, 3);
}

#[test]
fn one_origin_that_tries_many_accounts_is_one_finding_in_incidents_and_audit() {
    let failed = |account: &str, id: &str, time: &str, address: &str, kind: &str| {
        let identity = json!({"type": kind, "principalId": account, "arn": format!("arn:aws:iam::{account}:root"), "accountId": account, "accessKeyId": ""});
        record(
            account,
            id,
            time,
            &json!({"userIdentity": identity, "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "eventType": "AwsConsoleSignIn", "readOnly": false,
            "responseElements": {"ConsoleLogin": "Failure"}, "errorMessage": "Failed authentication", "sourceIPAddress": address, "userAgent": "odd"}),
        )
    };
    let tries = |kind: &str| -> Vec<(&str, &str, Vec<Value>)> {
        [A, B, C]
            .into_iter()
            .zip(["198.51.100.9", "198.51.100.70", "198.51.100.9"])
            .map(|(account, address)| (account, "us-east-1", vec![failed(account, account, "09:01:00", address, kind)]))
            .collect()
    };
    let tried = evidence(&tries("Root"));
    let (_, said, text) = audit(tried.path(), &[]);
    let line = said["sprays"][0].as_str().unwrap();
    assert!(
        line.starts_with("no use of root from there followed: 3 attempts at root of 3 accounts from 2 addresses in 198.51.100.0/24"),
        "{line}"
    );
    assert!(text.contains("## Attempts at several accounts"), "{text}");
    // A sign-in from there comes first, and its incident says so.
    let mut logs = tries("Root");
    logs[1].2.push(record(B, "in", "09:30:00", &json!({"sourceIPAddress": "198.51.100.71"})));
    let case = scan(evidence(&logs).path());
    let told = rootline(["incidents".as_ref(), case.path().as_os_str()]);
    assert!(told.stdout.contains("spray     root was used afterwards in 1 account: 3 attempts"), "{}", told.stdout);
    assert!(
        told.stdout.contains("tried_elsewhere") && told.stdout.contains(&format!("used from there: kms:Decrypt in {B}")),
        "{}",
        told.stdout
    );
    // Failures of users are not root's.
    let (_, said, _) = audit(evidence(&tries("IAMUser")).path(), &[]);
    assert_eq!(said["sprays"].as_array().unwrap().len(), 0);
}
