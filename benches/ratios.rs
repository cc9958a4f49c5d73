//! How fast the program is beside what it cannot be faster than, and beside what people would use instead.
//!
//! Absolute figures of one machine say little, so every figure is a ratio of wall times within one run, to the *floor*: reading the same files and
//! inflating them with libdeflate on the same number of threads, and nothing else. Runs alternate with the floor; medians are given. Where others have
//! the machine too, wall times are theirs as much as ours, and the ratio of the processor time that was used says more.
//!
//! ```sh
//! cargo bench --bench ratios                    # 2 GB, about seven minutes
//! cargo bench --bench ratios -- --size 200      # megabytes of JSON
//! cargo bench --bench ratios -- --no-python     # without the others
//! cargo bench --bench ratios -- --only convert  # rows with this in their name
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where something is wrong")]

use rootline::internals::{Plan, Profile, make};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{env, fs, thread};

const THREADS: usize = 2;
const RUNS: usize = 5;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let value = |flag: &str| arguments.iter().position(|argument| argument == flag).and_then(|at| arguments.get(at + 1));
    let megabytes: u64 = value("--size").and_then(|size| size.parse().ok()).unwrap_or(2000);
    for (flag, hash) in [("--floor", false), ("--floor-hash", true)] {
        if let Some(list) = value(flag) {
            let cost = floor(Path::new(list), hash);
            println!("{} {}", cost.wall, cost.processor);
            return;
        }
    }
    let only = value("--only").map_or("", String::as_str);
    let python = !arguments.iter().any(|argument| argument == "--no-python");
    let folder = tempfile::Builder::new().prefix("rootline-ratios-").tempdir().unwrap();
    let bytes = megabytes * 1_000_000;
    println!("{} of JSON, {THREADS} threads, delimiter {}", human(bytes), rootline::internals::Delimiter::detect().name());
    println!();
    println!("| what | evidence | wall s | x floor | x its processor time | records/s | peak MiB |");
    println!("|---|---|---|---|---|---|---|");

    let busy = Plan { bytes, profile: Profile::Busy, days: 30, ..Plan::default() };
    // The size at which there are about 77,000 files of a quiet account.
    let quiet = Plan { bytes: bytes * 2 / 5, profile: Profile::Quiet, days: 30, ..Plan::default() };
    let scan = Task { what: "scan", command: "scan", flags: &[], threads: THREADS };
    let whole = Task { what: "scan, every record parsed", flags: &["--full-parse"], ..scan };
    let single = Task { what: "scan, one thread", threads: 1, ..scan };
    let convert = Task { what: "convert", command: "convert", flags: &[], threads: THREADS };
    let one_file = Plan { profile: Profile::Even(u32::MAX), ..busy.clone() };
    for (name, plan, tasks) in [
        ("busy, 0.1 % root", busy.clone(), &[scan, whole, single, convert][..]),
        ("busy, 10 % root", Plan { root_per_million: 100_000, seed: 3, ..busy.clone() }, &[scan]),
        ("busy, root in every object", Plan { root_per_million: 5000, seed: 2, ..busy.clone() }, &[scan]),
        ("small files", quiet, &[scan, convert]),
        ("one object", one_file, &[scan, convert]),
    ] {
        let tasks: Vec<Task> = tasks.iter().filter(|task| format!("{} {name}", task.what).contains(only)).copied().collect();
        if !tasks.is_empty() {
            let evidence = Evidence::make(name, &plan, folder.path());
            compare(&evidence, &tasks);
            evidence.remove();
        }
    }
    if "validation".contains(only) {
        validation(bytes, folder.path());
    }
    if python {
        others(megabytes.min(200) * 1_000_000, folder.path());
    }
}

/// A run of the program that is timed.
#[derive(Clone, Copy)]
struct Task {
    what: &'static str,
    command: &'static str,
    flags: &'static [&'static str],
    threads: usize,
}

impl Task {
    fn command(&self, evidence: &Path, results: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rootline"));
        let folder = if self.command == "scan" { "--case" } else { "--out" };
        // A folder for each, as neither takes that of the other.
        command.arg(self.command).arg(evidence).arg(folder).arg(results.with_extension(self.command));
        command.args(["--quiet", "--threads", &self.threads.to_string()]).args(self.flags);
        command
    }
}

fn human(bytes: u64) -> String {
    format!("{:.2} GB", bytes as f64 / 1e9)
}

/// A corpus on disk.
struct Evidence {
    name: &'static str,
    folder: PathBuf,
    /// Names all files, the largest first.
    list: PathBuf,
    files: usize,
    records: u64,
}

