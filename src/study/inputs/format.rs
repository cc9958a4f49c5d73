//! What an input is and how it is read. [`super::formats`] lists them.

use super::import::{Import, Kind, Options};
use serde_json::{Map, Value};

/// One answer in a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'i> {
    /// An object.
    Object(&'i Map<String, Value>),
    /// A file that is not JSON.
    Text(&'i str),
}

impl<'i> Item<'i> {
    /// A member of an object.
    pub(super) fn get(self, name: &str) -> Option<&'i Value> {
        match self {
            Self::Object(members) => members.get(name),
            Self::Text(_) => None,
        }
    }

    /// A list in an object.
    pub(super) fn list(self, name: &str) -> Option<&'i [Value]> {
        self.get(name)?.as_array().map(Vec::as_slice)
    }

    /// A text in an object.
    pub(super) fn text(self, name: &str) -> Option<&'i str> {
        self.get(name)?.as_str()
    }

    /// The account that a wrapper names, or else the caller.
    pub(super) fn account(self, options: &Options) -> Option<String> {
        let named =
            self.text("AccountId").or_else(|| self.text("Account")).filter(|account| crate::evidence::source::key::is_account(account));
        named.map(str::to_owned).or_else(|| options.account.clone())
    }

    /// Whether the answer is one page of several.
    pub(super) fn is_cut(self) -> bool {
        self.get("IsTruncated").and_then(Value::as_bool) == Some(true)
            || ["NextToken", "Marker"].iter().any(|name| self.text(name).is_some())
    }
}

/// How an input is known and read.
pub(super) struct Format {
    pub kind: Kind,
    /// What it is called, for the message that lists all.
    pub forms: &'static str,
    pub fits: fn(Item<'_>) -> bool,
    /// Takes what it can use; the error is of an item of which nothing can be used.
    pub read: fn(Item<'_>, &Options, &mut Import) -> Result<(), String>,
}
