//! The main job, flags and the case folder.

use crate::run::{Case, command, folder, gzip, log, role_record, root_record, rootline, scan, scan_with, testdata};
use rootline::table::Table;
use std::process::Stdio;

#[test]
fn the_takeover_is_told_whole() {
    let case = scan(testdata("takeover"));
    assert_eq!(case.run.exit, 0, "{}", case.run.stderr);
    assert_eq!(case.run.stderr, "");
    let classes = "about_root 1, attempt 3, direct 34, privileged_session 4, service 3, sign_in 3, via_service 2";
    assert_eq!(case.classes(), classes);
    for (path, count) in [
        ("records.read", 260),
        ("records.labelled", 51),
        ("records.duplicates", 1),
        ("records.conflicts", 0),
        ("root.activities", 50),
        ("root.usage", 43),
        ("root.cis_match", 44),
        ("objects.by_status.read", 25),
        ("objects.by_status.skipped", 1),
    ] {
        assert_eq!(case.count(path), count, "{path}");
    }
    let timeline = case.timeline();
    let times: Vec<_> = (0..timeline.len()).map(|row| timeline.time("event_time", row)).collect();
    assert!(times.is_sorted());
}

#[test]
fn the_summary_for_people_is_the_golden_one() {
    let folder = tempfile::tempdir().unwrap();
    let run = rootline(["scan".as_ref(), testdata("takeover").as_os_str(), "--case".as_ref(), folder.path().join("c").as_os_str()]);
    let text = run.stdout.replace(&folder.path().display().to_string(), "TEMP");
    let seconds = text.find(" in ").unwrap();
    let end = seconds + text[seconds..].find('\n').unwrap();
    insta::assert_snapshot!(text.replace(&text[seconds..end], ""));
}

#[test]
fn window_accounts_and_regions_decide_what_is_in_the_timeline_and_not_what_is_read() {
    let all = scan(testdata("takeover")).count("root.activities");
    let counts = |flags: &[&str]| {
        let case = scan_with(&[testdata("takeover")], flags);
        assert_eq!(case.count("records.read"), 260);
        let (inside, outside) = (case.count("root.activities"), case.count("records.outside_terms"));
        assert_eq!(inside + outside + case.count("records.duplicates"), 51);
        inside
    };
    assert_eq!(counts(&["--from", "2026-03-13", "--to", "2026-03-13"]) + counts(&["--from", "2026-03-14"]), all);
    assert_eq!(counts(&["--account", "444455556666"]) + counts(&["--account", "111122223333"]), all);
    let of_regions = |regions: &[&str]| counts(&regions.iter().flat_map(|region| ["--region", region]).collect::<Vec<_>>());
    let some = of_regions(&["eu-west-1", "ap-southeast-2"]);
    assert_eq!(some, of_regions(&["eu-west-1"]) + of_regions(&["ap-southeast-2"]));
    assert!(some > 0 && some < all, "{some} of {all}");
    assert_eq!(counts(&["--last", "1s"]), 0);
    // A session that AssumeRoot opened is known for one even where the caller's account is left out.
    let member = scan_with(&[testdata("takeover")], &["--account", "111122223333"]);
    assert_eq!(member.count("root.by_class.privileged_session"), 4);
}

#[test]
fn flags_that_make_no_sense_are_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let case = case.to_str().unwrap();
    for flags in [
        &["scan", "testdata/takeover"][..],
        &["scan", "testdata/nowhere", "--case", case],
        &["scan", "testdata/takeover", "--case", case, "--account", "12"],
        &["scan", "testdata/takeover", "--case", case, "--from", "2026-02-02", "--to", "2026-02-01"],
        &["scan", "testdata/takeover", "--case", case, "--last", "1d", "--from", "2026-02-02"],
        &["scan", "-", "-", "--case", case],
        &["scan", "testdata/takeover", "--case", "src"],
        &["show", "testdata"],
    ] {
        let run = rootline(flags);
        assert_eq!(run.exit, 2, "{flags:?}");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert!(!std::path::Path::new(case).exists(), "{flags:?}");
    }
    let run = rootline(["scan", "testdata/takeover", "--case", "src"]);
    assert!(run.stderr.contains("hint: "), "{}", run.stderr);
}

