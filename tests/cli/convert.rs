//! `rootline convert`: every record, in its place, once.

use crate::run::{Run, command, folder, gzip, log, role_record, root_record, rootline, testdata};
use rootline::table::{Cell, Table};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A finished conversion.
struct Converted {
    folder: TempDir,
    run: Run,
}

fn convert<A: AsRef<OsStr>>(evidence: &[A], flags: &[&str]) -> Converted {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut arguments: Vec<&OsStr> = vec!["convert".as_ref()];
    arguments.extend(evidence.iter().map(AsRef::as_ref));
    arguments.extend(["--out".as_ref(), out.as_os_str(), "--format".as_ref(), "json".as_ref()]);
    arguments.extend(flags.iter().map(OsStr::new));
    let run = rootline(arguments);
    Converted { folder, run }
}

impl Converted {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    fn count(&self, name: &str) -> u64 {
        let summary: serde_json::Value = serde_json::from_str(&self.run.stdout).unwrap_or_else(|_| panic!("{}", self.run.stderr));
        summary["records"][name].as_u64().unwrap()
    }

    /// Each file of records by its path below the folder of records.
    fn files(&self) -> BTreeMap<String, PathBuf> {
        files(&self.path("records"))
    }

    fn tables(&self) -> BTreeMap<String, Table> {
        self.files().into_iter().map(|(name, path)| (name, Table::read(&path).unwrap())).collect()
    }

    fn bytes(&self) -> BTreeMap<String, Vec<u8>> {
        let manifest = [("manifest".to_owned(), self.path("manifest.parquet"))];
        self.files().into_iter().chain(manifest).map(|(name, path)| (name, fs::read(path).unwrap())).collect()
    }

    /// A text column of all rows, file by file.
    fn column(&self, name: &str) -> Vec<Option<String>> {
        let tables = self.tables();
        tables.values().flat_map(|table| (0..table.len()).map(|row| table.text(name, row).map(str::to_owned))).collect()
    }
}

fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let walk = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    walk.map(|entry| (entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned(), entry.into_path())).collect()
}

#[test]
fn every_record_is_a_row_a_copy_or_named() {
    for part in ["takeover", "forms", "classes", "damage", ""] {
        let converted = convert(&[testdata(part)], &[]);
        let rows: usize = converted.tables().values().map(Table::len).sum();
        assert_eq!(rows as u64, converted.count("written"), "{part}");
        let sum =
            converted.count("written") + converted.count("duplicates") + converted.count("outside_terms") + converted.count("damaged");
        assert_eq!(sum, converted.count("read"), "{part}");
    }
}

#[test]
fn rows_are_sorted_by_time_in_the_folder_of_their_account_and_true_day() {
    // Delivered a day late, in an object of the next day.
    let late = role_record("late").replace("2026-03-14T02:00:00Z", "2026-03-13T23:59:59Z");
    let other = role_record("other").replace("111122223333", "444455556666");
    let records = [role_record("b").replace("T02:00:00Z", "T03:00:00Z"), late, role_record("a"), other];
    let name = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/14/111122223333_CloudTrail_us-east-1_20260314T0305Z_EXAMPLE.json.gz";
    let evidence = folder(&[(name, &gzip(&log(&records)))]);
    let converted = convert(&[evidence.path()], &[]);
    assert_eq!(converted.run.exit, 0, "{}", converted.run.stderr);
    let found: Vec<(String, Vec<String>)> = converted
        .tables()
        .into_iter()
        .map(|(name, table)| (name, (0..table.len()).map(|row| table.text("event_id", row).unwrap().to_owned()).collect()))
        .collect();
    let expected = [
        ("account=111122223333/day=2026-03-13/part-0000.parquet", vec!["late"]),
        ("account=111122223333/day=2026-03-14/part-0000.parquet", vec!["a", "b"]),
        ("account=444455556666/day=2026-03-14/part-0000.parquet", vec!["other"]),
    ];
    let expected = expected.map(|(name, ids)| (name.to_owned(), ids.into_iter().map(str::to_owned).collect::<Vec<_>>()));
    assert_eq!(found, expected);
}

