//! `--dry-run`: what would be read, and what that takes.

use super::reading::{Format, Sources};
use super::report::{LISTED, count};
use super::{Exit, page, report};
use crate::case::table::SCHEMA_VERSION;
use crate::cli::summary::Terms;
use crate::evidence::filter::Filter;
use crate::evidence::source::s3::{Estimate, Report};
use crate::evidence::source::{Key, Listing, Source};
use indicatif::HumanBytes;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// Everything that would be read.
#[derive(Debug, Serialize)]
struct Plan {
    schema_version: &'static str,
    terms: Terms,
    sources: Vec<Part>,
}

/// What would be read of one source.
#[derive(Debug, Serialize)]
struct Part {
    /// `disk`, or a bucket.
    name: String,
    objects: u64,
    bytes: u64,
    /// Days of delivery, as far as names tell.
    days: usize,
    first_day: Option<String>,
    last_day: Option<String>,
    /// As far as names tell.
    accounts: BTreeMap<String, Share>,
    regions: BTreeSet<String>,
    /// What cannot be listed or is left alone, and why.
    passed: Vec<String>,
    /// Whether none of that may be evidence.
    complete: bool,
    s3: Option<Report>,
    estimate: Option<Estimate>,
}

#[derive(Debug, Default, Serialize)]
struct Share {
    objects: u64,
    bytes: u64,
}

/// Lists everything and says what it comes to. Standard input is not looked at.
pub(super) fn show(sources: &Sources, filter: &Filter, format: Format) -> anyhow::Result<Exit> {
    let mut parts = Vec::new();
    let disk = sources.disk.list()?;
    if !disk.objects.is_empty() || sources.s3.is_empty() {
        parts.push(part("disk".to_owned(), &disk));
    }
    for s3 in &sources.s3 {
        let listing = s3.list()?;
        let asked = s3.report();
        let estimate = Some(s3.estimate(&listing.objects));
        parts.push(Part { estimate, ..part(format!("s3://{}", asked.bucket), &listing) });
        if let Some(last) = parts.last_mut() {
            last.s3 = Some(asked);
        }
    }
    let complete = parts.iter().all(|part| part.complete);
    let plan = Plan { schema_version: SCHEMA_VERSION, terms: Terms::from(filter), sources: parts };
    let json = report::json(&plan)?;
    let json = (format == Format::Json).then_some(&json[..]);
    report::show(json, false, |out| text(out, &plan))?;
    Ok(if complete { Exit::Clean } else { Exit::Incomplete })
}

fn part(name: String, listing: &Listing) -> Part {
    let (mut accounts, mut regions, mut days) = (BTreeMap::<String, Share>::new(), BTreeSet::new(), BTreeSet::new());
    for object in &listing.objects {
        let key = Key::parse(&object.uri);
        if let Some(account) = key.account {
            let share = accounts.entry(account.to_owned()).or_default();
            share.objects += 1;
            share.bytes += object.size;
        }
        regions.extend(key.region.map(str::to_owned));
        let delivered = key.delivered_at.and_then(chrono::DateTime::from_timestamp_micros);
        days.extend(delivered.map(|time| time.date_naive()));
    }
    Part {
        name,
        objects: listing.objects.len() as u64,
        bytes: listing.objects.iter().map(|object| object.size).sum(),
        days: days.len(),
        first_day: days.first().map(ToString::to_string),
        last_day: days.last().map(ToString::to_string),
        accounts,
        regions,
        passed: listing.passed.iter().map(|passed| format!("{}: {}", passed.uri, passed.why)).collect(),
        complete: !listing.passed.iter().any(|passed| passed.why.is_loss()),
        s3: None,
        estimate: None,
    }
}

fn text(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    for part in &plan.sources {
        writeln!(out, "{}", page::clean(&part.name))?;
        let size = HumanBytes(part.bytes);
        writeln!(out, "  objects   {} ({size} stored)", count(part.objects))?;
        if let (Some(first), Some(last)) = (&part.first_day, &part.last_day) {
            writeln!(out, "  days      {}, delivered from {first} to {last}", count(part.days as u64))?;
        }
        for (account, share) in part.accounts.iter().take(LISTED) {
            writeln!(out, "  account   {account}  {} objects, {}", count(share.objects), HumanBytes(share.bytes))?;
        }
        if part.accounts.len() > LISTED {
            writeln!(out, "            and {} more accounts", count((part.accounts.len() - LISTED) as u64))?;
        }
        if !part.regions.is_empty() {
            writeln!(out, "  regions   {}", part.regions.iter().map(String::as_str).collect::<Vec<_>>().join(", "))?;
        }
        if let Some(Estimate { requests, dollars, seconds }) = part.estimate {
            let requests = count(requests);
            writeln!(out, "  requests  {requests}, about USD {dollars:.2} (transfer out of the region comes on top)")?;
            writeln!(out, "  time      about {} at the pace of this listing", human(seconds))?;
        }
        if let Some(asked) = &part.s3 {
            report::left_out(out, asked)?;
        }
        for passed in part.passed.iter().take(LISTED) {
            writeln!(out, "  passed    {}", page::clean(passed))?;
        }
        if part.passed.len() > LISTED {
            writeln!(out, "            and {} more", count((part.passed.len() - LISTED) as u64))?;
        }
    }
    Ok(())
}

fn human(seconds: f64) -> String {
    humantime::format_duration(std::time::Duration::from_secs(seconds.ceil() as u64)).to_string()
}
