//! PagerDuty: incidents, log entries and the raw incidents of its analytics.
//!
//! An incident's list of acknowledgements is emptied when it is resolved or triggered again, so an empty one says nothing (facts:
//! ticketing exports). Log entries keep everything; given together with incidents, they complete them.

use super::actor::{Act, Actor};
use super::alert::{Alert, Vendor};
use super::around::Around;
use super::field::{at, count, has_object, id, list, text};
use super::format::{Fit, Format, Items, Reader};
use super::note::Note;
use super::reading::Reading;
use crate::evidence::record::time::Micros;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const FORMAT: Format = Format {
    vendor: Vendor::PagerDuty,
    forms: "PagerDuty incidents, log entries, webhooks and analytics",
    items: Some(Items {
        lists: &["incidents", "incident", "log_entries", "log_entry", "data"],
        reader: |_| Box::new(Incidents::default()),
    }),
    sheet: None,
};

#[derive(Default)]
struct Incidents {
    /// Log entries by their incident.
    log: BTreeMap<String, Vec<Entry>>,
}

/// What a log entry is of; the order of those at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Resolved,
    Triggered,
    Reopened,
    Acknowledged,
    Unacknowledged,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Micros,
    what: What,
    by: Option<String>,
    kind: Actor,
    title: Option<String>,
    words: Vec<String>,
    notes: BTreeSet<Note>,
    position: u64,
}

/// The kinds of item.
enum Kind {
    Incident,
    Log,
    Analytics,
    Webhook,
}

/// A webhook of the third version: one thing that happened to an incident, which is what a log entry tells.
fn of_webhook(item: &Value) -> Option<Value> {
    let event = at(item, "event").filter(|event| text(event, "resource_type") == Some("incident"))?;
    let what = match text(event, "event_type")?.strip_prefix("incident.")? {
        "triggered" => "trigger",
        "acknowledged" => "acknowledge",
        "unacknowledged" => "unacknowledge",
        "resolved" => "resolve",
        "reopened" => "reopen",
        // Of other things nothing is told that is asked here.
        _ => "other",
    };
    let data = at(event, "data")?;
    let incident = json!({"id": data.get("id")?, "summary": data.get("title").or_else(|| data.get("summary"))});
    Some(
        json!({"type": format!("{what}_log_entry"), "created_at": event.get("occurred_at")?, "agent": event.get("agent"), "incident": incident,
        "service": data.get("service")}),
    )
}

fn kind(item: &Value) -> Option<Kind> {
    if of_webhook(item).is_some() {
        return Some(Kind::Webhook);
    }
    text(item, "created_at").or(at(item, "created_at").map(|_| ""))?;
    let named = text(item, "type").unwrap_or_default();
    let status = matches!(text(item, "status"), Some("triggered" | "acknowledged" | "resolved"));
    match () {
        () if named.ends_with("_log_entry") && has_object(item, "incident") => Some(Kind::Log),
        () if ["seconds_to_first_ack", "seconds_to_resolve"].iter().any(|name| item.get(name).is_some()) => Some(Kind::Analytics),
        () if status && (named == "incident" || at(item, "incident_number").is_some()) => Some(Kind::Incident),
        () => None,
    }
}

impl Reader for Incidents {
    fn fit(&self, item: &Value, _around: &Around) -> Fit {
        if kind(item).is_some() { Fit::Yes } else { Fit::No }
    }

    fn take(&mut self, item: &Value, _around: &Around, reading: &mut Reading<'_>) {
        if let Some(entry) = of_webhook(item) {
            return match id(&entry, "incident.id") {
                Some(incident) => self.entry(incident, &entry, reading),
                None => reading.problem("a webhook of an incident without an id; left out"),
            };
        }
        let is_log = matches!(kind(item), Some(Kind::Log));
        let Some(id) = id(item, if is_log { "incident.id" } else { "id" }) else {
            return reading.problem("an incident without an id; left out");
        };
        if is_log {
            return self.entry(id, item, reading);
        }
        let mut alert = reading.alert(Vendor::PagerDuty, id);
        alert.kind = "incident".to_owned();
        alert.title = ["title", "summary", "description"].iter().find_map(|name| text(item, name)).unwrap_or_default().to_owned();
        alert.raised = reading.time(&mut alert, "created_at", at(item, "created_at"));
        alert.resolved = reading.time(&mut alert, "resolved_at", at(item, "resolved_at"));
        if matches!(kind(item), Some(Kind::Analytics)) {
            analytics(&mut alert, item);
        } else {
            incident(&mut alert, item, reading);
        }
        let words = ["title", "summary", "description", "incident_key", "service.summary", "service_name", "body.details"];
        alert.say(words.map(|name| text(item, name)));
        reading.add(alert);
    }

