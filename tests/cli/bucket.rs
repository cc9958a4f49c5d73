//! Evidence in S3: what is listed, what is fetched, what is known from before, and what stops a run.

use crate::run::{Case, command, folder, gzip, log, role_record, root_record};
use crate::s3::{Fault, Operation, Options, Put, Refusal, Server, Store};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The program, asking a server.
pub fn asking(server: &Server) -> Command {
    let mut command = command();
    command.envs(server.environment());
    command
}

/// A scan into a case of its own.
pub fn scan(server: &Server, evidence: &str, flags: &[&str]) -> Case {
    let folder = tempfile::tempdir().unwrap();
    let run = scan_into(server, &folder.path().join("case"), evidence, flags);
    Case { folder, run }
}

pub fn scan_into(server: &Server, case: &Path, evidence: &str, flags: &[&str]) -> crate::run::Run {
    let output = asking(server).args(["scan", evidence, "--format", "json", "--case"]).arg(case).args(flags).output().unwrap();
    crate::run::Run::of(output)
}

/// Starts a command, waits for a file that it makes and some milliseconds more, and kills it.
pub fn kill(command: &mut Command, file: &Path, moment: u64) {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    while !file.exists() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(moment));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// `AWSLogs/ACCOUNT/CloudTrail/REGION/2026/03/DD/...` of a delivery.
pub fn key(account: &str, region: &str, day: u32, number: u32) -> String {
    let (hour, minute) = (number / 12 % 24, number % 12 * 5);
    format!(
        "AWSLogs/{account}/CloudTrail/{region}/2026/03/{day:02}/{account}_CloudTrail_{region}_202603{day:02}T{hour:02}{minute:02}Z_x{number}.json.gz"
    )
}

/// A delivered log of two records, one of them root's, of a day.
pub fn delivered(account: &str, day: u32, number: u32) -> Vec<u8> {
    let of_day = |record: String| {
        record.replace("2026-03-14T02", &format!("2026-03-{day:02}T{:02}", number / 12 % 24)).replace("111122223333", account)
    };
    let id = format!("{account}-{day}-{number}");
    gzip(&log(&[of_day(root_record(&id)), of_day(role_record(&format!("{id}-r")))]))
}

/// A bucket of one account, one region and some days with ten logs each.
pub fn small(days: std::ops::RangeInclusive<u32>) -> Store {
    let store = Store::new();
    for day in days {
        for number in 0..10 {
            let bytes = delivered("111122223333", day, number);
            store.put("trail", &key("111122223333", "us-east-1", day, number), bytes);
        }
    }
    store
}

#[test]
fn one_day_of_one_region_takes_a_handful_of_listings_and_gives_what_the_files_give() {
    let accounts = ["111122223333", "222233334444", "333344445555"];
    let regions = ["us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1"];
    let store = Store::new();
    let tree = tempfile::tempdir().unwrap();
    for account in accounts {
        for day in 1..=30 {
            // The bytes do not depend on the region; their event ids do not matter to what is counted here.
            for number in 0..56 {
                let bytes = delivered(account, day, number);
                for region in regions {
                    store.put("trail", &key(account, region, day, number), bytes.clone());
                }
            }
        }
    }
    assert_eq!(store.keys("trail").len(), 20_160);
    let server = Server::start(&store);
    let window = ["--from", "2026-03-14", "--to", "2026-03-14", "--region", "us-east-1"];
    let case = scan(&server, "s3://trail", &window);
    assert_eq!((case.run.exit, case.run.stderr.as_str()), (0, ""));
    // Whether there is anything; the top; the accounts; the kinds of each account; the days of each.
    assert_eq!(server.count(Operation::List), 1 + 1 + 1 + 3 + 3);
    // The day and the days that late logs may come on, of three accounts.
    assert_eq!(server.count(Operation::Get), 3 * 3 * 56);
    assert_eq!(case.count("root.activities"), 3 * 56);

    // The files of these regions and days, under the names of files.
    for key in
        store.keys("trail").iter().filter(|key| key.contains("/us-east-1/") && ["/13/", "/14/", "/15/"].iter().any(|day| key.contains(day)))
    {
        let path = tree.path().join("trail").join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, store.get("trail", key).unwrap()).unwrap();
    }
    let files = crate::run::scan_with(&[tree.path().join("trail")], &window);
    let start = format!("{}/", tree.path().display());
    let (from_bucket, from_files) = (case.timeline(), files.timeline());
    assert_eq!(from_bucket.len(), from_files.len());
    for row in 0..from_bucket.len() {
        for column in from_bucket.names().iter().filter(|column| **column != "object_uri") {
            assert_eq!(from_bucket.cell(column, row), from_files.cell(column, row), "{column} of row {row}");
        }
        let uri =
            |table: &rootline::table::Table, start: &str| table.text("object_uri", row).unwrap().strip_prefix(start).unwrap().to_owned();
        assert_eq!(uri(&from_bucket, "s3://"), uri(&from_files, &start));
    }

    // And byte for byte where the files are a copy that knows where it came from.
    let copy = tree.path().join("copy");
    let copied = asking(&server).args(["copy", "s3://trail"]).arg(&copy).args(["--region", "us-east-1"]).output().unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let from_copy = crate::run::scan_with(&[copy], &window);
    assert_eq!(from_copy.tables(), case.tables());
}

