//! A report's bytes to its rows: the table itself, or the answer of `GetCredentialReport` with the table in base64.

use super::{Key, LastUse, Password, Problem, Report, RootRow};
use crate::evidence::record::time::{self, Micros};
use crate::evidence::source::key::is_account;
use base64ct::{Base64, Encoding};
use csv::StringRecord;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How many problems are told of one report: damage repeats itself.
const TOLD: usize = 1_000;

/// Reads a report. Cells that cannot be understood are unknown and named.
///
/// # Errors
/// A sentence, when it is not a credential report.
pub(crate) fn read(bytes: &[u8]) -> Result<Report, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let (table, generated) = match bytes.trim_ascii_start().first() {
        Some(b'{') => {
            let (table, generated) = unwrap(&serde_json::from_slice(bytes).map_err(|error| format!("no JSON: {error}"))?)?;
            (Cow::Owned(table), generated)
        }
        _ => (Cow::Borrowed(bytes), None),
    };
    let mut report = rows(&table)?;
    report.generated = generated;
    Ok(report)
}

/// The table in an answer of `GetCredentialReport`, and when it was made.
fn unwrap(answer: &Value) -> Result<(Vec<u8>, Option<Micros>), String> {
    let mut content = answer.get("Content").and_then(Value::as_str).ok_or("no `Content`")?.to_owned();
    content.retain(|letter| !letter.is_ascii_whitespace());
    let table = Base64::decode_vec(&content).map_err(|_| "`Content` is not base64".to_owned())?;
    Ok((table, answer.get("GeneratedTime").and_then(moment)))
}

/// A time as the AWS CLI writes it: RFC 3339 (version 2), or seconds since 1970 (version 1).
pub(crate) fn moment(value: &Value) -> Option<Micros> {
    match value {
        Value::String(text) => time::parse(text.as_bytes()),
        Value::Number(seconds) => {
            let micros = (seconds.as_f64()? * 1e6).round();
            // Up to the year 9999, which also fits.
            (0.0..253_402_300_800e6).contains(&micros).then_some(micros as Micros)
        }
        _ => None,
    }
}

/// A table's columns by name, and what went wrong.
struct Sheet {
    header: BTreeMap<String, usize>,
    problems: Vec<Problem>,
}

fn rows(table: &[u8]) -> Result<Report, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table);
    let names = reader.headers().map_err(|error| error.to_string())?;
    let header = names.iter().enumerate().map(|(place, name)| (name.trim_start_matches('\u{feff}').trim().to_owned(), place));
    let mut sheet = Sheet { header: header.collect(), problems: Vec::new() };
    if !["user", "arn"].iter().all(|column| sheet.header.contains_key(*column)) {
        return Err("no columns `user` and `arn`".to_owned());
    }
    let mut found: Vec<RootRow> = Vec::new();
    let mut latest: BTreeMap<String, Micros> = BTreeMap::new();
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                sheet.problem(line, format!("the row cannot be read: {error}"));
                continue;
            }
        };
        let line = row.position().map_or(0, csv::Position::line);
        let is_root = sheet.cell(&row, "user") == Some("<root_account>");
        let Some(account) = sheet.cell(&row, "arn").and_then(|arn| arn.split(':').nth(4)).filter(|account| is_account(account)) else {
            if is_root {
                sheet.problem(line, "the row of root has no account".to_owned());
            }
            continue;
        };
        if let Some(time) = sheet.latest(&row) {
            let latest = latest.entry(account.to_owned()).or_insert(time);
            *latest = time.max(*latest);
        }
        if is_root {
            let account = account.to_owned();
            if row.len() < sheet.header.len() {
                sheet.problem(line, format!("the row of root has {} of {} cells", row.len(), sheet.header.len()));
            }
            let partition = sheet.cell(&row, "arn").and_then(|arn| arn.split(':').nth(1)).unwrap_or_default().to_owned();
            found.push(RootRow { partition, ..sheet.root(&row, line, account) });
        }
    }
    found.iter_mut().for_each(|row| row.latest = latest.get(&row.account).copied());
    let missing = super::LAST_USES.into_iter().filter(|column| !sheet.header.contains_key(*column)).collect();
    Ok(Report { generated: None, rows: found, missing, problems: sheet.problems })
}

