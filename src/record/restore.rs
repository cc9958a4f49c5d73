//! Records that an export has changed: fields that were objects have become text, account ids have become numbers. A copy is made in which they are
//! what they were, so that nothing behind this has to know.

use super::walk::{self, Members};

/// Fields that are objects in a record as CloudTrail writes it. Without the first nobody knows who acted.
const OBJECTS: [&str; 5] = ["userIdentity", "requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"];

/// How often text is taken out of text.
const DEPTH: usize = 3;

/// Account ids have this many digits.
const DIGITS: usize = 12;

/// A copy of the record with its fields restored; `None` where the identity is neither an object nor the text of one, so that nobody can say
/// whose record it is.
#[must_use]
pub fn restored(record: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(record.len());
    let mut copied = 0;
    let mut identity = false;
    let mut members = Members::new(record, 0);
    while let Ok(Some(member)) = members.next_member() {
        let value = &record[member.value.clone()];
        let key = &record[member.key.clone()];
        let new = match OBJECTS.iter().position(|name| name.as_bytes() == key) {
            // Only the first of several counts, as everywhere.
            Some(0) if identity => None,
            Some(0) => {
                identity = true;
                let inner = if value.first() == Some(&b'"') { Some(object(value)?) } else { None };
                let inner = inner.as_deref().unwrap_or(value);
                match inner.first() {
                    Some(b'{') => Some(with_account(inner, b"accountId")),
                    Some(b'n') => None,
                    _ => return None,
                }
            }
            Some(_) if value.first() == Some(&b'"') => object(value),
            None if key == b"recipientAccountId" => account(value),
            _ => None,
        };
        if let Some(new) = new {
            out.extend_from_slice(&record[copied..member.value.start]);
            out.extend_from_slice(&new);
            copied = member.value.end;
        }
    }
    out.extend_from_slice(&record[copied..]);
    Some(out)
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

/// The object with the account id of this name as text.
fn with_account(object: &[u8], name: &[u8]) -> Vec<u8> {
    let mut members = Members::new(object, 0);
    while let Ok(Some(member)) = members.next_member() {
        if object[member.key.clone()] == *name
            && let Some(id) = account(&object[member.value.clone()])
        {
            return [&object[..member.value.start], &id, &object[member.value.end..]].concat();
        }
    }
    object.to_vec()
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
