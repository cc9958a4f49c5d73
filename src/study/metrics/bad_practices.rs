//! `root_used_last_7_days`, `root_has_access_keys`, `root_without_mfa`, `root_without_hardware_mfa`: the four rows of [`crate::study::practices`], as figures.
//!
//! Definition: as there, at the end of each period and of the window. Source: logs, credential reports, account summaries, lists of virtual MFA devices, AWS
//! Config. Unit: share. Denominator: accounts of which some source answers. Of one account, at the end of the window: 1, 0, or no value where no source answers or
//! there is nothing to ask about.

use crate::study::figure::{Amount, Denominator, Place, Sink, Unit};
use crate::study::inputs::Answer;
use crate::study::metric::{Metric, Origin};
use crate::study::practices::{PRACTICES, Practice};
use crate::study::setting::Study;

pub(super) const METRICS: [Metric; 4] = [
    metric(&PRACTICES[0], |study, metric, sink| work(study, metric, sink, &PRACTICES[0])),
    metric(&PRACTICES[1], |study, metric, sink| work(study, metric, sink, &PRACTICES[1])),
    metric(&PRACTICES[2], |study, metric, sink| work(study, metric, sink, &PRACTICES[2])),
    metric(&PRACTICES[3], |study, metric, sink| work(study, metric, sink, &PRACTICES[3])),
];

const fn metric(practice: &Practice, work: crate::study::metric::Work) -> Metric {
    let Practice { name, definition, .. } = *practice;
    Metric {
        name,
        unit: Unit::Share,
        definition,
        origin: Origin::Several,
        denominators: &[Denominator::AccountsKnown, Denominator::AccountsAll],
        work,
    }
}

fn work(study: &Study<'_>, metric: &Metric, sink: &mut Sink<'_>, practice: &Practice) {
    let ends = study.spans.iter().map(|span| (span.to, Some(span.label.as_str()))).chain([(study.whole.to, None)]);
    for (end, period) in ends {
        let row = practice.row(study, end);
        let place = Place { period, ..Place::default() };
        study.push_bound(sink, metric, row.denominator(), place, (row.amount(), row.is_lower_bound()));
    }
    for (id, account) in study.population.accounts() {
        let value = match practice.of(study, account, study.whole.to).first().map(|said| said.answer) {
            Some(Answer::Yes) => Some(1.0),
            Some(Answer::No) => Some(0.0),
            Some(Answer::NotApplicable) | None => None,
        };
        let place = Place { account: Some(id), ..Place::default() };
        study.push(sink, metric, Denominator::None, place, Amount { value, ..Amount::default() });
    }
}
