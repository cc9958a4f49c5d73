//! One act in the logs of several accounts: whoever acts on what is another account's leaves a record in both, with ids of their own.
//!
//! Copies share their `sharedEventID`, and the id of the request. They are one use, of the account whose root acted. Everything here depends on the set of
//! activities alone, and takes time in proportion to it, however many bear one id.

use crate::case::activity::Activity;
use crate::case::spool::Texts;
use crate::evidence::record::time::Micros;
use crate::evidence::record::view::{Parser, Record};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

/// What copies of one act have in common before their texts are looked at: time, account, call.
type Place<'a> = (Option<Micros>, &'a str, &'a str);

fn place(activity: &Activity) -> Place<'_> {
    (activity.event_time, &activity.account_id, &activity.action)
}

/// The ids of a record's act, and who received the record.
#[derive(Debug, Default)]
struct Act {
    ids: Vec<String>,
    region: String,
    recipient: String,
}

impl Act {
    fn read(record: &Record<'_>) -> Self {
        let shared = record.shared_event_id.map(|id| format!("shared {id}"));
        let request = record.request_id.map(|id| format!("request {id}"));
        Self {
            ids: shared.into_iter().chain(request).collect(),
            region: record.region.unwrap_or_default().to_owned(),
            recipient: record.account_id().unwrap_or_default().to_owned(),
        }
    }
}

/// Folds copies of one act into that of the account that acted, or where that is not there into the first. `on_copy` is told the object of each.
/// Gives how many were folded.
pub(super) fn fold(activities: &mut Vec<Activity>, texts: &Texts, mut on_copy: impl FnMut(u32)) -> u64 {
    let wanted: HashSet<Place<'_>> = activities.iter().filter(|activity| activity.is_received).map(place).collect();
    if wanted.is_empty() {
        return 0;
    }
    let mut groups: HashMap<Place<'_>, Vec<usize>> = HashMap::new();
    for (number, activity) in activities.iter().enumerate().filter(|(_, activity)| wanted.contains(&place(activity))) {
        groups.entry(place(activity)).or_default().push(number);
    }
    let mut into: HashMap<usize, usize> = HashMap::new();
    let mut parser = Parser::default();
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let mut acts: Vec<(bool, usize, Act)> = Vec::with_capacity(group.len());
        for number in group {
            let activity = &activities[number];
            let act = parser.with(texts.json(&activity.text), |value| Act::read(&Record::read(value)));
            acts.push((activity.is_received, number, act.unwrap_or_default()));
        }
        // The account's own records first, then in the order of the timeline.
        acts.sort_unstable_by_key(|(is_received, number, _)| (*is_received, *number));
        fold_group(&acts, &mut into);
    }
    let mut received: HashMap<usize, (Vec<Box<str>>, u32)> = HashMap::new();
    for (copy, first) in &into {
        let (affected, copies) = received.entry(*first).or_default();
        affected.extend(activities[*copy].affected.iter().cloned());
        *copies += 1 + activities[*copy].copies;
        on_copy(activities[*copy].object);
    }
    for (first, (affected, copies)) in received {
        let activity = &mut activities[first];
        activity.affected.extend(affected);
        activity.affected.sort_unstable();
        activity.affected.dedup();
        activity.copies += copies;
    }
    let mut number = 0;
    activities.retain(|_| {
        number += 1;
        !into.contains_key(&(number - 1))
    });
    into.len() as u64
}

/// Which records of a group go into which others. Where a recipient has several with one id, the first goes into the first and so on: of each act a
/// recipient has one record.
fn fold_group(acts: &[(bool, usize, Act)], into: &mut HashMap<usize, usize>) {
    let mut kept: HashMap<(&str, &str), Vec<(usize, &str)>> = HashMap::new();
    let mut next: HashMap<(&str, &str, &str), usize> = HashMap::new();
    let mut taken: HashSet<(usize, &str)> = HashSet::new();
    for (_, number, act) in acts {
        let found = act.ids.iter().find_map(|id| {
            let firsts = kept.get(&(id.as_str(), act.region.as_str()))?;
            // What was passed over once was taken, and stays so.
            let place = next.entry((id, &act.region, &act.recipient)).or_default();
            let is_free =
                |(first, recipient): &(usize, &str)| recipient != &act.recipient && !taken.contains(&(*first, act.recipient.as_str()));
            *place += firsts[*place..].iter().take_while(|first| !is_free(first)).count();
            firsts.get(*place).map(|(first, _)| *first)
        });
        match found {
            Some(first) => {
                taken.insert((first, &act.recipient));
                into.insert(*number, first);
            }
            None => {
                for id in &act.ids {
                    kept.entry((id, &act.region)).or_default().push((*number, &act.recipient));
                }
            }
        }
    }
}
