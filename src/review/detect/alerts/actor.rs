//! Who acknowledged or resolved an alert: only a person shows that somebody knew.

use crate::evidence::record::time::{Micros, rfc3339};
use crate::named::named;
use serde::Serialize;

named! {
    /// A person or an integration, in the order in which they are preferred where one alert has several.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Actor {
        /// A user of the vendor, by the vendor's own types or by a name that no integration bears.
        Person = "person",
        /// The export does not say.
        #[default]
        Unknown = "unknown",
        /// A service, a rule, an API key: whatever acts without being asked.
        Integration = "integration",
    }
}

/// Names under which the vendors' own rules and jobs act.
const INTEGRATIONS: [&str; 8] = [
    "system",
    "automation for jira",
    "opsgenie",
    "pagerduty",
    "workflow automation",
    "aws security hub",
    "aws cloudwatch",
    "amazon guardduty",
];

/// Words in the names of accounts that programs use. A person may bear one too, so such a name decides nothing.
const WORDS: [&str; 16] = [
    "admin",
    "administrator",
    "api",
    "automation",
    "bot",
    "cloudwatch",
    "eventbridge",
    "integration",
    "job",
    "lambda",
    "script",
    "service",
    "svc",
    "system",
    "webhook",
    "workflow",
];

impl Actor {
    /// What a vendor's type of a reference says, as `user_reference` and `service_reference`.
    pub(super) fn of_reference(kind: Option<&str>) -> Self {
        match kind {
            Some(kind) if kind.contains("user") => Self::Person,
            Some(_) => Self::Integration,
            None => Self::Unknown,
        }
    }

    /// What the name of a user says, where a vendor gives nothing else; no name says nothing.
    pub(super) fn of_name(name: Option<&str>) -> Self {
        let name = name.unwrap_or_default().trim().to_ascii_lowercase();
        let mut words = name.split(|letter: char| !letter.is_alphanumeric());
        match () {
            () if name.is_empty() => Self::Unknown,
            () if INTEGRATIONS.contains(&&*name) => Self::Integration,
            () if words.any(|word| WORDS.contains(&word)) => Self::Unknown,
            () => Self::Person,
        }
    }
}

/// An acknowledgement or a resolution that no person is known to have made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Act {
    /// When, in UTC.
    #[serde(serialize_with = "rfc3339::always")]
    pub at: Micros,
    /// Who or what, as the vendor calls it.
    pub by: Option<String>,
    /// `integration` or `unknown`.
    pub kind: Actor,
}

#[cfg(test)]
mod tests {
    use super::Actor::{self, Integration, Person, Unknown};

    #[test]
    fn a_name_is_a_person_s_unless_it_is_a_program_s_or_could_be() {
        for (name, actor) in [
            (Some("Ann Example"), Person),
            (Some("ann@example.com"), Person),
            // Part of a name is not a word of its own.
            (Some("Talbot Apis"), Person),
            (Some("System"), Integration),
            (Some("Automation for Jira"), Integration),
            (Some("svc-servicenow@example.com"), Unknown),
            (Some("System Administrator"), Unknown),
            (Some("SOC bot"), Unknown),
            (Some("  "), Unknown),
            (None, Unknown),
        ] {
            assert_eq!(Actor::of_name(name), actor, "{name:?}");
        }
    }
}
