//! `aws iam get-account-summary`. Its answer does not name the account: a wrapper `{"AccountId": ..., "SummaryMap": {...}}` or the caller does.

use super::format::Format;
use super::import::Kind;
use super::state::{Source, State};
use crate::proof::credential_report::any;
use serde_json::Value;

pub(super) const FORMAT: Format = Format {
    kind: Kind::AccountSummary,
    forms: "`get-account-summary`",
    fits: |item| item.get("SummaryMap").is_some_and(Value::is_object),
    read: |item, options, import| {
        let map = item.get("SummaryMap").and_then(Value::as_object).ok_or("no `SummaryMap`")?;
        let account = item.account(options).ok_or("an account summary does not name its account; name it")?;
        // Counts, of which only zero or more than zero matters.
        let mut is_there = |name: &str| {
            let value = map.get(name)?;
            let count = value.as_u64();
            if count.is_none() {
                import.problem(0, format!("`{name}` of account {account} is not a count"));
            }
            count.map(|count| count > 0)
        };
        let password = is_there("AccountPasswordPresent");
        let keys = is_there("AccountAccessKeysPresent");
        let certificates = is_there("AccountSigningCertificatesPresent");
        let mfa = is_there("AccountMFAEnabled");
        let credentials = any([password, keys, certificates]);
        let state = State::dated(Source::AccountSummary, None, options.date);
        import.states.push((account, State { password, keys, certificates, credentials, mfa, ..state }));
        Ok(())
    },
};
