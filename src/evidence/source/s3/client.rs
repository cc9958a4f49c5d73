//! The SDK's client: how it is set up, what it counts, and its errors in words.

use super::{Location, Settings};
use crate::error::{Error, Result, S3Trouble};
use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::interceptors::{BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef};
use aws_sdk_s3::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    ConfigBag, Credentials, Intercept, ProvideCredentials as _, Region, RuntimeComponents, StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::RequestPayer;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Attempts of one request before it is given up, the first included.
const ATTEMPTS: u32 = 8;

/// Attempts of the first request to a bucket: somebody waits for it to be told of a mistyped name.
const FIRST_ATTEMPTS: u32 = 3;

/// The shortest and the longest wait between two attempts, before chance shortens them.
const BACKOFF: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(10)];

fn retries(attempts: u32) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(BACKOFF[0]).with_max_backoff(BACKOFF[1])
}

/// What the first request to a bucket is sent with.
pub(super) fn first() -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::config::Builder::new().retry_config(retries(FIRST_ATTEMPTS))
}

/// Requests by what became of them.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// Requests meant.
    operations: AtomicU64,
    /// Requests sent.
    attempts: AtomicU64,
    /// Bodies fetched again, because they ended early, were late, or were not what was listed.
    pub refetched: AtomicU64,
    /// Of the requests meant: those that list.
    pub lists: AtomicU64,
    /// Microseconds that listing requests took together.
    pub list_micros: AtomicU64,
}

impl Counters {
    pub(super) fn requests(&self) -> u64 {
        self.attempts.load(Ordering::Relaxed)
    }

