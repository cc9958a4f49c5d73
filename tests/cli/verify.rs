//! Digests: an intact tree is valid, and everything done to one is named, at its hour, and nothing else is.

use crate::run::{Run, command, gzip};
use rootline::internals::Signer;
use rootline::internals::{Plan, make};
use rootline::record as time;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

const ACCOUNTS: [&str; 2] = ["100000000001", "100000000002"];

/// A corpus of two accounts, two regions and two days, with digests.
pub struct Tree {
    pub folder: TempDir,
}

fn plan() -> Plan {
    Plan {
        bytes: 600_000,
        root_per_million: 0,
        accounts: 2,
        days: 2,
        regions: 2,
        digests: true,
        duplicates_per_million: 0,
        ..Plan::default()
    }
}

/// Its key, which takes a second to make.
static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::new(plan().seed).unwrap());

/// Its files.
static FILES: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| made(&plan()));

fn made(plan: &Plan) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    make(plan, folder.path()).unwrap();
    let file =
        |entry: walkdir::DirEntry| (entry.path().strip_prefix(folder.path()).unwrap().to_path_buf(), fs::read(entry.path()).unwrap());
    let entries = walkdir::WalkDir::new(folder.path()).into_iter().map(Result::unwrap);
    entries.filter(|entry| entry.file_type().is_file()).map(file).collect()
}

impl Tree {
    pub fn new() -> Self {
        Self::of(&FILES)
    }

