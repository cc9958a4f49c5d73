//! The accounts that are expected, from a file.
//!
//! Nothing of a list is passed over: where an account id is expected there is one, or the file is refused with each place that has none. A list
//! that lost an account without a word would let the audit clear an organisation that it did not look at.

use crate::evidence::account::{self, NotAnId};
use crate::evidence::record::time::{self, Micros, rfc3339};
use crate::evidence::source::key::is_account;
use crate::proof::credential_report::moment;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
mod fault;

pub(crate) use fault::{Fault, Unreadable, What};

/// How deep JSON is looked into.
const DEPTH: usize = 16;

/// Names of a column or member that holds account ids, without case and punctuation, the most certain first. `account` and `id` may be a name
/// and a number of a row; what is in the column decides.
const IDS: [&str; 8] = ["accountid", "awsaccountid", "accountnumber", "awsaccountnumber", "accountno", "account", "awsaccount", "id"];
/// Columns or members with the state of an account. AWS replaced `Status` by `State`, which says more.
const STATES: [&str; 4] = ["state", "accountstate", "status", "accountstatus"];
const JOINED: [&str; 5] = ["joinedtimestamp", "joined", "joinedat", "joineddate", "created"];
const CLOSED: [&str; 8] =
    ["closedtimestamp", "closed", "closedat", "closeddate", "suspendedtimestamp", "suspended", "suspendedat", "suspendeddate"];
/// The states that AWS knows.
const KNOWN_STATES: [&str; 5] = ["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"];
/// Members of AWS's answers that hold accounts; whatever is beside them does not.
const LISTS: [&str; 5] = ["accounts", "account", "children", "members", "delegatedadministrators"];

/// What a list says of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, `CLOSED` and so on, in upper case, where the list says so.
    pub state: Option<String>,
    /// When the account joined the organisation (microseconds since the epoch, UTC), where the list says so in a form that is read.
    #[serde(serialize_with = "rfc3339::maybe")]
    pub joined: Option<Micros>,
    /// When it was closed or suspended (microseconds since the epoch, UTC), where the list says so in a form that is read.
    #[serde(serialize_with = "rfc3339::maybe")]
    pub closed: Option<Micros>,
}

/// Whether nobody works in an account of this state.
pub(crate) fn is_gone(state: Option<&str>) -> bool {
    state.is_some_and(|state| ["CLOSED", "SUSPENDED", "PENDING_ACTIVATION"].iter().any(|gone| state.eq_ignore_ascii_case(gone)))
}

impl Listed {
    /// Whether it is not, or not yet, an account that anybody works in: closed, suspended, or not activated. One whose closing is only asked for works.
    #[must_use]
    pub(crate) fn is_gone(&self) -> bool {
        is_gone(self.state.as_deref())
    }

    /// Joins what two lines say of one account; of two that differ the greater, so that their order does not matter.
    fn join(&mut self, other: Self) {
        let Self { state, joined, closed } = other;
        self.state = self.state.take().max(state);
        self.joined = self.joined.max(joined);
        self.closed = self.closed.max(closed);
    }
}

/// Reads a list of accounts: what `aws organizations list-accounts` prints (also several pages after each other), other JSON with account ids,
/// a CSV with a column of ids, or ids one a line. Lines that start with `#` are comments.
///
/// # Errors
/// When anything that stands where an account id is expected is none, or when there is no account at all.
pub(crate) fn read(file: &[u8]) -> Result<BTreeMap<String, Listed>, Unreadable> {
    let text = std::str::from_utf8(file).map_err(|_| Unreadable::NotText)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut list = List::default();
    if text.trim_start().starts_with(['{', '[']) {
        list.json(text)?;
    } else {
        list.lines(text);
    }
    if !list.faults.is_empty() {
        return Err(Unreadable::Faults(list.faults));
    }
    if list.accounts.is_empty() { Err(Unreadable::Empty) } else { Ok(list.accounts) }
}

/// What was read so far.
#[derive(Default)]
struct List {
    accounts: BTreeMap<String, Listed>,
    faults: Vec<Fault>,
}

