//! What stands between a record and a match.

use super::*;

fn explained(text: &str, record: &str) -> String {
    ask(record, |value| pattern(text).explain(value).to_string())
}

#[test]
fn of_a_conjunction_every_failed_test_is_told_and_no_other() {
    assert_eq!(
        explained(r#"{ $.a = "x" && $.b NOT EXISTS && $.c > 3 && $.d IS TRUE }"#, r#"{"a":"x","b":null,"c":2,"d":"true"}"#),
        "$.b NOT EXISTS: the record has null\n$.c > 3: the record has 2\n$.d IS TRUE: the record has \"true\""
    );
    assert_eq!(explained("{ $.a = 1 && $.b = 2 }", r#"{"a":1,"b":2}"#), "matches");
}

#[test]
fn of_a_disjunction_the_side_that_came_closest_is_told() {
    let text = "{ ($.a = 1 && $.b = 1 && $.c = 1) || ($.d = 1 && $.e = 1) }";
    assert_eq!(explained(text, r#"{"a":1,"b":1,"c":2}"#), "$.c = 1: the record has 2");
    assert_eq!(explained(text, r#"{"a":1,"d":[1]}"#).lines().next(), Some("$.b = 1: the record has no such field"));
}

#[test]
fn how_many_sides_are_equally_far_off_is_told() {
    let explanation = ask(r#"{"eventName":"GetUser"}"#, |value| {
        pattern("{ ($.eventName = CreateUser || $.eventName = DeleteUser) && ($.a = 1 || $.b = 1 || $.c = 1) }").explain(value)
    });
    assert_eq!((explanation.misses.len(), explanation.ways), (2, 6));
    assert_eq!(
        explanation.to_string(),
        "$.eventName = \"CreateUser\": the record has \"GetUser\"\n$.a = 1: the record has no such field\n(or as many tests in one of 5 other \
         combinations)"
    );
}

#[test]
fn several_values_are_told_up_to_a_few_and_containers_by_their_kind() {
    assert_eq!(explained("{ $.a[*] = 9 }", r#"{"a":[1.5,true,null,[],{}]}"#), "$.a[*] = 9: the record has 1.5, true, null and 2 more");
    assert_eq!(explained("{ $.a[*] = 9 }", r#"{"a":[[],{}]}"#), "$.a[*] = 9: the record has an array, an object");
}

#[test]
fn a_value_of_an_attacker_is_escaped_and_cut() {
    let record = format!(r#"{{"a":"\u001b[2J\n\u202e{}"}}"#, "x".repeat(1000));
    let told = explained("{ $.a = 1 }", &record);
    assert!(told.contains(r#""\u{1b}[2J\n\u{202e}xxx"#) && told.ends_with("x\"…") && told.len() < 150, "{told}");
}
