//! Alerts of every kind held against incidents made on the spot.

mod organisation;
mod properties;
mod truth;

use super::alerts::{Actor, Alert, Note, Options, Vendor, merge, read};
use super::metrics::{self, Item, METRICS, Scope};
use super::*;
use crate::evidence::record::time::Micros;
use crate::review::session::tests::{ACCOUNT, at, by_key, login};
use crate::review::session::{self, Entry, Review};
use proptest::prelude::*;

const OTHER: &str = "444455556666";

/// Alerts of our own format; the first line names the columns.
fn alerts(csv: &str) -> Vec<Alert> {
    merge(read(csv.as_bytes(), &Options::default()).unwrap().alerts).0
}

fn review(entries: &[Entry<'static>]) -> Review<'static> {
    Review::new(entries, &session::Terms::default())
}

/// Two incidents of one account, at 01:00 and 05:00 of the 14th, and one of another at 03:00.
fn entries() -> Vec<Entry<'static>> {
    let of_other = Entry { account: OTHER, event_id: "three", address: Some("192.0.2.7"), ..by_key("14T03:00:00", "AKIAOTHEREXAMPLE") };
    vec![
        Entry { event_id: "one", ..by_key("14T01:00:00", "AKIAONEEXAMPLE") },
        of_other,
        Entry { event_id: "five", address: Some("203.0.113.66"), ..by_key("14T05:00:00", "AKIAFIVEEXAMPLE") },
    ]
}

/// Which incident (by account and order: 0 and 1 of the first, 2 of the other) a single alert belongs to and why, or why it belongs to none.
fn matched(alert: &Alert) -> Result<Vec<(usize, &'static str)>, &'static str> {
    let entries = entries();
    let review = review(&entries);
    let matching = Matching::new(std::slice::from_ref(alert), &review.incidents, &entries, &Terms::default());
    match matching.unmatched.first() {
        Some((_, why)) => Err(why.name()),
        None => Ok(matching.matches.iter().map(|one| (one.incident, one.ground.name())).collect()),
    }
}

fn one(csv: &str) -> Alert {
    alerts(csv).remove(0)
}

#[test]
fn an_alert_belongs_where_its_best_ground_says() {
    for (line, expected) in [
        // Its event's id, whatever else it says.
        ("444455556666,2026-03-14T20:00:00Z,five,,", Ok(vec![(1, "event_id")])),
        // A key of the incident, at its time.
        (",2026-03-14T05:10:00Z,,,AKIAFIVEEXAMPLE", Ok(vec![(1, "details")])),
        ("111122223333,2026-03-14T05:10:00Z,,203.0.113.66,", Ok(vec![(1, "details")])),
        // The latest incident of the account that began before it.
        ("111122223333,2026-03-14T04:59:00Z,,,", Ok(vec![(1, "account_and_time")])),
        ("111122223333,2026-03-14T04:57:59Z,,,", Ok(vec![(0, "account_and_time")])),
        ("444455556666,2026-03-15T03:00:00Z,,,", Ok(vec![(2, "account_and_time")])),
        ("444455556666,2026-03-15T03:00:01Z,,,", Err("no_incident")),
        ("111122223333,2026-03-14T00:57:59Z,,,", Err("no_incident")),
        ("777788889999,2026-03-14T01:01:00Z,,,", Err("no_incident")),
        // No account: the last of each, and nobody knows of which.
        (",2026-03-14T04:00:00Z,,,", Ok(vec![(0, "time_only"), (2, "time_only")])),
    ] {
        assert_eq!(matched(&one(&format!("account,raised_at,event_id,source_ip,access_key_id\n{line}\n"))), expected, "{line}");
    }
}

#[test]
fn an_alert_that_saw_activity_belongs_to_all_incidents_within_or_to_none() {
    let seen = |first: &str, last: &str| Alert {
        first_seen: Some(at(first)),
        last_seen: Some(at(last)),
        ..one("account,raised_at\n111122223333,2026-03-14T05:10:00Z\n")
    };
    assert_eq!(matched(&seen("14T01:00:00", "14T05:00:00")), Ok(vec![(0, "account_and_time"), (1, "account_and_time")]));
    assert_eq!(matched(&seen("14T01:02:00", "14T01:02:00")), Ok(vec![(0, "account_and_time")]));
    // No record shows what it saw: logs may be missing.
    assert_eq!(matched(&seen("14T02:00:00", "14T02:10:00")), Err("not_in_records"));
}

#[test]
fn what_is_not_about_root_is_left_out_and_said() {
    let about = |words: &str, structure: Option<bool>| Alert {
        words: words.to_owned(),
        about_root: structure,
        ..one("account,raised_at\n111122223333,2026-03-14T05:10:00Z\n")
    };
    for (words, fits) in [
        ("Root account login", true),
        ("AWSRootLogin", true),
        ("Policy:IAMUser/RootCredentialUsage", true),
        ("cis-3.3-root-usage", true),
        ("root_login", true),
        ("ROOT", true),
        ("rootkit found", false),
        ("grassroots", false),
        ("Disk full", false),
    ] {
        assert_eq!(matched(&about(words, None)).is_ok(), fits, "{words}");
    }
    assert_eq!(matched(&about("root", Some(false))), Err("not_about_root"));
    assert!(matched(&about("", Some(true))).is_ok());
    let sample = Alert { notes: [Note::Sample].into(), ..about("root", Some(true)) };
    assert_eq!(matched(&sample), Err("no_activity"));
    let timeless = Alert { raised: None, ..about("root", Some(true)) };
    assert_eq!(matched(&timeless), Err("no_time"));
    // The user may take all of them.
    assert!(matching::is_about_root(&about("Disk full", None), &[]));
}

#[test]
fn an_event_id_of_several_incidents_is_told_apart_by_account() {
    let entries: Vec<_> = entries().into_iter().map(|entry| Entry { event_id: "1", ..entry }).collect();
    let review = review(&entries);
    let alert = one("account,event_id\n444455556666,1\n");
    let matching = Matching::new(&[alert], &review.incidents, &entries, &Terms::default());
    assert_eq!(matching.matches.iter().map(|one| one.incident).collect::<Vec<_>>(), [2]);
}

/// What alerts make of one incident that began with a failed sign-in at 01:00 and a use at 01:10.
fn answer(alerts: &[Alert]) -> Answer {
    let entries = [login("14T01:00:00", false), login("14T01:10:00", true)];
    let review = review(&entries);
    let terms = Terms::default();
    let matching = Matching::new(alerts, &review.incidents, &entries, &terms);
    Answer::new(0, &review.incidents[0], alerts, &matching, &terms)
}

fn flags(answer: &Answer) -> Vec<&'static str> {
    answer.flags.iter().map(|flag| flag.name()).collect()
}

#[test]
fn the_first_alert_the_first_acknowledgement_and_the_last_resolution_count() {
    let answer = answer(&alerts(
        "id,account,raised_at,acknowledged_at,resolved_at,acknowledged_by\n\
         A,111122223333,2026-03-14T01:20:00Z,2026-03-14T01:40:00Z,2026-03-14T03:00:00Z,zoe\n\
         B,111122223333,2026-03-14T01:16:00Z,2026-03-14T01:55:00Z,2026-03-14T04:00:00Z,amy\n",
    ));
    assert_eq!((answer.outcome, answer.alerts, flags(&answer)), (Outcome::Acknowledged, 2, vec![]));
    assert_eq!(
        (answer.first_alert, answer.acknowledged, answer.resolved),
        (Some(at("14T01:16:00")), Some(at("14T01:40:00")), Some(at("14T04:00:00")))
    );
    assert_eq!(answer.acknowledged_by.as_deref(), Some("zoe"));
}

#[test]
fn without_alerts_an_incident_is_undetected_and_without_acknowledgement_only_alerted() {
    assert_eq!(answer(&[]).outcome, Outcome::Undetected);
    assert_eq!(answer(&alerts("account,raised_at\n111122223333,2026-03-14T01:20:00Z\n")).outcome, Outcome::Alerted);
    let suppressed = Alert { suppressed: true, ..one("account,raised_at\n111122223333,2026-03-14T01:20:00Z\n") };
    let answer = answer(&[suppressed]);
    assert_eq!((answer.outcome, flags(&answer)), (Outcome::Undetected, vec!["suppressed"]));
}

#[test]
fn what_cannot_be_is_flagged_and_not_counted() {
    let told = |csv: &str| {
        let answer = answer(&alerts(&format!("id,account,raised_at,acknowledged_at,resolved_at\n{csv}")));
        (flags(&answer), answer.first_alert, answer.acknowledged, answer.resolved)
    };
    // Clocks differ by up to two minutes: counted, and said.
    assert_eq!(told("A,111122223333,2026-03-14T01:08:00Z,,\n"), (vec!["clock_skew"], Some(at("14T01:08:00")), None, None));
    // The failed sign-in raised it; the use came later.
    assert_eq!(told("A,111122223333,2026-03-14T01:07:59Z,,\n"), (vec!["raised_before_use"], None, None, None));
    assert_eq!(told("A,111122223333,2026-03-14T01:07:00Z,2026-03-14T01:07:30Z,\n").0, ["raised_before_use", "acknowledged_before_use"]);
    assert_eq!(
        told("A,111122223333,2026-03-14T01:20:00Z,2026-03-14T01:15:00Z,2026-03-14T01:19:00Z\n"),
        (vec!["acknowledged_before_alert", "resolved_before_alert"], Some(at("14T01:20:00")), Some(at("14T01:15:00")), None)
    );
}

#[test]
fn an_acknowledgement_at_an_unknown_time_is_neither_none_nor_zero() {
    let noted = |note| Alert { notes: [note].into(), ..one("account,raised_at\n111122223333,2026-03-14T01:20:00Z\n") };
    let unknown = answer(&[noted(Note::AcknowledgementsEmptied)]);
    assert_eq!((unknown.outcome, flags(&unknown)), (Outcome::Alerted, vec!["acknowledgement_unknown"]));
    let bounded = Alert { acknowledged: Some(at("14T02:00:00")), acknowledged_kind: Actor::Person, ..noted(Note::AcknowledgedNoLaterThan) };
    assert_eq!(flags(&answer(&[bounded])), ["acknowledged_no_later_than"]);
}

#[test]
fn an_alarm_that_was_firing_already_says_nothing_new() {
    let alarm = |raised: Option<&str>, cleared: Option<&str>| Alert {
        vendor: Vendor::CloudWatch,
        raised: raised.map(at),
        cleared: cleared.map(at),
        about_root: None,
        words: "root-usage".to_owned(),
        notes: if raised.is_none() { [Note::BeganBeforeExport].into() } else { [].into() },
        ..one("account,raised_at\n111122223333,2026-03-10T01:20:00Z\n")
    };
    let told = |alarm: Alert| flags(&answer(&[alarm])).contains(&"already_firing");
    assert!(told(alarm(Some("13T00:00:00"), None)));
    assert!(told(alarm(Some("13T00:00:00"), Some("14T01:10:01"))));
    assert!(told(alarm(None, Some("14T02:00:00"))));
    assert!(!told(alarm(Some("13T00:00:00"), Some("14T01:10:00"))));
    assert!(!told(alarm(Some("14T01:12:00"), None)));
    assert!(!told(Alert { account: Some(OTHER.to_owned()), ..alarm(Some("13T00:00:00"), None) }));
    assert!(!told(Alert { words: "disk".to_owned(), ..alarm(Some("13T00:00:00"), None) }));
}

const SECOND: Micros = 1_000_000;

/// Five incidents, one an hour from 01:00. Delivered after 300, 60, 900 s, -30 s (the name of a log has its minute only), and not known.
/// Alerts after 100 and 200 s, none, 400, -60 s (skewed clock); acknowledged after 240, 900, never, never, 0 s; resolved 1000 and 3000 s after their alerts.
fn answers() -> Vec<Answer> {
    let start = |number: Micros| at("14T01:00:00") + number * 3600 * SECOND;
    let made = |number: Micros, alert: Option<Micros>, acknowledged: Option<Micros>, resolved: Option<Micros>| {
        let after = |seconds: Micros| start(number) + seconds * SECOND;
        Answer {
            outcome: if acknowledged.is_some() {
                Outcome::Acknowledged
            } else if alert.is_some() {
                Outcome::Alerted
            } else {
                Outcome::Undetected
            },
            first_alert: alert.map(after),
            acknowledged: acknowledged.map(after),
            resolved: resolved.map(after),
            flags: if alert == Some(-60) { [Flag::ClockSkew].into() } else { [].into() },
            ..Answer::nothing()
        }
    };
    vec![
        made(0, Some(100), Some(240), Some(1100)),
        made(1, Some(200), Some(900), Some(3200)),
        made(2, None, None, None),
        made(3, Some(400), None, None),
        made(4, Some(-60), Some(0), None),
    ]
}

fn items(answers: &[Answer]) -> Vec<Item<'_>> {
    let delivered = [Some(300), Some(60), Some(900), Some(-30), None];
    let item = |(number, (answer, delivered)): (usize, (_, Option<Micros>))| {
        let start = at("14T01:00:00") + number as Micros * 3600 * SECOND;
        Item { account: if number < 3 { ACCOUNT } else { OTHER }, start, delivered: delivered.map(|after| start + after * SECOND), answer }
    };
    answers.iter().zip(delivered).enumerate().map(item).collect()
}

