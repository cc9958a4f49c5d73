//! An organisation with 33 accounts and 40 incidents, and alerts of every kind, held against a table of what is true that is made apart.

use super::*;
use serde_json::json;
use std::collections::BTreeMap;

const AUDIT: &str = "999900000002";
const HOUR: i64 = 3_600 * SECOND;

/// Management, audit, log archive and 30 members.
fn accounts() -> Vec<&'static str> {
    let leaked = |number: u64| -> &'static str { Box::leak(format!("{:012}", 999_900_000_000 + number).into_boxed_str()) };
    (1..=33).map(leaked).collect()
}

/// How an incident came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// A message of the central topic that names the account.
    CentralText,
    /// A central alarm that names nobody.
    CentralAlarm,
    /// An alarm in the account itself.
    LocalAlarm,
    /// The record itself, by the central bus.
    Record,
    /// A finding that is updated for days; the second of two incidents is in an update only.
    Finding,
    /// A ticket that names the address, and that the integration resolves.
    Ticket,
    /// A row of the SIEM.
    Siem,
    /// Nothing.
    Nobody,
}

const KINDS: [By; 8] = [By::CentralText, By::CentralAlarm, By::LocalAlarm, By::Record, By::Finding, By::Ticket, By::Siem, By::Nobody];

/// An incident: where, when, how it came to be known, its event and its address.
struct Known {
    account: &'static str,
    time: Micros,
    by: By,
    event: &'static str,
    address: &'static str,
}

/// Forty of them, eleven hours apart, so that several lie within the day that an alert may take.
fn known() -> Vec<Known> {
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let accounts = accounts();
    (0..40)
        .map(|number| Known {
            // The incidents of one finding are of one account; there are two findings, by turns.
            account: accounts[if KINDS[number % 8] == By::Finding { 5 + number / 8 % 2 } else { (number * 7) % 33 }],
            time: at("14T01:00:00") + number as i64 * 11 * HOUR,
            by: KINDS[number % 8],
            event: leak(format!("event-{number}")),
            address: leak(format!("198.51.100.{number}")),
        })
        .collect()
}

