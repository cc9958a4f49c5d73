//! The tables of a review.

pub mod detection;
pub mod incidents;
