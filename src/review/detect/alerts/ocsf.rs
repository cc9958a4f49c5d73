//! Detection findings in OCSF (class 2004), as Security Hub's second version has them: `get-findings-v2`, events and JSON lines.
//!
//! Only of findings of GuardDuty the first and last time seen are those of the activity; what others say of it is when they saw it.

use super::alert::Vendor;
use super::around::Around;
use super::field::{account, action, address, at, list, text};
use super::format::{Fit, Format, Items, Reader};
use super::note::Note;
use super::reading::Reading;
use serde_json::Value;

pub(super) const FORMAT: Format = Format {
    vendor: Vendor::SecurityHub,
    forms: "OCSF detection findings",
    items: Some(Items { lists: &["Findings", "findings"], reader: |_| Box::new(Findings) }),
    sheet: None,
};

/// Detection Finding, and Compliance Finding, which is a check of the configuration.
const DETECTION: u64 = 2004;
const COMPLIANCE: u64 = 2003;

struct Findings;

impl Reader for Findings {
    fn fit(&self, item: &Value, _around: &Around) -> Fit {
        let class = at(item, "class_uid").and_then(Value::as_u64);
        let fits = matches!(class, Some(DETECTION | COMPLIANCE)) && text(item, "finding_info.uid").is_some();
        if fits { Fit::Yes } else { Fit::No }
    }

    fn take(&mut self, item: &Value, _around: &Around, reading: &mut Reading<'_>) {
        // The finding's own id, by which the older form calls it too.
        let Some(id) = text(item, "finding_info.uid") else { return };
        let mut alert = reading.alert(Vendor::SecurityHub, id.to_owned());
        let kinds: Vec<&str> = list(item, "finding_info.types").iter().filter_map(Value::as_str).collect();
        alert.kind = kinds.first().copied().or(text(item, "class_name")).unwrap_or_default().to_owned();
        alert.title = text(item, "finding_info.title").unwrap_or_default().to_owned();
        alert.account = account(item, "cloud.account.uid");
        alert.region = text(item, "cloud.region").map(str::to_owned);
        // Each time stands as text and as milliseconds, or as one of them.
        let time = |name: &str| at(item, &format!("finding_info.{name}_dt")).or_else(|| at(item, &format!("finding_info.{name}")));
        alert.raised =
            reading.time(&mut alert, "created_time", time("created_time").or_else(|| at(item, "time_dt")).or_else(|| at(item, "time")));
        alert.updated = reading.time(&mut alert, "modified_time", time("modified_time"));
        let product = [text(item, "metadata.product.uid"), text(item, "metadata.product.name")];
        let is_guardduty = product.into_iter().flatten().any(|name| name.ends_with("/guardduty") || name == "GuardDuty");
        if is_guardduty {
            alert.first_seen = reading.time(&mut alert, "first_seen_time", time("first_seen_time"));
            alert.last_seen = reading.time(&mut alert, "last_seen_time", time("last_seen_time"));
        }
        let is_check = at(item, "class_uid").and_then(Value::as_u64) == Some(COMPLIANCE) || at(item, "compliance").is_some();
        let mut principals: Vec<&str> = text(item, "actor.user.type").into_iter().collect();
        for evidence in list(item, "evidences") {
            alert
                .actions
                .extend(text(evidence, "api.service.name").zip(text(evidence, "api.operation")).map(|(of, call)| action(of, call)));
            alert.source_addresses.extend(address(evidence, "src_endpoint.ip"));
            alert.access_keys.extend(text(evidence, "actor.user.credential_uid").map(str::to_owned));
            principals.extend(text(evidence, "actor.user.type"));
        }
        alert.access_keys.extend(text(item, "actor.user.credential_uid").map(str::to_owned));
        alert.judge_finding(&kinds, is_check, false, &principals);
        match text(item, "status") {
            Some("Resolved") => {
                alert.resolved = alert.updated;
                alert.notes.extend(alert.resolved.map(|_| Note::ResolvedNoLaterThan));
            }
            Some("Suppressed") => alert.suppressed = true,
            _ => {}
        }
        let words = ["finding_info.title", "finding_info.desc"].map(|name| text(item, name));
        alert.say(kinds.into_iter().map(Some).chain(words));
        reading.add(alert);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, only, set};
    use crate::review::detect::alerts::{Note, Options, Vendor, read};
    use serde_json::{Value, json};

    fn finding(product: &str) -> Value {
        json!({"class_uid": 2004, "class_name": "Detection Finding", "cloud": {"account": {"uid": "111122223333"}, "region": "us-east-1"}, "status": "Resolved",
            "actor": {"user": {"type": "Root", "credential_uid": "AKIAIOSFODNN7EXAMPLE"}},
            "evidences": [{"api": {"operation": "CreateUser", "service": {"name": "iam.amazonaws.com"}}, "src_endpoint": {"ip": "203.0.113.7"}}],
            "finding_info": {"uid": "f-1", "title": "API CreateUser was invoked using root credentials.", "types": ["TTPs/Policy:IAMUser-RootCredentialUsage"],
                "created_time": 1_773_502_267_000_i64, "first_seen_time_dt": "2026-03-14T15:12:40Z", "last_seen_time_dt": "2026-03-14T15:12:40Z",
                "modified_time_dt": "2026-03-14T16:20:00Z"},
            "metadata": {"product": {"uid": product}}})
    }

    #[test]
    fn a_finding_is_the_same_alone_in_a_list_in_an_event_and_in_a_message_around_that() {
        let finding = finding("arn:aws:securityhub:us-east-1::productv2/aws/guardduty");
        let list = json!({"Findings": [finding]});
        let event = json!({"id": "e", "detail-type": "Findings Imported V2", "source": "aws.securityhub", "account": "999999999999", "time": "2026-03-14T15:31:09Z",
            "region": "us-east-1", "detail": {"findings": [finding]}});
        let message = json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:999999999999:t", "Timestamp": "2026-03-14T15:31:10Z",
            "Message": event.to_string()});
        for text in [&finding, &list, &event, &message] {
            let import = read(text.to_string().as_bytes(), &Options::default()).unwrap();
            let alert = only(&import);
            assert_eq!((alert.vendor, &*alert.id, alert.account.as_deref()), (Vendor::SecurityHub, "f-1", Some("111122223333")));
            assert_eq!((alert.raised, alert.first_seen), (at("2026-03-14T15:31:07Z"), at("2026-03-14T15:12:40Z")));
            assert_eq!((&alert.access_keys, &alert.source_addresses), (&set(["AKIAIOSFODNN7EXAMPLE"]), &set(["203.0.113.7"])));
            assert_eq!((alert.about_root, alert.resolved), (Some(true), at("2026-03-14T16:20:00Z")));
        }
    }

    #[test]
    fn what_another_product_says_of_the_first_time_is_no_time_of_the_act_and_a_check_is_no_activity() {
        let other = finding("arn:aws:securityhub:us-east-1::productv2/example/siem");
        let import = read(other.to_string().as_bytes(), &Options::default()).unwrap();
        assert_eq!((only(&import).first_seen, only(&import).raised), (None, at("2026-03-14T15:31:07Z")));
        let mut check = finding("x");
        check["class_uid"] = json!(2003);
        let import = read(check.to_string().as_bytes(), &Options::default()).unwrap();
        assert!(only(&import).notes.contains(&Note::ConfigurationCheck) && only(&import).about_root == Some(false));
    }
}
