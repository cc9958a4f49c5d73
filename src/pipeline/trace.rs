//! Passes over evidence until nothing new grows out of where a trace starts.
//!
//! Root's own records come from a scan or from a case; each further pass looks for the keys and names that the one before has found.

use super::search::{Hits, search};
use super::{Config, Progress};
use crate::case::spool::{Pad, Texts};
use crate::case::table::manifest::{Row, Status};
use crate::error::Result;
use crate::evidence::record::content::{self, Fingerprint};
use crate::evidence::record::restore;
use crate::evidence::record::time::Micros;
use crate::evidence::record::view::{Parser, Record};
use crate::evidence::source::{Object, Source};
use crate::lineage::{Lineage, Pass, Piece, Progressed, Span, Start, Trace, Tracing};
use crate::root::Class;
use foldhash::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// A record that has to do with root, as a case has it.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'r> {
    /// UTC.
    pub event_time: Option<Micros>,
    /// What it has to do with root, seen together with all others.
    pub class: Class,
    /// The record.
    pub json: &'r str,
    /// Its object.
    pub uri: &'r str,
    /// Its number in the object.
    pub record_index: u64,
    /// Whether the trace is shown it from the beginning, and starts from it if it is a use of root.
    pub is_shown: bool,
}

/// Root's records, of which a trace from root starts, and what is known of the objects.
#[derive(Debug, Default)]
pub struct Roots {
    hits: Hits,
    /// Classes that only all records together tell.
    classes: HashMap<Fingerprint, Class>,
    /// Objects of the case.
    known: HashMap<String, Known>,
    degraded: u64,
    /// What paths begin with now, and what they began with in the case.
    called: Vec<(String, String)>,
}

/// What a case knows of an object.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Stored bytes.
    size: u64,
    /// Its last event time, which is none where it has no record: nothing that grew out of root later can be in it. `None` where that is not known.
    last: Option<Option<Micros>>,
}

impl Roots {
    /// The same where the evidence is now reached by other paths than when the case was made: what each begins with now and what it
    /// began with then. Objects go on to be called as in the case.
    #[must_use]
    pub fn called(self, called: Vec<(String, String)>) -> Self {
        Self { called, ..self }
    }

