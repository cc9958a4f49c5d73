//! Would the alarm have rung? Metric filters, alarms and their subscribers, played over the records that there are.
//!
//! A metric filter counts a record when its log event arrives in CloudWatch Logs, which is taken to be when its log was delivered; an alarm
//! looks at the counts every minute. What CloudWatch really did stands in its history, not here: this says what a configuration could have
//! done. Sources: "Filter and pattern syntax" and "Using Amazon CloudWatch alarms" in the CloudWatch user guides, and the reference of
//! `PutMetricAlarm`.
//!
//! What is set up and not played makes a chain's answer unknown, with the reason: dimensions, metric math, most default values, units, composite alarms,
//! several filters that feed one metric, and every member that is not known here. Not modelled, and not said of each answer: the hourly look of alarms over
//! more than a day.

mod alarm;
mod configuration;
#[cfg(test)]
mod members;
mod stretch;

pub(crate) use alarm::Alarm;
pub(crate) use configuration::{Chain, Configuration};
pub(crate) use stretch::{Ring, ring};

use serde::{Deserialize, Deserializer};

/// A field that may be `null`, which says as little as one that is not there.
fn or_default<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
