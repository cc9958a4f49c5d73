//! What is broken is named, and the rest is read.

use crate::run::{folder, gzip, log, role_record, root_record, scan, scan_with, testdata};

#[test]
fn each_kind_of_damage_has_its_name_and_place() {
    // File, exit, status, records labelled passed over damaged, what the reason says. Where no record was read nothing can be said.
    for (file, exit, status, records, reason) in [
        ("truncated.json.gz", 3, "partial", [11, 1, 9, 1], "gzip cut off at stored byte 2710; record cut off (record 10, byte 11515)"),
        ("trailer-cut.json.gz", 3, "partial", [7, 1, 6, 0], "gzip trailer cut off at stored byte"),
        ("checksum.json.gz", 3, "partial", [7, 1, 6, 0], "gzip checksum or length does not match"),
        ("second-member.json.gz", 3, "partial", [7, 1, 6, 0], "data appended after the gzip member, at stored byte 2170, not read"),
        ("garbage-after.json.gz", 3, "partial", [7, 1, 6, 0], "data appended after the gzip member"),
        ("corrupt.json", 3, "partial", [7, 1, 5, 1], "broken record (record 2, byte 2282)"),
        ("missing-comma.json", 3, "partial", [7, 1, 6, 0], "missing comma (record 3, byte 3415)"),
        ("cut.json", 3, "partial", [7, 1, 5, 1], "record cut off (record 6, byte 6276)"),
        ("control-bytes.json", 3, "partial", [7, 1, 6, 0], "bytes that JSON does not allow, record read all the same"),
        ("empty.json.gz", 3, "damaged", [0, 0, 0, 0], "empty"),
        ("deep.json", 0, "read", [3, 1, 2, 0], ""),
        ("surrogate.json", 0, "read", [3, 1, 2, 0], ""),
        ("no-ids.json", 0, "read", [4, 3, 1, 0], ""),
        ("not-gzip.json.gz", 0, "read", [7, 1, 6, 0], ""),
        ("digest.json.gz", 3, "skipped", [0, 0, 0, 0], "digest object, not part of the record count"),
        ("insight.json.gz", 3, "skipped", [0, 0, 0, 0], "insight object"),
        ("network-activity.json.gz", 3, "skipped", [0, 0, 0, 0], "network_activity object"),
        ("aggregated.json.gz", 3, "skipped", [0, 0, 0, 0], "aggregated object"),
        ("other.json", 3, "not_a_log", [0, 0, 0, 0], "JSON without CloudTrail records"),
        ("notes.txt", 3, "not_a_log", [0, 0, 0, 0], "content not recognised"),
    ] {
        let case = scan(testdata("damage").join(file));
        let object = case.object(file);
        assert_eq!((case.run.exit, object.status.as_str(), object.records), (exit, status, records), "{file}: {}", object.reason);
        assert!(object.reason.starts_with(reason), "{file}: {}", object.reason);
    }
}

#[test]
fn damage_in_one_object_does_not_keep_the_others_from_being_read() {
    let case = scan(testdata("damage"));
    assert_eq!((case.run.exit, case.count("records.read"), case.count("root.activities")), (3, 94, 17));
    assert_eq!(case.count("objects_with_losses"), 10);
    let object = case.object("corrupt.json");
    assert_eq!((object.damage_record, object.damage_offset), (Some(2), Some(2282)));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_reached_is_named_and_loops_end() {
    use std::os::unix::fs::symlink;
    let evidence = folder(&[("sub/log.json", &log(&[root_record("1")]))]);
    let at = |name: &str| evidence.path().join(name);
    symlink(evidence.path(), at("sub/loop")).unwrap();
    symlink("gone.json", at("dangling.json")).unwrap();
    symlink(at("sub/log.json"), at("also.json")).unwrap();
    // Opens, and refuses to be read, whoever asks.
    #[cfg(target_os = "linux")]
    symlink("/proc/self/mem", at("refusing.json")).unwrap();
    let case = scan(evidence.path());
    assert_eq!((case.run.exit, case.count("root.activities")), (3, 1));
    let loop_ = case.object("sub/loop");
    assert_eq!((loop_.status.as_str(), loop_.reason.as_str()), ("skipped", "symbolic link loop"));
    let dangling = case.object("dangling.json");
    assert_eq!(dangling.status, "damaged");
    assert!(dangling.reason.starts_with("cannot be read"), "{}", dangling.reason);
    let same: Vec<_> = ["also.json", "sub/log.json"].map(|name| case.object(name).status).into();
    assert_eq!(same, ["read", "skipped"]);
    #[cfg(target_os = "linux")]
    assert_eq!(case.object("refusing.json").status, "damaged");
}

#[test]
fn the_same_folder_given_twice_is_read_once() {
    let case = scan_with(&["testdata/classes", "testdata/../testdata/classes", "testdata/classes/direct.json"], &[]);
    assert_eq!((case.run.exit, case.count("records.read"), case.count("records.duplicates")), (0, 44, 0));
    assert_eq!(case.count("objects.by_status.skipped"), 13);
    let manifest = case.manifest();
    let reasons: Vec<_> = (0..manifest.len()).filter_map(|row| manifest.text("reason", row)).collect();
    assert!(reasons.iter().all(|reason| reason.starts_with("same file as `testdata/../testdata/classes/")), "{reasons:?}");
}

#[test]
fn an_object_beyond_the_cap_is_cut_there_and_named() {
    let records: Vec<String> = (0..100).map(|index| role_record(&index.to_string())).collect();
    let evidence = folder(&[("a.json", &log(&records)), ("b.json.gz", &gzip(&log(&records)))]);
    let case = scan_with(&[evidence.path()], &["--max-object-size", "10kB"]);
    assert_eq!(case.run.exit, 3);
    for file in ["a.json", "b.json.gz"] {
        let object = case.object(file);
        assert!(object.reason.starts_with("larger than the cap of 10000 inflated bytes"), "{file}: {}", object.reason);
        assert!((5..90).contains(&object.records[0]), "{file}");
    }
}

#[test]
fn a_log_by_its_name_with_anything_else_inside_is_damaged() {
    let name =
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/14/111122223333_CloudTrail_us-east-1_20260314T0200Z_AbCdEfGhIjKlMnOp.json.gz";
    for bytes in [&b"\x00\x01\x02\x03"[..], b"<html>", &gzip(b"nothing"), b"{}"] {
        let evidence = folder(&[(name, bytes)]);
        let case = scan(evidence.path());
        assert_eq!((case.run.exit, case.object(name).status.as_str()), (3, "damaged"), "{bytes:?}");
    }
}

#[test]
fn many_broken_lines_are_read_once_each() {
    // Each line lacks its last bracket, so that a naive reader looks for it to the end of the file, line after line.
    let broken = role_record("x");
    let broken = format!("{}\n", &broken[..broken.len() - 1]);
    let text = [broken.repeat(20_000).into_bytes(), root_record("last").into_bytes()].concat();
    let evidence = folder(&[("lines.ndjson", &text)]);
    let case = scan(evidence.path());
    assert_eq!(case.object("lines.ndjson").records, [20_001, 1, 0, 20_000]);
}
