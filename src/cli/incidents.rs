//! `rootline incidents`.

use super::basis::Basis;
use super::held;
use super::reading::Format;
use super::report::{self, LISTED, count, things};
use super::review::{self, Flags};
use super::window::Window;
use super::{Exit, page};
use crate::case::{Case, INCIDENTS, REVIEW, REVIEWED};
use crate::error::Error;
use crate::evidence::record::time::{self, Micros};
use crate::review::session::break_glass::{BreakGlass, Verdict};
use crate::review::session::{Entry, Incident, Pattern, Review, Spray, entries};
use chrono::Utc;
use clap::Args;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;

/// Put the timeline of a case together to sessions and incidents.
#[derive(Debug, Args)]
#[command(
    after_help = "Fills incident_id, session_id and break_glass of timeline.parquet, and adds incidents.parquet and incidents.json to the case. What is shown can be narrowed; \
    what is written is always all of it. With `--incident` nothing is written, and a review that comes out as the last one leaves the case as it is; \
    a review that differs removes what `rootline detect` made of the last one, and says so.\n\
    Exit codes: 0 done, 1 there is use that no break-glass window approves (only with `--break-glass`), 2 could not run, also where the case does not hold the account, window or \
    incident asked for, 3 there is no incident, and the case holds no record or lost evidence."
)]
pub(super) struct Incidents {
    /// The folder of the case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Show this incident with its sessions, records and signals, and change nothing in the case
    #[arg(long, value_name = "ID")]
    incident: Option<String>,
    #[command(flatten)]
    window: Window,
    #[command(flatten)]
    flags: Flags,
    /// How the incidents are written to standard output
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write nothing to standard output
    #[arg(long, short)]
    quiet: bool,
}

impl Incidents {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let case = Case::open(&self.case)?;
        let basis = Basis::of(&case)?;
        let terms = self.flags.terms(Some(&case))?;
        let filter = self.window.filter(Utc::now())?;
        held::check(&case, &filter)?;
        let timeline = review::timeline_of(&case)?;
        let entries = entries(&timeline);
        let review = Review::new(&entries, &terms.terms());
        let shown: Vec<&Incident<'_>> = match &self.incident {
            Some(id) => review.incidents.iter().filter(|incident| incident.id == *id).collect(),
            None => review
                .incidents
                .iter()
                .filter(|incident| {
                    filter.admits(Some(incident.first), incident.account, None)
                        || filter.admits(Some(incident.last), incident.account, None)
                })
                .collect(),
        };
        if let (Some(id), true) = (&self.incident, shown.is_empty()) {
            let known = some(review.incidents.iter().map(|incident| &*incident.id), LISTED);
            let holds = if review.incidents.is_empty() { "no incident".to_owned() } else { format!("the incidents {known}") };
            let (what, holds) = (format!("no incident `{id}` in `{}`", self.case.display()), format!("the case holds {holds}"));
            return Err(Error::NotHeld { what, holds }.into());
        }
        let document = review::document(&terms, &entries, &review)?;
        // A review that comes out as the last one leaves the case as it is, and what stands on that review.
        let is_kept = std::fs::read(case.file(REVIEW)).is_ok_and(|kept| kept == document) && case.file(INCIDENTS).is_file();
        // One incident is a look, which changes nothing.
        if self.incident.is_none()
            && !is_kept
            && let Some(mut update) = review::writable(&case)?
        {
            review::add(&mut update, &case, entries.len(), &review, &[], &document)?;
            review::note_removed(&update.commit(&REVIEWED)?);
        }
        let json = (self.format == Format::Json).then_some(&document[..]);
        report::show(json, self.quiet, |out| match shown[..] {
            [incident] if self.incident.is_some() => story(out, &entries, &review, incident),
            _ => table(out, &review, &shown).and_then(|()| if shown.is_empty() { basis.write(out) } else { Ok(()) }),
        })?;
        let unapproved =
            |incident: &Incident<'_>| incident.is_use() && incident.break_glass.is_some_and(|verdict| verdict != Verdict::Approved);
        let is_unapproved = if self.incident.is_some() {
            shown.iter().any(|incident| unapproved(incident))
        } else {
            review.incidents.iter().any(unapproved)
        };
        Ok(if is_unapproved {
            Exit::Findings
        } else if review.incidents.is_empty() && !basis.is_whole() {
            Exit::Incomplete
        } else {
            Exit::Clean
        })
    }
}

/// A span as people say it, to the nearest second, in every table of every command.
pub(super) fn span(micros: Micros) -> String {
    let seconds = micros.unsigned_abs().saturating_add(500_000) / 1_000_000;
    let sign = if micros < 0 && seconds > 0 { "-" } else { "" };
    let text = humantime::format_duration(std::time::Duration::from_secs(seconds)).to_string();
    format!("{sign}{text}")
}

/// A few items of a set.
fn some<'i>(items: impl IntoIterator<Item = &'i str>, most: usize) -> String {
    let items: Vec<&str> = items.into_iter().collect();
    let mut text: Vec<String> = items.iter().take(most).map(|item| page::clean(item).into_owned()).collect();
    if items.len() > most {
        text.push(format!("and {} more", items.len() - most));
    }
    if text.is_empty() { "-".to_owned() } else { text.join(", ") }
}

