//! `sessions`: sessions of root.
//!
//! Definition: distinct sessions of the uses in each period; one that goes on over the end of a period counts in both. Source: logs. Unit: count.
//! Denominator: accounts with a number. Unknown and zero as with `records`.

use crate::study::figure::{Denominator, Unit};
use crate::study::metric::{Metric, Origin};
use std::collections::BTreeSet;

pub(super) const METRIC: Metric = Metric {
    name: "sessions",
    unit: Unit::Count,
    definition: "distinct sessions of the uses in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| {
        study.push_counts(sink, metric, None, |account, span| {
            let sessions = account.uses_in(span.from, span.to).iter().filter_map(|one| Some(study.population.text(one.session?)));
            sessions.collect::<BTreeSet<_>>().len() as u64
        });
    },
};
