//! Tests that cannot run on a machine: whoever runs them all is told which.

use std::io::Write as _;

/// Says that the test that calls this is not run, and why; `.ci/run` gathers it by the file that `ROOTLINE_SKIPPED` names.
#[allow(clippy::print_stderr, reason = "a test says why it did not run")]
pub(crate) fn skip(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    eprintln!("skipped {test}: {why}");
    if let Some(path) = std::env::var_os("ROOTLINE_SKIPPED") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| writeln!(file, "{test}: {why}"));
        assert!(written.is_ok(), "{test} is skipped, and that cannot be noted: {written:?}");
    }
}
