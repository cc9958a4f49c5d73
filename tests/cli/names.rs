//! Names that are misspelt: accounts, regions and windows that are not there are said, with what is there, and nothing of a list is passed over.

use crate::run::{Run, folder, log, root_record, rootline, scan, scan_with, testdata};
use std::path::Path;

fn run(arguments: &[&str]) -> Run {
    rootline(arguments)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_list_that_a_spreadsheet_has_changed_is_refused_by_line_with_what_to_do() {
    let given = folder(&[
        ("list.csv", b"account,name\n111122223333,a\n1111222233,zeros lost\n1.11122E+11,rounded\n"),
        (
            "windows.csv",
            b"account,start,end\n*,2026-04-01T00:00:00Z,2026-04-02T00:00:00Z\n1111222233,2026-04-01T00:00:00Z,2026-04-02T00:00:00Z\n",
        ),
    ]);
    let (list, windows) = (given.path().join("list.csv"), given.path().join("windows.csv"));
    let (results, case) = (tempfile::tempdir().unwrap(), scan(testdata("takeover")));
    let (new, case) = (results.path().join("case"), case);
    let audit: &[&str] =
        &["audit", "testdata/takeover", "--case", text(&new), "--from", "2026-03-01", "--to", "2026-03-31", "--accounts", text(&list)];
    for (arguments, lines) in [
        (audit, &["line 3: `1111222233`", "line 4: `1.11122E+11`"][..]),
        (&["study", text(&case.path()), "--accounts", text(&list)], &["line 3: `1111222233`", "line 4: `1.11122E+11`"]),
        (&["incidents", text(&case.path()), "--break-glass", text(&windows)], &["line 3): `1111222233`"]),
    ] {
        let run = run(arguments);
        assert_eq!(run.exit, 2, "{}", run.stderr);
        assert!(lines.iter().all(|line| run.stderr.contains(line)) && run.stderr.contains(".csv`"), "{}", run.stderr);
        assert!(run.stderr.contains("hint: ") && run.stderr.contains("leading zeros"), "{}", run.stderr);
    }
    assert!(!new.exists() && !case.path().join("incidents.json").exists());
}

#[test]
fn an_account_flag_takes_what_is_unambiguous_and_explains_what_is_not() {
    let case = scan(testdata("takeover"));
    for (account, shown) in [
        ("4444-5555-6666", true),
        ("'444455556666", true),
        ("44445555666", false),
        ("4.44456E+11", false),
        ("arn:aws:iam::444455556666:root", false),
    ] {
        let run = run(&["show", text(&case.path()), "--account", account, "--format", "jsonl"]);
        assert_eq!((run.exit, run.stdout.lines().count()), if shown { (0, 6) } else { (2, 0) }, "{account}: {}", run.stderr);
        assert!(shown || run.stderr.contains("hint: "), "{}", run.stderr);
    }
}

#[test]
fn a_look_at_a_case_for_what_it_does_not_hold_says_what_it_holds() {
    let case = scan(testdata("takeover"));
    let path = case.path();
    let pattern: &[&str] = &["--pattern", "{ $.userIdentity.type = \"Root\" }"];
    for (command, more) in [("show", &[][..]), ("incidents", &[]), ("replay", pattern), ("trace", &[])] {
        for asked in [
            &["--account", "123456789012"][..],
            &["--account", "111122223333", "--account", "123456789012"],
            &["--from", "2027-03-14"],
            &["--to", "2025-03-14"],
            &["--from", "2026-03-16", "--to", "2026-03-20"],
        ] {
            let run = run(&[&[command, text(&path)], more, asked].concat());
            assert_eq!((run.exit, &*run.stdout), (2, ""), "{command} {asked:?}: {}", run.stderr);
            let held = "the case holds 2026-03-13 to 2026-03-15, accounts 111122223333, 444455556666, regions ";
            assert!(run.stderr.contains(held), "{command} {asked:?}: {}", run.stderr);
            assert!(!asked.contains(&"123456789012") || run.stderr.contains("`123456789012`"), "{}", run.stderr);
        }
    }
    for start in
        [["--from-event", "nothing"], ["--from-key", "AKIAIOSFODNN7EXAMPL"], ["--from-principal", "arn:aws:iam::111122223333:user/nobody"]]
    {
        let run = run(&[&["trace", text(&path)][..], &start].concat());
        assert!(run.exit == 2 && run.stderr.contains(start[1]) && run.stderr.contains("the case holds "), "{}", run.stderr);
        let out = tempfile::tempdir().unwrap();
        let new = out.path().join("case");
        let run = rootline([&["trace", "testdata/takeover", "-q", "--case", text(&new)][..], &start].concat());
        assert!(run.exit == 3 && run.stderr.contains(start[1]) && new.join("summary.json").exists(), "{}", run.stderr);
    }
    let run = run(&["detect", text(&path), "--alert-account", "123456789012"]);
    assert!(run.exit == 2 && run.stderr.contains("the case holds "), "{}", run.stderr);
    let incident = rootline(["incidents", text(&path), "--incident", "111122223333-20260314"]);
    assert!(incident.exit == 2 && incident.stderr.contains("111122223333-20260314T020312Z"), "{}", incident.stderr);
    assert!(!path.join("incidents.json").exists() && !path.join("trace.json").exists());
}

#[test]
fn a_case_that_was_made_of_some_accounts_or_days_does_not_hold_the_others() {
    let case = scan_with(&[testdata("takeover")], &["--account", "444455556666", "--to", "2026-03-13"]);
    assert_eq!(case.run.exit, 0, "{}", case.run.stderr);
    for asked in [["--account", "111122223333"], ["--from", "2026-03-14"]] {
        let run = run(&[&["show", text(&case.path())][..], &asked].concat());
        assert!(run.exit == 2 && run.stderr.contains("the case holds 2026-03-13 to 2026-03-13, account 444455556666"), "{}", run.stderr);
    }
}

#[test]
fn a_run_over_evidence_without_what_was_asked_for_is_not_clean() {
    for asked in [
        &["--account", "123456789012"][..],
        &["--account", "111122223333", "--account", "123456789012"],
        &["--region", "eu-north-1"],
        &["--from", "2027-01-01"],
        &["--to", "2020-01-01"],
    ] {
        for (command, results) in [("scan", "--case"), ("convert", "--out"), ("trace", "--case")] {
            if command == "trace" && asked[0] == "--region" || command == "convert" && asked.len() > 2 {
                continue;
            }
            let out = tempfile::tempdir().unwrap();
            let run = run(&[&[command, "testdata/takeover", results, text(&out.path().join("out")), "-q"], asked].concat());
            assert_eq!(run.exit, 3, "{command} {asked:?}: {}", run.stderr);
            assert!(run.stderr.contains("note: "), "{}", run.stderr);
            assert!(
                command == "convert" || run.stderr.contains("the evidence holds 2026-03-13 to 2026-03-15, accounts 111122223333"),
                "{}",
                run.stderr
            );
        }
    }
    // An account that is known by its records only, and one that its logs are named by.
    let unnamed = folder(&[("log.json", &log(&[root_record("1")]))]);
    assert_eq!(scan_with(&[unnamed.path()], &["--account", "111122223333"]).run.exit, 0);
    assert_eq!(scan_with(&[unnamed.path()], &["--account", "444455556666"]).run.exit, 3);
}

#[test]
fn a_region_that_does_not_exist_is_refused_with_the_nearest() {
    let results = tempfile::tempdir().unwrap();
    let new = results.path().join("case");
    for (command, flag) in [("scan", "--region"), ("convert", "--region"), ("audit", "--expect-region")] {
        let folder = if command == "convert" { "--out" } else { "--case" };
        let arguments = [command, "testdata/takeover", folder, text(&new), "--from", "2026-03-01", "--to", "2026-03-31", flag];
        let misspelt = run(&[&arguments[..], &["us-eats-1"]].concat());
        assert!(
            misspelt.exit == 2 && misspelt.stderr.contains("`us-east-1`") && misspelt.stderr.contains("`new:us-eats-1`"),
            "{}",
            misspelt.stderr
        );
        assert!(!new.exists());
        let newer = run(&[&arguments[..], &["new:us-eats-1", "-q"]].concat());
        assert!(!newer.stderr.contains("error"), "{}", newer.stderr);
        std::fs::remove_dir_all(&new).unwrap();
    }
}