#[test]
fn standard_input_is_evidence_of_any_form() {
    for name in ["records.json.gz", "lines.ndjson", "evidence.tar.gz", "evidence.zip", "lookup-events.json"] {
        let folder = tempfile::tempdir().unwrap();
        let input = std::fs::File::open(testdata("forms").join(name)).unwrap();
        let output = command()
            .args(["scan", "-", "--format", "json", "--case"])
            .arg(folder.path().join("case"))
            .stdin(Stdio::from(input))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}");
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(summary["root"]["activities"].as_u64() >= Some(2), "{name}");
    }
    let nothing = scan_with(&["-"], &[]);
    assert_eq!((nothing.run.exit, nothing.object("stdin").status.as_str()), (3, "damaged"));
}

#[test]
fn a_second_scan_into_the_same_case_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    for (evidence, activities) in [("testdata/takeover", 50), ("testdata/classes", 34)] {
        let run = rootline(["scan".as_ref(), evidence.as_ref(), "--format".as_ref(), "json".as_ref(), "--case".as_ref(), case.as_os_str()]);
        let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(summary["root"]["activities"], activities);
    }
    let mut names: Vec<_> = std::fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".rootline.lock", "manifest.parquet", "summary.json", "timeline.parquet"]);
}

#[test]
fn a_killed_scan_leaves_no_table_and_the_next_one_cleans_up() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    // Standard input that never ends, so that the scan is in the middle of its work for certain.
    let mut child = command().args(["scan", "-", "--case"]).arg(&case).stdin(Stdio::piped()).spawn().unwrap();
    let listed = |case: &std::path::Path| -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(case) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let begun = std::time::Instant::now();
    while listed(&case).iter().filter(|name| name.ends_with(".tmp")).count() < 3 {
        assert!(child.try_wait().unwrap().is_none(), "the scan has ended before it was killed");
        assert!(begun.elapsed().as_secs() < 60, "{:?}", listed(&case));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // While it works, nobody else may.
    let second = rootline(["scan".as_ref(), "testdata/classes".as_ref(), "--case".as_ref(), case.as_os_str()]);
    assert_eq!(second.exit, 2);
    assert!(second.stderr.contains("in use"), "{}", second.stderr);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!listed(&case).iter().any(|name| name.ends_with(".parquet") || name == "summary.json"));
    assert_eq!(rootline(["show".as_ref(), case.as_os_str()]).exit, 2);
    assert_eq!(rootline(["scan".as_ref(), "testdata/classes".as_ref(), "--case".as_ref(), case.as_os_str()]).exit, 0);
    assert!(!listed(&case).iter().any(|name| name.ends_with(".tmp")));
}

#[test]
fn a_folder_of_somebody_else_is_left_alone_whatever_its_files_are_called() {
    let other = folder(&[("timeline.parquet", b"mine"), ("thesis.md", b"mine")]);
    let run = rootline(["scan".as_ref(), "testdata/classes".as_ref(), "--case".as_ref(), other.path().as_os_str()]);
    assert_eq!(run.exit, 2);
    assert_eq!(std::fs::read(other.path().join("timeline.parquet")).unwrap(), b"mine");
}

#[test]
fn the_case_is_not_its_own_evidence() {
    let evidence = folder(&[("a.json", &log(&[root_record("1")]))]);
    let case = evidence.path().join("case");
    let flags = ["--format", "json"];
    for _ in 0..2 {
        let run = rootline([
            "scan".as_ref(),
            evidence.path().as_os_str(),
            "--case".as_ref(),
            case.as_os_str(),
            flags[0].as_ref(),
            flags[1].as_ref(),
        ]);
        let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            summary["objects"]["by_status"],
            serde_json::json!({"read": 1, "partial": 0, "damaged": 0, "skipped": 1, "not_a_log": 0, "unrecognised": 0})
        );
    }
}