#[test]
fn accounts_services_and_organisations_are_told_apart() {
    let store = Store::new();
    let log = delivered("111122223333", 14, 0);
    for key in [
        "audit/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/us-east-1/2026/03/14/a.json.gz",
        "audit/AWSLogs/o-a1b2c3d4e5/222233334444/CloudTrail/us-east-1/2026/03/14/b.json.gz",
        "audit/AWSLogs/o-a1b2c3d4e5/111122223333/vpcflowlogs/us-east-1/2026/03/14/flow.log.gz",
        "audit/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-Digest/us-east-1/2026/03/14/d.json.gz",
        "audit/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/us-east-1/2026/02/01/old.json.gz",
        "audit/export/by-hand.json.gz",
        "audit/AWSLogs/export/by-hand.json.gz",
        "other/untouched.json.gz",
    ] {
        store.put("trail", key, log.clone());
    }
    store.put("trail", "audit/folder/", Vec::new());
    let server = Server::start(&store);
    let read = |evidence: &str, flags: &[&str]| -> Vec<String> {
        let case = scan(&server, evidence, flags);
        assert_eq!(case.run.exit, 0, "{}", case.run.stderr);
        let manifest = case.manifest();
        (0..manifest.len()).map(|row| manifest.text("uri", row).unwrap().rsplit_once('/').unwrap().1.to_owned()).collect()
    };
    let window = ["--from", "2026-03-14", "--to", "2026-03-14"];
    assert_eq!(read("s3://trail/audit", &window), ["by-hand.json.gz", "d.json.gz", "a.json.gz", "b.json.gz", "by-hand.json.gz"]);
    let one = ["--account", "222233334444", "--from", "2026-03-01"];
    assert_eq!(read("s3://trail/audit/", &one), ["by-hand.json.gz", "b.json.gz", "by-hand.json.gz"]);
    assert_eq!(read("s3://trail/audit/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/us-east-1/2026/03/", &window), ["a.json.gz"]);
    // An object, the start of names, a folder without its slash, and one location within another.
    assert_eq!(read("s3://trail/other/untouched.json.gz", &window), ["untouched.json.gz"]);
    assert_eq!(read("s3://trail/other/unt", &window), ["untouched.json.gz"]);
    let case = scan(&server, "s3://trail/other", &["s3://trail/other/untouched.json.gz"]);
    assert_eq!(case.count("objects.seen"), 1);
    let case = scan(&server, "s3://trail/audit", &["--account", "222233334444"]);
    assert_eq!(case.summary()["run"]["s3"][0]["accounts_left_out"], 1);
    let case = scan(&server, "s3://trail/audit", &[]);
    assert_eq!(case.summary()["run"]["s3"][0]["services_left_out"][0], "vpcflowlogs");
}