    fn of(files: &[(PathBuf, Vec<u8>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `verify` with keys and signatures and these flags.
    fn verify(&self, flags: &[&str]) -> (Run, Value) {
        let mut command = command();
        command.arg("verify").arg(self.path("AWSLogs")).args(["--format", "json", "--public-keys"]).arg(self.path("public-keys.json"));
        command.arg("--digest-signatures").arg(self.path("digest-signatures.json")).args(flags);
        run(&mut command)
    }

    /// What `verify` tells people.
    fn verify_in_words(&self, with_keys: bool) -> String {
        let mut command = command();
        command.arg("verify").arg(self.path("AWSLogs")).arg("--digest-signatures").arg(self.path("digest-signatures.json"));
        if with_keys {
            command.arg("--public-keys").arg(self.path("public-keys.json"));
        }
        Run::of(command.output().unwrap()).stdout
    }

    /// What `verify` finds: kind and hour.
    fn findings(&self) -> Vec<(String, String)> {
        let (run, summary) = self.verify(&[]);
        let findings = kinds(&summary);
        assert_eq!(run.exit, if findings.is_empty() { 0 } else { 3 }, "{}", run.stdout);
        findings
    }

    /// The digests of the first account in us-east-1, in order.
    pub fn digests(&self) -> Vec<PathBuf> {
        self.files("CloudTrail-Digest")
    }

    fn files(&self, kind: &str) -> Vec<PathBuf> {
        let folder = self.path(&format!("AWSLogs/{}/{kind}/us-east-1", ACCOUNTS[0]));
        let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
        let mut files: Vec<PathBuf> = files.map(walkdir::DirEntry::into_path).collect();
        files.sort();
        files
    }

    /// The logs that a digest of [`Tree::digests`] names.
    fn logs(&self, digest: &Path) -> Vec<PathBuf> {
        let digest = read(digest);
        digest["logFiles"].as_array().unwrap().iter().map(|log| self.path(log["s3Object"].as_str().unwrap())).collect()
    }

    /// A digest that names a log, and the log; neither the first nor the last.
    pub fn busy(&self) -> (PathBuf, PathBuf) {
        let digests = self.digests();
        let found = digests[5..digests.len() - 5].iter().find_map(|digest| Some((digest.clone(), self.logs(digest).first()?.clone())));
        found.unwrap()
    }

    /// Changes the digests from one on and signs them and all that follow again, as whoever had the key would.
    pub fn forge(&self, from: &Path, edit: impl Fn(&mut Value)) {
        let mut signatures: Vec<Value> = serde_json::from_slice(&fs::read(self.path("digest-signatures.json")).unwrap()).unwrap();
        let mut previous: Option<(String, String)> = None;
        for path in self.digests().into_iter().filter(|path| path.as_path() >= from) {
            let mut digest = read(&path);
            if let Some((hash, signature)) = previous {
                digest["previousDigestHashValue"] = hash.into();
                digest["previousDigestSignature"] = signature.into();
            } else {
                edit(&mut digest);
            }
            let text = serde_json::to_vec(&digest).unwrap();
            let signature = SIGNER.sign(&text).unwrap();
            write(&path, &text);
            let said = signatures.iter_mut().find(|said| said["Key"] == digest["digestS3Object"]).unwrap();
            said["Metadata"]["signature"] = signature.clone().into();
            previous = Some((hex::encode(Sha256::digest(&text)), signature));
        }
        fs::write(self.path("digest-signatures.json"), serde_json::to_vec(&signatures).unwrap()).unwrap();
    }
}

fn run(command: &mut Command) -> (Run, Value) {
    let run = Run::of(command.output().unwrap());
    let summary = serde_json::from_str(&run.stdout).unwrap_or(Value::Null);
    (run, summary)
}

fn kinds(summary: &Value) -> Vec<(String, String)> {
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    summary["findings"].as_array().unwrap().iter().map(|finding| (text(finding, "kind"), text(finding, "from"))).collect()
}

fn inflated(path: &Path) -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut text).unwrap();
    text
}

pub fn read(path: &Path) -> Value {
    serde_json::from_slice(&inflated(path)).unwrap()
}

pub fn write(path: &Path, text: &[u8]) {
    fs::write(path, gzip(text)).unwrap();
}

/// The start of the hour of a digest.
fn hour(digest: &Value) -> String {
    digest["digestStartTime"].as_str().unwrap().to_owned()
}

fn one(kind: &str, digest: &Value) -> Vec<(String, String)> {
    vec![(kind.to_owned(), hour(digest))]
}

#[test]
fn an_intact_tree_is_valid_and_any_reader_of_it_may_say_so() {
    let tree = Tree::new();
    let (run, summary) = tree.verify(&["--from", "2026-01-01", "--to", "2026-01-02"]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let chains = summary["chains"].as_array().unwrap();
    assert_eq!(chains.len(), 4);
    assert!(chains.iter().all(|chain| chain["worth"] == "valid" && chain["digests"] == 49 && chain["trail"] == "example_trail"));
    // The same without its folders, decompressed, or as an archive.
    let flat = tempfile::tempdir().unwrap();
    for entry in walkdir::WalkDir::new(tree.path("AWSLogs")).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file()) {
        fs::copy(entry.path(), flat.path().join(entry.file_name())).unwrap();
    }
    let log = fs::read_dir(flat.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_str().unwrap().contains("_CloudTrail_"))
        .unwrap();
    fs::write(log.with_extension(""), inflated(&log)).unwrap();
    fs::remove_file(log).unwrap();
    let flags = ["--public-keys", "--digest-signatures"].map(|flag| (flag, tree.path(&format!("{}.json", flag.trim_start_matches("--")))));
    let mut command = command();
    command.arg("verify").arg(flat.path()).args(["--format", "json"]);
    for (flag, path) in flags {
        command.arg(flag).arg(path);
    }
    let (run, summary) = self::run(&mut command);
    assert_eq!(run.exit, 0, "{:?}", kinds(&summary));
}

#[test]
fn a_log_that_was_changed_is_a_hash_mismatch() {
    let tree = Tree::new();
    let (digest, log) = tree.busy();
    let text = String::from_utf8(inflated(&log)).unwrap();
    write(&log, text.replacen("\"eventVersion\"", "\"eventversion\"", 1).as_bytes());
    assert_eq!(tree.findings(), one("hash_mismatch", &read(&digest)));
}

#[test]
fn a_digest_that_was_changed_has_no_valid_signature() {
    let tree = Tree::new();
    let path = tree.digests()[7].clone();
    let mut digest = read(&path);
    digest["newestEventTime"] = "2026-01-01T00:00:00Z".into();
    write(&path, &serde_json::to_vec(&digest).unwrap());
    assert_eq!(tree.findings(), one("signature_invalid", &digest));
    // Without keys the next digest's hash tells.
    let mut command = command();
    command
        .arg("verify")
        .arg(tree.path("AWSLogs"))
        .args(["--format", "json", "--digest-signatures"])
        .arg(tree.path("digest-signatures.json"));
    let (run, summary) = run(&mut command);
    assert_eq!((run.exit, kinds(&summary)), (3, one("hash_mismatch", &digest)));
}

#[test]
fn what_lies_elsewhere_than_it_was_delivered_is_moved() {
    for of_log in [true, false] {
        let tree = Tree::new();
        let (digest, log) = tree.busy();
        let told = read(&digest);
        let path = if of_log { log } else { digest };
        let day = path.parent().unwrap();
        let elsewhere = day.with_file_name("28");
        fs::create_dir_all(&elsewhere).unwrap();
        fs::rename(&path, elsewhere.join(path.file_name().unwrap())).unwrap();
        assert_eq!(tree.findings(), one("moved", &told));
    }
}

#[test]
fn every_missing_digest_is_told_by_itself() {
    for gone in [10..11, 20..23, 48..49] {
        let tree = Tree::new();
        let digests = tree.digests();
        let hours: Vec<_> = digests[gone.clone()].iter().map(|path| ("missing_digest".to_owned(), hour(&read(path)))).collect();
        digests[gone.clone()].iter().for_each(|path| fs::remove_file(path).unwrap());
        let (run, summary) = tree.verify(&["--from", "2026-01-01", "--to", "2026-01-02"]);
        assert_eq!((run.exit, kinds(&summary)), (3, hours), "{gone:?}");
    }
}

#[test]
fn a_log_that_is_gone_is_missing_and_one_too_many_is_unreferenced() {
    let tree = Tree::new();
    let (digest, log) = tree.busy();
    fs::remove_file(&log).unwrap();
    assert_eq!(tree.findings(), one("missing_log", &read(&digest)));
    let tree = Tree::new();
    let (digest, log) = tree.busy();
    let name = log.file_name().unwrap().to_str().unwrap();
    let (start, _) = name.rsplit_once('_').unwrap();
    fs::write(log.with_file_name(format!("{start}_AAAAAAAAAAAAAAAA.json.gz")), gzip(b"{\"Records\":[]}")).unwrap();
    assert_eq!(tree.findings(), one("unreferenced_log", &read(&digest)));
}

#[test]
fn bytes_after_a_log_and_a_damaged_trailer_are_two_things() {
    let tree = Tree::new();
    let (digest, log) = tree.busy();
    let stored = fs::read(&log).unwrap();
    fs::write(&log, [stored.clone(), gzip(b"{\"Records\":[]}")].concat()).unwrap();
    assert_eq!(tree.findings(), one("appended_data", &read(&digest)));
    fs::write(&log, &stored[..stored.len() - 4]).unwrap();
    assert_eq!(tree.findings(), one("gzip_trailer_damaged", &read(&digest)));
}

#[test]
fn bytes_after_a_digest_and_its_damaged_trailer_are_told_too() {
    let tree = Tree::new();
    let path = &tree.digests()[7];
    let (told, stored) = (read(path), fs::read(path).unwrap());
    fs::write(path, [stored.clone(), gzip(b"{}")].concat()).unwrap();
    assert_eq!(tree.findings(), one("appended_data", &told));
    // Its text is whole, so its signature and all it names still hold.
    fs::write(path, &stored[..stored.len() - 4]).unwrap();
    assert_eq!(tree.findings(), one("gzip_trailer_damaged", &told));
}

#[test]
fn a_log_of_more_than_fits_in_memory_is_hashed_compressed_or_not() {
    let tree = Tree::new();
    let (digest, log) = tree.busy();
    let mut text = inflated(&log);
    // Spaces before the end: the same records, and 65 MiB.
    text.splice(text.len() - 1..text.len() - 1, std::iter::repeat_n(b' ', 65 << 20));
    write(&log, &text);
    tree.forge(&digest, |digest| digest["logFiles"][0]["hashValue"] = hex::encode(Sha256::digest(&text)).into());
    assert_eq!(tree.findings(), []);
    fs::remove_file(&log).unwrap();
    fs::write(log.with_extension(""), &text).unwrap();
    assert_eq!(tree.findings(), []);
}

#[test]
fn a_chain_that_starts_again_is_a_restart_explained_by_the_record_where_there_is_one() {
    let tree = Tree::new();
    let digests = tree.digests();
    let (digest, log) = tree.busy();
    let at = digests.iter().position(|path| *path == digest).unwrap();
    // Somebody stops logging in the hour of that digest; it begins again some hours later.
    let mut records = read(&log);
    let mut stop = records["Records"][0].clone();
    for (field, value) in [
        ("eventSource", "cloudtrail.amazonaws.com"),
        ("eventName", "StopLogging"),
        ("eventID", "stop"),
        ("eventTime", &hour(&read(&digest))),
    ] {
        stop[field] = value.into();
    }
    stop["userIdentity"]["arn"] = format!("arn:aws:iam::{}:user/mallory", ACCOUNTS[0]).into();
    stop["recipientAccountId"] = ACCOUNTS[0].into();
    stop.as_object_mut().unwrap().retain(|field, _| !field.starts_with("error"));
    records["Records"].as_array_mut().unwrap().push(stop);
    let text = serde_json::to_vec(&records).unwrap();
    write(&log, &text);
    tree.forge(&digest, |digest| digest["logFiles"][0]["hashValue"] = hex::encode(Sha256::digest(&text)).into());
    assert_eq!(tree.findings(), []);
    let gone: Vec<Value> = digests[at + 1..at + 3].iter().map(|path| read(path)["digestS3Object"].clone()).collect();
    for path in &digests[at + 1..at + 3] {
        tree.logs(path).iter().for_each(|log| fs::remove_file(log).unwrap());
        fs::remove_file(path).unwrap();
    }
    // An export that names digests shows that they were there.
    assert!(tree.findings().len() > 1);
    let signatures = tree.path("digest-signatures.json");
    let mut said: Vec<Value> = serde_json::from_slice(&fs::read(&signatures).unwrap()).unwrap();
    said.retain(|said| !gone.contains(&said["Key"]));
    fs::write(&signatures, serde_json::to_vec(&said).unwrap()).unwrap();
    tree.forge(&digests[at + 3], |digest| {
        for field in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
            digest[format!("previousDigest{field}")] = Value::Null;
        }
    });
    assert_eq!(tree.findings(), one("restart", &read(&digests[at + 3])));
    let (_, summary) = tree.verify(&[]);
    let reason = summary["findings"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("StopLogging by arn:aws:iam::100000000001:user/mallory"), "{reason}");
}

