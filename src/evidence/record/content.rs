//! Whether two records say the same.
//!
//! The fingerprint is over the parsed value: white space, the order of keys and the spelling of escapes do not count, so a copy
//! that went through `jq` or `lookup-events` is still a copy. It is a cut SHA-256, because who writes a log must not be able to craft
//! a record that is taken for the copy of another.

use super::tape::Kind;
use super::view::Value;
use sha2::{Digest, Sha256};

/// 128 bits of SHA-256 over the canonical form of a record.
pub type Fingerprint = [u8; 16];

/// The fingerprint of a parsed record.
#[must_use]
pub fn fingerprint(value: Value<'_>) -> Fingerprint {
    let mut canonical = Vec::with_capacity(2048);
    write(value, &mut canonical);
    cut(&canonical)
}

/// The fingerprint of bytes that have no parsed form.
#[must_use]
pub fn cut(bytes: &[u8]) -> Fingerprint {
    let mut fingerprint = [0; 16];
    fingerprint.copy_from_slice(&Sha256::digest(bytes)[..16]);
    fingerprint
}

/// Writes a value so that equal values give equal bytes and different values different ones: every item is preceded by its
/// kind and length. The depth is bounded by the parser's own limit.
fn write(value: Value<'_>, out: &mut Vec<u8>) {
    let number = |out: &mut Vec<u8>, kind: u8, bytes: [u8; 8]| {
        out.push(kind);
        out.extend_from_slice(&bytes);
    };
    match value.node().map(|node| node.kind) {
        Some(Kind::Object) => {
            let mut members: Vec<_> = value.members().collect();
            members.sort_by_key(|(key, _)| *key);
            number(out, b'{', (members.len() as u64).to_le_bytes());
            for (key, value) in members {
                text(key, out);
                write(value, out);
            }
        }
        Some(Kind::Array) => {
            number(out, b'[', (value.elements().count() as u64).to_le_bytes());
            for element in value.elements() {
                write(element, out);
            }
        }
        Some(Kind::Text) => text(value.text().unwrap_or_default(), out),
        Some(Kind::Whole) => match value.whole().map(|whole| (i64::try_from(whole), u64::try_from(whole))) {
            Some((Ok(integer), _)) => number(out, b'i', integer.to_le_bytes()),
            Some((_, Ok(integer))) => number(out, b'u', integer.to_le_bytes()),
            _ => out.push(b'n'),
        },
        Some(Kind::Real) => number(out, b'f', value.real().unwrap_or_default().to_bits().to_le_bytes()),
        Some(Kind::True) => out.push(b't'),
        Some(Kind::False) => out.push(b'F'),
        Some(Kind::Null) | None => out.push(b'n'),
    }
}

fn text(string: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(&(string.len() as u64).to_le_bytes());
    out.extend_from_slice(string.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::view::Parser;

    fn of(text: &str) -> Fingerprint {
        Parser::default().with(text.as_bytes(), fingerprint).unwrap()
    }

    #[test]
    fn layout_does_not_count_and_every_value_does() {
        let one = of(r#"{"a":1,"b":["x",{"c":null}]}"#);
        assert_eq!(one, of("{ \"b\" : [ \"\\u0078\", {\"c\": null} ],\n \"a\": 1 }"));
        for other in [r#"{"a":2,"b":["x",{"c":null}]}"#, r#"{"a":1,"b":["x",{"c":"null"}]}"#, r#"{"a":1,"b":["x"],"c":null}"#] {
            assert_ne!(one, of(other), "{other}");
        }
    }
}
