//! The server of the tests, seen through the SDK, and where the SDK hides it, through a plain socket.

use crate::s3::{ACCESS_KEY, Fault, Operation, Options, Put, REGION, Refusal, SECRET_KEY, Server, Store, every_nth};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region, StalledStreamProtectionConfig};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{EncodingType, ObjectStorageClass, RequestPayer, ServerSideEncryption};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const BUCKET: &str = "trail";

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn config(server: &Server) -> aws_sdk_s3::config::Builder {
    unsigned(server).credentials_provider(Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"))
}

fn unsigned(server: &Server) -> aws_sdk_s3::config::Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(server.endpoint())
        .region(Region::from_static(REGION))
        .allow_no_auth()
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(5)))
        .timeout_config(TimeoutConfig::builder().read_timeout(Duration::from_millis(400)).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(Duration::from_millis(200)).build())
}

fn client(server: &Server) -> Client {
    Client::from_conf(config(server).build())
}

/// A server with one object of 1,000 bytes.
fn one_object() -> (Store, Server, Client, Vec<u8>) {
    let bytes: Vec<u8> = (0..1000).map(|at| (at % 251) as u8).collect();
    let store = Store::new();
    store.put(BUCKET, "object", bytes.clone());
    let server = Server::start(&store);
    let client = client(&server);
    (store, server, client, bytes)
}

async fn get(client: &Client, key: &str) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
    client.get_object().bucket(BUCKET).key(key).send().await
}

/// The status and code of a refusal.
fn refusal<E: ProvideErrorMetadata + Debug, T: Debug>(result: Result<T, SdkError<E>>) -> (u16, String) {
    let error = result.unwrap_err();
    (error.raw_response().unwrap().status().as_u16(), error.code().unwrap_or_default().to_owned())
}

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

// Listings

#[test]
fn twenty_thousand_keys_come_in_twenty_pages() {
    let store = Store::new();
    let keys: Vec<String> = (0..20_000).map(|at| format!("AWSLogs/{at:05}.json.gz")).collect();
    keys.iter().for_each(|key| store.put(BUCKET, key, "x"));
    let server = Server::start(&store);
    run(async {
        let client = client(&server);
        let mut pages = client.list_objects_v2().bucket(BUCKET).into_paginator().send();
        let mut listed = Vec::new();
        while let Some(page) = pages.try_next().await.unwrap() {
            assert_eq!(page.key_count(), Some(1000));
            listed.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
        }
        assert_eq!(listed, keys);
    });
    let requests = server.requests();
    assert_eq!((requests.len(), server.count(Operation::List)), (20, 20));
    assert!(!requests[0].continuation && requests[1..].iter().all(|request| request.continuation));
}

