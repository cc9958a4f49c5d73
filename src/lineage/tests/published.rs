//! A published takeover, where its files are at hand.

use super::*;
use crate::lineage::effect::Slot;
use std::path::PathBuf;

fn folder() -> Option<PathBuf> {
    Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/takeover")).filter(|folder| folder.is_dir())
}

#[test]
fn the_published_takeover_reads_root_user_instance() {
    let Some(folder) = folder() else { return };
    let mut records: Vec<Value> = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    // The other pair of files tells the same story with another user's name.
    for file in files.iter().filter(|file| file.to_string_lossy().contains("compromised-root-creds")) {
        let file: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        records.extend(file["Records"].as_array().unwrap().iter().cloned());
    }
    if records.is_empty() {
        return;
    }
    let lineage = trace(Start::Root, &records);
    lineage.check();
    // Every event id is "1", so what a record is must be told by its content.
    let place = |event: &str| records.iter().position(|record| record["eventName"] == event).unwrap();
    assert_eq!(lineage.way(place("RunInstances")), ["root", "user"]);
    assert_eq!(lineage.certainty(place("RunInstances")), Some(Certainty::Created));
    let node = |kind: Kind, name: &str| {
        lineage.nodes.iter().find(|node| node.kind == kind && [&node.name, &node.access_key_id].iter().any(|text| *text == name))
    };
    let user = node(Kind::User, "tracy_stone").unwrap();
    let key = node(Kind::AccessKey, "AKIA2INMSMCXMEXAMPLE").unwrap();
    let path: Vec<_> = lineage.path(key.step).iter().map(|node| lineage.nodes[*node as usize].kind.name()).collect();
    assert_eq!((path.as_slice(), key.certainty), (&["root", "user", "access_key"][..], Certainty::Issued));
    assert_eq!((user.records, user.addresses.len()), (1, 1));
    // Failed sign-ins are nobody's; the rest of root's records are root's, and nobody else is in it.
    let failed = records.iter().filter(|record| record["responseElements"]["ConsoleLogin"] == "Failure").count();
    assert_eq!(lineage.traced.len(), records.len() - failed);
    for (record, traced) in records.iter().enumerate().filter_map(|(place, record)| Some((record, lineage.record(place)?))) {
        let is_root = record["userIdentity"]["type"] == "Root";
        assert_eq!(lineage.nodes[traced.node as usize].kind == Kind::Root, is_root, "{record}");
    }
    assert_eq!(lineage.hijack.instances.len(), 1);
    assert!(lineage.hijack.instances[0].accelerated && lineage.hijack.instances[0].terminated.is_none());
    assert!(lineage.standing.iter().any(|one| one.kind == Kind::AccessKey && one.name == "AKIA2INMSMCXMEXAMPLE"));
    // A stop that was denied stopped nothing.
    assert!(lineage.standing.iter().all(|one| one.slot != Slot::TrailStopped));
}
