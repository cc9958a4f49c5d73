//! Break-glass windows: use of root that somebody approved beforehand, with its terms.
//!
//! Use inside a window that keeps its terms is approved; use inside one that does not is out of scope, and it is said which term is broken; the rest is
//! unapproved. A term that the record cannot show to be kept is not kept.

mod file;

pub(crate) use file::read;

use super::Entry;
use crate::evidence::record::time::{self, Micros, rfc3339};
use crate::named::named;
use crate::root::Class;
use ipnet::IpNet;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// One approved use of root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "file::Raw")]
pub(crate) struct Window {
    /// Accounts; empty for all (`*` in the file).
    #[serde(serialize_with = "all_or_some")]
    pub accounts: BTreeSet<String>,
    /// The first moment.
    #[serde(serialize_with = "rfc3339::always")]
    pub start: Micros,
    /// The first moment after it.
    #[serde(serialize_with = "rfc3339::always")]
    pub end: Micros,
    /// The change or request that it stands on.
    pub ticket: Option<String>,
    /// Who approved it.
    pub approver: Option<String>,
    /// Where root may be used from; empty for anywhere.
    pub addresses: Vec<IpNet>,
    /// What may be called, as in IAM policies (`iam:Create*`); empty for anything. Signing in is always part of it.
    pub actions: Vec<String>,
    /// Whether only use with MFA is approved.
    pub mfa: bool,
}

fn all_or_some<S: Serializer>(accounts: &BTreeSet<String>, serializer: S) -> Result<S::Ok, S::Error> {
    if accounts.is_empty() { ["*"].serialize(serializer) } else { accounts.serialize(serializer) }
}

impl Window {
    /// What people call it.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        self.ticket.clone().unwrap_or_else(|| format!("the window from {}", time::format(self.start)))
    }

    fn holds(&self, account: &str, time: Micros) -> bool {
        (self.start..self.end).contains(&time) && (self.accounts.is_empty() || self.accounts.contains(account))
    }

    /// The terms that an entry does not keep; `mfa` is what its session knows.
    fn broken(&self, entry: &Entry<'_>, mfa: Option<bool>) -> Vec<String> {
        let mut broken = Vec::new();
        if !self.addresses.is_empty() {
            let address = entry.address.and_then(|address| address.parse::<IpAddr>().ok());
            if !address.is_some_and(|address| self.addresses.iter().any(|allowed| allowed.contains(&address))) {
                broken.push(format!("{}: `{}` is not an allowed address", self.name(), entry.address.unwrap_or("(none)")));
            }
        }
        let signs_in = matches!(entry.class, Class::SignIn | Class::Attempt) || entry.service() == "signin";
        if !self.actions.is_empty() && !signs_in && !self.actions.iter().any(|allowed| matches(allowed, &entry.action())) {
            broken.push(format!("{}: `{}` is not an allowed action", self.name(), entry.action()));
        }
        match mfa {
            _ if !self.mfa => {}
            Some(true) => {}
            Some(false) => broken.push(format!("{}: without MFA", self.name())),
            None => broken.push(format!("{}: no record shows MFA", self.name())),
        }
        broken
    }

    /// Whether both are of one account and one time.
    fn overlaps(&self, other: &Self) -> bool {
        let accounts = self.accounts.is_empty() || other.accounts.is_empty() || !self.accounts.is_disjoint(&other.accounts);
        accounts && self.start < other.end && other.start < self.end
    }
}

/// Whether a text fits a pattern with `*` for any text and `?` for any character, in any case, as IAM compares actions.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut place, mut star) = (0, 0, None);
    while place < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(symbol) if *symbol == b'?' || *symbol == text[place] => {
                at += 1;
                place += 1;
            }
            // The last star takes one more.
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    place = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|symbol| *symbol == b'*')
}

named! {
    /// How a use stands to the windows, the best first.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Verdict {
        /// Inside a window, and its terms are kept.
        Approved = "approved",
        /// Inside a window, but not by its terms.
        OutOfScope = "out_of_scope",
        /// In no window.
        Unapproved = "unapproved",
    }
}

/// What the windows say of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// In short.
    pub verdict: Verdict,
    /// Of the window that approves it, or that it is in.
    pub ticket: Option<String>,
    /// The terms that it does not keep.
    pub reasons: Vec<String>,
}

/// The windows of a file, and what came of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BreakGlass {
    windows: Vec<Window>,
    /// Entries that each approves.
    approved: Vec<u64>,
    /// Entries inside each that break its terms.
    out_of_scope: Vec<u64>,
}

impl BreakGlass {
    /// Windows of which nothing is known yet.
    #[must_use]
    pub(crate) fn new(windows: Vec<Window>) -> Self {
        let none = vec![0; windows.len()];
        Self { windows, approved: none.clone(), out_of_scope: none }
    }

    /// The windows, and how many records each approves, and how many lie inside and are out of its scope.
    pub(crate) fn windows(&self) -> impl Iterator<Item = (&Window, u64, u64)> {
        let counts = self.approved.iter().zip(&self.out_of_scope);
        self.windows.iter().zip(counts).map(|(window, (approved, out_of_scope))| (window, *approved, *out_of_scope))
    }

    /// Pairs that hold for the same account at the same time.
    #[must_use]
    pub(crate) fn overlaps(&self) -> Vec<(&Window, &Window)> {
        let pairs =
            self.windows.iter().enumerate().flat_map(|(place, one)| self.windows[place + 1..].iter().map(move |other| (one, other)));
        pairs.filter(|(one, other)| one.overlaps(other)).collect()
    }

    /// Judges an entry; `mfa` is what its session knows.
    pub(super) fn judge(&mut self, entry: &Entry<'_>, mfa: Option<bool>) -> Judgement {
        let mut judged = Judgement { verdict: Verdict::Unapproved, ticket: None, reasons: Vec::new() };
        let Some(time) = entry.time else { return judged };
        let mut inside = Vec::new();
        for (place, window) in self.windows.iter().enumerate().filter(|(_, window)| window.holds(entry.account, time)) {
            let broken = window.broken(entry, entry.mfa.or(mfa));
            if broken.is_empty() {
                self.approved[place] += 1;
                return Judgement { verdict: Verdict::Approved, ticket: window.ticket.clone(), reasons: Vec::new() };
            }
            inside.push(place);
            judged.verdict = Verdict::OutOfScope;
            judged.ticket = judged.ticket.or_else(|| window.ticket.clone());
            judged.reasons.extend(broken);
        }
        inside.into_iter().for_each(|place| self.out_of_scope[place] += 1);
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn actions_match_as_in_iam_policies() {
        for (pattern, action, fits) in [
            ("iam:*", "iam:CreateUser", true),
            ("iam:create*", "iam:CreateUser", true),
            ("*:Get*", "s3:GetObject", true),
            ("s3:?etObject", "s3:GetObject", true),
            ("*", "sts:GetCallerIdentity", true),
            ("*User*er", "iam:CreateUserFolder", true),
            ("iam:CreateUser", "iam:CreateUsers", false),
            ("iam:CreateUser*", "iam:CreateUser", true),
            ("iam:?reateUser?", "iam:CreateUser", false),
            ("", "iam:CreateUser", false),
        ] {
            assert_eq!(matches(pattern, action), fits, "{pattern} {action}");
        }
    }
}
