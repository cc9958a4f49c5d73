//! Time to detect: what alerts and tickets say of root, matched to incidents.
//!
//! [`alerts`] reads exports of alerting and ticketing tools; [`matching`] says which alert belongs to which incident, and why; [`answer`] what that makes
//! of each incident; [`metrics`] what it makes of all of them. Nothing here reads a clock: what was not detected was not detected until the end of what the
//! logs and exports show.

pub mod alerts;
pub mod answer;
pub mod matching;
pub mod metrics;
#[cfg(test)]
mod tests;

pub use alerts::Alert;
pub use answer::{Answer, Flag, Outcome};
pub use matching::{Ground, Match, Matching, Terms, Unmatched};
