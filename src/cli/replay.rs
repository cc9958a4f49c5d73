//! `rootline replay`.

use super::alarms::Alarms;
use super::basis::Basis;
use super::incidents::span;
use super::reading::Format;
use super::report::{self, LISTED, count, things};
use super::verify::Given;
use super::window::Window;
use super::{Exit, page, review};
use crate::case::table::{SCHEMA_VERSION, Table};
use crate::case::{Case, TIMELINE};
use crate::evidence::record::Parser;
use crate::evidence::record::time::{self, Micros, rfc3339};
use crate::review::replay::{Alarm, Chain, Ring, ring};
use crate::review::session::{Entry, Incident, Review, entries};
use chrono::Utc;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Say whether a metric filter and its alarm would have rung for root's use.
#[derive(Debug, Args)]
#[command(
    after_help = "A record counts when its log was delivered, by the log's name; where that is not known, after `--delivery`. The alarm looks every minute, and does not ring again while it is in ALARM.\n\
    Exit codes: 0 every incident would have rung, 1 one would not have, 2 could not run, 3 nobody can say of one whether it would have, because of something that is set up and not played here, or there is no use of root in the case (or in what was asked for), so nothing was tried."
)]
pub(super) struct Replay {
    /// The folder of the case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    #[command(flatten)]
    alarms: Alarms,
    /// Period of the alarm of `--pattern`: 10, 20 or 30 seconds, or whole minutes
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = humantime::parse_duration)]
    period: Duration,
    /// Threshold of the alarm of `--pattern`
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    threshold: f64,
    #[command(flatten)]
    window: Window,
    /// How it is written to standard output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// A reason why records are missed.
#[derive(Debug, Serialize)]
struct Missed {
    why: String,
    records: u64,
    #[serde(serialize_with = "rfc3339::maybe")]
    first_event_time: Option<Micros>,
    first_event: String,
}

/// An incident and what the alarm would have made of it.
#[derive(Debug, Serialize)]
struct Rung {
    incident_id: String,
    #[serde(serialize_with = "rfc3339::maybe")]
    first_use: Option<Micros>,
    matched: u64,
    usage: u64,
    /// `rings`, `already_firing`, `never`, `cannot_say`.
    outcome: &'static str,
    #[serde(serialize_with = "rfc3339::maybe")]
    rings_at: Option<Micros>,
    seconds_after_first_use: Option<f64>,
}

/// A filter played over a case.
#[derive(Debug, Serialize)]
struct Played {
    filter: String,
    pattern: String,
    alarm: String,
    /// Why nobody would have heard of it, as far as is known.
    broken: Option<String>,
    /// Why nobody can say whether it rings or is heard.
    unknown: Option<String>,
    usage: u64,
    usage_matched: u64,
    /// Records of root that are no use, and match.
    noise_matched: u64,
    missed: Vec<Missed>,
    incidents: Vec<Rung>,
}

#[derive(Debug, Serialize)]
struct Document {
    schema_version: &'static str,
    given: Vec<Given>,
    missing_fields: &'static str,
    filters: Vec<Played>,
}

/// The records of a case, with what a review makes of them.
struct Scene<'s, 't> {
    entries: &'s [Entry<'t>],
    review: &'s Review<'t>,
    records: Vec<&'s str>,
    shown: Vec<bool>,
}

