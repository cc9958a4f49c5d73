//! What is gathered while an export is read.

use super::alert::{Alert, Vendor, bounded};
use super::import::{Import, Options, Problem, Unreadable};
use super::moment::{self, DayOrder, Fault, Moment};
use super::named::named;
use super::note::Note;
use crate::evidence::account;
use crate::evidence::record::time::Micros;
use chrono_tz::Tz;
use serde_json::Value;

/// Bytes of a title or kind that are kept.
const MAX_TITLE: usize = 500;

/// The state of one reading.
pub(super) struct Reading<'o> {
    pub options: &'o Options,
    /// Of the item that is being read.
    pub position: u64,
    /// The zone that the export itself gives for times without one.
    pub zone: Option<Tz>,
    pub day_order: Option<DayOrder>,
    /// When the message was sent that brought the item.
    pub delivered: Option<Micros>,
    import: Import,
    zoneless: Option<Unreadable>,
}

impl<'o> Reading<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        Self { options, position: 1, zone: None, day_order: None, delivered: None, import: Import::default(), zoneless: None }
    }

    /// The export is in a format of this vendor, whether or not it holds alerts.
    pub(super) fn vendor(&mut self, vendor: Vendor) {
        self.import.vendors.insert(vendor);
    }

    /// The item that is being read, or a part of it, cannot be used.
    pub(super) fn problem(&mut self, reason: impl Into<String>) {
        self.problem_at(self.position, reason);
    }

    pub(super) fn problem_at(&mut self, position: u64, reason: impl Into<String>) {
        self.import.problems.push(Problem { position, reason: reason.into() });
    }

    /// An account id from where one is expected. What is there and is none is left out and named.
    pub(super) fn account(&mut self, text: Option<&str>) -> Option<String> {
        match account::parse(text.filter(|text| !text.trim().is_empty())?) {
            Ok(id) => Some(id),
            Err(fault) => {
                self.problem(format!("{fault}; left out ({})", fault.hint()));
                None
            }
        }
    }

    /// The export is not whole.
    pub(super) fn truncated(&mut self, reason: String) {
        match &mut self.import.truncated {
            Some(reasons) if reasons.split("; ").any(|one| one == reason) => {}
            Some(reasons) => *reasons = format!("{reasons}; {reason}"),
            none => *none = Some(reason),
        }
    }

    /// Whether the export is known not to be whole.
    pub(super) fn is_truncated(&self) -> bool {
        self.import.truncated.is_some()
    }

    /// Takes a finished alert.
    pub(super) fn add(&mut self, mut alert: Alert) {
        alert.account = alert.account.or_else(|| self.options.account.clone());
        alert.told.extend(self.delivered);
        for text in [&mut alert.title, &mut alert.kind] {
            text.truncate(bounded(text, MAX_TITLE).len());
        }
        alert.named = named(&alert.words);
        // The title is mostly among the words.
        if !alert.words.contains(&alert.title) {
            alert.named.extend(named(&alert.title));
        }
        if let Some(machinery) = &alert.machinery {
            alert.named.remove(machinery);
        }
        self.import.alerts.push(alert);
    }

    /// A new alert at the present position.
    pub(super) fn alert(&self, vendor: Vendor, id: String) -> Alert {
        Alert { position: self.position, ..Alert::new(vendor, id) }
    }

    /// A time of an alert: text, or a number of seconds or milliseconds. One that is there and cannot be read is a problem.
    pub(super) fn time(&mut self, alert: &mut Alert, name: &str, value: Option<&Value>) -> Option<Micros> {
        let moment = self.moment(name, value)?;
        Some(Self::noted(alert, moment))
    }

    /// The same of a cell.
    pub(super) fn time_of_cell(&mut self, alert: &mut Alert, name: &str, cell: Option<&str>) -> Option<Micros> {
        let moment = self.moment_of_text(name, cell?)?;
        Some(Self::noted(alert, moment))
    }

    fn noted(alert: &mut Alert, moment: Moment) -> Micros {
        alert.notes.extend(moment.twice.then_some(Note::AmbiguousTime));
        alert.notes.extend(moment.local.then_some(Note::AssumedZone));
        moment.at
    }

    /// A time that belongs to no alert yet.
    pub(super) fn moment(&mut self, name: &str, value: Option<&Value>) -> Option<Moment> {
        match value? {
            Value::Null => None,
            Value::String(text) => self.moment_of_text(name, text),
            Value::Number(number) => {
                let at = number.as_f64().and_then(moment::of_number);
                if at.is_none() {
                    self.problem(format!("`{name}` is not a time: `{}`; left out", excerpt(&number.to_string())));
                }
                at.map(|at| Moment { at, local: false, twice: false })
            }
            _ => {
                self.problem(format!("`{name}` is neither text nor a number; left out"));
                None
            }
        }
    }

    fn moment_of_text(&mut self, name: &str, text: &str) -> Option<Moment> {
        if text.trim().is_empty() {
            return None;
        }
        let told = self.zone;
        let reason = match moment::read(text, told.or(self.options.timezone), self.day_order) {
            // The export's own word is not an assumption.
            Ok(moment) => return Some(Moment { local: moment.local && told.is_none(), ..moment }),
            Err(Fault::NoZone) => {
                let (position, name, text) = (self.position, name.to_owned(), excerpt(text));
                self.zoneless.get_or_insert(Unreadable::NoZone { position, name, text });
                return None;
            }
            Err(Fault::NoTime) => "is not a time".to_owned(),
            Err(Fault::DayOrMonth) => "does not tell the day from the month, nor do the other times of the file".to_owned(),
            Err(Fault::Skipped(zone)) => format!("never was in {zone}: the clock was put forward over it"),
        };
        self.problem(format!("`{name}` {reason}: `{}`; left out", excerpt(text)));
        None
    }

    /// What was read.
    pub(super) fn done(mut self) -> Result<Import, Unreadable> {
        self.import.vendors.extend(self.import.alerts.iter().map(|alert| alert.vendor));
        self.import.problems.sort();
        self.zoneless.map_or(Ok(self.import), Err)
    }
}

/// The start of a text of others' making, fit for a message.
pub(super) fn excerpt(text: &str) -> String {
    let short = bounded(text.trim(), 60);
    let more = if short.len() < text.trim().len() { "..." } else { "" };
    format!("{}{more}", short.escape_debug())
}
