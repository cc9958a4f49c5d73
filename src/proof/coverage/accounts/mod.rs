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
#[cfg(test)]
mod tests;

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
            // A row, as `--query 'Accounts[].[Id,Name,State]'` leaves it: one id and what is said of it.
            Value::Array(cells)
                if depth < DEPTH
                    && let Some((id, listed)) = row(cells) =>
            {
                self.add(id, listed);
            }
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

/// The account of a row of scalars of which one is an id, with its state where that is among them.
fn row(cells: &[Value]) -> Option<(String, Listed)> {
    // What may be an id that was damaged is none of the others.
    let is_other = |cell: &Value| match cell {
        Value::String(text) => !text.chars().any(|letter| letter.is_ascii_digit()) || text.chars().any(char::is_alphabetic),
        Value::Null | Value::Bool(_) => true,
        _ => false,
    };
    let mut ids = cells.iter().filter_map(|cell| id_of(cell).ok());
    let (id, None) = (ids.next()?, ids.next()) else { return None };
    let known = cells.iter().filter_map(Value::as_str).find(|text| is_known_state(text)).and_then(state);
    let others = cells.iter().filter(|cell| id_of(cell).is_err());
    (cells.len() > 1 && others.clone().count() > 0 && others.into_iter().all(is_other))
        .then(|| (id, Listed { state: known, ..Listed::default() }))
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
