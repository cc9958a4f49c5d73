//! What is true of all formats: nothing panics, nothing is silent, and the order of items decides nothing.

use super::import::Unreadable;
use super::{Alert, Import, Note, Options, Vendor, merge, read};
use crate::evidence::record::time::{self, Micros};
use chrono_tz::Tz;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        /// Every fixture and its name: the shapes that vendors document, with made-up content.
        const FIXTURES: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("fixtures/", $name)))),*];
    };
}

fixtures!(
    "guardduty-get-findings.json",
    "guardduty-event.json",
    "guardduty-s3-export.jsonl",
    "securityhub-get-findings.json",
    "securityhub-event.json",
    "cloudwatch-history.json",
    "cloudwatch-notifications.jsonl",
    "eventbridge-archive.jsonl",
    "sns-deliveries.jsonl",
    "pagerduty-incidents.json",
    "pagerduty-log-entries.json",
    "pagerduty-analytics.json",
    "opsgenie-list.json",
    "servicenow-fields.csv",
    "servicenow-list-view.csv",
    "own.csv",
    "own.jsonl",
);

fn madrid() -> Options {
    Options { timezone: Some(Tz::Europe__Madrid), ..Options::default() }
}

fn fixture(name: &str) -> &'static [u8] {
    FIXTURES.iter().find(|(known, _)| *known == name).expect("a fixture").1
}

/// A fixture, read without any option.
pub(super) fn golden(name: &str) -> Import {
    read(fixture(name), &Options::default()).unwrap()
}

pub(super) fn only(import: &Import) -> &Alert {
    let [alert] = import.alerts.as_slice() else { panic!("{import:?}") };
    alert
}

pub(super) fn at(text: &str) -> Option<Micros> {
    Some(time::parse(text.as_bytes()).unwrap())
}

pub(super) fn set<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.map(str::to_owned).into()
}

