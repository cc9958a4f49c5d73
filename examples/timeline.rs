//! The timeline of a case as a polars data frame.
//!
//! `cargo run --example timeline -- CASE`, with a folder that `rootline scan EVIDENCE --case CASE` has made.

use rootline::table::DataFrame;
use rootline::{Case, Error};
use std::env;
use std::path::Path;

/// Runs the example.
#[allow(clippy::print_stdout, reason = "an example shows what it found")]
pub fn main() -> Result<(), Error> {
    let folder = env::args_os().nth(1).unwrap_or_else(|| "takeover-case".into());
    let timeline = timeline(Path::new(&folder))?;
    println!("{} activities, {} columns: {:?}", timeline.height(), timeline.width(), timeline.get_column_names());
    Ok(())
}

/// The data frame; all that polars can do with one is open from here.
pub fn timeline(case: &Path) -> Result<DataFrame, Error> {
    Case::open(case)?.timeline()
}
