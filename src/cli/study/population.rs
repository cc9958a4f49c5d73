//! From cases and files to a population.

use super::super::review;
use super::super::verify::Given;
use anyhow::Context as _;
use rootline::case::{COVERAGE, Case, INCIDENTS, MANIFEST, REVIEW};
use rootline::coverage::{HOUR, State, accounts};
use rootline::pattern::Pattern;
use rootline::record::Parser;
use rootline::record::time::Micros;
use rootline::session::{self, Review, entries};
use rootline::source::{Key, Kind};
use rootline::study::inputs::{self, Import};
use rootline::study::{Attempt, AttemptKind, Gathering, Incident, UseKind, UseOf};
use rootline::table::{Cell, Table, incidents};
use std::collections::HashMap;
use std::path::Path;

/// What was gathered, and from when to when the cases reach.
#[derive(Debug, Default)]
pub struct Gathered {
    pub gathering: Gathering,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    /// What could not be used of files, in words.
    pub problems: Vec<String>,
    pub incomplete: bool,
}

impl Gathered {
    fn reach(&mut self, time: Micros) {
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    /// Takes a case: root's records, incidents, and how far the logs reach.
    pub fn case(&mut self, case: &Case, pattern: Option<&Pattern>) -> anyhow::Result<()> {
        let timeline = review::timeline_of(case)?;
        let entries = entries(&timeline);
        let terms = review::earlier(&case.file(REVIEW)).map_or_else(session::Terms::default, |kept| kept.terms());
        let reviewed = Review::new(&entries, &terms);
        let texts = pattern.map(|_| Table::columns(&case.timeline(), &["record"])).transpose()?;
        let mut parser = Parser::default();
        for (number, entry) in entries.iter().enumerate() {
            let Some(time) = entry.time.filter(|_| !entry.account.is_empty()) else { continue };
            self.gathering.see(entry.account);
            let action = entry.action();
            if let Some(kind) = UseKind::of(entry.class, entry.credential, entry.name) {
                let matches = |pattern: &Pattern| {
                    let text = texts.as_ref().and_then(|texts| texts.text("record", number)).unwrap_or_default();
                    parser.with(text.as_bytes(), |value| pattern.matches(value)).ok()
                };
                let one = UseOf {
                    need: entry.need,
                    key: entry.key,
                    session: reviewed.session_of[number].map(|session| &*reviewed.sessions[session].id),
                    incident: reviewed.incident_of[number].map(|incident| &*reviewed.incidents[incident].id),
                    mfa: entry.mfa,
                    cis_match: entry.cis_match,
                    would_alarm: pattern.and_then(matches),
                    ..UseOf::new(time, kind, &action)
                };
                self.gathering.add_use(entry.account, &one);
            } else if entry.is_reviewed() {
                self.gathering.add_attempt(entry.account, Attempt { time, kind: AttemptKind::of(entry.name) });
            }
        }
        let detected = detected(case)?;
        for incident in reviewed.incidents.iter().filter(|incident| !incident.account.is_empty()) {
            let Some(start) = incident.first_use else { continue };
            let (alert, acknowledged, resolved) = detected.get(&*incident.id).copied().unwrap_or_default();
            let since = |from: Option<Micros>, to: Option<Micros>| Some(to?.saturating_sub(from?)).filter(|span| *span >= 0);
            let after = |to: Option<Micros>| Some(to?.saturating_sub(start).max(0));
            let (to_alert, to_detect, to_remediate) = (after(alert), after(acknowledged), since(alert, resolved));
            self.gathering
                .add_incident(incident.account, Incident { start, to_alert, to_detect, to_remediate, break_glass: incident.break_glass });
        }
        self.covered(case)
    }

    /// How far the logs of a case reach: by its coverage where digests were looked at, else by the names of its logs.
    fn covered(&mut self, case: &Case) -> anyhow::Result<()> {
        let has_coverage = case.file(COVERAGE).is_file();
        if has_coverage {
            let columns = ["account_id", "hour", "state"];
            let table = Table::columns(&case.file(COVERAGE), &columns)?;
            let [mut account, mut hour, mut state] = columns.map(|column| table.cells(column));
            // Hours in a row of one state are one stretch.
            let mut open: Option<(&str, Micros, Micros, State)> = None;
            for _ in 0..table.len() {
                let (account, hour, name) =
                    (account.next().and_then(Cell::text), hour.next().and_then(Cell::time), state.next().and_then(Cell::text));
                let (Some(account), Some(hour)) = (account, hour) else { continue };
                let Some(state) = State::ALL.into_iter().find(|state| Some(state.name()) == name) else { continue };
                match &mut open {
                    Some((of, _, to, as_state)) if *of == account && *to == hour && *as_state == state => *to = hour + HOUR,
                    _ => {
                        if let Some(stretch) = open.replace((account, hour, hour + HOUR, state)) {
                            self.stretch(stretch);
                        }
                    }
                }
            }
            if let Some(stretch) = open {
                self.stretch(stretch);
            }
        }
        let columns = ["uri", "last_event_time", "records"];
        let manifest = Table::columns(&case.file(MANIFEST), &columns)?;
        for uri in manifest.cells("uri").filter_map(Cell::text) {
            let key = Key::parse(uri);
            let (Some(Kind::Log), Some(account), Some(delivered)) = (key.kind, key.account, key.delivered_at) else { continue };
            self.gathering.see(account);
            self.reach(delivered);
            if !has_coverage {
                let hour = delivered.div_euclid(HOUR) * HOUR;
                self.stretch((account, hour, hour + HOUR, State::Observed));
            }
        }
        Ok(())
    }

    fn stretch(&mut self, (account, from, to, state): (&str, Micros, Micros, State)) {
        self.gathering.cover(account, (from, to), state);
        if state != State::Unknown {
            self.reach(from);
            self.reach(to);
        }
    }

    /// Takes a file that says something of accounts.
    pub fn input(&mut self, path: &Path, given: &mut Vec<Given>) -> anyhow::Result<()> {
        let bytes = Given::read(path, given)?;
        let date = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        let date =
            date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok()).and_then(|age| Micros::try_from(age.as_micros()).ok());
        let import: Import = inputs::read(&bytes, &inputs::Options { date, ..inputs::Options::default() })
            .with_context(|| format!("`{}` is no account state that is known", path.display()))?;
        let problem = |problem: &inputs::Problem| format!("{}: item {}: {}", path.display(), problem.position, problem.reason);
        self.problems.extend(import.problems.iter().map(problem));
        self.incomplete |= import.incomplete || !import.problems.is_empty() || import.more_problems > 0;
        self.gathering.add_import(&import);
        Ok(())
    }

