//! Sessions put together to incidents, and what an incident is told by.

use super::break_glass::{Judgement, Verdict};
use super::triage::Signal;
use super::{Entry, Kind, Session};
use crate::evidence::record::outcome::Outcome;
use crate::evidence::record::time::{self, Micros, rfc3339};
use crate::named::named;
use crate::root::Class;
use foldhash::HashMap;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// How long failed sign-ins are held against a later success from the same address: guessing goes on for days.
const LOOKBACK: Micros = 72 * 3_600_000_000;

named! {
    /// Whether root was used with MFA.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Mfa {
        /// Wherever the records say.
        Yes = "yes",
        /// Nowhere.
        No = "no",
        /// In some sessions.
        Mixed = "mixed",
    }
}

/// Sessions of one account that lie close in time. Counts are of records; entries and sessions go by their numbers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Incident<'t> {
    /// The account and its first moment.
    #[serde(rename = "incident_id")]
    pub id: String,
    /// Whose root.
    #[serde(rename = "account_id")]
    pub account: &'t str,
    /// The first record.
    #[serde(rename = "first_event_time", serialize_with = "rfc3339::always")]
    pub first: Micros,
    /// The last record.
    #[serde(rename = "last_event_time", serialize_with = "rfc3339::always")]
    pub last: Micros,
    /// The first use of root; `None` where there were only attempts.
    #[serde(serialize_with = "rfc3339::maybe")]
    pub first_use: Option<Micros>,
    /// Its sessions.
    #[serde(skip)]
    pub sessions: Vec<usize>,
    /// All its entries in order of time, those before it included.
    #[serde(skip)]
    pub entries: Vec<usize>,
    /// Kinds of session.
    pub session_kinds: BTreeMap<&'static str, u64>,
    /// Records from first to last.
    pub records: u64,
    /// Uses of root.
    pub usage: u64,
    /// Failed sign-ins and the like among the records.
    pub attempts: u64,
    /// The same from the same addresses in the days before; not among the records.
    pub attempts_before: u64,
    /// Uses that may have changed something.
    pub writes: u64,
    /// Refused for want of rights.
    pub denied: u64,
    /// Failed for another reason.
    pub failed: u64,
    /// Kinds of credential of its uses.
    pub credentials: BTreeSet<&'static str>,
    /// Long-term keys.
    pub long_term_keys: BTreeSet<&'t str>,
    /// Where uses came from.
    pub source_ips: BTreeSet<&'t str>,
    /// Clients of uses.
    pub user_agents: BTreeSet<&'t str>,
    /// Addresses that no earlier use of this account's root came from; `None` where there is no earlier use.
    pub new_source_ips: Option<BTreeSet<&'t str>>,
    /// Clients that no earlier use of this account's root had.
    pub new_user_agents: Option<BTreeSet<&'t str>>,
    /// `None` where no record says.
    pub mfa: Option<Mfa>,
    /// Uses by phase of a takeover.
    pub phases: BTreeMap<&'static str, u64>,
    /// Uses by service.
    pub services: BTreeMap<&'t str, u64>,
    /// Regions of uses.
    pub regions: BTreeSet<&'t str>,
    /// Uses by need for root.
    pub need: BTreeMap<&'static str, u64>,
    /// When the first log with a use in it was delivered, to the minute.
    #[serde(serialize_with = "rfc3339::maybe")]
    pub first_delivery: Option<Micros>,
    /// All its uses together against the break-glass windows; `None` where none were given.
    pub break_glass: Option<Verdict>,
    /// Tickets of the windows it lies in.
    pub tickets: BTreeSet<String>,
    /// Which terms of theirs it does not keep.
    pub break_glass_reasons: BTreeSet<String>,
    /// What may help to tell break-glass use from a stray key and from a takeover.
    pub signals: Vec<Signal>,
}

/// The numbers of the sessions of each incident, and of those before it that hold its failed sign-ins.
struct Cluster {
    sessions: Vec<usize>,
    before: Vec<usize>,
}

