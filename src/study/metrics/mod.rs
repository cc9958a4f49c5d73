//! Every metric of a study, one file each, and the table of them.
//!
//! A metric's file says what it is: definition, source, unit, denominator. Several figures that are one idea at several lengths or ends share a file.

mod approved;
mod bad_practices;
mod cis_matches;
mod concentration;
mod control;
mod cumulative_use;
mod durations;
mod failed_sign_ins;
mod idle;
mod incidents;
mod key_calls;
mod key_last_call;
mod keys_held;
mod keys_in_use;
mod mfa_share;
mod need;
mod policies;
mod recent_use;
mod records;
mod recoveries;
mod repeated_use;
mod rolling_use;
mod sessions;
mod sign_ins;
mod spread;
mod tasks;
mod uses_by_kind;

use super::figure::Sink;
use super::metric::Metric;
use super::setting::Study;

/// Every metric.
pub(crate) const METRICS: [Metric; 41] = [
    records::METRIC,
    uses_by_kind::METRIC,
    cis_matches::METRIC,
    sessions::METRIC,
    incidents::METRIC,
    sign_ins::METRIC,
    key_calls::METRIC,
    recent_use::METRICS[0],
    recent_use::METRICS[1],
    recent_use::METRICS[2],
    rolling_use::METRICS[0],
    rolling_use::METRICS[1],
    rolling_use::METRICS[2],
    cumulative_use::METRIC,
    repeated_use::METRICS[0],
    repeated_use::METRICS[1],
    concentration::METRICS[0],
    concentration::METRICS[1],
    need::METRIC,
    tasks::METRIC,
    mfa_share::METRIC,
    failed_sign_ins::METRIC,
    recoveries::METRIC,
    keys_in_use::METRIC,
    key_last_call::METRIC,
    keys_held::METRICS[0],
    keys_held::METRICS[1],
    idle::METRICS[0],
    idle::METRICS[1],
    idle::METRICS[2],
    durations::METRICS[0],
    durations::METRICS[1],
    durations::METRICS[2],
    approved::METRIC,
    control::METRICS[0],
    control::METRICS[1],
    bad_practices::METRICS[0],
    bad_practices::METRICS[1],
    bad_practices::METRICS[2],
    bad_practices::METRICS[3],
    policies::METRIC,
];

/// Works out the figures of every metric, in the order of [`METRICS`].
pub(crate) fn figures(study: &Study<'_>, sink: &mut Sink<'_>) {
    METRICS.iter().for_each(|metric| metric.figures(study, sink));
}
