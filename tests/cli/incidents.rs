//! Incidents of a case, break-glass windows, and what a case keeps of them.

use crate::run::{Case, Run, folder, log, root_record, rootline, scan, scan_with, testdata};
use rootline::table::Table;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// `rootline incidents` of a case.
fn incidents(case: &Path, flags: &[&str]) -> Run {
    rootline([&["incidents", case.to_str().unwrap()], flags].concat())
}

fn json(case: &Path, flags: &[&str]) -> Value {
    let run = incidents(case, &[&["--format", "json"], flags].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

/// The names of an incident's signals.
fn signals(incident: &Value) -> Vec<&str> {
    incident["signals"].as_array().unwrap().iter().map(|signal| signal["name"].as_str().unwrap()).collect()
}

fn windows(case: &Case, text: &str) -> PathBuf {
    let path = case.folder.path().join("windows");
    fs::write(&path, text).unwrap();
    path
}

const WINDOWS: &str = r#"
[[window]]
accounts = ["111122223333"]
start = 2026-03-14T05:00:00Z
end = 2026-03-14T06:00:00Z
ticket = "CHG-7"
addresses = ["198.51.100.0/24"]

[[window]]
accounts = ["444455556666"]
start = 2026-03-13T09:00:00Z
end = 2026-03-13T11:00:00Z
ticket = "CHG-8"
actions = ["account:*", "billingconsole:Get*"]
mfa = true

[[window]]
accounts = ["444455556666"]
start = 2026-03-13T10:30:00Z
end = 2026-03-13T12:00:00Z
ticket = "DRILL-1"
"#;

#[test]
fn the_story_of_the_test_data_is_three_incidents() {
    let case = scan(testdata("takeover"));
    let run = incidents(&case.path(), &[]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("incidents", run.stdout);
    let run = incidents(&case.path(), &["--incident", "444455556666-20260313T095614Z"]);
    insta::assert_snapshot!("incident", run.stdout);
    // The timeline names them, and everything else in it is as it was.
    let before = scan(testdata("takeover")).timeline();
    let after = case.timeline();
    assert_eq!((before.names(), before.len()), (after.names(), after.len()));
    let review = ["incident_id", "session_id", "break_glass", "break_glass_reason"];
    for column in before.names() {
        let same = (0..before.len()).all(|row| before.cell(column, row) == after.cell(column, row));
        assert_eq!(same, !matches!(column, "incident_id" | "session_id"), "{column}");
    }
    let placed = (0..after.len()).filter(|row| after.text(review[0], *row).is_some()).count();
    // 43 uses and 3 attempts; services and others are in none.
    assert_eq!(placed, 46);
    let table = Table::read(&case.path().join("incidents.parquet")).unwrap();
    assert_eq!((table.len(), table.text("detection", 0), table.text("break_glass", 0)), (3, None, None));
}

#[test]
fn approved_use_is_told_from_use_out_of_scope_and_unapproved_use() {
    let case = scan(testdata("takeover"));
    let path = windows(&case, WINDOWS);
    let flags = ["--break-glass", path.to_str().unwrap()];
    let run = incidents(&case.path(), &flags);
    assert_eq!(run.exit, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("3 break-glass windows, 1 of them never used") && run.stdout.contains("overlap: CHG-8 and DRILL-1"),
        "{}",
        run.stdout
    );
    let table = Table::read(&case.path().join("incidents.parquet")).unwrap();
    let verdicts: Vec<_> = (0..3).map(|row| (table.text("break_glass", row).unwrap(), table.text("tickets", row).unwrap())).collect();
    assert_eq!(verdicts, [("unapproved", "[]"), ("approved", r#"["CHG-7"]"#), ("approved", r#"["CHG-8"]"#)]);
    // The windows are kept with the case.
    assert!(incidents(&case.path(), &[]).stdout.contains("CHG-8"));
    // Narrower terms, and the reason at every record.
    let narrow = WINDOWS.replace("account:*", "account:Get*").replace("198.51.100.0/24", "198.51.100.99");
    fs::write(&path, narrow).unwrap();
    let said = json(&case.path(), &flags);
    let verdicts: Vec<_> = said["incidents"].as_array().unwrap().iter().map(|incident| incident["break_glass"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["unapproved", "out_of_scope", "out_of_scope"]);
    let timeline = case.timeline();
    let reason = |name: &str| {
        let row = (0..timeline.len()).find(|row| timeline.text("event_name", *row) == Some(name)).unwrap();
        (timeline.text("break_glass", row).unwrap().to_owned(), timeline.text("break_glass_reason", row).map(str::to_owned))
    };
    assert_eq!(reason("GetContactInformation"), ("approved".to_owned(), None));
    assert_eq!(
        reason("PutContactInformation"),
        ("out_of_scope".to_owned(), Some("CHG-8: `account:PutContactInformation` is not an allowed action".to_owned()))
    );
    assert_eq!(reason("StopLogging").0, "unapproved");
}

#[test]
fn windows_are_kept_until_they_are_forgotten_and_never_lost_in_silence() {
    let case = scan(testdata("takeover"));
    let path = windows(&case, WINDOWS);
    incidents(&case.path(), &["--break-glass", path.to_str().unwrap()]);
    let run = incidents(&case.path(), &["--no-break-glass"]);
    assert!(run.exit == 0 && !run.stdout.contains("CHG-8"), "{}", run.stdout);
    assert!(!incidents(&case.path(), &[]).stdout.contains("CHG-8"));
    incidents(&case.path(), &["--break-glass", path.to_str().unwrap()]);
    let review = case.path().join("incidents.json");
    let text = fs::read(&review).unwrap();
    fs::write(&review, &text[..text.len() / 2]).unwrap();
    let case_path = case.path();
    let case_path = case_path.to_str().unwrap();
    for command in
        [&["incidents", case_path][..], &["study", case_path], &["replay", case_path, "--pattern", "{ $.a = 1 }"], &["detect", case_path]]
    {
        let run = crate::run::rootline(command);
        assert_eq!(run.exit, 2, "{command:?}: {}", run.stdout);
        assert!(
            run.stderr.contains("the last review of the case cannot be read") && run.stderr.contains("hint: remove the file"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_file_of_windows_that_is_none_is_refused_with_the_reason() {
    let case = scan(testdata("takeover"));
    let path = windows(&case, &WINDOWS.replace("2026-03-14T06", "2026-03-14T04"));
    let run = incidents(&case.path(), &["--break-glass", path.to_str().unwrap()]);
    assert_eq!(run.exit, 2);
    assert!(run.stderr.contains("window 1: it ends (2026-03-14T04:00:00Z) before it starts"), "{}", run.stderr);
    assert!(!case.path().join("incidents.parquet").exists());
}

#[test]
fn shuffled_records_in_other_objects_give_the_same_incidents() {
    let record = |number: usize| {
        let time = format!("2026-03-14T{:02}:{:02}:{:02}Z", number * 7 % 24, number * 13 % 60, number % 60);
        let key = format!("AKIA{}EXAMPLE", number % 3);
        root_record(&format!("e{number:03}")).replace("2026-03-14T02:00:00Z", &time).replace("AKIAIOSFODNN7EXAMPLE", &key)
    };
    let records: Vec<String> = (0..200).map(record).collect();
    let mut shuffled = records.clone();
    fastrand::Rng::with_seed(7).shuffle(&mut shuffled);
    let one = folder(&[("a.json", &log(&records))]);
    let many = folder(&[("a.json", &log(&shuffled[..20])), ("b.json", &log(&shuffled[20..150])), ("c.json", &log(&shuffled[150..]))]);
    let table = |evidence: &Path, threads: &str| {
        let case = scan_with(&[evidence], &["--threads", threads]);
        assert_eq!(incidents(&case.path(), &["-q", "--incident-gap", "10m", "--idle-gap", "5m"]).exit, 0);
        fs::read(case.path().join("incidents.parquet")).unwrap()
    };
    let expected = table(one.path(), "1");
    assert!(table(many.path(), "1") == expected && table(many.path(), "2") == expected);
}

#[test]
fn what_stands_on_incidents_goes_when_they_are_made_again() {
    let case = scan(testdata("takeover"));
    let there = |name: &str| case.path().join(name).exists();
    assert_eq!(rootline(["detect", case.path().to_str().unwrap(), "-q"]).exit, 0);
    assert!(there("detection.parquet") && there("incidents.parquet"));
    assert_eq!(incidents(&case.path(), &["-q", "--incident-gap", "1s"]).exit, 0);
    assert!(!there("detection.parquet") && there("incidents.json"));
    // The terms of the last review hold until others are given.
    let number = |flags: &[&str]| json(&case.path(), flags)["incidents"].as_array().unwrap().len();
    let (narrow, usual) = (number(&[]), number(&["--incident-gap", "60m"]));
    assert!(narrow > usual && usual == 3, "{narrow} {usual}");
    assert_eq!(rootline(["scan", "testdata/classes", "-q", "--replace", "--case", case.path().to_str().unwrap()]).exit, 0);
    assert!(!there("incidents.parquet") && !there("incidents.json"));
}

#[test]
fn what_cannot_be_shown_is_said() {
    let case = scan(testdata("takeover"));
    let run = incidents(&case.path(), &["--incident", "nothing"]);
    assert_eq!(run.exit, 2);
    assert!(run.stderr.contains("no incident `nothing`"), "{}", run.stderr);
    let nowhere = tempfile::tempdir().unwrap();
    let run = incidents(nowhere.path(), &[]);
    assert_eq!(run.exit, 2);
    assert!(run.stderr.contains("hint: run `rootline scan"), "{}", run.stderr);
    let quiet = folder(&[("a.json", &log(&[]))]);
    let case = scan(quiet.path());
    let run = incidents(&case.path(), &[]);
    assert_eq!(
        (run.exit, &*run.stdout),
        (3, "in all    0 incidents of root use\nbasis     the case holds no CloudTrail record, so nothing can be said of root\n")
    );
}

#[test]
fn hostile_text_is_disarmed() {
    let agent = r#"\u001b]0;owned\u0007\u202e"#;
    let record = |id: &str| root_record(id).replace("aws-cli/2", agent).replace("203.0.113.7", agent).replace("ListUsers", agent);
    let evidence = folder(&[("a.json", &log(&[record("1"), record("2")]))]);
    let case = scan(evidence.path());
    let id = json(&case.path(), &[])["incidents"][0]["incident_id"].as_str().unwrap().to_owned();
    for run in [incidents(&case.path(), &[]), incidents(&case.path(), &["--incident", &id])] {
        assert!(!run.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", run.stdout);
    }
}

#[test]
fn the_published_takeover_is_one_incident_and_the_victims_use_others() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/takeover");
    if !data.is_dir() {
        return crate::run::skip("no reference data beside the project");
    }
    let case = scan(&data);
    let said = json(&case.path(), &[]);
    let all = said["incidents"].as_array().unwrap();
    let days: Vec<_> = all.iter().map(|incident| &incident["first_event_time"].as_str().unwrap()[..10]).collect();
    assert_eq!(days, ["2020-10-15", "2020-10-16", "2020-10-27", "2020-11-01"]);
    let attacker = &all[3];
    let count = |name: &str| attacker[name].as_u64().unwrap();
    assert_eq!(["attempts_before", "usage", "denied", "writes"].map(count), [6, 12, 1, 10]);
    assert_eq!(
        signals(attacker),
        ["failed_sign_ins", "new_address", "new_client", "no_mfa", "persistence", "privilege_escalation", "logging_tampered"]
    );
    let supporting = |name: &str| -> Vec<String> {
        let signal = attacker["signals"].as_array().unwrap().iter().find(|signal| signal["name"] == name).unwrap();
        let records = signal["supported_by"].as_array().unwrap().iter();
        records.map(|record| format!("{} {}", record["action"].as_str().unwrap(), record["outcome"].as_str().unwrap())).collect()
    };
    assert_eq!(supporting("logging_tampered"), ["cloudtrail:StopLogging denied"]);
    assert_eq!(supporting("failed_sign_ins"), ["signin:ConsoleLogin failed"; 6]);
    let persistence = supporting("persistence");
    assert!(["iam:CreateAccessKey success", "iam:CreateUser success"].iter().all(|call| persistence.iter().any(|made| made == call)));
    for victim in &all[..3] {
        assert_eq!(victim["attempts_before"], 0);
        assert!(!signals(victim).contains(&"new_address"));
    }
}
