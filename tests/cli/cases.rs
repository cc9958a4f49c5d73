//! A finished case is not lost by a slip, by a full disk or by a run that is killed, and whoever looks at one changes nothing.

use crate::run::{Case, Run, command, folder, gzip, log, role_record, root_record, rootline, scan, testdata};
use rootline::table;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Every file below a folder, with its bytes and when it was changed.
fn state(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.map(|entry| (entry.path().to_owned(), (fs::read(entry.path()).unwrap(), entry.metadata().unwrap().modified().unwrap()))).collect()
}

fn run(arguments: &[&str]) -> Run {
    rootline(arguments)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A case of the takeover that has been through `incidents` and `detect`.
fn reviewed() -> Case {
    let case = scan(testdata("takeover"));
    for review in ["incidents", "detect"] {
        assert_eq!(run(&[review, text(&case.path()), "-q"]).exit, 0);
    }
    case
}

#[test]
fn a_case_is_not_its_own_evidence() {
    let case = scan(testdata("takeover"));
    let (path, table) = (case.path(), case.path().join("timeline.parquet"));
    let before = state(&path);
    for evidence in [&path, &table] {
        for more in [&[][..], &["--replace"]] {
            let run = run(&[&["scan", text(evidence), "--case", text(&path)], more].concat());
            assert_eq!(run.exit, 2, "{}", run.stderr);
            assert!(run.stderr.contains("at once") && run.stderr.contains("hint: "), "{}", run.stderr);
        }
    }
    let out = case.folder.path().join("out");
    assert_eq!(run(&["convert", "testdata/takeover", "--out", text(&out), "-q"]).exit, 0);
    assert_eq!(run(&["convert", text(&out), "--out", text(&out)]).exit, 2);
    // Nor is one case the evidence of another.
    for command in [["scan", "--case"], ["convert", "--out"]] {
        let run = run(&[command[0], text(&path), command[1], text(&case.folder.path().join("new"))]);
        assert!(run.exit == 2 && run.stderr.contains("not evidence"), "{}", run.stderr);
    }
    assert!(state(&path) == before && !case.folder.path().join("new").exists());
}

#[test]
fn results_among_evidence_are_named_and_left_alone_and_nothing_can_be_hidden_in_them() {
    let evidence = folder(&[("log.json", &log(&[root_record("1")]))]);
    let (old, out) = (evidence.path().join("old"), evidence.path().join("out"));
    assert_eq!(run(&["scan", "testdata/takeover", "--case", text(&old), "-q"]).exit, 0);
    for command in [&["detect"][..], &["trace"]] {
        assert_eq!(run(&[command, &[text(&old), "-q"]].concat()).exit, 0);
    }
    assert_eq!(run(&["convert", "testdata/takeover", "--out", text(&out), "-q"]).exit, 0);
    let case = scan(evidence.path());
    assert_eq!((case.run.exit, case.count("records.read")), (0, 1), "{}", case.run.stdout);
    for name in ["old", "out"] {
        let object = case.object(&format!("/{name}"));
        assert_eq!((&*object.status, object.reason.starts_with("case")), ("skipped", true), "{object:?}");
    }
    assert_eq!(case.manifest().len(), 3);

    // Logs under the names of tables, in a folder that has a summary, are evidence.
    for (number, name) in
        ["lineage.parquet", "objects.journal", "attestation.md", "integrity.json", "records/x.parquet", ".rootline-1.tmp", "more.json"]
            .into_iter()
            .enumerate()
    {
        let path = if number % 2 == 0 { &old } else { &out }.join(name);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, gzip(&log(&[role_record(&number.to_string())]))).unwrap();
    }
    assert_eq!(scan(evidence.path()).count("records.read"), 8);
    // A folder with a summary of somebody else is one like any other.
    fs::write(old.join("summary.json"), log(&[role_record("own")])).unwrap();
    assert!(scan(evidence.path()).count("records.read") > 8);
}

