//! `recoveries`: password recovery of root.
//!
//! Definition: recoveries that were asked for and those that were completed, in each period; the group is `requested` or `completed`. Source: logs of
//! us-east-1. Unit: count. Denominator: accounts with a number. Unknown and zero as with `records`.

use crate::study::figure::{Denominator, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::{AttemptKind, UseKind};
use crate::study::setting::of_kind;

pub(super) const METRIC: Metric = Metric {
    name: "recoveries",
    unit: Unit::Count,
    definition: "password recoveries of root in each period; the group is `requested` or `completed`",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| {
        study.push_counts(sink, metric, Some("requested"), |account, span| {
            let asked = account.attempts_in(span.from, span.to).iter().filter(|one| one.kind == AttemptKind::Recovery);
            asked.count() as u64
        });
        study.push_counts(sink, metric, Some("completed"), |account, span| of_kind(account, span, UseKind::Recovery));
    },
};
