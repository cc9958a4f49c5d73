//! The auditor's verdict: proven where everything is there, and never where something is not.

use crate::bucket::asking;
use crate::run::{Run, command, gzip, root_record, rootline};
use crate::s3::{Operation, Put, Server, Store};
use crate::verify::{Tree, write};
use rootline::table::Table;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

struct Audit {
    run: Run,
    /// The attestation.
    said: Value,
    case: PathBuf,
    _folder: tempfile::TempDir,
}

impl Audit {
    /// Audits a tree of [`Tree`], of which the last hours are left out: their events may have been delivered after its end.
    fn of(tree: &Tree, flags: &[&str]) -> Self {
        Self::with(tree, &["--from", "2026-01-01", "--to", "2026-01-02T22:00:00Z"], flags)
    }

    fn with(tree: &Tree, window: &[&str], flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("case");
        let mut command = command();
        command.arg("audit").arg(tree.path("AWSLogs")).args(["--format", "json", "--public-keys"]).arg(tree.path("public-keys.json"));
        command.arg("--digest-signatures").arg(tree.path("digest-signatures.json")).arg("--case").arg(&case).args(window).args(flags);
        let run = Run::of(command.output().unwrap());
        let said = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
        Self { run, said, case, _folder: folder }
    }

    fn verdict(&self) -> (&str, i32) {
        (self.said["verdict"].as_str().unwrap(), self.run.exit)
    }
}

/// Puts a record into a log and lets its digest, and all that follow, say so, as CloudTrail would have.
fn add(tree: &Tree, record: &str) {
    let (digest, log) = tree.busy();
    let mut records = crate::verify::read(&log);
    records["Records"].as_array_mut().unwrap().push(serde_json::from_str(record).unwrap());
    let text = serde_json::to_vec(&records).unwrap();
    write(&log, &text);
    tree.forge(&digest, |digest| digest["logFiles"][0]["hashValue"] = hex::encode(Sha256::digest(&text)).into());
}

fn root(id: &str) -> String {
    root_record(id).replace("2026-03-14T02", "2026-01-01T12").replace("111122223333", "100000000001")
}