    /// Takes a list of accounts.
    pub fn accounts(&mut self, path: &Path, given: &mut Vec<Given>) -> anyhow::Result<()> {
        let read = accounts::read(&Given::read(path, given)?);
        let read = read.map_err(|reason| anyhow::anyhow!("`{}` is no list of accounts: {reason}", path.display()))?;
        read.iter().for_each(|account| self.gathering.list(account));
        Ok(())
    }
}

/// Alert, acknowledgement and resolution of each incident, where the case has been through `detect`.
type Times = (Option<Micros>, Option<Micros>, Option<Micros>);

fn detected(case: &Case) -> anyhow::Result<HashMap<String, Times>> {
    let path = case.file(INCIDENTS);
    if !path.is_file() {
        return Ok(HashMap::new());
    }
    let columns = ["incident_id", "first_alert", "acknowledged", "resolved"];
    debug_assert!(columns.iter().all(|column| incidents::SCHEMA.iter().any(|(name, _)| name == column)));
    let table = Table::columns(&path, &columns)?;
    let row = |row| {
        let time = |column| table.time(column, row);
        (table.text("incident_id", row).unwrap_or_default().to_owned(), (time("first_alert"), time("acknowledged"), time("resolved")))
    };
    Ok((0..table.len()).map(row).collect())
}
