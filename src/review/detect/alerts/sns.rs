//! Messages of SNS and SQS: the delivery that proves when an alert went out, and messages in it that are in no other format.

use super::alert::{MAX_WORDS, Vendor, bounded};
use super::arn::Arn;
use super::around::{Around, Delivery};
use super::field::{at, has_object, text};
use super::format::{Fit, Format, Items, Reader};
use super::moment;
use super::note::Note;
use super::own::made_id;
use super::reading::Reading;
use serde_json::Value;

pub(super) const FORMAT: Format = Format {
    vendor: Vendor::Sns,
    forms: "SNS and SQS messages with any of these or other text in them",
    // Of Lambda's event and of `receive-message`.
    items: Some(Items { lists: &["Records", "Messages"], reader: |_| Box::new(Messages) }),
    sheet: None,
};

/// What is in a message.
pub(super) enum Opened {
    /// JSON, or text where it is none.
    Message(Delivery, Value),
    /// A message that is not an alert, as the confirmation of a subscription.
    Nothing,
}

/// Opens a message of SNS, as it comes by HTTP and in Lambda's event, or one of SQS.
pub(super) fn open(value: &Value, reading: &mut Reading<'_>) -> Option<Opened> {
    if has_object(value, "sns") {
        return open(at(value, "sns")?, reading);
    }
    let own = text(value, "messageId").map(str::to_owned);
    if let (Some(topic), Some(message)) = (text(value, "TopicArn"), text(value, "Message")) {
        if text(value, "Type").is_some_and(|kind| kind != "Notification") {
            return Some(Opened::Nothing);
        }
        let at = reading.moment("Timestamp", at(value, "Timestamp"));
        let delivery = Delivery { id: own, topic: Arn::parse(topic), subject: text(value, "Subject").map(str::to_owned), at };
        return Some(Opened::Message(delivery, content(message)));
    }
    let message = text(value, "body").filter(|_| own.is_some() || text(value, "receiptHandle").is_some())?;
    let sent = text(value, "attributes.SentTimestamp").and_then(|sent| moment::read(sent, None, None).ok());
    Some(Opened::Message(Delivery { id: own, at: sent, ..Delivery::default() }, content(message)))
}

fn content(message: &str) -> Value {
    let json = message.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(message).ok()).flatten();
    json.unwrap_or_else(|| Value::String(message.to_owned()))
}

struct Messages;

impl Reader for Messages {
    fn fit(&self, _item: &Value, around: &Around) -> Fit {
        if around.delivery.is_some() { Fit::LastResort } else { Fit::No }
    }

    fn take(&mut self, item: &Value, around: &Around, reading: &mut Reading<'_>) {
        let Some(delivery) = &around.delivery else { return };
        let message = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
        let id = delivery.id.clone().unwrap_or_else(|| made_id([&*message]));
        let mut alert = reading.alert(Vendor::Sns, id);
        alert.notes.extend(delivery.id.is_none().then_some(Note::MadeId));
        alert.kind = "notification".to_owned();
        alert.title = delivery.subject.clone().unwrap_or_else(|| message.lines().next().unwrap_or_default().trim().to_owned());
        alert.raised = delivery.time(&mut alert.notes);
        alert.notes.extend(alert.raised.is_none().then_some(Note::NoDeliveryTime));
        if let Some(topic) = &delivery.topic {
            alert.machinery = Some(topic.account.clone());
            alert.region = Some(topic.region.clone());
        }
        alert.say([delivery.subject.as_deref(), Some(bounded(&message, MAX_WORDS))]);
        reading.add(alert);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, golden};
    use crate::review::detect::alerts::{merge, read};

