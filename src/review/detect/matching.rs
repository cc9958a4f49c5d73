//! Which alert belongs to which incident, and why.
//!
//! Each pair of an alert and an incident is looked at by itself: what agrees (the event's id, a key, an address, the account, in that order), and what
//! contradicts (another account of those that the evidence holds). What an alert's machinery says of itself, the account of the topic, alarm or bus, never
//! contradicts. Of the incidents in its reach an alert goes to those of its best ground, and in each account to the last; where several accounts are left, it is
//! shown at each of them as undecided. The result does not depend on the order of alerts.

use super::alerts::{Alert, Note, Vendor};
use crate::evidence::record::time::Micros;
use crate::named::named;
use crate::review::session::{Entry, Incident};
use foldhash::{HashMap, HashSet};
use std::collections::BTreeSet;

/// The terms of a match.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// How long after an incident's last record an alert may come, in microseconds.
    pub window: Micros,
    /// How far clocks may differ, in microseconds: an alert may be that much before what it is about.
    pub skew: Micros,
    /// Words of which one must stand in an alert whose structure does not say what it is about; empty to take every alert for one about root.
    pub words: Vec<String>,
    /// Accounts that the evidence holds, beside those with incidents. An alert that names another is none the worse for it.
    pub accounts: BTreeSet<String>,
    /// Whether alarms are central: the account of an alarm or topic says nothing of what it is about.
    pub is_central: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { window: 24 * 3_600_000_000, skew: 120_000_000, words: vec!["root".to_owned()], accounts: BTreeSet::new(), is_central: false }
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
        /// Its title or text names the account, an address or a key of the incident, at its time.
        NamedInText = "named_in_text",
        /// It is about the account, at the time.
        AccountAndTime = "account_and_time",
        /// Nothing but the time fits.
        TimeOnly = "time_only",
    }
}

impl Ground {
    /// The same as a sentence, for people.
    #[must_use]
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::EventId => "it names an event of the incident",
            Self::Details => "it names a key or an address of the incident, at its time",
            Self::NamedInText => "its text names the account, an address or a key of the incident, at its time",
            Self::AccountAndTime => "it is about the account, at the time",
            Self::TimeOnly => "only the time fits; it does not say which account it is about",
        }
    }
}

named! {
    /// Why an alert belongs to no incident.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) enum Unmatched {
        /// It is about another thing than root.
        NotAboutRoot = "not_about_root",
        /// No word of it says that it is about root.
        NoWordOfRoot = "no_word_of_root",
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
    /// The same as a sentence, for people.
    #[must_use]
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::NotAboutRoot => "about another thing than root, as its structure says",
            Self::NoWordOfRoot => {
                "not matched, because no word in it says that it is about root (`--about WORD` if one of its words does, `--any-alert` if all are)"
            }
            Self::NoActivity => "a sample or a check of configuration: no activity is behind it",
            Self::NoTime => "not matched, because it has no time",
            Self::NotInRecords => {
                "not matched, because no record of the case shows the activity that it tells of: logs may be missing, or it was a drill"
            }
            Self::NoIncident => {
                "not matched, because no incident that it could be about lies before it within `--match-window`: logs may be missing, or it was a false alarm or a drill"
            }
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
    /// Whether it may as well be about other incidents and not about this one: others fit equally, or it saw activity before and after only.
    pub is_tied: bool,
}

/// Which alerts belong where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Matching {
    /// Sorted by incident, then alert.
    pub matches: Vec<Match>,
    /// Alerts that belong to none, by their numbers.
    pub unmatched: Vec<(usize, Unmatched)>,
    /// Accounts whose alarms, topics and buses were taken to be about other accounts too.
    pub central: BTreeSet<String>,
    /// CloudWatch's alarms about root, by their numbers: only they can be in their state already and so not go off again.
    pub alarms: Vec<usize>,
}

impl Matching {
    /// Matches alerts to incidents of a review.
    #[must_use]
    pub(crate) fn new(alerts: &[Alert], incidents: &[Incident<'_>], entries: &[Entry<'_>], terms: &Terms) -> Self {
        let finder = Finder::new(alerts, incidents, entries, terms);
        let central = finder.central.iter().map(|account| (*account).to_owned()).collect();
        let is_alarm = |alert: &Alert| alert.vendor == Vendor::CloudWatch && is_about_root(alert, &terms.words);
        let alarms = (0..alerts.len()).filter(|number| is_alarm(&alerts[*number])).collect();
        let mut matching = Self { central, alarms, ..Self::default() };
        for (number, alert) in alerts.iter().enumerate() {
            match finder.find(alert) {
                Ok(found) => matching.matches.extend(found.into_iter().map(|one| Match { alert: number, ..one })),
                Err(why) => matching.unmatched.push((number, why)),
            }
        }
        matching.matches.sort_unstable();
        matching
    }

