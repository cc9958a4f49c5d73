//! Getting one object: whole or in parts, again when it did not come whole.
//!
//! The SDK retries until the headers are there. What it does not see is told here: a body that ends early or trickles, and one that is shorter than
//! what was listed. Whether bytes were flipped shows by the checksum that S3 may send, which the SDK checks, or later by the gzip checksum;
//! then the object is fetched until what comes is vouched for, or comes twice ([`agreed`]).

use super::Location;
use super::client::{Connection, Failed, causes, words};
use crate::evidence::source::{Object, WHOLE_LIMIT};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::types::ServerSideEncryption;
use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::JoinSet;

/// Larger objects are fetched in parts of this size, so many of one object at a time.
pub(super) const PART: u64 = 8 << 20;
pub(super) const PARTS_AT_A_TIME: usize = 8;

/// How often a body is fetched before it is given up.
const TRIES: u32 = 6;

/// The slowest that a body may come, in bytes a second, beyond the patience for each request.
const SLOWEST: u64 = 16 << 10;

/// What a service says of an object beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Without quotes.
    pub etag: Option<String>,
    /// Where the bucket keeps versions.
    pub version_id: Option<String>,
    /// RFC 3339, UTC.
    pub last_modified: Option<String>,
    /// `None` for the standard one.
    pub storage_class: Option<String>,
    /// User metadata; digests have their signature here.
    pub metadata: BTreeMap<String, String>,
    /// The MD5 of the bytes, in hexadecimal, where the entity tag is one: objects under KMS, and those uploaded in parts, have another tag.
    pub md5: Option<String>,
    /// Whether S3 sent a checksum of the whole, which the SDK has compared then.
    pub checked: bool,
}

impl Head {
    /// Whether bytes are those that the service keeps; `None` where it does not say.
    #[must_use]
    pub fn vouches_for(&self, bytes: &[u8]) -> Option<bool> {
        if self.checked {
            return Some(true);
        }
        self.md5.as_deref().map(|md5| hex::encode(Md5::digest(bytes)) == md5)
    }
}

/// The stored bytes of an object that arrived.
#[derive(Debug)]
pub enum Body {
    /// All of them.
    Bytes(Bytes),
    /// Too many to hold, in a file without a name.
    File(File),
}

/// Gets an object. Text of an error is for the manifest.
pub(super) async fn get(connection: &Connection, object: &Object, temp: Option<&Path>) -> io::Result<(Body, Head)> {
    if object.size > WHOLE_LIMIT as u64 {
        return to_file(connection, object, temp).await;
    }
    if object.size > 2 * PART {
        return in_parts(connection, object).await;
    }
    let (bytes, head) = part(connection, object, None).await?;
    Ok((Body::Bytes(bytes), head))
}

/// The bytes of an object that came as `stored`, which is doubtful: fetched again until the service vouches for them or they come a second time.
/// `None` where the object is as it came. An error where that could not be found out: what came must not be taken for the object then.
pub(super) async fn agreed(connection: &Connection, object: &Object, stored: &[u8], head: &Head) -> io::Result<Option<Bytes>> {
    if head.vouches_for(stored) == Some(true) {
        return Ok(None);
    }
    let mut came: Vec<Bytes> = Vec::new();
    for _ in 0..TRIES {
        connection.counters.refetched.fetch_add(1, Ordering::Relaxed);
        let (Body::Bytes(again), head) = get(connection, object, None).await? else { break };
        if *again == *stored {
            return Ok(None);
        }
        if head.vouches_for(&again) == Some(true) || came.contains(&again) {
            return Ok(Some(again));
        }
        came.push(again);
    }
    Err(io::Error::other(format!("it came differently {} times", came.len() + 1)))
}

/// The ranges that an object is fetched in: first byte and length.
fn ranges(size: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..size.div_ceil(PART)).map(move |part| (part * PART, PART.min(size - part * PART)))
}

/// Fetches the parts of an object, some at a time, and hands each over with its place.
async fn each_part(connection: &Connection, object: &Object, mut take: impl FnMut(u64, Bytes) -> io::Result<()>) -> io::Result<Head> {
    let object = Arc::new(object.clone());
    let mut running = JoinSet::new();
    let mut waiting = ranges(object.size);
    let mut first = None;
    loop {
        while running.len() < PARTS_AT_A_TIME
            && let Some((start, length)) = waiting.next()
        {
            let (connection, object) = (connection.clone(), Arc::clone(&object));
            running.spawn(async move { part(&connection, &object, Some((start, length))).await.map(|(bytes, head)| (start, bytes, head)) });
        }
        let Some(done) = running.join_next().await else { break };
        let (start, bytes, head) = done.map_err(io::Error::other)??;
        first.get_or_insert(head);
        take(start, bytes)?;
    }
    Ok(first.unwrap_or_default())
}

