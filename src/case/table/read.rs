//! Reading a table back: the columns and rows that are asked for, row group by row group, as the arrays that they are stored as.

use crate::error::{Error, Result};
use crate::evidence::record::time::Micros;
pub use polars::prelude::DataFrame;
use polars::prelude::{ArrowDataType, ArrowField, ArrowTimeUnit, PlSmallStr, PolarsResult, Series, polars_err};
use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_buffer::Buffer;
use polars_parquet::read::{
    BasicDecompressor, FileMetadata, Filter, PageReader, RowGroupMetadata, column_iter_to_arrays, infer_schema, read_metadata,
};
use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// A table read back, column by column.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
}

/// The arrays of a column in order, and the row after the last of each.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    arrays: Vec<Box<dyn Array>>,
    ends: Vec<usize>,
}

/// What of a table is read.
#[derive(Debug, Clone, Default)]
struct Wanted<'w> {
    /// Columns by name; all where it is `None`.
    columns: Option<&'w [&'w str]>,
    /// Rows; all where it is `None`.
    rows: Option<Range<usize>>,
}

impl Table {
    /// Reads a Parquet file.
    ///
    /// # Errors
    /// [`Error::Table`] where it is missing or damaged.
    pub fn read(path: &Path) -> Result<Self> {
        Self::with(path, &Wanted::default())
    }

    /// Reads some columns of a Parquet file.
    ///
    /// # Errors
    /// [`Error::Table`] where it is missing, damaged, or lacks one of them.
    pub fn columns(path: &Path, columns: &[&str]) -> Result<Self> {
        Self::with(path, &Wanted { columns: Some(columns), rows: None })
    }

    /// Reads some rows of a Parquet file; fewer where it ends before.
    ///
    /// # Errors
    /// [`Error::Table`] where it is missing or damaged.
    pub fn slice(path: &Path, from: usize, rows: usize) -> Result<Self> {
        Self::with(path, &Wanted { columns: None, rows: Some(from..from.saturating_add(rows)) })
    }

    /// Reads some columns of a Parquet file, so many rows at a time; nothing more comes after an error.
    ///
    /// # Errors
    /// [`Error::Table`] where it is missing, damaged, or lacks one of the columns.
    pub fn parts(path: &Path, columns: &[&str], rows: usize) -> impl Iterator<Item = Result<Self>> {
        let mut from = Some(0);
        std::iter::from_fn(move || {
            let start = from.take()?;
            let part = Self::with(path, &Wanted { columns: Some(columns), rows: Some(start..start + rows) });
            from = part.as_ref().ok().filter(|part| part.len() == rows).map(|_| start + rows);
            (!part.as_ref().is_ok_and(Self::is_empty)).then_some(part)
        })
    }

