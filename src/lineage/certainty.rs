//! How far a link in a chain can be believed.

use serde::Serialize;

/// The strength of a link, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Time and place only.
    Inferred,
    /// An identity that was there before, altered by root or by what grew out of root.
    Changed,
    /// By name in that account, or by name and start of the session.
    Created,
    /// By the exact key id; of a visitor by the policy that lets it in and the record of its entry.
    Issued,
}

impl Certainty {
    /// All of them, the strongest first.
    pub const ALL: [Self; 4] = [Self::Issued, Self::Created, Self::Changed, Self::Inferred];

    /// The name in tables and trees.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inferred => "inferred",
            Self::Changed => "changed",
            Self::Created => "created",
            Self::Issued => "issued",
        }
    }

    /// Place in [`Certainty::ALL`].
    pub(super) const fn level(self) -> usize {
        match self {
            Self::Issued => 0,
            Self::Created => 1,
            Self::Changed => 2,
            Self::Inferred => 3,
        }
    }
}
