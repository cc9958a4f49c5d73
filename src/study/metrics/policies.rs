//! `root_denied_by_policy`: whether service control policies take everything from root.
//!
//! Definition: accounts whose root is denied everything by a policy that is attached to them or above them, as [`crate::study::policies`] tells; of one account
//! 1, 0, or no value where that is not known. Policies have no date: it is how they were when they were asked for. Source: policies, what they are attached to,
//! accounts of organisations. Unit: share. Denominator: accounts of which it is known.

use crate::study::Amount;
use crate::study::figure::{Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::policies::Policies;

pub(super) const METRIC: Metric = Metric {
    name: "root_denied_by_policy",
    unit: Unit::Share,
    definition: "accounts whose root is denied everything by a service control policy, of those of which that is known",
    origin: Origin::Policies,
    denominators: &[Denominator::AccountsKnown],
    work: |study, metric, sink| {
        let policies = Policies::new(study.population);
        let (mut denied, mut known) = (0, 0);
        for (id, account) in study.population.accounts() {
            let is_denied = policies.of(id, account).is_denied;
            denied += u64::from(is_denied == Some(true));
            known += u64::from(is_denied.is_some());
            let amount = Amount { value: is_denied.map(|is_denied| f64::from(u8::from(is_denied))), ..Amount::default() };
            study.push(sink, metric, Denominator::None, Place { account: Some(id), ..Place::default() }, amount);
        }
        study.push(sink, metric, Denominator::AccountsKnown, Place::default(), Amount::share(denied, known));
    },
};
