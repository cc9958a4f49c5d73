//! Running the program and reading what it wrote.

use rootline::table::{Cell, Table};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A finished run.
pub struct Run {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { exit: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// The program, from the project's folder, without colours.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rootline"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

pub fn rootline<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    Run::of(command().args(arguments).output().unwrap())
}

/// A case folder that goes away with it.
pub struct Case {
    pub folder: TempDir,
    pub run: Run,
}

/// Scans evidence, given relative to the project's folder or absolute, with further flags.
pub fn scan_with<A: AsRef<OsStr>>(evidence: &[A], flags: &[&str]) -> Case {
    let folder = tempfile::tempdir().unwrap();
    let output = command()
        .arg("scan")
        .args(evidence)
        .arg("--case")
        .arg(folder.path().join("case"))
        .args(["--format", "json"])
        .args(flags)
        .output()
        .unwrap();
    Case { folder, run: Run::of(output) }
}

pub fn scan(evidence: impl AsRef<OsStr>) -> Case {
    scan_with(&[evidence], &[])
}

impl Case {
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("case")
    }

    pub fn summary(&self) -> serde_json::Value {
        serde_json::from_str(&self.run.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.run.stderr))
    }

    pub fn timeline(&self) -> Table {
        Table::read(&self.path().join("timeline.parquet")).unwrap()
    }

    pub fn manifest(&self) -> Table {
        Table::read(&self.path().join("manifest.parquet")).unwrap()
    }

    /// The tables as bytes.
    pub fn tables(&self) -> [Vec<u8>; 2] {
        ["timeline.parquet", "manifest.parquet"].map(|name| std::fs::read(self.path().join(name)).unwrap())
    }

    /// The number at a path of the summary, `records.read`.
    pub fn count(&self, path: &str) -> u64 {
        let summary = self.summary();
        let value = path.split('.').fold(&summary, |value, key| &value[key]);
        value.as_u64().unwrap_or_else(|| panic!("no number at {path}"))
    }

    /// The one manifest row whose URI ends in `name`.
    pub fn object(&self, name: &str) -> Object {
        let manifest = self.manifest();
        let rows: Vec<usize> = (0..manifest.len()).filter(|row| manifest.text("uri", *row).unwrap().ends_with(name)).collect();
        assert_eq!(rows.len(), 1, "rows for {name}");
        let text = |column| manifest.text(column, rows[0]).map(str::to_owned);
        let number = |column| match manifest.cell(column, rows[0]) {
            Cell::Number(number) => Some(number),
            _ => None,
        };
        Object {
            status: text("status").unwrap(),
            reason: text("reason").unwrap_or_default(),
            form: text("form"),
            records: ["records", "labelled", "passed_over", "damaged"].map(|column| number(column).unwrap()),
            damage_offset: number("damage_offset"),
            damage_record: number("damage_record"),
        }
    }

    /// The classes of the timeline with their numbers, `direct 2, sign_in 1`.
    pub fn classes(&self) -> String {
        let summary = self.summary();
        let classes = summary["root"]["by_class"].as_object().unwrap();
        let used: Vec<String> =
            classes.iter().filter(|(_, count)| count.as_u64() != Some(0)).map(|(class, count)| format!("{class} {count}")).collect();
        used.join(", ")
    }
}

/// A row of the manifest.
#[derive(Debug)]
pub struct Object {
    pub status: String,
    pub reason: String,
    pub form: Option<String>,
    /// Records, labelled, passed over, damaged.
    pub records: [u64; 4],
    pub damage_offset: Option<u64>,
    pub damage_record: Option<u64>,
}

/// A folder with the given files.
pub fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

/// A record of root by a long-term key, with an id.
pub fn root_record(id: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","accessKeyId":"AKIAIOSFODNN7EXAMPLE"}},"eventTime":"2026-03-14T02:00:00Z","eventSource":"iam.amazonaws.com","eventName":"ListUsers","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2","requestParameters":null,"responseElements":null,"requestID":"r-{id}","eventID":"{id}","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}}"#
    )
}

/// The same by a role.
pub fn role_record(id: &str) -> String {
    root_record(id).replace("\"Root\"", "\"AssumedRole\"").replace(":root\"", ":role/app\"")
}

/// A delivered log of these records.
pub fn log(records: &[String]) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes()
}

/// The bytes as one gzip member.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A path below the project's `testdata`.
pub fn testdata(path: &str) -> PathBuf {
    Path::new("testdata").join(path)
}

/// Says that the test that calls this is not run, and why; `.ci/run` gathers it by the file that `ROOTLINE_SKIPPED` names.
pub fn skip(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    eprintln!("skipped {test}: {why}");
    if let Some(path) = std::env::var_os("ROOTLINE_SKIPPED") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| writeln!(file, "{test}: {why}"));
        assert!(written.is_ok(), "{test} is skipped, and that cannot be noted: {written:?}");
    }
}
