//! A lineage as text for people: a tree for the terminal, a graph for Graphviz and for Mermaid.
//!
//! Names come from attackers. Each form escapes for its own reader; what a terminal must not see is left to the function that the caller passes.

mod dot;
mod mermaid;
mod text;

pub(crate) use dot::dot;
pub(crate) use mermaid::mermaid;
pub(crate) use text::tree;

#[cfg(test)]
mod tests;

use super::{Lineage, Node};
use crate::evidence::record::time;

/// What a graph says of a node, line by line.
fn label(node: &Node) -> Vec<String> {
    let mut lines = vec![node.title()];
    if !node.account.is_empty() {
        lines.push(node.account.clone());
    }
    let since = node.tainted.map_or_else(|| "start".to_owned(), time::format);
    lines.push(format!("{}, {since}, {} records", node.certainty.name(), node.records));
    lines
}

/// Children of each node by the last step of its best way, in order of number, and the nodes without a parent.
fn family(lineage: &Lineage) -> (Vec<Vec<u32>>, Vec<u32>) {
    let mut children = vec![Vec::new(); lineage.nodes.len()];
    let mut roots = Vec::new();
    for node in &lineage.nodes {
        let parent = lineage.steps.get(node.step as usize).and_then(|step| step.parent);
        match parent.and_then(|parent| lineage.steps.get(parent as usize)) {
            Some(step) if step.node != node.id && (step.node as usize) < children.len() => children[step.node as usize].push(node.id),
            _ => roots.push(node.id),
        }
    }
    (children, roots)
}
