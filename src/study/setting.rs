//! A population, a window, and the terms on which figures are worked out.

use super::figure::Denominator;
use super::period::{Period, Span, Window};
use super::population::{Account, Population};
use super::{DAY, UseKind};
use crate::evidence::record::time::Micros;

/// The terms.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// The time that is looked at.
    pub window: Window,
    /// How it is cut.
    pub period: Period,
    /// Which share of a time's hours, as they were given, must be proven or observed for an account to count as covered in it. At least one hour must be.
    pub least_coverage: f64,
    /// On which share of a time's days something must have been seen of an account to say that root was not used in it. An hour of a quarter is enough to be
    /// covered, and not to be unused.
    pub least_days: f64,
    /// How long after the moment that it is asked about a report may have been made, in microseconds.
    pub grace: Micros,
    /// How old a state of an account may be to count, in microseconds; `None` for any age.
    pub oldest: Option<Micros>,
    /// In how many periods at least an account has root used to be told as one that repeats it.
    pub repeats: Vec<u64>,
}

impl Terms {
    /// Usual terms: any coverage counts, nine days of ten must be seen to say that root was not used, reports of one more day, states of any age, repeats in 2, 3, 6 and 12 periods.
    #[must_use]
    pub(crate) fn new(window: Window, period: Period) -> Self {
        Self { window, period, least_coverage: 0.0, least_days: 0.9, grace: DAY, oldest: None, repeats: vec![2, 3, 6, 12] }
    }
}

/// What metrics work on.
#[derive(Debug)]
pub(crate) struct Study<'p> {
    /// The accounts.
    pub population: &'p Population,
    /// The terms.
    pub terms: &'p Terms,
    /// The periods of the window.
    pub spans: Vec<Span>,
    /// The whole window.
    pub whole: Span,
}

impl<'p> Study<'p> {
    /// A study of a population on some terms.
    #[must_use]
    pub(crate) fn new(population: &'p Population, terms: &'p Terms) -> Self {
        Self { population, terms, spans: terms.period.spans(terms.window), whole: terms.window.span() }
    }

    /// Whether the evidence shows enough of an account in a time.
    #[must_use]
    pub(crate) fn is_covered(&self, account: &Account, from: Micros, to: Micros) -> bool {
        let sums = account.coverage.sums(from, to);
        sums.seen() > 0 && sums.seen() as f64 >= self.terms.least_coverage * sums.all() as f64
    }

    /// Whether enough days of an account were seen in a time to say that root was not used in it.
    #[must_use]
    pub(crate) fn is_watched(&self, account: &Account, from: Micros, to: Micros) -> bool {
        let days = (to - 1).div_euclid(DAY) - from.div_euclid(DAY) + 1;
        from < to && account.coverage.days_seen(from, to) as f64 >= self.terms.least_days * days as f64
    }

    /// Whether an account counts, in a time, by one of [`Denominator::ACCOUNTS`].
    #[must_use]
    pub(crate) fn counts(&self, account: &Account, kind: Denominator, (from, to): (Micros, Micros)) -> bool {
        match kind {
            Denominator::AccountsListed => account.is_listed_in((from, to)),
            Denominator::AccountsCovered => self.is_covered(account, from, to),
            Denominator::AccountsSeen => account.is_seen,
            _ => true,
        }
    }

    /// Out of which times states of accounts count for a moment.
    #[must_use]
    pub(crate) fn states(&self, end: Micros) -> (Micros, Micros) {
        (self.terms.oldest.map_or(Micros::MIN, |age| end.saturating_sub(age)), end.saturating_add(self.terms.grace))
    }

    /// Whether root is known to have been used in a time: by a record, or by a credential report, which need not say no where it does not say yes.
    #[must_use]
    pub(crate) fn was_used(&self, account: &Account, from: Micros, to: Micros) -> bool {
        !account.uses_in(from, to).is_empty() || account.is_reported_in(from, to)
    }

    /// Whether root was used in a time; `None` where it was not and could not have been seen.
    #[must_use]
    pub(crate) fn is_used(&self, account: &Account, from: Micros, to: Micros) -> Option<bool> {
        let used = self.was_used(account, from, to);
        (used || self.is_watched(account, from, to)).then_some(used)
    }
}

/// How many uses are of a kind.
pub(super) fn of_kind(account: &Account, span: &Span, kind: UseKind) -> u64 {
    account.uses_in(span.from, span.to).iter().filter(|one| one.kind == kind).count() as u64
}
