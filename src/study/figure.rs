//! One figure, and what it is a figure of.

use crate::named::named;

pub(crate) use crate::statistics::Amount;

named! {
    /// What a value is measured in.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum Unit {
        /// A number of things.
        Count = "count",
        /// 0 to 1.
        Share = "share",
        /// Seconds.
        Seconds = "seconds",
        /// Days.
        Days = "days",
        /// Of inequality: 0 to 1.
        Index = "index",
    }
}

named! {
    /// What is divided by.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum Denominator {
        /// Nothing: a number of things.
        None = "none",
        /// Accounts on a list. One that was not covered counts as one in which nothing was found, so that a share is the least that it can be.
        AccountsListed = "accounts_listed",
        /// Accounts of which the evidence shows enough of the time; see [`super::Terms::least_coverage`].
        AccountsCovered = "accounts_covered",
        /// Accounts of which logs or digests are among the evidence, at any time. That root of an account was used does not make it one of them: what can only say
        /// yes would be its own denominator.
        AccountsSeen = "accounts_seen",
        /// Accounts that are known otherwise than by a use of root: listed, seen, or with a state; without those that there is nothing to ask about.
        AccountsAll = "accounts_all",
        /// Accounts of which the question is answered: by some source, or by records where there could have been some.
        AccountsKnown = "accounts_known",
        /// Accounts with a use of which it is known whether it would have raised an alarm.
        AccountsTried = "accounts_tried",
        /// Accounts that were covered at some time of the window, or in which root was used.
        AccountsWatched = "accounts_watched",
        /// Uses of root.
        Uses = "uses",
        /// Uses that did a task.
        Tasks = "tasks",
        /// Uses of which it is known whether they would have raised an alarm.
        UsesTried = "uses_tried",
        /// Sign-ins of which it is known whether they were made with MFA.
        SignInsKnown = "sign_ins_known",
        /// Incidents.
        Incidents = "incidents",
        /// Incidents that were held against break-glass windows.
        IncidentsJudged = "incidents_judged",
        /// Access keys that are active by the newest credential report.
        Keys = "keys",
        /// Access keys that signed a use in the window.
        KeysSeen = "keys_seen",
    }
}

impl Denominator {
    /// The three ways to count accounts. Shares of accounts are given for each, because none is right for every question.
    pub(crate) const ACCOUNTS: [Self; 3] = [Self::AccountsListed, Self::AccountsCovered, Self::AccountsSeen];
}

named! {
    /// What a figure is about.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum Scope {
        /// All accounts.
        Population = "population",
        /// One.
        Account = "account",
    }
}

/// Where a figure belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place<'f> {
    /// `None` for all accounts.
    pub account: Option<&'f str>,
    /// `None` for all of the window, or its end.
    pub period: Option<&'f str>,
    /// What the metric is broken down by, as its definition says: a task, a number of periods, a quantile.
    pub group: Option<&'f str>,
}

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure<'f> {
    /// Its name; see [`super::metrics::METRICS`].
    pub metric: &'static str,
    /// Of one account or of all.
    pub scope: Scope,
    /// Of which.
    pub account: Option<&'f str>,
    /// Of which period.
    pub period: Option<&'f str>,
    /// Of which part.
    pub group: Option<&'f str>,
    /// The value; `None` where it is undefined or cannot be known.
    pub value: Option<f64>,
    /// What was counted.
    pub numerator: Option<u64>,
    /// Out of how many.
    pub denominator: Option<u64>,
    /// The lower end of the 95 % interval.
    pub lower: Option<f64>,
    /// The upper end.
    pub upper: Option<f64>,
    /// What the value is measured in.
    pub unit: Unit,
    /// What the denominator counts.
    pub denominator_kind: Denominator,
    /// Whether the value is the least that it can be, because for some of the denominator it is not known.
    pub lower_bound: bool,
}

impl Figure<'_> {
    /// The value with what it was worked out of.
    #[must_use]
    pub(crate) const fn amount(&self) -> Amount {
        let Self { value, numerator, denominator, lower, upper, .. } = *self;
        Amount { value, numerator, denominator, lower, upper }
    }
}

/// Takes figures one by one.
pub(crate) type Sink<'s> = dyn FnMut(&Figure<'_>) + 's;
