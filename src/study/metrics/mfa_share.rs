//! `sign_ins_with_mfa`: MFA at the console.
//!
//! Definition: successful sign-ins of root made with MFA, of those whose record says, in each period, and for each account over the window. Source: logs of
//! us-east-1. Unit: share. Denominator: sign-ins of which it is known.

use crate::study::figure::{Amount, Denominator, Place, Unit};
use crate::study::metric::{Metric, Origin};
use crate::study::population::{Use, UseKind};

pub(super) const METRIC: Metric = Metric {
    name: "sign_ins_with_mfa",
    unit: Unit::Share,
    definition: "successful sign-ins of root with MFA, of those whose record says",
    origin: Origin::Logs,
    denominators: &[Denominator::SignInsKnown],
    work: |study, metric, sink| {
        let share = |uses: &mut dyn Iterator<Item = &Use>| {
            let known = uses.filter(|one| one.kind == UseKind::SignIn).filter_map(|one| one.mfa);
            let (with, all) = known.fold((0, 0), |(with, all), mfa| (with + u64::from(mfa), all + 1));
            Amount::share(with, all)
        };
        for span in &study.spans {
            let amount = share(&mut study.population.accounts().flat_map(|(_, account)| account.uses_in(span.from, span.to)));
            study.push(sink, metric, Denominator::SignInsKnown, Place { period: Some(&span.label), ..Place::default() }, amount);
        }
        for (id, account) in study.population.accounts() {
            let amount = share(&mut account.uses_in(study.whole.from, study.whole.to).iter());
            study.push(sink, metric, Denominator::SignInsKnown, Place { account: Some(id), ..Place::default() }, amount);
        }
    },
};
