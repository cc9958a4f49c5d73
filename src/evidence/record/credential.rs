//! What a request was signed with, as its record tells.

use super::view::Record;
use crate::named::named;

named! {
    /// The kind of credential that a request was signed with.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum Credential {
        /// A console sign-in, or credentials that came out of one.
        Console = "console",
        /// `AKIA...`.
        LongTermKey = "long_term_key",
        /// `ASIA...` of unknown origin.
        Temporary = "temporary",
        /// No key in the record.
        None = "none",
    }
}

impl Credential {
    /// The credential of a record.
    #[must_use]
    pub(crate) fn of(record: &Record<'_>) -> Self {
        let key = record.identity.access_key_id.unwrap_or_default();
        let is = |value: Option<&str>, wanted: &[&str]| value.is_some_and(|value| wanted.contains(&value));
        let console = record.from_console
            || is(record.event_type, &["AwsConsoleSignIn", "AwsConsoleSignin", "AwsConsoleAction"])
            || is(record.event_name, &["ConsoleLogin", "CheckMfa"])
            || is(record.identity.invoked_by, &["signin.amazonaws.com"])
            || is(record.user_agent, &["signin.amazonaws.com", "console.amazonaws.com"])
            || record.user_agent.is_some_and(|agent| agent.starts_with("[S3Console"));
        if key.starts_with("AKIA") {
            Self::LongTermKey
        } else if console {
            Self::Console
        } else if key.is_empty() {
            Self::None
        } else {
            Self::Temporary
        }
    }
}

/// Whether the request was made with MFA: the session says so, or the sign-in does.
#[must_use]
pub(crate) fn mfa(record: &Record<'_>) -> Option<bool> {
    let used = || match record.value.at(&["additionalEventData", "MFAUsed"])?.text()? {
        text if text.eq_ignore_ascii_case("yes") => Some(true),
        text if text.eq_ignore_ascii_case("no") => Some(false),
        _ => None,
    };
    record.identity.mfa.or_else(used)
}
