//! Break-glass windows from a file: TOML, JSON or CSV, detected from the content.
//!
//! ```toml
//! [[window]]
//! accounts = ["111122223333"]          # or "*" for all
//! start = 2026-03-14T02:00:00Z
//! end = 2026-03-14T04:00:00Z
//! ticket = "CHG-1042"                  # the rest may be left out
//! approver = "duty manager"
//! addresses = ["198.51.100.0/24"]
//! actions = ["iam:*", "s3:PutBucketPolicy"]
//! mfa = true
//! ```
//!
//! JSON holds the same under `window`, or as an array; CSV has a header with these names, and `;` between the items of a list.

use super::Window;
use crate::error::Cause;
use crate::evidence::account::{self, NotAnId};
use crate::evidence::record::time::{self, Micros};
use ipnet::IpNet;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Why a file of windows cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not text.
    #[error("not UTF-8 text")]
    NotText,
    /// It has none.
    #[error("no windows in it")]
    Empty,
    /// A window is not as it should be.
    #[error("{0}")]
    Window(String),
    /// An account of a window is not an account id.
    #[error("{place}: {fault}")]
    Account {
        /// `window 2`, and of CSV its line.
        place: String,
        /// What is there instead.
        fault: NotAnId,
    },
}

impl From<Unreadable> for Cause {
    fn from(error: Unreadable) -> Self {
        let hint = error.hint().map(Cow::Borrowed);
        Self::new(error, hint)
    }
}

impl Unreadable {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Account { fault, .. } => Some(fault.hint()),
            _ => None,
        }
    }
}

/// What is wrong with one window.
#[derive(Debug)]
pub(super) enum Fault {
    Account(NotAnId),
    Other(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(fault) => fault.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

impl Fault {
    /// As it is told of the window in some place.
    fn at(self, place: String) -> Unreadable {
        match self {
            Self::Account(fault) => Unreadable::Account { place, fault },
            Self::Other(text) => Unreadable::Window(format!("{place}: {text}")),
        }
    }
}

/// Text, or a number that stands for it: account ids are written as both.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Item {
    Text(String),
    Number(u64),
}

impl Item {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// One item or a list of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Items {
    One(Item),
    Many(Vec<Item>),
}

impl Items {
    fn list(self) -> Vec<String> {
        let items: Vec<String> = match self {
            Self::One(item) => item.text().split(';').map(str::to_owned).collect(),
            Self::Many(items) => items.into_iter().map(Item::text).collect(),
        };
        items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
    }
}

/// A time in quotes or, in TOML, without.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Moment {
    Text(String),
    Toml(toml::value::Datetime),
}

impl Moment {
    fn read(&self, name: &str) -> Result<Micros, String> {
        let text = match self {
            Self::Text(text) => text.trim().replacen(' ', "T", 1),
            Self::Toml(time) => time.to_string(),
        };
        time::parse(text.as_bytes()).ok_or_else(|| format!("`{name}` is not a time with a zone: `{text}`; write 2026-01-31T12:00:00Z"))
    }
}

/// A truth, as a truth or as text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Truth {
    Is(bool),
    Text(String),
}

impl Truth {
    fn read(&self) -> Result<bool, String> {
        match self {
            Self::Is(truth) => Ok(*truth),
            Self::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Ok(true),
                "false" | "no" | "0" | "" => Ok(false),
                _ => Err(format!("`mfa` is neither true nor false: `{text}`")),
            },
        }
    }
}

/// A window as it stands in a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    #[serde(alias = "account")]
    accounts: Items,
    start: Moment,
    end: Moment,
    ticket: Option<String>,
    approver: Option<String>,
    #[serde(alias = "address")]
    addresses: Option<Items>,
    #[serde(alias = "action")]
    actions: Option<Items>,
    mfa: Option<Truth>,
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or_else(|| format!("`{text}` is neither an address nor a network (198.51.100.0/24)"))
}

impl TryFrom<Raw> for Window {
    type Error = Fault;

