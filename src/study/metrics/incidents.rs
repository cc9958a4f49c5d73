//! `incidents`: incidents in which root was used.
//!
//! Definition: incidents that began in each period. Source: logs, put together by a review. Unit: count. Denominator: accounts with a number. Unknown and zero as with `records`.

use crate::study::figure::{Denominator, Unit};
use crate::study::metric::{Metric, Origin};

pub(super) const METRIC: Metric = Metric {
    name: "incidents",
    unit: Unit::Count,
    definition: "incidents with a use of root that began in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| {
        study.push_counts(sink, metric, None, |account, span| account.incidents_in(span.from, span.to).len() as u64);
    },
};
