//! What leaves the tool beside tables and text.

pub mod plot;
