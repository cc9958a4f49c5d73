//! The fold of every run: what was read of each object, put together thread by thread, and then over all threads.

use super::read::Part;
use crate::case::table::manifest::Row;
use crate::error::{Error, Result};

/// What a run makes of the parts of objects. The result may not depend on their order but by what the parts themselves say.
pub(super) trait Fold: Default + Send {
    /// Takes what was read of one file.
    fn take(&mut self, part: Part);
    /// Takes over what another thread has folded.
    fn append(&mut self, other: Self);
}

/// The place of the next row, as the other things that were read of a file refer to it.
///
/// # Panics
/// With more than four billion rows, which take more than a terabyte of memory before that.
pub(super) fn next_place(rows: &[Row]) -> u32 {
    u32::try_from(rows.len()).expect("four billion rows do not fit into memory")
}

/// The order of the manifest: by URI. Gives the place of each row in it.
pub(super) fn places(rows: &[Row]) -> Vec<u32> {
    // In the order of the listing first, which is by numbers and nearly it: names that share most of their letters are slow to compare.
    let mut order: Vec<(u32, u32)> = rows.iter().zip(0..).map(|(row, index)| (row.listed, index)).collect();
    order.sort_unstable();
    order.sort_by(|(_, one), (_, other)| {
        let (one, other) = (&rows[*one as usize], &rows[*other as usize]);
        one.uri.cmp(&other.uri).then_with(|| one.reason.cmp(&other.reason))
    });
    let mut places = vec![0; order.len()];
    for ((_, index), place) in order.into_iter().zip(0..) {
        places[index as usize] = place;
    }
    places
}

/// Puts the rows in their places.
pub(super) fn arrange(mut rows: Vec<Row>, places: &[u32]) -> Vec<Row> {
    let mut arranged = vec![0; rows.len()];
    places.iter().enumerate().for_each(|(index, place)| arranged[*place as usize] = index);
    arranged.into_iter().map(|index| std::mem::take(&mut rows[index])).collect()
}

/// Checks the sum of each row.
pub(super) fn reconcile(manifest: &[Row]) -> Result<()> {
    for row in manifest {
        if row.records != row.labelled + row.passed_over + row.damaged {
            return Err(Error::Unreconciled(format!(
                "{}: {} records, but {} labelled, {} passed over, {} damaged",
                row.uri, row.records, row.labelled, row.passed_over, row.damaged
            )));
        }
    }
    Ok(())
}
