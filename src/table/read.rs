//! Reading a table back.

use crate::error::{Error, Result};
use crate::record::time::Micros;
use polars::prelude::*;
use std::fs::File;
use std::path::Path;

/// A table read back, column by column.
#[derive(Debug, Clone)]
pub struct Table {
    frame: DataFrame,
}

impl Table {
    /// Reads a Parquet file.
    ///
    /// # Errors
    /// [`Error::Table`] where it is missing or damaged.
    pub fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::Case { action: "read", path: path.to_path_buf(), source })?;
        let frame = ParquetReader::new(file).finish().map_err(|error| Error::Table {
            action: "read",
            path: path.to_path_buf(),
            source: error.into(),
        })?;
        Ok(Self { frame })
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frame.height()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the columns, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.frame.get_column_names().into_iter().map(|name| name.as_str()).collect()
    }

    /// A cell as a plain value; null for a column that is not there.
    #[must_use]
    pub fn cell(&self, column: &str, row: usize) -> Cell<'_> {
        let Ok(column) = self.frame.column(column) else { return Cell::Null };
        // A column of equal values is held as one value; as a series it lends its cells like any other.
        match column.as_materialized_series().get(row) {
            Ok(AnyValue::String(text)) => Cell::Text(text),
            Ok(AnyValue::Boolean(truth)) => Cell::Bool(truth),
            Ok(AnyValue::UInt64(number)) => Cell::Number(number),
            Ok(AnyValue::Datetime(time, TimeUnit::Microseconds, _)) => Cell::Time(time),
            _ => Cell::Null,
        }
    }

    /// A text cell.
    #[must_use]
    pub fn text(&self, column: &str, row: usize) -> Option<&str> {
        match self.cell(column, row) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A time cell.
    #[must_use]
    pub fn time(&self, column: &str, row: usize) -> Option<Micros> {
        match self.cell(column, row) {
            Cell::Time(time) => Some(time),
            _ => None,
        }
    }

    /// A truth cell.
    #[must_use]
    pub fn bool(&self, column: &str, row: usize) -> Option<bool> {
        match self.cell(column, row) {
            Cell::Bool(truth) => Some(truth),
            _ => None,
        }
    }
}

/// One value of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'t> {
    /// Nothing.
    Null,
    /// Text.
    Text(&'t str),
    /// A truth.
    Bool(bool),
    /// A number.
    Number(u64),
    /// Microseconds, UTC.
    Time(Micros),
}
