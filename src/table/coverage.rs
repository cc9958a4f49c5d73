//! `coverage.parquet`: one row for each account, region and hour of a period.

use super::TableWriter;
use super::columns::{Kind as Type, Rows};
use crate::coverage::{Coverage, Expected};
use crate::error::Result;
use std::fs::File;
use std::path::Path;

/// The columns.
pub const SCHEMA: [(&str, Type); 8] = [
    ("account_id", Type::Word),
    ("region", Type::Word),
    ("hour", Type::Time),
    ("state", Type::Word),
    ("log_objects", Type::Number),
    ("records", Type::Number),
    ("digest", Type::Text),
    ("reason", Type::Word),
];

/// Writes the table into `file`, a row group for each account and region, so that no more than a few of them are in memory.
///
/// # Errors
/// When the file cannot be written.
pub fn write(coverage: &Coverage<'_>, expected: &Expected, file: File, path: &Path) -> Result<()> {
    let places: Vec<(&str, &str)> =
        expected.accounts.iter().flat_map(|account| expected.regions.iter().map(|region| (&**account, &**region))).collect();
    let fill = |place: &[(&str, &str)]| {
        let (account, region) = place[0];
        let cells = coverage.cells(account, region);
        let mut rows = Rows::new(&SCHEMA, cells.len());
        for cell in cells {
            rows.text(Some(account));
            rows.text(Some(region));
            rows.time(Some(cell.hour));
            rows.text(Some(cell.state.name()));
            rows.number(Some(cell.logs));
            rows.number(Some(cell.records));
            rows.text(cell.digest.as_deref());
            rows.text(cell.reason.as_deref());
            rows.end();
        }
        rows
    };
    TableWriter::new(file, path, &SCHEMA)?.write_all(&places.chunks(1).collect::<Vec<_>>(), fill, || ())
}