async fn in_parts(connection: &Connection, object: &Object) -> io::Result<(Body, Head)> {
    let size = usize::try_from(object.size).map_err(io::Error::other)?;
    let mut whole = BytesMut::zeroed(size);
    let head = each_part(connection, object, |start, bytes| {
        let start = usize::try_from(start).map_err(io::Error::other)?;
        whole[start..start + bytes.len()].copy_from_slice(&bytes);
        Ok(())
    })
    .await?;
    Ok((Body::Bytes(whole.freeze()), head))
}

async fn to_file(connection: &Connection, object: &Object, temp: Option<&Path>) -> io::Result<(Body, Head)> {
    let folder = temp.map_or_else(std::env::temp_dir, PathBuf::from);
    let file = tempfile::tempfile_in(folder).map_err(|error| io::Error::new(error.kind(), format!("no room to put it: {error}")))?;
    // Writing goes to the page cache and takes less than the part took to come.
    let head = each_part(connection, object, |start, bytes| write_at(&file, &bytes, start)).await?;
    Ok((Body::File(file), head))
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom, Write as _};
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// Gets an object or a range of it, as often as it takes.
async fn part(connection: &Connection, object: &Object, range: Option<(u64, u64)>) -> io::Result<(Bytes, Head)> {
    let mut wait = Duration::from_millis(50);
    let mut tried = 1;
    loop {
        match once(connection, object, range).await {
            Ok(done) => return Ok(done),
            Err(Failed::Final(reason)) => return Err(io::Error::other(reason)),
            Err(Failed::Passing(reason)) if tried == TRIES => {
                return Err(io::Error::other(format!("{reason} (given up after {TRIES} tries)")));
            }
            Err(Failed::Passing(_)) => {}
        }
        connection.counters.refetched.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64())).await;
        wait *= 2;
        tried += 1;
    }
}

/// One try.
async fn once(connection: &Connection, object: &Object, range: Option<(u64, u64)>) -> Result<(Bytes, Head), Failed> {
    let Some((bucket, key)) = Location::split(&object.uri) else { return Err(Failed::Final("not an S3 object".to_owned())) };
    let expected = range.map_or(object.size, |(_, length)| length);
    let output = connection
        .client
        .get_object()
        .bucket(bucket)
        .key(key)
        .set_range(range.map(|(start, length)| format!("bytes={start}-{}", start + length - 1)))
        // What is read is what was listed.
        .set_if_match(object.etag.as_deref().map(|etag| format!("\"{etag}\"")))
        .set_request_payer(connection.payer.clone())
        .set_expected_bucket_owner(connection.owner.clone())
        .send()
        .await
        .map_err(|error| words(&error))?;
    let patience = connection.patience + Duration::from_secs(expected / SLOWEST);
    let head = head(&output);
    let body = match tokio::time::timeout(patience, output.body.collect()).await {
        Ok(Ok(body)) => body.into_bytes(),
        Ok(Err(error)) => return Err(Failed::Passing(format!("the body did not come whole: {}", causes(&error)))),
        Err(_) => return Err(Failed::Passing(format!("the body took more than {} s", patience.as_secs()))),
    };
    if body.len() as u64 == expected {
        Ok((body, head))
    } else {
        Err(Failed::Passing(format!("{} bytes came in place of {expected}", body.len())))
    }
}

fn head(output: &GetObjectOutput) -> Head {
    let modified = output.last_modified.as_ref().and_then(|time| chrono::DateTime::from_timestamp(time.secs(), 0));
    let etag = output.e_tag.as_deref().map(|etag| etag.trim_matches('"').to_owned());
    let plain = output.sse_customer_algorithm.is_none()
        && output.server_side_encryption.as_ref().is_none_or(|encryption| *encryption == ServerSideEncryption::Aes256);
    let checksums =
        [&output.checksum_crc32, &output.checksum_crc32_c, &output.checksum_crc64_nvme, &output.checksum_sha1, &output.checksum_sha256];
    // Those of uploads in parts are of the parts' checksums, and have a dash; those of ranges are not compared.
    let compared = |checksum: &Option<String>| checksum.as_deref().is_some_and(|checksum| !checksum.contains('-'));
    Head {
        checked: output.content_range.is_none() && checksums.into_iter().any(compared),
        md5: etag.clone().filter(|etag| plain && etag.len() == 32),
        etag,
        version_id: output.version_id.clone().filter(|version| version != "null"),
        last_modified: modified.map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        storage_class: output.storage_class.as_ref().map(|class| class.as_str().to_owned()),
        metadata: output.metadata.iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
    }
}
