//! Statistics over samples: quantiles, survival, proportions.
//!
//! Pure functions of plain values, one to a file; nothing here knows of incidents or accounts. Each agrees with the Python package that
//! a reviewer would check it with (numpy, lifelines, statsmodels) and is tested against figures computed by it. What a sample cannot
//! tell is `None`.

mod amount;
pub(crate) mod quantile;
pub(crate) mod survival;
pub(crate) mod wilson;

pub(crate) use amount::Amount;
pub(crate) use quantile::quantile;
pub(crate) use survival::{Observation, Survival};
pub(crate) use wilson::wilson;

/// The standard normal quantile of 0.975: both sides of it leave 95 %.
const Z95: f64 = 1.959_963_984_540_054;
