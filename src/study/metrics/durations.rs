//! `time_to_alert`, `time_to_detect`, `time_to_remediate`: how soon somebody knew, and how soon it was over.
//!
//! Definition: from an incident's first use to its first alert, to its first acknowledgement, and from its first alert to its last resolution, of incidents
//! that began in each period, and of each account's over the window; the median, the 90 % quantile and the longest, which are the group. Source: alert
//! exports, matched to incidents. Unit: seconds. Denominator: incidents; numerator: those of which it is known, and only those have a time. For estimates that
//! do not leave the others out see `crate::review::detect::metrics`.

use super::spread::{QUANTILES, push_quantiles};
use crate::evidence::record::time::Micros;
use crate::study::figure::{Denominator, Place, Sink, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::Incident;
use crate::study::setting::Study;

pub(super) const METRICS: [Metric; 3] = [
    metric(
        "time_to_alert",
        "from the first use to the first alert, of incidents with one; the group is the quantile",
        |study, metric, sink| {
            work(study, metric, sink, |incident| incident.to_alert);
        },
    ),
    metric("time_to_detect", "from the first use to the first acknowledgement, likewise", |study, metric, sink| {
        work(study, metric, sink, |incident| incident.to_detect);
    }),
    metric("time_to_remediate", "from the first alert to the last resolution, likewise", |study, metric, sink| {
        work(study, metric, sink, |incident| incident.to_remediate);
    }),
];

const fn metric(name: &'static str, definition: &'static str, work: crate::study::metric::Work) -> Metric {
    Metric { name, unit: Unit::Seconds, definition, origin: Origin::Alerts, denominators: &[Denominator::Incidents], work }
}

fn work(study: &Study<'_>, metric: &Metric, sink: &mut Sink<'_>, time: fn(&Incident) -> Option<Micros>) {
    let mut push = |place: Place<'_>, incidents: &mut dyn Iterator<Item = &Incident>| {
        let mut all = 0;
        let known = incidents.inspect(|_| all += 1).filter_map(time).map(|time| time as f64 / 1e6).collect();
        push_quantiles((study, metric, sink), (Denominator::Incidents, place), &QUANTILES, known, all);
    };
    for span in &study.spans {
        let mut incidents = study.population.accounts().flat_map(|(_, account)| account.incidents_in(span.from, span.to));
        push(Place { period: Some(&span.label), ..Place::default() }, &mut incidents);
    }
    for (id, account) in study.population.accounts() {
        push(Place { account: Some(id), ..Place::default() }, &mut account.incidents_in(study.whole.from, study.whole.to).iter());
    }
}