impl Replay {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let case = Case::open(&self.case)?;
        let basis = Basis::of(&case)?;
        let filter = self.window.filter(Utc::now())?;
        super::held::check(&case, &filter)?;
        let mut given = Vec::new();
        let period = u32::try_from(self.period.as_secs()).unwrap_or(u32::MAX);
        let chains = self.alarms.chains(&Alarm { period, threshold: self.threshold, ..Alarm::default() }, &mut given)?;
        anyhow::ensure!(!chains.is_empty(), "no filter: give `--pattern` or a `--configuration` with metric filters");
        let timeline = review::timeline_of(&case)?;
        let texts = Table::columns(&case.file(TIMELINE), &["record"])?;
        let entries = entries(&timeline);
        let review = Review::new(&entries, &review::terms_of(&case)?);
        let records: Vec<&str> = texts.cells("record").map(|cell| cell.text().unwrap_or_default()).collect();
        let shown = entries.iter().map(|entry| filter.admits(entry.time, entry.account, None)).collect();
        let scene = Scene { entries: &entries, review: &review, records, shown };
        let filters: Vec<Played> = chains.iter().map(|chain| self.play(chain, &scene)).collect();
        let missing_fields = self.alarms.missing_fields();
        let document = Document { schema_version: SCHEMA_VERSION, given, missing_fields, filters };
        let json = report::json(&document)?;
        let shown = (self.format == Format::Json).then_some(&json[..]);
        // None of none is not success: the filter was not tried on anything.
        let is_tried = document.filters.iter().any(|played| played.usage > 0);
        report::show(shown, false, |out| {
            document.filters.iter().try_for_each(|played| text(out, played))?;
            if is_tried { Ok(()) } else { basis.write(out) }
        })?;
        // An incident rings if it does by any filter that somebody hears of.
        let of_any = |number: usize, is: &dyn Fn(&str) -> bool| {
            document.filters.iter().any(|played| played.broken.is_none() && is(played.incidents[number].outcome))
        };
        let rang = |number: usize| of_any(number, &|outcome| matches!(outcome, "rings" | "already_firing"));
        let may_have = |number: usize| rang(number) || of_any(number, &|outcome| outcome == "cannot_say");
        let incidents = document.filters.first().map_or(0, |played| played.incidents.len());
        Ok(if !(0..incidents).all(may_have) {
            Exit::Findings
        } else if is_tried && (0..incidents).all(rang) {
            Exit::Clean
        } else {
            Exit::Incomplete
        })
    }

    fn play(&self, chain: &Chain, scene: &Scene<'_, '_>) -> Played {
        let mut parser = Parser::default();
        let mut missed: BTreeMap<String, Missed> = BTreeMap::new();
        let mut matches = vec![false; scene.entries.len()];
        let (mut usage, mut usage_matched, mut noise_matched) = (0, 0, 0);
        for (number, entry) in scene.entries.iter().enumerate().filter(|(number, _)| scene.shown[*number]) {
            let explained = parser.with(scene.records[number].as_bytes(), |value| chain.pattern.explain(value));
            let (matched, why) = match explained {
                Ok(explained) if explained.matches => (true, String::new()),
                Ok(explained) => (false, explained.to_string()),
                Err(_) => (false, "a line of event history CSV, which has no record".to_owned()),
            };
            matches[number] = matched;
            let is_use = entry.class.is_usage();
            usage += u64::from(is_use);
            usage_matched += u64::from(is_use && matched);
            noise_matched += u64::from(!is_use && matched);
            if is_use && !matched {
                let (first_event_time, first_event) = (entry.time, entry.action());
                let known = missed.entry(why.clone()).or_insert(Missed { why, records: 0, first_event_time, first_event });
                known.records += 1;
            }
        }
        let mut missed: Vec<Missed> = missed.into_values().collect();
        missed.sort_by(|one, other| other.records.cmp(&one.records).then_with(|| one.why.cmp(&other.why)));
        Played {
            filter: chain.name.clone(),
            pattern: chain.pattern.to_string(),
            alarm: chain.alarms.iter().map(|alarm| &*alarm.alarm_name).collect::<Vec<_>>().join(", "),
            broken: chain.broken.clone(),
            unknown: chain.unknown.clone(),
            usage,
            usage_matched,
            noise_matched,
            missed,
            incidents: self.incidents(chain, scene, &matches),
        }
    }

    fn incidents(&self, chain: &Chain, scene: &Scene<'_, '_>, matches: &[bool]) -> Vec<Rung> {
        let mut counted: BTreeMap<&str, Vec<Micros>> = BTreeMap::new();
        for (entry, _) in scene.entries.iter().zip(matches).filter(|(_, matches)| **matches) {
            let account = self.alarms.owner(entry.account);
            counted.entry(account).or_default().extend(self.alarms.counted(entry));
        }
        let stretches: Vec<BTreeMap<&str, Vec<_>>> =
            chain.alarms.iter().map(|alarm| counted.iter().map(|(account, times)| (*account, alarm.stretches(times))).collect()).collect();
        let shown = |incident: &&Incident<'_>| incident.is_use() && incident.entries.iter().any(|entry| scene.shown[*entry]);
        let rung = |incident: &Incident<'_>| {
            let account = self.alarms.owner(incident.account);
            let used = || incident.entries.iter().filter(|entry| scene.entries[**entry].class.is_usage());
            let times: Vec<Micros> = incident
                .entries
                .iter()
                .filter(|entry| matches[**entry])
                .filter_map(|entry| self.alarms.counted(&scene.entries[*entry]))
                .collect();
            let (first, last) = (times.iter().min(), times.iter().max());
            let rings = stretches.iter().filter_map(|by_account| Some(ring(by_account.get(account)?, *first?, *last?)));
            // The soonest of several alarms.
            let rank = |ring: &Ring| match ring {
                Ring::At(time) => (0, *time),
                Ring::Already(time) => (1, *time),
                Ring::Never => (2, 0),
            };
            let best = rings.min_by_key(rank).unwrap_or(Ring::Never);
            let rings_at = if let (Ring::At(time), None) = (best, &chain.unknown) { Some(time) } else { None };
            Rung {
                incident_id: incident.id.clone(),
                first_use: incident.first_use,
                matched: used().filter(|entry| matches[**entry]).count() as u64,
                usage: used().count() as u64,
                outcome: match best {
                    _ if chain.unknown.is_some() => "cannot_say",
                    Ring::At(_) => "rings",
                    Ring::Already(_) => "already_firing",
                    Ring::Never => "never",
                },
                rings_at,
                seconds_after_first_use: rings_at.zip(incident.first_use).map(|(at, first)| at.saturating_sub(first) as f64 / 1e6),
            }
        };
        scene.review.incidents.iter().filter(shown).map(rung).collect()
    }
}

