//! Made-up CloudTrail logs in S3 layout, for rehearsals and for measuring.
//!
//! The same plan gives the same bytes. Every id, address, key and time differs from record to record as in real trails, because logs that
//! repeat themselves compress and inflate unlike real ones (real lab logs: about 1.3 KB a record, 8.6:1 with gzip). Accounts are those of AWS's
//! examples, addresses come from the documentation ranges, keys end in EXAMPLE.

pub(crate) mod digests;
mod record;

use crate::error::{Error, Result};
#[cfg(test)]
use crate::evidence::record::time;
use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use rayon::prelude::*;
use record::Writer;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many records a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As in most accounts: half of the files hold five records or fewer, some hundreds.
    Quiet,
    /// As in busy accounts: 1,000 to 10,000, mostly towards the lower end.
    Busy,
    /// A given number in every file.
    Even(u32),
}

/// What to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Inflated bytes, about.
    pub bytes: u64,
    /// Records in a file.
    pub profile: Profile,
    /// Records in a million that are root's.
    pub root_per_million: u32,
    /// Accounts.
    pub accounts: u32,
    /// Days, from 2026-01-01.
    pub days: u32,
    /// Files in a million that are delivered a second time.
    pub duplicates_per_million: u32,
    /// Regions, the first of `REGIONS`.
    pub regions: usize,
    /// Whether there are hourly signed digests.
    pub digests: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 1,
            bytes: 100 << 20,
            profile: Profile::Quiet,
            root_per_million: 1000,
            accounts: 5,
            days: 7,
            duplicates_per_million: 1000,
            regions: REGIONS.len(),
            digests: false,
        }
    }
}

/// What was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Log objects, second deliveries included.
    pub objects: u64,
    /// Records in them.
    pub records: u64,
    /// Records of root among them, second deliveries not counted.
    pub root: u64,
    /// Inflated bytes.
    pub inflated: u64,
    /// Stored bytes.
    pub stored: u64,
}

/// The regions, the one with the global services first.
pub(crate) const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2"];

/// The usual length of a record, for turning bytes into records.
const RECORD_BYTES: u64 = 1420;

/// Seconds from 1970 to the first day of every corpus, 2026-01-01.
const START: i64 = 1_767_225_600;

/// One file to be made.
struct Job {
    seed: u64,
    records: u32,
    account: u32,
    region: &'static str,
    /// Delivery, seconds since 1970.
    delivered: i64,
    twice: bool,
}

/// Makes the logs below `folder`, on all threads of the current pool.
///
/// # Errors
/// When a file cannot be written.
pub fn make(plan: &Plan, folder: &Path) -> Result<Made> {
    let jobs = jobs(plan);
    let totals: [AtomicU64; 5] = Default::default();
    let logs = Mutex::new(Vec::new());
    jobs.par_iter().try_for_each_init(Maker::default, |maker, job| {
        let made = maker.file(plan, job, folder, &logs)?;
        for (total, count) in totals.iter().zip([made.objects, made.records, made.root, made.inflated, made.stored]) {
            total.fetch_add(count, Ordering::Relaxed);
        }
        Ok::<_, Error>(())
    })?;
    if plan.digests {
        let regions = &REGIONS[..plan.regions.clamp(1, REGIONS.len())];
        digests::make(plan.seed, (plan.accounts, regions, plan.days), logs.into_inner().unwrap_or_default(), folder)?;
    }
    let [objects, records, root, inflated, stored] = totals.map(AtomicU64::into_inner);
    Ok(Made { objects, records, root, inflated, stored })
}

/// Draws the files: sizes first, then places and times spread over the plan's accounts, regions and days.
fn jobs(plan: &Plan) -> Vec<Job> {
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let wanted = (plan.bytes / RECORD_BYTES).max(1);
    let mut jobs = Vec::new();
    let mut records = 0;
    while records < wanted {
        let count = match plan.profile {
            Profile::Even(count) => count,
            // Log-normal with median 5: a sum of uniform draws stands for the normal one.
            Profile::Quiet => (5.0 * (0.95 * normal(&mut random)).exp()).round().clamp(1.0, 5000.0) as u32,
            Profile::Busy => (1500.0 * (0.45 * normal(&mut random)).exp()).round().clamp(1000.0, 10_000.0) as u32,
        };
        let count = u32::try_from(u64::from(count).min(wanted - records)).unwrap_or(count);
        records += u64::from(count);
        // Half of everything happens in the first region.
        let region = REGIONS[if plan.regions < 2 || random.bool() { 0 } else { random.usize(1..plan.regions.min(REGIONS.len())) }];
        let minutes = i64::from(plan.days) * 24 * 60;
        jobs.push(Job {
            seed: random.u64(..),
            records: count,
            account: random.u32(..plan.accounts.max(1)),
            region,
            delivered: START + random.i64(0..minutes.max(1)) / 5 * 300,
            twice: random.u32(..1_000_000) < plan.duplicates_per_million,
        });
    }
    jobs
}

