//! GuardDuty findings: `get-findings` in PascalCase, events and exports to S3 in camelCase, one reader for both.
//!
//! A finding is updated with each further call, and what it says of the call is overwritten each time (facts: GuardDuty). So it was
//! raised when it was created, and its calls, keys and addresses are those of the last one.

use super::alert::Vendor;
use super::around::Around;
use super::field::{account, action, address, at, count, has_object, list, text};
use super::format::{Fit, Format, Items, Reader};
use super::note::Note;
use super::reading::Reading;
use serde_json::Value;

pub(super) const FORMAT: Format = Format {
    vendor: Vendor::GuardDuty,
    forms: "GuardDuty findings",
    items: Some(Items { lists: &["Findings", "findings"], reader: |_| Box::new(Findings) }),
    sheet: None,
};

struct Findings;

impl Reader for Findings {
    fn fit(&self, item: &Value, _around: &Around) -> Fit {
        let texts = ["id", "type", "accountId", "createdAt"].iter().all(|name| at(item, name).is_some());
        if texts && text(item, "id").is_some() && has_object(item, "service") { Fit::Yes } else { Fit::No }
    }

    fn take(&mut self, item: &Value, _around: &Around, reading: &mut Reading<'_>) {
        let Some(id) = text(item, "id") else { return };
        let mut alert = reading.alert(Vendor::GuardDuty, id.to_owned());
        let kind = text(item, "type").unwrap_or_default();
        alert.kind = kind.to_owned();
        alert.title = text(item, "title").unwrap_or_default().to_owned();
        alert.account = account(item, "accountId");
        alert.region = text(item, "region").map(str::to_owned);
        alert.raised = reading.time(&mut alert, "createdAt", at(item, "createdAt"));
        alert.first_seen = reading.time(&mut alert, "eventFirstSeen", at(item, "service.eventFirstSeen"));
        alert.last_seen = reading.time(&mut alert, "eventLastSeen", at(item, "service.eventLastSeen"));
        alert.updated = reading.time(&mut alert, "updatedAt", at(item, "updatedAt"));
        alert.count = count(item, "service.count");
        alert.notes.extend((alert.count > Some(1)).then_some(Note::LastCallOnly));
        if let Some(call) = at(item, "service.action.awsApiCallAction") {
            alert.actions.extend(text(call, "serviceName").zip(text(call, "api")).map(|(service, call)| action(service, call)));
            alert.source_addresses.extend(address(call, "remoteIpDetails.ipAddressV4"));
            alert.source_addresses.extend(address(call, "remoteIpDetails.ipAddressV6"));
        }
        alert.access_keys.extend(text(item, "resource.accessKeyDetails.accessKeyId").map(str::to_owned));
        // An attack sequence puts several findings together, with everybody who took part.
        let actors = list(item, "service.detection.sequence.actors");
        alert.access_keys.extend(actors.iter().filter_map(|actor| text(actor, "user.credentialUid")).map(str::to_owned));
        let endpoints = list(item, "service.detection.sequence.endpoints");
        alert.source_addresses.extend(endpoints.iter().filter_map(|endpoint| address(endpoint, "ip")));
        let types: Vec<&str> = actors.iter().filter_map(|actor| text(actor, "user.type")).collect();
        let sample = at(item, "service.additionalInfo.sample") == Some(&Value::Bool(true)) || alert.title.starts_with("[SAMPLE]");
        alert.notes.extend(sample.then_some(Note::Sample));
        let user = text(item, "resource.accessKeyDetails.userType");
        alert.about_root = match text(item, "resource.resourceType") {
            _ if sample => Some(false),
            _ if kind.ends_with("RootCredentialUsage") => Some(true),
            _ if user.is_some() => user.map(|user| user == "Root"),
            _ if has_object(item, "service.detection.sequence") => (!types.is_empty()).then(|| types.contains(&"Root")),
            Some(resource) => (resource != "AccessKey").then_some(false),
            None => None,
        };
        // Suppression rules archive a finding before it is sent anywhere, so only a list that was asked for can have such ones. An event of
        // an archived finding is of one archived by hand.
        let archived = at(item, "service.archived") == Some(&Value::Bool(true));
        alert.suppressed = archived && item.get("Id").is_some();
        alert.notes.extend(alert.suppressed.then_some(Note::Archived));
        alert.say([Some(kind), text(item, "title"), text(item, "description")]);
        reading.add(alert);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, golden, only, set};
    use super::*;
    use crate::review::detect::alerts::{Alert, read};

