//! Evidence copies of buckets.

use crate::bucket::{asking, delivered, key, kill, scan, small};
use crate::run::{Run, rootline, scan_with};
use crate::s3::{Fault, Operation, Put, Refusal, Server, Store};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

fn copy(server: &Server, to: &Path, flags: &[&str]) -> (Run, Value) {
    let run = Run::of(asking(server).args(["copy", "s3://trail"]).arg(to).args(["--format", "json"]).args(flags).output().unwrap());
    let summary = serde_json::from_str(&run.stdout).unwrap_or(Value::Null);
    (run, summary)
}

/// The lines of the list of objects, by key.
fn lines(copy: &Path) -> BTreeMap<String, Value> {
    let list = fs::read_to_string(copy.join(".rootline-copy/objects.jsonl")).unwrap();
    let lines = list.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["key"].as_str().unwrap().to_owned(), line)).collect()
}

#[test]
fn a_copy_has_the_bytes_the_tree_and_what_s3_says() {
    let store = small(10..=11);
    let metadata =
        BTreeMap::from([("signature".to_owned(), "0a1b".to_owned()), ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned())]);
    let digest = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/10/d.json.gz";
    let put = Put { metadata, version_id: Some("v1".to_owned()), storage_class: Some("STANDARD_IA".to_owned()), ..Put::default() };
    store.put_with("trail", digest, b"digest".to_vec(), put);
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("copy");
    let (run, summary) = copy(&server, &to, &["--verify"]);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    assert_eq!((&summary["copied"]["objects"], &summary["verified"]["intact"]), (&21.into(), &21.into()));
    for key in store.keys("trail") {
        assert_eq!(fs::read(to.join(&key)).unwrap(), store.get("trail", &key).unwrap(), "{key}");
    }
    let line = &lines(&to)[digest];
    assert_eq!(
        (&line["metadata"]["signature"], &line["version_id"], &line["storage_class"]),
        (&"0a1b".into(), &"v1".into(), &"STANDARD_IA".into())
    );
    assert_eq!((&line["last_modified"], &line["size"]), (&"2026-03-15T00:00:00Z".into(), &6.into()));
    // The hashes are in the form that everybody can check.
    let checked =
        std::process::Command::new("sha256sum").args(["--check", "--quiet", ".rootline-copy/SHA256SUMS"]).current_dir(&to).output();
    if let Ok(checked) = checked {
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    }
}

#[test]
fn a_scan_of_the_copy_is_the_scan_of_the_bucket() {
    let store = small(10..=12);
    for odd in ["../outside.json.gz", "a//b.json.gz", "a", "a/c.json.gz", "x\u{1}y.json.gz", ".rootline-copy/z.json.gz"] {
        store.put("trail", odd, delivered("222233334444", 10, odd.len() as u32));
    }
    let denied = key("111122223333", "us-east-1", 10, 4);
    store.refuse("trail", &denied, Refusal::AccessDenied);
    store.put("trail", "AWSLogs/444455556666/CloudTrail/us-east-1/2026/03/10/x.json.gz", b"".to_vec());
    store.deny_listing("trail", "AWSLogs/444455556666/");
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("copy");
    let (run, summary) = copy(&server, &to, &[]);
    assert_eq!(run.exit, 3, "{}", run.stderr);
    assert_eq!(summary["copied"]["lost"].as_array().unwrap().len(), 2);
    assert!(!folder.path().join("outside.json.gz").exists());
    for flags in
        [&[][..], &["--from", "2026-03-12", "--hash"], &["--account", "222233334444"], &["--region", "eu-west-1", "--from", "2026-03-01"]]
    {
        let (bucket, files) = (scan(&server, "s3://trail", flags), scan_with(&[&to], flags));
        assert_eq!(bucket.run.exit, files.run.exit, "{flags:?}");
        assert!(bucket.tables() == files.tables(), "{flags:?}");
    }
    // A part of it, seen from inside and as a part of something larger.
    let part = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/11/";
    let (bucket, files) = (scan(&server, &format!("s3://trail/{part}"), &[]), scan_with(&[to.join(part)], &[]));
    assert_eq!(files.count("records.read"), 20);
    assert_eq!(bucket.tables()[0], files.tables()[0]);
    let whole = scan_with(&[folder.path()], &[]);
    assert!(whole.tables() == scan(&server, "s3://trail", &[]).tables());
}

