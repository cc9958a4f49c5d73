//! From activities in any order to the timeline: sorted, copies folded, sessions of `AssumeRoot` recognised.
//!
//! Everything here is a function of the set of activities alone, so that the result does not depend on threads or on the order
//! in which objects were listed.

use crate::case::activity::Activity;
use crate::case::spool::Texts;
use crate::case::{mfa, shared};
use crate::evidence::record::content;
use crate::evidence::record::time::Micros;
use crate::evidence::record::view::Parser;
use crate::root::{Class, Grant, Label};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use rayon::prelude::*;
use std::hash::BuildHasher as _;

/// What `timeline` did beside sorting.
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
pub(crate) fn timeline(
    activities: &mut Vec<Activity>,
    texts: &Texts,
    grants: &[Grant],
    object_rank: &[u32],
    mut on_copy: impl FnMut(u32),
) -> Folded {
    let mut folded = Folded::default();
    fingerprints(activities, texts);
    sort(activities, object_rank);
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
    folded.duplicates += shared::fold(activities, texts, &mut on_copy);
    let mut seen: HashSet<&str> = HashSet::new();
    // Only what shares its id was fingerprinted.
    for Activity { event_id, id_conflict, .. } in activities.iter_mut().filter(|activity| activity.fingerprint.is_some()) {
        *id_conflict = !seen.insert(event_id);
        folded.conflicts += u64::from(*id_conflict);
    }
    mfa::resolve(activities, texts);
    let sessions = Sessions::new(grants);
    for activity in activities.iter_mut().filter(|activity| activity.may_be_privileged()) {
        let (Some(key), Some(time)) = (&activity.key, activity.event_time) else { continue };
        if sessions.holds(key, &activity.account_id, time) {
            activity.label = Label { class: Class::PrivilegedSession, ..activity.label };
            folded.privileged += 1;
        }
    }
    folded
}

/// The sessions that `AssumeRoot` opened, by their key.
#[derive(Debug)]
pub(crate) struct Sessions<'g>(HashMap<&'g str, Vec<&'g Grant>>);

impl<'g> Sessions<'g> {
    /// Those that the grants tell of.
    #[must_use]
    pub(crate) fn new(grants: &'g [Grant]) -> Self {
        let mut by_key: HashMap<&str, Vec<&Grant>> = HashMap::new();
        for grant in grants {
            by_key.entry(&grant.access_key_id).or_default().push(grant);
        }
        Self(by_key)
    }

    /// Whether a record of root with this key, account and time belongs to one of them.
    #[must_use]
    pub(crate) fn holds(&self, key: &str, account: &str, time: Micros) -> bool {
        self.0.get(key).is_some_and(|grants| grants.iter().any(|grant| grant.opened(account, time)))
    }
}

/// The order of the timeline. Activities are large, so that places are sorted, by time alone where that tells them apart.
fn sort(activities: &mut Vec<Activity>, object_rank: &[u32]) {
    let mut order: Vec<(Option<Micros>, usize)> =
        activities.par_iter().map(|activity| activity.event_time).zip(0..activities.len()).collect();
    order.par_sort_unstable_by(|(time, one), (other_time, other)| {
        time.cmp(other_time).then_with(|| {
            let (one, other) = (&activities[*one], &activities[*other]);
            let key = |activity: &Activity| (object_rank[activity.object as usize], activity.record_index);
            one.account_id
                .cmp(&other.account_id)
                .then_with(|| one.event_id.cmp(&other.event_id))
                .then_with(|| one.fingerprint.cmp(&other.fingerprint))
                .then_with(|| key(one).cmp(&key(other)))
        })
    });
    let mut unsorted: Vec<Option<Activity>> = std::mem::take(activities).into_iter().map(Some).collect();
    activities.extend(order.into_iter().filter_map(|(_, place)| unsorted[place].take()));
}

/// The event ids that more than one activity bears.
fn shared_ids(activities: &[Activity]) -> HashSet<Box<str>> {
    let hasher = foldhash::fast::RandomState::default();
    let with_id = activities.par_iter().filter(|activity| !activity.event_id.is_empty());
    // Numbers sort many times faster than a table of texts fills.
    let mut hashes: Vec<(u64, &str)> = with_id.map(|activity| (hasher.hash_one(&*activity.event_id), &*activity.event_id)).collect();
    hashes.par_sort_unstable_by_key(|(hash, _)| *hash);
    let alike = hashes.chunk_by_mut(|(one, _), (other, _)| one == other).filter(|alike| alike.len() > 1);
    alike
        .flat_map(|alike| {
            alike.sort_unstable();
            alike.windows(2).filter(|pair| pair[0].1 == pair[1].1).map(|pair| pair[0].1.into())
        })
        .collect()
}

/// Fingerprints the activities whose event id is not theirs alone: only they can be copies, or in conflict, and they are few.
fn fingerprints(activities: &mut [Activity], texts: &Texts) {
    let shared = shared_ids(activities);
    if shared.is_empty() {
        return;
    }
    activities.par_iter_mut().filter(|activity| shared.contains(&activity.event_id)).for_each_init(Parser::default, |parser, activity| {
        // It parsed when it was labelled; should it not, its bytes still tell it from others.
        let json = texts.json(&activity.text);
        activity.fingerprint = Some(parser.with(json, content::fingerprint).unwrap_or_else(|_| content::cut(json)));
    });
}
