//! IAM: users, groups, roles, policies, instance profiles and providers.

use super::super::actor::{Arn, last, unique_id};
use super::super::effect::{Effect, Slot, Thing};
use super::super::kind::Kind;
use super::super::names::Name;
use super::Call;
use super::policy::Admitted;
use crate::evidence::record::view::Value;

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    match event {
        "CreateUser" => made(call, Kind::User, "user", "userName", "userId", "AIDA"),
        "CreateGroup" => made(call, Kind::Group, "group", "groupName", "groupId", "AGPA"),
        "CreateRole" => made(call, Kind::Role, "role", "roleName", "roleId", "AROA"),
        "CreateInstanceProfile" => made(call, Kind::InstanceProfile, "instanceProfile", "instanceProfileName", "instanceProfileId", "AIPA"),
        "DeleteUser" => ended(call, Kind::User, "userName"),
        "DeleteGroup" => ended(call, Kind::Group, "groupName"),
        "DeleteRole" => ended(call, Kind::Role, "roleName"),
        "DeleteInstanceProfile" => ended(call, Kind::InstanceProfile, "instanceProfileName"),
        "UpdateUser" => renamed(call, Kind::User, "userName", "newUserName"),
        "UpdateGroup" => renamed(call, Kind::Group, "groupName", "newGroupName"),
        "UpdateAssumeRolePolicy" => {
            if let Some(role) = call.named(Kind::Role, "roleName") {
                call.add(Effect::Change(role));
                trusted(call, role, "policyDocument", None);
            }
        }
        "AddUserToGroup" | "RemoveUserFromGroup" => member(call, event == "AddUserToGroup"),
        "AddRoleToInstanceProfile" | "RemoveRoleFromInstanceProfile" => profile(call, event == "AddRoleToInstanceProfile"),
        "CreatePolicy" => {
            if let Some(policy) = call.answered(&["policy", "arn"]).and_then(|arn| policy(call, arn)) {
                call.make(policy, None);
            }
        }
        "DeletePolicy" => {
            if let Some(policy) = call.asked("policyArn").and_then(|arn| policy(call, arn)) {
                call.add(Effect::End(policy));
            }
        }
        "CreatePolicyVersion" | "SetDefaultPolicyVersion" => policy_version(call, event),
        "CreateSAMLProvider" => provider(call, Kind::SamlProvider, Change::Made),
        "UpdateSAMLProvider" => provider(call, Kind::SamlProvider, Change::Altered),
        "DeleteSAMLProvider" => provider(call, Kind::SamlProvider, Change::Ended),
        "CreateOpenIDConnectProvider" => provider(call, Kind::OidcProvider, Change::Made),
        "UpdateOpenIDConnectProviderThumbprint" | "AddClientIDToOpenIDConnectProvider" => {
            provider(call, Kind::OidcProvider, Change::Altered);
        }
        "DeleteOpenIDConnectProvider" => provider(call, Kind::OidcProvider, Change::Ended),
        _ => rights(call, event),
    }
}

/// `AttachUserPolicy`, `DeleteRolePolicy` and their like. What takes rights away alters nobody in the actor's favour.
fn rights(call: &mut Call<'_, '_>, event: &str) {
    const VERBS: [&str; 4] = ["Attach", "Detach", "Put", "Delete"];
    const OWNERS: [(&str, Kind, &str); 3] =
        [("User", Kind::User, "userName"), ("Group", Kind::Group, "groupName"), ("Role", Kind::Role, "roleName")];
    let split = VERBS.iter().find_map(|verb| {
        let rest = event.strip_prefix(verb)?;
        OWNERS.iter().find_map(|(owner, kind, key)| Some((*verb, *kind, *key, rest.strip_prefix(owner)?)))
    });
    let Some((verb, kind, key, what)) = split else { return };
    let Some(owner) = call.named(kind, key) else { return };
    match (verb, what) {
        ("Attach" | "Detach", "Policy") => {
            let Some(arn) = call.asked("policyArn") else { return };
            let (detail, policy) = (call.detail(arn), policy(call, arn));
            if verb == "Attach" {
                call.alter(owner, Slot::PolicyAttached, detail);
                policy.into_iter().for_each(|from| call.add(Effect::Bind { from, to: owner }));
            } else {
                call.clear(owner, Slot::PolicyAttached, detail);
                policy.into_iter().for_each(|from| call.add(Effect::Unbind { from, to: owner }));
            }
        }
        ("Put" | "Delete", "Policy") => {
            let name = call.asked("policyName").unwrap_or_default();
            let detail = call.detail(name);
            if verb == "Put" { call.alter(owner, Slot::InlinePolicy, detail) } else { call.clear(owner, Slot::InlinePolicy, detail) }
        }
        ("Delete", "PermissionsBoundary") => call.alter(owner, Slot::BoundaryRemoved, Name::NONE),
        ("Put", "PermissionsBoundary") => call.clear(owner, Slot::BoundaryRemoved, Name::NONE),
        _ => {}
    }
}

