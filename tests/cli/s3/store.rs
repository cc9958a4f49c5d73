//! Buckets in memory and what a test sets on them. Filled and changed at any time, also while a server answers from it.

use bytes::Bytes;
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

/// A handle on the buckets; clones share them.
#[derive(Clone, Default)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    buckets: RwLock<BTreeMap<String, Bucket>>,
    page_size: AtomicUsize,
}

impl Default for Shared {
    fn default() -> Self {
        Self { buckets: RwLock::default(), page_size: AtomicUsize::new(1000) }
    }
}

#[derive(Default)]
pub(super) struct Bucket {
    /// By the bytes of the key: that is the order of a listing, and bounds between keys need not be text.
    pub objects: BTreeMap<Vec<u8>, Arc<Object>>,
    pub region: Option<String>,
    pub owner: Option<String>,
    pub requester_pays: bool,
    /// Prefixes that may not be listed.
    pub unlisted: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Object {
    pub bytes: Bytes,
    pub etag: String,
    pub put: Put,
    pub refusal: Option<Refusal>,
}

/// Why an object that is listed cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 403 `AccessDenied`.
    AccessDenied,
    /// 403 `AccessDenied` that names `kms:Decrypt`, as for a key policy that leaves the reader out.
    KmsDenied,
    /// 404 `NoSuchKey`: removed after it was listed.
    Gone,
}

/// How an object lies in its bucket.
#[derive(Debug, Clone)]
pub struct Put {
    pub metadata: BTreeMap<String, String>,
    /// `None` is STANDARD. `GLACIER` and `DEEP_ARCHIVE` are listed and cannot be read: 403 `InvalidObjectState`.
    pub storage_class: Option<String>,
    /// Encrypted with a key of KMS, so that the ETag is not the MD5.
    pub kms: bool,
    /// Uploaded in three parts, so that the ETag is the MD5 of their MD5s and ends in `-3`.
    pub multipart: bool,
    /// Has a CRC32 to answer with.
    pub checksum: bool,
    pub version_id: Option<String>,
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub last_modified: SystemTime,
}

impl Default for Put {
    fn default() -> Self {
        Self {
            metadata: BTreeMap::new(),
            storage_class: None,
            kms: false,
            multipart: false,
            checksum: false,
            version_id: None,
            content_type: None,
            content_encoding: None,
            // 2026-03-15T00:00:00Z: never the clock, so that two runs see the same.
            last_modified: SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_532_800),
        }
    }
}

impl Store {
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a bucket, or leaves the one there is.
    pub fn bucket(&self, name: &str) {
        self.change(name, |_| ());
    }

    /// Stores an object, in place of the one with its key. The bucket is made when it is missing.
    pub fn put(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) {
        self.put_with(bucket, key, bytes, Put::default());
    }

    pub fn put_with(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>, put: Put) {
        let bytes = bytes.into();
        let etag = etag(&bytes, &put);
        let object = Arc::new(Object { bytes, etag, put, refusal: None });
        self.change(bucket, |bucket| bucket.objects.insert(key.as_bytes().to_vec(), object));
    }

    pub fn remove(&self, bucket: &str, key: &str) {
        self.change(bucket, |bucket| bucket.objects.remove(key.as_bytes()));
    }

    pub fn get(&self, bucket: &str, key: &str) -> Option<Bytes> {
        self.read(bucket, |bucket| bucket.objects.get(key.as_bytes()).map(|object| object.bytes.clone()))?
    }

    /// The keys of a bucket in the order of a listing.
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        self.read(bucket, |bucket| bucket.objects.keys().map(|key| String::from_utf8(key.clone()).unwrap()).collect()).unwrap_or_default()
    }

    /// Stores every file below a folder under `prefix` and its path in the folder, and returns how many there were.
    pub fn load_folder(&self, bucket: &str, prefix: &str, path: impl AsRef<Path>) -> usize {
        self.bucket(bucket);
        let mut loaded = 0;
        for entry in std::fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let key = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                loaded += self.load_folder(bucket, &format!("{key}/"), entry.path());
            } else {
                self.put(bucket, &key, std::fs::read(entry.path()).unwrap());
                loaded += 1;
            }
        }
        loaded
    }

    /// Has an object listed but not given out.
    ///
    /// # Panics
    /// Without such an object.
    pub fn refuse(&self, bucket: &str, key: &str, refusal: Refusal) {
        self.change(bucket, |bucket| Arc::make_mut(bucket.objects.get_mut(key.as_bytes()).unwrap()).refusal = Some(refusal));
    }

    /// Takes [`Store::refuse`] back.
    pub fn allow(&self, bucket: &str, key: &str) {
        self.change(bucket, |bucket| Arc::make_mut(bucket.objects.get_mut(key.as_bytes()).unwrap()).refusal = None);
    }

    /// Refuses listings with a prefix that starts with this one; an empty one refuses them all.
    pub fn deny_listing(&self, bucket: &str, prefix: &str) {
        self.change(bucket, |bucket| bucket.unlisted.push(prefix.to_owned()));
    }

    /// Places a bucket in a region: requests signed for another are redirected.
    pub fn set_region(&self, bucket: &str, region: &str) {
        self.change(bucket, |bucket| bucket.region = Some(region.to_owned()));
    }

    /// Gives a bucket to an account: requests that expect another are refused.
    pub fn set_owner(&self, bucket: &str, account: &str) {
        self.change(bucket, |bucket| bucket.owner = Some(account.to_owned()));
    }

    /// Refuses requests that do not say that the requester pays.
    pub fn set_requester_pays(&self, bucket: &str) {
        self.change(bucket, |bucket| bucket.requester_pays = true);
    }

    /// The most entries of one page of a listing, whatever is asked for. S3 has 1,000.
    pub fn set_page_size(&self, entries: usize) {
        self.shared.page_size.store(entries, Ordering::Relaxed);
    }

    pub(super) fn page_size(&self) -> usize {
        self.shared.page_size.load(Ordering::Relaxed)
    }

    pub(super) fn read<T>(&self, bucket: &str, read: impl FnOnce(&Bucket) -> T) -> Option<T> {
        self.shared.buckets.read().unwrap().get(bucket).map(read)
    }

    fn change<T>(&self, bucket: &str, change: impl FnOnce(&mut Bucket) -> T) -> T {
        change(self.shared.buckets.write().unwrap().entry(bucket.to_owned()).or_default())
    }
}

fn etag(bytes: &[u8], put: &Put) -> String {
    let mut md5 = Md5::new();
    if put.multipart {
        let part = bytes.len().div_ceil(3).max(1);
        (0..3).for_each(|at| md5.update(Md5::digest(&bytes[(at * part).min(bytes.len())..((at + 1) * part).min(bytes.len())])));
    } else {
        md5.update(bytes);
    }
    // S3 hashes what it encrypted, which nobody outside can compute.
    if put.kms {
        md5.update(b"ciphertext");
    }
    let digest = hex::encode(md5.finalize());
    if put.multipart { format!("{digest}-3") } else { digest }
}
