//! `used_in_at_least_periods`, `periods_used`: whether root is used again and again.
//!
//! Definition: accounts with any use in at least k of the window's periods, k being the group, for each k of the terms that there are periods for; and of
//! each account the number of periods in which root was used. Source: logs. Unit: share, count. Denominator: accounts listed, covered in the window, and seen.

use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::Account;
use crate::study::setting::Study;

pub(super) const METRICS: [Metric; 2] = [
    Metric {
        name: "used_in_at_least_periods",
        unit: Unit::Share,
        definition: "accounts with a use of root in at least so many periods as the group says",
        origin: Origin::Logs,
        denominators: &Denominator::ACCOUNTS,
        work: |study, metric, sink| {
            for least in study.terms.repeats.iter().filter(|least| **least <= study.spans.len() as u64) {
                let group = least.to_string();
                let place = Place { group: Some(&group), ..Place::default() };
                let time = (study.whole.from, study.whole.to);
                study.push_accounts(sink, metric, (place, time), |account| periods(study, account) >= *least);
            }
        },
    },
    Metric {
        name: "periods_used",
        unit: Unit::Count,
        definition: "periods in which root of the account was used, out of all periods",
        origin: Origin::Logs,
        denominators: &[Denominator::None],
        work: |study, metric, sink| {
            for (id, account) in study.population.accounts() {
                let known = study.is_used(account, study.whole.from, study.whole.to).map(|_| periods(study, account));
                study.push(sink, metric, Denominator::None, Place { account: Some(id), ..Place::default() }, Amount::count(known));
            }
        },
    },
];

fn periods(study: &Study<'_>, account: &Account) -> u64 {
    study.spans.iter().filter(|span| study.was_used(account, span.from, span.to)).count() as u64
}
