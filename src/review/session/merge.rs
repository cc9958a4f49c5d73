//! Entries of several timelines in one order. Timelines may overlap: cases of one bucket made a month apart, or one case scanned twice.

use super::Entry;
use crate::evidence::record::time::Micros;
use crate::root::Class;
use std::collections::HashMap;

/// Where an entry was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    /// The number of the timeline.
    pub timeline: usize,
    /// The row in it.
    pub row: usize,
}

/// An entry, and every timeline that has it.
#[derive(Debug, Clone)]
pub(crate) struct Merged<'t> {
    /// As the first of them has it.
    pub entry: Entry<'t>,
    /// In order; never empty.
    pub origins: Vec<Origin>,
}

/// What an entry is told by, in the order of a timeline. The class is not among it: what [`Class::PrivilegedSession`] is shows only where the record
/// of its caller is there too.
type Mark<'t> =
    (Option<Micros>, &'t str, &'t str, &'t str, &'t str, &'t str, Option<&'t str>, Option<Micros>, Option<&'t str>, Option<&'t str>);

fn mark<'t>(entry: &Entry<'t>) -> Mark<'t> {
    let Entry { time, account, event_id, source, name, region, key, session_start, address, agent, .. } = *entry;
    (time, account, event_id, source, name, region, key, session_start, address, agent)
}

/// Puts timelines together. What several have is there once. Entries that one timeline has several times, the same event id with other content, stay
/// as many as the timeline that has most of them has.
#[must_use]
pub(crate) fn merge<'t>(timelines: Vec<Vec<Entry<'t>>>) -> Vec<Merged<'t>> {
    let placed = timelines
        .into_iter()
        .enumerate()
        .flat_map(|(timeline, entries)| entries.into_iter().enumerate().map(move |(row, entry)| (Origin { timeline, row }, entry)));
    let mut all: Vec<(Origin, Entry<'t>)> = placed.collect();
    all.sort_by(|(origin, entry), (other, their)| mark(entry).cmp(&mark(their)).then_with(|| origin.cmp(other)));
    let mut merged: Vec<Merged<'t>> = Vec::with_capacity(all.len());
    // The first of those with the mark at hand, and how many of the timeline at hand were seen.
    let (mut first, mut seen) = (0, 0);
    let mut last: Option<Origin> = None;
    for (origin, entry) in all {
        if merged.get(first).is_none_or(|known| mark(&known.entry) != mark(&entry)) {
            (first, last) = (merged.len(), None);
        }
        seen = if last.is_some_and(|last| last.timeline == origin.timeline) { seen + 1 } else { 0 };
        last = Some(origin);
        match merged.get_mut(first + seen) {
            Some(known) => {
                known.origins.push(origin);
                if entry.class == Class::PrivilegedSession {
                    known.entry.class = entry.class;
                }
            }
            None => merged.push(Merged { entry, origins: vec![origin] }),
        }
    }
    received(merged)
}

/// What copies of one act in several accounts' logs have in common.
type Act<'t> = (Option<Micros>, &'t str, &'t str, &'t str, &'t str, &'t str);

fn acts<'t>(entry: &Entry<'t>) -> impl Iterator<Item = Act<'t>> + use<'t> {
    let Entry { time, account, source, name, region, shared_event_id, request_id, .. } = *entry;
    [shared_event_id, request_id].into_iter().flatten().map(move |id| (time, account, source, name, region, id))
}

