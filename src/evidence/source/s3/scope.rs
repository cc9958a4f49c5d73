//! Which part of a bucket a run needs, by CloudTrail's layout of keys. Pure: no request is made here.
//!
//! A trail delivers to `[prefix/]AWSLogs/[o-id/]ACCOUNT/CloudTrail[-Digest]/REGION/YYYY/MM/DD/`, and the day is that of delivery (user guide,
//! `cloudtrail-log-file-examples`). So a window of event times becomes a range of keys within each region, and an account or region that nobody
//! asked for is not listed at all. Keys that are not in this layout are never left out.

use crate::evidence::filter::Filter;
use crate::evidence::record::time::Micros;
use crate::evidence::source::Kind;
use crate::evidence::source::key::is_account;
use chrono::{DateTime, Days, NaiveDate};
use std::collections::BTreeSet;

const HOUR: Micros = 3_600_000_000;

/// How long after an event its log may be delivered, unless told otherwise. CloudTrail delivers within minutes on average; only after a bucket
/// refused it does it try again for up to 30 days (user guide, `cloudtrail-troubleshooting`).
pub const LATE: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// Global services record their events in us-east-1 alone since this day; before it they were delivered to other regions' folders as well.
const GLOBAL_EVENTS_MOVED: NaiveDate = NaiveDate::from_ymd_opt(2021, 11, 22).expect("a day of the calendar");
const GLOBAL_REGIONS: [&str; 2] = ["us-east-1", "us-gov-west-1"];

/// What is asked for. Everything is wanted by default.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    accounts: BTreeSet<String>,
    regions: BTreeSet<String>,
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
    /// The last day whose folders of other regions may hold records of a region asked for.
    strays: Option<NaiveDate>,
}

/// Where in the layout a prefix ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot<'p> {
    /// Before any `AWSLogs/`.
    Outside,
    /// At `AWSLogs/` or `AWSLogs/o-id/`.
    Logs,
    /// At an account.
    Account,
    /// At a kind of object.
    Kind,
    /// At a region or below it; the base is the length of the prefix up to the region's slash.
    Region { region: &'p str, base: usize },
    /// Below `AWSLogs/`, but not in the layout.
    Other,
}

/// What is listed of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub prefix: String,
    /// Only keys after this one.
    pub after: Option<String>,
    /// Only keys before this one.
    pub before: Option<String>,
}

impl Range {
    /// Everything below a prefix.
    pub(super) fn all(prefix: String) -> Self {
        Self { prefix, after: None, before: None }
    }
}

/// Tells where a prefix that ends in a slash, or nothing, leads to.
pub(super) fn spot(prefix: &str) -> Spot<'_> {
    let mut parts = prefix.split_inclusive('/').scan(0, |end, part| {
        *end += part.len();
        Some((part.strip_suffix('/').unwrap_or(part), *end))
    });
    if !parts.any(|(part, _)| part == "AWSLogs") {
        return Spot::Outside;
    }
    let mut next = parts.next();
    if next.is_some_and(|(part, _)| part.starts_with("o-")) {
        next = parts.next();
    }
    match (next, parts.next(), parts.next()) {
        (None, ..) => Spot::Logs,
        (Some((account, _)), _, _) if !is_account(account) => Spot::Other,
        (Some(_), None, _) => Spot::Account,
        (Some(_), Some((folder, _)), _) if Kind::of_folder(folder).is_none() => Spot::Other,
        (Some(_), Some(_), None) => Spot::Kind,
        (Some(_), Some(_), Some((region, base))) => Spot::Region { region, base },
    }
}

