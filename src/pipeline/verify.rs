//! From what a scan gathered to what its digests prove.

use super::Scan;
use crate::case::table::manifest::Status;
use crate::evidence::record::time::Micros;
use crate::evidence::source::{self, Key};
use crate::proof::integrity::{self, Digest, Evidence, Found, Item, Keys, Validation};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// Checks the digests of a scan that looked at integrity, on the threads of the current pool. `signatures` are by key of the digest; those that objects have themselves come first.
#[must_use]
pub fn verify(scan: &Scan, keys: &Keys, signatures: &HashMap<String, String>, window: (Option<Micros>, Option<Micros>)) -> Validation {
    let items: Vec<Item<'_>> = scan
        .manifest
        .iter()
        .map(|row| Item {
            uri: &row.uri,
            hash: row.content_hash,
            appended: row.appended,
            trailer_damaged: row.trailer_damaged,
            lost: row.reason.as_deref().filter(|_| row.is_unreadable),
            // What lies twice is looked at where it was read.
            is_log: row.records > 0 || row.status != Status::Skipped && Key::parse(&row.uri).kind == Some(source::Kind::Log),
            management_event: row.management_event,
        })
        .collect();
    let read: HashSet<u32> = scan.digests.iter().map(|text| text.object).collect();
    let parsed = scan.digests.par_iter().map(|text| {
        let digest = Digest::parse(&text.text);
        let exported = || digest.as_ref().ok().and_then(|digest| signatures.get(&digest.place.key).cloned());
        let signature = text.signature.as_deref().map(str::to_owned).or_else(exported);
        let Item { uri, appended, trailer_damaged, .. } = items[text.object as usize];
        Found { uri, digest, signature, appended, trailer_damaged }
    });
    let mut found: Vec<Found<'_>> = parsed.collect();
    // What is called a digest and could not be read as one.
    for (index, row) in scan.manifest.iter().enumerate() {
        let is_named = row.records == row.damaged && row.status.is_loss() && Key::parse(&row.uri).kind == Some(source::Kind::Digest);
        if is_named && !u32::try_from(index).is_ok_and(|index| read.contains(&index)) {
            let reason = row.reason.clone().unwrap_or_default();
            found.push(Found {
                uri: &row.uri,
                digest: Err(reason),
                signature: None,
                appended: row.appended,
                trailer_damaged: row.trailer_damaged,
            });
        }
    }
    let known: Vec<&str> = signatures.keys().map(String::as_str).collect();
    integrity::validate(Evidence { items: &items, found: &found, events: &scan.events, known: &known }, keys, window)
}
