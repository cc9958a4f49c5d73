//! What a piece of text is, told by its own first bytes and keys: a record, an envelope, or neither.

use super::delimit::Span;
use super::form::{Form, wrapper_form};
use super::time::{self, Clock, Micros};
use super::walk::{self, Members, Stop};
use std::ops::Range;

/// What the first bytes of an object say it is. Leading white space and a UTF-8 byte order mark do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// JSON text, or lines of a time and JSON.
    Json,
    /// An event history CSV.
    HistoryCsv,
    /// Nothing.
    Empty,
    /// Nothing that can be read here.
    Unknown,
}

/// Looks at the first bytes of an object's text.
#[must_use]
pub(crate) fn sniff(text: &[u8]) -> Content {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let start = walk::skip_space(text, 0);
    match text.get(start) {
        None => Content::Empty,
        Some(b'{' | b'[') => Content::Json,
        Some(b'0'..=b'9') if line_prefix(&text[start..]).is_ok() => Content::Json,
        Some(_) if super::history::is_header(&text[start..]) => Content::HistoryCsv,
        Some(_) => Content::Unknown,
    }
}

/// Whether gzip members after the first may be read as part of the object, judged by the start of the first one's text. CloudTrail writes
/// one member; a second would be read by `zcat` and Athena but is not covered by the digest's hash, which is how records are
/// forged into a log that validates. So only what is many members by nature may have them: streams of Firehose and concatenations
/// of lines.
#[must_use]
pub(crate) fn may_have_members(text: &[u8]) -> bool {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let start = walk::skip_space(text, 0);
    match text.get(start) {
        Some(b'{') => {
            // The array of a subscription may be longer than what is seen of it here.
            let first_key = Members::new(text, start).next_key().ok().flatten();
            let subscription = first_key.is_some_and(|(key, _)| &text[key] == b"messageType");
            subscription
                || matches!(
                    classify(&text[start..], true),
                    Kind::Record(_) | Kind::Inside(..) | Kind::Text(..) | Kind::Wrapper(Form::CloudWatchLogs, _)
                )
        }
        Some(b'0'..=b'9') => true,
        _ => false,
    }
}

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The offset of the `{` after `2026-01-31T00:00:00.000Z `, the shape of a CloudWatch Logs export line.
pub(super) fn line_prefix(text: &[u8]) -> Result<usize, Stop> {
    let end = text.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b':' | b'.' | b'+' | b'T' | b'Z'));
    let end = end.ok_or(Stop::End)?;
    if !(19..=40).contains(&end) || !matches!(text[end], b' ' | b'\t') {
        return Err(Stop::Bad(0));
    }
    let brace = walk::skip_space(text, end);
    match text.get(brace) {
        Some(b'{') => Ok(brace),
        Some(_) => Err(Stop::Bad(brace)),
        None => Err(Stop::End),
    }
}

/// What one object among the values is.
pub(super) enum Kind {
    Record(Option<Micros>),
    /// The array of an envelope.
    Wrapper(Form, Range<usize>),
    /// A record as an object inside an envelope.
    Inside(Form, Range<usize>),
    /// A record as text inside an envelope.
    Text(Form, Range<usize>),
    Digest,
    Other,
}

/// The time at the key that the delimiter noted; `None` also where that key turns out to be a value.
pub(super) fn own_event_time(text: &[u8], span: &Span, clock: &mut Clock) -> Option<Micros> {
    let value = own_value(text, span.event_time?, "eventTime")?;
    if let Some([b'"', time @ .., b'"']) = text.get(value..value + 22)
        && let Some(time) = clock.plain(time)
    {
        return Some(time);
    }
    time_of(text, value)
}

/// Where the value of a key starts that the delimiter noted; `name` is the key, or another of the same length.
fn own_value(text: &[u8], key: usize, name: &str) -> Option<usize> {
    let colon = walk::skip_space(text, key + name.len() + 2);
    (text.get(colon) == Some(&b':')).then(|| walk::skip_space(text, colon + 1))
}

