//! Listing: the prefixes that are needed, many at a time, each in pages.

use super::Location;
use super::client::{self, Connection, Failed, words};
use super::fault;
use super::scope::{Range, Scope, Spot, spot};
use crate::evidence::source::key::is_account;
use crate::evidence::source::{Kind, Object, Passed, Place, Why};
use crate::evidence::sync::lock;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output};
use aws_sdk_s3::types::EncodingType;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{Id, JoinSet};

/// Listing requests at a time.
const AT_A_TIME: usize = 32;

/// Folders outside of the layout are looked into one by one this deep, in search of `AWSLogs/`, where they are no more than so many.
const DEPTH: u8 = 4;
const BREADTH: usize = 64;

/// What listing comes upon.
pub(super) enum Listed {
    Object(Object),
    Passed(Passed),
}

/// Prefixes that were left alone on purpose.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// Of other services, by name.
    pub services: Mutex<std::collections::BTreeSet<String>>,
    /// Accounts that were not asked for.
    pub accounts: AtomicU64,
    /// Regions that were not asked for, and whole regions outside the window.
    pub regions: AtomicU64,
}

pub(super) struct Lister {
    pub connection: Connection,
    pub scope: Scope,
    pub left_out: Arc<LeftOut>,
    pub sink: mpsc::Sender<Listed>,
    permits: Semaphore,
}

/// A prefix still to be looked at.
struct Task {
    bucket: Arc<str>,
    range: Range,
    /// Whether to stop at slashes.
    by_folder: bool,
    depth: u8,
}

/// A page of a listing.
pub(super) struct Page {
    pub objects: Vec<Object>,
    pub folders: Vec<String>,
    next: Option<String>,
    /// Why there may be more than it says.
    doubt: Option<&'static str>,
}

impl Lister {
    pub(super) fn new(connection: Connection, scope: Scope, left_out: Arc<LeftOut>, sink: mpsc::Sender<Listed>) -> Self {
        Self { connection, scope, left_out, sink, permits: Semaphore::new(AT_A_TIME) }
    }

