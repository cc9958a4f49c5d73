//! A pass over evidence for records that hold one of many texts.
//!
//! Only objects in which one occurs are taken apart, and only records in which one occurs are parsed. A filter may cost time, never a record: escaped letters and
//! digits, which could spell any text, count as one.

use super::collect::Collected;
use super::{Config, Found, Gathered, Progress};
use crate::error::{Error, Result};
use crate::lineage::Needle;
use crate::record::content::Fingerprint;
use crate::record::needles::Needles;
use crate::record::time::Micros;
use crate::root::Class;
use crate::source::{Object, Source};
use crate::spool::{Place, Texts};
use crate::table::manifest::Row;

/// The start and the end of a log as CloudTrail delivers it. In any other form records may stand in text, where quotes are escaped.
const DELIVERED: (&[u8], &[u8]) = (b"{\"Records\":[", b"]}");

/// Texts made ready to be looked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted(Needles);

impl Wanted {
    pub fn new(needles: &[Needle], sample: &[u8]) -> Result<Self> {
        let ready = Needles::new(needles.iter().map(Needle::as_bytes), sample);
        ready.map(Self).map_err(|error| Error::TooManyNeedles(error.to_string()))
    }

    /// Whether the record must be parsed.
    pub fn may_matter(&self, record: &[u8]) -> bool {
        self.0.occur_in(record)
    }

    /// Whether no record of an object's text must be; only where that shows without taking it apart, of a text that is not cut.
    pub fn is_nowhere_in(&self, text: &[u8]) -> bool {
        let (start, end) = DELIVERED;
        text.starts_with(start) && text.trim_ascii_end().ends_with(end) && !self.0.occur_in(text)
    }
}

/// A record that holds one of the texts.
#[derive(Debug, Clone)]
pub struct Hit {
    /// UTC.
    pub event_time: Option<Micros>,
    /// Of its content.
    pub fingerprint: Fingerprint,
    /// What it has to do with root.
    pub class: Option<Class>,
    /// Its object, in [`Hits::uris`].
    pub object: u32,
    /// Its number in the object.
    pub record_index: u64,
    /// Its text, in [`Hits::texts`].
    pub text: Place,
}

/// What a pass found.
#[derive(Debug, Default)]
pub struct Hits {
    /// By time, content and place.
    pub hits: Vec<Hit>,
    /// The records.
    pub texts: Texts,
    /// The objects that they are in.
    pub uris: Vec<String>,
    /// Objects of which something was lost.
    pub lost: Vec<Row>,
}

impl Collected {
    /// Takes a hit over into what was gathered, whose row is at `place`.
    pub(super) fn hits_at(&mut self, place: u32) -> impl Iterator<Item = Hit> + use<> {
        std::mem::take(&mut self.hits).into_iter().map(move |hit| Hit { object: place, ..hit })
    }
}

/// Looks for texts in all evidence, on the threads of the current pool. Objects that `skip` says nothing can be in are not opened; `sample` is some
/// text of records, for speed.
///
/// # Errors
/// When a place of evidence is not there, texts cannot be kept, or there are too many to look for.
pub fn search(
    sources: &[&dyn Source],
    config: &Config,
    needles: &[Needle],
    sample: &[u8],
    skip: &mut dyn FnMut(&Object) -> bool,
    progress: &dyn Progress,
) -> Result<Hits> {
    let wanted = Wanted::new(needles, sample)?;
    let mut found = Found::list(sources, None)?;
    found.queue.retain(|queued| !skip(&queued.object));
    found.queue.sort_by_key(|queued| std::cmp::Reverse(queued.object.size));
    let (gathered, workers) = found.read(config, None, Some(&wanted), progress)?;
    let failed = |source| Error::Spool { folder: config.temp.clone().unwrap_or_default(), source };
    let texts = Texts::new(workers.into_iter().map(|worker| worker.pad).collect()).map_err(failed)?;
    let Gathered { rows, mut hits, .. } = gathered;
    let place = |hit: &Hit| (rows[hit.object as usize].uri.as_str(), hit.record_index);
    hits.sort_by(|one, other| {
        (one.event_time, one.fingerprint).cmp(&(other.event_time, other.fingerprint)).then_with(|| place(one).cmp(&place(other)))
    });
    let lost = rows.iter().filter(|row| row.status.is_loss()).cloned().collect();
    Ok(Hits { hits, texts, uris: rows.into_iter().map(|row| row.uri).collect(), lost })
}
