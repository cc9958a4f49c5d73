//! What people decide on: sessions and incidents, how they were detected, whether an alarm would have rung.

pub mod detect;
pub mod pattern;
pub mod replay;
pub mod session;
pub mod table;
