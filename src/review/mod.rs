//! What people decide on: sessions and incidents, how they were detected, whether an alarm would have rung.

pub(crate) mod detect;
pub(crate) mod pattern;
pub(crate) mod replay;
pub(crate) mod session;
pub(crate) mod table;