/// About normal, mean 0, deviation 1: the sum of twelve uniform draws, less six.
fn normal(random: &mut fastrand::Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}

/// Buffers of one thread.
struct Maker {
    text: String,
    stored: Vec<u8>,
    compressor: libdeflater::Compressor,
    /// Of the text, where digests are made of it.
    hasher: Option<Sha256>,
}

impl Default for Maker {
    fn default() -> Self {
        let level = libdeflater::CompressionLvl::new(6).unwrap_or_default();
        Self { text: String::new(), stored: Vec::new(), compressor: libdeflater::Compressor::new(level), hasher: None }
    }
}

/// Files of more records than this are compressed as they are made, by a slower way, and never in memory as a whole.
const STREAMED: u32 = 50_000;

/// Bytes of text that are compressed at a time then.
const PIECE: usize = 1 << 20;

impl Maker {
    fn file(&mut self, plan: &Plan, job: &Job, top: &Path, logs: &Mutex<Vec<digests::Log>>) -> Result<Made> {
        let mut random = fastrand::Rng::with_seed(job.seed);
        let account = account_id(job.account);
        let delivered = DateTime::<Utc>::from_timestamp(job.delivered, 0).unwrap_or_default();
        let day = delivered.format("%Y/%m/%d");
        let prefix = format!("AWSLogs/{account}/CloudTrail/{}/{day}", job.region);
        let folder = top.join(&prefix);
        let failed = |source| Error::Case { action: "write", path: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(failed)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
        self.hasher = plan.digests.then(Sha256::new);
        let (root, inflated) = if job.records > STREAMED {
            self.stream(plan, job, &account, &mut random, file.as_file_mut())
        } else {
            self.whole(plan, job, &account, &mut random, file.as_file_mut())
        }
        .map_err(failed)?;
        let stored = file.as_file().metadata().map_err(failed)?.len();
        // Two files of the same content, as CloudTrail delivers now and then.
        let deliveries = 1 + u64::from(job.twice);
        let mut first: Option<PathBuf> = None;
        let mut file = Some(file);
        for delivery in 0..deliveries {
            let stamp = (delivered + TimeDelta::minutes(5 * i64::try_from(delivery).unwrap_or(0))).format("%Y%m%dT%H%MZ");
            let mut name = format!("{account}_CloudTrail_{}_{stamp}_", job.region);
            for _ in 0..16 {
                let _ = name.write_char(random.alphanumeric());
            }
            name.push_str(".json.gz");
            let path = folder.join(&name);
            if let Some(hasher) = &self.hasher
                && let Ok(mut logs) = logs.lock()
            {
                let delivered = job.delivered + 300 * i64::try_from(delivery).unwrap_or(0);
                let (key, hash) = (format!("{prefix}/{name}"), hasher.clone().finalize().into());
                logs.push(digests::Log { account: job.account, region: job.region, delivered, key, hash });
            }
            match (file.take(), &first) {
                (Some(file), _) => {
                    file.persist(&path).map_err(|error| failed(error.error))?;
                    // Made private by default; logs are shared like any other file.
                    #[cfg(unix)]
                    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(failed)?;
                    first = Some(path);
                }
                (None, Some(first)) => drop(fs::copy(first, &path).map_err(failed)?),
                (None, None) => unreachable!("the file is there until it is the first"),
            }
        }
        Ok(Made {
            objects: deliveries,
            records: deliveries * u64::from(job.records),
            root,
            inflated: deliveries * inflated,
            stored: deliveries * stored,
        })
    }

    /// Makes the text, handing it to `piece` as it grows; the number of root's records.
    fn text(
        &mut self,
        plan: &Plan,
        job: &Job,
        account: &str,
        random: &mut fastrand::Rng,
        mut piece: impl FnMut(&mut String) -> io::Result<()>,
    ) -> io::Result<u64> {
        let text = &mut self.text;
        text.clear();
        text.push_str("{\"Records\":[");
        let mut root = 0;
        for index in 0..job.records {
            if index > 0 {
                text.push(',');
            }
            // Delivered up to ten minutes after the event.
            let at = job.delivered - random.i64(0..600);
            let is_root = random.u32(..1_000_000) < plan.root_per_million;
            root += u64::from(is_root);
            Writer { out: text, random, account, region: job.region, at }.record(is_root);
            if text.len() >= PIECE {
                piece(text)?;
            }
        }
        text.push_str("]}");
        Ok(root)
    }

    /// Adds the text to the hash, or to one that was begun.
    fn hash(&mut self, begun: Option<Sha256>) {
        self.hasher = begun.or(self.hasher.take());
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&self.text);
        }
    }

    fn whole(&mut self, plan: &Plan, job: &Job, account: &str, random: &mut fastrand::Rng, file: &mut File) -> io::Result<(u64, u64)> {
        let root = self.text(plan, job, account, random, |_| Ok(()))?;
        self.hash(None);
        self.stored.resize(self.compressor.gzip_compress_bound(self.text.len()), 0);
        let compressed = self.compressor.gzip_compress(self.text.as_bytes(), &mut self.stored);
        let length = compressed.map_err(|error| io::Error::other(error.to_string()))?;
        file.write_all(&self.stored[..length])?;
        Ok((root, self.text.len() as u64))
    }

    fn stream(&mut self, plan: &Plan, job: &Job, account: &str, random: &mut fastrand::Rng, file: &mut File) -> io::Result<(u64, u64)> {
        let mut encoder = GzEncoder::new(BufWriter::new(file), Compression::default());
        let mut inflated = 0;
        let mut hasher = self.hasher.take();
        let root = self.text(plan, job, account, random, |text| {
            inflated += text.len() as u64;
            hasher.iter_mut().for_each(|hasher| hasher.update(&*text));
            encoder.write_all(text.as_bytes())?;
            text.clear();
            Ok(())
        })?;
        self.hash(hasher);
        encoder.write_all(self.text.as_bytes())?;
        encoder.finish()?.flush()?;
        Ok((root, inflated + self.text.len() as u64))
    }
}

