//! Organizations: accounts that are made, with the role that lets the maker in.

use super::super::effect::{Effect, Thing};
use super::super::kind::Kind;
use super::super::names::Name;
use super::Call;
use crate::evidence::record::view::Value;

/// The role that a new account has unless another name is asked for (Organizations user guide, `orgs_manage_accounts_create`).
const DEFAULT_ROLE: &str = "OrganizationAccountAccessRole";

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    match event {
        // The account does not exist yet: what is made is a request by an id, which the result repeats.
        "CreateAccount" | "CreateGovCloudAccount" => {
            let Some(id) = call.answered(&["createAccountStatus", "id"]) else { return };
            let request = request(call, id);
            call.make(request, None);
        }
        "CreateAccountResult" => {
            let status = call.record.value.at(&["serviceEventDetails", "createAccountStatus"]);
            let Some(status) = status else { return };
            let (Some(id), Some(account)) = (status.filled("id"), status.filled("accountId")) else { return };
            if status.get("state").and_then(Value::text).is_some_and(|state| !state.eq_ignore_ascii_case("succeeded")) {
                return;
            }
            let from = request(call, id);
            let account = call.names.of(account);
            let made = Thing { kind: Kind::Account, account, name: account, id: Name::NONE };
            let role = Thing { kind: Kind::Role, account, name: call.names.of(DEFAULT_ROLE), id: Name::NONE };
            call.add(Effect::Rename { from, to: made });
            call.add(Effect::Rename { from: made, to: role });
        }
        _ => {}
    }
}

fn request(call: &mut Call<'_, '_>, id: &str) -> Thing {
    Thing { kind: Kind::Account, account: Name::NONE, name: call.names.of(id), id: Name::NONE }
}