/// The objective is 300 s; all was looked at until 05:00, when the last incident began, so of the open ones the third was watched for 7200 s and
/// the fourth for 3600 s.
fn terms() -> metrics::Terms {
    metrics::Terms { objective: 300 * SECOND, until: at("14T05:00:00") }
}

#[test]
fn every_figure_is_the_one_worked_out_by_hand() {
    let answers = answers();
    let items = items(&answers);
    let share = |numerator, denominator| (Some(numerator as f64 / denominator as f64), Some(numerator), Some(denominator));
    let of = |value, numerator, denominator| (Some(value), Some(numerator), Some(denominator));
    let plain = |value| (Some(value), None, None);
    for (name, (value, numerator, denominator)) in [
        ("incidents", plain(5.0)),
        ("share_alerted", share(4, 5)),
        ("share_detected", share(3, 5)),
        // 240 and 0 s are within 300 s, 900 s is not, and both open ones were watched for longer.
        ("share_within_objective", share(2, 5)),
        // 0, 60, 300, 900: median at place 1.5, p90 at 2.7, p95 at 2.85.
        ("delivery_latency_median", of(180.0, 4, 5)),
        ("delivery_latency_p90", of(720.0, 4, 5)),
        ("delivery_latency_p95", of(810.0, 4, 5)),
        ("delivery_latency_max", of(900.0, 4, 5)),
        // 0 (a little before the use is nothing), 100, 200, 400.
        ("time_to_alert_median", of(150.0, 4, 5)),
        ("time_to_alert_p90", of(340.0, 4, 5)),
        ("time_to_alert_p95", of(370.0, 4, 5)),
        ("time_to_alert_max", of(400.0, 4, 5)),
        // Events at 0, 100, 200, 400 and one open at 7200: survival 4/5, 3/5, 2/5 at 200.
        ("time_to_alert_survival_median", of(200.0, 4, 5)),
        // 0, 240, 900.
        ("time_to_detect_median", of(240.0, 3, 5)),
        ("time_to_detect_p90", of(768.0, 3, 5)),
        ("time_to_detect_p95", of(834.0, 3, 5)),
        ("time_to_detect_max", of(900.0, 3, 5)),
        // Events at 0, 240, 900, open at 3600 and 7200: survival 4/5, 3/5, 2/5 at 900.
        ("time_to_detect_survival_median", of(900.0, 3, 5)),
        ("undetected_longest", plain(7200.0)),
        // 1000 and 3000.
        ("time_to_remediate_median", of(2000.0, 2, 5)),
        ("time_to_remediate_p90", of(2800.0, 2, 5)),
        ("time_to_remediate_p95", of(2900.0, 2, 5)),
        ("time_to_remediate_max", of(3000.0, 2, 5)),
        ("flagged", plain(1.0)),
    ] {
        let figure = METRICS.iter().find(|metric| metric.name == name).unwrap().of(&items, &terms());
        let near = figure.value.zip(value).is_some_and(|(one, other): (f64, f64)| (one - other).abs() < 1e-9);
        assert!(near && figure.numerator == numerator && figure.denominator == denominator, "{name}: {figure:?}");
    }
}

