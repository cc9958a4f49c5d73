//! How common root use is, over accounts and years.
//!
//! [`inputs`] reads what files say of accounts; a [`Gathering`] takes that, what records show and how far they can be believed, and becomes a [`Population`];
//! [`figures`] works out every metric of [`METRICS`] over a [`Study`] and hands each [`Figure`] to a sink, so that none need be kept. [`practices`] is the
//! table of four bad practices, [`policies`] tells what service control policies take from root. Pure: opens nothing, reads no clock, prints nothing; the order
//! of what was given does not matter.
//!
//! To add a metric, write one file under `metrics` and add a line to [`METRICS`].

pub mod coverage;
pub mod figure;
pub mod inputs;
pub mod metric;
pub mod metrics;
pub mod period;
pub mod policies;
pub mod population;
pub mod practices;
mod setting;
pub mod table;
#[cfg(test)]
mod tests;

pub use coverage::Stretches;
pub use figure::{Amount, Denominator, Figure, Place, Scope, Sink, Unit};
pub use metric::Metric;
pub use metrics::{METRICS, figures};
pub use period::{Period, Span, Window};
pub use population::{Account, Attempt, AttemptKind, Gathering, Incident, Population, Use, UseKind, UseOf};
pub use setting::{Study, Terms};

use crate::evidence::record::time::Micros;

/// One day, in microseconds. Days are those of UTC.
pub const DAY: Micros = 86_400_000_000;