    #[test]
    fn a_delivery_gives_the_time_that_its_content_lacks() {
        // Lambda's event of two notifications: a CloudTrail event sent 02:16:00.120, and a finding of GuardDuty, which has its own time.
        // Then two messages of a queue: a notification in plain words sent 02:16:01, and an event that SQS took 02:16:02. Then the
        // confirmation of a subscription, which is not an alert.
        let import = golden("sns-deliveries.jsonl");
        let told: Vec<_> = import.alerts.iter().map(|one| (one.vendor.name(), &*one.id, one.raised, one.about_root)).collect();
        assert_eq!(
            told,
            [
                ("eventbridge", "22222222-aaaa-4bbb-8ccc-000000000001", at("2026-03-14T02:16:00.120Z"), Some(true)),
                ("guardduty", "a1b2c3d4e5f60718293a4b5c6d7e8f90", at("2026-03-14T15:31:07.421Z"), Some(true)),
                ("sns", "33333333-aaaa-4bbb-8ccc-000000000003", at("2026-03-14T02:16:01Z"), None),
                ("eventbridge", "22222222-aaaa-4bbb-8ccc-000000000002", at("2026-03-14T02:16:02Z"), Some(false)),
            ]
        );
        assert_eq!((import.problems.len(), import.vendors.len()), (0, 3));
        let words = &import.alerts[2];
        assert_eq!(
            (&*words.title, &*words.words),
            ("Root user signed in to 111122223333.", "Root user signed in to 111122223333.\nLook now.")
        );
        assert_eq!((words.machinery.as_deref(), words.region.as_deref()), (Some("111122223333"), Some("us-east-1")));
        assert!(words.notes.is_empty() && words.account.is_none());
    }

    #[test]
    fn the_delivery_of_an_archived_event_is_the_same_alert() {
        let [archive, delivered] = ["eventbridge-archive.jsonl", "sns-deliveries.jsonl"].map(|name| golden(name).alerts);
        let (kept, duplicates) = merge(archive.into_iter().chain(delivered));
        assert_eq!((kept.len(), duplicates), (7, 2));
        let sign_in = kept.iter().find(|alert| alert.id.ends_with("-000000000001")).unwrap();
        assert_eq!((sign_in.raised, sign_in.notes.len()), (at("2026-03-14T02:16:00.120Z"), 0));
    }

    #[test]
    fn a_queue_s_own_time_counts_where_there_is_no_other() {
        // Lambda's event of a queue, with an event of a rule as it is.
        let event = std::str::from_utf8(include_bytes!("fixtures/eventbridge-archive.jsonl")).unwrap().lines().next().unwrap();
        let record = serde_json::json!({ "messageId": "m", "receiptHandle": "r", "body": event, "attributes": { "SentTimestamp": "1773454562000" } });
        let import = read(serde_json::json!({ "Records": [record] }).to_string().as_bytes(), &Default::default()).unwrap();
        assert_eq!((import.alerts[0].raised, import.alerts[0].notes.len()), (at("2026-03-14T02:16:02Z"), 0));
    }

    #[test]
    fn a_message_with_a_list_of_nothing_that_is_known_is_an_alert_itself() {
        for list in [serde_json::json!([]), serde_json::json!([{ "labels": { "rule": "root login" } }])] {
            let message = serde_json::json!({ "status": "firing", "alerts": list }).to_string();
            let sent = serde_json::json!({ "TopicArn": "t", "MessageId": "m", "Message": message, "Timestamp": "2026-03-14T02:16:00Z" });
            let import = read(sent.to_string().as_bytes(), &Default::default()).unwrap();
            assert_eq!((import.alerts.len(), import.alerts[0].raised), (1, at("2026-03-14T02:16:00Z")));
        }
    }

    #[test]
    fn messages_in_messages_end() {
        let mut message = "root".to_owned();
        for _ in 0..9 {
            message =
                serde_json::json!({ "TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "MessageId": "m", "Message": message }).to_string();
        }
        let wrap = |message: &str| serde_json::json!({ "TopicArn": "t", "MessageId": "m", "Message": message }).to_string();
        assert_eq!(read(message.as_bytes(), &Default::default()).unwrap().alerts.len(), 1);
        for _ in 0..5 {
            message = wrap(&message);
        }
        assert!(read(message.as_bytes(), &Default::default()).is_err());
    }
}
