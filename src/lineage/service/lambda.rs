//! Lambda: functions, which act in sessions of their role that bear the function's name.

use super::super::actor::Arn;
use super::super::effect::{Effect, Slot, Thing};
use super::super::kind::Kind;
use super::super::names::Name;
use super::Call;

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    // Event names bear the date of the interface: `CreateFunction20150331`, `UpdateFunctionCode20150331v2`.
    let letters = event.find(|c: char| c.is_ascii_digit()).map_or(event, |at| &event[..at]);
    if !matches!(letters, "CreateFunction" | "UpdateFunctionCode" | "UpdateFunctionConfiguration" | "DeleteFunction") {
        return;
    }
    let Some((function, bare)) = function(call) else { return };
    let role = call.answered(&["role"]).or_else(|| call.asked("role")).map(|role| call.role(role));
    match letters {
        "CreateFunction" => call.make(function, None),
        "DeleteFunction" => {
            // With a qualifier only one version goes.
            if call.asked("qualifier").is_none() {
                call.add(Effect::End(function));
            }
            return;
        }
        _ => call.alter(function, Slot::FunctionChanged, Name::NONE),
    }
    if let Some(role) = role {
        call.add(Effect::RunsAs { function, role, bare });
    }
}

/// The function and its name without region and account. Functions of two regions may share a name.
fn function(call: &mut Call<'_, '_>) -> Option<(Thing, Name)> {
    let asked = call.asked("functionName").or_else(|| call.answered(&["functionName"]))?;
    let arn = Arn::parse(call.answered(&["functionArn"]).unwrap_or(asked)).or_else(|| Arn::parse(asked));
    // `name`, `account:function:name`, an ARN; each perhaps with an alias behind.
    let rest = asked.rsplit_once("function:").map_or(asked, |(_, name)| name);
    let bare = rest.split(':').next().filter(|name| !name.is_empty())?;
    let region = arn.map(|arn| arn.region).or(call.record.region).unwrap_or_default();
    let account = arn.map(|arn| arn.account).filter(|account| !account.is_empty());
    let account = account.map_or(call.account, |account| call.names.of(account));
    let name = call.names.of(&format!("{region}/{bare}"));
    Some((Thing { kind: Kind::Function, account, name, id: Name::NONE }, call.names.of(bare)))
}