/// The alerts, each raised five minutes after its incident.
fn raised(known: &[Known]) -> Vec<Alert> {
    let text = |time: Micros| crate::evidence::record::time::format(time);
    let sent = |account: &str, time: Micros, id: usize, subject: &str, message: &str| {
        json!({"Type": "Notification", "MessageId": format!("m-{id}"), "TopicArn": format!("arn:aws:sns:us-east-1:{account}:root"), "Timestamp": text(time),
            "Subject": subject, "Message": message})
    };
    let alarm = |account: &str, time: Micros, id: usize| {
        let message = json!({"AlarmName": format!("root-{id}"), "AlarmDescription": "root user", "AWSAccountId": account, "NewStateValue": "ALARM", "OldStateValue": "OK",
            "StateChangeTime": text(time), "NewStateReason": "Threshold crossed", "AlarmArn": format!("arn:aws:cloudwatch:us-east-1:{account}:alarm:root-{id}")});
        sent(account, time, id, "ALARM", &message.to_string())
    };
    let mut lines = Vec::new();
    let mut findings: Vec<&Known> = Vec::new();
    for (id, one) in known.iter().enumerate() {
        let told = one.time + 300 * SECOND;
        match one.by {
            By::CentralText => lines.push(sent(AUDIT, told, id, "Root activity", &format!("Root of {} was used", one.account))),
            By::CentralAlarm => lines.push(alarm(AUDIT, told, id)),
            By::LocalAlarm => lines.push(alarm(one.account, told, id)),
            By::Record => {
                let record = json!({"eventSource": "iam.amazonaws.com", "eventName": "ListUsers", "eventTime": text(one.time), "eventID": one.event,
                    "recipientAccountId": one.account, "sourceIPAddress": one.address, "userIdentity": {"type": "Root", "accountId": one.account}});
                let event = json!({"id": format!("e-{id}"), "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "account": AUDIT, "time": text(one.time),
                    "region": "us-east-1", "detail": record});
                lines.push(sent(AUDIT, told, id, "event", &event.to_string()));
            }
            By::Finding => {
                findings.push(one);
                let of_it: Vec<&&Known> = findings.iter().filter(|other| other.account == one.account).collect();
                let finding = json!({"schemaVersion": "2.0", "accountId": one.account, "region": "us-east-1", "id": format!("f-{}", one.account), "type": "Policy:IAMUser/RootCredentialUsage",
                    "createdAt": text(of_it[0].time + 300 * SECOND), "updatedAt": text(told), "title": "root", "description": "root",
                    "resource": {"resourceType": "AccessKey", "accessKeyDetails": {"userType": "Root"}},
                    "service": {"eventFirstSeen": text(of_it[0].time), "eventLastSeen": text(one.time), "count": of_it.len()}});
                lines.push(sent(AUDIT, told, id, "finding", &finding.to_string()));
            }
            By::Ticket => lines.push(json!({"incidents": [{"id": format!("Q{id}"), "type": "incident", "incident_number": id, "title": format!("root from {}", one.address),
                "created_at": text(told), "status": "resolved", "resolved_at": text(told + HOUR),
                "last_status_change_by": {"type": "service_reference", "summary": "integration"}, "acknowledgements": []}]})),
            By::Siem => lines.push(json!({"id": format!("s-{id}"), "account": one.account, "raised_at": text(told), "title": "root rule"})),
            By::Nobody => {}
        }
    }
    of_json(&lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn of_json(lines: &str) -> Vec<Alert> {
    merge(read(lines.as_bytes(), &Options::default()).unwrap().alerts).0
}

#[test]
fn in_an_organisation_every_alert_is_matched_rightly_or_said_to_be_undecided() {
    let known = known();
    let entry = |one: &Known| Entry {
        account: one.account,
        event_id: one.event,
        address: Some(one.address),
        time: Some(one.time),
        ..by_key("14T01:00:00", "AKIAONEEXAMPLE")
    };
    let entries: Vec<Entry<'static>> = known.iter().map(entry).collect();
    let review = review(&entries);
    assert_eq!(review.incidents.len(), 40);
    let alerts = raised(&known);
    let terms = Terms { accounts: accounts().into_iter().map(str::to_owned).collect(), ..Terms::default() };
    let matching = Matching::new(&alerts, &review.incidents, &entries, &terms);
    let mut told: BTreeMap<By, BTreeMap<&str, usize>> = BTreeMap::new();
    for (number, incident) in review.incidents.iter().enumerate() {
        let truth = known.iter().find(|one| one.event == entries[incident.entries[0]].event_id).unwrap();
        let answer = Answer::new(number, incident, &alerts, &matching, &terms);
        let expected = (truth.by != By::Nobody).then_some(truth.time + 300 * SECOND);
        // Nothing that is said for certain is wrong: neither a time nor that there was none.
        match answer.outcome {
            Outcome::Undecided => {}
            Outcome::Alerted => assert_eq!(answer.first_alert, expected, "{:?} {number}", truth.by),
            Outcome::Undetected => assert_eq!(expected, None, "{:?} {number}", truth.by),
            Outcome::Acknowledged => panic!("nobody took anything up: {number}"),
        }
        assert!(answer.resolved.is_none(), "no person resolved anything");
        *told.entry(truth.by).or_default().entry(answer.outcome.name()).or_default() += 1;
    }
    // What names its account, address or event is decided, whatever else lies around it.
    for by in [By::CentralText, By::Record, By::Finding, By::Ticket, By::Siem] {
        assert_eq!(told[&by], BTreeMap::from([("alerted", 5)]), "{by:?}");
    }
    assert_eq!(told[&By::CentralAlarm].get("undetected"), None);
    let unmatched: Vec<_> = matching.unmatched.iter().map(|(alert, why)| (&alerts[*alert].id, why.name())).collect();
    assert!(unmatched.is_empty(), "{unmatched:?}");
}