fn made(call: &mut Call<'_, '_>, kind: Kind, answer: &str, name: &str, id: &str, prefix: &str) {
    let Some(text) = call.asked(name).or_else(|| call.answered(&[answer, name])) else { return };
    let mut thing = call.thing(kind, text);
    thing.id = call.answered(&[answer, id]).and_then(|id| unique_id(id, prefix)).map_or(Name::NONE, |id| call.names.of(id));
    call.make(thing, None);
    if kind == Kind::Role {
        trusted(call, thing, "assumeRolePolicyDocument", Some(answer));
    }
}

fn ended(call: &mut Call<'_, '_>, kind: Kind, key: &str) {
    if let Some(thing) = call.named(kind, key) {
        call.add(Effect::End(thing));
    }
}

fn renamed(call: &mut Call<'_, '_>, kind: Kind, old: &str, new: &str) {
    if let (Some(from), Some(to)) = (call.named(kind, old), call.named(kind, new))
        && from != to
    {
        call.add(Effect::Rename { from, to });
    }
}

fn member(call: &mut Call<'_, '_>, added: bool) {
    let (Some(group), Some(user)) = (call.named(Kind::Group, "groupName"), call.named(Kind::User, "userName")) else { return };
    if added {
        call.alter(user, Slot::Member, group.name);
        call.add(Effect::Bind { from: group, to: user });
    } else {
        call.clear(user, Slot::Member, group.name);
        call.add(Effect::Unbind { from: group, to: user });
    }
}

fn profile(call: &mut Call<'_, '_>, added: bool) {
    let named = (call.named(Kind::InstanceProfile, "instanceProfileName"), call.named(Kind::Role, "roleName"));
    let (Some(profile), Some(role)) = named else { return };
    if added { call.alter(profile, Slot::RoleInProfile, role.name) } else { call.clear(profile, Slot::RoleInProfile, role.name) }
}

/// A policy that belongs to an account. Those of AWS nobody can change.
fn policy(call: &mut Call<'_, '_>, arn: &str) -> Option<Thing> {
    let arn = Arn::parse(arn).filter(|arn| arn.account.len() == 12)?;
    let name = last(arn.after("policy/")?);
    Some(Thing { kind: Kind::Policy, account: call.names.of(arn.account), name: call.names.of(name), id: Name::NONE })
}

fn policy_version(call: &mut Call<'_, '_>, event: &str) {
    let default = call.record.value.at(&["requestParameters", "setAsDefault"]).and_then(Value::truth) == Some(true);
    if event == "CreatePolicyVersion" && !default {
        return;
    }
    let Some(policy) = call.asked("policyArn").and_then(|arn| policy(call, arn)) else { return };
    // What stands is that the default was changed: a later version takes the place of an earlier one.
    call.alter(policy, Slot::PolicyVersion, Name::NONE);
}

#[derive(Clone, Copy)]
enum Change {
    Made,
    Altered,
    Ended,
}

fn provider(call: &mut Call<'_, '_>, kind: Kind, change: Change) {
    let (asked, answered) = match kind {
        Kind::SamlProvider => ("sAMLProviderArn", "sAMLProviderArn"),
        _ => ("openIDConnectProviderArn", "openIDConnectProviderArn"),
    };
    // The first letter of the field is written in both cases.
    let arn = call.asked(asked).or_else(|| call.answered(&[answered]));
    let arn = arn.or_else(|| call.asked("samlProviderArn")).or_else(|| call.answered(&["samlProviderArn"]));
    let thing = match arn {
        Some(arn) => self::vouching(call, arn),
        None => call.asked("name").filter(|_| kind == Kind::SamlProvider).map(|name| call.thing(kind, name)),
    };
    let Some(thing) = thing else { return };
    match change {
        Change::Made => call.make(thing, None),
        Change::Altered => call.alter(thing, Slot::ProviderChanged, Name::NONE),
        Change::Ended => call.add(Effect::End(thing)),
    }
}

/// The provider of an ARN.
pub(super) fn vouching(call: &mut Call<'_, '_>, arn: &str) -> Option<Thing> {
    let arn = Arn::parse(arn)?;
    let (kind, name) = match (arn.after("saml-provider/"), arn.after("oidc-provider/")) {
        (Some(name), _) => (Kind::SamlProvider, name),
        (None, Some(name)) => (Kind::OidcProvider, name),
        (None, None) => return None,
    };
    Some(Thing { kind, account: call.names.of(arn.account), name: call.names.of(name), id: Name::NONE })
}

/// Whom a role trusts from now on, and nobody else.
fn trusted(call: &mut Call<'_, '_>, role: Thing, key: &str, answer: Option<&str>) {
    let asked = call.record.value.at(&["requestParameters"]).and_then(|request| super::doors::member(request, key));
    let document = asked.or_else(|| call.answer(&[answer?, key]));
    let admitted = Admitted::of(document);
    let words = call.detail(&admitted.words());
    call.add(Effect::Set { slot: Slot::TrustChanged, on: role, detail: words });
    let label = format!("role/{}", call.names.text(role.name));
    call.shut(role, None);
    call.open(role, &label, Name::NONE, &admitted);
}
