//! `cis_matches`: what the metric filter of the CIS benchmark matches.
//!
//! Definition: records that the CIS metric filter for root matches, in each period; failed sign-ins are among them, as they are for the filter, and as
//! they are wherever this program counts its matches. Source: logs. Unit: count. Denominator: accounts with a number. Unknown and zero as with `records`.

use crate::study::figure::{Denominator, Unit};
use crate::study::metric::{Metric, Origin};

pub(super) const METRIC: Metric = Metric {
    name: "cis_matches",
    unit: Unit::Count,
    definition: "records that the CIS metric filter for root matches, failed sign-ins included, in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| {
        study.push_counts(sink, metric, None, |account, span| account.cis_matches_in(span.from, span.to));
    },
};
