//! Parts of summaries for people.

use super::page;
use crate::cli::summary::{LeftOut, Losses, Objects, Run};
use crate::evidence::source::s3::Report;
use anyhow::Context as _;
use indicatif::{HumanBytes, HumanCount};
use serde::Serialize;
use std::io::{self, Write};

/// Items of a list; tables have them all.
pub(super) const LISTED: usize = 10;

/// A number with its thousands set apart.
pub(super) fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// A number of things, `1 file` or `2 files`.
pub(super) fn things(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {one}s", count(number)) }
}

/// What was read.
pub(super) fn objects(out: &mut impl Write, objects: &Objects, run: &Run) -> io::Result<()> {
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
        "          {} read, {} partial, {} damaged, {} unrecognised, {} skipped, {} not a log",
        count(status("read")),
        count(status("partial")),
        count(status("damaged")),
        count(status("unrecognised")),
        count(status("skipped")),
        count(status("not_a_log"))
    )?;
    if run.recalled > 0 {
        writeln!(out, "          {} known from an earlier scan and not fetched again", count(run.recalled))?;
    }
    run.s3.iter().try_for_each(|bucket| asked(out, bucket))
}

/// What was asked of a bucket, and what was left out of it on purpose.
pub(super) fn asked(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let Report { bucket, requests, retries, first_day, last_day, .. } = report;
    writeln!(out, "s3        {}: {} requests, {} of them retries", page::clean(bucket), count(*requests), count(*retries))?;
    if first_day.is_some() || last_day.is_some() {
        let (first, last) = (first_day.as_deref().unwrap_or("the first day"), last_day.as_deref().unwrap_or("the last day"));
        writeln!(out, "          only logs delivered from {first} to {last}: the window, and some time for late ones (--late)")?;
    }
    left_out(out, report)
}

/// What was left out of a bucket on purpose.
pub(super) fn left_out(out: &mut impl Write, bucket: &Report) -> io::Result<()> {
    let services: Vec<_> = bucket.services_left_out.iter().map(|service| page::clean(service)).collect();
    let parts = [
        (bucket.accounts_left_out, format!("{} accounts", count(bucket.accounts_left_out))),
        (bucket.regions_left_out, format!("{} regions", count(bucket.regions_left_out))),
        (services.len() as u64, format!("folders of other services ({})", services.join(", "))),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text).collect();
    if parts.is_empty() { Ok(()) } else { writeln!(out, "          not listed: {}", parts.join(", ")) }
}

/// From the first event time to the last, where there are any.
pub(super) fn period(out: &mut impl Write, first: Option<&str>, last: Option<&str>) -> io::Result<()> {
    match (first, last) {
        (Some(first), Some(last)) => writeln!(out, "          from {first} to {last}"),
        _ => Ok(()),
    }
}

/// Lines for the numbers that are not zero.
pub(super) fn notes(out: &mut impl Write, notes: &[(u64, &str)]) -> io::Result<()> {
    for (number, what) in notes.iter().filter(|(number, _)| *number > 0) {
        writeln!(out, "          {} {what}", count(*number))?;
    }
    Ok(())
}

/// What was lost, if anything was.
pub(super) fn losses(out: &mut impl Write, losses: &Losses) -> io::Result<()> {
    if losses.complete {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "lost      evidence is incomplete: {} objects", count(losses.objects_with_losses))?;
    for loss in losses.losses.iter().take(LISTED) {
        writeln!(out, "          {} {}: {}", loss.status, page::clean(&loss.uri), page::clean(&loss.reason))?;
    }
    if losses.objects_with_losses > LISTED as u64 {
        writeln!(out, "          and {} more, in manifest.parquet", count(losses.objects_with_losses - LISTED as u64))?;
    }
    Ok(())
}

/// What was left out although nothing is wrong with it, a line for each reason with the first names.
pub(super) fn not_read(out: &mut impl Write, left: &[LeftOut]) -> io::Result<()> {
    for (number, group) in left.iter().enumerate() {
        let heading = if number == 0 { "not read" } else { "" };
        let LeftOut { status, reason, objects, named } = group;
        let names: Vec<_> = named.iter().take(NAMED).map(|uri| page::clean(uri)).collect();
        let more = objects.saturating_sub(names.len() as u64);
        let names = match (names.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!(": {}", names.join(", ")),
            (false, more) => format!(": {} and {} more", names.join(", "), count(more)),
        };
        let status = status.replace('_', " ");
        writeln!(out, "{heading:<10}{} {status}, {}{names}", things(*objects, "object"), page::clean(reason))?;
    }
    Ok(())
}

/// Names in a line.
const NAMED: usize = 3;

/// A summary as it is kept.
pub(super) fn json(summary: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(summary).context("cannot write the summary")?;
    json.push(b'\n');
    Ok(json)
}

/// Writes a summary to standard output, unless there it is not wanted or nobody reads it: the results are written, and that changes nothing
/// about the evidence.
pub(super) fn show(json: Option<&[u8]>, quiet: bool, text: impl FnOnce(&mut io::StdoutLock<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = match json {
        Some(json) => out.write_all(json),
        None if quiet => Ok(()),
        None => text(&mut out),
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