#[test]
fn copies_are_folded_and_one_id_on_two_contents_is_flagged_wherever_the_other_is() {
    let pretty = role_record("same").replace(",\"", ", \"");
    let moved = role_record("moved").replace("2026-03-14", "2026-03-10");
    let elsewhere = role_record("elsewhere").replace("111122223333", "444455556666");
    let evidence = folder(&[
        ("one.json", &log(&[role_record("same"), role_record("changed"), role_record("moved"), role_record("elsewhere")])),
        ("two.json", &log(&[pretty, role_record("changed").replace("aws-cli/2", "curl"), moved, elsewhere])),
    ]);
    let converted = convert(&[evidence.path()], &[]);
    assert_eq!(["read", "written", "duplicates", "conflicts"].map(|name| converted.count(name)), [8, 7, 1, 3]);
    let mut conflicts = Vec::new();
    for table in converted.tables().values() {
        for row in 0..table.len() {
            let id = table.text("event_id", row).unwrap();
            if table.bool("id_conflict", row) == Some(true) {
                conflicts.push((id.to_owned(), table.text("account_id", row).unwrap().to_owned(), table.time("event_time", row)));
            }
            assert_eq!(table.cell("copies", row), Cell::Number(u64::from(id == "same")));
        }
    }
    conflicts.sort();
    // Of the same time the second account, of the same account the later time.
    let expected = [("changed", "111122223333"), ("elsewhere", "444455556666"), ("moved", "111122223333")];
    assert_eq!(conflicts.iter().map(|(id, account, _)| (id.as_str(), account.as_str())).collect::<Vec<_>>(), expected);
    assert_eq!(conflicts[2].2, Some(1_773_453_600_000_000));
}

#[test]
fn records_without_an_id_are_all_kept() {
    let nameless = role_record("x").replace("\"eventID\":\"x\",", "");
    let evidence = folder(&[("one.json", &log(&[nameless.clone(), nameless.clone()])), ("two.json", &log(&[nameless]))]);
    let converted = convert(&[evidence.path()], &[]);
    assert_eq!(["written", "duplicates", "conflicts"].map(|name| converted.count(name)), [3, 0, 0]);
}

#[test]
fn names_in_the_evidence_never_become_names_on_disk() {
    let hostile = |account: &str| {
        role_record(account).replace("\"recipientAccountId\":\"111122223333\"", &format!("\"recipientAccountId\":\"{account}\""))
    };
    let timeless = role_record("t").replace("2026-03-14T02:00:00Z", "never");
    let records = [hostile("../../etc"), hostile("111122223333/x"), hostile("ROOT"), timeless];
    let evidence = folder(&[("one.json", &log(&records))]);
    let converted = convert(&[evidence.path()], &[]);
    let names: Vec<String> = converted.files().into_keys().collect();
    let none = "__HIVE_DEFAULT_PARTITION__";
    let mut expected: Vec<String> = (0..3).map(|part| format!("account={none}/day=2026-03-14/part-000{part}.parquet")).collect();
    expected.insert(0, format!("account=111122223333/day={none}/part-0000.parquet"));
    assert_eq!(names, expected);
    let mut accounts = converted.column("account_id");
    accounts.sort();
    assert_eq!(accounts.into_iter().map(Option::unwrap).collect::<Vec<_>>(), ["../../etc", "111122223333", "111122223333/x", "ROOT"]);
}

#[test]
fn a_record_that_is_no_json_inside_is_named_and_the_others_are_written() {
    let broken = role_record("broken").replace("\"requestParameters\":null", "\"requestParameters\":nul");
    let evidence = folder(&[("one.json", &log(&[role_record("a"), broken, root_record("b")]))]);
    let converted = convert(&[evidence.path()], &[]);
    assert_eq!(converted.run.exit, 3);
    assert_eq!(["read", "written", "damaged"].map(|name| converted.count(name)), [3, 2, 1]);
    let manifest = Table::read(&converted.path("manifest.parquet")).unwrap();
    assert_eq!(manifest.text("status", 0), Some("partial"));
    assert_eq!(manifest.text("reason", 0), Some("1 records that are no JSON (the first is record 1)"));
    let numbers = ["records", "labelled", "passed_over", "damaged", "damage_record"].map(|name| manifest.cell(name, 0));
    assert_eq!(numbers, [3, 1, 1, 1, 1].map(Cell::Number));
}

#[test]
fn more_broken_records_than_a_row_group_holds_do_not_end_a_file() {
    // A megabyte each, 40 in all, before one that is sound.
    let padding = "x".repeat(1 << 20);
    let broken = |index: usize| {
        role_record(&format!("a{index:02}")).replace("\"requestParameters\":null", &format!("\"requestParameters\":[nul,\"{padding}\"]"))
    };
    let records: Vec<String> = (0..40).map(broken).chain([role_record("b")]).collect();
    let evidence = folder(&[("one.json.gz", &gzip(&log(&records)))]);
    let converted = convert(&[evidence.path()], &[]);
    assert_eq!(["written", "damaged"].map(|name| converted.count(name)), [1, 40], "{}", converted.run.stderr);
}

#[test]
fn the_record_itself_is_written_where_it_is_asked_for() {
    let records = [role_record("a"), root_record("b")];
    let evidence = folder(&[("one.json", &log(&records))]);
    let with = convert(&[evidence.path()], &["--record"]);
    assert_eq!(with.column("record"), records.map(Some));
    let without = convert(&[evidence.path()], &[]);
    assert!(without.tables().values().all(|table| !table.names().contains(&"record")));
}

