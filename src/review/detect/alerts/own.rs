//! The format of our own, CSV or JSON: for tools that have no reader, and for what people noted by hand. Whoever writes it says that
//! its rows are about root.

use super::actor::Actor;
use super::alert::Vendor;
use super::around::Around;
use super::format::{Fit, Format, Items, Reader, Rows};
use super::import::Options;
use super::note::Note;
use super::reading::Reading;
use super::sheet::Sheet;
use crate::evidence::record::time::Micros;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The columns. A row needs `raised_at`, `acknowledged_at` or `event_id`; lists in a cell are parted by `;`. Columns of other names are
/// passed over, unless there is neither of the first two.
pub(crate) const COLUMNS: [&str; 15] = [
    "id",
    "account",
    "raised_at",
    "acknowledged_at",
    "resolved_at",
    "acknowledged_by",
    "acknowledged_by_kind",
    "resolved_by",
    "resolved_by_kind",
    "event_id",
    "event_time",
    "source_ip",
    "access_key_id",
    "title",
    "kind",
];

const TIMES: [&str; 4] = ["raised_at", "acknowledged_at", "resolved_at", "event_time"];

pub(super) const FORMAT: Format = Format {
    vendor: Vendor::Own,
    forms: "CSV or JSON with `raised_at`, `acknowledged_at` or `event_id`",
    items: Some(Items { lists: &["alerts"], reader: |options| Box::new(Objects::new(options)) }),
    sheet: Some(Rows { fits, read }),
};

/// An id for what has none, of what it says: the same content gives the same id.
pub(super) fn made_id<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize().get(..12).unwrap_or_default())
}

/// The name under which one of our columns is in a sheet.
fn column(sheet: &Sheet<'_>, ours: &str) -> String {
    sheet.mapped(ours).unwrap_or_else(|| ours.to_owned())
}

fn fits(sheet: &Sheet<'_>) -> bool {
    let columns = COLUMNS.map(|ours| column(sheet, ours));
    is_ours(|ours| sheet.has(&column(sheet, ours)), sheet.columns().all(|theirs| columns.iter().any(|ours| ours == theirs)))
}

/// Whether columns are ours. Many tools have an `event_id`, so that it counts only among no others.
fn is_ours(has: impl Fn(&str) -> bool, no_others: bool) -> bool {
    has("raised_at") || has("acknowledged_at") || has("event_id") && no_others
}

fn read(sheet: &Sheet<'_>, reading: &mut Reading<'_>) {
    sheet.check_map(reading);
    let columns = COLUMNS.map(|ours| column(sheet, ours));
    let place = |ours: &str| COLUMNS.iter().position(|column| *column == ours).map_or("", |place| columns[place].as_str());
    reading.day_order = sheet.day_order(&TIMES.map(place));
    for row in sheet.rows() {
        reading.position = row.line;
        take(&|ours| row.cell(&[place(ours)]).map(str::to_owned), reading);
    }
}

/// Objects with the names of the columns as members.
struct Objects {
    /// Members by the names of the columns.
    members: Vec<(&'static str, String)>,
}

impl Objects {
    fn new(options: &Options) -> Self {
        let theirs = |ours: &'static str| options.map.get(ours).map_or(ours, String::as_str).to_owned();
        Self { members: COLUMNS.map(|ours| (ours, theirs(ours))).into() }
    }

    fn cell(&self, item: &Value, ours: &str) -> Option<String> {
        let (_, member) = self.members.iter().find(|(name, _)| *name == ours)?;
        match item.get(member)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            Value::Array(texts) => Some(texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";")),
            _ => None,
        }
    }
}

impl Reader for Objects {
    fn fit(&self, item: &Value, _around: &Around) -> Fit {
        let mut names = item.as_object().into_iter().flat_map(|members| members.keys());
        let no_others = names.all(|name| self.members.iter().any(|(_, member)| member == name));
        if is_ours(|ours| self.cell(item, ours).is_some(), no_others) { Fit::Yes } else { Fit::No }
    }

    fn take(&mut self, item: &Value, _around: &Around, reading: &mut Reading<'_>) {
        take(&|ours| self.cell(item, ours), reading);
    }
}

