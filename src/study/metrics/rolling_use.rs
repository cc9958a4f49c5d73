//! `used_trailing_7_days`, `used_trailing_30_days`, `used_trailing_90_days`: recent use, day by day.
//!
//! Definition: as `used_last_7_days`, for every day of the window before whose end the days lie in the window; the period is the last of those days. Days end
//! at the time of day at which the window does. Source: logs. Unit: share. Denominator: accounts listed, covered in those days, and seen. Population only.

use crate::study::DAY;
use crate::study::figure::{Denominator, Place, Sink, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::period::last_day;
use crate::study::setting::Study;

pub(super) const METRICS: [Metric; 3] = [
    metric("used_trailing_7_days", "accounts with any use of root in the 7 days up to each day", |study, metric, sink| {
        work(study, metric, sink, 7);
    }),
    metric("used_trailing_30_days", "the same, 30 days", |study, metric, sink| work(study, metric, sink, 30)),
    metric("used_trailing_90_days", "the same, 90 days", |study, metric, sink| work(study, metric, sink, 90)),
];

const fn metric(name: &'static str, definition: &'static str, work: crate::study::metric::Work) -> Metric {
    Metric { name, unit: Unit::Share, definition, origin: Origin::Logs, denominators: &Denominator::ACCOUNTS, work }
}

fn work(study: &Study<'_>, metric: &Metric, sink: &mut Sink<'_>, days: i64) {
    let window = study.terms.window;
    for back in (0..=window.days() - days).rev() {
        let end = window.to() - back * DAY;
        let start = end - days * DAY;
        let day = last_day(end);
        let place = Place { period: Some(&day), ..Place::default() };
        study.push_accounts(sink, metric, (place, (start, end)), |account| study.was_used(account, start, end));
    }
}