impl Sheet {
    fn problem(&mut self, line: u64, reason: String) {
        if self.problems.len() < TOLD {
            self.problems.push(Problem { line, reason });
        }
    }

    /// A cell; `None` also where the table has no such column.
    fn cell<'r>(&self, row: &'r StringRecord, column: &str) -> Option<&'r str> {
        row.get(*self.header.get(column)?).map(str::trim)
    }

    /// The latest moment in a row. The next rotation lies in the future.
    fn latest(&self, row: &StringRecord) -> Option<Micros> {
        let past = self.header.iter().filter(|(name, _)| *name != "password_next_rotation");
        past.filter_map(|(_, place)| time::parse(row.get(*place)?.trim().as_bytes())).max()
    }

    fn root(&mut self, row: &StringRecord, line: u64, account: String) -> RootRow {
        let password = Password {
            enabled: self.truth(row, line, "password_enabled"),
            used: self.last_use(row, line, "password_last_used"),
            changed: self.last_use(row, line, "password_last_changed").time(),
        };
        let mfa = self.truth(row, line, "mfa_active");
        let keys = [1, 2].map(|number| Key {
            active: self.truth(row, line, &format!("access_key_{number}_active")),
            rotated: self.last_use(row, line, &format!("access_key_{number}_last_rotated")).time(),
            used: self.last_use(row, line, &format!("access_key_{number}_last_used_date")),
            region: self.word(row, &format!("access_key_{number}_last_used_region")),
            service: self.word(row, &format!("access_key_{number}_last_used_service")),
        });
        let certificates = [1, 2].map(|number| self.truth(row, line, &format!("cert_{number}_active")));
        RootRow { account, line, partition: String::new(), latest: None, password, mfa, keys, certificates }
    }

    fn truth(&mut self, row: &StringRecord, line: u64, column: &str) -> Option<bool> {
        match self.cell(row, column)? {
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            text if is_unknown(text) => None,
            text => {
                self.problem(line, format!("`{column}` is neither true nor false: `{}`", shortened(text)));
                None
            }
        }
    }

    fn last_use(&mut self, row: &StringRecord, line: u64, column: &str) -> LastUse {
        let Some(text) = self.cell(row, column) else { return LastUse::Unknown };
        match text {
            "no_information" => LastUse::NoInformation,
            "N/A" | "n/a" => LastUse::NotApplicable,
            text if is_unknown(text) => LastUse::Unknown,
            text => time::parse(text.as_bytes()).map_or_else(
                || {
                    self.problem(line, format!("`{column}` is not a time: `{}`", shortened(text)));
                    LastUse::Unknown
                },
                LastUse::At,
            ),
        }
    }

    fn word(&self, row: &StringRecord, column: &str) -> Option<String> {
        self.cell(row, column).filter(|text| !is_unknown(text)).map(str::to_owned)
    }
}

