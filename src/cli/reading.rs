//! What commands that read evidence have in common: the evidence, the terms, the limits, how results are shown.

use super::bucket::{Bucket, is_remote, on_disk};
use super::window::Terms;
use crate::case::journal::Ground;
use crate::case::{self, Journal};
use crate::cli::summary::{Evidence, Run};
use crate::error::Error;
use crate::evidence::filter::Filter;
use crate::evidence::source::s3::Report;
use crate::evidence::source::{Disk, S3, Source, Stdin};
use crate::pipeline::Config;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Evidence and how it is read.
#[derive(Debug, Args)]
pub(super) struct Reading {
    /// Files, folders, archives (tar, tar.gz, zip), `s3://bucket/prefix`, or `-` for standard input
    #[arg(required = true, value_name = "EVIDENCE")]
    evidence: Vec<PathBuf>,
    #[command(flatten)]
    terms: Terms,
    /// Worker threads [default: all processors]
    #[arg(long, value_name = "N")]
    threads: Option<std::num::NonZeroUsize>,
    /// The largest object, inflated: 4GiB, 500MB, or bytes; what is beyond is damage
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = size)]
    max_object_size: u64,
    /// Put the SHA-256 of every object's stored bytes into the manifest
    #[arg(long)]
    hash: bool,
    /// Where records are put aside that do not fit in memory [default: the folder of results]
    #[arg(long, value_name = "DIR")]
    temp: Option<PathBuf>,
    /// Replace results in the folder that this run does not make again: a review, a trace or an audit, or those of other evidence
    #[arg(long)]
    pub replace: bool,
    /// Say what would be read and what that takes, and read nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Parse every record before anything else is known of it: a check on the short ways, with the same result
    #[arg(long, hide = true)]
    full_parse: bool,
    #[command(flatten)]
    bucket: Bucket,
}

/// How a run shows what it found.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// How the summary is written to standard output
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// No progress bar and no summary
    #[arg(long, short)]
    pub quiet: bool,
}

/// How a summary is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// `64MiB`, `500 MB`, `1000000`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1000,
        "k" | "kib" => 1 << 10,
        "mb" => 1_000_000,
        "m" | "mib" => 1 << 20,
        "gb" => 1_000_000_000,
        "g" | "gib" => 1 << 30,
        _ => return Err("not a size; write 4GiB, 500MB or bytes".to_owned()),
    };
    let size = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    size.filter(|size| *size > 0).ok_or_else(|| "not a size; write 4GiB, 500MB or bytes".to_owned())
}

/// When a run started, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub at: DateTime<Utc>,
    clock: Instant,
}

impl Start {
    pub(super) fn now() -> Self {
        Self { at: Utc::now(), clock: Instant::now() }
    }

    /// The run as it is told in the summary.
    pub(super) fn run(&self, threads: usize) -> Run {
        Run {
            version: env!("CARGO_PKG_VERSION"),
            command_line: std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect(),
            evidence: Vec::new(),
            started_at: self.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            seconds: self.clock.elapsed().as_secs_f64(),
            threads,
            recalled: 0,
            s3: Vec::new(),
        }
    }
}

/// The sources of a run.
pub(super) struct Sources {
    pub disk: Disk,
    pub stdin: Option<Stdin>,
    pub s3: Vec<S3>,
}

impl Sources {
    pub(super) fn all(&self) -> Vec<&dyn Source> {
        let stdin = self.stdin.iter().map(|stdin| stdin as &dyn Source);
        let s3 = self.s3.iter().map(|s3| s3 as &dyn Source);
        std::iter::once(&self.disk as &dyn Source).chain(stdin).chain(s3).collect()
    }

    /// What earlier runs into a case learnt of objects in S3, where there are any; with `discard` it begins empty.
    pub(super) fn journal(&self, case: &Path, config: &Config, discard: bool) -> Result<Option<Arc<Journal>>, Error> {
        if self.s3.is_empty() {
            return Ok(None);
        }
        let Config { max_object_size, hash, integrity, .. } = *config;
        let ground = Ground { version: env!("CARGO_PKG_VERSION").to_owned(), max_object_size, hash, integrity };
        Journal::open(case, &ground, discard).map(|journal| Some(Arc::new(journal)))
    }

