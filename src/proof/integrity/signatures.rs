//! Signatures of digests, exported from the metadata of their objects.

use serde_json::{Deserializer, Value};
use std::collections::HashMap;

/// Reads what `aws s3api head-object` says of digests, each with its key: objects with `Key` and `Metadata`, in an array, one after another, or a line
/// each. Gives signatures by key.
///
/// # Errors
/// Why there is no signature in it.
pub(crate) fn read(file: &[u8]) -> Result<HashMap<String, String>, String> {
    let mut signatures = HashMap::new();
    for value in Deserializer::from_slice(file).into_iter::<Value>() {
        match value.map_err(|error| format!("no JSON: {error}"))? {
            Value::Array(values) => signatures.extend(values.iter().filter_map(one)),
            value => signatures.extend(one(&value)),
        }
    }
    if signatures.is_empty() { Err("no signatures in it: objects with `Key` and `Metadata.signature`".to_owned()) } else { Ok(signatures) }
}

fn one(value: &Value) -> Option<(String, String)> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let key = text(["Key", "key"].iter().find_map(|name| value.get(name)))?;
    let metadata = ["Metadata", "metadata"].iter().find_map(|name| value.get(name))?;
    // A key may be given as a location.
    let key = crate::evidence::source::s3::Location::parse(&key).map_or(key, |location| location.key);
    Some((key, text(metadata.get("signature"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read_from_arrays_and_lines() {
        let one = r#"{"Key":"a","Metadata":{"signature":"01"}}"#;
        let two = r#"{"key":"s3://b/c","metadata":{"signature":"02","x":1},"ETag":"e"}"#;
        for file in [format!("[{one},{two}]"), format!("{one}\n{two}\n")] {
            let read = read(file.as_bytes()).unwrap();
            assert_eq!((read["a"].as_str(), read["c"].as_str(), read.len()), ("01", "02", 2));
        }
        assert!(read(b"[]").is_err() && read(b"{\"Key\":\"a\"}").is_err() && read(b"x").is_err());
    }
}
