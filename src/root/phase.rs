//! Where an event stands in a takeover: phase and ATT&CK technique.
//!
//! The table holds the events that public rule sets, incident reports and attack tools name (704 of them, `phases.csv` beside
//! this file), each under the phase most of them file it under and the first technique they give. A read-only call that the table does
//! not know is discovery without a technique; any other unknown event has no phase.

use crate::named::named;
use foldhash::HashMap;
use std::sync::LazyLock;

named! {
    /// A phase of a takeover.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Phase {
        /// Getting in.
        InitialAccess = "initial_access",
        /// Staying in.
        Persistence = "persistence",
        /// Getting more rights.
        PrivilegeEscalation = "privilege_escalation",
        /// Hiding and blinding.
        DefenceEvasion = "defence_evasion",
        /// Taking credentials.
        CredentialAccess = "credential_access",
        /// Looking around.
        Discovery = "discovery",
        /// Going elsewhere.
        LateralMovement = "lateral_movement",
        /// Taking data.
        Exfiltration = "exfiltration",
        /// Destroying, blocking, spending.
        Impact = "impact",
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
pub(crate) fn of(event_source: &str, event_name: &str, read_only: bool) -> Option<(Phase, Option<&'static str>)> {
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
