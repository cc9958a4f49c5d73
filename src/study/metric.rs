//! What a metric is, and how its figures are handed over. [`super::metrics`] lists them.

use super::figure::{Amount, Denominator, Figure, Place, Scope, Sink, Unit};
use super::period::Span;
use super::population::Account;
use super::setting::Study;
use crate::evidence::record::time::Micros;

/// What a metric stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Origin {
    /// `CloudTrail` records and their coverage.
    Logs,
    /// Credential reports.
    CredentialReports,
    /// Alert exports.
    Alerts,
    /// Service control policies and the accounts of organisations.
    Policies,
    /// Several, as the table of practices says.
    Several,
}

/// How a metric is worked out: its figures go to the sink one by one.
pub(crate) type Work = fn(&Study<'_>, &Metric, &mut Sink<'_>);

/// A metric.
#[allow(dead_code, reason = "for whoever lists metrics; tests hold the figures to it")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    /// The name in tables.
    pub name: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// What it says.
    pub definition: &'static str,
    /// What it stands on.
    pub origin: Origin,
    /// What its figures of the population are divided by.
    pub denominators: &'static [Denominator],
    pub(super) work: Work,
}

impl Metric {
    /// Works out all figures of this metric.
    pub(crate) fn figures(&self, study: &Study<'_>, sink: &mut Sink<'_>) {
        (self.work)(study, self, sink);
    }
}

impl Study<'_> {
    /// Hands a figure over.
    pub(crate) fn push(&self, sink: &mut Sink<'_>, metric: &Metric, kind: Denominator, place: Place<'_>, amount: Amount) {
        self.push_bound(sink, metric, kind, place, (amount, false));
    }

    /// Hands a figure over that may be the least that it can be.
    pub(crate) fn push_bound(
        &self,
        sink: &mut Sink<'_>,
        metric: &Metric,
        kind: Denominator,
        place: Place<'_>,
        (amount, lower_bound): (Amount, bool),
    ) {
        let Place { account, period, group } = place;
        let Amount { value, numerator, denominator, lower, upper } = amount;
        let scope = if account.is_some() { Scope::Account } else { Scope::Population };
        let (metric, unit) = (metric.name, metric.unit);
        sink(&Figure {
            metric,
            scope,
            account,
            period,
            group,
            value,
            numerator,
            denominator,
            lower,
            upper,
            unit,
            denominator_kind: kind,
            lower_bound,
        });
    }

    /// The share of accounts of which something holds, for each way to count accounts in `time`.
    pub(crate) fn push_accounts(
        &self,
        sink: &mut Sink<'_>,
        metric: &Metric,
        (place, time): (Place<'_>, (Micros, Micros)),
        holds: impl Fn(&Account) -> bool,
    ) {
        let mut found = [(0, 0, 0); 3];
        for (_, account) in self.population.accounts() {
            let held = holds(account);
            for (kind, (numerator, denominator, unknown)) in Denominator::ACCOUNTS.into_iter().zip(&mut found) {
                if self.counts(account, kind, time) {
                    *denominator += 1;
                    *numerator += u64::from(held);
                    *unknown += u64::from(!held && !self.is_watched(account, time.0, time.1));
                }
            }
        }
        for (kind, (numerator, denominator, unknown)) in Denominator::ACCOUNTS.into_iter().zip(found) {
            self.push_bound(sink, metric, kind, place, (Amount::share(numerator, denominator).at_least(unknown > 0), unknown > 0));
        }
    }

    /// Numbers of things in each period, of each account and of all. An account of which nothing is found and nothing could have been seen has no number;
    /// the population has one as soon as one account has, and its denominator is how many have.
    pub(crate) fn push_counts(&self, sink: &mut Sink<'_>, metric: &Metric, group: Option<&str>, number: impl Fn(&Account, &Span) -> u64) {
        for span in &self.spans {
            let (mut total, mut accounts, mut unknown) = (0, 0, 0);
            let place = Place { account: None, period: Some(&span.label), group };
            for (id, account) in self.population.accounts() {
                let count = number(account, span);
                let is_watched = self.is_watched(account, span.from, span.to);
                let known = (count > 0 || is_watched).then_some(count);
                total += count;
                accounts += u64::from(known.is_some());
                unknown += u64::from(!is_watched);
                // What is not watched may hold more.
                let place = Place { account: Some(id), ..place };
                self.push_bound(sink, metric, Denominator::None, place, (Amount::count(known), known.is_some() && !is_watched));
            }
            let amount = Amount { denominator: Some(accounts), ..Amount::count((accounts > 0).then_some(total)) };
            self.push_bound(sink, metric, Denominator::AccountsKnown, place, (amount, unknown > 0));
        }
    }
}
