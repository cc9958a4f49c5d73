//! `rootline trace`.

use super::basis::Basis;
use super::bucket::is_remote;
use super::gather::{Gathering, gather_for, spare};
use super::held;
use super::incidents::span;
use super::reading::{Format, Output, Reading, Start as Begun};
use super::report::{self, count};
use super::{Exit, page, plan, review};
use crate::case::table::{Cell, SCHEMA_VERSION, Table, manifest};
use crate::case::{Case, INCIDENTS, LINEAGE, MANIFEST, SUMMARY, TIMELINE, TRACE, TRACE_REPORT, TRACED};
use crate::cli::progress::Bar;
use crate::cli::summary::{Evidence, Losses, Terms};
use crate::error::Error;
use crate::evidence::filter::Filter;
use crate::evidence::record::time::{self, Micros};
use crate::evidence::record::{Parser, Record};
use crate::lineage::table as lineage;
use crate::lineage::{Lineage, NodeId, Progressed, Span, Start, Tracing, render};
use crate::pipeline::trace::{self, Labelled, Roots};
use crate::pipeline::{self, copy};
use crate::root::{Class, Phase, phase};
use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Follow everything that grew out of root.
#[derive(Debug, Args)]
#[command(
    after_help = "Starts from root's use in the window, or from an event, a key or an identity. Each step has the record that proves it and a certainty: issued (by the exact key), created (by name), \
    changed (an identity that was there before), inferred (by time and place). The case gets lineage.parquet, trace.parquet and trace.json. A finished case is traced in the evidence \
    that it was made of, or in the evidence that is given after it.\n\
    Commands that are printed are for review; none is run.\n\
    Exit codes: 0 done, 2 could not run, also where a finished case does not hold what was asked for, 3 done, but evidence was lost (see the manifest), nothing was read, \
    or what was asked for is not in the evidence."
)]
pub(super) struct Trace {
    /// The folder that the tables go to; made if it is not there. Not for a finished case
    #[arg(long, value_name = "DIR")]
    case: Option<PathBuf>,
    /// Start from the credential behind this event, from that moment on
    #[arg(long, value_name = "EVENT_ID", group = "start")]
    from_event: Option<String>,
    /// Start from this access key
    #[arg(long, value_name = "KEY", group = "start")]
    from_key: Option<String>,
    /// Start from this identity or session
    #[arg(long, value_name = "ARN", group = "start")]
    from_principal: Option<String>,
    /// Start from root's use in this incident of a finished case, and follow until the end of the evidence
    #[arg(long, value_name = "ID", group = "start")]
    incident: Option<String>,
    /// Where evidence of S3 is copied to and read from: a trace reads it several times
    #[arg(long, value_name = "DIR")]
    copy: Option<PathBuf>,
    /// Write the graph for Graphviz
    #[arg(long, value_name = "FILE")]
    graphviz: Option<PathBuf>,
    /// Write the graph for Mermaid
    #[arg(long, value_name = "FILE")]
    mermaid: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    output: Output,
}

/// The part of a summary that says where evidence lies.
#[derive(Debug, Deserialize)]
struct Made {
    run: MadeRun,
}

#[derive(Debug, Deserialize)]
struct MadeRun {
    #[serde(default)]
    evidence: Vec<Evidence>,
}

/// A case, the evidence that it is of, and what it was made of where that is read again.
struct Prepared {
    case: Case,
    evidence: Vec<PathBuf>,
    made: Vec<Evidence>,
    /// Whether this run made the case.
    is_new: bool,
    /// Whether something that was asked for is not in it.
    lacks: bool,
}

/// `trace.json`.
#[derive(Debug, Serialize)]
struct Document<'t> {
    schema_version: &'static str,
    terms: Terms,
    started_from: String,
    passes: &'t [Progressed],
    /// Activities from event history CSV, which tells too little.
    not_followed: u64,
    story: &'t [Chapter],
    /// Regions that an account was active in before, and in which instances were launched that had none of its records till then.
    new_regions: &'t BTreeMap<String, BTreeSet<String>>,
    #[serde(flatten)]
    lineage: &'t Lineage,
}

/// A phase of what followed from one start, in the order in which they began.
#[derive(Debug, Serialize)]
struct Chapter {
    /// Where it started: root of an account, as a rule.
    start: String,
    phase: &'static str,
    first_event_time: String,
    last_event_time: String,
    seconds_since_start: f64,
    records: u64,
    first_event: String,
    identity: String,
    #[serde(skip)]
    first: Micros,
}

