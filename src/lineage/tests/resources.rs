//! Resources that root or its lineage lets others into, and who came.

use super::*;
use crate::lineage::effect::Slot;

const STRANGER: &str = "AIDASTRANGEREXAMPLE";

/// What opens a resource, and what somebody of another account does with it: the owner's copy of the record.
struct Door {
    service: &'static str,
    opens: &'static str,
    request: Value,
    response: Value,
    comes: &'static str,
    asks: Value,
    arn: String,
    name: &'static str,
}

fn policy() -> Value {
    json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{OTHER}:root")}, "Action": "*"}]})
}

fn doors() -> Vec<Door> {
    let regional = |service: &str, rest: &str| format!("arn:aws:{service}:us-east-1:{ACCOUNT}:{rest}");
    let door =
        |service, opens, request, comes, asks, arn, name| Door { service, opens, request, response: Value::Null, comes, asks, arn, name };
    let text = policy().to_string();
    let url = format!("https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/jobs");
    let topic = regional("sns", "alarms");
    let key = "0b1c2d3e-1111-2222-3333-444455556666";
    vec![
        door(
            "s3",
            "PutBucketPolicy",
            json!({"bucketName": "ledger-archive", "bucketPolicy": policy()}),
            "GetObject",
            json!({"bucketName": "ledger-archive", "key": "a"}),
            "arn:aws:s3:::ledger-archive/a".to_owned(),
            "bucket/ledger-archive",
        ),
        door(
            "kms",
            "PutKeyPolicy",
            json!({"keyId": key, "policy": text}),
            "Decrypt",
            Value::Null,
            regional("kms", &format!("key/{key}")),
            "key/us-east-1/0b1c2d3e-1111-2222-3333-444455556666",
        ),
        Door {
            response: json!({"grantId": "0c1"}),
            ..door(
                "kms",
                "CreateGrant",
                json!({"keyId": regional("kms", &format!("key/{key}")), "granteePrincipal": format!("arn:aws:iam::{OTHER}:user/mal")}),
                "Decrypt",
                json!({"encryptionContext": {}}),
                regional("kms", &format!("key/{key}")),
                "key/us-east-1/0b1c2d3e-1111-2222-3333-444455556666",
            )
        },
        door(
            "lambda",
            "AddPermission20150331v2",
            json!({"functionName": "resize", "principal": OTHER, "statementId": "s"}),
            "Invoke",
            json!({"functionName": regional("lambda", "function:resize")}),
            regional("lambda", "function:resize"),
            "function/us-east-1/resize",
        ),
        door(
            "sqs",
            "SetQueueAttributes",
            json!({"queueUrl": url.clone(), "attributes": {"Policy": text}}),
            "SendMessage",
            json!({"queueUrl": url.clone()}),
            regional("sqs", "jobs"),
            "queue/us-east-1/jobs",
        ),
        door(
            "sqs",
            "AddPermission",
            json!({"queueUrl": url.clone(), "label": "l", "aWSAccountIds": [OTHER], "actions": ["*"]}),
            "SendMessage",
            json!({"queueUrl": url}),
            regional("sqs", "jobs"),
            "queue/us-east-1/jobs",
        ),
        door(
            "sns",
            "SetTopicAttributes",
            json!({"topicArn": topic.clone(), "attributeName": "Policy", "attributeValue": text}),
            "Subscribe",
            json!({"topicArn": topic.clone()}),
            topic.clone(),
            "topic/us-east-1/alarms",
        ),
        door(
            "sns",
            "AddPermission",
            json!({"topicArn": topic.clone(), "label": "l", "aWSAccountId": [OTHER]}),
            "Subscribe",
            json!({"topicArn": topic.clone()}),
            topic,
            "topic/us-east-1/alarms",
        ),
        door(
            "secretsmanager",
            "PutResourcePolicy",
            json!({"secretId": "prod/db-login", "resourcePolicy": text}),
            "GetSecretValue",
            json!({"secretId": regional("secretsmanager", "secret:prod/db-login-AbCdEf")}),
            regional("secretsmanager", "secret:prod/db-login-AbCdEf"),
            "secret/us-east-1/prod/db-login",
        ),
        door(
            "ecr",
            "SetRepositoryPolicy",
            json!({"repositoryName": "team/app", "policyText": text}),
            "BatchGetImage",
            json!({"repositoryName": "team/app", "registryId": ACCOUNT}),
            regional("ecr", "repository/team/app"),
            "repository/us-east-1/team/app",
        ),
        door(
            "events",
            "PutPermission",
            json!({"principal": OTHER, "statementId": "s", "action": "events:PutEvents"}),
            "PutEvents",
            Value::Null,
            regional("events", "event-bus/default"),
            "event_bus/us-east-1/default",
        ),
    ]
}

