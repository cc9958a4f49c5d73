//! Every fault that a network and a busy service are known for, and that none of them changes a result.

use crate::bucket::{asking, delivered, key, scan, scan_into, small};
use crate::run::{gzip, log, root_record};
use crate::s3::{Fault, Operation, Put, Server, Store, every_nth};
use std::sync::atomic::{AtomicU64, Ordering};

/// Scans a bucket with and without faults, and gives the retries.
fn unharmed(store: &Store, flags: &[&str], faults: impl Fn(&crate::s3::Seen, u64) -> Option<Fault> + Send + Sync + 'static) -> u64 {
    let server = Server::start(store);
    let sound = scan(&server, "s3://trail", flags);
    assert_eq!(sound.run.exit, 0, "{}", sound.run.stderr);
    server.set_faults(faults);
    let tried = scan(&server, "s3://trail", flags);
    assert_eq!(tried.run.exit, 0, "{}", tried.run.stdout);
    assert!(tried.tables() == sound.tables());
    let retries = tried.summary()["run"]["s3"][0]["retries"].as_u64().unwrap();
    assert!(retries > 0);
    retries
}

/// A fault of the first fetch of every object.
fn first(fault: Fault) -> impl Fn(&crate::s3::Seen, u64) -> Option<Fault> + Send + Sync + 'static {
    move |seen, attempt| (seen.operation == Operation::Get && attempt == 0).then_some(fault)
}

#[test]
fn answers_that_fail_before_the_body_are_retried() {
    for fault in [Fault::Status(503, "SlowDown"), Fault::Status(500, "InternalError"), Fault::ResetBeforeHeaders] {
        assert_eq!(unharmed(&small(10..=10), &[], first(fault)), 10, "{fault:?}");
    }
    assert_eq!(unharmed(&small(10..=10), &["--read-timeout", "300ms"], first(Fault::HangBeforeHeaders)), 10);
}

#[test]
fn bodies_that_break_off_are_fetched_again() {
    for fault in [Fault::ResetInBody(20), Fault::CloseInBody(20), Fault::ResetInBody(0), Fault::ShortBody { missing: 1 }] {
        assert_eq!(unharmed(&small(10..=10), &[], first(fault)), 10, "{fault:?}");
    }
}

#[test]
fn bodies_that_hang_or_trickle_are_given_up_and_fetched_again() {
    for fault in [Fault::HangInBody(20), Fault::Trickle { bytes_per_second: 60 }] {
        assert_eq!(unharmed(&small(10..=10), &["--read-timeout", "500ms"], first(fault)), 10, "{fault:?}");
    }
}

#[test]
fn flipped_bytes_are_found_by_whatever_tells() {
    // By the gzip checksum, whether the entity tag is an MD5 or not; by the checksum that S3 sends; by the entity tag where there is no gzip.
    let kms = Put { kms: true, ..Put::default() };
    let checksum = Put { checksum: true, ..Put::default() };
    let plain = log(&[root_record("plain")]);
    let at = plain.windows(7).position(|bytes| bytes == b"aws-cli").unwrap();
    for (name, bytes, put, at) in [
        ("a.json.gz", delivered("111122223333", 10, 1), Put::default(), 100),
        ("a.json.gz", delivered("111122223333", 10, 1), kms.clone(), 100),
        ("a.json.gz", delivered("111122223333", 10, 1), Put::default(), 0),
        ("a.json.gz", delivered("111122223333", 10, 1), checksum, 100),
        ("a.json", plain.clone(), Put::default(), at),
        ("a.json", plain, kms, at),
    ] {
        let store = Store::new();
        store.put_with("trail", name, bytes, put);
        unharmed(&store, &[], first(Fault::FlippedByte { at }));
        // Twice in a row, at another place: neither body is right.
        unharmed(&store, &[], move |seen, attempt| {
            (seen.operation == Operation::Get && attempt < 2).then_some(Fault::FlippedByte { at: at + attempt as usize * 3 })
        });
    }
    // A header that was flipped harms nothing but the hash.
    let store = Store::new();
    store.put("trail", "a.json.gz", delivered("111122223333", 10, 1));
    unharmed(&store, &["--hash"], first(Fault::FlippedByte { at: 5 }));
}

#[test]
fn what_is_damaged_in_the_bucket_is_damage_and_not_fetched_for_ever() {
    for put in [Put::default(), Put { kms: true, ..Put::default() }] {
        let store = Store::new();
        let mut bytes = delivered("111122223333", 10, 1);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        store.put_with("trail", "a.json.gz", bytes, put);
        let server = Server::start(&store);
        let case = scan(&server, "s3://trail", &[]);
        assert_eq!(case.run.exit, 3);
        assert!(server.count(Operation::Get) <= 2);
    }
}

