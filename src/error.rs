//! Why a run could not be done at all. Damage in the evidence is no error: it is counted and named in the manifest.

use std::io;
use std::path::PathBuf;

/// A run that could not be done. The text says what and where; [`Error::hint`] what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path of the command line is not there.
    #[error("no evidence at `{}`", path.display())]
    NoEvidence {
        /// The path as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder for the case holds other things.
    #[error("`{}` is not empty and is not a case", .0.display())]
    NotACase(PathBuf),
    /// The folder for converted records holds other things.
    #[error("`{}` is not empty and holds no converted records", .0.display())]
    NotRecords(PathBuf),
    /// The folder is no finished case.
    #[error("no case in `{}`", .0.display())]
    NoCase(PathBuf),
    /// Another run is writing to the case.
    #[error("`{}` is in use by another run", .0.display())]
    CaseInUse(PathBuf),
    /// A file of the case cannot be written or read.
    #[error("cannot {action} `{}`", path.display())]
    Case {
        /// `create`, `write`, `read`, ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A table cannot be written or read.
    #[error("cannot {action} table `{}`", path.display())]
    Table {
        /// `write` or `read`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Standard input is named twice.
    #[error("standard input can be read only once")]
    StdinTwice,
    /// The worker threads cannot be started.
    #[error("cannot start {0} threads")]
    Threads(usize),
    /// Records could not be put aside, or had back.
    #[error("cannot keep records in a temporary file in `{}`", folder.display())]
    Spool {
        /// The folder of the temporary file.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The sums do not add up: a bug in this program.
    #[error("the count of records does not add up: {0}")]
    Unreconciled(String),
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoEvidence { .. } => Some("give a file, a folder, an archive, or `-` for standard input"),
            Self::NotACase(_) => Some("give a new folder, or one that an earlier scan wrote"),
            Self::NotRecords(_) => Some("give a new folder, or one that an earlier `rootline convert` wrote"),
            Self::NoCase(_) => Some("run `rootline scan EVIDENCE... --case DIR` first; an interrupted scan leaves no case"),
            Self::CaseInUse(_) => Some("wait for it to finish, or give another folder"),
            Self::Spool { .. } => Some("give a folder with more room with `--temp DIR`; a conversion takes as much as the logs inflated"),
            Self::Unreconciled(_) => Some("please report this, with the summary.json of the case"),
            _ => None,
        }
    }
}

/// The result of a run.
pub type Result<T, E = Error> = std::result::Result<T, E>;
