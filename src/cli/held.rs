//! What a case holds, for whoever asks for something that is not in it: a name that is misspelt must not look like an account without root use.

use crate::case::table::{Cell, Table};
use crate::case::{Case, MANIFEST, SUMMARY, TIMELINE};
use crate::error::Error;
use crate::evidence::filter::Filter;
use crate::evidence::record::time::{self, Micros};
use crate::evidence::source::Key;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Names that are listed of each kind.
const LISTED: usize = 5;
/// Rows of a table that are in memory at once.
const ROWS: usize = 1 << 20;

/// The parts of a summary that say what a case is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Made {
    terms: Terms,
    records: Records,
    root: Root,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Terms {
    from: Option<String>,
    to: Option<String>,
    accounts: BTreeSet<String>,
    regions: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Records {
    read: u64,
    without_event_time: u64,
    first_event_time: Option<String>,
    last_event_time: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Root {
    accounts: BTreeMap<String, serde::de::IgnoredAny>,
}

/// What is known of a case's evidence.
#[derive(Debug)]
pub(super) struct Held {
    /// `case` or `evidence`.
    of: &'static str,
    made: Made,
    accounts: BTreeSet<String>,
    regions: BTreeSet<String>,
}

impl Held {
    /// What a case shows: evidence, as far as it is within the terms that the case was made by.
    fn of_case(case: &Case) -> anyhow::Result<Self> {
        let mut held = Self { of: "case", ..Self::of_evidence(case)? };
        // A case that was made of some accounts holds nothing of the others, although their logs are named.
        let Terms { accounts, regions, .. } = &held.made.terms;
        if !accounts.is_empty() {
            held.accounts.retain(|account| accounts.contains(account));
        }
        if !regions.is_empty() {
            held.regions.retain(|region| regions.contains(region));
        }
        Ok(held)
    }

    /// What the evidence of a case holds, from its summary and the names of its logs.
    fn of_evidence(case: &Case) -> anyhow::Result<Self> {
        let path = case.file(SUMMARY);
        let text = std::fs::read(&path).map_err(|source| Error::Case { action: "read", path: path.clone(), source })?;
        let made: Made = serde_json::from_slice(&text).map_err(|error| Error::Case { action: "read", path, source: error.into() })?;
        let (mut accounts, mut regions): (BTreeSet<String>, BTreeSet<String>) =
            (made.root.accounts.keys().cloned().collect(), BTreeSet::new());
        for rows in Table::parts(&case.file(MANIFEST), &["uri"], ROWS) {
            let rows = rows?;
            for uri in rows.cells("uri").filter_map(Cell::text) {
                let key = Key::parse(uri);
                for (name, known) in [(key.account, &mut accounts), (key.region, &mut regions)] {
                    if let Some(name) = name.filter(|name| !known.contains(*name)) {
                        known.insert(name.to_owned());
                    }
                }
            }
        }
        let timeline = Table::columns(&case.file(TIMELINE), &["region"])?;
        for region in timeline.cells("region").filter_map(Cell::text) {
            if !regions.contains(region) {
                regions.insert(region.to_owned());
            }
        }
        accounts.remove("");
        Ok(Self { of: "evidence", made, accounts, regions })
    }

    /// Whether no record at all was read.
    fn is_empty(&self) -> bool {
        self.made.records.read == 0
    }

    /// From the first moment to the last that it knows of.
    fn period(&self) -> Option<(Micros, Micros)> {
        let parsed = |text: &Option<String>| text.as_deref().and_then(|text| time::parse(text.as_bytes()));
        let (first, last) = (parsed(&self.made.records.first_event_time)?, parsed(&self.made.records.last_event_time)?);
        let from = parsed(&self.made.terms.from).map_or(first, |from| from.max(first));
        if self.of == "evidence" {
            return Some((first, last));
        }
        // The end of the terms is the first moment that is outside.
        let to = parsed(&self.made.terms.to).map_or(last, |to| last.min(to - 1));
        Some((from, to))
    }

    /// What was asked for and is not there, in words.
    fn lacks(&self, filter: &Filter) -> Vec<String> {
        let mut lacks = Vec::new();
        for (what, asked, known) in [("account", &filter.accounts, &self.accounts), ("region", &filter.regions, &self.regions)] {
            for name in asked.difference(known) {
                lacks.push(format!("nothing of {what} `{name}` is in the {}", self.of));
            }
        }
        // What has no time may be of any window.
        if let Some((first, last)) = self.period().filter(|_| self.made.records.without_event_time == 0)
            && (filter.from.is_some_and(|from| from > last) || filter.to.is_some_and(|to| to <= first))
        {
            let end = |time: Option<Micros>, none: &str| time.map_or_else(|| none.to_owned(), time::format);
            let (from, to) = (end(filter.from, "the beginning"), end(filter.to, "the end"));
            lacks.push(format!("nothing from {from} to {to} is in the {}", self.of));
        }
        lacks
    }

    /// `the case holds 2026-03-13 to 2026-03-15, accounts 111122223333, 444455556666`.
    fn words(&self) -> String {
        if self.is_empty() {
            return format!("the {} holds no record", self.of);
        }
        let day = |time: Micros| time::format(time).chars().take(10).collect::<String>();
        let mut parts: Vec<String> =
            self.period().filter(|(from, to)| from <= to).map(|(from, to)| format!("{} to {}", day(from), day(to))).into_iter().collect();
        for (one, many, names) in [("account", "accounts", &self.accounts), ("region", "regions", &self.regions)] {
            let listed: Vec<&str> = names.iter().take(LISTED).map(String::as_str).collect();
            let more = if names.len() > LISTED { format!(" and {} more", names.len() - LISTED) } else { String::new() };
            match names.len() {
                0 => {}
                1 => parts.push(format!("{one} {}", listed[0])),
                _ => parts.push(format!("{many} {}{more}", listed.join(", "))),
            }
        }
        if parts.is_empty() {
            format!("the {} names no time, account or region", self.of)
        } else {
            format!("the {} holds {}", self.of, parts.join(", "))
        }
    }
}

/// What a case holds, in words.
pub(super) fn words(case: &Case) -> anyhow::Result<String> {
    Held::of_case(case).map(|held| held.words())
}

/// Says on standard error what was asked of evidence that is not in it, and gives whether there is such a thing. The case is made, as what was
/// read counts.
pub(super) fn note(folder: &Path, filter: &Filter) -> anyhow::Result<bool> {
    if is_all(filter) {
        return Ok(false);
    }
    let held = Held::of_evidence(&Case::open(folder)?)?;
    let lacks = held.lacks(filter);
    if !lacks.is_empty() {
        super::note(&format!("{}; {}", lacks.join("; "), held.words()));
    }
    Ok(!lacks.is_empty())
}

fn is_all(filter: &Filter) -> bool {
    filter.accounts.is_empty() && filter.regions.is_empty() && filter.from.is_none() && filter.to.is_none()
}

/// Refuses to look in a case for what it does not hold: an empty answer would read as if nothing had happened there.
pub(super) fn check(case: &Case, filter: &Filter) -> anyhow::Result<()> {
    if is_all(filter) {
        return Ok(());
    }
    let held = Held::of_case(case)?;
    let lacks = held.lacks(filter);
    if lacks.is_empty() { Ok(()) } else { Err(Error::NotHeld { what: lacks.join("; "), holds: held.words() }.into()) }
}