fn text(out: &mut impl Write, played: &Played) -> io::Result<()> {
    writeln!(out, "filter    {}: {}", page::clean(&played.filter), page::clean(&played.pattern))?;
    if let Some(unknown) = &played.unknown {
        writeln!(out, "          cannot say whether anybody would have heard of it, because {}", page::clean(unknown))?;
    }
    if let Some(broken) = &played.broken {
        writeln!(out, "          nobody would have heard of it: {}", page::clean(broken))?;
    }
    let others = match played.noise_matched {
        1 => "1 match that does not count as root use".to_owned(),
        number => format!("{} matches that do not count as root use", count(number)),
    };
    if played.usage == 0 {
        writeln!(out, "matches   not tried: there is no use of root to try it on; {others}")?;
    } else {
        writeln!(out, "matches   {} of {} uses of root; {others}", count(played.usage_matched), count(played.usage))?;
    }
    for (number, missed) in played.missed.iter().take(LISTED).enumerate() {
        let heading = if number == 0 { "missed" } else { "" };
        let (why, event) = (page::clean(&missed.why), page::clean(&missed.first_event));
        let time = missed.first_event_time.map_or_else(|| "(no time)".to_owned(), time::format);
        writeln!(out, "{heading:<10}{}: {why} (first: {event} at {time})", things(missed.records, "record"))?;
    }
    if played.missed.len() > LISTED {
        writeln!(out, "          and {} more reasons", played.missed.len() - LISTED)?;
    }
    for (number, rung) in played.incidents.iter().enumerate() {
        let heading = if number == 0 { "alarm" } else { "" };
        let says = match (rung.rings_at, rung.seconds_after_first_use) {
            (Some(at), Some(after)) => format!("rings at {}, {} after the first use", time::format(at), span((after * 1e6) as Micros)),
            _ if rung.outcome == "cannot_say" => "cannot say".to_owned(),
            _ if rung.outcome == "already_firing" => "is in ALARM already and does not ring again".to_owned(),
            _ => "does not ring".to_owned(),
        };
        writeln!(out, "{heading:<10}{}: {says} ({} of {} matched)", page::clean(&rung.incident_id), rung.matched, rung.usage)?;
    }
    Ok(())
}
