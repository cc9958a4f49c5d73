//! IAM credential reports as account state. The reading itself is that of [`crate::proof::credential_report`].
//!
//! A report's date is its `GeneratedTime`, else what the caller says, else the latest past date in it, which only says that the report is not older.

use super::format::{Format, Item};
use super::import::{Import, Kind, Options};
use super::state::{Dated, Detail, KeyState, Source, State};
use crate::evidence::record::time::{self, Micros};
use crate::proof::credential_report::{Key, Report, RootRow, any, read};

pub(super) const FORMAT: Format = Format {
    kind: Kind::CredentialReport,
    forms: "IAM credential reports",
    fits: |item| match item {
        Item::Object(_) => item.text("Content").is_some() && item.get("PolicySummary").is_none(),
        Item::Text(text) => text.lines().find(|line| !line.trim().is_empty()).is_some_and(|header| {
            let has = |column| header.split(',').any(|name| name.trim_matches(['"', ' ', '\r']) == column);
            has("user") && has("arn")
        }),
    },
    read: |item, options, import| match item {
        Item::Text(text) => take(read(text.as_bytes())?, options, import),
        Item::Object(members) => {
            let answer = serde_json::to_vec(members).map_err(|error| error.to_string())?;
            take(read(&answer)?, options, import)
        }
    },
};

fn take(report: Report, options: &Options, import: &mut Import) -> Result<(), String> {
    for problem in report.problems {
        import.problem(problem.line, problem.reason);
    }
    if report.rows.is_empty() {
        return Err("no row of root in the credential report".to_owned());
    }
    for row in report.rows {
        import.uses.extend(row.uses());
        // A report that tells of a moment was made after it, whatever the caller says.
        let given = options.date.filter(|date| row.latest.is_none_or(|latest| latest <= *date));
        if let (None, Some(date), None, Some(latest)) = (report.generated, options.date, given, row.latest) {
            let (date, latest) = (time::format(date), time::format(latest));
            import.problem(0, format!("the report of account {} is not of {date}: it tells of {latest}", row.account));
        }
        let state = state(&row, report.generated, given);
        import.states.push((row.account, state));
    }
    Ok(())
}

fn state(row: &RootRow, generated: Option<Micros>, given: Option<Micros>) -> State {
    let mut state = State::dated(Source::CredentialReport, generated, given);
    if let (Dated::Undated, Some(latest)) = (state.dated, row.latest) {
        (state.at, state.dated) = (Some(latest), Dated::NotBefore);
    }
    let key = |key: &Key| KeyState { active: key.active, rotated: key.rotated, used: key.used };
    let [one, two] = &row.keys;
    State {
        password: row.password.enabled,
        keys: row.has_keys(),
        certificates: any(row.certificates),
        credentials: row.has_credentials(),
        mfa: row.mfa,
        no_console: row.partition == "aws-us-gov",
        detail: Some(Box::new(Detail { password_used: row.password.used, keys: [key(one), key(two)] })),
        ..state
    }
}