#[test]
fn without_signatures_only_the_newest_digest_of_each_chain_cannot_be_proven() {
    let tree = Tree::new();
    let verify = |flags: &[&str]| {
        let mut command = command();
        command.arg("verify").arg(tree.path("AWSLogs")).args(["--format", "json"]).args(flags);
        run(&mut command)
    };
    let keys = tree.path("public-keys.json");
    let (run, summary) = verify(&["--public-keys", keys.to_str().unwrap()]);
    let found = kinds(&summary);
    assert_eq!((run.exit, found.len()), (3, 4));
    assert!(found.iter().all(|(kind, _)| kind == "newest_unverifiable"));
    assert!(summary["chains"].as_array().unwrap().iter().all(|chain| chain["valid"] == 48));
    // The keys of somebody else prove nothing, and neither does the hash chain alone.
    let other = tree.path("other.json");
    fs::write(&other, serde_json::to_vec(&Signer::new(7).unwrap().public_keys()).unwrap()).unwrap();
    for flags in [&["--public-keys", other.to_str().unwrap()][..], &[]] {
        let (run, summary) = verify(flags);
        assert_eq!(run.exit, 3);
        assert!(summary["chains"].as_array().unwrap().iter().all(|chain| chain["valid"] == 0));
    }
}

#[test]
fn logs_that_no_digest_names_are_counted_and_named_and_nothing_is_called_valid_over_them() {
    let tree = Tree::new();
    let (_, log) = tree.busy();
    let name = "100000000001_CloudTrail_us-east-1_20260301T1010Z_EXAMPLEEXAMPLE00.json.gz";
    fs::copy(&log, log.with_file_name(name)).unwrap();
    let (run, summary) = tree.verify(&[]);
    assert_eq!(run.exit, 3);
    let uncovered = summary["uncovered_logs"].as_array().unwrap();
    assert!(uncovered.len() == 1 && uncovered[0].as_str().unwrap().ends_with(name), "{uncovered:?}");
    let text = tree.verify_in_words(true);
    assert!(text.contains("uncovered 1 log is named by no digest") && text.contains(name), "{text}");
    assert!(!text.contains("\nvalid "), "{text}");
    // A log from outside the period that is asked for is not listed.
    assert_eq!(tree.verify(&["--to", "2026-01-02"]).1["uncovered_logs"], json!([]));
}

