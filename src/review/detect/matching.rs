//! Which alert belongs to which incident, and why.
//!
//! The best ground wins: the event's own id, then what an alert says of the call (key, address) at its time, then account and time. An alert goes to all incidents
//! that its best ground gives; one without any is listed with the reason, because it is a false alarm, a drill, or the sign of records that are missing.
//! The result does not depend on the order of alerts.

use super::alerts::{Alert, Note};
use crate::evidence::record::time::Micros;
use crate::named::named;
use crate::review::session::{Entry, Incident};
use foldhash::{HashMap, HashSet};

/// The terms of a match.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// How long after an incident's last record an alert may come, in microseconds.
    pub window: Micros,
    /// How far clocks may differ, in microseconds: an alert may be that much before what it is about.
    pub skew: Micros,
    /// Words of which one must stand in an alert whose structure does not say what it is about; empty to take every alert for one about root.
    pub words: Vec<String>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { window: 24 * 3_600_000_000, skew: 120_000_000, words: vec!["root".to_owned()] }
    }
}

named! {
    /// Why an alert belongs to an incident, the best first.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) enum Ground {
        /// It names one of the incident's events.
        EventId = "event_id",
        /// It names a key or an address of the incident, at its time.
        Details = "details",
        /// It is about the account, at the time.
        AccountAndTime = "account_and_time",
        /// It names no account; only the time fits.
        TimeOnly = "time_only",
    }
}

impl Ground {
    /// In words.
    #[must_use]
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::EventId => "it names an event of the incident",
            Self::Details => "it names a key or an address of the incident, at its time",
            Self::AccountAndTime => "it is about the account, at the time",
            Self::TimeOnly => "it names no account; only the time fits",
        }
    }
}

named! {
    /// Why an alert belongs to no incident.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) enum Unmatched {
        /// It is about another thing than root.
        NotAboutRoot = "not_about_root",
        /// No activity is behind it: a sample, or a check of configuration.
        NoActivity = "no_activity",
        /// It has no time at all.
        NoTime = "no_time",
        /// It says when root was active, and no record shows it.
        NotInRecords = "not_in_records",
        /// No incident of the account lies before it, within the window.
        NoIncident = "no_incident",
    }
}

impl Unmatched {
    /// In words.
    #[must_use]
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::NotAboutRoot => "about another thing than root",
            Self::NoActivity => "a sample or a check of configuration: no activity is behind it",
            Self::NoTime => "it has no time",
            Self::NotInRecords => "it says when root was active, and no record of the case shows that: a drill, or logs are missing",
            Self::NoIncident => "no incident before it within the window: a false alarm, a drill, or logs are missing",
        }
    }
}

/// An alert and an incident that belong together, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Match {
    /// The incident.
    pub incident: usize,
    /// The alert.
    pub alert: usize,
    /// Why.
    pub ground: Ground,
}

/// Which alerts belong where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Matching {
    /// Sorted by incident, then alert.
    pub matches: Vec<Match>,
    /// Alerts that belong to none, by their numbers.
    pub unmatched: Vec<(usize, Unmatched)>,
}

impl Matching {
    /// Matches alerts to incidents of a review.
    #[must_use]
    pub(crate) fn new(alerts: &[Alert], incidents: &[Incident<'_>], entries: &[Entry<'_>], terms: &Terms) -> Self {
        let finder = Finder::new(incidents, entries, terms);
        let mut matching = Self::default();
        for (number, alert) in alerts.iter().enumerate() {
            match finder.find(alert) {
                Ok((ground, found)) => matching.matches.extend(found.into_iter().map(|incident| Match { incident, alert: number, ground })),
                Err(why) => matching.unmatched.push((number, why)),
            }
        }
        matching.matches.sort_unstable();
        matching
    }

    /// The matches of an incident.
    pub(crate) fn of(&self, incident: usize) -> &[Match] {
        let start = self.matches.partition_point(|one| one.incident < incident);
        let end = self.matches.partition_point(|one| one.incident <= incident);
        &self.matches[start..end]
    }
}

/// Whether an alert is about root, as far as it says.
#[must_use]
pub(crate) fn is_about_root(alert: &Alert, words: &[String]) -> bool {
    let is_word = |text: &str, word: &str| {
        let mut rest = text;
        while let Some(at) = rest.find(word) {
            let (before, after) = (&rest[..at], &rest[at + word.len()..]);
            let ends = |symbol: Option<char>| !symbol.is_some_and(char::is_alphanumeric);
            if ends(before.chars().next_back()) && ends(after.chars().next()) {
                return true;
            }
            rest = after;
        }
        false
    };
    alert.about_root.unwrap_or_else(|| {
        // A capital within a word begins a new one, `AWSRootLogin`.
        let mut spaced = String::with_capacity(alert.words.len() * 2);
        let mut last = ' ';
        let mut symbols = alert.words.chars().peekable();
        while let Some(symbol) = symbols.next() {
            let goes_on = symbols.peek().is_some_and(|next| next.is_lowercase());
            if symbol.is_uppercase() && (last.is_lowercase() || last.is_uppercase() && goes_on) {
                spaced.push(' ');
            }
            last = symbol;
            spaced.extend(symbol.to_lowercase());
        }
        let joined = alert.words.to_lowercase();
        words.is_empty() || words.iter().map(|word| word.to_lowercase()).any(|word| is_word(&spaced, &word) || is_word(&joined, &word))
    })
}

