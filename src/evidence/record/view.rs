//! The parsed record: named fields of one CloudTrail event, borrowed from the nodes that a [`Parser`] makes.
//!
//! Tolerant by design: a field of an unexpected type reads as absent, never as an error. Field names and shapes are those of
//! the CloudTrail record reference (`cloudtrail-event-reference-record-contents` and `-user-identity` in the AWS user guide).

pub(crate) use super::parse::Raw;
pub use super::parse::{NotAnObject, Parser};
pub use super::tape::Value;
use super::time::Micros;

/// Who made a request: `userIdentity`, with absent and empty both read as `None`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity<'t> {
    /// `Root`, `IAMUser`, `AssumedRole` ...; may be absent on service events.
    pub kind: Option<&'t str>,
    /// Unique where names are not; for sessions the issuer's id and the session's name.
    pub principal_id: Option<&'t str>,
    /// The principal's ARN.
    pub arn: Option<&'t str>,
    /// The account that owns the identity.
    pub account_id: Option<&'t str>,
    /// `AKIA...` long-term, `ASIA...` temporary.
    pub access_key_id: Option<&'t str>,
    /// For root the account alias, `AWS ROOT USER`, or nothing.
    pub user_name: Option<&'t str>,
    /// The service that made the call on the identity's behalf.
    pub invoked_by: Option<&'t str>,
    /// Start of the credential session, `sessionContext.attributes.creationDate`.
    pub session_start: Option<Micros>,
    /// Whether a creation date stands there at all, readable or not.
    pub has_session: bool,
    /// `mfaAuthenticated`: three states.
    pub mfa: Option<bool>,
    /// The type of the identity that issued the session.
    pub issuer_kind: Option<&'t str>,
    /// Its ARN.
    pub issuer_arn: Option<&'t str>,
    /// `sessionContext.assumedRoot` says "true".
    pub assumed_root: bool,
    /// Whether there is an ARN at all, empty or not: exports leave fields out or make them null, CloudTrail writes an empty one where there is no
    /// principal.
    pub has_arn: bool,
    /// Whether there is an account ID at all, empty or not.
    pub has_account_id: bool,
    /// Whether a number or text stands where an account ID or an object was.
    is_changed: bool,
    /// Whether the session is something that no session is, and so may hide whose it is.
    has_odd_session: bool,
}

impl<'t> Identity<'t> {
    fn read(identity: Value<'t>) -> Self {
        let mut read = Self::default();
        let mut session = None;
        for (key, value) in identity.members() {
            let text = value.text().filter(|text| !text.is_empty());
            match key {
                "type" => read.kind = read.kind.or(text),
                "principalId" => read.principal_id = read.principal_id.or(text),
                "arn" => {
                    read.has_arn |= !value.is_null();
                    read.arn = read.arn.or(text);
                }
                "accountId" => {
                    read.has_account_id |= !value.is_null();
                    read.is_changed |= value.is_number();
                    read.account_id = read.account_id.or(text);
                }
                "accessKeyId" => read.access_key_id = read.access_key_id.or(text),
                "userName" => read.user_name = read.user_name.or(text),
                "invokedBy" => read.invoked_by = read.invoked_by.or(text),
                "sessionContext" => session = session.or(Some(value)),
                _ => {}
            }
        }
        if let Some(session) = session {
            read.read_session(session);
        }
        read
    }

    /// Whether an export has left out who it is: type Root, and neither an ARN nor an account.
    #[must_use]
    pub fn is_reduced(&self) -> bool {
        self.kind == Some("Root") && !self.has_arn && !self.has_account_id
    }

    fn read_session(&mut self, session: Value<'t>) {
        self.note_odd(session);
        let (mut attributes, mut issuer, mut marker) = (None, None, None);
        for (key, value) in session.members() {
            match key {
                "attributes" => attributes = attributes.or(Some(value)),
                "sessionIssuer" => issuer = issuer.or(Some(value)),
                "assumedRoot" => marker = marker.or(Some(value)),
                _ => {}
            }
        }
        attributes.into_iter().chain(issuer).for_each(|part| self.note_odd(part));
        let (mut creation, mut mfa) = (None, None);
        for (key, value) in attributes.into_iter().flat_map(Value::members) {
            match key {
                "creationDate" => creation = creation.or(Some(value)),
                "mfaAuthenticated" => mfa = mfa.or(Some(value)),
                // Here only where it does not stand beside the attributes.
                "assumedRoot" => marker = marker.or(Some(value)),
                _ => {}
            }
        }
        let creation = creation.filter(|date| date.text().is_some_and(|text| !text.is_empty()));
        self.session_start = creation.and_then(Value::time);
        // One that cannot be read may hold a date.
        self.has_session = creation.is_some() || self.has_odd_session;
        self.mfa = mfa.and_then(Value::truth);
        self.issuer_kind = issuer.and_then(|issuer| issuer.get("type")).and_then(Value::text);
        self.issuer_arn = issuer.and_then(|issuer| issuer.filled("arn"));
        self.assumed_root = marker.and_then(Value::truth) == Some(true);
    }

