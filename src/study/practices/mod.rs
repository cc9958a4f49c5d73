//! The table of four bad practices, as studies of many accounts publish it: root used in the last seven days, access keys of root, no MFA, no hardware MFA.
//!
//! Several sources may answer for an account. The most trusted counts: logs, then the credential report, the account summary (with the list of virtual MFA
//! devices), AWS Config; of each its newest answer. Every other source that says something else is a [`Conflict`](practice::Conflict), with the dates, since the older may just
//! be older. An account of which no source answers is unknown and not in the denominator. A source that can only say yes (a key that signs, a use in evidence that does not
//! cover the account) is never its own denominator; see [`Row::amount`].

mod access_keys;
mod hardware_mfa;
mod no_mfa;
mod practice;
mod recent_use;

pub(crate) use practice::{Practice, Row, Said};

use super::setting::Study;

/// The four.
pub(crate) const PRACTICES: [Practice; 4] = [recent_use::PRACTICE, access_keys::PRACTICE, no_mfa::PRACTICE, hardware_mfa::PRACTICE];

/// The table at the end of the window.
#[must_use]
pub(crate) fn table(study: &Study<'_>) -> Vec<Row> {
    PRACTICES.iter().map(|practice| practice.row(study, study.whole.to)).collect()
}