#[test]
fn the_rows_of_root_say_what_the_timeline_says() {
    let scanned = crate::run::scan(testdata("takeover"));
    let timeline = scanned.timeline();
    let converted = convert(&[testdata("takeover")], &["--record"]);
    let tables = converted.tables();
    let columns: Vec<&str> =
        timeline.names().into_iter().filter(|name| !["break_glass", "incident_id", "session_id"].contains(name)).collect();
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for table in tables.values() {
        for row in (0..table.len()).filter(|row| table.text("class", *row).is_some()) {
            let cells = columns.iter().map(|column| format!("{:?}", table.cell(column, row))).collect();
            rows.insert(table.text("event_id", row).unwrap().to_owned(), cells);
        }
    }
    assert_eq!(rows.len(), timeline.len());
    for row in 0..timeline.len() {
        let cells: Vec<String> = columns.iter().map(|column| format!("{:?}", timeline.cell(column, row))).collect();
        assert_eq!(rows[timeline.text("event_id", row).unwrap()], cells);
    }
}

#[test]
fn any_number_of_threads_and_a_full_parse_give_the_same_bytes() {
    let reference = convert(&[testdata("")], &["--threads", "1"]).bytes();
    assert!(convert(&[testdata("")], &["--threads", "5"]).bytes() == reference);
    assert!(convert(&[testdata("")], &["--full-parse"]).bytes() == reference);
}

#[test]
fn the_window_accounts_and_regions_decide_what_is_written() {
    let evidence = testdata("takeover");
    let all = convert(&[&evidence], &[]);
    for flags in [["--from", "2026-03-14"], ["--account", "444455556666"], ["--region", "us-east-1"]] {
        let some = convert(&[&evidence], &flags);
        let [read, written, outside] = ["read", "written", "outside_terms"].map(|name| some.count(name));
        assert_eq!(read, all.count("read"), "{flags:?}");
        assert!(written > 0 && outside > 0 && written < all.count("written"), "{flags:?}");
    }
    let accounts = convert(&[&evidence], &["--account", "444455556666"]).column("account_id");
    assert!(accounts.iter().all(|account| account.as_deref() == Some("444455556666")));
}

#[test]
fn a_folder_of_something_else_is_refused_and_an_earlier_conversion_replaced() {
    let evidence = folder(&[("one.json", &log(&[role_record("a")]))]);
    let other = folder(&[("precious.txt", b"x")]);
    let run = rootline([OsStr::new("convert"), evidence.path().as_ref(), "--out".as_ref(), other.path().as_ref()]);
    assert_eq!(run.exit, 2);
    assert!(run.stderr.contains("holds no converted records") && run.stderr.contains("hint: "), "{}", run.stderr);
    let converted = convert(&[evidence.path()], &["--quiet"]);
    fs::write(evidence.path().join("one.json"), log(&[role_record("b").replace("111122223333", "444455556666")])).unwrap();
    // What a killed run would leave.
    fs::create_dir_all(converted.path(".rootline-killed.tmp/account=1")).unwrap();
    let again = command().arg("convert").arg(evidence.path()).arg("--out").arg(converted.path("")).output().unwrap();
    assert!(again.status.success());
    assert_eq!(converted.files().into_keys().collect::<Vec<_>>(), ["account=444455556666/day=2026-03-14/part-0000.parquet"]);
    let mut left: Vec<_> =
        fs::read_dir(converted.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, [".rootline.records.lock", "manifest.parquet", "records", "summary.json"]);
    // A case is not a folder for records, nor the other way round.
    let run = rootline([OsStr::new("scan"), evidence.path().as_ref(), "--case".as_ref(), converted.path("").as_ref()]);
    assert_eq!(run.exit, 2);
}

#[test]
fn a_folder_for_temporary_files_that_is_not_there_is_refused_before_any_work() {
    let evidence = folder(&[("one.json", &log(&[role_record("a")]))]);
    let converted = convert(&[evidence.path()], &["--temp", "/no/such/folder"]);
    assert_eq!(converted.run.exit, 2);
    assert!(converted.run.stderr.contains("/no/such/folder") && converted.run.stderr.contains("hint: "), "{}", converted.run.stderr);
    assert!(!converted.path("").exists());
}

#[test]
fn an_empty_conversion_has_no_tables_and_says_so() {
    let evidence = folder(&[("one.json", b"{\"Records\":[]}")]);
    let converted = convert(&[evidence.path()], &[]);
    assert_eq!((converted.run.exit, converted.count("written"), converted.files().len()), (3, 0, 0));
}

#[test]
fn standard_input_is_converted_like_a_file() {
    let evidence = folder(&[("stdin", &gzip(&log(&[role_record("a"), root_record("b")])))]);
    let out = tempfile::tempdir().unwrap();
    let input = fs::File::open(evidence.path().join("stdin")).unwrap();
    let output = command().args(["convert", "-", "--quiet", "--out"]).arg(out.path()).stdin(input).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty());
    let names: Vec<String> = files(&out.path().join("records")).into_keys().collect();
    assert_eq!(names, ["account=111122223333/day=2026-03-14/part-0000.parquet"]);
}