impl List {
    fn add(&mut self, id: String, listed: Listed) {
        match self.accounts.entry(id) {
            Entry::Vacant(vacant) => drop(vacant.insert(listed)),
            Entry::Occupied(mut known) => known.get_mut().join(listed),
        }
    }

    fn fault(&mut self, place: impl Into<String>, what: What) {
        self.faults.push(Fault { place: place.into(), what });
    }

    fn text(&mut self, place: impl Into<String>, text: &str, listed: Listed) {
        match account::parse(text) {
            Ok(id) => self.add(id, listed),
            Err(fault) => self.fault(place, What::Other(fault)),
        }
    }
}

/// JSON.
impl List {
    fn json(&mut self, text: &str) -> Result<(), Unreadable> {
        let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let documents: Vec<Value> = documents.collect::<Result<_, _>>().map_err(|error| Unreadable::NotJson(error.to_string()))?;
        // Only the last page may not say that there is another.
        let token =
            |document: &Value| document.get("NextToken").or_else(|| document.get("nextToken")).is_some_and(|token| !token.is_null());
        if documents.last().is_some_and(token) {
            return Err(Unreadable::Cut);
        }
        for (number, document) in documents.iter().enumerate() {
            let place = if documents.len() > 1 { format!("document {}", number + 1) } else { String::new() };
            self.value(&place, document, DEPTH);
        }
        Ok(())
    }

    fn value(&mut self, place: &str, value: &Value, depth: usize) {
        let here = || if place.is_empty() { "the document".to_owned() } else { place.to_owned() };
        match value {
            Value::String(text) => self.text(here(), text, Listed::default()),
            Value::Number(_) => self.id(here(), value, Listed::default()),
            Value::Array(values) if depth > 0 => {
                values.iter().enumerate().for_each(|(number, value)| self.value(&format!("{place}[{number}]"), value, depth - 1));
            }
            Value::Object(members) if depth > 0 => self.object(place, &here(), members, depth - 1),
            _ => self.fault(here(), What::Nothing),
        }
    }

    fn object(&mut self, place: &str, here: &str, members: &Map<String, Value>, depth: usize) {
        let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        // An answer of AWS: what is beside the list is not of accounts.
        let is_list = |(name, value): &(&String, &Value)| LISTS.contains(&plain(name).as_str()) && (value.is_array() || value.is_object());
        if let Some((name, value)) = members.iter().find(is_list) {
            return self.value(&below(name), value, depth);
        }
        let candidates: Vec<(&String, &Value)> =
            IDS.iter().flat_map(|wanted| members.iter().filter(move |(name, _)| plain(name) == *wanted)).collect();
        if let Some((name, value)) = candidates.iter().find(|(_, value)| id_of(value).is_ok()).or_else(|| candidates.first()) {
            let get = |names: &[&str]| {
                names.iter().find_map(|wanted| members.iter().find(|(name, value)| plain(name) == *wanted && !value.is_null()))
            };
            let listed = Listed {
                state: get(&STATES).and_then(|(_, value)| state(value.as_str()?)),
                joined: get(&JOINED).and_then(|(_, value)| moment(value)),
                closed: get(&CLOSED).and_then(|(_, value)| moment(value)),
            };
            return self.id(below(name), value, listed);
        }
        // A map of ids to names or the other way round, or of names to lists.
        let is_nested = |value: &Value| value.is_array() || value.is_object();
        if !members.is_empty() && members.keys().all(|name| account::parse(name).is_ok()) {
            members.iter().for_each(|(name, value)| {
                let listed = Listed { state: value.as_str().filter(|text| is_known_state(text)).and_then(state), ..Listed::default() };
                self.text(below(name), name, listed);
            });
        } else if members.values().any(is_nested) {
            members.iter().filter(|(_, value)| is_nested(value)).for_each(|(name, value)| self.value(&below(name), value, depth));
        } else if members.is_empty() {
            // `{}` of itself is an empty list; in a list it is an account without an id.
            if !place.is_empty() {
                self.fault(here, What::Nothing);
            }
        } else if members.values().any(|value| id_of(value).is_ok()) {
            members.iter().for_each(|(name, value)| self.id(below(name), value, Listed::default()));
        } else {
            self.fault(here, What::Nothing);
        }
    }

