//! The tree for a terminal.

use super::super::{Kind, Lineage, Node, Note};
use super::family;
use crate::evidence::record::time;
use foldhash::HashMap;
use std::fmt::Write as _;

/// Children of one node that are shown; the rest are counted.
const SHOWN: usize = 40;

/// Addresses of one node that are shown, the busiest first.
const ADDRESSES: usize = 3;

/// Depth beyond which a tree is no longer indented.
const DEEPEST: usize = 60;

/// The lineage as a tree, one node a line, then what stands, what ran and the notes. `clean` makes a text from a record safe to show; every such text
/// goes through it.
#[must_use]
pub(crate) fn tree(lineage: &Lineage, clean: &dyn Fn(&str) -> String) -> String {
    let (children, roots) = family(lineage);
    let mut text = String::new();
    let mut seen = vec![false; lineage.nodes.len()];
    let events: Events<'_> = lineage.edges.iter().map(|edge| ((edge.to, edge.handle), edge.event.as_str())).collect();
    // Depth first without recursion: chains may be long. What no start leads to in this view comes last.
    let mut open: Vec<(Branch, usize)> = roots.iter().rev().map(|node| (Branch::Node(*node), 0)).collect();
    let mut rest = 0..u32::try_from(lineage.nodes.len()).unwrap_or(u32::MAX);
    loop {
        let Some((branch, depth)) = open.pop() else {
            let Some(left) = rest.find(|node| !seen[*node as usize]) else { break };
            open.push((Branch::Node(left), 0));
            continue;
        };
        let indent = "  ".repeat(depth.min(DEEPEST));
        match branch {
            Branch::More(count) => {
                let _ = writeln!(text, "{indent}... {count} more");
            }
            Branch::Node(id) => {
                let Some(node) = lineage.nodes.get(id as usize) else { continue };
                if std::mem::replace(&mut seen[id as usize], true) {
                    continue;
                }
                let _ = writeln!(text, "{indent}{}", line(lineage, node, &events, clean));
                if let Some(seen) = seen_line(node, clean) {
                    let _ = writeln!(text, "{indent}    {seen}");
                }
                let below = &children[id as usize];
                let shown = below.len().min(SHOWN);
                if below.len() > shown {
                    open.push((Branch::More(below.len() - shown), depth + 1));
                    hide(&children, &below[shown..], &mut seen);
                }
                open.extend(below[..shown].iter().rev().map(|child| (Branch::Node(*child), depth + 1)));
            }
        }
    }
    rest_of(lineage, clean, &mut text);
    text
}

enum Branch {
    Node(u32),
    More(usize),
}

/// Marks what hangs below nodes that are counted only.
fn hide(children: &[Vec<u32>], below: &[u32], seen: &mut [bool]) {
    let mut open = below.to_vec();
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut seen[node as usize], true) {
            open.extend(&children[node as usize]);
        }
    }
}

/// Events by the node they led to and the record that proves it.
type Events<'l> = HashMap<(u32, u64), &'l str>;

fn line(lineage: &Lineage, node: &Node, events: &Events<'_>, clean: &dyn Fn(&str) -> String) -> String {
    let mut line = clean(&node.title());
    if node.depth == 0 || matches!(node.kind, Kind::Root | Kind::Visitor) && !node.account.is_empty() {
        let _ = write!(line, " {}", clean(&node.account));
    }
    let how = lineage.steps.get(node.step as usize).and_then(|step| step.handle);
    let event = how.and_then(|handle| events.get(&(node.id, handle)));
    let _ = write!(line, "  [{}", node.certainty.name());
    if let Some(event) = event {
        let _ = write!(line, ", {}", clean(event));
    }
    if let Some(since) = node.tainted {
        let _ = write!(line, ", {}", time::format(since));
    }
    let _ = write!(line, ", {} {}]", node.records, if node.records == 1 { "record" } else { "records" });
    line
}

/// When it was seen, from where, and what it did.
fn seen_line(node: &Node, clean: &dyn Fn(&str) -> String) -> Option<String> {
    let (first, last) = (node.first_seen?, node.last_seen?);
    let mut addresses: Vec<(&String, &u64)> = node.addresses.iter().collect();
    addresses.sort_by(|one, other| other.1.cmp(one.1).then_with(|| one.0.cmp(other.0)));
    let mut from: Vec<String> = addresses.iter().take(ADDRESSES).map(|(address, _)| clean(address)).collect();
    if addresses.len() > ADDRESSES {
        from.push(format!("{} more", addresses.len() - ADDRESSES));
    }
    let did: Vec<String> =
        node.phases.iter().filter(|(phase, _)| **phase != "none").map(|(phase, count)| format!("{phase} {count}")).collect();
    let mut line = if first == last { time::format(first) } else { format!("{} to {}", time::format(first), time::format(last)) };
    for part in [from.join(", "), did.join(", ")] {
        if !part.is_empty() {
            let _ = write!(line, "; {part}");
        }
    }
    Some(line)
}

