//! Real records of public projects, with the counts that a correct reading gives. They lie beside the project where they may; where
//! they do not, these tests say so and pass.

use crate::run::{Case, command, scan, scan_with};
use std::path::{Path, PathBuf};

/// The sets whose counts are known. What else lies there is not for counting.
const SETS: [&str; 12] = [
    "boogy",
    "cloudwatch-logs",
    "eventbridge",
    "invictus",
    "lookup-events",
    "malformed",
    "no-event-time",
    "root-key",
    "service-noise",
    "stratus",
    "takeover",
    "versions",
];

/// The folders of all sets, where they are there.
pub fn sets() -> Option<Vec<PathBuf>> {
    data().map(|data| SETS.iter().map(|set| data.join(set)).collect())
}

fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    crate::run::skip("no reference data beside the project");
    None
}

/// Objects, records, duplicates, conflicts, CIS, classes.
fn counts(case: &Case) -> ([u64; 5], String) {
    let paths = ["objects.seen", "records.read", "records.duplicates", "records.conflicts", "root.cis_match"];
    (paths.map(|path| case.count(path)), case.classes())
}

#[test]
fn every_set_gives_its_counts() {
    let Some(data) = data() else { return };
    for (set, numbers, classes) in [
        ("invictus", [55, 2900, 0, 0, 0], ""),
        ("boogy", [7, 1685, 0, 0, 0], ""),
        ("stratus", [35, 310, 0, 0, 0], ""),
        ("versions", [21, 206, 0, 0, 0], ""),
        ("takeover", [4, 27, 0, 25, 26], "attempt 6, direct 12, sign_in 8"),
        ("service-noise", [35, 36, 12, 10, 1], "direct 1, service 15"),
        ("eventbridge", [23, 23, 0, 0, 2], "direct 2, service 1"),
        ("cloudwatch-logs", [1, 3, 0, 0, 1], "direct 1"),
        ("lookup-events", [1, 6, 0, 0, 0], ""),
        ("root-key", [1, 3, 0, 0, 1], "direct 1"),
        ("no-event-time", [1, 103, 0, 0, 0], ""),
    ] {
        let case = scan(data.join(set));
        assert_eq!(counts(&case), (numbers, classes.to_owned()), "{set}");
        assert_eq!(case.run.exit, 0, "{set}");
    }
    let malformed = scan(data.join("malformed"));
    assert_eq!((malformed.run.exit, malformed.classes().as_str()), (3, ""));
}

#[test]
fn all_sets_at_once_give_their_sum_with_and_without_the_pre_filter() {
    let Some(sets) = sets() else { return };
    let case = scan_with(&sets, &[]);
    assert_eq!(case.classes(), "attempt 6, direct 17, service 16, sign_in 8");
    assert_eq!(["records.duplicates", "root.usage", "root.cis_match", "root.activities"].map(|path| case.count(path)), [12, 25, 31, 47]);
    assert!(scan_with(&sets, &["--full-parse"]).tables() == case.tables());
    assert!(scan_with(&sets, &["--threads", "1"]).tables() == case.tables());
}

#[test]
fn a_conversion_of_all_sets_has_their_copies_and_conflicts() {
    let Some(mut sets) = sets() else { return };
    // The malformed set repeats its own ids in text that is not a log.
    sets.retain(|set| !set.ends_with("malformed"));
    let out = tempfile::tempdir().unwrap();
    let output = command().arg("convert").args(&sets).arg("--out").arg(out.path()).args(["--format", "json"]).output().unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let counts = ["duplicates", "conflicts", "labelled"].map(|name| summary["records"][name].as_u64().unwrap());
    assert_eq!(counts, [12, 44, 59]);
}
