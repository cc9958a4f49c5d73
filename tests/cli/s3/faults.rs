//! What goes wrong between the buckets and the client. A fault is chosen for each request by a function of the test, and stands in front of
//! the answer: what it spoils was signed, looked up and built as any other.

use super::requests::Seen;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE};
use hyper::{Method, Request, Response};
use s3s::service::S3Service;
use s3s::{Body, HttpResponse, StdError};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// A fault. Those of the body leave an answer without one, that is to HEAD, alone. An offset behind the end of the body means its last byte.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// This status with an error of this code: `Status(503, "SlowDown")`.
    Status(u16, &'static str),
    /// RST in place of an answer.
    ResetBeforeHeaders,
    /// RST after so many bytes of the body.
    ResetInBody(usize),
    /// FIN after so many bytes of the body.
    CloseInBody(usize),
    HangBeforeHeaders,
    HangInBody(usize),
    Trickle {
        bytes_per_second: u32,
    },
    /// A complete answer whose body lacks its end, with the length of what is left.
    ShortBody {
        missing: usize,
    },
    /// One bit turned, under unchanged headers.
    FlippedByte {
        at: usize,
    },
    /// The right answer, later.
    Delay(Duration),
}

/// Chooses the fault for a request, by how many of the same came before.
pub(super) type Choose = dyn Fn(&Seen, u64) -> Option<Fault> + Send + Sync;

/// Spoils every `n`-th answer with the next of `faults`, beginning again after the last. No request is spoilt more than twice in a row: what
/// it is spared falls to the next one, so that the share stays and retries get through.
pub fn every_nth(n: u64, faults: impl Into<Vec<Fault>>) -> impl Fn(&Seen, u64) -> Option<Fault> + Send + Sync + 'static {
    #[derive(Default)]
    struct Turns {
        requests: u64,
        owed: u64,
        spoilt: usize,
        in_row: HashMap<u64, u8>,
    }
    let faults = faults.into();
    let turns = Mutex::new(Turns::default());
    move |seen, _| {
        let mut turns = turns.lock().unwrap();
        turns.requests += 1;
        turns.owed += u64::from(turns.requests.is_multiple_of(n));
        let in_row = turns.in_row.remove(&seen.request).unwrap_or_default();
        if turns.owed == 0 || in_row == 2 {
            return None;
        }
        turns.in_row.insert(seen.request, in_row + 1);
        turns.owed -= 1;
        turns.spoilt += 1;
        faults.get((turns.spoilt - 1) % faults.len()).cloned()
    }
}

/// How long what was written has to reach the client before the connection goes: a client that sees the reset first takes it for one before
/// the headers.
const REACHED: Duration = Duration::from_millis(30);

/// Answers with a fault. An error makes hyper drop the connection, which resets it when `reset` is set.
pub(super) async fn spoil(
    fault: Fault,
    service: &S3Service,
    request: Request<Incoming>,
    reset: &Arc<AtomicBool>,
) -> Result<HttpResponse, StdError> {
    match fault {
        Fault::Status(status, code) => return Ok(error(status, code)),
        Fault::ResetBeforeHeaders => {
            reset.store(true, Ordering::Relaxed);
            return Err("reset before the headers".into());
        }
        Fault::HangBeforeHeaders => std::future::pending().await,
        Fault::Delay(time) => sleep(time).await,
        _ => {}
    }
    let head = request.method() == Method::HEAD;
    let response = service.call(request.map(Body::from)).await?;
    if head || matches!(fault, Fault::Delay(_)) {
        return Ok(response);
    }

    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await?.to_bytes();
    // Set here, as hyper does not know how long the body of a script is.
    parts.headers.insert(CONTENT_LENGTH, bytes.len().into());
    let last = bytes.len().saturating_sub(1);
    let script = |at: usize, end| Script::new(bytes.slice(..at.min(last)), end);
    let body = match fault {
        Fault::ResetInBody(at) => script(at, End::Cut { reset: Some(Arc::clone(reset)) }),
        Fault::CloseInBody(at) => script(at, End::Cut { reset: None }),
        Fault::HangInBody(at) => script(at, End::Hang),
        Fault::Trickle { bytes_per_second } => Script::trickle(bytes, bytes_per_second.max(1)),
        Fault::ShortBody { missing } => {
            let left = bytes.slice(..bytes.len().saturating_sub(missing));
            parts.headers.insert(CONTENT_LENGTH, left.len().into());
            return Ok(Response::from_parts(parts, Body::from(left)));
        }
        Fault::FlippedByte { at } => {
            let mut bytes = Vec::from(bytes);
            if let Some(byte) = bytes.get_mut(at.min(last)) {
                *byte ^= 1;
            }
            return Ok(Response::from_parts(parts, Body::from(bytes)));
        }
        Fault::Status(..) | Fault::ResetBeforeHeaders | Fault::HangBeforeHeaders | Fault::Delay(_) => unreachable!("answered above"),
    };
    Ok(Response::from_parts(parts, Body::http_body(body)))
}

fn error(status: u16, code: &str) -> HttpResponse {
    let message = match code {
        "SlowDown" => "Please reduce your request rate.",
        "InternalError" => "We encountered an internal error. Please try again.",
        "ServiceUnavailable" => "Service is unable to handle request.",
        "AccessDenied" => "Access Denied",
        "RequestTimeout" => "Your socket connection to the server was not read from or written to within the timeout period.",
        _ => "A fault of the test.",
    };
    let xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Response::builder().status(status).header(CONTENT_TYPE, "application/xml").body(Body::from(xml)).unwrap()
}

/// A body that is given out in pieces, with a pause after each, and comes to an end of its own.
struct Script {
    bytes: Bytes,
    piece: usize,
    pause: Duration,
    paused: Option<Pin<Box<Sleep>>>,
    end: End,
}

enum End {
    Complete,
    Hang,
    Cut { reset: Option<Arc<AtomicBool>> },
}

impl Script {
    /// All at once, then the end. The pause comes also after nothing, for the headers.
    fn new(bytes: Bytes, end: End) -> Self {
        let paused = bytes.is_empty().then(|| Box::pin(sleep(REACHED)));
        Self { bytes, piece: usize::MAX, pause: REACHED, paused, end }
    }

    /// Twenty pieces a second, or one byte at a time where that is too many.
    fn trickle(bytes: Bytes, per_second: u32) -> Self {
        let piece = (per_second / 20).max(1);
        let pause = Duration::from_secs_f64(f64::from(piece) / f64::from(per_second));
        Self { bytes, piece: piece as usize, pause, paused: None, end: End::Complete }
    }
}

impl HttpBody for Script {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // Hyper flushes what it has when a body is not ready.
        if let Some(pause) = &mut self.paused {
            ready!(pause.as_mut().poll(context));
            self.paused = None;
        }
        if !self.bytes.is_empty() {
            let piece = self.piece.min(self.bytes.len());
            let piece = self.bytes.split_to(piece);
            self.paused = Some(Box::pin(sleep(self.pause)));
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match &self.end {
            End::Complete => Poll::Ready(None),
            End::Hang => Poll::Pending,
            End::Cut { reset } => {
                if let Some(reset) = reset {
                    reset.store(true, Ordering::Relaxed);
                }
                Poll::Ready(Some(Err(std::io::Error::other("cut in the body"))))
            }
        }
    }
}
