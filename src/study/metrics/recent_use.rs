//! `used_last_7_days`, `used_last_30_days`, `used_last_90_days`: recent use at the end of the window.
//!
//! Definition: accounts with any use of root in the days before the end of the window; of one account 1, 0, or no value where it was not used and not
//! covered. Source: logs. Unit: share. Denominator: accounts listed, covered in those days, and seen. Undefined where the window is shorter.

use crate::study::DAY;
use crate::study::figure::{Amount, Denominator, Place, Sink, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::setting::Study;

pub(super) const METRICS: [Metric; 3] = [
    metric("used_last_7_days", "accounts with any use of root in the 7 days before the end", |study, metric, sink| {
        work(study, metric, sink, 7);
    }),
    metric("used_last_30_days", "the same, 30 days", |study, metric, sink| work(study, metric, sink, 30)),
    metric("used_last_90_days", "the same, 90 days", |study, metric, sink| work(study, metric, sink, 90)),
];

const fn metric(name: &'static str, definition: &'static str, work: crate::study::metric::Work) -> Metric {
    Metric { name, unit: Unit::Share, definition, origin: Origin::Logs, denominators: &Denominator::ACCOUNTS, work }
}

fn work(study: &Study<'_>, metric: &Metric, sink: &mut Sink<'_>, days: i64) {
    let window = study.terms.window;
    let time = (window.to() - days * DAY, window.to());
    if days > window.days() {
        for kind in Denominator::ACCOUNTS {
            study.push(sink, metric, kind, Place::default(), Amount::default());
        }
        return;
    }
    for (id, account) in study.population.accounts() {
        let used = study.is_used(account, time.0, time.1);
        let amount = Amount { value: used.map(|used| f64::from(u8::from(used))), ..Amount::default() };
        study.push(sink, metric, Denominator::None, Place { account: Some(id), ..Place::default() }, amount);
    }
    study.push_accounts(sink, metric, (Place::default(), time), |account| study.was_used(account, time.0, time.1));
}
