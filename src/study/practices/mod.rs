//! The table of four bad practices, as studies of many accounts publish it: root used in the last seven days, access keys of root, no MFA, no hardware MFA.
//!
//! Several sources may answer for an account. The most trusted counts: logs, then the credential report, the account summary (with the list of virtual MFA
//! devices), AWS Config; of each its newest answer. Every other source that says something else is a [`Conflict`], with the dates, since the older may just
//! be older. An account of which no source answers is unknown and not in the denominator.

mod access_keys;
mod hardware_mfa;
mod no_mfa;
mod recent_use;

use super::DAY;
use super::figure::Amount;
use super::inputs::{Answer, Dated, Source, State};
use super::population::{Account, Use};
use super::setting::Study;
use crate::record::time::Micros;
use std::collections::BTreeMap;

/// How long before a moment logs tell of the state of root at that moment: the seven days of the first practice.
const RECENT: Micros = 7 * DAY;

/// What a source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub source: Source,
    /// What.
    pub answer: Answer,
    /// When it was so. UTC.
    pub at: Option<Micros>,
    /// How that is known.
    pub dated: Dated,
}

/// A practice.
#[derive(Debug, Clone, Copy)]
pub struct Practice {
    /// The name in tables.
    pub name: &'static str,
    /// What it says.
    pub definition: &'static str,
    /// What each source says of an account at a moment, in any order.
    answers: fn(&Study<'_>, &Account, Micros) -> Vec<Said>,
}

/// The four.
pub const PRACTICES: [Practice; 4] = [recent_use::PRACTICE, access_keys::PRACTICE, no_mfa::PRACTICE, hardware_mfa::PRACTICE];

/// Two sources that do not agree on an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Twelve digits.
    pub account: String,
    /// What counts.
    pub counted: Said,
    /// What does not.
    pub other: Said,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The practice.
    pub name: &'static str,
    /// What it says.
    pub definition: &'static str,
    /// Accounts of which it holds.
    pub yes: u64,
    /// Accounts of which it does not.
    pub no: u64,
    /// Accounts whose root has no credentials to ask about; in neither number.
    pub not_applicable: u64,
    /// Accounts of which no source answers.
    pub unknown: u64,
    /// For how many accounts each source is the one that counts.
    pub sources: BTreeMap<Source, u64>,
    /// By account.
    pub conflicts: Vec<Conflict>,
}

impl Row {
    /// The share of accounts of which it holds, out of those of which yes or no is known.
    #[must_use]
    pub fn amount(&self) -> Amount {
        Amount::share(self.yes, self.yes + self.no)
    }
}

impl Practice {
    /// What sources say of an account at a moment, the one that counts first.
    #[must_use]
    pub fn of(&self, study: &Study<'_>, account: &Account, end: Micros) -> Vec<Said> {
        let mut said = (self.answers)(study, account, end);
        said.sort_by_key(|said| said.source);
        said
    }

    /// The row of all accounts at a moment.
    #[must_use]
    pub fn row(&self, study: &Study<'_>, end: Micros) -> Row {
        let Self { name, definition, .. } = *self;
        let mut row =
            Row { name, definition, yes: 0, no: 0, not_applicable: 0, unknown: 0, sources: BTreeMap::new(), conflicts: Vec::new() };
        for (id, account) in study.population.accounts() {
            let said = self.of(study, account, end);
            let Some((counted, others)) = said.split_first() else {
                row.unknown += 1;
                continue;
            };
            *match counted.answer {
                Answer::Yes => &mut row.yes,
                Answer::No => &mut row.no,
                Answer::NotApplicable => &mut row.not_applicable,
            } += 1;
            *row.sources.entry(counted.source).or_default() += 1;
            let differ = others.iter().filter(|other| other.answer != counted.answer);
            row.conflicts.extend(differ.map(|other| Conflict { account: id.to_owned(), counted: *counted, other: *other }));
        }
        row
    }
}

/// The table at the end of the window.
#[must_use]
pub fn table(study: &Study<'_>) -> Vec<Row> {
    PRACTICES.iter().map(|practice| practice.row(study, study.whole.to)).collect()
}

/// What a record says, unless root changed that later.
fn by_record(account: &Account, (use_of, answer): (&Use, Answer), end: Micros, is_change: impl Fn(&Use) -> bool) -> Option<Said> {
    let is_changed = account.uses_in(use_of.time, end).iter().any(is_change);
    (!is_changed).then_some(Said { source: Source::Logs, answer, at: Some(use_of.time), dated: Dated::Stated })
}

/// The newest answer of a source's states.
fn by_state(study: &Study<'_>, account: &Account, source: Source, end: Micros, answer: impl Fn(&State) -> Option<Answer>) -> Option<Said> {
    let (answer, state) = account.newest(source, study.states(end), answer)?;
    Some(Said { source, answer, at: state.at, dated: state.dated })
}
