//! What each account, region and hour of a period is known to contain.
//!
//! Hours are those of delivery, as digests count them: an event of the last minutes of an hour is found in the next one. A cell is proven only where
//! signed digests cover all of it and every log they name is there, byte for byte; that nothing was found elsewhere is an observation.

pub(crate) mod accounts;
mod expected;
pub(crate) mod stored;
pub(crate) mod table;
pub(crate) mod verdict;

pub use expected::Expected;

use crate::case::table::manifest::{Row, Status};
use crate::evidence::record::time::Micros;
use crate::evidence::source::{self, Key};
use crate::named::named;
use crate::proof::integrity::{Finding, Kind, Validation, Worth};
use serde::Serialize;
use std::collections::BTreeMap;

/// One hour, in microseconds.
pub(crate) const HOUR: Micros = 3_600_000_000;

/// The region that has the sign-ins of root, and the global services, in the partition `aws`.
pub(crate) const SIGN_IN_REGION: &str = "us-east-1";

named! {
    /// What is known of a cell, the best first.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub enum State {
        /// Signed digests cover it, and all logs that they name are there and match.
        Proven = "proven",
        /// Signed digests cover it and name no log.
        Quiet = "quiet",
        /// Logs were read, or there are digests that nothing vouches for.
        Observed = "observed",
        /// Something does not fit, or a log could not be read to its end.
        Broken = "broken",
        /// Nothing is there, or nothing that holds a record.
        Unknown = "unknown",
    }
}

impl State {
    /// Whether nothing can have happened in it that is not in the evidence.
    #[must_use]
    pub const fn is_proof(self) -> bool {
        matches!(self, Self::Proven | Self::Quiet)
    }
}

/// An account, a region, an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its start, UTC.
    pub hour: Micros,
    /// What is known.
    pub state: State,
    /// Logs delivered in it.
    pub logs: u64,
    /// Records read from them; damaged ones do not count.
    pub records: u64,
    /// The digest that covers its start.
    pub digest: Option<String>,
    /// Why it is no better.
    pub reason: Option<String>,
}

impl Cell {
    /// Whether anything is known of what happened in the hour: it is proven, or records of it were read. An unsigned digest that names no log is
    /// a claim, not an observation.
    #[must_use]
    pub const fn is_seen(&self) -> bool {
        self.state.is_proof() || matches!(self.state, State::Observed) && self.records > 0
    }
}

/// What the cells are made of.
#[derive(Debug)]
pub struct Coverage<'e> {
    expected: &'e Expected,
    /// What became of logs, by account, region and hour of delivery.
    logs: BTreeMap<(&'e str, &'e str, Micros), Delivered<'e>>,
    /// What digests cover, in order of time.
    covered: BTreeMap<(&'e str, &'e str), Vec<&'e crate::proof::integrity::Covered>>,
    findings: BTreeMap<(&'e str, &'e str), Vec<&'e Finding>>,
}

/// The logs delivered in an hour.
#[derive(Debug, Clone, Copy, Default)]
struct Delivered<'e> {
    logs: u64,
    /// Records that were read from logs that tell of this account and time.
    records: u64,
    /// The first log that could not be read to its end.
    lost: Option<&'e str>,
    /// The first log that was read and tells nothing of the hour, and why.
    mute: Option<(&'e str, &'static str)>,
}

/// The account, the region and the hour of delivery that a log tells of: one whose key says these, that was read to its end, and that holds a management
/// event of that account and of that time.
#[must_use]
pub(crate) fn tells_of(row: &Row) -> Option<(&str, &str, Micros)> {
    let Key { kind: Some(source::Kind::Log), account: Some(account), region: Some(region), delivered_at: Some(delivered) } =
        Key::parse(&row.uri)
    else {
        return None;
    };
    let is_sound = row.status == Status::Read && row.records > row.damaged && row.management_event && is_timely(row, delivered);
    is_sound.then_some((account, region, delivered.div_euclid(HOUR) * HOUR))
}

/// Whether the events of a log can tell of the hour that it was delivered in. Logs come within minutes; one that comes a day late tells of another
/// day, and one that comes before its events was not called so by CloudTrail.
fn is_timely(row: &Row, delivered: Micros) -> bool {
    row.first_event_time.is_some_and(|first| first <= delivered + HOUR)
        && row.last_event_time.is_some_and(|last| last >= delivered - 24 * HOUR)
}

