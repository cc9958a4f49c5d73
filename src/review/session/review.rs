//! A whole review: sessions, incidents, windows and signals of all entries.

use super::break_glass::{BreakGlass, Judgement, Window};
use super::{Entry, Incident, Kind, Session, Spray, grouping, incident, spray, triage};
use crate::evidence::record::time::Micros;
use foldhash::HashMap;
use std::collections::BTreeSet;

/// The terms of a review.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Microseconds between sessions of one incident, at most.
    pub incident_gap: Micros,
    /// Microseconds that a key or an address may rest within a session.
    pub idle_gap: Micros,
    /// Approved use; `None` where nobody said what is.
    pub windows: Option<Vec<Window>>,
}

impl Default for Terms {
    fn default() -> Self {
        const HOUR: Micros = 3_600_000_000;
        Self { incident_gap: HOUR, idle_gap: HOUR, windows: None }
    }
}

/// What is known when all entries were seen together.
#[derive(Debug, Clone)]
pub(crate) struct Review<'t> {
    /// Sorted by account and time.
    pub sessions: Vec<Session<'t>>,
    /// Sorted by account and time.
    pub incidents: Vec<Incident<'t>>,
    /// The session of each entry that has one.
    pub session_of: Vec<Option<usize>>,
    /// The incident of each entry that has one.
    pub incident_of: Vec<Option<usize>>,
    /// What the windows say of each entry in an incident.
    pub judgements: Vec<Option<Judgement>>,
    /// The windows, and what came of them.
    pub break_glass: Option<BreakGlass>,
    /// Attempts at root of several accounts from one origin.
    pub sprays: Vec<Spray<'t>>,
    /// Uses and attempts without a time, which are in no session.
    pub unplaced: u64,
}

impl<'t> Review<'t> {
    /// Reviews entries in the order of the timeline.
    #[must_use]
    pub(crate) fn new(entries: &[Entry<'t>], terms: &Terms) -> Self {
        let sessions = grouping::sessions(entries, terms.idle_gap);
        let mut incidents = incident::incidents(entries, &sessions, terms.incident_gap);
        let (mut session_of, mut incident_of) = (vec![None; entries.len()], vec![None; entries.len()]);
        for (number, session) in sessions.iter().enumerate() {
            session.entries.iter().for_each(|entry| session_of[*entry] = Some(number));
        }
        for (number, incident) in incidents.iter().enumerate() {
            incident.entries.iter().for_each(|entry| incident_of[*entry] = Some(number));
        }
        let mut break_glass = terms.windows.clone().map(BreakGlass::new);
        let mut judgements: Vec<Option<Judgement>> = vec![None; entries.len()];
        if let Some(windows) = &mut break_glass {
            let beside = Beside::new(entries, &sessions, terms.idle_gap);
            for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.is_reviewed()) {
                let mfa = session_of[number].and_then(|session| sessions[session].mfa).or_else(|| beside.mfa(entry));
                judgements[number] = Some(windows.judge(entry, mfa));
            }
        }
        let sprays = spray::sprays(entries);
        let sprayed = sprays.iter().flat_map(|spray| spray.entries.iter().copied()).collect();
        for incident in &mut incidents {
            incident.judge(entries, &judgements);
            incident.signals = triage::signals(entries, &sessions, incident, &sprayed);
        }
        let unplaced = entries.iter().filter(|entry| entry.is_reviewed() && entry.time.is_none()).count() as u64;
        Self { sessions, incidents, session_of, incident_of, judgements, break_glass, sprays, unplaced }
    }
}

/// Console sessions by account and address, with when they were open and what they know of MFA: billing's records bear no session of their own.
struct Beside<'t>(HashMap<(&'t str, &'t str), Vec<Open>>);

/// From when to when a session was open, and whether with MFA.
type Open = (Micros, Micros, bool);

impl<'t> Beside<'t> {
    fn new(entries: &[Entry<'t>], sessions: &[Session<'t>], idle: Micros) -> Self {
        let mut open: HashMap<_, Vec<_>> = HashMap::default();
        for session in sessions.iter().filter(|session| session.kind == Kind::Console) {
            let Some(mfa) = session.mfa else { continue };
            let addresses: BTreeSet<&str> = session.entries.iter().filter_map(|number| entries[*number].address).collect();
            for address in addresses {
                open.entry((session.account, address)).or_default().push((session.first, session.last.saturating_add(idle), mfa));
            }
        }
        Self(open)
    }

    fn mfa(&self, entry: &Entry<'t>) -> Option<bool> {
        let (time, open) = (entry.time?, self.0.get(&(entry.account, entry.address?))?);
        // They are in order of their start; the last that holds the time is the likeliest.
        let begun = open.partition_point(|(first, ..)| *first <= time);
        open[..begun].iter().rev().take(LOOKED_AT).find(|(_, last, _)| time <= *last).map(|(.., mfa)| *mfa)
    }
}

/// Sessions of one address that are looked at for one record; more would be open at once only in made-up logs.
const LOOKED_AT: usize = 16;