    fn id(&mut self, place: String, value: &Value, listed: Listed) {
        match id_of(value) {
            Ok(id) => self.add(id, listed),
            Err(Some(fault)) => self.fault(place, What::Other(fault)),
            Err(None) => self.fault(place, What::Nothing),
        }
    }
}

/// The id that a value is; what else it is; or nothing where it is neither text nor a number.
fn id_of(value: &Value) -> Result<String, Option<NotAnId>> {
    match value {
        Value::String(text) => account::parse(text).map_err(Some),
        // A number with a fraction or an exponent has been rounded already, and is shown as it was not written: never an id.
        Value::Number(number) => {
            let text = number
                .as_u64()
                .map_or_else(|| number.as_f64().map_or_else(String::new, |number| format!("{number:e}")), |number| number.to_string());
            account::parse(&text).map_err(Some)
        }
        _ => Err(None),
    }
}

/// A line of a list: where it is, and its cells.
type Row = (usize, Vec<String>);

/// CSV and plain lists.
impl List {
    fn lines(&mut self, text: &str) {
        let rows = rows(text);
        let swallows = |cell: &String| cell.contains('\n') && cell.split(|c: char| !c.is_ascii_digit()).any(is_account);
        for (line, _) in rows.iter().filter(|(_, cells)| cells.iter().any(swallows)) {
            self.fault(format!("line {line}"), What::Quote);
        }
        let Some((first, cells)) = rows.first() else { return };
        let headings: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
        let is_heading = !cells.iter().any(|cell| account::is_numeric(cell) || account::parse(cell).is_ok());
        let candidates: Vec<usize> = IDS
            .iter()
            .flat_map(|wanted| headings.iter().enumerate().filter(move |(_, name)| name == wanted))
            .map(|(place, _)| place)
            .collect();
        if is_heading && !candidates.is_empty() {
            let holds_ids =
                |column: &&usize| rows[1..].iter().any(|(_, cells)| cells.get(**column).is_some_and(|cell| account::parse(cell).is_ok()));
            let column = candidates.iter().find(holds_ids).unwrap_or(&candidates[0]);
            let place = |names: &[&str]| names.iter().find_map(|wanted| headings.iter().position(|name| name == wanted));
            let (state_at, joined_at, closed_at) = (place(&STATES), place(&JOINED), place(&CLOSED));
            for (line, cells) in &rows[1..] {
                let get = |place: Option<usize>| place.and_then(|place| cells.get(place)).map(|cell| cell.trim());
                let listed = Listed {
                    state: get(state_at).and_then(state),
                    joined: get(joined_at).and_then(day_or_time),
                    closed: get(closed_at).and_then(day_or_time),
                };
                if let Some(extra) = cells.iter().skip(headings.len()).find(|cell| account::parse(cell).is_ok()) {
                    self.fault(format!("line {line}"), What::Several(format!("{},{extra}", cells[*column])));
                    continue;
                }
                match get(Some(*column)).filter(|cell| !cell.is_empty()) {
                    Some(cell) => self.text(format!("line {line}"), cell, listed),
                    None => self.fault(format!("line {line}"), What::Nothing),
                }
            }
            return;
        }
        if is_heading {
            let text = cells.iter().map(|cell| cell.trim()).collect::<Vec<_>>().join(",");
            if let Err(fault) = account::parse(&text) {
                self.fault(format!("line {first}"), What::Heading(fault));
            }
            return;
        }
        // Without a heading the first line says in which column the ids are.
        let column = cells.iter().position(|cell| account::parse(cell).is_ok());
        let column = column.or_else(|| cells.iter().position(|cell| account::is_numeric(cell))).unwrap_or(0);
        rows.iter().for_each(|(line, cells)| self.bare_line(*line, cells, column));
    }

