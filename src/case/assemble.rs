//! From activities in any order to the timeline: sorted, copies folded, sessions of `AssumeRoot` recognised.
//!
//! Everything here is a function of the set of activities alone, so that the result does not depend on threads or on the order
//! in which objects were listed.

use crate::case::activity::Activity;
use crate::case::shared;
use crate::case::spool::Texts;
use crate::evidence::record::content;
use crate::evidence::record::time::Micros;
use crate::evidence::record::view::{Parser, Record};
use crate::root::{Class, Clues, Grant, Label, Need, device_of};
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
    clues: &Clues,
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
    let joins = Joins::new(clues);
    let mut parser = Parser::default();
    for activity in activities.iter_mut() {
        if activity.may_be_privileged()
            && let (Some(key), Some(time)) = (&activity.key, activity.event_time)
            && joins.holds(key, &activity.account_id, time)
        {
            activity.label = Label { class: Class::PrivilegedSession, ..activity.label };
            folded.privileged += 1;
        }
        if joins.may_own(activity) {
            let device = parser.with(texts.json(&activity.text), |value| device_of(&Record::read(value), activity.label));
            if device.ok().flatten().is_some_and(|device| joins.owns(&activity.account_id, &device)) {
                activity.label = Label { need: Some(Need::Required), ..activity.label };
            }
        }
    }
    folded
}

/// What needs two records: the sessions that `AssumeRoot` opened, by their key, and root's own MFA devices.
#[derive(Debug)]
pub(crate) struct Joins<'c> {
    by_key: HashMap<&'c str, Vec<&'c Grant>>,
    devices: HashSet<(&'c str, &'c str)>,
}

impl<'c> Joins<'c> {
    /// Those that the clues tell of.
    #[must_use]
    pub(crate) fn new(clues: &'c Clues) -> Self {
        let mut by_key: HashMap<&str, Vec<&Grant>> = HashMap::new();
        for grant in &clues.grants {
            by_key.entry(&grant.access_key_id).or_default().push(grant);
        }
        Self { by_key, devices: clues.devices.iter().map(|(account, serial)| (&**account, &**serial)).collect() }
    }

    /// Whether a device is one that root of the account has enabled or taken away for itself.
    #[must_use]
    pub(crate) fn owns(&self, account: &str, serial: &str) -> bool {
        self.devices.contains(&(account, serial))
    }

    /// Whether the record of an activity may make or delete such a device.
    fn may_own(&self, activity: &Activity) -> bool {
        !self.devices.is_empty() && matches!(&*activity.action, "iam CreateVirtualMFADevice" | "iam DeleteVirtualMFADevice")
    }

    /// Whether a record of root with this key, account and time belongs to one of them.
    #[must_use]
    pub(crate) fn holds(&self, key: &str, account: &str, time: Micros) -> bool {
        self.by_key.get(key).is_some_and(|grants| grants.iter().any(|grant| grant.opened(account, time)))
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
