//! IAM credential reports: what an account says of its root credentials, and when they were last used.
//!
//! Read by the names of the columns, because reports of different years have different ones; what is `N/A`, `not_supported` or `no_information` is unknown
//! and not never (IAM user guide, `id_credentials_getting-report`). Only the row of root is kept. Compares nothing with records.

mod read;

pub(crate) use read::moment;
pub(crate) use read::read;

use crate::evidence::record::time::Micros;

/// A report, or several in one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// `GeneratedTime`, where the report still lies in the answer of `GetCredentialReport`. UTC.
    pub generated: Option<Micros>,
    /// The rows of root, one for each account, in the order of the report.
    pub rows: Vec<RootRow>,
    /// Columns that say when root's credentials were last used, and that the report does not have.
    pub missing: Vec<&'static str>,
    /// What could not be used.
    pub problems: Vec<Problem>,
}

/// The columns that say when root's credentials were last used.
const LAST_USES: [&str; 3] = ["password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date"];

/// A cell, or a row, that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Line of the table, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What a report says of root. `None` wherever it does not say, or says so in a form that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RootRow {
    /// Twelve digits.
    pub account: String,
    /// Line of the table, from 1.
    pub line: u64,
    /// Partition of its ARN, `aws` or `aws-us-gov`.
    pub partition: String,
    /// The latest past moment that any row of the account names: the report is not older. UTC.
    pub latest: Option<Micros>,
    /// The password.
    pub password: Password,
    /// Whether MFA is on.
    pub mfa: Option<bool>,
    /// Access keys 1 and 2.
    pub keys: [Key; 2],
    /// Whether X.509 signing certificates 1 and 2 are active.
    pub certificates: [Option<bool>; 2],
}

/// Root's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Password {
    /// Whether there is one. Reports until about 2024 say `not_supported`.
    pub enabled: Option<bool>,
    /// When it was last used; the first use of five minutes is kept.
    pub used: LastUse,
    /// When it was last changed. UTC.
    pub changed: Option<Micros>,
}

/// One of root's access keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// Whether it can be used.
    pub active: Option<bool>,
    /// When it was made or last changed; one that is switched off keeps it. UTC.
    pub rotated: Option<Micros>,
    /// When it was last used; the first use of 15 minutes is kept.
    pub used: LastUse,
    /// Where; `None` also for services without regions.
    pub region: Option<String>,
    /// The service that was called.
    pub service: Option<String>,
}

impl Key {
    /// Whether there is such a key, active or not.
    #[must_use]
    pub(crate) fn is_present(&self) -> Option<bool> {
        match self.active {
            // Only a key that exists has a date.
            Some(false) => Some(self.rotated.is_some()),
            active => active,
        }
    }
}

/// When a credential was last used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LastUse {
    /// Then. UTC.
    At(Micros),
    /// `no_information`: never, or not since AWS keeps it (passwords since 2014-10-20).
    NoInformation,
    /// `N/A`: there is no such credential, or it was not used since AWS keeps it (keys since 2015-04-22).
    NotApplicable,
    /// The report does not say.
    Unknown,
}

impl LastUse {
    /// The moment, where the report gives one.
    #[must_use]
    pub(crate) const fn time(self) -> Option<Micros> {
        match self {
            Self::At(time) => Some(time),
            _ => None,
        }
    }
}

/// Whether one of several holds: not where one is unknown and none does.
pub(crate) fn any(values: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for value in values {
        match value {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = false,
        }
    }
    known.then_some(false)
}

impl RootRow {
    /// Whether root has access keys, active or not.
    #[must_use]
    pub(crate) fn has_keys(&self) -> Option<bool> {
        any(self.keys.iter().map(Key::is_present))
    }

    /// Whether root has anything to sign in or to sign with. Members whose root credentials were deleted have nothing.
    #[must_use]
    pub(crate) fn has_credentials(&self) -> Option<bool> {
        any([self.password.enabled, self.has_keys(), any(self.certificates)])
    }

    /// The last uses that it tells of.
    pub(crate) fn uses(&self) -> impl Iterator<Item = Use> + '_ {
        let [one, two] = &self.keys;
        let told = [
            ("password", self.password.used, None),
            ("access key 1", one.used, one.service.as_ref()),
            ("access key 2", two.used, two.service.as_ref()),
        ];
        told.into_iter().filter_map(|(credential, used, service)| {
            Some(Use { account: self.account.clone(), time: used.time()?, credential, service: service.cloned() })
        })
    }
}

