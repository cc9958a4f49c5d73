//! The tables of a case. Only what is below here names polars.

pub mod columns;
pub mod manifest;
pub mod timeline;

/// The version of all schemas together; it stands in every table's metadata and in the summary.
pub const SCHEMA_VERSION: &str = "1";
