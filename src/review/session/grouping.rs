//! Activities put together to sessions.
//!
//! A console session is known by its account and start; it holds many keys, so the key alone never makes one. A long-term key has no start, so its use falls
//! into sessions where it rests. Records without a session (sign-ins, billing's console actions with a key used nowhere else) are held together by account
//! and address. Measured on public records: all of 119 sessions start in the very second of the call that issued them, and one console session was seen to hold
//! 21 keys.

use super::Entry;
use crate::evidence::record::credential::Credential;
use crate::evidence::record::time::{self, Micros};
use crate::named::named;
use crate::root::Class;
use foldhash::HashMap;
use std::collections::BTreeMap;

/// How far a console session's start may lie from its sign-in. The two are equal to the second in most records, and seconds apart in some.
const LOGIN_DISTANCE: Micros = 10_000_000;

named! {
    /// What holds a session together.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum Kind {
        /// A sign-in to the console, by its start.
        Console = "console",
        /// Use of one long-term key without a long rest.
        LongTermKey = "long_term_key",
        /// Temporary credentials, by their start or key.
        Temporary = "temporary",
        /// Opened with `sts:AssumeRoot`.
        Privileged = "privileged",
        /// A federated session that root issued.
        Federated = "federated",
        /// Records of one address that bear no session.
        Address = "address",
    }
}

/// Records of one root credential session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session<'t> {
    /// Account, kind, what holds it together, and when; the same for the same evidence.
    pub id: String,
    /// Whose root.
    pub account: &'t str,
    /// What holds it together.
    pub kind: Kind,
    /// The first record.
    pub first: Micros,
    /// The last record.
    pub last: Micros,
    /// Numbers of its entries, in order of time.
    pub entries: Vec<usize>,
    /// The entry of its sign-in.
    pub login: Option<usize>,
    /// The session whose call handed out its credentials.
    pub parent: Option<usize>,
    /// Whether it was opened with MFA: three states. Not known of sessions opened with `AssumeRoot`, whose records say "false" whatever the caller did.
    pub mfa: Option<bool>,
}

/// What the records of a session have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bond<'t> {
    Start(Micros),
    LongTermKey(&'t str),
    TemporaryKey(&'t str),
    Privileged(&'t str),
    Federated(&'t str),
    Address(&'t str),
}

type Groups<'t> = BTreeMap<(&'t str, Bond<'t>), Vec<usize>>;

/// The sessions of all entries that are reviewed and have a time, sorted by account, first record and id. `idle` is the rest, in microseconds, after which a
/// key or an address begins a new one.
pub(super) fn sessions<'t>(entries: &[Entry<'t>], idle: Micros) -> Vec<Session<'t>> {
    let reviewed = || entries.iter().enumerate().filter(|(_, entry)| entry.is_reviewed() && entry.time.is_some());
    let issued: HashMap<&str, usize> = reviewed().filter_map(|(number, entry)| Some((entry.issued_key.as_deref()?, number))).collect();
    let mut groups: Groups<'_> = BTreeMap::new();
    for (number, entry) in reviewed().filter(|(_, entry)| !entry.is_login()) {
        groups.entry((entry.account, bond(entry, &issued))).or_default().push(number);
    }
    let mut logins: BTreeMap<(&str, Bond<'_>), usize> = BTreeMap::new();
    for (number, entry) in reviewed().filter(|(_, entry)| entry.is_login()) {
        match opened(entries, &groups, entry) {
            Some(start) => {
                let group = (entry.account, Bond::Start(start));
                // Of two sign-ins in one second the first has the session; both belong to it.
                logins.entry(group).or_insert(number);
                groups.entry(group).or_default().push(number);
            }
            None => groups.entry((entry.account, Bond::Address(entry.address.unwrap_or_default()))).or_default().push(number),
        }
    }
    let mut sessions = Vec::new();
    for ((account, bond), mut numbers) in groups {
        numbers.sort_by_key(|number| (entries[*number].time, *number));
        let login = logins.get(&(account, bond)).copied();
        let rests = |one: &usize, other: &usize| {
            let (one, other) = (entries[*one].time.unwrap_or_default(), entries[*other].time.unwrap_or_default());
            // A session with a start of its own is one however long it rests.
            !matches!(bond, Bond::Start(_)) && other.saturating_sub(one) > idle
        };
        let parts = numbers.chunk_by(|one, other| !rests(one, other));
        sessions.extend(parts.map(|part| session(entries, account, bond, part, login)));
    }
    sessions.sort_by(|one, other| (one.account, one.first, &one.id).cmp(&(other.account, other.first, &other.id)));
    let mut session_of: HashMap<usize, usize> = HashMap::default();
    for (place, session) in sessions.iter().enumerate() {
        session_of.extend(session.entries.iter().map(|entry| (*entry, place)));
    }
    for (place, session) in sessions.iter_mut().enumerate() {
        let issuer = session.entries.iter().find_map(|entry| issued.get(entries[*entry].key?)).and_then(|entry| session_of.get(entry));
        session.parent = issuer.copied().filter(|issuer| *issuer != place);
    }
    sessions
}

/// What holds an entry and others together.
fn bond<'t>(entry: &Entry<'t>, issued: &HashMap<&str, usize>) -> Bond<'t> {
    let address = Bond::Address(entry.address.unwrap_or_default());
    let Some(key) = entry.key else {
        return match entry.session_start {
            Some(start) if entry.class != Class::Attempt => Bond::Start(start),
            _ => address,
        };
    };
    match (entry.class, entry.session_start) {
        (Class::Attempt, _) => address,
        (Class::PrivilegedSession, _) => Bond::Privileged(key),
        (Class::Federated, _) => Bond::Federated(key),
        _ if entry.credential == Credential::LongTermKey => Bond::LongTermKey(key),
        _ if issued.contains_key(key) => Bond::TemporaryKey(key),
        (_, Some(start)) => Bond::Start(start),
        _ if entry.event_type == "AwsConsoleAction" => address,
        _ => Bond::TemporaryKey(key),
    }
}