fn mfa(incident: &Incident<'_>) -> &'static str {
    incident.mfa.map_or("-", crate::review::session::Mfa::name)
}

/// Signals by what they speak for: `takeover: new_address, persistence`.
fn signals(incident: &Incident<'_>) -> String {
    let patterns: BTreeSet<Pattern> = incident.signals.iter().map(|signal| signal.pattern).collect();
    let of = |pattern: Pattern| {
        let names: Vec<&str> = incident.signals.iter().filter(|signal| signal.pattern == pattern).map(|signal| signal.name).collect();
        format!("{}: {}", pattern.name(), names.join(", "))
    };
    patterns.into_iter().rev().map(of).collect::<Vec<_>>().join("; ")
}

fn table(out: &mut impl Write, review: &Review<'_>, shown: &[&Incident<'_>]) -> io::Result<()> {
    let (uses, attempts): (Vec<_>, Vec<_>) = shown.iter().copied().partition(|incident| incident.is_use());
    let judged = review.break_glass.is_some();
    if !uses.is_empty() {
        let mut table = page::table();
        let mut header = vec!["incident", "lasted", "use", "writes", "denied", "failed", "from", "credentials", "mfa", "signals"];
        if judged {
            header.insert(1, "break-glass");
        }
        table.set_header(header);
        for incident in &uses {
            let mut row = vec![
                page::clean(&incident.id).into_owned(),
                span(incident.last - incident.first),
                count(incident.usage),
                count(incident.writes),
                count(incident.denied),
                count(incident.failed),
                some(incident.source_ips.iter().copied(), 2),
                some(incident.credentials.iter().copied(), 4),
                mfa(incident).to_owned(),
                signals(incident),
            ];
            if judged {
                row.insert(1, incident.break_glass.map_or("-", Verdict::name).to_owned());
            }
            table.add_row(row);
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out)?;
    }
    let line = |out: &mut dyn Write, name: &str, text: &dyn Display| writeln!(out, "{name:<10}{text}");
    let of_use = |number: usize| things(number as u64, "incident");
    line(out, "in all", &format!("{} of root use", of_use(uses.len())))?;
    if !attempts.is_empty() {
        let records: u64 = attempts.iter().map(|incident| incident.attempts).sum();
        let accounts: BTreeSet<&str> = attempts.iter().map(|incident| incident.account).collect();
        let (attempted, accounts) = (things(records, "attempt"), things(accounts.len() as u64, "account"));
        let text = format!("{} with {attempted} and no use, in {accounts}", of_use(attempts.len()));
        line(out, "", &text)?;
        let accepted = |incident: &&&Incident<'_>| incident.signals.iter().any(|signal| signal.name == "password_accepted");
        for incident in attempts.iter().filter(accepted).take(LISTED) {
            line(out, "", &format!("{}: a password was accepted, and nobody signed in with it", page::clean(&incident.id)))?;
        }
    }
    for spray in review.sprays.iter().take(LISTED) {
        line(out, "spray", &sprayed(spray))?;
        for used in spray.used.iter().take(LISTED) {
            let how = if used.by == "address" { "from there" } else { "by the same client" };
            line(
                out,
                "",
                &format!("used {how}: {} in {} at {}", page::clean(&used.action), page::clean(used.account), time::format(used.time)),
            )?;
        }
    }
    if review.unplaced > 0 {
        line(out, "", &format!("{} activities have no time and are in no incident", count(review.unplaced)))?;
    }
    if let Some(windows) = &review.break_glass {
        break_glass(out, windows)?;
    }
    // The one with the most to say.
    let weight = |incident: &&&Incident<'_>| incident.signals.iter().filter(|signal| signal.pattern != Pattern::BreakGlass).count();
    if let Some(incident) = uses.iter().rev().max_by_key(weight) {
        line(out, "details", &format!("rootline incidents CASE --incident {}", page::clean(&incident.id)))?;
    }
    Ok(())
}

/// Attempts at root of several accounts, in one line; what followed comes first.
pub(super) fn sprayed(spray: &Spray<'_>) -> String {
    let Spray { addresses, accounts, attempts, first, last, accepted, used, network, .. } = spray;
    let from = if addresses.len() == 1 {
        some(addresses.iter().copied(), 1)
    } else {
        format!("{} addresses in {network}", count(addresses.len() as u64))
    };
    let followed = match (used.len() as u64, accepted.len() as u64) {
        (0, 0) => "no use of root from there followed".to_owned(),
        (0, accepted) => format!("a password was accepted in {}, and no use of root from there followed", things(accepted, "account")),
        (used, _) => format!("root was used afterwards in {}", things(used, "account")),
    };
    let (attempts, accounts) = (things(*attempts, "attempt"), things(accounts.len() as u64, "account"));
    format!("{followed}: {attempts} at root of {accounts} from {from}, {} to {}", time::format(*first), time::format(*last))
}

