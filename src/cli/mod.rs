//! The command line: one file for each command, flags to configuration.

mod alarms;
mod audit;
mod basis;
mod bucket;
mod convert;
mod copy;
mod corpus;
mod detect;
mod gather;
mod held;
mod incidents;
mod page;
mod plan;
mod progress;
mod reading;
mod replay;
mod report;
mod review;
mod scan;
mod show;
mod study;
mod summary;
mod trace;
mod verify;
mod window;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What the AWS root user did, and how far the logs can prove it.
#[derive(Debug, Parser)]
#[command(name = "rootline", version, max_term_width = 110)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Declares the commands: for each the words that the help has, and the type of its flags, in the file of its name.
macro_rules! commands {
    ($($(#[$words:meta])* $file:ident::$name:ident,)+) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $($(#[$words])* $name($file::$name),)+
        }

        impl Command {
            fn run(self) -> anyhow::Result<Exit> {
                match self {
                    $(Self::$name(command) => command.run(),)+
                }
            }
        }
    };
}

commands! {
    /// Read evidence into a case: a timeline of everything that has to do with root, and an account of what was read.
    scan::Scan,
    /// Write every record, not only root's, to Parquet by account and day.
    convert::Convert,
    /// State whether root was used in a period, and how far that can be believed.
    audit::Audit,
    /// Check logs against CloudTrail's signed digests: every hour, every log, without a network.
    verify::Verify,
    /// Put the timeline of a case together to sessions and incidents, with what speaks for break-glass use, a stray key or a takeover.
    incidents::Incidents,
    /// Measure how long root use went unnoticed: delivery, alert, acknowledgement, resolution.
    detect::Detect,
    /// Follow everything that grew out of root: users, keys, roles, sessions, instances; and what of it still stands.
    trace::Trace,
    /// Say whether a metric filter and its alarm would have rung for root's use, and what they miss.
    replay::Replay,
    /// Study root use across accounts and years: how common, how often again, with what, how long idle.
    study::Study,
    /// Show the timeline of a case.
    show::Show,
    /// Copy a bucket's evidence to disk, byte for byte, with what S3 says of each object.
    copy::Copy,
    /// Make up CloudTrail logs in S3 layout, for rehearsals and for measuring.
    corpus::Corpus,
}

/// What a run proved, as the process exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Clean = 0,
    /// Done, and root was used.
    Findings = 1,
    /// Could not run.
    Failed = 2,
    /// Done, but the evidence is incomplete.
    Incomplete = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The whole command: reads the arguments of the process, runs, and says what went wrong.
#[must_use]
pub fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(exit) => exit.into(),
        Err(error) => {
            report_error(&error);
            Exit::Failed.into()
        }
    }
}

/// Runs a command.
///
/// # Errors
/// When it could not be run at all. A reader that went away is not an error.
pub fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command.run() {
        Err(error) if is_broken_pipe(&error) => Ok(Exit::Clean),
        outcome => outcome,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let of_io = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    };
    error.chain().any(of_io)
}

/// Writes an error, its causes and a hint to standard error.
#[allow(clippy::print_stderr, reason = "this is where errors are shown")]
pub fn report_error(error: &anyhow::Error) {
    let causes: Vec<String> = error.chain().map(|cause| page::clean(&cause.to_string()).into_owned()).collect();
    eprintln!("error: {}", causes.join(": "));
    if let Some(hint) = error.downcast_ref::<crate::error::Error>().and_then(crate::error::Error::hint) {
        eprintln!("hint: {}", page::clean(&hint));
    }
}

/// Says something on standard error that the results do not: what was kept, removed or not found.
#[allow(clippy::print_stderr, reason = "notes must not stand among results")]
pub fn note(text: &str) {
    eprintln!("note: {}", page::clean(text));
}
