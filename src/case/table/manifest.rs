//! `manifest.parquet`: one row for each object seen, whatever became of it.

use super::columns::{Kind as Type, Rows};
use super::{Cell, Table, TableWriter};
use crate::error;
use crate::evidence::record::Form;
use crate::evidence::record::time::Micros;
use crate::evidence::source::{Key, Kind};
use crate::named::named;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::fs::File;
use std::path::Path;

named! {
    /// What became of an object.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
    pub enum Status {
        /// Read to its end.
        #[default]
        Read = "read",
        /// Records were read, and something was lost or is doubtful.
        Partial = "partial",
        /// Nothing could be read of what should be evidence.
        Damaged = "damaged",
        /// Not to be read: a second path to the same file, a digest, an insight.
        Skipped = "skipped",
        /// Not a CloudTrail log, by its content.
        NotALog = "not_a_log",
        /// Looks like CloudTrail, in a form that is not read.
        Unrecognised = "unrecognised",
    }
}

impl Status {
    /// Whether evidence was lost, or may have been.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::Partial | Self::Damaged | Self::Unrecognised)
    }
}

/// The name of a form. An alias, so that reading a row back looks it up and does not want to borrow it from what is read.
pub type FormName = &'static str;

/// One object. All byte counts are bytes; all times UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The object's name in tables.
    pub uri: String,
    /// What it is by its content; the table goes by its key where that is unknown.
    pub kind: Option<Kind>,
    /// How its records are wrapped.
    #[serde(deserialize_with = "form")]
    pub form: Option<FormName>,
    /// Stored bytes.
    pub size: u64,
    /// Inflated bytes.
    pub inflated: u64,
    /// The entity tag that S3 gave the object, without quotes.
    pub etag: Option<Box<str>>,
    /// Of the stored bytes, hexadecimal.
    pub sha256: Option<String>,
    /// Records, damaged ones included.
    pub records: u64,
    /// Records that have to do with root, copies included.
    pub labelled: u64,
    /// Records that have not.
    pub passed_over: u64,
    /// Records that could not be read.
    pub damaged: u64,
    /// Records outside the window, accounts or regions of the run, and so not in its tables: of a scan the labelled ones.
    pub outside_terms: u64,
    /// Records that are copies of others, and so not in the tables: of a scan the labelled ones.
    pub duplicates: u64,
    /// Insights and the like, not among the records.
    pub apart: u64,
    /// Records without an event time.
    pub no_event_time: u64,
    /// Whether one of its records is a management event of the account in its key; only such objects show that root's calls would be in them.
    pub management_event: bool,
    /// The earliest event time.
    pub first_event_time: Option<Micros>,
    /// The latest event time.
    pub last_event_time: Option<Micros>,
    /// What became of it.
    pub status: Status,
    /// Why, in words.
    pub reason: Option<String>,
    /// Offset of the first damage in the inflated text.
    pub damage_offset: Option<u64>,
    /// Number of the first damaged record.
    pub damage_record: Option<u64>,
    /// Of the inflated first member, or of text that was not compressed; only where integrity is looked at. No column.
    pub content_hash: Option<[u8; 32]>,
    /// Whether bytes follow the first gzip member; no column.
    pub appended: bool,
    /// Whether the checksum at the end of the gzip is cut or wrong; no column.
    pub trailer_damaged: bool,
    /// The object's bytes could not be read at all. Not a column.
    #[serde(skip)]
    pub is_unreadable: bool,
    /// What its records call it while a run goes on; no column.
    #[serde(skip)]
    pub number: Option<u32>,
    /// The place in the listing of the object it came out of; no column.
    #[serde(skip)]
    pub listed: u32,
}

/// A form by its name.
fn form<'d, D: Deserializer<'d>>(from: D) -> Result<Option<FormName>, D::Error> {
    let name: Option<String> = Option::deserialize(from)?;
    name.map(|name| Form::named(&name).ok_or_else(|| D::Error::custom(format!("no form `{name}`")))).transpose()
}

