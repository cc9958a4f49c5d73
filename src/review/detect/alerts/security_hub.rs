//! Security Hub findings in ASFF, of the command line and of events.
//!
//! A workflow's status has no time of its own: `UpdatedAt` only says no later than when it was set.

use super::alert::{Alert, Vendor};
use super::arn::Arn;
use super::around::Around;
use super::field::{account, action, address, at, count, list, text};
use super::format::{Fit, Format, Items, Reader};
use super::note::Note;
use super::reading::Reading;
use serde_json::Value;

pub(super) const FORMAT: Format = Format {
    vendor: Vendor::SecurityHub,
    forms: "Security Hub findings (ASFF)",
    items: Some(Items { lists: &["Findings", "findings"], reader: |_| Box::new(Findings) }),
    sheet: None,
};

struct Findings;

impl Reader for Findings {
    fn fit(&self, item: &Value, _around: &Around) -> Fit {
        let fits = ["Id", "ProductArn", "AwsAccountId"].iter().all(|name| text(item, name).is_some());
        if fits { Fit::Yes } else { Fit::No }
    }

    fn take(&mut self, item: &Value, _around: &Around, reading: &mut Reading<'_>) {
        let Some(id) = text(item, "Id") else { return };
        let mut alert = reading.alert(Vendor::SecurityHub, id.to_owned());
        let kinds: Vec<&str> = list(item, "Types").iter().filter_map(Value::as_str).collect();
        alert.kind = kinds.first().copied().or(text(item, "GeneratorId")).unwrap_or_default().to_owned();
        alert.title = text(item, "Title").unwrap_or_default().to_owned();
        alert.account = account(item, "AwsAccountId");
        let of_product = || text(item, "ProductArn").and_then(Arn::parse).map(|arn| arn.region).filter(|region| !region.is_empty());
        alert.region = text(item, "Region").map(str::to_owned).or_else(of_product);
        alert.raised = reading.time(&mut alert, "CreatedAt", at(item, "CreatedAt"));
        let product = |name: &str| at(item, "ProductFields")?.get(format!("aws/guardduty/service/{name}"));
        // What others say of the first observation is when they saw it; only GuardDuty says when the activity was.
        let is_guardduty = text(item, "ProductArn").is_some_and(|arn| arn.ends_with("/aws/guardduty"));
        let observed = |name: &str| at(item, name).filter(|_| is_guardduty);
        let first = product("eventFirstSeen").or_else(|| observed("FirstObservedAt"));
        alert.first_seen = reading.time(&mut alert, "FirstObservedAt", first);
        let last = product("eventLastSeen").or_else(|| observed("LastObservedAt"));
        alert.last_seen = reading.time(&mut alert, "LastObservedAt", last);
        alert.updated = reading.time(&mut alert, "UpdatedAt", at(item, "UpdatedAt"));
        alert.count = at(item, "ProductFields").and_then(|fields| count(fields, "aws/guardduty/service/count"));
        alert.notes.extend((alert.count > Some(1)).then_some(Note::LastCallOnly));
        calls(&mut alert, item, &|name| product(&format!("action/awsApiCallAction/{name}"))?.as_str());
        workflow(&mut alert, item, reading);
        about(&mut alert, item, &kinds);
        alert.say(kinds.into_iter().map(Some).chain(["Title", "Description", "GeneratorId"].map(|name| text(item, name))));
        reading.add(alert);
    }
}

/// Calls, keys and addresses, from ASFF's own members or from GuardDuty's.
fn calls<'v>(alert: &mut Alert, item: &'v Value, product: &dyn Fn(&str) -> Option<&'v str>) {
    let call = |name: &str| text(item, &format!("Action.AwsApiCallAction.{name}"));
    let of_asff = call("ServiceName").zip(call("Api"));
    let calls = of_asff.or_else(|| product("serviceName").zip(product("api")));
    alert.actions.extend(calls.map(|(service, call)| action(service, call)));
    alert.source_addresses.extend(address(item, "Action.AwsApiCallAction.RemoteIpDetails.IpAddressV4"));
    alert.source_addresses.extend(address(item, "Network.SourceIpV4"));
    let of_product = product("remoteIpDetails/ipAddressV4").filter(|address| address.parse::<std::net::IpAddr>().is_ok());
    alert.source_addresses.extend(of_product.map(str::to_owned));
    let keys = list(item, "Resources").iter().filter_map(|resource| text(resource, "Details.AwsIamAccessKey.AccessKeyId"));
    alert.access_keys.extend(keys.map(str::to_owned));
}