impl Trace {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let begun = Begun::now();
        let bar = Bar::new(self.output.quiet);
        let filter = self.reading.filter(&begun)?;
        anyhow::ensure!(filter.regions.is_empty(), "what grew out of root may be in any region; a trace is of all of them");
        let prepared = match self.prepared(&begun, &filter, &bar).inspect_err(|_| bar.finish())? {
            Ok(prepared) => prepared,
            Err(exit) => return Ok(exit),
        };
        let made = prepared.is_new.then(|| prepared.case.folder().to_path_buf());
        match (self.follow(&begun, &bar, filter, prepared).inspect_err(|_| bar.finish()), made) {
            // Something was done: the evidence was read, and a case made of it.
            (Err(error), Some(folder)) => {
                super::report_error(&error);
                super::note(&format!("the case in `{}` is finished, but for the trace: run `rootline trace` on it", folder.display()));
                Ok(Exit::Incomplete)
            }
            (followed, _) => followed,
        }
    }

    /// Follows what grew out of the start, and puts it into the case.
    fn follow(&self, begun: &Begun, bar: &Bar, mut filter: Filter, prepared: Prepared) -> anyhow::Result<Exit> {
        let Prepared { case, evidence, made, is_new, mut lacks } = prepared;
        if let Some(id) = &self.incident {
            let (account, first) = incident(&case, id)?;
            (filter.from, filter.accounts) = (Some(first), [account].into());
        }
        let update = review::writable(&case)?;
        // A window is a window for what followed too; accounts are only where it starts.
        let everywhere = Filter { from: filter.from, to: filter.to, ..Filter::default() };
        // What does not fit in memory is not put into a case that cannot be written to.
        let elsewhere = std::env::temp_dir();
        let results = if update.is_some() { case.folder() } else { &elsewhere };
        let config = pipeline::Config { filter: everywhere.clone(), ..self.reading.config(begun, results)? };
        let sources = self.reading.sources_of(&evidence, case.folder(), &everywhere).inspect_err(|_| bar.finish())?;
        anyhow::ensure!(sources.stdin.is_none(), "a trace reads its evidence several times, and standard input can be read once");
        let objects = manifest::read(&case.file(MANIFEST))?;
        let roots = roots(&case, &objects, &filter)?.called(called(&made));
        let (none, degraded, span) = (roots.is_empty(), roots.degraded(), Span { from: filter.from, to: filter.to });
        bar.say("following");
        let pool = pipeline::pool(self.reading.threads())?;
        let tracing =
            pool.install(|| trace::trace(&sources.all(), &config, self.start(), span, roots, bar)).inspect_err(|_| bar.finish())?;
        if tracing.lineage.nodes.is_empty() && self.start() != Start::Root {
            let what = format!("nothing in the evidence is of {}", self.started_from());
            if !is_new {
                // A name that is misspelt does not replace the trace of another.
                return Err(Error::NotHeld { what, holds: held::words(&case)? }.into());
            }
            super::note(&what);
            lacks = true;
        }
        let basis = Basis::of(&case)?;
        let story = story(&tracing);
        let new_regions = new_regions(&tracing.lineage, &objects);
        let document = Document {
            schema_version: SCHEMA_VERSION,
            terms: Terms::from(&filter),
            started_from: self.started_from(),
            passes: &tracing.passes,
            not_followed: degraded,
            story: &story,
            new_regions: &new_regions,
            lineage: &tracing.lineage,
        };
        let json = report::json(&document)?;
        bar.say("writing tables");
        let mut update = update;
        if let Some(update) = &mut update {
            let (file, path) = update.add(LINEAGE)?;
            pool.install(|| lineage::write(&tracing, file, &path))?;
            let (file, path) = update.add(TRACE)?;
            pool.install(|| lineage::write_trace(&tracing, file, &path))?;
            let (mut file, path) = update.add(TRACE_REPORT)?;
            file.write_all(&json).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        for (path, graph) in [(&self.graphviz, render::dot as fn(&Lineage) -> String), (&self.mermaid, render::mermaid)] {
            if let Some(path) = path {
                std::fs::write(path, graph(&tracing.lineage)).with_context(|| format!("cannot write `{}`", path.display()))?;
            }
        }
        if let Some(update) = update {
            update.commit(&TRACED)?;
        }
        bar.finish();
        let shown = (self.output.format == Format::Json).then_some(&json[..]);
        let losses = losses(objects, &tracing.lost, &made);
        report::show(shown, self.output.quiet, |out| {
            writeln!(out, "case      {}", page::clean(&case.folder().to_string_lossy()))?;
            writeln!(out, "start     {}", page::clean(&self.started_from()))?;
            if degraded > 0 {
                writeln!(out, "          {} of root from event history CSV, too little to be followed", report::things(degraded, "line"))?;
            }
            if none && degraded == 0 && self.start() == Start::Root {
                writeln!(out, "          no use of root was found in the window, so there is nothing to follow")?;
                basis.write(out)?;
            }
            text(out, &tracing, &story, &new_regions)?;
            report::losses(out, &losses)
        })?;
        let is_whole = losses.complete && !lacks && (!none || basis.is_whole());
        Ok(if is_whole { Exit::Clean } else { Exit::Incomplete })
    }

    fn start(&self) -> Start {
        match (&self.from_event, &self.from_key, &self.from_principal) {
            (Some(id), ..) => Start::Event(id.clone()),
            (_, Some(key), _) => Start::Key(key.clone()),
            (.., Some(arn)) => Start::Principal(arn.clone()),
            _ => Start::Root,
        }
    }

    fn started_from(&self) -> String {
        match self.start() {
            Start::Root => self.incident.as_ref().map_or_else(|| "use of root".to_owned(), |id| format!("use of root in incident {id}")),
            Start::Event(id) => format!("event {id}"),
            Start::Key(key) => format!("key {key}"),
            Start::Principal(arn) => arn,
        }
    }

    /// A case and the evidence that it is of; or how a dry run ended.
    fn prepared(&self, begun: &Begun, filter: &Filter, bar: &Bar) -> anyhow::Result<Result<Prepared, Exit>> {
        let given = self.reading.evidence();
        if self.case.is_none()
            && let Some((first, rest)) = given.split_first()
            && let Ok(case) = Case::open(first)
        {
            anyhow::ensure!(!self.reading.dry_run, "a finished case is traced as it is; `--dry-run` is for evidence");
            held::check(&case, filter)?;
            let made = if rest.is_empty() { made_of(&case)? } else { Vec::new() };
            let evidence = if rest.is_empty() { made.iter().map(|made| PathBuf::from(&made.path)).collect() } else { rest.to_vec() };
            let evidence = self.local(evidence, filter, bar)?;
            return Ok(Ok(Prepared { case, evidence, made, is_new: false, lacks: false }));
        }
        if self.reading.dry_run {
            let sources = self.reading.sources(self.case.as_deref().unwrap_or(Path::new("")), filter)?;
            return plan::show(&sources, filter, self.output.format).map(Err);
        }
        let folder = self.case.as_deref().context("the evidence is not a finished case: give the folder for one with `--case DIR`")?;
        spare(&self.reading, folder, &TRACED)?;
        let evidence = self.local(given.to_vec(), filter, bar)?;
        let config = self.reading.config(begun, folder)?;
        let sources = self.reading.sources_of(&evidence, folder, filter)?;
        anyhow::ensure!(sources.stdin.is_none(), "a trace reads its evidence several times, and standard input can be read once");
        let gathering = Gathering { reading: &self.reading, config, start: begun, folder, rescan: false, sources: &sources };
        gather_for(gathering, &TRACED, bar, |_, _, _| Ok(()))?;
        let lacks = held::note(folder, filter)?;
        Ok(Ok(Prepared { case: Case::open(folder)?, evidence, made: Vec::new(), is_new: true, lacks }))
    }

    /// The evidence with copies in place of what is in S3: nothing is fetched twice.
    fn local(&self, evidence: Vec<PathBuf>, filter: &Filter, bar: &Bar) -> anyhow::Result<Vec<PathBuf>> {
        let (remote, mut local): (Vec<_>, Vec<_>) = evidence.into_iter().partition(|path| is_remote(path));
        if remote.is_empty() {
            return Ok(local);
        }
        let folder =
            self.copy.as_deref().context("a trace reads evidence several times: give a folder for a copy of it with `--copy DIR`")?;
        let everywhere = Filter { from: filter.from, to: filter.to, ..Filter::default() };
        let sources = self.reading.sources_of(&remote, folder, &everywhere)?;
        let one = sources.s3.len() == 1;
        for bucket in &sources.s3 {
            let to = if one { folder.to_path_buf() } else { folder.join(&bucket.report().bucket) };
            bar.say("copying");
            let copied = copy::copy(bucket, &to, bar)?;
            anyhow::ensure!(copied.lost.is_empty(), "{} objects of `{}` could not be fetched", copied.lost.len(), bucket.report().bucket);
            local.push(to);
        }
        Ok(local)
    }
}

