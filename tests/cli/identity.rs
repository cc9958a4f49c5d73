//! Identity that is left out, turned into text or into a number: whose record it is stays known, or is said not to be.

use crate::run::{folder, log, root_record, scan, scan_with};
use proptest::prelude::*;
use rootline::table::Table;
use serde_json::{Value, json};

fn value(record: &str) -> Value {
    serde_json::from_str(record).unwrap()
}

/// A record with another identity.
fn with(id: &str, identity: Value) -> String {
    let mut record = value(&root_record(id));
    record["userIdentity"] = identity;
    record.to_string()
}

/// Class, account and whether it is degraded, of the one activity of a record; and the status of its object.
fn read(record: &str) -> (Option<(String, String, bool)>, String, [u64; 4]) {
    let evidence = folder(&[("log.json", &log(&[record.to_owned()]))]);
    let case = scan(evidence.path());
    let timeline = case.timeline();
    let text = |table: &Table, column: &str| table.text(column, 0).unwrap_or_default().to_owned();
    let activity =
        (!timeline.is_empty()).then(|| (text(&timeline, "class"), text(&timeline, "account_id"), timeline.bool("degraded", 0).unwrap()));
    let object = case.object("log.json");
    (activity, object.status, object.records)
}

fn use_of(account: &str, degraded: bool) -> Option<(String, String, bool)> {
    Some(("direct".to_owned(), account.to_owned(), degraded))
}

#[test]
fn an_identity_that_was_left_out_is_used_and_an_empty_one_is_nobodys() {
    // An export that keeps the type alone.
    assert_eq!(read(&with("a", json!({"type": "Root"}))).0, use_of("111122223333", true));
    // What CloudTrail writes where a directory's user fails to sign in.
    let nobody = with("b", json!({"type": "Root", "arn": "", "accountId": ""})).replace("111122223333", "");
    assert_eq!(read(&nobody).0, Some(("artefact".to_owned(), String::new(), false)));
    assert_eq!(read(&with("c", json!({"type": "Root", "arn": ""}))).0.unwrap().0, "artefact");
    // What an export left out it may write as null.
    for identity in [json!({"type": "Root", "arn": null}), json!({"type": "Root", "arn": null, "accountId": null})] {
        assert_eq!(read(&with("f", identity.clone())).0, use_of("111122223333", true), "{identity}");
    }
    // One of the two is enough, and nothing is missing then that would matter.
    assert_eq!(read(&with("d", json!({"type": "Root", "accountId": "111122223333"}))).0, use_of("111122223333", false));
    assert_eq!(read(&with("e", json!({"type": "Root", "accountId": ""}))).0, use_of("111122223333", false));
}

#[test]
fn an_identity_that_became_text_is_read_or_the_record_is_damaged() {
    let identity = value(&root_record("a"))["userIdentity"].to_string();
    let once = with("a", json!(identity));
    assert_eq!(read(&once).0, use_of("111122223333", true));
    assert_eq!(read(&with("b", json!(json!(identity).to_string()))).0, use_of("111122223333", true));
    for lost in [
        json!("Root"),
        json!("{type=Root, arn=arn:aws:iam::111122223333:root}"),
        json!(identity[1..]),
        json!(5),
        json!(["Root"]),
        json!(""),
    ] {
        let (activity, status, records) = read(&with("c", lost.clone()));
        assert_eq!((activity, status.as_str(), records), (None, "damaged", [1, 0, 0, 1]), "{lost}");
    }
    // Whatever its key looks like.
    assert_eq!(read(&once.replace("userIdentity", "user\\u0049dentity")).0, use_of("111122223333", true));
    assert_eq!(read(&with("c", json!("x")).replace("userIdentity", "user\\u0049dentity")).2, [1, 0, 0, 1]);
    // And what is in it.
    let issuer = json!({"type": "AssumedRole", "accountId": "111122223333", "sessionContext": "{\"sessionIssuer\":{\"type\":\"Root\"}}"});
    assert_eq!(read(&with("e", issuer)).0.unwrap().0, "federated");
    // Services act without one.
    assert_eq!(read(&with("d", Value::Null)).2, [1, 0, 1, 0]);
    // The row holds the record as it was delivered.
    let evidence = folder(&[("log.json", &log(std::slice::from_ref(&once)))]);
    assert_eq!(scan(evidence.path()).timeline().text("record", 0), Some(&*once));
}

