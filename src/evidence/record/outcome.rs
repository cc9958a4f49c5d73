//! What came of a request, as its record tells.

use super::view::Record;
use crate::named::named;

named! {
    /// What came of a request.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum Outcome {
        /// It was done.
        Success = "success",
        /// It was refused for want of rights.
        Denied = "denied",
        /// It failed for another reason.
        Failed = "failed",
    }
}

impl Outcome {
    /// The outcome of a record; `None` where it says nothing (sign-ins in event history CSV).
    #[must_use]
    pub(crate) fn of(record: &Record<'_>, degraded: bool) -> Option<Self> {
        if let Some(code) = record.error_code {
            return Some(if is_denial(code) { Self::Denied } else { Self::Failed });
        }
        // Sign-in failures carry a message and an answer, and no code.
        let answer = record.event_name.and_then(|name| record.response(name));
        if record.error_message.is_some() || answer.is_some_and(|answer| answer.eq_ignore_ascii_case("failure")) {
            return Some(Self::Failed);
        }
        (!degraded || record.event_name != Some("ConsoleLogin") || answer.is_some()).then_some(Self::Success)
    }
}

/// Error codes of missing rights. Services spell them in many ways; these parts are common to all of them. The last is what an account gets that
/// touches a trail of its organisation.
fn is_denial(code: &str) -> bool {
    ["AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden", "AuthFailure", "VpceAccessDenied", "NotOrganizationMa"]
        .iter()
        .any(|part| code.contains(part))
}
