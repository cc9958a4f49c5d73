//! From cases and files to a population.

use super::super::alarms::Alarms;
use super::super::report::things;
use super::super::review::{self, Flags};
use super::super::verify::Given;
use crate::case::table::manifest::{self, Status};
use crate::case::table::{Cell, Table};
use crate::case::{COVERAGE, Case, INCIDENTS, MANIFEST, SUMMARY, TIMELINE};
use crate::error::Error;
use crate::evidence::filter::Filter;
use crate::evidence::record::time::{self, Micros};
use crate::evidence::source::{Key, Kind};
use crate::proof::coverage::{HOUR, State, accounts, tells_of};
use crate::review::detect::Outcome;
use crate::review::replay::Chain;
use crate::review::session::{self, Entry, Merged, Review, entries};
use crate::review::table::incidents;
use crate::study::inputs::{self, Dated, Import};
use crate::study::{Attempt, AttemptKind, Gathering, Incident, UseKind, UseOf};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// Rows of a table that are in memory at once.
const ROWS: usize = 1 << 20;

/// What was gathered, and from when to when the cases reach.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub gathering: Gathering,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    /// Cases of which something was lost when they were made, and what could not be used of files, in words.
    pub problems: Vec<String>,
    pub incomplete: bool,
    /// What files say of accounts, until the window is known.
    imports: Vec<(PathBuf, Import)>,
}

/// States of a file that were not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Unused {
    pub file: String,
    /// How many accounts they are of.
    pub accounts: u64,
    pub reason: String,
}

/// What a case holds, by its summary.
#[derive(Debug, Default)]
struct Held {
    accounts: BTreeSet<String>,
    has_regions: bool,
    from: Option<Micros>,
    to: Option<Micros>,
}

#[derive(Debug, Deserialize)]
struct Made {
    terms: MadeTerms,
}

#[derive(Debug, Deserialize)]
struct MadeTerms {
    from: Option<String>,
    to: Option<String>,
    accounts: BTreeSet<String>,
    regions: BTreeSet<String>,
}

impl Held {
    fn of(case: &Case) -> anyhow::Result<Self> {
        let path = case.file(SUMMARY);
        let text = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let Made { terms } = serde_json::from_slice(&text).with_context(|| format!("`{}` is not the summary of a case", path.display()))?;
        let time = |text: Option<String>| text.and_then(|text| time::parse(text.as_bytes()));
        Ok(Self { accounts: terms.accounts, has_regions: !terms.regions.is_empty(), from: time(terms.from), to: time(terms.to) })
    }

    /// Whether the case holds what was delivered in an hour: events of its window, the last of which come in the hour after it.
    fn holds(&self, hour: Micros) -> bool {
        self.from.is_none_or(|from| hour + HOUR > from) && self.to.is_none_or(|to| hour < to.saturating_add(HOUR))
    }
}

/// How cases are looked at.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub flags: &'a Flags,
    pub filter: &'a Filter,
    pub alarms: &'a Alarms,
    pub chains: &'a [Chain],
}

/// A case with what a review reads of it.
struct Opened {
    timeline: Table,
    /// Incident and its times by row, where the case has been through `detect`.
    detected: Vec<Option<Times>>,
    /// Incidents of which it is undecided whether an alert is about them.
    undecided: usize,
}

/// Alert, acknowledgement and resolution of an incident.
type Times = (Option<Micros>, Option<Micros>, Option<Micros>);

