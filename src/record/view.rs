//! The parsed record: named fields of one CloudTrail event, borrowed from a tape of the SIMD parser.
//!
//! Tolerant by design: a field of an unexpected type reads as absent, never as an error. Field names and shapes are those of
//! the CloudTrail record reference (`cloudtrail-event-reference-record-contents` and `-user-identity` in the AWS user guide).

use super::time::{self, Micros};
use super::{repair, walk};
use simd_json::{Buffers, Node, StaticNode, Tape};

/// Buffers of the JSON parser, kept from record to record.
pub struct Parser {
    buffers: Buffers,
    tape: Tape<'static>,
    text: Vec<u8>,
}

impl std::fmt::Debug for Parser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parser").field("text", &self.text.len()).finish_non_exhaustive()
    }
}

impl Default for Parser {
    fn default() -> Self {
        Self { buffers: Buffers::default(), tape: Tape(Vec::new()), text: Vec::new() }
    }
}

/// The bytes are not one JSON object, even after repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object")]
pub struct NotAnObject;

impl Parser {
    /// Parses `record` and hands its fields to `read`. The parser rewrites its input, so it works on a copy.
    ///
    /// # Errors
    /// [`NotAnObject`].
    pub fn with<T>(&mut self, record: &[u8], read: impl FnOnce(Value<'_>) -> T) -> Result<T, NotAnObject> {
        self.with_raw(record, |value, _| read(value))
    }

    /// The same for who wants values as they were delivered, too.
    ///
    /// # Errors
    /// [`NotAnObject`].
    pub fn with_raw<'r, T>(&mut self, record: &'r [u8], read: impl FnOnce(Value<'_>, Raw<'r>) -> T) -> Result<T, NotAnObject> {
        self.text.clear();
        self.text.extend_from_slice(record);
        let mut raw = Raw { record, copy: Some(self.text.as_ptr().addr()) };
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        let mut outcome = simd_json::fill_tape(&mut self.text, &mut self.buffers, &mut tape);
        let mut second;
        if outcome.is_err() {
            second = repair::repaired(record);
            raw.copy = None;
            tape = tape.reset();
            outcome = simd_json::fill_tape(&mut second, &mut self.buffers, &mut tape);
        }
        let result = match (outcome, tape.0.first()) {
            (Ok(()), Some(Node::Object { .. })) => Ok(read(Value(&tape.0), raw)),
            _ => Err(NotAnObject),
        };
        self.tape = tape.reset();
        result
    }
}

/// A parsed record's own bytes.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'r> {
    record: &'r [u8],
    /// Address of the copy that was parsed and that the strings of the tape lie in, byte for byte where they are in the record.
    copy: Option<usize>,
}

impl<'r> Raw<'r> {
    /// The value of the first member of `value`, the whole record, that bears each of the keys, as delivered.
    #[must_use]
    pub fn values<const N: usize>(self, value: Value<'_>, keys: [&str; N]) -> [Option<&'r [u8]>; N] {
        self.between_keys(value, keys).unwrap_or_else(|| walk::raw_values(self.record, keys))
    }

    /// The same by the places of the keys, without looking at what lies between; `None` where a key is not spelled in the record as it is
    /// on the tape.
    fn between_keys<const N: usize>(self, value: Value<'_>, keys: [&str; N]) -> Option<[Option<&'r [u8]>; N]> {
        let Self { record, copy } = self;
        let copy = copy?;
        let mut found = [None; N];
        // The member before: its slot, and where its value starts.
        let mut before: Option<(usize, usize)> = None;
        for (key, _) in value.members() {
            let start = key.as_ptr().addr().checked_sub(copy)?;
            let end = start.checked_add(key.len())?;
            let as_spelled = record.get(start.checked_sub(1)?) == Some(&b'"') && record.get(end) == Some(&b'"');
            if !as_spelled || record.get(start..end) != Some(key.as_bytes()) {
                return None;
            }
            if let Some((slot, from)) = before.take() {
                found[slot] = Some(trim(record.get(from..start - 1)?, b','));
            }
            if let Some(slot) = keys.iter().position(|wanted| *wanted == key).filter(|slot| found[*slot].is_none()) {
                let colon = walk::skip_space(record, end + 1);
                before = Some((slot, walk::skip_space(record, colon + 1)));
            }
        }
        if let Some((slot, from)) = before {
            found[slot] = Some(trim(record.get(from..)?, b'}'));
        }
        Some(found)
    }
}