    /// A line of a list without a heading.
    fn bare_line(&mut self, line: usize, cells: &[String], column: usize) {
        let place = format!("line {line}");
        let filled: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
        let ids = filled.iter().filter(|cell| account::parse(cell).is_ok()).count();
        // Nothing but ids: a list in one line.
        if ids == filled.len() || filled.iter().all(|cell| account::is_numeric(cell)) {
            filled.iter().for_each(|cell| self.text(&*place, cell, Listed::default()));
        } else if ids > 1 {
            self.fault(place, What::Several(filled.join(",").chars().take(60).collect()));
        } else {
            let known = filled.iter().find(|cell| is_known_state(cell)).and_then(|cell| state(cell));
            let listed = Listed { state: known, ..Listed::default() };
            match cells.get(column).map(|cell| cell.trim()).filter(|cell| !cell.is_empty()) {
                Some(cell) => self.text(place, cell, listed),
                None => self.fault(place, What::Nothing),
            }
        }
    }
}

/// The lines of a list that are neither empty nor comments. Its delimiter is the one in its first line; without one a line that is an id is that
/// id, and any other is words.
fn rows(text: &str) -> Vec<Row> {
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    let first = text.lines().find(|line| !line.trim().is_empty() && !is_comment(line)).unwrap_or_default();
    let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|delimiter| first.bytes().filter(|byte| byte == delimiter).count());
    let Some(delimiter) = delimiter.filter(|delimiter| first.as_bytes().contains(delimiter)) else {
        let is_heading = IDS.contains(&plain(first).as_str());
        let words = |line: &str| {
            if account::parse(line).is_ok() || is_heading && line == first {
                return vec![line.to_owned()];
            }
            line.split([',', ';', '\t', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !is_comment(line));
        return lines.map(|(number, line)| (number + 1, words(line))).collect();
    };
    let mut rows = Vec::new();
    // Line breaks within quotes belong to a cell, so lines are counted by where a row starts.
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let (mut counted, mut line) = (0, 1);
    for record in reader.records() {
        // Text that is in memory gives no errors; if it did, the line would be no account.
        let record = record.unwrap_or_else(|error| csv::StringRecord::from(vec![error.to_string()]));
        let start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX)).min(text.len());
        let blank = text.as_bytes()[start..].iter().take_while(|byte| byte.is_ascii_whitespace() && **byte != delimiter).count();
        line += text.as_bytes()[counted..start + blank].iter().filter(|byte| **byte == b'\n').count();
        counted = start + blank;
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().any(|cell| !cell.trim().is_empty()) && !cells.first().is_some_and(|cell| is_comment(cell)) {
            rows.push((line, cells));
        }
    }
    rows
}

/// A name without case and punctuation: `Account ID`, `account_id` and `AccountId` are one.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn state(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_ascii_uppercase())
}

fn is_known_state(text: &str) -> bool {
    KNOWN_STATES.iter().any(|known| known.eq_ignore_ascii_case(text.trim()))
}

