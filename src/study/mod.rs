//! How common root use is, over accounts and years.
//!
//! [`inputs`] reads what files say of accounts; a [`Gathering`] takes that, what records show and how far they can be believed, and becomes a [`Population`](population::Population);
//! [`figures`] works out every metric of [`metrics::METRICS`] over a [`Study`] and hands each [`Figure`] to a sink, so that none need be kept. [`practices`] is the
//! table of four bad practices, [`policies`] tells what service control policies take from root. Pure: opens nothing, reads no clock, prints nothing; the order
//! of what was given does not matter.
//!
//! To add a metric, write one file under `metrics` and add a line to [`metrics::METRICS`].

pub(crate) mod coverage;
pub(crate) mod figure;
pub(crate) mod inputs;
pub(crate) mod metric;
pub(crate) mod metrics;
pub(crate) mod period;
pub(crate) mod policies;
pub(crate) mod population;
pub(crate) mod practices;
mod setting;
pub(crate) mod table;
#[cfg(test)]
mod tests;

pub(crate) use figure::{Amount, Denominator, Figure, Scope, Unit};
pub(crate) use metrics::figures;
pub(crate) use period::{Period, Span, Window};
pub(crate) use population::{Attempt, AttemptKind, Gathering, Incident, UseKind, UseOf};
pub(crate) use setting::{Study, Terms};

use crate::evidence::record::time::Micros;

/// One day, in microseconds. Days are those of UTC.
pub(crate) const DAY: Micros = 86_400_000_000;
