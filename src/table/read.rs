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
        Self::with(path, |reader| reader)
    }

    /// Reads some columns of a Parquet file.
    ///
    /// # Errors
    /// [`Error::Table`] where it is missing, damaged, or lacks one of them.
    pub fn columns(path: &Path, columns: &[&str]) -> Result<Self> {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Self::with(path, |reader| reader.with_columns(Some(columns)))
    }

    /// Reads some rows of a Parquet file; fewer where it ends before.
    ///
    /// # Errors
    /// [`Error::Table`] where it is missing or damaged.
    pub fn slice(path: &Path, from: usize, rows: usize) -> Result<Self> {
        Self::with(path, |reader| reader.with_slice(Some((from, rows))))
    }

    /// Reads some columns of a Parquet file, so many rows at a time; nothing more comes after an error.
    ///
    /// # Errors
    /// [`Error::Table`] where it is missing, damaged, or lacks one of the columns.
    pub fn parts(path: &Path, columns: &[&str], rows: usize) -> impl Iterator<Item = Result<Self>> {
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let mut from = Some(0);
        std::iter::from_fn(move || {
            let start = from.take()?;
            let part = Self::with(path, |reader| reader.with_columns(Some(columns.clone())).with_slice(Some((start, rows))));
            from = part.as_ref().ok().filter(|part| part.len() == rows).map(|_| start + rows);
            (!part.as_ref().is_ok_and(Self::is_empty)).then_some(part)
        })
    }

    fn with(path: &Path, terms: impl FnOnce(ParquetReader<File>) -> ParquetReader<File>) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::Case { action: "read", path: path.to_path_buf(), source })?;
        let mut frame = terms(ParquetReader::new(file)).finish().map_err(|error| Error::Table {
            action: "read",
            path: path.to_path_buf(),
            source: error.into(),
        })?;
        // A table of many row groups has as many pieces, which every look at a cell would have to go over.
        frame.rechunk_mut();
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

    /// The cells of a column in order, null for a column that is not there.
    pub fn cells(&self, column: &str) -> impl Iterator<Item = Cell<'_>> {
        let series = self.frame.column(column).ok().map(Column::as_materialized_series);
        (0..self.len()).map(move |row| series.map_or(Cell::Null, |series| cell(series, row)))
    }

    /// A cell as a plain value; null for a column that is not there.
    #[must_use]
    pub fn cell(&self, column: &str, row: usize) -> Cell<'_> {
        let Ok(column) = self.frame.column(column) else { return Cell::Null };
        // A column of equal values is held as one value; as a series it lends its cells like any other.
        cell(column.as_materialized_series(), row)
    }

    /// A text cell.
    #[must_use]
    pub fn text(&self, column: &str, row: usize) -> Option<&str> {
        self.cell(column, row).text()
    }

    /// A time cell.
    #[must_use]
    pub fn time(&self, column: &str, row: usize) -> Option<Micros> {
        self.cell(column, row).time()
    }

    /// A truth cell.
    #[must_use]
    pub fn bool(&self, column: &str, row: usize) -> Option<bool> {
        self.cell(column, row).truth()
    }
}

fn cell(series: &Series, row: usize) -> Cell<'_> {
    match series.get(row) {
        Ok(AnyValue::String(text)) => Cell::Text(text),
        Ok(AnyValue::Boolean(truth)) => Cell::Bool(truth),
        Ok(AnyValue::UInt64(number)) => Cell::Number(number),
        Ok(AnyValue::Float64(number)) => Cell::Real(number),
        Ok(AnyValue::Datetime(time, TimeUnit::Microseconds, _)) => Cell::Time(time),
        _ => Cell::Null,
    }
}

/// One value of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'t> {
    /// Nothing.
    Null,
    /// Text.
    Text(&'t str),
    /// A truth.
    Bool(bool),
    /// A number.
    Number(u64),
    /// A number with a fraction.
    Real(f64),
    /// Microseconds, UTC.
    Time(Micros),
}

impl<'t> Cell<'t> {
    /// Text, where it is that.
    #[must_use]
    pub fn text(self) -> Option<&'t str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A truth, where it is that.
    #[must_use]
    pub fn truth(self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(truth) } else { None }
    }

    /// A time, where it is that.
    #[must_use]
    pub fn time(self) -> Option<Micros> {
        if let Self::Time(time) = self { Some(time) } else { None }
    }

    /// A number with a fraction, where it is that.
    #[must_use]
    pub fn real(self) -> Option<f64> {
        if let Self::Real(number) = self { Some(number) } else { None }
    }

    /// A whole number, where it is that.
    #[must_use]
    pub fn number(self) -> Option<u64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }
}
