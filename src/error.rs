//! Why a run could not be done at all. Damage in the evidence is no error: it is counted and named in the manifest.

use std::borrow::Cow;
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
    /// The folder for a copy holds other things.
    #[error("`{}` is not empty and is no copy of a bucket", .0.display())]
    NotACopy(PathBuf),
    /// The folder holds a copy of another bucket.
    #[error("`{}` is a copy of bucket `{bucket}`", folder.display())]
    AnotherCopy {
        /// The folder.
        folder: PathBuf,
        /// What it is a copy of.
        bucket: String,
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
    /// A bucket cannot be read at all.
    #[error(transparent)]
    S3(#[from] S3Trouble),
    /// A filter pattern cannot be read.
    #[error("the pattern of `{name}`: {fault}")]
    Pattern {
        /// The metric filter, or the flag.
        name: String,
        /// What is wrong.
        fault: crate::pattern::Fault,
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
        source: crate::detect::alerts::Unreadable,
    },
    /// A list of accounts cannot be used.
    #[error("`{}` is not a usable list of accounts", path.display())]
    Accounts {
        /// The file.
        path: PathBuf,
        /// Why.
        source: crate::coverage::accounts::Unreadable,
    },
    /// The sums do not add up: a bug in this program.
    #[error("the count of records does not add up: {0}")]
    Unreconciled(String),
}

impl Error {
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
            Self::CaseInUse(_) => Some("wait for it to finish, or give another folder"),
            Self::Spool { .. } => Some("give a folder with more room with `--temp DIR`; a conversion takes as much as the logs inflated"),
            Self::S3(trouble) => return trouble.hint(),
            Self::Alerts { source, .. } => return source.hint(),
            Self::Accounts { source, .. } => return Some(Cow::Owned(source.hint())),
            Self::Pattern { fault, .. } => return fault.hint.clone(),
            Self::Review { .. } => Some("remove the file, and give the gaps and the break-glass windows again"),
            Self::TooManyNeedles(_) => Some("narrow the window with `--from` and `--to`"),
            Self::Unreconciled(_) => Some("please report this, with the summary.json of the case"),
            _ => None,
        };
        hint.map(Cow::Borrowed)
    }
}

/// Why a bucket cannot be read at all. What is wrong with one object of it stands in the manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum S3Trouble {
    /// A location that is none.
    #[error("`{0}` is no S3 location")]
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
