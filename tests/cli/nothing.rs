//! Ways to have nothing: none of them clears root, whatever the flags.

use crate::run::{Run, command, folder, gzip, log, role_record, root_record};
use crate::verify::Tree;
use proptest::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

const ACCOUNT: &str = "111122223333";

/// A log delivered to this region in this hour of 2026-03-14, under the name that CloudTrail gives it.
fn delivered(region: &str, hour: u32, bytes: &[u8]) -> (String, Vec<u8>) {
    let name = format!(
        "AWSLogs/{ACCOUNT}/CloudTrail/{region}/2026/03/14/{ACCOUNT}_CloudTrail_{region}_20260314T{hour:02}10Z_AbCdEfGhEXAMPL{hour:02}.json.gz"
    );
    (name, bytes.to_vec())
}

/// Sound logs without root, one an hour of a day.
fn day_of(region: &str) -> Vec<(String, Vec<u8>)> {
    let record = |hour: u32| role_record(&format!("e-{hour}")).replace("us-east-1", region).replace("T02:", &format!("T{hour:02}:"));
    let text = |hour: u32| gzip(&log(&[record(hour)]));
    (0..24).map(|hour| delivered(region, hour, &text(hour))).collect()
}

/// The same with another text in every record.
fn changed(from: &str, to: &str) -> Vec<(String, Vec<u8>)> {
    let text = |hour: u32| log(&[role_record(&format!("e-{hour}")).replace("T02:", &format!("T{hour:02}:")).replace(from, to)]);
    (0..24).map(|hour| delivered("us-east-1", hour, &gzip(&text(hour)))).collect()
}

fn made(files: &[(String, Vec<u8>)]) -> TempDir {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (&**name, &**bytes)).collect();
    folder(&files)
}

/// Evidence and the flags that make it nothing.
struct Way {
    name: &'static str,
    folder: TempDir,
    flags: Vec<String>,
    /// The verdict that is given whatever else is asked.
    verdict: &'static str,
}

const DAY: [&str; 4] = ["--from", "2026-03-14", "--to", "2026-03-14"];

fn way(name: &'static str, files: &[(String, Vec<u8>)], flags: &[&str]) -> Way {
    let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    Way { name, folder: made(files), flags, verdict: "no_evidence" }
}

/// The evidence of a [`Way`]; lists and keys lie beside it.
fn evidence_of(way: &Way) -> PathBuf {
    way.folder.path().join("evidence")
}

fn under(folder: &str, files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    files.into_iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes)).collect()
}

