//! `records`: uses of root.
//!
//! Definition: records of any kind that counts as use, in each period. Source: logs. Unit: count. Denominator: accounts with a number. An account
//! without any has 0 where it was covered, and no value where it was not; the number of all accounts is that of those with one.

use crate::study::figure::{Denominator, Unit};
use crate::study::metric::{Metric, Origin};

pub(super) const METRIC: Metric = Metric {
    name: "records",
    unit: Unit::Count,
    definition: "records in which root was used, in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| {
        study.push_counts(sink, metric, None, |account, span| account.uses_in(span.from, span.to).len() as u64);
    },
};
