//! `keys_in_use`: long-term keys that root signs with.
//!
//! Definition: distinct long-term keys that signed a use, in each period. Source: logs. Unit: count. Denominator: accounts with a number. Unknown and zero as with `records`.

use crate::study::figure::{Denominator, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::UseKind;
use std::collections::BTreeSet;

pub(super) const METRIC: Metric = Metric {
    name: "keys_in_use",
    unit: Unit::Count,
    definition: "distinct long-term keys of root that signed a use, in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| {
        study.push_counts(sink, metric, None, |account, span| {
            let signed = account.uses_in(span.from, span.to).iter().filter(|one| one.kind == UseKind::LongTermKey);
            signed.filter_map(|one| Some(study.population.text(one.key?))).collect::<BTreeSet<_>>().len() as u64
        });
    },
};
