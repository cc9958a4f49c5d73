//! What a practice is, and how its row comes out of what sources say.

use crate::evidence::record::time::Micros;
use crate::study::DAY;
use crate::study::figure::{Amount, Denominator};
use crate::study::inputs::{Answer, Dated, Source, State};
use crate::study::population::{Account, Use};
use crate::study::setting::Study;
use std::collections::BTreeMap;

/// How long before a moment logs tell of the state of root at that moment: the seven days of the first practice.
pub(super) const RECENT: Micros = 7 * DAY;

/// What a source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// Who.
    pub source: Source,
    /// What.
    pub answer: Answer,
    /// When it was so. UTC.
    pub at: Option<Micros>,
    /// How that is known.
    pub dated: Dated,
    /// Whether the source could have said no. One that can only say yes tells nothing of the accounts that it says nothing of.
    pub can_deny: bool,
}

/// A practice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Practice {
    /// The name in tables.
    pub name: &'static str,
    /// What it says.
    pub definition: &'static str,
    /// What each source says of an account at a moment, in any order.
    pub(super) answers: fn(&Study<'_>, &Account, Micros) -> Vec<Said>,
}

/// Two sources that do not agree on an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// Twelve digits.
    pub account: String,
    /// What counts.
    pub counted: Said,
    /// What does not.
    pub other: Said,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
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
    /// Of the accounts of which it holds, those that only a source says so of that could not have said no.
    pub one_sided: u64,
    /// Of these, those that are known by nothing but that source.
    pub not_known_otherwise: u64,
    /// For how many accounts each source is the one that counts.
    pub sources: BTreeMap<Source, u64>,
    /// By account.
    pub conflicts: Vec<Conflict>,
}

impl Row {
    /// The share of accounts of which it holds, out of those of which yes or no is known. Where some of these are only known because a source says yes
    /// that could not have said no, they would be a share of themselves; then it is the least that the share of all accounts can be.
    #[must_use]
    pub(crate) fn amount(&self) -> Amount {
        if self.is_lower_bound() {
            let known = self.yes + self.no + self.unknown - self.not_known_otherwise;
            // Accounts that are known by nothing else are counted; alone they are no population.
            let amount = Amount::share(self.yes, if known == 0 { 0 } else { known + self.not_known_otherwise });
            Amount { denominator: amount.denominator.filter(|_| known > 0), ..amount.at_least(true) }
        } else {
            Amount::share(self.yes, self.yes + self.no)
        }
    }

    /// Whether the share is the least that it can be.
    #[must_use]
    pub(crate) const fn is_lower_bound(&self) -> bool {
        self.one_sided > 0
    }

    /// What the share is divided by.
    #[must_use]
    pub(crate) const fn denominator(&self) -> Denominator {
        if self.is_lower_bound() { Denominator::AccountsAll } else { Denominator::AccountsKnown }
    }
}

impl Practice {
    /// What sources say of an account at a moment, the one that counts first.
    #[must_use]
    pub(crate) fn of(&self, study: &Study<'_>, account: &Account, end: Micros) -> Vec<Said> {
        let mut said = (self.answers)(study, account, end);
        said.sort_by_key(|said| said.source);
        said
    }

    /// The row of all accounts at a moment.
    #[must_use]
    pub(crate) fn row(&self, study: &Study<'_>, end: Micros) -> Row {
        let Self { name, definition, .. } = *self;
        let mut row = Row {
            name,
            definition,
            yes: 0,
            no: 0,
            not_applicable: 0,
            unknown: 0,
            one_sided: 0,
            not_known_otherwise: 0,
            sources: BTreeMap::new(),
            conflicts: Vec::new(),
        };
        for (id, account) in study.population.accounts() {
            let said = self.of(study, account, end);
            let Some((counted, others)) = said.split_first() else {
                let whole = (study.whole.from, study.whole.to);
                // Of an account that is closed, or not there yet, there is nothing to ask.
                let is_asked = !account.is_listed || account.is_listed_in(whole) || account.is_seen;
                row.unknown += u64::from(account.is_known_otherwise() && is_asked);
                continue;
            };
            if counted.answer == Answer::Yes && !said.iter().any(|said| said.can_deny) {
                row.one_sided += 1;
                row.not_known_otherwise += u64::from(!account.is_known_otherwise());
            }
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

/// What a record says that there may not be one of, unless root changed that later.
pub(super) fn by_record(
    account: &Account,
    (use_of, answer): (&Use, Answer),
    end: Micros,
    is_change: impl Fn(&Use) -> bool,
) -> Option<Said> {
    let is_changed = account.uses_in(use_of.time, end).iter().any(is_change);
    (!is_changed).then_some(Said { source: Source::Logs, answer, at: Some(use_of.time), dated: Dated::Stated, can_deny: false })
}

/// The newest answer of a source's states.
pub(super) fn by_state(
    study: &Study<'_>,
    account: &Account,
    source: Source,
    end: Micros,
    answer: impl Fn(&State) -> Option<Answer>,
) -> Option<Said> {
    let (answer, state) = account.newest(source, study.states(end), answer)?;
    Some(Said { source, answer, at: state.at, dated: state.dated, can_deny: true })
}