/// Folds what other accounts received into the act of the account that acted: of one case they are one row, of several they are here.
fn received(merged: Vec<Merged<'_>>) -> Vec<Merged<'_>> {
    if merged.iter().all(|one| one.entry.received_by.is_none()) {
        return merged;
    }
    // The account's own first, then in order.
    let mut order: Vec<usize> = (0..merged.len()).collect();
    order.sort_by_key(|number| merged[*number].entry.received_by.is_some());
    let mut kept: HashMap<Act<'_>, usize> = HashMap::new();
    let mut into: HashMap<usize, usize> = HashMap::new();
    for number in order {
        let entry = &merged[number].entry;
        let known = acts(entry).find_map(|act| kept.get(&act)).filter(|known| merged[**known].entry.received_by != entry.received_by);
        match known {
            Some(known) => _ = into.insert(number, *known),
            None => acts(entry).for_each(|act| _ = kept.entry(act).or_insert(number)),
        }
    }
    let mut origins: HashMap<usize, Vec<Origin>> = HashMap::new();
    for (number, known) in &into {
        origins.entry(*known).or_default().extend(&merged[*number].origins);
    }
    let mut folded = Vec::with_capacity(merged.len() - into.len());
    for (number, mut one) in merged.into_iter().enumerate().filter(|(number, _)| !into.contains_key(number)) {
        one.origins.extend(origins.remove(&number).unwrap_or_default());
        one.origins.sort_unstable();
        folded.push(one);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::super::tests::{by_key, login};
    use super::*;

    fn marked(clock: &str, id: &'static str) -> Entry<'static> {
        Entry { event_id: id, ..by_key(clock, "AKIAONEEXAMPLE") }
    }

    #[test]
    fn an_act_that_several_accounts_logs_tell_of_is_one_whatever_cases_they_are_in() {
        let own = Entry { request_id: Some("r"), ..marked("14T01:00:00", "a") };
        let received = Entry { received_by: Some("444455556666"), ..Entry { event_id: "b", ..own.clone() } };
        assert_eq!(told(&merge(vec![vec![received.clone()], vec![own.clone()]])), [("a".to_owned(), vec![(0, 0), (1, 0)])]);
        // Another request is another act, and so is another record in the same logs.
        let other = Entry { request_id: Some("s"), ..received.clone() };
        assert_eq!(merge(vec![vec![other], vec![own.clone()]]).len(), 2);
        assert_eq!(merge(vec![vec![own.clone(), Entry { event_id: "c", ..own.clone() }]]).len(), 2);
        // Without the account's own logs the first stands for it.
        let third = Entry { event_id: "d", received_by: Some("777788889999"), ..received.clone() };
        assert_eq!(told(&merge(vec![vec![received], vec![third]])), [("b".to_owned(), vec![(0, 0), (1, 0)])]);
    }

    fn told(merged: &[Merged<'_>]) -> Vec<(String, Vec<(usize, usize)>)> {
        let origins = |one: &Merged<'_>| one.origins.iter().map(|origin| (origin.timeline, origin.row)).collect();
        merged.iter().map(|one| (one.entry.event_id.to_owned(), origins(one))).collect()
    }

    #[test]
    fn what_two_timelines_have_is_there_once_and_in_order() {
        let one = vec![marked("14T10:00:00", "a"), marked("14T11:00:00", "b")];
        let other = vec![marked("14T11:00:00", "b"), marked("14T11:30:00", "c")];
        let expected = [("a", vec![(0, 0)]), ("b", vec![(0, 1), (1, 0)]), ("c", vec![(1, 1)])];
        assert_eq!(told(&merge(vec![one.clone(), other.clone()])), expected.map(|(id, origins)| (id.to_owned(), origins)));
        let ids = |merged: Vec<Merged<'_>>| merged.iter().map(|one| one.entry.event_id.to_owned()).collect::<Vec<_>>();
        assert_eq!(ids(merge(vec![other, one])), ["a", "b", "c"]);
    }

    #[test]
    fn repeated_entries_are_as_many_as_the_fullest_timeline_has() {
        let many = |count: usize| vec![marked("14T10:00:00", "same"); count];
        let origins: Vec<usize> = merge(vec![many(1), many(3), many(2)]).iter().map(|one| one.origins.len()).collect();
        assert_eq!(origins, [3, 2, 1]);
    }

    #[test]
    fn entries_that_differ_in_anything_stay_apart() {
        let other_key = Entry { key: Some("AKIATWOEXAMPLE"), ..marked("14T10:00:00", "a") };
        let merged = merge(vec![vec![marked("14T10:00:00", "a")], vec![other_key], vec![login("14T10:00:00", true)]]);
        assert_eq!(merged.len(), 3);
    }

    #[test]
    fn a_session_that_one_case_knows_to_be_privileged_is_so_in_both() {
        let known = Entry { class: Class::PrivilegedSession, ..marked("14T10:00:00", "a") };
        for timelines in [vec![vec![known.clone()], vec![marked("14T10:00:00", "a")]], vec![vec![marked("14T10:00:00", "a")], vec![known]]]
        {
            assert_eq!(merge(timelines)[0].entry.class, Class::PrivilegedSession);
        }
    }
}
