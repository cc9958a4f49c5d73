//! Whether root was used in a period, and how far that can be believed.
//!
//! A verdict without use is said only of hours that were looked at. What was not looked at is neither used nor unused, so it can take a verdict away
//! and never give one.

use super::accounts::Listed;
use super::{Cell, Expected, HOUR, State};
use crate::evidence::record::time::{self, Micros};
use crate::named::named;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One day, in microseconds. Days are those of UTC.
const DAY: Micros = 24 * HOUR;

named! {
    /// The verdict on an account, or on all of them, the best first: that on several accounts is the worst of theirs.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Verdict {
        /// Nothing is there of the account and nothing need be: the list of accounts says that it was closed, or not in the organisation yet.
        NotExpected = "not_expected",
        /// No use, and the evidence is proven to be complete.
        ZeroProven = "zero_proven",
        /// No use in the hours that were observed; [`Observation`] says how many these are.
        ZeroObserved = "zero_observed",
        /// Root was used, and every use lies in a break-glass window and keeps its terms.
        ApprovedOnly = "approved_only",
        /// No use in other regions, and no hour of the one where root signs in was seen: sign-ins cannot be excluded.
        SignInsUnseen = "sign_ins_unseen",
        /// No use, because nothing was looked at: no hour of the period is better than unknown or broken, or no account is known.
        NoEvidence = "no_evidence",
        /// Root was used.
        Usage = "usage",
        /// The account's own credential report tells of a use that no record shows.
        Contradicted = "contradicted",
    }
}

impl Verdict {
    /// Whether root was used, without an approval or without a record.
    #[must_use]
    pub const fn is_use(self) -> bool {
        matches!(self, Self::Usage | Self::Contradicted)
    }

    /// Whether it can clear root at all, given enough evidence.
    #[must_use]
    pub const fn can_clear(self) -> bool {
        matches!(self, Self::ZeroProven | Self::ZeroObserved | Self::ApprovedOnly)
    }
}

/// Hours in a row of which the same is to be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Of the account.
    pub region: String,
    /// RFC 3339, UTC.
    pub from: String,
    /// RFC 3339, UTC.
    pub to: String,
    /// Hours.
    pub hours: u64,
    /// What is known of them.
    pub state: State,
    /// Why that is not proof.
    pub reason: String,
}

/// How much of what is expected was really looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Observation {
    /// Account-region-hours that are proven, or from which records were read.
    pub hours: u64,
    /// Account-region-hours that are expected.
    pub hours_expected: u64,
    /// Days of the period with at least one such hour in the region where root signs in; in any region where that one is not expected.
    pub days: u64,
    /// Days of the period, of each account.
    pub days_expected: u64,
    /// Records read from logs delivered in these hours.
    pub records: u64,
}

impl Observation {
    /// The share of days that were seen, from 0 to 1; `None` where no day is expected.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.days_expected > 0).then(|| self.days as f64 / self.days_expected as f64)
    }

    /// Adds what was looked at of another account.
    pub const fn add(&mut self, other: &Self) {
        self.hours += other.hours;
        self.hours_expected += other.hours_expected;
        self.days += other.days;
        self.days_expected += other.days_expected;
        self.records += other.records;
    }
}

/// What is said of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Account ID, twelve digits; empty for records that name none.
    pub account: String,
    /// All things considered.
    pub verdict: Verdict,
    /// What the list of accounts says of its place in the organisation; `None` where it stands on no list.
    pub listed: Option<Listed>,
    /// Uses of root in the window.
    pub usage: u64,
    /// Records that the CIS filter matches.
    pub cis_matches: u64,
    /// Uses, by the definition that was asked for, that break-glass windows approve.
    pub approved: u64,
    /// Failed sign-ins and the like.
    pub attempts: u64,
    /// Whether digests prove every hour of every expected region.
    pub proven: bool,
    /// How much was looked at.
    pub observation: Observation,
    /// Cells by state.
    pub cells: BTreeMap<&'static str, u64>,
    /// Whether any hour of the region that has root's sign-ins was seen.
    pub sign_ins_visible: bool,
    /// From when on and until when it is expected to have logs (RFC 3339, UTC), where the list of accounts says that this is not all of the period.
    pub expected_from: Option<String>,
    /// See [`expected_from`](Self::expected_from).
    pub expected_to: Option<String>,
    /// What is not proven.
    pub gaps: Vec<Gap>,
    /// Records after which the hours that were seen are worth less: they end or narrow what is logged. A sentence each.
    pub doubts: Vec<String>,
    /// The start of the last hour that was seen (microseconds since the epoch, UTC).
    #[serde(skip)]
    pub last_seen: Option<Micros>,
    /// Uses that only the credential report tells of.
    pub contradictions: Vec<String>,
    /// Other accounts whose root acted on what is this account's, and how many records tell of it. That is not use of this account's root.
    pub other_roots: BTreeMap<String, u64>,
}

