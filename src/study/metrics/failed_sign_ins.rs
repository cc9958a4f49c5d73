//! `failed_sign_ins`: attempts to sign in as root.
//!
//! Definition: sign-ins of root that failed, in each period. Source: logs of us-east-1. Unit: count. Denominator: accounts with a number. Zero is not proof of none: a wrong
//! e-mail address leaves no record, and failures of root were not always recorded. Unknown and zero as with `records`.

use crate::study::figure::{Denominator, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::AttemptKind;

pub(super) const METRIC: Metric = Metric {
    name: "failed_sign_ins",
    unit: Unit::Count,
    definition: "sign-ins of root that failed, in each period",
    origin: Origin::Logs,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| {
        study.push_counts(sink, metric, None, |account, span| {
            let failed = account.attempts_in(span.from, span.to).iter().filter(|one| one.kind == AttemptKind::FailedSignIn);
            failed.count() as u64
        });
    },
};
