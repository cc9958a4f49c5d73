//! Tests of whole patterns: tables, the CIS pattern, explanations, properties.

mod cis;
mod explained;
mod naive;
mod properties;

use super::*;
use crate::evidence::record::Parser;

/// What a pattern says of a record.
fn ask<T>(record: &str, question: impl FnOnce(Value<'_>) -> T) -> T {
    Parser::default().with(record.as_bytes(), question).unwrap_or_else(|_| panic!("no record: {record}"))
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|fault| panic!("{text}\n{fault}\nhint: {:?}", fault.hint()))
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn every_row_of_the_table_is_as_it_says() {
    let mut rows = 0;
    for line in lines(include_str!("table.txt")) {
        let (sign, rest) = line.split_at(2);
        let [text, record, _reason] = rest.split(" ~ ").collect::<Vec<_>>()[..] else { panic!("three columns: {line}") };
        let (by_default, strictly) = match sign {
            "+ " => (true, true),
            "- " => (false, false),
            "? " => (true, false),
            _ => panic!("no sign: {line}"),
        };
        for (missing, expected) in [(Missing::Matches, by_default), (Missing::Fails, strictly)] {
            let pattern = pattern(text).with_missing(missing);
            assert_eq!(ask(record, |value| pattern.matches(value)), expected, "{missing:?}: {line}");
            assert_eq!(ask(record, |value| pattern.explain(value).matches), expected, "{missing:?}: {line}");
        }
        assert_eq!(pattern(text), pattern(&pattern(text).to_string()), "{line}");
        rows += 1;
    }
    assert!(rows >= 160, "{rows} rows");
}

#[test]
fn every_bad_pattern_is_refused_in_these_words() {
    let mut rows = 0;
    for line in lines(include_str!("bad.txt")) {
        let (text, expected) = line.split_once(" ~ ").unwrap_or_else(|| panic!("two columns: {line}"));
        let fault = Pattern::parse(text).expect_err(line);
        let found = match fault.hint() {
            Some(hint) => format!("{fault} ~ hint: {hint}"),
            None => fault.to_string(),
        };
        assert_eq!(found, expected, "{text}");
        rows += 1;
    }
    assert!(rows >= 50, "{rows} rows");
}

#[test]
fn an_empty_pattern_is_refused() {
    for text in ["", " \n"] {
        let fault = Pattern::parse(text).unwrap_err();
        assert_eq!((fault.found.as_str(), fault.hint()), ("the end", Some("an empty pattern matches every event")));
    }
}

#[test]
fn parentheses_inside_one_another_are_followed_only_so_far() {
    let nested = |depth: usize| format!("{{ {}$.a = 1{} }}", "(".repeat(depth), ")".repeat(depth));
    assert!(Pattern::parse(&nested(64)).is_ok());
    for depth in [65, 1_000_000] {
        let fault = Pattern::parse(&nested(depth)).unwrap_err();
        assert_eq!((fault.column, fault.expected.as_ref()), (67, "no more than 64 parentheses inside one another"));
    }
    // One after another they are no deeper.
    let flat = vec!["($.a = 1)"; 1000].join(" && ");
    assert!(ask(r#"{"a":1}"#, |value| pattern(&format!("{{ {flat} }}")).matches(value)));
}

#[test]
fn hostile_patterns_and_values_take_linear_time() {
    let record = format!(r#"{{"a":"{}"}}"#, "a".repeat(200_000));
    for text in [
        format!("{{ $.a = \"{}b\" }}", "*a".repeat(300)),
        "{ $.a = %^[a-z]*[a-z]*[a-z]*[a-z]*b$% }".to_owned(),
        format!("{{ $.a{}.b = 1 }}", ".a".repeat(100_000)),
    ] {
        assert!(!ask(&record, |value| pattern(&text).matches(value)));
    }
    assert!(Pattern::parse("{ $.a = %a{1000}{1000}{1000}% }").is_err(), "an expression that would take a gigabyte");
}