#[test]
fn a_case_that_holds_a_review_is_replaced_only_when_that_is_said() {
    let case = reviewed();
    let path = case.path();
    let before = state(&path);
    let empty = tempfile::tempdir().unwrap();
    for evidence in ["testdata/takeover", "testdata/classes", text(empty.path())] {
        for command in [&["scan"][..], &["audit", "--from", "2026-03-01", "--to", "2026-03-31"], &["trace"], &["study"]] {
            let run = run(&[command, &[evidence, "--case", text(&path)]].concat());
            assert_eq!(run.exit, 2, "{command:?} {evidence}: {}", run.stderr);
            assert!(run.stderr.contains("detection.json") && run.stderr.contains("`--replace`"), "{}", run.stderr);
            assert_eq!(run.stderr.contains("other evidence"), evidence != "testdata/takeover", "{}", run.stderr);
            assert!(state(&path) == before, "{command:?} {evidence}");
        }
    }
    assert_eq!(run(&["scan", "testdata/classes", "--case", text(&path), "--replace", "-q"]).exit, 0);
    assert!(!path.join("detection.json").exists() && !path.join("incidents.json").exists());
}

#[test]
fn a_case_without_a_review_is_read_again_but_not_replaced_by_nothing() {
    let evidence = folder(&[("log.json", &log(&[root_record("1")]))]);
    let results = tempfile::tempdir().unwrap();
    let path = results.path().join("case");
    let scan = |more: &[&str]| run(&[&["scan", text(evidence.path()), "--case", text(&path), "-q"], more].concat());
    assert_eq!((scan(&[]).exit, scan(&[]).exit), (0, 0));
    fs::remove_file(evidence.path().join("log.json")).unwrap();
    let before = state(&path);
    let refused = scan(&[]);
    assert!(
        refused.exit == 2 && refused.stderr.contains("the results of 1 records") && refused.stderr.contains("`--replace`"),
        "{}",
        refused.stderr
    );
    assert!(state(&path) == before);
    assert_eq!(scan(&["--replace"]).exit, 3);
    // The same of converted records.
    let out = results.path().join("out");
    let convert = |evidence: &str, more: &[&str]| run(&[&["convert", evidence, "--out", text(&out), "-q"], more].concat());
    assert_eq!(convert("testdata/classes", &[]).exit, 0);
    let before = state(&out);
    let refused = convert(text(evidence.path()), &[]);
    assert!(refused.exit == 2 && refused.stderr.contains("no record was found"), "{}", refused.stderr);
    assert!(state(&out) == before);
    assert_eq!(convert(text(evidence.path()), &["--replace"]).exit, 3);
}

#[test]
fn what_a_command_makes_itself_is_made_again_from_the_same_evidence() {
    let results = tempfile::tempdir().unwrap();
    for (name, command) in [("a", &["audit", "--from", "2026-03-01", "--to", "2026-03-31"][..]), ("t", &["trace"])] {
        let path = results.path().join(name);
        let run = || run(&[command, &["testdata/takeover", "--case", text(&path), "-q"]].concat()).exit;
        let first = run();
        assert!(first != 2 && run() == first, "{name}");
    }
}

#[test]
fn a_review_says_what_it_removes_and_one_that_changes_nothing_removes_nothing() {
    let case = reviewed();
    let path = case.path();
    let before = state(&path);
    let same = run(&["incidents", text(&path)]);
    assert_eq!((same.exit, &*same.stderr), (0, ""));
    assert!(state(&path) == before);
    let other = run(&["incidents", text(&path), "--incident-gap", "5m"]);
    assert!(
        other.stderr.contains("removed detection.json, detection.parquet, alerts.parquet") && other.stderr.contains("rootline detect"),
        "{}",
        other.stderr
    );
    assert!(!path.join("detection.json").exists());
}

/// Commands that only look at a case.
const LOOKS: [&[&str]; 6] = [
    &["show", "CASE"],
    &["show", "CASE", "--format", "csv", "--usage-only"],
    &["show", "CASE", "--format", "jsonl", "--from", "2026-03-14"],
    &["incidents", "CASE", "--incident", "111122223333-20260314T020312Z"],
    &["incidents", "CASE", "--incident", "111122223333-20260314T020312Z", "--incident-gap", "61m", "--format", "json"],
    &["replay", "CASE", "--pattern", "{ $.userIdentity.type = \"Root\" }"],
];

