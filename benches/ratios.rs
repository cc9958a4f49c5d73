//! How fast the program is beside what it cannot be faster than, and beside what people would use instead.
//!
//! Absolute figures of one machine say little, so every figure is a ratio of wall times within one run, to the *floor*: reading the same files and
//! inflating them with libdeflate on the same number of threads, and nothing else. Runs alternate with the floor; medians are given.
//!
//! ```sh
//! cargo bench --bench ratios                    # 2 GB, about five minutes
//! cargo bench --bench ratios -- --size 200      # megabytes of JSON
//! cargo bench --bench ratios -- --no-python     # without the others
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where something is wrong")]

use rootline::corpus::{self, Plan, Profile};
use rootline::inflate::Inflater;
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
    let python = !arguments.iter().any(|argument| argument == "--no-python");
    let folder = tempfile::Builder::new().prefix("rootline-ratios-").tempdir().unwrap();
    let bytes = megabytes * 1_000_000;
    println!("{} of JSON, {THREADS} threads, delimiter {}", human(bytes), rootline::record::Delimiter::detect().name());
    println!();
    println!("| what | evidence | wall s | x floor | records/s | peak MiB |");
    println!("|---|---|---|---|---|---|");

    let busy = Plan { bytes, profile: Profile::Busy, days: 30, ..Plan::default() };
    let evidence = Evidence::make("busy, 0.1 % root", &busy, folder.path());
    compare(&evidence, &[("scan", &[]), ("scan, every record parsed", &["--full-parse"]), ("scan, one thread", &["--threads", "1"])]);
    let tenth = Evidence::make("busy, 10 % root", &Plan { root_per_million: 100_000, seed: 3, ..busy.clone() }, folder.path());
    compare(&tenth, &[("scan", &[])]);
    tenth.remove();
    let each = Evidence::make("busy, root in every object", &Plan { root_per_million: 5000, seed: 2, ..busy }, folder.path());
    compare(&each, &[("scan", &[])]);
    each.remove();
    // The size at which there are about 77,000 files of a quiet account.
    let tiny = Plan { bytes: bytes * 2 / 5, profile: Profile::Quiet, days: 30, ..Plan::default() };
    let tiny = Evidence::make("small files", &tiny, folder.path());
    compare(&tiny, &[("scan", &[])]);
    tiny.remove();
    evidence.remove();
    if python {
        others(megabytes.min(200) * 1_000_000, folder.path());
    }
}

fn human(bytes: u64) -> String {
    format!("{:.2} GB", bytes as f64 / 1e9)
}

/// A corpus on disk.
struct Evidence {
    name: &'static str,
    folder: PathBuf,
    files: Vec<PathBuf>,
    records: u64,
}

impl Evidence {
    fn make(name: &'static str, plan: &Plan, folder: &Path) -> Self {
        let folder = folder.join(name.replace([' ', ',', '%'], "-"));
        let made = corpus::make(plan, &folder).unwrap();
        let mut files: Vec<(u64, PathBuf)> = walkdir::WalkDir::new(&folder)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| (entry.metadata().unwrap().len(), entry.into_path()))
            .collect();
        files.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        Self { name, folder, files: files.into_iter().map(|(_, path)| path).collect(), records: made.records }
    }

    fn remove(&self) {
        fs::remove_dir_all(&self.folder).unwrap();
    }

    /// Wall time of reading and inflating every file, seconds.
    fn floor(&self) -> f64 {
        let start = Instant::now();
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    let (mut stored, mut text, mut inflater) = (Vec::new(), Vec::new(), Inflater::default());
                    while let Some(path) = self.files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        stored.clear();
                        let mut file = fs::File::open(path).unwrap();
                        std::io::Read::read_to_end(&mut file, &mut stored).unwrap();
                        let member = inflater.member(&stored, &mut text, 1 << 30).unwrap();
                        std::hint::black_box(&text[..member.inflated]);
                    }
                });
            }
        });
        start.elapsed().as_secs_f64()
    }
}

