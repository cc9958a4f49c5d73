//! What the path of an object tells: kind, account, region, time of delivery.
//!
//! CloudTrail's layout is `[prefix/]AWSLogs/[o-id/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE` (AWS user guide,
//! `cloudtrail-log-file-examples`). Copies lose folders and are renamed, so whatever is missing is `None`, and what the object holds always
//! counts for more than what it is called. Times are those of delivery: event times lie before *and* sometimes after.

use crate::evidence::record::time::{self, Micros};
use crate::named::named;
use serde::{Deserialize, Serialize};

named! {
    /// The kinds of object that CloudTrail delivers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum Kind {
        /// Events.
        Log = "log",
        /// Hourly digests of log files.
        Digest = "digest",
        /// CloudTrail Insights.
        Insight = "insight",
        /// VPC endpoint events.
        NetworkActivity = "network_activity",
        /// Summaries of data events.
        Aggregated = "aggregated",
    }
}

impl Kind {
    /// The kind that a folder of an account is of.
    pub(super) fn of_folder(folder: &str) -> Option<Self> {
        match folder {
            "CloudTrail" => Some(Self::Log),
            "CloudTrail-Digest" => Some(Self::Digest),
            "CloudTrail-Insight" => Some(Self::Insight),
            "CloudTrail-NetworkActivity" => Some(Self::NetworkActivity),
            "CloudTrail-Aggregated" => Some(Self::Aggregated),
            _ => None,
        }
    }
}

/// What a path tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Key<'p> {
    /// From the folder, else from the file name.
    pub kind: Option<Kind>,
    /// Twelve digits.
    pub account: Option<&'p str>,
    /// The region of the trail that delivered the object.
    pub region: Option<&'p str>,
    /// When it was delivered: the minute in a log's name, the second in a digest's.
    pub delivered_at: Option<Micros>,
}

impl<'p> Key<'p> {
    /// Reads a path; folders are separated by `/`, or by `\` as in archives made on Windows.
    #[must_use]
    pub fn parse(path: &'p str) -> Self {
        let (mut folders, name) = split_last(path);
        let mut key = Self::of_name(name);
        // From the file upwards: the day, the region, the kind, the account.
        let mut below: Option<&str> = None;
        while let Some(path) = folders {
            let (above, folder) = split_last(path);
            if let Some(kind) = Kind::of_folder(folder) {
                key.kind = Some(kind);
                key.region = key.region.or(below.filter(|region| is_region(region)));
                key.account = key.account.or(above.map(|above| split_last(above).1).filter(|account| is_account(account)));
                break;
            }
            below = Some(folder);
            folders = above;
        }
        key
    }

    fn of_name(name: &'p str) -> Self {
        let Some((account, rest)) = name.split_once('_').filter(|(account, _)| is_account(account)) else {
            return Self::default();
        };
        let Some((folder, rest)) = rest.split_once('_') else { return Self::default() };
        let Some(kind) = Kind::of_folder(folder) else { return Self::default() };
        let (region, rest) = rest.split_once('_').unwrap_or((rest, ""));
        let delivered_at = if kind == Kind::Digest { DigestName::parse(name).map(|name| name.end) } else { stamp_time(rest) };
        Self { kind: Some(kind), account: Some(account), region: Some(region).filter(|region| is_region(region)), delivered_at }
    }

    /// Whether the path alone already says that this should be a log or a digest.
    #[must_use]
    pub fn is_cloudtrail(&self) -> bool {
        self.kind.is_some() && self.account.is_some()
    }
}

/// What the name of a digest tells: `ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOME_STAMP[_backfill].json.gz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DigestName<'n> {
    /// Account ID, twelve digits.
    pub account: &'n str,
    /// Region that the logs were delivered from.
    pub region: &'n str,
    /// Name of the trail.
    pub trail: &'n str,
    /// Home region of the trail.
    pub home_region: &'n str,
    /// End of the hour that the digest covers (microseconds since the epoch, UTC).
    pub end: Micros,
    /// Whether it is one of those that were written afterwards, for logs that the regular digest of the hour missed.
    pub backfill: bool,
}

impl<'n> DigestName<'n> {
    /// Reads the name of a file. The name of a trail may hold periods, hyphens and underscores, and even look like a region or a time, so what stands
    /// behind it is read from the end.
    #[must_use]
    pub(crate) fn parse(name: &'n str) -> Option<Self> {
        let stem = name.strip_suffix(".gz").unwrap_or(name);
        let stem = stem.strip_suffix(".json").unwrap_or(stem);
        let (stem, backfill) = stem.strip_suffix("_backfill").map_or((stem, false), |stem| (stem, true));
        let (rest, stamp) = stem.rsplit_once('_')?;
        let (rest, home_region) = rest.rsplit_once('_')?;
        let (account, rest) = rest.split_once('_')?;
        let rest = rest.strip_prefix("CloudTrail-Digest_")?;
        let (region, trail) = rest.split_once('_')?;
        let is_sound = is_account(account) && is_region(region) && is_region(home_region) && !trail.is_empty();
        let end = stamp_time(stamp).filter(|_| is_sound && stamp.len() == "20260131T235501Z".len())?;
        Some(Self { account, region, trail, home_region, end, backfill })
    }
}

