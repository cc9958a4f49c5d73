//! The timeline on the terminal and for other programs.

use crate::run::{Case, command, folder, log, root_record, rootline, scan, testdata};
use std::io::Read as _;
use std::process::Stdio;

fn show(case: &Case, flags: &[&str]) -> String {
    let path = case.path();
    let run = rootline([&["show", path.to_str().unwrap()], flags].concat());
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    run.stdout
}

#[test]
fn the_table_for_people_is_the_golden_one() {
    insta::assert_snapshot!(show(&scan(testdata("takeover")), &["--from", "2026-03-14T02:00:00Z", "--to", "2026-03-14T02:20:00Z"]));
}

#[test]
fn filters_choose_rows() {
    let case = scan(testdata("takeover"));
    let lines = |flags: &[&str]| show(&case, &[&["--format", "jsonl"], flags].concat()).lines().count();
    assert_eq!(lines(&[]), 50);
    assert_eq!(lines(&["--usage-only"]), 43);
    assert_eq!(lines(&["--class", "attempt", "--class", "service"]), 6);
    assert_eq!(lines(&["--account", "444455556666"]), 6);
    assert_eq!(lines(&["--limit", "3"]), 3);
    assert_eq!(lines(&["--to", "2026-03-13"]), 5);
    assert_eq!(show(&case, &["--account", "444455556666", "--class", "federated"]), "no activities\n");
}

#[test]
fn csv_and_lines_hold_every_column() {
    let case = scan(testdata("takeover"));
    let columns = case.timeline().names().len();
    let text = show(&case, &["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap().len(), columns);
    assert_eq!(reader.records().filter(Result::is_ok).count(), 50);
    let line: serde_json::Value = serde_json::from_str(show(&case, &["--format", "jsonl"]).lines().next().unwrap()).unwrap();
    assert_eq!(line.as_object().unwrap().len(), columns);
    assert_eq!(line["event_time"], "2026-03-13T09:56:14Z");
}

#[test]
fn hostile_text_is_disarmed_in_every_output() {
    let agent = r#"=cmd|'/c calc'!A1\u001b]0;owned\u0007\u202e"#;
    let evidence = folder(&[("log.json", &log(&[root_record("1").replace("aws-cli/2", agent)]))]);
    let case = scan(evidence.path());
    let csv = show(&case, &["--format", "csv"]);
    assert!(csv.contains("'=cmd|") && !csv.contains(",=cmd|"));
    for text in [show(&case, &[]), show(&case, &["--format", "jsonl"])] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'));
    }
    assert!(!show(&case, &[]).contains('\u{202e}'));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let case = scan(testdata("takeover"));
    let mut child =
        command().arg("show").arg(case.path()).args(["--format", "jsonl"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