/// A use that a report tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
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
    pub(crate) fn tolerance(&self) -> Micros {
        let minutes = if self.credential == "password" { 5 } else { 15 };
        minutes * 60_000_000
    }
}

/// What reports say of last uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    /// The last uses of root's credentials.
    pub uses: Vec<Use>,
    /// What was not understood or is not there, a sentence each: the report does not speak for the account that it names.
    pub problems: Vec<String>,
}

/// The last uses of root's credentials that a report tells of, and where it does not speak.
///
/// # Errors
/// A sentence, when it is not a credential report or has no row for root.
pub(crate) fn root_uses(report: &[u8]) -> Result<Reported, String> {
    let report = read(report)?;
    if report.rows.is_empty() {
        return Err(report.problems.into_iter().next().map_or_else(|| "no row of root".to_owned(), |problem| problem.reason));
    }
    let account = |line: u64| report.rows.iter().find(|row| row.line == line).map(|row| format!(" ({})", row.account));
    let cells = report
        .problems
        .iter()
        .map(|problem| format!("line {}{}: {}", problem.line, account(problem.line).unwrap_or_default(), problem.reason));
    let columns = report.missing.iter().map(|column| format!("no column `{column}`"));
    Ok(Reported { uses: report.rows.iter().flat_map(RootRow::uses).collect(), problems: columns.chain(cells).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::time;

    #[test]
    fn reports_are_read_by_their_header_and_unknown_is_not_never() {
        let report = "user,arn,password_enabled,password_last_used,access_key_1_last_used_date,access_key_1_last_used_service,access_key_2_last_used_date\n\
            <root_account>,arn:aws:iam::111122223333:root,not_supported,2026-03-14T02:09:37+00:00,2026-03-14T02:00:00Z,s3,no_information\n\
            ann,arn:aws:iam::111122223333:user/ann,true,2026-03-14T02:09:37+00:00,N/A,N/A,N/A\n";
        let Reported { uses, problems } = root_uses(report.as_bytes()).unwrap();
        assert_eq!(problems, [] as [&str; 0]);
        let told: Vec<_> = uses.iter().map(|one| (one.credential, time::format(one.time), one.service.as_deref())).collect();
        assert_eq!(
            told,
            [("password", "2026-03-14T02:09:37Z".to_owned(), None), ("access key 1", "2026-03-14T02:00:00Z".to_owned(), Some("s3"))]
        );
        assert!(root_uses(b"a,b\n1,2\n").is_err() && root_uses(b"user,arn\nann,x\n").is_err() && root_uses(b"").is_err());
        let silent = root_uses(b"user,arn\n<root_account>,arn:aws:iam::111122223333:root\n").unwrap();
        assert_eq!((silent.uses.len(), &*silent.problems[0], silent.problems.len()), (0, "no column `password_last_used`", 3));
    }

    #[test]
    fn a_cell_of_root_that_is_not_understood_is_named_with_its_account() {
        let header = "user,arn,password_last_used,access_key_1_active,access_key_1_last_used_date,access_key_2_last_used_date";
        let problems = |cells: &str| {
            let report = format!(
                "{header}\n<root_account>,arn:aws:iam::111122223333:root,{cells}\nann,arn:aws:iam::111122223333:user/ann,odd,odd,odd,odd\n"
            );
            root_uses(report.as_bytes()).unwrap().problems
        };
        assert_eq!(problems("no_information,false,N/A,N/A"), [] as [&str; 0]);
        for (cells, named) in [
            ("6/9/2026 10:00,false,N/A,N/A", "line 2 (111122223333): `password_last_used` is not a time: `6/9/2026 10:00`"),
            ("2026-06-09T10:00:00,false,N/A,N/A", "line 2 (111122223333): `password_last_used` is not a time: `2026-06-09T10:00:00`"),
            ("no_information,true,46182.4,N/A", "line 2 (111122223333): `access_key_1_last_used_date` is not a time: `46182.4`"),
            ("no_information,yes,N/A,N/A", "line 2 (111122223333): `access_key_1_active` is neither true nor false: `yes`"),
            ("no_information,true", "line 2 (111122223333): the row of root has 4 of 6 cells"),
        ] {
            assert_eq!(problems(cells), [named], "{cells}");
        }
    }
}