    fn try_from(raw: Raw) -> Result<Self, Fault> {
        let (start, end) = (raw.start.read("start")?, raw.end.read("end")?);
        if start >= end {
            return Err(format!("it ends ({}) before it starts ({})", time::format(end), time::format(start)).into());
        }
        let accounts = raw.accounts.list();
        if accounts.is_empty() {
            return Err("no account; write `*` for all".to_owned().into());
        }
        let everywhere = accounts.iter().any(|account| account == "*");
        let named = accounts.iter().filter(|account| *account != "*").map(|account| account::parse(account));
        let named: BTreeSet<String> = named.collect::<Result<_, _>>().map_err(Fault::Account)?;
        let actions = raw.actions.map(Items::list).unwrap_or_default();
        if let Some(wrong) = actions.iter().find(|action| *action != "*" && !action.contains(':')) {
            return Err(format!("`{wrong}` is not an action; write it as in IAM policies, `iam:CreateUser`").into());
        }
        let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(Self {
            accounts: if everywhere { Default::default() } else { named },
            start,
            end,
            ticket: filled(raw.ticket),
            approver: filled(raw.approver),
            addresses: raw.addresses.map(Items::list).unwrap_or_default().iter().map(|text| network(text)).collect::<Result<_, _>>()?,
            actions,
            mfa: raw.mfa.map_or(Ok(false), |truth| truth.read())?,
        })
    }
}

/// A whole file of them, as TOML and JSON may hold it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(alias = "windows")]
    window: Vec<Raw>,
}

/// A line of CSV. Through text, because what is read as it looks would take an account for a number.
fn line(row: BTreeMap<String, String>) -> Result<Raw, serde_json::Error> {
    let filled = row.into_iter().filter(|(_, cell)| !cell.is_empty());
    serde_json::from_value(filled.map(|(name, cell)| (name, serde_json::Value::from(cell))).collect())
}

