//! What every source must do, for files, for a bucket, and for a bucket whose every third answer goes wrong.

use crate::run::{folder, gzip, log, role_record, root_record};
use crate::s3::{ACCESS_KEY, Fault, REGION, SECRET_KEY, Server, Store, every_nth};
use rootline::Filter;
use rootline::source::s3::{self, Body, Credentials, LATE, Location, S3, Scope, Settings};
use rootline::source::{Disk, Source, Step, Stored};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Objects by what their names end in.
fn objects() -> BTreeMap<String, Vec<u8>> {
    let mut objects: BTreeMap<String, Vec<u8>> = (0..40u32)
        .map(|number| {
            (
                format!("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/{:02}/{number}.json.gz", number % 9 + 1),
                gzip(&log(&[root_record(&number.to_string())])),
            )
        })
        .collect();
    objects.insert("AWSLogs/notes/plain.json".to_owned(), log(&[role_record("plain")]));
    objects.insert("empty.json".to_owned(), Vec::new());
    objects.insert("with space+plus%41é.json".to_owned(), b"{}".to_vec());
    // More than one part, more than is held in memory.
    objects.insert("parts.json".to_owned(), (0..17u32 << 20).map(|at| (at % 253) as u8).collect());
    objects.insert("huge.json".to_owned(), (0..65u32 << 20).map(|at| (at % 251) as u8).collect());
    objects
}

/// Lists, opens everything on several threads, and looks whether it is what was put there. `name` gives the start of all names.
fn conforms(source: &dyn Source, start: &str) {
    let expected = objects();
    let listing = source.list().unwrap();
    assert!(listing.passed.is_empty(), "{:?}", listing.passed);
    let names: Vec<_> = listing.objects.iter().map(|object| object.uri.clone()).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(names, expected.keys().map(|key| format!("{start}{key}")).collect::<Vec<_>>());
    let queue = Mutex::new(listing.objects.iter());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut buffer = Vec::new();
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some(object) = next else { break };
                    let wanted = &expected[object.uri.strip_prefix(start).unwrap()];
                    assert_eq!(object.size, wanted.len() as u64, "{}", object.uri);
                    match source.open(object, &mut buffer).unwrap() {
                        Stored::Bytes(bytes) => assert!(bytes == wanted, "{}", object.uri),
                        Stored::File(mut file) => {
                            let mut bytes = Vec::new();
                            file.read_to_end(&mut bytes).unwrap();
                            assert!(bytes == *wanted, "{}", object.uri);
                        }
                    }
                }
            });
        }
    });
    let gone = rootline::source::Object { uri: format!("{start}gone"), ..listing.objects[0].clone() };
    assert!(source.open(&gone, &mut Vec::new()).is_err());
}

/// What flows is what is listed, each object once.
fn flows(source: &dyn Source, start: &str) {
    let expected = objects();
    let mut came = BTreeMap::new();
    let flow = source.flow(Arc::new(|object| object.uri.ends_with("/1.json.gz"))).unwrap();
    while let Some(step) = flow.next() {
        let (uri, bytes) = match step {
            Step::Passed(passed) => panic!("{passed:?}"),
            Step::Known(object) => (object.uri, None),
            Step::Arrived(arrival) => {
                let bytes = match arrival.outcome.unwrap().0 {
                    Body::Bytes(bytes) => bytes.to_vec(),
                    Body::File(mut file) => {
                        let mut bytes = Vec::new();
                        file.read_to_end(&mut bytes).unwrap();
                        bytes
                    }
                };
                (arrival.object.uri, Some(bytes))
            }
        };
        assert!(came.insert(uri.strip_prefix(start).unwrap().to_owned(), bytes).is_none(), "{uri} came twice");
    }
    assert_eq!(came.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, bytes) in came {
        match bytes {
            None => assert!(key.ends_with("/1.json.gz")),
            Some(bytes) => assert!(bytes == expected[&key], "{key}"),
        }
    }
    assert_eq!(flow.found().0, expected.len() as u64);
}

fn bucket(server: &Server) -> S3 {
    let credentials = Credentials { access_key_id: ACCESS_KEY.to_owned(), secret_access_key: SECRET_KEY.to_owned(), session_token: None };
    let settings = Settings {
        credentials: Some(credentials),
        region: Some(REGION.to_owned()),
        endpoint_url: Some(server.endpoint()),
        patience: Duration::from_secs(2),
        ..Settings::default()
    };
    let all = [Location { bucket: "trail".to_owned(), key: String::new() }];
    S3::connect(&s3::runtime().unwrap(), settings, &all, Scope::new(&Filter::default(), LATE)).unwrap()
}

fn store() -> Store {
    let store = Store::new();
    objects().into_iter().for_each(|(key, bytes)| store.put("trail", &key, bytes));
    store
}

#[test]
fn files_are_a_source() {
    let objects = objects();
    let files: Vec<(&str, &[u8])> = objects.iter().map(|(key, bytes)| (key.as_str(), bytes.as_slice())).collect();
    let tree = folder(&files);
    let start = format!("{}/", tree.path().display());
    conforms(&Disk::new(vec![tree.path().to_path_buf()], None), &start);
}

#[test]
fn a_bucket_is_a_source() {
    let server = Server::start(&store());
    let source = bucket(&server);
    conforms(&source, "s3://trail/");
    flows(&source, "s3://trail/");
}

#[test]
fn a_bucket_whose_every_third_answer_goes_wrong_is_a_source() {
    let server = Server::start(&store());
    let source = bucket(&server);
    server.set_faults(every_nth(
        3,
        [
            Fault::Status(503, "SlowDown"),
            Fault::ResetBeforeHeaders,
            Fault::ResetInBody(10),
            Fault::CloseInBody(0),
            Fault::ShortBody { missing: 1 },
        ],
    ));
    conforms(&source, "s3://trail/");
    flows(&source, "s3://trail/");
    assert!(source.report().retries > 10, "{:?}", source.report());
}
