//! `timeline.parquet`: one row for each activity, in order.
//!
//! An activity carries its record's bytes; the columns are read from them again here, in batches on all threads, so that the scan
//! holds no more than that.

use super::columns::{Kind as Type, Rows};
use super::event::{self, Origin, as_text};
use super::{Cell, Table, TableWriter};
use crate::case::activity::Activity;
use crate::case::spool::Texts;
use crate::error::Result;
use crate::evidence::record::view::{Parser, Raw, Record};
use std::fs::File;
use std::path::Path;

/// Filled by [`annotate`], when sessions, incidents and break-glass windows are known.
const REVIEW: [(&str, Type); 4] =
    [("break_glass", Type::Word), ("break_glass_reason", Type::Word), ("incident_id", Type::Word), ("session_id", Type::Word)];

/// The columns.
#[must_use]
pub fn schema() -> Vec<(&'static str, Type)> {
    [&event::PLACE[..], &event::LABEL, &REVIEW, &event::CALL, &event::WORTH, &[("record", Type::Text)]].concat()
}

/// Rows in a row group, chosen by the number of all rows so that the file is the same for any number of threads: few enough that
/// no thread is left with much to do when the others are done, and that the columns of a few groups fit in memory.
fn batch(rows: usize) -> usize {
    (rows / 32).clamp(2048, 16_384)
}

/// Writes the table into `file`; `texts` holds the records, `uri` gives the name of an activity's object.
///
/// # Errors
/// When the file cannot be written.
pub fn write<'u>(activities: &[Activity], texts: &Texts, uri: impl Fn(u32) -> &'u str + Sync, file: File, path: &Path) -> Result<()> {
    let batches: Vec<_> = activities.chunks(batch(activities.len())).collect();
    TableWriter::new(file, path, &schema())?.write_all(&batches, |batch| fill(batch, texts, &uri), || texts.release())
}

/// What a review says of a row, in the order of the columns: break-glass verdict and reason, incident, session.
pub type Remark<'r> = [Option<&'r str>; REVIEW.len()];

/// Writes the table at `from` into `file` again, with what a review says of each row. Everything else stays as it is.
///
/// # Errors
/// When the one cannot be read or the other not be written.
pub fn annotate<'r>(from: &Path, rows: usize, remark: impl Fn(usize) -> Remark<'r>, file: File, path: &Path) -> Result<()> {
    let schema = schema();
    let mut writer = TableWriter::new(file, path, &schema)?;
    let size = batch(rows);
    for start in (0..rows).step_by(size) {
        let some = Table::slice(from, start, size)?;
        let mut group = Rows::new(&schema, some.len());
        let mut cells: Vec<_> = schema.iter().map(|(name, _)| some.cells(name)).collect();
        let places: Vec<_> = schema.iter().map(|(name, _)| REVIEW.iter().position(|(review, _)| review == name)).collect();
        for row in 0..some.len() {
            let remark = remark(start + row);
            for (cells, place) in cells.iter_mut().zip(&places) {
                let cell = cells.next().unwrap_or(Cell::Null);
                group.cell(place.map_or(cell, |place| remark[place].map_or(Cell::Null, Cell::Text)));
            }
            group.end();
        }
        writer.write(&writer.encode(group)?)?;
    }
    writer.finish()
}

fn fill<'u>(batch: &[Activity], texts: &Texts, uri: &(impl Fn(u32) -> &'u str + Sync)) -> Rows {
    let mut rows = Rows::new(&schema(), batch.len());
    let mut parser = Parser::default();
    for activity in batch {
        let origin = Origin {
            account_id: &activity.account_id,
            affected: &activity.affected,
            label: Some(activity.label),
            copies: activity.copies.into(),
            id_conflict: activity.id_conflict,
            object_uri: uri(activity.object),
            record_index: activity.record_index,
            degraded: activity.is_degraded(),
        };
        parser
            .with_raw(texts.json(&activity.text), |value, raw| {
                row(&mut rows, &Record::read(value), &origin, raw, texts.delivered(&activity.text));
            })
            .expect("what parsed when it was labelled parses again");
    }
    rows
}

fn row(rows: &mut Rows, record: &Record<'_>, origin: &Origin<'_>, raw: Raw<'_>, delivered: &[u8]) {
    event::place(rows, record, origin);
    event::label(rows, record, origin);
    REVIEW.iter().for_each(|_| rows.text(None));
    event::call(rows, record, origin, &raw.values(record.value, event::JSON));
    event::worth(rows, record, origin);
    rows.text(Some(&as_text(delivered)));
    rows.end();
}
