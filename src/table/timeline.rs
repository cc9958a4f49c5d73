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
use crate::spool::Texts;
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

/// Writes the table into `file`; `texts` holds the records, `uri` gives the name of an activity's object.
///
/// # Errors
/// When the file cannot be written.
pub fn write<'u>(activities: &[Activity], texts: &Texts, uri: impl Fn(u32) -> &'u str + Sync, file: File, path: &Path) -> Result<()> {
    let batches: Vec<_> = activities.chunks(batch(activities.len())).collect();
    TableWriter::new(file, path, &schema())?.write_all(&batches, |batch| fill(batch, texts, &uri), || texts.release())
}

fn fill<'u>(batch: &[Activity], texts: &Texts, uri: &(impl Fn(u32) -> &'u str + Sync)) -> Rows {
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
            .with_raw(texts.json(&activity.text), |value, raw| {
                row(&mut rows, &Record::read(value), &origin, raw, texts.delivered(&activity.text));
            })
            .expect("what parsed when it was labelled parses again");
    }
    rows
}

fn row(rows: &mut Rows, record: &Record<'_>, origin: &Origin<'_>, raw: Raw<'_>, delivered: &[u8]) {
    event::place(rows, record, origin);
    event::label(rows, origin);
    REVIEW.iter().for_each(|_| rows.text(None));
    event::call(rows, record, origin, raw.values(record.value, event::JSON));
    event::worth(rows, record, origin);
    rows.text(Some(&as_text(delivered)));
    rows.end();
}
