//! One alert of several copies, whatever the order in which they came.

use super::actor::{Act, Actor};
use super::alert::{Alert, Vendor};
use super::cloudwatch;
use super::note::{Note, Part};
use crate::evidence::record::time::Micros;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Makes one alert of those with the same vendor and id, unless their accounts are known and differ: raised and acknowledged first,
/// resolved last, and all that any copy says of the activity. Stretches of CloudWatch alarms whose beginning and end are in different
/// exports are put together, where their account is known. Gives the alerts by vendor, id and account, and how many copies went.
#[must_use]
pub(crate) fn merge(alerts: impl IntoIterator<Item = Alert>) -> (Vec<Alert>, u64) {
    let (of_cloudwatch, others): (Vec<Alert>, Vec<Alert>) = alerts.into_iter().partition(|alert| alert.vendor == Vendor::CloudWatch);
    // Alarms of different accounts have the same name all the time.
    let (known, unknown): (Vec<Alert>, Vec<Alert>) = of_cloudwatch.into_iter().partition(|alert| alert.home().is_some());
    let mut groups: BTreeMap<(Vendor, String), Vec<Alert>> = BTreeMap::new();
    for alert in cloudwatch::join(known).into_iter().chain(unknown).chain(others) {
        groups.entry((alert.vendor, alert.id.clone())).or_default().push(alert);
    }
    let mut kept = Vec::new();
    let mut duplicates = 0;
    for group in groups.into_values() {
        for copies in by_account(group) {
            duplicates += copies.len() as u64 - 1;
            kept.extend(one(copies));
        }
    }
    (kept, duplicates)
}

/// Copies by account; those without one are of the others' where there is only one.
fn by_account(group: Vec<Alert>) -> Vec<Vec<Alert>> {
    let accounts: BTreeSet<&String> = group.iter().filter_map(Alert::home).collect();
    if accounts.len() < 2 {
        return vec![group];
    }
    let mut of_account: BTreeMap<Option<String>, Vec<Alert>> = BTreeMap::new();
    for alert in group {
        of_account.entry(alert.home().cloned()).or_default().push(alert);
    }
    of_account.into_values().collect()
}

/// One of copies. What only one copy can say is said by the newest.
fn one(mut copies: Vec<Alert>) -> Option<Alert> {
    // Positions are of different files and decide nothing.
    let position = copies.iter().map(|copy| copy.position).min()?;
    copies.iter_mut().for_each(|copy| copy.position = 0);
    copies.sort_by(|one, other| (one.last_seen, one.count, one).cmp(&(other.last_seen, other.count, other)));
    copies.reverse();
    let newest = copies.first()?;
    let account = source(&copies, Part::Account, |copy| copy.home().cloned());
    let raised = source(&copies, Part::Raised, |copy| copy.raised);
    let first = raised.and_then(|copy| copy.raised);
    let acknowledged = source(&copies, Part::Acknowledged, |copy| Some((copy.acknowledged_kind, copy.acknowledged?)));
    let beside = |copy: &Alert| {
        let is_other = copy.acknowledged_kind != Actor::Person && acknowledged.is_some_and(|best| best.acknowledged_kind == Actor::Person);
        let own = || Some(Act { at: copy.acknowledged?, by: copy.acknowledged_by.clone(), kind: copy.acknowledged_kind });
        copy.acknowledged_beside.clone().into_iter().chain(own().filter(|_| is_other)).min()
    };
    let resolved = source(&copies, Part::Resolved, |copy| copy.resolved.map(Reverse));
    let least = |time: fn(&Alert) -> Option<Micros>| copies.iter().filter_map(time).min();
    let ends = [least(|copy| copy.first_seen), newest.last_seen];
    let between = |seen: &Micros| !ends.contains(&Some(*seen));
    let texts = |texts: fn(&Alert) -> &BTreeSet<String>| copies.iter().flat_map(texts).cloned().collect();
    let first_said = |text: fn(&Alert) -> &String| copies.iter().map(text).find(|text| !text.is_empty()).cloned().unwrap_or_default();
    let mut notes: BTreeSet<Note> = copies.iter().flat_map(|copy| &copy.notes).copied().filter(|note| note.part() == Part::Whole).collect();
    let parts = [(Part::Account, account), (Part::Raised, raised), (Part::Acknowledged, acknowledged), (Part::Resolved, resolved)];
    for (part, source) in parts {
        // Where no copy knows the part, any may say why.
        let told = copies.iter().filter(|copy| source.is_none_or(|source| std::ptr::eq(source, *copy)));
        notes.extend(told.flat_map(|copy| &copy.notes).filter(|note| note.part() == part));
    }
    Some(Alert {
        vendor: newest.vendor,
        id: newest.id.clone(),
        kind: first_said(|copy| &copy.kind),
        title: first_said(|copy| &copy.title),
        account: copies.iter().find_map(|copy| copy.account.clone()),
        machinery: copies.iter().find_map(|copy| copy.machinery.clone()),
        named: texts(|copy| &copy.named),
        told: copies.iter().flat_map(|copy| copy.told.iter().copied().chain(copy.raised)).filter(|told| Some(*told) != first).collect(),
        updated: copies.iter().filter_map(|copy| copy.updated).max(),
        region: copies.iter().find_map(|copy| copy.region.clone()),
        raised: first,
        cleared: copies.iter().filter_map(|copy| copy.cleared).max(),
        acknowledged: acknowledged.and_then(|copy| copy.acknowledged),
        acknowledged_by: acknowledged.and_then(|copy| copy.acknowledged_by.clone()),
        acknowledged_kind: acknowledged.map_or(Actor::Unknown, |copy| copy.acknowledged_kind),
        acknowledged_beside: copies.iter().filter_map(beside).min(),
        resolved: resolved.and_then(|copy| copy.resolved),
        resolved_by: resolved.and_then(|copy| copy.resolved_by.clone()),
        resolved_kind: resolved.map_or(Actor::Unknown, |copy| copy.resolved_kind),
        first_seen: least(|copy| copy.first_seen),
        last_seen: newest.last_seen,
        seen: copies
            .iter()
            .flat_map(|copy| copy.seen.iter().copied().chain(copy.first_seen).chain(copy.last_seen))
            .filter(between)
            .collect(),
        count: copies.iter().filter_map(|copy| copy.count).max(),
        event_ids: texts(|copy| &copy.event_ids),
        access_keys: texts(|copy| &copy.access_keys),
        source_addresses: texts(|copy| &copy.source_addresses),
        actions: texts(|copy| &copy.actions),
        about_root: copies.iter().filter_map(|copy| copy.about_root).max(),
        words: first_said(|copy| &copy.words),
        // Whoever was told once was told.
        suppressed: copies.iter().all(|copy| copy.suppressed),
        position,
        notes,
    })
}

