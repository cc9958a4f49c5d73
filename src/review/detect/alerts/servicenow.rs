//! ServiceNow incidents as CSV, under the names of its fields or of its list view. Its times have no zone, and it has no
//! acknowledgement: the start of work comes closest. Columns of other names are given by the map.

use super::actor::Actor;
use super::alert::Vendor;
use super::format::{Format, Rows};
use super::note::Note;
use super::reading::Reading;
use super::sheet::{Row, Sheet};

pub(super) const FORMAT: Format =
    Format { vendor: Vendor::ServiceNow, forms: "ServiceNow incidents (CSV)", items: None, sheet: Some(Rows { fits, read }) };

/// Ours, and theirs as field and in the list view.
const NAMES: [(&str, &[&str]); 9] = [
    ("id", &["number"]),
    // When it was put down; `opened_at` can be written over.
    ("raised_at", &["sys_created_on", "created", "opened_at", "opened"]),
    ("acknowledged_at", &["work_start", "actual_start"]),
    ("resolved_at", &["resolved_at", "resolved"]),
    ("acknowledged_by", &["assigned_to"]),
    ("resolved_by", &["resolved_by"]),
    ("title", &["short_description"]),
    ("kind", &["sys_class_name", "task_type"]),
    ("account", &[]),
];

const CLOSED: &[&str] = &["closed_at", "closed"];
const CLOSED_BY: &[&str] = &["closed_by"];

fn fits(sheet: &Sheet<'_>) -> bool {
    let known = NAMES.iter().flat_map(|(_, theirs)| *theirs).chain(CLOSED).chain(&["state"]);
    sheet.has("number") && known.filter(|name| sheet.has(name)).count() >= 3
}

/// The columns for one of ours: the mapped one, or those of ServiceNow.
fn columns(sheet: &Sheet<'_>, ours: &str) -> Vec<String> {
    let theirs = NAMES.iter().find(|(name, _)| *name == ours).map_or(&[][..], |(_, theirs)| theirs);
    sheet.mapped(ours).map_or_else(|| theirs.iter().map(|name| (*name).to_owned()).collect(), |mapped| vec![mapped])
}

fn read(sheet: &Sheet<'_>, reading: &mut Reading<'_>) {
    sheet.check_map(reading);
    let columns: Vec<Vec<String>> = NAMES.iter().map(|(ours, _)| columns(sheet, ours)).collect();
    let names: Vec<Vec<&str>> = columns.iter().map(|names| names.iter().map(String::as_str).collect()).collect();
    let of = |ours: &str| NAMES.iter().position(|(name, _)| *name == ours).map_or(&[][..], |place| names[place].as_slice());
    let times: Vec<&str> =
        ["raised_at", "acknowledged_at", "resolved_at"].iter().flat_map(|ours| of(ours)).copied().chain(CLOSED.iter().copied()).collect();
    reading.day_order = sheet.day_order(&times);
    for row in sheet.rows() {
        reading.position = row.line;
        let cell = |ours: &str| row.cell(of(ours));
        take(row, &cell, reading);
    }
}

fn take<'s>(row: Row<'s>, cell: &dyn Fn(&str) -> Option<&'s str>, reading: &mut Reading<'_>) {
    let Some(number) = cell("id") else { return reading.problem("no number; left out") };
    let mut alert = reading.alert(Vendor::ServiceNow, number.to_owned());
    alert.kind = cell("kind").unwrap_or("incident").to_owned();
    alert.title = cell("title").unwrap_or_default().to_owned();
    alert.account = reading.account(cell("account"));
    alert.raised = reading.time_of_cell(&mut alert, "opened", cell("raised_at"));
    alert.acknowledged = reading.time_of_cell(&mut alert, "work start", cell("acknowledged_at"));
    if alert.acknowledged.is_some() {
        alert.notes.insert(Note::StartOfWork);
        alert.acknowledged_by = cell("acknowledged_by").map(str::to_owned);
        alert.acknowledged_kind = Actor::of_name(cell("acknowledged_by"));
    }
    alert.resolved_by = cell("resolved_by").map(str::to_owned);
    alert.resolved = reading.time_of_cell(&mut alert, "resolved", cell("resolved_at"));
    if alert.resolved.is_none() {
        alert.resolved = reading.time_of_cell(&mut alert, "closed", row.cell(CLOSED));
        alert.notes.extend(alert.resolved.map(|_| Note::ClosedNotResolved));
        alert.resolved_by = row.cell(CLOSED_BY).map(str::to_owned);
    }
    alert.resolved_by = alert.resolved_by.filter(|_| alert.resolved.is_some());
    alert.resolved_kind = Actor::of_name(alert.resolved_by.as_deref());
    let more = ["description", "category", "subcategory", "cmdb_ci", "configuration_item"].map(|name| row.cell(&[name]));
    alert.say([cell("title")].into_iter().chain(more));
    reading.add(alert);
}

#[cfg(test)]
mod tests {
    use super::super::tests::at;
    use crate::review::detect::alerts::import::Unreadable;
    use crate::review::detect::alerts::{Import, Note, Options, read};
    use chrono_tz::Tz;

    fn madrid(bytes: &[u8]) -> Import {
        read(bytes, &Options { timezone: Some(Tz::Europe__Madrid), ..Options::default() }).unwrap()
    }

