//! IAM credential reports: when an account says that its root credentials were last used.
//!
//! Read by the names of the columns, because reports of different years have different ones; what is `N/A`, `not_supported` or `no_information` is unknown
//! and not never (IAM user guide, `id_credentials_getting-report`).

use crate::record::time::{self, Micros};
use crate::source::key::is_account;

/// A use that a report tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Twelve digits.
    pub account: String,
    /// UTC.
    pub time: Micros,
    /// `password`, `access key 1`, `access key 2`.
    pub credential: &'static str,
    /// Of a key: the service that was called, where the report says.
    pub service: Option<String>,
}

impl Use {
    /// How far a record of the use may be from the time in the report: a report keeps the first use of some minutes (user guide, as above).
    #[must_use]
    pub fn tolerance(&self) -> Micros {
        let minutes = if self.credential == "password" { 5 } else { 15 };
        minutes * 60_000_000
    }
}

/// The last uses of root's credentials that a report tells of.
///
/// # Errors
/// In words, when it is no credential report or has no row of root.
pub fn root_uses(report: &[u8]) -> Result<Vec<Use>, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(report);
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| header.iter().position(|column| column.trim_start_matches('\u{feff}') == name);
    let (Some(user), Some(arn)) = (column("user"), column("arn")) else { return Err("no columns `user` and `arn`".to_owned()) };
    let mut uses = Vec::new();
    let mut found = false;
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        if row.get(user) != Some("<root_account>") {
            continue;
        }
        found = true;
        let account = row.get(arn).unwrap_or_default().split(':').nth(4).filter(|account| is_account(account));
        let account = account.ok_or("the row of root has no account")?;
        for (credential, used, service) in [
            ("password", "password_last_used", ""),
            ("access key 1", "access_key_1_last_used_date", "access_key_1_last_used_service"),
            ("access key 2", "access_key_2_last_used_date", "access_key_2_last_used_service"),
        ] {
            let time = column(used).and_then(|at| row.get(at)).and_then(|text| time::parse(text.as_bytes()));
            let service = column(service).and_then(|at| row.get(at)).filter(|service| *service != "N/A").map(str::to_owned);
            uses.extend(time.map(|time| Use { account: account.to_owned(), time, credential, service }));
        }
    }
    if found { Ok(uses) } else { Err("no row of root".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_by_their_header_and_unknown_is_not_never() {
        let report = "user,arn,password_enabled,password_last_used,access_key_1_last_used_date,access_key_1_last_used_service,access_key_2_last_used_date\n\
            <root_account>,arn:aws:iam::111122223333:root,not_supported,2026-03-14T02:09:37+00:00,2026-03-14T02:00:00Z,s3,no_information\n\
            ann,arn:aws:iam::111122223333:user/ann,true,2026-03-14T02:09:37+00:00,N/A,N/A,N/A\n";
        let uses = root_uses(report.as_bytes()).unwrap();
        let told: Vec<_> = uses.iter().map(|one| (one.credential, time::format(one.time), one.service.as_deref())).collect();
        assert_eq!(
            told,
            [("password", "2026-03-14T02:09:37Z".to_owned(), None), ("access key 1", "2026-03-14T02:00:00Z".to_owned(), Some("s3"))]
        );
        assert!(root_uses(b"a,b\n1,2\n").is_err() && root_uses(b"user,arn\nann,x\n").is_err() && root_uses(b"").is_err());
        assert_eq!(root_uses(b"user,arn\n<root_account>,arn:aws:iam::111122223333:root\n").unwrap(), []);
    }
}
