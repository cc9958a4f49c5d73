//! STS: every call that gives temporary credentials.

use super::super::effect::{Effect, Issue, Thing};
use super::super::kind::Kind;
use super::super::names::Name;
use super::{Call, iam};
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
    issue.provider = provider.and_then(|arn| iam::vouching(call, arn));
}

fn after_colon(text: &str) -> &str {
    text.split_once(':').map_or(text, |(_, after)| after)
}
