//! What each kind of removal leaves to be seen, on chains made in memory.

use super::{Digest, Evidence, Found, Item, Keys, MissingKey, Validation, validate};
use crate::corpus::digests::Signer;
use crate::evidence::record::time::{self, Micros};
use crate::proof::coverage::{Coverage, Expected, State};
use serde_json::{Value, json};
use sha2::Digest as _;
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

const HOUR: Micros = 3_600_000_000;
const MINUTE: Micros = HOUR / 60;
const START: Micros = 1_780_272_000_000_000; // 2026-06-01T00:00:00Z
const HOURS: i64 = 6;
const WINDOW: (Option<Micros>, Option<Micros>) = (Some(START), Some(START + HOURS * HOUR));
const ACCOUNT: &str = "111122223333";

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::new(18).unwrap());
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let mut keys = Keys::default();
    keys.add(&serde_json::to_vec(&SIGNER.public_keys()).unwrap()).unwrap();
    keys
});

/// A log or a digest, by a short name: `a3` is the digest of trail a for the hour from three o'clock, `A3` a backfill digest for the same hour, `la3`
/// and `lA3` are the logs that they name.
struct Object {
    name: String,
    key: String,
    text: Vec<u8>,
    /// Of a digest.
    signature: Option<String>,
}

fn stamp(time: Micros) -> String {
    time::format(time).replace(['-', ':'], "")
}

fn log(name: String, delivered: Micros) -> Object {
    let minute = stamp(delivered).replace("00Z", "Z");
    let key = format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2026/06/01/{ACCOUNT}_CloudTrail_us-east-1_{minute}_{name}.json.gz");
    Object { text: name.clone().into_bytes(), name, key, signature: None }
}

fn digest(name: &str, trail: &str, (start, end): (Micros, Micros), before: Option<&Object>, logs: &[&Object]) -> Object {
    let backfill = if name.starts_with(char::is_uppercase) { "_backfill" } else { "" };
    let file = format!("{ACCOUNT}_CloudTrail-Digest_us-east-1_{trail}_us-east-1_{}{backfill}.json.gz", stamp(end));
    let key = format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/us-east-1/2026/06/01/{file}");
    let hash = |object: &Object| hex::encode(sha2::Sha256::digest(&object.text));
    let of_before = |value: &dyn Fn(&Object) -> Value| before.map_or(Value::Null, value);
    let files = logs.iter().map(|log| json!({"s3Bucket": "b", "s3Object": log.key, "hashValue": hash(log), "hashAlgorithm": "SHA-256"}));
    let text = json!({
        "awsAccountId": ACCOUNT, "digestStartTime": time::format(start), "digestEndTime": time::format(end),
        "digestS3Bucket": "b", "digestS3Object": key, "digestPublicKeyFingerprint": SIGNER.fingerprint(),
        "digestSignatureAlgorithm": "SHA256withRSA", "newestEventTime": null, "oldestEventTime": null,
        "previousDigestS3Bucket": of_before(&|_| "b".into()),
        "previousDigestS3Object": of_before(&|before| before.key.clone().into()),
        "previousDigestHashValue": of_before(&|before| hash(before).into()),
        "previousDigestHashAlgorithm": of_before(&|_| "SHA-256".into()),
        "previousDigestSignature": of_before(&|before| before.signature.clone().into()),
        "logFiles": files.collect::<Vec<_>>(),
    });
    let text = serde_json::to_vec(&text).unwrap();
    let signature = Some(SIGNER.sign(&text).unwrap());
    Object { name: name.to_owned(), key, text, signature }
}

/// Two trails, the second 17 minutes later in each hour, and backfill digests of the first in the order in which they were written.
fn tree(backfills: &[i64]) -> Vec<Object> {
    let mut tree: Vec<Object> = Vec::new();
    for (letter, trail, offset) in [("a", "prod.audit", 0), ("b", "prod.audit_2", 17 * MINUTE)] {
        let mut before: Option<String> = None;
        for hour in 0..HOURS {
            let start = START + offset + hour * HOUR;
            let log = log(format!("l{letter}{hour}"), start + 10 * MINUTE);
            let previous = before.as_ref().and_then(|name| tree.iter().find(|object| object.name == *name));
            let made = digest(&format!("{letter}{hour}"), trail, (start, start + HOUR), previous, &[&log]);
            before = Some(made.name.clone());
            tree.extend([log, made]);
        }
    }
    let mut before: Option<String> = None;
    for hour in backfills {
        let start = START + hour * HOUR;
        let log = log(format!("lA{hour}"), start + 50 * MINUTE);
        let previous = before.as_ref().and_then(|name| tree.iter().find(|object| object.name == *name));
        let made = digest(&format!("A{hour}"), "prod.audit", (start, start + HOUR), previous, &[&log]);
        before = Some(made.name.clone());
        tree.extend([log, made]);
    }
    tree
}

/// What is done to a tree. Names are separated by spaces.
#[derive(Clone, Copy, Default)]
struct Done<'d> {
    removed: &'d str,
    /// Digests without a signature beside them.
    unsigned: &'d str,
    /// Digests that an export of signatures names.
    exported: &'d str,
}