/// `100000000001` and on: ids that AWS does not give out.
fn account_id(number: u32) -> String {
    format!("{}", 100_000_000_001u64 + u64::from(number))
}

/// The first moment of every corpus.
#[must_use]
#[cfg(test)]
pub(crate) fn start() -> time::Micros {
    START * 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = walkdir::WalkDir::new(folder)
            .into_iter()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| (entry.path().strip_prefix(folder).unwrap().display().to_string(), fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    }

    #[test]
    fn the_same_plan_gives_the_same_bytes_and_the_asked_for_size() {
        let plan = Plan { bytes: 1 << 20, ..Plan::default() };
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let made = make(&plan, folders[0].path()).unwrap();
        assert_eq!(make(&plan, folders[1].path()).unwrap(), made);
        assert_eq!(bytes(folders[0].path()), bytes(folders[1].path()));
        let delivered = i64::from(plan.days) * 86_400_000_000 + start();
        let evidence = crate::evidence::source::Disk::new(vec![folders[0].path().to_path_buf()], None);
        let scan = crate::pipeline::scan(&[&evidence], &Default::default(), &crate::pipeline::Silent).unwrap();
        assert_eq!(scan.manifest.iter().map(|row| row.records).sum::<u64>(), made.records);
        let first = scan.manifest.iter().filter_map(|row| row.first_event_time).min().unwrap();
        let last = scan.manifest.iter().filter_map(|row| row.last_event_time).max().unwrap();
        assert!(first > start() - 600_000_000 && last < delivered, "{first} {last}");
        let ratio = made.inflated as f64 / plan.bytes as f64;
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
        assert!(made.objects > 50);
    }

    #[test]
    fn logs_compress_as_real_ones_do() {
        let folder = tempfile::tempdir().unwrap();
        let made = make(&Plan { bytes: 8 << 20, profile: Profile::Busy, ..Plan::default() }, folder.path()).unwrap();
        let ratio = made.inflated as f64 / made.stored as f64;
        assert!((7.5..10.5).contains(&ratio), "{ratio}");
    }
}
