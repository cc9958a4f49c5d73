//! One alert, whoever raised it.

use super::actor::{Act, Actor};
use super::note::Note;
use crate::evidence::record::time::Micros;
use crate::named::named;
use std::collections::BTreeSet;

named! {
    /// Who raised an alert, or keeps it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum Vendor {
        /// Amazon GuardDuty.
        GuardDuty = "guardduty",
        /// AWS Security Hub.
        SecurityHub = "security_hub",
        /// CloudWatch alarms.
        CloudWatch = "cloudwatch",
        /// An EventBridge rule for CloudTrail events, or for events of any other source.
        EventBridge = "eventbridge",
        /// A message of SNS or SQS in no other known format.
        Sns = "sns",
        /// PagerDuty.
        PagerDuty = "pagerduty",
        /// Opsgenie.
        Opsgenie = "opsgenie",
        /// ServiceNow.
        ServiceNow = "servicenow",
        /// The format that `rootline` itself defines, for whatever has no reader of its own.
        Own = "own",
    }
}

/// An alert. Times are UTC; what a vendor does not say is `None`, and a [`Note`] says why wherever that could be misread.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alert {
    /// Who raised it.
    pub vendor: Vendor,
    /// The vendor's own, or made from the content where there is none. Alerts of one vendor with the same id are the same, unless their accounts differ.
    pub id: String,
    /// Type of finding, name of the alarm, `detail-type`, ...
    pub kind: String,
    /// Title or summary, as the vendor writes it.
    pub title: String,
    /// Twelve digits: the account that it is about, as it says of the activity.
    pub account: Option<String>,
    /// Twelve digits: the account of the alarm, the topic or the bus that it came by, which may be another than the one that it is about.
    pub machinery: Option<String>,
    /// Accounts, IP addresses and access keys in its title and text, by their shape; without the machinery's account.
    pub named: BTreeSet<String>,
    /// When somebody was told, beside [`raised`](Self::raised): the time of each delivery.
    pub told: BTreeSet<Micros>,
    /// When what it says was last changed; whoever reads it has been told by then at the latest.
    pub updated: Option<Micros>,
    /// Of the alert, not of what it is about.
    pub region: Option<String>,
    /// The first time that the alert was there, never the time of an update.
    pub raised: Option<Micros>,
    /// CloudWatch: when the alarm left the state ALARM.
    pub cleared: Option<Micros>,
    /// The first acknowledgement by a person, or by something else where no person is known to have made one.
    pub acknowledged: Option<Micros>,
    /// Who acknowledged it.
    pub acknowledged_by: Option<String>,
    /// What that is.
    pub acknowledged_kind: Actor,
    /// The first acknowledgement by something else, beside that of a person.
    pub acknowledged_beside: Option<Act>,
    /// When it was resolved or closed, the last time.
    pub resolved: Option<Micros>,
    /// Who resolved it.
    pub resolved_by: Option<String>,
    /// What that is.
    pub resolved_kind: Actor,
    /// Of the activity that it is about, as the vendor says.
    pub first_seen: Option<Micros>,
    /// Of the activity that it is about, as the vendor says.
    pub last_seen: Option<Micros>,
    /// Moments between the two at which it was seen too: the ends of what each delivery tells of.
    pub seen: BTreeSet<Micros>,
    /// Times that the activity was seen, as the vendor says.
    pub count: Option<u64>,
    /// CloudTrail's `eventID`s.
    pub event_ids: BTreeSet<String>,
    /// Access key ids.
    pub access_keys: BTreeSet<String>,
    /// IP addresses that calls came from.
    pub source_addresses: BTreeSet<String>,
    /// Calls, as `iam:CreateUser`.
    pub actions: BTreeSet<String>,
    /// Whether it is about root: as its structure says, or `None` where only [`words`](Self::words) could tell.
    pub about_root: Option<bool>,
    /// The text in which a word such as `root` may be looked for. Bounded in length; of others' making, so not to be printed as it is.
    pub words: String,
    /// Nobody was ever told: suppressed by a rule, as far as the vendor says.
    pub suppressed: bool,
    /// In a CSV the line, in JSON the number of the item, from 1.
    pub position: u64,
    /// What must be known to read it rightly.
    pub notes: BTreeSet<Note>,
}

impl Alert {
    /// An alert of which nothing is known yet.
    pub(super) const fn new(vendor: Vendor, id: String) -> Self {
        Self {
            vendor,
            id,
            kind: String::new(),
            title: String::new(),
            account: None,
            machinery: None,
            named: BTreeSet::new(),
            told: BTreeSet::new(),
            updated: None,
            region: None,
            raised: None,
            cleared: None,
            acknowledged: None,
            acknowledged_by: None,
            acknowledged_kind: Actor::Unknown,
            acknowledged_beside: None,
            resolved: None,
            resolved_by: None,
            resolved_kind: Actor::Unknown,
            first_seen: None,
            last_seen: None,
            seen: BTreeSet::new(),
            count: None,
            event_ids: BTreeSet::new(),
            access_keys: BTreeSet::new(),
            source_addresses: BTreeSet::new(),
            actions: BTreeSet::new(),
            about_root: None,
            words: String::new(),
            suppressed: false,
            position: 0,
            notes: BTreeSet::new(),
        }
    }

    /// The account that tells it from namesakes: the one that it is about, or else that of its machinery.
    #[must_use]
    pub(crate) fn home(&self) -> Option<&String> {
        self.account.as_ref().or(self.machinery.as_ref())
    }

    /// The first acknowledgement by a person counts; what came from something else stands beside it, or for it where there is no other.
    pub(super) fn acknowledge(&mut self, acts: Vec<Act>) {
        let Some(best) = acts.iter().min_by_key(|act| (act.kind, act.at, &act.by)).cloned() else { return };
        if best.kind == Actor::Person {
            self.acknowledged_beside = acts.into_iter().filter(|act| act.kind != Actor::Person).min();
        }
        (self.acknowledged, self.acknowledged_by, self.acknowledged_kind) = (Some(best.at), best.by, best.kind);
    }

    /// Whether a finding is about a use of root: never a check of the configuration or a sample; else as its types or the principals that
    /// it names say, or left to its words.
    pub(super) fn judge_finding(&mut self, kinds: &[&str], is_check: bool, is_sample: bool, principals: &[&str]) {
        let is_sample = is_sample || self.title.starts_with("[SAMPLE]");
        self.notes.extend(is_check.then_some(Note::ConfigurationCheck));
        self.notes.extend(is_sample.then_some(Note::Sample));
        self.about_root = match () {
            () if is_check || is_sample => Some(false),
            () if kinds.iter().any(|kind| kind.ends_with("RootCredentialUsage")) => Some(true),
            () if !principals.is_empty() => Some(principals.contains(&"Root")),
            () => None,
        };
    }

    /// The words of what is there of the parts, one line each.
    pub(super) fn say<'t>(&mut self, parts: impl IntoIterator<Item = Option<&'t str>>) {
        for part in parts.into_iter().flatten() {
            if self.words.len() >= MAX_WORDS {
                break;
            }
            if !self.words.is_empty() {
                self.words.push('\n');
            }
            self.words.push_str(bounded(part, MAX_WORDS.saturating_sub(self.words.len())));
        }
    }
}

/// Bytes of words that are kept.
pub(super) const MAX_WORDS: usize = 2_000;

/// At most so many bytes of a text, whole characters.
pub(super) fn bounded(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
