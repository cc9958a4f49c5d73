//! Why a run could not be done at all. Damage in the evidence is not an error: it is counted and named in the manifest.

use std::borrow::Cow;
use std::path::PathBuf;
use std::{fmt, io};

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
    /// The folder is not a finished case.
    #[error("no case in `{}`", .0.display())]
    NoCase(PathBuf),
    /// The folder for a copy holds other things.
    #[error("`{}` is not empty and is not a copy of a bucket", .0.display())]
    NotACopy(PathBuf),
    /// The folder holds a copy of another bucket.
    #[error("`{}` is a copy of bucket `{bucket}`", folder.display())]
    AnotherCopy {
        /// The folder.
        folder: PathBuf,
        /// What it is a copy of.
        bucket: String,
    },
    /// The evidence is the folder that the results are to go to.
    #[error("`{}` is the evidence and the folder of the results at once", .0.display())]
    ItsOwnEvidence(PathBuf),
    /// The evidence is a folder of results.
    #[error("`{}` holds results of rootline, not evidence", .0.display())]
    NotEvidence(PathBuf),
    /// The case holds more than the run would make again.
    #[error("`{}` holds results that this run would remove: {}", case.display(), lost.join(", "))]
    Reviewed {
        /// The folder.
        case: PathBuf,
        /// The files that would be lost.
        lost: Vec<String>,
        /// Where the evidence of the case lies, where the run is of other evidence.
        other: Option<String>,
    },
    /// Nothing was read, and the folder holds results of something.
    #[error("no record was found in the evidence, and `{}` holds the results of {records} records", folder.display())]
    NothingInstead {
        /// The folder.
        folder: PathBuf,
        /// Records that its results are of.
        records: u64,
    },
    /// What was asked for is not in the evidence.
    #[error("{what}")]
    NotHeld {
        /// What is not there, in words.
        what: String,
        /// What is there instead, in words.
        holds: String,
    },
    /// A file of break-glass windows cannot be used.
    #[error("`{}` is not a usable file of break-glass windows", path.display())]
    BreakGlass {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
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
    /// A table cannot be made a data frame.
    #[error("the table cannot be made a data frame")]
    Frame(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Standard input is named twice.
    #[error("standard input can be read only once")]
    StdinTwice,
    /// The worker threads cannot be started.
    #[error("cannot start {0} threads")]
    Threads(usize),
    /// Records could not be written to a temporary file, or read back.
    #[error("cannot keep records in a temporary file in `{}`", folder.display())]
    Spool {
        /// The folder of the temporary file.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A bucket cannot be read at all.
    #[error(transparent)]
    S3(#[from] S3Trouble),
    /// A filter pattern cannot be read.
    #[error("the pattern of `{name}`: {fault}")]
    Pattern {
        /// The metric filter, or the flag.
        name: String,
        /// What is wrong.
        fault: Cause,
    },
    /// A trace found more names than can be looked for at once.
    #[error("too many names to look for: {0}")]
    TooManyNeedles(String),
    /// What a review of a case left cannot be read.
    #[error("the last review of the case cannot be read: `{}`", path.display())]
    Review {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// An export of alerts cannot be used.
    #[error("`{}`", path.display())]
    Alerts {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// A file of account states cannot be used.
    #[error("`{}` is not a recognised account-state export", path.display())]
    AccountState {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// A list of accounts cannot be used.
    #[error("`{}` is not a usable list of accounts", path.display())]
    Accounts {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// The sums do not add up: a bug in this program.
    #[error("the count of records does not add up: {0}")]
    Unreconciled(String),
}

impl Error {
    /// Whether it is that a folder of results may not be written to.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        matches!(self, Self::Case { source, .. } if is_locked(source))
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::NoEvidence { .. } => Some("give a file, a folder, an archive, or `-` for standard input"),
            Self::NotACase(_) => Some("give a new folder, or one that an earlier scan wrote"),
            Self::NotRecords(_) => Some("give a new folder, or one that an earlier `rootline convert` wrote"),
            Self::NoCase(_) => Some("run `rootline scan EVIDENCE... --case DIR` first; an interrupted scan leaves no case"),
            Self::NotACopy(_) | Self::AnotherCopy { .. } => {
                Some("give a new folder, or one that an earlier `rootline copy` of the bucket wrote")
            }
            Self::ItsOwnEvidence(_) => Some("give the evidence, and a folder of its own for the results"),
            Self::NotEvidence(_) => {
                Some("`rootline show` and `rootline incidents` look at a case; give the evidence that it was made of to read it again")
            }
            Self::Reviewed { other, .. } => {
                let of = other.as_ref().map_or_else(String::new, |other| format!("the case is of other evidence: {other}; "));
                return Some(Cow::Owned(format!("{of}give another folder, or `--replace` to make the case again without them")));
            }
            Self::NothingInstead { .. } => {
                Some("check that the evidence is there; give another folder, or `--replace` to replace the results with nothing")
            }
            Self::CaseInUse(_) => Some("wait for it to finish, or give another folder"),
            Self::Case { source, .. } if is_full(source) => Some("free some space there, or give a folder on another disk"),
            Self::Case { action: "write to", source, .. } if is_locked(source) => {
                Some("give another folder; `rootline show` and `rootline incidents CASE --incident ID` need not write to a case")
            }
            Self::Table { action: "read", source, .. } if source.to_string().starts_with("not found: ") => {
                Some("another version of rootline writes other columns: scan the evidence of the case again, with `--replace`")
            }
            Self::Spool { .. } => Some("give a folder with more room with `--temp DIR`; a conversion takes as much as the logs inflated"),
            Self::S3(trouble) => return trouble.hint(),
            Self::NotHeld { holds, .. } => return Some(Cow::Owned(holds.clone())),
            Self::BreakGlass { source, .. }
            | Self::Alerts { source, .. }
            | Self::AccountState { source, .. }
            | Self::Accounts { source, .. }
            | Self::Pattern { fault: source, .. } => return source.hint.clone(),
            Self::Review { .. } => Some("remove the file, and give the gaps and the break-glass windows again"),
            Self::TooManyNeedles(_) => Some("narrow the window with `--from` and `--to`"),
            Self::Unreconciled(_) => Some("please report this, with the summary.json of the case"),
            _ => None,
        };
        hint.map(Cow::Borrowed)
    }
}

/// What is wrong with something that the user gave, and what to do about it. Each reader has an error of its own; this carries any of them.
#[derive(Debug)]
pub struct Cause {
    what: Box<dyn std::error::Error + Send + Sync>,
    hint: Option<Cow<'static, str>>,
}

impl Cause {
    /// From a reader's error.
    pub(crate) fn new(what: impl std::error::Error + Send + Sync + 'static, hint: Option<Cow<'static, str>>) -> Self {
        Self { what: Box::new(what), hint }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.what.source()
    }
}

/// Whether a disk is full.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether a place may not be written to.
fn is_locked(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Why a bucket cannot be read at all. What is wrong with one object of it stands in the manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum S3Trouble {
    /// A location that is none.
    #[error("`{0}` is not an S3 location")]
    NotALocation(String),
    /// Nothing to sign requests with.
    #[error("no AWS credentials: {0}")]
    NoCredentials(String),
    /// What requests were signed with is refused.
    #[error("the AWS credentials are refused: {0}")]
    BadCredentials(String),
    /// There is no bucket of that name.
    #[error("no bucket `{0}`")]
    NoSuchBucket(String),
    /// The bucket lies elsewhere.
    #[error("bucket `{bucket}` is not in the region that was asked")]
    WrongRegion {
        /// Its name.
        bucket: String,
        /// Where it lies, where the service says so.
        region: Option<String>,
    },
    /// The location may not be listed.
    #[error("access to `{0}` is denied")]
    Denied(String),
    /// No object has this key, and no key starts with it.
    #[error("nothing at `{0}`")]
    Nothing(String),
    /// No answer.
    #[error("cannot reach {endpoint}: {reason}")]
    Unreachable {
        /// Who was asked.
        endpoint: String,
        /// What went wrong.
        reason: String,
    },
    /// Any other answer that is an error.
    #[error("`{location}` cannot be listed: {reason}")]
    Refused {
        /// What was asked for.
        location: String,
        /// What the service said.
        reason: String,
    },
    /// A command that keeps no evidence elsewhere was pointed at S3.
    #[error("`{0}` is in S3; results are written to disk")]
    NotAFolder(String),
}

impl S3Trouble {
    fn hint(&self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match self {
            Self::NotALocation(_) => "write `s3://bucket/prefix`",
            Self::NoCredentials(_) => "set `AWS_PROFILE` or give `--profile NAME`; for a public bucket `--no-sign-request`",
            Self::BadCredentials(_) => "check them with `aws sts get-caller-identity`; sessions expire",
            Self::NoSuchBucket(_) => "check the name; with a server other than AWS, `--endpoint-url` too",
            Self::WrongRegion { region: Some(region), .. } => {
                return Some(Cow::Owned(format!("it is in {region}: give `--aws-region {region}`")));
            }
            Self::WrongRegion { .. } => "give its region with `--aws-region`",
            Self::Denied(_) => {
                "listing takes s3:ListBucket, reading s3:GetObject; a bucket whose reader pays takes `--request-payer`, and \
                `--expected-bucket-owner` must be its account"
            }
            Self::Nothing(_) => "`aws s3 ls` shows what is there; a prefix may end anywhere in a key",
            Self::Unreachable { .. } => "check the network, and `--endpoint-url` and `--aws-region` if given",
            Self::NotAFolder(_) => "give a folder on disk",
            Self::Refused { .. } => return None,
        }))
    }
}

/// The result of a run.
pub type Result<T, E = Error> = std::result::Result<T, E>;