/// A path without its last part, where that is not all of it, and that part.
fn split_last(path: &str) -> (Option<&str>, &str) {
    let bytes = path.as_bytes();
    let separator = memchr::memrchr2(b'/', b'\\', bytes);
    separator.map_or((None, path), |at| (Some(&path[..at]), &path[at + 1..]))
}

/// Whether a text is an account id: twelve digits.
#[must_use]
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text has the shape of a region: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`, lower-case words and a number.
#[must_use]
pub(crate) fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    words.contains('-')
        && words.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// `20260131T2355Z...` or `20260131T235501Z...`.
fn stamp_time(stamp: &str) -> Option<Micros> {
    let (day, rest) = stamp.split_once('T')?;
    let (clock, _) = rest.split_once('Z')?;
    let (day, clock) = (day.as_bytes(), clock.as_bytes());
    if day.len() != 8 || !matches!(clock.len(), 4 | 6) {
        return None;
    }
    let mut text = *b"YYYY-MM-DDThh:mm:00Z";
    for (place, digits) in [(0, &day[..4]), (5, &day[4..6]), (8, &day[6..]), (11, &clock[..2]), (14, &clock[2..4]), (17, &clock[4..])] {
        text[place..place + digits.len()].copy_from_slice(digits);
    }
    time::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Option<Micros> {
        time::parse(text.as_bytes())
    }

    #[test]
    fn a_delivered_log_tells_everything() {
        let path = "bucket/prefix/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/eu-west-1/2026/01/31/\
            111122223333_CloudTrail_eu-west-1_20260131T2355Z_AbCdEfGhIjKlMnOp.json.gz";
        let key = Key::parse(path);
        assert_eq!((key.kind, key.account, key.region), (Some(Kind::Log), Some("111122223333"), Some("eu-west-1")));
        assert_eq!(key.delivered_at, at("2026-01-31T23:55:00Z"));
        // Names of 2014 have no underscore after the time.
        let old = Key::parse("111122223333_CloudTrail_us-east-1_20140305T1255ZHdkvFTXOA3Vnhbc.json.gz");
        assert_eq!(old.delivered_at, at("2014-03-05T12:55:00Z"));
    }

    #[test]
    fn a_digest_of_a_trail_with_underscores_tells_its_end() {
        let name = "111122223333_CloudTrail-Digest_us-gov-west-1_my_trail_x_us-east-1_20260131T235501Z_backfill.json.gz";
        let key = Key::parse(name);
        assert_eq!((key.kind, key.region), (Some(Kind::Digest), Some("us-gov-west-1")));
        assert_eq!(key.delivered_at, at("2026-01-31T23:55:01Z"));
    }

    #[test]
    fn folders_help_where_the_name_was_lost_and_nothing_is_guessed() {
        let key = Key::parse("copy/111122223333/CloudTrail/us-east-1/2026/01/31/renamed.json");
        assert_eq!((key.account, key.region, key.delivered_at), (Some("111122223333"), Some("us-east-1"), None));
        assert_eq!(Key::parse("notes/README.md"), Key::default());
        assert_eq!(Key::parse("11112222333_CloudTrail_x_y"), Key::default());
        assert_eq!(Key::parse(""), Key::default());
        assert_eq!(Key::parse("111122223333_CloudTrail_eu-west-1_2026é131T2355Z_x").delivered_at, None);
    }

    /// Every legal name of a trail: 3 to 128 letters, digits, periods, hyphens and underscores, punctuation neither first, last nor twice in a row.
    fn trail() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            "us-east-1",
            "a_us-east-1_20260131T235501Z",
            "20260131T235501Z",
            "x_backfill",
            "my.json.gz",
            "prod.audit",
            "a.json",
            "CloudTrail-Digest_x",
        ]);
        prop_oneof![
            "[A-Za-z0-9]{1,20}([._-][A-Za-z0-9]{1,20}){0,5}".prop_filter("3 to 128", |name| (3..=128).contains(&name.len())),
            odd.prop_map(str::to_owned)
        ]
    }

    proptest! {
        #[test]
        fn the_name_of_a_digest_is_read_whatever_its_trail_is_called(
            trail in trail(),
            backfill: bool,
            suffix in prop::sample::select(vec![".json.gz", ".json", ""]),
            hour in 0u32..24,
        ) {
            // Without an ending nothing tells a trail's `.json` from the file's own.
            let backfilled = if backfill { "_backfill" } else { "" };
            let name = format!("111122223333_CloudTrail-Digest_eu-west-1_{trail}_us-gov-west-1_20260131T{hour:02}0501Z{backfilled}{suffix}");
            let read = DigestName::parse(&name);
            let end = at(&format!("2026-01-31T{hour:02}:05:01Z")).unwrap();
            let expected = DigestName { account: "111122223333", region: "eu-west-1", trail: &trail, home_region: "us-gov-west-1", end, backfill };
            prop_assert_eq!(read, Some(expected));
            let key = Key::parse(&name);
            prop_assert_eq!((key.kind, key.account, key.region, key.delivered_at), (Some(Kind::Digest), Some("111122223333"), Some("eu-west-1"), Some(end)));
        }

        #[test]
        fn no_name_makes_it_panic(name in ".{0,60}", tail in "[_.A-Za-z0-9-]{0,60}") {
            let _ = DigestName::parse(&name);
            let _ = DigestName::parse(&format!("111122223333_CloudTrail-Digest_{tail}"));
            let _ = Key::parse(&format!("{name}/111122223333_CloudTrail_{tail}"));
        }
    }
}
