//! `lineage.parquet`, the identities and credentials of a trace and what led from one to another, and `trace.parquet`, every record by one of them.

use crate::case::table::TableWriter;
use crate::case::table::columns::{Kind as Type, Rows};
use crate::case::table::event::{self, Origin, as_text};
use crate::error::Result;
use crate::evidence::record::view::{Parser, Raw, Record, Value};
use crate::lineage::{Certainty, Edge, Node, Traced, Tracing};
use crate::root;
use serde::Serialize;
use std::fs::File;
use std::path::Path;

/// The columns. A row is a `node`, with `node_id`, or an `edge`, from `from_node` to `node_id`, with the record that proves it. Lists are JSON text.
pub(crate) const SCHEMA: [(&str, Type); 26] = [
    ("row", Type::Word),
    ("node_id", Type::Number),
    ("from_node", Type::Number),
    ("kind", Type::Word),
    ("title", Type::Text),
    ("account_id", Type::Word),
    ("name", Type::Text),
    ("session", Type::Text),
    ("access_key_id", Type::Text),
    ("unique_id", Type::Text),
    ("arn", Type::Text),
    ("certainty", Type::Word),
    ("depth", Type::Number),
    ("time", Type::Time),
    ("event_name", Type::Word),
    ("is_act", Type::Bool),
    ("event_id", Type::Text),
    ("object_uri", Type::Word),
    ("record_index", Type::Number),
    ("first_seen", Type::Time),
    ("last_seen", Type::Time),
    ("records", Type::Number),
    ("phases", Type::Word),
    ("source_ips", Type::Word),
    ("user_agents", Type::Word),
    ("path", Type::Text),
];

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("text, numbers and lists of them are JSON")
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Rows in a row group.
const BATCH: usize = 1 << 13;

/// A row of the lineage.
enum Row<'l> {
    Node(&'l Node),
    Edge(&'l Edge),
}

/// Writes the lineage into `file`.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(tracing: &Tracing, file: File, path: &Path) -> Result<()> {
    let lineage = &tracing.lineage;
    let all: Vec<Row<'_>> = lineage.nodes.iter().map(Row::Node).chain(lineage.edges.iter().map(Row::Edge)).collect();
    let fill = |batch: &[Row<'_>]| {
        let mut rows = Rows::new(&SCHEMA, batch.len());
        let mut parser = Parser::default();
        for row in batch {
            match row {
                Row::Node(node) => fill_node(&mut rows, tracing, node),
                Row::Edge(edge) => fill_edge(&mut rows, tracing, edge, &mut parser),
            }
        }
        rows
    };
    TableWriter::new(file, path, &SCHEMA)?.write_all(&all.chunks(BATCH).collect::<Vec<_>>(), fill, || ())
}

fn fill_node(rows: &mut Rows, tracing: &Tracing, node: &Node) {
    rows.text(Some("node"));
    rows.number(Some(node.id.into()));
    rows.number(None);
    rows.text(Some(node.kind.name()));
    rows.text(Some(&node.title()));
    let texts = [&node.account, &node.name, &node.session, &node.access_key_id, &node.unique_id, &node.arn];
    texts.into_iter().for_each(|text| rows.text(filled(text)));
    rows.text(Some(Certainty::name(node.certainty)));
    rows.number(Some(node.depth.into()));
    rows.time(node.tainted);
    rows.text(None);
    rows.bool(None);
    rows.text(None);
    rows.text(None);
    rows.number(None);
    rows.time(node.first_seen);
    rows.time(node.last_seen);
    rows.number(Some(node.records));
    rows.text(Some(&json(&node.phases)));
    rows.text(Some(&json(&node.addresses)));
    rows.text(Some(&json(&node.agents)));
    rows.text(Some(&titles(tracing, node.step)));
    rows.end();
}

