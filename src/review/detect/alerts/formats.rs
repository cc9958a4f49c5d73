//! The table of formats. Readers do not know it, nor each other.

use super::format::Format;
use super::import::Unreadable;
use super::{cloudwatch, eventbridge, guardduty, ocsf, opsgenie, own, pagerduty, security_hub, servicenow, sns};

/// All formats. The first that fits takes an item, so those with the most telling members come first.
pub(super) const FORMATS: [Format; 10] = [
    guardduty::FORMAT,
    security_hub::FORMAT,
    ocsf::FORMAT,
    cloudwatch::FORMAT,
    pagerduty::FORMAT,
    opsgenie::FORMAT,
    servicenow::FORMAT,
    own::FORMAT,
    eventbridge::FORMAT,
    sns::FORMAT,
];

/// The error for an export in none of them.
pub(super) fn unknown() -> Unreadable {
    Unreadable::Unknown { known: FORMATS.map(|format| format.forms).join(", ") }
}