    /// Whether an alarm may be about an account: it says so, or it is in the account, or where alarms are about others too.
    pub(crate) fn may_be_of(&self, alert: &Alert, account: &str, terms: &Terms) -> bool {
        let is_elsewhere =
            |machinery: &String| machinery != account && terms.accounts.contains(machinery) && !self.central.contains(machinery);
        match (&alert.account, &alert.machinery) {
            (Some(about), _) => about == account,
            (None, machinery) => !machinery.as_ref().is_some_and(is_elsewhere),
        }
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
        let has_word = |text: &str| words.iter().any(|word| is_word(text, &word.to_lowercase()));
        words.is_empty() || has_word(&alert.words.to_lowercase()) || has_word(&spaced(&alert.words))
    })
}

/// The text in small letters; a capital within a word begins a new one, `AWSRootLogin`.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() * 2);
    let mut last = ' ';
    let mut symbols = text.chars().peekable();
    while let Some(symbol) = symbols.next() {
        let goes_on = symbols.peek().is_some_and(|next| next.is_lowercase());
        if symbol.is_uppercase() && (last.is_lowercase() || last.is_uppercase() && goes_on) {
            spaced.push(' ');
        }
        last = symbol;
        spaced.extend(symbol.to_lowercase());
    }
    spaced
}

/// What incidents are found by.
struct Finder<'f, 't> {
    incidents: &'f [Incident<'t>],
    terms: &'f Terms,
    by_event: HashMap<&'t str, Vec<usize>>,
    /// Beginnings of incidents and their numbers, in order of time.
    by_time: Vec<(Micros, usize)>,
    /// How long the longest of them lasts.
    longest: Micros,
    /// Keys and addresses of each incident.
    details: Vec<HashSet<&'t str>>,
    /// Accounts that the evidence holds.
    held: HashSet<&'f str>,
    /// Accounts whose alarms and topics tell of other accounts too.
    central: HashSet<&'f str>,
}