/// The incidents of all sessions, sorted by account and time, without signals and without what windows say.
pub(super) fn incidents<'t>(entries: &[Entry<'t>], sessions: &[Session<'t>], gap: Micros) -> Vec<Incident<'t>> {
    let numbers: Vec<usize> = (0..sessions.len()).collect();
    let mut incidents: Vec<Incident<'t>> = Vec::new();
    // They are sorted by account and time.
    for of_account in numbers.chunk_by(|one, other| sessions[*one].account == sessions[*other].account) {
        let clusters = joined(entries, sessions, of_account, gap);
        let mut earlier = Earlier::default();
        incidents.extend(clusters.iter().map(|cluster| incident(entries, sessions, cluster, &mut earlier)));
    }
    // Two of one account cannot start together unless the gap is nothing.
    let mut named: HashMap<String, u32> = HashMap::default();
    for incident in &mut incidents {
        let times = named.entry(incident.id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            incident.id = format!("{}-{times}", incident.id);
        }
    }
    incidents
}

/// The sessions of one account, in order of time, joined where less than the gap lies between them.
fn joined(entries: &[Entry<'_>], sessions: &[Session<'_>], numbers: &[usize], gap: Micros) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut end = Micros::MIN;
    for number in numbers {
        let session = &sessions[*number];
        match clusters.last_mut().filter(|_| session.first <= end.saturating_add(gap)) {
            Some(cluster) => cluster.sessions.push(*number),
            None => clusters.push(Cluster { sessions: vec![*number], before: Vec::new() }),
        }
        end = if clusters.last().is_some_and(|cluster| cluster.sessions.len() == 1) { session.last } else { end.max(session.last) };
    }
    let is_use = |cluster: &Cluster| of(sessions, &cluster.sessions).any(|entry| entries[entry].class.is_usage());
    let addresses = |cluster: &Cluster| of(sessions, &cluster.sessions).filter_map(|entry| entries[entry].address).collect::<BTreeSet<_>>();
    let last = |cluster: &Cluster| cluster.sessions.iter().map(|session| sessions[*session].last).max().unwrap_or_default();
    // Failed sign-ins alone are put before the next use from one of their addresses, if that comes soon enough.
    let mut kept: Vec<Cluster> = Vec::new();
    let mut waiting: Vec<Cluster> = Vec::new();
    for mut cluster in clusters {
        if !is_use(&cluster) {
            waiting.push(cluster);
            continue;
        }
        let (from, at) = (addresses(&cluster), sessions[cluster.sessions[0]].first);
        let (before, others): (Vec<_>, Vec<_>) = std::mem::take(&mut waiting)
            .into_iter()
            .partition(|attempts| last(attempts).saturating_add(LOOKBACK) >= at && !addresses(attempts).is_disjoint(&from));
        cluster.before.extend(before.into_iter().flat_map(|attempts| attempts.sessions));
        waiting = others;
        kept.push(cluster);
    }
    kept.append(&mut waiting);
    kept.sort_by_key(|cluster| cluster.sessions[0]);
    kept
}

fn of<'s>(sessions: &'s [Session<'_>], numbers: &'s [usize]) -> impl Iterator<Item = usize> + 's {
    numbers.iter().flat_map(|number| sessions[*number].entries.iter().copied())
}

/// What is known of an account's root from earlier incidents.
#[derive(Debug, Default)]
struct Earlier<'t> {
    is_used: bool,
    addresses: BTreeSet<&'t str>,
    agents: BTreeSet<&'t str>,
}

/// Whether it is an address proper, and not a service that acted for a person.
fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

