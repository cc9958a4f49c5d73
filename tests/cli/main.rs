//! Runs the real program over `testdata` and over evidence made on the spot.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may panic and say why it was skipped")]

mod accounting;
mod audit;
mod bucket;
mod cases;
mod conformance;
mod convert;
mod copy;
mod damage;
mod detect;
mod examples;
mod faults;
mod forms;
mod house;
mod identity;
mod incidents;
mod logging;
mod names;
mod nothing;
mod property;
mod reference;
mod removal;
mod replay;
mod run;
mod s3;
mod s3_server;
mod scan;
mod show;
mod study;
mod trace;
mod verify;
mod whose;
mod words;
