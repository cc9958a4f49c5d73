//! What leaves the tool beside tables and text.

pub(crate) mod plot;
