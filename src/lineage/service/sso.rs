//! IAM Identity Center: permission sets, assignments and users of the identity store.
//!
//! A permission set acts in an account through a role `AWSReservedSSO_<name>_<digits>` whose sessions bear the user's name.

use super::super::effect::{Effect, Slot, Thing};
use super::super::kind::Kind;
use super::super::names::Name;
use super::Call;

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
            if let Some(name) = name {
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
        _ => {}
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
        let principal = call.names.of(principal);
        call.make(assignment, None);
        call.add(Effect::Assign { assignment, set, account, principal });
    } else {
        call.add(Effect::End(assignment));
    }
}
