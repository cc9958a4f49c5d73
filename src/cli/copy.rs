//! `rootline copy`.

use super::bucket::{Bucket, is_remote, on_disk};
use super::reading::{Format, Sources, Start};
use super::report::{self, LISTED, count};
use super::window::Terms;
use super::{Exit, page, plan};
use crate::case::table::SCHEMA_VERSION;
use crate::cli::progress::Bar;
use crate::evidence::source::Disk;
use crate::evidence::source::s3::Report;
use crate::pipeline::copy::{Copied, Verified};
use crate::pipeline::{self, copy};
use anyhow::Context as _;
use clap::Args;
use indicatif::HumanBytes;
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Copy a bucket's evidence.
#[derive(Debug, Args)]
#[command(
    after_help = "Files have the bytes and the keys of the objects; what S3 says of each, digest signatures among it, lies in DIR/.rootline-copy.\n\
    Run it again to go on after an interruption, or to fetch what is new. Nothing is overwritten.\n\
    Exit codes: 0 done, 2 could not run, 3 an object could not be fetched or has changed since it was copied."
)]
pub(super) struct Copy {
    /// `s3://bucket/prefix`, as many as wanted of one bucket, and the folder to copy to; with `--verify` the folder alone will do
    #[arg(required = true, value_name = "S3... DIR")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    terms: Terms,
    /// Read every file of the copy again and compare it with the hash it had when it came
    #[arg(long)]
    verify: bool,
    /// Say what would be copied and what that takes, and copy nothing
    #[arg(long)]
    dry_run: bool,
    /// How the summary is written to standard output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// No progress bar and no summary
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    bucket: Bucket,
}

#[derive(Debug, Serialize)]
struct Summary {
    schema_version: &'static str,
    copied: Option<Copied>,
    s3: Option<Report>,
    verified: Option<Verified>,
}

impl Summary {
    /// Whether everything is there and as it was.
    fn is_whole(&self) -> bool {
        self.copied.as_ref().is_none_or(|copied| copied.lost.is_empty())
            && self.verified.as_ref().is_none_or(|verified| verified.broken.is_empty() && verified.lost.is_empty())
    }
}

impl Copy {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let (folder, from) = self.paths.split_last().context("no folder")?;
        on_disk(folder)?;
        if let Some(path) = from.iter().find(|path| !is_remote(path)) {
            anyhow::bail!("`{}` is not in S3; copies are made of buckets", path.display());
        }
        anyhow::ensure!(!from.is_empty() || self.verify, "nothing to copy: give `s3://bucket/prefix` and a folder");
        let filter = self.terms.filter(Start::now().at)?;
        let temp = std::env::temp_dir();
        let mut buckets = self.bucket.connect(from.iter().map(PathBuf::as_path), &filter, &temp)?;
        anyhow::ensure!(buckets.len() < 2, "a copy holds one bucket; copy the others to folders of their own");
        if self.dry_run {
            return plan::show(&Sources { disk: Disk::new(Vec::new(), None), stdin: None, s3: buckets }, &filter, self.format);
        }
        let bar = Bar::new(self.quiet);
        let pool = pipeline::pool(std::thread::available_parallelism().map_or(1, usize::from))?;
        let mut summary = Summary { schema_version: SCHEMA_VERSION, copied: None, s3: None, verified: None };
        if let Some(bucket) = buckets.pop() {
            let copied = pool.install(|| copy::copy(&bucket, folder, &bar)).inspect_err(|_| bar.finish())?;
            (summary.copied, summary.s3) = (Some(copied), Some(bucket.report()));
        }
        if self.verify {
            bar.say("checking the copy");
            summary.verified = Some(pool.install(|| copy::verify(folder, &bar)).inspect_err(|_| bar.finish())?);
        }
        bar.finish();
        let json = report::json(&summary)?;
        let json = (self.format == Format::Json).then_some(&json[..]);
        report::show(json, self.quiet, |out| text(out, &summary, folder))?;
        Ok(if summary.is_whole() { Exit::Clean } else { Exit::Incomplete })
    }
}

/// The summary for people.
fn text(out: &mut impl Write, summary: &Summary, folder: &Path) -> io::Result<()> {
    writeln!(out, "copy      {}", page::clean(&folder.to_string_lossy()))?;
    if let Some(copied) = &summary.copied {
        writeln!(out, "copied    {} objects ({})", count(copied.objects), HumanBytes(copied.bytes))?;
        if copied.already > 0 {
            writeln!(out, "          {} were there already ({})", count(copied.already), HumanBytes(copied.already_bytes))?;
        }
    }
    if let Some(bucket) = &summary.s3 {
        report::asked(out, bucket)?;
    }
    if let Some(copied) = &summary.copied {
        list(out, "lost", "could not be fetched", &copied.lost)?;
    }
    if let Some(verified) = &summary.verified {
        writeln!(out, "verified  {} files are as they were copied ({})", count(verified.intact), HumanBytes(verified.bytes))?;
        list(out, "broken", "are not as they were copied", &verified.broken)?;
        if summary.copied.is_none() {
            list(out, "lost", "could not be fetched when the copy was made", &verified.lost)?;
        }
        if !verified.foreign.is_empty() {
            writeln!(
                out,
                "          {} files are no part of the copy, {} the first",
                count(verified.foreign.len() as u64),
                page::clean(&verified.foreign[0])
            )?;
        }
    }
    Ok(())
}

fn list(out: &mut impl Write, heading: &str, what: &str, items: &[(String, String)]) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "{heading:<10}{} {what}", count(items.len() as u64))?;
    for (name, reason) in items.iter().take(LISTED) {
        writeln!(out, "          {}: {}", page::clean(name), page::clean(reason))?;
    }
    if items.len() > LISTED {
        writeln!(out, "          and {} more", count((items.len() - LISTED) as u64))?;
    }
    Ok(())
}