/// What root did in an account, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Uses of root in the window.
    pub usage: u64,
    /// Records that the CIS filter matches.
    pub cis_matches: u64,
    /// Uses, by the definition that is asked for, that break-glass windows approve.
    pub approved: u64,
    /// Failed sign-ins and the like.
    pub attempts: u64,
    /// Uses that only the credential report tells of.
    pub contradictions: Vec<String>,
    /// Other accounts whose root acted on what is this account's, with the number of records.
    pub other_roots: BTreeMap<String, u64>,
}

/// What accounts are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Measure<'m> {
    /// What is expected to be there.
    pub expected: &'m Expected,
    /// The period, UTC: the first moment, and the first after it.
    pub window: (Micros, Micros),
    /// Whether use is what the CIS filter matches.
    pub by_cis: bool,
}

impl Measure<'_> {
    /// Judges an account by its cells, given for each region.
    #[must_use]
    pub fn judge(&self, cells_of: impl Fn(&str) -> Vec<Cell>, account: &str, seen: Seen, listed: Option<&Listed>) -> Account {
        let mut cells: BTreeMap<&'static str, u64> = BTreeMap::new();
        let mut gaps = Vec::new();
        let sign_ins = self.expected.sign_in_region(account);
        let regions: Vec<(&str, Vec<Cell>)> = self.expected.regions_of(account).map(|region| (region, cells_of(region))).collect();
        let life = self.life(listed, &regions);
        let mut days = BTreeSet::new();
        let mut last_seen = None;
        let mut observation = Observation::default();
        let mut sign_ins_visible = sign_ins.is_none();
        let mut proven = true;
        let all_days = self.days(life);
        let is_day = |day: &i64| all_days.is_some_and(|(first, last)| (first..=last).contains(day));
        for (region, of_region) in regions {
            let of_region: Vec<Cell> = of_region.into_iter().filter(|cell| cell.hour + HOUR > life.0 && cell.hour < life.1).collect();
            let tells_of_sign_ins = sign_ins.is_none_or(|sign_ins| region == sign_ins);
            for cell in &of_region {
                *cells.entry(cell.state.name()).or_default() += 1;
                proven &= cell.state.is_proof();
                observation.hours_expected += 1;
                observation.records += cell.records;
                if cell.is_seen() {
                    last_seen = last_seen.max(Some(cell.hour));
                    observation.hours += 1;
                    sign_ins_visible |= tells_of_sign_ins;
                    days.extend(Some(cell.hour.div_euclid(DAY)).filter(|day| tells_of_sign_ins && is_day(day)));
                }
            }
            gaps.extend(gaps_of(region, &of_region));
        }
        observation.days = days.len() as u64;
        observation.days_expected = all_days.map_or(0, |(first, last)| u64::try_from(last - first + 1).unwrap_or_default());
        let is_expected = observation.hours_expected > 0;
        let [expected_from, expected_to] =
            [(life.0, self.expected.hours.0), (life.1, self.expected.hours.1)].map(|(own, all)| (own != all).then(|| time::format(own)));
        let used = if self.by_cis { seen.cis_matches } else { seen.usage };
        let verdict = match () {
            () if !seen.contradictions.is_empty() => Verdict::Contradicted,
            () if used > seen.approved => Verdict::Usage,
            () if used > 0 => Verdict::ApprovedOnly,
            () if !is_expected && seen.attempts == 0 => Verdict::NotExpected,
            () if observation.hours == 0 => Verdict::NoEvidence,
            () if !sign_ins_visible => Verdict::SignInsUnseen,
            () if proven => Verdict::ZeroProven,
            () => Verdict::ZeroObserved,
        };
        let Seen { usage, cis_matches, approved, attempts, contradictions, other_roots } = seen;
        Account {
            account: account.to_owned(),
            verdict,
            listed: listed.cloned(),
            usage,
            cis_matches,
            approved,
            attempts,
            proven: proven && observation.hours > 0,
            observation,
            cells,
            sign_ins_visible: sign_ins_visible || !is_expected,
            expected_from,
            expected_to,
            gaps,
            doubts: Vec::new(),
            last_seen,
            contradictions,
            other_roots,
        }
    }

    /// The part of the expected hours in which an account can have logs: since it joined, until it was closed. Where the list says that it is closed and
    /// not since when, until the last hour that was seen. Empty where there is no such hour.
    fn life(&self, listed: Option<&Listed>, regions: &[(&str, Vec<Cell>)]) -> (Micros, Micros) {
        let (first, last) = self.expected.hours;
        let Some(listed) = listed else { return (first, last) };
        let seen = || regions.iter().flat_map(|(_, cells)| cells).filter(|cell| cell.logs > 0 || cell.is_seen()).map(|cell| cell.hour);
        let hour = |time: Micros| time.div_euclid(HOUR) * HOUR;
        // What was seen before or after is not left out for what a list says.
        let from = listed.joined.map_or(first, |joined| hour(joined).max(first)).min(seen().min().unwrap_or(Micros::MAX));
        let end = match (listed.closed, listed.is_gone()) {
            // What happened in the last hour is delivered in the next one.
            (Some(closed), _) => hour(closed).saturating_add(2 * HOUR),
            (None, true) => Micros::MIN,
            (None, false) => last,
        };
        let to = end.max(seen().max().map_or(Micros::MIN, |seen| seen + HOUR)).min(last);
        if from < to { (from, to) } else { (last, last) }
    }

    /// The first and the last day of a part of the period, by number since the epoch; `None` where that has none.
    fn days(&self, (from, to): (Micros, Micros)) -> Option<(i64, i64)> {
        let (from, to) = (self.window.0.max(from), self.window.1.min(to));
        if from >= to && self.window.0 < self.window.1 {
            return None;
        }
        Some((from.div_euclid(DAY), (to - 1).max(from).div_euclid(DAY)))
    }
}

