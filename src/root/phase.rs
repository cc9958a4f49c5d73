//! Where an event stands in a takeover: phase and ATT&CK technique.
//!
//! The table holds the events that public rule sets, incident reports and attack tools name (704 of them, `phases.csv` beside
//! this file), each under the phase most of them file it under and the first technique they give. A read-only call that the table does
//! not know is discovery without a technique; any other unknown event has no phase.

use foldhash::HashMap;
use std::sync::LazyLock;

/// A phase of a takeover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Getting in.
    InitialAccess,
    /// Staying in.
    Persistence,
    /// Getting more rights.
    PrivilegeEscalation,
    /// Hiding and blinding.
    DefenceEvasion,
    /// Taking credentials.
    CredentialAccess,
    /// Looking around.
    Discovery,
    /// Going elsewhere.
    LateralMovement,
    /// Taking data.
    Exfiltration,
    /// Destroying, blocking, spending.
    Impact,
}

impl Phase {
    /// Every phase, in the order of a story.
    pub const ALL: [Self; 9] = [
        Self::InitialAccess,
        Self::Persistence,
        Self::PrivilegeEscalation,
        Self::DefenceEvasion,
        Self::CredentialAccess,
        Self::Discovery,
        Self::LateralMovement,
        Self::Exfiltration,
        Self::Impact,
    ];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InitialAccess => "initial_access",
            Self::Persistence => "persistence",
            Self::PrivilegeEscalation => "privilege_escalation",
            Self::DefenceEvasion => "defence_evasion",
            Self::CredentialAccess => "credential_access",
            Self::Discovery => "discovery",
            Self::LateralMovement => "lateral_movement",
            Self::Exfiltration => "exfiltration",
            Self::Impact => "impact",
        }
    }
}

type Table = HashMap<(&'static str, &'static str), (Phase, &'static str)>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut cells = line.split(',');
        let (service, event, phase, technique) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        let phase = Phase::ALL.into_iter().find(|known| known.name() == phase)?;
        Some(((service, event), (phase, technique)))
    };
    include_str!("phases.csv").lines().skip(1).filter_map(row).collect()
});

/// The phase of an event and its ATT&CK technique.
#[must_use]
pub fn of(event_source: &str, event_name: &str, read_only: bool) -> Option<(Phase, Option<&'static str>)> {
    let service = event_source.strip_suffix(".amazonaws.com").unwrap_or(event_source);
    match TABLE.get(&(service, event_name)) {
        Some((phase, technique)) => Some((*phase, Some(*technique))),
        None => read_only.then_some((Phase::Discovery, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        assert_eq!(TABLE.len(), include_str!("phases.csv").lines().count() - 1);
        assert_eq!(TABLE.len(), 704);
    }

    #[test]
    fn unknown_reads_are_discovery_and_unknown_writes_are_nothing() {
        let stop = of("cloudtrail.amazonaws.com", "StopLogging", false);
        assert_eq!(stop.map(|(phase, _)| phase), Some(Phase::DefenceEvasion));
        assert_eq!(of("new.amazonaws.com", "ListThings", true), Some((Phase::Discovery, None)));
        assert_eq!(of("new.amazonaws.com", "MakeThing", false), None);
    }
}