fn take(cell: &dyn Fn(&str) -> Option<String>, reading: &mut Reading<'_>) {
    let is_mapped = !reading.options.map.is_empty();
    let texts = |ours: &str| -> BTreeSet<String> {
        let cell = cell(ours).unwrap_or_default();
        cell.split(';').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    let own = cell("id");
    let id = own.clone().unwrap_or_else(|| {
        let cells: Vec<String> = COLUMNS.iter().map(|ours| cell(ours).unwrap_or_default()).collect();
        made_id(cells.iter().map(String::as_str))
    });
    let mut alert = reading.alert(Vendor::Own, id);
    alert.notes.extend(own.is_none().then_some(Note::MadeId));
    let account = cell("account");
    alert.account = reading.account(account.as_deref());
    let [raised, acknowledged, resolved, seen] = TIMES.map(|ours| reading.time_of_cell(&mut alert, ours, cell(ours).as_deref()));
    (alert.raised, alert.acknowledged, alert.resolved) = (raised, acknowledged, resolved);
    (alert.first_seen, alert.last_seen) = (seen, seen);
    alert.acknowledged_by = cell("acknowledged_by");
    alert.resolved_by = cell("resolved_by");
    let mut actor = |ours: &str, by: &Option<String>, time: Option<Micros>| match cell(ours).map(|kind| kind.to_ascii_lowercase()) {
        _ if time.is_none() => Actor::Unknown,
        Some(kind) => Actor::ALL.into_iter().find(|actor| actor.name() == kind).unwrap_or_else(|| {
            reading.problem(format!("`{ours}` is none of `person`, `integration` and `unknown`; taken as unknown"));
            Actor::Unknown
        }),
        // Whoever writes our columns notes what people did. What another tool's export holds may be anybody's.
        None if by.is_none() && !is_mapped => Actor::Person,
        None => Actor::of_name(by.as_deref()),
    };
    alert.acknowledged_kind = actor("acknowledged_by_kind", &alert.acknowledged_by, acknowledged);
    alert.resolved_kind = actor("resolved_by_kind", &alert.resolved_by, resolved);
    alert.event_ids = texts("event_id");
    alert.source_addresses = texts("source_ip");
    alert.access_keys = texts("access_key_id");
    if alert.raised.is_none() && alert.acknowledged.is_none() && alert.event_ids.is_empty() {
        return reading.problem("none of `raised_at`, `acknowledged_at` and `event_id`; left out");
    }
    alert.title = cell("title").unwrap_or_default();
    alert.kind = cell("kind").unwrap_or_else(|| "alert".to_owned());
    // Whoever writes our columns says that the rows are about root. An export of another tool may hold anything, and its titles tell.
    alert.about_root = (!is_mapped || alert.title.is_empty()).then_some(true);
    let (title, kind) = (alert.title.clone(), alert.kind.clone());
    alert.say([Some(&*title).filter(|title| !title.is_empty()), Some(&*kind)]);
    reading.add(alert);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, golden, only, set};
    use super::*;
    use crate::review::detect::alerts::import::Unreadable;
    use crate::review::detect::alerts::{Alert, Import, read};

    /// The alert of both fixtures.
    fn expected(position: u64) -> Alert {
        Alert {
            kind: "pager".to_owned(),
            title: "Root sign-in, \"odd\"".to_owned(),
            account: Some("111122223333".to_owned()),
            raised: at("2026-03-14T02:17:00Z"),
            acknowledged: at("2026-03-14T02:40:00Z"),
            acknowledged_by: Some("Ann Example".to_owned()),
            acknowledged_kind: Actor::Person,
            resolved: at("2026-03-14T05:00:00Z"),
            resolved_kind: Actor::Person,
            first_seen: at("2026-03-14T02:09:37Z"),
            last_seen: at("2026-03-14T02:09:37Z"),
            event_ids: set(["0b4e3e6a-1111-4222-8333-944445555666", "1c5f4f7b-1111-4222-8333-944445555666"]),
            access_keys: set(["AKIAIOSFODNN7EXAMPLE"]),
            source_addresses: set(["203.0.113.7", "2001:db8::7"]),
            about_root: Some(true),
            words: "Root sign-in, \"odd\"\npager".to_owned(),
            position,
            ..Alert::new(Vendor::Own, "A-1".to_owned())
        }
    }

    #[test]
    fn csv_and_json_of_the_same_rows_give_the_same_alerts() {
        // With a byte order mark, CRLF and `;`; in JSON with numbers and lists.
        let (csv, json) = (golden("own.csv"), golden("own.jsonl"));
        assert_eq!(csv.alerts[0], expected(2));
        assert_eq!(json.alerts[0], expected(1));
        // Only an acknowledgement is known of the second, and only an event of the third; neither has an id.
        assert_eq!((csv.alerts[1].acknowledged, csv.alerts[1].raised), (at("2026-03-15T10:00:00Z"), None));
        assert_eq!((csv.alerts[2].event_ids.len(), &csv.alerts[2].notes), (1, &[Note::MadeId].into()));
        let ids = |import: &Import| import.alerts.iter().map(|alert| alert.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&csv), ids(&json), "an id that is made depends on the content alone");
        let reasons: Vec<_> = csv.problems.iter().map(|problem| (problem.position, &*problem.reason)).collect();
        assert_eq!(
            reasons,
            [
                (
                    4,
                    "`1.11122E+11` is not an account id: it is in scientific notation, which lost digits; left out (format the column as text in the \
                    spreadsheet, and write all twelve digits)"
                ),
                (5, "none of `raised_at`, `acknowledged_at` and `event_id`; left out"),
            ]
        );
    }

    #[test]
    fn columns_of_other_names_are_mapped_in_both() {
        let map = [("raised_at".to_owned(), "Fired On".to_owned())].into();
        let options = Options { map, ..Options::default() };
        for text in ["Fired On\tX\n2026-03-14T02:17:00Z\ty\n", r#"{"Fired On":"2026-03-14T02:17:00Z"}"#] {
            assert_eq!(only(&read(text.as_bytes(), &options).unwrap()).raised, at("2026-03-14T02:17:00Z"), "{text}");
        }
        let wrong = Options { map: [("raised".to_owned(), "x".to_owned())].into(), ..Options::default() };
        let refused = read(b"raised_at\n", &wrong).unwrap_err();
        assert!(matches!(refused, Unreadable::NoSuchColumn { ref name, .. } if name == "raised"));
        assert!(refused.to_string().contains("`raised_at`"));
    }

    #[test]
    fn an_event_id_among_strange_columns_is_of_another_tool() {
        let fits = |text: &str| super::super::read(text.as_bytes(), &Options::default()).is_ok();
        assert!(fits("event_id,title\n1,x\n") && fits("raised_at,colour\n2026-03-14T02:17:00Z,red\n"));
        assert!(!fits("event_id,colour\n1,red\n") && !fits(r#"{"event_id":"1","colour":"red"}"#));
        assert!(fits(r#"{"event_id":"1","title":"x"}"#));
    }

    #[test]
    fn a_cut_last_row_is_said_and_not_used() {
        let whole = "raised_at,title\n2026-03-14T02:17:00Z,a\n2026-03-14T02:18:00Z,b";
        let read = |text: &str| read(text.as_bytes(), &Options::default()).unwrap();
        // No line feed at the end is not damage.
        assert_eq!((read(whole).alerts.len(), read(whole).truncated), (2, None));
        for cut in [
            "raised_at,title\n2026-03-14T02:17:00Z,a\n2026-03-14T02:1",
            "raised_at,title\n2026-03-14T02:17:00Z,a\n2026-03-14T02:18:00Z,\"b",
        ] {
            let import = read(cut);
            assert_eq!((import.alerts.len(), import.truncated.is_some(), import.problems.len()), (1, true, 0), "{cut}");
        }
        let torn = super::super::read(b"raised_at,title\n2026-03-14T02:17:00Z,caf\xc3", &Options::default()).unwrap();
        assert_eq!(torn.truncated.as_deref(), Some("the file ends in the middle of a character"));
    }
}
