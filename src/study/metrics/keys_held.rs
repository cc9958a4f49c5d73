//! `key_age`, `key_idle`: how old root's keys are, and how long they have not been used.
//!
//! Definition: of the access keys that are active by the newest credential report, at the end of the window: days since the key was made or changed, and days
//! since it was last used. A key without a last use, which may have been used before AWS kept it, has none. Of all accounts the median, the 90 % quantile and
//! the longest, which is the group; of one account the longest. The end is that of the window, or the moment of the report where that is before. Source: credential reports, which do not tell a key's id, so that logs cannot be joined.
//! Unit: days. Denominator: active keys; numerator: those of which it is known. What lies after the end of the window counts as nothing.

use super::spread::{LONGEST, push_quantiles};
use crate::evidence::record::time::Micros;
use crate::study::DAY;
use crate::study::figure::{Denominator, Place, Sink, Unit};
use crate::study::inputs::{KeyState, Source};
use crate::study::metric::{Metric, Origin};
use crate::study::population::Account;
use crate::study::setting::Study;

pub(super) const METRICS: [Metric; 2] = [
    metric(
        "key_age",
        "days since an active access key of root was made or changed, at the end; the group is the quantile",
        |study, metric, sink| {
            work(study, metric, sink, |key| key.rotated);
        },
    ),
    metric(
        "key_idle",
        "days since an active access key of root was last used, at the end; the group is the quantile",
        |study, metric, sink| {
            work(study, metric, sink, |key| key.used.time());
        },
    ),
];

const fn metric(name: &'static str, definition: &'static str, work: crate::study::metric::Work) -> Metric {
    Metric { name, unit: Unit::Days, definition, origin: Origin::CredentialReports, denominators: &[Denominator::Keys], work }
}

fn work(study: &Study<'_>, metric: &Metric, sink: &mut Sink<'_>, moment: fn(&KeyState) -> Option<Micros>) {
    // After a report nobody knows what its keys did.
    let days = |(key, end): &(KeyState, Micros)| moment(key).map(|moment| end.saturating_sub(moment).max(0) as f64 / DAY as f64);
    let (mut all, mut active) = (Vec::new(), 0);
    for (id, account) in study.population.accounts() {
        let keys = active_keys(study, account);
        let of_account: Vec<f64> = keys.iter().filter_map(days).collect();
        let count = keys.len() as u64;
        let place = Place { account: Some(id), ..Place::default() };
        push_quantiles((study, metric, sink), (Denominator::Keys, place), &[LONGEST], of_account.clone(), count);
        all.extend(of_account);
        active += count;
    }
    push_quantiles((study, metric, sink), (Denominator::Keys, Place::default()), &super::spread::QUANTILES, all, active);
}

/// The keys, each with the moment up to which its report tells of it.
fn active_keys(study: &Study<'_>, account: &Account) -> Vec<(KeyState, Micros)> {
    let newest = account.newest(Source::CredentialReport, study.states(study.whole.to), |state| state.detail.clone());
    let Some((detail, state)) = newest else { return Vec::new() };
    let end = state.at.map_or(study.whole.to, |at| at.min(study.whole.to));
    detail.keys.into_iter().filter(|key| key.active == Some(true)).map(|key| (key, end)).collect()
}
