//! The accounts that are expected, from a file.

use crate::source::key::is_account;
use serde_json::Value;
use std::collections::BTreeSet;

/// Reads account ids: `aws organizations list-accounts`, any other JSON with twelve-digit ids under `Id`, a CSV, or a plain list. Of a line the
/// first field that is an id counts.
///
/// # Errors
/// In words, when there is none.
pub fn read(file: &[u8]) -> Result<BTreeSet<String>, String> {
    let text = std::str::from_utf8(file).map_err(|_| "no UTF-8 text".to_owned())?;
    let text = text.trim_start_matches('\u{feff}');
    let mut accounts = BTreeSet::new();
    if text.trim_start().starts_with(['{', '[']) {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        let mut waiting = vec![&value];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Array(values) => waiting.extend(values),
                Value::Object(fields) => {
                    let told = fields.iter().filter(|(name, value)| *name == "Id" || !value.is_string());
                    waiting.extend(told.map(|(_, value)| value));
                }
                Value::String(id) if is_account(id) => drop(accounts.insert(id.clone())),
                _ => {}
            }
        }
    } else {
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let mut fields = line.split([',', ';', '\t', ' ']).map(|field| field.trim_matches(['"', ' ', '\r']));
            accounts.extend(fields.find(|field| is_account(field)).map(str::to_owned));
        }
    }
    if accounts.is_empty() { Err("no account ids in it".to_owned()) } else { Ok(accounts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_what_people_have() {
        let organisation = r#"{"Accounts":[{"Id":"111122223333","Arn":"arn:aws:organizations::999999999999:account/o-1/111122223333","Status":"ACTIVE"},{"Id":"444455556666"}]}"#;
        for file in [
            organisation,
            "# ours\n111122223333\n444455556666\n",
            "name,id\nprod,\"111122223333\"\r\ntest,444455556666,999999999999\n",
            "[\"111122223333\",\"444455556666\"]",
        ] {
            let read: Vec<String> = read(file.as_bytes()).unwrap().into_iter().collect();
            assert_eq!(read, ["111122223333", "444455556666"], "{file}");
        }
        assert!(read(b"none").is_err() && read(b"{}").is_err() && read(b"\xff").is_err());
    }
}