impl Evidence {
    fn make(name: &'static str, plan: &Plan, folder: &Path) -> Self {
        let folder = folder.join(name.replace([' ', ',', '%'], "-"));
        let made = make(plan, &folder).unwrap();
        let mut files: Vec<(u64, PathBuf)> = walkdir::WalkDir::new(&folder)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file() && entry.path().extension().is_some_and(|ending| ending == "gz"))
            .map(|entry| (entry.metadata().unwrap().len(), entry.into_path()))
            .collect();
        files.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        let list = folder.with_extension("list");
        let lines: Vec<&str> = files.iter().map(|(_, path)| path.to_str().unwrap()).collect();
        fs::write(&list, lines.join("\n")).unwrap();
        Self { name, folder, list, files: files.len(), records: made.records }
    }

    fn remove(&self) {
        fs::remove_dir_all(&self.folder).unwrap();
    }

    /// What reading and inflating every file costs; in a process of its own, because the most memory that a process held is also
    /// counted for those it starts.
    fn floor(&self) -> Cost {
        self.floor_as("--floor")
    }

    fn floor_as(&self, flag: &str) -> Cost {
        let output = Command::new(env::current_exe().unwrap()).arg(flag).arg(&self.list).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let (wall, processor) = output.trim().split_once(' ').unwrap();
        Cost { wall: wall.parse().unwrap(), processor: processor.parse().unwrap(), peak: 0.0 }
    }
}

/// What a run cost: seconds by the clock and of all processors together, and the most memory held at once in MiB; 0 where the system does not say.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    wall: f64,
    processor: f64,
    peak: f64,
}

/// The medians, and the highest peak.
fn typical(costs: &[Cost]) -> Cost {
    let median_of = |part: fn(&Cost) -> f64| median(&mut costs.iter().map(part).collect::<Vec<_>>());
    Cost {
        wall: median_of(|cost| cost.wall),
        processor: median_of(|cost| cost.processor),
        peak: costs.iter().map(|cost| cost.peak).fold(0.0, f64::max),
    }
}

/// Reads and inflates the files that `list` names, and hashes what they hold where that is asked for.
fn floor(list: &Path, hash: bool) -> Cost {
    let files = fs::read_to_string(list).unwrap();
    let files: Vec<&str> = files.lines().collect();
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                // libdeflate itself, as anybody would use it.
                let (mut stored, mut text, mut inflater) = (Vec::new(), Vec::new(), libdeflater::Decompressor::new());
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    stored.clear();
                    let mut file = fs::File::open(path).unwrap();
                    std::io::Read::read_to_end(&mut file, &mut stored).unwrap();
                    let length = stored.last_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize);
                    text.resize(length.max(text.len()), 0);
                    let inflated = inflater.gzip_decompress(&stored, &mut text).unwrap();
                    let text = std::hint::black_box(&text[..inflated]);
                    if hash {
                        std::hint::black_box(Sha256::digest(text));
                    }
                }
            });
        }
    });
    Cost { wall: start.elapsed().as_secs_f64(), processor: processor(), peak: 0.0 }
}

/// Times runs of the program in turn with the floor, and prints a row for each.
fn compare(evidence: &Evidence, tasks: &[Task]) {
    let mut floors = Vec::new();
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); tasks.len()];
    for round in 0..=RUNS {
        let floor = evidence.floor();
        // The first round warms the page cache.
        if round > 0 {
            floors.push(floor);
        }
        for (index, task) in tasks.iter().enumerate() {
            let cost = timed(&mut task.command(&evidence.folder, &evidence.folder));
            if round > 0 {
                costs[index].push(cost);
            }
        }
    }
    let floor = typical(&floors);
    row("floor", evidence, floor, floor);
    for (index, task) in tasks.iter().enumerate() {
        row(task.what, evidence, typical(&costs[index]), floor);
        let _ = fs::remove_dir_all(evidence.folder.with_extension(task.command));
    }
}