    /// From the records and objects of a case.
    ///
    /// # Errors
    /// Never in practice: the records are held in memory.
    pub fn new<'r>(manifest: &[Row], records: impl Iterator<Item = Labelled<'r>>) -> std::io::Result<Self> {
        let mut pad = Pad::new(0, None);
        let mut parser = Parser::default();
        let mut numbers: HashMap<&'r str, u32> = HashMap::default();
        let mut roots = Self { known: known(manifest), ..Self::default() };
        let Hits { hits, uris, .. } = &mut roots.hits;
        for Labelled { event_time, class, json, uri, record_index, is_shown } in records {
            // What an export has changed is read as it was when it was labelled.
            let restored = parser.with(json.as_bytes(), |value| Record::read(value).is_changed).is_ok_and(|is_changed| is_changed);
            let restored = if restored { restore::restored(json.as_bytes()) } else { None };
            let json = restored.as_deref().unwrap_or(json.as_bytes());
            // It parsed when it was labelled; a line of event history CSV was no JSON.
            let Ok(fingerprint) = parser.with(json, content::fingerprint) else {
                roots.degraded += u64::from(is_shown);
                continue;
            };
            roots.classes.insert(fingerprint, class);
            if !is_shown {
                continue;
            }
            let object = *numbers.entry(uri).or_insert_with(|| {
                uris.push(uri.to_owned());
                u32::try_from(uris.len() - 1).unwrap_or(u32::MAX)
            });
            let text = pad.push(json, None);
            hits.push(super::read::Hit { event_time, fingerprint, class: Some(class), object, record_index, text });
        }
        roots.hits.texts = Texts::new(vec![pad])?;
        Ok(roots)
    }

    /// Root's records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hits.hits.len()
    }

    /// Activities that tell too little to be followed: lines of event history CSV.
    #[must_use]
    pub fn degraded(&self) -> u64 {
        self.degraded
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The objects of a case that have been read.
fn known(manifest: &[Row]) -> HashMap<String, Known> {
    let known = |row: &Row| {
        let says_all = row.status == Status::Read && row.no_event_time == 0 && (row.records == 0 || row.last_event_time.is_some());
        Known { size: row.size, last: says_all.then_some(row.last_event_time) }
    };
    let read = manifest.iter().filter(|row| matches!(row.status, Status::Read | Status::Partial));
    read.map(|row| (row.uri.clone(), known(row))).collect()
}

/// Follows what grew out of a start, on the threads of the current pool. With [`Start::Root`] `roots` has the records to start from; else it is not asked.
///
/// # Errors
/// Those of a pass over the evidence.
pub fn trace(sources: &[&dyn Source], config: &Config, start: Start, span: Span, roots: Roots, progress: &dyn Progress) -> Result<Tracing> {
    let from_root = start == Start::Root;
    let Roots { hits, classes, known, called, .. } = roots;
    let name = |uri: &str| {
        let renamed = called.iter().find_map(|(now, then)| Some(format!("{then}{}", uri.strip_prefix(now.as_str())?)));
        renamed.unwrap_or_else(|| uri.to_owned())
    };
    let mut gathering =
        Gathering { trace: Trace::new(start, span), classes, known: HashMap::default(), pieces: Vec::new(), kept: Vec::new() };
    let mut passes = Vec::new();
    let mut needles = gathering.trace.needles();
    if from_root {
        gathering.take(hits);
        needles = gathering.next().1;
    }
    let mut lineage = None;
    let mut lost: BTreeMap<String, Row> = BTreeMap::new();
    while !needles.is_empty() {
        let begins = lineage.as_ref().and_then(|lineage: &Lineage| lineage.traced.first()).map(|first| first.time);
        let looks_back = gathering.trace.looks_back();
        let mut is_before = |object: &Object| {
            let Some(known) = known.get(&name(&object.uri)) else { return false };
            let ends_before = |last: Option<Micros>| last.is_none_or(|last| !looks_back && begins.is_some_and(|begins| last < begins));
            known.size == object.size && known.last.is_some_and(ends_before)
        };
        let mut hits = search(sources, config, &needles, &mut is_before, progress)?;
        hits.uris.iter_mut().for_each(|uri| *uri = name(uri));
        lost.extend(hits.lost.drain(..).map(|row| (name(&row.uri), row)));
        let records = hits.hits.len() as u64;
        let new = gathering.take(hits);
        passes.push(Progressed { needles: needles.len() as u64, records, new });
        let resolved = gathering.next();
        lineage = Some(resolved.0);
        needles = resolved.1;
    }
    let lineage = lineage.unwrap_or_else(|| gathering.trace.resolve());
    let lost = lost.into_iter().map(|(uri, row)| Row { uri, ..row }).collect();
    Ok(Tracing { lineage, passes, lost, pieces: gathering.pieces, kept: gathering.kept })
}

struct Gathering {
    trace: Trace,
    classes: HashMap<Fingerprint, Class>,
    /// Handles by content: copies are one.
    known: HashMap<Fingerprint, u64>,
    pieces: Vec<Piece>,
    kept: Vec<Pass>,
}

impl Gathering {
    /// Shows the trace what a pass found; gives how much of it is new.
    fn take(&mut self, found: Hits) -> u64 {
        let pass = u32::try_from(self.kept.len()).unwrap_or(u32::MAX);
        let before = self.pieces.len();
        let mut parser = Parser::default();
        for hit in &found.hits {
            let class = self.classes.get(&hit.fingerprint).copied().or(hit.class);
            let (known, pieces, trace) = (&mut self.known, &mut self.pieces, &mut self.trace);
            let parsed = parser.with(found.texts.json(&hit.text), |value| {
                let next = pieces.len() as u64;
                if *known.entry(hit.fingerprint).or_insert(next) == next {
                    let (object, record_index, text) = (hit.object, hit.record_index, hit.text);
                    pieces.push(Piece { pass, object, record_index, text, class });
                    trace.add(&Record::read(value), class, next);
                }
            });
            parsed.expect("what parsed when it was found parses again");
        }
        self.kept.push(Pass { texts: found.texts, uris: found.uris });
        (self.pieces.len() - before) as u64
    }

    /// What is known so far, and what to look for next.
    fn next(&mut self) -> (Lineage, Vec<crate::lineage::Needle>) {
        let lineage = self.trace.resolve();
        (lineage, self.trace.needles())
    }
}

/// Regions that had records of an account before a time, by the names of logs.
#[must_use]
pub(crate) fn regions_before(manifest: &[Row], account: &str, time: Micros) -> BTreeSet<String> {
    let before = manifest.iter().filter(|row| row.first_event_time.is_some_and(|first| first < time));
    let key = |row: &Row| {
        let key = crate::evidence::source::Key::parse(&row.uri);
        (key.account == Some(account)).then(|| key.region.map(str::to_owned)).flatten()
    };
    before.filter_map(key).collect()
}