    fn with(path: &Path, wanted: &Wanted<'_>) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::Case { action: "read", path: path.to_path_buf(), source })?;
        read(file, wanted).map_err(|error| Error::Table { action: "read", path: path.to_path_buf(), source: error.into() })
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the columns, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| &*column.name).collect()
    }

    /// The cells of a column in order, null for a column that is not there.
    pub fn cells(&self, column: &str) -> impl Iterator<Item = Cell<'_>> {
        let column = self.column(column);
        let there = column.into_iter().flat_map(|column| &column.arrays).flat_map(|array| (0..array.len()).map(|row| cell(&**array, row)));
        let missing = if column.is_none() { self.len() } else { 0 };
        there.chain(std::iter::repeat_n(Cell::Null, missing))
    }

    /// A cell as a plain value; null for a column that is not there.
    #[must_use]
    pub fn cell(&self, column: &str, row: usize) -> Cell<'_> {
        let Some(column) = self.column(column) else { return Cell::Null };
        let number = column.ends.partition_point(|end| *end <= row);
        let Some(array) = column.arrays.get(number) else { return Cell::Null };
        let start = number.checked_sub(1).map_or(0, |before| column.ends[before]);
        cell(&**array, row - start)
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

    /// The table as a polars data frame; the arrays are shared, not copied.
    ///
    /// # Errors
    /// When polars does not take a column, which is not so for tables of this program.
    pub fn frame(&self) -> Result<DataFrame> {
        let column = |column: &Column| {
            let name = PlSmallStr::from_str(&column.name);
            Series::try_from((name, column.arrays.clone())).map(Into::into)
        };
        let columns: PolarsResult<Vec<_>> = self.columns.iter().map(column).collect();
        columns.and_then(|columns| DataFrame::new(self.rows, columns)).map_err(|error| Error::Frame(error.into()))
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

fn read(mut file: File, wanted: &Wanted<'_>) -> PolarsResult<Table> {
    let length = file.metadata()?.len();
    let metadata = read_metadata(&mut file)?;
    let fields = fields(&metadata, wanted)?;
    let mut columns: Vec<Column> =
        fields.iter().map(|field| Column { name: field.name.to_string(), arrays: Vec::new(), ends: Vec::new() }).collect();
    let (mut first, mut rows) = (0, 0);
    for group in &metadata.row_groups {
        let count = group.num_rows();
        let range = wanted.rows.clone().unwrap_or(0..usize::MAX);
        let (from, to) = (range.start.clamp(first, first + count) - first, range.end.clamp(first, first + count) - first);
        first += count;
        if from >= to {
            continue;
        }
        let filter = (from > 0 || to < count).then(|| Filter::new_ranged(from, to));
        rows += to - from;
        for (field, column) in fields.iter().zip(&mut columns) {
            for array in arrays(&mut file, length, group, field, filter.clone())? {
                let before = column.ends.last().copied().unwrap_or(0);
                column.ends.push(before + array.len());
                column.arrays.push(array);
            }
            if column.ends.last().copied().unwrap_or(0) != rows {
                return Err(polars_err!(ComputeError: "column `{}` has another number of rows than the table", field.name));
            }
        }
    }
    Ok(Table { columns, rows })
}

/// The columns that are wanted, in the order of the file, as they are to be read.
fn fields(metadata: &FileMetadata, wanted: &Wanted<'_>) -> PolarsResult<Vec<ArrowField>> {
    let schema = infer_schema(metadata)?;
    if let Some(missing) = wanted.columns.and_then(|columns| columns.iter().find(|column| !schema.contains(column))) {
        return Err(polars_err!(ColumnNotFound: "`{missing}`"));
    }
    let is_wanted = |field: &&ArrowField| wanted.columns.is_none_or(|columns| columns.contains(&field.name.as_str()));
    let as_read = |field: &ArrowField| {
        let mut field = field.clone();
        // Texts share the pages that they came in.
        if matches!(field.dtype, ArrowDataType::Utf8 | ArrowDataType::LargeUtf8) {
            field.dtype = ArrowDataType::Utf8View;
        }
        field
    };
    Ok(schema.iter_values().filter(is_wanted).map(as_read).collect())
}

/// A column of a row group.
fn arrays(
    file: &mut File,
    length: u64,
    group: &RowGroupMetadata,
    field: &ArrowField,
    filter: Option<Filter>,
) -> PolarsResult<Vec<Box<dyn Array>>> {
    let damaged = || polars_err!(ComputeError: "column `{}` lies outside of the file", field.name);
    let (mut columns, mut types) = (Vec::new(), Vec::new());
    for chunk in group.columns_under_root_iter(&field.name).ok_or_else(damaged)? {
        let Range { start, end } = chunk.byte_range();
        // The place is only what the file says.
        let size = end.checked_sub(start).filter(|_| end <= length).and_then(|size| usize::try_from(size).ok()).ok_or_else(damaged)?;
        let mut bytes = vec![0; size];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        let pages = PageReader::new(Cursor::new(Buffer::from(bytes)), chunk, Vec::new(), usize::MAX);
        columns.push(BasicDecompressor::new(pages, Vec::new()));
        types.push(&chunk.descriptor().descriptor.primitive_type);
    }
    let (arrays, _) = column_iter_to_arrays(columns, types, field.clone(), filter)?;
    Ok(arrays)
}

fn cell(array: &dyn Array, row: usize) -> Cell<'_> {
    if array.is_null(row) {
        return Cell::Null;
    }
    let any = array.as_any();
    match array.dtype() {
        ArrowDataType::Utf8View => any.downcast_ref::<Utf8ViewArray>().map_or(Cell::Null, |texts| Cell::Text(texts.value(row))),
        ArrowDataType::Boolean => any.downcast_ref::<BooleanArray>().map_or(Cell::Null, |truths| Cell::Bool(truths.value(row))),
        ArrowDataType::UInt64 => any.downcast_ref::<PrimitiveArray<u64>>().map_or(Cell::Null, |numbers| Cell::Number(numbers.value(row))),
        ArrowDataType::Float64 => any.downcast_ref::<PrimitiveArray<f64>>().map_or(Cell::Null, |numbers| Cell::Real(numbers.value(row))),
        ArrowDataType::Timestamp(ArrowTimeUnit::Microsecond, _) => {
            any.downcast_ref::<PrimitiveArray<i64>>().map_or(Cell::Null, |times| Cell::Time(times.value(row)))
        }
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
