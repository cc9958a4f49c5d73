//! Events of EventBridge: the envelope, and the CloudTrail records and other events in it for which no other reader is.
//!
//! That a rule sent an event on proves that it fired, not when: the envelope's `time` is that of the event, in whole seconds. A time of
//! delivery is known only where a message brought it (facts: EventBridge).

use super::alert::{Alert, MAX_WORDS, Vendor, bounded};
use super::around::{Around, Envelope};
use super::field::{account, action, address, at, has_object, text};
use super::format::{Fit, Format, Items, Reader};
use super::note::Note;
use super::reading::Reading;
use serde_json::Value;

pub(super) const FORMAT: Format = Format {
    vendor: Vendor::EventBridge,
    forms: "EventBridge events",
    items: Some(Items { lists: &[], reader: |_| Box::new(Events) }),
    sheet: None,
};

/// An envelope and what is in it.
pub(super) fn open<'v>(value: &'v Value, reading: &mut Reading<'_>) -> Option<(Envelope, &'v Value)> {
    let (kind, source) = (text(value, "detail-type")?, text(value, "source")?);
    let detail = at(value, "detail").filter(|detail| detail.is_object())?;
    let envelope = Envelope {
        id: text(value, "id").map(str::to_owned),
        kind: kind.to_owned(),
        source: source.to_owned(),
        account: account(value, "account"),
        region: text(value, "region").map(str::to_owned),
        time: reading.moment("time", at(value, "time")).map(|moment| moment.at),
    };
    Some((envelope, detail))
}

/// Services that look at how accounts are set up, not at what is done in them.
const CHECKS: [&str; 4] = ["aws.config", "aws.access-analyzer", "aws.trustedadvisor", "aws.inspector2"];

struct Events;

impl Reader for Events {
    fn fit(&self, _item: &Value, around: &Around) -> Fit {
        if around.envelope.is_some() { Fit::LastResort } else { Fit::No }
    }

    fn take(&mut self, detail: &Value, around: &Around, reading: &mut Reading<'_>) {
        let Some(envelope) = &around.envelope else { return };
        let own = envelope.id.clone().or_else(|| text(detail, "eventID").map(str::to_owned));
        let id = own.clone().unwrap_or_else(|| super::own::made_id([&*envelope.kind, &detail.to_string()]));
        let mut alert = reading.alert(Vendor::EventBridge, id);
        alert.notes.extend(own.is_none().then_some(Note::MadeId));
        alert.kind.clone_from(&envelope.kind);
        alert.region.clone_from(&envelope.region);
        alert.raised = around.delivery.as_ref().and_then(|delivery| delivery.time(&mut alert.notes));
        alert.notes.extend(alert.raised.is_none().then_some(Note::NoDeliveryTime));
        if is_record(detail) {
            record(&mut alert, detail, envelope, reading);
        } else {
            // The time is that of whoever sent the event, when it had found something, and not that of what it found.
            alert.machinery.clone_from(&envelope.account);
            alert.raised = alert.raised.or(envelope.time);
            alert.notes.remove(&Note::NoDeliveryTime);
            let is_check = CHECKS.contains(&&*envelope.source);
            alert.notes.insert(if is_check { Note::ConfigurationCheck } else { Note::UnknownEvent });
            alert.title = format!("{} of {}", envelope.kind, envelope.source);
            let detail = detail.to_string();
            alert.say([Some(&*envelope.kind), Some(&envelope.source), Some(bounded(&detail, MAX_WORDS))]);
        }
        reading.add(alert);
    }
}

/// Whether a `detail` is a CloudTrail record. By its members: `detail-type` has many spellings.
fn is_record(detail: &Value) -> bool {
    text(detail, "eventSource").is_some() && text(detail, "eventName").is_some() && has_object(detail, "userIdentity")
}

