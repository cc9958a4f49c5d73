//! `timeline.parquet`: one row for each activity, in order.
//!
//! An activity carries its record's bytes; the columns are read from them again here, in batches on all threads, so that the scan
//! holds no more than that.

use super::TableWriter;
use super::columns::{Kind as Type, Rows};
use super::event::{self, Origin, as_text};
use crate::activity::Activity;
use crate::error::Result;
use crate::record::view::{Parser, Raw, Record};
use std::fs::File;
use std::path::Path;

/// Filled by the commands that know incidents and break-glass windows.
const REVIEW: [(&str, Type); 3] = [("break_glass", Type::Text), ("incident_id", Type::Text), ("session_id", Type::Text)];

/// The columns.
#[must_use]
pub fn schema() -> Vec<(&'static str, Type)> {
    [&event::PLACE[..], &event::LABEL, &REVIEW, &event::CALL, &event::WORTH, &[("record", Type::Text)]].concat()
}

/// Rows in a row group, chosen by the number of all rows so that the file is the same for any number of threads: few enough that
/// making columns and compressing them can go on side by side, and that the columns of a few groups fit in memory.
fn batch(rows: usize) -> usize {
    (rows / 8).clamp(4096, 16_384)
}

/// Writes the table into `file`; `uri` gives the name of an activity's object.
///
/// # Errors
/// When the file cannot be written.
pub fn write<'u>(activities: &[Activity], uri: impl Fn(u32) -> &'u str + Sync, file: File, path: &Path) -> Result<()> {
    let batches: Vec<_> = activities.chunks(batch(activities.len())).collect();
    TableWriter::new(file, path, &schema())?.write_all(&batches, |batch| fill(batch, &uri))
}

fn fill<'u>(batch: &[Activity], uri: &(impl Fn(u32) -> &'u str + Sync)) -> Rows {
    let mut rows = Rows::new(&schema(), batch.len());
    let mut parser = Parser::default();
    for activity in batch {
        let origin = Origin {
            account_id: &activity.account_id,
            label: Some(activity.label),
            copies: activity.copies.into(),
            id_conflict: activity.id_conflict,
            object_uri: uri(activity.object),
            record_index: activity.record_index,
            degraded: activity.is_degraded(),
        };
        parser
            .with_raw(&activity.json, |value, raw| row(&mut rows, activity, &Record::read(value), &origin, raw))
            .expect("what parsed when it was labelled parses again");
    }
    rows
}

fn row(rows: &mut Rows, activity: &Activity, record: &Record<'_>, origin: &Origin<'_>, raw: Raw<'_>) {
    event::place(rows, record, origin);
    event::label(rows, origin);
    REVIEW.iter().for_each(|_| rows.text(None));
    event::call(rows, record, origin, raw.values(record.value, event::JSON));
    event::worth(rows, record, origin);
    rows.text(Some(&as_text(activity.line.as_deref().unwrap_or(&activity.json))));
    rows.end();
}
