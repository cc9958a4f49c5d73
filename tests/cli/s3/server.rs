//! The listener, in a thread of its own, and what stands between it and the buckets: signatures, the log of requests and the faults.

use super::faults::{Choose, Fault, spoil};
use super::requests::{Log, Operation, Seen};
use super::{ACCESS_KEY, REGION, SECRET_KEY, Store};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey, SimpleAuth};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpResponse, S3Result, StdError, s3_error};
use std::io::{Error, IoSlice};
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether requests without a signature are answered.
    pub anonymous: bool,
    /// Whether requests are kept; they are counted in any case.
    pub log: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { anonymous: false, log: true }
    }
}

/// A running server. Dropping it ends every connection, also one that hangs.
pub struct Server {
    address: SocketAddr,
    front: Arc<Front>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers from `store` at a free port of loopback.
    pub fn start(store: &Store) -> Self {
        Self::start_with(store, Options::default())
    }

    pub fn start_with(store: &Store, options: Options) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let front = Arc::new(Front::new(store, options));
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&front);
        let thread = std::thread::spawn(move || {
            let runtime = runtime();
            runtime.spawn(async { serve(listener, serving).await.unwrap() });
            // Either way, by a message or by the end of the sender.
            let _ = runtime.block_on(stopped);
        });
        Self { address, front, stop: Some(stop), thread: Some(thread) }
    }

    /// `http://127.0.0.1:PORT`, for an S3 client; an address that is an IP makes the SDK put the bucket in the path.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a program needs in its environment to ask this server with the right key, and nothing of the machine's own AWS set-up.
    pub fn environment(&self) -> [(&'static str, String); 7] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ]
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Seen> {
        self.front.log.requests()
    }

    /// Forgets the requests, their numbers and their attempts.
    pub fn clear_requests(&self) {
        self.front.log.clear();
    }

    /// How many requests of an operation came.
    pub fn count(&self, operation: Operation) -> u64 {
        self.front.log.count(operation)
    }

    /// How many requests came.
    pub fn total(&self) -> u64 {
        self.front.log.total()
    }

    /// From now on has this choose the faults: by the request, and by how many of the same (operation, bucket and key; for a listing its
    /// parameters and page) came since this was set.
    pub fn set_faults(&self, choose: impl Fn(&Seen, u64) -> Option<Fault> + Send + Sync + 'static) {
        self.front.log.forget_attempts();
        *self.front.faults.write().unwrap() = Some(Arc::new(choose));
    }

    pub fn clear_faults(&self) {
        *self.front.faults.write().unwrap() = None;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A server that failed has said so in the client's test.
            let _ = thread.join();
        }
    }
}

/// Answers from `store` at a given address, in this thread, for a server in a process of its own. Returns only when it cannot listen.
pub fn serve_forever(address: SocketAddr, store: &Store) -> Result<(), Error> {
    let listener = TcpListener::bind(address)?;
    let front = Front::new(store, Options { log: false, ..Options::default() });
    runtime().block_on(serve(listener, Arc::new(front)))
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn serve(listener: TcpListener, front: Arc<Front>) -> Result<(), Error> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        // A client that went before it was accepted, or no file handles for a moment.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let front = Arc::clone(&front);
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let reset = Arc::new(AtomicBool::new(false));
            let wire = TokioIo::new(Wire { stream, reset: Arc::clone(&reset) });
            let service = service_fn(|request| front.answer(request, &reset));
            // Fails for every fault that cuts a connection, and where a client gives up.
            let _ = http1::Builder::new().serve_connection(wire, service).await;
        });
    }
}

/// What every request comes through.
struct Front {
    service: S3Service,
    log: Log,
    faults: RwLock<Option<Arc<Choose>>>,
    answered: AtomicU64,
}

impl Front {
    fn new(store: &Store, options: Options) -> Self {
        let mut builder = S3ServiceBuilder::new(store.clone());
        builder.set_auth(Keys(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY)));
        builder.set_access(Signed { required: !options.anonymous });
        let log = Log::new(options.log);
        Self { service: builder.build(), log, faults: RwLock::default(), answered: AtomicU64::new(0) }
    }

    async fn answer(&self, request: Request<Incoming>, reset: &Arc<AtomicBool>) -> Result<HttpResponse, StdError> {
        let seen = Seen::of(&request);
        self.log.note(&seen);
        let choose = self.faults.read().unwrap().clone();
        let fault = choose.and_then(|choose| choose(&seen, self.log.attempt(&seen)));
        let mut response = match fault {
            Some(fault) => spoil(fault, &self.service, request, reset).await?,
            None => self.service.call(request.map(Body::from)).await?,
        };
        self.stamp(response.headers_mut());
        Ok(response)
    }

    /// What S3 says of itself in every answer.
    fn stamp(&self, headers: &mut HeaderMap) {
        let id = format!("{:016X}", self.answered.fetch_add(1, Ordering::Relaxed));
        headers.insert("x-amz-request-id", HeaderValue::try_from(id).unwrap());
        headers.insert("x-amz-id-2", HeaderValue::from_static("loopback"));
        headers.insert("server", HeaderValue::from_static("AmazonS3"));
    }
}

/// The keys the server knows. Those of s3s answer `NotSignedUp` to any other, which S3 does not.
struct Keys(SimpleAuth);

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match self.0.lookup(access_key) {
            Some(secret) => Ok(secret.clone()),
            None => Err(s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.")),
        }
    }
}

struct Signed {
    required: bool,
}

#[async_trait::async_trait]
impl S3Access for Signed {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if self.required && context.credentials().is_none() { Err(s3_error!(AccessDenied, "Access Denied")) } else { Ok(()) }
    }
}

/// A connection that ends in RST when told to.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Wire {
    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Closing a socket that does not linger is what sends RST.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<(), Error>> {
        self.stream().poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Error>> {
        self.stream().poll_write(context, bytes)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<Result<usize, Error>> {
        self.stream().poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        // FIN would come first.
        if self.reset.load(Ordering::Relaxed) { Poll::Ready(Ok(())) } else { self.stream().poll_shutdown(context) }
    }
}