/// The text, between its quotes, that is the value of a key that the delimiter noted.
pub(super) fn own_text<'t>(text: &'t [u8], key: Option<usize>, name: &str) -> Option<&'t [u8]> {
    let value = own_value(text, key?, name)?;
    if text.get(value) != Some(&b'"') {
        return None;
    }
    // Names are short: a plain loop is done before a search has started. An escape makes it longer, never shorter.
    let length = text[value + 1..].iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    let end = value + 1 + length;
    if text[end] == b'"' { Some(&text[value + 1..end]) } else { None }
}

/// The same for a key whose value is nearly always `usual`.
pub(super) fn own_usual_text<'t>(text: &'t [u8], key: Option<usize>, name: &str, usual: &'static [u8]) -> Option<&'t [u8]> {
    let start = own_value(text, key?, name)? + 1;
    let end = start + usual.len();
    if text.get(start..end) == Some(usual) && text[start - 1] == b'"' && text.get(end) == Some(&b'"') {
        return Some(&text[start..end]);
    }
    own_text(text, key, name)
}

fn time_of(text: &[u8], value: usize) -> Option<Micros> {
    if text.get(value) != Some(&b'"') {
        return None;
    }
    let end = walk::string_end(text, value).ok()?;
    let raw = &text[value + 1..end - 1];
    if raw.contains(&b'\\') { time::parse(&walk::unescape(raw)) } else { time::parse(raw) }
}

/// Whether a raw value is the source of a notification that a service sends: `"aws:s3"`, `"aws:kinesis"`. Those of records end in `.amazonaws.com`.
fn is_notifier(value: &[u8]) -> bool {
    value.starts_with(b"\"aws:")
}

/// Whether an object that has the time of a record is the notification of a service.
pub(super) fn is_notification(object: &[u8]) -> bool {
    let [source] = walk::raw_values(object, ["eventSource"]);
    source.is_some_and(is_notifier)
}

/// Tells what an object is by its keys; only whether it is a record, unless `envelopes` are looked for.
pub(super) fn classify(object: &[u8], envelopes: bool) -> Kind {
    let mut event_time = None;
    let mut wrapper = None;
    let mut detail = None;
    let mut lookup = None;
    let mut message = None;
    let mut record_keys = 0u32;
    let (mut log_event, mut digest, mut notification) = (false, false, false);
    let mut members = Members::new(object, 0);
    while let Ok(Some(member)) = members.next_member() {
        let first = object[member.value.start];
        let key = walk::name(&object[member.key.clone()]);
        let key = &*key;
        match key {
            b"eventTime" => {
                record_keys += 1;
                event_time = event_time.or_else(|| time_of(object, member.value.start));
            }
            b"eventSource" => {
                record_keys += 1;
                notification |= is_notifier(&object[member.value.clone()]);
            }
            b"eventVersion" | b"userIdentity" | b"eventName" | b"awsRegion" | b"eventID" | b"sourceIPAddress" => {
                record_keys += 1;
            }
            b"Records" | b"Events" | b"logEvents" if first == b'[' && wrapper.is_none() => {
                wrapper = wrapper_form(key).map(|form| (form, member.value));
            }
            b"detail" if first == b'{' => detail = Some(member.value),
            b"CloudTrailEvent" if first == b'"' => lookup = Some(member.value),
            b"message" if first == b'"' => message = Some(member.value),
            b"timestamp" | b"ingestionTime" | b"logStreamName" => log_event = true,
            b"digestStartTime" => digest = true,
            _ => {}
        }
    }
    // Two keys of a record make one: copies and old versions lack some of them.
    if record_keys >= 2 && !notification {
        return Kind::Record(event_time);
    }
    if !envelopes {
        return Kind::Other;
    }
    if let Some((form, array)) = wrapper {
        return Kind::Wrapper(form, array);
    }
    if let Some(text) = lookup {
        return Kind::Text(Form::LookupEvents, text);
    }
    match (detail, message) {
        (Some(inner), _) if matches!(classify(&object[inner.clone()], false), Kind::Record(_)) => Kind::Inside(Form::EventBridge, inner),
        (_, Some(text)) if log_event && object.get(text.start + 1) == Some(&b'{') => Kind::Text(Form::CloudWatchLogs, text),
        _ if digest => Kind::Digest,
        _ => Kind::Other,
    }
}