#[test]
fn a_dry_run_reads_nothing_and_says_what_it_would_take() {
    let server = Server::start(&small(10..=20));
    let run = |flags: &[&str]| {
        let output = asking(&server).args(["scan", "s3://trail", "--dry-run"]).args(flags).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let plan: serde_json::Value = serde_json::from_str(&run(&["--format", "json", "--from", "2026-03-14", "--to", "2026-03-14"])).unwrap();
    let part = &plan["sources"][0];
    assert_eq!((&part["objects"], &part["days"], &part["first_day"]), (&30.into(), &3.into(), &"2026-03-13".into()));
    assert_eq!(part["accounts"]["111122223333"]["objects"], 30);
    assert_eq!(part["estimate"]["requests"].as_u64().unwrap(), 30 + part["s3"]["requests"].as_u64().unwrap());
    let text = run(&[]);
    assert!(text.contains("objects   110") && text.contains("days      11") && text.contains("USD 0.00"), "{text}");
    assert_eq!(server.count(Operation::Get), 0);
}

#[test]
fn a_second_scan_fetches_what_is_new_and_gives_what_a_first_one_gives() {
    let store = small(10..=12);
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let again = |flags: &[&str]| {
        server.clear_requests();
        let run = scan_into(&server, &case, "s3://trail", flags);
        assert_eq!(run.exit, 0, "{}", run.stderr);
        let afresh = scan(&server, "s3://trail", flags.iter().filter(|flag| **flag != "--rescan").copied().collect::<Vec<_>>().as_slice());
        let tables = ["timeline.parquet", "manifest.parquet"].map(|name| std::fs::read(case.join(name)).unwrap());
        assert!(tables == afresh.tables(), "{flags:?}");
        let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        // The fresh scan fetched everything.
        (server.count(Operation::Get) - afresh.count("objects.seen"), summary["run"]["recalled"].as_u64().unwrap())
    };
    assert_eq!(again(&[]), (30, 0));
    assert_eq!(again(&[]), (0, 30));
    // Another window of what is known; a new object; one that was replaced; one that went.
    assert_eq!(again(&["--from", "2026-03-12", "--account", "111122223333"]), (0, 20));
    store.put("trail", &key("111122223333", "us-east-1", 13, 1), delivered("111122223333", 13, 1));
    store.put("trail", &key("111122223333", "us-east-1", 12, 1), delivered("111122223333", 12, 77));
    store.remove("trail", &key("111122223333", "us-east-1", 12, 2));
    assert_eq!(again(&[]), (2, 28));
    // A copy of a record elsewhere is folded whichever of the two was known.
    store.put("trail", "AWSLogs/a/first.json.gz", delivered("111122223333", 10, 3));
    assert_eq!(again(&[]), (1, 30));
    assert_eq!(again(&["--rescan"]), (31, 0));
    assert_eq!(again(&["--hash"]), (31, 0));
}

#[test]
fn what_could_not_be_had_is_tried_again() {
    let store = small(10..=10);
    let lost = key("111122223333", "us-east-1", 10, 4);
    store.refuse("trail", &lost, Refusal::AccessDenied);
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    assert_eq!(scan_into(&server, &case, "s3://trail", &[]).exit, 3);
    store.allow("trail", &lost);
    server.clear_requests();
    assert_eq!(scan_into(&server, &case, "s3://trail", &[]).exit, 0);
    assert_eq!(server.count(Operation::Get), 1);
}

#[test]
fn a_scan_that_is_killed_loses_only_what_it_was_at() {
    let store = small(1..=20);
    let server = Server::start(&store);
    let whole = scan(&server, "s3://trail", &[]);
    for moment in [60, 140, 220, 300, 420] {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("case");
        server.set_faults(|seen, _| (seen.operation == Operation::Get).then_some(Fault::Delay(Duration::from_millis(20))));
        let mut scan = asking(&server);
        scan.args(["scan", "s3://trail", "--concurrency", "8", "--case"]).arg(&case);
        kill(&mut scan, &case.join("objects.journal"), moment);
        server.clear_faults();
        server.clear_requests();
        let run = scan_into(&server, &case, "s3://trail", &[]);
        let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(server.count(Operation::Get) + summary["run"]["recalled"].as_u64().unwrap(), 200);
        let tables = ["timeline.parquet", "manifest.parquet"].map(|name| std::fs::read(case.join(name)).unwrap());
        assert!(tables == whole.tables(), "killed after {moment} ms");
    }
}

#[test]
fn conversions_read_buckets_too() {
    let server = Server::start(&small(10..=12));
    let out = tempfile::tempdir().unwrap();
    let run = asking(&server).args(["convert", "s3://trail", "--format", "json", "--out"]).arg(out.path().join("out")).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let summary: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!((&summary["records"]["written"], &summary["files"]), (&60.into(), &3.into()));
}

#[test]
fn files_and_buckets_are_read_together() {
    let store = small(10..=10);
    store.put("other-trail", "lone.json.gz", delivered("222233334444", 10, 1));
    let server = Server::start(&store);
    let disk = folder(&[("a.json.gz", &delivered("333344445555", 10, 1))]);
    let case = scan(&server, "s3://trail", &["s3://other-trail/", disk.path().to_str().unwrap()]);
    assert_eq!((case.run.exit, case.count("objects.seen"), case.count("root.activities")), (0, 12, 12));
    assert_eq!(case.summary()["run"]["s3"].as_array().unwrap().len(), 2);
}

#[test]
fn what_makes_a_bucket_unreachable_stops_the_run_with_a_hint() {
    let store = small(10..=10);
    store.bucket("empty-bucket");
    store.put("far-away", "a.json", b"{}".to_vec());
    store.set_region("far-away", "eu-west-1");
    store.put("shut", "a.json", b"{}".to_vec());
    store.deny_listing("shut", "");
    store.put("payer", "a.json", b"{}".to_vec());
    store.set_requester_pays("payer");
    store.put("owned", "a.json", b"{}".to_vec());
    store.set_owner("owned", "111122223333");
    let server = Server::start(&store);
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let refused = |evidence: &str, flags: &[&str], environment: &[(&str, &str)]| {
        let mut command = asking(&server);
        command.args(["scan", evidence, "--read-timeout", "1s", "--case"]).arg(&case).args(flags);
        for (name, value) in environment {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        let run = crate::run::Run::of(command.output().unwrap());
        assert_eq!((run.exit, run.stdout.as_str()), (2, ""), "{evidence}: {}", run.stderr);
        assert!(!case.exists());
        assert!(run.stderr.lines().count() == 2 && run.stderr.contains("\nhint: "), "{}", run.stderr);
        run.stderr
    };
    assert!(refused("s3://no-such-bucket/x", &[], &[]).contains("no bucket `no-such-bucket`"));
    assert!(refused("s3://trail/AWSLogs/999999999999", &[], &[]).contains("nothing at `s3://trail/AWSLogs/999999999999`"));
    assert!(refused("s3://empty-bucket", &[], &[]).contains("nothing at"));
    assert!(refused("s3://shut", &[], &[]).contains("access to `s3://shut/` is denied"));
    assert!(refused("s3://payer", &[], &[]).contains("--request-payer"));
    assert!(refused("s3://owned", &["--expected-bucket-owner", "999999999999"], &[]).contains("denied"));
    assert!(refused("s3://", &[], &[]).contains("not an S3 location"));
    assert!(refused("s3://far-away", &["--aws-region", "us-west-2"], &[]).contains("give `--aws-region eu-west-1`"));
    assert!(refused("s3://trail", &[], &[("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE")]).contains("refused: InvalidAccessKeyId"));
    assert!(refused("s3://trail", &[], &[("AWS_SECRET_ACCESS_KEY", "wrong")]).contains("refused: SignatureDoesNotMatch"));
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    assert!(refused("s3://trail", &[], &none).contains("no AWS credentials"));
    assert!(refused("s3://trail", &["--no-sign-request"], &none).contains("denied"));
    assert!(refused("s3://trail", &[], &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]).contains("cannot reach"));
    let to_bucket = asking(&server).args(["scan", "testdata/takeover", "--case", "s3://trail/case"]).output().unwrap();
    assert_eq!(to_bucket.status.code(), Some(2));
    assert!(!Path::new("s3:").exists());
}

#[test]
fn buckets_are_reached_by_whatever_it_takes() {
    let store = small(10..=10);
    store.put("far-away", "a.json.gz", delivered("111122223333", 10, 1));
    store.set_region("far-away", "eu-west-1");
    store.put("payer", "a.json.gz", delivered("111122223333", 10, 1));
    store.set_requester_pays("payer");
    store.set_owner("payer", "111122223333");
    let server = Server::start_with(&store, Options { anonymous: true, ..Options::default() });
    for (evidence, flags) in [
        // The region is found out where nobody gave one on the command line.
        ("s3://far-away", &[][..]),
        ("s3://payer", &["--request-payer", "--expected-bucket-owner", "111122223333"]),
        ("s3://trail", &["--no-sign-request"]),
        ("s3://trail", &["--concurrency", "1"]),
    ] {
        let case = scan(&server, evidence, flags);
        assert_eq!(case.run.exit, 0, "{evidence}: {}", case.run.stderr);
        assert!(case.count("root.activities") > 0);
    }
}

#[test]
fn objects_that_cannot_be_had_are_named_and_the_rest_goes_on() {
    let store = small(10..=10);
    let keys: Vec<String> = (0..6).map(|number| key("111122223333", "us-east-1", 10, number)).collect();
    store.refuse("trail", &keys[0], Refusal::AccessDenied);
    store.refuse("trail", &keys[1], Refusal::KmsDenied);
    store.refuse("trail", &keys[2], Refusal::Gone);
    let archived = Put { storage_class: Some("DEEP_ARCHIVE".to_owned()), ..Put::default() };
    store.put_with("trail", &keys[3], delivered("111122223333", 10, 3), archived);
    store.put("trail", "AWSLogs/444455556666/CloudTrail/us-east-1/2026/03/10/x.json.gz", b"".to_vec());
    store.deny_listing("trail", "AWSLogs/444455556666/");
    let server = Server::start(&store);
    let case = scan(&server, "s3://trail", &[]);
    assert_eq!(case.run.exit, 3);
    for (key, reason) in [
        (keys[0].as_str(), "access denied"),
        (&keys[1], "KMS denies decryption"),
        (&keys[2], "no longer there"),
        (&keys[3], "restore-object"),
        ("AWSLogs/444455556666/", "listing failed: access denied"),
    ] {
        let object = case.object(key);
        assert_eq!(object.status, "damaged");
        assert!(object.reason.contains(reason), "{}", object.reason);
    }
    assert_eq!(case.count("root.activities"), 6);
}
