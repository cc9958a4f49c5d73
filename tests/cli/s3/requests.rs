//! What was asked: each request as the server saw it, how many of each operation, and how often the same was asked before.

use hyper::{Method, Request};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    List,
    Get,
    Head,
    HeadBucket,
    Other,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub operation: Operation,
    pub bucket: String,
    /// Empty for a request about the bucket.
    pub key: String,
    /// Empty where a listing has none.
    pub prefix: String,
    pub start_after: Option<String>,
    pub delimiter: Option<String>,
    /// Whether this asks for a further page.
    pub continuation: bool,
    pub range: Option<String>,
    /// The same for a request and its retry: operation, bucket and key, for a listing also its parameters and page. The range is not part of
    /// it, so that fetching the rest of an object counts as a further attempt at it.
    pub(super) request: u64,
}

impl Seen {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let path = decode(request.uri().path().trim_start_matches('/'), false);
        let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
        let query: HashMap<String, String> = request
            .uri()
            .query()
            .unwrap_or_default()
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name, true), decode(value, true)))
            .collect();
        let operation = match (request.method(), key.is_empty()) {
            (&Method::GET, true) if query.get("list-type").is_some_and(|kind| kind == "2") => Operation::List,
            (&Method::GET, false) => Operation::Get,
            (&Method::HEAD, false) => Operation::Head,
            (&Method::HEAD, true) if !bucket.is_empty() => Operation::HeadBucket,
            _ => Operation::Other,
        };
        let asked = |name: &str| query.get(name).filter(|value| !value.is_empty()).cloned();
        let mut seen = Self {
            operation,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            prefix: asked("prefix").unwrap_or_default(),
            start_after: asked("start-after"),
            delimiter: asked("delimiter"),
            continuation: query.contains_key("continuation-token"),
            range: request.headers().get("range").map(|range| String::from_utf8_lossy(range.as_bytes()).into_owned()),
            request: 0,
        };
        // One without a seed, so that runs are alike.
        let mut hasher = DefaultHasher::new();
        (operation, &seen.bucket, &seen.key, &seen.prefix, &seen.start_after, &seen.delimiter, query.get("continuation-token"))
            .hash(&mut hasher);
        seen.request = hasher.finish();
        seen
    }
}

/// Undoes percent-encoding. What is not text is replaced, as no key of a test is.
fn decode(text: &str, query: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        decoded.push(match (escaped, bytes[at]) {
            (Some(byte), _) => byte,
            (None, b'+') if query => b' ',
            (None, byte) => byte,
        });
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The requests so far.
#[derive(Default)]
pub(super) struct Log {
    /// Off, only the counters move: a bench asks millions of times.
    keep: bool,
    seen: Mutex<Vec<Seen>>,
    counts: [AtomicU64; 5],
    attempts: Mutex<HashMap<u64, u64>>,
}

impl Log {
    pub fn new(keep: bool) -> Self {
        Self { keep, ..Self::default() }
    }

    pub fn note(&self, seen: &Seen) {
        self.counts[seen.operation as usize].fetch_add(1, Ordering::Relaxed);
        if self.keep {
            self.seen.lock().unwrap().push(seen.clone());
        }
    }

    /// How many of the same came before, and one more now.
    pub fn attempt(&self, seen: &Seen) -> u64 {
        let mut attempts = self.attempts.lock().unwrap();
        let attempt = attempts.entry(seen.request).or_default();
        *attempt += 1;
        *attempt - 1
    }

    pub fn forget_attempts(&self) {
        self.attempts.lock().unwrap().clear();
    }

    pub fn clear(&self) {
        self.forget_attempts();
        self.seen.lock().unwrap().clear();
        self.counts.iter().for_each(|count| count.store(0, Ordering::Relaxed));
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn count(&self, operation: Operation) -> u64 {
        self.counts[operation as usize].load(Ordering::Relaxed)
    }

    pub fn total(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }
}