    /// The alert of all three shapes: created 15:31, after calls at 15:12:40 and 18:02:05; updated 18:10:41, which is not a time of any alert.
    fn expected() -> Alert {
        Alert {
            kind: "Policy:IAMUser/RootCredentialUsage".to_owned(),
            title: "The API CreateUser was invoked using root credentials.".to_owned(),
            account: Some("111122223333".to_owned()),
            region: Some("us-east-1".to_owned()),
            raised: at("2026-03-14T15:31:07.421Z"),
            updated: at("2026-03-14T18:10:41.003Z"),
            named: set(["203.0.113.7"]),
            first_seen: at("2026-03-14T15:12:40Z"),
            last_seen: at("2026-03-14T18:02:05Z"),
            count: Some(3),
            access_keys: set(["AKIAIOSFODNN7EXAMPLE"]),
            source_addresses: set(["203.0.113.7"]),
            actions: set(["iam:CreateUser"]),
            about_root: Some(true),
            words: "Policy:IAMUser/RootCredentialUsage\nThe API CreateUser was invoked using root credentials.\n\
                The API CreateUser was invoked from IP address 203.0.113.7 using root credentials."
                .to_owned(),
            position: 1,
            notes: [Note::LastCallOnly].into(),
            ..Alert::new(Vendor::GuardDuty, "a1b2c3d4e5f60718293a4b5c6d7e8f90".to_owned())
        }
    }

    #[test]
    fn all_three_shapes_of_a_finding_give_the_same_alert() {
        let list = golden("guardduty-get-findings.json");
        assert_eq!(list.alerts[0], expected());
        assert_eq!(list.truncated, None);
        assert_eq!(golden("guardduty-event.json").alerts, [expected()]);
        assert_eq!(golden("guardduty-s3-export.jsonl").alerts[0], expected());
    }

    #[test]
    fn an_attack_sequence_is_about_root_where_root_took_part() {
        let sequence = |actors: serde_json::Value| {
            let finding = serde_json::json!({"schemaVersion": "2.0", "accountId": "111122223333", "region": "us-east-1", "id": "s", "type": "AttackSequence:IAM/CompromisedCredentials",
                "createdAt": "2026-03-14T02:30:00Z", "updatedAt": "2026-03-14T02:30:00Z", "title": "Potential credential compromise", "resource": {"resourceType": "AttackSequence"},
                "service": {"eventFirstSeen": "2026-03-14T02:00:00Z", "eventLastSeen": "2026-03-14T02:20:00Z", "detection": {"sequence": {"actors": actors,
                    "endpoints": [{"id": "e", "ip": "203.0.113.7"}, {"id": "d", "domain": "example.com"}]}}}});
            only(&read(finding.to_string().as_bytes(), &Default::default()).unwrap()).clone()
        };
        let root = sequence(
            serde_json::json!([{"id": "a", "user": {"name": "Root", "type": "Root", "credentialUid": "AKIAIOSFODNN7EXAMPLE"}}, {"id": "b"}]),
        );
        assert_eq!(
            (root.about_root, &root.access_keys, &root.source_addresses),
            (Some(true), &set(["AKIAIOSFODNN7EXAMPLE"]), &set(["203.0.113.7"]))
        );
        assert_eq!(sequence(serde_json::json!([{"id": "a", "user": {"type": "IAMUser"}}])).about_root, Some(false));
        // Nobody says who it was.
        assert_eq!(sequence(serde_json::json!([])).about_root, None);
    }

    #[test]
    fn a_finding_tells_whom_it_is_about_by_its_structure() {
        let list = golden("guardduty-get-findings.json");
        // An assumed root session, archived; an IAM user; an instance; a sample.
        let told: Vec<_> = list.alerts.iter().map(|alert| (alert.about_root, alert.suppressed, alert.notes.clone())).collect();
        assert_eq!(
            told[1..],
            [
                (Some(true), true, [Note::Archived].into()),
                (Some(false), false, [].into()),
                (Some(false), false, [].into()),
                (Some(false), false, [Note::Sample].into()),
            ]
        );
        // Exported to S3 it was sent, so it was archived by hand.
        let export = golden("guardduty-s3-export.jsonl");
        assert_eq!((export.alerts[1].suppressed, export.alerts[1].about_root), (false, Some(true)));
    }

    #[test]
    fn a_next_token_says_that_pages_are_missing() {
        let page = r#"{"Findings": [], "NextToken": "abc"}"#;
        let import = read(page.as_bytes(), &Default::default()).unwrap();
        assert_eq!(import.truncated.as_deref(), Some("`NextToken` is set: more pages follow"));
        let last = read(br#"{"Findings": [], "NextToken": ""}"#, &Default::default()).unwrap();
        assert_eq!((last.alerts.len(), last.truncated), (0, None));
    }

    #[test]
    fn a_finding_with_odd_members_is_still_an_alert() {
        let odd =
            r#"{"id":"f","type":"T","accountId":7,"createdAt":{},"service":{"count":-1,"archived":"yes","action":[]},"resource":null}"#;
        let import = read(odd.as_bytes(), &Default::default()).unwrap();
        let alert = only(&import);
        assert_eq!((alert.raised, alert.count, alert.about_root, alert.suppressed), (None, None, None, false));
        assert_eq!(import.problems[0].reason, "`createdAt` is neither text nor a number; left out");
    }
}
