//! `cis_matches`: uses of root by the definition of the CIS benchmark.
//!
//! Definition: uses that the CIS metric filter for root matches, in each period. Failed sign-ins, which it also matches, are no uses and not counted. Source:
//! logs. Unit: count. Denominator: accounts with a number. Unknown and zero as with `records`.

use super::{Metric, Origin};
use crate::study::figure::{Denominator, Unit};

pub(super) const METRIC: Metric = Metric {
    name: "cis_matches",
    unit: Unit::Count,
    definition: "uses of root that the CIS metric filter matches, in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| {
        study.push_counts(sink, metric, None, |account, span| {
            account.uses_in(span.from, span.to).iter().filter(|one| one.cis_match).count() as u64
        });
    },
};
