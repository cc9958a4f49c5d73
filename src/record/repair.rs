//! A second chance for a record that the JSON parser refuses.
//!
//! The SIMD parser is stricter than the readers that an investigator would compare with: a lone surrogate, a byte that is not
//! UTF-8 or a number beyond 64 bits makes it give up. An attacker chooses request parameters, so refusing would let a crafted
//! request hide itself. The copy made here differs from the record only in those places.

use super::walk;

/// Digits that fit any 64-bit integer, sign aside.
const SAFE_DIGITS: usize = 15;

/// A copy in which stray bytes and lone surrogates are U+FFFD and long numbers are text. The brackets are as they were.
#[must_use]
pub fn repaired(record: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(record);
    let text = text.as_bytes();
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
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

/// Copies a string, quotes included, with each lone surrogate replaced.
fn string(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(at);
        out.extend_from_slice(before);
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
        let record = b"{\"a\":\"\\ud800x\\ud83d\\ude00\",\"n\":[123456789012345678901234567890,1e999,-7],\"b\":\"\xff\"}";
        let expected = "{\"a\":\"\\ufffdx\\ud83d\\ude00\",\"n\":[\"123456789012345678901234567890\",\"1e999\",-7],\"b\":\"\u{FFFD}\"}";
        assert_eq!(String::from_utf8(repaired(record)).unwrap(), expected);
    }
}