#[test]
fn two_trails_that_deliver_the_same_event_make_one_row() {
    let copy = root_record("1");
    let laid_out = copy.replace(",\"", ",\n  \"").replace(":{", " : {");
    let other = root_record("1").replace("ListUsers", "ListRoles");
    let evidence = folder(&[
        ("one.json.gz", &gzip(&log(&[copy.clone(), role_record("2")]))),
        ("two.json", &log(&[laid_out])),
        ("three.json", &log(&[other])),
    ]);
    let case = scan(evidence.path());
    let counts = ["records.duplicates", "records.conflicts", "root.activities"].map(|path| case.count(path));
    assert_eq!(counts, [1, 1, 2]);
    let timeline = case.timeline();
    let flagged: Vec<_> = (0..2).filter_map(|row| timeline.bool("id_conflict", row)).collect();
    assert_eq!(flagged.iter().filter(|flag| **flag).count(), 1);
}

#[test]
fn a_row_holds_the_record_byte_for_byte_and_its_fields() {
    let record = root_record("abc").replace("\"requestParameters\":null", "\"requestParameters\" : { \"b\":1,  \"a\": \"\\u00e9\" }");
    let evidence = folder(&[("log.json", &log(&[role_record("1"), record.clone()]))]);
    let case = scan(evidence.path());
    let timeline = case.timeline();
    let text = |column| timeline.text(column, 0);
    assert_eq!(text("record"), Some(record.as_str()));
    assert_eq!(text("request_parameters"), Some("{ \"b\":1,  \"a\": \"\\u00e9\" }"));
    assert_eq!(text("response_elements"), None);
    assert_eq!(timeline.cell("record_index", 0), rootline::table::Cell::Number(1));
    for (column, value) in [
        ("event_id", "abc"),
        ("account_id", "111122223333"),
        ("class", "direct"),
        ("need", "not_required"),
        ("outcome", "success"),
        ("credential", "long_term_key"),
        ("phase", "discovery"),
        ("technique", "T1087.004"),
        ("source_ip", "203.0.113.7"),
    ] {
        assert_eq!(text(column), Some(value), "{column}");
    }
    assert_eq!(timeline.bool("mfa", 0), None);
}

#[test]
fn objects_are_hashed_when_asked() {
    let case: Case = scan_with(&[testdata("forms/record.json")], &["--hash"]);
    use sha2::Digest as _;
    let expected = hex::encode(sha2::Sha256::digest(std::fs::read(testdata("forms/record.json")).unwrap()));
    assert_eq!(case.manifest().text("sha256", 0), Some(expected.as_str()));
}

#[test]
fn a_table_is_a_data_frame_for_whoever_uses_the_library() {
    let case = scan(testdata("takeover"));
    let timeline = case.timeline();
    let frame = timeline.frame().unwrap();
    assert_eq!((frame.height(), frame.width()), (50, timeline.names().len()));
    let of = |name: &str| frame.column(name).unwrap().dtype().to_string();
    assert_eq!(["event_time", "class", "usage", "copies"].map(of), ["datetime[μs, UTC]", "str", "bool", "u64"]);
    // Rows that are asked for are those of the whole.
    let part = Table::slice(&case.path().join("timeline.parquet"), 7, 5).unwrap();
    let texts =
        |table: &Table, rows: std::ops::Range<usize>| rows.map(|row| table.text("event_id", row).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(&part, 0..5), texts(&timeline, 7..12));
    assert!(Table::slice(&case.path().join("timeline.parquet"), 49, 5).unwrap().len() == 1);
    assert!(Table::columns(&case.path().join("timeline.parquet"), &["nothing"]).is_err());
}