impl Row {
    /// A row of which only the name and the stored size are known.
    #[must_use]
    pub fn new(uri: String, size: u64) -> Self {
        Self { uri, size, ..Self::default() }
    }

    /// Whether the name alone says that this is CloudTrail's.
    #[must_use]
    pub fn is_cloudtrail_key(&self) -> bool {
        Key::parse(&self.uri).is_cloudtrail()
    }
}

/// The columns.
pub const SCHEMA: [(&str, Type); 24] = [
    ("uri", Type::Text),
    ("kind", Type::Word),
    ("form", Type::Word),
    ("size", Type::Number),
    ("inflated_size", Type::Number),
    ("etag", Type::Text),
    ("sha256", Type::Text),
    ("account_id", Type::Word),
    ("region", Type::Word),
    ("delivered_at", Type::Time),
    ("records", Type::Number),
    ("labelled", Type::Number),
    ("passed_over", Type::Number),
    ("damaged", Type::Number),
    ("outside_terms", Type::Number),
    ("duplicates", Type::Number),
    ("kept_apart", Type::Number),
    ("first_event_time", Type::Time),
    ("last_event_time", Type::Time),
    ("management_event", Type::Bool),
    ("status", Type::Word),
    ("reason", Type::Word),
    ("damage_offset", Type::Number),
    ("damage_record", Type::Number),
];

/// Rows in a row group.
const BATCH: usize = 1 << 13;

/// Writes the table into `file`.
///
/// # Errors
/// When the file cannot be written.
pub fn write(manifest: &[Row], file: File, path: &Path) -> error::Result<()> {
    TableWriter::new(file, path, &SCHEMA)?.write_all(&manifest.chunks(BATCH).collect::<Vec<_>>(), fill, || ())
}

/// Reads back what an audit of a case needs of each object: its name, size, hash, records, damaged records, period, and what became of it.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read(path: &Path) -> error::Result<Vec<Row>> {
    const COLUMNS: [&str; 10] =
        ["uri", "size", "sha256", "records", "damaged", "first_event_time", "last_event_time", "management_event", "status", "reason"];
    let table = Table::columns(path, &COLUMNS)?;
    let mut columns = COLUMNS.map(|name| table.cells(name));
    let row = |_| {
        let [uri, size, sha256, records, damaged, first, last, management, status, reason] =
            columns.each_mut().map(|cells| cells.next().unwrap_or(Cell::Null));
        Row {
            sha256: sha256.text().map(str::to_owned),
            records: records.number().unwrap_or_default(),
            damaged: damaged.number().unwrap_or_default(),
            first_event_time: first.time(),
            last_event_time: last.time(),
            management_event: management.truth().unwrap_or_default(),
            status: Status::ALL.into_iter().find(|known| status.text() == Some(known.name())).unwrap_or(Status::Damaged),
            reason: reason.text().map(str::to_owned),
            ..Row::new(uri.text().unwrap_or_default().to_owned(), size.number().unwrap_or_default())
        }
    };
    Ok((0..table.len()).map(row).collect())
}

fn fill(batch: &[Row]) -> Rows {
    let mut rows = Rows::new(&SCHEMA, batch.len());
    for row in batch {
        let key = Key::parse(&row.uri);
        rows.text(Some(&row.uri));
        rows.text(row.kind.or(key.kind).map(Kind::name));
        rows.text(row.form);
        rows.number(Some(row.size));
        rows.number(Some(row.inflated));
        rows.text(row.etag.as_deref());
        rows.text(row.sha256.as_deref());
        rows.text(key.account);
        rows.text(key.region);
        rows.time(key.delivered_at);
        let counts = [row.records, row.labelled, row.passed_over, row.damaged, row.outside_terms, row.duplicates, row.apart];
        counts.into_iter().for_each(|count| rows.number(Some(count)));
        rows.time(row.first_event_time);
        rows.time(row.last_event_time);
        rows.bool(Some(row.management_event));
        rows.text(Some(row.status.name()));
        rows.text(row.reason.as_deref());
        rows.number(row.damage_offset);
        rows.number(row.damage_record);
        rows.end();
    }
    rows
}
