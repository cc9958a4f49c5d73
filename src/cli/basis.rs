//! What a finished case stands on: how much was read when it was made. A command that finds nothing in a case says nothing of what the case never held.

use super::page;
use super::report::{count, things};
use crate::case::{Case, SUMMARY};
use anyhow::Context as _;
use serde::Deserialize;
use std::io::{self, Write};

/// The part of `summary.json` that says how much was read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Basis {
    records: Records,
    objects: Objects,
    objects_with_losses: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Records {
    read: u64,
    first_event_time: Option<String>,
    last_event_time: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Objects {
    seen: u64,
}

impl Basis {
    /// Reads what the summary of a case says.
    ///
    /// # Errors
    /// When the summary is missing or damaged.
    pub(super) fn of(case: &Case) -> anyhow::Result<Self> {
        let path = case.file(SUMMARY);
        let text = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("`{}` is not the summary of a case", path.display()))
    }

    /// Whether records were read and none of the evidence was lost, so that finding nothing means something.
    pub(super) const fn is_whole(&self) -> bool {
        self.records.read > 0 && self.objects_with_losses == 0
    }

    /// Says what was looked at, for results that are empty.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { records, objects, objects_with_losses } = self;
        if records.read == 0 {
            writeln!(out, "basis     the case holds no CloudTrail record, so nothing can be said of root")?;
        } else {
            let period = match (&records.first_event_time, &records.last_event_time) {
                (Some(first), Some(last)) => format!(", from {} to {}", page::clean(first), page::clean(last)),
                _ => String::new(),
            };
            writeln!(out, "basis     {} in {}{period}", things(records.read, "record"), things(objects.seen, "object"))?;
        }
        if *objects_with_losses > 0 {
            writeln!(out, "          {} could not be read, or not to the end, and may hold anything", count(*objects_with_losses))?;
        }
        Ok(())
    }
}
