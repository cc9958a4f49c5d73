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
    /// Somebody came in through a role or a resource that a traced identity has opened, and had come in before, or was let in by what was there
    /// before: not taken for an intruder.
    CameBefore {
        /// Who.
        node: NodeId,
    },
    /// Somebody came in as everybody of the account, a service or a provider may, perhaps before the change, too.
    MayHaveComeBefore {
        /// Who.
        node: NodeId,
    },
    /// Somebody came in through a role whose trust a traced identity has written, and whom it lets in could not be read.
    PolicyUnread {
        /// Who.
        node: NodeId,
    },
    /// Somebody came in through such a role who is not whom the policy lets in.
    NotLetIn {
        /// Who.
        node: NodeId,
    },
    /// A traced identity opened something through which nobody is followed.
    NotFollowed {
        /// The call.
        event: String,
        /// What it opened, as the request calls it; empty where it does not.
        what: String,
        /// How often.
        records: u64,
        /// The first record of it.
        handle: u64,
    },
    /// A user was put into a group of an identity store whose assignments are not in the evidence.
    GroupUnknown {
        /// The user.
        node: NodeId,
    },
    /// A user was put into a group, and the evidence does not tell its name: sessions are followed only where the portal has recorded its id.
    UserUnnamed {
        /// The user.
        node: NodeId,
    },
    /// A permission set was given to a group: who was in it before the evidence is not known, so every session of the set is followed.
    MembersUnknown {
        /// The assignment.
        node: NodeId,
    },
    /// A permission set was given in an account, and its name is not in the evidence: sessions of it are not followed.
    SetUnnamed {
        /// The assignment.
        node: NodeId,
    },
    /// An AssumeRoot session that no traced identity opened: the trace takes it for a start.
    PrivilegedStart {
        /// The session.
        node: NodeId,
    },
}

/// Children beyond which [`Note::ManyChildren`] is given.
pub(crate) const MANY_CHILDREN: u64 = 100;
