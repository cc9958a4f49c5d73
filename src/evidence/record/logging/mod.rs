//! Records that explain why logs end or change: somebody turned logging off, left the organisation whose trail it was, or reached for the bucket, the key or
//! the role that logs need. What a call does is in one table, by its parameters; whether a bucket, a key or a role is one that logs need is for whoever
//! knows the trails.

#[cfg(test)]
mod members;
mod table;

use super::time::{self, Micros};
use super::view::Record;
use crate::evidence::account;
use crate::named::named;
use serde::{Deserialize, Serialize};
use table::{Row, TABLE};

named! {
    /// What a call does to the logs, the worst first.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Effect {
        /// Nothing is logged, or nothing is delivered, or what was is gone.
        Ends = "ends",
        /// Less is logged, or kept for a shorter time.
        Narrows = "narrows",
        /// Something of it is another, and the call does not show whether less is logged.
        Changes = "changes",
        /// Logging begins, begins again, or takes more.
        Begins = "begins",
    }
}

named! {
    /// What a call is done to.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum What {
        /// A trail.
        Trail = "trail",
        /// An event data store of CloudTrail Lake, which holds events and delivers no logs.
        EventDataStore = "event_data_store",
        /// Membership in the organisation, or CloudTrail's place in it.
        Organisation = "organisation",
        /// The account itself, or its regions.
        Account = "account",
        /// A bucket.
        Bucket = "bucket",
        /// An object in a bucket.
        Object = "object",
        /// A key of KMS.
        Key = "key",
        /// A log group of CloudWatch Logs, its filters and deliveries.
        LogGroup = "log_group",
        /// A role of IAM.
        Role = "role",
    }
}

impl What {
    /// Whether it is always one of logging; a bucket, a key, a log group or a role may be any.
    #[must_use]
    pub(crate) const fn is_of_logging(self) -> bool {
        matches!(self, Self::Trail | Self::EventDataStore | Self::Organisation | Self::Account)
    }
}

/// The names of all calls, for the pre-filter.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|row| row.name)
}

fn row(record: &Record<'_>) -> Option<&'static Row> {
    let (source, name) = (record.event_source?, record.event_name?);
    let service = source.strip_suffix(".amazonaws.com")?;
    TABLE.iter().find(|row| row.name == name && row.service == service)
}

/// What a record does to logging itself: trails, membership in the organisation, the account. `None` for whatever may be about anything else.
#[must_use]
pub(crate) fn effect_of(record: &Record<'_>) -> Option<Effect> {
    row(record).filter(|row| row.what.is_of_logging()).and_then(|row| row.effect(record))
}

/// Such a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Event {
    /// UTC, microseconds.
    pub event_time: Option<Micros>,
    /// In whose logs it lies.
    pub account_id: String,
    /// Where it was recorded.
    pub region: String,
    /// What was called.
    pub event_name: String,
    /// What it does.
    pub effect: Effect,
    /// What it is done to.
    pub what: What,
    /// Accounts whose logs it is about; empty where it is about all accounts of an organisation.
    pub concerns: Vec<String>,
    /// By whom.
    pub arn: String,
    /// From where.
    pub source_ip: String,
    /// The trail, bucket, key, log group or role it was done to, by name or ARN, where the record says.
    pub target: String,
    /// Buckets, keys, log groups and roles that a trail was told to use.
    pub names: Vec<String>,
    /// Whether it was refused.
    pub failed: bool,
    /// The event's id.
    pub event_id: String,
}

/// Where the request says what it is done to.
const TARGETS: [&str; 12] = [
    "bucketName",
    "name",
    "trailName",
    "eventDataStore",
    "resourceArn",
    "keyId",
    "logGroupName",
    "logGroupIdentifier",
    "roleName",
    "customKeyStoreId",
    "regionName",
    "servicePrincipal",
];

/// Where a trail says what it needs.
const NEEDED: [&str; 4] = ["s3BucketName", "kmsKeyId", "cloudWatchLogsLogGroupArn", "cloudWatchLogsRoleArn"];