/// What paths of evidence begin with now, and began with when the case was made of it.
fn called(made: &[Evidence]) -> Vec<(String, String)> {
    made.iter().filter(|made| made.path != made.given).map(|made| (made.path.clone(), made.given.clone())).collect()
}

/// What was lost when the case was made, and what has been lost since: what a pass could not read, and what is not there any more.
fn losses(objects: Vec<manifest::Row>, lost: &[manifest::Row], made: &[Evidence]) -> Losses {
    let mut all: BTreeMap<String, manifest::Row> = BTreeMap::new();
    for row in objects {
        if row.status.is_loss() {
            all.insert(row.uri.clone(), row);
        } else if row.records > 0 && is_gone(&row.uri, made) {
            let reason = Some("it was there when the case was made, and is no more".to_owned());
            all.insert(row.uri.clone(), manifest::Row { status: manifest::Status::Damaged, reason, ..row });
        }
    }
    for row in lost {
        all.entry(row.uri.clone()).or_insert_with(|| row.clone());
    }
    Losses::of(&all.into_values().collect::<Vec<_>>())
}

/// Whether a file that a case was made of, or the archive that it was in, is not there any more; of names that are no text nobody can tell.
fn is_gone(uri: &str, made: &[Evidence]) -> bool {
    let is_path = |made: &&Evidence| !is_remote(Path::new(&made.given)) && uri.starts_with(&made.given);
    let of = made.iter().filter(is_path).max_by_key(|made| made.given.len());
    let path = of.map(|made| format!("{}{}", made.path, &uri[made.given.len()..]));
    let is_there = |path: String| {
        let mut places = path.match_indices("!/").map(|(place, _)| &path[..place]).chain([&path[..]]);
        places.any(|path| Path::new(path).exists())
    };
    path.is_some_and(|path| !path.contains(char::REPLACEMENT_CHARACTER) && !is_there(path))
}