#[test]
fn of_no_incidents_every_figure_is_undefined_or_none() {
    for metric in &METRICS {
        let crate::statistics::Amount { value, lower, upper, .. } = metric.of(&[], &terms());
        let counts = metric.unit == "count";
        assert_eq!((value, lower, upper), (counts.then_some(0.0), None, None), "{}", metric.name);
    }
}

#[test]
fn an_incident_that_was_not_watched_for_as_long_as_the_objective_is_undecided() {
    let answers = answers();
    let items = items(&answers);
    let early = metrics::Terms { until: at("14T03:04:59"), ..terms() };
    let figure = METRICS.iter().find(|metric| metric.name == "share_within_objective").unwrap().of(&items[..3], &early);
    assert_eq!((figure.numerator, figure.denominator), (Some(1), Some(2)));
}

#[test]
fn figures_are_worked_out_for_all_and_by_account_month_and_quarter() {
    let answers = answers();
    let items = items(&answers);
    let scopes = metrics::scopes(&items);
    let counts: Vec<_> = scopes.iter().map(|(scope, items)| (scope.clone(), items.len())).collect();
    let [account, other] = [ACCOUNT, OTHER].map(|account| Scope::Account(account.to_owned()));
    assert_eq!(
        counts,
        [(Scope::Total, 5), (account, 3), (other, 2), (Scope::Month("2026-03".to_owned()), 5), (Scope::Quarter("2026-Q1".to_owned()), 5)]
    );
}

