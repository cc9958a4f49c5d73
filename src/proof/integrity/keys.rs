//! The public keys that digests are signed with, as `aws cloudtrail list-public-keys` gives them.
//!
//! A key is known by the fingerprint of its own bytes (the MD5 of its DER form, as all published samples have it); what a file says of it is not
//! trusted. Where the file itself comes from is for the user to know: whoever can forge evidence can forge keys.

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rsa::pkcs8::SubjectPublicKeyInfoRef;
use rsa::pkcs8::der::Decode as _;
use serde_json::Value;
use std::collections::HashMap;

/// Keys by fingerprint.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    keys: HashMap<String, Vec<u8>>,
}

/// What a signature came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The key signed the text.
    Valid,
    /// It did not.
    Invalid,
    /// There is no such key.
    NoKey,
}

impl Keys {
    /// Adds the keys of a file: the answer of the service, a list of keys, or several of either in one array. Gives how many there were.
    ///
    /// # Errors
    /// A sentence, when it holds no key, or one whose fingerprint is not what the file says.
    pub fn add(&mut self, file: &[u8]) -> Result<usize, String> {
        let value: Value = serde_json::from_slice(file).map_err(|error| format!("not JSON: {error}"))?;
        let before = self.keys.len();
        let mut found = 0;
        let mut waiting = vec![&value];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Array(values) => waiting.extend(values),
                Value::Object(fields) => match (fields.get("Value"), fields.get("PublicKeyList")) {
                    (Some(Value::String(key)), _) => {
                        found += 1;
                        self.key(key, fields.get("Fingerprint").and_then(Value::as_str))?;
                    }
                    (_, Some(list)) => waiting.push(list),
                    _ => {}
                },
                _ => {}
            }
        }
        if found == 0 { Err("no public keys in it".to_owned()) } else { Ok(self.keys.len() - before) }
    }

    fn key(&mut self, encoded: &str, said: Option<&str>) -> Result<(), String> {
        let der = Base64::decode_vec(encoded.trim()).map_err(|_| "a key is not base64".to_owned())?;
        let fingerprint = hex::encode(Md5::digest(&der));
        if let Some(said) = said
            && !said.eq_ignore_ascii_case(&fingerprint)
        {
            return Err(format!("a key is said to have the fingerprint {said}, but has {fingerprint}"));
        }
        // Both forms are published; the verifier takes the inner one.
        let inner = match SubjectPublicKeyInfoRef::from_der(&der) {
            Ok(info) => info.subject_public_key.as_bytes().map(<[u8]>::to_vec),
            Err(_) => rsa::pkcs1::RsaPublicKey::from_der(&der).ok().map(|_| der.clone()),
        };
        self.keys.insert(fingerprint, inner.ok_or_else(|| "a key is not an RSA public key".to_owned())?);
        Ok(())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether the key of a fingerprint was given.
    #[must_use]
    pub fn has(&self, fingerprint: &str) -> bool {
        self.keys.contains_key(&fingerprint.to_ascii_lowercase())
    }

    /// Checks an RSA PKCS #1 v1.5 signature over SHA-256, in hexadecimal, by the key of a fingerprint.
    #[must_use]
    pub fn check(&self, fingerprint: &str, text: &str, signature: &str) -> Checked {
        let Some(key) = self.keys.get(&fingerprint.to_ascii_lowercase()) else { return Checked::NoKey };
        let valid = hex::decode(signature)
            .is_ok_and(|signature| UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(text.as_bytes(), &signature).is_ok());
        if valid { Checked::Valid } else { Checked::Invalid }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_sound_key_is_refused() {
        for (file, reason) in [
            (&b"junk"[..], "not JSON"),
            (b"{}", "no public keys"),
            (br#"{"PublicKeyList":[{"Value":"%%"}]}"#, "not base64"),
            (br#"{"PublicKeyList":[{"Value":"AAAA"}]}"#, "not an RSA public key"),
            (br#"[{"PublicKeyList":[{"Value":"AAAA","Fingerprint":"00"}]}]"#, "said to have the fingerprint 00"),
        ] {
            assert!(Keys::default().add(file).unwrap_err().contains(reason), "{reason}");
        }
        assert_eq!(Keys::default().check("00", "text", "00"), Checked::NoKey);
    }
}