/// What checking digests adds to a scan, beside what hashing the inflated bytes alone takes on the same threads.
fn validation(bytes: u64, folder: &Path) {
    // As many digests as logs, about; in real trails of this size there are fewer.
    let plan = Plan { bytes, profile: Profile::Busy, days: 2, digests: true, ..Plan::default() };
    let evidence = Evidence::make("busy, with digests", &plan, folder);
    let logs = evidence.folder.join("AWSLogs");
    let (mut floors, mut hashes, mut scans, mut checks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=RUNS {
        let scan = Task { what: "scan", command: "scan", flags: &[], threads: THREADS };
        let (floor, hash) = (evidence.floor(), evidence.floor_as("--floor-hash"));
        let scanned = timed(&mut scan.command(&logs, &evidence.folder));
        let mut verify = Command::new(env!("CARGO_BIN_EXE_rootline"));
        verify.arg("verify").arg(&logs).args(["--quiet", "--threads", &THREADS.to_string()]);
        verify.arg("--public-keys").arg(evidence.folder.join(rootline::internals::KEYS));
        verify.arg("--digest-signatures").arg(evidence.folder.join(rootline::internals::SIGNATURES));
        let checked = timed(&mut verify);
        if round > 0 {
            [&mut floors, &mut hashes, &mut scans, &mut checks]
                .into_iter()
                .zip([floor, hash, scanned, checked])
                .for_each(|(all, one)| all.push(one));
        }
    }
    let [floor, hash, scan, check] = [floors, hashes, scans, checks].map(|costs| typical(&costs));
    row("floor", &evidence, floor, floor);
    row("floor and hashing", &evidence, hash, floor);
    row("scan", &evidence, scan, floor);
    row("verify", &evidence, check, floor);
    let (added, alone) = (check.wall - scan.wall, hash.wall - floor.wall);
    println!("| validation adds {added:.2} s, hashing alone takes {alone:.2} s: {:.2} x | | | | | | |", added / alone);
    let _ = fs::remove_dir_all(evidence.folder.with_extension("scan"));
    evidence.remove();
}

fn row(what: &str, evidence: &Evidence, cost: Cost, floor: Cost) {
    let Evidence { name, files, records, .. } = evidence;
    let known = |value: f64, text: String| if value > 0.0 { text } else { "-".to_owned() };
    let rate = *records as f64 / cost.wall / 1e6;
    let processor = known(cost.processor, format!("{:.2}", cost.processor / floor.processor));
    let peak = known(cost.peak, format!("{:.0}", cost.peak));
    let (wall, ratio) = (cost.wall, cost.wall / floor.wall);
    println!("| {what} | {name}, {files} objects | {wall:.2} | {ratio:.2} | {processor} | {rate:.2} M | {peak} |");
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs a command to its end.
fn timed(command: &mut Command) -> Cost {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let (code, cost) = wait(&mut child);
    assert_eq!(code, Some(0), "{command:?}");
    Cost { wall: start.elapsed().as_secs_f64(), ..cost }
}

#[cfg(target_os = "linux")]
fn wait(child: &mut std::process::Child) -> (Option<i32>, Cost) {
    let mut status = 0;
    // SAFETY: both pointers are to locals of the right type, of which all-zero is a value; the child is ours and not waited for elsewhere.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::wait4(child.id().cast_signed(), &raw mut status, 0, &raw mut usage);
        usage
    };
    let cost = Cost { wall: 0.0, processor: seconds(&usage), peak: usage.ru_maxrss as f64 / 1024.0 };
    (libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)), cost)
}

#[cfg(target_os = "linux")]
fn seconds(usage: &libc::rusage) -> f64 {
    let of = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    of(usage.ru_utime) + of(usage.ru_stime)
}

/// The processor time that this process has used, seconds.
#[cfg(target_os = "linux")]
fn processor() -> f64 {
    // SAFETY: the pointer is to a local of the right type, of which all-zero is a value.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    seconds(&usage)
}

#[cfg(not(target_os = "linux"))]
fn wait(child: &mut std::process::Child) -> (Option<i32>, Cost) {
    (child.wait().unwrap().code(), Cost::default())
}

#[cfg(not(target_os = "linux"))]
fn processor() -> f64 {
    0.0
}

const ORJSON: &str = "
import gzip, orjson, pathlib, sys
found = 0
for path in pathlib.Path(sys.argv[1]).rglob('*.gz'):
    for record in orjson.loads(gzip.decompress(path.read_bytes()))['Records']:
        found += record['userIdentity'].get('type') == 'Root'
print(found)
";

const DUCKDB: &str = "
import duckdb, sys
duckdb.sql('set threads = 2')
print(duckdb.sql(f\"\"\"select count(*) from (select unnest(Records) as r from read_json('{sys.argv[1]}/**/*.gz',
    maximum_object_size = 268435456, sample_size = 20)) where r.userIdentity.type = 'Root'\"\"\").fetchall())
";