/// What incidents are found by.
struct Finder<'f, 't> {
    incidents: &'f [Incident<'t>],
    terms: &'f Terms,
    by_event: HashMap<&'t str, Vec<usize>>,
    /// Keys and addresses of each incident.
    details: Vec<HashSet<&'t str>>,
}

impl<'f, 't> Finder<'f, 't> {
    fn new(incidents: &'f [Incident<'t>], entries: &[Entry<'t>], terms: &'f Terms) -> Self {
        let mut by_event: HashMap<&str, Vec<usize>> = HashMap::default();
        let mut details = Vec::with_capacity(incidents.len());
        for (number, incident) in incidents.iter().enumerate() {
            let mut of_incident = HashSet::default();
            for entry in incident.entries.iter().map(|entry| &entries[*entry]) {
                let of_event = by_event.entry(entry.event_id).or_default();
                if !entry.event_id.is_empty() && of_event.last() != Some(&number) {
                    of_event.push(number);
                }
                of_incident.extend(entry.key.into_iter().chain(entry.address));
            }
            details.push(of_incident);
        }
        Self { incidents, terms, by_event, details }
    }

    fn find(&self, alert: &Alert) -> Result<(Ground, Vec<usize>), Unmatched> {
        let by_id = self.by_event_id(alert);
        if !by_id.is_empty() {
            return Ok((Ground::EventId, by_id));
        }
        if alert.notes.contains(&Note::Sample) || alert.notes.contains(&Note::ConfigurationCheck) {
            return Err(Unmatched::NoActivity);
        }
        if !is_about_root(alert, &self.terms.words) {
            return Err(Unmatched::NotAboutRoot);
        }
        let in_time = match alert.first_seen {
            Some(first) => self.within(alert, first, alert.last_seen.unwrap_or(first).max(first)),
            None => self.before(alert, alert.raised.or(alert.acknowledged).or(alert.resolved).ok_or(Unmatched::NoTime)?),
        };
        if in_time.is_empty() {
            return Err(if alert.first_seen.is_some() { Unmatched::NotInRecords } else { Unmatched::NoIncident });
        }
        let named = |text: &String, number: usize| self.details[number].contains(text.as_str());
        let has_details = |number: usize| alert.access_keys.iter().chain(&alert.source_addresses).any(|text| named(text, number));
        let ground = match () {
            () if in_time.iter().any(|number| has_details(*number)) => Ground::Details,
            () if alert.account.is_some() => Ground::AccountAndTime,
            () => Ground::TimeOnly,
        };
        Ok((ground, in_time))
    }

    /// Incidents with an event that the alert names. An id that stands on several events of different incidents is told apart by account.
    fn by_event_id(&self, alert: &Alert) -> Vec<usize> {
        let mut found: Vec<usize> = alert.event_ids.iter().filter_map(|id| self.by_event.get(id.as_str())).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        if found.len() > 1 {
            let of_account: Vec<usize> = found.iter().copied().filter(|number| self.is_of_account(alert, *number)).collect();
            if !of_account.is_empty() {
                found = of_account;
            }
        }
        found
    }

    fn is_of_account(&self, alert: &Alert, number: usize) -> bool {
        alert.account.as_deref().is_none_or(|account| account == self.incidents[number].account)
    }

    /// Incidents that lie in a stretch in which the alert saw activity.
    fn within(&self, alert: &Alert, first: Micros, last: Micros) -> Vec<usize> {
        let skew = self.terms.skew;
        let touches = |incident: &Incident<'_>| incident.first <= last.saturating_add(skew) && first <= incident.last.saturating_add(skew);
        (0..self.incidents.len()).filter(|number| self.is_of_account(alert, *number) && touches(&self.incidents[*number])).collect()
    }

    /// The incidents that began last before an alert, use of root before attempts.
    fn before(&self, alert: &Alert, time: Micros) -> Vec<usize> {
        let Terms { skew, window, .. } = *self.terms;
        let in_reach = |number: &usize| {
            let incident = &self.incidents[*number];
            let (first, last) = (incident.first, incident.last);
            self.is_of_account(alert, *number) && first <= time.saturating_add(skew) && time <= last.saturating_add(window)
        };
        let rank = |number: &usize| (self.incidents[*number].is_use(), self.incidents[*number].first);
        let found: Vec<usize> = (0..self.incidents.len()).filter(in_reach).collect();
        let best = found.iter().map(rank).max();
        found.into_iter().filter(|number| Some(rank(number)) == best).collect()
    }
}