#[test]
fn a_public_key_that_is_missing_is_named_with_the_call_that_fetches_it() {
    let tree = Tree::new();
    let mut command = command();
    let (run, summary) = run(command.arg("verify").arg(tree.path("AWSLogs")).args(["--format", "json"]));
    assert_eq!(run.exit, 3);
    let missing = summary["missing_keys"].as_array().unwrap();
    let regions: Vec<&str> = missing.iter().map(|key| key["region"].as_str().unwrap()).collect();
    assert_eq!(regions.len(), 2, "{missing:?}");
    let text = tree.verify_in_words(false);
    for key in missing {
        assert_eq!(key["fingerprint"], SIGNER.fingerprint());
        let command = key["command"].as_str().unwrap();
        let start = format!("--region {} --start-time {} --end-time ", key["region"].as_str().unwrap(), key["from"].as_str().unwrap());
        assert!(command.starts_with("aws cloudtrail list-public-keys ") && command.contains(&start), "{command}");
        assert!(text.contains(&format!("hint: {command}")) && text.contains(SIGNER.fingerprint()), "{text}");
    }
    assert!(!text.contains("\nvalid "), "{text}");
}

#[test]
fn where_there_is_nothing_to_verify_that_is_said() {
    let intact = Tree::new();
    let only_logs = Tree::new();
    fs::read_dir(only_logs.path("AWSLogs")).unwrap().for_each(|account| {
        fs::remove_dir_all(account.unwrap().path().join("CloudTrail-Digest")).unwrap();
    });
    let empty = Tree { folder: tempfile::tempdir().unwrap() };
    fs::create_dir(empty.path("AWSLogs")).unwrap();
    for name in ["public-keys.json", "digest-signatures.json"] {
        fs::copy(intact.path(name), empty.path(name)).unwrap();
    }
    for tree in [only_logs, empty] {
        assert_eq!(tree.verify(&[]).0.exit, 3);
        let text = tree.verify_in_words(true);
        assert!(text.contains("nothing can be verified") && !text.contains("\nvalid "), "{text}");
    }
}

