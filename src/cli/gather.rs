//! From evidence to the tables of a case: what `scan` does, and what `audit` and `trace` begin with.

use super::reading::{Reading, Sources, Start};
use super::report;
use crate::progress::Bar;
use rootline::case::CaseWriter;
use rootline::pipeline::{self, Config, Scan};
use rootline::summary::{Run, Summary, Terms};
use rootline::table::{manifest, timeline};
use std::path::Path;

/// Where and how evidence is read.
pub struct Gathering<'g> {
    pub reading: &'g Reading,
    pub config: Config,
    pub start: &'g Start,
    /// The folder of the case.
    pub folder: &'g Path,
    /// Whether objects of S3 are fetched again that an earlier run has read.
    pub rescan: bool,
    pub sources: &'g Sources,
}

/// Reads evidence into a case, to which `add` adds what else is to be in it.
pub fn gather(
    gathering: Gathering<'_>,
    bar: &Bar,
    add: impl FnOnce(&Scan, &mut CaseWriter, &rayon::ThreadPool) -> anyhow::Result<()>,
) -> anyhow::Result<Summary> {
    let Gathering { reading, mut config, start, folder, rescan, sources } = gathering;
    let threads = reading.threads();
    let mut case = CaseWriter::open(folder)?;
    config.journal = sources.journal(case.folder(), &config, rescan)?;
    let pool = pipeline::pool(threads)?;
    let scan = pool.install(|| pipeline::scan(&sources.all(), &config, bar))?;
    add(&scan, &mut case, &pool)?;
    bar.say("writing tables");
    let ((manifest_file, manifest_path), (timeline_file, timeline_path)) = (case.manifest()?, case.timeline()?);
    let uri = |object: u32| &*scan.manifest[object as usize].uri;
    let run = || Run { recalled: scan.recalled, s3: sources.asked(), evidence: reading.places(), ..start.run(threads) };
    // The sums are one thread's work, as is the end of each table, so all of it is done side by side.
    let ((written, listed), mut summary) = pool.install(|| {
        let listed = || manifest::write(&scan.manifest, manifest_file, &manifest_path);
        let written = || timeline::write(&scan.activities, &scan.texts, uri, timeline_file, &timeline_path);
        rayon::join(|| rayon::join(written, listed), || Summary::new(&scan, Terms::from(&config.filter), run()))
    });
    written?;
    listed?;
    // With the time that the tables took.
    summary.run = run();
    case.commit(&report::json(&summary)?)?;
    // A large timeline takes a while to take apart, and the process ends soon anyway.
    std::mem::forget(scan);
    Ok(summary)
}