impl Event {
    /// The event of a record, where it is one.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Option<Self> {
        let row = row(record)?;
        let effect = row.effect(record)?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let target = text(TARGETS.iter().find_map(|name| record.request(name).filter(|text| !text.is_empty())));
        let own = text(record.account_id());
        let all = matches!(row.name, "DeleteOrganization" | "DisableAWSServiceAccess" | "EnableAWSServiceAccess");
        let named = record.request("accountId").and_then(|id| account::parse(id).ok());
        // A trail that is named by its ARN is of the account in it.
        let of_arn = target.split(':').nth(4).and_then(|id| account::parse(id).ok()).filter(|_| row.what == What::Trail);
        let names = NEEDED.iter().filter_map(|name| record.request(name)).filter(|name| !name.is_empty()).map(str::to_owned);
        Some(Self {
            event_time: record.event_time,
            region: text(record.region),
            event_name: row.name.to_owned(),
            effect,
            what: row.what,
            concerns: if all { Vec::new() } else { named.or(of_arn).or(Some(own.clone())).into_iter().collect() },
            account_id: own,
            arn: text(record.identity.arn),
            source_ip: text(record.source_ip),
            target,
            names: names.filter(|_| row.what == What::Trail).collect(),
            failed: record.error_code.is_some(),
            event_id: text(record.event_id),
        })
    }

    /// Whether it may be why a chain of an account ended or started again in a period.
    #[must_use]
    pub fn explains(&self, account: &str, trail: &str, from: Micros, to: Micros) -> bool {
        let is_of = match self.what {
            // The trail of an organisation is stopped in another account than those it is of.
            What::Trail => self.account_id == account || last(&self.target) == trail,
            What::Organisation | What::Account => self.is_about(account),
            _ => false,
        };
        // A chain goes on with other selectors; it may be another's after any change of the trail.
        let can_end = self.event_name != "PutEventSelectors" && (self.what == What::Trail || self.effect != Effect::Changes);
        is_of && can_end && !self.failed && self.event_time.is_some_and(|time| (from..=to).contains(&time))
    }

    /// Whether it is about the logs of an account.
    #[must_use]
    pub fn is_about(&self, account: &str) -> bool {
        self.concerns.is_empty() || self.concerns.iter().any(|concerned| concerned == account)
    }

    /// Whether it takes something away: logging, events from it, the bucket, or what lies there. One that only may do so is none of it.
    #[must_use]
    pub fn is_tampering(&self) -> bool {
        self.effect != Effect::Begins
    }

    /// Whether, done, it leaves the hours behind it in doubt: an account's logs end, or lose events that tell of root.
    #[must_use]
    pub fn leaves_doubt(&self) -> bool {
        let is_of_delivery = matches!(self.what, What::Trail | What::Organisation | What::Account);
        is_of_delivery && !self.failed && matches!(self.effect, Effect::Ends | Effect::Narrows)
    }

    /// Whether it is done to something by one of these names or ARNs.
    #[must_use]
    pub fn is_of(&self, names: &std::collections::BTreeSet<String>) -> bool {
        let target = last(&self.target);
        !target.is_empty() && names.iter().any(|name| *name == self.target || last(name) == target || is_group(name, target))
    }

    /// What was called, by whom and when, as text.
    #[must_use]
    pub fn words(&self) -> String {
        let time = self.event_time.map_or_else(|| "at an unknown time".to_owned(), time::format);
        format!("{} by {} at {time}", self.event_name, self.arn)
    }
}

/// The name at the end of an ARN, or the name itself.
fn last(text: &str) -> &str {
    text.rsplit(['/', ':']).next().unwrap_or(text)
}

