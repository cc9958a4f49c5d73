//! Time to detect: what alerts and tickets say of root, matched to incidents.
//!
//! [`alerts`] reads exports of alerting and ticketing tools; [`matching`] says which alert belongs to which incident, and why; [`answer`] what that makes
//! of each incident; [`metrics`] what it makes of all of them. Nothing here reads a clock: what was not detected was not detected until the end of what the
//! logs and exports show.

pub(crate) mod alerts;
pub(crate) mod answer;
pub(crate) mod matching;
pub(crate) mod metrics;
#[cfg(test)]
mod tests;

pub(crate) use answer::{Answer, Flag, Outcome};
pub(crate) use matching::{Ground, Matching, Terms, Unmatched};