/// Reads the windows of a file.
///
/// # Errors
/// Where there is none, or one is not as it should be; the text says which.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Window>, Unreadable> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).map_err(|_| Unreadable::NotText)?;
    let wrong = |error: &dyn std::fmt::Display| Unreadable::Window(error.to_string().trim().to_owned());
    let start = text.trim_start();
    // A TOML file of windows has their heading somewhere; JSON starts with a bracket, and CSV does neither.
    let is_heading = |line: &str| line.trim_start().starts_with("[[");
    let mut lines: Vec<usize> = Vec::new();
    let raw: Vec<Raw> = if text.lines().any(is_heading) && !start.starts_with('{') {
        toml::from_str::<File>(text).map_err(|error| wrong(&error))?.window
    } else if start.starts_with('[') {
        serde_json::from_str(start).map_err(|error| wrong(&error))?
    } else if start.starts_with('{') {
        serde_json::from_str::<File>(start).map_err(|error| wrong(&error))?.window
    } else {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(start.as_bytes());
        let headers = reader.headers().map_err(|error| wrong(&error))?.clone();
        // The text starts where its blank lines end, so lines are counted from the start of the file.
        let mut line_of = 1 + text[..text.len() - start.len()].matches('\n').count();
        let mut counted = 0;
        let mut raw = Vec::new();
        for (place, record) in reader.records().enumerate() {
            let record = record.map_err(|error| wrong(&error))?;
            // Where a row starts after the line break of the one before it, and after blank lines.
            let at =
                record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX)).clamp(counted, start.len());
            let at = at + start.as_bytes()[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            line_of += start.as_bytes()[counted..at].iter().filter(|byte| **byte == b'\n').count();
            counted = at;
            lines.push(line_of);
            let row = record.deserialize::<BTreeMap<String, String>>(Some(&headers)).map_err(|error| wrong(&error))?;
            raw.push(line(row).map_err(|error| Unreadable::Window(format!("window {}: {error}", place + 1)))?);
        }
        raw
    };
    if raw.is_empty() {
        return Err(Unreadable::Empty);
    }
    let windows = raw.into_iter().enumerate();
    let name = |place: usize| match lines.get(place) {
        Some(line) => format!("window {} (line {line})", place + 1),
        None => format!("window {}", place + 1),
    };
    windows.map(|(place, raw)| Window::try_from(raw).map_err(|fault| fault.at(name(place)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOML: &str = r#"
[[window]]
accounts = ["111122223333", "444455556666"]
start = 2026-03-14T02:00:00Z
end = "2026-03-14T06:00:00+02:00"
ticket = "CHG-1042"
addresses = ["198.51.100.0/24", "2001:db8::1"]
actions = ["iam:*"]
mfa = true

[[window]]
account = "*"
start = 2026-04-01 00:00:00Z
end = 2026-04-02T00:00:00Z
"#;

    const JSON: &str = r#"[{"accounts":["111122223333","444455556666"],"start":"2026-03-14T02:00:00Z","end":"2026-03-14T04:00:00Z","ticket":"CHG-1042",
        "addresses":["198.51.100.0/24","2001:db8::1"],"actions":["iam:*"],"mfa":true},
        {"account":"*","start":"2026-04-01T00:00:00Z","end":"2026-04-02T00:00:00Z"}]"#;

    const CSV: &str = "account,start,end,ticket,approver,addresses,actions,mfa\r\n\
        111122223333;444455556666,2026-03-14T02:00:00Z,2026-03-14 04:00:00Z,CHG-1042,,198.51.100.0/24; 2001:db8::1,iam:*,yes\r\n\
        *,2026-04-01T00:00:00Z,2026-04-02T00:00:00Z,,,,,\r\n";

    #[test]
    fn the_same_windows_come_out_of_every_form() {
        let windows = read(TOML.as_bytes()).unwrap();
        assert_eq!(windows.len(), 2);
        assert_eq!(windows[0].end - windows[0].start, 7_200_000_000);
        assert!(windows[1].accounts.is_empty() && !windows[1].mfa);
        assert_eq!(read(JSON.as_bytes()).unwrap(), windows);
        assert_eq!(read(format!("{{\"windows\":{JSON}}}").as_bytes()).unwrap(), windows);
        assert_eq!(read(format!("\u{feff}{CSV}").as_bytes()).unwrap(), windows);
        let again: Vec<Window> = serde_json::from_str(&serde_json::to_string(&windows).unwrap()).unwrap();
        assert_eq!(again, windows);
    }

    #[test]
    fn an_account_in_csv_keeps_its_zeros() {
        let windows = read(b"account,start,end\n000011112222,2026-04-01T00:00:00Z,2026-04-02T00:00:00Z\n").unwrap();
        assert!(windows[0].accounts.contains("000011112222"));
    }

    #[test]
    fn an_account_is_an_id_or_an_error_that_names_its_place() {
        let csv = |account: &str| {
            format!("account,start,end\n*,2026-04-01T00:00:00Z,2026-04-02T00:00:00Z\n{account},2026-04-01T00:00:00Z,2026-04-02T00:00:00Z\n")
        };
        let error = read(csv("11122223333").as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("window 2 (line 3): `11122223333`"), "{error}");
        assert!(error.hint().unwrap().contains("leading zeros"));
        let (crlf, blank) = (csv("1").replace('\n', "\r\n"), csv("1").replace('\n', "\n\n"));
        for (file, line) in [(crlf, "(line 3)"), (blank, "(line 5)"), (format!("\n{}", csv("1")), "(line 4)")] {
            let error = read(file.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(line), "{error}");
        }
        assert!(read(csv("*;11122223333").as_bytes()).is_err(), "beside `*` too");
        assert!(read(csv("1111-2222-3333").as_bytes()).unwrap()[1].accounts.contains("111122223333"));
        let json = r#"[{"accounts":[111122223333],"start":"2026-03-14T02:00:00Z","end":"2026-03-14T04:00:00Z"}]"#;
        assert!(read(json.as_bytes()).unwrap()[0].accounts.contains("111122223333"));
        assert!(read(json.replace("111122223333", "11122223333").as_bytes()).unwrap_err().hint().is_some());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (change, text) in [
            (("2026-03-14T02:00:00Z", "2026-03-14T02:00:00"), "not a time with a zone"),
            (("2026-03-14T02:00:00Z", "2026-03-15T02:00:00Z"), "before it starts"),
            (("111122223333", "1111"), "`1111` is not an account id"),
            (("111122223333", "1.11122E+11"), "scientific notation"),
            (("198.51.100.0/24", "198.51.100.0/240"), "neither an address nor a network"),
            (("iam:*", "iam"), "not an action"),
            (("ticket", "tiket"), "tiket"),
        ] {
            for form in [TOML, JSON, CSV] {
                let error = read(form.replacen(change.0, change.1, 1).as_bytes()).unwrap_err().to_string();
                assert!(error.contains(text), "{error}");
            }
        }
        assert_eq!(read(b""), Err(Unreadable::Empty));
        assert_eq!(read(b"[]"), Err(Unreadable::Empty));
        assert_eq!(read(b"\xff\xfe"), Err(Unreadable::NotText));
    }
}
