//! Where the records are in an object, whatever they are wrapped in.
//!
//! An object's text is a sequence of JSON values. Each value is a record, an envelope around records, or something else, and what
//! it is shows in its own keys, never in the object's name. The common case, an element of a `Records` array with its own
//! `eventTime`, is settled by the delimiter alone; only other values have their keys read.
//!
//! Damage never ends the reading: what cannot be delimited is counted and named, and reading goes on at the next place where a record
//! starts. This module parses nothing; it asks the [`Sink`] about records that look odd.

use super::delimit::Delimiter;
use super::form::{Form, wrapper_form};
use super::kind::{BYTE_ORDER_MARK, Kind, classify, is_notification, line_prefix, own_event_time, own_text, own_usual_text};
use super::tally::{Damage, Fault, Tally};
use super::time::{Clock, Micros};
use super::walk::{self, Members, Stop};
use super::window::Window;
use std::ops::Range;

/// A record longer than this is damage. CloudTrail's own limit is 256 KiB (1 MiB in event data stores); the bound keeps a streamed
/// object with a lost quote from being gathered in memory.
pub const MAX_RECORD: usize = 16 << 20;

/// Envelopes inside envelopes are followed this deep.
const MAX_NESTING: u8 = 4;

/// A delimited record.
#[derive(Debug, Clone, Copy)]
pub struct Found<'t> {
    /// The record as delivered.
    pub bytes: &'t [u8],
    /// Offset of its first byte in the object's inflated text; of the envelope's value where the record was text inside it.
    pub offset: u64,
    /// Its number in the object, from 0, damaged ones counted.
    pub index: u64,
    /// Its own `eventTime`, where that is a time.
    pub event_time: Option<Micros>,
    /// Its own `eventName` as it is written between the quotes; `None` where it was not found without parsing.
    pub event_name: Option<&'t [u8]>,
    /// The same of `eventType`.
    pub event_type: Option<&'t [u8]>,
    /// The same of `eventID`; only where the delimiter looks for ids.
    pub event_id: Option<&'t [u8]>,
    /// The same of `recipientAccountId`; only where the delimiter looks for ids.
    pub recipient_account_id: Option<&'t [u8]>,
    /// As `letters`.
    pub letters: bool,
    /// The JSON parser must say whether this is a record at all.
    pub suspect: bool,
}

/// What the sink says of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Sound, as far as it had to be looked at.
    Sound,
    /// It had to be parsed and could not be.
    Damaged,
    /// Sound, but of a kind that is kept out of the record count.
    Apart,
}

/// Who takes the records.
pub trait Sink {
    /// Called once for each delimited record, in order.
    fn record(&mut self, found: Found<'_>) -> Verdict;
}

/// Reads every record of an object's text.
pub fn read(window: &mut Window<'_>, delimiter: Delimiter, sink: &mut dyn Sink) -> Tally {
    let mut tally = Tally::default();
    Reader {
        window,
        delimiter,
        sink,
        tally: &mut tally,
        at: 0,
        nesting: 0,
        within: None,
        lost: false,
        arrays: 0,
        adrift: false,
        clock: Clock::default(),
    }
    .values();
    tally
}

/// What became of one object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// A record in no envelope of its own.
    Bare,
    Other,
    Lost,
}

struct Reader<'r, 's> {
    window: &'r mut Window<'s>,
    delimiter: Delimiter,
    sink: &'r mut dyn Sink,
    tally: &'r mut Tally,
    /// Where in the window the next value is looked for.
    at: usize,
    nesting: u8,
    /// The envelope that the text was taken out of.
    within: Option<(Form, u64)>,
    /// A fault was named and the place in the envelope is unknown; brackets and commas that follow are not faults of their own.
    lost: bool,
    /// Arrays that the current place is in.
    arrays: u8,
    clock: Clock,
    /// Records are taken up in the middle of an envelope that was lost: what lies between them is not a fault of its own.
    adrift: bool,
}

impl Reader<'_, '_> {
    /// Reads on, keeping everything from the current place.
    fn more(&mut self) -> bool {
        self.window.slide(&mut self.at)
    }

    fn peek(&mut self) -> Option<u8> {
        loop {
            self.at = walk::skip_space(self.window.text(), self.at);
            if let Some(byte) = self.window.text().get(self.at) {
                return Some(*byte);
            }
            if !self.more() {
                return None;
            }
        }
    }