    #[test]
    fn a_column_that_is_mapped_to_the_account_holds_ids_or_what_it_holds_is_named() {
        let map = [("account".to_owned(), "u_account".to_owned())].into();
        let options = Options { timezone: Some(Tz::Europe__Madrid), map, ..Options::default() };
        for (cell, account, problems) in [
            ("1111-2222-3333", Some("111122223333"), 0),
            ("11122223333", None, 1),
            ("1.11122E+11", None, 1),
            ("Acme", None, 1),
            ("", None, 0),
        ] {
            let export = format!(
                "number,opened_at,sys_created_on,short_description,u_account\nINC0010001,2026-03-14 03:00:00,2026-03-14 03:00:00,root sign-in,{cell}\n"
            );
            let import = read(export.as_bytes(), &options).unwrap();
            assert_eq!((import.alerts[0].account.as_deref(), import.problems.len()), (account, problems), "{cell}: {:?}", import.problems);
        }
    }

    #[test]
    fn fields_are_read_in_the_zone_that_was_given() {
        // 03:17:00 in Madrid, UTC+1 in winter, is 02:17:00 UTC.
        let import = madrid(include_bytes!("fixtures/servicenow-fields.csv"));
        let [first, second, third] = import.alerts.as_slice() else { panic!("{import:?}") };
        assert_eq!((&*first.id, first.position, &*first.title), ("INC0010001", 2, "Root user sign-in, account 111122223333"));
        assert_eq!(
            (first.raised, first.acknowledged, first.resolved),
            (at("2026-03-14T02:17:00Z"), at("2026-03-14T02:40:00Z"), at("2026-03-14T05:00:00Z"))
        );
        assert_eq!((first.acknowledged_by.as_deref(), first.account.as_deref(), first.about_root), (Some("Ann Example"), None, None));
        assert_eq!(first.notes, [Note::AssumedZone, Note::StartOfWork].into());
        // Never taken up, closed and not resolved.
        assert_eq!((second.acknowledged, second.resolved), (None, at("2026-03-15T11:00:00Z")));
        assert_eq!(second.notes, [Note::AssumedZone, Note::ClosedNotResolved].into());
        // Half past two of the night when the clock goes back: the first one, 00:30 UTC.
        assert_eq!(third.raised, at("2026-10-25T00:30:00Z"));
        assert_eq!(third.notes, [Note::AssumedZone, Note::AmbiguousTime].into());
        // And of the one when it goes forward: no such time, so the row has none and says so.
        let reasons: Vec<_> = import.problems.iter().map(|problem| (problem.position, &*problem.reason)).collect();
        assert_eq!(
            reasons,
            [(4, "`closed` never was in Europe/Madrid: the clock was put forward over it: `2027-03-28 02:30:00`; left out")]
        );
    }

    #[test]
    fn the_list_view_with_days_first_is_read_when_the_file_tells_days_from_months() {
        let import = madrid(include_bytes!("fixtures/servicenow-list-view.csv"));
        let told: Vec<_> = import.alerts.iter().map(|one| (&*one.id, one.raised, one.acknowledged)).collect();
        // 02/03/2026 is the second of March, as 14/03/2026 shows.
        assert_eq!(
            told,
            [("INC0010001", at("2026-03-14T02:17:00Z"), at("2026-03-14T02:40:00Z")), ("INC0010002", at("2026-03-02T09:00:00Z"), None),]
        );
        let unclear = madrid(b"Number,Created,State\nINC1,02/03/2026 10:00:00,New\n");
        assert_eq!(unclear.alerts[0].raised, None);
        assert!(unclear.problems[0].reason.starts_with("`opened` does not tell the day from the month"), "{:?}", unclear.problems);
    }

    #[test]
    fn without_a_zone_it_is_refused_with_a_hint() {
        let refused = read(include_bytes!("fixtures/servicenow-fields.csv"), &Options::default()).unwrap_err();
        assert_eq!(refused.to_string(), "item 2: `opened` gives a time without a zone: `2026-03-14 03:17:00`");
        assert!(matches!(refused, Unreadable::NoZone { .. }) && refused.hint().unwrap().contains("--alert-timezone"));
        let zoned = read(b"number,opened_at,state\nINC1,2026-03-14T02:17:00Z,New\n", &Options::default()).unwrap();
        assert_eq!((zoned.alerts[0].raised, zoned.alerts[0].notes.len()), (at("2026-03-14T02:17:00Z"), 0));
    }

    #[test]
    fn other_columns_are_mapped() {
        let map = [("acknowledged_at", "U_Ack"), ("account", "AWS account"), ("title", "nowhere")];
        let map = map.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).into();
        let text = b"number;opened_at;state;u_ack;aws account\nINC1;2026-03-14T02:17:00Z;New;2026-03-14T02:40:00Z;111122223333\n";
        let import = read(text, &Options { map, ..Options::default() }).unwrap();
        assert_eq!(
            (import.alerts[0].acknowledged, import.alerts[0].account.as_deref()),
            (at("2026-03-14T02:40:00Z"), Some("111122223333"))
        );
        assert_eq!(import.problems[0].reason, "no column `nowhere`, to which `title` is mapped");
    }
}