fn rest_of(lineage: &Lineage, clean: &dyn Fn(&str) -> String, text: &mut String) {
    if !lineage.standing.is_empty() {
        text.push_str("\nStill standing\n");
    }
    for one in &lineage.standing {
        let detail = if one.detail.is_empty() { String::new() } else { format!(" ({})", one.detail) };
        // Users and groups of a directory belong to no account.
        let place = if one.account.is_empty() { String::new() } else { format!(" in {}", one.account) };
        let what = format!("{} {} {}{detail}{place}", one.slot.name(), one.kind.name(), one.name);
        let state = one.active.map_or("", |active| if active { ", active" } else { ", inactive" });
        let ends = one.ends.map_or_else(String::new, |ends| format!(", until {}", time::format(ends)));
        let _ = writeln!(text, "  {}, since {}{ends}{state}", clean(&what), time::format(one.since));
        for command in one.review.iter().chain(&one.contain) {
            let _ = writeln!(text, "    {}", clean(command));
        }
    }
    let hijack = &lineage.hijack;
    if !hijack.instances.is_empty() {
        let _ = writeln!(
            text,
            "\nInstances launched: {}, accelerated {}, not terminated {}, {:.1} hours in all",
            hijack.instances.len(),
            hijack.accelerated,
            hijack.running,
            hijack.hours()
        );
        for (what, counts) in [("type", &hijack.models), ("region", &hijack.regions)] {
            for (name, count) in counts {
                let _ = writeln!(text, "  {what} {}: {count}", clean(name));
            }
        }
    }
    if !lineage.notes.is_empty() {
        text.push_str("\nNotes\n");
    }
    for note in &lineage.notes {
        let _ = writeln!(text, "  {}", clean(&told(lineage, note)));
    }
}

fn told(lineage: &Lineage, note: &Note) -> String {
    let title = |node: &u32| lineage.nodes.get(*node as usize).map_or_else(String::new, Node::title);
    match note {
        Note::StartNotFound => "nothing in the evidence fits what the trace was to start from".to_owned(),
        Note::EventIdShared { records } => format!("{records} records bear the event id; the trace starts from all of them"),
        Note::OriginUnknown { node } => format!("{}: its issue is not in the evidence", title(node)),
        Note::IssueMissing { node } => format!("{}: traced by name; the record that opened it is not in the evidence", title(node)),
        Note::UsedBeforeIssue { node, records, .. } => format!("{}: {records} records from before its issue are not traced", title(node)),
        Note::NoTime { node, records, .. } => format!("{}: {records} records without a time are not traced", title(node)),
        Note::NameReused { node } => format!("{}: the name stood for something else, too, which is not traced", title(node)),
        Note::RoleCycle { node } => format!("{}: roles assume each other in a circle", title(node)),
        Note::LooksLikeRoot { node } => format!("{}: called like root, and is not", title(node)),
        Note::ManyChildren { node, children } => format!("{}: {children} things came of it", title(node)),
        Note::PrivilegedStart { node } => format!("{}: opened by nobody that is traced; taken for a start", title(node)),
        Note::CameBefore { node } => format!("{}: came in, and had before or was let in before; not taken for an intruder", title(node)),
        Note::MayHaveComeBefore { node } => {
            format!("{}: came in as everybody of the account, a service or a provider may, perhaps before the change, too", title(node))
        }
        Note::PolicyUnread { node } => format!("{}: came in; whom the policy lets in could not be read", title(node)),
        Note::NotLetIn { node } => format!("{}: came in, and is not whom the policy that was written lets in", title(node)),
        Note::NotFollowed { event, what, records, .. } => {
            let what = if what.is_empty() { String::new() } else { format!(" {what}") };
            let times = if *records == 1 { String::new() } else { format!(", {records} times") };
            format!("{event}{what}{times}: who comes in by it is not followed")
        }
        Note::GroupUnknown { node } => {
            format!(
                "{}: put into a group whose assignments are not in the evidence; sessions are followed by name and by the portal",
                title(node)
            )
        }
        Note::UserUnnamed { node } => {
            format!("{}: its name is not in the evidence; sessions are followed only where the portal has recorded its id", title(node))
        }
        Note::MembersUnknown { node } => {
            format!(
                "{}: given to a group, whose members from before the evidence are not known; every session of it is followed",
                title(node)
            )
        }
        Note::SetUnnamed { node } => {
            format!("{}: the name of the permission set is not in the evidence; sessions of it are not followed", title(node))
        }
    }
}
