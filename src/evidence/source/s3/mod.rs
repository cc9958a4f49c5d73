//! Evidence in S3.
//!
//! The only place that knows tokio and the AWS SDK. Nothing is written to a bucket, and nothing but its endpoint and where credentials come from is
//! talked to. What a run does not need is not listed ([`Scope`]); listing, fetching and reading go on at the same time ([`Flow`]).

mod client;
mod fault;
mod fetch;
mod flow;
mod list;
mod location;
mod scope;

pub use fetch::{Body, Head};
pub use flow::{Arrival, S3Flow};
pub use location::Location;
pub use scope::{LATE, Scope};

use super::{Flow, Known, Listing, Object, Source, Stored};
use crate::error::{Error, Result, S3Trouble};
use crate::evidence::sync::lock;
use client::Connection;
use list::{LeftOut, Listed, Lister};
use scope::Range;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Fetches at a time, unless told otherwise: see `benches/README.md` for what it is chosen by.
pub const CONCURRENCY: usize = 128;

/// The user metadata that holds a digest's signature.
pub(crate) const SIGNATURE: &str = "signature";

/// Threads that sockets are served by; reading has its own.
const THREADS: usize = 2;

/// What requests are signed with.
#[derive(Clone)]
pub struct Credentials {
    /// `AKIA...` or `ASIA...`.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Of a temporary key.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Credentials({})", self.access_key_id)
    }
}

/// How to reach a bucket.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Found as the AWS CLI finds them, where there are none here.
    pub credentials: Option<Credentials>,
    /// Of the AWS configuration files.
    pub profile: Option<String>,
    /// Of the bucket; found out where it is not given.
    pub region: Option<String>,
    /// A server other than AWS.
    pub endpoint_url: Option<String>,
    /// Without credentials.
    pub no_sign_request: bool,
    /// Pay for the requests.
    pub request_payer: bool,
    /// Refuse a bucket of any other account.
    pub expected_bucket_owner: Option<String>,
    /// Fetches at a time.
    pub concurrency: usize,
    /// How long a server may say nothing, and a body be late.
    pub patience: Duration,
    /// Where objects too large for memory are put; the system's folder where there is none.
    pub temp: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            credentials: None,
            profile: None,
            region: None,
            endpoint_url: None,
            no_sign_request: false,
            request_payer: false,
            expected_bucket_owner: None,
            concurrency: CONCURRENCY,
            patience: Duration::from_secs(30),
            temp: None,
        }
    }
}

/// A bucket, and where in it the evidence lies.
#[derive(Debug)]
pub struct S3 {
    runtime: Arc<Runtime>,
    connection: Connection,
    bucket: String,
    roots: Vec<Location>,
    scope: Scope,
    settings: Settings,
    left_out: Arc<LeftOut>,
}

/// What was asked of a bucket.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Its name.
    pub bucket: String,
    /// Requests sent.
    pub requests: u64,
    /// Of these, those that were sent again after trouble.
    pub retries: u64,
    /// Days of delivery that were listed: the window, and the time that logs may be late.
    pub first_day: Option<String>,
    /// The last of them.
    pub last_day: Option<String>,
    /// Accounts not listed because others were asked for.
    pub accounts_left_out: u64,
    /// Regions not listed because others were asked for, or none of their days was.
    pub regions_left_out: u64,
    /// Folders of other services, not listed.
    pub services_left_out: BTreeSet<String>,
}

/// What reading a bucket is likely to take.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Estimate {
    /// Requests: those that list, already sent, and one for each object or part.
    pub requests: u64,
    /// US dollars, by the prices of S3 Standard in us-east-1 (0.005 for 1,000 listing requests, 0.0004 for 1,000 fetches); transfer out of the
    /// region is not in it.
    pub dollars: f64,
    /// Seconds, at the pace that listing had and at most 50 MB/s.
    pub seconds: f64,
}

/// Starts the threads that sockets are served by.
///
/// # Errors
/// When they cannot be started.
pub fn runtime() -> Result<Arc<Runtime>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).thread_name("rootline-s3").enable_all().build();
    runtime.map(Arc::new).map_err(|_| Error::Threads(THREADS))
}

impl S3 {
    /// Reaches a bucket and sees that there is something below each of the locations, all of which are in it.
    ///
    /// # Errors
    /// When there are no credentials, no such bucket, nothing below a location, or access is denied.
    pub fn connect(runtime: &Arc<Runtime>, settings: Settings, locations: &[Location], scope: Scope) -> Result<Self> {
        let bucket = locations.first().map(|location| location.bucket.clone()).unwrap_or_default();
        let outcome = runtime.block_on(async {
            let connection = client::connect(&settings, None).await?;
            match find(&connection, locations).await {
                // A region that nobody asked for is only where the configuration happens to point.
                Err(Error::S3(S3Trouble::WrongRegion { region: Some(region), .. })) if settings.region.is_none() => {
                    let connection = client::connect(&settings, Some(region)).await?;
                    find(&connection, locations).await.map(|roots| (connection, roots))
                }
                found => found.map(|roots| (connection, roots)),
            }
        });
        let (connection, roots) = outcome?;
        Ok(Self { runtime: Arc::clone(runtime), connection, bucket, roots, scope, settings, left_out: Arc::default() })
    }

