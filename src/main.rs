//! Policy only: parse, run, exit code.

/// Takes less time than the system's, for some dozens of MiB more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use clap::Parser as _;
use std::process::ExitCode;

mod cli;
mod progress;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match cli::run(arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            cli::report_error(&error);
            cli::Exit::Failed.into()
        }
    }
}