/// The value without the one byte behind it that ends it, and without white space.
fn trim(value: &[u8], end: u8) -> &[u8] {
    let value = value.trim_ascii_end();
    value.strip_suffix(&[end]).unwrap_or(value).trim_ascii_end()
}

/// One value of the tape: the node and everything below it.
#[derive(Debug, Clone, Copy)]
pub struct Value<'t>(&'t [Node<'t>]);

fn span(node: &Node<'_>) -> usize {
    match node {
        Node::Object { count, .. } | Node::Array { count, .. } => count + 1,
        _ => 1,
    }
}

impl<'t> Value<'t> {
    /// The nodes, depth first.
    pub(super) fn nodes(self) -> &'t [Node<'t>] {
        self.0
    }

    /// The value of the first member called `key`; `None` where this is no object.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        self.members().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The value at the end of a chain of keys.
    #[must_use]
    pub fn at(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The members of an object, in order; nothing for any other value.
    pub fn members(self) -> impl Iterator<Item = (&'t str, Self)> {
        let mut rest = match self.0.first() {
            Some(Node::Object { .. }) => &self.0[1..],
            _ => &[],
        };
        std::iter::from_fn(move || {
            let (Node::String(key), after) = rest.split_first()? else { return None };
            let length = span(after.first()?);
            let (value, tail) = after.split_at_checked(length)?;
            rest = tail;
            Some((*key, Value(value)))
        })
    }

    /// The elements of an array; nothing for any other value.
    pub fn elements(self) -> impl Iterator<Item = Self> {
        let mut rest = match self.0.first() {
            Some(Node::Array { .. }) => &self.0[1..],
            _ => &[],
        };
        std::iter::from_fn(move || {
            let length = span(rest.first()?);
            let (value, tail) = rest.split_at_checked(length)?;
            rest = tail;
            Some(Value(value))
        })
    }

    /// The text of a string.
    #[must_use]
    pub fn text(self) -> Option<&'t str> {
        match self.0.first() {
            Some(Node::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The text of the string member called `key`, unless it is empty.
    #[must_use]
    pub fn filled(self, key: &str) -> Option<&'t str> {
        self.get(key)?.text().filter(|text| !text.is_empty())
    }

    /// A boolean, or text that spells one in any case (`mfaAuthenticated` is text, `readOnly` is not).
    #[must_use]
    pub fn truth(self) -> Option<bool> {
        match self.0.first() {
            Some(Node::Static(StaticNode::Bool(truth))) => Some(*truth),
            Some(Node::String(text)) if text.eq_ignore_ascii_case("true") => Some(true),
            Some(Node::String(text)) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// An RFC 3339 time.
    #[must_use]
    pub fn time(self) -> Option<Micros> {
        time::parse(self.text()?.as_bytes())
    }

    /// Whether this is an object.
    #[must_use]
    pub fn is_object(self) -> bool {
        matches!(self.0.first(), Some(Node::Object { .. }))
    }

    /// Whether this is an array.
    #[must_use]
    pub fn is_array(self) -> bool {
        matches!(self.0.first(), Some(Node::Array { .. }))
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(self) -> bool {
        matches!(self.0.first(), Some(Node::Static(StaticNode::Null)))
    }

    /// A boolean proper; text that spells one is none, unlike in [`Value::truth`].
    #[must_use]
    pub fn boolean(self) -> Option<bool> {
        match self.0.first() {
            Some(Node::Static(StaticNode::Bool(truth))) => Some(*truth),
            _ => None,
        }
    }

    /// A number written without fraction and exponent.
    #[must_use]
    pub fn whole(self) -> Option<i128> {
        match self.0.first() {
            Some(Node::Static(StaticNode::I64(number))) => Some(i128::from(*number)),
            Some(Node::Static(StaticNode::U64(number))) => Some(i128::from(*number)),
            _ => None,
        }
    }

    /// A number written with a fraction or an exponent.
    #[must_use]
    pub fn real(self) -> Option<f64> {
        match self.0.first() {
            Some(Node::Static(StaticNode::F64(number))) => Some(*number),
            _ => None,
        }
    }
}

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
                "arn" => read.arn = read.arn.or(text),
                "accountId" => read.account_id = read.account_id.or(text),
                "accessKeyId" => read.access_key_id = read.access_key_id.or(text),
                "userName" => read.user_name = read.user_name.or(text),
                "invokedBy" => read.invoked_by = read.invoked_by.or(text),
                "sessionContext" => session = session.or(Some(value)),
                _ => {}
            }
        }
        let Some(session) = session else { return read };
        let attribute = |key| session.at(&["attributes", key]);
        let creation = attribute("creationDate").filter(|date| date.text().is_some_and(|text| !text.is_empty()));
        read.session_start = creation.and_then(Value::time);
        read.has_session = creation.is_some();
        read.mfa = attribute("mfaAuthenticated").and_then(Value::truth);
        let issuer = session.get("sessionIssuer");
        read.issuer_kind = issuer.and_then(|issuer| issuer.get("type")).and_then(Value::text);
        read.issuer_arn = issuer.and_then(|issuer| issuer.filled("arn"));
        let marker = session.get("assumedRoot").or_else(|| attribute("assumedRoot"));
        read.assumed_root = marker.and_then(Value::truth) == Some(true);
        read
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
        };
        let mut identity = None;
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
                "recipientAccountId" => read.recipient_account_id = read.recipient_account_id.or(text),
                "readOnly" => read.read_only = read.read_only.or(value.truth()),
                "requestID" => read.request_id = read.request_id.or(text),
                "sharedEventID" => read.shared_event_id = read.shared_event_id.or(text),
                "sessionCredentialFromConsole" => read.from_console |= value.truth() == Some(true),
                _ => {}
            }
        }
        read.identity = identity.map(Identity::read).unwrap_or_default();
        read.event_time = event_time.and_then(Value::time);
        read
    }

    /// The account an activity belongs to: the recipient, else the identity's.
    #[must_use]
    pub fn account_id(&self) -> Option<&'t str> {
        self.recipient_account_id.or(self.identity.account_id)
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
    fn raw_values_are_those_of_a_walk_however_the_record_is_laid_out() {
        const KEYS: [&str; 3] = ["requestParameters", "responseElements", "addendum"];
        for text in [
            r#"{"requestParameters":{"a":[1,{}],"requestParameters":2},"responseElements":null,"x":1,"addendum":"a,\\"}"#,
            "{ \"responseElements\" : \"}\" ,\n\"requestParameters\"\t: [ ] , \"responseElements\" : 1 } ",
            r#"{"request\u0050arameters":1,"responseElements":{"requestParameters":"\u0041"},"":{},"addendum":-1.5e3}"#,
            "{}",
        ] {
            let raw = Parser::default().with_raw(text.as_bytes(), |value, raw| raw.values(value, KEYS)).unwrap();
            assert_eq!(raw, walk::raw_values(text.as_bytes(), KEYS), "{text}");
        }
        let repaired = r#"{"requestParameters":"\udc00"}"#;
        let raw = Parser::default().with_raw(repaired.as_bytes(), |value, raw| raw.values(value, KEYS)).unwrap();
        assert_eq!(raw[0], Some(&br#""\udc00""#[..]));
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
