//! Hourly signed digests of made-up logs: the chain of each account and region, as CloudTrail writes it.

use super::{START, account_id};
use crate::error::{Error, Result};
use crate::proof::integrity::Digest;
use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, Utc};
use md5::Md5;
use rayon::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::rand_core::{CryptoRng, RngCore};
use serde_json::{Value, json};
use sha2::Digest as _;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// What the digests say of where logs were delivered to.
pub(crate) const BUCKET: &str = "example-trail";
/// The trail.
pub(crate) const TRAIL: &str = "example_trail";
/// The public key, as `aws cloudtrail list-public-keys` gives it.
pub const KEYS: &str = "public-keys.json";
/// The signatures, as `aws s3api head-object` gives them, each with its key.
pub const SIGNATURES: &str = "digest-signatures.json";

const HOUR: i64 = 3600;

/// A log that was made.
#[derive(Debug, Clone)]
pub(super) struct Log {
    pub account: u32,
    pub region: &'static str,
    /// Seconds since 1970.
    pub delivered: i64,
    pub key: String,
    /// Of the inflated text.
    pub hash: [u8; 32],
}

/// Repeatable numbers for a key that signs nothing but rehearsals.
struct Repeatable(fastrand::Rng);

impl RngCore for Repeatable {
    fn next_u32(&mut self) -> u32 {
        self.0.u32(..)
    }

    fn next_u64(&mut self) -> u64 {
        self.0.u64(..)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Repeatable {}

/// The key of a corpus.
pub struct Signer {
    pair: RsaKeyPair,
    /// DER, PKCS #1.
    public: Vec<u8>,
    fingerprint: String,
}

impl Signer {
    /// Makes a key of 2,048 bits, the same for the same seed: of no use where anything is at stake.
    ///
    /// # Errors
    /// When that fails.
    pub fn new(seed: u64) -> io::Result<Self> {
        let private = RsaPrivateKey::new(&mut Repeatable(fastrand::Rng::with_seed(seed ^ 0x5161_4e45)), 2048).map_err(io::Error::other)?;
        let public = private.to_public_key().to_pkcs1_der().map_err(io::Error::other)?.into_vec();
        let der = private.to_pkcs1_der().map_err(io::Error::other)?;
        let pair = RsaKeyPair::from_der(der.as_bytes()).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self { pair, fingerprint: hex::encode(Md5::digest(&public)), public })
    }

    /// The fingerprint that digests name the key by.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The signature of a digest's text, in hexadecimal.
    ///
    /// # Errors
    /// When the text is not a digest.
    pub fn sign(&self, digest: &[u8]) -> io::Result<String> {
        let text = Digest::parse(digest).map_err(io::Error::other)?.signed_text();
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature);
        signed.map_err(|_| io::Error::other("cannot sign"))?;
        Ok(hex::encode(signature))
    }

    /// The file of public keys.
    #[must_use]
    pub fn public_keys(&self) -> Value {
        let (from, to) = (START - 30 * 24 * HOUR, START + 3650 * 24 * HOUR);
        let key = json!({
            "Value": Base64::encode_string(&self.public),
            "ValidityStartTime": from as f64,
            "ValidityEndTime": to as f64,
            "Fingerprint": self.fingerprint,
        });
        json!({ "PublicKeyList": [key] })
    }
}