/// Every way that there is.
fn ways() -> Vec<Way> {
    let evidence = |files: Vec<(String, Vec<u8>)>| under("evidence", files);
    let with_list = |files: Vec<(String, Vec<u8>)>, list: &str| {
        let mut files = evidence(files);
        files.push(("accounts.txt".to_owned(), list.as_bytes().to_vec()));
        files
    };
    let whole = gzip(&log(&[root_record("lost")]));
    // Four bytes in the middle are others: the text cannot be read.
    let cut = |hour| delivered("us-east-1", hour, &whole[..12]);
    let splunk = format!("{{\"preview\":false,\"result\":{{\"_raw\":{}}}}}\n", serde_json::to_string(&root_record("wrapped")).unwrap());
    let root = gzip(&log(&[root_record("other-year")]));
    let listed = "@LIST";
    let mut ways = vec![
        way("an empty folder", &evidence(vec![("readme.txt".to_owned(), b"nothing here".to_vec())]), &DAY),
        way("only damaged logs", &evidence((0..24).map(cut).collect()), &DAY),
        way("only objects that are not recognised", &evidence(vec![("export.json".to_owned(), splunk.into_bytes())]), &DAY),
        way("a flat file that does not say whose it is", &evidence(vec![("records.json".to_owned(), log(&[role_record("flat")]))]), &DAY),
        way("another account", &evidence(day_of("us-east-1")), &[&DAY[..], &["--account", "999988887777"]].concat()),
        way("another year", &evidence(day_of("us-east-1")), &["--from", "2025-03-14", "--to", "2025-03-14"]),
        way("a window after the evidence ends", &evidence(day_of("us-east-1")), &["--from", "2026-03-16", "--to", "2026-03-20"]),
        way(
            "a list with a silent account",
            &with_list(day_of("us-east-1"), "111122223333\n999988887777\n"),
            &[&DAY[..], &["--accounts", listed]].concat(),
        ),
        way(
            "the bucket of another trail",
            &with_list(day_of("us-east-1"), "999988887777\n"),
            &[&DAY[..], &["--accounts", listed]].concat(),
        ),
        way(
            "logs without a record",
            &evidence((0..24).map(|hour| delivered("us-east-1", hour, &gzip(b"{\"Records\":[]}"))).collect()),
            &DAY,
        ),
        way("a trail of data events only", &evidence(changed("\"Management\"", "\"Data\"")), &DAY),
        way(
            "another account's records under names of this one",
            &evidence(changed("recipientAccountId\":\"1111", "recipientAccountId\":\"4444")),
            &DAY,
        ),
        way(
            "logs of another time under names of this one",
            &evidence(
                (0..24).map(|hour| delivered("us-east-1", hour, &gzip(&log(&[role_record("old").replace("2026-", "2021-")])))).collect(),
            ),
            &DAY,
        ),
        way("root in another year", &evidence(vec![delivered("us-east-1", 2, &root)]), &["--from", "2025-03-14", "--to", "2025-03-14"]),
        Way { verdict: "sign_ins_unseen", ..way("another region", &evidence(day_of("eu-west-1")), &DAY) },
        Way {
            verdict: "sign_ins_unseen",
            ..way(
                "a region that tells of no sign-ins, and the other damaged",
                &evidence([day_of("eu-west-1"), vec![cut(3)]].concat()),
                &DAY,
            )
        },
    ];
    let window = ["--from", "2026-01-01", "--to", "2026-01-02T22:00:00Z"];
    let tree = Tree::new();
    let keys = [
        "--public-keys".to_owned(),
        "@FOLDER/public-keys.json".to_owned(),
        "--digest-signatures".to_owned(),
        "@FOLDER/digest-signatures.json".to_owned(),
    ];
    for (name, signed) in [("only digests", false), ("only signed digests", true)] {
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(tree.folder.path()).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file()) {
            let path = entry.path().strip_prefix(tree.folder.path()).unwrap().to_str().unwrap().to_owned();
            let bytes = fs::read(entry.path()).unwrap();
            if path.contains("/CloudTrail-Digest/") {
                files.push((format!("evidence/{path}"), bytes));
            } else if !path.contains("/CloudTrail/") {
                files.push((path, bytes));
            }
        }
        let mut one = way(name, &files, &window);
        if signed {
            one.flags.extend(keys.clone());
        }
        ways.push(one);
    }
    for way in &mut ways {
        let folder = way.folder.path().to_str().unwrap().to_owned();
        for flag in &mut way.flags {
            *flag = flag.replace("@FOLDER", &folder).replace(listed, &format!("{folder}/accounts.txt"));
        }
        fs::create_dir_all(evidence_of(way)).unwrap();
        if way.name == "an empty folder" {
            fs::remove_file(evidence_of(way).join("readme.txt")).unwrap();
        }
    }
    ways
}

/// They are only read.
static WAYS: LazyLock<Vec<Way>> = LazyLock::new(ways);

/// Audits evidence into a case of its own; gives the run, the attestation and its text.
fn audit(evidence: &Path, flags: &[String], more: &[String]) -> (Run, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let mut command = command();
    command.arg("audit").arg(evidence).arg("--case").arg(&case).args(flags).args(more);
    let run = Run::of(command.output().unwrap());
    let said = fs::read(case.join("attestation.json")).map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
    (run, said, fs::read_to_string(case.join("attestation.md")).unwrap_or_default())
}

