//! One activity as a review sees it: a row of the timeline, read back.

use crate::case::table::{Cell, Table};
use crate::evidence::record::credential::Credential;
use crate::evidence::record::logging::Effect;
use crate::evidence::record::outcome::Outcome;
use crate::evidence::record::time::Micros;
use crate::evidence::record::view::Parser;
use crate::evidence::source::Key;
use crate::root::{Class, Need, Phase};

/// The columns of the timeline that [`entries`] reads, in its order.
pub(crate) const COLUMNS: [&str; 28] = [
    "event_time",
    "event_id",
    "account_id",
    "region",
    "class",
    "need",
    "logging_effect",
    "event_source",
    "event_name",
    "event_type",
    "read_only",
    "outcome",
    "credential",
    "access_key_id",
    "session_start",
    "mfa",
    "source_ip",
    "user_agent",
    "phase",
    "response_elements",
    "addendum",
    "object_uri",
    "arn",
    "cis_match",
    "recipient_account_id",
    "affected_account_ids",
    "shared_event_id",
    "request_id",
];

/// An activity. Text that is missing is empty, but where the difference matters.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'t> {
    /// UTC; `None` where the record has none that can be read.
    pub time: Option<Micros>,
    /// May stand on several activities.
    pub event_id: &'t str,
    /// The account whose root acted.
    pub account: &'t str,
    /// The account that received the record, where it is another one.
    pub received_by: Option<&'t str>,
    /// Other accounts that received a record of it, as a list in JSON.
    pub affected: Option<&'t str>,
    /// What copies of one act in other accounts' logs share.
    pub shared_event_id: Option<&'t str>,
    /// The service's own id of the request.
    pub request_id: Option<&'t str>,
    /// The region where the event was recorded.
    pub region: &'t str,
    /// What it has to do with root.
    pub class: Class,
    /// Whether root was needed for it.
    pub need: Option<Need>,
    /// What it does to logging itself, done or refused.
    pub logging: Option<Effect>,
    /// For example `iam.amazonaws.com`.
    pub source: &'t str,
    /// For example `CreateUser`.
    pub name: &'t str,
    /// For example `AwsConsoleAction`.
    pub event_type: &'t str,
    /// Whether the call changes nothing; `None` where the record does not say.
    pub read_only: Option<bool>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// What it was signed with.
    pub credential: Credential,
    /// The access key id.
    pub key: Option<&'t str>,
    /// Start of the credential session.
    pub session_start: Option<Micros>,
    /// Whether it was made with MFA: three states.
    pub mfa: Option<bool>,
    /// An address, a service's name, or `AWS Internal`.
    pub address: Option<&'t str>,
    /// The client.
    pub agent: Option<&'t str>,
    /// Where it stands in a takeover.
    pub phase: Option<Phase>,
    /// The identity's ARN.
    pub arn: Option<&'t str>,
    /// The key that the call handed out, where it is one of STS.
    pub issued_key: Option<Box<str>>,
    /// When its log was delivered, to the minute, by the log's name. `None` for late or amended copies, whose delivery says nothing of how long the
    /// first one took.
    pub delivered: Option<Micros>,
    /// Whether the CIS filter matches it.
    pub cis_match: bool,
}

impl Entry<'_> {
    /// The other accounts that received a record of it.
    #[must_use]
    pub(crate) fn affected(&self) -> Vec<String> {
        self.affected.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The service as IAM policies write it, `iam`.
    #[must_use]
    pub(crate) fn service(&self) -> &str {
        self.source.strip_suffix(".amazonaws.com").unwrap_or(self.source)
    }

    /// The call as IAM policies write it, `iam:CreateUser`.
    #[must_use]
    pub(crate) fn action(&self) -> String {
        format!("{}:{}", self.service(), self.name)
    }

    /// Whether it is a sign-in to the console that succeeded.
    #[must_use]
    pub(crate) fn is_login(&self) -> bool {
        self.class == Class::SignIn && self.name == "ConsoleLogin"
    }

    /// Whether something may have been changed: a use of root that does not say that it reads only. A sign-in changes nothing.
    #[must_use]
    pub(crate) fn is_write(&self) -> bool {
        self.class.does_tasks() && self.read_only != Some(true)
    }

    /// Whether it belongs into sessions and incidents: use of root, and attempts at it.
    #[must_use]
    pub(crate) fn is_reviewed(&self) -> bool {
        self.class.is_usage() || self.class == Class::Attempt
    }
}

/// The value that goes by a name in tables.
fn named<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, cell: Cell<'_>) -> Option<T> {
    let text = cell.text()?;
    all.iter().copied().find(|value| name(*value) == text)
}

/// Reads the rows of a timeline of which [`COLUMNS`] are there; entry and row have the same number.
#[must_use]
pub(crate) fn entries(timeline: &Table) -> Vec<Entry<'_>> {
    let mut cells: Vec<_> = COLUMNS.iter().map(|column| timeline.cells(column)).collect();
    let mut parser = Parser::default();
    let mut next = || {
        let mut row = cells.iter_mut().map(|cells| cells.next().unwrap_or(Cell::Null));
        let mut cell = || row.next().unwrap_or(Cell::Null);
        let mut entry = Entry {
            time: cell().time(),
            event_id: cell().text().unwrap_or_default(),
            account: cell().text().unwrap_or_default(),
            region: cell().text().unwrap_or_default(),
            class: named(&Class::ALL, Class::name, cell()).unwrap_or(Class::Direct),
            need: named(&Need::ALL, Need::name, cell()),
            logging: named(&Effect::ALL, Effect::name, cell()),
            source: cell().text().unwrap_or_default(),
            name: cell().text().unwrap_or_default(),
            event_type: cell().text().unwrap_or_default(),
            read_only: cell().truth(),
            outcome: named(&Outcome::ALL, Outcome::name, cell()),
            credential: named(&Credential::ALL, Credential::name, cell()).unwrap_or(Credential::None),
            key: cell().text(),
            session_start: cell().time(),
            mfa: cell().truth(),
            address: cell().text(),
            agent: cell().text(),
            phase: named(&Phase::ALL, Phase::name, cell()),
            arn: None,
            issued_key: None,
            delivered: None,
            cis_match: false,
            received_by: None,
            affected: None,
            shared_event_id: None,
            request_id: None,
        };
        let response = cell().text();
        if entry.service() == "sts" && entry.outcome == Some(Outcome::Success) {
            entry.issued_key = response.and_then(|response| issued(&mut parser, response));
        }
        let amended = cell() != Cell::Null;
        entry.delivered = cell().text().filter(|_| !amended).and_then(|uri| Key::parse(uri).delivered_at);
        entry.arn = cell().text();
        entry.cis_match = cell().truth() == Some(true);
        let recipient = cell().text();
        entry.received_by = recipient.filter(|recipient| *recipient != entry.account);
        entry.affected = cell().text();
        entry.shared_event_id = cell().text();
        entry.request_id = cell().text();
        entry
    };
    (0..timeline.len()).map(|_| next()).collect()
}

/// The key in the answer of STS.
fn issued(parser: &mut Parser, response: &str) -> Option<Box<str>> {
    let key = parser.with(response.as_bytes(), |value| value.at(&["credentials", "accessKeyId"])?.text().map(Box::from));
    key.ok().flatten()
}
