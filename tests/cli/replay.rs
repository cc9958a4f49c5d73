//! Metric filters and alarms, played over a case.

use crate::run::{Run, command, rootline, scan, testdata};
use rootline::pattern::Pattern;
use rootline::record::Parser;
use rootline::table::Table;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const CIS: &str = r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#;

fn replay(case: &Path, flags: &[&str]) -> Run {
    rootline([&["replay", case.to_str().unwrap()], flags].concat())
}

#[test]
fn the_filter_that_cis_asks_for_rings_late_and_misses_what_services_did_in_roots_session() {
    let case = scan(testdata("takeover"));
    let run = replay(&case.path(), &["--pattern", CIS]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("cis", run.stdout);
    let run = replay(&case.path(), &["--pattern", CIS, "--threshold", "1000", "--format", "json"]);
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.exit, &said["filters"][0]["incidents"][0]["outcome"]), (1, &"never".into()));
}

#[test]
fn a_chain_that_ends_before_anybody_hears_is_said() {
    let case = scan(testdata("takeover"));
    let path = case.folder.path().join("filters.json");
    let filters = serde_json::json!({"metricFilters": [{"filterName": "root-usage", "filterPattern": CIS, "logGroupName": "trail",
        "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}]});
    fs::write(&path, filters.to_string()).unwrap();
    let run = replay(&case.path(), &["--configuration", path.to_str().unwrap()]);
    assert_eq!(run.exit, 1);
    assert!(run.stdout.contains("no alarm watches its metric") && run.stdout.contains("41 of 43"), "{}", run.stdout);
}

#[test]
fn a_pattern_that_cannot_be_read_is_refused_with_its_place() {
    let case = scan(testdata("takeover"));
    let run = replay(&case.path(), &["--pattern", "{ $.userIdentity.type EXISTS }"]);
    assert_eq!(run.exit, 2);
    assert!(run.stderr.contains("column") && run.stderr.contains("hint: "), "{}", run.stderr);
    let run = replay(&case.path(), &[]);
    assert!(run.exit == 2 && run.stderr.contains("--pattern"), "{}", run.stderr);
}

/// Converts evidence with every record and compares the pattern with the column; gives how many records there were and how many matched.
fn compared(evidence: &[PathBuf]) -> (usize, usize) {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("out");
    let run = Run::of(command().arg("convert").args(evidence).arg("--out").arg(&folder).args(["--record", "-q"]).output().unwrap());
    assert!([0, 3].contains(&run.exit), "{}", run.stderr);
    let pattern = Pattern::parse(CIS).unwrap();
    let (mut records, mut matched) = (0, 0);
    for entry in walkdir::WalkDir::new(folder.join("records")).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file()) {
        let table = Table::columns(entry.path(), &["record", "cis_match", "degraded"]).unwrap();
        for row in (0..table.len()).filter(|row| table.bool("degraded", *row) == Some(false)) {
            let text = table.text("record", row).unwrap();
            let says = Parser::default().with(text.as_bytes(), |value| pattern.matches(value)).unwrap();
            assert_eq!(Some(says), table.bool("cis_match", row), "{text}");
            records += 1;
            matched += usize::from(says);
        }
    }
    (records, matched)
}

#[test]
fn the_cis_pattern_says_what_the_label_says_of_every_record() {
    assert_eq!(compared(&[testdata("takeover")]), (250, 44));
    let corpus = tempfile::tempdir().unwrap();
    let folder = corpus.path().join("corpus");
    assert_eq!(rootline(["corpus", folder.to_str().unwrap(), "--size", "2MB", "--root", "0.2"]).exit, 0);
    let (records, matched) = compared(&[folder]);
    assert!(records > 1000 && matched > 100, "{records} {matched}");
    let Some(sets) = crate::reference::sets() else { return };
    let (records, matched) = compared(&sets);
    assert!(records > 5000 && matched == 31, "{records} {matched}");
}
