//! The text of one file to its records: what it is, and each record to a collector.

use super::collect::{Collected, Collector};
use super::judge::{self, Reading, Seen, Trouble};
use super::part::Part;
use super::reader::{Reader, Worker};
use super::sought::{Looked, Near};
use super::stored::PEEK;
use super::through::Counted;
use crate::case::spool::{self, Pad};
use crate::case::table::manifest::Row;
use crate::evidence::record::kind::{self, Content};
use crate::evidence::record::view::Parser;
use crate::evidence::record::{Form, Tally, Verdict, Window, envelope, history, likeness};
use crate::evidence::source::{Key, Kind};
use std::io::{Cursor, Read};
use std::sync::atomic::Ordering;

/// The largest event history CSV. The console writes at most 200,000 rows, about 80 MB.
const MAX_HISTORY: u64 = 256 << 20;

impl Reader<'_> {
    /// Reads text that is all in memory. Nothing comes of a search for what is nowhere in it.
    pub(super) fn text(&self, row: Row, text: &[u8], fault: Option<Trouble>, worker: &mut Worker) -> Option<Part> {
        if let Some(text) = utf16(text) {
            return self.text(row, &text, fault, worker);
        }
        let places = std::mem::take(&mut worker.places);
        let near = match self.sought.map(|sought| sought.look(text, places)) {
            Some(Looked::Nowhere(places)) if fault.is_none() => {
                worker.places = places;
                return None;
            }
            Some(Looked::Places(near)) => Some(near),
            Some(Looked::Unknown(places) | Looked::Nowhere(places)) => {
                worker.places = places;
                None
            }
            None => None,
        };
        let Worker { parser, pad, spool, .. } = worker;
        let mut collector = Collector { near, ..self.collector(&row.uri, parser, pad, spool.as_mut()) };
        let content = sniff(text);
        let tally = match content {
            Content::Json => envelope::read(&mut Window::whole(text, 0), self.delimiter, &mut collector),
            Content::HistoryCsv => history_csv(text, &mut collector),
            Content::Empty | Content::Unknown => Tally::default(),
        };
        let Collector { number, collected, near, .. } = collector;
        let places = near.map(Near::into_places);
        worker.places = places.unwrap_or_default();
        // Looked for only where there is doubt.
        let mentions = tally.faults > 0 && envelope::mentions_records(text);
        let likeness = if content == Content::Unknown { likeness::container(text).or_else(|| likeness::of(text)) } else { None };
        let seen = Seen { content, mentions, likeness, inflated: text.len() as u64 };
        let is_digest = tally.records == tally.damaged && (tally.digests > 0 || Key::parse(&row.uri).kind == Some(Kind::Digest));
        let digest = (self.config.integrity && is_digest).then(|| text.into());
        Some(judge::part(row, Reading { tally, number, collected, trouble: None, seen, digest }, fault))
    }

    /// Reads text piece by piece.
    pub(super) fn stream(&self, row: &Row, text: &mut dyn Read, worker: &mut Worker) -> Reading {
        let Worker { parser, pad, spool, .. } = worker;
        let mut collector = self.collector(&row.uri, parser, pad, spool.as_mut());
        let mut start = Vec::new();
        let mut trouble = text.take(PEEK as u64).read_to_end(&mut start).err().map(|error| Trouble::Reason(error.to_string()));
        let content = sniff(&start);
        let mut likeness = if content == Content::Unknown { likeness::container(&start) } else { None };
        if utf16(&start).is_some() {
            trouble = Some(Trouble::Reason("UTF-16 text that is damaged or larger than 64 MiB, not read".to_owned()));
        }
        let mut counted = Counted { inner: Cursor::new(start).chain(text), count: 0 };
        let tally = match content {
            Content::Json => {
                let mut window = Window::streamed(&mut counted);
                let tally = envelope::read(&mut window, self.delimiter, &mut collector);
                if let (_, Some(error)) = window.into_parts() {
                    trouble = Some(Trouble::Reason(format!("cannot be read: {error}")));
                }
                tally
            }
            Content::HistoryCsv => {
                let mut whole = Vec::new();
                match (&mut counted).take(MAX_HISTORY + 1).read_to_end(&mut whole) {
                    Ok(length) if length as u64 > MAX_HISTORY => {
                        trouble = Some(Trouble::Reason("event history CSV larger than 256 MiB".to_owned()));
                        Tally::default()
                    }
                    Ok(_) => history_csv(&whole, &mut collector),
                    Err(error) => {
                        trouble = Some(Trouble::Reason(format!("cannot be read: {error}")));
                        Tally::default()
                    }
                }
            }
            Content::Unknown if trouble.is_none() && likeness.is_none() => {
                match likeness::of_stream(&mut counted) {
                    Ok(found) => likeness = found,
                    Err(error) => trouble = Some(Trouble::Reason(format!("cannot be read: {error}"))),
                }
                Tally::default()
            }
            Content::Empty | Content::Unknown => Tally::default(),
        };
        let seen = Seen { content, mentions: tally.faults > 0, likeness, inflated: counted.count };
        Reading { tally, number: collector.number, collected: collector.collected, trouble, seen, digest: None }
    }

    /// What takes the records of the next file.
    pub(super) fn collector<'a>(
        &'a self,
        uri: &'a str,
        parser: &'a mut Parser,
        pad: &'a mut Pad,
        spool: Option<&'a mut spool::Writer>,
    ) -> Collector<'a> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        Collector { reader: self, parser, pad, spool, number, uri, near: None, collected: Collected::default() }
    }
}

/// What a text is. One that starts with nothing known and yet holds records is read for them: the first bytes of a log may be damaged.
fn sniff(text: &[u8]) -> Content {
    match kind::sniff(text) {
        Content::Unknown if envelope::mentions_records(text) => Content::Json,
        content => content,
    }
}

/// Reads an event history CSV. Its rows are few and are all looked at.
fn history_csv(text: &[u8], collector: &mut Collector<'_>) -> Tally {
    let mut tally = Tally::default();
    history::read(text, |row| {
        let index = tally.records;
        tally.records += 1;
        let sound = row.is_ok_and(|row| collector.label(&row.record, index, Some(row.line)) == Verdict::Sound);
        tally.damaged += u64::from(!sound);
    });
    tally.forms.push(Form::EventHistoryCsv);
    tally
}

/// UTF-16 text with a byte order mark, as PowerShell writes when output is redirected, in UTF-8.
fn utf16(text: &[u8]) -> Option<Vec<u8>> {
    let read: fn([u8; 2]) -> u16 = match text.get(..2)? {
        [0xFF, 0xFE] => u16::from_le_bytes,
        [0xFE, 0xFF] => u16::from_be_bytes,
        _ => return None,
    };
    let (units, _) = text[2..].as_chunks::<2>();
    let decoded: String =
        char::decode_utf16(units.iter().copied().map(read)).map(|symbol| symbol.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(decoded.into_bytes())
}