#[test]
fn an_intact_tree_without_root_is_proven_and_one_record_makes_it_use() {
    let tree = Tree::new();
    let audit = Audit::of(&tree, &[]);
    assert_eq!(audit.verdict(), ("zero_proven", 0), "{}", audit.run.stdout);
    let accounts = audit.said["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2);
    // Two days less an hour, and the hour after the window, of two regions.
    let cells = accounts[0]["cells"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>();
    assert_eq!(cells, 2 * 47);
    let coverage = Table::read(&audit.case.join("coverage.parquet")).unwrap();
    assert_eq!(coverage.len(), 4 * 47);
    assert!((0..coverage.len()).all(|row| ["proven", "quiet"].contains(&coverage.text("state", row).unwrap())));
    let text = fs::read_to_string(audit.case.join("attestation.md")).unwrap();
    assert!(text.contains("**zero_proven**") && text.contains("was not used") && text.contains("public-keys.json"), "{text}");
    let inputs = audit.said["inputs"].as_array().unwrap();
    assert!(inputs.len() > 196 && inputs.iter().all(|input| input["sha256"].as_str().unwrap().len() == 64));
    // The case is one like any other, and a scan into it that may replace it takes the attestation away with what it stood on.
    assert_eq!(rootline(["show".as_ref(), audit.case.as_os_str()]).exit, 0);
    let scan = |more: &[&str]| {
        let arguments = ["scan", "testdata/classes", "--case", audit.case.to_str().unwrap()];
        rootline([&arguments, more].concat()).exit
    };
    assert_eq!((scan(&[]), audit.case.join("attestation.json").exists()), (2, true));
    assert_eq!(scan(&["--replace"]), 0);
    assert!(!audit.case.join("attestation.json").exists() && !audit.case.join("coverage.parquet").exists());

    add(&tree, &root("one"));
    let audit = Audit::of(&tree, &[]);
    assert_eq!((audit.verdict(), &audit.said["accounts"][0]["usage"]), (("usage", 1), &1.into()));
    // Not in this window.
    let before = Audit::with(&tree, &["--from", "2026-01-01", "--to", "2026-01-01T11:00:00Z"], &[]);
    assert_eq!(before.verdict(), ("zero_proven", 0));
}

#[test]
fn nothing_that_is_taken_away_or_changed_leaves_a_proof() {
    type Damage = fn(&Tree);
    let damages: [(&str, Damage); 8] = [
        ("a log", |tree| fs::remove_file(tree.busy().1).unwrap()),
        ("a digest", |tree| fs::remove_file(tree.busy().0).unwrap()),
        ("three digests", |tree| tree.digests()[20..23].iter().for_each(|path| fs::remove_file(path).unwrap())),
        ("the newest digests", |tree| tree.digests()[46..].iter().for_each(|path| fs::remove_file(path).unwrap())),
        ("a region", |tree| {
            for kind in ["CloudTrail", "CloudTrail-Digest"] {
                fs::remove_dir_all(tree.path(&format!("AWSLogs/100000000001/{kind}/us-east-1"))).unwrap();
            }
        }),
        ("a record", |tree| {
            let log = tree.busy().1;
            let mut records = crate::verify::read(&log);
            records["Records"].as_array_mut().unwrap().pop();
            write(&log, &serde_json::to_vec(&records).unwrap());
        }),
        ("an appended member", |tree| {
            let log = tree.busy().1;
            fs::write(&log, [fs::read(&log).unwrap(), gzip(b"{\"Records\":[]}")].concat()).unwrap();
        }),
        ("a digest's text", |tree| {
            let path = tree.busy().0;
            let mut digest = crate::verify::read(&path);
            digest["logFiles"] = json!([]);
            write(&path, &serde_json::to_vec(&digest).unwrap());
        }),
    ];
    for (what, damage) in damages {
        let tree = Tree::new();
        damage(&tree);
        let audit = Audit::of(&tree, &[]);
        let verdict = if what == "a region" { "sign_ins_unseen" } else { "zero_observed" };
        assert_eq!(audit.verdict(), (verdict, 3), "{what}");
        let gaps = audit.said["accounts"][0]["gaps"].as_array().unwrap();
        assert!(!gaps.is_empty(), "{what}");
        // The damage is where it was done, and the other account is as it was.
        assert!(audit.said["accounts"][1]["gaps"].as_array().unwrap().is_empty(), "{what}");
        assert_eq!(audit.said["accounts"][0]["sign_ins_visible"], what != "a region");
        // What is there was seen on both days, but what follows the end of a log was not read.
        let exit = if ["a region", "an appended member"].contains(&what) { 3 } else { 0 };
        assert_eq!(Audit::of(&tree, &["--require", "observed"]).verdict(), (verdict, exit), "{what}");
    }
}

#[test]
fn without_keys_or_with_those_of_somebody_else_nothing_is_proven() {
    let tree = Tree::new();
    let other = rootline::internals::Signer::new(9).unwrap().public_keys();
    fs::write(tree.path("public-keys.json"), serde_json::to_vec(&other).unwrap()).unwrap();
    assert_eq!(Audit::of(&tree, &[]).verdict(), ("zero_observed", 3));
}

#[test]
fn accounts_and_regions_that_are_expected_and_not_there_are_gaps() {
    let tree = Tree::new();
    let list = tree.path("accounts.txt");
    fs::write(&list, "100000000001\n100000000002\n999999999999\n").unwrap();
    let audit = Audit::of(&tree, &["--accounts", list.to_str().unwrap()]);
    assert_eq!(audit.verdict(), ("no_evidence", 3));
    let missing = &audit.said["accounts"][2];
    assert_eq!((&missing["account"], &missing["sign_ins_visible"]), (&"999999999999".into(), &false.into()));
    let audit = Audit::of(&tree, &["--expect-region", "sa-east-1"]);
    assert_eq!((audit.verdict(), &audit.said["accounts"][0]["gaps"][0]["region"]), (("zero_observed", 3), &"sa-east-1".into()));
}

#[test]
fn a_credential_report_that_knows_of_more_contradicts_the_records() {
    let tree = Tree::new();
    add(&tree, &root("one"));
    let report = |password: &str, key: &str| -> PathBuf {
        let text = format!(
            "user,arn,password_last_used,access_key_1_last_used_date,access_key_1_last_used_service\n\
             <root_account>,arn:aws:iam::100000000001:root,{password},{key},iam\n"
        );
        let path = tree.path("report.csv");
        fs::write(&path, text).unwrap();
        path
    };
    let verdict = |path: &Path| {
        let audit = Audit::of(&tree, &["--credential-report", path.to_str().unwrap()]);
        (audit.verdict().0.to_owned(), audit.run.exit, audit.said["accounts"][0]["contradictions"].as_array().unwrap().len())
    };
    // The record is of 12:00:00; a key's time is good to a quarter of an hour.
    assert_eq!(verdict(&report("no_information", "2026-01-01T12:08:00+00:00")), ("usage".to_owned(), 1, 0));
    assert_eq!(verdict(&report("2026-01-01T15:00:00Z", "2026-01-01T12:08:00Z")), ("contradicted".to_owned(), 1, 1));
    assert_eq!(verdict(&report("2027-01-01T15:00:00Z", "N/A")), ("usage".to_owned(), 1, 0));
}

#[test]
fn a_bucket_has_its_signatures_with_it_and_so_has_a_copy_of_it() {
    let tree = Tree::new();
    let said: Vec<Value> = serde_json::from_slice(&fs::read(tree.path("digest-signatures.json")).unwrap()).unwrap();
    let store = Store::new();
    // The bucket that the digests were delivered to; another would be another place.
    store.load_folder("example-trail", "", tree.folder.path());
    for said in &said {
        let key = said["Key"].as_str().unwrap();
        let metadata = BTreeMap::from([("signature".to_owned(), said["Metadata"]["signature"].as_str().unwrap().to_owned())]);
        store.put_with("example-trail", key, fs::read(tree.path(key)).unwrap(), Put { metadata, ..Put::default() });
    }
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    let keys = tree.path("public-keys.json");
    let audit = |evidence: &Path, case: &str| {
        let mut command = asking(&server);
        command.arg("audit").arg(evidence).args([
            "--from",
            "2026-01-01",
            "--to",
            "2026-01-02T22:00:00Z",
            "--format",
            "json",
            "--public-keys",
        ]);
        Run::of(command.arg(&keys).arg("--case").arg(folder.path().join(case)).output().unwrap())
    };
    let bucket = Path::new("s3://example-trail/AWSLogs/");
    assert_eq!(audit(bucket, "case").exit, 0);
    // What was learnt of the digests is kept too.
    server.clear_requests();
    let again = audit(bucket, "case");
    assert_eq!((again.exit, server.count(Operation::Get)), (0, 0), "{}", again.stdout);
    let copy = folder.path().join("copy");
    assert!(asking(&server).args(["copy", "s3://example-trail/AWSLogs/"]).arg(&copy).output().unwrap().status.success());
    let verified = asking(&server).arg("verify").arg(&copy).arg("--public-keys").arg(&keys).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    assert_eq!(audit(&copy, "of-copy").exit, 0);
    // The same objects in another bucket are not where they were delivered.
    store.load_folder("other-trail", "", tree.folder.path());
    let moved =
        asking(&server).args(["verify", "s3://other-trail/AWSLogs/", "--format", "json", "--public-keys"]).arg(&keys).output().unwrap();
    let moved: Value = serde_json::from_slice(&moved.stdout).unwrap();
    assert!(moved["findings"].as_array().unwrap().iter().any(|finding| finding["kind"] == "moved"));
}

#[test]
fn tampering_with_the_trail_is_listed_beside_the_verdict() {
    let tree = Tree::new();
    let stop = |name: &str, bucket: &str| {
        let role = root(name).replace("\"Root\"", "\"IAMUser\"").replace(":root\"", ":user/mallory\"").replace("ListUsers", name);
        let service = if name == "StopLogging" { "cloudtrail.amazonaws.com" } else { "s3.amazonaws.com" };
        role.replace("iam.amazonaws.com", service)
            .replace("\"requestParameters\":null", &format!("\"requestParameters\":{{\"bucketName\":\"{bucket}\"}}"))
    };
    add(&tree, &stop("StopLogging", "x"));
    add(&tree, &stop("PutBucketPolicy", "example-trail"));
    add(&tree, &stop("DeleteBucketPolicy", "somebody-elses"));
    let audit = Audit::of(&tree, &[]);
    assert_eq!(audit.verdict(), ("zero_proven", 0));
    let names: Vec<_> = audit.said["tampering"].as_array().unwrap().iter().map(|event| event["event_name"].as_str().unwrap()).collect();
    // What takes most away comes first.
    assert_eq!(names, ["StopLogging", "PutBucketPolicy"]);
}

#[test]
fn the_cis_filter_may_be_asked_instead() {
    let tree = Tree::new();
    // A service acting in root's session: use, but not by the filter.
    add(&tree, &root("one").replace("\"accessKeyId\"", "\"invokedBy\":\"cloudformation.amazonaws.com\",\"sessionContext\":{\"attributes\":{\"creationDate\":\"2026-01-01T11:00:00Z\"}},\"accessKeyId\""));
    assert_eq!(Audit::of(&tree, &[]).verdict(), ("usage", 1));
    assert_eq!(Audit::of(&tree, &["--cis"]).verdict(), ("zero_proven", 0));
}

#[test]
fn an_audit_needs_a_period() {
    let folder = tempfile::tempdir().unwrap();
    let run = rootline(["audit".as_ref(), "testdata/takeover".as_ref(), "--case".as_ref(), folder.path().join("c").as_os_str()]);
    assert_eq!(run.exit, 2);
    assert!(run.stderr.contains("--from"), "{}", run.stderr);
}

/// Audits what another audit or a scan made.
fn again(case: &Path, window: [&str; 2], flags: &[&str]) -> (i32, Value, String) {
    let mut command = command();
    command.arg("audit").arg(case).args(["--format", "json", "--from", window[0], "--to", window[1]]).args(flags);
    let run = Run::of(command.output().unwrap());
    (run.exit, serde_json::from_str(&run.stdout).unwrap_or_default(), run.stderr)
}

const WHOLE: [&str; 2] = ["2026-01-01", "2026-01-02T22:00:00Z"];

#[test]
fn approved_use_alone_is_a_verdict_of_its_own() {
    let tree = Tree::new();
    add(&tree, &root("one"));
    let windows = tree.path("windows.csv");
    let approve = |from: &str| {
        let text = format!("accounts,start,end,ticket\n100000000001,2026-01-01T{from}:00:00Z,2026-01-01T14:00:00Z,CHG-1\n");
        fs::write(&windows, text).unwrap();
    };
    let flags = ["--break-glass", windows.to_str().unwrap()];
    approve("11");
    let audit = Audit::of(&tree, &flags);
    assert_eq!(audit.verdict(), ("approved_only", 0));
    assert_eq!((&audit.said["proven"], &audit.said["accounts"][0]["approved"]), (&true.into(), &1.into()));
    assert!(audit.said["given"].as_array().unwrap().iter().any(|given| given["path"].as_str().unwrap().ends_with("windows.csv")));
    let text = fs::read_to_string(audit.case.join("attestation.md")).unwrap();
    assert!(text.contains("lies in a break-glass window") && text.contains("prove that the evidence is complete"), "{text}");
    approve("13");
    assert_eq!(Audit::of(&tree, &flags).verdict(), ("usage", 1));
    // Approved, but whether that is all is not proven.
    approve("11");
    fs::remove_file(&tree.digests()[20]).unwrap();
    assert_eq!(Audit::of(&tree, &flags).verdict(), ("approved_only", 3));
    assert_eq!(Audit::of(&tree, &[&flags[..], &["--require", "observed"]].concat()).verdict(), ("approved_only", 0));
}

#[test]
fn a_finished_case_is_audited_as_its_evidence_was() {
    let tree = Tree::new();
    add(&tree, &root("one"));
    fs::remove_file(&tree.digests()[30]).unwrap();
    let audit = Audit::of(&tree, &[]);
    let (exit, said, _) = again(&audit.case, WHOLE, &[]);
    assert_eq!((said["verdict"].as_str().unwrap(), exit), audit.verdict());
    for part in ["accounts", "findings", "tampering", "inputs", "given", "proven", "verdict"] {
        assert_eq!(said[part], audit.said[part], "{part}");
    }
    // Another window, before the use and the gap: proven from what the first audit found.
    let (exit, said, _) = again(&audit.case, ["2026-01-01", "2026-01-01T11:00:00Z"], &[]);
    assert_eq!((exit, said["verdict"].as_str().unwrap()), (0, "zero_proven"));
    // Of an account that nobody looked at nothing is known.
    let list = tree.path("accounts.txt");
    fs::write(&list, "100000000001\n999999999999\n").unwrap();
    let (exit, said, _) = again(&audit.case, ["2026-01-01", "2026-01-01T11:00:00Z"], &["--accounts", list.to_str().unwrap()]);
    assert_eq!((exit, said["accounts"][1]["cells"]["unknown"].as_u64()), (3, Some(2 * 12)));
    // What the case does not hold it is not asked for.
    let (exit, _, error) = again(&audit.case, ["2025-12-31", "2026-01-01T11:00:00Z"], &[]);
    assert_eq!(exit, 2);
    assert!(error.contains("holds events from 2026-01-01T00:00:00Z to 2026-01-02T22:00:00Z only"), "{error}");
    let (exit, _, error) = again(&audit.case, WHOLE, &["--public-keys", tree.path("public-keys.json").to_str().unwrap()]);
    assert_eq!(exit, 2);
    assert!(error.contains("are for evidence"), "{error}");
}

#[test]
fn the_case_of_a_scan_shows_use_and_proves_nothing() {
    let tree = Tree::new();
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let scan = |flags: &[&str]| {
        let run = Run::of(
            command()
                .arg("scan")
                .arg(tree.path("AWSLogs"))
                .arg("--case")
                .arg(&case)
                .args(["-q", "--replace"])
                .args(flags)
                .output()
                .unwrap(),
        );
        assert_eq!(run.exit, 0, "{}", run.stderr);
    };
    scan(&[]);
    let (exit, said, _) = again(&case, WHOLE, &[]);
    assert_eq!((exit, said["verdict"].as_str().unwrap(), &said["digests_checked"]), (3, "zero_observed", &false.into()));
    let (exit, ..) = again(&case, WHOLE, &["--require", "observed"]);
    assert_eq!(exit, 0);
    add(&tree, &root("one"));
    scan(&[]);
    assert_eq!(again(&case, WHOLE, &[]).0, 1);
    scan(&["--region", "us-east-1"]);
    let (exit, _, error) = again(&case, WHOLE, &[]);
    assert!(exit == 2 && error.contains("some regions only"), "{error}");
}

#[test]
fn an_audit_of_some_regions_is_refused_before_anything_is_read() {
    let tree = Tree::new();
    add(&tree, &root("one"));
    let audit = Audit::of(&tree, &[]);
    let (exit, _, error) = again(&audit.case, WHOLE, &["--region", "eu-west-1"]);
    assert!(exit == 2 && error.contains("root may have been used in any region"), "{error}");
    let evidence = tree.path("AWSLogs");
    let fixed = ["audit", evidence.to_str().unwrap(), "--case", "/nowhere", "--from", WHOLE[0], "--to", WHOLE[1], "--region", "us-east-1"];
    let run = crate::run::rootline(fixed);
    assert!(run.exit == 2 && run.stderr.contains("root may have been used in any region"), "{}", run.stderr);
}

#[test]
fn evidence_needs_a_folder_for_its_case() {
    let run = rootline(["audit", "testdata/takeover", "--from", "2026-01-01", "--to", "2026-01-02"]);
    assert_eq!(run.exit, 2);
    assert!(run.stderr.contains("--case DIR"), "{}", run.stderr);
}
