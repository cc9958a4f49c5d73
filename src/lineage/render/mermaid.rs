//! The graph for Mermaid.

use super::super::Lineage;
use super::label;
use std::fmt::Write as _;

/// The nodes and edges as a Mermaid flowchart. Whatever is not a letter, a digit or plain punctuation becomes an entity, so a name cannot
/// end its label, be read as HTML or as a directive.
#[must_use]
pub(crate) fn mermaid(lineage: &Lineage) -> String {
    let mut text = String::from("flowchart LR\n");
    for node in &lineage.nodes {
        let label: Vec<String> = label(node).iter().map(|line| escaped(line)).collect();
        let _ = writeln!(text, "  n{}[\"{}\"]", node.id, label.join("<br/>"));
    }
    let mut drawn = std::collections::HashSet::new();
    for edge in &lineage.edges {
        if drawn.insert((edge.from, edge.to, edge.event.as_str())) {
            let arrow = if edge.is_act { "-->" } else { "-.->" };
            let _ = writeln!(text, "  n{} {arrow}|\"{}\"| n{}", edge.from, escaped(&edge.event), edge.to);
        }
    }
    text
}

/// The inside of a quoted label. Entities are written `#35;`, without the ampersand of HTML (Mermaid documentation, flowchart syntax).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || " _-.,:/@+=".contains(c) {
            escaped.push(c);
        } else {
            let _ = write!(escaped, "#{};", u32::from(c));
        }
    }
    escaped
}
