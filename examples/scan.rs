//! Everything that has to do with root in some evidence, counted by class.
//!
//! `cargo run --example scan -- testdata/takeover`

use rootline::source::Disk;
use rootline::{Class, Config, Error, Silent};
use std::env;
use std::path::PathBuf;

/// Runs the example.
#[allow(clippy::print_stdout, reason = "an example shows what it found")]
pub fn main() -> Result<(), Error> {
    let places: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let places = if places.is_empty() { vec!["testdata/takeover".into()] } else { places };
    for (class, count) in counts(places)? {
        println!("{:<20} {count}", class.name());
    }
    Ok(())
}

/// Counts only what was read: an answer for people says what was not, which is in the manifest.
#[allow(clippy::print_stderr, reason = "an example says what it could not read")]
pub fn counts(places: Vec<PathBuf>) -> Result<Vec<(Class, usize)>, Error> {
    let scan = rootline::scan(&[&Disk::new(places, None)], &Config::default(), &Silent)?;
    for lost in scan.manifest.iter().filter(|row| row.status.is_loss()) {
        eprintln!("{}: {}, {}", lost.uri, lost.status.name(), lost.reason.as_deref().unwrap_or_default());
    }
    Ok(Class::ALL.map(|class| (class, scan.activities.iter().filter(|one| one.label.class == class).count())).into())
}
