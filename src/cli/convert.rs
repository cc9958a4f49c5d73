//! `rootline convert`.

use super::gather::{spare, spare_from_nothing};
use super::reading::{Format, Output, Reading, Start};
use super::report::{self, count};
use super::{Exit, page, plan};
use crate::case::spool::Spool;
use crate::case::table::manifest;
use crate::case::{RECORDS, RecordsWriter};
use crate::cli::progress::Bar;
use crate::cli::summary::convert::Summary;
use crate::cli::summary::{Run, Terms};
use crate::pipeline::{self, convert};
use clap::Args;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Write every record to Parquet.
#[derive(Debug, Args)]
#[command(after_help = "DIR/records/account=ID/day=YYYY-MM-DD/ holds the records, sorted by time; DIR/manifest.parquet what was read.\n\
    While it reads, records are put aside: that takes as much room as the logs inflated.\n\
    Exit codes: 0 done, 2 could not run, 3 done, but evidence was lost or not recognised (see the manifest), or no record was found, or none of what was asked for.")]
pub(super) struct Convert {
    /// The folder that the tables go to; made if it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Also write each record itself, as delivered, into a column `record`
    #[arg(long)]
    record: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    output: Output,
}

impl Convert {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let start = Start::now();
        let folder = self.out.as_deref().unwrap_or(Path::new(""));
        let config = self.reading.config(&start, folder)?;
        let threads = self.reading.threads();
        let sources = self.reading.sources(folder, &config.filter)?;
        if self.reading.dry_run {
            return plan::show(&sources, &config.filter, self.output.format);
        }
        let before = spare(&self.reading, folder, &[])?;
        let writer = RecordsWriter::open(folder)?;
        let spool = Spool::new(self.reading.temp(folder));
        let bar = Bar::new(self.output.quiet);
        let pool = pipeline::pool(threads)?;
        let done = pool.install(|| {
            let mut converted = convert::read(&sources.all(), &config, &spool, &bar)?;
            spare_from_nothing(&self.reading, folder, before.as_ref(), &converted.manifest)?;
            let written = converted.write(writer.records(), self.record, &bar)?;
            Ok::<_, crate::error::Error>((converted, written))
        });
        let (converted, written) = done.inspect_err(|_| bar.finish())?;
        let (file, path) = writer.manifest()?;
        pool.install(|| manifest::write(&converted.manifest, file, &path))?;
        let summary = Summary::new(
            &converted,
            &written,
            Terms::from(&config.filter),
            Run { s3: sources.asked(), evidence: self.reading.places(), ..start.run(threads) },
        );
        let json = report::json(&summary)?;
        writer.commit(&json)?;
        bar.finish();
        let json = (self.output.format == Format::Json).then_some(&json[..]);
        report::show(json, self.output.quiet, |out| text(out, &summary, folder))?;
        // A name that is misspelt leaves nothing to write.
        let lacks = summary.records.read > 0 && summary.records.written == 0;
        if lacks {
            super::note("no record in the evidence is of the accounts, regions and window that were asked for");
        }
        Ok(if summary.losses.complete && summary.records.read > 0 && !lacks { Exit::Clean } else { Exit::Incomplete })
    }
}

/// The summary for people.
fn text(out: &mut impl Write, summary: &Summary, folder: &Path) -> io::Result<()> {
    let Summary { objects, records, files, run, .. } = summary;
    let tables = folder.join(RECORDS);
    writeln!(out, "out       {}", page::clean(&folder.to_string_lossy()))?;
    report::objects(out, objects, run)?;
    writeln!(
        out,
        "records   {}: {} written to {} files, {} damaged",
        count(records.read),
        count(records.written),
        count(*files),
        count(records.damaged)
    )?;
    report::period(out, records.first_event_time.as_deref(), records.last_event_time.as_deref())?;
    let notes = [
        (records.labelled, "about root"),
        (records.outside_terms, "outside the window, accounts or regions asked for"),
        (records.duplicates, "copies folded into the first"),
        (records.conflicts, "with an event id that stands on other content too, kept and flagged"),
        (records.kept_apart, "of insight, network activity or aggregated events, kept apart"),
        (records.without_event_time, "without an event time, kept"),
    ];
    report::notes(out, &notes)?;
    if records.read == 0 {
        writeln!(out, "          no CloudTrail record was found")?;
    }
    if records.written > 0 {
        writeln!(out)?;
        writeln!(out, "read them with DuckDB: select * from '{}/**/*.parquet'", page::clean(&tables.to_string_lossy()))?;
    }
    report::losses(out, &summary.losses)
}
