//! Every record, not only root's, into Parquet by account and day.
//!
//! `cargo run --example convert -- FOLDER`

use rootline::convert::{self, Spool, Written};
use rootline::source::Disk;
use rootline::{Config, Error, Silent};
use std::env;
use std::path::Path;

/// Runs the example.
#[allow(clippy::print_stdout, reason = "an example shows what it wrote")]
pub fn main() -> Result<(), Error> {
    let folder = env::args_os().nth(1).unwrap_or_else(|| "takeover-records".into());
    let written = convert(Path::new(&folder))?;
    println!("{} records in {} files", written.rows, written.files);
    Ok(())
}

/// Records are put aside in the folder until all are read, then written in order of time.
pub fn convert(folder: &Path) -> Result<Written, Error> {
    let evidence = Disk::new(vec!["testdata/takeover".into()], None);
    let spool = Spool::new(&env::temp_dir());
    let mut converted = convert::read(&[&evidence], &Config::default(), &spool, &Silent)?;
    converted.write(folder, false, &Silent)
}