#[test]
fn a_page_mixes_keys_and_prefixes_in_order() {
    let store = Store::new();
    ["a", "b/1", "b/2", "b0", "c/1/x", "d", "e/1"].iter().for_each(|key| store.put(BUCKET, key, "x"));
    store.set_page_size(2);
    let server = Server::start(&store);
    run(async {
        let client = client(&server);
        let mut pages = client.list_objects_v2().bucket(BUCKET).delimiter("/").into_paginator().send();
        let mut seen = Vec::new();
        while let Some(page) = pages.try_next().await.unwrap() {
            let keys: Vec<&str> = page.contents().iter().map(|object| object.key().unwrap()).collect();
            let prefixes: Vec<&str> = page.common_prefixes().iter().map(|common| common.prefix().unwrap()).collect();
            seen.push(format!("{} {keys:?} {prefixes:?} {}", page.key_count().unwrap(), page.is_truncated().unwrap()));
        }
        assert_eq!(seen, [r#"2 ["a"] ["b/"] true"#, r#"2 ["b0"] ["c/"] true"#, r#"2 ["d"] ["e/"] false"#]);
    });
    assert_eq!(server.requests()[0].delimiter.as_deref(), Some("/"));
}

#[test]
fn a_listing_starts_within_its_prefix_and_after_a_key() {
    let store = Store::new();
    ["a/1", "a/2", "a/3", "a/4/x", "a/5/x", "b/1"].iter().for_each(|key| store.put(BUCKET, key, "x"));
    let server = Server::start(&store);
    run(async {
        let client = client(&server);
        let list = || client.list_objects_v2().bucket(BUCKET).prefix("a/");
        let keys = |page: &aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output| {
            page.contents().iter().map(|object| object.key().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(keys(&list().start_after("a/2").send().await.unwrap()), "a/3 a/4/x a/5/x");
        assert_eq!(keys(&list().start_after("a/25").max_keys(1).send().await.unwrap()), "a/3");
        assert_eq!(keys(&list().start_after("0").send().await.unwrap()), "a/1 a/2 a/3 a/4/x a/5/x");
        assert_eq!(keys(&list().start_after("b").send().await.unwrap()), "");
        let page = list().start_after("a/4/w").delimiter("/").send().await.unwrap();
        assert_eq!((page.common_prefixes().len(), page.common_prefixes()[0].prefix()), (1, Some("a/5/")));
        let none = list().max_keys(0).send().await.unwrap();
        assert_eq!((none.key_count(), none.is_truncated()), (Some(0), Some(false)));
        let wrong = list().continuation_token("not a token").send().await;
        assert_eq!(refusal(wrong), code(400, "InvalidArgument"));
    });
    let seen = &server.requests()[0];
    assert_eq!((seen.prefix.as_str(), seen.start_after.as_deref()), ("a/", Some("a/2")));
}

#[test]
fn a_listing_says_what_an_object_is_and_encodes_its_key_when_asked() {
    let store = Store::new();
    store.put_with(BUCKET, "a b+c/é", "hello", Put { storage_class: Some("GLACIER".to_owned()), ..Put::default() });
    let server = Server::start(&store);
    run(async {
        let client = client(&server);
        let page = client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
        let object = &page.contents()[0];
        assert_eq!((object.key(), object.size()), (Some("a b+c/é"), Some(5)));
        assert_eq!(object.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
        assert_eq!(object.storage_class(), Some(&ObjectStorageClass::Glacier));
        assert_eq!(object.last_modified().unwrap().to_string(), "2026-03-15T00:00:00Z");
        let page = client.list_objects_v2().bucket(BUCKET).encoding_type(EncodingType::Url).send().await.unwrap();
        assert_eq!(page.contents()[0].key(), Some("a+b%2Bc/%C3%A9"));
        assert_eq!(refusal(get(&client, "a b+c/é").await), code(403, "InvalidObjectState"));
    });
    assert_eq!(server.requests()[2].key, "a b+c/é");
}

// Objects

#[test]
fn a_range_is_a_part_of_the_object() {
    let (_, server, client, bytes) = one_object();
    run(async {
        let part = |range: &'static str| client.get_object().bucket(BUCKET).key("object").range(range).send();
        let answer = part("bytes=10-19").await.unwrap();
        assert_eq!((answer.content_range(), answer.content_length()), (Some("bytes 10-19/1000"), Some(10)));
        assert_eq!(answer.body.collect().await.unwrap().to_vec(), bytes[10..20]);
        let answer = part("bytes=990-").await.unwrap();
        assert_eq!(answer.content_range(), Some("bytes 990-999/1000"));
        assert_eq!(answer.body.collect().await.unwrap().to_vec(), bytes[990..]);
        assert_eq!(refusal(part("bytes=1000-").await), code(416, "InvalidRange"));
    });
    assert_eq!(server.requests()[0].range.as_deref(), Some("bytes=10-19"));
}

#[test]
fn what_was_put_comes_back_with_its_metadata() {
    let (store, _server, client, _) = one_object();
    run(async {
        let put =
            client.put_object().bucket(BUCKET).key("digest").metadata("signature", "00ff").metadata("signature-algorithm", "SHA256withRSA");
        let put = put.content_encoding("gzip").body(ByteStream::from_static(b"hello")).send().await.unwrap();
        let answer = get(&client, "digest").await.unwrap();
        assert_eq!((put.e_tag(), answer.content_encoding()), (answer.e_tag(), Some("gzip")));
        let metadata: BTreeMap<_, _> = answer.metadata().unwrap().iter().collect();
        assert_eq!(format!("{metadata:?}"), r#"{"signature": "00ff", "signature-algorithm": "SHA256withRSA"}"#);
        // The SDK sent a checksum, which was kept, and checks it.
        assert!(answer.checksum_crc32().is_some());
        assert_eq!(answer.body.collect().await.unwrap().to_vec(), b"hello");
        let head = client.head_object().bucket(BUCKET).key("digest").send().await.unwrap();
        assert_eq!((head.content_length(), head.metadata().unwrap().len()), (Some(5), 2));
    });
    assert_eq!(store.get(BUCKET, "digest").unwrap(), "hello");
    assert_eq!(store.keys(BUCKET), ["digest", "object"]);
}

#[test]
fn an_etag_is_the_md5_except_of_what_is_encrypted_by_kms_or_uploaded_in_parts() {
    let store = Store::new();
    let put = Put { version_id: Some("v1".to_owned()), ..Put::default() };
    store.put_with(BUCKET, "plain", "hello", put.clone());
    store.put_with(BUCKET, "kms", "hello", Put { kms: true, ..put.clone() });
    store.put_with(BUCKET, "parts", "hello", Put { multipart: true, ..put });
    let server = Server::start(&store);
    run(async {
        let client = client(&server);
        let etag = async |key| get(&client, key).await.unwrap().e_tag().unwrap().trim_matches('"').to_owned();
        assert_eq!(etag("plain").await, "5d41402abc4b2a76b9719d911017c592");
        let kms = etag("kms").await;
        assert!(kms.len() == 32 && kms != etag("plain").await, "{kms}");
        assert!(etag("parts").await.ends_with("-3"));
        let answer = get(&client, "kms").await.unwrap();
        assert_eq!((answer.server_side_encryption(), answer.version_id()), (Some(&ServerSideEncryption::AwsKms), Some("v1")));
        let version = |version: &'static str| client.get_object().bucket(BUCKET).key("plain").version_id(version).send();
        assert!(version("v1").await.is_ok());
        assert_eq!(refusal(version("v2").await), code(404, "NoSuchVersion"));
        let matching = |etag: &'static str| client.get_object().bucket(BUCKET).key("plain").if_match(etag).send();
        assert!(matching("\"5d41402abc4b2a76b9719d911017c592\"").await.is_ok());
        assert_eq!(refusal(matching("\"0\"").await), code(412, "PreconditionFailed"));
    });
}

// Refusals

#[test]
fn an_object_that_is_listed_can_be_refused() {
    let (store, server, client, _) = one_object();
    run(async {
        for (how, status, name) in
            [(Refusal::AccessDenied, 403, "AccessDenied"), (Refusal::KmsDenied, 403, "AccessDenied"), (Refusal::Gone, 404, "NoSuchKey")]
        {
            store.refuse(BUCKET, "object", how);
            assert_eq!(refusal(get(&client, "object").await), code(status, name));
            let head = client.head_object().bucket(BUCKET).key("object").send().await;
            assert_eq!(head.unwrap_err().raw_response().unwrap().status().as_u16(), status);
            assert_eq!(client.list_objects_v2().bucket(BUCKET).send().await.unwrap().key_count(), Some(1));
        }
        store.refuse(BUCKET, "object", Refusal::KmsDenied);
        let message = get(&client, "object").await.unwrap_err().message().unwrap().to_owned();
        assert!(message.contains("kms:Decrypt on resource: arn:aws:kms:"), "{message}");
        store.allow(BUCKET, "object");
        assert!(get(&client, "object").await.is_ok());
        assert_eq!(refusal(get(&client, "nothing").await), code(404, "NoSuchKey"));
        store.deny_listing(BUCKET, "AWSLogs/2");
        let list = |prefix: &'static str| client.list_objects_v2().bucket(BUCKET).prefix(prefix).send();
        assert!(list("AWSLogs/").await.is_ok());
        assert_eq!(refusal(list("AWSLogs/222233334444/").await), code(403, "AccessDenied"));
    });
    // Nothing that is refused is asked twice.
    assert_eq!(server.count(Operation::Head), 3);
}

#[test]
fn a_bucket_has_a_region_an_owner_and_someone_who_pays() {
    let (store, _server, client, _) = one_object();
    run(async {
        assert_eq!(refusal(client.list_objects_v2().bucket("nowhere").send().await), code(404, "NoSuchBucket"));
        assert!(client.head_bucket().bucket("nowhere").send().await.unwrap_err().into_service_error().is_not_found());

        store.set_region(BUCKET, "eu-west-1");
        let moved = get(&client, "object").await.unwrap_err();
        assert_eq!(moved.raw_response().unwrap().headers().get("x-amz-bucket-region"), Some("eu-west-1"));
        assert_eq!(refusal::<_, GetObjectOutput>(Err(moved)), code(301, "PermanentRedirect"));
        let moved = client.head_bucket().bucket(BUCKET).send().await.unwrap_err();
        assert_eq!(moved.raw_response().unwrap().headers().get("x-amz-bucket-region"), Some("eu-west-1"));
        store.set_region(BUCKET, REGION);
        let bucket = client.head_bucket().bucket(BUCKET).send().await.unwrap();
        assert_eq!(bucket.bucket_region(), Some(REGION));

        store.set_owner(BUCKET, "111122223333");
        let expecting = |owner: &'static str| client.get_object().bucket(BUCKET).key("object").expected_bucket_owner(owner).send();
        assert!(expecting("111122223333").await.is_ok());
        assert_eq!(refusal(expecting("444455556666").await), code(403, "AccessDenied"));

        store.set_requester_pays(BUCKET);
        assert_eq!(refusal(get(&client, "object").await), code(403, "AccessDenied"));
        assert!(client.get_object().bucket(BUCKET).key("object").request_payer(RequestPayer::Requester).send().await.is_ok());
    });
}

#[test]
fn a_key_is_checked_and_none_is_allowed_only_when_said() {
    let (store, server, _, _) = one_object();
    let with = |id, secret| {
        let credentials = Credentials::new(id, secret, None, None, "test");
        Client::from_conf(config(&server).credentials_provider(credentials).build())
    };
    let unsigned = |server: &Server| Client::from_conf(unsigned(server).build());
    let open = Server::start_with(&store, Options { anonymous: true, ..Options::default() });
    run(async {
        assert_eq!(refusal(get(&with("AKIAI44QH8DHBEXAMPLE", SECRET_KEY), "object").await), code(403, "InvalidAccessKeyId"));
        assert_eq!(refusal(get(&with(ACCESS_KEY, "wrong"), "object").await), code(403, "SignatureDoesNotMatch"));
        assert_eq!(refusal(get(&unsigned(&server), "object").await), code(403, "AccessDenied"));
        assert!(get(&unsigned(&open), "object").await.is_ok());
        assert!(get(&client(&open), "object").await.is_ok());
    });
}

// Faults

/// A client of a server whose first answer for each object is spoilt.
fn spoilt_once(fault: Fault) -> (Store, Server, Client, Vec<u8>) {
    let (store, server, client, bytes) = one_object();
    server.set_faults(move |_, attempt| (attempt == 0).then_some(fault));
    (store, server, client, bytes)
}

#[test]
fn a_failure_before_the_headers_is_retried_and_not_seen() {
    for fault in [Fault::Status(503, "SlowDown"), Fault::Status(500, "InternalError"), Fault::ResetBeforeHeaders, Fault::HangBeforeHeaders]
    {
        let (_store, server, client, bytes) = spoilt_once(fault);
        let body = run(async { get(&client, "object").await.unwrap().body.collect().await.unwrap().to_vec() });
        assert_eq!((body == bytes, server.count(Operation::Get)), (true, 2), "{fault:?}");
    }
}

#[test]
fn a_refusal_that_lasts_is_an_error_of_its_code() {
    let (_store, server, client, _) = one_object();
    server.set_faults(|_, _| Some(Fault::Status(503, "SlowDown")));
    assert_eq!(refusal(run(get(&client, "object"))), code(503, "SlowDown"));
    assert_eq!(server.total(), 3);
}

#[test]
fn a_cut_or_stalled_body_is_an_error_and_never_retried() {
    for fault in [Fault::ResetInBody(500), Fault::ResetInBody(0), Fault::CloseInBody(500), Fault::HangInBody(500), Fault::HangInBody(0)] {
        let (_store, server, client, bytes) = spoilt_once(fault);
        run(async {
            let answer = get(&client, "object").await.unwrap();
            assert_eq!(answer.content_length(), Some(1000), "{fault:?}");
            assert!(answer.body.collect().await.is_err(), "{fault:?}");
            assert_eq!(server.count(Operation::Get), 1, "{fault:?}");
            // What is cut can be fetched again.
            assert_eq!(get(&client, "object").await.unwrap().body.collect().await.unwrap().to_vec(), bytes);
        });
    }
}

#[test]
fn a_trickle_never_trips() {
    let store = Store::new();
    store.put(BUCKET, "object", vec![7; 48]);
    let server = Server::start(&store);
    server.set_faults(|_, _| Some(Fault::Trickle { bytes_per_second: 60 }));
    let started = Instant::now();
    let body = run(async { get(&client(&server), "object").await.unwrap().body.collect().await.unwrap().to_vec() });
    assert_eq!(body, [7; 48]);
    assert!(started.elapsed() > Duration::from_millis(700), "{:?}", started.elapsed());
}

#[test]
fn a_short_or_flipped_body_is_accepted_unless_there_is_a_checksum() {
    let (store, server, client, bytes) = spoilt_once(Fault::ShortBody { missing: 10 });
    run(async {
        let short = get(&client, "object").await.unwrap();
        assert_eq!(short.content_length(), Some(990));
        assert_eq!(short.body.collect().await.unwrap().to_vec(), bytes[..990]);
        server.set_faults(|_, _| Some(Fault::FlippedByte { at: 3 }));
        let flipped = get(&client, "object").await.unwrap().body.collect().await.unwrap().to_vec();
        assert_eq!((flipped[3], bytes[3]), (2, 3));
        assert_eq!(flipped.iter().zip(&bytes).filter(|(a, b)| a != b).count(), 1);
        store.put_with(BUCKET, "object", bytes, Put { checksum: true, ..Put::default() });
        let error = get(&client, "object").await.unwrap().body.collect().await.unwrap_err();
        assert!(format!("{error:?}").contains("ChecksumMismatch"), "{error:?}");
    });
}

#[test]
fn a_delay_comes_before_the_answer() {
    let (_store, _server, client, bytes) = spoilt_once(Fault::Delay(Duration::from_millis(150)));
    let started = Instant::now();
    let body = run(async { get(&client, "object").await.unwrap().body.collect().await.unwrap().to_vec() });
    assert!(body == bytes && started.elapsed() >= Duration::from_millis(150));
}

#[test]
fn a_listing_is_spoilt_page_by_page() {
    let store = Store::new();
    (0..10).for_each(|at| store.put(BUCKET, &format!("{at}"), "x"));
    store.set_page_size(2);
    let server = Server::start(&store);
    server.set_faults(|_, attempt| (attempt == 0).then_some(Fault::Status(503, "SlowDown")));
    run(async {
        let client = client(&server);
        let mut pages = client.list_objects_v2().bucket(BUCKET).into_paginator().send();
        let mut keys = 0;
        while let Some(page) = pages.try_next().await.unwrap() {
            keys += page.contents().len();
        }
        assert_eq!((keys, server.count(Operation::List)), (10, 10));
        server.set_faults(|_, _| Some(Fault::ResetInBody(40)));
        assert!(client.list_objects_v2().bucket(BUCKET).send().await.is_err());
    });
}

/// The bytes of a body that arrive by a plain socket, and how they end; `patience` is for a server that sends nothing more.
fn raw(server: &Server, patience: Duration) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(server.endpoint().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    write!(stream, "GET /{BUCKET}/object HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).err().map(|error| error.kind());
    let body = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    (answer.split_off(body), end)
}

#[test]
fn what_comes_before_a_cut_has_reached_the_client() {
    let (store, _, _, bytes) = one_object();
    let server = Server::start_with(&store, Options { anonymous: true, ..Options::default() });
    for (fault, reached, end) in [
        (Fault::ResetBeforeHeaders, 0, Some(ErrorKind::ConnectionReset)),
        (Fault::ResetInBody(0), 0, Some(ErrorKind::ConnectionReset)),
        (Fault::ResetInBody(500), 500, Some(ErrorKind::ConnectionReset)),
        (Fault::ResetInBody(5000), 999, Some(ErrorKind::ConnectionReset)),
        (Fault::CloseInBody(500), 500, None),
        (Fault::HangInBody(500), 500, Some(ErrorKind::WouldBlock)),
        (Fault::HangBeforeHeaders, 0, Some(ErrorKind::WouldBlock)),
        (Fault::ShortBody { missing: 1 }, 999, None),
    ] {
        let told = format!("{fault:?}");
        server.set_faults(move |_, _| Some(fault));
        // Only what never comes is waited for in vain; everything else may take as long as a busy machine needs.
        let patience = Duration::from_secs(if end == Some(ErrorKind::WouldBlock) { 2 } else { 60 });
        assert_eq!(raw(&server, patience), (bytes[..reached].to_vec(), end), "{told}");
    }
}

#[test]
fn every_nth_answer_is_spoilt_and_none_more_than_twice_in_a_row() {
    let (store, server, client, bytes) = one_object();
    (0..100).for_each(|at| store.put(BUCKET, &format!("{at}"), bytes.clone()));
    server.set_faults(every_nth(3, [Fault::Status(503, "SlowDown"), Fault::ResetBeforeHeaders]));
    run(async {
        for at in 0..100 {
            assert_eq!(get(&client, &at.to_string()).await.unwrap().body.collect().await.unwrap().to_vec(), bytes);
        }
        // Of 149 answers every third was spoilt, and asked again.
        assert_eq!(server.total(), 149);
        server.clear_requests();
        server.set_faults(every_nth(1, [Fault::Status(500, "InternalError")]));
        assert!(get(&client, "object").await.is_ok());
    });
    assert_eq!(server.total(), 3);
}

#[test]
fn a_server_stops_with_requests_that_hang() {
    let (_store, server, client, _) = one_object();
    server.set_faults(|_, attempt| Some(if attempt == 0 { Fault::HangInBody(10) } else { Fault::HangBeforeHeaders }));
    run(async {
        let hanging = get(&client, "object").await.unwrap();
        let waiting = tokio::spawn(async move { get(&client, "object").await });
        while server.total() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let started = Instant::now();
        drop(server);
        assert!(started.elapsed() < Duration::from_millis(100), "{:?}", started.elapsed());
        assert!(hanging.body.collect().await.is_err());
        assert!(waiting.await.unwrap().is_err());
    });
}

#[test]
fn a_folder_becomes_a_bucket() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("2026/03")).unwrap();
    std::fs::write(folder.path().join("2026/03/a.json.gz"), "a").unwrap();
    std::fs::write(folder.path().join("b"), "b").unwrap();
    let store = Store::new();
    assert_eq!(store.load_folder(BUCKET, "AWSLogs/", folder.path()), 2);
    assert_eq!(store.keys(BUCKET), ["AWSLogs/2026/03/a.json.gz", "AWSLogs/b"]);
    store.remove(BUCKET, "AWSLogs/b");
    assert_eq!((store.keys(BUCKET).len(), store.get(BUCKET, "AWSLogs/b")), (1, None));
}
