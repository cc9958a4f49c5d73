//! `key_last_call`: when each long-term key of root last signed.
//!
//! Definition: days from the last call that a long-term key signed in the window to the window's end, or to the end of the account's logs where that is before; of an account for each key, which is the group; of all
//! accounts the median, the 90 % quantile and the longest. Source: logs. Unit: days. Denominator: keys that signed. A key that signed nothing in the window
//! has no row; credential reports may know of it, see `key_idle`.

use super::spread::{QUANTILES, push_quantiles};
use crate::study::DAY;
use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::UseKind;
use std::collections::BTreeMap;

pub(super) const METRIC: Metric = Metric {
    name: "key_last_call",
    unit: Unit::Days,
    definition: "days from the last call that a long-term key of root signed to the end; the group is the key, or the quantile over keys",
    origin: Origin::Logs,
    denominators: &[Denominator::KeysSeen],
    work: |study, metric, sink| {
        let mut all = Vec::new();
        for (id, account) in study.population.accounts() {
            let signed = account.uses_in(study.whole.from, study.whole.to).iter().filter(|one| one.kind == UseKind::LongTermKey);
            // In order of time, so that the last stays.
            let last: BTreeMap<&str, _> = signed.filter_map(|one| Some((study.population.text(one.key?), one.time))).collect();
            for (key, time) in last {
                let days = (super::idle::watched_until(study, account).max(time) - time) as f64 / DAY as f64;
                let place = Place { account: Some(id), group: Some(key), period: None };
                study.push(sink, metric, Denominator::None, place, Amount { value: Some(days), ..Amount::default() });
                all.push(days);
            }
        }
        let keys = all.len() as u64;
        push_quantiles((study, metric, sink), (Denominator::KeysSeen, Place::default()), &QUANTILES, all, keys);
    },
};