impl Gathered {
    fn reach(&mut self, time: Micros) {
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    /// Takes cases: root's records, incidents, and how far the logs reach. What several cases have counts once.
    pub(super) fn cases(&mut self, cases: &[Case], asked: &Asked<'_>) -> anyhow::Result<()> {
        let Asked { flags, filter, alarms, chains } = *asked;
        let (terms, judged) = flags.terms_over(cases)?;
        let opened = cases.iter().map(Opened::new).collect::<anyhow::Result<Vec<_>>>()?;
        for (case, opened) in cases.iter().zip(&opened).filter(|(_, opened)| opened.undecided > 0) {
            let incidents = things(opened.undecided as u64, "incident");
            self.lose(format!(
                "{}: whether an alert is about them is undecided for {incidents}, which count as without one",
                case.folder().display()
            ));
        }
        let admits = |entry: &Entry<'_>| filter.accounts.is_empty() || filter.accounts.contains(entry.account);
        let merged = session::merge(opened.iter().map(|opened| entries(&opened.timeline)).collect());
        let merged: Vec<Merged<'_>> = merged.into_iter().filter(|one| admits(&one.entry)).collect();
        let entries: Vec<Entry<'_>> = merged.iter().map(|one| one.entry.clone()).collect();
        let reviewed = Review::new(&entries, &terms);
        let raised = if chains.is_empty() { Vec::new() } else { alarms.raised(chains, cases, &merged)? };
        for (number, entry) in entries.iter().enumerate() {
            let Some(time) = entry.time.filter(|_| !entry.account.is_empty()) else { continue };
            if entry.cis_match {
                self.gathering.add_cis_match(entry.account, time);
            }
            if let Some(kind) = UseKind::of(entry.class, entry.credential, entry.name) {
                let action = entry.action();
                let one = UseOf {
                    need: entry.need,
                    key: entry.key,
                    session: reviewed.session_of[number].map(|session| &*reviewed.sessions[session].id),
                    incident: reviewed.incident_of[number].map(|incident| &*reviewed.incidents[incident].id),
                    mfa: entry.mfa,
                    cis_match: entry.cis_match,
                    would_alarm: raised.get(number).copied().flatten(),
                    ..UseOf::new(time, kind, &action)
                };
                self.gathering.add_use(entry.account, &one);
            } else if entry.is_reviewed() {
                self.gathering.add_attempt(entry.account, Attempt { time, kind: AttemptKind::of(entry.name) });
            }
        }
        for incident in reviewed.incidents.iter().filter(|incident| !incident.account.is_empty()) {
            let Some(start) = incident.first_use else { continue };
            let origins = || incident.entries.iter().flat_map(|entry| &merged[*entry].origins);
            // What several cases say of parts of one incident is said of all of it: its first alert, its last resolution.
            let told: Vec<Times> = origins().filter_map(|origin| *opened[origin.timeline].detected.get(origin.row)?).collect();
            let alert = told.iter().filter_map(|times| times.0).min();
            let acknowledged = told.iter().filter_map(|times| times.1).min();
            let resolved = told.iter().filter_map(|times| times.2).max();
            let since = |from: Option<Micros>, to: Option<Micros>| Some(to?.saturating_sub(from?)).filter(|span| *span >= 0);
            let after = |to: Option<Micros>| Some(to?.saturating_sub(start).max(0));
            let (to_alert, to_detect, to_remediate) = (after(alert), after(acknowledged), since(alert, resolved));
            let break_glass = incident.break_glass.filter(|_| origins().any(|origin| judged[origin.timeline]));
            self.gathering.add_incident(incident.account, Incident { start, to_alert, to_detect, to_remediate, break_glass });
        }
        cases.iter().try_for_each(|case| self.covered(case, filter))
    }

    /// How far the logs of a case reach: by its coverage where digests were looked at, else by its logs. A case tells nothing of what lies outside of its own
    /// terms, although logs of that may have been read: root's use in it was left out.
    fn covered(&mut self, case: &Case, filter: &Filter) -> anyhow::Result<()> {
        let terms = Held::of(case)?;
        let name = case.folder().display();
        if terms.has_regions {
            self.lose(format!("{name}: holds some regions only, so it does not show that root was not used"));
        }
        let admits = |account: &str| {
            (filter.accounts.is_empty() || filter.accounts.contains(account))
                && (terms.accounts.is_empty() || terms.accounts.contains(account))
        };
        let has_coverage = case.file(COVERAGE).is_file();
        if has_coverage {
            let columns = ["account_id", "region", "hour", "state", "records"];
            for table in Table::parts(&case.file(COVERAGE), &columns, ROWS) {
                let table = table?;
                let [mut account, mut region, mut hour, mut state, mut records] = columns.map(|column| table.cells(column));
                for _ in 0..table.len() {
                    let (account, region) = (account.next().and_then(Cell::text), region.next().and_then(Cell::text));
                    let (hour, name) = (hour.next().and_then(Cell::time), state.next().and_then(Cell::text));
                    let records = records.next().and_then(Cell::number).unwrap_or_default();
                    let (Some(account), Some(hour)) = (account.filter(|account| admits(account)), hour) else { continue };
                    let Some(state) = State::ALL.into_iter().find(|state| Some(state.name()) == name) else { continue };
                    // Digests that nothing vouches for are no observation.
                    let state = if state == State::Observed && records == 0 { State::Unknown } else { state };
                    if !terms.has_regions && terms.holds(hour) {
                        self.hour(account, region.unwrap_or_default(), hour, state);
                    }
                }
            }
        }
        let (mut lost, mut objects, mut records) = (0_u64, 0_u64, 0_u64);
        let columns = ["uri", "status", "records", "damaged", "management_event", "first_event_time", "last_event_time"];
        for manifest in Table::parts(&case.file(MANIFEST), &columns, ROWS) {
            let manifest = manifest?;
            let mut cells = columns.map(|column| manifest.cells(column));
            for _ in 0..manifest.len() {
                let [uri, status, read, damaged, management, first, last] =
                    cells.each_mut().map(|cells| cells.next().unwrap_or(Cell::Null));
                let row = manifest::Row {
                    status: Status::ALL.into_iter().find(|known| status.text() == Some(known.name())).unwrap_or(Status::Damaged),
                    records: read.number().unwrap_or_default(),
                    damaged: damaged.number().unwrap_or_default(),
                    management_event: management.truth().unwrap_or_default(),
                    first_event_time: first.time(),
                    last_event_time: last.time(),
                    ..manifest::Row::new(uri.text().unwrap_or_default().to_owned(), 0)
                };
                objects += 1;
                records += row.records - row.damaged.min(row.records);
                lost += u64::from(row.status.is_loss());
                let key = Key::parse(&row.uri);
                let (Some(Kind::Log), Some(account), Some(delivered)) = (key.kind, key.account, key.delivered_at) else {
                    // A file that is not called as CloudTrail calls it has the times of its records, which may be of any account.
                    first.time().into_iter().chain(last.time()).for_each(|time| self.reach(time));
                    continue;
                };
                if !admits(account) {
                    continue;
                }
                self.gathering.see(account);
                self.reach(delivered);
                if let Some((account, region, hour)) = tells_of(&row)
                    && !has_coverage
                    && !terms.has_regions
                    && terms.holds(hour)
                {
                    self.hour(account, region, hour, State::Observed);
                }
            }
        }
        if records == 0 {
            self.lose(format!("{name}: holds no CloudTrail record, so nothing can be said of root"));
        }
        if lost > 0 {
            self.lose(format!("{name}: {lost} of {objects} objects were lost in part or whole when the case was made"));
        }
        Ok(())
    }

    fn lose(&mut self, problem: String) {
        self.incomplete = true;
        self.problems.push(problem);
    }

    fn hour(&mut self, account: &str, region: &str, hour: Micros, state: State) {
        self.gathering.cover(account, region, (hour, hour + HOUR), state);
        if state != State::Unknown {
            self.reach(hour);
            self.reach(hour + HOUR);
        }
    }

    /// Takes a file that says something of accounts. `date` is that of what does not say when it was so.
    pub(super) fn input(&mut self, path: &Path, date: Option<Micros>, given: &mut Vec<Given>) -> anyhow::Result<()> {
        let bytes = Given::read(path, given)?;
        let import: Import = inputs::read(&bytes, &inputs::Options { date, ..inputs::Options::default() })
            .map_err(|source| Error::AccountState { path: path.to_path_buf(), source: source.into() })?;
        let problem = |problem: &inputs::Problem| format!("{}: item {}: {}", path.display(), problem.position, problem.reason);
        self.problems.extend(import.problems.iter().map(problem));
        self.incomplete |= import.incomplete || !import.problems.is_empty() || import.more_problems > 0;
        self.imports.push((path.to_path_buf(), import));
        Ok(())
    }

    /// Puts what files say of accounts to what is known, once the window is: what is of another time says nothing of it. Gives what was not used, and why.
    pub(super) fn states(&mut self, (from, to): (Micros, Micros), grace: Micros) -> Vec<Unused> {
        let mut unused = Vec::new();
        let (since, until) = (from.saturating_sub(grace), to.saturating_add(grace));
        for (path, mut import) in std::mem::take(&mut self.imports) {
            let mut left: BTreeMap<String, u64> = BTreeMap::new();
            import.states.retain(|(_, state)| {
                let reason = match state.at {
                    None => "it does not say when it was so (hint: give `--state-date`)".to_owned(),
                    Some(at) if at > until => format!("it is of {}, after the window and `--state-grace`", time::format(at)),
                    Some(at) if at < since && state.dated == Dated::NotBefore => format!(
                        "the latest time in it is {}, before the window, and it does not say when it was made (hint: give `--state-date`)",
                        time::format(at)
                    ),
                    Some(at) if at < since => format!("it is of {}, before the window and `--state-grace`", time::format(at)),
                    Some(_) => return true,
                };
                *left.entry(reason).or_default() += 1;
                false
            });
            let file = path.display().to_string();
            unused.extend(left.into_iter().map(|(reason, accounts)| Unused { file: file.clone(), accounts, reason }));
            self.gathering.add_import(&import);
        }
        unused
    }

    /// Takes a list of accounts.
    pub(super) fn accounts(&mut self, path: &Path, given: &mut Vec<Given>) -> anyhow::Result<()> {
        let read = accounts::read(&Given::read(path, given)?);
        let read = read.map_err(|source| Error::Accounts { path: path.to_path_buf(), source: source.into() })?;
        for (account, accounts::Listed { state, joined, closed }) in read {
            self.gathering.listed(inputs::Listed {
                account,
                name: None,
                status: state,
                joined,
                closed,
                management: None,
                paths: Vec::new(),
            });
        }
        Ok(())
    }
}

impl Opened {
    fn new(case: &Case) -> anyhow::Result<Self> {
        let (detected, undecided) = detected(case)?;
        Ok(Self { timeline: review::timeline_of(case)?, detected, undecided })
    }
}

/// The times of the incident of each row, where the case has been through `detect`, and how many incidents are undecided.
fn detected(case: &Case) -> anyhow::Result<(Vec<Option<Times>>, usize)> {
    let path = case.file(INCIDENTS);
    if !path.is_file() {
        return Ok((Vec::new(), 0));
    }
    let columns = ["incident_id", "detection", "first_alert", "acknowledged", "resolved"];
    debug_assert!(columns.iter().all(|column| incidents::SCHEMA.iter().any(|(name, _)| name == column)));
    let table = Table::columns(&path, &columns)?;
    let row = |row| {
        let time = |column| table.time(column, row);
        (table.text("incident_id", row).unwrap_or_default(), (time("first_alert"), time("acknowledged"), time("resolved")))
    };
    let known: HashMap<&str, Times> = (0..table.len()).map(row).collect();
    let timeline = Table::columns(&case.file(TIMELINE), &["incident_id"])?;
    let undecided = (0..table.len()).filter(|row| table.text("detection", *row) == Some(Outcome::Undecided.name())).count();
    Ok((timeline.cells("incident_id").map(|id| known.get(id.text()?).copied()).collect(), undecided))
}
