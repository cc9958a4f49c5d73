//! Runs the real program over `testdata` and over evidence made on the spot.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may panic and say why it was skipped")]

mod accounting;
mod convert;
mod damage;
mod forms;
mod property;
mod reference;
mod run;
mod scan;
mod show;