/// What came of the windows.
fn break_glass(out: &mut impl Write, windows: &BreakGlass) -> io::Result<()> {
    let all: Vec<_> = windows.windows().collect();
    let unused: Vec<_> = all.iter().filter(|(_, approved, out_of_scope)| approved + out_of_scope == 0).collect();
    writeln!(out, "windows   {}, {} of them never used", things(all.len() as u64, "break-glass window"), unused.len())?;
    for (window, ..) in unused {
        let name = window.name();
        writeln!(out, "          never used: {}, {} to {}", page::clean(&name), time::format(window.start), time::format(window.end))?;
    }
    for (one, other) in windows.overlaps() {
        writeln!(out, "          overlap: {} and {}", page::clean(&one.name()), page::clean(&other.name()))?;
    }
    Ok(())
}

/// Records shown of each session.
const SHOWN: usize = 40;

/// One incident from beginning to end.
fn story(out: &mut impl Write, entries: &[Entry<'_>], review: &Review<'_>, incident: &Incident<'_>) -> io::Result<()> {
    let mut line = |name: &str, text: &str| writeln!(out, "{name:<14}{text}");
    line("incident", &page::clean(&incident.id))?;
    line(
        "time",
        &format!("{} to {} ({})", time::format(incident.first), time::format(incident.last), span(incident.last - incident.first)),
    )?;
    let Incident { usage, writes, denied, failed, attempts, attempts_before, .. } = incident;
    line(
        "records",
        &format!("{usage} of use ({writes} that may have changed something, {denied} denied, {failed} failed), {attempts} attempts"),
    )?;
    if *attempts_before > 0 {
        line("before", &format!("{attempts_before} attempts from the same address in the days before"))?;
    }
    line("credentials", &some(incident.credentials.iter().copied(), 10))?;
    if !incident.long_term_keys.is_empty() {
        line("keys", &some(incident.long_term_keys.iter().copied(), 10))?;
    }
    line("mfa", mfa(incident))?;
    line("from", &some(incident.source_ips.iter().copied(), 10))?;
    match &incident.new_source_ips {
        None => line("", "no earlier use of this root to compare with")?,
        Some(new) if new.is_empty() => line("", "all of them known from earlier use")?,
        Some(new) => line("", &format!("never before: {}", some(new.iter().copied(), 10)))?,
    }
    let counted = |counts: &std::collections::BTreeMap<&str, u64>| {
        let items: Vec<String> = counts.iter().map(|(name, number)| format!("{} {number}", page::clean(name))).collect();
        if items.is_empty() { "-".to_owned() } else { items.join(", ") }
    };
    line("phases", &counted(&incident.phases))?;
    line("services", &counted(&incident.services))?;
    line("regions", &some(incident.regions.iter().copied(), 20))?;
    line("need for root", &counted(&incident.need))?;
    if let Some(verdict) = incident.break_glass {
        let tickets = incident.tickets.iter().map(String::as_str);
        line("break-glass", &format!("{} (tickets: {})", verdict.name(), some(tickets, 5)))?;
        incident.break_glass_reasons.iter().take(10).try_for_each(|reason| line("", &page::clean(reason)))?;
    }
    if let Some(delivery) = incident.first_delivery {
        let since = incident.first_use.map_or_else(String::new, |first| format!(", {} after the first use", span(delivery - first)));
        line("delivered", &format!("{}{since}", time::format(delivery)))?;
    }
    writeln!(out)?;
    for signal in &incident.signals {
        writeln!(out, "{:<14}{}: {} ({})", signal.pattern.name(), signal.name, signal.says, count(signal.records))?;
        for row in signal.entries.iter().take(3) {
            writeln!(out, "              {}", record(&entries[*row]))?;
        }
        if signal.entries.len() > 3 {
            writeln!(out, "              and {} more", signal.entries.len() - 3)?;
        }
    }
    let of_incident: BTreeSet<usize> = incident.entries.iter().filter_map(|row| review.session_of[*row]).collect();
    for session in of_incident.into_iter().map(|number| &review.sessions[number]) {
        writeln!(out, "\nsession {}", page::clean(&session.id))?;
        if let Some(parent) = session.parent {
            writeln!(out, "  its credentials were issued in session {}", page::clean(&review.sessions[parent].id))?;
        }
        for row in session.entries.iter().take(SHOWN) {
            writeln!(out, "  {}", record(&entries[*row]))?;
        }
        if session.entries.len() > SHOWN {
            writeln!(out, "  and {} more: rootline show CASE", session.entries.len() - SHOWN)?;
        }
    }
    Ok(())
}

/// One record in a line.
fn record(entry: &Entry<'_>) -> String {
    let time = entry.time.map_or_else(|| "(no time)".to_owned(), time::format);
    let outcome = entry.outcome.map_or("-", crate::evidence::record::outcome::Outcome::name);
    let text = format!("{time}  {:<40}  {outcome:<7}  {}", entry.action(), entry.address.unwrap_or("-"));
    page::clean(&text).trim_end().to_owned()
}
