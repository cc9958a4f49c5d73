//! Policies on roles and resources: whom they let in.

use crate::evidence::record::view::{Parser, Value};

/// Principals of a policy that are shown.
const SHOWN: usize = 16;

/// Principals of a policy that are kept; more than that nobody writes, and of such a policy not all is read.
const KEPT: usize = 128;

/// Levels of lists in objects that are looked into.
const DEEPEST: usize = 6;

/// Whom a policy lets in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Admitted {
    /// Principals as they are spelled, sorted.
    pub(super) principals: Vec<String>,
    /// All of it was understood: it is a policy, and says whom it lets in and not whom it does not.
    pub(super) is_read: bool,
}

impl Admitted {
    /// Of a policy as JSON text, which comes URL-encoded in answers, or as JSON itself.
    pub(super) fn of(document: Option<Value<'_>>) -> Self {
        let Some(document) = document else { return Self::default() };
        if document.is_object() {
            return Self::gather(document);
        }
        document.text().map_or_else(Self::default, Self::of_text)
    }

    pub(super) fn of_text(text: &str) -> Self {
        let text = if text.trim_start().starts_with('%') { percent_decoded(text) } else { text.as_bytes().to_vec() };
        Parser::default().with(&text, Self::gather).unwrap_or_default()
    }

    /// Of a list of accounts or principals.
    pub(super) fn listed(values: impl Iterator<Item = String>) -> Self {
        let mut principals: Vec<String> = values.take(KEPT + 1).collect();
        let is_read = !principals.is_empty() && principals.len() <= KEPT;
        principals.truncate(KEPT);
        principals.sort_unstable();
        principals.dedup();
        Self { principals, is_read }
    }

    fn gather(document: Value<'_>) -> Self {
        let Some(statements) = document.get("Statement") else { return Self::default() };
        let lone = Some(statements).filter(|statement| statement.is_object());
        let mut found: Vec<String> = Vec::new();
        let mut is_read = true;
        for statement in statements.elements().chain(lone) {
            if statement.get("Effect").and_then(Value::text) == Some("Deny") || !lets_in(statement) {
                continue;
            }
            // Everybody but some.
            is_read &= statement.get("NotPrincipal").is_none();
            let Some(principal) = statement.get("Principal") else { continue };
            let values = principal.members().map(|(_, value)| value).chain(Some(principal));
            let texts = values.flat_map(|value| value.elements().chain(Some(value))).filter_map(Value::text);
            found.extend(texts.map(str::to_owned).take(KEPT + 1));
        }
        found.sort_unstable();
        found.dedup();
        is_read &= found.len() <= KEPT;
        found.truncate(KEPT);
        Self { principals: found, is_read }
    }

    /// The principals as text, at most `SHOWN` of them.
    pub(super) fn words(&self) -> String {
        let shown = &self.principals[..self.principals.len().min(SHOWN)];
        shown.join(", ") + if self.principals.len() > SHOWN { ", ..." } else { "" }
    }
}

/// Whether a statement gives more than leave to put tags and the like on a session.
fn lets_in(statement: Value<'_>) -> bool {
    const BESIDE: [&str; 3] = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"];
    let Some(action) = statement.get("Action") else { return true };
    let mut actions = action.elements().chain(Some(action)).filter_map(Value::text).peekable();
    actions.peek().is_none() || actions.any(|action| !BESIDE.iter().any(|beside| action.eq_ignore_ascii_case(beside)))
}

/// Every text below a value.
pub(super) fn texts(value: Value<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        if found.len() > KEPT || open.len() > 8 * KEPT {
            break;
        }
        if let Some(text) = value.text() {
            found.extend(Some(text.to_owned()).filter(|text| !text.is_empty()));
        } else if depth < DEEPEST {
            let below = value.elements().chain(value.members().map(|(_, value)| value));
            open.extend(below.take(2 * KEPT).map(|value| (value, depth + 1)));
        }
    }
    found
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut rest = bytes.clone();
        let hex = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (byte, hex(rest.next()), hex(rest.next())) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                bytes = rest;
            }
            _ => decoded.push(byte),
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(text: &str) -> String {
        Admitted::of_text(text).words()
    }

    #[test]
    fn the_trusted_of_a_policy_are_found_in_both_spellings() {
        let plain =
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root","*"],"Service":"ec2.amazonaws.com"}}}"#;
        let told = "*, arn:aws:iam::444455556666:root, ec2.amazonaws.com";
        assert_eq!(trusted(plain), told);
        let encoded: String = plain.bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert_eq!(trusted(&encoded), told);
        assert_eq!(trusted(r#"{"Statement":[{"Effect":"Deny","Principal":"*"}]}"#), "");
        assert_eq!(trusted("%7"), "");
    }

    #[test]
    fn a_policy_that_says_whom_it_keeps_out_is_not_taken_for_one_that_was_read() {
        assert!(!Admitted::of_text(r#"{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"*"}]}"#).is_read);
        assert!(!Admitted::of_text("HIDDEN").is_read);
        let tags = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:TagSession"}]}"#;
        assert_eq!(Admitted::of_text(tags), Admitted { principals: vec![], is_read: true });
    }
}
