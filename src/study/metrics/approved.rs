//! `incidents_approved`: break-glass use.
//!
//! Definition: incidents that began in each period and whose every use lies in a break-glass window and keeps its terms. Source: logs and break-glass
//! windows. Unit: share. Denominator: incidents that were held against windows. Population only.

use crate::review::session::break_glass::Verdict;
use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};

pub(super) const METRIC: Metric = Metric {
    name: "incidents_approved",
    unit: Unit::Share,
    definition: "incidents that break-glass windows approve, of those held against windows, in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::IncidentsJudged],
    work: |study, metric, sink| {
        for span in &study.spans {
            let incidents = study.population.accounts().flat_map(|(_, account)| account.incidents_in(span.from, span.to));
            let verdicts: Vec<Verdict> = incidents.filter_map(|incident| incident.break_glass).collect();
            let approved = verdicts.iter().filter(|verdict| **verdict == Verdict::Approved).count() as u64;
            let place = Place { period: Some(&span.label), ..Place::default() };
            study.push(sink, metric, Denominator::IncidentsJudged, place, Amount::share(approved, verdicts.len() as u64));
        }
    },
};