fn validation(tree: &[Object], done: Done<'_>, keys: &Keys, window: (Option<Micros>, Option<Micros>)) -> Validation {
    let of = |text: &str| text.split_whitespace().map(str::to_owned).collect::<HashSet<String>>();
    let (removed, unsigned, exported) = (of(done.removed), of(done.unsigned), of(done.exported));
    let names: HashSet<&str> = tree.iter().map(|object| &*object.name).collect();
    assert!(removed.iter().chain(&unsigned).chain(&exported).all(|name| names.contains(&**name)), "a name that the tree does not hold");
    let left: Vec<&Object> = tree.iter().filter(|object| !removed.contains(&object.name)).collect();
    let items: Vec<Item<'_>> = left
        .iter()
        .map(|object| {
            let is_log = object.signature.is_none();
            let hash = is_log.then(|| sha2::Sha256::digest(&object.text).into());
            Item { uri: &object.key, hash, appended: false, trailer_damaged: false, lost: None, is_log, management_event: is_log }
        })
        .collect();
    let digests = left.iter().filter(|object| object.signature.is_some());
    let found: Vec<Found<'_>> = digests
        .map(|object| {
            let signature = object.signature.clone().filter(|_| !unsigned.contains(&object.name));
            Found { uri: &object.key, digest: Digest::parse(&object.text), signature, appended: false, trailer_damaged: false }
        })
        .collect();
    let known: Vec<&str> = tree.iter().filter(|object| exported.contains(&object.name)).map(|object| &*object.key).collect();
    validate(Evidence { items: &items, found: &found, events: &[], known: &known }, keys, window)
}

/// Findings by kind and hours (half an hour is `.5`), and the state of each hour by its first letter.
fn seen(validation: &Validation) -> (Vec<String>, String) {
    let hour = |time: Micros| ((time - START) as f64 / HOUR as f64 * 100.0).round() / 100.0;
    let kind = |kind| serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned();
    let findings: BTreeSet<String> =
        validation.findings.iter().map(|one| format!("{} {}-{}", kind(one.kind), hour(one.from), hour(one.to))).collect();
    // The hour after the window is expected too.
    let expected = Expected::of([ACCOUNT.to_owned()].into(), std::iter::empty(), (START, START + (HOURS - 1) * HOUR));
    let cells = Coverage::new(&expected, &[], validation).cells(ACCOUNT, "us-east-1");
    let letter = |state: State| state.name().chars().next().unwrap();
    (findings.into_iter().collect(), cells.iter().map(|cell| letter(cell.state)).collect())
}

fn check(tree: &[Object], done: Done<'_>, findings: &[&str], hours: &str) {
    let validation = validation(tree, done, &KEYS, WINDOW);
    let Done { removed, unsigned, exported } = done;
    assert_eq!(
        seen(&validation),
        (findings.iter().map(|text| (*text).to_owned()).collect(), hours.to_owned()),
        "removed {removed:?}, unsigned {unsigned:?}, exported {exported:?}: {:#?}",
        validation.findings
    );
}

#[test]
fn each_kind_of_removal_is_found_at_its_hours() {
    let tree = tree(&[1, 3, 4]);
    let removals: &[(&str, &[&str], &str)] = &[
        ("", &[], "pppppp"),
        ("la2", &["missing_log 2-3"], "ppbppp"),
        ("lA3", &["missing_log 3-4"], "pppbpp"),
        // A digest in the middle of a chain, the first and the last, with the log that it named.
        ("a2 la2", &["missing_digest 2-3"], "ppbppp"),
        ("a2 a3 la2 la3", &["missing_digest 2-3", "missing_digest 3-4"], "ppbbpp"),
        ("a0 la0", &["missing_digest 0-1"], "bppppp"),
        ("a5 la5", &["missing_digest 5-6"], "pppppb"),
        // Without its log, which another trail's digest of the same time does not name.
        ("a2", &["missing_digest 2-3", "unreferenced_log 1.28-2.28"], "pbbppp"),
        // A backfill digest that the next one names: the time since the one known before it.
        ("A3 lA3", &["missing_digest 2-3", "missing_digest 3-4"], "ppbbpp"),
        ("A3", &["missing_digest 2-3", "missing_digest 3-4", "unreferenced_log 3.28-4.28"], "ppbbbp"),
        // The first ones: the time since the period began, for those that are missing may have named others.
        ("A1 lA1", &["missing_digest 0-1", "missing_digest 1-2"], "bbpppp"),
        ("A1 lA1 A3 lA3", &["missing_digest 0-1", "missing_digest 1-2", "missing_digest 2-3", "missing_digest 3-4"], "bbbbpp"),
        // The newest is named by nothing; its log is.
        ("A4", &["unreferenced_log 4.28-5.28"], "ppppbb"),
        ("A4 lA4", &[], "pppppp"),
        ("A1 lA1 A3 lA3 A4 lA4", &[], "pppppp"),
        // One of two trails: the other one vouches for the hours, and what is missing is told all the same.
        ("b0 lb0", &["missing_digest -0.72-0.28", "missing_digest 0.28-1.28"], "bbpppp"),
        ("b2 lb2", &["missing_digest 2.28-3.28"], "ppbbpp"),
    ];
    for (removed, findings, hours) in removals {
        check(&tree, Done { removed, ..Done::default() }, findings, hours);
    }
}