/// `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`.
fn is_group(arn: &str, name: &str) -> bool {
    arn.split(":log-group:").nth(1).is_some_and(|group| last(group.trim_end_matches(":*")) == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::view::Parser;

    fn event(source: &str, name: &str, parameters: &str) -> Option<Event> {
        let text = format!(
            r#"{{"eventSource":"{source}.amazonaws.com","eventName":"{name}","eventTime":"2026-01-01T00:00:00Z","requestParameters":{parameters},
            "userIdentity":{{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}},"recipientAccountId":"111122223333"}}"#
        );
        Parser::default().with(text.as_bytes(), |value| Event::of(&Record::read(value))).unwrap()
    }

    #[test]
    fn what_a_call_does_is_told_by_its_parameters() {
        let selectors = |list: &str| format!(r#"{{"trailName":"t","eventSelectors":[{list}]}}"#);
        let advanced = |list: &str| format!(r#"{{"trailName":"t","advancedEventSelectors":[{list}]}}"#);
        let management = r#"{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]}"#;
        for (source, name, parameters, effect) in [
            ("cloudtrail", "StopLogging", r#"{"name":"t"}"#.to_owned(), Some(Effect::Ends)),
            ("cloudtrail", "StartLogging", r#"{"name":"t"}"#.to_owned(), Some(Effect::Begins)),
            ("cloudtrail", "UpdateTrail", r#"{"name":"t","isMultiRegionTrail":false}"#.to_owned(), Some(Effect::Narrows)),
            (
                "cloudtrail",
                "UpdateTrail",
                r#"{"name":"t","isMultiRegionTrail":true,"includeGlobalServiceEvents":false}"#.to_owned(),
                Some(Effect::Narrows),
            ),
            ("cloudtrail", "UpdateTrail", r#"{"name":"t","enableLogFileValidation":true}"#.to_owned(), Some(Effect::Begins)),
            ("cloudtrail", "UpdateTrail", r#"{"name":"t","s3BucketName":"other"}"#.to_owned(), Some(Effect::Changes)),
            (
                "cloudtrail",
                "PutEventSelectors",
                selectors(r#"{"includeManagementEvents":false,"readWriteType":"All"}"#),
                Some(Effect::Ends),
            ),
            (
                "cloudtrail",
                "PutEventSelectors",
                selectors(r#"{"includeManagementEvents":true,"readWriteType":"WriteOnly"}"#),
                Some(Effect::Narrows),
            ),
            (
                "cloudtrail",
                "PutEventSelectors",
                selectors(r#"{"includeManagementEvents":true,"excludeManagementEventSources":["kms.amazonaws.com"]}"#),
                Some(Effect::Narrows),
            ),
            (
                "cloudtrail",
                "PutEventSelectors",
                selectors(r#"{"includeManagementEvents":true,"readWriteType":"All","dataResources":[]}"#),
                Some(Effect::Begins),
            ),
            (
                "cloudtrail",
                "PutEventSelectors",
                advanced(r#"{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]}]}"#),
                Some(Effect::Ends),
            ),
            ("cloudtrail", "PutEventSelectors", advanced(management), Some(Effect::Begins)),
            ("organizations", "LeaveOrganization", "null".to_owned(), Some(Effect::Ends)),
            (
                "organizations",
                "DisableAWSServiceAccess",
                r#"{"servicePrincipal":"cloudtrail.amazonaws.com"}"#.to_owned(),
                Some(Effect::Ends),
            ),
            ("organizations", "DisableAWSServiceAccess", r#"{"servicePrincipal":"config.amazonaws.com"}"#.to_owned(), None),
            (
                "s3",
                "PutBucketLifecycle",
                r#"{"LifecycleConfiguration":{"Rule":{"Expiration":{"Days":1}}},"bucketName":"b"}"#.to_owned(),
                Some(Effect::Narrows),
            ),
            (
                "s3",
                "PutBucketLifecycle",
                r#"{"LifecycleConfiguration":{"Rule":[{"Transition":{"Days":90}}]},"bucketName":"b"}"#.to_owned(),
                Some(Effect::Changes),
            ),
            (
                "s3",
                "PutBucketVersioning",
                r#"{"VersioningConfiguration":{"Status":"Suspended"},"bucketName":"b"}"#.to_owned(),
                Some(Effect::Narrows),
            ),
            ("s3", "PutObject", r#"{"bucketName":"b"}"#.to_owned(), None),
        ] {
            assert_eq!(event(source, name, &parameters).map(|event| event.effect), effect, "{name} {parameters}");
        }
    }

    #[test]
    fn whose_logs_it_is_about_is_the_account_that_the_call_names() {
        let concerns = |source: &str, name: &str, parameters: &str| event(source, name, parameters).unwrap().concerns;
        assert_eq!(concerns("organizations", "LeaveOrganization", "null"), ["111122223333"]);
        assert_eq!(concerns("organizations", "RemoveAccountFromOrganization", r#"{"accountId":"444455556666"}"#), ["444455556666"]);
        assert_eq!(concerns("organizations", "CloseAccount", r#"{"accountId":"444455556666"}"#), ["444455556666"]);
        assert_eq!(concerns("account", "CloseAccount", "null"), ["111122223333"]);
        assert!(concerns("organizations", "DeleteOrganization", "null").is_empty());
        let arn = r#"{"name":"arn:aws:cloudtrail:us-east-1:999999999999:trail/org"}"#;
        assert_eq!(concerns("cloudtrail", "StopLogging", arn), ["999999999999"]);
    }

    #[test]
    fn a_bucket_a_key_a_group_and_a_role_are_known_by_what_a_trail_was_told() {
        let trail = event(
            "cloudtrail",
            "CreateTrail",
            r#"{"name":"t","s3BucketName":"logs","kmsKeyId":"arn:aws:kms:us-east-1:111122223333:key/1234",
            "cloudWatchLogsLogGroupArn":"arn:aws:logs:us-east-1:111122223333:log-group:trail:*","cloudWatchLogsRoleArn":"arn:aws:iam::111122223333:role/deliver"}"#,
        );
        let names = trail.unwrap().names.into_iter().collect();
        for (source, name, parameters, is_known) in [
            ("s3", "DeleteBucketPolicy", r#"{"bucketName":"logs"}"#, true),
            ("s3", "DeleteBucketPolicy", r#"{"bucketName":"other"}"#, false),
            ("kms", "DisableKey", r#"{"keyId":"1234"}"#, true),
            ("kms", "DisableKey", r#"{"keyId":"arn:aws:kms:us-east-1:111122223333:key/1234"}"#, true),
            ("logs", "DeleteLogGroup", r#"{"logGroupName":"trail"}"#, true),
            ("iam", "DeleteRolePolicy", r#"{"roleName":"deliver"}"#, true),
            ("iam", "DeleteRolePolicy", r#"{"roleName":"app"}"#, false),
        ] {
            assert_eq!(event(source, name, parameters).unwrap().is_of(&names), is_known, "{name} {parameters}");
        }
    }
}