/// The evidence that a case was made of.
fn made_of(case: &Case) -> anyhow::Result<Vec<Evidence>> {
    let path = case.file(SUMMARY);
    let text = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let made: Made = serde_json::from_slice(&text).with_context(|| format!("`{}` is not a summary of a case", path.display()))?;
    anyhow::ensure!(!made.run.evidence.is_empty(), "the case does not say where its evidence lies: give it after the case");
    Ok(made.run.evidence)
}

/// Account and beginning of an incident.
fn incident(case: &Case, id: &str) -> anyhow::Result<(String, Micros)> {
    let path = case.file(INCIDENTS);
    anyhow::ensure!(path.is_file(), "the case has no incidents yet: run `rootline incidents` on it");
    let table = Table::columns(&path, &["incident_id", "account_id", "first_event_time"])?;
    let row = (0..table.len()).find(|row| table.text("incident_id", *row) == Some(id));
    let row = row.ok_or_else(|| {
        let known: Vec<&str> = table.cells("incident_id").take(report::LISTED).filter_map(Cell::text).collect();
        let what = format!("no incident `{id}` in `{}`", case.folder().display());
        Error::NotHeld { what, holds: format!("the case holds {} incidents: {}", table.len(), known.join(", ")) }
    })?;
    Ok((table.text("account_id", row).unwrap_or_default().to_owned(), table.time("first_event_time", row).unwrap_or_default()))
}

/// Root's records of a case within the terms.
fn roots(case: &Case, objects: &[manifest::Row], filter: &Filter) -> anyhow::Result<Roots> {
    const COLUMNS: [&str; 6] = ["event_time", "account_id", "class", "object_uri", "record_index", "record"];
    let timeline = Table::columns(&case.file(TIMELINE), &COLUMNS)?;
    let mut cells = COLUMNS.map(|name| timeline.cells(name));
    let row = |_| {
        let [time, account, class, uri, index, record] = cells.each_mut().map(|cells| cells.next().unwrap_or(Cell::Null));
        let class = Class::ALL.into_iter().find(|known| class.text() == Some(known.name()))?;
        Some(Labelled {
            event_time: time.time(),
            class,
            json: record.text().unwrap_or_default(),
            uri: uri.text().unwrap_or_default(),
            record_index: index.number().unwrap_or_default(),
            // What others did to root, opening a session of it among that, is shown whatever the account.
            is_shown: !class.is_usage() || filter.admits(time.time(), account.text().unwrap_or_default(), None),
        })
    };
    Ok(Roots::new(objects, (0..timeline.len()).filter_map(row))?)
}