fn record(alert: &mut Alert, record: &Value, envelope: &Envelope, reading: &mut Reading<'_>) {
    let (source, name) = (text(record, "eventSource").unwrap_or_default(), text(record, "eventName").unwrap_or_default());
    // The incident is in the account that the record was delivered to.
    // Root may have acted on what is another account's, which received this record.
    let of_record = account(record, "userIdentity.accountId").or_else(|| account(record, "recipientAccountId"));
    alert.account = of_record.or_else(|| envelope.account.clone());
    let seen = reading.time(alert, "eventTime", at(record, "eventTime")).or(envelope.time);
    (alert.first_seen, alert.last_seen) = (seen, seen);
    alert.title = format!("{name} at {source}");
    alert.event_ids.extend(text(record, "eventID").map(str::to_owned));
    alert.access_keys.extend(text(record, "userIdentity.accessKeyId").map(str::to_owned));
    alert.source_addresses.extend(address(record, "sourceIPAddress"));
    alert.actions.insert(action(source, name));
    // Another principal that opens a session as root is about root all the same.
    let is_root = |path| text(record, path).map(|kind| kind == "Root");
    let federated = is_root("userIdentity.sessionContext.sessionIssuer.type") == Some(true);
    alert.about_root = if federated || name == "AssumeRoot" { Some(true) } else { is_root("userIdentity.type") };
    alert.say([Some(name), Some(source), text(record, "userIdentity.arn"), text(record, "userIdentity.userName")]);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, golden, set};
    use super::*;

    #[test]
    fn an_archived_event_proves_that_a_rule_fired_and_not_when() {
        let import = golden("eventbridge-archive.jsonl");
        let told: Vec<_> = import.alerts.iter().map(|one| (&*one.kind, one.about_root, one.raised, one.first_seen)).collect();
        // The record's own time, 02:09:37, goes before the envelope's, 02:09:38.
        let seen = at("2026-03-14T02:09:37Z");
        assert_eq!(
            told,
            [
                ("AWS Console Sign In via CloudTrail", Some(true), None, seen),
                ("AWS API Call via CloudTrail", Some(false), None, seen),
                // Another principal opens a session as root.
                ("AWS API Call via CloudTrail", Some(true), None, seen),
                // Of an event that no reader is for, the time is that of whoever sent it.
                ("Suspicious activity", None, at("2026-03-14T02:09:38Z"), None),
                // A record without a type.
                ("AWS Console Signin via CloudTrail", None, None, seen),
            ]
        );
        let notes: Vec<_> = import.alerts.iter().map(|alert| alert.notes.iter().copied().collect::<Vec<_>>()).collect();
        let [undelivered, unknown] = [vec![Note::NoDeliveryTime], vec![Note::UnknownEvent]];
        assert_eq!(notes, [undelivered.clone(), undelivered.clone(), undelivered.clone(), unknown, undelivered]);
        assert!(import.alerts[3].words.contains("root login"));
        let accounts: Vec<_> = import.alerts.iter().map(|alert| alert.home().map(String::as_str)).collect();
        assert_eq!(accounts, [Some("111122223333"); 5]);
    }

    #[test]
    fn a_record_gives_its_id_and_where_it_came_from() {
        let import = golden("eventbridge-archive.jsonl");
        let (root, user, third) = (&import.alerts[0], &import.alerts[1], &import.alerts[2]);
        assert_eq!((&*root.id, &*root.title), ("22222222-aaaa-4bbb-8ccc-000000000001", "ConsoleLogin at signin.amazonaws.com"));
        assert_eq!(root.event_ids, set(["0b4e3e6a-1111-4222-8333-944445555666"]));
        assert_eq!((&root.actions, &root.source_addresses), (&set(["signin:ConsoleLogin"]), &set(["203.0.113.7"])));
        // A sign-in has an empty key, and `AWS Internal` is not an address.
        assert_eq!((&root.access_keys, &user.access_keys), (&set([]), &set(["AKIAI44QH8DHBEXAMPLE"])));
        assert_eq!(third.source_addresses, set([]));
    }
}
