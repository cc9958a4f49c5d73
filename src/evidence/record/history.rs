//! Event history CSV of the CloudTrail console: degraded evidence.
//!
//! It has no identity type, no answer and no MFA. Root can only be inferred from the user name `root` (an IAM user may bear it too),
//! and a failed sign-in looks like a successful one. The rows are read all the same, because sometimes nothing else was
//! saved; everything that comes of them is marked as degraded. Columns go by their header, whose names changed about 2024.

use super::time::{self, Micros};
use serde_json::{Map, Value, json};

/// Whether the text starts with the header of an event history CSV, old or new.
#[must_use]
pub(crate) fn is_header(text: &[u8]) -> bool {
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let has = |name: &[u8]| memchr::memmem::find(line, name).is_some();
    has(b"Event name") && has(b"Event time") && has(b"User name")
}

/// The header's name for each column that becomes a top-level field of a record.
const FIELDS: [(&str, &str); 11] = [
    ("Event ID", "eventID"),
    ("Event source", "eventSource"),
    ("Event name", "eventName"),
    ("AWS region", "awsRegion"),
    ("Source IP address", "sourceIPAddress"),
    ("User agent", "userAgent"),
    ("Error code", "errorCode"),
    ("Request ID", "requestID"),
    ("Event type", "eventType"),
    ("Recipient Account Id", "recipientAccountId"),
    ("Event category", "eventCategory"),
];

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row<'t> {
    /// The line as delivered, without its end.
    pub line: &'t [u8],
    /// Offset of the line in the text.
    pub offset: u64,
    /// What the row says, in the shape of a record.
    pub record: Vec<u8>,
    /// The event's time. The old form writes local time without a zone: then it is unknown.
    pub event_time: Option<Micros>,
}

/// Reads the rows; each is given to `sink` in order, an unreadable one as its offset.
pub(crate) fn read<'t>(text: &'t [u8], mut sink: impl FnMut(Result<Row<'t>, u64>)) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let Ok(header) = reader.byte_headers().cloned() else { return sink(Err(0)) };
    let column = |name: &str| header.iter().position(|cell| trim(cell) == name.as_bytes());
    let fields = FIELDS.map(|(title, field)| (column(title), field));
    let [user, key, read_only, event_time] = ["User name", "AWS access key", "Read-only", "Event time"].map(column);
    let mut row = csv::ByteRecord::new();
    loop {
        let start = reader.position().byte();
        match reader.read_byte_record(&mut row) {
            Ok(false) => return,
            Err(_) => sink(Err(start)),
            Ok(true) => {
                let end = usize::try_from(reader.position().byte()).unwrap_or(text.len()).min(text.len());
                let cell = |column: Option<usize>| {
                    let cell = column.and_then(|column| row.get(column)).map(trim).unwrap_or_default();
                    String::from_utf8_lossy(cell).into_owned()
                };
                let mut record = Map::new();
                for (column, field) in fields {
                    let cell = cell(column);
                    if !cell.is_empty() {
                        record.insert(field.to_owned(), Value::String(cell));
                    }
                }
                let time = cell(event_time);
                let parsed = time::parse(time.as_bytes());
                record.insert("eventTime".to_owned(), Value::String(time));
                if let read_only @ ("true" | "false") = cell(read_only).to_ascii_lowercase().as_str() {
                    record.insert("readOnly".to_owned(), Value::Bool(read_only == "true"));
                }
                record.insert("userIdentity".to_owned(), identity(&cell(user), &cell(key)));
                let start = usize::try_from(start).unwrap_or(0).min(end);
                sink(Ok(Row {
                    line: text[start..end].trim_ascii(),
                    offset: start as u64,
                    record: Value::Object(record).to_string().into_bytes(),
                    event_time: parsed,
                }));
            }
        }
    }
}

fn identity(user: &str, key: &str) -> Value {
    if user == "root" {
        // The ARN only says that this is not an artefact; it goes into no table.
        json!({"type": "Root", "userName": user, "accessKeyId": key, "arn": "inferred from the user name"})
    } else {
        json!({"userName": user, "accessKeyId": key})
    }
}

fn trim(cell: &[u8]) -> &[u8] {
    let cell = cell.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(cell);
    cell.trim_ascii().trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_new_form_are_records_with_the_line_kept() {
        let text = b"User name,AWS access key,Event time,Event source,Event name,AWS region,Read-only,Event ID\n\
            root,,2026-03-01T10:00:00Z,signin.amazonaws.com,ConsoleLogin,us-east-1,false,a-1\n\
            \"al\"\"ice\",AKIAIOSFODNN7EXAMPLE,2026-03-01T10:00:01Z,s3.amazonaws.com,ListBuckets,us-east-1,true,a-2\n";
        assert!(is_header(text));
        let mut rows = Vec::new();
        read(text, |row| rows.push(row.unwrap()));
        assert_eq!(rows.len(), 2);
        assert!(rows[0].line.starts_with(b"root,,2026"));
        assert_eq!(rows[0].event_time, time::parse(b"2026-03-01T10:00:00Z"));
        let record: Value = serde_json::from_slice(&rows[0].record).unwrap();
        assert_eq!((&record["userIdentity"]["type"], &record["readOnly"]), (&json!("Root"), &json!(false)));
        let record: Value = serde_json::from_slice(&rows[1].record).unwrap();
        assert_eq!(record["userIdentity"]["userName"], "al\"ice");
    }

    #[test]
    fn a_time_without_a_zone_is_unknown() {
        let text = b"Event ID,Event time,User name,Event name\r\nx,\"2020-05-13, 04:52:01 PM\",root,ConsoleLogin\r\n";
        let mut rows = Vec::new();
        read(text, |row| rows.push(row.unwrap()));
        assert_eq!(rows[0].event_time, None);
        assert_eq!(rows[0].line, &b"x,\"2020-05-13, 04:52:01 PM\",root,ConsoleLogin"[..]);
    }
}