impl Scope {
    /// The scope of a window, accounts and regions; `late` is how long after the window logs of its events may be delivered.
    #[must_use]
    pub fn new(filter: &Filter, late: std::time::Duration) -> Self {
        let late = Micros::try_from(late.as_micros()).unwrap_or(Micros::MAX);
        let day = |time: Micros| DateTime::from_timestamp_micros(time).map(|time| time.date_naive());
        // The time in a name is that of the minute; an event may bear one that is a little later.
        let first = filter.from.and_then(|from| day(from.saturating_sub(HOUR)));
        let last = filter.to.and_then(|to| day(to.saturating_sub(1).saturating_add(late)));
        let strays = GLOBAL_REGIONS.iter().any(|region| filter.regions.contains(*region)).then(|| {
            let margin = Days::new(u64::try_from(late / (24 * HOUR)).unwrap_or(0) + 1);
            GLOBAL_EVENTS_MOVED.checked_add_days(margin).unwrap_or(NaiveDate::MAX)
        });
        Self { accounts: filter.accounts.clone(), regions: filter.regions.clone(), first, last, strays }
    }

    /// The days of delivery that are read, first and last, where the window has ends.
    #[must_use]
    pub fn days(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        (self.first, self.last)
    }

    pub(super) fn wants_account(&self, account: &str) -> bool {
        self.accounts.is_empty() || self.accounts.contains(account)
    }

    /// The regions that alone are wanted, where they were named and no other folder can hold records of theirs.
    pub(super) fn regions(&self) -> Option<&BTreeSet<String>> {
        let astray = self.strays.is_some_and(|strays| self.first.is_none_or(|first| first <= strays));
        (!self.regions.is_empty() && !astray).then_some(&self.regions)
    }

    /// What to list of a prefix at or below a region; `None` where nothing of it is wanted.
    pub(super) fn range(&self, prefix: &str, region: &str, base: usize) -> Option<Range> {
        let mut last = self.last;
        if !self.regions.is_empty() && !self.regions.contains(region) {
            let strays = self.strays?;
            last = Some(last.map_or(strays, |last| last.min(strays)));
        }
        if let (Some(first), Some(last)) = (self.first, last)
            && first > last
        {
            return None;
        }
        let base = &prefix[..base];
        let of_day = |day: NaiveDate| format!("{base}{}", day.format("%Y/%m/%d"));
        let after = self.first.map(of_day);
        let before = last.and_then(|last| last.succ_opt()).map(of_day);
        // A deeper prefix may lie before or behind the days.
        if after.as_deref().is_some_and(|after| after > prefix && !after.starts_with(prefix))
            || before.as_deref().is_some_and(|before| before <= prefix)
        {
            return None;
        }
        let shared = match (self.first, last) {
            (Some(first), Some(last)) if prefix.len() == base.len() => shared(&of_day(first), &of_day(last)),
            _ => prefix.to_owned(),
        };
        Some(Range { prefix: shared, after, before })
    }

    /// Whether a key is wanted: what listing a bucket would find of it.
    #[must_use]
    pub fn wants(&self, key: &str) -> bool {
        let folder = &key[..key.rfind('/').map_or(0, |slash| slash + 1)];
        self.wants_folder(folder)
            && match spot(folder) {
                Spot::Region { region, base } => self
                    .range(&folder[..base], region, base)
                    .is_some_and(|range| range.after.is_none_or(|after| key > &*after) && range.before.is_none_or(|before| key < &*before)),
                // An account's folder of another service is not listed; anything else off the layout is.
                Spot::Other => account_of(folder).is_none(),
                _ => true,
            }
    }

    /// Whether a prefix that ends in a slash is gone into.
    #[must_use]
    pub fn wants_folder(&self, folder: &str) -> bool {
        account_of(folder).is_none_or(|account| self.wants_account(account))
            && match spot(folder) {
                Spot::Region { region, base } => self.range(folder, region, base).is_some(),
                _ => true,
            }
    }
}

/// The account whose folder a prefix lies in.
fn account_of(folder: &str) -> Option<&str> {
    folder.split('/').skip_while(|part| *part != "AWSLogs").find(|part| is_account(part))
}