impl<'f, 't: 'f> Finder<'f, 't> {
    fn new(alerts: &'f [Alert], incidents: &'f [Incident<'t>], entries: &[Entry<'t>], terms: &'f Terms) -> Self {
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
        let held: HashSet<&str> =
            incidents.iter().map(|incident| incident.account).chain(terms.accounts.iter().map(String::as_str)).collect();
        let tells_of_another = |alert: &&Alert| {
            let mut named = alert.named.iter().chain(&alert.account).filter(|name| held.contains(name.as_str()));
            let own = alert.machinery.as_ref();
            own.is_some() && named.any(|name| Some(name) != own)
        };
        let central =
            alerts.iter().filter(|alert| terms.is_central || tells_of_another(alert)).filter_map(|alert| alert.machinery.as_deref());
        let central = central.collect();
        let mut by_time: Vec<(Micros, usize)> = incidents.iter().enumerate().map(|(number, incident)| (incident.first, number)).collect();
        by_time.sort_unstable();
        let longest = incidents.iter().map(|incident| incident.last.saturating_sub(incident.first)).max().unwrap_or_default();
        Self { incidents, terms, by_event, by_time, longest, details, held, central }
    }

    fn find(&self, alert: &Alert) -> Result<Vec<Match>, Unmatched> {
        let found = |(incident, ground), is_tied| Match { incident, alert: 0, ground, is_tied };
        let by_id = self.by_event_id(alert);
        if !by_id.is_empty() {
            return Ok(by_id.into_iter().map(|incident| found((incident, Ground::EventId), false)).collect());
        }
        if alert.notes.contains(&Note::Sample) || alert.notes.contains(&Note::ConfigurationCheck) {
            return Err(Unmatched::NoActivity);
        }
        if !is_about_root(alert, &self.terms.words) {
            return Err(if alert.about_root.is_some() { Unmatched::NotAboutRoot } else { Unmatched::NoWordOfRoot });
        }
        let stretch = alert.first_seen.map(|first| (first, alert.last_seen.unwrap_or(first).max(first)));
        let time = alert.raised.or(alert.told.first().copied()).or(alert.acknowledged).or(alert.resolved);
        let in_time = |number: &usize| match stretch {
            Some(stretch) => self.touches(*number, stretch),
            None => time.is_some_and(|time| self.is_before(*number, time)),
        };
        let reach = match (stretch, time) {
            (Some((first, last)), _) => (first.saturating_sub(self.terms.skew), last),
            (None, Some(time)) => (time.saturating_sub(self.terms.window), time),
            (None, None) => return Err(Unmatched::NoTime),
        };
        let fits = |number: &usize| in_time(number) && !self.contradicts(alert, *number);
        let mut fitting: Vec<(usize, Ground)> =
            self.within(reach).filter(fits).map(|number| (number, self.ground(alert, number))).collect();
        let Some(best) = fitting.iter().map(|(_, ground)| *ground).min() else {
            return Err(if stretch.is_some() { Unmatched::NotInRecords } else { Unmatched::NoIncident });
        };
        if stretch.is_some() {
            // What it saw in all that time may be several incidents, each of its own ground; one that only time speaks for is none of them.
            fitting.retain(|(_, ground)| *ground == best || *ground < Ground::TimeOnly);
        } else {
            fitting.retain(|(_, ground)| *ground == best);
            // In each account the last before it, use of root before attempts.
            let rank = |number: usize| (self.incidents[number].is_use(), self.incidents[number].first);
            let mut lasts: HashMap<&str, (bool, Micros)> = HashMap::default();
            for (number, _) in &fitting {
                let last = lasts.entry(self.incidents[*number].account).or_insert_with(|| rank(*number));
                *last = rank(*number).max(*last);
            }
            fitting.retain(|(number, _)| lasts[self.incidents[*number].account] == rank(*number));
            // An attempt in one account is no reason to doubt a use in another.
            let any_use = fitting.iter().any(|(number, _)| self.incidents[*number].is_use());
            fitting.retain(|(number, _)| self.incidents[*number].is_use() || !any_use);
        }
        let accounts: HashSet<&str> = fitting.iter().map(|(number, _)| self.incidents[*number].account).collect();
        let of_several = accounts.len() > 1;
        // What began and ended a stretch is what the alert saw. What lies between and is not named may be in it or not.
        let is_between = |number: usize| {
            stretch.is_some_and(|(first, last)| ![first, last].iter().chain(&alert.seen).any(|seen| self.touches(number, (*seen, *seen))))
        };
        let is_tied = |(number, ground): (usize, Ground)| of_several || is_between(number) && ground > Ground::Details;
        Ok(fitting.into_iter().map(|one| found(one, is_tied(one))).collect())
    }

    /// Incidents that may have lasted until the one time or later and begun by the other: few of many, and none that did is left out.
    fn within(&self, (from, to): (Micros, Micros)) -> impl Iterator<Item = usize> {
        let from = from.saturating_sub(self.longest);
        let to = to.saturating_add(self.terms.skew);
        let begun = self.by_time.partition_point(|(first, _)| *first < from);
        self.by_time[begun..].iter().take_while(move |(first, _)| *first <= to).map(|(_, number)| *number)
    }

    /// Incidents with an event that the alert names. If several incidents have an event with that id, the account decides.
    fn by_event_id(&self, alert: &Alert) -> Vec<usize> {
        let mut found: Vec<usize> = alert.event_ids.iter().filter_map(|id| self.by_event.get(id.as_str())).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        if found.len() > 1 {
            let is_of = |number: &usize| alert.account.as_deref().is_none_or(|account| account == self.incidents[*number].account);
            let of_account: Vec<usize> = found.iter().copied().filter(is_of).collect();
            if !of_account.is_empty() {
                found = of_account;
            }
        }
        found
    }

    /// Whether the alert says that it is about another account.
    fn contradicts(&self, alert: &Alert, number: usize) -> bool {
        let own = self.incidents[number].account;
        if alert.account.as_deref() == Some(own) || alert.named.contains(own) {
            return false;
        }
        // Of what its text names only accounts of the evidence count: any other may be the machinery's.
        alert.account.is_some() || alert.named.iter().any(|name| self.held.contains(name.as_str()))
    }

    /// What speaks for the incident.
    fn ground(&self, alert: &Alert, number: usize) -> Ground {
        let (details, own) = (&self.details[number], self.incidents[number].account);
        let is_here = |text: &String| details.contains(text.as_str());
        let machinery = alert.machinery.as_deref().filter(|account| !self.central.contains(account));
        match () {
            () if alert.access_keys.iter().chain(&alert.source_addresses).any(is_here) => Ground::Details,
            () if alert.named.contains(own) || alert.named.iter().any(is_here) => Ground::NamedInText,
            () if alert.account.as_deref() == Some(own) || machinery == Some(own) => Ground::AccountAndTime,
            () => Ground::TimeOnly,
        }
    }

    /// Whether an incident lies in a stretch in which the alert saw activity.
    fn touches(&self, number: usize, (first, last): (Micros, Micros)) -> bool {
        let (incident, skew) = (&self.incidents[number], self.terms.skew);
        incident.first <= last.saturating_add(skew) && first <= incident.last.saturating_add(skew)
    }

    /// Whether an incident began before a time, and is not too long over.
    fn is_before(&self, number: usize, time: Micros) -> bool {
        let (incident, Terms { skew, window, .. }) = (&self.incidents[number], self.terms);
        incident.first <= time.saturating_add(*skew) && time <= incident.last.saturating_add(*window)
    }
}
