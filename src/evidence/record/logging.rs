//! Records that explain why logs end or change: somebody turned logging off, or reached for the bucket.

use super::time::{self, Micros};
use super::view::Record;
use serde::{Deserialize, Serialize};

/// Events that change what is logged.
const OF_TRAILS: [&str; 6] = ["StopLogging", "StartLogging", "DeleteTrail", "UpdateTrail", "CreateTrail", "PutEventSelectors"];

/// Events that change where logs lie and how long.
const OF_BUCKETS: [&str; 8] = [
    "PutBucketPolicy",
    "DeleteBucketPolicy",
    "PutBucketLifecycle",
    "DeleteBucketLifecycle",
    "PutBucketVersioning",
    "DeleteBucket",
    "DeleteObject",
    "DeleteObjects",
];

/// The names of all of them, for the pre-filter.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    OF_TRAILS.into_iter().chain(OF_BUCKETS)
}

/// Such a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Event {
    /// UTC, microseconds.
    pub event_time: Option<Micros>,
    /// Whose logging it is.
    pub account_id: String,
    /// Where it was recorded.
    pub region: String,
    /// What was called.
    pub event_name: String,
    /// By whom.
    pub arn: String,
    /// From where.
    pub source_ip: String,
    /// The bucket or trail it was done to, where the record says.
    pub target: String,
    /// Whether it was refused.
    pub failed: bool,
    /// The event's id.
    pub event_id: String,
}

impl Event {
    /// The event of a record, where it is one.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Option<Self> {
        let (source, name) = (record.event_source?, record.event_name?);
        let known = match source {
            "cloudtrail.amazonaws.com" => OF_TRAILS.contains(&name),
            "s3.amazonaws.com" => OF_BUCKETS.contains(&name),
            _ => false,
        };
        if !known {
            return None;
        }
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Some(Self {
            event_time: record.event_time,
            account_id: text(record.account_id()),
            region: text(record.region),
            event_name: name.to_owned(),
            arn: text(record.identity.arn),
            source_ip: text(record.source_ip),
            target: text(record.request("bucketName").or_else(|| record.request("name")).or_else(|| record.request("trailName"))),
            failed: record.error_code.is_some(),
            event_id: text(record.event_id),
        })
    }

    /// Whether it may be why a chain of an account ended or began anew in a stretch of time.
    #[must_use]
    pub fn explains(&self, account: &str, trail: &str, from: Micros, to: Micros) -> bool {
        // The trail of an organisation is stopped in another account than those it is of.
        let of_trail = self.account_id == account || self.target.rsplit(['/', ':']).next() == Some(trail);
        of_trail
            && !self.failed
            && matches!(&*self.event_name, "StopLogging" | "StartLogging" | "DeleteTrail" | "UpdateTrail" | "CreateTrail")
            && self.event_time.is_some_and(|time| (from..=to).contains(&time))
    }

    /// Whether it takes something away: logging, events from it, the bucket, or what lies there.
    #[must_use]
    pub fn is_tampering(&self) -> bool {
        !matches!(&*self.event_name, "StartLogging" | "CreateTrail")
    }

    /// Whether it is done to a bucket or what is in one.
    #[must_use]
    pub fn is_of_bucket(&self) -> bool {
        OF_BUCKETS.contains(&&*self.event_name)
    }

    /// Whether it is done to an object, of which there are many in any account.
    #[must_use]
    pub fn is_of_object(&self) -> bool {
        self.event_name.starts_with("DeleteObject")
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let time = self.event_time.map_or_else(|| "at an unknown time".to_owned(), time::format);
        format!("{} by {} at {time}", self.event_name, self.arn)
    }
}
