//! What a person reviews: activities put together to sessions, sessions to incidents, and both held against break-glass windows.
//!
//! Works on the rows of a timeline, in its order, and is a function of them alone. It reads no file and no clock, and gives no verdict: what it says of an
//! incident are signals, each with the records that support it.

pub(crate) mod break_glass;
mod entry;
mod grouping;
mod incident;
mod merge;
mod review;
mod spray;
#[cfg(test)]
pub(crate) mod tests;
mod triage;

pub(crate) use break_glass::{BreakGlass, Window};
pub(crate) use entry::{COLUMNS, Entry, entries};
pub(crate) use grouping::{Kind, Session};
pub(crate) use incident::{Incident, Mfa};
pub(crate) use merge::{Merged, merge};
pub(crate) use review::{Review, Terms};
pub(crate) use spray::Spray;
pub(crate) use triage::{Pattern, Signal};