#[test]
fn large_objects_come_in_parts_and_parts_are_fetched_again() {
    let store = Store::new();
    let filler = format!("{:?}", (0..4_000_000u32).collect::<Vec<_>>());
    let record =
        root_record("large").replace("\"requestParameters\":null", &format!("\"requestParameters\":{{\"x\":{:?}}}", &filler[..9_000_000]));
    let small = root_record("small");
    store.put("trail", "large.json", log(&[record.clone(), small, record.replace("large", "larger")]));
    let server = Server::start(&store);
    let broken = AtomicU64::new(0);
    let retries = unharmed(&store, &[], move |seen, _| {
        let second = seen.range.as_deref() == Some("bytes=8388608-16777215");
        (second && broken.fetch_add(1, Ordering::Relaxed) < 2).then_some(Fault::ResetInBody(5000))
    });
    assert_eq!(retries, 2);
    let case = scan(&server, "s3://trail", &[]);
    assert_eq!(case.count("root.activities"), 3);
    assert!(server.count(Operation::Get) >= 3);
}

#[test]
fn a_storm_of_refusals_loses_no_object() {
    let store = Store::new();
    for number in 0..1000 {
        store.put(
            "trail",
            &key("111122223333", "us-east-1", 10 + number / 288, number % 288),
            delivered("111122223333", 10 + number / 288, number % 288),
        );
    }
    let busy = |seen: &crate::s3::Seen, attempt: u64| {
        // Half of all answers, and the same ones in every run.
        let chosen = (seen.key.bytes().map(u64::from).sum::<u64>() + attempt * 7).is_multiple_of(2);
        (chosen && attempt < 6).then_some(Fault::Status(503, "SlowDown"))
    };
    assert!(unharmed(&store, &["--concurrency", "32"], busy) >= 500);
}

#[test]
fn every_tenth_answer_a_fault_changes_nothing() {
    let faults = [
        Fault::Status(503, "SlowDown"),
        Fault::ResetBeforeHeaders,
        Fault::ResetInBody(30),
        Fault::CloseInBody(30),
        Fault::HangInBody(30),
        Fault::Trickle { bytes_per_second: 50 },
        Fault::ShortBody { missing: 3 },
        Fault::FlippedByte { at: 60 },
        Fault::HangBeforeHeaders,
    ];
    let store = small(1..=20);
    store.put("trail", "lines.json.gz", gzip(b"not a log"));
    assert!(unharmed(&store, &["--read-timeout", "400ms"], every_nth(10, faults)) >= 20);
}

#[test]
fn a_fault_that_stays_is_named_and_does_not_hold_up_the_rest() {
    let store = small(10..=10);
    let server = Server::start(&store);
    let lost = key("111122223333", "us-east-1", 10, 4);
    let chosen = lost.clone();
    server.set_faults(move |seen, _| (seen.key == chosen).then_some(Fault::CloseInBody(10)));
    let case = scan(&server, "s3://trail", &[]);
    assert_eq!((case.run.exit, case.count("root.activities")), (3, 9));
    let object = case.object(&lost);
    assert!(object.reason.contains("did not come whole") && object.reason.contains("given up after 6 tries"), "{}", object.reason);
}

#[test]
fn what_came_damaged_and_cannot_be_fetched_again_is_not_taken_for_the_object() {
    let store = Store::new();
    store.put("trail", "a.json", log(&[root_record("plain")]));
    store.put("trail", "b.json.gz", delivered("111122223333", 10, 1));
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    let (case, copy) = (folder.path().join("case"), folder.path().join("copy"));
    let copied = || asking(&server).args(["copy", "s3://trail"]).arg(&copy).output().unwrap().status.code();
    let faults = || {
        server.set_faults(|seen, attempt| {
            let then = if attempt == 0 { Fault::FlippedByte { at: 60 } } else { Fault::Status(403, "AccessDenied") };
            (seen.operation == Operation::Get).then_some(then)
        });
    };
    faults();
    assert_eq!(scan_into(&server, &case, "s3://trail", &[]).exit, 3);
    faults();
    assert_eq!(copied(), Some(3));
    // It is neither known nor copied, so it is fetched as soon as it can be.
    server.clear_faults();
    let again = scan_into(&server, &case, "s3://trail", &[]);
    assert_eq!(again.exit, 0, "{}", again.stdout);
    assert_eq!(copied(), Some(0));
    assert_eq!(std::fs::read(copy.join("a.json")).unwrap(), store.get("trail", "a.json").unwrap());
}
