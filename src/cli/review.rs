//! What commands that look at incidents have in common: the terms of a review, and the files that it leaves in a case.

use super::verify::Given;
use crate::case::table::{SCHEMA_VERSION, Table, timeline};
use crate::case::{Case, CaseUpdate, DETECTION, INCIDENTS, REVIEW, TIMELINE};
use crate::error::Error;
use crate::evidence::record::time::Micros;
use crate::review::detect::Answer;
use crate::review::session::{self, BreakGlass, COLUMNS, Entry, Incident, Review, Signal, Spray, Terms, Window, break_glass};
use crate::review::table::incidents;
use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// How sessions and incidents are delimited, and which use was approved.
#[derive(Debug, Clone, Args)]
pub(super) struct Flags {
    /// Sessions of an account with no more than this between them are one incident [default: 60m]
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    incident_gap: Option<Duration>,
    /// After a rest longer than this a key or an address begins a new session [default: 60m]
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    idle_gap: Option<Duration>,
    /// Use that was approved beforehand: windows as TOML, JSON or CSV [default: those of the case's last review]
    #[arg(long, value_name = "FILE")]
    break_glass: Option<PathBuf>,
    /// Forget the windows of the case's last review
    #[arg(long, conflicts_with = "break_glass")]
    no_break_glass: bool,
}

/// Windows and the file that they came from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Approved {
    pub file: Given,
    pub windows: Vec<Window>,
}

/// The terms of a review as they are kept in the case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    incident_gap_seconds: f64,
    idle_gap_seconds: f64,
    break_glass: Option<Approved>,
}

/// The part of `incidents.json` that is read again.
#[derive(Debug, Deserialize)]
struct Earlier {
    terms: Kept,
}

fn micros(seconds: f64) -> Micros {
    // Out of range becomes the end of it.
    (seconds * 1e6) as Micros
}

impl Kept {
    /// As the library takes them.
    pub(super) fn terms(&self) -> Terms {
        Terms {
            incident_gap: micros(self.incident_gap_seconds),
            idle_gap: micros(self.idle_gap_seconds),
            windows: self.break_glass.as_ref().map(|approved| approved.windows.clone()),
        }
    }

    /// The file of windows, where one was given.
    pub(super) fn file(&self) -> Option<&Given> {
        self.break_glass.as_ref().map(|approved| &approved.file)
    }
}

impl Flags {
    /// The terms: those of the flags, else those of the case's last review, else the usual.
    pub(super) fn terms(&self, case: Option<&Case>) -> anyhow::Result<Kept> {
        let usual = Kept { incident_gap_seconds: 3600.0, idle_gap_seconds: 3600.0, break_glass: None };
        let mut terms = case.map(earlier).transpose()?.flatten().unwrap_or(usual);
        if self.no_break_glass {
            terms.break_glass = None;
        }
        if let Some(gap) = self.incident_gap {
            terms.incident_gap_seconds = gap.as_secs_f64();
        }
        if let Some(gap) = self.idle_gap {
            terms.idle_gap_seconds = gap.as_secs_f64();
        }
        if let Some(path) = &self.break_glass {
            let mut given = Vec::new();
            let windows = break_glass::read(&Given::read(path, &mut given)?);
            let windows = windows.map_err(|source| Error::BreakGlass { path: path.clone(), source: source.into() })?;
            terms.break_glass = given.pop().map(|file| Approved { file, windows });
        }
        Ok(terms)
    }
}

