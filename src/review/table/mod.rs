//! The tables of a review.

pub(crate) mod detection;
pub(crate) mod incidents;
