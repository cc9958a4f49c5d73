//! The tables of a case. Only what is below here names polars.

pub mod columns;
pub mod event;
pub mod manifest;
mod read;
pub mod records;
mod texts;
pub mod timeline;
mod words;
mod write;

pub use read::{Cell, Table};
pub use write::{Encoded, TableWriter};

/// The version of all schemas together; it stands in every table's metadata and in the summary.
pub const SCHEMA_VERSION: &str = "1";