impl Flags {
    /// The terms for several cases together: those of the flags, else the gaps of their last reviews, which must be the same, and the windows of all.
    /// With it, of which cases somebody said what was approved.
    pub(super) fn terms_over(&self, cases: &[Case]) -> anyhow::Result<(Terms, Vec<bool>)> {
        let mut terms = self.terms(None)?.terms();
        let mut windows: Option<Vec<Window>> = None;
        let mut gaps = None;
        let mut judged = vec![self.break_glass.is_some(); cases.len()];
        for (case, is_judged) in cases.iter().zip(&mut judged) {
            let Some(kept) = earlier(case)? else { continue };
            *is_judged |= kept.break_glass.is_some();
            let kept_gaps = (kept.incident_gap_seconds, kept.idle_gap_seconds);
            let is_told = self.incident_gap.is_some() && self.idle_gap.is_some();
            anyhow::ensure!(
                is_told || gaps.is_none_or(|gaps| gaps == kept_gaps),
                "`{}` was reviewed with other gaps than the cases before it: give `--incident-gap` and `--idle-gap`",
                case.folder().display()
            );
            gaps = Some(kept_gaps);
            if let Some(approved) = kept.break_glass {
                let known = windows.get_or_insert_default();
                for window in approved.windows {
                    if !known.contains(&window) {
                        known.push(window);
                    }
                }
            }
        }
        if let Some((incident_gap, idle_gap)) = gaps {
            terms.incident_gap = if self.incident_gap.is_some() { terms.incident_gap } else { micros(incident_gap) };
            terms.idle_gap = if self.idle_gap.is_some() { terms.idle_gap } else { micros(idle_gap) };
        }
        if !self.no_break_glass {
            terms.windows = terms.windows.or(windows);
        }
        Ok((terms, judged))
    }
}

/// The terms of a case's last review, if there was one. Where they cannot be read, nobody can say what was approved.
pub(super) fn earlier(case: &Case) -> anyhow::Result<Option<Kept>> {
    let path = case.file(REVIEW);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    };
    let read: Result<Earlier, _> = serde_json::from_slice(&text);
    let earlier = read.map_err(|source| Error::Review { path, source })?;
    Ok(Some(earlier.terms))
}

/// The terms of a case's last review, else the usual.
pub(super) fn terms_of(case: &Case) -> anyhow::Result<Terms> {
    Ok(earlier(case)?.map_or_else(Terms::default, |kept| kept.terms()))
}

/// A record that supports a signal.
#[derive(Debug, Serialize)]
struct Support<'t> {
    /// Its row in the timeline, from 0.
    row: usize,
    event_time: Option<String>,
    event_id: &'t str,
    action: String,
    outcome: Option<&'static str>,
}

/// Records named for each signal; the count says how many there are.
const NAMED: usize = 100;

#[derive(Debug, Serialize)]
struct Told<'r, 't> {
    #[serde(flatten)]
    incident: &'r Incident<'t>,
    sessions: Vec<&'r str>,
    signals: Vec<Signalled<'r, 't>>,
}

#[derive(Debug, Serialize)]
struct Signalled<'r, 't> {
    #[serde(flatten)]
    signal: &'r Signal,
    supported_by: Vec<Support<'t>>,
}

#[derive(Debug, Serialize)]
struct Session<'r> {
    session_id: &'r str,
    account_id: &'r str,
    kind: &'static str,
    first_event_time: String,
    last_event_time: String,
    records: u64,
    mfa: Option<bool>,
    sign_in_row: Option<usize>,
    issued_by_session: Option<&'r str>,
}

/// A window and what came of it.
#[derive(Debug, Serialize)]
struct Used<'r> {
    #[serde(flatten)]
    window: &'r Window,
    approved: u64,
    out_of_scope: u64,
    unused: bool,
}

/// `incidents.json`.
#[derive(Debug, Serialize)]
struct Document<'r, 't> {
    schema_version: &'static str,
    terms: &'r Kept,
    incidents: Vec<Told<'r, 't>>,
    sessions: Vec<Session<'r>>,
    windows: Vec<Used<'r>>,
    overlapping_windows: Vec<[&'r Window; 2]>,
    /// Attempts at root of several accounts from one origin.
    sprays: &'r [Spray<'t>],
    without_event_time: u64,
}