#[test]
fn a_copy_goes_on_where_it_was_killed() {
    let store = small(1..=10);
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    for moment in [30, 90, 150] {
        let to = folder.path().join(moment.to_string());
        server.set_faults(|seen, _| (seen.operation == Operation::Get).then_some(Fault::Delay(Duration::from_millis(20))));
        let mut copying = asking(&server);
        copying.args(["copy", "s3://trail", "--concurrency", "8"]).arg(&to);
        kill(&mut copying, &to.join(".rootline-copy/objects.jsonl"), moment);
        server.clear_faults();
        let (run, summary) = copy(&server, &to, &["--verify"]);
        assert_eq!(run.exit, 0, "{}", run.stderr);
        let number = |name: &str| summary["copied"][name].as_u64().unwrap();
        assert_eq!((number("objects") + number("already"), summary["verified"]["intact"].as_u64()), (100, Some(100)));
        assert!(summary["verified"]["foreign"].as_array().unwrap().is_empty());
    }
}

#[test]
fn what_was_changed_in_a_copy_is_found() {
    let store = small(10..=10);
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("copy");
    assert_eq!(copy(&server, &to, &[]).0.exit, 0);
    let path = |number| to.join(key("111122223333", "us-east-1", 10, number));
    let write = |number: u32, bytes: &[u8]| {
        fs::remove_file(path(number)).unwrap();
        fs::write(path(number), bytes).unwrap();
    };
    let mut flipped = fs::read(path(1)).unwrap();
    flipped[40] ^= 1;
    write(1, &flipped);
    write(2, b"short");
    fs::remove_file(path(3)).unwrap();
    fs::write(to.join("added.json"), b"{}").unwrap();
    let run = rootline(["copy".as_ref(), "--verify".as_ref(), "--format".as_ref(), "json".as_ref(), to.as_os_str()]);
    assert_eq!(run.exit, 3);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    let broken = summary["verified"]["broken"].as_array().unwrap();
    let reasons: Vec<&str> = broken.iter().map(|one| one[1].as_str().unwrap()).collect();
    assert!(reasons[0].contains("SHA-256") && reasons[1].starts_with("5 bytes") && reasons[2] == "missing", "{reasons:?}");
    assert!(summary["verified"]["foreign"][0].as_str().unwrap().ends_with("added.json"));
    // A scan sees what can be seen without the hashes.
    let case = scan_with(&[&to], &[]);
    assert_eq!((case.run.exit, case.count("objects.by_status.damaged")), (3, 4));
    // Copying again brings back what is missing and lets nothing be overwritten.
    let (run, summary) = copy(&server, &to, &[]);
    assert_eq!(run.exit, 3);
    assert_eq!((&summary["copied"]["objects"], summary["copied"]["lost"].as_array().unwrap().len()), (&1.into(), 1));
}

#[test]
fn a_copy_is_of_one_bucket_and_into_a_folder_of_its_own() {
    let store = small(10..=10);
    store.put("other-trail", "a.json", b"{}".to_vec());
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("copy");
    assert_eq!(copy(&server, &to, &[]).0.exit, 0);
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/thesis.md"), b"mine").unwrap();
    for paths in [
        &["s3://other-trail", to.to_str().unwrap()][..],
        &["s3://trail", folder.path().join("mine").to_str().unwrap()],
        &["s3://trail", "s3://other-trail", folder.path().join("new").to_str().unwrap()],
        &["testdata/takeover", folder.path().join("new").to_str().unwrap()],
        &["s3://trail", "s3://trail/copy"],
        &["--verify", folder.path().join("mine").to_str().unwrap()],
    ] {
        let run = Run::of(asking(&server).arg("copy").args(paths).output().unwrap());
        assert_eq!(run.exit, 2, "{paths:?}: {}", run.stdout);
    }
    assert!(!folder.path().join("new").exists());
}

#[test]
fn objects_that_come_otherwise_than_they_are_kept_are_fetched_again() {
    let store = Store::new();
    store.put("trail", "a.bin", vec![7; 1000]);
    store.put_with("trail", "kms.bin", vec![8; 1000], Put { kms: true, ..Put::default() });
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    server.set_faults(|seen, attempt| (seen.operation == Operation::Get && attempt == 0).then_some(Fault::FlippedByte { at: 500 }));
    let (run, _) = copy(&server, &folder.path().join("copy"), &[]);
    assert_eq!(run.exit, 0);
    assert_eq!(fs::read(folder.path().join("copy/a.bin")).unwrap(), vec![7; 1000]);
    assert_eq!(fs::read(folder.path().join("copy/kms.bin")).unwrap(), vec![8; 1000]);
}