    /// Lists everything that is wanted below some locations; their keys are folders, with the slash, or whole keys.
    pub(super) async fn run(self: Arc<Self>, roots: Vec<Location>) {
        let mut running = JoinSet::new();
        // What each task looks at, to name it where the task fails.
        let mut prefixes: HashMap<Id, String> = HashMap::new();
        let look = |running: &mut JoinSet<Vec<Task>>, prefixes: &mut HashMap<Id, String>, task: Task| {
            let uri = Location::uri(&task.bucket, &task.range.prefix);
            prefixes.insert(running.spawn(Arc::clone(&self).look(task)).id(), uri);
        };
        for Location { bucket, key } in roots {
            let mut tasks = Vec::new();
            self.place(&bucket.into(), key, 0, &mut tasks);
            tasks.into_iter().for_each(|task| look(&mut running, &mut prefixes, task));
        }
        while let Some(ended) = running.join_next_with_id().await {
            match ended {
                Ok((id, found)) => {
                    prefixes.remove(&id);
                    found.into_iter().for_each(|task| look(&mut running, &mut prefixes, task));
                }
                Err(error) => {
                    let uri = prefixes.remove(&error.id()).unwrap_or_default();
                    if self.sink.send(Listed::Passed(fault::passed(uri, &error))).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Decides how a prefix is listed.
    fn place(&self, bucket: &Arc<str>, prefix: String, depth: u8, tasks: &mut Vec<Task>) {
        let task = |range, by_folder| Task { bucket: Arc::clone(bucket), range, by_folder, depth };
        // The end of a prefix that is not a folder is the start of names; it lies in the folder before.
        let folder = &prefix[..prefix.rfind('/').map_or(0, |slash| slash + 1)];
        let whole = folder.len() == prefix.len();
        match spot(folder) {
            Spot::Region { region, base } => match self.scope.range(&prefix, region, base) {
                Some(range) => tasks.push(task(range, false)),
                None => drop(self.left_out.regions.fetch_add(1, Ordering::Relaxed)),
            },
            _ if !whole => tasks.push(task(Range::all(prefix), false)),
            Spot::Other => tasks.push(task(Range::all(prefix), false)),
            Spot::Outside if depth >= DEPTH => tasks.push(task(Range::all(prefix), false)),
            Spot::Kind if self.scope.regions().is_some() => {
                for region in self.scope.regions().into_iter().flatten() {
                    self.place(bucket, format!("{prefix}{region}/"), depth, tasks);
                }
            }
            _ => tasks.push(task(Range::all(prefix), true)),
        }
    }

    /// Lists one prefix to its end; gives the folders in it that are still to be looked at.
    async fn look(self: Arc<Self>, task: Task) -> Vec<Task> {
        let mut next = None;
        let mut folders: Vec<String> = Vec::new();
        loop {
            let page = {
                let _permit = self.permits.acquire().await.expect("nobody closes the semaphore");
                page(&self.connection, &task.bucket, &task.range, task.by_folder, next.as_deref()).await
            };
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    let (Failed::Final(reason) | Failed::Passing(reason)) = words(&error);
                    let uri = Location::uri(&task.bucket, &task.range.prefix);
                    let why = Why::Unreadable(format!("listing failed: {reason}"));
                    let _ = self.sink.send(Listed::Passed(Passed { uri, size: 0, why })).await;
                    // What was found of it so far is looked at all the same.
                    break;
                }
            };
            folders.extend(page.folders);
            if let Some(reason) = page.doubt {
                let uri = Location::uri(&task.bucket, &task.range.prefix);
                let why = Why::Unreadable(format!("listing failed: {reason}"));
                let _ = self.sink.send(Listed::Passed(Passed { uri, size: 0, why })).await;
            }
            let mut beyond = false;
            for object in page.objects {
                let key = Location::split(&object.uri).map_or("", |(_, key)| key);
                beyond = task.range.before.as_deref().is_some_and(|before| key >= before);
                if beyond || self.sink.send(Listed::Object(object)).await.is_err() {
                    break;
                }
            }
            next = page.next.filter(|_| !beyond && !self.sink.is_closed());
            if next.is_none() {
                break;
            }
        }
        self.sort_out(&task, folders)
    }

    /// Which folders of a listed one are gone into.
    fn sort_out(&self, task: &Task, folders: Vec<String>) -> Vec<Task> {
        let mut tasks = Vec::new();
        let spot_here = spot(&task.range.prefix);
        let has_logs = folders.iter().any(|folder| folder.ends_with("AWSLogs/"));
        if spot_here == Spot::Outside && !has_logs && folders.len() > BREADTH {
            // Many folders and no sign of CloudTrail: they are listed as they are.
            for folder in folders {
                tasks.push(Task { bucket: Arc::clone(&task.bucket), range: Range::all(folder), by_folder: false, depth: DEPTH });
            }
            return tasks;
        }
        for folder in folders {
            let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            match spot_here {
                Spot::Logs if is_account(name) && !self.scope.wants_account(name) => {
                    self.left_out.accounts.fetch_add(1, Ordering::Relaxed);
                }
                Spot::Account if Kind::of_folder(name).is_none() => {
                    let mut services = lock(&self.left_out.services);
                    services.insert(name.to_owned());
                }
                _ => self.place(&task.bucket, folder, task.depth + u8::from(spot_here == Spot::Outside), &mut tasks),
            }
        }
        tasks
    }
}

/// One page of a prefix.
pub(super) async fn page(
    connection: &Connection,
    bucket: &str,
    range: &Range,
    by_folder: bool,
    token: Option<&str>,
) -> Result<Page, SdkError<ListObjectsV2Error, HttpResponse>> {
    request(connection, bucket, range, by_folder, token, None).await.map(|output| read(bucket, output))
}

/// Sends a listing request; one that is for no more than so many keys is the first to a bucket.
pub(super) async fn request(
    connection: &Connection,
    bucket: &str,
    range: &Range,
    by_folder: bool,
    token: Option<&str>,
    most: Option<i32>,
) -> Result<ListObjectsV2Output, SdkError<ListObjectsV2Error, HttpResponse>> {
    let started = Instant::now();
    let request = connection
        .client
        .list_objects_v2()
        .bucket(bucket)
        .prefix(&range.prefix)
        // Keys may hold what XML cannot.
        .encoding_type(EncodingType::Url)
        .set_delimiter(by_folder.then(|| "/".to_owned()))
        .set_start_after(range.after.clone().filter(|_| token.is_none()))
        .set_continuation_token(token.map(str::to_owned))
        .set_max_keys(most)
        .set_request_payer(connection.payer.clone())
        .set_expected_bucket_owner(connection.owner.clone());
    let output = match most {
        Some(_) => request.customize().config_override(client::first()).send().await,
        None => request.send().await,
    };
    connection.counters.lists.fetch_add(1, Ordering::Relaxed);
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    connection.counters.list_micros.fetch_add(micros, Ordering::Relaxed);
    output
}

fn read(bucket: &str, output: ListObjectsV2Output) -> Page {
    let encoded = output.encoding_type == Some(EncodingType::Url);
    let key = |key: String| if encoded { decoded(&key) } else { key };
    let is_nameless = output.contents.iter().flatten().any(|object| object.key.is_none())
        || output.common_prefixes.iter().flatten().any(|common| common.prefix.is_none());
    let objects = output.contents.unwrap_or_default().into_iter().filter_map(|object| {
        let name = key(object.key?);
        let size = u64::try_from(object.size.unwrap_or(0)).unwrap_or(0);
        // The console makes folders of empty objects.
        (size > 0 || !name.ends_with('/')).then(|| Object {
            uri: Location::uri(bucket, &name),
            size,
            place: Place::S3,
            etag: object.e_tag.map(|etag| etag.trim_matches('"').into()),
            signature: None,
        })
    });
    let is_cut = output.is_truncated == Some(true);
    let doubt = match &output.next_continuation_token {
        None if is_cut => Some("it goes on, and the service does not say where"),
        _ if is_nameless => Some("it holds objects or folders without a name"),
        _ => None,
    };
    let folders = output.common_prefixes.unwrap_or_default().into_iter().filter_map(|common| common.prefix.map(key));
    Page { objects: objects.collect(), folders: folders.collect(), next: output.next_continuation_token.filter(|_| is_cut), doubt }
}

/// Undoes the encoding of keys in listings: `%XX`, and `+` for a space.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let digit = |place: usize| more.get(place).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = &more[2..];
            }
            (b'+', ..) => {
                bytes.push(b' ');
                rest = more;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_listings_are_decoded() {
        assert_eq!(decoded("AWSLogs/a+b%2Bc%01%C3%A9%/%2"), "AWSLogs/a b+c\u{1}é%/%2");
    }
}