/// Whether a cell says that there is nothing to say.
fn is_unknown(text: &str) -> bool {
    text.is_empty() || ["N/A", "not_supported", "no_information"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The beginning of a text that may be of any length.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,\
        access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
        access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
        cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

    fn root(cells: &str) -> RootRow {
        let report = read(format!("{HEADER}\n<root_account>,arn:aws:iam::111122223333:root,{cells}").as_bytes()).unwrap();
        assert_eq!(report.problems, []);
        report.rows.into_iter().next().unwrap()
    }

    #[test]
    fn the_row_of_an_old_report_has_what_it_says_and_no_more() {
        let row = root(
            "2016-01-02T03:04:05+00:00,not_supported,2026-10-01T00:00:00+00:00,not_supported,not_supported,false,\
            true,2020-05-06T07:08:09+00:00,2026-10-02T00:00:00+00:00,us-east-1,ec2,false,2019-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,false,N/A",
        );
        assert_eq!((row.password.enabled, row.password.changed, row.mfa), (None, None, Some(false)));
        assert_eq!(row.keys[0].is_present(), Some(true));
        // Switched off, but there: it keeps its date.
        assert_eq!((row.keys[1].active, row.keys[1].is_present(), row.keys[1].used), (Some(false), Some(true), LastUse::NotApplicable));
        assert_eq!((row.has_keys(), row.has_credentials()), (Some(true), Some(true)));
        assert_eq!(row.latest, time::parse(b"2026-10-02T00:00:00Z"));
    }

    #[test]
    fn a_report_is_as_old_as_the_latest_past_moment_of_any_user_of_its_account() {
        let table = "user,arn,password_last_used,password_next_rotation\n\
            <root_account>,arn:aws:iam::111122223333:root,2026-10-01T00:00:00Z,not_supported\n\
            ann,arn:aws:iam::111122223333:user/ann,2026-10-03T00:00:00Z,2027-01-01T00:00:00Z\n\
            <root_account>,arn:aws:iam::444455556666:root,2026-10-02T00:00:00Z,not_supported\n";
        let latest: Vec<_> = read(table.as_bytes()).unwrap().rows.iter().map(|row| row.latest.map(time::format)).collect();
        assert_eq!(latest, [Some("2026-10-03T00:00:00Z".to_owned()), Some("2026-10-02T00:00:00Z".to_owned())]);
    }

    #[test]
    fn a_member_without_root_credentials_has_none_and_an_old_report_leaves_the_password_open() {
        let rest = "not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
        let new = root(&format!("2026-01-02T03:04:05Z,FALSE,N/A,N/A,{rest}"));
        assert_eq!((new.password.enabled, new.has_keys(), new.has_credentials()), (Some(false), Some(false), Some(false)));
        let old = root(&format!("2016-01-02T03:04:05Z,not_supported,no_information,not_supported,{rest}"));
        assert_eq!((old.password.used, old.has_keys(), old.has_credentials()), (LastUse::NoInformation, Some(false), None));
    }

    #[test]
    fn the_answer_of_the_call_says_when_the_report_was_made() {
        // "user,arn,mfa_active\n<root_account>,arn:aws:iam::111122223333:root,true", with a line break as some tools put in.
        let content = Base64::encode_string(b"user,arn,mfa_active\n<root_account>,arn:aws:iam::111122223333:root,true");
        let (one, two) = content.split_at(20);
        let answer = format!(r#"{{"Content":"{one}\n{two}","ReportFormat":"text/csv","GeneratedTime":"2026-11-01T04:00:00+00:00"}}"#);
        let report = read(answer.as_bytes()).unwrap();
        assert_eq!((report.generated, report.rows[0].mfa), (time::parse(b"2026-11-01T04:00:00Z"), Some(true)));
        for bad in [r#"{"Content":"?"}"#, "{}", "{"] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_unknown_and_named() {
        let report = read(b"user,arn,mfa_active,password_last_used\n<root_account>,arn:aws:iam::111122223333:root,perhaps,yesterday\n<root_account>,x,true,").unwrap();
        assert_eq!((report.rows.len(), report.rows[0].mfa, report.rows[0].password.used), (1, None, LastUse::Unknown));
        let reasons: Vec<_> = report.problems.iter().map(|problem| (problem.line, problem.reason.as_str())).collect();
        assert_eq!(
            reasons,
            [
                (2, "`password_last_used` is not a time: `yesterday`"),
                (2, "`mfa_active` is neither true nor false: `perhaps`"),
                (3, "the row of root has no account")
            ]
        );
    }

    proptest! {
        #[test]
        fn no_table_makes_it_panic(cells in "[<>_a-z:0-9,\"\n\r{}N/é-]{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            drop(read(format!("{HEADER}\n<root_account>,arn:aws:iam::111122223333:root,{cells}").as_bytes()));
            drop(read(cells.as_bytes()));
            drop(read(&bytes));
        }
    }
}
