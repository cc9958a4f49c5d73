//! Stories told as records, and a caller that shows a trace no more than it asks for.

// `json!` takes what it is given by reference, and stories read better with values.
#![allow(clippy::needless_pass_by_value)]

mod doors;
mod edges;
mod groups;
mod oddities;
mod order;
mod published;
mod resources;
mod standing;
mod takeover;

use super::*;
use crate::evidence::record::{Parser, time};
use aho_corasick::AhoCorasick;
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const THIRD: &str = "777788889999";

/// Seconds after some morning as CloudTrail writes them.
fn at(seconds: i64) -> String {
    time::format((1_767_225_600 + seconds) * 1_000_000)
}

fn root(account: &str) -> Value {
    json!({"type": "Root", "principalId": account, "arn": format!("arn:aws:iam::{account}:root"), "accountId": account})
}

/// A user by name alone, as records without a key show it.
fn user(account: &str, name: &str) -> Value {
    json!({"type": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/{name}"), "accountId": account, "userName": name})
}

fn with_key(mut identity: Value, key: &str) -> Value {
    identity["accessKeyId"] = key.into();
    identity
}

fn with_id(mut identity: Value, id: &str) -> Value {
    identity["principalId"] = id.into();
    identity
}

/// A session of a role; an empty key is none.
fn session(account: &str, role: &str, name: &str, key: &str, start: i64) -> Value {
    let id = role_id(account, role);
    json!({
        "type": "AssumedRole", "principalId": format!("{id}:{name}"), "accountId": account, "accessKeyId": key,
        "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "principalId": id, "arn": format!("arn:aws:iam::{account}:role/{role}"), "userName": role},
            "attributes": {"creationDate": at(start), "mfaAuthenticated": "false"},
        },
    })
}

fn role_id(account: &str, role: &str) -> String {
    let letters: String = role.bytes().map(|byte| char::from(b'A' + byte % 26)).collect();
    format!("AROA{}{letters}", &account[..4])
}

fn with_start(mut identity: Value, key: &str, start: i64) -> Value {
    identity["accessKeyId"] = key.into();
    identity["sessionContext"] = json!({"attributes": {"creationDate": at(start)}});
    identity
}

/// A call, in the account of its identity.
fn call(seconds: i64, identity: Value, service: &str, event: &str, request: Value, response: Value) -> Value {
    let account = identity["accountId"].clone();
    json!({
        "eventTime": at(seconds), "eventSource": format!("{service}.amazonaws.com"), "eventName": event, "eventType": "AwsApiCall",
        "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2", "recipientAccountId": account,
        "userIdentity": identity, "requestParameters": request, "responseElements": response,
    })
}

/// Any call without effects on identities.
fn use_of(seconds: i64, identity: Value) -> Value {
    call(seconds, identity, "s3", "ListBuckets", Value::Null, Value::Null)
}

fn create_user(seconds: i64, by: Value, name: &str, id: &str) -> Value {
    let arn = format!("arn:aws:iam::{}:user/{name}", by["accountId"].as_str().unwrap());
    let response = json!({"user": {"userName": name, "userId": id, "arn": arn}});
    call(seconds, by, "iam", "CreateUser", json!({"userName": name}), response)
}

fn create_key(seconds: i64, by: Value, user: &str, key: &str) -> Value {
    let response = json!({"accessKey": {"accessKeyId": key, "userName": user, "status": "Active"}});
    call(seconds, by, "iam", "CreateAccessKey", json!({"userName": user}), response)
}

fn create_role(seconds: i64, by: Value, role: &str) -> Value {
    let account = by["accountId"].as_str().unwrap().to_owned();
    let response =
        json!({"role": {"roleName": role, "roleId": role_id(&account, role), "arn": format!("arn:aws:iam::{account}:role/{role}")}});
    call(seconds, by, "iam", "CreateRole", json!({"roleName": role}), response)
}

fn assume_role(seconds: i64, by: Value, account: &str, role: &str, name: &str, key: &str) -> Value {
    let id = role_id(account, role);
    let request = json!({"roleArn": format!("arn:aws:iam::{account}:role/{role}"), "roleSessionName": name});
    let response = json!({
        "credentials": {"accessKeyId": key, "expiration": "Jan 1, 2026, 9:00:00 AM", "sessionToken": "REDACTED"},
        "assumedRoleUser": {"assumedRoleId": format!("{id}:{name}"), "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{name}")},
    });
    call(seconds, by, "sts", "AssumeRole", request, response)
}

