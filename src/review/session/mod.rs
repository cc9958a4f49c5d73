//! What a person reviews: activities put together to sessions, sessions to incidents, and both held against break-glass windows.
//!
//! Works on the rows of a timeline, in its order, and is a function of them alone. It reads no file and no clock, and gives no verdict: what it says of an
//! incident are signals, each with the records that support it.

pub mod break_glass;
mod entry;
mod grouping;
mod incident;
mod merge;
mod review;
#[cfg(test)]
pub(crate) mod tests;
mod triage;

pub use break_glass::{BreakGlass, Judgement, Window};
pub use entry::{COLUMNS, Entry, entries};
pub use grouping::{Kind, Session};
pub use incident::{Incident, Mfa};
pub use merge::{Merged, Origin, merge};
pub use review::{Review, Terms};
pub use triage::{Pattern, Signal};
