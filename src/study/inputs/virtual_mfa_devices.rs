//! `aws iam list-virtual-mfa-devices`: whether root's MFA is a virtual device. Where root has MFA and none of these is its own, it is hardware or a passkey.
//!
//! A device is root's when its user is (`arn:...:root`), or when it bears the name that root's device has by default and is in use. That there is none can only
//! be said of a whole list of the devices in use: not of a page, nor of what looks like the list of unassigned ones. An empty list is taken for a whole one.

use super::format::Format;
use super::import::Kind;
use super::state::{Source, State};
use crate::evidence::source::key::is_account;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const FORMAT: Format = Format {
    kind: Kind::VirtualMfaDevices,
    forms: "`list-virtual-mfa-devices`",
    fits: |item| item.list("VirtualMFADevices").is_some(),
    read: |item, options, import| {
        let devices = item.list("VirtualMFADevices").ok_or("no `VirtualMFADevices`")?;
        // By account: whether one is root's, and whether any is in use.
        let mut found: BTreeMap<String, (bool, bool)> = BTreeMap::new();
        for device in devices {
            let serial = device.get("SerialNumber").and_then(Value::as_str).unwrap_or_default();
            let user = device.get("User").and_then(|user| user.get("Arn")).and_then(Value::as_str).unwrap_or_default();
            let Some(account) = [user, serial].iter().find_map(|arn| account_of(arn)) else {
                import.problem(0, "a virtual MFA device without an account");
                continue;
            };
            let is_used = !user.is_empty() || device.get("EnableDate").is_some_and(|date| !date.is_null());
            let is_roots = user.ends_with(":root") || user.is_empty() && is_used && serial.ends_with(":mfa/root-account-mfa-device");
            let (roots, used) = found.entry(account.to_owned()).or_default();
            *roots |= is_roots;
            *used |= is_used;
        }
        if devices.is_empty() {
            let account = item.account(options).ok_or("an empty list of virtual MFA devices does not name its account; name it")?;
            found.insert(account, (false, true));
        }
        let is_cut = item.is_cut();
        import.incomplete |= is_cut;
        for (account, (roots, used)) in found {
            let virtual_mfa = if roots { Some(true) } else { (used && !is_cut).then_some(false) };
            let state = State::dated(Source::VirtualMfaDevices, None, options.date);
            import.states.push((account, State { virtual_mfa, ..state }));
        }
        Ok(())
    },
};

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| is_account(account))
}
