//! What a lineage tells of one identity or credential.

use super::certainty::Certainty;
use super::kind::Kind;
use crate::evidence::record::time::Micros;
use serde::Serialize;
use std::collections::BTreeMap;

/// Number of a node: its place in [`Lineage::nodes`](super::Lineage::nodes).
pub(crate) type NodeId = u32;

/// An identity or credential that root is, that grew out of root, or that was altered by what did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its place in the list.
    pub id: NodeId,
    /// What it is.
    pub kind: Kind,
    /// Twelve digits; empty where no record tells.
    pub account: String,
    /// Name; of a session that of the role or user, of a function `region/name`, of an assignment permission set and principal.
    pub name: String,
    /// Name of the session.
    pub session: String,
    /// Key id of an access key, or of temporary credentials whose issue is in the evidence.
    pub access_key_id: String,
    /// `AIDA...`, `AROA...`, of a session with its name behind; empty where no record tells.
    pub unique_id: String,
    /// As a record gives it; never put together.
    pub arn: String,
    /// The name stood for something else before or after, in the evidence.
    pub has_namesakes: bool,
    /// When it became tainted, in whatever way; `None` where the trace starts from it.
    pub tainted: Option<Micros>,
    /// The weakest link on the best way to it.
    pub certainty: Certainty,
    /// Steps from the start on that way.
    pub depth: u32,
    /// The last step of that way, in [`Lineage::steps`](super::Lineage::steps).
    pub step: u32,
    /// First record traced to it.
    pub first_seen: Option<Micros>,
    /// Last record traced to it.
    pub last_seen: Option<Micros>,
    /// Records traced to it.
    pub records: u64,
    /// Those records by phase; those without a phase under `none`.
    pub phases: BTreeMap<&'static str, u64>,
    /// Those records by source address.
    pub addresses: BTreeMap<String, u64>,
    /// Those records by client.
    pub agents: BTreeMap<String, u64>,
}

impl Node {
    /// What to call it: kind and name.
    #[must_use]
    pub fn title(&self) -> String {
        let mut title = self.kind.name().to_owned();
        let mut add = |text: &str, before: char| {
            if !text.is_empty() {
                title.push(before);
                title.push_str(text);
            }
        };
        match self.kind {
            Kind::Root => {}
            // Their names are their owner's, or nothing.
            Kind::AccessKey | Kind::SessionToken | Kind::RootSession => add(&self.access_key_id, ' '),
            Kind::Account => add(&self.name, ' '),
            _ => {
                add(&self.name, ' ');
                add(&self.session, '/');
                add(&self.access_key_id, ' ');
            }
        }
        title
    }
}
