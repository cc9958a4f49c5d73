//! From activities in any order to the timeline: sorted, copies folded, sessions of `AssumeRoot` recognised.
//!
//! Everything here is a function of the set of activities alone, so that the result does not depend on threads or on the order
//! in which objects were listed.

use crate::activity::Activity;
use crate::record::content;
use crate::record::time::Micros;
use crate::record::view::Parser;
use crate::root::{Class, Grant, Label};
use crate::spool::Texts;
use foldhash::{HashMap, HashMapExt as _, HashSet};
use rayon::prelude::*;

/// What [`timeline`] did beside sorting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folded {
    /// Activities that were copies of another.
    pub duplicates: u64,
    /// Activities whose event id stands on another content too, beyond the first.
    pub conflicts: u64,
    /// Activities that were found to belong to a session opened with `AssumeRoot`.
    pub privileged: u64,
}

/// Sorts activities by time, account and event id, folds copies into the first and resolves what needs two records. `object_rank`
/// gives each object's place in the order of URIs. `on_copy` is told the object of each folded copy.
pub fn timeline(
    activities: &mut Vec<Activity>,
    texts: &Texts,
    grants: &[Grant],
    object_rank: &[u32],
    mut on_copy: impl FnMut(u32),
) -> Folded {
    let mut folded = Folded::default();
    fingerprints(activities, texts);
    activities.par_sort_by(|one, other| {
        let key = |activity: &Activity| (object_rank[activity.object as usize], activity.record_index);
        one.event_time
            .cmp(&other.event_time)
            .then_with(|| one.account_id.cmp(&other.account_id))
            .then_with(|| one.event_id.cmp(&other.event_id))
            .then_with(|| one.fingerprint.cmp(&other.fingerprint))
            .then_with(|| key(one).cmp(&key(other)))
    });
    // Equal content means equal time and id, so copies are neighbours. Records without an id are all kept: nothing says that they are
    // one event.
    activities.dedup_by(|later, first| {
        let same = later.fingerprint.is_some()
            && later.fingerprint == first.fingerprint
            && later.event_id == first.event_id
            && later.account_id == first.account_id;
        if same {
            first.copies += 1 + later.copies;
            folded.duplicates += 1;
            on_copy(later.object);
        }
        same
    });
    for index in repeated(activities, |count| count > 0) {
        activities[index].id_conflict = true;
        folded.conflicts += 1;
    }
    let sessions = Sessions::new(grants);
    for activity in activities.iter_mut().filter(|activity| activity.may_be_privileged()) {
        let (Some((key, start)), Some(time)) = (&activity.session, activity.event_time) else { continue };
        if sessions.holds(key, &activity.account_id, *start, time) {
            activity.label = Label { class: Class::PrivilegedSession, ..activity.label };
            folded.privileged += 1;
        }
    }
    folded
}

/// The sessions that `AssumeRoot` opened, by their key.
#[derive(Debug)]
pub struct Sessions<'g>(HashMap<&'g str, Vec<&'g Grant>>);

impl<'g> Sessions<'g> {
    /// Those that the grants tell of.
    #[must_use]
    pub fn new(grants: &'g [Grant]) -> Self {
        let mut by_key: HashMap<&str, Vec<&Grant>> = HashMap::new();
        for grant in grants {
            by_key.entry(&grant.access_key_id).or_default().push(grant);
        }
        Self(by_key)
    }

    /// Whether a record of root with this key, account, session start and time belongs to one of them.
    #[must_use]
    pub fn holds(&self, key: &str, account: &str, start: Option<Micros>, time: Micros) -> bool {
        self.0.get(key).is_some_and(|grants| grants.iter().any(|grant| grant.opened(account, start, time)))
    }
}

/// The activities whose event id other activities bear as well, chosen by how many of those come before.
fn repeated(activities: &[Activity], choose: impl Fn(u32) -> bool) -> Vec<usize> {
    let mut seen: HashMap<&str, u32> = HashMap::with_capacity(activities.len());
    let with_id = activities.iter().enumerate().filter(|(_, activity)| !activity.event_id.is_empty());
    with_id
        .filter_map(|(index, activity)| {
            let before = seen.entry(&activity.event_id).or_default();
            let chosen = choose(*before).then_some(index);
            *before += 1;
            chosen
        })
        .collect()
}

/// Fingerprints the activities whose event id is not theirs alone: only they can be copies, or in conflict, and they are few.
fn fingerprints(activities: &mut [Activity], texts: &Texts) {
    let shared: HashSet<Box<str>> =
        repeated(activities, |before| before == 1).into_iter().map(|index| activities[index].event_id.clone()).collect();
    if shared.is_empty() {
        return;
    }
    activities.par_iter_mut().filter(|activity| shared.contains(&activity.event_id)).for_each_init(Parser::default, |parser, activity| {
        // It parsed when it was labelled; should it not, its bytes still tell it from others.
        let json = texts.json(&activity.text);
        activity.fingerprint = Some(parser.with(json, content::fingerprint).unwrap_or_else(|_| content::cut(json)));
    });
}