/// What two texts start with, both.
fn shared(one: &str, other: &str) -> String {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).map(|(symbol, _)| symbol).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::time;

    const REGION: &str = "logs/AWSLogs/o-1/111122223333/CloudTrail/eu-west-1/";

    fn scope(from: &str, to: &str, regions: &[&str]) -> Scope {
        let filter = Filter {
            from: time::parse(from.as_bytes()),
            to: time::parse(to.as_bytes()),
            regions: regions.iter().map(|region| (*region).to_owned()).collect(),
            ..Filter::default()
        };
        Scope::new(&filter, LATE)
    }

    fn range(scope: &Scope, prefix: &str) -> Option<Range> {
        let Spot::Region { region, base } = spot(prefix) else { panic!("{prefix}") };
        scope.range(prefix, region, base)
    }

    #[test]
    fn every_place_of_the_layout_is_told() {
        for (prefix, is) in [
            ("", Spot::Outside),
            ("logs/", Spot::Outside),
            ("logs/AWSLogs/", Spot::Logs),
            ("AWSLogs/o-a1b2/", Spot::Logs),
            ("AWSLogs/111122223333/", Spot::Account),
            ("AWSLogs/o-a1b2/111122223333/", Spot::Account),
            ("AWSLogs/111122223333/CloudTrail-Digest/", Spot::Kind),
            ("AWSLogs/111122223333/vpcflowlogs/eu-west-1/", Spot::Other),
            ("AWSLogs/notes/", Spot::Other),
            (REGION, Spot::Region { region: "eu-west-1", base: REGION.len() }),
        ] {
            assert_eq!(spot(prefix), is, "{prefix}");
        }
        let deeper = format!("{REGION}2026/03/");
        assert_eq!(spot(&deeper), Spot::Region { region: "eu-west-1", base: REGION.len() });
    }

    #[test]
    fn a_day_becomes_the_keys_of_its_deliveries_and_of_the_day_after() {
        let scope = scope("2026-03-14T00:00:00Z", "2026-03-15T00:00:00Z", &[]);
        let range = range(&scope, REGION).unwrap();
        assert_eq!(range.prefix, format!("{REGION}2026/03/1"));
        assert_eq!(range.after, Some(format!("{REGION}2026/03/13")));
        assert_eq!(range.before, Some(format!("{REGION}2026/03/16")));
        for (day, wanted) in [("12", false), ("13", true), ("15", true), ("16", false)] {
            assert_eq!(scope.wants(&format!("{REGION}2026/03/{day}/x.json.gz")), wanted, "{day}");
        }
        assert!(scope.wants("notes.json") && scope.wants("AWSLogs/notes/x") && !scope.wants("AWSLogs/111122223333/vpcflowlogs/x"));
    }

    #[test]
    fn a_deeper_prefix_outside_the_window_is_not_listed() {
        let scope = scope("2026-03-14T12:00:00Z", "2026-03-15T00:00:00Z", &[]);
        assert_eq!(range(&scope, &format!("{REGION}2026/02/")), None);
        assert_eq!(range(&scope, &format!("{REGION}2026/04/")), None);
        assert_eq!(range(&scope, &format!("{REGION}2026/03/")).unwrap().prefix, format!("{REGION}2026/03/"));
    }

    #[test]
    fn other_regions_are_left_out_but_for_the_time_when_global_events_went_there() {
        let late = scope("2026-03-14T00:00:00Z", "2026-03-15T00:00:00Z", &["us-east-1"]);
        assert!(late.regions().is_some() && range(&late, REGION).is_none());
        let early = scope("2021-06-01T00:00:00Z", "2026-03-15T00:00:00Z", &["us-east-1"]);
        assert!(early.regions().is_none());
        assert_eq!(range(&early, REGION).unwrap().before, Some(format!("{REGION}2021/11/25")));
        let elsewhere = scope("2021-06-01T00:00:00Z", "2026-03-15T00:00:00Z", &["eu-central-1"]);
        assert!(elsewhere.regions().is_some() && range(&elsewhere, REGION).is_none());
    }
}
