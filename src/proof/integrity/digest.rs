//! A digest file: what CloudTrail says it delivered in an hour.
//!
//! Only reads; whether any of it is true is for [`super::chain`] to find out. The fields are those of the user guide
//! (`cloudtrail-log-file-validation-digest-file-structure`). Digests are evidence too, and may be forged: nothing in one is trusted before its
//! signature or the next digest has vouched for its bytes.

use super::Hash;
use crate::evidence::record::time::{self, Micros};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// A digest, as it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digest {
    /// Twelve digits.
    pub account: String,
    /// The start of the hour of delivery that it covers.
    pub start: Micros,
    /// Its end.
    pub end: Micros,
    /// The end as it is written, which is signed.
    pub end_text: String,
    /// Where it was delivered to.
    pub place: Place,
    /// Of the key that signed it.
    pub fingerprint: String,
    /// The digest before it; `None` at the start of a chain.
    pub previous: Option<Previous>,
    /// The logs it covers.
    pub logs: Vec<Log>,
    /// Of the digest's own text.
    pub hash: Hash,
}

/// A bucket and a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// What a digest says of the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Previous {
    /// Where it was delivered to.
    pub place: Place,
    /// Of its text; `None` where what is written is not a SHA-256.
    pub hash: Option<Hash>,
    /// Hexadecimal, as it is written, which is signed.
    pub signature: String,
}

/// What a digest says of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Log {
    /// Where it was delivered to.
    pub place: Place,
    /// Of its text; `None` where what is written is not a SHA-256.
    pub hash: Option<Hash>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    aws_account_id: String,
    digest_start_time: String,
    digest_end_time: String,
    digest_s3_bucket: String,
    digest_s3_object: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: Option<String>,
    previous_digest_s3_bucket: Option<String>,
    previous_digest_s3_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<String>,
    previous_digest_signature: Option<String>,
    log_files: Vec<RawLog>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawLog {
    s3_bucket: String,
    s3_object: String,
    hash_value: String,
    hash_algorithm: String,
}

/// A SHA-256 in hexadecimal.
fn hash(value: &str, algorithm: &str) -> Option<Hash> {
    let mut bytes = [0; 32];
    (algorithm == "SHA-256" && hex::decode_to_slice(value, &mut bytes).is_ok()).then_some(bytes)
}

impl Digest {
    /// Reads a digest's text.
    ///
    /// # Errors
    /// Why it is not a digest.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        // A field that is there twice is refused by the derived reader: two programs would read two things.
        let raw: Raw = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if raw.digest_signature_algorithm.as_deref().is_some_and(|algorithm| algorithm != "SHA256withRSA") {
            return Err("signed by an unknown algorithm".to_owned());
        }
        let moment = |text: &str| time::parse(text.as_bytes()).ok_or_else(|| format!("`{text}` is not a time"));
        let (start, end) = (moment(&raw.digest_start_time)?, moment(&raw.digest_end_time)?);
        if start >= end {
            return Err("it ends before it starts".to_owned());
        }
        let previous = match (raw.previous_digest_s3_bucket, raw.previous_digest_s3_object, raw.previous_digest_signature) {
            (Some(bucket), Some(key), Some(signature)) => {
                let value = raw.previous_digest_hash_value.unwrap_or_default();
                let algorithm = raw.previous_digest_hash_algorithm.unwrap_or_default();
                Some(Previous { place: Place { bucket, key }, hash: hash(&value, &algorithm), signature })
            }
            (None, None, None) => None,
            _ => return Err("what it says of the digest before it is incomplete".to_owned()),
        };
        let log = |log: RawLog| Log {
            place: Place { bucket: log.s3_bucket, key: log.s3_object },
            hash: hash(&log.hash_value, &log.hash_algorithm),
        };
        Ok(Self {
            account: raw.aws_account_id,
            start,
            end,
            end_text: raw.digest_end_time,
            place: Place { bucket: raw.digest_s3_bucket, key: raw.digest_s3_object },
            fingerprint: raw.digest_public_key_fingerprint,
            previous,
            logs: raw.log_files.into_iter().map(log).collect(),
            hash: Sha256::digest(text).into(),
        })
    }

    /// The text that is signed (user guide, `cloudtrail-log-file-custom-validation`).
    #[must_use]
    pub(crate) fn signed_text(&self) -> String {
        let Place { bucket, key } = &self.place;
        let previous = self.previous.as_ref().map_or("null", |previous| &previous.signature);
        format!("{}\n{bucket}/{key}\n{}\n{previous}", self.end_text, hex::encode(self.hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(change: &str, to: &str) -> String {
        let text = r#"{"awsAccountId":"111122223333","digestStartTime":"2026-03-14T01:00:00Z","digestEndTime":"2026-03-14T02:00:00Z","digestS3Bucket":"b","digestS3Object":"k","digestPublicKeyFingerprint":"f","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null,"logFiles":[]}"#;
        assert!(text.contains(change));
        text.replacen(change, to, 1)
    }

    #[test]
    fn the_signed_text_is_the_documented_one() {
        let first = text("", "");
        let hash = hex::encode(Sha256::digest(&first));
        assert_eq!(Digest::parse(first.as_bytes()).unwrap().signed_text(), format!("2026-03-14T02:00:00Z\nb/k\n{hash}\nnull"));
        let next = text(
            "\"previousDigestS3Bucket\":null,\"previousDigestS3Object\":null",
            "\"previousDigestS3Bucket\":\"b\",\"previousDigestS3Object\":\"j\"",
        );
        let next = next.replace("\"previousDigestSignature\":null", "\"previousDigestSignature\":\"0aF\"");
        assert!(Digest::parse(next.as_bytes()).unwrap().signed_text().ends_with("\n0aF"));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for (change, to) in [
            ("\"logFiles\":[]", "\"logFiles\":[],\"logFiles\":[]"),
            ("2026-03-14T02", "2026-03-14T00"),
            ("2026-03-14T02:00:00Z", "tomorrow"),
            ("\"previousDigestS3Object\":null", "\"previousDigestS3Object\":\"k\""),
            ("SHA256withRSA", "none"),
            ("\"logFiles\":[]", "\"logFiles\":[{\"s3Bucket\":1}]"),
            ("{", "[[[["),
        ] {
            assert!(Digest::parse(text(change, to).as_bytes()).is_err(), "{to}");
        }
    }
}
