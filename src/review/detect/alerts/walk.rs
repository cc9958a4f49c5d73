//! From a document's values to items: out of lists, envelopes and deliveries, and to the reader that knows them.

use super::alert::Vendor;
use super::around::Around;
use super::document::Document;
use super::eventbridge;
use super::field;
use super::format::{Fit, Reader};
use super::formats::{FORMATS, unknown};
use super::import::Unreadable;
use super::reading::{Reading, excerpt};
use super::sns::{self, Opened};
use serde_json::Value;
use std::collections::BTreeSet;

/// Wrappings inside wrappings are followed this deep: a list of deliveries to a queue of notifications of envelopes of lists is 8.
const MAX_DEPTH: u8 = 12;

/// Members that hold items.
pub(super) fn lists() -> Vec<&'static str> {
    let of_vendors = FORMATS.iter().filter_map(|format| format.items.as_ref()).flat_map(|items| items.lists);
    let distinct: BTreeSet<&str> = of_vendors.copied().collect();
    distinct.into_iter().collect()
}

/// Reads a document's items.
///
/// # Errors
/// When there are items and none is in a known format.
pub(super) fn walk(document: Document, reading: &mut Reading<'_>) -> Result<(), Unreadable> {
    let readers = FORMATS.iter().filter_map(|format| Some((format.vendor, (format.items.as_ref()?.reader)(reading.options))));
    let mut walk = Walk { readers: readers.collect(), lists: lists(), reading, known: false, unknown: false };
    if let Some(cut) = document.cut {
        walk.reading.truncated(cut);
    }
    walk.frame(&Value::Object(document.loose));
    for value in document.values {
        match value {
            Ok(value) => walk.value(&value, &Around::default(), 0),
            Err(reason) => walk.unusable(reason),
        }
    }
    for (_, mut reader) in walk.readers {
        reader.finish(walk.reading);
    }
    // Of what is cut off before its first item nothing can be said.
    if walk.known || (walk.reading.is_truncated() && !walk.unknown) { Ok(()) } else { Err(unknown()) }
}

struct Walk<'r, 'o> {
    readers: Vec<(Vendor, Box<dyn Reader>)>,
    lists: Vec<&'static str>,
    reading: &'r mut Reading<'o>,
    /// Something is in a known format.
    known: bool,
    /// Something is not.
    unknown: bool,
}

impl Walk<'_, '_> {
    fn value(&mut self, value: &Value, around: &Around, depth: u8) {
        if depth > MAX_DEPTH {
            return self.unusable("wrapped too deep".to_owned());
        }
        if let Value::Array(values) = value {
            self.known |= values.is_empty();
            values.iter().for_each(|value| self.value(value, around, depth + 1));
            return;
        }
        if self.offer(value, around, Fit::Yes) {
            return;
        }
        if let Some((envelope, detail)) = eventbridge::open(value, self.reading) {
            let around = Around { envelope: Some(envelope), ..around.clone() };
            return self.value(detail, &around, depth + 1);
        }
        match sns::open(value, self.reading) {
            Some(Opened::Message(delivery, message)) => {
                // The innermost one has the alert's own time, and no message is an envelope for the one it lies in.
                let delivery = delivery.or(around.delivery.clone());
                return self.value(&message, &Around { envelope: None, delivery: Some(delivery) }, depth + 1);
            }
            Some(Opened::Nothing) => return self.next(true),
            None => {}
        }
        if self.list(value, around, depth) || self.offer(value, around, Fit::LastResort) {
            return;
        }
        self.unknown = true;
        self.unusable(format!("in no known format: {}", excerpt(&value.to_string())));
    }

    /// Gives an item to the first reader that it fits.
    fn offer(&mut self, item: &Value, around: &Around, fit: Fit) -> bool {
        let Some((vendor, reader)) = self.readers.iter_mut().find(|(_, reader)| reader.fit(item, around) == fit) else { return false };
        self.reading.vendor(*vendor);
        self.reading.delivered = around.delivery.as_ref().and_then(|delivery| Some(delivery.at?.at));
        reader.take(item, around, self.reading);
        self.reading.delivered = None;
        self.next(true);
        true
    }

    /// The items of an object that is a list of them, or holds one.
    fn list(&mut self, value: &Value, around: &Around, depth: u8) -> bool {
        let Some(members) = value.as_object() else { return false };
        let lists: Vec<&Value> =
            self.lists.iter().filter_map(|name| members.get(*name)).filter(|list| list.is_array() || list.is_object()).collect();
        // What was sent to somebody is an alert whatever is in it, unless its items are alerts themselves.
        let sent = around.envelope.is_some() || around.delivery.is_some();
        if lists.is_empty() || sent && !lists.iter().any(|list| self.holds_items(list, around)) {
            return false;
        }
        let zone = self.reading.zone;
        self.frame(value);
        lists.into_iter().for_each(|list| self.value(list, around, depth + 1));
        self.reading.zone = zone;
        true
    }

    /// Whether a list, or the one in its place, has an item that a reader or an envelope is for.
    fn holds_items(&self, list: &Value, around: &Around) -> bool {
        let items = list.as_array().map_or(std::slice::from_ref(list), Vec::as_slice);
        let wrapped = |item| field::text(item, "detail-type").is_some() || field::at(item, "sns").or(field::at(item, "body")).is_some();
        items.iter().any(|item| wrapped(item) || self.readers.iter().any(|(_, reader)| reader.fit(item, around) == Fit::Yes))
    }

    /// What an object says of the lists in it.
    fn frame(&mut self, object: &Value) {
        if let Some(zone) = field::text(object, "time_zone").and_then(|name| name.parse().ok()) {
            self.reading.zone = Some(zone);
        }
        let more = [
            ("`NextToken` is set", field::text(object, "nextToken").is_some()),
            ("`more` is true", field::at(object, "more") == Some(&Value::Bool(true))),
            ("`paging.next` is set", field::text(object, "paging.next").is_some()),
        ];
        for (reason, _) in more.into_iter().filter(|(_, more)| *more) {
            self.reading.truncated(format!("{reason}: more pages follow"));
        }
    }

    fn unusable(&mut self, reason: String) {
        self.reading.problem(reason);
        self.next(false);
    }

    fn next(&mut self, known: bool) {
        self.known |= known;
        self.reading.position += 1;
    }
}
