//! `top_tenth_share`, `gini`: how unequally use is spread over accounts.
//!
//! Definition: the share of all uses in the window that falls to the tenth of accounts with the most, the tenth rounded up to whole accounts; and the
//! coefficient of Gini of uses over accounts, those without any included: the sum of (2i - n - 1) x_i over n times the sum of x_i, x ascending, i from 1.
//! Source: logs. Unit: share, index. Denominator: uses, and accounts; each for accounts listed, covered in the window, and seen, which is the group. No
//! interval: uses are not independent. Undefined without uses. Population only.

use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::setting::Study;

pub(super) const METRICS: [Metric; 2] = [
    Metric {
        name: "top_tenth_share",
        unit: Unit::Share,
        definition: "share of uses in the window by the tenth of accounts with the most; the group says which accounts",
        origin: Origin::Logs,
        denominators: &[Denominator::Uses],
        work: |study, metric, sink| {
            for kind in Denominator::ACCOUNTS {
                let uses = ascending(study, kind);
                let top = uses.len().div_ceil(10);
                let amount = Amount::ratio(uses.iter().rev().take(top).sum(), uses.iter().sum());
                study.push(sink, metric, Denominator::Uses, Place { group: Some(kind.name()), ..Place::default() }, amount);
            }
        },
    },
    Metric {
        name: "gini",
        unit: Unit::Index,
        definition: "coefficient of Gini of uses over accounts, those without any included; the group says which accounts",
        origin: Origin::Logs,
        denominators: &Denominator::ACCOUNTS,
        work: |study, metric, sink| {
            for kind in Denominator::ACCOUNTS {
                let uses = ascending(study, kind);
                let amount = Amount { value: gini(&uses), denominator: Some(uses.len() as u64), ..Amount::default() };
                study.push(sink, metric, kind, Place { group: Some(kind.name()), ..Place::default() }, amount);
            }
        },
    },
];

/// Uses of each account in the window, ascending.
fn ascending(study: &Study<'_>, kind: Denominator) -> Vec<u64> {
    let time = (study.whole.from, study.whole.to);
    let accounts = study.population.accounts().filter(|(_, account)| study.counts(account, kind, time));
    let mut uses: Vec<u64> = accounts.map(|(_, account)| account.uses_in(time.0, time.1).len() as u64).collect();
    uses.sort_unstable();
    uses
}

fn gini(ascending: &[u64]) -> Option<f64> {
    let (n, sum) = (ascending.len() as f64, ascending.iter().sum::<u64>() as f64);
    let weighted: f64 = (1..).zip(ascending).map(|(i, x)| (2.0 * f64::from(i) - n - 1.0) * *x as f64).sum();
    (sum > 0.0).then(|| weighted / (n * sum))
}

#[cfg(test)]
mod tests {
    use super::gini;

    #[test]
    fn equal_use_is_no_inequality_and_one_account_alone_is_nearly_all_of_it() {
        assert_eq!(gini(&[2, 2, 2, 2]), Some(0.0));
        // n = 4, only the last has any: (2*4 - 4 - 1) * 8 / (4 * 8) = 3/4, which is (n - 1) / n.
        assert_eq!(gini(&[0, 0, 0, 8]), Some(0.75));
        assert_eq!((gini(&[]), gini(&[0, 0])), (None, None));
    }
}