fn incident<'t>(entries: &[Entry<'t>], sessions: &[Session<'t>], cluster: &Cluster, earlier: &mut Earlier<'t>) -> Incident<'t> {
    let mut numbers: Vec<usize> = of(sessions, &cluster.sessions).collect();
    let used = |entry: &&usize| entries[**entry].class.is_usage();
    let count = |outcome: Outcome| numbers.iter().filter(used).filter(|entry| entries[**entry].outcome == Some(outcome)).count() as u64;
    let (denied, failed) = (count(Outcome::Denied), count(Outcome::Failed));
    let uses: Vec<&Entry<'t>> = numbers.iter().filter(used).map(|entry| &entries[*entry]).collect();
    let counted = |name: fn(&Entry<'t>) -> Option<&'static str>| {
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        uses.iter().filter_map(|entry| name(entry)).for_each(|name| *counts.entry(name).or_default() += 1);
        counts
    };
    let set = |text: fn(&Entry<'t>) -> Option<&'t str>| uses.iter().filter_map(|entry| text(entry)).collect::<BTreeSet<_>>();
    let (source_ips, user_agents) = (set(|entry| entry.address), set(|entry| entry.agent));
    let mut services: BTreeMap<&'t str, u64> = BTreeMap::new();
    uses.iter().map(|entry| service(entry)).for_each(|service| *services.entry(service).or_default() += 1);
    let mut session_kinds: BTreeMap<&'static str, u64> = BTreeMap::new();
    cluster.sessions.iter().for_each(|session| *session_kinds.entry(sessions[*session].kind.name()).or_default() += 1);
    let said: BTreeSet<bool> = cluster.sessions.iter().filter_map(|session| sessions[*session].mfa).collect();
    let first = cluster.sessions.iter().map(|session| sessions[*session].first).min().unwrap_or_default();
    let mut incident = Incident {
        id: String::new(),
        account: sessions[cluster.sessions[0]].account,
        first,
        last: cluster.sessions.iter().map(|session| sessions[*session].last).max().unwrap_or_default(),
        first_use: uses.iter().filter_map(|entry| entry.time).min(),
        session_kinds,
        records: numbers.len() as u64,
        usage: uses.len() as u64,
        // A step that a sign-in followed is a part of that.
        attempts: {
            let has_login = numbers.iter().any(|entry| entries[*entry].is_login());
            let is_tried = |entry: &Entry<'_>| entry.class == Class::Attempt && !(has_login && entry.is_accepted_step());
            numbers.iter().filter(|entry| is_tried(&entries[**entry])).count() as u64
        },
        attempts_before: of(sessions, &cluster.before).count() as u64,
        writes: uses.iter().filter(|entry| entry.is_write()).count() as u64,
        denied,
        failed,
        credentials: uses.iter().map(|entry| entry.credential.name()).collect(),
        long_term_keys: set(|entry| entry.key.filter(|key| key.starts_with("AKIA"))),
        new_source_ips: earlier
            .is_used
            .then(|| source_ips.iter().copied().filter(|address| is_address(address) && !earlier.addresses.contains(address)).collect()),
        new_user_agents: earlier.is_used.then(|| user_agents.difference(&earlier.agents).copied().collect()),
        mfa: match (said.contains(&true), said.contains(&false)) {
            (true, true) => Some(Mfa::Mixed),
            (true, false) => Some(Mfa::Yes),
            (false, true) => Some(Mfa::No),
            (false, false) => None,
        },
        phases: counted(|entry| entry.phase.map(crate::root::Phase::name)),
        services,
        regions: set(|entry| Some(entry.region).filter(|region| !region.is_empty())),
        need: counted(|entry| entry.need.map(crate::root::Need::name)),
        first_delivery: uses.iter().filter_map(|entry| entry.delivered).min(),
        break_glass: None,
        tickets: BTreeSet::new(),
        break_glass_reasons: BTreeSet::new(),
        signals: Vec::new(),
        source_ips,
        user_agents,
        sessions: cluster.sessions.clone(),
        entries: Vec::new(),
    };
    incident.id = format!("{}-{}", incident.account, time::compact(first));
    earlier.is_used |= incident.usage > 0;
    earlier.addresses.extend(incident.source_ips.iter().copied().filter(|address| is_address(address)));
    earlier.agents.extend(&incident.user_agents);
    numbers.extend(of(sessions, &cluster.before));
    numbers.sort_by_key(|number| (entries[*number].time, *number));
    incident.entries = numbers;
    incident
}

/// The service's name without its domain.
fn service<'t>(entry: &Entry<'t>) -> &'t str {
    entry.source.strip_suffix(".amazonaws.com").unwrap_or(entry.source)
}

impl Incident<'_> {
    /// Whether root was used in it, and not only tried.
    #[must_use]
    pub(crate) fn is_use(&self) -> bool {
        self.usage > 0
    }

    /// Takes in what the windows say of its entries: approved where all uses are, unapproved where one is.
    pub(super) fn judge(&mut self, entries: &[Entry<'_>], judgements: &[Option<Judgement>]) {
        let is_use = self.is_use();
        let counts = |number: &&usize| !is_use || entries[**number].class.is_usage();
        let judged = self.entries.iter().filter(counts).filter_map(|number| judgements[*number].as_ref());
        let mut worst = None;
        for judgement in judged {
            worst = worst.max(Some(judgement.verdict));
            self.tickets.extend(judgement.ticket.clone());
            self.break_glass_reasons.extend(judgement.reasons.iter().cloned());
        }
        self.break_glass = worst;
    }

    /// Whether a kind of session is among its own.
    #[must_use]
    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.session_kinds.contains_key(kind.name())
    }
}
