//! `used_since_start`: use at least once, over one month, two months ...
//!
//! Definition: accounts with any use of root from the start of the window to one, two, three ... months later, and to its end. Source: logs. Unit: share.
//! Denominator: accounts listed, covered at some time of the whole window, and seen: the same for every step, so that the share never falls. Population only.

use crate::study::figure::{Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::period::growing;

pub(super) const METRIC: Metric = Metric {
    name: "used_since_start",
    unit: Unit::Share,
    definition: "accounts with any use of root from the start of the window to the end of the period, in steps of a month",
    origin: Origin::Logs,
    denominators: &Denominator::ACCOUNTS,
    work: |study, metric, sink| {
        for span in growing(study.terms.window) {
            let place = Place { period: Some(&span.label), ..Place::default() };
            let time = (study.whole.from, study.whole.to);
            study.push_accounts(sink, metric, (place, time), |account| study.was_used(account, span.from, span.to));
        }
    },
};
