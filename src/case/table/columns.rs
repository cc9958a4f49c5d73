//! Columns filled row by row, and what becomes of them in a Parquet file.
//!
//! The caller of a table knows which of its columns repeat themselves ([`Kind::Word`]) and which do not ([`Kind::Text`]), so nothing is
//! guessed from the values: words go into a dictionary as they come, text is laid end to end.

use super::read::Cell;
use super::texts::{Texts, Validity};
use super::words::Words;
use crate::evidence::record::time::Micros;
use crate::statistics::Amount;
use polars::prelude::{ArrowDataType, ArrowField, ArrowTimeUnit, PlSmallStr};
use polars_arrow::array::{Array, BooleanArray, PrimitiveArray};
use polars_arrow::bitmap::MutableBitmap;
use polars_parquet::write::Encoding;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text, hardly ever the same twice.
    Text,
    /// UTF-8 text of which many rows hold the same.
    Word,
    /// A truth.
    Bool,
    /// An unsigned number.
    Number,
    /// A number with a fraction, which may be negative.
    Real,
    /// Microseconds, UTC.
    Time,
}

impl Kind {
    fn arrow(self) -> ArrowDataType {
        match self {
            Self::Text | Self::Word => ArrowDataType::LargeUtf8,
            Self::Bool => ArrowDataType::Boolean,
            Self::Number => ArrowDataType::UInt64,
            Self::Real => ArrowDataType::Float64,
            Self::Time => ArrowDataType::Timestamp(ArrowTimeUnit::Microsecond, Some(PlSmallStr::from_static("UTC"))),
        }
    }
}

/// Names and types, in order.
pub(crate) type Schema = [(&'static str, Kind)];

/// The schema in Arrow's terms; every column may hold nulls.
pub(super) fn fields(schema: &Schema) -> impl Iterator<Item = ArrowField> {
    schema.iter().map(|(name, kind)| ArrowField::new(PlSmallStr::from_static(name), kind.arrow(), true))
}

enum Column {
    Text(Texts),
    Word(Words),
    Bool(MutableBitmap, Validity),
    Number(Vec<u64>, Validity),
    Real(Vec<f64>, Validity),
    Time(Vec<i64>, Validity),
}

impl Column {
    fn new(kind: Kind, capacity: usize) -> Self {
        let validity = Validity::with_capacity(capacity);
        match kind {
            Kind::Text => Self::Text(Texts::with_capacity(capacity)),
            Kind::Word => Self::Word(Words::with_capacity(capacity)),
            Kind::Bool => Self::Bool(MutableBitmap::with_capacity(capacity), validity),
            Kind::Number => Self::Number(Vec::with_capacity(capacity), validity),
            Kind::Real => Self::Real(Vec::with_capacity(capacity), validity),
            Kind::Time => Self::Time(Vec::with_capacity(capacity), validity),
        }
    }

    fn into_array(self) -> (Box<dyn Array>, Encoding) {
        match self {
            Self::Text(texts) => (texts.into_array(), Encoding::Plain),
            Self::Word(words) => words.into_array(),
            Self::Bool(bits, validity) => {
                (BooleanArray::new(ArrowDataType::Boolean, bits.freeze(), validity.freeze()).boxed(), Encoding::Plain)
            }
            Self::Number(values, validity) => {
                (PrimitiveArray::new(Kind::Number.arrow(), values.into(), validity.freeze()).boxed(), Encoding::Plain)
            }
            Self::Real(values, validity) => {
                (PrimitiveArray::new(Kind::Real.arrow(), values.into(), validity.freeze()).boxed(), Encoding::Plain)
            }
            Self::Time(values, validity) => {
                (PrimitiveArray::new(Kind::Time.arrow(), values.into(), validity.freeze()).boxed(), Encoding::Plain)
            }
        }
    }
}

/// Columns under construction. A row is filled from left to right, each cell by the method of its column's type.
pub struct Rows {
    columns: Vec<Column>,
    next: usize,
    rows: usize,
}

impl Rows {
    /// Empty columns with room for `capacity` rows.
    #[must_use]
    pub fn new(schema: &Schema, capacity: usize) -> Self {
        Self { columns: schema.iter().map(|(_, kind)| Column::new(*kind, capacity)).collect(), next: 0, rows: 0 }
    }

    fn column(&mut self) -> &mut Column {
        let column = &mut self.columns[self.next];
        self.next += 1;
        column
    }

    /// The next cell, text or a word.
    pub fn text(&mut self, value: Option<&str>) {
        match self.column() {
            Column::Text(cells) => cells.push(value),
            Column::Word(cells) => cells.push(value),
            _ => unreachable!("the schema says text"),
        }
    }

    /// The next cell, a truth.
    pub fn bool(&mut self, value: Option<bool>) {
        match self.column() {
            Column::Bool(cells, validity) => {
                cells.push(value.unwrap_or_default());
                validity.push(value.is_some());
            }
            _ => unreachable!("the schema says bool"),
        }
    }

    /// The next cell, a number.
    pub fn number(&mut self, value: Option<u64>) {
        match self.column() {
            Column::Number(cells, validity) => {
                cells.push(value.unwrap_or_default());
                validity.push(value.is_some());
            }
            _ => unreachable!("the schema says number"),
        }
    }

    /// The next cell, a number with a fraction.
    pub fn real(&mut self, value: Option<f64>) {
        match self.column() {
            Column::Real(cells, validity) => {
                cells.push(value.unwrap_or_default());
                validity.push(value.is_some());
            }
            _ => unreachable!("the schema says real"),
        }
    }

    /// The next cell, whatever it is; one of another type than the column's is null.
    pub fn cell(&mut self, value: Cell<'_>) {
        match self.columns[self.next] {
            Column::Text(_) | Column::Word(_) => self.text(value.text()),
            Column::Bool(..) => self.bool(value.truth()),
            Column::Number(..) => self.number(value.number()),
            Column::Real(..) => self.real(value.real()),
            Column::Time(..) => self.time(value.time()),
        }
    }

    /// The next cell, a time.
    pub fn time(&mut self, value: Option<Micros>) {
        match self.column() {
            Column::Time(cells, validity) => {
                cells.push(value.unwrap_or_default());
                validity.push(value.is_some());
            }
            _ => unreachable!("the schema says time"),
        }
    }

    /// The next five cells: a value, numerator and denominator, and the ends of its interval.
    pub fn amount(&mut self, amount: &Amount) {
        self.real(amount.value);
        self.number(amount.numerator);
        self.number(amount.denominator);
        self.real(amount.lower);
        self.real(amount.upper);
    }

    /// Ends a row.
    pub fn end(&mut self) {
        debug_assert_eq!(self.next, self.columns.len(), "every column of a row is filled");
        self.next = 0;
        self.rows += 1;
    }

    /// Rows that were ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Each column as an array and how it is to be encoded.
    pub(super) fn into_arrays(self) -> impl Iterator<Item = (Box<dyn Array>, Encoding)> {
        self.columns.into_iter().map(Column::into_array)
    }
}
