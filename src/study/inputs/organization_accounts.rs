//! `aws organizations list-accounts`: the accounts that there are, whether or not anything was seen of them. E-mail addresses are left out.

use super::format::{Format, Item, Kind};
use crate::credential_report::moment;
use crate::record::time::Micros;
use crate::source::key::is_account;

/// An account of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Twelve digits.
    pub account: String,
    /// As people call it.
    pub name: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`.
    pub status: Option<String>,
    /// When it came to the organisation. UTC.
    pub joined: Option<Micros>,
    /// Whether it is the management account, to which service control policies do not apply.
    pub is_management: Option<bool>,
}

pub(super) const FORMAT: Format = Format {
    kind: Kind::OrganizationAccounts,
    forms: "`organizations list-accounts`",
    fits: |item| item.list("Accounts").is_some() || is_listed(item),
    read: |item, _, import| {
        import.incomplete |= item.is_cut();
        // `--query Accounts` leaves the accounts by themselves.
        let Some(accounts) = item.list("Accounts") else {
            import.accounts.push(listed(item).ok_or("no account")?);
            return Ok(());
        };
        for account in accounts {
            match account.as_object().and_then(|members| listed(Item::Object(members))) {
                Some(listed) => import.accounts.push(listed),
                None => import.problem(0, "an account without an id of twelve digits"),
            }
        }
        Ok(())
    },
};

fn is_listed(item: Item<'_>) -> bool {
    item.text("Id").is_some_and(is_account) && item.text("Arn").is_some_and(|arn| arn.contains(":organizations:"))
}

fn listed(item: Item<'_>) -> Option<Listed> {
    let account = item.text("Id").filter(|id| is_account(id))?;
    let management = item.text("Arn").and_then(|arn| arn.split(':').nth(4)).filter(|id| is_account(id));
    let text = |name| item.text(name).map(str::to_owned);
    Some(Listed {
        account: account.to_owned(),
        name: text("Name"),
        // The newer of the two says more.
        status: text("State").or_else(|| text("Status")),
        joined: item.get("JoinedTimestamp").and_then(moment),
        is_management: management.map(|management| management == account),
    })
}