    /// Notes where a part of the session is not the object that it was.
    fn note_odd(&mut self, part: Value<'t>) {
        let is_odd = !part.is_object() && !part.is_null() && part.text() != Some("");
        self.is_changed |= is_odd;
        self.has_odd_session |= is_odd;
    }
}

/// Twelve digits.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a field is the identity, or a part of it, as exports to flat tables spell it: `useridentity`, `user_identity`, `userIdentity.type`.
fn is_of_identity(key: &str) -> bool {
    const NAME: &[u8] = b"useridentity";
    let is_first = |byte: &u8| matches!(byte, b'u' | b'U');
    key.as_bytes().first().is_some_and(is_first) && {
        let mut letters = key.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
        NAME.iter().all(|letter| letters.next() == Some(*letter))
    }
}

/// The fields of one record that labelling and tables read.
#[derive(Debug, Clone, Copy)]
pub struct Record<'t> {
    /// The whole record.
    pub value: Value<'t>,
    /// Who acted.
    pub identity: Identity<'t>,
    /// The time the request completed.
    pub event_time: Option<Micros>,
    /// The id meant to be unique.
    pub event_id: Option<&'t str>,
    /// For example `iam.amazonaws.com`.
    pub event_source: Option<&'t str>,
    /// For example `CreateUser`.
    pub event_name: Option<&'t str>,
    /// For example `AwsApiCall`; absent in records of 2014.
    pub event_type: Option<&'t str>,
    /// `Management`, `Data`, `NetworkActivity`, `Insight`, `Aggregated`.
    pub event_category: Option<&'t str>,
    /// The region where the event was recorded.
    pub region: Option<&'t str>,
    /// An address, a service name or `AWS Internal`.
    pub source_ip: Option<&'t str>,
    /// The client.
    pub user_agent: Option<&'t str>,
    /// Present when the request failed; sign-in failures carry only a message.
    pub error_code: Option<&'t str>,
    /// The text beside it.
    pub error_message: Option<&'t str>,
    /// The account that received the event.
    pub recipient_account_id: Option<&'t str>,
    /// Whether the call changes nothing.
    pub read_only: Option<bool>,
    /// The service's own id of the request.
    pub request_id: Option<&'t str>,
    /// Common to the copies of one action that several accounts receive.
    pub shared_event_id: Option<&'t str>,
    /// Whether the credentials came out of a console sign-in.
    pub from_console: bool,
    /// Whether an export has made text of objects or numbers of account ids, so that `super::restore` has to undo it before anything is said of the record.
    pub is_changed: bool,
    /// Whether there is an identity, whatever it is.
    pub has_identity: bool,
    /// Whether the identity is there in a form that is not read, so that nobody can say whose record it is.
    pub is_unidentified: bool,
}

impl<'t> Record<'t> {
    /// Reads the fields of a parsed record, each the first of its name.
    #[must_use]
    pub fn read(value: Value<'t>) -> Self {
        let mut read = Self {
            value,
            identity: Identity::default(),
            event_time: None,
            event_id: None,
            event_source: None,
            event_name: None,
            event_type: None,
            event_category: None,
            region: None,
            source_ip: None,
            user_agent: None,
            error_code: None,
            error_message: None,
            recipient_account_id: None,
            read_only: None,
            request_id: None,
            shared_event_id: None,
            from_console: false,
            is_changed: false,
            has_identity: false,
            is_unidentified: false,
        };
        let mut identity: Option<Value<'t>> = None;
        let mut is_elsewhere = false;
        let mut event_time = None;
        for (key, value) in value.members() {
            let text = value.text().filter(|text| !text.is_empty());
            match key {
                "userIdentity" => identity = identity.or(Some(value)),
                "eventTime" => event_time = event_time.or(Some(value)),
                // Aggregated records write it with a small d.
                "eventID" | "eventId" => read.event_id = read.event_id.or(text),
                "eventSource" => read.event_source = read.event_source.or(text),
                "eventName" => read.event_name = read.event_name.or(text),
                "eventType" => read.event_type = read.event_type.or(text),
                "eventCategory" => read.event_category = read.event_category.or(text),
                "awsRegion" => read.region = read.region.or(text),
                "sourceIPAddress" => read.source_ip = read.source_ip.or(text),
                "userAgent" => read.user_agent = read.user_agent.or(text),
                "errorCode" => read.error_code = read.error_code.or(text),
                "errorMessage" => read.error_message = read.error_message.or(text),
                "recipientAccountId" => {
                    read.is_changed |= value.is_number();
                    read.recipient_account_id = read.recipient_account_id.or(text);
                }
                "requestParameters" | "responseElements" | "additionalEventData" | "serviceEventDetails" => {
                    read.is_changed |= text.is_some_and(|text| text.trim_start().starts_with(['{', '"']));
                }
                "readOnly" => read.read_only = read.read_only.or(value.truth()),
                "requestID" => read.request_id = read.request_id.or(text),
                "sharedEventID" => read.shared_event_id = read.shared_event_id.or(text),
                "sessionCredentialFromConsole" => read.from_console |= value.truth() == Some(true),
                _ => is_elsewhere |= is_of_identity(key),
            }
        }
        let is_object = identity.is_some_and(Value::is_object);
        let is_nothing = identity.is_none_or(Value::is_null);
        read.identity = identity.map(Identity::read).unwrap_or_default();
        read.has_identity = identity.is_some();
        let hides_issuer = read.identity.has_odd_session && read.identity.kind != Some("Root");
        read.is_unidentified = hides_issuer || !is_object && (!is_nothing || is_elsewhere);
        read.is_changed |= read.identity.is_changed || read.is_unidentified;
        read.event_time = event_time.and_then(Value::time);
        read
    }

