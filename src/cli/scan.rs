//! `rootline scan`.

use super::window::Window;
use super::{Exit, page};
use crate::progress::Bar;
use anyhow::Context as _;
use chrono::{SecondsFormat, Utc};
use clap::{Args, ValueEnum};
use indicatif::{HumanBytes, HumanCount};
use rootline::case::CaseWriter;
use rootline::error::Error;
use rootline::pipeline::{self, Config};
use rootline::record::time;
use rootline::source::{Disk, Source, Stdin};
use rootline::summary::{Count, Run, Summary, Terms};
use rootline::table::{manifest, timeline};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Read evidence into a case.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 done, 2 could not run, 3 done but evidence was lost (see the manifest).")]
pub struct Scan {
    /// Files, folders, archives (tar, tar.gz, zip), or `-` for standard input
    #[arg(required = true, value_name = "EVIDENCE")]
    evidence: Vec<PathBuf>,
    /// The folder that the tables go to; made if it is not there
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
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
    /// How the summary is written to standard output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// No progress bar and no summary
    #[arg(long, short)]
    quiet: bool,
    /// Parse every record, also those that cannot matter: a check on the pre-filter, with the same result
    #[arg(long, hide = true)]
    full_parse: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
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

impl Scan {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<Exit> {
        let started_at = Utc::now();
        let clock = Instant::now();
        let mut filter = self.window.filter(started_at)?;
        filter.regions = self.region.iter().cloned().collect();
        let config = Config { filter, max_object_size: self.max_object_size, full_parse: self.full_parse, hash: self.hash };
        let threads = self.threads.or(std::thread::available_parallelism().ok()).map_or(1, usize::from);
        let (stdin, paths): (Vec<_>, Vec<_>) = self.evidence.iter().cloned().partition(|path| path.as_os_str() == "-");
        if stdin.len() > 1 {
            return Err(Error::StdinTwice.into());
        }
        for path in &paths {
            // Before the case folder is made, so that a mistyped path leaves nothing behind.
            std::fs::metadata(path).map_err(|source| Error::NoEvidence { path: path.clone(), source })?;
        }
        let case = CaseWriter::open(&self.case)?;
        let disk = Disk::new(paths, Some(&self.case));
        let mut sources: Vec<&dyn Source> = vec![&disk];
        if !stdin.is_empty() {
            sources.push(&Stdin);
        }
        let bar = Bar::new(self.quiet);
        let pool = pipeline::pool(threads)?;
        let scan = pool.install(|| pipeline::scan(&sources, &config, &bar));
        bar.say("writing tables");
        let scan = scan.inspect_err(|_| bar.finish())?;
        let (file, path) = case.manifest()?;
        pool.install(|| manifest::write(&scan.manifest, file, &path))?;
        let (file, path) = case.timeline()?;
        pool.install(|| timeline::write(&scan.activities, |object| &scan.manifest[object as usize].uri, file, &path))?;
        let terms = Terms {
            from: config.filter.from.map(time::format),
            to: config.filter.to.map(time::format),
            accounts: config.filter.accounts.clone(),
            regions: config.filter.regions.clone(),
        };
        let run = Run {
            version: env!("CARGO_PKG_VERSION"),
            command_line: std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect(),
            started_at: started_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            seconds: clock.elapsed().as_secs_f64(),
            threads,
        };
        let summary = Summary::new(&scan, terms, run);
        let mut json = serde_json::to_vec_pretty(&summary).context("cannot write the summary")?;
        json.push(b'\n');
        case.commit(&json)?;
        bar.finish();
        // A large timeline takes a while to take apart, and the process ends here anyway.
        std::mem::forget(scan);
        let mut out = io::stdout().lock();
        let written = match self.format {
            Format::Json => out.write_all(&json),
            Format::Text if self.quiet => Ok(()),
            Format::Text => text(&mut out, &summary, &self.case),
        };
        match written.and_then(|()| out.flush()) {
            // The case is written; that nobody reads the summary changes nothing about the evidence.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
            _ => {}
        }
        Ok(if summary.complete { Exit::Clean } else { Exit::Incomplete })
    }
}

/// Losses that are listed; the manifest has them all.
const LOSSES: usize = 10;

/// The summary for people.
fn text(out: &mut impl Write, summary: &Summary, case: &std::path::Path) -> io::Result<()> {
    let count = |number: u64| HumanCount(number).to_string();
    let none = || "-".to_owned();
    let Summary { objects, records, root, run, .. } = summary;
    writeln!(out, "case      {}", page::clean(&case.to_string_lossy()))?;
    writeln!(
        out,
        "read      {} objects ({} stored, {} inflated) in {:.1} s",
        count(objects.seen),
        HumanBytes(objects.bytes_stored),
        HumanBytes(objects.bytes_inflated),
        run.seconds
    )?;
    let status = |name: &str| objects.by_status.get(name).copied().unwrap_or(0);
    writeln!(
        out,
        "          {} read, {} partial, {} damaged, {} skipped, {} not a log",
        count(status("read")),
        count(status("partial")),
        count(status("damaged")),
        count(status("skipped")),
        count(status("not_a_log"))
    )?;
    writeln!(
        out,
        "records   {}: {} about root, {} passed over, {} damaged",
        count(records.read),
        count(records.labelled),
        count(records.passed_over),
        count(records.damaged)
    )?;
    if let (Some(first), Some(last)) = (&records.first_event_time, &records.last_event_time) {
        writeln!(out, "          from {first} to {last}")?;
    }
    for (number, what) in [
        (records.outside_terms, "about root, but outside the window, accounts or regions asked for"),
        (records.duplicates, "copies folded into the first"),
        (records.conflicts, "with an event id that stands on other content too, kept and flagged"),
        (records.kept_apart, "of insight, network activity or aggregated events, kept apart"),
        (records.without_event_time, "without an event time, kept"),
        (root.degraded, "from event history CSV: no identity type, no sign-in outcome"),
    ] {
        if number > 0 {
            writeln!(out, "          {} {what}", count(number))?;
        }
    }
    if records.read == 0 {
        writeln!(out, "          no CloudTrail record was found, so nothing can be said of root")?;
    }
    writeln!(out)?;
    writeln!(
        out,
        "root      {} activities, {} of them use of root (by the CIS filter: {})",
        count(root.activities),
        count(root.usage),
        count(root.cis_match)
    )?;
    let classes: Vec<String> =
        root.by_class.iter().filter(|(_, number)| **number > 0).map(|(class, number)| format!("{class} {}", count(*number))).collect();
    if !classes.is_empty() {
        writeln!(out, "          {}", classes.join(", "))?;
    }
    if root.usage > 0 {
        let (first, last) = (root.first_use.clone().unwrap_or_else(none), root.last_use.clone().unwrap_or_else(none));
        writeln!(out, "          first use {first}, last use {last}")?;
        let needs: Vec<String> = root.by_need.iter().map(|(need, number)| format!("{need} {}", count(*number))).collect();
        writeln!(out, "          need for root: {}", needs.join(", "))?;
    }
    list(
        out,
        "accounts",
        root.accounts.iter().map(|(account, counts)| {
            let account = if account.is_empty() { "(unknown)" } else { account };
            (account.to_owned(), format!("{} activities, {} use", count(counts.activities), count(counts.usage)))
        }),
    )?;
    let counted = |counts: &[Count]| counts.iter().map(|item| (item.name.clone(), count(item.count))).collect::<Vec<_>>();
    list(out, "actions", counted(&root.actions).into_iter())?;
    list(out, "sources", counted(&root.source_addresses).into_iter())?;
    if !summary.complete {
        writeln!(out)?;
        writeln!(out, "lost      evidence is incomplete: {} objects", count(summary.objects_with_losses))?;
        for loss in summary.losses.iter().take(LOSSES) {
            writeln!(out, "          {} {}: {}", loss.status, page::clean(&loss.uri), page::clean(&loss.reason))?;
        }
        if summary.objects_with_losses > LOSSES as u64 {
            writeln!(out, "          and {} more, in manifest.parquet", count(summary.objects_with_losses - LOSSES as u64))?;
        }
    }
    Ok(())
}

/// A list under a heading, at most ten lines.
fn list(out: &mut impl Write, heading: &str, items: impl Iterator<Item = (String, String)>) -> io::Result<()> {
    let items: Vec<(String, String)> = items.collect();
    let width = items.iter().take(LOSSES).map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(60);
    for (index, (name, text)) in items.iter().take(LOSSES).enumerate() {
        let heading = if index == 0 { heading } else { "" };
        writeln!(out, "{heading:<10}{:<width$}  {text}", page::clean(name))?;
    }
    if items.len() > LOSSES {
        writeln!(out, "          and {} more", items.len() - LOSSES)?;
    }
    Ok(())
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