    /// Does a step on the text from the current place, with more text for as long as the step asks for it.
    fn step<T>(&mut self, step: impl Fn(&[u8], usize) -> Result<T, Stop>) -> Result<T, Stop> {
        loop {
            match step(self.window.text(), self.at) {
                Err(Stop::End) if self.window.text().len() - self.at <= MAX_RECORD && self.more() => {}
                result => return result,
            }
        }
    }

    fn fault(&mut self, fault: Fault) {
        let offset = match self.within {
            Some((_, offset)) => offset,
            None => self.window.base() + self.at as u64,
        };
        self.tally.fault(Damage { fault, offset, record_index: self.tally.records });
        self.lost = true;
    }

    /// The values at the top level of the text.
    fn values(mut self) {
        if self.nesting == 0 {
            // The mark is three bytes, so a first read that brings fewer is not the end of it.
            let _ = self.step(|text, _| if text.len() < 3 { Err(Stop::End) } else { Ok(()) });
            if self.window.text().starts_with(BYTE_ORDER_MARK) {
                self.at = BYTE_ORDER_MARK.len();
            }
        }
        let mut values = 0u64;
        let mut broken_lines = false;
        let mut bare = 0u64;
        loop {
            let before = self.window.base() + self.at as u64;
            let Some(byte) = self.peek() else { break };
            let newline = before < self.window.base() + self.at as u64;
            match byte {
                b'{' if self.opens_wrapper() => self.wrapper(),
                b'{' => {
                    if self.element(None) == Taken::Bare {
                        bare += 1;
                        broken_lines |= values > 0 && newline;
                    }
                }
                b'[' => {
                    self.at += 1;
                    self.tally_array();
                }
                b',' | b']' | b'}' if self.lost || self.adrift => self.at += 1,
                b'0'..=b'9' => match self.step(|text, at| line_prefix(&text[at..]).map(|brace| at + brace)) {
                    Ok(brace) => {
                        self.at = brace;
                        self.element(Some(Form::CloudWatchExport));
                    }
                    Err(_) => self.lose(Fault::StrayBytes),
                },
                _ => self.lose(Fault::StrayBytes),
            }
            values += 1;
        }
        if self.nesting == 0 && bare > 0 {
            let form = match (bare, broken_lines) {
                (1, _) => Form::Record,
                (_, true) => Form::Ndjson,
                (_, false) => Form::Concatenated,
            };
            self.tally.form(form);
        }
    }

    fn tally_array(&mut self) {
        let before = self.tally.forms.len();
        let records = self.tally.records;
        self.array();
        if self.nesting == 0 && self.tally.forms.len() == before && self.tally.records > records {
            self.tally.form(Form::Array);
        }
    }

    /// Whether the first key of the object at the current place already says that it is an envelope.
    fn opens_wrapper(&mut self) -> bool {
        let opens = self.step(|text, at| match Members::new(text, at).next_key()? {
            Some((key, value)) => match text.get(value) {
                Some(first) => Ok(*first == b'[' && wrapper_form(&text[key]).is_some()),
                None => Err(Stop::End),
            },
            None => Ok(false),
        });
        opens == Ok(true)
    }

