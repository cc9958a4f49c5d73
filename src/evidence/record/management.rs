//! Whether a record shows that the logs of an account hold what root does there.
//!
//! A trail may record data events only, and a log may be of another account than its key says. Neither tells anything of root's sign-ins and calls, however many
//! records it holds, so what clears an account has to hold at least one management event of that account.

use memchr::memmem;

/// Whether a record, looked at without being parsed, is a management event, and where the account is known, one of that account.
///
/// Events from before version 1.06 do not say what they are; there were no others in logs without data events, so they count. Text in other members
/// can make a record look like one, as whoever writes records could do anyway.
#[must_use]
pub(crate) fn is_management_event(json: &[u8], account: Option<&str>) -> bool {
    let is_management = match (member(json, b"\"eventCategory\""), member(json, b"\"managementEvent\"")) {
        (Some(category), _) => category.starts_with(b"\"Management\""),
        (None, Some(flag)) => flag.starts_with(b"true") || flag.starts_with(b"\"true\""),
        (None, None) => member(json, b"\"eventName\"").is_some(),
    };
    // Notifications of other services have the same fields: `aws:s3`, `aws:sqs`.
    let is_notification = member(json, b"\"eventSource\"").is_some_and(|source| source.starts_with(b"\"aws:"));
    is_management && !is_notification && account.is_none_or(|account| is_of(json, account.as_bytes()))
}

/// Whether the record was received by the account, or where no recipient stands in it, is about it.
fn is_of(json: &[u8], account: &[u8]) -> bool {
    match member(json, b"\"recipientAccountId\"") {
        Some(value) => value.strip_prefix(b"\"").unwrap_or(value).starts_with(account),
        None => memmem::find(json, account).is_some(),
    }
}

/// What follows the colon of the first member of this name; the name is given with its quotation marks.
fn member<'t>(json: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    memmem::find_iter(json, name).find_map(|at| {
        // In text of another member the quotation mark is escaped.
        if at > 0 && json[at - 1] == b'\\' {
            return None;
        }
        json[at + name.len()..].trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_management_event_of_the_account_shows_that_its_calls_are_recorded() {
        let record = |more: &str| format!(r#"{{"eventName":"X",{more}"recipientAccountId":"111122223333"}}"#);
        for (more, is) in [
            (r#""eventCategory":"Management","#, true),
            (r#""eventCategory" : "Management","#, true),
            (r#""managementEvent":true,"#, true),
            ("", true),
            (r#""eventCategory":"Data","managementEvent":false,"#, false),
            (r#""managementEvent":false,"#, false),
            (r#""requestParameters":{"x":"\"eventCategory\":\"Management\""},"eventCategory":"Data","#, false),
            (r#""eventCategory":"Insight","#, false),
            (r#""eventSource":"aws:s3","#, false),
        ] {
            assert_eq!(is_management_event(record(more).as_bytes(), Some("111122223333")), is, "{more}");
            assert_eq!(is_management_event(record(more).as_bytes(), None), is, "{more}");
            assert!(!is_management_event(record(more).as_bytes(), Some("444455556666")), "{more}");
        }
        // Without a recipient the identity's account is enough; an id may have been turned into a number.
        assert!(is_management_event(br#"{"eventName":"X","userIdentity":{"accountId":"111122223333"}}"#, Some("111122223333")));
        assert!(is_management_event(br#"{"eventName":"X","recipientAccountId": 111122223333}"#, Some("111122223333")));
        assert!(!is_management_event(b"{}", None));
    }
}
