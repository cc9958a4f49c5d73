//! `idle_survival`, `idle_median`, `days_since_use`: how long root lies idle.
//!
//! Definition: days from an account's last use of root in the window to the window's end; of an account without any, that it has been longer than it was
//! watched: from the start of the window, or the first day that was covered if that is later, to the end. Where an account's logs end before the window does,
//! nobody knows what came after, so that the time ends there and is only known to have been that long at least. The curve is that of Kaplan and Meier: the share of
//! accounts idle for longer than so many days, which are the group; numerator: accounts that were idle at least that long. The median of it has its own
//! figure. Source: logs. Unit: share, days. Denominator: accounts in which root was used or that were covered at some time of the window.

use crate::evidence::record::time::Micros;
use crate::statistics::{Observation, Survival};
use crate::study::DAY;
use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::Account;
use crate::study::setting::Study;

pub(super) const METRICS: [Metric; 3] = [
    Metric {
        name: "idle_survival",
        unit: Unit::Share,
        definition: "share of accounts whose root has been idle for longer than so many days as the group says (Kaplan-Meier)",
        origin: Origin::Logs,
        denominators: &[Denominator::AccountsWatched],
        work: |study, metric, sink| {
            let observations = observations(study);
            for step in Survival::estimate(&observations).map(|survival| survival.steps).unwrap_or_default() {
                let group = days(step.time).to_string();
                let amount = Amount {
                    value: Some(step.survival),
                    numerator: Some(step.at_risk),
                    denominator: Some(observations.len() as u64),
                    lower: Some(step.lower),
                    upper: Some(step.upper),
                };
                study.push(sink, metric, Denominator::AccountsWatched, Place { group: Some(&group), ..Place::default() }, amount);
            }
        },
    },
    Metric {
        name: "idle_median",
        unit: Unit::Days,
        definition: "days for which root of half of the accounts has been idle (Kaplan-Meier)",
        origin: Origin::Logs,
        denominators: &[Denominator::AccountsWatched],
        work: |study, metric, sink| {
            let observations = observations(study);
            let survival = Survival::estimate(&observations);
            let interval = survival.as_ref().map(Survival::median_interval);
            let amount = Amount {
                value: survival.as_ref().and_then(Survival::median).map(days),
                numerator: Some(observations.iter().filter(|one| one.event).count() as u64),
                denominator: Some(observations.len() as u64),
                lower: interval.and_then(|(lower, _)| lower).map(days),
                upper: interval.and_then(|(_, upper)| upper).map(days),
            };
            study.push(sink, metric, Denominator::AccountsWatched, Place::default(), amount);
        },
    },
    Metric {
        name: "days_since_use",
        unit: Unit::Days,
        definition: "days from the account's last use of root in the window to its end",
        origin: Origin::Logs,
        denominators: &[Denominator::None],
        work: |study, metric, sink| {
            for (id, account) in study.population.accounts() {
                let known = observe(study, account).filter(|one| one.event).map(|one| days(one.duration));
                let amount = Amount { value: known, ..Amount::default() };
                study.push(sink, metric, Denominator::None, Place { account: Some(id), ..Place::default() }, amount);
            }
        },
    },
];

fn days(time: Micros) -> f64 {
    time as f64 / DAY as f64
}

fn observations(study: &Study<'_>) -> Vec<Observation> {
    study.population.accounts().filter_map(|(_, account)| observe(study, account)).collect()
}

/// The moment up to which the logs of an account tell of it: the end of the window, or where they end before that.
pub(super) fn watched_until(study: &Study<'_>, account: &Account) -> Micros {
    let (from, to) = (study.whole.from, study.whole.to);
    let seen = account.coverage.last_seen(to).map_or(from, |end| end.min(to));
    // A day without logs at the end is the end all the same: quiet accounts have such days.
    if seen.saturating_add(DAY) >= to { to } else { seen }
}

fn observe(study: &Study<'_>, account: &Account) -> Option<Observation> {
    let (from, to) = (study.whole.from, study.whole.to);
    let reported = account.reported.iter().rev().find(|time| (from..to).contains(*time)).copied();
    let last = account.uses_in(from, to).last().map(|last| last.time).max(reported);
    let watched = watched_until(study, account);
    if let Some(last) = last {
        return Some(Observation { duration: watched.max(last) - last, event: watched == to });
    }
    let first = account.coverage.first_seen(from)?.max(from);
    (first < watched).then_some(Observation { duration: watched - first, event: false })
}
