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
    let rows = |flags: &[&str]| -> Vec<serde_json::Value> {
        show(&case, &[&["--format", "jsonl"], flags].concat()).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = rows(&[]);
    assert_eq!(all.len(), 50);
    // The rows that each chooses are those of all that it is about, in their order.
    type Test = fn(&serde_json::Value) -> bool;
    let chosen: [(&[&str], usize, Test); 4] = [
        (&["--usage-only"], 43, |row| row["usage"] == true),
        (&["--class", "attempt", "--class", "service"], 6, |row| row["class"] == "attempt" || row["class"] == "service"),
        (&["--account", "444455556666"], 6, |row| row["account_id"] == "444455556666"),
        (&["--to", "2026-03-13"], 5, |row| row["event_time"].as_str().unwrap() < "2026-03-14"),
    ];
    for (flags, number, is_chosen) in chosen {
        let expected: Vec<_> = all.iter().filter(|row| is_chosen(row)).cloned().collect();
        assert_eq!((expected.len(), rows(flags)), (number, expected), "{flags:?}");
    }
    assert_eq!(rows(&["--limit", "3"]), all[..3]);
    assert_eq!(show(&case, &["--account", "444455556666", "--class", "federated"]), "no activities\n");
}

#[test]
fn csv_and_lines_hold_every_column() {
    let case = scan(testdata("takeover"));
    let columns = case.timeline().names().len();
    let text = show(&case, &["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(headers.len(), columns);
    let lines = show(&case, &["--format", "jsonl"]);
    let mut rows = 0;
    for (record, line) in reader.records().zip(lines.lines()) {
        let (record, line): (_, serde_json::Value) = (record.unwrap(), serde_json::from_str(line).unwrap());
        assert_eq!(line.as_object().unwrap().len(), columns);
        // Both say the same under each name, and what the record itself says.
        for (name, cell) in headers.iter().zip(&record) {
            let said = match &line[name] {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), said, "{name}");
        }
        let delivered: serde_json::Value = serde_json::from_str(line["record"].as_str().unwrap()).unwrap();
        for (column, member) in [
            ("event_time", "eventTime"),
            ("event_id", "eventID"),
            ("region", "awsRegion"),
            ("event_source", "eventSource"),
            ("event_name", "eventName"),
            ("source_ip", "sourceIPAddress"),
            ("user_agent", "userAgent"),
            ("recipient_account_id", "recipientAccountId"),
        ] {
            assert_eq!(line[column], delivered[member], "{column}");
        }
        for (column, member) in
            [("identity_account_id", "accountId"), ("arn", "arn"), ("user_name", "userName"), ("access_key_id", "accessKeyId")]
        {
            let text = delivered["userIdentity"][member].as_str().filter(|text| !text.is_empty());
            assert_eq!(line[column].as_str(), text, "{column}");
        }
        rows += 1;
    }
    assert_eq!((rows, lines.lines().next().unwrap().contains("2026-03-13T09:56:14Z")), (50, true));
}

#[test]
fn hostile_text_is_disarmed_in_every_output() {
    let agent = r#"=cmd|'/c calc'!A1\u001b]0;owned\u0007\u202e\u009b"#;
    let evidence = folder(&[("log.json", &log(&[root_record("1").replace("aws-cli/2", agent)]))]);
    let case = scan(evidence.path());
    let (csv, lines) = (show(&case, &["--format", "csv"]), show(&case, &["--format", "jsonl"]));
    assert!(csv.contains("'=cmd|") && !csv.contains(",=cmd|"));
    for text in [&show(&case, &[]), &csv, &lines] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}']), "{text}");
    }
    // In JSON nothing is lost by that.
    let line: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(line["user_agent"], "=cmd|'/c calc'!A1\u{1b}]0;owned\u{7}\u{202e}\u{9b}");
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
