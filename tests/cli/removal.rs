//! Whatever is taken out of an intact tree: nothing that held or covered something in the period is missed.

use crate::run::{Run, command, gzip, log, role_record};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rootline::internals::Signer;
use rootline::record as time;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
/// Two trails; a reader that stops at the first period takes them for one.
const TRAILS: [&str; 2] = ["prod.audit", "prod.security_1"];
const BUCKET: &str = "example-trail";
/// Hours of 2026-06-01 in which something is delivered.
const HOURS: u32 = 11;
/// The period is of events up to six o'clock, whose logs are delivered up to seven.
const WANTED: u32 = 7;

/// An object of the tree.
struct Object {
    bytes: Vec<u8>,
    /// The hour that it was delivered in, or covers.
    hour: u32,
    /// The digest's chain, where it is one.
    chain: Option<String>,
    /// Its signature.
    signature: Option<String>,
    /// The logs that it names.
    names: Vec<String>,
}

struct Tree {
    objects: BTreeMap<String, Object>,
    /// Keys of the digests of each chain, in order.
    chains: BTreeMap<String, Vec<String>>,
    public_keys: Vec<u8>,
}

fn stamp(hour: u32) -> String {
    format!("2026-06-01T{hour:02}:00:00Z")
}

impl Tree {
    fn new() -> Self {
        let signer = Signer::new(7).unwrap();
        let public_keys = serde_json::to_vec(&signer.public_keys()).unwrap();
        let mut tree = Self { objects: BTreeMap::new(), chains: BTreeMap::new(), public_keys };
        for account in ACCOUNTS {
            for (number, trail) in TRAILS.iter().enumerate() {
                let mut late = BTreeMap::new();
                for hour in 0..HOURS {
                    // The regular digest of every other hour missed a log.
                    let logs: Vec<String> = (0..hour % 3).map(|one| tree.log(account, number, hour, 10 + one)).collect();
                    tree.digest(&signer, (account, trail, false), hour, logs);
                    if hour % 2 == 1 && account == ACCOUNTS[0] {
                        late.insert(hour, vec![tree.log(account, number, hour, 50)]);
                    }
                }
                for (hour, logs) in late {
                    tree.digest(&signer, (account, trail, true), hour, logs);
                }
            }
        }
        tree
    }

    fn log(&mut self, account: &str, trail: usize, hour: u32, minute: u32) -> String {
        let unique = format!("EXAMPLE{trail}{minute:02}{hour:02}0000");
        let name = format!("{account}_CloudTrail_us-east-1_20260601T{hour:02}{minute:02}Z_{unique}.json.gz");
        let key = format!("AWSLogs/{account}/CloudTrail/us-east-1/2026/06/01/{name}");
        let record = role_record(&format!("{account}-{hour}-{minute}"));
        let record = record.replace("2026-03-14T02:00:00Z", &stamp(hour)).replace("111122223333", account);
        let bytes = log(&[record]);
        self.objects.insert(key.clone(), Object { bytes, hour, chain: None, signature: None, names: Vec::new() });
        key
    }

    fn digest(&mut self, signer: &Signer, (account, trail, backfill): (&str, &str, bool), hour: u32, names: Vec<String>) {
        let chain = format!("{account} {trail} {backfill}");
        let end = hour + 1;
        let suffix = if backfill { "_backfill" } else { "" };
        let name = format!("{account}_CloudTrail-Digest_us-east-1_{trail}_us-east-1_20260601T{end:02}0000Z{suffix}.json.gz");
        let key = format!("AWSLogs/{account}/CloudTrail-Digest/us-east-1/2026/06/01/{name}");
        let before = self.chains.get(&chain).and_then(|keys| keys.last()).map(|key| (key.clone(), &self.objects[key]));
        let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        let of_before = |value: Option<Value>| value.unwrap_or(Value::Null);
        let files: Vec<Value> = names
            .iter()
            .map(
                |log| json!({"s3Bucket": BUCKET, "s3Object": log, "hashValue": hash(&self.objects[log].bytes), "hashAlgorithm": "SHA-256"}),
            )
            .collect();
        let digest = json!({
            "awsAccountId": account, "digestStartTime": stamp(hour), "digestEndTime": stamp(end), "digestS3Bucket": BUCKET, "digestS3Object": key,
            "digestPublicKeyFingerprint": signer.fingerprint(), "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null, "oldestEventTime": null,
            "previousDigestS3Bucket": of_before(before.as_ref().map(|_| BUCKET.into())),
            "previousDigestS3Object": of_before(before.as_ref().map(|(key, _)| key.clone().into())),
            "previousDigestHashValue": of_before(before.as_ref().map(|(_, object)| hash(&object.bytes).into())),
            "previousDigestHashAlgorithm": of_before(before.as_ref().map(|_| "SHA-256".into())),
            "previousDigestSignature": of_before(before.as_ref().map(|(_, object)| object.signature.clone().into())),
            "logFiles": files,
        });
        let bytes = serde_json::to_vec(&digest).unwrap();
        let signature = Some(signer.sign(&bytes).unwrap());
        self.chains.entry(chain.clone()).or_default().push(key.clone());
        self.objects.insert(key, Object { bytes, hour, chain: Some(chain), signature, names });
    }

