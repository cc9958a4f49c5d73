//! `uses_by_kind`: what was used of root.
//!
//! Definition: records of each kind of use in each period; the group is the kind, so that sign-ins, keys, and privileged sessions, which a person with rights
//! of an organisation opens and nobody signs in to, can be distinguished. Source: logs. Unit: count. Denominator: none. Population only; a kind of which there
//! is not a record has no row.

use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use std::collections::BTreeMap;

pub(super) const METRIC: Metric = Metric {
    name: "uses_by_kind",
    unit: Unit::Count,
    definition: "records in which root was used, in each period, by what was used, which is the group",
    origin: Origin::Logs,
    denominators: &[Denominator::None],
    work: |study, metric, sink| {
        for span in &study.spans {
            let mut kinds: BTreeMap<_, u64> = BTreeMap::new();
            let uses = study.population.accounts().flat_map(|(_, account)| account.uses_in(span.from, span.to));
            uses.for_each(|one| *kinds.entry(one.kind).or_default() += 1);
            for (kind, count) in kinds {
                let place = Place { account: None, period: Some(&span.label), group: Some(kind.name()) };
                study.push(sink, metric, Denominator::None, place, Amount::count(Some(count)));
            }
        }
    },
};
