//! An account as a list of an organisation has it.

use crate::evidence::record::time::Micros;
use crate::proof::coverage::accounts;

/// An account of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed {
    /// Twelve digits.
    pub account: String,
    /// As people call it.
    pub name: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, `CLOSED`, `PENDING_ACTIVATION`.
    pub status: Option<String>,
    /// When it came to the organisation. UTC.
    pub joined: Option<Micros>,
    /// When it was closed or suspended. UTC.
    pub closed: Option<Micros>,
    /// The management account of its organisation, which its ARN names.
    pub management: Option<String>,
    /// Where it lies in the organisation, as `o-.../r-.../ou-.../`, sorted. Older answers do not say; several where answers differ.
    pub paths: Vec<String>,
}

impl Listed {
    /// Whether it is the management account, to which service control policies do not apply.
    #[must_use]
    #[cfg(test)]
    pub(crate) fn is_management(&self) -> Option<bool> {
        self.management.as_ref().map(|management| *management == self.account)
    }

    /// Whether anybody can have worked in it at some time of a stretch, as far as the list says.
    #[must_use]
    pub(crate) fn is_there_in(&self, (from, to): (Micros, Micros)) -> bool {
        let is_gone = accounts::is_gone(self.status.as_deref());
        self.joined.is_none_or(|joined| joined < to) && self.closed.map_or(!is_gone, |closed| closed >= from)
    }

    /// Puts what two answers say of one account together. Of two that differ the greater, so that order does not matter.
    pub(crate) fn join(&mut self, other: Self) {
        let Self { account: _, name, status, joined, closed, management, paths } = other;
        self.name = self.name.take().max(name);
        self.status = self.status.take().max(status);
        self.joined = self.joined.max(joined);
        self.closed = self.closed.max(closed);
        self.management = self.management.take().max(management);
        self.paths.extend(paths);
        self.paths.sort();
        self.paths.dedup();
    }
}
