//! `rootline scan`.

use super::gather::{Gathering, gather};
use super::reading::{Format, Output, Reading, Start};
use super::{Exit, held, page, plan, report};
use crate::cli::progress::Bar;
use crate::cli::summary::{Count, Summary};
use clap::Args;
use report::{LISTED, count};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Read evidence into a case.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done, 2 could not run, 3 done, but evidence was lost or not recognised (see the manifest), no CloudTrail record was found, or nothing in it is of an \
    account, region or window that was asked for."
)]
pub(super) struct Scan {
    /// The folder that the tables go to; made if it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    case: Option<PathBuf>,
    /// Fetch objects from S3 again that an earlier scan into the case has read, although they are the same
    #[arg(long)]
    rescan: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    output: Output,
}

impl Scan {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let start = Start::now();
        let folder = self.case.as_deref().unwrap_or(Path::new(""));
        let config = self.reading.config(&start, folder)?;
        let sources = self.reading.sources(folder, &config.filter)?;
        if self.reading.dry_run {
            return plan::show(&sources, &config.filter, self.output.format);
        }
        let bar = Bar::new(self.output.quiet);
        let gathering = Gathering { reading: &self.reading, config, start: &start, folder, rescan: self.rescan, sources: &sources };
        let filter = gathering.config.filter.clone();
        let summary = gather(gathering, &bar, |_, _, _| Ok(())).inspect_err(|_| bar.finish())?;
        bar.finish();
        let lacks = held::note(folder, &filter)?;
        let json = report::json(&summary)?;
        let json = (self.output.format == Format::Json).then_some(&json[..]);
        report::show(json, self.output.quiet, |out| text(out, &summary, folder))?;
        // Nothing was found where nothing was read, and that is not a finding.
        Ok(if summary.losses.complete && summary.records.read > 0 && !lacks { Exit::Clean } else { Exit::Incomplete })
    }
}

/// The summary for people.
fn text(out: &mut impl Write, summary: &Summary, case: &Path) -> io::Result<()> {
    let none = || "-".to_owned();
    let Summary { objects, records, root, run, .. } = summary;
    writeln!(out, "case      {}", page::clean(&case.to_string_lossy()))?;
    report::objects(out, objects, run)?;
    writeln!(
        out,
        "records   {}: {} about root, {} passed over, {} damaged",
        count(records.read),
        count(records.labelled),
        count(records.passed_over),
        count(records.damaged)
    )?;
    report::period(out, records.first_event_time.as_deref(), records.last_event_time.as_deref())?;
    let notes = [
        (records.outside_terms, "about root, but outside the window, accounts or regions asked for"),
        (records.duplicates, "copies folded into the first"),
        (records.conflicts, "with an event id that stands on other content too, kept and flagged"),
        (records.kept_apart, "of insight, network activity or aggregated events, kept apart"),
        (records.without_event_time, "without an event time, kept"),
        (root.degraded, "from event history CSV: no identity type, no sign-in outcome"),
    ];
    report::notes(out, &notes)?;
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
    report::losses(out, &summary.losses)?;
    report::not_read(out, &summary.left_out)
}

/// A list under a heading, at most ten lines.
fn list(out: &mut impl Write, heading: &str, items: impl Iterator<Item = (String, String)>) -> io::Result<()> {
    let items: Vec<(String, String)> = items.collect();
    let width = items.iter().take(LISTED).map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(60);
    for (index, (name, text)) in items.iter().take(LISTED).enumerate() {
        let heading = if index == 0 { heading } else { "" };
        writeln!(out, "{heading:<10}{:<width$}  {text}", page::clean(name))?;
    }
    if items.len() > LISTED {
        writeln!(out, "          and {} more", items.len() - LISTED)?;
    }
    Ok(())
}