/// The way to a step, from the start, as titles.
fn titles(tracing: &Tracing, step: u32) -> String {
    let lineage = &tracing.lineage;
    json(&lineage.path(step).into_iter().filter_map(|node| lineage.nodes.get(node as usize)).map(Node::title).collect::<Vec<_>>())
}

fn fill_edge(rows: &mut Rows, tracing: &Tracing, edge: &Edge, parser: &mut Parser) {
    let record = tracing.record(edge.handle);
    let id = parser.with(record.json, |value| Record::read(value).event_id.map(str::to_owned)).ok().flatten();
    rows.text(Some("edge"));
    rows.number(Some(edge.to.into()));
    rows.number(Some(edge.from.into()));
    (0..8).for_each(|_| rows.text(None));
    rows.text(Some(Certainty::name(edge.certainty)));
    rows.number(None);
    rows.time(Some(edge.time));
    rows.text(filled(&edge.event));
    rows.bool(Some(edge.is_act));
    rows.text(id.as_deref());
    rows.text(Some(record.uri));
    rows.number(Some(record.record_index));
    rows.time(None);
    rows.time(None);
    rows.number(None);
    (0..4).for_each(|_| rows.text(None));
    rows.end();
}

/// Who is behind a record, and how that is known.
const BEHIND: [(&str, Type); 6] = [
    ("node_id", Type::Number),
    ("identity", Type::Word),
    ("identity_kind", Type::Word),
    ("depth", Type::Number),
    ("certainty", Type::Word),
    ("path", Type::Word),
];

/// The columns of the records.
#[must_use]
pub(crate) fn trace_schema() -> Vec<(&'static str, Type)> {
    [&event::PLACE[..], &BEHIND, &event::LABEL, &event::CALL, &event::WORTH, &[("record", Type::Text)]].concat()
}

/// Writes every traced record into `file`, in order of time.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_trace(tracing: &Tracing, file: File, path: &Path) -> Result<()> {
    let schema = trace_schema();
    let size = (tracing.lineage.traced.len() / 8).clamp(4096, 16_384);
    let batches: Vec<_> = tracing.lineage.traced.chunks(size).collect();
    TableWriter::new(file, path, &schema)?.write_all(&batches, |batch| fill_trace(batch, tracing, &schema), || ())
}

fn fill_trace(batch: &[Traced], tracing: &Tracing, schema: &[(&'static str, Type)]) -> Rows {
    let mut rows = Rows::new(schema, batch.len());
    let mut parser = Parser::default();
    for traced in batch {
        let found = tracing.record(traced.handle);
        let fill = |value: Value<'_>, raw: Raw<'_>| {
            let record = Record::read(value);
            let node = &tracing.lineage.nodes[traced.node as usize];
            // A session of AssumeRoot is known by other records.
            let label = root::label(&record).map(|label| root::Label { class: found.class.unwrap_or(label.class), ..label });
            let account_id = if label.is_some() { record.actor_account_id() } else { record.account_id() };
            let affected: Vec<Box<str>> = record.affected_account_id().filter(|_| label.is_some()).into_iter().map(Box::from).collect();
            let origin = Origin {
                account_id: account_id.unwrap_or(&node.account),
                affected: &affected,
                label,
                copies: 0,
                id_conflict: false,
                object_uri: found.uri,
                record_index: found.record_index,
                degraded: found.degraded,
            };
            event::place(&mut rows, &record, &origin);
            rows.number(Some(traced.node.into()));
            rows.text(Some(&node.title()));
            rows.text(Some(node.kind.name()));
            rows.number(Some(traced.depth.into()));
            rows.text(Some(Certainty::name(traced.certainty)));
            rows.text(Some(&titles(tracing, traced.step)));
            event::label(&mut rows, &record, &origin);
            event::call(&mut rows, &record, &origin, &raw.values(record.value, event::JSON));
            event::worth(&mut rows, &record, &origin);
            rows.text(Some(&as_text(found.json)));
            rows.end();
        };
        parser.with_raw(found.json, fill).expect("what parsed when it was found parses again");
    }
    rows
}
