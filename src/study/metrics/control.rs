//! `accounts_alarmed`, `uses_alarmed`: whether root use would have raised an alarm.
//!
//! Definition: accounts in which at least one use in the window would have raised an alarm, of the accounts listed, which is the least that the share can be,
//! since an account without a use says nothing of its alarms; and of those with a use of which that is known. Uses that would have, of those of which it is known,
//! of all accounts in each period and of each over the window. Source: logs, held against alarm definitions. Unit: share. Denominator: accounts listed, accounts and uses of which it is known.

use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::{Account, Use};

pub(super) const METRICS: [Metric; 2] = [
    Metric {
        name: "accounts_alarmed",
        unit: Unit::Share,
        definition: "accounts in which a use of root would have raised an alarm, of those listed, at least; and of those with a use of which that is known",
        origin: Origin::Logs,
        denominators: &[Denominator::AccountsListed, Denominator::AccountsTried],
        work: |study, metric, sink| {
            let of = |account: &Account| tried(&mut account.uses_in(study.whole.from, study.whole.to).iter());
            let whole = (study.whole.from, study.whole.to);
            let listed = study.population.accounts().filter(|(_, account)| account.is_listed_in(whole)).map(|(_, account)| of(account));
            let (some, n, silent) = listed
                .fold((0, 0, 0), |(some, n, silent), (alarmed, all)| (some + u64::from(alarmed > 0), n + 1, silent + u64::from(all == 0)));
            let amount = Amount::share(some, n).at_least(silent > 0);
            let counts = study.population.accounts().map(|(_, account)| of(account));
            let (alarmed, all) =
                counts.filter(|(_, all)| *all > 0).fold((0, 0), |(some, n), (alarmed, _)| (some + u64::from(alarmed > 0), n + 1));
            // Where nothing was tried, no alarm is known to be silent.
            let amount = if all == 0 { Amount { denominator: Some(n), ..Amount::default() } } else { amount };
            study.push_bound(sink, metric, Denominator::AccountsListed, Place::default(), (amount, silent > 0));
            study.push(sink, metric, Denominator::AccountsTried, Place::default(), Amount::share(alarmed, all));
        },
    },
    Metric {
        name: "uses_alarmed",
        unit: Unit::Share,
        definition: "uses of root that would have raised an alarm, of those of which that is known",
        origin: Origin::Logs,
        denominators: &[Denominator::UsesTried],
        work: |study, metric, sink| {
            for span in &study.spans {
                let mut uses = study.population.accounts().flat_map(|(_, account)| account.uses_in(span.from, span.to));
                let (alarmed, all) = tried(&mut uses);
                let place = Place { period: Some(&span.label), ..Place::default() };
                study.push(sink, metric, Denominator::UsesTried, place, Amount::share(alarmed, all));
            }
            for (id, account) in study.population.accounts() {
                let (alarmed, all) = tried(&mut account.uses_in(study.whole.from, study.whole.to).iter());
                let place = Place { account: Some(id), ..Place::default() };
                study.push(sink, metric, Denominator::UsesTried, place, Amount::share(alarmed, all));
            }
        },
    },
];

/// Uses that would have raised an alarm, and those of which it is known whether.
fn tried(uses: &mut dyn Iterator<Item = &Use>) -> (u64, u64) {
    uses.filter_map(|one| one.would_alarm).fold((0, 0), |(alarmed, all), would| (alarmed + u64::from(would), all + 1))
}