    /// An envelope, member by member, so that its array need not fit in memory.
    fn wrapper(&mut self) {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return;
                }
                Some(b',') => self.at += 1,
                Some(b'"') => {
                    let Ok((form, value)) = self.step(|text, at| {
                        let (key, value) = walk::key(text, at)?;
                        match text.get(value) {
                            Some(b'[') => Ok((wrapper_form(&text[key]), value)),
                            Some(_) => Ok((None, value)),
                            None => Err(Stop::End),
                        }
                    }) else {
                        return self.lose(Fault::CutEnvelope);
                    };
                    self.at = value;
                    match form {
                        Some(form) => {
                            self.at += 1;
                            self.tally.form(form);
                            self.array();
                        }
                        None => match self.step(walk::value_end) {
                            Ok(end) if record_start(&self.window.text()[self.at..end]).is_some() => {
                                return self.lose_within(Fault::UnknownEnvelope, end);
                            }
                            Ok(end) => {
                                self.tally.beside(&self.window.text()[self.at..end]);
                                self.at = end;
                            }
                            Err(_) => return self.lose(Fault::CutEnvelope),
                        },
                    }
                }
                Some(_) => return self.lose(Fault::StrayBytes),
                None => {
                    if !self.lost {
                        self.fault(Fault::CutEnvelope);
                    }
                    return;
                }
            }
        }
    }

    /// The elements of an array whose opening bracket is behind the current place.
    fn array(&mut self) {
        self.arrays += 1;
        self.elements();
        self.arrays -= 1;
    }

    fn elements(&mut self) {
        let mut comma_due = false;
        loop {
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return;
                }
                Some(b',') => {
                    self.at += 1;
                    comma_due = false;
                }
                Some(b'{') => {
                    if comma_due && !self.lost {
                        self.fault(Fault::MissingComma);
                    }
                    comma_due = self.element(None) != Taken::Lost;
                }
                // Tools that gather arrays put them into another.
                Some(b'[') if self.arrays < MAX_NESTING => {
                    self.at += 1;
                    self.array();
                    comma_due = true;
                }
                Some(b'[') => {
                    self.lose(Fault::TooDeep);
                    comma_due = false;
                }
                Some(_) => match self.step(walk::value_end) {
                    Ok(end) => {
                        self.tally.other(&self.window.text()[self.at..end]);
                        self.at = end;
                        comma_due = true;
                    }
                    Err(_) => {
                        self.lose(Fault::StrayBytes);
                        comma_due = false;
                    }
                },
                None => {
                    if !self.lost {
                        self.fault(Fault::CutEnvelope);
                    }
                    return;
                }
            }
        }
    }

    /// One object: a record, an envelope that fits in memory, or something else.
    fn element(&mut self, form: Option<Form>) -> Taken {
        let delimiter = self.delimiter;
        let careful = self.tally.faults > CAREFUL_AFTER;
        let span = match self.step(|text, at| delimiter.object(until_next_record(text, at, careful), at)) {
            Ok(span) => span,
            Err(_) => {
                let rest = &self.window.text()[self.at..];
                self.lose(if rest.len() > MAX_RECORD {
                    Fault::OversizedRecord
                } else if record_start(&rest[1..]).is_some() {
                    Fault::BrokenRecord
                } else {
                    Fault::CutRecord
                });
                return Taken::Lost;
            }
        };
        let base = self.window.base();
        let text = self.window.text();
        let whole = &text[self.at..span.end];
        let event_time = own_event_time(text, &span, &mut self.clock);
        // Every record of the last ten years has a type, no notification has one.
        let is_record = event_time.is_some() && (span.event_type.is_some() || !is_notification(whole));
        let kind = if is_record { Kind::Record(event_time) } else { classify(whole, true) };
        let offset = match self.within {
            Some((_, offset)) => offset,
            None => base + self.at as u64,
        };
        if let Some(form) = form.or(match &kind {
            Kind::Wrapper(form, _) | Kind::Inside(form, _) | Kind::Text(form, _) => Some(*form),
            _ => None,
        }) {
            self.tally.form(form);
        }
        let bare = matches!(kind, Kind::Record(_)) && form.is_none();
        let sound = match kind {
            Kind::Record(event_time) => {
                let index = self.tally.records;
                let found = Found {
                    bytes: whole,
                    offset,
                    index,
                    event_time,
                    event_name: own_text(text, span.event_name, "eventName"),
                    event_type: own_usual_text(text, span.event_type, "eventType", b"AwsApiCall"),
                    event_id: own_text(text, span.event_id, "eventID"),
                    recipient_account_id: own_text(text, span.recipient_account_id, "recipientAccountId"),
                    letters: span.letters,
                    suspect: span.suspect,
                };
                match self.sink.record(found) {
                    Verdict::Sound => {
                        if span.suspect {
                            let damage = Damage { fault: Fault::OddBytes, offset, record_index: index };
                            self.tally.fault(damage);
                        }
                        self.tally.records += 1;
                    }
                    Verdict::Apart => self.tally.apart += 1,
                    Verdict::Damaged => {
                        let end = span.end;
                        self.lose_within(Fault::BrokenRecord, end);
                        return Taken::Lost;
                    }
                }
                true
            }
            Kind::Digest => {
                self.tally.digests += 1;
                true
            }
            Kind::Other if span.suspect || record_start(&whole[1..]).is_some() => {
                let fault = if span.suspect { Fault::BrokenRecord } else { Fault::UnknownEnvelope };
                let end = span.end;
                self.lose_within(fault, end);
                return Taken::Lost;
            }
            Kind::Other => {
                self.tally.other(whole);
                true
            }
            Kind::Wrapper(form, inner) | Kind::Inside(form, inner) => {
                let range = self.at + inner.start..self.at + inner.end;
                self.nested(range, None, form)
            }
            Kind::Text(form, inner) => {
                let plain = walk::unescape(&whole[inner]);
                self.nested(0..0, Some(&plain), form)
            }
        };
        if sound {
            self.lost = false;
        }
        self.at = span.end;
        if bare { Taken::Bare } else { Taken::Other }
    }

    /// Reads records out of an envelope: a stretch of the window, or text that was escaped in it.
    fn nested(&mut self, range: Range<usize>, plain: Option<&[u8]>, form: Form) -> bool {
        let offset = self.window.base() + self.at as u64;
        if self.nesting == MAX_NESTING {
            self.fault(Fault::TooDeep);
            return false;
        }
        let base = self.window.base() + range.start as u64;
        let (text, within) = match plain {
            Some(plain) => (plain, Some(self.within.unwrap_or((form, offset)))),
            None => (&self.window.text()[range], self.within),
        };
        let faults = self.tally.faults;
        let before = self.tally.records + self.tally.apart + self.tally.other_values;
        let mut window = Window::whole(text, base);
        Reader {
            window: &mut window,
            delimiter: self.delimiter,
            sink: &mut *self.sink,
            tally: &mut *self.tally,
            at: 0,
            nesting: self.nesting + 1,
            within,
            lost: false,
            arrays: 0,
            adrift: false,
            clock: Clock::default(),
        }
        .values();
        if plain.is_some() && self.tally.faults == faults && self.tally.records + self.tally.apart + self.tally.other_values == before {
            self.tally.other(plain.unwrap_or_default());
        }
        self.tally.faults == faults
    }

    /// Names a fault at the current place and goes on at the next record, or at the end of the text.
    fn lose(&mut self, fault: Fault) {
        self.fault(fault);
        self.adrift = true;
        let mut unread = self.at;
        self.at = (self.at + 1).min(self.window.text().len());
        loop {
            let rest = &self.window.text()[self.at..];
            let start = if self.arrays > 0 { record_start(rest) } else { record_start(rest).into_iter().chain(line_start(rest)).min() };
            let end = start.map_or(self.window.text().len(), |start| self.at + start);
            self.tally.skipped(&self.window.text()[unread..end]);
            if start.is_some() {
                self.at = end;
                return;
            }
            // Keeps what may be the first half of the mark.
            self.at = self.at.max(end.saturating_sub(RECORD_MARK.len() + 64));
            if !self.more() {
                self.at = self.window.text().len();
                return;
            }
            unread = self.at;
        }
    }

    /// The same where the damaged stretch is known to end at `end`; a record that it swallowed is taken up again.
    fn lose_within(&mut self, fault: Fault, end: usize) {
        self.fault(fault);
        self.adrift = true;
        let inner = &self.window.text()[self.at + 1..end];
        self.at = match record_start(inner) {
            Some(start) => self.at + 1 + start,
            None => end,
        };
    }
}

/// Whether a text holds what looks like the start of a record, whatever lies before it.
#[must_use]
pub fn mentions_records(text: &[u8]) -> bool {
    record_start(text).is_some()
}

/// The first key of nearly every record.
const RECORD_MARK: &[u8] = b"\"eventVersion\"";

/// The offset of the first `{` that is followed by [`RECORD_MARK`].
fn record_start(text: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(text, RECORD_MARK).find_map(|mark| {
        let before = text[..mark].iter().rposition(|byte| !byte.is_ascii_whitespace())?;
        (text[before] == b'{').then_some(before)
    })
}

/// The offset of the first `{`, `[` or digit at the start of a line.
fn line_start(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', text).map(|end| end + 1).find(|start| matches!(text.get(*start), Some(b'{' | b'[' | b'0'..=b'9')))
}

/// After this many faults in one object an unclosed record is no longer looked for beyond the start of the next one, so that
/// a file of broken records is read once and not once for each.
const CAREFUL_AFTER: u64 = 64;

fn until_next_record(text: &[u8], at: usize, careful: bool) -> &[u8] {
    let next = if careful { record_start(text.get(at + 1..).unwrap_or_default()) } else { None };
    next.map_or(text, |next| &text[..at + 1 + next])
}
