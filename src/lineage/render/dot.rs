//! The graph for Graphviz.

use super::super::Lineage;
use super::label;
use std::fmt::Write as _;

/// The nodes and edges in the DOT language. Names are quoted strings, so they cannot become syntax; labels are not HTML.
#[must_use]
pub(crate) fn dot(lineage: &Lineage) -> String {
    let mut text = String::from("digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n");
    for node in &lineage.nodes {
        let label: Vec<String> = label(node).iter().map(|line| escaped(line)).collect();
        let _ = writeln!(text, "  n{} [label=\"{}\"];", node.id, label.join("\\n"));
    }
    let mut drawn = std::collections::HashSet::new();
    for edge in &lineage.edges {
        // One arrow for a pair and an event: twenty attached policies are one.
        if drawn.insert((edge.from, edge.to, edge.event.as_str())) {
            let style = if edge.is_act { "solid" } else { "dashed" };
            let _ = writeln!(text, "  n{} -> n{} [label=\"{}\", style={style}];", edge.from, edge.to, escaped(&edge.event));
        }
    }
    text.push_str("}\n");
    text
}

/// The inside of a quoted string of DOT. A backslash begins an escape in labels, so it is doubled; what cannot be seen is spelled out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            // Graphviz reads HTML entities in plain labels, too.
            '&' => escaped.push_str("&amp;"),
            ' '..='~' => escaped.push(c),
            _ => {
                let _ = write!(escaped, "\\\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    escaped
}