#[test]
fn a_session_that_became_text_still_tells_whose_it_is() {
    let issuer = json!({"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"});
    let user = json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/x", "accountId": "111122223333"});
    let session = |context: Value| {
        let mut identity = user.clone();
        identity["sessionContext"] = context;
        with("a", identity)
    };
    let federated = |degraded| Some(("federated".to_owned(), "111122223333".to_owned(), degraded));
    assert_eq!(read(&session(json!({"sessionIssuer": issuer}))).0, federated(false));
    assert_eq!(read(&session(json!({"sessionIssuer": issuer.to_string()}))).0, federated(true));
    assert_eq!(read(&session(json!(json!({"sessionIssuer": issuer}).to_string()))).0, federated(true));
    assert_eq!(read(&session(json!(json!({"sessionIssuer": issuer.to_string()}).to_string()))).0, federated(true));
    for lost in [json!("{sessionIssuer={type=Root}}"), json!(7), json!({"sessionIssuer": "{type=Root}"})] {
        assert_eq!(read(&session(lost.clone())).1, "damaged", "{lost}");
    }
    // Root is root, and whether a session of it stood behind a service's call nobody can say: it counts.
    let cut = json!({"type": "Root", "accountId": "111122223333", "invokedBy": "x.amazonaws.com", "sessionContext": "{\"cut"});
    assert_eq!(read(&with("b", cut)).0, Some(("via_service".to_owned(), "111122223333".to_owned(), true)));
    // No session at all is none that is lost.
    for nothing in [json!(null), json!(""), json!({}), json!({"sessionIssuer": {}, "attributes": null})] {
        assert_eq!(read(&session(nothing.clone())).2, [1, 0, 1, 0], "{nothing}");
    }
}

#[test]
fn a_record_whose_identity_stands_somewhere_else_is_damaged_and_not_passed_over() {
    let mut bare = value(&root_record("a"));
    bare.as_object_mut().unwrap().remove("userIdentity");
    for (key, identity) in [
        ("userIdentity.type", json!("Root")),
        ("useridentity_type", json!("Root")),
        ("user_identity", json!({"type": "Root"})),
        ("USERIDENTITY", json!("{type=Root}")),
        ("actor", json!({"type": "Root"})),
        ("actor", json!("{type=Root}")),
        ("principal", json!("arn:aws:iam::111122223333:root")),
    ] {
        let mut record = bare.clone();
        record[key] = identity;
        let (activity, status, records) = read(&record.to_string());
        assert_eq!((activity, status.as_str(), records), (None, "damaged", [1, 0, 0, 1]), "{key}");
    }
    let mut nulled = value(&with("b", Value::Null));
    nulled["userIdentity.type"] = "Root".into();
    assert_eq!(read(&nulled.to_string()).1, "damaged");
    // Where nothing tells of root, nothing is said.
    assert_eq!(read(&bare.to_string()).2, [1, 0, 1, 0]);
}

#[test]
fn a_request_that_was_cut_off_as_text_takes_no_use_away() {
    let mut record = value(&root_record("a"));
    record["requestParameters"] = "{\"userName\":\"a".into();
    assert_eq!(read(&record.to_string()).0, use_of("111122223333", true));
}

#[test]
fn an_outcome_that_became_text_is_still_the_outcome() {
    let mut record = value(&root_record("a"));
    record["eventName"] = "ConsoleLogin".into();
    record["eventType"] = "AwsConsoleSignIn".into();
    record["eventSource"] = "signin.amazonaws.com".into();
    for (answer, class) in [("Failure", "attempt"), ("Success", "sign_in")] {
        record["responseElements"] = json!(json!({"ConsoleLogin": answer}).to_string());
        assert_eq!(read(&record.to_string()).0.unwrap().0, class);
    }
}