fn workflow(alert: &mut Alert, item: &Value, reading: &mut Reading<'_>) {
    match text(item, "Workflow.Status") {
        Some("NOTIFIED") => {
            alert.acknowledged = reading.time(alert, "UpdatedAt", at(item, "UpdatedAt"));
            alert.notes.extend(alert.acknowledged.map(|_| Note::AcknowledgedNoLaterThan));
        }
        Some("RESOLVED") => {
            alert.resolved = reading.time(alert, "UpdatedAt", at(item, "UpdatedAt"));
            alert.notes.extend(alert.resolved.map(|_| Note::ResolvedNoLaterThan));
        }
        Some("SUPPRESSED") => alert.suppressed = true,
        _ => {}
    }
}

fn about(alert: &mut Alert, item: &Value, kinds: &[&str]) {
    // Controls have this member, and nothing else does: they find a root user with an access key, not that it was used.
    let control = at(item, "Compliance").is_some();
    let sample = text(item, "ProductFields.aws/guardduty/service/additionalInfo/sample") == Some("true");
    let resources = list(item, "Resources").iter();
    let principals: Vec<&str> = resources.filter_map(|resource| text(resource, "Details.AwsIamAccessKey.PrincipalType")).collect();
    alert.judge_finding(kinds, control, sample, &principals);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, golden, only, set};
    use super::*;

    #[test]
    fn a_finding_of_guardduty_keeps_guardduty_s_times_and_its_call() {
        let list = golden("securityhub-get-findings.json");
        // Created 15:31:07, seen first 15:12:40 by the product's own field (FirstObservedAt says 15:12:00), NOTIFIED and updated 16:20.
        let expected = Alert {
            kind: "TTPs/Policy:IAMUser-RootCredentialUsage".to_owned(),
            title: "The API CreateUser was invoked using root credentials.".to_owned(),
            account: Some("111122223333".to_owned()),
            region: Some("us-east-1".to_owned()),
            raised: at("2026-03-14T15:31:07.421Z"),
            acknowledged: at("2026-03-14T16:20:00Z"),
            updated: at("2026-03-14T16:20:00Z"),
            named: set(["111122223333", "203.0.113.7"]),
            first_seen: at("2026-03-14T15:12:40Z"),
            last_seen: at("2026-03-14T18:02:05Z"),
            count: Some(3),
            access_keys: set(["AKIAIOSFODNN7EXAMPLE"]),
            source_addresses: set(["203.0.113.7"]),
            actions: set(["iam:CreateUser"]),
            about_root: Some(true),
            words: "TTPs/Policy:IAMUser-RootCredentialUsage\nThe API CreateUser was invoked using root credentials.\n\
                The API CreateUser was invoked from IP address 203.0.113.7.\narn:aws:guardduty:us-east-1:111122223333:detector/0123456789abcdef0123456789abcdef"
                .to_owned(),
            position: 1,
            notes: [Note::AcknowledgedNoLaterThan, Note::LastCallOnly].into(),
            ..Alert::new(
                Vendor::SecurityHub,
                "arn:aws:guardduty:us-east-1:111122223333:detector/0123456789abcdef0123456789abcdef/finding/a1b2c3d4e5f60718293a4b5c6d7e8f90".to_owned(),
            )
        };
        assert_eq!(list.alerts[0], expected);
        assert_eq!(list.truncated.as_deref(), Some("`NextToken` is set: more pages follow"));
    }

    #[test]
    fn a_control_is_no_alert_of_use_and_words_are_left_to_words() {
        let list = golden("securityhub-get-findings.json");
        let [_, control, custom, user] = list.alerts.as_slice() else { panic!("{list:?}") };
        // Whether the root user has an access key: about root, not about a use.
        assert_eq!((control.about_root, &control.notes), (Some(false), &[Note::ConfigurationCheck].into()));
        // A product's own finding, resolved; only its words tell.
        assert_eq!((custom.about_root, custom.resolved), (None, at("2026-03-14T20:00:00Z")));
        assert_eq!(custom.notes, [Note::ResolvedNoLaterThan].into());
        assert!(custom.words.contains("Root account login"));
        assert_eq!((user.about_root, user.suppressed), (Some(false), true));
    }

    #[test]
    fn an_imported_finding_in_an_event_is_read() {
        let event = golden("securityhub-event.json");
        let alert = only(&event);
        assert_eq!((alert.vendor, alert.about_root, alert.raised), (Vendor::SecurityHub, Some(true), at("2026-03-14T15:31:07.421Z")));
        // NEW: nobody has taken it up.
        assert_eq!((alert.acknowledged, alert.resolved), (None, None));
    }
}
