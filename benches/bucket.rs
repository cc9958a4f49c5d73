//! A scan of a bucket beside fetching the same objects with the same client and throwing them away.
//!
//! The server is the one of the tests, on loopback and in a process of its own; the figures of a machine with few cores have its work in them,
//! on both sides. Runs alternate; medians are given.
//!
//! ```sh
//! cargo bench --bench bucket                 # 200 MB and 20,000 small objects, three minutes
//! cargo bench --bench bucket -- --size 500   # megabytes of JSON
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where something is wrong")]

#[path = "../tests/cli/s3/mod.rs"]
mod s3;

use rootline::Filter;
use rootline::internals::{Plan, Profile, make};
use rootline::source::s3::{Credentials, LATE, Location, S3, Scope, Settings};
use rootline::source::{Flow as _, Step};
use s3::{ACCESS_KEY, Fault, Operation, Options, REGION, SECRET_KEY, Server, Store};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, thread};

const BUCKET: &str = "trail";
const THREADS: usize = 2;
const RUNS: usize = 5;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let value = |flag: &str| arguments.iter().position(|argument| argument == flag).and_then(|at| arguments.get(at + 1));
    let number = |flag: &str| value(flag).and_then(|number| number.parse::<u64>().ok());
    if let Some(folder) = value("--serve") {
        return serve(Path::new(folder), Duration::from_millis(number("--delay").unwrap_or(0)));
    }
    if let Some(endpoint) = value("--fetch") {
        return println!("{}", fetch(endpoint, number("--concurrency").unwrap() as usize));
    }
    let bytes = number("--size").unwrap_or(200) * 1_000_000;
    let folder = tempfile::Builder::new().prefix("rootline-bucket-").tempdir().unwrap();
    let busy = Plan { bytes, profile: Profile::Busy, days: 30, ..Plan::default() };
    // 20,000 objects of some five records.
    let quiet = Plan { bytes: bytes * 11 / 10, profile: Profile::Quiet, days: 30, ..Plan::default() };
    println!("| evidence | objects | fetched and thrown away s | scan s | x |");
    println!("|---|---|---|---|---|");
    for (name, plan) in [("busy", &busy), ("small files", &quiet)] {
        let tree = folder.path().join(name.replace(' ', "-"));
        let made = make(plan, &tree).unwrap();
        let server = Served::start(&tree, 0);
        let (mut fetches, mut scans) = (Vec::new(), Vec::new());
        for round in 0..=RUNS {
            let (fetched, scanned) = (server.fetch(64), server.scan(folder.path(), 64));
            // The first round warms up.
            if round > 0 {
                fetches.push(fetched);
                scans.push(scanned);
            }
        }
        let (fetch, scan) = (median(&mut fetches), median(&mut scans));
        println!("| {name} | {} | {fetch:.2} | {scan:.2} | {:.2} |", made.objects, scan / fetch);
    }
    println!();
    println!("Small files where every answer takes 30 ms, as S3's do:");
    println!();
    println!("| fetches at a time | scan s | objects/s |");
    println!("|---|---|---|");
    let tree = folder.path().join("few");
    let made = make(&Plan { bytes: bytes / 4, ..quiet }, &tree).unwrap();
    let server = Served::start(&tree, 30);
    for concurrency in [8, 16, 32, 64, 128, 256] {
        let mut scans: Vec<f64> = (0..3).map(|_| server.scan(folder.path(), concurrency)).collect();
        let scan = median(&mut scans);
        println!("| {concurrency} | {scan:.2} | {:.0} |", made.objects as f64 / scan);
    }
}

/// A server in a process of its own.
struct Served {
    process: Child,
    endpoint: String,
}

impl Served {
    fn start(tree: &Path, delay: u64) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.arg("--serve").arg(tree).args(["--delay", &delay.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut endpoint = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
        Self { process, endpoint: endpoint.trim().to_owned() }
    }

    /// Seconds to fetch everything.
    fn fetch(&self, concurrency: usize) -> f64 {
        let mut command = Command::new(env::current_exe().unwrap());
        let output = command.args(["--fetch", &self.endpoint, "--concurrency", &concurrency.to_string()]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    }

    /// Seconds to scan everything.
    fn scan(&self, folder: &Path, concurrency: usize) -> f64 {
        let case = tempfile::tempdir_in(folder).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rootline"));
        command.args(["scan", &format!("s3://{BUCKET}"), "--quiet", "--threads", &THREADS.to_string(), "--case"]).arg(case.path());
        command.args(["--concurrency", &concurrency.to_string(), "--endpoint-url", &self.endpoint, "--aws-region", REGION]);
        command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
        let start = Instant::now();
        assert!(command.status().unwrap().success());
        start.elapsed().as_secs_f64()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers for the files of a folder until standard input ends.
fn serve(folder: &Path, delay: Duration) {
    let store = Store::new();
    store.load_folder(BUCKET, "", folder);
    let server = Server::start_with(&store, Options { log: false, ..Options::default() });
    if !delay.is_zero() {
        server.set_faults(move |seen, _| (seen.operation == Operation::Get).then_some(Fault::Delay(delay)));
    }
    println!("{}", server.endpoint());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// Seconds to list and fetch everything and throw it away, on as many threads as a scan has.
fn fetch(endpoint: &str, concurrency: usize) -> f64 {
    let start = Instant::now();
    let credentials = Credentials { access_key_id: ACCESS_KEY.to_owned(), secret_access_key: SECRET_KEY.to_owned(), session_token: None };
    let settings = Settings {
        credentials: Some(credentials),
        region: Some(REGION.to_owned()),
        endpoint_url: Some(endpoint.to_owned()),
        concurrency,
        ..Settings::default()
    };
    let all = [Location { bucket: BUCKET.to_owned(), key: String::new() }];
    let runtime = rootline::source::s3::runtime().unwrap();
    let bucket = S3::connect(&runtime, settings, &all, Scope::new(&Filter::default(), LATE)).unwrap();
    let flow = bucket.start(Arc::new(|_| false));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(step) = flow.next() {
                    assert!(matches!(step, Step::Arrived(arrival) if arrival.outcome.is_ok()));
                }
            });
        }
    });
    start.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
