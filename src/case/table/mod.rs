//! The tables of a case. Only what is below here names polars.

pub(crate) mod columns;
pub(crate) mod event;
pub mod manifest;
mod read;
pub mod records;
mod texts;
pub mod timeline;
mod words;
mod write;

pub use read::{Cell, DataFrame, Table};
pub(crate) use write::Encoded;
pub use write::TableWriter;

/// The version of all schemas together; it stands in every table's metadata and in the summary.
pub const SCHEMA_VERSION: &str = "1";