/// What may not be said where nothing was seen.
fn clears(run: &Run, said: &Value, text: &str) -> bool {
    let accounts = said["accounts"].as_array().into_iter().flatten();
    // Of several accounts one may well have been looked at.
    let unseen = accounts.filter(|account| account["observation"]["hours"] == 0);
    let named = |verdict: &Value| verdict.as_str().is_some_and(|verdict| verdict.starts_with("zero_"));
    run.exit == 0
        || named(&said["verdict"])
        || unseen.into_iter().any(|account| named(&account["verdict"]))
        || text.contains("was not used")
}

#[test]
fn no_way_to_have_nothing_clears_root() {
    for way in WAYS.iter() {
        for require in ["proven", "observed"] {
            let (run, said, text) = audit(&evidence_of(way), &way.flags, &["--require".to_owned(), require.to_owned()]);
            assert_eq!(
                (run.exit, said["verdict"].as_str()),
                (3, Some(way.verdict)),
                "{}, {require}: {}{}",
                way.name,
                run.stdout,
                run.stderr
            );
            assert!(!clears(&run, &said, &text), "{}: {text}", way.name);
            assert!(!said["shortfalls"].as_array().unwrap().is_empty() && text.contains("does not clear the root user"), "{}", way.name);
            assert!(run.stdout.contains(way.verdict) && run.stdout.contains("because"), "{}", run.stdout);
        }
    }
}