/// The record in the owner's account.
fn comes(seconds: i64, door: &Door, by: Value) -> Value {
    let mut record = call(seconds, by, door.service, door.comes, door.asks.clone(), Value::Null);
    record["recipientAccountId"] = ACCOUNT.into();
    record["resources"] = json!([{"ARN": door.arn, "accountId": ACCOUNT}]);
    record
}

fn stranger(account: &str) -> Value {
    json!({"type": "AWSAccount", "accountId": account, "principalId": STRANGER})
}

fn opened(lineage: &Lineage) -> Vec<(&str, &str)> {
    let opened = lineage.standing.iter().filter(|one| one.slot == Slot::Opened);
    opened.map(|one| (one.name.as_str(), one.detail.as_str())).collect()
}

#[test]
fn each_resource_that_lets_another_account_in_stands_open_and_who_came_is_told() {
    for door in doors() {
        let opening = call(100, root(ACCOUNT), door.service, door.opens, door.request.clone(), door.response.clone());
        let records = [
            opening,
            comes(200, &door, stranger(OTHER)),
            comes(90, &door, stranger(THIRD)),
            comes(210, &door, stranger(THIRD)),
            comes(220, &door, user(ACCOUNT, "an_administrator")),
        ];
        let lineage = trace(Start::Root, &records);
        lineage.check();
        let told: Vec<_> = (1..5).map(|handle| lineage.certainty(handle)).collect();
        assert_eq!(told, [Some(Certainty::Issued), None, None, None], "{} {}", door.service, door.opens);
        assert_eq!(lineage.way(1), ["root", "door", "visitor"], "{}", door.opens);
        let (name, detail) = opened(&lineage)[0];
        assert!(name == door.name && detail.contains(OTHER), "{name} {detail}");
        assert!(lineage.standing.iter().all(|one| !one.review.is_empty()), "{}", door.opens);
    }
}

