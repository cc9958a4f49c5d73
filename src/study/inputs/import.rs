//! What a file is read to, and why it cannot be.

use super::listed::Listed;
use super::policy::Policy;
use super::state::State;
use crate::error::Cause;
use crate::evidence::record::time::Micros;
use crate::proof::credential_report::Use;
use std::collections::BTreeSet;

/// The largest file that is read, in bytes. Values of JSON take up to sixteen times as much memory.
pub(crate) const LIMIT: usize = 32 << 20;

/// How many problems are told of one file; the others are counted.
const TOLD: usize = 1_000;

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// An IAM credential report.
    CredentialReport,
    /// `aws iam get-account-summary`.
    AccountSummary,
    /// `aws iam list-virtual-mfa-devices`.
    VirtualMfaDevices,
    /// `aws organizations list-accounts`.
    OrganizationAccounts,
    /// Results of the AWS Config rules about root.
    ConfigCompliance,
    /// `aws organizations list-policies`, `describe-policy`, `list-targets-for-policy`.
    ServiceControlPolicies,
}

/// What the caller knows of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// The account of answers that name none.
    pub account: Option<String>,
    /// When it was so, of answers that do not say. UTC.
    pub date: Option<Micros>,
    /// The policy of a list of targets that names none.
    pub policy: Option<String>,
}

/// What is in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Import {
    /// What it was taken for.
    pub kinds: BTreeSet<Kind>,
    /// Accounts and what is said of their root, in the order of the file.
    pub states: Vec<(String, State)>,
    /// Uses of root that credential reports tell of.
    pub uses: Vec<Use>,
    /// Accounts of an organisation.
    pub accounts: Vec<Listed>,
    /// Policies; [`super::merge`] puts together what several answers say of one.
    pub policies: Vec<Policy>,
    /// Organisations, by their management account, of which all service control policies are listed; `None` for a list that does not say of which.
    pub policy_lists: BTreeSet<Option<String>>,
    /// What could not be used.
    pub problems: Vec<Problem>,
    /// Problems beyond those.
    pub more_problems: u64,
    /// Whether an answer says that there is more of it, or the file ends before its end.
    pub incomplete: bool,
}

/// An item, or a part of one, that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// In a CSV the line, in JSON the number of the answer, from 1.
    pub position: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl Import {
    /// Names what could not be used.
    pub(super) fn problem(&mut self, position: u64, reason: impl Into<String>) {
        if self.problems.len() < TOLD {
            self.problems.push(Problem { position, reason: reason.into() });
        } else {
            self.more_problems += 1;
        }
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Unreadable {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// More than is read.
    #[error("the file has {0} bytes; up to {LIMIT} are read")]
    TooLarge(usize),
    /// No UTF-8 text.
    #[error("the file is not UTF-8 text (byte {0})")]
    NotText(usize),
    /// No input that is known.
    #[error("no account state that is known; known are {known}")]
    Unknown {
        /// The names of all that are.
        known: String,
    },
    /// One that is known, but nothing can be used.
    #[error("nothing in the file can be used: {0}")]
    Useless(String),
}

impl From<Unreadable> for Cause {
    fn from(error: Unreadable) -> Self {
        let hint = Some(error.hint().into());
        Self::new(error, hint)
    }
}

impl Unreadable {
    /// What the user can do about it.
    #[must_use]
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "ask AWS again: the call may have failed",
            Self::TooLarge(_) => "split it, one file to an account",
            Self::NotText(_) => "give it as the AWS CLI writes it, not compressed",
            Self::Unknown { .. } => "give the answer of the call as JSON, or the credential report as CSV",
            Self::Useless(_) => "give what is missing, or ask AWS again",
        }
    }
}