/// The phases of all traced records, by where they started and in the order in which they began.
fn story(tracing: &Tracing) -> Vec<Chapter> {
    let mut chapters: BTreeMap<(NodeId, Phase), Chapter> = BTreeMap::new();
    let mut starts: BTreeMap<NodeId, Micros> = BTreeMap::new();
    let lineage = &tracing.lineage;
    let title = |node: NodeId| {
        let node = &lineage.nodes[node as usize];
        if node.depth == 0 && !node.account.is_empty() { format!("{} {}", node.title(), node.account) } else { node.title() }
    };
    let mut parser = Parser::default();
    for traced in &lineage.traced {
        let record = tracing.record(traced.handle);
        let told = parser.with(record.json, |value| {
            let record = Record::read(value);
            let (source, name) = (record.event_source.unwrap_or_default(), record.event_name.unwrap_or_default());
            let (phase, _) = phase::of(source, name, record.read_only == Some(true))?;
            Some((phase, format!("{}:{name}", source.strip_suffix(".amazonaws.com").unwrap_or(source))))
        });
        let Some(start) = lineage.path(traced.step).first().copied() else { continue };
        let begun = *starts.entry(start).or_insert(traced.time);
        let Some((phase, event)) = told.ok().flatten() else { continue };
        let chapter = chapters.entry((start, phase)).or_insert_with(|| Chapter {
            start: title(start),
            phase: phase.name(),
            first_event_time: time::format(traced.time),
            last_event_time: String::new(),
            seconds_since_start: traced.time.saturating_sub(begun) as f64 / 1e6,
            records: 0,
            first_event: event,
            identity: lineage.nodes[traced.node as usize].title(),
            first: traced.time,
        });
        chapter.records += 1;
        chapter.last_event_time = time::format(traced.time);
    }
    let mut story: Vec<((NodeId, Phase), Chapter)> = chapters.into_iter().collect();
    story.sort_by_key(|((start, phase), chapter)| (starts.get(start).copied(), *start, chapter.first, *phase));
    story.into_iter().map(|(_, chapter)| chapter).collect()
}

/// Regions of launches in which an account had no record before, where the names of logs tell of regions at all.
fn new_regions(lineage: &Lineage, objects: &[manifest::Row]) -> BTreeMap<String, BTreeSet<String>> {
    let mut new: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut known: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for launched in &lineage.hijack.instances {
        let before = known.entry(&launched.account).or_insert_with(|| {
            let first = lineage.traced.first().map_or(launched.launched, |traced| traced.time);
            trace::regions_before(objects, &launched.account, first)
        });
        if !before.is_empty() && !before.contains(&launched.region) {
            new.entry(launched.account.clone()).or_default().insert(launched.region.clone());
        }
    }
    new
}

fn text(out: &mut impl Write, tracing: &Tracing, story: &[Chapter], new_regions: &BTreeMap<String, BTreeSet<String>>) -> io::Result<()> {
    let lineage = &tracing.lineage;
    let (nodes, traced) = (lineage.nodes.len() as u64, lineage.traced.len() as u64);
    writeln!(
        out,
        "traced    {} by {}, in {} over the evidence",
        report::things(traced, "record"),
        if nodes == 1 { "1 identity or credential".to_owned() } else { format!("{} identities and credentials", count(nodes)) },
        if tracing.passes.len() == 1 { "1 pass".to_owned() } else { format!("{} passes", tracing.passes.len()) }
    )?;
    for of_start in story.chunk_by(|one, other| one.start == other.start) {
        writeln!(out, "\nwhat came of {}", page::clean(&of_start[0].start))?;
        for chapter in of_start {
            let after = if chapter.seconds_since_start == 0.0 {
                String::new()
            } else {
                format!("+{}", span((chapter.seconds_since_start * 1e6) as Micros))
            };
            let (event, by) = (page::clean(&chapter.first_event), page::clean(&chapter.identity));
            let records = report::things(chapter.records, "record");
            writeln!(out, "  {}  {after:<20}  {:<20}  {event} by {by}, {records}", chapter.first_event_time, chapter.phase)?;
        }
    }
    writeln!(out)?;
    write!(out, "{}", render::tree(lineage, &|text| page::clean(text).into_owned()))?;
    for (account, regions) in new_regions {
        let regions: Vec<&str> = regions.iter().map(String::as_str).collect();
        writeln!(out, "\nNever active before in {}: {}", page::clean(account), page::clean(&regions.join(", ")))?;
    }
    Ok(())
}