fn sign_in(seconds: i64, identity: Value, success: bool) -> Value {
    let mut record = call(
        seconds,
        identity,
        "signin",
        "ConsoleLogin",
        Value::Null,
        json!({"ConsoleLogin": if success { "Success" } else { "Failure" }}),
    );
    if !success {
        record["errorMessage"] = "Failed authentication".into();
    }
    record
}

fn denied(mut record: Value) -> Value {
    record["errorCode"] = "AccessDenied".into();
    record["responseElements"] = Value::Null;
    record
}

/// A trace of records whose number is their handle, shown in a random order, each pass no more than holds a needle.
fn trace_in(start: Start, span: Span, records: &[String], seed: u64) -> Lineage {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut trace = Trace::new(start, span);
    let mut parser = Parser::default();
    let mut asked: Vec<Needle> = Vec::new();
    let mut lineage = Lineage::default();
    for pass in 0.. {
        assert!(pass < 200, "a trace ends");
        let new = trace.needles();
        if new.is_empty() {
            break;
        }
        asked.extend(new);
        let filter = AhoCorasick::new(asked.iter().map(Needle::as_bytes)).unwrap();
        let holds = |record: &str| {
            let mut found = filter.find_overlapping_iter(record);
            found.any(|found| asked[found.pattern().as_usize()].account().is_none_or(|account| record.contains(account)))
        };
        let mut order: Vec<usize> = (0..records.len()).collect();
        random.shuffle(&mut order);
        for number in order.into_iter().filter(|number| holds(&records[*number])) {
            show(&mut trace, &mut parser, &records[number], number as u64);
            if random.usize(..4000) == 0 {
                // In the middle of a pass, too.
                let _ = trace.resolve();
            }
        }
        lineage = trace.resolve();
    }
    lineage
}

fn show(trace: &mut Trace, parser: &mut Parser, record: &str, handle: u64) {
    parser
        .with(record.as_bytes(), |value| {
            let record = Record::read(value);
            let class = root::label(&record).map(|label| label.class);
            trace.add(&record, class, handle);
        })
        .unwrap();
}

fn texts(records: &[Value]) -> Vec<String> {
    records.iter().map(Value::to_string).collect()
}

fn trace(start: Start, records: &[Value]) -> Lineage {
    trace_in(start, Span::default(), &texts(records), 7)
}

impl Lineage {
    fn record(&self, handle: usize) -> Option<Traced> {
        self.traced.iter().find(|traced| traced.handle == handle as u64).copied()
    }

    fn certainty(&self, handle: usize) -> Option<Certainty> {
        self.record(handle).map(|traced| traced.certainty)
    }

    /// Kinds of the nodes on the way to a record.
    fn way(&self, handle: usize) -> Vec<&'static str> {
        let step = self.record(handle).map(|traced| traced.step);
        step.into_iter().flat_map(|step| self.path(step)).map(|node| self.nodes[node as usize].kind.name()).collect()
    }

    /// What must be true of every lineage.
    fn check(&self) {
        for (place, node) in self.nodes.iter().enumerate() {
            assert_eq!(node.id as usize, place);
            assert_eq!(self.steps[node.step as usize].node, node.id);
            assert_eq!(self.path(node.step).len() as u32, node.depth + 1);
        }
        for (place, step) in self.steps.iter().enumerate() {
            assert!(step.parent.is_none_or(|parent| (parent as usize) < place), "a step comes after its parent");
        }
        for traced in &self.traced {
            let step = self.steps[traced.step as usize];
            assert_eq!((step.node, step.depth), (traced.node, traced.depth));
            assert!(step.since.is_none_or(|since| since <= traced.time), "taint starts at its time, never before");
            assert!(traced.certainty <= step.certainty);
        }
        let ends = |id: u32| (id as usize) < self.nodes.len();
        assert!(self.edges.iter().all(|edge| ends(edge.from) && ends(edge.to)));
        assert!(self.traced.windows(2).all(|pair| pair[0].time <= pair[1].time));
    }
}
