//! From evidence to the tables of a case: what `scan` does, and what `audit` and `trace` begin with.

use super::reading::{Reading, Sources, Start};
use super::{report, review};
use crate::case::table::{manifest, timeline};
use crate::case::{AUDITED, Case, CaseWriter, INCIDENTS, REVIEW, SUMMARY};
use crate::cli::progress::Bar;
use crate::cli::summary::{Evidence, Run, Summary, Terms};
use crate::error::Error;
use crate::pipeline::{self, Config, Scan};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// Where and how evidence is read.
pub(super) struct Gathering<'g> {
    pub reading: &'g Reading,
    pub config: Config,
    pub start: &'g Start,
    /// The folder of the case.
    pub folder: &'g Path,
    /// Whether objects of S3 are fetched again that an earlier run has read.
    pub rescan: bool,
    pub sources: &'g Sources,
}

/// The parts of a summary that say what a case is of.
#[derive(Debug, Default, Deserialize)]
struct Made {
    #[serde(default)]
    run: MadeRun,
    #[serde(default)]
    records: MadeRecords,
}

#[derive(Debug, Default, Deserialize)]
struct MadeRun {
    #[serde(default)]
    evidence: Vec<Evidence>,
}

#[derive(Debug, Default, Deserialize)]
struct MadeRecords {
    #[serde(default)]
    read: u64,
}

/// What a folder holds before a run, where there is a finished case.
#[derive(Debug)]
pub(super) struct Before {
    records: u64,
}

/// Refuses to remove what a run does not make again: all that was added to a case of other evidence, and anything beside `remade` that was added to
/// one of the same. A case that nothing was added to can be read again at any time.
pub(super) fn spare(reading: &Reading, folder: &Path, remade: &[&str]) -> anyhow::Result<Option<Before>> {
    let case = match Case::open(folder) {
        Ok(case) => case,
        Err(Error::NoCase(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // A summary that cannot be read says nothing of the evidence, which is then taken for other evidence.
    let made: Made = std::fs::read(case.file(SUMMARY)).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let places = |evidence: &[Evidence]| evidence.iter().map(|place| place.path.clone()).collect::<BTreeSet<String>>();
    let (old, new) = (places(&made.run.evidence), places(&reading.places()));
    let is_same = old == new && !new.contains("-");
    let mut lost: Vec<&str> = case.added();
    if is_same {
        // Windows of approved use came from a file, and are not in the evidence.
        let has_windows = review::earlier(&case).is_ok_and(|kept| kept.is_some_and(|kept| kept.file().is_some()));
        lost.retain(|name| !remade.contains(name) || *name == REVIEW && has_windows);
    }
    if !lost.is_empty() && !reading.replace {
        let lost = lost.into_iter().map(str::to_owned).collect();
        let other = (!is_same && !old.is_empty()).then(|| old.iter().map(|place| format!("`{place}`")).collect::<Vec<_>>().join(", "));
        return Err(Error::Reviewed { case: folder.to_path_buf(), lost, other }.into());
    }
    Ok(Some(Before { records: made.records.read }))
}

/// Refuses to put nothing in the place of results that there are.
pub(super) fn spare_from_nothing(
    reading: &Reading,
    folder: &Path,
    before: Option<&Before>,
    manifest: &[manifest::Row],
) -> Result<(), Error> {
    match before {
        Some(&Before { records }) if records > 0 && !reading.replace && manifest.iter().all(|row| row.records == 0) => {
            Err(Error::NothingInstead { folder: folder.to_path_buf(), records })
        }
        _ => Ok(()),
    }
}

/// What an audit makes, beside the tables of a scan.
fn audited() -> Vec<&'static str> {
    AUDITED.into_iter().chain([INCIDENTS, REVIEW]).collect()
}

/// Reads evidence into a case, to which `add` adds what else is to be in it.
pub(super) fn gather(
    gathering: Gathering<'_>,
    bar: &Bar,
    add: impl FnOnce(&Scan, &mut CaseWriter, &rayon::ThreadPool) -> anyhow::Result<()>,
) -> anyhow::Result<Summary> {
    gather_for(gathering, &[], bar, add)
}

/// The same for a command that makes the files `remade` of the case afterwards.
pub(super) fn gather_for(
    gathering: Gathering<'_>,
    remade: &[&'static str],
    bar: &Bar,
    add: impl FnOnce(&Scan, &mut CaseWriter, &rayon::ThreadPool) -> anyhow::Result<()>,
) -> anyhow::Result<Summary> {
    let Gathering { reading, mut config, start, folder, rescan, sources } = gathering;
    let threads = reading.threads();
    let remade = if config.integrity { audited() } else { remade.to_vec() };
    let before = spare(reading, folder, &remade)?;
    let mut case = CaseWriter::open(folder)?;
    config.journal = sources.journal(case.folder(), &config, rescan)?;
    let pool = pipeline::pool(threads)?;
    let scan = pool.install(|| pipeline::scan(&sources.all(), &config, bar))?;
    spare_from_nothing(reading, folder, before.as_ref(), &scan.manifest)?;
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
