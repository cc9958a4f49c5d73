//! IAM Identity Center: permission sets, assignments, and users and groups of the identity store.
//!
//! A permission set acts in an account through a role `AWSReservedSSO_<name>_<digits>` whose sessions bear the user's name.

use super::super::effect::{Effect, Slot, Thing};
use super::super::kind::Kind;
use super::super::names::Name;
use super::{Call, doors};

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    match event {
        "CreatePermissionSet" => {
            let Some(set) = call.answered(&["permissionSet", "permissionSetArn"]).map(|arn| set(call, arn)) else { return };
            call.make(set, None);
            if let Some(name) = call.asked("name").or_else(|| call.answered(&["permissionSet", "name"])) {
                let name = call.names.of(name);
                call.add(Effect::Names { set, name });
            }
        }
        "DeletePermissionSet" => {
            if let Some(set) = call.asked("permissionSetArn").map(|arn| set(call, arn)) {
                call.add(Effect::End(set));
            }
        }
        "AttachManagedPolicyToPermissionSet"
        | "AttachCustomerManagedPolicyReferenceToPermissionSet"
        | "PutInlinePolicyToPermissionSet"
        | "DeletePermissionsBoundaryFromPermissionSet" => {
            if let Some(set) = call.asked("permissionSetArn").map(|arn| set(call, arn)) {
                let policy = call.asked("managedPolicyArn").unwrap_or_default();
                let policy = call.detail(policy);
                call.alter(set, Slot::PermissionSetChanged, policy);
            }
        }
        "DetachManagedPolicyFromPermissionSet" => {
            if let Some(set) = call.asked("permissionSetArn").map(|arn| set(call, arn)) {
                let policy = call.asked("managedPolicyArn").unwrap_or_default();
                let policy = call.detail(policy);
                call.clear(set, Slot::PermissionSetChanged, policy);
            }
        }
        "CreateAccountAssignment" | "DeleteAccountAssignment" => assigned(call, event == "CreateAccountAssignment"),
        "CreateUser" => {
            let id = call.answered(&["userId"]).or_else(|| call.answered(&["user", "userId"]));
            let Some(id) = id else { return };
            let user = directory_user(call, id);
            call.make(user, None);
            let name = call.asked("userName").or_else(|| call.answered(&["user", "userName"]));
            // The store keeps names of people out of the records where it can.
            if let Some(name) = name.filter(|name| !name.starts_with("HIDDEN_")) {
                let name = call.names.of(name);
                call.add(Effect::Names { set: user, name });
            }
        }
        "DeleteUser" => {
            if let Some(id) = call.asked("userId") {
                let user = directory_user(call, id);
                call.add(Effect::End(user));
            }
        }
        "CreateGroup" => {
            let id = call.answered(&["groupId"]).or_else(|| call.answered(&["group", "groupId"]));
            if let Some(group) = id.map(|id| directory_group(call, id)) {
                call.make(group, None);
            }
        }
        "DeleteGroup" => {
            if let Some(group) = call.asked("groupId").map(|id| directory_group(call, id)) {
                call.add(Effect::End(group));
            }
        }
        "CreateGroupMembership" | "AddMemberToGroup" => member(call, true),
        "DeleteGroupMembership" | "RemoveMemberFromGroup" => member(call, false),
        "Federate" | "GetRoleCredentials" => federated(call),
        _ => {}
    }
}

fn directory_group(call: &mut Call<'_, '_>, id: &str) -> Thing {
    Thing { kind: Kind::DirectoryGroup, account: Name::NONE, name: call.names.of(id), id: Name::NONE }
}

/// A user comes into a group, or leaves it. The member is an object in one interface and a text in the other.
fn member(call: &mut Call<'_, '_>, added: bool) {
    let request = call.record.value.get("requestParameters");
    let user = request.and_then(|request| doors::member(request, "memberId").or_else(|| doors::member(request, "userId")));
    let user = user.and_then(|user| user.text().or_else(|| doors::member(user, "userId")?.text())).filter(|user| !user.is_empty());
    let group = request.and_then(|request| doors::member(request, "groupId")?.text()).filter(|group| !group.is_empty());
    let membership = call.asked("membershipId").or_else(|| call.answered(&["membershipId"])).map(|id| call.names.of(id));
    if let (Some(user), Some(group)) = (user, group) {
        let (user, group) = (directory_user(call, user), directory_group(call, group));
        if added {
            call.alter(user, Slot::Member, group.name);
            call.add(Effect::Bind { from: group, to: user });
            if let Some(membership) = membership {
                call.add(Effect::Membership { membership, group, user });
            }
        } else {
            call.clear(user, Slot::Member, group.name);
            call.add(Effect::Unbind { from: group, to: user });
        }
    } else if let Some(membership) = membership.filter(|_| !added) {
        // Who leaves is told by the record of the joining alone.
        call.add(Effect::Leave(membership));
    }
}

/// From the access portal, or from a command line that has signed in to it, into an account.
fn federated(call: &mut Call<'_, '_>) {
    let value = call.record.value;
    let told = |keys: [&str; 2]| {
        let of = |part: &str| keys.iter().find_map(|key| doors::member(value.get(part)?, key)?.text().filter(|text| !text.is_empty()));
        ["serviceEventDetails", "requestParameters", "additionalEventData"].into_iter().find_map(of)
    };
    if let (Some(account), Some(set)) = (told(["account_id", "accountId"]), told(["role_name", "roleName"])) {
        let (account, set) = (call.names.of(account), call.names.of(set));
        call.add(Effect::Federate { account, set });
    }
}

fn set(call: &mut Call<'_, '_>, arn: &str) -> Thing {
    Thing { kind: Kind::PermissionSet, account: Name::NONE, name: call.names.of(arn), id: Name::NONE }
}

fn directory_user(call: &mut Call<'_, '_>, id: &str) -> Thing {
    Thing { kind: Kind::DirectoryUser, account: Name::NONE, name: call.names.of(id), id: Name::NONE }
}

fn assigned(call: &mut Call<'_, '_>, given: bool) {
    let asked = (call.asked("permissionSetArn"), call.asked("targetId"), call.asked("principalId"));
    let (Some(arn), Some(target), Some(principal)) = asked else { return };
    let set = set(call, arn);
    let account = call.names.of(target);
    let name = call.names.of(&format!("{arn} {principal}"));
    let assignment = Thing { kind: Kind::Assignment, account, name, id: Name::NONE };
    if given {
        let is_group = call.asked("principalType").is_some_and(|kind| kind.eq_ignore_ascii_case("group"));
        let principal = call.names.of(principal);
        call.make(assignment, None);
        call.add(Effect::Assign { assignment, set, account, principal, is_group });
    } else {
        call.add(Effect::End(assignment));
    }
}