    /// The account in whose logs the record lies: the recipient, else the identity's.
    #[must_use]
    pub fn account_id(&self) -> Option<&'t str> {
        self.recipient_account_id.or(self.identity.account_id)
    }

    /// The account of whoever acted: the identity's, as its member or its ARN says, else the recipient. Of a call into another account both receive a
    /// record, and only the identity says whose credentials were used.
    #[must_use]
    pub fn actor_account_id(&self) -> Option<&'t str> {
        let of_arn = || self.identity.arn?.split(':').nth(4).filter(|account| is_account(account));
        self.identity.account_id.filter(|account| is_account(account)).or_else(of_arn).or_else(|| self.account_id())
    }

    /// The account that received the record of what another account did.
    #[must_use]
    pub fn affected_account_id(&self) -> Option<&'t str> {
        self.recipient_account_id.filter(|recipient| self.actor_account_id() != Some(recipient))
    }

    /// Text at `responseElements.<key>`.
    #[must_use]
    pub fn response(&self, key: &str) -> Option<&'t str> {
        self.value.at(&["responseElements", key]).and_then(Value::text)
    }

    /// Text at `requestParameters.<key>`.
    #[must_use]
    pub fn request(&self, key: &str) -> Option<&'t str> {
        self.value.at(&["requestParameters", key]).and_then(Value::text)
    }

    /// Whether the record is none of CloudTrail's events proper but an insight, a network activity event or an aggregate. The type says
    /// so; the category only where there is no type.
    #[must_use]
    pub fn other_category(&self) -> Option<Category> {
        match (self.event_type, self.event_category) {
            (Some(INSIGHT), _) | (None, Some("Insight")) => Some(Category::Insight),
            (Some(NETWORK_ACTIVITY), _) | (None, Some("NetworkActivity")) => Some(Category::NetworkActivity),
            (Some(AGGREGATED), _) | (None, Some("Aggregated")) => Some(Category::Aggregated),
            _ => None,
        }
    }
}

const INSIGHT: &str = "AwsCloudTrailInsight";
const NETWORK_ACTIVITY: &str = "AwsVpceEvents";
const AGGREGATED: &str = "AwsAggregatedEvent";

/// Kinds of event that are kept out of the record count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// CloudTrail Insights.
    Insight,
    /// VPC endpoint events.
    NetworkActivity,
    /// Summaries of data events.
    Aggregated,
}

/// The event types of other categories, for the pre-filter.
pub const OTHER_TYPES: [&str; 3] = [INSIGHT, NETWORK_ACTIVITY, AGGREGATED];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_unexpected_types_read_as_absent() {
        let text = br#"{"userIdentity":"Root","eventTime":5,"readOnly":"True","eventName":["x"],"errorCode":""}"#;
        Parser::default()
            .with(text, |value| {
                let record = Record::read(value);
                assert!(record.identity.kind.is_none() && record.event_time.is_none() && record.event_name.is_none());
                assert!(record.error_code.is_none());
                assert_eq!(value.get("readOnly").and_then(Value::truth), Some(true));
            })
            .unwrap();
    }

    #[test]
    fn a_record_with_a_lone_surrogate_is_still_read() {
        let text = br#"{"userIdentity":{"type":"Root"},"requestParameters":{"x":"\udc00"},"n":1e999}"#;
        let kind = Parser::default().with(text, |value| Record::read(value).identity.kind.map(str::to_owned));
        assert_eq!(kind, Ok(Some("Root".to_owned())));
        assert_eq!(Parser::default().with(b"[1]", |_| ()), Err(NotAnObject));
        assert_eq!(Parser::default().with(b"{\"a\":tru}", |_| ()), Err(NotAnObject));
    }
}
