//! `tasks`: what root did.
//!
//! Definition: uses that did a task, by need and task in each period; the group is both, as `not_required iam:CreateUser`. The same task may stand under two
//! needs where AWS's list changed. Source: logs. Unit: count. Denominator: none. Population only; tasks that were not done have no row.

use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use std::collections::BTreeMap;

pub(super) const METRIC: Metric = Metric {
    name: "tasks",
    unit: Unit::Count,
    definition: "uses that did a task in each period, by need and task, which are the group",
    origin: Origin::Logs,
    denominators: &[Denominator::None],
    work: |study, metric, sink| {
        for span in &study.spans {
            let mut tasks: BTreeMap<_, u64> = BTreeMap::new();
            for one in study.population.accounts().flat_map(|(_, account)| account.uses_in(span.from, span.to)) {
                if let Some(need) = one.need {
                    *tasks.entry((need, study.population.text(one.name))).or_default() += 1;
                }
            }
            for ((need, task), count) in tasks {
                let group = format!("{} {task}", need.name());
                let place = Place { account: None, period: Some(&span.label), group: Some(&group) };
                study.push(sink, metric, Denominator::None, place, Amount::count(Some(count)));
            }
        }
    },
};