/// An RFC 3339 time, or a day.
fn day_or_time(text: &str) -> Option<Micros> {
    let text = text.trim();
    time::parse(text.as_bytes())
        .or_else(|| time::parse(format!("{text}T00:00:00Z").as_bytes()))
        .or_else(|| moment(&serde_json::from_str(text).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(file: &str) -> Vec<String> {
        read(file.as_bytes()).unwrap_or_else(|error| panic!("{file}\n{error}")).into_keys().collect()
    }

    fn refused(file: &str) -> (String, String) {
        let error = read(file.as_bytes()).expect_err(file);
        (error.to_string(), error.hint())
    }

    #[test]
    fn accounts_are_read_from_what_people_have() {
        let organisation = r#"{"Accounts":[{"Id":"111122223333","Arn":"arn:aws:organizations::999999999999:account/o-1/111122223333","Status":"ACTIVE"},{"Id":"444455556666"}]}"#;
        for file in [
            organisation,
            "# ours\n111122223333\n444455556666\n",
            "name,id,payer\nprod,\"111122223333\"\r\ntest,444455556666,999999999999\n",
            "[\"111122223333\",\"444455556666\"]",
            "[111122223333,444455556666]",
            "{\"Accounts\":[{\"Id\":111122223333},{\"Id\":444455556666}],\"ResponseMetadata\":{\"RequestId\":\"x\",\"HTTPHeaders\":{\"a\":\"b\"}}}",
            "{\"Accounts\":[{\"Id\":\"111122223333\"}],\"NextToken\":\"x\"}\n{\"Accounts\":[{\"Id\":\"444455556666\"}]}",
            "{\"Id\":\"111122223333\"}\n{\"Id\":\"444455556666\"}\n",
            "{\"prod\":[\"111122223333\"],\"test\":[\"444455556666\"]}",
            "{\"111122223333\":\"prod\",\"444455556666\":\"test\"}",
            "{\"prod\":\"111122223333\",\"test\":444455556666}",
            "\u{feff}Account ID;Name\r\n1111-2222-3333;a\r\n'444455556666;b\r\n;\r\n",
            "id,account\n1,111122223333\n2,444455556666\n",
            "account,id\nprod,111122223333\ntest,444455556666\n",
            "111122223333\t444455556666\n",
            "111122223333 prod\n444455556666 test, the second\n",
            "1111 2222 3333\n4444 5555 6666\n111122223333\n",
            "111122223333,prod\n444455556666,test\n",
            "111122223333, 444455556666,\n",
            "ACCOUNTS\tarn:aws:organizations::999999999999:account/o-1/111122223333\ta@example.com\t111122223333\tCREATED\t2020-01-01\tprod\tACTIVE\n\
             ACCOUNTS\tarn:aws:organizations::999999999999:account/o-1/444455556666\tb@example.com\t444455556666\tINVITED\t2020-01-01\ttest\tSUSPENDED\n",
            "account_id\n111122223333\n444455556666\n",
            "Account ID\n111122223333\n444455556666\n",
        ] {
            assert_eq!(ids(file), ["111122223333", "444455556666"], "{file}");
        }
    }

    #[test]
    fn what_a_spreadsheet_did_to_ids_is_named_by_line_with_what_to_do() {
        let (text, hint) = refused("account,name\n11122223333,lost zero\n\n111122223333,a\n1.11122E+11,sci\n");
        assert!(text.contains("line 2: `11122223333`") && text.contains("line 5: `1.11122E+11`"), "{text}");
        assert!(hint.contains("leading zeros") && hint.contains("as text"), "{hint}");
    }

    #[test]
    fn nothing_of_a_list_is_passed_over() {
        for (file, place) in [
            ("111122223333\n11122223333\n", "line 2"),
            ("11122223333\n111122223333\n", "line 1"),
            ("111122223333,a\n1.11122E+11,b\n", "line 2"),
            ("111122223333,a\nb,444455556666\n", "line 2: `b`"),
            ("111122223333\nTotal: 1\n", "line 2: `Total:`"),
            ("name,id\n\"two\nlines\",111122223333\nb,12\n", "line 4: `12`"),
            ("# ours\n\nname,id\na,111122223333\n,\nb,\n", "line 6: no account id"),
            ("name,id\r\na,111122223333\r\n\r\nb,12\r\n", "line 4: `12`"),
            ("Konto,Name\n111122223333,a\n", "line 1: `Konto,Name`"),
            ("111122223333,a,999999999999\n", "line 1: several"),
            ("account_id\n111122223333 444455556666\n", "line 2: several"),
            ("111122223333,\"a\n444455556666,b\n777788889999,c\n", "line 1: a quotation mark"),
            ("111122223333 44445555666\n", "line 1: `44445555666`"),
            ("[\"111122223333\",\"11122223333\"]", "[1]: `11122223333`"),
            ("[\"111122223333\",null]", "[1]: no account id"),
            ("[111122223333,1.11122E+11]", "[1]: `1.11122e11`"),
            ("{\"Accounts\":[{\"Id\":\"111122223333\"},{\"Id\":11122223333}]}", "Accounts[1].Id: `11122223333`"),
            ("{\"Accounts\":[{\"Id\":\"111122223333\"},{\"Name\":\"x\"}]}", "Accounts[1]: no account id"),
            ("{\"Accounts\":[{}]}", "Accounts[0]: no account id"),
            ("{\"prod\":\"111122223333\",\"test\":\"44445555666\"}", "test: `44445555666`"),
            ("{\"Accounts\":[{\"Id\":\"111122223333\"}],\"NextToken\":\"x\"}", "NextToken"),
        ] {
            let (text, _) = refused(file);
            assert!(text.contains(place), "{file}\n{text}");
        }
        let (many, _) = refused(&"1\n".repeat(100));
        assert!(many.contains("and 95 more") && many.len() < 1000, "{many}");
    }

    #[test]
    fn a_list_of_nothing_is_refused() {
        for file in ["", "\n\n", "# ours\n", "account,name\n", "account_id\n", "none", "{}", "[]", "{\"Accounts\":[]}", "{", "\u{feff}"] {
            assert!(read(file.as_bytes()).is_err(), "{file}");
        }
        assert_eq!(read(b"\xff\xfe1\x001\x00"), Err(Unreadable::NotText));
        assert!(read(format!("{}1{}", "[".repeat(100), "]".repeat(100)).as_bytes()).is_err());
    }

    #[test]
    fn the_state_of_an_account_and_its_dates_come_along() {
        let at = |text: &str| time::parse(text.as_bytes());
        let json = r#"{"Accounts":[{"Id":"111122223333","Status":"SUSPENDED","State":"CLOSED","JoinedTimestamp":"2020-01-02T03:04:05+00:00"},
            {"Id":"444455556666","Status":"ACTIVE","JoinedTimestamp":1577934245.5},{"Id":"777788889999"}]}"#;
        let listed = read(json.as_bytes()).unwrap();
        assert_eq!(listed["111122223333"], Listed { state: Some("CLOSED".to_owned()), joined: at("2020-01-02T03:04:05Z"), closed: None });
        assert_eq!(listed["444455556666"].state.as_deref(), Some("ACTIVE"));
        assert_eq!(listed["444455556666"].joined, at("2020-01-02T03:04:05.5Z"));
        assert_eq!(listed["777788889999"], Listed::default());
        let csv =
            "Account ID,State,Joined,Closed at\n111122223333,suspended,2020-01-02,2021-01-02T00:00:00Z\n444455556666,,,\n111122223333,,,\n";
        let listed = read(csv.as_bytes()).unwrap();
        let one = Listed { state: Some("SUSPENDED".to_owned()), joined: at("2020-01-02T00:00:00Z"), closed: at("2021-01-02T00:00:00Z") };
        assert_eq!((&listed["111122223333"], &listed["444455556666"]), (&one, &Listed::default()));
        assert_eq!(read(b"111122223333,prod,SUSPENDED\n").unwrap()["111122223333"].state.as_deref(), Some("SUSPENDED"));
    }

    proptest! {
        /// Whatever stands in a column of ids is in the list or in the error.
        #[test]
        fn each_line_is_an_account_or_an_error(cells in proptest::collection::vec("[0-9]{11,13}|[0-9]{12}|[a-z]{0,5}|[0-9]\\.[0-9]{1,5}E\\+11", 1..20)) {
            let file = format!("account_id,name\n{}", cells.iter().map(|cell| format!("{cell},x\n")).collect::<String>());
            let good = |cell: &&String| cell.len() == 12 && cell.bytes().all(|byte| byte.is_ascii_digit());
            match read(file.as_bytes()) {
                Ok(accounts) => prop_assert!(cells.iter().all(|cell| good(&cell) && accounts.contains_key(cell))),
                Err(Unreadable::Faults(faults)) => prop_assert_eq!(faults.len(), cells.iter().filter(|cell| !good(cell)).count()),
                Err(error) => prop_assert!(false, "{}", error),
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:;#0-9a-zA\n\t -]{0,100}") {
            let _ = read(&bytes);
            let _ = read(text.as_bytes());
        }
    }
}