/// Whether a finding spoils the hour that it is about.
const fn spoils(kind: Kind) -> bool {
    // What was moved, or lost its checksum, is what it was; a digest that cannot be verified is told by its worth; a restart by the gap before it.
    !matches!(kind, Kind::Moved | Kind::GzipTrailerDamaged | Kind::NewestUnverifiable | Kind::Restart)
}

impl<'e> Coverage<'e> {
    /// Sorts what is known by place and time.
    #[must_use]
    pub fn new(expected: &'e Expected, manifest: &'e [Row], validation: &'e Validation) -> Self {
        let mut coverage = Self { expected, logs: BTreeMap::new(), covered: BTreeMap::new(), findings: BTreeMap::new() };
        for row in manifest {
            // A second path to a log is not a second log.
            if matches!(row.status, Status::Skipped | Status::NotALog) {
                continue;
            }
            let key = Key::parse(&row.uri);
            if let (Some(source::Kind::Log), Some(account), Some(region), Some(delivered)) =
                (key.kind, key.account, key.region, key.delivered_at)
            {
                let hour = coverage.logs.entry((account, region, delivered.div_euclid(HOUR) * HOUR)).or_default();
                hour.logs += 1;
                let records = row.records.saturating_sub(row.damaged);
                if records > 0 && !row.management_event {
                    hour.mute = hour.mute.or(Some((&row.uri, "holds no management event of this account")));
                } else if records > 0 && !is_timely(row, delivered) {
                    hour.mute = hour.mute.or(Some((&row.uri, "holds events of another time only")));
                } else {
                    hour.records += records;
                }
                if row.status.is_loss() {
                    hour.lost = hour.lost.or(Some(&row.uri));
                }
            }
        }
        for covered in &validation.covered {
            coverage.covered.entry((&covered.account, &covered.region)).or_default().push(covered);
        }
        coverage.covered.values_mut().for_each(|covered| covered.sort_by_key(|covered| (covered.from, covered.to)));
        for finding in validation.findings.iter().filter(|finding| spoils(finding.kind)) {
            coverage.findings.entry((&finding.account, &finding.region)).or_default().push(finding);
        }
        coverage
    }

    /// The cells of an account and a region, in order of time.
    #[must_use]
    pub fn cells(&self, account: &str, region: &str) -> Vec<Cell> {
        let (first, last) = self.expected.hours;
        let covered = self.covered.get(&(account, region)).map_or(&[][..], Vec::as_slice);
        let findings = self.findings.get(&(account, region)).map_or(&[][..], Vec::as_slice);
        let hours = (last - first).div_euclid(HOUR).max(0);
        (0..hours).map(|number| self.cell((account, region), first + number * HOUR, covered, findings)).collect()
    }

