//! Members of JSON values, which may be of any shape.

use crate::evidence::source::key::is_account;
use serde_json::{Map, Value};
use std::net::IpAddr;

/// Members of an object.
pub(super) type Members = Map<String, Value>;

/// A member by its path, names parted by `.`. AWS writes the same names in camelCase in its events and in PascalCase in the output of its
/// command line, so the first letter of each may be of either case. `null` is not there.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| member(value.as_object()?, name)).filter(|value| !value.is_null())
}

fn member<'v>(members: &'v Members, name: &str) -> Option<&'v Value> {
    members.get(name).or_else(|| {
        let first = name.as_bytes().first().filter(|first| first.is_ascii_alphabetic())?;
        let mut other = String::with_capacity(name.len());
        other.push(char::from(first ^ 0x20));
        other.push_str(name.get(1..)?);
        members.get(&other)
    })
}

/// A text by its path; an empty one is not there.
pub(super) fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    at(value, path)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// A text or a number by its path, as text.
pub(super) fn id(value: &Value, path: &str) -> Option<String> {
    match at(value, path)? {
        Value::Number(number) => Some(number.to_string()),
        _ => text(value, path).map(str::to_owned),
    }
}

/// A count by its path; some vendors write it as text.
pub(super) fn count(value: &Value, path: &str) -> Option<u64> {
    let value = at(value, path)?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A list by its path; empty where there is none.
pub(super) fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether there is an object at the path.
pub(super) fn has_object(value: &Value, path: &str) -> bool {
    at(value, path).is_some_and(Value::is_object)
}

/// An account id by its path.
pub(super) fn account(value: &Value, path: &str) -> Option<String> {
    text(value, path).filter(|account| is_account(account)).map(str::to_owned)
}

/// An IP address by its path, as it is written; CloudTrail has names of services in the same place.
pub(super) fn address(value: &Value, path: &str) -> Option<String> {
    text(value, path).filter(|address| address.parse::<IpAddr>().is_ok()).map(str::to_owned)
}

/// A call as `iam:CreateUser`, of a service such as `iam.amazonaws.com`.
pub(super) fn action(service: &str, call: &str) -> String {
    let service = service.split('.').next().unwrap_or(service);
    format!("{service}:{call}")
}
