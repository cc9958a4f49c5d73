//! Accounts, addresses and access keys in a text of any form, told by their shape.

use std::collections::BTreeSet;
use std::net::IpAddr;

/// How many are taken out of one text.
const MOST: usize = 64;

/// What a text names. It is bounded in length by whoever gives it.
pub(in crate::review::detect) fn named(text: &str) -> BTreeSet<String> {
    let is_part = |symbol: char| symbol.is_ascii_alphanumeric() || matches!(symbol, '.' | ':' | '-' | '_');
    let mut found = BTreeSet::new();
    for token in text.split(|symbol| !is_part(symbol)) {
        // Most words are too short for anything but an address with colons, of which the shortest is `::1`.
        if token.len() < 7 && !token.contains("::") {
            continue;
        }
        let token = token.trim_matches(['.', '-', '_']).trim_end_matches(':');
        if found.len() == MOST {
            break;
        }
        // A port may stand behind an IPv4 address.
        let host = token.split_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(token, |(host, _)| host);
        let is_address = |text: &str| text.contains(['.', ':']) && text.parse::<IpAddr>().is_ok();
        found.extend([token, host].into_iter().find(|text| is_address(text)).map(str::to_owned));
        // Parts of an ARN, of a name that holds one, and the number as the console writes it.
        found.extend(token.split([':', '.', '_', '-']).filter(|part| is_account(part) || is_key(part)).map(str::to_owned));
        if token.len() == 14 && token.split('-').all(|part| part.len() == 4) {
            let bare: String = token.split('-').collect();
            found.extend(Some(bare).filter(|bare| is_account(bare)));
        }
    }
    found
}

/// Twelve digits.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The id of an access key, of a user or temporary.
fn is_key(text: &str) -> bool {
    let is_id = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (16..=128).contains(&text.len()) && is_id && (text.starts_with("AKIA") || text.starts_with("ASIA"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_shape_is_named_however_it_is_written() {
        for (text, names) in [
            ("Root login in account 111122223333.", &["111122223333"][..]),
            ("[root] 1111-2222-3333 (prod): 203.0.113.66:443", &["111122223333", "203.0.113.66"]),
            ("arn:aws:iam::111122223333:root used AKIAIOSFODNN7EXAMPLE", &["111122223333", "AKIAIOSFODNN7EXAMPLE"]),
            ("from [203.0.113.66] or 2001:db8::1, twice", &["2001:db8::1", "203.0.113.66"]),
            ("prod-111122223333-root", &["111122223333"]),
            ("{\"account\":\"111122223333\"}", &["111122223333"]),
            ("from ::1: and ::ffff:203.0.113.66", &["::1", "::ffff:203.0.113.66"]),
            ("1234567890123 at 12:00:00, version 1.2.3, 2026-06-01T09:00:00Z, AKIAshort", &[]),
            ("", &[]),
        ] {
            assert_eq!(named(text).iter().map(String::as_str).collect::<Vec<_>>(), names, "{text}");
        }
        let many: String = (0..1000).map(|number| format!("10.0.{}.{} ", number / 250, number % 250)).collect();
        assert_eq!(named(&many).len(), MOST);
    }
}