/// Every record to zstd Parquet by account and day, with the same columns as far as SQL gives them, in order of time.
const DUCKDB_CONVERT: &str = "
import duckdb, sys
duckdb.sql('set threads = 2')
who = 'STRUCT(type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, accessKeyId VARCHAR, userName VARCHAR, invokedBy VARCHAR, ' \\
    'sessionContext STRUCT(attributes STRUCT(creationDate VARCHAR, mfaAuthenticated VARCHAR), sessionIssuer STRUCT(arn VARCHAR)))'
record = f'STRUCT(userIdentity {who}, eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, awsRegion VARCHAR, sourceIPAddress VARCHAR, ' \\
    'userAgent VARCHAR, errorCode VARCHAR, errorMessage VARCHAR, requestParameters JSON, responseElements JSON, additionalEventData JSON, ' \\
    'requestID VARCHAR, eventID VARCHAR, readOnly BOOLEAN, eventType VARCHAR, eventCategory VARCHAR, recipientAccountId VARCHAR, ' \\
    'sharedEventID VARCHAR, resources JSON)'
duckdb.sql(f\"\"\"copy (select r.eventTime::timestamptz as event_time, r.eventID as event_id, r.recipientAccountId as account_id,
    r.userIdentity.accountId as identity_account_id, r.awsRegion as region, r.eventSource as event_source, r.eventName as event_name,
    r.eventType as event_type, r.eventCategory as event_category, r.readOnly as read_only, r.errorCode as error_code,
    r.errorMessage as error_message, r.userIdentity.accessKeyId as access_key_id,
    r.userIdentity.sessionContext.attributes.creationDate as session_start,
    r.userIdentity.sessionContext.attributes.mfaAuthenticated as mfa, r.sourceIPAddress as source_ip, r.userAgent as user_agent,
    r.userIdentity.invokedBy as invoked_by, r.requestID as request_id, r.sharedEventID as shared_event_id,
    r.requestParameters as request_parameters, r.responseElements as response_elements, r.additionalEventData as additional_event_data,
    r.userIdentity.arn as arn, r.userIdentity.userName as user_name, r.userIdentity.type as identity_type,
    r.userIdentity.principalId as principal_id, r.userIdentity.sessionContext.sessionIssuer.arn as session_issuer_arn,
    r.resources as resources, filename as object_uri, r.recipientAccountId as account, r.eventTime[:10]::date as day
    from (select unnest(Records) as r, filename from read_json('{sys.argv[1]}/**/*.gz', filename = true, maximum_object_size = 268435456,
    columns = {{'Records': '{record}[]'}})) order by account, day, event_time)
    to '{sys.argv[2]}' (format parquet, compression zstd, partition_by (account, day))\"\"\")
";

/// What people would use instead, on a smaller corpus.
fn others(bytes: u64, folder: &Path) {
    let plan = Plan { bytes, profile: Profile::Busy, days: 30, seed: 5, ..Plan::default() };
    let evidence = Evidence::make("busy, smaller", &plan, folder);
    let scan = Task { what: "scan", command: "scan", flags: &[], threads: THREADS };
    compare(&evidence, &[scan, Task { what: "convert", command: "convert", ..scan }]);
    let Some(python) = python(folder) else {
        println!("| orjson, DuckDB | skipped: no Python, or its packages cannot be had | | | | | |");
        return;
    };
    let floor = typical(&[0; 3].map(|_| evidence.floor()));
    for (what, script) in [
        ("python3, orjson, one process", ORJSON),
        ("DuckDB `read_json`, 2 threads", DUCKDB),
        ("DuckDB to Parquet, 2 threads", DUCKDB_CONVERT),
    ] {
        let results = folder.join("duckdb");
        row(what, &evidence, timed(Command::new(&python).arg("-c").arg(script).arg(&evidence.folder).arg(&results)), floor);
    }
}

/// A Python with what the others need, made when there is none yet.
fn python(folder: &Path) -> Option<PathBuf> {
    let has = |python: &Path| {
        let check = Command::new(python).args(["-c", "import orjson, duckdb"]).stderr(Stdio::null()).status();
        check.is_ok_and(|status| status.success())
    };
    let system = PathBuf::from("python3");
    if has(&system) {
        return Some(system);
    }
    let venv = folder.join("venv");
    let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    let made = quiet(Command::new("python3").args(["-m", "venv"]).arg(&venv))
        && quiet(Command::new(venv.join("bin/pip")).args(["install", "orjson", "duckdb"]));
    let python = venv.join("bin/python3");
    (made && has(&python)).then_some(python)
}
