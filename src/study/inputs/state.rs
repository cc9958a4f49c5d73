//! What one input says of one account's root at one time.

use crate::evidence::record::time::Micros;
use crate::named::named;
use crate::proof::credential_report::LastUse;

named! {
    /// Who says it, the most trusted first.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum Source {
        /// `CloudTrail` records.
        Logs = "logs",
        /// An IAM credential report.
        CredentialReport = "credential_report",
        /// `get-account-summary`.
        AccountSummary = "account_summary",
        /// `list-virtual-mfa-devices`.
        VirtualMfaDevices = "virtual_mfa_devices",
        /// Managed rules of AWS Config.
        Config = "config",
    }
}

/// How the date of a state is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dated {
    /// The input itself has it.
    Stated,
    /// The caller said so.
    Given,
    /// It is the latest date in the input, which is that old or younger.
    NotBefore,
    /// Not at all.
    Undated,
}

named! {
    /// What is said of a question.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum Answer {
        /// It is so.
        Yes = "yes",
        /// It is not.
        No = "no",
        /// Root has no credentials at all, so that there is nothing to ask about.
        NotApplicable = "not_applicable",
    }
}

impl Answer {
    /// A yes or a no.
    #[must_use]
    pub(crate) const fn of(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// What an input says of the root of an account; `None` where it does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct State {
    /// Who says it.
    pub source: Source,
    /// When it was so. UTC.
    pub at: Option<Micros>,
    /// How that is known.
    pub dated: Dated,
    /// Whether there is a password.
    pub password: Option<bool>,
    /// Whether there are access keys, active or not.
    pub keys: Option<bool>,
    /// Whether there are X.509 signing certificates.
    pub certificates: Option<bool>,
    /// Whether there is any of these.
    pub credentials: Option<bool>,
    /// Whether MFA is on.
    pub mfa: Option<bool>,
    /// Whether one of its devices is a virtual one.
    pub virtual_mfa: Option<bool>,
    /// Whether MFA is by hardware only.
    pub hardware_mfa: Option<bool>,
    /// Whether the partition is one in which root cannot sign in to the console, so that it has no use for MFA: GovCloud.
    pub no_console: bool,
    /// What only credential reports have.
    pub detail: Option<Box<Detail>>,
}

/// Uses and keys as a credential report has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Detail {
    /// When the password was last used.
    pub password_used: LastUse,
    /// Access keys 1 and 2.
    pub keys: [KeyState; 2],
}

/// An access key as a credential report has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyState {
    /// Whether it can be used.
    pub active: Option<bool>,
    /// When it was made or last changed. UTC.
    pub rotated: Option<Micros>,
    /// When it was last used.
    pub used: LastUse,
}

impl State {
    /// A state that says nothing yet.
    #[must_use]
    pub(crate) const fn new(source: Source, at: Option<Micros>, dated: Dated) -> Self {
        Self {
            source,
            at,
            dated,
            password: None,
            keys: None,
            certificates: None,
            credentials: None,
            mfa: None,
            virtual_mfa: None,
            hardware_mfa: None,
            no_console: false,
            detail: None,
        }
    }

    /// A state with a date that the input states, or else the caller gives.
    #[must_use]
    pub(crate) fn dated(source: Source, stated: Option<Micros>, given: Option<Micros>) -> Self {
        match (stated, given) {
            (Some(at), _) => Self::new(source, Some(at), Dated::Stated),
            (None, Some(at)) => Self::new(source, Some(at), Dated::Given),
            (None, None) => Self::new(source, None, Dated::Undated),
        }
    }

    /// Whether root has MFA; nothing to ask about where it has nothing to sign in with, or nowhere to sign in.
    #[must_use]
    pub(crate) fn has_mfa(&self) -> Option<Answer> {
        match self.credentials {
            Some(false) => Some(Answer::NotApplicable),
            _ if self.no_console => Some(Answer::NotApplicable),
            _ => self.mfa.map(Answer::of),
        }
    }
}