/// An alert about either account around the incidents, with or without times.
fn any_alert() -> impl Strategy<Value = Alert> {
    let time = || proptest::option::of((-600i64..30_000).prop_map(|after| at("14T01:00:00") + after * SECOND));
    let account = proptest::option::of(prop_oneof![Just(ACCOUNT.to_owned()), Just(OTHER.to_owned())]);
    let actor = || prop_oneof![4 => Just(Actor::Person), 1 => Just(Actor::Unknown), 1 => Just(Actor::Integration)];
    let all = (0u32..40, account, time(), time(), time(), any::<bool>(), actor(), actor());
    all.prop_map(|(id, account, raised, acknowledged, resolved, suppressed, acknowledged_kind, resolved_kind)| Alert {
        id: format!("A{id}"),
        account,
        raised,
        acknowledged,
        acknowledged_kind,
        resolved,
        resolved_kind,
        suppressed,
        ..one("account,raised_at\n111122223333,2026-03-14T05:10:00Z\n")
    })
}

/// What alerts make of all incidents, as the program does it.
fn answered(alerts: Vec<Alert>) -> Vec<Answer> {
    let (alerts, _) = merge(alerts);
    let entries = entries();
    let review = review(&entries);
    let terms = Terms::default();
    let matching = Matching::new(&alerts, &review.incidents, &entries, &terms);
    review.incidents.iter().enumerate().map(|(number, incident)| Answer::new(number, incident, &alerts, &matching, &terms)).collect()
}

proptest! {
    #[test]
    fn the_order_of_alerts_changes_nothing(alerts in proptest::collection::vec(any_alert(), 0..12), seed in any::<u64>()) {
        let mut shuffled = alerts.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        prop_assert_eq!(answered(shuffled), answered(alerts));
    }

    #[test]
    fn one_more_alert_never_lengthens_a_time_to_detect(alerts in proptest::collection::vec(any_alert(), 0..8), more in any_alert()) {
        // One more, not another copy of one that is there: a copy may say that the alert is of another account.
        let more = Alert { id: "more".to_owned(), ..more };
        let before = answered(alerts.clone());
        let after = answered([alerts, vec![more]].concat());
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(before.acknowledged.is_none_or(|time| after.acknowledged.is_some_and(|sooner| sooner <= time)));
            prop_assert!(before.first_alert.is_none_or(|time| after.first_alert.is_some_and(|sooner| sooner <= time)));
        }
    }
}
