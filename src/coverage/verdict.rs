//! Whether root was used in a period, and how far that can be believed.

use super::{Cell, Expected, HOUR, SIGN_IN_REGION, State};
use crate::record::time::{self, Micros};
use serde::Serialize;
use std::collections::BTreeMap;

/// The verdict on an account, or on all of them, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No use, and the evidence is proven to be complete.
    ZeroProven,
    /// No use in the evidence, which is not proven to be complete.
    ZeroObserved,
    /// Root was used, and every use lies in a break-glass window and keeps its terms.
    ApprovedOnly,
    /// Root was used.
    Usage,
    /// The account's own credential report tells of a use that no record shows.
    Contradicted,
}

impl Verdict {
    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ZeroProven => "zero_proven",
            Self::ZeroObserved => "zero_observed",
            Self::ApprovedOnly => "approved_only",
            Self::Usage => "usage",
            Self::Contradicted => "contradicted",
        }
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
    /// Why that is no proof.
    pub reason: String,
}

/// What is said of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Twelve digits.
    pub account: String,
    /// All things considered.
    pub verdict: Verdict,
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
    /// Cells by state.
    pub cells: BTreeMap<&'static str, u64>,
    /// Whether the region that has root's sign-ins can be seen at all.
    pub sign_ins_visible: bool,
    /// What is not proven.
    pub gaps: Vec<Gap>,
    /// Uses that only the credential report tells of.
    pub contradictions: Vec<String>,
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
}

/// Judges an account by its cells, given for each region. `by_cis` takes the CIS filter's word for what use is.
#[must_use]
pub fn judge(cells_of: impl Fn(&str) -> Vec<Cell>, expected: &Expected, account: &str, seen: Seen, by_cis: bool) -> Account {
    let mut cells: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut gaps = Vec::new();
    let mut sign_ins_visible = !expected.regions.contains(SIGN_IN_REGION);
    let mut proven = true;
    for region in &expected.regions {
        let of_region = cells_of(region);
        for cell in &of_region {
            *cells.entry(cell.state.name()).or_default() += 1;
            proven &= cell.state.is_proof();
            sign_ins_visible |= region == SIGN_IN_REGION && cell.state != State::Unknown;
        }
        gaps.extend(gaps_of(region, &of_region));
    }
    let used = if by_cis { seen.cis_matches } else { seen.usage };
    let verdict = match () {
        () if !seen.contradictions.is_empty() => Verdict::Contradicted,
        () if used > seen.approved => Verdict::Usage,
        () if used > 0 => Verdict::ApprovedOnly,
        () if proven => Verdict::ZeroProven,
        () => Verdict::ZeroObserved,
    };
    let Seen { usage, cis_matches, approved, attempts, contradictions } = seen;
    let account = account.to_owned();
    Account { account, verdict, usage, cis_matches, approved, attempts, proven, cells, sign_ins_visible, gaps, contradictions }
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

/// Whether a time lies in a window.
#[must_use]
pub fn is_within(time: Option<Micros>, (from, to): (Micros, Micros)) -> bool {
    // What has no time cannot be left out of any.
    time.is_none_or(|time| (from..to).contains(&time))
}
