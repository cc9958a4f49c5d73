//! Runs the real program over `testdata` and over evidence made on the spot.

mod accounting;
mod damage;
mod forms;
mod property;
mod reference;
mod run;
mod scan;
mod show;