#[test]
fn keys_that_are_none_stop_the_run() {
    let tree = Tree::new();
    let mut keys: Value = serde_json::from_slice(&fs::read(tree.path("public-keys.json")).unwrap()).unwrap();
    keys["PublicKeyList"][0]["Fingerprint"] = "00".into();
    for (text, reason) in [
        (serde_json::to_vec(&keys).unwrap(), "said to have the fingerprint 00"),
        (b"junk".to_vec(), "not JSON"),
        (b"[]".to_vec(), "no public keys"),
    ] {
        fs::write(tree.path("public-keys.json"), text).unwrap();
        let (run, _) = tree.verify(&[]);
        assert_eq!(run.exit, 2);
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    }
}

#[test]
fn hostile_digests_prove_nothing_and_break_nothing() {
    let tree = Tree::new();
    let path = tree.digests()[9].clone();
    let sound = read(&path);
    for text in
        ["{\"digestStartTime\":1}".to_owned(), "[".repeat(100_000), format!("{{\"awsAccountId\":\"{}\"", "x".repeat(1000)), String::new()]
    {
        write(&path, text.as_bytes());
        let found: BTreeMap<String, String> = tree.findings().into_iter().collect();
        assert_eq!(found.get("missing_digest"), Some(&hour(&sound)), "{found:?}");
        assert!(found.contains_key("unreadable_digest") && found.len() == 2, "{found:?}");
    }
    // One of another age does not make a list of all hours between.
    let mut digest = sound.clone();
    (digest["digestStartTime"], digest["digestEndTime"]) = ("9998-01-01T00:00:00Z".into(), "9999-01-01T00:00:00Z".into());
    write(&path, &serde_json::to_vec(&digest).unwrap());
    let found = tree.findings();
    assert!((10_000..100_000).contains(&found.len()), "{}", found.len());
    // One that names what lies outside, many times over, with a signature of its own making.
    let mut digest = sound.clone();
    let outside = json!({"s3Bucket": "b", "s3Object": "../../../../etc/passwd", "hashValue": "zz", "hashAlgorithm": "MD5"});
    digest["logFiles"] = Value::Array(vec![outside; 100]);
    write(&path, &serde_json::to_vec(&digest).unwrap());
    let found = tree.findings();
    assert!(
        found.iter().any(|(kind, _)| kind == "signature_invalid") && found.iter().filter(|(kind, _)| kind == "missing_log").count() == 100
    );
}