/// The start of the console session that a sign-in opened: near in time, and from the same address or with the same agent; of several the one that agrees
/// best, then the nearest.
fn opened(entries: &[Entry<'_>], groups: &Groups<'_>, login: &Entry<'_>) -> Option<Micros> {
    let time = login.time?;
    let (from, to) = (time.saturating_sub(LOGIN_DISTANCE), time.saturating_add(LOGIN_DISTANCE));
    let near = groups.range((login.account, Bond::Start(from))..=(login.account, Bond::Start(to)));
    let rated = near.filter_map(|((_, bond), numbers)| {
        let Bond::Start(start) = *bond else { return None };
        let mut agrees = [false; 2];
        for entry in numbers.iter().map(|number| &entries[*number]) {
            agrees[0] |= entry.address.is_some() && entry.address == login.address;
            agrees[1] |= entry.agent.is_some() && entry.agent == login.agent;
        }
        let agreement = agrees.iter().filter(|agrees| **agrees).count();
        // Nobody signs in twice in a second from two places, so an equal time is agreement enough.
        (agreement > 0 || start == time).then_some((std::cmp::Reverse(agreement), (start - time).abs(), start))
    });
    rated.min().map(|(_, _, start)| start)
}

fn session<'t>(entries: &[Entry<'t>], account: &'t str, bond: Bond<'t>, numbers: &[usize], login: Option<usize>) -> Session<'t> {
    let times = || numbers.iter().filter_map(|number| entries[*number].time);
    let (first, last) = (times().min().unwrap_or_default(), times().max().unwrap_or_default());
    let of_console = || login.is_some() || numbers.iter().any(|number| entries[*number].credential == Credential::Console);
    let (kind, name) = match bond {
        Bond::Start(start) => (if of_console() { Kind::Console } else { Kind::Temporary }, time::format(start)),
        Bond::LongTermKey(key) => (Kind::LongTermKey, format!("{key}/{}", time::format(first))),
        Bond::TemporaryKey(key) => (Kind::Temporary, format!("{key}/{}", time::format(first))),
        Bond::Privileged(key) => (Kind::Privileged, format!("{key}/{}", time::format(first))),
        Bond::Federated(key) => (Kind::Federated, format!("{key}/{}", time::format(first))),
        Bond::Address(address) => (Kind::Address, format!("{address}/{}", time::format(first))),
    };
    let used = || numbers.iter().map(|number| &entries[*number]).filter(|entry| entry.class.is_usage());
    let said = || used().filter_map(|entry| entry.mfa);
    let mfa = match kind {
        Kind::Privileged => None,
        _ if said().any(|mfa| !mfa) => Some(false),
        _ => said().next(),
    };
    Session {
        id: format!("{account}/{}/{name}", kind.name()),
        account,
        kind,
        first,
        last,
        entries: numbers.to_vec(),
        login: login.filter(|login| numbers.contains(login)),
        parent: None,
        mfa,
    }
}
