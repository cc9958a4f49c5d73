//! Making a virtual MFA device and enabling it is one task, in two calls: only the second says for whom.

use crate::case::activity::Activity;
use crate::case::spool::Texts;
use crate::evidence::record::view::{Parser, Record};
use crate::root::{Label, Need};
use foldhash::HashSet;

/// Marks the making and deleting of devices as tasks that need root where a record shows that the device is root's own.
pub(super) fn resolve(activities: &mut [Activity], texts: &Texts) {
    let is_open = |activity: &Activity| {
        matches!(&*activity.action, "iam CreateVirtualMFADevice" | "iam DeleteVirtualMFADevice")
            && activity.label.need == Some(Need::NotRequired)
    };
    if !activities.iter().any(is_open) {
        return;
    }
    let mut parser = Parser::default();
    let mut serial = |activity: &Activity| {
        let read = parser.with(texts.json(&activity.text), |value| {
            let record = Record::read(value);
            let made = value.at(&["responseElements", "virtualMFADevice", "serialNumber"]).and_then(|serial| serial.text());
            record.request("serialNumber").or(made).map(str::to_owned)
        });
        Some((activity.account_id.clone(), read.ok().flatten()?))
    };
    // Of these calls root is needed only for its own device.
    let is_own = |activity: &Activity| {
        matches!(&*activity.action, "iam EnableMFADevice" | "iam DeactivateMFADevice" | "iam ResyncMFADevice")
            && activity.label.need == Some(Need::Required)
    };
    let own: HashSet<(Box<str>, String)> = activities.iter().filter(|activity| is_own(activity)).filter_map(&mut serial).collect();
    if own.is_empty() {
        return;
    }
    for activity in activities.iter_mut().filter(|activity| is_open(activity)) {
        if serial(activity).is_some_and(|device| own.contains(&device)) {
            activity.label = Label { need: Some(Need::Required), ..activity.label };
        }
    }
}
