//! Account and region of ARNs, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

use crate::evidence::source::key::is_account;
use memchr::memmem;

/// What an ARN tells of where its resource is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arn {
    pub service: String,
    /// Empty for services without regions.
    pub region: String,
    /// Twelve digits.
    pub account: String,
}

impl Arn {
    /// Reads an ARN; one without an account is `None`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (_, _) = (parts.next().filter(|arn| *arn == "arn")?, parts.next()?);
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = |part: &str| part.len() <= 40 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        parts.next()?;
        (plain(service) && plain(region) && is_account(account)).then(|| Self {
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
        })
    }

    /// The ARNs in a text.
    pub(super) fn find(text: &str) -> impl Iterator<Item = Self> {
        memmem::find_iter(text.as_bytes(), "arn:").filter_map(|start| Self::parse(text.get(start..)?))
    }
}