/// Hours without proof, in stretches.
fn gaps_of(region: &str, cells: &[Cell]) -> Vec<Gap> {
    let said = |cell: &Cell| (cell.state, cell.reason.clone());
    let stretches = cells.chunk_by(|one, other| said(one) == said(other)).filter(|cells| !cells[0].state.is_proof());
    stretches
        .filter_map(|cells| Some((cells.first()?, cells.last()?, cells.len())))
        .map(|(first, last, hours)| Gap {
            region: region.to_owned(),
            from: time::format(first.hour),
            to: time::format(last.hour + HOUR),
            hours: hours as u64,
            state: first.state,
            reason: first.reason.clone().unwrap_or_default(),
        })
        .collect()
}

/// The verdict on all accounts: the worst of theirs. Of no account nothing is known.
#[must_use]
pub fn overall(accounts: &[Account]) -> Verdict {
    let of_expected = accounts.iter().map(|account| account.verdict).filter(|verdict| *verdict != Verdict::NotExpected);
    of_expected.max().unwrap_or(Verdict::NoEvidence)
}

/// Whether a time lies in a window.
#[must_use]
pub(crate) fn is_within(time: Option<Micros>, (from, to): (Micros, Micros)) -> bool {
    // What has no time cannot be left out of any.
    time.is_none_or(|time| (from..to).contains(&time))
}

#[cfg(test)]
mod tests {
    use super::super::SIGN_IN_REGION;
    use super::*;
    use proptest::prelude::*;

    fn cell(hour: i64, state: State, records: u64) -> Cell {
        Cell { hour: hour * HOUR, state, logs: records.min(1), records, digest: None, reason: None }
    }

