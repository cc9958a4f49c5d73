//! `aws organizations list-accounts`: the accounts that there are, whether or not anything was seen of them. E-mail addresses are left out.

use super::format::{Format, Item};
use super::import::Kind;
use super::listed::Listed;
use crate::evidence::source::key::is_account;
use crate::proof::credential_report::moment;
use serde_json::Value;

/// The management account that the ARN of a thing of an organisation names.
pub(super) fn management(item: Item<'_>) -> Option<&str> {
    item.text("Arn")?.split(':').nth(4).filter(|id| is_account(id))
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
    // A path that does not name the root is none.
    let is_path = |path: &&str| path.split('/').any(|part| part.starts_with("r-"));
    let paths = item.list("Paths").unwrap_or_default().iter().filter_map(Value::as_str).filter(is_path);
    let mut paths: Vec<String> = paths.map(str::to_owned).collect();
    paths.sort();
    paths.dedup();
    let text = |name| item.text(name).map(str::to_owned);
    Some(Listed {
        account: account.to_owned(),
        name: text("Name"),
        // The newer of the two says more.
        status: text("State").or_else(|| text("Status")),
        joined: item.get("JoinedTimestamp").and_then(moment),
        closed: None,
        management: management(item).map(str::to_owned),
        paths,
    })
}
