//! What `rootline detect` says to people.

use super::{Detected, total};
use crate::cli::incidents::span;
use crate::cli::page;
use crate::cli::report::{LISTED, count, things};
use crate::evidence::record::time::{self, Micros};
use crate::review::detect::alerts::{Act, Alert, Vendor};
use crate::review::detect::metrics::{self};
use crate::review::detect::{Answer, Flag, Matching, Outcome, Unmatched};
use crate::review::session::Incident;
use crate::statistics::Amount;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

pub(super) fn text(out: &mut impl Write, detected: &Detected<'_, '_>) -> io::Result<()> {
    let Detected { imports, alerts, copies, review, matching, answers, terms } = detected;
    let of_vendor = |vendor: Vendor| alerts.iter().filter(|alert| alert.vendor == vendor).count() as u64;
    let vendors: Vec<String> = Vendor::ALL
        .into_iter()
        .filter(|vendor| of_vendor(*vendor) > 0)
        .map(|vendor| format!("{} {}", vendor.name(), count(of_vendor(vendor))))
        .collect();
    if imports.is_empty() {
        writeln!(out, "alerts    none given: only the delivery of logs is known, which no detection from logs can beat")?;
    } else {
        let (alerts, files) = (count(alerts.len() as u64), things(imports.len() as u64, "file"));
        let folded = if *copies > 0 {
            format!(", {} folded", if *copies == 1 { "a further copy".to_owned() } else { format!("{} further copies", count(*copies)) })
        } else {
            String::new()
        };
        writeln!(out, "alerts    {alerts} in {files}{folded}")?;
        writeln!(out, "          {}", vendors.join(", "))?;
    }
    if !matching.central.is_empty() {
        let accounts: Vec<_> = matching.central.iter().map(|account| page::clean(account)).collect();
        writeln!(out, "          alarms in {} are taken to be central: their account is not what they are about", accounts.join(", "))?;
    }
    for import in *imports {
        let name = page::clean(import.file.path()).into_owned();
        if let Some(truncated) = &import.truncated {
            writeln!(out, "          {name} is not whole: {}", page::clean(truncated))?;
        }
        for problem in import.problems.iter().take(LISTED) {
            writeln!(out, "          {name}: {}", page::clean(problem))?;
        }
        if import.problems.len() > LISTED {
            writeln!(out, "          {name}: and {} more, in detection.json", import.problems.len() - LISTED)?;
        }
    }
    writeln!(out)?;
    let none = Answer::nothing();
    let answer = |number: usize| answers.get(number).unwrap_or(&none);
    let all = review.incidents.iter().enumerate().map(|(number, incident)| (incident, answer(number)));
    let used: Vec<(&Incident<'_>, &Answer)> = all.filter(|(incident, _)| incident.is_use()).collect();
    incidents(out, &used)?;
    write!(out, "in all    {} of root use", things(used.len() as u64, "incident"))?;
    if answers.is_empty() {
        writeln!(out)?;
    } else {
        let of = |outcome: Outcome| used.iter().filter(|(_, answer)| answer.outcome == outcome).count();
        let (taken, alerted, undetected) = (of(Outcome::Acknowledged), of(Outcome::Alerted), of(Outcome::Undetected));
        let undecided = of(Outcome::Undecided);
        let undecided =
            if undecided > 0 { format!(", {undecided} undecided (an alert fits other incidents as well)") } else { String::new() };
        writeln!(out, ": {taken} acknowledged, {alerted} alerted and not acknowledged{undecided}, {undetected} undetected")?;
        let wordless = matching.unmatched.iter().filter(|(_, why)| *why == Unmatched::NoWordOfRoot).count() as u64;
        if undetected > 0 && wordless > 0 {
            writeln!(
                out,
                "          {} not matched by its words may be about an incident called undetected; see below",
                things(wordless, "alert")
            )?;
        }
    }
    if !used.is_empty() {
        figures(out, &total(detected), terms)?;
    }
    unmatched(out, alerts, matching)
}

/// One line an incident.
fn incidents(out: &mut impl Write, used: &[(&Incident<'_>, &Answer)]) -> io::Result<()> {
    if used.is_empty() {
        return Ok(());
    }
    let mut table = page::table();
    table.set_header(["incident", "first use", "delivered", "alert", "acknowledged", "by", "resolved", "alerts", "flags"]);
    let after = |time: Option<Micros>, from: Option<Micros>| match (time, from) {
        (Some(time), Some(from)) if time < from => format!("-{}", span(from - time)),
        (Some(time), Some(from)) => format!("+{}", span(time - from)),
        (Some(time), None) => time::format(time),
        _ => "-".to_owned(),
    };
    // What no person is known to have done stands in brackets.
    let or_beside = |time: Option<Micros>, from: Option<Micros>, beside: Option<&Act>| match (time, beside) {
        (None, Some(act)) => format!("({})", after(Some(act.at), from)),
        _ => after(time, from),
    };
    for (incident, answer) in used {
        let flags: Vec<&str> = answer.flags.iter().copied().map(Flag::name).collect();
        let by = match (answer.acknowledged, &answer.acknowledged_beside) {
            (None, Some(act)) => format!("({})", page::clean(act.by.as_deref().unwrap_or(act.kind.name()))),
            _ => page::clean(answer.acknowledged_by.as_deref().unwrap_or("-")).into_owned(),
        };
        table.add_row([
            page::clean(&incident.id).into_owned(),
            incident.first_use.map_or_else(String::new, time::format),
            after(incident.first_delivery, incident.first_use),
            after(answer.first_alert, incident.first_use),
            or_beside(answer.acknowledged, incident.first_use, answer.acknowledged_beside.as_ref()),
            by,
            or_beside(answer.resolved, answer.first_alert, answer.resolved_beside.as_ref()),
            answer.ground.map_or_else(|| "0".to_owned(), |ground| format!("{} by {}", answer.alerts, ground.name())),
            if flags.is_empty() { "-".to_owned() } else { flags.join(", ") },
        ]);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    let flags: BTreeSet<Flag> = used.iter().flat_map(|(_, answer)| answer.flags.iter().copied()).collect();
    for flag in flags {
        writeln!(out, " {}: {}", flag.name(), flag.sentence())?;
    }
    writeln!(out)
}

/// A duration in seconds as every command prints it, `-` where it is not known.
pub(in crate::cli) fn said(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "-".to_owned(), |seconds| span((seconds * 1e6) as Micros))
}

fn figures(out: &mut impl Write, figures: &[(&metrics::Metric, Amount)], terms: &metrics::Terms) -> io::Result<()> {
    let get = |name: &str| figures.iter().find(|(metric, _)| metric.name == name).map_or_else(Amount::default, |(_, figure)| *figure);
    let mut table = page::table();
    table.set_header(["", "median", "p90", "p95", "max", "incidents"]);
    for (name, title) in [
        ("delivery_latency", "delivery latency"),
        ("time_to_alert", "time to alert"),
        ("time_to_detect", "time to detect"),
        ("time_to_remediate", "time to remediate"),
    ] {
        let figure = |quantile: &str| get(&format!("{name}_{quantile}"));
        let known = figure("median");
        if known.denominator.is_none() {
            continue;
        }
        table.add_row([
            title.to_owned(),
            said(known.value),
            said(figure("p90").value),
            said(figure("p95").value),
            said(figure("max").value),
            format!("{} of {}", known.numerator.unwrap_or(0), known.denominator.unwrap_or(0)),
        ]);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    let objective = get("share_within_objective");
    if objective.denominator.is_none() {
        return Ok(());
    }
    let share = |figure: &Amount| match (figure.value, figure.lower, figure.upper) {
        (Some(value), Some(lower), Some(upper)) => {
            format!("{:.1} %, 95 % interval {:.1} to {:.1} %", value * 100.0, lower * 100.0, upper * 100.0)
        }
        _ => "undefined".to_owned(),
    };
    writeln!(
        out,
        "objective {} of {} incidents acknowledged within {} ({})",
        objective.numerator.unwrap_or(0),
        objective.denominator.unwrap_or(0),
        span(terms.objective),
        share(&objective)
    )?;
    let survival = get("time_to_detect_survival_median");
    if survival.numerator != survival.denominator && survival.numerator > Some(0) {
        let until = |end: Option<f64>| end.map_or_else(|| "unbounded".to_owned(), |end| said(Some(end)));
        let value = survival.value.map_or_else(|| "undefined".to_owned(), |value| said(Some(value)));
        writeln!(out, "          median time to detect with the undetected counted as such until {}:", time::format(terms.until))?;
        writeln!(out, "          {value} (95 % interval {} to {})", until(survival.lower), until(survival.upper))?;
        writeln!(out, "          the plain median knows only what was acknowledged, and looks better the more is missed")?;
    }
    Ok(())
}

/// Alerts that belong to no incident.
fn unmatched(out: &mut impl Write, alerts: &[Alert], matching: &Matching) -> io::Result<()> {
    if matching.unmatched.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nunmatched {}", things(matching.unmatched.len() as u64, "alert"))?;
    let mut reasons: BTreeMap<_, Vec<&Alert>> = BTreeMap::new();
    matching.unmatched.iter().for_each(|(alert, why)| reasons.entry(*why).or_default().push(&alerts[*alert]));
    for (why, alerts) in reasons {
        writeln!(out, "          {}: {}", count(alerts.len() as u64), why.sentence())?;
        for alert in alerts.iter().take(3) {
            let time = alert.raised.or(alert.first_seen).map_or_else(|| "(no time)".to_owned(), time::format);
            let name = if alert.title.is_empty() { &alert.kind } else { &alert.title };
            writeln!(out, "            {time}  {} {}  {}", alert.vendor.name(), page::clean(&alert.id), page::clean(name))?;
        }
    }
    Ok(())
}