#[test]
fn account_ids_that_became_numbers_are_ids() {
    let mut record = value(&root_record("a"));
    record["userIdentity"]["accountId"] = json!(11_122_223_333_u64);
    record["recipientAccountId"] = json!(11_122_223_333_u64);
    assert_eq!(read(&record.to_string()).0, use_of("011122223333", true));
}

#[test]
fn a_sign_in_that_failed_is_no_use_whatever_it_is_called() {
    let mut record = value(&root_record("a"));
    record["eventSource"] = "signin.amazonaws.com".into();
    record["errorMessage"] = "Failed authentication".into();
    for name in ["ExternalIdPDirectoryLogin", "ConsoleLogin", "SomeNewLogin"] {
        for kind in ["AwsConsoleSignIn", "AwsConsoleSignin"] {
            record["eventName"] = name.into();
            record["eventType"] = kind.into();
            record["responseElements"] = json!({name: "Failure"});
            assert_eq!(read(&record.to_string()).0.unwrap().0, "attempt", "{name}");
        }
    }
    // A failed call is use: the credentials were there.
    record["eventType"] = "AwsApiCall".into();
    record["eventName"] = "ListUsers".into();
    assert_eq!(read(&record.to_string()).0.unwrap().0, "direct");
}

/// An identity in any shape that an export gives it.
fn identities() -> impl Strategy<Value = Value> {
    let kind = || prop::sample::select(vec!["Root", "IAMUser", "AssumedRole"]);
    let account = prop_oneof![Just(json!("111122223333")), Just(json!(111_122_223_333_u64)), Just(Value::Null)];
    let text = |is_text: bool, value: Value| if is_text { json!(value.to_string()) } else { value };
    let session = (kind(), any::<bool>(), any::<bool>()).prop_map(move |(issuer, inner, outer)| {
        text(outer, json!({"sessionIssuer": text(inner, json!({"type": issuer})), "attributes": {"mfaAuthenticated": "false"}}))
    });
    let object = (kind(), account, any::<bool>(), prop::option::of(session)).prop_map(|(kind, account, has_arn, session)| {
        let mut identity = json!({"type": kind, "accountId": account});
        if has_arn {
            identity["arn"] = if kind == "Root" { "arn:aws:iam::111122223333:root" } else { "arn:aws:iam::111122223333:user/x" }.into();
        }
        if let Some(session) = session {
            identity["sessionContext"] = session;
        }
        identity
    });
    (object, 0u8..4).prop_map(|(object, shape)| match shape {
        0 | 1 => object,
        2 => json!(object.to_string()),
        _ => json!(json!(object.to_string()).to_string()),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_pre_filter_misses_no_identity_in_any_shape(identities in prop::collection::vec((identities(), 0u8..4, any::<bool>()), 40)) {
        let roots = identities.iter().filter(|(identity, ..)| identity.to_string().contains("Root")).count() as u64;
        let records: Vec<String> = identities
            .into_iter()
            .enumerate()
            .map(|(number, (identity, layout, escaped))| {
                let identity_text = identity.to_string();
                let record = with(&number.to_string(), identity);
                let record = match layout {
                    // As CloudTrail writes it: the version and the identity come first.
                    0 => record,
                    1 => record.replacen(r#""userIdentity""#, r#""user\u0049dentity""#, 1),
                    2 => serde_json::to_string_pretty(&value(&record)).unwrap(),
                    _ => {
                        let mut rest = value(&record);
                        rest.as_object_mut().unwrap().remove("userIdentity");
                        format!(r#"{{"eventVersion":"1.11","userIdentity":{identity_text},{}"#, &rest.to_string()[1..])
                    }
                };
                if escaped { record.replace("Root", "\\u0052oot") } else { record }
            })
            .collect();
        let evidence = folder(&[("log.json", &log(&records))]);
        let quick = scan(evidence.path());
        let slow = scan_with(&[evidence.path()], &["--full-parse"]);
        prop_assert!(quick.tables() == slow.tables());
        prop_assert_eq!((quick.count("records.read"), quick.count("root.activities")), (40, roots));
    }
}
