//! Flags for evidence in S3.

use crate::error::{Error, S3Trouble};
use crate::evidence::filter::Filter;
use crate::evidence::source::s3::{self, Location, S3, Scope, Settings};
use clap::Args;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How buckets are reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Evidence in S3")]
pub(super) struct Bucket {
    /// Profile of the AWS configuration files [default: as the AWS CLI]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Region of the bucket [default: found out]
    #[arg(long, value_name = "REGION")]
    aws_region: Option<String>,
    /// A server other than AWS
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Send no credentials: for public buckets
    #[arg(long)]
    no_sign_request: bool,
    /// Pay for the requests yourself
    #[arg(long)]
    request_payer: bool,
    /// Refuse a bucket that belongs to any other account
    #[arg(long, value_name = "ID", value_parser = super::window::account)]
    expected_bucket_owner: Option<String>,
    /// Objects fetched at a time
    #[arg(long, value_name = "N", default_value_t = s3::CONCURRENCY, value_parser = concurrency)]
    concurrency: usize,
    /// How long a server may say nothing: 30s, 2min
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = humantime::parse_duration)]
    read_timeout: Duration,
    /// How long after the window logs are looked for that were delivered late; after a bucket refused them that can be 30 days
    #[arg(long, value_name = "SPAN", default_value = "1d", value_parser = humantime::parse_duration)]
    late: Duration,
}

fn concurrency(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| (1..=1024).contains(number)).ok_or_else(|| "not a number from 1 to 1024".to_owned())
}

/// Whether a path of the command line is a location in S3.
pub(super) fn is_remote(path: &Path) -> bool {
    path.to_str().is_some_and(Location::is_one)
}

/// Refuses a folder for results that is a location in S3.
pub(super) fn on_disk(folder: &Path) -> Result<(), Error> {
    if is_remote(folder) { Err(S3Trouble::NotAFolder(folder.display().to_string()).into()) } else { Ok(()) }
}

impl Bucket {
    /// Reaches the buckets of the locations among the paths, one source a bucket.
    pub(super) fn connect<'p>(&self, paths: impl Iterator<Item = &'p Path>, filter: &Filter, temp: &Path) -> anyhow::Result<Vec<S3>> {
        let mut buckets: BTreeMap<String, Vec<Location>> = BTreeMap::new();
        for path in paths.filter_map(Path::to_str).filter(|path| Location::is_one(path)) {
            let location = Location::parse(path).ok_or_else(|| Error::from(S3Trouble::NotALocation(path.to_owned())))?;
            buckets.entry(location.bucket.clone()).or_default().push(location);
        }
        if buckets.is_empty() {
            return Ok(Vec::new());
        }
        let runtime = s3::runtime()?;
        let scope = self.scope(filter);
        let reach = |locations: &Vec<Location>| S3::connect(&runtime, self.settings(temp), locations, scope.clone());
        buckets.values().map(reach).collect::<Result<_, _>>().map_err(anyhow::Error::from)
    }

    /// What is wanted of buckets and of copies of them.
    pub(super) fn scope(&self, filter: &Filter) -> Scope {
        Scope::new(filter, self.late)
    }

    fn settings(&self, temp: &Path) -> Settings {
        Settings {
            credentials: None,
            profile: self.profile.clone(),
            region: self.aws_region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            no_sign_request: self.no_sign_request,
            request_payer: self.request_payer,
            expected_bucket_owner: self.expected_bucket_owner.clone(),
            concurrency: self.concurrency,
            patience: self.read_timeout,
            temp: Some(temp.to_path_buf()),
        }
    }
}
