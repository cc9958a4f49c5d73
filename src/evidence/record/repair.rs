//! A second chance for a record that the JSON parser refuses.
//!
//! The SIMD parser is stricter than the readers that an investigator would compare with: a lone surrogate, a byte that is not
//! UTF-8, a number beyond 64 bits or brackets a thousand deep make it give up. An attacker chooses request parameters, so
//! refusing would let a crafted request hide itself. The copy made here differs from the record only in those places, and in control
//! characters that damage has left in strings.

use super::walk;

/// Digits that fit any 64-bit integer, sign aside.
const SAFE_DIGITS: usize = 15;

/// Containers nested deeper than this become null.
const MAX_DEPTH: usize = 256;

/// A copy in which stray bytes and lone surrogates are U+FFFD, control characters in strings are escaped, long numbers are text and
/// containers beyond [`MAX_DEPTH`] are null.
#[must_use]
pub(super) fn repaired(record: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(record);
    let text = text.as_bytes();
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut at = 0;
    let mut depth = 0usize;
    while let Some(&byte) = text.get(at) {
        if depth > MAX_DEPTH && byte != b'"' {
            // Inside a container that is left out.
            depth = depth + usize::from(matches!(byte, b'{' | b'[')) - usize::from(matches!(byte, b'}' | b']'));
            at += 1;
            continue;
        }
        match byte {
            b'"' if depth > MAX_DEPTH => at = walk::string_end(text, at).unwrap_or(text.len()),
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    out.extend_from_slice(b"null");
                } else {
                    out.push(byte);
                }
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                out.push(byte);
                at += 1;
            }
            b'"' => {
                let end = walk::string_end(text, at).unwrap_or(text.len());
                string(&text[at..end], &mut out);
                at = end;
            }
            b'-' | b'0'..=b'9' => {
                let end = walk::value_end(text, at).unwrap_or(text.len());
                let number = &text[at..end];
                let plain = number.len() <= SAFE_DIGITS && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
                if plain {
                    out.extend_from_slice(number);
                } else {
                    out.push(b'"');
                    out.extend_from_slice(number);
                    out.push(b'"');
                }
                at = end;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Copies a string, quotes included, with each lone surrogate replaced and each control character escaped.
fn string(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\' || *byte < 0x20) {
        let (before, escape) = rest.split_at(at);
        out.extend_from_slice(before);
        if escape[0] < 0x20 {
            out.extend_from_slice(format!("\\u{:04x}", escape[0]).as_bytes());
            rest = &escape[1..];
            continue;
        }
        let used = match escape.get(1) {
            Some(b'u') => {
                let (symbol, used) = walk::unicode_escape(&escape[2..]);
                if symbol == char::REPLACEMENT_CHARACTER && used == 4 {
                    out.extend_from_slice(b"\\ufffd");
                } else {
                    out.extend_from_slice(&escape[..2 + used]);
                }
                2 + used
            }
            Some(_) => {
                out.extend_from_slice(&escape[..2]);
                2
            }
            None => {
                out.push(b'\\');
                1
            }
        };
        rest = &escape[used..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_attacker_can_put_in_a_parameter_does_not_hide_the_record() {
        let record = b"{\"a\":\"\x00\\ud800x\\ud83d\\ude00\",\"n\":[123456789012345678901234567890,1e999,-7],\"b\":\"\xff\"}";
        let expected =
            "{\"a\":\"\\u0000\\ufffdx\\ud83d\\ude00\",\"n\":[\"123456789012345678901234567890\",\"1e999\",-7],\"b\":\"\u{FFFD}\"}";
        assert_eq!(String::from_utf8(repaired(record)).unwrap(), expected);
    }

    #[test]
    fn what_is_nested_too_deeply_becomes_null_and_what_follows_is_kept() {
        let deep = format!("{{\"p\":{}1,\"]\"{},\"type\":\"Root\"}}", "[".repeat(3000), "]".repeat(3000));
        let copy = String::from_utf8(repaired(deep.as_bytes())).unwrap();
        assert_eq!(copy, format!("{{\"p\":{}null{},\"type\":\"Root\"}}", "[".repeat(255), "]".repeat(255)));
    }
}