/// Writes the digests of the logs below `folder`, one an hour for each account and region, and the files that they are checked with.
pub(super) fn make(seed: u64, (accounts, regions, days): (u32, &[&'static str], u32), logs: Vec<Log>, folder: &Path) -> Result<()> {
    let failed = |source| Error::Case { action: "write digests to", path: folder.to_path_buf(), source };
    let signer = Signer::new(seed).map_err(failed)?;
    let mut chains: BTreeMap<(u32, &str), Vec<Log>> = BTreeMap::new();
    for account in 0..accounts.max(1) {
        for region in regions {
            chains.insert((account, region), Vec::new());
        }
    }
    for log in logs {
        chains.entry((log.account, log.region)).or_default().push(log);
    }
    let chains: Vec<_> = chains.into_iter().collect();
    let signatures: io::Result<Vec<Vec<Value>>> = chains
        .into_par_iter()
        .map(|((account, region), mut logs)| {
            logs.sort_by(|one, other| (one.delivered, &one.key).cmp(&(other.delivered, &other.key)));
            chain(&signer, (seed, account, region, days), &logs, folder)
        })
        .collect();
    let signatures: Vec<Value> = signatures.map_err(failed)?.into_iter().flatten().collect();
    for (name, value) in [(KEYS, signer.public_keys()), (SIGNATURES, Value::Array(signatures))] {
        let text = serde_json::to_vec_pretty(&value).map_err(|error| failed(error.into()))?;
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    Ok(())
}

/// Writes a chain; gives what `head-object` says of each digest.
fn chain(signer: &Signer, (seed, account, region, days): (u64, u32, &str, u32), logs: &[Log], folder: &Path) -> io::Result<Vec<Value>> {
    // Every trail has an hour of its own.
    let place = region.bytes().fold(u64::from(account), |place, byte| place.wrapping_mul(31).wrapping_add(byte.into()));
    let offset = fastrand::Rng::with_seed(seed ^ place).i64(1..HOUR);
    let account = account_id(account);
    let end = logs.last().map_or(0, |log| log.delivered + 1).max(START + i64::from(days) * 24 * HOUR);
    let mut said = Vec::new();
    let mut previous: Option<(String, String, String)> = None;
    let mut logs = logs.iter().peekable();
    let mut start = START + offset - HOUR;
    while start < end {
        let to = start + HOUR;
        let time = |seconds: i64| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
        let stamp = |seconds: i64| time(seconds).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let day = time(to).format("%Y/%m/%d");
        let name = format!("{account}_CloudTrail-Digest_{region}_{TRAIL}_us-east-1_{}.json.gz", time(to).format("%Y%m%dT%H%M%SZ"));
        let key = format!("AWSLogs/{account}/CloudTrail-Digest/{region}/{day}/{name}");
        let mut files = Vec::new();
        while let Some(log) = logs.next_if(|log| log.delivered < to) {
            let at = stamp(log.delivered);
            files.push(json!({
                "s3Bucket": BUCKET, "s3Object": log.key, "hashValue": hex::encode(log.hash), "hashAlgorithm": "SHA-256",
                "newestEventTime": at, "oldestEventTime": at,
            }));
        }
        let (before, hash, signature) =
            previous.map_or((Value::Null, Value::Null, Value::Null), |(key, hash, signature)| (key.into(), hash.into(), signature.into()));
        let or_null = |text: &str| if before.is_null() { Value::Null } else { text.into() };
        let digest = json!({
            "awsAccountId": account, "digestStartTime": stamp(start), "digestEndTime": stamp(to),
            "digestS3Bucket": BUCKET, "digestS3Object": key,
            "digestPublicKeyFingerprint": signer.fingerprint(), "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null, "oldestEventTime": null,
            "previousDigestS3Bucket": or_null(BUCKET), "previousDigestS3Object": before, "previousDigestHashValue": hash,
            "previousDigestHashAlgorithm": or_null("SHA-256"), "previousDigestSignature": signature, "logFiles": files,
        });
        let text = serde_json::to_vec(&digest)?;
        let signature = signer.sign(&text)?;
        write(&folder.join(&key), &text)?;
        said.push(json!({ "Key": key, "Metadata": { "signature": signature, "signature-algorithm": "SHA256withRSA" } }));
        previous = Some((key, hex::encode(sha2::Sha256::digest(&text)), signature));
        start = to;
    }
    Ok(said)
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut stored = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(text, &mut stored).map_err(|error| io::Error::other(error.to_string()))?;
    fs::write(path, &stored[..length])
}