#[test]
fn a_look_changes_nothing_and_does_not_wait_for_a_run_that_writes() {
    let case = reviewed();
    let path = case.path();
    let lock = fs::File::open(path.join(".rootline.lock")).unwrap();
    lock.try_lock().unwrap();
    let before = state(&path);
    for look in LOOKS {
        let look: Vec<&str> = look.iter().map(|word| if *word == "CASE" { text(&path) } else { word }).collect();
        let run = run(&look);
        assert!(run.exit < 2 && !run.stdout.is_empty(), "{look:?}: {}", run.stderr);
        assert!(state(&path) == before, "{look:?}");
    }
    let write = run(&["incidents", text(&path), "--incident-gap", "5m"]);
    assert!(write.exit == 2 && write.stderr.contains("in use"), "{}", write.stderr);
}

/// Runs a script of the shell in a place of its own for mounts; `None` where the system does not let us.
fn mounted(script: &str, arguments: &[&str]) -> Option<std::process::Output> {
    let can =
        Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).output().is_ok_and(|output| output.status.success());
    if !can {
        crate::run::skip("nothing can be mounted here");
        return None;
    }
    let mut shell = Command::new("unshare");
    shell.args(["-m", "sh", "-c", script, env!("CARGO_BIN_EXE_rootline")]).args(arguments);
    Some(shell.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").output().unwrap())
}

#[test]
fn a_case_that_cannot_be_written_to_is_looked_at_all_the_same() {
    let case = reviewed();
    let path = case.path();
    let before = state(&path);
    let trace: &[&str] = &["trace", "CASE", "--format", "json"];
    let (detect, incidents): (&[&str], &[&str]) = (&["detect", "CASE"], &["incidents", "CASE", "--incident-gap", "5m"]);
    for (command, is_kept) in LOOKS.into_iter().map(|look| (look, true)).chain([(trace, false), (detect, false), (incidents, false)]) {
        let words: Vec<&str> =
            [text(&path)].into_iter().chain(command.iter().map(|word| if *word == "CASE" { text(&path) } else { word })).collect();
        let script = r#"folder=$1; shift; mount --bind "$folder" "$folder" && mount -o remount,ro,bind "$folder" && exec "$0" "$@""#;
        let Some(output) = mounted(script, &words) else { return };
        let run = Run::of(output);
        assert!(run.exit < 2 && !run.stdout.is_empty(), "{command:?}: {}", run.stderr);
        assert_eq!(run.stderr.contains("not kept"), !is_kept, "{command:?}: {}", run.stderr);
        assert!(state(&path) == before, "{command:?}");
    }
}

#[test]
fn a_full_disk_leaves_the_old_case_or_none_and_is_called_that() {
    // A case of one record, then the takeover into it, and a review, on disks of all sizes.
    let evidence = folder(&[("log.json", &log(&[root_record("1")]))]);
    let script = r#"
        mount -t tmpfs -o size=$1k none /mnt || exit 9
        "$0" scan "$2" --case /mnt/case -q --threads 1 || { ls -A /mnt; exit 20; }
        "$0" show /mnt/case --format jsonl | wc -l
        "$0" scan testdata/takeover --case /mnt/case -q --threads 1; first=$?
        "$0" show /mnt/case --format jsonl | wc -l
        "$0" incidents /mnt/case -q; second=$?
        "$0" show /mnt/case --format jsonl | wc -l
        "$0" trace /mnt/case -q --threads 1; third=$?
        ls -A /mnt/case | grep -c '^.rootline-'
        exit $((100 + first * 9 + second * 3 + third))
    "#;
    let (mut full, mut whole) = (0, 0);
    for size in (8..=360).step_by(16) {
        let Some(output) = mounted(script, &[&size.to_string(), text(evidence.path())]) else { return };
        let run = Run::of(output);
        let is_full = run.stderr.contains("No space left");
        assert!(!run.stderr.contains("thrift") && !run.stderr.contains("panicked"), "{size}: {}", run.stderr);
        if run.exit == 20 {
            // The first one did not fit: nothing is left of it.
            assert!(is_full && run.stdout.is_empty(), "{size}: {}{}", run.stdout, run.stderr);
            full += 1;
            continue;
        }
        let [first, second, third] = [(run.exit - 100) / 9, (run.exit - 100) % 9 / 3, (run.exit - 100) % 3];
        assert!([first, second, third].iter().all(|exit| matches!(exit, 0 | 2)), "{size}: {} {}", run.exit, run.stderr);
        let rows = if first == 0 { "50" } else { "1" };
        assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ["1", rows, rows, "0"], "{size}: {}", run.stderr);
        assert_eq!(is_full, first + second + third > 0, "{size}: {}", run.stderr);
        full += i32::from(is_full);
        whole += i32::from(!is_full);
    }
    assert!(full > 3 && whole > 0, "{full} full, {whole} not");
}