    pub(super) fn retries(&self) -> u64 {
        let again = self.attempts.load(Ordering::Relaxed).saturating_sub(self.operations.load(Ordering::Relaxed));
        again + self.refetched.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
struct Counting(Arc<Counters>);

impl Intercept for Counting {
    fn name(&self) -> &'static str {
        "rootline counts requests"
    }

    fn read_before_execution(&self, _: &BeforeSerializationInterceptorContextRef<'_>, _: &mut ConfigBag) -> Result<(), BoxError> {
        self.0.operations.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.attempts.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A client and what every request of it bears.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub client: Client,
    pub counters: Arc<Counters>,
    pub payer: Option<RequestPayer>,
    pub owner: Option<String>,
    pub patience: Duration,
    /// Where requests go, for messages.
    pub endpoint: String,
}

/// Sets the client up and sees that there are credentials. Nothing is sent to S3 yet.
pub(super) async fn connect(settings: &Settings, region: Option<String>) -> Result<Connection> {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(retries(ATTEMPTS))
        .timeout_config(TimeoutConfig::builder().connect_timeout(settings.patience).read_timeout(settings.patience).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(settings.patience).build());
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(super::Credentials { access_key_id, secret_access_key, session_token }) = settings.credentials.clone() {
        loader = loader.credentials_provider(Credentials::new(access_key_id, secret_access_key, session_token, None, "rootline"));
    }
    if settings.no_sign_request {
        loader = loader.no_credentials();
    }
    if let Some(region) = region.or_else(|| settings.region.clone()) {
        loader = loader.region(Region::new(region));
    }
    if let Some(endpoint) = &settings.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    let shared = loader.load().await;
    // S3 says from anywhere where a bucket lies.
    let region = shared.region().cloned().unwrap_or(Region::from_static("us-east-1"));
    if let Some(provider) = shared.credentials_provider() {
        let credentials = provider.provide_credentials().await;
        // The rest tells what every way to find some came to.
        let first = |text: String| text.lines().next().unwrap_or_default().trim_end_matches(". Attempted:").to_owned();
        credentials.map_err(|error| Error::S3(S3Trouble::NoCredentials(first(causes(&error)))))?;
    }
    let counters = Arc::new(Counters::default());
    let config = aws_sdk_s3::config::Builder::from(&shared)
        .region(region.clone())
        // One bucket of retries for all requests would run dry when a service slows many of them down at once, and then objects are lost.
        .retry_partition(RetryPartition::custom("rootline").token_bucket(TokenBucket::unlimited()).build())
        .interceptor(Counting(Arc::clone(&counters)))
        // Servers other than AWS seldom have a name for each bucket.
        .force_path_style(settings.endpoint_url.is_some())
        .build();
    let endpoint = settings.endpoint_url.clone().unwrap_or_else(|| format!("S3 in {region}"));
    Ok(Connection {
        client: Client::from_conf(config),
        counters,
        payer: settings.request_payer.then_some(RequestPayer::Requester),
        owner: settings.expected_bucket_owner.clone(),
        patience: settings.patience,
        endpoint,
    })
}

/// An error and what it came of. The SDK's own text for that has the whole structure in it once more.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// What an error of the SDK comes to.
pub(super) enum Failed {
    /// It will not get better: the words for it.
    Final(String),
    /// It may, and the SDK has not tried all that can be tried.
    Passing(String),
}

/// Words for an error of one object or prefix.
pub(super) fn words<E>(error: &SdkError<E, HttpResponse>) -> Failed
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    let (code, message) = (error.code().map(str::to_owned), error.message().unwrap_or_default().to_owned());
    let SdkError::ServiceError(_) = error else {
        // Connections that break and answers that nobody can read; the SDK has tried those it could.
        return Failed::Passing(causes(error));
    };
    let text = match (code.as_deref(), status) {
        (Some("AccessDenied"), _) if message.to_ascii_lowercase().contains("kms") => format!("KMS denies decryption: {message}"),
        (Some(code), _) if code.starts_with("KMS.") => format!("KMS denies decryption: {code}: {message}"),
        (Some("AccessDenied"), _) | (None, Some(403)) => "access denied".to_owned(),
        (Some("NoSuchKey" | "NotFound"), _) | (None, Some(404)) => "no longer there: deleted after it was listed".to_owned(),
        (Some("InvalidObjectState"), _) => {
            "archived: its storage class must be restored first (hint: `aws s3api restore-object`, then run again)".to_owned()
        }
        (Some("PreconditionFailed"), _) | (None, Some(412)) => "replaced after it was listed".to_owned(),
        (Some(code), _) if message.is_empty() => code.to_owned(),
        (Some(code), _) => format!("{code}: {message}"),
        (None, status) => format!("HTTP status {}", status.unwrap_or_default()),
    };
    match status {
        Some(status) if status >= 500 || status == 429 => Failed::Passing(format!("{text} ({ATTEMPTS} attempts)")),
        _ => Failed::Final(text),
    }
}

/// The error of a first request to a bucket: what stops the run.
pub(super) fn refusal<E>(location: &Location, endpoint: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let bucket = location.bucket.clone();
    let home = error.raw_response().and_then(|response| response.headers().get("x-amz-bucket-region")).map(str::to_owned);
    let trouble = match (error.code(), error.raw_response().map(|response| response.status().as_u16())) {
        (Some("NoSuchBucket"), _) => S3Trouble::NoSuchBucket(bucket),
        (Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"), _) | (_, Some(301)) => {
            S3Trouble::WrongRegion { bucket, region: home }
        }
        (Some("AccessDenied"), _) | (None, Some(403)) => S3Trouble::Denied(location.to_string()),
        (Some(code @ ("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken" | "ExpiredTokenException")), _) => {
            S3Trouble::BadCredentials(code.to_owned())
        }
        (Some(code), _) => S3Trouble::Refused {
            location: location.to_string(),
            reason: error.message().map_or_else(|| code.to_owned(), |message| format!("{code}: {message}")),
        },
        _ => S3Trouble::Unreachable { endpoint: endpoint.to_owned(), reason: causes(error) },
    };
    Error::S3(trouble)
}