/// The copy that a part is taken from: with the least value, and of those with the fewest notes on it.
fn source<T: Ord>(copies: &[Alert], part: Part, value: impl Fn(&Alert) -> Option<T>) -> Option<&Alert> {
    let of_part = |copy: &Alert| copy.notes.iter().filter(|note| note.part() == part).count();
    copies
        .iter()
        .filter_map(|copy| Some(((value(copy)?, of_part(copy)), copy)))
        .min_by(|(one, _), (other, _)| one.cmp(other))
        .map(|(_, copy)| copy)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, set};
    use super::*;

    fn copy(change: impl FnOnce(&mut Alert)) -> Alert {
        let mut alert = Alert::new(Vendor::Own, "A".to_owned());
        change(&mut alert);
        alert
    }

    #[test]
    fn copies_are_one_alert_of_the_first_times_and_all_they_name() {
        let early = copy(|alert| {
            alert.raised = at("2026-03-14T02:17:00Z");
            alert.last_seen = at("2026-03-14T03:00:00Z");
            alert.actions = set(["iam:CreateUser"]);
            alert.title = "first".to_owned();
            alert.suppressed = true;
        });
        let late = copy(|alert| {
            alert.raised = at("2026-03-14T02:18:00Z");
            alert.last_seen = at("2026-03-14T04:00:00Z");
            alert.acknowledged = at("2026-03-14T02:40:00Z");
            alert.acknowledged_by = Some("Ann Example".to_owned());
            alert.actions = set(["iam:DeleteUser"]);
            alert.title = "last".to_owned();
            alert.account = Some("111122223333".to_owned());
        });
        let bounded = copy(|alert| {
            alert.acknowledged = at("2026-03-14T06:00:00Z");
            alert.acknowledged_by = Some("Bob Example".to_owned());
            alert.resolved = at("2026-03-14T07:00:00Z");
            alert.notes = [Note::AcknowledgedNoLaterThan, Note::ResolvedNoLaterThan].into();
        });
        let expected = Alert {
            account: Some("111122223333".to_owned()),
            title: "last".to_owned(),
            raised: at("2026-03-14T02:17:00Z"),
            acknowledged: at("2026-03-14T02:40:00Z"),
            acknowledged_by: Some("Ann Example".to_owned()),
            resolved: at("2026-03-14T07:00:00Z"),
            last_seen: at("2026-03-14T04:00:00Z"),
            actions: set(["iam:CreateUser", "iam:DeleteUser"]),
            told: [at("2026-03-14T02:18:00Z").unwrap()].into(),
            seen: [at("2026-03-14T03:00:00Z").unwrap()].into(),
            // The bound on the acknowledgement is one no more.
            notes: [Note::ResolvedNoLaterThan].into(),
            ..Alert::new(Vendor::Own, "A".to_owned())
        };
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let copies = [&early, &late, &bounded];
            assert_eq!(merge(order.map(|index| copies[index].clone())), (vec![expected.clone()], 2));
        }
    }

    #[test]
    fn the_same_id_in_two_accounts_is_two_alerts() {
        let of = |account: &str| copy(|alert| alert.account = Some(account.to_owned()));
        let alerts = [of("444455556666"), of("111122223333"), of("444455556666")];
        let (kept, duplicates) = merge(alerts.clone());
        assert_eq!((kept, duplicates), (vec![of("111122223333"), of("444455556666")], 1));
        assert_eq!(merge([alerts[0].clone(), copy(|_| ())]).0, [of("444455556666")], "no account is no other account");
    }

    #[test]
    fn a_delivery_completes_an_event_without_one() {
        let archived = copy(|alert| alert.notes = [Note::NoDeliveryTime].into());
        let delivered = copy(|alert| alert.raised = at("2026-03-14T02:17:00Z"));
        assert_eq!(merge([archived, delivered.clone()]), (vec![delivered], 1));
    }
}
