//! Account state from files: what accounts, IAM, AWS Config and Organizations say of root credentials and MFA.
//!
//! [`read()`] takes the bytes of one file, tells what it is by what is in it, never by a name, and gives [`State`]s with their dates, the accounts of an
//! organisation, and its policies. A file may hold several answers, one after another or in a list, as a loop over accounts writes them. What a file does not
//! say stays `None`: unknown is neither zero nor false. Nothing here opens a file or compares one with another; that is for [`super::practices`].
//!
//! To add an input, write one file beside the others with a `format::Format` in it and add a line to `formats::FORMATS`.

mod account_summary;
mod config_compliance;
mod credential_report;
mod format;
mod formats;
mod import;
mod listed;
mod organization_accounts;
mod policy;
mod read;
mod service_control_policies;
mod state;
#[cfg(test)]
mod tests;
mod virtual_mfa_devices;

pub(crate) use import::{Import, Options, Problem};
pub(crate) use listed::Listed;
pub(crate) use policy::{Denial, Policy, Target, merge};
pub(crate) use read::read;
pub(crate) use state::{Answer, Dated, Detail, KeyState, Source, State};