    fn cell(
        &self,
        (account, region): (&str, &str),
        hour: Micros,
        covered: &[&crate::proof::integrity::Covered],
        findings: &[&Finding],
    ) -> Cell {
        let end = hour + HOUR;
        let Delivered { logs, records, lost, mute } = self.logs.get(&(account, region, hour)).copied().unwrap_or_default();
        // Digests of one trail do not overlap; those of several may, and there may be many of those that were written afterwards. A little looking back
        // finds them all: none covers more than an hour.
        let begun = covered.partition_point(|one| one.from < end);
        let looking_back = covered[..begun].iter().rev().enumerate();
        let near = looking_back.take_while(|(number, one)| *number < 16 || one.from > hour - HOUR);
        let mut touching: Vec<_> = near.map(|(_, one)| one).filter(|one| one.to > hour).collect();
        touching.reverse();
        let digest = touching.first().map(|one| one.uri.clone());
        let mut told = Cell { hour, state: State::Unknown, logs, records, digest, reason: None };
        if let Some(finding) = findings.iter().find(|finding| finding.from < end && finding.to > hour) {
            told.state = State::Broken;
            told.reason = Some(finding.reason.clone());
            return told;
        }
        let mut reached = hour;
        let mut named = 0;
        let is_whole = |one: &crate::proof::integrity::Covered| one.worth == Worth::Valid && one.complete;
        for one in &touching {
            if is_whole(one) && one.records_management && one.from <= reached {
                named += one.logs;
                // Only the regular digest says what the hour held; one that was written afterwards adds to it.
                if !one.backfill {
                    reached = reached.max(one.to);
                }
            }
        }
        // It may have named logs that are gone.
        let unproven_backfill = touching.iter().find(|one| one.backfill && !is_whole(one));
        if reached >= end && unproven_backfill.is_none() {
            told.state = if named == 0 && logs == 0 { State::Quiet } else { State::Proven };
            return told;
        }
        if touching.iter().any(|one| one.worth == Worth::Broken) {
            told.state = State::Broken;
            told.reason = Some("the digest is not what was signed".to_owned());
        } else if let Some(uri) = lost {
            told.state = State::Broken;
            told.reason = Some(format!("a log could not be read to its end: {uri}"));
        } else if records > 0 || !touching.is_empty() {
            told.state = State::Observed;
            told.reason = Some(
                match touching.iter().any(|one| is_whole(one) && !one.records_management) {
                    _ if reached >= end => "a backfill digest of the hour has no valid signature",
                    true => "no management event is among the logs of the trail whose signed digest covers the hour: it may record none",
                    false if touching.is_empty() => "no digest",
                    false => "no signed digest covers all of the hour",
                }
                .to_owned(),
            );
        } else {
            told.reason = Some(match mute {
                Some((uri, why)) => format!("a log {why}: {uri}"),
                None if logs > 0 => "its logs hold no record".to_owned(),
                None => "neither logs nor digests".to_owned(),
            });
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const DELIVERED: Micros = 1_773_457_800_000_000; // 2026-03-14T03:10:00Z

    fn row(hour: u32, status: Status, records: u64, (first, last): (i64, i64)) -> Row {
        let uri = format!("111122223333_CloudTrail_us-east-1_20260314T{hour:02}10Z_AbCdEfGhEXAMPLE0.json.gz");
        let times = records > 0;
        Row {
            status,
            records,
            first_event_time: times.then_some(DELIVERED + first * HOUR),
            last_event_time: times.then_some(DELIVERED + last * HOUR),
            management_event: true,
            ..Row::new(uri, 1)
        }
    }

    fn state(rows: &[Row]) -> (State, u64, u64, String) {
        let window = (DELIVERED.div_euclid(HOUR) * HOUR, DELIVERED.div_euclid(HOUR) * HOUR + 1);
        let nothing = Validation::default();
        let expected = Expected::new(rows, &nothing, BTreeSet::new(), &[], window);
        let cell = Coverage::new(&expected, rows, &nothing).cells("111122223333", SIGN_IN_REGION).swap_remove(0);
        (cell.state, cell.logs, cell.records, cell.reason.unwrap_or_default())
    }

    #[test]
    fn an_hour_is_observed_by_what_was_read_of_it_and_by_nothing_else() {
        let sound = || row(3, Status::Read, 5, (-1, 0));
        assert_eq!(state(&[sound()]), (State::Observed, 1, 5, "no digest".to_owned()));
        // What lies twice is one log.
        assert_eq!(state(&[sound(), row(3, Status::Skipped, 0, (0, 0))]).1, 1);
        for lost in [Status::Damaged, Status::Partial] {
            let (state, logs, records, reason) = state(&[sound(), row(3, lost, 2, (0, 0))]);
            assert_eq!((state, logs, records), (State::Broken, 2, 7));
            assert!(reason.starts_with("a log could not be read to its end: 111122223333_"), "{reason}");
        }
        assert_eq!(state(&[row(3, Status::Read, 0, (0, 0))]).0, State::Unknown);
        // Nor do data events tell of root, or another account's events.
        let (state, _, records, reason) = state(&[Row { management_event: false, ..sound() }]);
        assert_eq!((state, records), (State::Unknown, 0));
        assert!(reason.starts_with("a log holds no management event of this account: "), "{reason}");
    }

    #[test]
    fn events_of_another_time_tell_nothing_of_the_hour_that_a_name_says() {
        for (times, is_seen) in
            [((-1, 0), true), ((-23, -22), true), ((0, 1), true), ((-200, -100), false), ((2, 3), false), ((-9000, 9000), true)]
        {
            let (state, _, _, reason) = state(&[row(3, Status::Read, 5, times)]);
            assert_eq!(state == State::Observed, is_seen, "{times:?}");
            assert!(is_seen || reason.starts_with("a log holds events of another time only"), "{reason}");
        }
    }
}