#[test]
fn an_empty_case_clears_nobody_either() {
    let empty = tempfile::tempdir().unwrap();
    let case = empty.path().join("case");
    fs::create_dir(empty.path().join("evidence")).unwrap();
    let scan = Run::of(command().arg("scan").arg(empty.path().join("evidence")).arg("--case").arg(&case).output().unwrap());
    assert_eq!(scan.exit, 3, "{}", scan.stdout);
    assert!(scan.stdout.contains("nothing can be said of root"), "{}", scan.stdout);
    for flags in [&["--require", "proven"][..], &["--require", "observed", "--min-observed", "0.01%"], &["--account", ACCOUNT], &["--cis"]]
    {
        let run = Run::of(command().arg("audit").arg(&case).args(DAY).args(flags).output().unwrap());
        assert!(run.exit == 3 && run.stdout.contains("no_evidence") && !run.stdout.contains("zero_"), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_day_that_was_seen_is_cleared_as_observed_and_says_how_much_that_was() {
    let evidence = made(&day_of("us-east-1"));
    let flags = DAY.map(str::to_owned);
    let (run, said, text) = audit(evidence.path(), &flags, &["--require".to_owned(), "observed".to_owned()]);
    assert_eq!((run.exit, said["verdict"].as_str()), (0, Some("zero_observed")), "{}", run.stdout);
    assert!(text.contains("Observed 24 of 25 account-region-hours, on 1 of 1 account-days"), "{text}");
    // One damaged log more, and what is in it nobody knows.
    fs::write(evidence.path().join(delivered("us-east-1", 5, b"").0), &gzip(&log(&[root_record("x")]))[..20]).unwrap();
    let (run, said, text) = audit(evidence.path(), &flags, &["--require".to_owned(), "observed".to_owned()]);
    assert_eq!((run.exit, &said["accounts"][0]["cells"]["broken"], &said["accounts"][0]["cells"]["observed"]), (3, &1.into(), &23.into()));
    assert!(text.contains("1 object could not be read") && text.contains("T0510Z"), "{text}");
}

#[test]
fn a_few_hours_of_a_year_clear_no_account() {
    let evidence = made(&day_of("us-east-1")[..2]);
    let observed = |flags: &[&str]| {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        audit(
            evidence.path(),
            &[
                "--from".to_owned(),
                "2026-01-01".to_owned(),
                "--to".to_owned(),
                "2026-12-31".to_owned(),
                "--require".to_owned(),
                "observed".to_owned(),
            ],
            &flags,
        )
    };
    let (run, said, text) = observed(&[]);
    assert_eq!((run.exit, said["verdict"].as_str()), (3, Some("zero_observed")), "{}", run.stdout);
    assert!(text.contains("Observed 2 of 8,761 account-region-hours, on 1 of 365 account-days"), "{text}");
    assert!(run.stdout.contains("111122223333 (1 of 365 days)") && run.stdout.contains("asks for 90 %"), "{}", run.stdout);
    // Whoever asks for less gets it, in so many words.
    assert_eq!(observed(&["--min-observed", "0.2%"]).0.exit, 0);
    for share in ["0", "0%", "-1", "101%", "nan", "all"] {
        assert_eq!(observed(&["--min-observed", share]).0.exit, 2, "{share}");
    }
}

#[test]
fn uses_that_the_case_does_not_hold_are_not_taken_for_none() {
    let (name, bytes) = delivered("us-east-1", 2, &gzip(&log(&[root_record("one")])));
    let other = |text: &str| text.replace(ACCOUNT, "444455556666");
    let files = [
        day_of("us-east-1")[3..].to_vec(),
        vec![(name.clone(), bytes), (other(&name), gzip(other(&String::from_utf8(log(&[root_record("two")])).unwrap()).as_bytes()))],
    ]
    .concat();
    let evidence = made(&files);
    let case = evidence.path().join("case");
    let scan = Run::of(
        command().arg("scan").arg(evidence.path().join("AWSLogs")).args(["--account", ACCOUNT, "--case"]).arg(&case).output().unwrap(),
    );
    assert_eq!(scan.exit, 0, "{}", scan.stderr);
    let list = evidence.path().join("accounts.txt");
    fs::write(&list, "444455556666\n").unwrap();
    let run =
        Run::of(command().arg("audit").arg(&case).args(DAY).args(["--require", "observed", "--accounts"]).arg(&list).output().unwrap());
    assert_eq!(run.exit, 2, "{}", run.stdout);
    assert!(run.stderr.contains("holds activities of 111122223333 only"), "{}", run.stderr);
    // A list is of accounts to expect, a flag of accounts to look at: of the others nothing is said.
    fs::write(&list, format!("{ACCOUNT}\n444455556666\n")).unwrap();
    let flags = ["--accounts".to_owned(), list.to_str().unwrap().to_owned(), "--account".to_owned(), "444455556666".to_owned()];
    let (run, said, _) = audit(&evidence.path().join("AWSLogs"), &DAY.map(str::to_owned), &flags);
    assert_eq!((run.exit, said["accounts"].as_array().unwrap().len()), (1, 1));
    let flags = ["--accounts".to_owned(), list.to_str().unwrap().to_owned(), "--account".to_owned(), "999988887777".to_owned()];
    let (run, ..) = audit(&evidence.path().join("AWSLogs"), &DAY.map(str::to_owned), &flags);
    assert!(run.exit == 2 && run.stderr.contains("not on the list"), "{}", run.stderr);
}

/// Flags that have nothing to do with what is there.
fn flags() -> impl Strategy<Value = Vec<String>> {
    let one = |flags: &'static [&'static str]| prop::bool::ANY.prop_map(move |on| if on { flags.to_vec() } else { Vec::new() });
    let share = prop::sample::select(vec!["0.01%", "1%", "0.5", "100%"]);
    (
        prop::sample::select(vec!["proven", "observed"]),
        share,
        one(&["--cis"]),
        one(&["--hash"]),
        one(&["--threads", "1"]),
        one(&["--expect-region", "eu-west-1"]),
        one(&["--format", "json"]),
        one(&["--no-break-glass"]),
        one(&["--max-object-size", "1MB"]),
    )
        .prop_map(|(require, share, one, two, three, four, five, six, seven)| {
            let mut flags = vec!["--require", require, "--min-observed", share];
            [one, two, three, four, five, six, seven].into_iter().for_each(|more| flags.extend(more));
            flags.into_iter().map(str::to_owned).collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_combination_of_flags_makes_something_of_nothing(number in 0..WAYS.len(), flags in flags()) {
        let way = &WAYS[number];
        let (run, said, text) = audit(&evidence_of(way), &way.flags, &flags);
        prop_assert_eq!(run.exit, 3, "{}: {}", way.name, run.stdout);
        prop_assert!(!clears(&run, &said, &text), "{} {:?}: {}", way.name, flags, text);
    }
}

#[test]
fn commands_that_find_nothing_in_nothing_say_so() {
    let evidence = tempfile::tempdir().unwrap();
    let case = evidence.path().join("case");
    let logs = evidence.path().join("logs");
    let run = |arguments: &[&str], path: &Path| Run::of(command().args(arguments).arg(path).output().unwrap());
    let scan = |files: Vec<(String, Vec<u8>)>| {
        let _ = fs::remove_dir_all(&logs);
        let _ = fs::remove_dir_all(&case);
        fs::create_dir(&logs).unwrap();
        for (name, bytes) in files {
            let path = logs.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        Run::of(command().arg("scan").arg(&logs).arg("--case").arg(&case).output().unwrap()).exit
    };
    let pattern = "{ $.userIdentity.type = \"Root\" }";
    let asked = [&["incidents"][..], &["detect"], &["replay", "--pattern", pattern]];
    // Nothing was read at all.
    assert_eq!(scan(Vec::new()), 3);
    for arguments in asked {
        let run = run(arguments, &case);
        assert_eq!(run.exit, 3, "{arguments:?}");
        assert!(run.stdout.contains("nothing can be said of root"), "{}", run.stdout);
    }
    // Records were read, and none of them is root's: that is a result, but nothing that could be measured or tried.
    assert_eq!(scan(day_of("us-east-1")), 0);
    for (arguments, exit) in asked.into_iter().zip([0, 3, 3]) {
        let run = run(arguments, &case);
        assert_eq!(run.exit, exit, "{arguments:?}");
        assert!(run.stdout.contains("24 records in 24 objects") && !run.stdout.contains("0 of 0"), "{}", run.stdout);
    }
    // And something that could not be read may hold a use.
    assert_eq!(scan([day_of("us-east-1"), vec![delivered("us-west-2", 3, b"\x1f\x8b\x08\0")]].concat()), 3);
    for arguments in asked {
        let run = run(arguments, &case);
        assert_eq!(run.exit, 3, "{arguments:?}");
        assert!(run.stdout.contains("1 could not be read"), "{}", run.stdout);
    }
    let out = evidence.path().join("records");
    fs::create_dir(evidence.path().join("empty")).unwrap();
    let converted = Run::of(command().arg("convert").arg(evidence.path().join("empty")).arg("--out").arg(&out).output().unwrap());
    assert_eq!(converted.exit, 3, "{}", converted.stdout);
}

#[test]
fn the_state_of_an_account_stands_beside_its_verdict() {
    let files = day_of("us-east-1");
    let evidence = made(&files);
    let list = evidence.path().join("accounts.json");
    let accounts = r#"{"Accounts":[
        {"Id":"111122223333","State":"ACTIVE","Status":"ACTIVE","JoinedTimestamp":"2024-01-02T03:04:05Z"},
        {"Id":"444455556666","State":"CLOSED","Status":"SUSPENDED","JoinedTimestamp":1700000000.5}]}"#;
    fs::write(&list, accounts).unwrap();
    let flags = ["--accounts".to_owned(), list.to_str().unwrap().to_owned()];
    let (run, said, text) = audit(&evidence.path().join("AWSLogs"), &DAY.map(str::to_owned), &flags);
    assert_eq!((run.exit, said["accounts"][1]["listed"]["state"].as_str()), (3, Some("CLOSED")));
    assert_eq!(said["accounts"][0]["listed"]["joined"], "2024-01-02T03:04:05Z");
    for words in [&run.stdout, &text] {
        assert!(words.contains("444455556666 (CLOSED, joined 2023-11-14)") && !words.contains("111122223333 (ACTIVE"), "{words}");
    }
}
