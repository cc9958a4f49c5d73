//! Opsgenie alerts: lists and single ones. Acknowledgement and closing are in the report, as milliseconds after the creation.

use super::actor::Actor;
use super::alert::Vendor;
use super::around::Around;
use super::field::{at, count, id, text};
use super::format::{Fit, Format, Items, Reader};
use super::note::Note;
use super::reading::Reading;
use crate::evidence::record::time::Micros;
use serde_json::Value;

pub(super) const FORMAT: Format = Format {
    vendor: Vendor::Opsgenie,
    forms: "Opsgenie alerts",
    items: Some(Items { lists: &["data"], reader: |_| Box::new(Alerts) }),
    sheet: None,
};

struct Alerts;

impl Reader for Alerts {
    fn fit(&self, item: &Value, _around: &Around) -> Fit {
        let own = at(item, "tinyId").is_some() || at(item, "isSeen").is_some();
        let fits = own && text(item, "message").is_some() && at(item, "createdAt").is_some();
        if fits { Fit::Yes } else { Fit::No }
    }

    fn take(&mut self, item: &Value, _around: &Around, reading: &mut Reading<'_>) {
        let Some(id) = id(item, "id").or_else(|| id(item, "tinyId")) else {
            return reading.problem("an alert without an id; left out");
        };
        let mut alert = reading.alert(Vendor::Opsgenie, id);
        alert.kind = "alert".to_owned();
        alert.title = text(item, "message").unwrap_or_default().to_owned();
        alert.raised = reading.time(&mut alert, "createdAt", at(item, "createdAt"));
        alert.last_seen = reading.time(&mut alert, "lastOccurredAt", at(item, "lastOccurredAt"));
        alert.count = count(item, "count");
        let by = text(item, "report.acknowledgedBy");
        // An alert that nobody took up may have a zero here.
        let acknowledged = after(alert.raised, count(item, "report.ackTime").filter(|after| *after > 0 || by.is_some()));
        alert.acknowledged = acknowledged;
        alert.acknowledged_by = by.filter(|_| acknowledged.is_some()).map(str::to_owned);
        alert.acknowledged_kind = actor(by.filter(|_| acknowledged.is_some()));
        let taken_up = at(item, "acknowledged") == Some(&Value::Bool(true)) || by.is_some();
        alert.notes.extend((acknowledged.is_none() && taken_up).then_some(Note::AcknowledgedAtUnknownTime));
        alert.resolved = after(alert.raised, count(item, "report.closeTime").filter(|_| text(item, "status") != Some("open")));
        if alert.resolved.is_none() && text(item, "status") == Some("closed") {
            alert.resolved = reading.time(&mut alert, "updatedAt", at(item, "updatedAt"));
            alert.notes.extend(alert.resolved.map(|_| Note::ResolvedNoLaterThan));
        }
        let closed_by = text(item, "report.closedBy").filter(|_| alert.resolved.is_some());
        alert.resolved_by = closed_by.map(str::to_owned);
        alert.resolved_kind = actor(closed_by);
        alert.say(["message", "alias", "description", "entity", "source"].map(|name| text(item, name)));
        reading.add(alert);
    }
}

/// People are called by their addresses, policies `System`; an integration may write any name.
fn actor(by: Option<&str>) -> Actor {
    match Actor::of_name(by) {
        Actor::Person if !by.is_some_and(|by| by.contains('@')) => Actor::Unknown,
        actor => actor,
    }
}

fn after(created: Option<Micros>, milliseconds: Option<u64>) -> Option<Micros> {
    created?.checked_add(i64::try_from(milliseconds?).ok()?.checked_mul(1_000)?)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, golden, only};
    use super::*;
    use crate::review::detect::alerts::read;

    #[test]
    fn only_an_address_is_a_person_s_name() {
        let closed = |taken: &str, closer: &str| {
            let alert = serde_json::json!({"id": "a", "tinyId": "1", "message": "root login", "createdAt": "2026-03-14T02:17:00Z", "status": "closed", "isSeen": true,
                "report": {"ackTime": 60_000, "closeTime": 120_000, "acknowledgedBy": taken, "closedBy": closer}});
            let import = read(alert.to_string().as_bytes(), &Default::default()).unwrap();
            (only(&import).acknowledged_kind, only(&import).resolved_kind)
        };
        assert_eq!(closed("ann@example.com", "bob@example.com"), (Actor::Person, Actor::Person));
        assert_eq!(closed("System", "ann@example.com"), (Actor::Integration, Actor::Person));
        assert_eq!(closed("ann@example.com", "System"), (Actor::Person, Actor::Integration));
        assert_eq!(closed("Monitis Script", "opsgenie-bot@example.com"), (Actor::Unknown, Actor::Unknown));
    }

    #[test]
    fn the_report_gives_the_times_and_a_flag_gives_none() {
        let import = golden("opsgenie-list.json");
        let told: Vec<_> = import.alerts.iter().map(|one| (&*one.id, one.raised, one.acknowledged, one.resolved, one.count)).collect();
        // Created 02:17:00.250, acknowledged 1,379,750 ms later = 02:40:00, closed 9,779,750 ms later = 05:00:00.
        assert_eq!(
            told,
            [
                (
                    "70413a06-38d6-4c85-92b8-5ebc900d42e2",
                    at("2026-03-14T02:17:00.250Z"),
                    at("2026-03-14T02:40:00Z"),
                    at("2026-03-14T05:00:00Z"),
                    Some(4)
                ),
                ("8743a1b2-11da-480e-8493-744660987bef", at("2026-03-14T03:00:00Z"), None, None, Some(1)),
                ("9a2b8d3c-0c1e-4ad1-9d0d-0a7d0c1f2e3d", at("2026-03-14T04:00:00Z"), None, at("2026-03-14T04:30:00Z"), Some(1)),
            ]
        );
        assert_eq!(import.alerts[0].acknowledged_by.as_deref(), Some("ann@example.com"));
        assert!(import.alerts[0].notes.is_empty());
        assert_eq!(import.alerts[1].notes, [Note::AcknowledgedAtUnknownTime].into());
        assert_eq!(import.alerts[2].notes, [Note::ResolvedNoLaterThan].into());
        assert_eq!(import.truncated.as_deref(), Some("`paging.next` is set: more pages follow"));
    }

    #[test]
    fn a_single_alert_and_a_bare_list_are_read_too() {
        let alert =
            r#"{"id":"a","tinyId":"7","message":"Root login","createdAt":"2026-03-14T02:17:00Z","status":"open","acknowledged":false}"#;
        for text in [format!(r#"{{"data":{alert},"took":0.1,"requestId":"r"}}"#), format!("[{alert}]"), alert.to_owned()] {
            let import = read(text.as_bytes(), &Default::default()).unwrap();
            assert_eq!((only(&import).acknowledged, only(&import).notes.len(), &import.truncated), (None, 0, &None), "{text}");
        }
        let far = alert.replace("\"open\"", r#""closed","report":{"ackTime":18446744073709551615,"closeTime":1e300}"#);
        assert_eq!(only(&read(far.as_bytes(), &Default::default()).unwrap()).acknowledged, None);
    }
}
