//! The sign-in service: console sessions and changes of role in the console.

use super::super::actor::{Arn, last};
use super::super::effect::{Effect, Thing};
use super::super::kind::Kind;
use super::super::names::Name;
use super::Call;
use crate::evidence::record::view::Value;

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    match event {
        "ConsoleLogin" => call.add(Effect::SignIn),
        "SwitchRole" => {
            let from = call.record.value.at(&["additionalEventData", "SwitchFrom"]).and_then(Value::text).and_then(Arn::parse);
            let Some(from) = from else { return };
            let account = call.names.of(from.account);
            let thing = match (from.after("user/"), from.after("assumed-role/").and_then(|rest| rest.split_once('/'))) {
                (Some(user), _) => Thing { kind: Kind::User, account, name: call.names.of(last(user)), id: Name::NONE },
                // Of a session the name stands where an id would.
                (None, Some((role, session))) => {
                    Thing { kind: Kind::RoleSession, account, name: call.names.of(role), id: call.names.of(session) }
                }
                (None, None) => return,
            };
            call.add(Effect::SwitchFrom(thing));
        }
        _ => {}
    }
}
