//! Why a file is not a list of accounts, by place.

use crate::error::Cause;
use crate::evidence::account::NotAnId;
use std::fmt;

/// Faults that are named; the others are counted.
const NAMED: usize = 5;

/// Why a file is not a list of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not UTF-8.
    NotText,
    /// It looks like JSON and is not; what the parser said.
    NotJson(String),
    /// There is no account in it.
    Empty,
    /// Not all pages of an answer of AWS are there.
    Cut,
    /// Places where an account id is expected and none is.
    Faults(Vec<Fault>),
}

/// A place of a list where an account id is expected and none is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `line 2`, or where it is in JSON: `Accounts[3].Id`.
    pub place: String,
    /// What is there instead.
    pub what: What,
}

/// What is in a place of a list where an account id is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Something else.
    Other(NotAnId),
    /// Nothing.
    Nothing,
    /// More than one id, of which only one can be meant.
    Several(String),
    /// A cell that goes over several lines and has ids in it: a quotation mark that is not closed.
    Quote,
    /// A first line that is neither a heading that is known nor an account.
    Heading(NotAnId),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        match &self.what {
            What::Other(fault) | What::Heading(fault) => fault.fmt(f),
            What::Nothing => f.write_str("no account id"),
            What::Quote => f.write_str("a quotation mark opens here and takes in the lines that follow"),
            What::Several(line) => write!(f, "several account ids and other text: `{line}`"),
        }
    }
}

impl Fault {
    fn hint(&self) -> &'static str {
        match &self.what {
            What::Other(fault) => fault.hint(),
            What::Quote => "close the quotation mark, or remove it",
            What::Nothing => "every line needs an account id of twelve digits",
            What::Several(_) | What::Heading(_) => "head the column of the account ids `account_id`",
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("it is not UTF-8 text"),
            Self::NotJson(error) => write!(f, "it is not valid JSON: {error}"),
            Self::Empty => f.write_str("there is no account in it"),
            Self::Cut => f.write_str("it has a `NextToken`: more accounts follow that are not in it"),
            Self::Faults(faults) => {
                for (number, fault) in faults.iter().take(NAMED).enumerate() {
                    write!(f, "{}{fault}", if number == 0 { "" } else { "; " })?;
                }
                if faults.len() > NAMED { write!(f, "; and {} more", faults.len() - NAMED) } else { Ok(()) }
            }
        }
    }
}

impl std::error::Error for Unreadable {}

impl From<Unreadable> for Cause {
    fn from(error: Unreadable) -> Self {
        let hint = Some(error.hint().into());
        Self::new(error, hint)
    }
}

impl Unreadable {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotText => "save it as UTF-8: in a spreadsheet, \"CSV UTF-8\"".to_owned(),
            Self::NotJson(_) | Self::Empty => {
                "give one account id a line, a CSV with a column `account_id`, or what `aws organizations list-accounts` prints".to_owned()
            }
            Self::Cut => "fetch all pages: `aws organizations list-accounts` without `--max-items` and `--no-paginate`".to_owned(),
            Self::Faults(faults) => {
                let mut hints: Vec<&str> = Vec::new();
                for hint in faults.iter().map(Fault::hint) {
                    if !hints.contains(&hint) {
                        hints.push(hint);
                    }
                }
                hints.join("; ")
            }
        }
    }
}
