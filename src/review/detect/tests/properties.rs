//! What may not change an answer, whatever the alerts are.

use super::*;

/// An alert as [`any_alert`] makes them, that may also name a key, an address or accounts in its text, or come by a topic.
fn any_telling_alert() -> impl Strategy<Value = Alert> {
    let word = prop_oneof![
        Just(""),
        Just("root of 111122223333"),
        Just("root of 444455556666"),
        Just("root from 203.0.113.66"),
        Just("root from 192.0.2.7"),
        Just("root, alarm of 777788889999"),
    ];
    let key = proptest::option::of(prop_oneof![Just("AKIAFIVEEXAMPLE"), Just("AKIAOTHEREXAMPLE"), Just("AKIANOBODYEXAMPLE")]);
    let machinery = proptest::option::of(prop_oneof![Just(ACCOUNT), Just(OTHER), Just("777788889999")]);
    (any_alert(), word, key, machinery).prop_map(|(alert, word, key, machinery)| Alert {
        words: format!("root {word}"),
        named: super::super::alerts::named(word),
        access_keys: key.into_iter().map(str::to_owned).collect(),
        machinery: machinery.map(str::to_owned),
        ..alert
    })
}

type Told = Vec<(Outcome, Option<Micros>, Option<Micros>, Option<Micros>, Vec<&'static str>)>;

fn told(alerts: &[Alert], entries: &[Entry<'static>]) -> Told {
    let review = review(entries);
    let terms = Terms::default();
    let matching = Matching::new(alerts, &review.incidents, entries, &terms);
    let answer = |(number, incident)| {
        let answer = Answer::new(number, incident, alerts, &matching, &terms);
        let flags = flags(&answer);
        (answer.outcome, answer.first_alert, answer.acknowledged, answer.resolved, flags)
    };
    review.incidents.iter().enumerate().map(answer).collect()
}

/// Which incidents each alert goes to.
fn found(alerts: &[Alert], entries: &[Entry<'static>]) -> Vec<Vec<(usize, &'static str, bool)>> {
    let review = review(entries);
    let matching = Matching::new(alerts, &review.incidents, entries, &Terms::default());
    let of = |alert| {
        matching.matches.iter().filter(move |one| one.alert == alert).map(|one| (one.incident, one.ground.name(), one.is_tied)).collect()
    };
    (0..alerts.len()).map(of).collect()
}

proptest! {
    #[test]
    fn copies_change_nothing(alerts in proptest::collection::vec(any_telling_alert(), 0..8), copied in any::<prop::sample::Index>()) {
        let copies: Vec<Alert> = alerts.get(copied.index(alerts.len().max(1))).cloned().into_iter().collect();
        let before = merge(alerts.clone()).0;
        let after = merge([alerts, copies].concat()).0;
        prop_assert_eq!(told(&after, &entries()), told(&before, &entries()));
    }

    #[test]
    fn an_alert_about_another_thing_changes_no_match(alerts in proptest::collection::vec(any_telling_alert(), 0..8), other in any_telling_alert()) {
        let other = Alert { about_root: Some(false), machinery: None, ..other };
        let before = found(&alerts, &entries());
        let after = found(&[&alerts[..], &[other]].concat(), &entries());
        prop_assert_eq!(&after[..alerts.len()], &before[..]);
    }

    #[test]
    fn an_incident_long_after_all_alerts_changes_no_match(alerts in proptest::collection::vec(any_telling_alert(), 0..8)) {
        let later = Entry { account: "999988887777", event_id: "later", address: Some("192.0.2.99"), ..by_key("20T01:00:00", "AKIALATEREXAMPLE") };
        let with_later: Vec<Entry<'static>> = entries().into_iter().chain([later]).collect();
        // Incidents are numbered by account and time, and this account is the last.
        prop_assert_eq!(found(&alerts, &with_later), found(&alerts, &entries()));
    }

    #[test]
    fn shifting_all_times_shifts_all_answers(alerts in proptest::collection::vec(any_telling_alert(), 0..8), days in -3i64..4) {
        let by = days * 86_400 * SECOND;
        let shifted = |time: Option<Micros>| time.map(|time| time + by);
        let later: Vec<Alert> = alerts.iter().map(|alert| Alert {
            raised: shifted(alert.raised),
            acknowledged: shifted(alert.acknowledged),
            resolved: shifted(alert.resolved),
            told: alert.told.iter().map(|told| told + by).collect(),
            ..alert.clone()
        }).collect();
        let moved: Vec<Entry<'static>> = entries().into_iter().map(|entry| Entry { time: shifted(entry.time), delivered: shifted(entry.delivered), ..entry }).collect();
        let expected: Told = told(&alerts, &entries()).into_iter()
            .map(|(outcome, first, acknowledged, resolved, flags)| (outcome, shifted(first), shifted(acknowledged), shifted(resolved), flags)).collect();
        prop_assert_eq!(told(&later, &moved), expected);
    }

    #[test]
    fn other_names_of_the_accounts_change_nothing_else(alerts in proptest::collection::vec(any_telling_alert(), 0..8)) {
        // In the same order, which is that of incidents.
        const NAMES: [(&str, &str); 3] = [(ACCOUNT, "222233334444"), (OTHER, "555566667777"), ("777788889999", "888899990000")];
        let renamed = |text: &String| NAMES.iter().fold(text.clone(), |text, (old, new)| text.replace(old, new));
        let account = |old: &'static str| NAMES.iter().find(|(name, _)| *name == old).map_or(old, |(_, new)| new);
        let of_others: Vec<Alert> = alerts.iter().map(|alert| Alert {
            account: alert.account.as_ref().map(renamed),
            machinery: alert.machinery.as_ref().map(renamed),
            named: alert.named.iter().map(renamed).collect(),
            words: renamed(&alert.words),
            ..alert.clone()
        }).collect();
        let moved: Vec<Entry<'static>> = entries().into_iter().map(|entry| Entry { account: account(entry.account), ..entry }).collect();
        prop_assert_eq!(told(&of_others, &moved), told(&alerts, &entries()));
        prop_assert_eq!(found(&of_others, &moved), found(&alerts, &entries()));
    }

    #[test]
    fn an_alert_never_goes_to_an_incident_that_contradicts_it(alert in any_telling_alert(), forgets in 0u8..4) {
        let less = match forgets {
            0 => Alert { account: None, ..alert },
            1 => Alert { access_keys: Default::default(), ..alert },
            2 => Alert { named: Default::default(), words: "root".to_owned(), ..alert },
            _ => Alert { machinery: None, ..alert },
        };
        for (incident, ground, _) in found(std::slice::from_ref(&less), &entries()).remove(0) {
            let account = if incident == 2 { OTHER } else { ACCOUNT };
            let names = |account: &str| less.account.as_deref() == Some(account) || less.named.contains(account);
            let other = if incident == 2 { ACCOUNT } else { OTHER };
            prop_assert!(ground == "event_id" || names(account) || !names(other), "{less:?} at {incident}");
        }
    }
}
