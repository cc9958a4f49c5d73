//! IAM: access keys, passwords, MFA devices, certificates and the other credentials of a user or of root.

use super::super::actor::last;
use super::super::effect::{Effect, Slot, Thing};
use super::super::kind::Kind;
use super::super::names::Name;
use super::Call;

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    match event {
        "CreateAccessKey" => {
            // A role that asks without a name gets an answer that has one.
            let owner = call.user().or_else(|| {
                let name = call.answered(&["accessKey", "userName"])?;
                Some(call.thing(Kind::User, name))
            });
            if let Some(owner) = owner {
                call.add(Effect::Change(owner));
            }
            if let Some(key) = call.answered(&["accessKey", "accessKeyId"]) {
                let key = call.key(key);
                call.make(key, owner);
            }
        }
        "UpdateAccessKey" => {
            let Some(key) = call.asked("accessKeyId").map(|key| call.key(key)) else { return };
            switched(call, key, Kind::AccessKey);
        }
        "DeleteAccessKey" => {
            if let Some(key) = call.asked("accessKeyId").map(|key| call.key(key)) {
                call.add(Effect::End(key));
            }
        }
        "CreateLoginProfile" | "UpdateLoginProfile" | "ChangePassword" | "DeleteLoginProfile" => password(call, event),
        "CreateServiceSpecificCredential" | "ResetServiceSpecificCredential" => {
            let id = call.answered(&["serviceSpecificCredential", "serviceSpecificCredentialId"]);
            credential(call, Kind::ServiceCredential, id.or_else(|| call.asked("serviceSpecificCredentialId")));
        }
        "UploadSigningCertificate" => {
            let id = call.answered(&["certificate", "certificateId"]);
            credential(call, Kind::SigningCertificate, id);
        }
        "UploadSSHPublicKey" => {
            let id = call.answered(&["sSHPublicKey", "sSHPublicKeyId"]).or_else(|| call.answered(&["sshPublicKey", "sshPublicKeyId"]));
            credential(call, Kind::PublicKey, id);
        }
        "UploadCloudFrontPublicKey" => {
            let id = call.answered(&["cloudFrontPublicKey", "cloudFrontPublicKeyId"]);
            credential(call, Kind::PublicKey, id);
        }
        "UpdateServiceSpecificCredential" => other(call, Kind::ServiceCredential, &["serviceSpecificCredentialId"], false),
        "DeleteServiceSpecificCredential" => other(call, Kind::ServiceCredential, &["serviceSpecificCredentialId"], true),
        "UpdateSigningCertificate" => other(call, Kind::SigningCertificate, &["certificateId"], false),
        "DeleteSigningCertificate" => other(call, Kind::SigningCertificate, &["certificateId"], true),
        "UpdateSSHPublicKey" => other(call, Kind::PublicKey, &["sSHPublicKeyId", "sshPublicKeyId"], false),
        "DeleteSSHPublicKey" => other(call, Kind::PublicKey, &["sSHPublicKeyId", "sshPublicKeyId"], true),
        "DeleteCloudFrontPublicKey" => other(call, Kind::PublicKey, &["cloudFrontPublicKeyId"], true),
        "CreateVirtualMFADevice" | "EnableMFADevice" | "DeactivateMFADevice" | "DeleteVirtualMFADevice" => device(call, event),
        _ => {}
    }
}

fn password(call: &mut Call<'_, '_>, event: &str) {
    let Some(owner) = call.user() else { return };
    let profile = Thing { kind: Kind::LoginProfile, account: owner.account, name: owner.name, id: Name::NONE };
    match event {
        "DeleteLoginProfile" => call.add(Effect::End(profile)),
        "CreateLoginProfile" => {
            call.make(profile, Some(owner));
            call.add(Effect::Change(owner));
        }
        _ => {
            // Who sets a password knows it, whoever knew the one before.
            call.add(Effect::Renew { thing: profile, holder: owner });
            call.add(Effect::Change(owner));
        }
    }
}

/// A credential of the user that the request names, or of the actor.
fn credential(call: &mut Call<'_, '_>, kind: Kind, id: Option<&str>) {
    let owner = call.user();
    if let Some(owner) = owner {
        call.add(Effect::Change(owner));
    }
    if let Some(id) = id {
        let thing = call.belonging(kind, id);
        call.make(thing, owner);
    }
}

fn other(call: &mut Call<'_, '_>, kind: Kind, keys: &[&str], ends: bool) {
    let Some(id) = keys.iter().find_map(|key| call.asked(key)) else { return };
    let thing = call.belonging(kind, id);
    if ends {
        call.add(Effect::End(thing));
    } else {
        switched(call, thing, kind);
    }
}

/// Switched on or off. Only the first lets anybody in.
fn switched(call: &mut Call<'_, '_>, thing: Thing, kind: Kind) {
    let Some(status) = call.asked("status") else { return };
    let active = status.eq_ignore_ascii_case("active");
    call.add(Effect::Status { thing, active });
    if active {
        call.add(Effect::Change(thing));
        if kind == Kind::AccessKey {
            call.add(Effect::Set { slot: Slot::KeyActivated, on: thing, detail: Name::NONE });
        }
        if let Some(owner) = call.user() {
            call.add(Effect::Change(owner));
        }
    } else if kind == Kind::AccessKey {
        call.clear(thing, Slot::KeyActivated, Name::NONE);
    }
}

fn device(call: &mut Call<'_, '_>, event: &str) {
    let serial = match event {
        "CreateVirtualMFADevice" => call.answered(&["virtualMFADevice", "serialNumber"]).or_else(|| call.asked("virtualMFADeviceName")),
        _ => call.asked("serialNumber"),
    };
    let Some(serial) = serial else { return };
    // Serial numbers of virtual devices are ARNs, and some requests give the name alone.
    let device = call.belonging(Kind::MfaDevice, last(serial));
    let owner = call.user();
    match event {
        "CreateVirtualMFADevice" => call.make(device, None),
        "DeleteVirtualMFADevice" => call.add(Effect::End(device)),
        "EnableMFADevice" => {
            let Some(owner) = owner else { return };
            // Security keys have no creation of their own.
            if !serial.contains(":mfa/") {
                call.make(device, Some(owner));
            }
            call.add(Effect::Change(owner));
            call.clear(owner, Slot::MfaRemoved, device.name);
        }
        _ => {
            let Some(owner) = owner else { return };
            call.alter(owner, Slot::MfaRemoved, device.name);
        }
    }
}
