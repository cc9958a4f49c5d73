//! `coverage.parquet`: one row for each account, region and hour of a period.

use crate::case::table::columns::{Kind as Type, Rows};
use crate::case::table::{Cell as Value, Table, TableWriter};
use crate::error::Result;
use crate::proof::coverage::stored::Stored;
use crate::proof::coverage::{Cell, Coverage, Expected, State};
use std::fs::File;
use std::path::Path;

/// The columns.
pub(crate) const SCHEMA: [(&str, Type); 8] = [
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
pub(crate) fn write(coverage: &Coverage<'_>, expected: &Expected, file: File, path: &Path) -> Result<()> {
    let places: Vec<(&str, &str)> =
        expected.accounts.iter().flat_map(|account| expected.regions_of(account).map(|region| (&**account, region))).collect();
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

/// Reads the cells back.
///
/// # Errors
/// When the file is missing or damaged.
pub(crate) fn read(path: &Path) -> Result<Stored> {
    let table = Table::columns(path, &SCHEMA.map(|(name, _)| name))?;
    let mut columns = SCHEMA.map(|(name, _)| table.cells(name));
    let mut stored = Stored::default();
    for _ in 0..table.len() {
        let [account, region, hour, state, logs, records, digest, reason] =
            columns.each_mut().map(|cells| cells.next().unwrap_or(Value::Null));
        let cell = Cell {
            hour: hour.time().unwrap_or_default(),
            state: State::ALL.into_iter().find(|known| state.text() == Some(known.name())).unwrap_or(State::Unknown),
            logs: logs.number().unwrap_or_default(),
            records: records.number().unwrap_or_default(),
            digest: digest.text().map(str::to_owned),
            reason: reason.text().map(str::to_owned),
        };
        stored.add(account.text().unwrap_or_default(), region.text().unwrap_or_default(), cell);
    }
    Ok(stored)
}