    /// Audits what is left. `exported` is whether signatures are those of all digests, as an export from before the removal has them.
    fn audit(&self, gone: &BTreeSet<&str>, exported: bool) -> (String, i32, String) {
        self.audit_with(gone, exported, None)
    }

    /// The same, with one object that is another, and the signature of it, if there is one.
    fn audit_with(&self, gone: &BTreeSet<&str>, exported: bool, edited: Option<(&str, &[u8], Option<&str>)>) -> (String, i32, String) {
        let folder = tempfile::tempdir().unwrap();
        let mut signatures = Vec::new();
        for (key, object) in &self.objects {
            let is_there = !gone.contains(&**key);
            let edited = edited.as_ref().filter(|(name, ..)| *name == key);
            let bytes = edited.map_or(&object.bytes[..], |(_, bytes, _)| *bytes);
            let signature = edited.map_or(object.signature.as_deref(), |(.., signature)| *signature);
            if let Some(signature) = signature.filter(|_| is_there || exported) {
                signatures.push(json!({"Key": key, "Metadata": {"signature": signature}}));
            }
            if is_there {
                let path = folder.path().join("evidence").join(key);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, gzip(bytes)).unwrap();
            }
        }
        fs::create_dir_all(folder.path().join("evidence")).unwrap();
        for (name, bytes) in [
            ("keys.json", self.public_keys.clone()),
            ("signatures.json", serde_json::to_vec(&signatures).unwrap()),
            ("accounts.txt", ACCOUNTS.join("\n").into_bytes()),
        ] {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let mut command = command();
        command.current_dir(folder.path()).args([
            "audit",
            "evidence",
            "--from",
            "2026-06-01",
            "--to",
            "2026-06-01T06:00:00Z",
            "--case",
            "case",
        ]);
        command.args([
            "--accounts",
            "accounts.txt",
            "--public-keys",
            "keys.json",
            "--digest-signatures",
            "signatures.json",
            "--format",
            "json",
        ]);
        let run = Run::of(command.output().unwrap());
        let said: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr));
        (said["verdict"].as_str().unwrap().to_owned(), run.exit, run.stdout)
    }

    /// Whether nothing that is left knows of what was removed from the period: the newest backfill digests of chains, everything of a trail beside which
    /// another one vouches for the same hours, and the logs that only such digests name. What was removed outside the period is not asked for.
    fn is_beyond_all_digests(&self, of_period: &BTreeSet<&str>, gone: &BTreeSet<&str>) -> bool {
        let is_unknown = |digest: &str| {
            let chain = self.objects[digest].chain.as_ref().unwrap();
            let keys = &self.chains[chain];
            let at = keys.iter().position(|known| known == digest).unwrap();
            let is_newest = chain.ends_with("true") && keys[at..].iter().all(|key| gone.contains(&**key));
            is_newest || self.has_vanished(chain.rsplit_once(' ').unwrap().0, gone)
        };
        let named_by = |log: &str| -> Vec<&str> {
            let naming = self.objects.iter().filter(|(_, object)| object.names.iter().any(|named| named == log));
            naming.map(|(key, _)| &**key).collect()
        };
        of_period.iter().all(|key| match &self.objects[*key].chain {
            // A log that is left and that nothing names any more is seen.
            Some(_) => is_unknown(key) && self.objects[*key].names.iter().all(|log| gone.contains(&**log)),
            None => named_by(key).into_iter().all(|digest| gone.contains(digest) && is_unknown(digest)),
        })
    }

    /// Whether no digest of a trail of an account is left, and all those of the other trail for the period are.
    fn has_vanished(&self, trail: &str, gone: &BTreeSet<&str>) -> bool {
        let (account, _) = trail.split_once(' ').unwrap();
        self.chains.iter().filter(|(chain, _)| chain.starts_with(account)).all(|(chain, keys)| {
            if chain.rsplit_once(' ').unwrap().0 == trail {
                keys.iter().all(|key| gone.contains(&**key))
            } else {
                chain.ends_with("true") || keys.iter().all(|key| !self.matters(key) || !gone.contains(&**key))
            }
        })
    }

    /// Whether an object held or covered something in the period.
    fn matters(&self, key: &str) -> bool {
        self.objects[key].hour < WANTED
    }
}

static TREE: LazyLock<Tree> = LazyLock::new(Tree::new);

