//! `key_calls`: calls signed with a long-term key of root.
//!
//! Definition: records signed with a key `AKIA...` of root, in each period. Source: logs. Unit: count. Denominator: accounts with a number. Unknown and zero as with `records`.

use crate::study::figure::{Denominator, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::UseKind;
use crate::study::setting::of_kind;

pub(super) const METRIC: Metric = Metric {
    name: "key_calls",
    unit: Unit::Count,
    definition: "calls signed with a long-term key of root, in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| study.push_counts(sink, metric, None, |account, span| of_kind(account, span, UseKind::LongTermKey)),
};