    /// What was asked of buckets.
    pub(super) fn asked(&self) -> Vec<Report> {
        self.s3.iter().map(S3::report).collect()
    }
}

impl Reading {
    /// Where records are put aside, unless told otherwise in the folder of `results`.
    pub(super) fn temp<'p>(&'p self, results: &'p Path) -> &'p Path {
        self.temp.as_deref().unwrap_or(results)
    }

    /// The evidence as it was given.
    pub(super) fn evidence(&self) -> &[PathBuf] {
        &self.evidence
    }

    /// The terms.
    pub(super) fn filter(&self, start: &Start) -> anyhow::Result<Filter> {
        self.terms.filter(start.at)
    }

    pub(super) fn config(&self, start: &Start, results: &Path) -> anyhow::Result<Config> {
        let filter = self.filter(start)?;
        let temp = Some(self.temp(results).to_path_buf());
        let Self { max_object_size, full_parse, hash, .. } = *self;
        Ok(Config { filter, max_object_size, full_parse, hash, temp, ..Config::default() })
    }

    pub(super) fn threads(&self) -> usize {
        self.threads.or(std::thread::available_parallelism().ok()).map_or(1, usize::from)
    }

    /// Where the evidence lies, for whoever reads it again from another folder.
    pub(super) fn places(&self) -> Vec<Evidence> {
        let place = |path: &PathBuf| {
            let is_file = !is_stdin(path) && !is_remote(path);
            let absolute = if is_file { std::path::absolute(path).unwrap_or_else(|_| path.clone()) } else { path.clone() };
            Evidence { given: path.to_string_lossy().into_owned(), path: absolute.to_string_lossy().into_owned() }
        };
        self.evidence.iter().map(place).collect()
    }

    /// Reaches the evidence, which is all of it but the folder of `results`. This comes before that folder is made, and checks the one for what
    /// does not fit in memory as well, so that a mistyped path leaves nothing behind.
    pub(super) fn sources(&self, results: &Path, filter: &Filter) -> anyhow::Result<Sources> {
        self.sources_of(&self.evidence, results, filter)
    }

    /// The same of other evidence than was given.
    pub(super) fn sources_of(&self, evidence: &[PathBuf], results: &Path, filter: &Filter) -> anyhow::Result<Sources> {
        on_disk(results)?;
        let (stdin, paths): (Vec<_>, Vec<_>) = evidence.iter().cloned().partition(|path| is_stdin(path));
        if stdin.len() > 1 {
            return Err(Error::StdinTwice.into());
        }
        let (remote, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| is_remote(path));
        for path in &paths {
            std::fs::metadata(path).map_err(|source| Error::NoEvidence { path: path.clone(), source })?;
            let is_same = |one: &Path| one.canonicalize().is_ok_and(|one| results.canonicalize().is_ok_and(|results| one == results));
            if is_same(path) || path.parent().is_some_and(is_same) && case::is_part(path) {
                return Err(Error::ItsOwnEvidence(path.clone()).into());
            }
            if case::is_results(path) {
                return Err(Error::NotEvidence(path.clone()).into());
            }
        }
        if let Some(folder) = &self.temp {
            tempfile::tempfile_in(folder).map_err(|source| Error::Spool { folder: folder.clone(), source })?;
        }
        let s3 = self.bucket.connect(remote.iter().map(PathBuf::as_path), filter, self.temp(results))?;
        let disk = Disk::new(paths, Some(results)).within(self.bucket.scope(filter));
        Ok(Sources { disk, stdin: (!stdin.is_empty()).then_some(Stdin), s3 })
    }
}

pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_units_people_write() {
        assert_eq!((size("4GiB"), size("500 MB"), size("7")), (Ok(4 << 30), Ok(500_000_000), Ok(7)));
        assert!(size("0").is_err() && size("many").is_err() && size("99999999999GiB").is_err());
    }
}
