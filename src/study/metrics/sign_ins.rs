//! `sign_ins`: sign-ins of root to the console.
//!
//! Definition: successful sign-ins in each period; completed password recoveries are counted by `recoveries`. Source: logs of us-east-1. Unit: count.
//! Denominator: accounts with a number. Unknown and zero as with `records`.

use crate::study::figure::{Denominator, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::UseKind;
use crate::study::setting::of_kind;

pub(super) const METRIC: Metric = Metric {
    name: "sign_ins",
    unit: Unit::Count,
    definition: "successful sign-ins of root to the console, in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| study.push_counts(sink, metric, None, |account, span| of_kind(account, span, UseKind::SignIn)),
};
