//! Columns filled row by row, and Parquet files written batch by batch.

use super::SCHEMA_VERSION;
use crate::error::{Error, Result};
use crate::record::time::Micros;
use polars::prelude::{Column as PolarsColumn, *};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// A truth.
    Bool,
    /// An unsigned number.
    Number,
    /// Microseconds, UTC.
    Time,
}

/// Names and types, in order.
pub type Schema = [(&'static str, Kind)];

enum Column {
    Text(StringChunkedBuilder),
    Bool(BooleanChunkedBuilder),
    Number(PrimitiveChunkedBuilder<UInt64Type>),
    Time(PrimitiveChunkedBuilder<Int64Type>),
}

/// Columns under construction. A row is filled from left to right, each cell by the method of its column's type.
pub struct Rows {
    columns: Vec<Column>,
    next: usize,
}

impl Rows {
    /// Empty columns with room for `capacity` rows.
    #[must_use]
    pub fn new(schema: &Schema, capacity: usize) -> Self {
        let columns = schema.iter().map(|(name, kind)| {
            let name = PlSmallStr::from_static(name);
            match kind {
                Kind::Text => Column::Text(StringChunkedBuilder::new(name, capacity)),
                Kind::Bool => Column::Bool(BooleanChunkedBuilder::new(name, capacity)),
                Kind::Number => Column::Number(PrimitiveChunkedBuilder::new(name, capacity)),
                Kind::Time => Column::Time(PrimitiveChunkedBuilder::new(name, capacity)),
            }
        });
        Self { columns: columns.collect(), next: 0 }
    }

    fn column(&mut self) -> &mut Column {
        let column = &mut self.columns[self.next];
        self.next += 1;
        column
    }

    /// The next cell, text.
    pub fn text(&mut self, value: Option<&str>) {
        match self.column() {
            Column::Text(cells) => cells.append_option(value),
            _ => unreachable!("the schema says text"),
        }
    }

    /// The next cell, a truth.
    pub fn bool(&mut self, value: Option<bool>) {
        match self.column() {
            Column::Bool(cells) => cells.append_option(value),
            _ => unreachable!("the schema says bool"),
        }
    }

    /// The next cell, a number.
    pub fn number(&mut self, value: Option<u64>) {
        match self.column() {
            Column::Number(cells) => cells.append_option(value),
            _ => unreachable!("the schema says number"),
        }
    }

    /// The next cell, a time.
    pub fn time(&mut self, value: Option<Micros>) {
        match self.column() {
            Column::Time(cells) => cells.append_option(value),
            _ => unreachable!("the schema says time"),
        }
    }

    /// Ends a row.
    pub fn end(&mut self) {
        debug_assert_eq!(self.next, self.columns.len(), "every column of a row is filled");
        self.next = 0;
    }

    fn into_frame(self) -> PolarsResult<DataFrame> {
        let columns: Vec<_> = self
            .columns
            .into_iter()
            .map(|column| match column {
                Column::Text(cells) => cells.finish().into_column(),
                Column::Bool(cells) => cells.finish().into_column(),
                Column::Number(cells) => cells.finish().into_column(),
                Column::Time(cells) => cells.finish().into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)).into_column(),
            })
            .collect();
        let height = columns.first().map_or(0, PolarsColumn::len);
        DataFrame::new(height, columns)
    }
}

/// The level takes half the time of the default one, and on these tables the file is no larger.
const ZSTD_LEVEL: i32 = 1;

/// A Parquet file under construction, zstd, with statistics, one row group a batch.
pub struct TableWriter {
    path: PathBuf,
    writer: BatchedWriter<BufWriter<File>>,
}

impl TableWriter {
    /// Starts a table in `file`; `path` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn new(file: File, path: &Path, schema: &Schema) -> Result<Self> {
        let path = path.to_path_buf();
        let metadata = KeyValueMetadata::from_static(vec![
            ("rootline.schema_version".to_owned(), SCHEMA_VERSION.to_owned()),
            ("rootline.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ]);
        let writer = ParquetWriter::new(BufWriter::new(file))
            .with_compression(ParquetCompression::Zstd(polars_parquet::write::ZstdLevel::try_new(ZSTD_LEVEL).ok()))
            .with_statistics(StatisticsOptions::default())
            .with_key_value_metadata(Some(metadata))
            .set_parallel(false);
        let frame = Rows::new(schema, 0).into_frame();
        let writer = frame.and_then(|frame| writer.batched(frame.schema())).map_err(|error| failed("write", &path, error))?;
        Ok(Self { path, writer })
    }

    /// Writes every batch, a row group each, and the footer. A group is compressed while the next one is made.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn write_all<'b, T: Sync + 'b>(mut self, batches: impl Iterator<Item = &'b [T]>, fill: impl Fn(&[T]) -> Rows + Sync) -> Result<()> {
        let mut filled: Option<Rows> = None;
        for batch in batches {
            let (written, next) = rayon::join(|| filled.take().map_or(Ok(()), |rows| self.write(rows)), || fill(batch));
            written?;
            filled = Some(next);
        }
        filled.map_or(Ok(()), |rows| self.write(rows))?;
        self.finish()
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn write(&mut self, rows: Rows) -> Result<()> {
        let outcome = rows.into_frame().and_then(|frame| if frame.height() == 0 { Ok(()) } else { self.writer.write_batch(&frame) });
        outcome.map_err(|error| failed("write", &self.path, error))
    }

    /// Writes the footer.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn finish(self) -> Result<()> {
        // Ends with a flush of the buffered file.
        self.writer.finish().map_err(|error| failed("write", &self.path, error))?;
        Ok(())
    }
}

fn failed(action: &'static str, path: &Path, error: PolarsError) -> Error {
    Error::Table { action, path: path.to_path_buf(), source: error.into() }
}

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
        let frame = ParquetReader::new(file).finish().map_err(|error| failed("read", path, error))?;
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