    fn finish(&mut self, reading: &mut Reading<'_>) {
        for (id, entries) in std::mem::take(&mut self.log) {
            reading.add(of_log(id, entries));
        }
    }
}

fn incident(alert: &mut Alert, item: &Value, reading: &mut Reading<'_>) {
    let status = text(item, "status");
    if status == Some("resolved") && alert.resolved.is_none() {
        // Being resolved is its last change.
        alert.resolved = reading.time(alert, "last_status_change_at", at(item, "last_status_change_at"));
    }
    let mut acts = Vec::new();
    for one in list(item, "acknowledgements") {
        let by = text(one, "acknowledger.summary").or_else(|| text(one, "acknowledger.id")).map(str::to_owned);
        let kind = Actor::of_reference(text(one, "acknowledger.type"));
        acts.extend(reading.time(alert, "acknowledgements.at", at(one, "at")).map(|at| Act { at, by, kind }));
    }
    // Who made the last change of one that is resolved, resolved it.
    if status == Some("resolved") && alert.resolved.is_some() {
        alert.resolved_by =
            text(item, "last_status_change_by.summary").or_else(|| text(item, "last_status_change_by.id")).map(str::to_owned);
        alert.resolved_kind = Actor::of_reference(text(item, "last_status_change_by.type"));
    }
    if !acts.is_empty() {
        alert.acknowledge(acts);
        // Those of now: one that ran out before has gone.
        alert.notes.insert(Note::AcknowledgedNoLaterThan);
    } else {
        let empty = if status == Some("acknowledged") { Note::AcknowledgedAtUnknownTime } else { Note::AcknowledgementsEmptied };
        alert.notes.insert(empty);
    }
}

fn analytics(alert: &mut Alert, item: &Value) {
    let after = |name| {
        let seconds = at(item, name)?.as_f64().filter(|seconds| (0.0..1e10).contains(seconds))?;
        Some(alert.raised? + (seconds * 1e6).round() as Micros)
    };
    let (acknowledged, resolved) = (after("seconds_to_first_ack"), after("seconds_to_resolve"));
    alert.resolved = alert.resolved.or(resolved);
    alert.acknowledged = acknowledged;
    let names: Vec<&str> = list(item, "acknowledged_user_names").iter().filter_map(Value::as_str).collect();
    alert.acknowledged_by = (acknowledged.is_some() && !names.is_empty()).then(|| names.join(", "));
    // These are names of users; without one an integration may have done it.
    alert.acknowledged_kind = if alert.acknowledged_by.is_some() { Actor::Person } else { Actor::Unknown };
    if alert.resolved.is_some() {
        alert.resolved_by = text(item, "resolved_by_user_name").map(str::to_owned);
        alert.resolved_kind = match at(item, "auto_resolved") {
            Some(Value::Bool(true)) => Actor::Integration,
            _ if alert.resolved_by.is_some() => Actor::Person,
            _ => Actor::Unknown,
        };
    }
    let taken_up = count(item, "acknowledgement_count") > Some(0) || !names.is_empty();
    alert.notes.extend((acknowledged.is_none() && taken_up).then_some(Note::AcknowledgedAtUnknownTime));
}

impl Incidents {
    fn entry(&mut self, incident: String, item: &Value, reading: &mut Reading<'_>) {
        let what = match text(item, "type").and_then(|kind| kind.strip_suffix("_log_entry")) {
            Some("trigger") => What::Triggered,
            Some("acknowledge") => What::Acknowledged,
            Some("unacknowledge") => What::Unacknowledged,
            Some("resolve") => What::Resolved,
            Some("reopen") => What::Reopened,
            // Notifications, assignments, escalations, notes.
            _ => return,
        };
        let mut scratch = reading.alert(Vendor::PagerDuty, String::new());
        let Some(at) = reading.time(&mut scratch, "created_at", at(item, "created_at")) else { return };
        let said = ["incident.summary", "service.summary", "channel.summary", "channel.description", "channel.subject", "channel.details"];
        let entry = Entry {
            at,
            what,
            by: text(item, "agent.summary").or_else(|| text(item, "agent.id")).map(str::to_owned),
            kind: Actor::of_reference(text(item, "agent.type")),
            title: text(item, "incident.summary").map(str::to_owned),
            words: said.iter().filter_map(|name| text(item, name)).map(str::to_owned).collect(),
            notes: scratch.notes,
            position: scratch.position,
        };
        self.log.entry(incident).or_default().push(entry);
    }
}

