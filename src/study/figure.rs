//! One figure, and what it is a figure of.

pub use crate::statistics::Amount;

/// What a value is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A number of things.
    Count,
    /// 0 to 1.
    Share,
    /// Seconds.
    Seconds,
    /// Days.
    Days,
    /// Of inequality: 0 to 1.
    Index,
}

impl Unit {
    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Share => "share",
            Self::Seconds => "seconds",
            Self::Days => "days",
            Self::Index => "index",
        }
    }
}

/// What is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Denominator {
    /// Nothing: a number of things.
    None,
    /// Accounts on a list. One that was not covered counts as one in which nothing was found, so that a share is the least that it can be.
    AccountsListed,
    /// Accounts of which the evidence shows enough of the time; see [`super::Terms::least_coverage`].
    AccountsCovered,
    /// Accounts of which logs or digests are among the evidence, at any time. That root of an account was used does not make it one of them: what can only say
    /// yes would be its own denominator.
    AccountsSeen,
    /// Accounts that are known otherwise than by a use of root: listed, seen, or with a state; without those that there is nothing to ask about.
    AccountsAll,
    /// Accounts of which the question is answered: by some source, or by records where there could have been some.
    AccountsKnown,
    /// Accounts with a use of which it is known whether it would have raised an alarm.
    AccountsTried,
    /// Accounts that were covered at some time of the window, or in which root was used.
    AccountsWatched,
    /// Uses of root.
    Uses,
    /// Uses that did a task.
    Tasks,
    /// Uses of which it is known whether they would have raised an alarm.
    UsesTried,
    /// Sign-ins of which it is known whether they were made with MFA.
    SignInsKnown,
    /// Incidents.
    Incidents,
    /// Incidents that were held against break-glass windows.
    IncidentsJudged,
    /// Access keys that are active by the newest credential report.
    Keys,
    /// Access keys that signed a use in the window.
    KeysSeen,
}

impl Denominator {
    /// The three ways to count accounts. Shares of accounts are given for each, because none is right for every question.
    pub const ACCOUNTS: [Self; 3] = [Self::AccountsListed, Self::AccountsCovered, Self::AccountsSeen];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::AccountsListed => "accounts_listed",
            Self::AccountsCovered => "accounts_covered",
            Self::AccountsSeen => "accounts_seen",
            Self::AccountsAll => "accounts_all",
            Self::AccountsKnown => "accounts_known",
            Self::AccountsTried => "accounts_tried",
            Self::AccountsWatched => "accounts_watched",
            Self::Uses => "uses",
            Self::Tasks => "tasks",
            Self::UsesTried => "uses_tried",
            Self::SignInsKnown => "sign_ins_known",
            Self::Incidents => "incidents",
            Self::IncidentsJudged => "incidents_judged",
            Self::Keys => "keys",
            Self::KeysSeen => "keys_seen",
        }
    }
}

/// What a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All accounts.
    Population,
    /// One.
    Account,
}

impl Scope {
    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Population => "population",
            Self::Account => "account",
        }
    }
}

/// Where a figure belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place<'f> {
    /// `None` for all accounts.
    pub account: Option<&'f str>,
    /// `None` for all of the window, or its end.
    pub period: Option<&'f str>,
    /// What the metric is broken down by, as its definition says: a task, a number of periods, a quantile.
    pub group: Option<&'f str>,
}

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure<'f> {
    /// Its name; see [`super::METRICS`].
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
    pub const fn amount(&self) -> Amount {
        let Self { value, numerator, denominator, lower, upper, .. } = *self;
        Amount { value, numerator, denominator, lower, upper }
    }
}

/// Takes figures one by one.
pub type Sink<'s> = dyn FnMut(&Figure<'_>) + 's;