    /// Starts to list and fetch; objects that are `known` come without their bytes.
    #[must_use]
    pub fn start(&self, known: Known) -> S3Flow {
        let plan = flow::Plan {
            roots: self.roots.clone(),
            scope: self.scope.clone(),
            left_out: Arc::clone(&self.left_out),
            concurrency: self.settings.concurrency,
            temp: self.settings.temp.clone(),
            known,
        };
        S3Flow::start(self.runtime.handle(), &self.connection, plan)
    }

    /// What was asked of the bucket so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let (first, last) = self.scope.days();
        Report {
            bucket: self.bucket.clone(),
            requests: self.connection.counters.requests(),
            retries: self.connection.counters.retries(),
            first_day: first.map(|day| day.to_string()),
            last_day: last.map(|day| day.to_string()),
            accounts_left_out: self.left_out.accounts.load(Ordering::Relaxed),
            regions_left_out: self.left_out.regions.load(Ordering::Relaxed),
            services_left_out: lock(&self.left_out.services).clone(),
        }
    }

    /// What reading these objects is likely to take, seen from how long listing took.
    #[must_use]
    pub fn estimate(&self, objects: &[Object]) -> Estimate {
        let counters = &self.connection.counters;
        let lists = counters.lists.load(Ordering::Relaxed);
        let pace = counters.list_micros.load(Ordering::Relaxed) as f64 / 1e6 / lists.max(1) as f64;
        let gets: u64 =
            objects.iter().map(|object| if object.size > 2 * fetch::PART { object.size.div_ceil(fetch::PART) } else { 1 }).sum();
        let bytes: u64 = objects.iter().map(|object| object.size).sum();
        Estimate {
            requests: lists + gets,
            dollars: lists as f64 * 0.005 / 1000.0 + gets as f64 * 0.0004 / 1000.0,
            seconds: (gets as f64 * pace / self.settings.concurrency as f64).max(bytes as f64 / 50e6),
        }
    }
}

/// Finds what the locations mean: a folder, an object, or the start of names.
async fn find(connection: &Connection, locations: &[Location]) -> Result<Vec<Location>> {
    let mut roots = Vec::new();
    for location in locations {
        let mut found = None;
        let folder = if location.key.is_empty() || location.key.ends_with('/') { None } else { Some(format!("{}/", location.key)) };
        for key in folder.into_iter().chain([location.key.clone()]) {
            let output = list::request(connection, &location.bucket, &Range::all(key.clone()), false, None, Some(1)).await;
            let output = output.map_err(|error| client::refusal(location, &connection.endpoint, &error))?;
            if output.contents.is_some_and(|contents| !contents.is_empty()) {
                found = Some(Location { bucket: location.bucket.clone(), key });
                break;
            }
        }
        roots.push(found.ok_or_else(|| Error::S3(S3Trouble::Nothing(location.to_string())))?);
    }
    // What lies within another location would be read twice.
    roots.sort_unstable();
    roots.dedup_by(|later, first| later.key.starts_with(&first.key));
    Ok(roots)
}

impl Source for S3 {
    fn list(&self) -> Result<Listing> {
        let (sink, mut found) = mpsc::channel(1024);
        let lister = Lister::new(self.connection.clone(), self.scope.clone(), Arc::clone(&self.left_out), sink);
        let task = self.runtime.spawn(Arc::new(lister).run(self.roots.clone()));
        let mut listing = Listing::default();
        while let Some(one) = found.blocking_recv() {
            match one {
                Listed::Object(object) => listing.objects.push(object),
                Listed::Passed(passed) => listing.passed.push(passed),
            }
        }
        if let Err(error) = self.runtime.block_on(task) {
            let uri = self.roots.first().map_or_else(String::new, |root| Location::uri(&root.bucket, &root.key));
            listing.passed.push(fault::passed(uri, &error));
        }
        listing.objects.sort_unstable_by(|one, other| one.uri.cmp(&other.uri));
        Ok(listing)
    }

    fn open<'b>(&self, object: &Object, buffer: &'b mut Vec<u8>) -> io::Result<Stored<'b>> {
        let (body, _) = self.runtime.block_on(fetch::get(&self.connection, object, self.settings.temp.as_deref()))?;
        match body {
            Body::File(file) => Ok(Stored::File(file)),
            Body::Bytes(bytes) => {
                buffer.clear();
                buffer.extend_from_slice(&bytes);
                Ok(Stored::Bytes(buffer))
            }
        }
    }

    fn flow(&self, known: Known) -> Option<Box<dyn Flow + '_>> {
        Some(Box::new(self.start(known)))
    }

    fn asked(&self) -> Option<Report> {
        Some(self.report())
    }
}