/// Objects to be removed: any, a digest with all that it names, the end of a chain, or everything of a trail of an account.
fn removals() -> impl Strategy<Value = BTreeSet<&'static str>> {
    let objects = TREE.objects.len();
    let any = prop::collection::vec(0..objects, 1..5);
    let ends = prop::collection::vec((0..TREE.chains.len(), 1..5usize), 0..2);
    let whole = prop::collection::vec(0..objects, 0..3);
    let trail = prop::option::weighted(0.15, (0..ACCOUNTS.len(), 0..TRAILS.len()));
    (prop::option::weighted(0.6, any), ends, whole, trail).prop_map(|(any, ends, whole, trail)| {
        let keys: Vec<&'static str> = TREE.objects.keys().map(String::as_str).collect();
        let mut gone: BTreeSet<&'static str> = any.into_iter().flatten().map(|number| keys[number]).collect();
        let with_logs = |key: &'static str| std::iter::once(key).chain(TREE.objects[key].names.iter().map(String::as_str));
        gone.extend(whole.into_iter().flat_map(|number| with_logs(keys[number])));
        for (chain, length) in ends {
            let chain = TREE.chains.values().nth(chain).unwrap();
            gone.extend(chain.iter().rev().take(length).flat_map(|key| with_logs(key)));
        }
        if let Some((account, trail)) = trail {
            let of_trail = format!("{} {} ", ACCOUNTS[account], TRAILS[trail]);
            let chains = TREE.chains.iter().filter(|(chain, _)| chain.starts_with(&of_trail));
            gone.extend(chains.flat_map(|(_, keys)| keys).flat_map(|key| with_logs(key)));
        }
        gone
    })
}

fn holds(gone: &BTreeSet<&'static str>, exported: bool) -> Result<(), TestCaseError> {
    let tree = &*TREE;
    let (verdict, exit, said) = tree.audit(gone, exported);
    let of_period: BTreeSet<&str> = gone.iter().copied().filter(|key| tree.matters(key)).collect();
    if verdict == "zero_proven" {
        prop_assert_eq!(exit, 0);
        let is_excused = of_period.is_empty() || !exported && tree.is_beyond_all_digests(&of_period, gone);
        prop_assert!(is_excused, "{:#?}\n{}", of_period, said);
    } else {
        prop_assert_eq!(exit, 3, "{}", said);
        // Nothing is cried over that does not matter.
        let chains_are_cut = gone.iter().any(|key| tree.objects[*key].chain.is_some());
        prop_assert!(!of_period.is_empty() || chains_are_cut, "{:#?}\n{}", gone, said);
    }
    Ok(())
}

fn run(cases: u32) {
    assert_eq!(TREE.audit(&BTreeSet::new(), false).0, "zero_proven");
    assert_eq!(time::parse_time(stamp(0).as_bytes()).unwrap() % 3_600_000_000, 0);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner.run(&(removals(), any::<bool>()), |(gone, exported)| holds(&gone, exported)).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn what_is_removed_from_a_signed_tree_takes_its_proof_away() {
    run(50);
}

#[test]
#[ignore = "takes minutes; the fifty of the test before are of the same kind"]
fn a_thousand_removals_take_the_proof_away() {
    run(1_000);
}

#[test]
fn the_newest_backfill_digest_is_missed_only_where_no_export_names_it() {
    let tree = &*TREE;
    let chain = &tree.chains[&format!("{} {} true", ACCOUNTS[0], TRAILS[0])];
    let newest: BTreeSet<&str> =
        chain[1..].iter().flat_map(|key| std::iter::once(&**key).chain(tree.objects[key].names.iter().map(String::as_str))).collect();
    assert!(tree.is_beyond_all_digests(&newest, &newest));
    let (verdict, exit, said) = tree.audit(&newest, true);
    assert_eq!((&*verdict, exit), ("zero_observed", 3), "{said}");
    let (verdict, _, said) = tree.audit(&newest, false);
    assert_eq!(verdict, "zero_proven");
    assert!(said.contains("newest backfill digest"), "{said}");
}

#[test]
fn an_edited_backfill_digest_that_nothing_signs_takes_the_proof_of_its_hour_away() {
    let tree = &*TREE;
    let chain = &tree.chains[&format!("{} {} true", ACCOUNTS[0], TRAILS[0])];
    // The newest of those for the period; it names no log any more, and the log is gone.
    let newest = chain.iter().rfind(|key| tree.matters(key)).unwrap();
    let mut gone: BTreeSet<&str> = chain.iter().filter(|key| !tree.matters(key)).map(|key| &**key).collect();
    gone.extend(gone.clone().iter().flat_map(|key| tree.objects[*key].names.iter().map(String::as_str)));
    gone.extend(tree.objects[newest].names.iter().map(String::as_str));
    let mut digest: Value = serde_json::from_slice(&tree.objects[newest].bytes).unwrap();
    digest["logFiles"] = json!([]);
    let edited = serde_json::to_vec(&digest).unwrap();
    for signature in [None, tree.objects[newest].signature.as_deref()] {
        let (verdict, exit, said) = tree.audit_with(&gone, false, Some((newest, &edited, signature)));
        assert_eq!((&*verdict, exit), ("zero_observed", 3), "{said}");
    }
}
