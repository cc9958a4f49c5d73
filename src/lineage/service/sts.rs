//! STS: every call that gives temporary credentials.

use super::super::effect::{Effect, Issue, Thing};
use super::super::kind::Kind;
use super::super::names::Name;
use super::{Call, iam};
use crate::evidence::record::time::{self, Micros};
use crate::evidence::record::view::Value;

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    let kind = match event {
        "AssumeRole" | "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity" => Kind::RoleSession,
        "GetSessionToken" => Kind::SessionToken,
        "GetFederationToken" => Kind::FederatedSession,
        "AssumeRoot" => Kind::RootSession,
        _ => return,
    };
    let key = call.answered(&["credentials", "accessKeyId"]);
    let mut issue = Issue {
        kind,
        key: call.names.of_option(key),
        role: None,
        session: Name::NONE,
        principal: Name::NONE,
        provider: None,
        voucher: Name::NONE,
        ends: ends(call),
        account: call.actor.account,
    };
    match kind {
        Kind::RoleSession => {
            role_session(call, &mut issue);
            if issue.role.is_none() && key.is_none() {
                return;
            }
        }
        Kind::FederatedSession => {
            let name = call.asked("name").or_else(|| call.answered(&["federatedUser", "federatedUserId"]).map(after_colon));
            issue.session = call.names.of_option(name);
            let principal = call.answered(&["federatedUser", "federatedUserId"]);
            issue.principal = call.names.of_option(principal);
        }
        Kind::RootSession => {
            // An account id, or the ARN of its root.
            let target = call.asked("targetPrincipal").unwrap_or_default();
            let account = target.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 12);
            issue.account = call.names.of_option(account);
        }
        _ => {}
    }
    call.add(Effect::Issue(issue));
}

fn role_session(call: &mut Call<'_, '_>, issue: &mut Issue) {
    let resource = call.record.value.get("resources").into_iter().flat_map(Value::elements);
    let resource = resource.filter_map(|one| one.filled("ARN").or_else(|| one.filled("arn"))).find(|arn| arn.contains(":role/"));
    let role = call.asked("roleArn").or(resource);
    // The role's unique id and the session's name, together.
    let assumed = call.answered(&["assumedRoleUser", "assumedRoleId"]);
    let session = assumed.map(after_colon).or_else(|| call.asked("roleSessionName"));
    let id = assumed.and_then(|text| text.split_once(':')).map(|(id, _)| id);
    let id = id.and_then(|id| super::super::actor::unique_id(id, "AROA"));
    issue.role = role.map(|role| {
        let role = call.role(role);
        Thing { id: call.names.of_option(id), ..role }
    });
    issue.session = call.names.of_option(session);
    issue.principal = call.names.of_option(assumed.filter(|_| id.is_some()));
    issue.account = issue.role.map_or(Name::NONE, |role| role.account);
    let provider = call.asked("principalArn").or_else(|| call.answered(&["provider"]));
    let provider = provider.or_else(|| call.record.value.at(&["userIdentity", "identityProvider"]).and_then(Value::text));
    issue.voucher = call.names.of_option(provider);
    issue.provider = provider.and_then(|arn| iam::vouching(call, arn));
}

/// When the credentials end: as the answer says, or the request.
fn ends(call: &Call<'_, '_>) -> Option<Micros> {
    let told = call.answer(&["credentials", "expiration"]).and_then(expiration);
    told.or_else(|| {
        let asked = call.record.value.at(&["requestParameters", "durationSeconds"])?;
        let seconds = asked.whole().or_else(|| asked.text()?.parse().ok())?;
        let seconds = i64::try_from(seconds).ok().filter(|seconds| (1..=LONGEST).contains(seconds))?;
        call.record.event_time?.checked_add(seconds * 1_000_000)
    })
}

/// The longest that temporary credentials live, in seconds: 36 h of a federated or a session token.
const LONGEST: i64 = 36 * 3600;

/// `Jun 2, 2026, 11:00:00 AM`, the blank before the last word being of one sort or another; a time in the usual form; or seconds since 1970.
fn expiration(value: Value<'_>) -> Option<Micros> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(text) = value.text() else {
        let seconds = value.whole().or_else(|| value.real().map(|seconds| seconds as i128))?;
        return i64::try_from(seconds).ok()?.checked_mul(1_000_000);
    };
    if let Some(time) = time::parse(text.as_bytes()) {
        return Some(time);
    }
    let mut words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let (month, day, year, clock) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| month.starts_with(name))? + 1;
    let (day, year): (u8, u16) = (day.parse().ok()?, year.parse().ok()?);
    let mut parts = clock.split(':').map(|part| part.parse::<u8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let hour = match words.next() {
        Some("AM") => hour % 12,
        Some("PM") => hour % 12 + 12,
        _ => hour,
    };
    time::parse(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").as_bytes())
}

fn after_colon(text: &str) -> &str {
    text.split_once(':').map_or(text, |(_, after)| after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::view::Parser;

    #[test]
    fn the_end_of_credentials_is_read_in_every_spelling() {
        let read = |text: &str| Parser::default().with(text.as_bytes(), |value| value.get("at").and_then(expiration)).unwrap();
        let eleven = time::parse(b"2026-06-02T11:00:00Z");
        for text in [
            r#"{"at":"Jun 2, 2026, 11:00:00 AM"}"#,
            "{\"at\":\"Jun 2, 2026, 11:00:00\u{202f}AM\"}",
            r#"{"at":"Jun 2, 2026 11:00:00 AM"}"#,
            r#"{"at":"2026-06-02T11:00:00Z"}"#,
            r#"{"at":1780398000}"#,
        ] {
            assert_eq!(read(text), eleven, "{text}");
        }
        assert_eq!(read(r#"{"at":"Jun 2, 2026, 12:30:00 AM"}"#), time::parse(b"2026-06-02T00:30:00Z"));
        assert_eq!(read(r#"{"at":"soon"}"#), None);
    }
}
