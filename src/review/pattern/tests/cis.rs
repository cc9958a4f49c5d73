//! The CIS / Security Hub pattern (CIS 1.2 controls 1.1 and 3.3, 1.4 controls 1.7 and 4.3) on records made by hand.

use super::*;

const CIS: &str = r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#;

const SIGN_IN: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","accessKeyId":""},"eventTime":"2026-01-31T23:59:59Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","sourceIPAddress":"192.0.2.7","responseElements":{"ConsoleLogin":"Success"},"eventType":"AwsConsoleSignIn"}"#;

#[test]
fn root_by_itself_rings_the_alarm() {
    for record in [
        SIGN_IN,
        r#"{"userIdentity":{"type":"Root","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"eventName":"CreateUser","eventType":"AwsApiCall"}"#,
        // A call that failed is use, too.
        r#"{"userIdentity":{"type":"Root"},"eventName":"CreateUser","errorCode":"AccessDenied","eventType":"AwsApiCall"}"#,
        // An event type that is there, but null or empty, is another than AwsServiceEvent.
        r#"{"userIdentity":{"type":"Root"},"eventType":null}"#,
        r#"{"userIdentity":{"type":"Root"},"eventType":""}"#,
    ] {
        for missing in [Missing::Matches, Missing::Fails] {
            assert!(ask(record, |value| pattern(CIS).with_missing(missing).matches(value)), "{record}");
        }
    }
}

#[test]
fn root_of_a_service_and_others_do_not() {
    for record in [
        r#"{"userIdentity":{"type":"Root","invokedBy":"signin.amazonaws.com"},"eventType":"AwsApiCall"}"#,
        r#"{"userIdentity":{"type":"Root","invokedBy":"ec2.amazonaws.com"},"eventType":"AwsApiCall"}"#,
        // There, though it says nothing.
        r#"{"userIdentity":{"type":"Root","invokedBy":""},"eventType":"AwsApiCall"}"#,
        r#"{"userIdentity":{"type":"Root","invokedBy":null},"eventType":"AwsApiCall"}"#,
        r#"{"userIdentity":{"type":"Root"},"eventType":"AwsServiceEvent"}"#,
        r#"{"userIdentity":{"type":"IAMUser","userName":"Root"},"eventType":"AwsApiCall"}"#,
        r#"{"userIdentity":{"type":"root"},"eventType":"AwsApiCall"}"#,
        // A role session that root opened: the issuer is root, the identity is not.
        r#"{"userIdentity":{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"type":"Root"}}},"eventType":"AwsApiCall"}"#,
        r#"{"userIdentity":{"invokedBy":"AWS Internal"},"eventType":"AwsServiceEvent"}"#,
        r#"{"userIdentity":"Root","eventType":"AwsApiCall"}"#,
        "{}",
    ] {
        for missing in [Missing::Matches, Missing::Fails] {
            assert!(!ask(record, |value| pattern(CIS).with_missing(missing).matches(value)), "{record}");
        }
    }
}

#[test]
fn a_record_without_an_event_type_depends_on_what_missing_means() {
    // Records of 2014 have none.
    let record = r#"{"eventVersion":"1.01","userIdentity":{"type":"Root"},"eventName":"CreateUser"}"#;
    assert!(ask(record, |value| pattern(CIS).matches(value)));
    let strict = pattern(CIS).with_missing(Missing::Fails);
    assert_eq!(
        ask(record, |value| strict.explain(value).to_string()),
        r#"$.eventType != "AwsServiceEvent": the record has no such field, and that is taken as no match"#
    );
}

#[test]
fn the_canonical_text_differs_in_spaces_only() {
    assert_eq!(
        pattern(CIS).to_string(),
        r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#
    );
}

#[test]
fn the_other_patterns_of_the_benchmark_are_read() {
    for text in [
        r#"{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }"#,
        r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#,
        r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#,
        "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }",
        "{ ($.eventName = StopLogging ) || ($.eventName = DeleteTrail) }",
    ] {
        assert_eq!(pattern(&pattern(text).to_string()), pattern(text));
    }
}
