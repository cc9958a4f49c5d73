//! `study.parquet`: every figure of a study, in long form.

use crate::case::table::columns::{Kind as Type, Rows};
use crate::case::table::{Encoded, TableWriter};
use crate::error::Result;
use crate::study::{Figure, Study, figures};
use std::fs::File;
use std::path::Path;

/// The columns. A figure without `account_id` is of all accounts; `group` is the part that its metric is broken down by.
pub(crate) const SCHEMA: [(&str, Type); 13] = [
    ("metric", Type::Word),
    ("unit", Type::Word),
    ("scope", Type::Word),
    ("account_id", Type::Word),
    ("period", Type::Word),
    ("group", Type::Word),
    ("denominator_kind", Type::Word),
    ("value", Type::Real),
    ("numerator", Type::Number),
    ("denominator", Type::Number),
    ("lower", Type::Real),
    ("upper", Type::Real),
    ("lower_bound", Type::Bool),
];

/// Rows in a row group.
const BATCH: usize = 1 << 16;

/// Works out all figures and writes them into `file` as they come; `each` is shown every one. No more than a row group is in memory.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(study: &Study<'_>, file: File, path: &Path, each: &mut dyn FnMut(&Figure<'_>)) -> Result<u64> {
    let mut writer = TableWriter::new(file, path, &SCHEMA)?;
    let mut rows = Rows::new(&SCHEMA, BATCH);
    let mut written = 0;
    let mut failed = None;
    figures(study, &mut |figure| {
        each(figure);
        fill(&mut rows, figure);
        written += 1;
        if rows.len() == BATCH && failed.is_none() {
            let full = std::mem::replace(&mut rows, Rows::new(&SCHEMA, BATCH));
            failed = flush(&mut writer, full).err();
        }
    });
    match failed {
        Some(error) => Err(error),
        None => {
            flush(&mut writer, rows)?;
            writer.finish()?;
            Ok(written)
        }
    }
}

fn flush(writer: &mut TableWriter, rows: Rows) -> Result<()> {
    let encoded: Encoded = writer.encode(rows)?;
    writer.write(&encoded)
}

fn fill(rows: &mut Rows, figure: &Figure<'_>) {
    rows.text(Some(figure.metric));
    rows.text(Some(figure.unit.name()));
    rows.text(Some(figure.scope.name()));
    rows.text(figure.account);
    rows.text(figure.period);
    rows.text(figure.group);
    rows.text(Some(figure.denominator_kind.name()));
    rows.amount(&figure.amount());
    rows.bool(Some(figure.lower_bound));
    rows.end();
}