/// Takes hold of a case that results are to be added to; `None`, with a note, where it may not be written to: they are only shown then.
pub(super) fn writable(case: &Case) -> anyhow::Result<Option<CaseUpdate>> {
    match CaseUpdate::open(case) {
        Ok(update) => Ok(Some(update)),
        Err(error) if error.is_read_only() => {
            super::note(&format!("`{}` cannot be written to: results are shown and not kept", case.folder().display()));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Says which results of earlier commands went away, and why.
pub(super) fn note_removed(removed: &[String]) {
    if !removed.is_empty() {
        let again = if removed.iter().any(|name| name == DETECTION) { "; run `rootline detect` again" } else { "" };
        super::note(&format!("removed {}, which stood on an earlier review{again}", removed.join(", ")));
    }
}

/// The timeline of a case with what a review reads of it.
pub(super) fn timeline_of(case: &Case) -> anyhow::Result<Table> {
    Ok(Table::columns(&case.file(TIMELINE), &COLUMNS)?)
}

fn told_session<'r>(review: &'r Review<'_>, session: &'r session::Session<'_>) -> Session<'r> {
    Session {
        session_id: &session.id,
        account_id: session.account,
        kind: session.kind.name(),
        first_event_time: crate::evidence::record::time::format(session.first),
        last_event_time: crate::evidence::record::time::format(session.last),
        records: session.entries.len() as u64,
        mfa: session.mfa,
        sign_in_row: session.login,
        issued_by_session: session.parent.map(|parent| &*review.sessions[parent].id),
    }
}

/// The review as it is kept and shown to programs.
pub(super) fn document(terms: &Kept, entries: &[Entry<'_>], review: &Review<'_>) -> anyhow::Result<Vec<u8>> {
    let support = |row: &usize| Support {
        row: *row,
        event_time: entries[*row].time.map(crate::evidence::record::time::format),
        event_id: entries[*row].event_id,
        action: entries[*row].action(),
        outcome: entries[*row].outcome.map(crate::evidence::record::outcome::Outcome::name),
    };
    let told = |incident| Told {
        incident,
        sessions: incident.sessions.iter().map(|session| &*review.sessions[*session].id).collect(),
        signals: incident
            .signals
            .iter()
            .map(|signal| Signalled { signal, supported_by: signal.entries.iter().take(NAMED).map(support).collect() })
            .collect(),
    };
    let windows = review.break_glass.iter().flat_map(BreakGlass::windows);
    let document = Document {
        schema_version: SCHEMA_VERSION,
        terms,
        incidents: review.incidents.iter().map(told).collect(),
        sessions: review.sessions.iter().map(|session| told_session(review, session)).collect(),
        windows: windows
            .map(|(window, approved, out_of_scope)| Used { window, approved, out_of_scope, unused: approved + out_of_scope == 0 })
            .collect(),
        overlapping_windows: review.break_glass.iter().flat_map(|windows| windows.overlaps()).map(|(one, other)| [one, other]).collect(),
        sprays: &review.sprays,
        without_event_time: review.unplaced,
    };
    super::report::json(&document)
}

/// Puts a review into a case: the timeline with incidents and sessions, the table of incidents, and the document.
pub(super) fn add(
    update: &mut CaseUpdate,
    case: &Case,
    rows: usize,
    review: &Review<'_>,
    answers: &[Answer],
    document: &[u8],
) -> anyhow::Result<()> {
    let (file, path) = update.add(TIMELINE)?;
    let reasons: Vec<Option<String>> = review
        .judgements
        .iter()
        .map(|judged| judged.as_ref().filter(|judged| !judged.reasons.is_empty()).map(|judged| judged.reasons.join("; ")))
        .collect();
    let remark = |row: usize| {
        let judged = review.judgements[row].as_ref();
        let incident = review.incident_of[row].map(|incident| &*review.incidents[incident].id);
        let session = review.session_of[row].map(|session| &*review.sessions[session].id);
        [judged.map(|judged| judged.verdict.name()), reasons[row].as_deref(), incident, session]
    };
    timeline::annotate(&case.file(TIMELINE), rows, remark, file, &path)?;
    let (file, path) = update.add(INCIDENTS)?;
    incidents::write(&review.incidents, answers, file, &path)?;
    let (mut file, path) = update.add(REVIEW)?;
    file.write_all(document).with_context(|| format!("cannot write `{}`", path.display()))
}