/// What a case shows: its tables and what was added, without what differs from run to run.
fn shown(path: &Path) -> Vec<(&'static str, Option<Vec<u8>>)> {
    let case = rootline::Case::open(path).unwrap();
    let names = [table::TIMELINE, table::MANIFEST, table::INCIDENTS, table::REVIEW, table::DETECTION, table::LINEAGE];
    names.map(|name| (name, fs::read(case.file(name)).ok())).to_vec()
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_killed_leaves_the_old_results_or_the_new_ones() {
    let results = tempfile::tempdir().unwrap();
    let path = results.path().join("case");
    let (one, other) = (["scan", "testdata/takeover"], ["scan", "testdata/classes"]);
    let scan = |[command, evidence]: [&'static str; 2]| vec![command, evidence, "--case", text(&path), "-q", "--replace"];
    let review = |gap: &'static str| vec!["incidents", text(&path), "-q", "--incident-gap", gap];
    for (first, second) in [(scan(one), scan(other)), (scan(one), review("5m")), (review("2m"), review("50m"))] {
        if first[0] == "incidents" {
            assert_eq!(run(&scan(one)).exit, 0);
        }
        let (mut known, mut took) = (Vec::new(), Duration::ZERO);
        for command in [&first, &second] {
            let start = std::time::Instant::now();
            assert_eq!(run(command).exit, 0, "{command:?}");
            took = start.elapsed();
            known.push(shown(&path));
        }
        assert!(known[0] != known[1]);
        let mut random = fastrand::Rng::with_seed(18);
        for turn in 0..24 {
            assert_eq!(run(&first).exit, 0);
            let mut child = command().args(&second).spawn().unwrap();
            // The end, where names change, as often as the rest.
            let share = if turn % 2 == 0 { random.f64() } else { 0.8 + 0.3 * random.f64() };
            std::thread::sleep(took.mul_f64(share));
            let signal = if turn % 3 == 0 { libc::SIGINT } else { libc::SIGKILL };
            // SAFETY: the child has not been waited for, so the number is still its own.
            unsafe { libc::kill(child.id().cast_signed(), signal) };
            child.wait().unwrap();
            let left = shown(&path);
            assert!(known.contains(&left), "{second:?} {turn}");
            let look = run(&["show", text(&path), "--format", "jsonl"]);
            assert_eq!(look.exit, 0, "{}", look.stderr);
        }
    }
}

#[test]
fn a_run_that_could_not_be_done_leaves_no_folder() {
    let results = tempfile::tempdir().unwrap();
    let (path, case) = (results.path().join("case"), scan(testdata("takeover")));
    for arguments in [
        &["scan", "nothing", "--case", text(&path)][..],
        &["scan", "testdata/takeover", "--case", text(&path), "--region", "us-eats-1"],
        &["scan", text(&case.path()), "--case", text(&path)],
        &["audit", "testdata/takeover", "--case", text(&path)],
        &["trace", "testdata/takeover", "--case", text(&path), "--region", "us-east-1"],
        &["convert", "nothing", "--out", text(&path)],
    ] {
        let run = run(arguments);
        assert!(run.exit == 2 && !path.exists(), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_table_without_a_column_that_this_version_needs_is_refused_with_a_hint() {
    let case = scan(testdata("takeover"));
    // The manifest stands for a timeline that another version wrote.
    std::fs::copy(case.path().join("manifest.parquet"), case.path().join("timeline.parquet")).unwrap();
    let run = rootline(["incidents".as_ref(), case.path().as_os_str()]);
    assert_eq!(run.exit, 2);
    assert!(
        run.stderr.contains("timeline.parquet`: not found: ") && run.stderr.contains("hint: another version of rootline"),
        "{}",
        run.stderr
    );
}
