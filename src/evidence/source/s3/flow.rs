//! Listing, fetching and reading at the same time.
//!
//! Listing and fetching are tasks of the runtime; what they get is handed over a short queue to the threads that read. A fetch starts only when there
//! is room for its bytes, and the room is given back when they have been read, so memory is bounded however far reading is behind.

use super::Location;
use super::client::Connection;
use super::fault;
use super::fetch::{self, Body, Head, PART, PARTS_AT_A_TIME};
use super::list::{LeftOut, Listed, Lister};
use super::scope::Scope;
use crate::evidence::source::{Flow, Known, Object, Step, WHOLE_LIMIT};
use crate::evidence::sync::lock;
use bytes::Bytes;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

/// Stored bytes that have been asked for and not been read yet. An object larger than this has it to itself.
const BYTES_IN_FLIGHT: u64 = 48 << 20;

/// The unit in which they are counted, and what every object takes at least.
const UNIT: u64 = 4 << 10;

/// Objects that are listed and wait to be fetched.
const LISTED_AHEAD: usize = 10_000;

/// An object that arrived, or did not.
#[derive(Debug)]
pub struct Arrival {
    /// As listed.
    pub object: Object,
    /// Its bytes and what the service says of it.
    pub outcome: io::Result<(Body, Head)>,
    /// The room that its bytes take.
    _room: Option<OwnedSemaphorePermit>,
}

/// A running flow.
pub struct S3Flow {
    handle: Handle,
    connection: Connection,
    queue: Mutex<mpsc::Receiver<Step>>,
    found: Arc<Found>,
    /// Where it begins, to name it.
    location: String,
    /// What fills the queue, until somebody has seen how it ended.
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// Objects and bytes listed so far.
#[derive(Debug, Default)]
struct Found {
    objects: AtomicU64,
    bytes: AtomicU64,
}

/// What a flow is started with.
pub(super) struct Plan {
    pub roots: Vec<Location>,
    pub scope: Scope,
    pub left_out: Arc<LeftOut>,
    pub concurrency: usize,
    pub temp: Option<PathBuf>,
    pub known: Known,
}

impl S3Flow {
    pub(super) fn start(handle: &Handle, connection: &Connection, plan: Plan) -> Self {
        let (found_out, found_in) = mpsc::channel(LISTED_AHEAD);
        let (out, queue) = mpsc::channel(plan.concurrency * 2);
        let lister = Lister::new(connection.clone(), plan.scope, plan.left_out, found_out);
        let location = plan.roots.first().map_or_else(String::new, |root| Location::uri(&root.bucket, &root.key));
        let listing = handle.spawn(Arc::new(lister).run(plan.roots));
        let found = Arc::new(Found::default());
        let fetcher = Fetcher {
            connection: connection.clone(),
            temp: plan.temp.map(Arc::new),
            at_a_time: Arc::new(Semaphore::new(plan.concurrency)),
            room: Arc::new(Semaphore::new(usize::try_from(BYTES_IN_FLIGHT / UNIT).unwrap_or(1))),
            out,
        };
        let fetching = handle.spawn(fetcher.run(found_in, plan.known, Arc::clone(&found)));
        let tasks = Mutex::new(vec![listing, fetching]);
        Self { handle: handle.clone(), connection: connection.clone(), queue: Mutex::new(queue), found, location, tasks }
    }
}

impl Flow for S3Flow {
    fn next(&self) -> Option<Step> {
        if let Some(step) = lock(&self.queue).blocking_recv() {
            return Some(step);
        }
        // The end of the queue is the end of the evidence only where everything that fills it came to its own end.
        loop {
            let task = lock(&self.tasks).pop()?;
            if let Err(error) = self.handle.block_on(task) {
                return Some(Step::Passed(fault::passed(self.location.clone(), &error)));
            }
        }
    }

    fn found(&self) -> (u64, u64) {
        (self.found.objects.load(Ordering::Relaxed), self.found.bytes.load(Ordering::Relaxed))
    }

    fn better(&self, object: &Object, bytes: &[u8], head: &Head) -> io::Result<Option<Bytes>> {
        self.handle.block_on(fetch::agreed(&self.connection, object, bytes, head))
    }
}

struct Fetcher {
    connection: Connection,
    temp: Option<Arc<PathBuf>>,
    at_a_time: Arc<Semaphore>,
    room: Arc<Semaphore>,
    out: mpsc::Sender<Step>,
}

impl Fetcher {
    /// Fetches what is listed until there is no more, or nobody takes it.
    async fn run(self, mut listed: mpsc::Receiver<Listed>, known: Known, found: Arc<Found>) {
        while let Some(one) = listed.recv().await {
            let object = match one {
                Listed::Object(object) => object,
                Listed::Passed(passed) => {
                    if self.out.send(Step::Passed(passed)).await.is_err() {
                        return;
                    }
                    continue;
                }
            };
            found.objects.fetch_add(1, Ordering::Relaxed);
            found.bytes.fetch_add(object.size, Ordering::Relaxed);
            if known(&object) {
                if self.out.send(Step::Known(object)).await.is_err() {
                    return;
                }
                continue;
            }
            let bytes = if object.size > WHOLE_LIMIT as u64 { PART * PARTS_AT_A_TIME as u64 } else { object.size };
            let units = u32::try_from(bytes.min(BYTES_IN_FLIGHT).div_ceil(UNIT).max(1)).unwrap_or(1);
            let turn = Arc::clone(&self.at_a_time).acquire_owned().await.expect("nobody closes the semaphore");
            let room = Arc::clone(&self.room).acquire_many_owned(units).await.expect("nobody closes the semaphore");
            if self.out.is_closed() {
                return;
            }
            let (connection, temp, out) = (self.connection.clone(), self.temp.clone(), self.out.clone());
            tokio::spawn(async move {
                let wanted = object.clone();
                // A task of its own, so that this one is there to tell what became of it.
                let fetching = tokio::spawn(async move { fetch::get(&connection, &wanted, temp.as_deref().map(PathBuf::as_path)).await });
                let outcome = fault::outcome(fetching.await);
                drop(turn);
                // Bytes that lie in a file take no room in memory.
                let room = matches!(outcome, Ok((Body::Bytes(_), _))).then_some(room);
                let _ = out.send(Step::Arrived(Arrival { object, outcome, _room: room })).await;
            });
        }
    }
}
