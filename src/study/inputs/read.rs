//! One file in, what it says out.

use super::format::Item;
use super::formats::{FORMATS, unknown};
use super::import::{Import, LIMIT, Options, Unreadable};
use serde_json::{Deserializer, Value};
use std::collections::VecDeque;

/// Reads a file. What is damaged in it is a [`Problem`](super::import::Problem), never passed over.
///
/// # Errors
/// When nothing in it can be used.
pub(crate) fn read(bytes: &[u8], options: &Options) -> Result<Import, Unreadable> {
    if bytes.len() > LIMIT {
        return Err(Unreadable::TooLarge(bytes.len()));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| Unreadable::NotText(error.valid_up_to()))?;
    let mut import = Import::default();
    match text.trim_start().as_bytes().first() {
        None => return Err(Unreadable::Empty),
        Some(b'{' | b'[') => documents(text, options, &mut import),
        Some(_) if FORMATS.iter().any(|format| (format.fits)(Item::Text(text))) => take(&mut import, 1, Item::Text(text), options),
        Some(_) => return Err(unknown()),
    }
    if !import.kinds.is_empty() {
        return Ok(import);
    }
    Err(import.problems.into_iter().next().map_or_else(unknown, |problem| Unreadable::Useless(problem.reason)))
}

/// Takes the answers in JSON: one document, several after one another, or lists of them.
fn documents(text: &str, options: &Options, import: &mut Import) {
    let mut position = 0;
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    while let Some(value) = values.next() {
        let Ok(value) = value else {
            import.incomplete = true;
            return import.problem(position + 1, format!("no JSON from byte {} on", values.byte_offset()));
        };
        // A queue, not a call of itself: lists may lie in lists.
        let mut waiting = VecDeque::from([&value]);
        while let Some(value) = waiting.pop_front() {
            match value {
                Value::Array(values) => waiting.extend(values),
                Value::Object(members) => {
                    position += 1;
                    take(import, position, Item::Object(members), options);
                }
                _ => {
                    position += 1;
                    import.problem(position, "no object");
                }
            }
        }
    }
}

/// Takes one answer.
fn take(import: &mut Import, position: u64, item: Item<'_>, options: &Options) {
    let Some(format) = FORMATS.iter().find(|format| (format.fits)(item)) else {
        return import.problem(position, "an answer of a kind that is not known");
    };
    let told = import.problems.len();
    match (format.read)(item, options, import) {
        Ok(()) => _ = import.kinds.insert(format.kind),
        Err(reason) => import.problem(position, reason),
    }
    // Answers do not know their number; tables know their lines.
    import.problems.iter_mut().skip(told).filter(|problem| problem.position == 0).for_each(|problem| problem.position = position);
}