#[test]
fn what_an_export_of_signatures_names_is_missed_even_at_the_end_of_a_chain() {
    let tree = tree(&[1, 3, 4]);
    check(&tree, Done { removed: "A4 lA4", exported: "A1 A3 A4", ..Done::default() }, &["missing_digest 4-5"], "ppppbp");
    // Part of the hour is missing from another chain, too.
    let done = Done { removed: "A4 lA4 b3 lb3", exported: "A4", ..Done::default() };
    check(&tree, done, &["missing_digest 3.28-4.28", "missing_digest 4-5"], "pppbbp");
}

#[test]
fn a_backfill_digest_without_a_valid_signature_takes_the_proof_of_its_hour_away() {
    let tree = tree(&[1, 3, 4]);
    // The newest, whose signature no other digest holds: it may once have named more.
    check(&tree, Done { unsigned: "A4", ..Done::default() }, &["newest_unverifiable 4-5"], "ppppop");
    check(&tree, Done { unsigned: "A3", ..Done::default() }, &[], "pppppp");
    // Signed with a key that was not given: nothing is proven by it, nor by the others.
    let validation = validation(&tree, Done::default(), &Keys::default(), WINDOW);
    assert_eq!(seen(&validation).1, "oooooo");
}

#[test]
fn where_backfill_digests_were_not_written_in_the_order_of_the_hours_a_missing_one_may_be_of_any_hour() {
    for (backfills, removed) in [(&[4, 1, 3][..], "A1 lA1"), (&[1, 4, 2, 5], "A2 lA2"), (&[2, 5, 1, 3], "A1 lA1")] {
        let tree = tree(backfills);
        check(&tree, Done::default(), &[], "pppppp");
        let validation = validation(&tree, Done { removed, ..Done::default() }, &KEYS, WINDOW);
        assert_eq!(seen(&validation).1, "bbbbbb", "{backfills:?}: {:#?}", validation.findings);
    }
}

#[test]
fn a_backfill_digest_from_before_the_period_is_not_missed() {
    let tree = tree(&[1, 3, 4]);
    let done = Done { removed: "A1 lA1", ..Done::default() };
    assert!(validation(&tree, done, &KEYS, (Some(START + 2 * HOUR), WINDOW.1)).findings.is_empty());
    assert!(!validation(&tree, done, &KEYS, (Some(START + HOUR), WINDOW.1)).findings.is_empty());
    // Without a period it is missed.
    assert!(!validation(&tree, done, &KEYS, (None, None)).findings.is_empty());
}

#[test]
fn a_log_that_no_digest_names_is_found_whatever_digests_cover_its_time() {
    let mut tree = tree(&[]);
    // A short one, which began last and has ended.
    let short = digest("A3", "prod.audit", (START + 3 * HOUR + 20 * MINUTE, START + 3 * HOUR + 25 * MINUTE), None, &[]);
    let stray = log("stray".to_owned(), START + 3 * HOUR + 40 * MINUTE);
    tree.extend([short, stray]);
    let validation = validation(&tree, Done::default(), &KEYS, WINDOW);
    let (findings, hours) = seen(&validation);
    assert!(findings.iter().any(|finding| finding.starts_with("unreferenced_log")), "{findings:?}");
    assert_eq!(validation.uncovered_logs.len(), 1);
    assert!(hours.contains('b'), "{hours}");
}

#[test]
fn a_key_that_is_missing_comes_with_the_call_that_fetches_it() {
    let tree = tree(&[1]);
    let missing = validation(&tree, Done::default(), &Keys::default(), WINDOW).missing_keys;
    let [MissingKey { region, fingerprint, from, to, digests, command }] = &missing[..] else { panic!("{missing:?}") };
    assert_eq!((&**region, &**fingerprint, *from, *digests), ("us-east-1", SIGNER.fingerprint(), START, 13));
    assert_eq!(*to, START + HOURS * HOUR + 17 * MINUTE);
    assert_eq!(
        command,
        "aws cloudtrail list-public-keys --region us-east-1 --start-time 2026-06-01T00:00:00Z --end-time 2026-06-01T08:17:00Z"
    );
    // A backfill digest alone was written at some time up to the last that the evidence knows of.
    let others = tree.iter().filter(|object| object.signature.is_some() && object.name.starts_with('b')).map(|object| &*object.name);
    let regular = tree.iter().filter(|object| object.signature.is_some() && object.name.starts_with('a')).map(|object| &*object.name);
    let removed = others.chain(regular).collect::<Vec<_>>().join(" ");
    let missing = validation(&tree, Done { removed: &removed, ..Done::default() }, &Keys::default(), WINDOW).missing_keys;
    assert_eq!((missing.len(), missing[0].to), (1, START + 2 * HOUR));
    assert!(missing[0].command.ends_with("--end-time 2026-06-01T05:27:00Z"), "{}", missing[0].command);
}
