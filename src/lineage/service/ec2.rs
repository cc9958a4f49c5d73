//! EC2, EC2 Instance Connect and Systems Manager: instances, and ways into them.

use super::super::actor::{Arn, last};
use super::super::effect::{Effect, Slot, Thing};
use super::super::kind::Kind;
use super::Call;
use crate::evidence::record::view::Value;

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    match event {
        "RunInstances" => launched(call),
        "TerminateInstances" | "StopInstances" | "StartInstances" => {
            for id in instances(call) {
                let instance = call.thing(Kind::Instance, id);
                match event {
                    "TerminateInstances" => call.add(Effect::End(instance)),
                    _ => call.add(Effect::Power { instance, on: event == "StartInstances" }),
                }
            }
        }
        "AssociateIamInstanceProfile" | "ReplaceIamInstanceProfileAssociation" => associated(call, event),
        "ModifyInstanceAttribute" => {
            // User data runs at the next start, with the rights of the instance.
            let sets_user_data = call.record.value.at(&["requestParameters", "userData"]).is_some();
            if let Some(instance) = call.named(Kind::Instance, "instanceId").filter(|_| sets_user_data) {
                call.add(Effect::Change(instance));
            }
        }
        "SendSSHPublicKey" | "SendSerialConsoleSSHPublicKey" => {
            if let Some(instance) = call.named(Kind::Instance, "instanceId") {
                call.add(Effect::Reach(instance));
            }
        }
        "StartSession" => {
            if let Some(instance) = call.named(Kind::Instance, "target") {
                call.add(Effect::Reach(instance));
            }
        }
        "SendCommand" => {
            let ids = call.record.value.at(&["requestParameters", "instanceIds"]);
            for id in ids.into_iter().flat_map(Value::elements).filter_map(Value::text) {
                let instance = call.thing(Kind::Instance, id);
                call.add(Effect::Reach(instance));
            }
        }
        "CreateKeyPair" | "ImportKeyPair" => {
            if let Some(pair) = call.named(Kind::KeyPair, "keyName") {
                call.make(pair, None);
            }
        }
        "DeleteKeyPair" => {
            if let Some(pair) = call.named(Kind::KeyPair, "keyName") {
                call.add(Effect::End(pair));
            }
        }
        _ => {}
    }
}

fn launched(call: &mut Call<'_, '_>) {
    let asked = call.record.value.at(&["requestParameters", "iamInstanceProfile"]);
    let asked = asked.and_then(|profile| profile.filled("arn").or_else(|| profile.filled("name")));
    let items = call.answer(&["instancesSet", "items"]);
    for item in items.into_iter().flat_map(Value::elements) {
        let Some(id) = item.filled("instanceId") else { continue };
        let instance = call.thing(Kind::Instance, id);
        let model = item.filled("instanceType").or_else(|| call.asked("instanceType")).unwrap_or_default();
        let model = call.names.of(model);
        call.make(instance, None);
        call.add(Effect::Launch { instance, model });
        let given = item.get("iamInstanceProfile").and_then(|profile| profile.filled("arn")).or(asked);
        if let Some(from) = given.map(|profile| named_profile(call, profile)) {
            call.add(Effect::Bind { from, to: instance });
        }
    }
}

/// A profile by ARN or name.
fn named_profile(call: &mut Call<'_, '_>, text: &str) -> Thing {
    let name = Arn::parse(text).and_then(|arn| arn.after("instance-profile/")).unwrap_or(text);
    call.thing(Kind::InstanceProfile, last(name))
}

fn instances<'t>(call: &Call<'_, 't>) -> Vec<&'t str> {
    let items = call.record.value.at(&["requestParameters", "instancesSet", "items"]);
    let answered = call.answer(&["instancesSet", "items"]);
    let all = items.into_iter().chain(answered).flat_map(Value::elements);
    let mut ids: Vec<_> = all.filter_map(|item| item.filled("instanceId")).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn associated(call: &mut Call<'_, '_>, event: &str) {
    // The members are spelled as the call is, with a capital, in some versions.
    let wrapper = format!("{event}Request");
    let request = call.record.value.get("requestParameters");
    let request = request.and_then(|request| request.get(&wrapper)).or(request);
    let profile = request.and_then(|request| request.get("IamInstanceProfile").or_else(|| request.get("iamInstanceProfile")));
    let profile = profile.and_then(|profile| ["Arn", "arn", "Name", "name"].into_iter().find_map(|key| profile.filled(key)));
    let answer = call.answer(&[]).and_then(|answer| {
        let whole = answer.get(&format!("{event}Response")).unwrap_or(answer);
        whole.get("iamInstanceProfileAssociation")
    });
    let profile = profile.or_else(|| answer?.get("iamInstanceProfile")?.filled("arn"));
    let instance = request.and_then(|request| request.filled("InstanceId").or_else(|| request.filled("instanceId")));
    let instance = instance.or_else(|| answer?.filled("instanceId"));
    let (Some(instance), Some(profile)) = (instance, profile) else { return };
    let instance = call.thing(Kind::Instance, instance);
    let profile = named_profile(call, profile);
    call.add(Effect::Change(instance));
    call.add(Effect::Bind { from: profile, to: instance });
    call.add(Effect::Set { slot: Slot::ProfileAssociated, on: instance, detail: profile.name });
}