    fn judged(days: i64, regions: &[&str], cells: impl Fn(&str, i64) -> (State, u64), seen: Seen) -> Account {
        let window = (0, days * DAY);
        let seen_in = regions.iter().map(|region| (None, (*region).to_owned()));
        let expected = Expected::of(BTreeSet::from(["1".to_owned()]), seen_in, window);
        let measure = Measure { expected: &expected, window, by_cis: false };
        let hours = days * 24 + 1;
        let of =
            |region: &str| (0..hours).map(|hour| cells(region, hour)).zip(0..).map(|((state, n), hour)| cell(hour, state, n)).collect();
        measure.judge(of, "1", seen, None)
    }

    #[test]
    fn an_account_of_which_nothing_was_seen_has_no_verdict_but_that() {
        for state in [State::Unknown, State::Broken] {
            let account = judged(2, &[], |_, _| (state, 5), Seen::default());
            assert_eq!((account.verdict, account.observation.hours, account.sign_ins_visible), (Verdict::NoEvidence, 0, false));
        }
        // Digests that nothing vouches for say that there were no logs, and nobody saw it.
        assert_eq!(judged(2, &[], |_, _| (State::Observed, 0), Seen::default()).verdict, Verdict::NoEvidence);
        assert_eq!(overall(&[]), Verdict::NoEvidence);
    }

    #[test]
    fn a_region_without_sign_ins_never_clears_an_account_of_them() {
        let elsewhere = |region: &str, _| if region == SIGN_IN_REGION { (State::Broken, 9) } else { (State::Proven, 9) };
        let account = judged(1, &["eu-west-1"], elsewhere, Seen::default());
        assert_eq!((account.verdict, account.proven, account.observation.days), (Verdict::SignInsUnseen, false, 0));
        let one_hour = |region: &str, hour| if region == SIGN_IN_REGION && hour != 3 { (State::Unknown, 0) } else { (State::Observed, 1) };
        let account = judged(4, &["eu-west-1"], one_hour, Seen::default());
        let Observation { hours, hours_expected, days, days_expected, .. } = account.observation;
        assert_eq!((account.verdict, hours, hours_expected, days, days_expected), (Verdict::ZeroObserved, 98, 194, 1, 4));
        // GovCloud's root does not sign in, so any of its regions tells of a day.
        assert_eq!(judged(4, &["us-gov-west-1"], |_, _| (State::Observed, 1), Seen::default()).observation.days, 4);
        // One region of another partition does not make all accounts ones that do not sign in.
        assert_eq!(judged(4, &["us-gov-west-1", "eu-west-1"], elsewhere, Seen::default()).verdict, Verdict::SignInsUnseen);
    }

    #[test]
    fn the_hour_after_the_period_is_no_day_of_it() {
        let after = |_: &str, hour| if hour == 24 { (State::Observed, 1) } else { (State::Unknown, 0) };
        let account = judged(1, &[], after, Seen::default());
        assert_eq!((account.observation.hours, account.observation.days, account.observation.days_expected), (1, 0, 1));
    }

    proptest! {
        #[test]
        fn a_verdict_without_use_is_only_given_for_hours_that_were_seen(
            states in prop::collection::vec((0..State::ALL.len(), 0u64..3), 50),
            usage in 0u64..2,
            attempts in 0u64..2,
        ) {
            let at = |region: &str, hour: i64| {
                let (state, records) = states[usize::try_from(hour).unwrap() + if region == SIGN_IN_REGION { 0 } else { 25 }];
                (State::ALL[state], records)
            };
            let account = judged(1, &["eu-west-1"], at, Seen { usage, attempts, ..Seen::default() });
            let seen = |(state, records): (usize, u64)| State::ALL[state].is_proof() || State::ALL[state] == State::Observed && records > 0;
            let sign_ins = states[..25].iter().any(|one| seen(*one));
            if account.verdict.can_clear() {
                prop_assert!(usage == 0 && sign_ins);
            }
            prop_assert_eq!(account.verdict == Verdict::ZeroProven, usage == 0 && states.iter().all(|(state, _)| State::ALL[*state].is_proof()));
            prop_assert_eq!(account.verdict == Verdict::NoEvidence, usage == 0 && !states.iter().any(|one| seen(*one)));
            prop_assert_eq!(account.observation.hours, states.iter().filter(|one| seen(**one)).count() as u64);
        }
    }
}
