//! What S3 answers from the buckets: listings, objects and refusals, in the order in which S3 checks.

use super::store::{Bucket, Object, Put, Refusal, Store};
use http_body_util::BodyExt;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum, Crc32};
use s3s::dto::{
    self, ChecksumType, CommonPrefix, ETag, ETagCondition, EncodingType, GetObjectInput, GetObjectOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, ObjectStorageClass, PutObjectInput,
    PutObjectOutput, RequestCharged, ServerSideEncryption, StorageClass, StreamingBlob,
};
use s3s::{Body, S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use std::ops::Bound;
use std::sync::Arc;

const BUCKET_REGION: &str = "x-amz-bucket-region";
const KMS_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[async_trait::async_trait]
impl S3 for Store {
    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let asked = &request.input;
        let (output, region) = self.admitted(&request, &asked.bucket, |bucket| {
            let prefix = asked.prefix.as_deref().unwrap_or_default();
            if bucket.unlisted.iter().any(|denied| prefix.starts_with(denied)) {
                return Err(s3_error!(AccessDenied, "Access Denied"));
            }
            Ok((page(bucket, asked, self.page_size())?, bucket.region.clone()))
        })?;
        let mut response = S3Response::new(output);
        if let Some(region) = region {
            response.headers.insert(BUCKET_REGION, region.parse().unwrap());
        }
        Ok(response)
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let asked = &request.input;
        let object = self.object(&request, &asked.bucket, &asked.key, asked.version_id.as_deref())?;
        preconditions(&object, asked.if_match.as_ref(), asked.if_none_match.as_ref())?;
        if matches!(object.put.storage_class.as_deref(), Some("GLACIER" | "DEEP_ARCHIVE")) {
            return Err(s3_error!(InvalidObjectState, "The operation is not valid for the object's storage class"));
        }
        let checksum = asked.checksum_mode.is_some();
        let mut output = describe(&object, asked.range.as_ref(), checksum, requester_pays(&request.headers))?;
        let bytes = match asked.range {
            Some(range) => {
                let range = range.check(object.bytes.len() as u64)?;
                object.bytes.slice(range.start as usize..range.end as usize)
            }
            None => object.bytes.clone(),
        };
        output.body = Some(StreamingBlob::from(Body::from(bytes)));
        Ok(S3Response::new(output))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let asked = &request.input;
        let object = self.object(&request, &asked.bucket, &asked.key, asked.version_id.as_deref())?;
        preconditions(&object, asked.if_match.as_ref(), asked.if_none_match.as_ref())?;
        let checksum = asked.checksum_mode.is_some();
        let output = describe(&object, asked.range.as_ref(), checksum, requester_pays(&request.headers))?;
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: output.accept_ranges,
            checksum_crc32: output.checksum_crc32,
            checksum_type: output.checksum_type,
            content_encoding: output.content_encoding,
            content_length: output.content_length,
            content_range: output.content_range,
            content_type: output.content_type,
            e_tag: output.e_tag,
            last_modified: output.last_modified,
            metadata: output.metadata,
            request_charged: output.request_charged,
            ssekms_key_id: output.ssekms_key_id,
            server_side_encryption: output.server_side_encryption,
            storage_class: output.storage_class,
            version_id: output.version_id,
            ..HeadObjectOutput::default()
        }))
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        let signed_for = request.region.as_ref().map(|region| region.as_str().to_owned());
        let region = self.admitted(&request, &request.input.bucket, |bucket| Ok(bucket.region.clone()))?;
        Ok(S3Response::new(HeadBucketOutput { bucket_region: region.or(signed_for), ..HeadBucketOutput::default() }))
    }

    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let body = request.input.body.take();
        self.admitted(&request, &request.input.bucket, |_| Ok(()))?;
        let asked = request.input;
        let bytes = match body {
            Some(body) => {
                Body::from(body).collect().await.map_err(|error| S3Error::with_source(S3ErrorCode::IncompleteBody, error))?.to_bytes()
            }
            None => bytes::Bytes::new(),
        };
        let put = Put {
            metadata: asked.metadata.unwrap_or_default().into_iter().collect(),
            storage_class: asked.storage_class.map(|class| class.as_str().to_owned()).filter(|class| class != StorageClass::STANDARD),
            kms: asked.server_side_encryption.is_some_and(|sse| sse.as_str() == ServerSideEncryption::AWS_KMS),
            checksum: asked.checksum_algorithm.is_some() || asked.checksum_crc32.is_some(),
            content_type: asked.content_type,
            content_encoding: asked.content_encoding,
            ..Put::default()
        };
        self.put_with(&asked.bucket, &asked.key, bytes, put);
        let etag = self.read(&asked.bucket, |bucket| bucket.objects.get(asked.key.as_bytes()).map(|object| object.etag.clone())).flatten();
        Ok(S3Response::new(PutObjectOutput { e_tag: etag.map(ETag::Strong), ..PutObjectOutput::default() }))
    }
}

