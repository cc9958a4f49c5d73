//! `s3://bucket/key`.

use std::fmt;

const SCHEME: &str = "s3://";

/// A bucket, and a key or the start of keys in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The bucket's name.
    pub bucket: String,
    /// Empty for all of the bucket.
    pub key: String,
}

impl Location {
    /// Whether a path of the command line means S3.
    #[must_use]
    pub fn is_one(path: &str) -> bool {
        path.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }

    /// Reads `s3://bucket/key`; `None` where that is not what it is, or the bucket has no name.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (bucket, key) = Self::split(path)?;
        Some(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// Bucket and key of a URI.
    pub(super) fn split(uri: &str) -> Option<(&str, &str)> {
        let rest = Self::is_one(uri).then(|| &uri[SCHEME.len()..])?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        (!bucket.is_empty()).then_some((bucket, key))
    }

    /// The URI of a key of a bucket.
    #[must_use]
    pub fn uri(bucket: &str, key: &str) -> String {
        format!("{SCHEME}{bucket}/{key}")
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_bucket_and_a_key() {
        let read = |path| Location::parse(path).map(|location| (location.bucket, location.key));
        assert_eq!(read("s3://logs/AWSLogs/"), Some(("logs".to_owned(), "AWSLogs/".to_owned())));
        assert_eq!(read("S3://logs"), Some(("logs".to_owned(), String::new())));
        assert_eq!((read("s3://"), read("s3:///x"), read("/s3/x"), read("s3é")), (None, None, None, None));
    }
}