/// An incident as its log tells it.
fn of_log(id: String, mut entries: Vec<Entry>) -> Alert {
    entries.sort();
    let mut alert = Alert { kind: "incident".to_owned(), ..Alert::new(Vendor::PagerDuty, id) };
    let first = |what| entries.iter().find(|entry| entry.what == what);
    let last = |what| entries.iter().rposition(|entry| entry.what == what);
    alert.raised = first(What::Triggered).map(|entry| entry.at);
    alert.notes.extend(alert.raised.is_none().then_some(Note::BeganBeforeExport));
    let acknowledged = entries.iter().filter(|entry| entry.what == What::Acknowledged);
    alert.acknowledge(acknowledged.map(|entry| Act { at: entry.at, by: entry.by.clone(), kind: entry.kind }).collect());
    if let Some(taken) = alert.acknowledged {
        // Whoever begins in the middle may have missed the first one.
        alert.notes.extend(alert.raised.is_none().then_some(Note::AcknowledgedNoLaterThan));
        let back = entries.iter().any(|entry| entry.what == What::Unacknowledged && entry.at >= taken);
        alert.notes.extend(back.then_some(Note::Unacknowledged));
    }
    if let Some(resolved) = last(What::Resolved) {
        let opened = last(What::Triggered).max(last(What::Reopened)).is_some_and(|opened| opened > resolved);
        if !opened {
            let by = &entries[resolved];
            (alert.resolved, alert.resolved_by, alert.resolved_kind) = (Some(by.at), by.by.clone(), by.kind);
        }
        let earlier = entries.iter().position(|entry| entry.what == What::Resolved);
        let reopened = entries.iter().skip(earlier.unwrap_or(resolved)).any(|entry| matches!(entry.what, What::Triggered | What::Reopened));
        alert.notes.extend(reopened.then_some(Note::Reopened));
    }
    alert.position = entries.iter().map(|entry| entry.position).min().unwrap_or_default();
    alert.title = entries.iter().find_map(|entry| entry.title.clone()).unwrap_or_default();
    let words: BTreeSet<&str> = entries.iter().flat_map(|entry| entry.words.iter().map(String::as_str)).collect();
    alert.say(words.into_iter().map(Some));
    alert.notes.extend(entries.iter().flat_map(|entry| &entry.notes));
    alert
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, golden, only};
    use super::*;
    use crate::review::detect::alerts::import::Unreadable;
    use crate::review::detect::alerts::{Options, merge, read};

    /// Id, raised, acknowledged, by whom, resolved.
    type Told<'a> = (&'a str, Option<Micros>, Option<Micros>, Option<&'a str>, Option<Micros>);

    fn told(alerts: &[Alert]) -> Vec<Told<'_>> {
        alerts.iter().map(|one| (&*one.id, one.raised, one.acknowledged, one.acknowledged_by.as_deref(), one.resolved)).collect()
    }

    #[test]
    fn webhooks_tell_what_log_entries_do_and_who_did_it() {
        let event = |what: &str, time: &str, agent: &str| {
            json!({"event": {"id": what, "event_type": format!("incident.{what}"), "resource_type": "incident", "occurred_at": time,
                "agent": {"type": agent, "summary": "Ann Example"},
                "data": {"id": "Q1", "type": "incident", "title": "root login", "service": {"summary": "aws"}}}})
            .to_string()
        };
        let lines = [
            event("resolved", "2026-03-14T03:00:00Z", "service_reference"),
            event("triggered", "2026-03-14T02:17:00Z", "service_reference"),
            event("acknowledged", "2026-03-14T02:20:00Z", "user_reference"),
            event("priority_updated", "2026-03-14T02:21:00Z", "user_reference"),
        ];
        let import = read(lines.join("\n").as_bytes(), &Options::default()).unwrap();
        let alert = only(&import);
        let times = [alert.raised, alert.acknowledged, alert.resolved];
        assert_eq!(times, ["2026-03-14T02:17:00Z", "2026-03-14T02:20:00Z", "2026-03-14T03:00:00Z"].map(at));
        assert_eq!((&*alert.id, alert.acknowledged_by.as_deref(), alert.notes.len()), ("Q1", Some("Ann Example"), 0));
        assert_eq!((alert.acknowledged_kind, alert.resolved_kind), (Actor::Person, Actor::Integration));
    }

    #[test]
    fn an_empty_list_of_acknowledgements_is_unknown_and_not_never() {
        let import = golden("pagerduty-incidents.json");
        assert_eq!(
            told(&import.alerts),
            [
                ("Q1ROOTLOGIN", at("2026-03-14T02:17:00Z"), None, None, at("2026-03-14T05:00:00Z")),
                ("Q2DISK", at("2026-03-14T03:00:10Z"), at("2026-03-14T03:31:00Z"), Some("Ann Example"), None),
                ("Q3OLD", at("2026-03-14T04:00:00Z"), None, None, None),
            ]
        );
        let notes: Vec<_> = import.alerts.iter().map(|alert| alert.notes.iter().map(|note| note.name()).collect::<Vec<_>>()).collect();
        assert_eq!(notes, [["acknowledgements_emptied"], ["acknowledged_no_later_than"], ["acknowledgements_emptied"]]);
        assert_eq!(import.truncated.as_deref(), Some("`more` is true: more pages follow"));
    }

    #[test]
    fn the_log_keeps_the_first_acknowledgement() {
        // Q1ROOTLOGIN: triggered 02:17:00, acknowledged 02:40:00 by Ann, unacknowledged 03:10:00 when it ran out, acknowledged
        // 03:12:00 by Bob, resolved 05:00:00; unordered, with notifications between. Q4AGAIN: resolved 06:30, reopened 07:00. Q5TAIL
        // has only its end.
        let import = golden("pagerduty-log-entries.json");
        assert_eq!(
            told(&import.alerts),
            [
                ("Q1ROOTLOGIN", at("2026-03-14T02:17:00Z"), at("2026-03-14T02:40:00Z"), Some("Ann Example"), at("2026-03-14T05:00:00Z")),
                ("Q4AGAIN", at("2026-03-14T06:00:00Z"), at("2026-03-14T06:01:00Z"), Some("Auto responder"), None),
                ("Q5TAIL", None, None, None, at("2026-03-14T08:00:00Z")),
            ]
        );
        assert_eq!(import.alerts[0].notes, [Note::Unacknowledged].into());
        assert_eq!((import.alerts[1].acknowledged_kind, &import.alerts[1].notes), (Actor::Integration, &[Note::Reopened].into()));
        assert_eq!(import.alerts[2].notes, [Note::BeganBeforeExport].into());
        assert!(import.alerts[0].words.contains("Root user sign-in"));
    }

    #[test]
    fn incidents_and_their_log_together_are_complete() {
        let [incidents, log] = ["pagerduty-incidents.json", "pagerduty-log-entries.json"].map(|name| golden(name).alerts);
        let (kept, duplicates) = merge(incidents.iter().chain(&log).cloned());
        assert_eq!((kept.len(), duplicates), (5, 1));
        let root = kept.iter().find(|alert| alert.id == "Q1ROOTLOGIN").unwrap();
        assert_eq!(root.acknowledged, at("2026-03-14T02:40:00Z"));
        assert_eq!(root.notes, [Note::Unacknowledged].into(), "the empty list says nothing any more");
    }

    #[test]
    fn analytics_give_seconds_and_a_zone_of_their_own() {
        // 02:17:00 in Etc/UTC, acknowledged 1,380 s later = 02:40:00, resolved 05:00:00; the second never, the third by nobody knows when.
        let import = golden("pagerduty-analytics.json");
        assert_eq!(
            told(&import.alerts),
            [
                ("Q1ROOTLOGIN", at("2026-03-14T02:17:00Z"), at("2026-03-14T02:40:00Z"), Some("Ann Example"), at("2026-03-14T05:00:00Z")),
                ("Q6NOBODY", at("2026-03-14T09:00:00Z"), None, None, at("2026-03-14T09:03:15Z")),
                ("Q7SOMEBODY", at("2026-03-14T10:00:00Z"), None, None, None),
            ]
        );
        assert!(import.alerts[0].notes.is_empty() && import.alerts[1].notes.is_empty());
        assert_eq!(import.alerts[2].notes, [Note::AcknowledgedAtUnknownTime].into());
        let bare = r#"[{"id":"Q","created_at":"2026-03-14T02:17:00","seconds_to_first_ack":1}]"#;
        assert!(matches!(read(bare.as_bytes(), &Options::default()), Err(Unreadable::NoZone { position: 1, .. })));
    }
}