impl Store {
    /// Reads a bucket for a request that may: the bucket is there, of the region, of the owner, and paid for.
    fn admitted<T, R>(&self, request: &S3Request<R>, bucket: &str, read: impl FnOnce(&Bucket) -> S3Result<T>) -> S3Result<T> {
        let admitted = |bucket: &Bucket| {
            // An unsigned request does not say for which region it is.
            if let (Some(region), Some(signed_for)) = (&bucket.region, &request.region)
                && region != signed_for.as_str()
            {
                return Err(redirect(region));
            }
            let expected = request.headers.get("x-amz-expected-bucket-owner");
            let wrong_owner = bucket.owner.as_ref().zip(expected).is_some_and(|(owner, expected)| expected != owner);
            if wrong_owner || bucket.requester_pays && !requester_pays(&request.headers) {
                return Err(s3_error!(AccessDenied, "Access Denied"));
            }
            read(bucket)
        };
        self.read(bucket, admitted).unwrap_or_else(|| Err(s3_error!(NoSuchBucket, "The specified bucket does not exist")))
    }

    fn object<R>(&self, request: &S3Request<R>, bucket: &str, key: &str, version: Option<&str>) -> S3Result<Arc<Object>> {
        let object = self.admitted(request, bucket, |bucket| Ok(bucket.objects.get(key.as_bytes()).cloned()))?;
        let gone = || s3_error!(NoSuchKey, "The specified key does not exist.");
        let object = object.ok_or_else(gone)?;
        match object.refusal {
            Some(Refusal::Gone) => return Err(gone()),
            Some(Refusal::AccessDenied) => return Err(s3_error!(AccessDenied, "Access Denied")),
            Some(Refusal::KmsDenied) => {
                return Err(s3_error!(
                    AccessDenied,
                    "User: arn:aws:iam::111122223333:user/auditor is not authorized to perform: kms:Decrypt on resource: {KMS_KEY} \
                     because no identity-based policy allows the kms:Decrypt action"
                ));
            }
            None => {}
        }
        if version.is_some_and(|version| version != object.put.version_id.as_deref().unwrap_or("null")) {
            return Err(s3_error!(NoSuchVersion, "The specified version does not exist."));
        }
        Ok(object)
    }
}

fn redirect(region: &str) -> S3Error {
    let mut error = s3_error!(
        PermanentRedirect,
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this \
         endpoint."
    );
    // These replace all headers of an error, also the one of its XML.
    let mut headers = HeaderMap::new();
    headers.insert(BUCKET_REGION, region.parse().unwrap());
    headers.insert(CONTENT_TYPE, "application/xml".parse().unwrap());
    error.set_headers(headers);
    error
}

fn requester_pays(headers: &HeaderMap) -> bool {
    headers.get("x-amz-request-payer").is_some_and(|payer| payer == "requester")
}

fn preconditions(object: &Object, if_match: Option<&ETagCondition>, if_none_match: Option<&ETagCondition>) -> S3Result<()> {
    let matches = |condition: &ETagCondition| condition.is_any() || condition.as_etag().is_some_and(|etag| etag.value() == object.etag);
    if if_match.is_some_and(|condition| !matches(condition)) {
        return Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold"));
    }
    if if_none_match.is_some_and(matches) {
        return Err(s3_error!(NotModified));
    }
    Ok(())
}

/// The headers of an object, as those of GET and HEAD are the same.
fn describe(object: &Object, range: Option<&dto::Range>, checksum: bool, charged: bool) -> S3Result<GetObjectOutput> {
    let size = object.bytes.len() as u64;
    let unsatisfiable = |_| s3_error!(InvalidRange, "The requested range is not satisfiable");
    let part = range.map(|range| range.check(size).map_err(unsatisfiable)).transpose()?;
    let put = &object.put;
    // A checksum is of the whole object, so a part of it comes without.
    let crc32 = (put.checksum && checksum && part.is_none()).then(|| {
        let mut hasher = ChecksumHasher { crc32: Some(Crc32::new()), ..ChecksumHasher::default() };
        hasher.update(&object.bytes);
        hasher.finalize().checksum_crc32
    });
    Ok(GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        checksum_type: crc32.is_some().then(|| ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
        checksum_crc32: crc32.flatten(),
        content_encoding: put.content_encoding.clone(),
        content_length: Some(part.as_ref().map_or(size, |part| part.end - part.start) as i64),
        content_range: part.map(|part| format!("bytes {}-{}/{size}", part.start, part.end - 1)),
        content_type: Some(put.content_type.clone().unwrap_or_else(|| "binary/octet-stream".to_owned())),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(put.last_modified.into()),
        metadata: Some(put.metadata.clone().into_iter().collect()),
        request_charged: charged.then(|| RequestCharged::from_static(RequestCharged::REQUESTER)),
        ssekms_key_id: put.kms.then(|| KMS_KEY.to_owned()),
        server_side_encryption: Some(ServerSideEncryption::from_static(if put.kms {
            ServerSideEncryption::AWS_KMS
        } else {
            ServerSideEncryption::AES256
        })),
        storage_class: put.storage_class.clone().map(StorageClass::from),
        version_id: put.version_id.clone(),
        ..GetObjectOutput::default()
    })
}