#[test]
fn what_cannot_be_read_at_all_says_why_and_what_to_do() {
    let refused = |bytes: &[u8]| read(bytes, &Options::default()).unwrap_err();
    assert_eq!(refused(b""), Unreadable::Empty);
    assert_eq!(refused(b"\xEF\xBB\xBF \n"), Unreadable::Empty);
    assert_eq!(refused(b"\xff\xfer\0a\0"), Unreadable::NotText(0));
    assert_eq!(refused(b"PK\x03\x04\0\0"), Unreadable::NotText(4));
    assert_eq!(refused(b"a,b\n1,2\n"), super::formats::unknown());
    assert_eq!(refused(b"just words"), super::formats::unknown());
    assert_eq!(refused(br#"{"hello":"world"}"#), super::formats::unknown());
    // A log is evidence, not an alert.
    assert_eq!(refused(br#"{"Records":[{"eventVersion":"1.08","eventName":"ConsoleLogin"}]}"#), super::formats::unknown());
    let known = super::formats::unknown().to_string();
    for name in ["GuardDuty", "ASFF", "CloudWatch", "EventBridge", "SNS", "PagerDuty", "Opsgenie", "ServiceNow", "raised_at"] {
        assert!(known.contains(name), "{name} in {known}");
    }
    for error in [
        Unreadable::Empty,
        Unreadable::NotText(0),
        super::formats::unknown(),
        Unreadable::NoSuchColumn { name: String::new(), known: String::new() },
    ] {
        assert!(error.hint().is_some());
    }
}

#[test]
fn names_and_sentences_are_all_different() {
    assert_eq!(Vendor::ALL.map(Vendor::name).into_iter().collect::<BTreeSet<_>>().len(), Vendor::ALL.len());
    assert_eq!(Note::ALL.map(Note::name).into_iter().collect::<BTreeSet<_>>().len(), Note::ALL.len());
    assert_eq!(Note::ALL.map(Note::sentence).into_iter().collect::<BTreeSet<_>>().len(), Note::ALL.len());
    assert!(Note::ALL.is_sorted() && Vendor::ALL.is_sorted());
}

#[test]
fn an_empty_list_is_read_and_holds_no_alerts() {
    for text in [r#"{"Findings":[]}"#, r#"{"AlarmHistoryItems":[]}"#, r#"{"data":[]}"#, r#"{"incidents":[],"more":false}"#, "[]"] {
        assert_eq!(read(text.as_bytes(), &Options::default()), Ok(Import::default()), "{text}");
    }
}

#[test]
fn a_cut_document_is_never_read_as_a_whole_one() {
    for (name, bytes) in FIXTURES.iter().filter(|(name, _)| name.ends_with(".json")) {
        let whole = read(bytes, &madrid()).unwrap();
        let end = bytes.trim_ascii_end().len();
        for cut in (1..end).step_by(7) {
            let import = read(&bytes[..cut], &madrid()).unwrap_or_else(|error| panic!("{name} cut at {cut}: {error}"));
            assert!(import.truncated.is_some(), "{name} cut at {cut}");
            assert!(import.alerts.len() <= whole.alerts.len() && import.problems.is_empty(), "{name} cut at {cut}: {:?}", import.problems);
        }
        // Cut in the last closing brackets, nothing is lost.
        assert_eq!(
            read(&bytes[..end - 1], &madrid()).unwrap().alerts.len(),
            if name.contains("event") { 0 } else { whole.alerts.len() },
            "{name}"
        );
    }
}

#[test]
fn a_cut_last_line_is_said_and_the_others_are_used() {
    for (name, bytes) in FIXTURES.iter().filter(|(name, _)| name.ends_with(".jsonl") && !name.contains("cloudwatch")) {
        let whole = read(bytes, &Options::default()).unwrap();
        let import = read(&bytes[..bytes.len() - 3], &Options::default()).unwrap();
        assert_eq!(import.truncated.as_deref(), Some("the last line is cut off"), "{name}");
        assert_eq!(import.alerts, whole.alerts[..import.alerts.len()], "{name}");
        assert!(import.alerts.len() + 1 >= whole.alerts.len(), "{name}");
    }
}

#[test]
fn an_item_in_no_known_format_is_a_problem_and_the_others_are_used() {
    let mut text = fixture("own.jsonl").to_vec();
    text.extend_from_slice(b"{\"hello\":\"\\u001b[31mworld\"}\nnull\n{\"id\":\n{\"raised_at\":\"2026-03-14T02:17:00Z\"}\n");
    let import = read(&text, &Options::default()).unwrap();
    assert_eq!(import.alerts.len(), 4);
    let reasons: Vec<_> = import.problems.iter().map(|problem| (problem.position, &*problem.reason)).skip(1).collect();
    assert_eq!(
        reasons,
        [
            (4, r#"in no known format: {\"hello\":\"\\u001b[31mworld\"}"#),
            (5, "in no known format: null"),
            (6, "no JSON: EOF while parsing a value at line 1 column 6"),
        ]
    );
}

#[test]
fn the_same_export_twice_is_the_same_alerts() {
    for (name, bytes) in FIXTURES {
        let alerts = read(bytes, &madrid()).unwrap().alerts;
        let (once, _) = merge(alerts.clone());
        let (twice, duplicates) = merge(alerts.iter().chain(&alerts).cloned());
        assert_eq!(once, twice, "{name}");
        assert!(duplicates >= alerts.len() as u64 - 1, "{name}");
    }
}

/// Shuffles the list in a fixture, or its lines.
fn shuffled(name: &str, bytes: &[u8], seed: u64) -> Vec<u8> {
    fn shuffle<T>(items: &mut [T], mut seed: u64) {
        for end in (1..items.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            items.swap(end, (seed >> 33) as usize % (end + 1));
        }
    }
    let text = std::str::from_utf8(bytes).unwrap();
    if name.ends_with(".json") {
        let mut value: Value = serde_json::from_str(text).unwrap();
        let lists = value.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut);
        lists.for_each(|list| shuffle(list, seed));
        return value.to_string().into_bytes();
    }
    // In a list view a title has two lines, which stay together.
    let mut lines: Vec<String> = text.replace("sign-in\nin", "sign-in\u{1}in").lines().map(str::to_owned).collect();
    let header = usize::from(name.ends_with(".csv"));
    shuffle(&mut lines[header..], seed);
    lines.join("\n").replace('\u{1}', "\n").into_bytes()
}

/// The alerts of bytes as they are kept, without positions.
fn kept(bytes: &[u8]) -> Vec<Alert> {
    let (mut alerts, _) = merge(read(bytes, &madrid()).unwrap().alerts);
    alerts.iter_mut().for_each(|alert| alert.position = 0);
    alerts
}

/// Bytes that JSON, CSV and times are made of, so that mutations reach further than the first one.
fn likely() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        ";",
        "\n",
        "null",
        "1e999",
        "-1",
        "99999999999999999999",
        "\\u0000",
        "é",
        "\u{202e}",
        "\x1b[31m",
        "true",
    ];
    prop_oneof![
        proptest::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4)
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), open in "[\\[{\"a-z:,0-9]{0,20}") {
        let _ = read(&bytes, &madrid());
        let _ = read(&[open.as_bytes(), &bytes].concat(), &madrid());
    }

    #[test]
    fn any_damage_to_any_export_is_read_or_refused(
        which in 0..FIXTURES.len(),
        damages in proptest::collection::vec((any::<proptest::sample::Index>(), 0usize..40, likely()), 1..8),
        zone in any::<bool>(),
    ) {
        let mut bytes = FIXTURES[which].1.to_vec();
        for (place, length, put) in damages {
            let start = place.index(bytes.len().max(1)).min(bytes.len());
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, put);
        }
        let options = if zone { madrid() } else { Options::default() };
        if let Ok(import) = read(&bytes, &options) {
            let alerts = import.alerts;
            let (once, _) = merge(alerts.clone());
            prop_assert!(once.iter().all(|alert| alert.words.len() <= 2_001));
            let (again, _) = merge(alerts.into_iter().rev());
            prop_assert_eq!(once, again, "the order of copies decides nothing");
        }
    }

    #[test]
    fn the_order_of_items_decides_nothing(which in 0..FIXTURES.len(), seed in any::<u64>()) {
        let (name, bytes) = FIXTURES[which];
        prop_assert_eq!(kept(&shuffled(name, bytes, seed)), kept(bytes), "{}", name);
    }
}