#[test]
fn a_snapshot_or_an_image_is_taken_in_the_account_of_whoever_it_was_given_to() {
    let given = |to: Value| json!({"snapshotId": "snap-0aaa1111bbbb2222c", "createVolumePermission": {"add": {"items": [to]}}});
    let volume = call(200, user(OTHER, "mal"), "ec2", "CreateVolume", json!({"snapshotId": "snap-0aaa1111bbbb2222c"}), Value::Null);
    for (to, words) in [(json!({"userId": OTHER}), OTHER), (json!({"group": "all"}), "all")] {
        let records = [call(100, root(ACCOUNT), "ec2", "ModifySnapshotAttribute", given(to), Value::Null), volume.clone()];
        let lineage = trace(Start::Root, &records);
        lineage.check();
        assert_eq!(opened(&lineage), [("snapshot/snap-0aaa1111bbbb2222c", words)]);
        // Of everybody only the owner's records are looked for.
        assert_eq!(lineage.certainty(1), (words == OTHER).then_some(Certainty::Issued));
    }
    let shared = format!("arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:ledger");
    let records = [
        call(
            100,
            root(ACCOUNT),
            "ec2",
            "ModifyImageAttribute",
            json!({"imageId": "ami-0abcabcabcabcabca", "launchPermission": {"add": {"items": [{"userId": OTHER}]}}}),
            Value::Null,
        ),
        call(
            200,
            user(OTHER, "mal"),
            "ec2",
            "RunInstances",
            json!({"instancesSet": {"items": [{"imageId": "ami-0abcabcabcabcabca"}]}}),
            Value::Null,
        ),
        call(
            100,
            root(ACCOUNT),
            "rds",
            "ModifyDBSnapshotAttribute",
            json!({"dBSnapshotIdentifier": "ledger", "attributeName": "restore", "valuesToAdd": [OTHER]}),
            Value::Null,
        ),
        call(200, user(OTHER, "mal"), "rds", "RestoreDBInstanceFromDBSnapshot", json!({"dBSnapshotIdentifier": shared}), Value::Null),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!((lineage.certainty(1), lineage.certainty(3)), (Some(Certainty::Issued), Some(Certainty::Issued)));
}

#[test]
fn a_bucket_that_everybody_may_read_lets_in_who_has_no_name() {
    let acl = json!({"bucketName": "ledger-archive", "AccessControlPolicy": {"Owner": {"ID": "0wner"}, "AccessControlList": {"Grant": [
        {"Grantee": {"ID": "0wner"}, "Permission": "FULL_CONTROL"},
        {"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}]}}});
    let door = &doors()[0];
    let nobody = json!({"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"});
    for opening in [acl, json!({"bucketName": "ledger-archive", "x-amz-acl": ["public-read"]})] {
        let records = [
            call(100, root(ACCOUNT), "s3", "PutBucketAcl", opening, Value::Null),
            comes(200, door, nobody.clone()),
            comes(300, door, user(ACCOUNT, "an_administrator")),
        ];
        let lineage = trace(Start::Root, &records);
        assert_eq!((lineage.certainty(1), lineage.record(2)), (Some(Certainty::Issued), None));
        assert_eq!(opened(&lineage).len(), 1);
    }
}

#[test]
fn a_door_that_was_shut_again_by_anybody_neither_stands_nor_lets_in() {
    let door = &doors()[0];
    let opening = call(100, root(ACCOUNT), "s3", "PutBucketPolicy", door.request.clone(), Value::Null);
    let shut =
        call(150, user(ACCOUNT, "an_administrator"), "s3", "DeleteBucketPolicy", json!({"bucketName": "ledger-archive"}), Value::Null);
    let lineage = trace(Start::Root, &[opening, shut, comes(200, door, stranger(OTHER))]);
    assert_eq!((opened(&lineage), lineage.record(2)), (vec![], None));
    let list = |seconds, verb: &str, by| {
        let mut request = json!({"snapshotId": "snap-0aaa1111bbbb2222c", "createVolumePermission": {}});
        request["createVolumePermission"][verb] = json!({"items": [{"userId": OTHER}]});
        call(seconds, by, "ec2", "ModifySnapshotAttribute", request, Value::Null)
    };
    let lineage = trace(Start::Root, &[list(100, "add", root(ACCOUNT)), list(150, "remove", user(ACCOUNT, "an_administrator"))]);
    assert_eq!(opened(&lineage), []);
}

#[test]
fn a_policy_that_speaks_of_nobody_else_opens_nothing_and_the_innocent_are_not_blamed_for_theirs() {
    let door = &doors()[0];
    let own = json!({"bucketName": "ledger-archive", "bucketPolicy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*"}]}});
    let lineage = trace(Start::Root, &[call(100, root(ACCOUNT), "s3", "PutBucketPolicy", own, Value::Null)]);
    assert_eq!(opened(&lineage), []);
    let theirs = call(100, user(ACCOUNT, "an_administrator"), "s3", "PutBucketPolicy", door.request.clone(), Value::Null);
    let lineage = trace(Start::Root, &[use_of(50, root(ACCOUNT)), theirs, comes(200, door, stranger(OTHER))]);
    assert_eq!((opened(&lineage), lineage.traced.len()), (vec![], 1));
}

#[test]
fn what_is_opened_and_not_followed_is_told_by_name() {
    let records = [
        call(100, root(ACCOUNT), "rolesanywhere", "CreateTrustAnchor", json!({"name": "outpost", "source": {}}), Value::Null),
        call(
            110,
            root(ACCOUNT),
            "dynamodb",
            "PutResourcePolicy",
            json!({"resourceArn": "arn:aws:dynamodb:us-east-1:1:table/t"}),
            Value::Null,
        ),
        call(120, user(ACCOUNT, "an_administrator"), "eks", "CreateAccessEntry", json!({"name": "c"}), Value::Null),
    ];
    let lineage = trace(Start::Root, &records);
    let told: Vec<_> = lineage.notes.iter().filter(|note| matches!(note, Note::NotFollowed { .. })).collect();
    assert_eq!(told.len(), 2);
    let tree = render::tree(&lineage, &str::to_owned);
    assert!(tree.contains("CreateTrustAnchor outpost: who comes in by it is not followed"), "{tree}");
}
