//! Records that an export has changed: fields that were objects have become text, account ids have become numbers. A copy is made in which they are
//! what they were, so that nothing behind this has to know.

use super::walk::{self, Members};

/// Fields that are objects in a record as CloudTrail writes it. Without the first nobody knows who acted.
const OBJECTS: [&str; 5] = [IDENTITY, "requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"];
const IDENTITY: &str = "userIdentity";

/// Those that are objects inside of the identity, at any depth.
const INSIDE: [&str; 3] = ["sessionContext", "attributes", "sessionIssuer"];

/// How often text is taken out of text.
const DEPTH: usize = 3;

/// Account ids have this many digits.
const DIGITS: usize = 12;

/// A copy of the record with its fields restored; `None` where the identity is neither an object nor the text of one, so that nobody can say
/// whose record it is.
#[must_use]
pub(crate) fn restored(record: &[u8]) -> Option<Vec<u8>> {
    let mut seen = false;
    let mut is_known = true;
    let restored = replaced(record, |key, value| {
        // Only the first of several counts, as everywhere.
        if key == IDENTITY.as_bytes() {
            if std::mem::replace(&mut seen, true) {
                return None;
            }
            let inner = if value.first() == Some(&b'"') { object(value) } else { Some(value.to_vec()) };
            return match inner {
                Some(inner) if inner.starts_with(b"{") => Some(inside(&inner, DEPTH)),
                Some(inner) if inner.starts_with(b"n") => None,
                _ => {
                    is_known = false;
                    None
                }
            };
        }
        match () {
            () if key == b"recipientAccountId" => account(value),
            () if value.first() == Some(&b'"') && OBJECTS.iter().any(|name| name.as_bytes() == key) => object(value),
            () => None,
        }
    });
    is_known.then_some(restored)
}

/// An identity, or an object in it, with its own fields restored.
fn inside(identity: &[u8], depth: usize) -> Vec<u8> {
    replaced(identity, |key, value| {
        if key == b"accountId" {
            return account(value);
        }
        let is_object = depth > 0 && INSIDE.iter().any(|name| name.as_bytes() == key);
        let inner = if value.first() == Some(&b'"') { object(value) } else { Some(value.to_vec()) };
        inner.filter(|inner| is_object && inner.starts_with(b"{")).map(|inner| inside(&inner, depth - 1))
    })
}

/// A copy of an object in which the values that `new` has another one for are that one. Keys are given without escapes.
fn replaced(object: &[u8], mut new: impl FnMut(&[u8], &[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::with_capacity(object.len());
    let mut copied = 0;
    let mut members = Members::new(object, 0);
    while let Ok(Some(member)) = members.next_member() {
        let key = walk::name(&object[member.key.clone()]);
        if let Some(value) = new(&key, &object[member.value.clone()]) {
            out.extend_from_slice(&object[copied..member.value.start]);
            out.extend_from_slice(&value);
            copied = member.value.end;
        }
    }
    out.extend_from_slice(&object[copied..]);
    out
}

/// The object that a string, quotes included, is the text of.
fn object(value: &[u8]) -> Option<Vec<u8>> {
    let mut text = walk::unescape(value);
    for _ in 1..DEPTH {
        if !text.trim_ascii().starts_with(b"\"") {
            break;
        }
        text = walk::unescape(text.trim_ascii());
    }
    let text = text.trim_ascii();
    let is_whole = text.starts_with(b"{") && walk::value_end(text, 0) == Ok(text.len());
    is_whole.then(|| text.to_vec())
}

/// A number that is an account id, as the text that it was: zeros in front of it are lost in a number.
fn account(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?;
    let whole = text.split_once('.').filter(|(_, fraction)| fraction.bytes().all(|byte| byte == b'0')).map_or(text, |(whole, _)| whole);
    let is_id = (1..=DIGITS).contains(&whole.len()) && whole.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| format!("\"{whole:0>DIGITS$}\"").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(record: &str) -> Option<String> {
        restored(record.as_bytes()).map(|record| String::from_utf8(record).unwrap())
    }

    #[test]
    fn text_becomes_the_object_that_it_was() {
        let whole = r#"{"a":1,"userIdentity":{"type":"Root","arn":"x"},"requestParameters":{"b":"\"c\""},"z":null}"#;
        let once = serde_json::to_string(r#"{"type":"Root","arn":"x"}"#).unwrap();
        let twice = serde_json::to_string(&once).unwrap();
        for identity in [&once, &twice, r#"" {\"type\":\"\u0052oot\",\"arn\":\"x\"} ""#] {
            let record = format!(r#"{{"a":1,"userIdentity":{identity},"requestParameters":{},"z":null}}"#, r#""{\"b\":\"\\\"c\\\"\"}""#);
            let record = text(&record).unwrap();
            let read: serde_json::Value = serde_json::from_str(&record).unwrap();
            assert_eq!(read, serde_json::from_str::<serde_json::Value>(whole).unwrap(), "{record}");
        }
        // Text that is not an object stays text where it may.
        let record = r#"{"userIdentity":null,"requestParameters":"HIDDEN","responseElements":"{cut"}"#;
        assert_eq!(text(record).as_deref(), Some(record));
    }

    #[test]
    fn what_lies_inside_of_an_identity_is_restored_too_and_keys_may_be_escaped() {
        let issuer = serde_json::to_string(r#"{"type":"Root"}"#).unwrap();
        let session = serde_json::to_string(&format!(r#"{{"sessionIssuer":{issuer},"attributes":{{}}}}"#)).unwrap();
        let record = format!(r#"{{"user\u0049dentity":{{"type":"AssumedRole","session\u0043ontext":{session}}}}}"#);
        let read: serde_json::Value = serde_json::from_str(&text(&record).unwrap()).unwrap();
        assert_eq!(read["userIdentity"]["sessionContext"]["sessionIssuer"]["type"], "Root", "{read}");
    }

    #[test]
    fn an_identity_that_nobody_can_read_is_none() {
        for identity in [r#""Root""#, r#""{\"type\":\"Root\"""#, "5", "[]", "true", r#""""#] {
            assert_eq!(text(&format!(r#"{{"userIdentity":{identity}}}"#)), None, "{identity}");
        }
        assert!(text(r#"{"eventName":"x"}"#).is_some());
    }

    #[test]
    fn numbers_become_the_account_ids_that_they_were() {
        let record = r#"{"userIdentity":{"type":"Root","accountId":11122223333},"recipientAccountId":111122223333.0}"#;
        let expected = r#"{"userIdentity":{"type":"Root","accountId":"011122223333"},"recipientAccountId":"111122223333"}"#;
        assert_eq!(text(record).as_deref(), Some(expected));
        for odd in ["1.1e11", "1111222233334", "-1", "0.5", "\"111122223333\"", "null"] {
            let record = format!(r#"{{"recipientAccountId":{odd}}}"#);
            assert_eq!(text(&record).as_deref(), Some(&*record));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_record_makes_it_panic(record in "\\{.{0,80}", cut in 0usize..80) {
            let _ = restored(record.as_bytes());
            let text = r#"{"userIdentity":"{\"accountId\":5}","recipientAccountId":7,"requestParameters":"{}"}"#;
            let _ = restored(&text.as_bytes()[..cut.clamp(1, text.len())]);
        }
    }
}