#[test]
fn openssl_agrees_on_two_hundred_signatures() {
    if Command::new("openssl").arg("version").output().is_err() {
        return crate::run::skip("openssl is not installed");
    }
    let tree = Tree::of(&made(&Plan { days: 3, ..plan() }));
    let folder = tempfile::tempdir().unwrap();
    let [key, text, signature] = ["key.der", "text", "signature"].map(|name| folder.path().join(name));
    let keys: Value = serde_json::from_slice(&fs::read(tree.path("public-keys.json")).unwrap()).unwrap();
    let encoded = keys["PublicKeyList"][0]["Value"].as_str().unwrap();
    fs::write(&key, format!("-----BEGIN RSA PUBLIC KEY-----\n{encoded}\n-----END RSA PUBLIC KEY-----\n")).unwrap();
    let said: Vec<Value> = serde_json::from_slice(&fs::read(tree.path("digest-signatures.json")).unwrap()).unwrap();
    assert!(said.len() >= 200);
    let mut bad = 0;
    for (number, said) in said.iter().take(200).enumerate() {
        let path = tree.path(said["Key"].as_str().unwrap());
        let mut inflated = inflated(&path);
        if number % 10 == 3 {
            // Ours must refuse these too.
            let at = inflated.windows(4).position(|bytes| bytes == b"null").unwrap();
            inflated[at] = b'N';
            inflated.splice(at..at + 4, *b"[{}]");
            write(&path, &inflated);
        }
        let digest: Value = serde_json::from_slice(&inflated).unwrap();
        let field = |name: &str| digest[name].as_str().unwrap_or("null").to_owned();
        let signed = format!(
            "{}\n{}/{}\n{}\n{}",
            field("digestEndTime"),
            field("digestS3Bucket"),
            field("digestS3Object"),
            hex::encode(Sha256::digest(&inflated)),
            field("previousDigestSignature")
        );
        fs::write(&text, signed).unwrap();
        fs::write(&signature, hex::decode(said["Metadata"]["signature"].as_str().unwrap()).unwrap()).unwrap();
        let mut command = Command::new("openssl");
        command.args(["dgst", "-sha256", "-verify"]).arg(&key).arg("-signature").arg(&signature).arg(&text);
        bad += usize::from(!command.output().unwrap().status.success());
    }
    let found = tree.findings();
    assert_eq!((bad, found.len()), (20, 20));
    assert!(found.iter().all(|(kind, _)| kind == "signature_invalid"), "{found:?}");
    assert!(found.iter().all(|(_, from)| time::parse_time(from.as_bytes()).is_some()));
}