/// Times runs of the program in turn with the floor, and prints a row for each.
fn compare(evidence: &Evidence, runs: &[(&str, &[&str])]) {
    let mut floors = Vec::new();
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); runs.len()];
    let mut peaks: Vec<f64> = vec![0.0; runs.len()];
    let case = evidence.folder.with_extension("case");
    for round in 0..=RUNS {
        let floor = evidence.floor();
        // The first round warms the page cache.
        if round > 0 {
            floors.push(floor);
        }
        for (index, (_, flags)) in runs.iter().enumerate() {
            let mut command = Command::new(env!("CARGO_BIN_EXE_rootline"));
            command.arg("scan").arg(&evidence.folder).arg("--case").arg(&case).arg("--quiet").args(["--threads", &THREADS.to_string()]);
            if flags.contains(&"--threads") {
                command = Command::new(env!("CARGO_BIN_EXE_rootline"));
                command.arg("scan").arg(&evidence.folder).arg("--case").arg(&case).arg("--quiet");
            }
            let (wall, peak) = timed(command.args(*flags));
            if round > 0 {
                times[index].push(wall);
                peaks[index] = peaks[index].max(peak);
            }
        }
    }
    let floor = median(&mut floors);
    row("floor", evidence, floor, floor, None);
    for (index, (what, _)) in runs.iter().enumerate() {
        row(what, evidence, median(&mut times[index]), floor, Some(peaks[index]));
    }
    let _ = fs::remove_dir_all(case);
}

fn row(what: &str, evidence: &Evidence, wall: f64, floor: f64, peak: Option<f64>) {
    let peak = peak.map_or_else(|| "-".to_owned(), |peak| format!("{peak:.0}"));
    let rate = evidence.records as f64 / wall / 1e6;
    println!("| {what} | {}, {} objects | {wall:.2} | {:.2} | {rate:.2} M | {peak} |", evidence.name, evidence.files.len(), wall / floor);
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs a command to its end: seconds, and the most memory it held at once in MiB (0 where the system does not say).
fn timed(command: &mut Command) -> (f64, f64) {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let (code, peak) = wait(&mut child);
    assert_eq!(code, Some(0), "{command:?}");
    (start.elapsed().as_secs_f64(), peak)
}

#[cfg(target_os = "linux")]
fn wait(child: &mut std::process::Child) -> (Option<i32>, f64) {
    let mut status = 0;
    // SAFETY: both pointers are to locals of the right type, of which all-zero is a value; the child is ours and not waited for elsewhere.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::wait4(child.id().cast_signed(), &raw mut status, 0, &raw mut usage);
        usage
    };
    (libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)), usage.ru_maxrss as f64 / 1024.0)
}

#[cfg(not(target_os = "linux"))]
fn wait(child: &mut std::process::Child) -> (Option<i32>, f64) {
    (child.wait().unwrap().code(), 0.0)
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

/// What people would use instead, on a smaller corpus.
fn others(bytes: u64, folder: &Path) {
    let plan = Plan { bytes, profile: Profile::Busy, days: 30, seed: 5, ..Plan::default() };
    let evidence = Evidence::make("busy, smaller", &plan, folder);
    let floor = (0..3).map(|_| evidence.floor()).fold(f64::INFINITY, f64::min);
    row("floor", &evidence, floor, floor, None);
    let case = folder.join("case");
    let mut ours = Command::new(env!("CARGO_BIN_EXE_rootline"));
    let (wall, peak) = timed(ours.arg("scan").arg(&evidence.folder).arg("--case").arg(&case).args(["--quiet", "--threads", "2"]));
    row("scan", &evidence, wall, floor, Some(peak));
    let Some(python) = python(folder) else {
        println!("| orjson, DuckDB | skipped: no Python, or its packages cannot be had | | | | |");
        return;
    };
    for (what, script) in [("python3, orjson, one process", ORJSON), ("DuckDB `read_json`, 2 threads", DUCKDB)] {
        let (wall, peak) = timed(Command::new(&python).arg("-c").arg(script).arg(&evidence.folder));
        row(what, &evidence, wall, floor, Some(peak));
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
