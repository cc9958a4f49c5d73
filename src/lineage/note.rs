//! What a reader of a lineage must know beside it.

use super::node::NodeId;
use serde::Serialize;

/// A limit, an oddity or a warning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// Nothing in the evidence fits what the trace was to start from.
    StartNotFound,
    /// Several records bear the event id that the trace starts from; it starts from all of them.
    EventIdShared {
        /// How many.
        records: u64,
    },
    /// The trace starts from a credential whose issue is not in the evidence.
    OriginUnknown {
        /// The credential.
        node: NodeId,
    },
    /// A session that is traced by its role, user or name, and whose issue is not in the evidence.
    IssueMissing {
        /// The session.
        node: NodeId,
    },
    /// A credential was used before the record of its issue: a wrong clock or a forged record. What came before is not traced.
    UsedBeforeIssue {
        /// The credential.
        node: NodeId,
        /// How many records.
        records: u64,
        /// The first of them.
        handle: u64,
    },
    /// A record that would be traced if it had a time.
    NoTime {
        /// The identity or credential behind it.
        node: NodeId,
        /// How many records.
        records: u64,
        /// One of them.
        handle: u64,
    },
    /// The name stood for something else before or after; only what was made or altered is traced.
    NameReused {
        /// The thing that is traced.
        node: NodeId,
    },
    /// Roles assume each other in a circle; each session is followed once.
    RoleCycle {
        /// The session that closes the circle.
        node: NodeId,
    },
    /// Called like root, but a user or a session of a role.
    LooksLikeRoot {
        /// The one.
        node: NodeId,
    },
    /// More came of it than a reader will want to see one by one.
    ManyChildren {
        /// The one.
        node: NodeId,
        /// How many.
        children: u64,
    },
    /// An AssumeRoot session that no traced identity opened: the trace takes it for a start.
    PrivilegedStart {
        /// The session.
        node: NodeId,
    },
}

/// Children beyond which [`Note::ManyChildren`] is given.
pub(crate) const MANY_CHILDREN: u64 = 100;
