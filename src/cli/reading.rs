//! What commands that read evidence have in common: the evidence, the terms, the limits.

use super::window::Window;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, ValueEnum};
use rootline::error::Error;
use rootline::pipeline::Config;
use rootline::source::{Disk, Source, Stdin};
use rootline::summary::Run;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Evidence and how it is read.
#[derive(Debug, Args)]
pub struct Reading {
    /// Files, folders, archives (tar, tar.gz, zip), or `-` for standard input
    #[arg(required = true, value_name = "EVIDENCE")]
    evidence: Vec<PathBuf>,
    #[command(flatten)]
    window: Window,
    /// Only this region (repeatable)
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
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
    /// How the summary is written to standard output
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// No progress bar and no summary
    #[arg(long, short)]
    pub quiet: bool,
    /// Parse every record before anything else is known of it: a check on the short ways, with the same result
    #[arg(long, hide = true)]
    full_parse: bool,
}

/// How a summary is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
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
pub struct Start {
    pub at: DateTime<Utc>,
    clock: Instant,
}

impl Start {
    pub fn now() -> Self {
        Self { at: Utc::now(), clock: Instant::now() }
    }

    /// The run as it is told in the summary.
    pub fn run(&self, threads: usize) -> Run {
        Run {
            version: env!("CARGO_PKG_VERSION"),
            command_line: std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect(),
            started_at: self.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            seconds: self.clock.elapsed().as_secs_f64(),
            threads,
        }
    }
}

/// The sources of a run.
pub struct Sources {
    disk: Disk,
    stdin: Option<Stdin>,
}

impl Sources {
    pub fn all(&self) -> Vec<&dyn Source> {
        let stdin = self.stdin.iter().map(|stdin| stdin as &dyn Source);
        std::iter::once(&self.disk as &dyn Source).chain(stdin).collect()
    }
}

impl Reading {
    /// Where records are put aside, unless told otherwise in the folder of `results`.
    pub fn temp<'p>(&'p self, results: &'p Path) -> &'p Path {
        self.temp.as_deref().unwrap_or(results)
    }

    pub fn config(&self, start: &Start, results: &Path) -> anyhow::Result<Config> {
        let mut filter = self.window.filter(start.at)?;
        filter.regions = self.region.iter().cloned().collect();
        let temp = Some(self.temp(results).to_path_buf());
        Ok(Config { filter, max_object_size: self.max_object_size, full_parse: self.full_parse, hash: self.hash, temp })
    }

    pub fn threads(&self) -> usize {
        self.threads.or(std::thread::available_parallelism().ok()).map_or(1, usize::from)
    }

    /// Checks that the evidence is there, and the folder for what does not fit in memory, before a folder for results is made, so that a mistyped
    /// path leaves nothing behind.
    pub fn check(&self) -> Result<(), Error> {
        if self.evidence.iter().filter(|path| is_stdin(path)).count() > 1 {
            return Err(Error::StdinTwice);
        }
        for path in self.evidence.iter().filter(|path| !is_stdin(path)) {
            std::fs::metadata(path).map_err(|source| Error::NoEvidence { path: path.clone(), source })?;
        }
        match &self.temp {
            Some(folder) => tempfile::tempfile_in(folder).map_err(|source| Error::Spool { folder: folder.clone(), source }).map(drop),
            None => Ok(()),
        }
    }

    /// The sources, without the folder of results.
    pub fn sources(&self, results: &Path) -> Sources {
        let (stdin, paths): (Vec<_>, Vec<_>) = self.evidence.iter().cloned().partition(|path| is_stdin(path));
        Sources { disk: Disk::new(paths, Some(results)), stdin: (!stdin.is_empty()).then_some(Stdin) }
    }
}

fn is_stdin(path: &Path) -> bool {
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