/// One page of a listing. Keys and common prefixes come in one order and count alike; the token is the lowest key that the next page may
/// begin with, in hex.
fn page(bucket: &Bucket, asked: &ListObjectsV2Input, most: usize) -> S3Result<ListObjectsV2Output> {
    let prefix = asked.prefix.as_deref().unwrap_or_default();
    let delimiter = asked.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let url = asked.encoding_type.as_ref().is_some_and(|encoding| encoding.as_str() == EncodingType::URL);
    let text = |text: &str| if url { url_encoded(text) } else { text.to_owned() };
    let most = match asked.max_keys {
        Some(keys) => usize::try_from(keys).map_err(|_| s3_error!(InvalidArgument, "max-keys must not be negative"))?.min(most),
        None => most,
    };

    let mut from = match (&asked.continuation_token, asked.start_after.as_deref()) {
        (Some(token), _) => hex::decode(token).map_err(|_| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))?,
        // A key within a common prefix is past that prefix.
        (None, Some(key)) => match delimiter.and_then(|delimiter| common_prefix(key, prefix, delimiter)) {
            Some(common) => after_all_with(common),
            None => after(key),
        },
        (None, None) => Vec::new(),
    };
    from = from.max(prefix.as_bytes().to_vec());

    let (mut contents, mut common_prefixes, mut next) = (Vec::new(), Vec::new(), None);
    while let Some((key, object)) = bucket.objects.range::<[u8], _>((Bound::Included(from.as_slice()), Bound::Unbounded)).next() {
        let key = std::str::from_utf8(key).unwrap();
        if !key.starts_with(prefix) {
            break;
        }
        if contents.len() + common_prefixes.len() == most {
            // S3 calls a page of no keys complete.
            next = (most > 0).then(|| hex::encode(&from));
            break;
        }
        if let Some(common) = delimiter.and_then(|delimiter| common_prefix(key, prefix, delimiter)) {
            common_prefixes.push(CommonPrefix { prefix: Some(text(common)) });
            from = after_all_with(common);
        } else {
            let class = object.put.storage_class.clone().unwrap_or_else(|| ObjectStorageClass::STANDARD.to_owned());
            contents.push(dto::Object {
                e_tag: Some(ETag::Strong(object.etag.clone())),
                key: Some(text(key)),
                last_modified: Some(object.put.last_modified.into()),
                size: Some(object.bytes.len() as i64),
                storage_class: Some(class.into()),
                ..dto::Object::default()
            });
            from = after(key);
        }
    }

    Ok(ListObjectsV2Output {
        name: Some(asked.bucket.clone()),
        prefix: Some(text(prefix)),
        max_keys: Some(most as i32),
        key_count: Some((contents.len() + common_prefixes.len()) as i32),
        continuation_token: asked.continuation_token.clone(),
        is_truncated: Some(next.is_some()),
        next_continuation_token: next,
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        delimiter: delimiter.map(text),
        encoding_type: asked.encoding_type.clone(),
        start_after: asked.start_after.as_deref().map(text),
        ..ListObjectsV2Output::default()
    })
}

/// The part of a key up to the first delimiter behind the prefix.
fn common_prefix<'a>(key: &'a str, prefix: &str, delimiter: &str) -> Option<&'a str> {
    let at = key.strip_prefix(prefix)?.find(delimiter)?;
    Some(&key[..prefix.len() + at + delimiter.len()])
}

/// The lowest key above this one.
fn after(key: &str) -> Vec<u8> {
    [key.as_bytes(), &[0]].concat()
}

/// The lowest bytes above every key with this prefix. No byte of UTF-8 is 255, so the last one can always be raised.
fn after_all_with(prefix: &str) -> Vec<u8> {
    let mut bytes = prefix.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last += 1;
    }
    bytes
}

/// As `encoding-type=url` has it: a form's encoding, with the slashes left.
fn url_encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}
