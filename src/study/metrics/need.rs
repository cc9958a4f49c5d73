//! `need`: whether root was needed for what it did.
//!
//! Definition: uses that did a task, by whether AWS's list of the day had the task: `required`, `formerly_required`, `not_required`, which is the group; in
//! each period, and for each account over the window. Source: logs. Unit: share. Denominator: uses that did a task. The interval takes uses for independent,
//! which those of one session are not.

use crate::root::Need;
use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::Use;

pub(super) const METRIC: Metric = Metric {
    name: "need",
    unit: Unit::Share,
    definition: "uses that did a task, by whether root was needed for it on that day, which is the group",
    origin: Origin::Logs,
    denominators: &[Denominator::Tasks],
    work: |study, metric, sink| {
        let mut push = |place: Place<'_>, uses: &mut dyn Iterator<Item = &Use>| {
            let mut counts = [0_u64; Need::ALL.len()];
            for need in uses.filter_map(|one| one.need) {
                Need::ALL.iter().zip(&mut counts).filter(|(known, _)| **known == need).for_each(|(_, count)| *count += 1);
            }
            for (need, count) in Need::ALL.iter().zip(counts) {
                let amount = Amount::share(count, counts.iter().sum());
                study.push(sink, metric, Denominator::Tasks, Place { group: Some(need.name()), ..place }, amount);
            }
        };
        for span in &study.spans {
            let mut uses = study.population.accounts().flat_map(|(_, account)| account.uses_in(span.from, span.to));
            push(Place { period: Some(&span.label), ..Place::default() }, &mut uses);
        }
        for (id, account) in study.population.accounts() {
            push(Place { account: Some(id), ..Place::default() }, &mut account.uses_in(study.whole.from, study.whole.to).iter());
        }
    },
};
