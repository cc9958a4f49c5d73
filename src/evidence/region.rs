//! The regions of AWS, by partition: what a region that somebody names is checked against.
//!
//! Logs are never judged by this table, which is as old as [`AS_OF`]; a region in them counts whatever it is called.

/// When the table was taken from the endpoint data of the AWS SDK for Rust (`aws-sdk-s3` 1.157.0).
pub(crate) const AS_OF: &str = "2026-11";

/// What marks a region as meant although it is not in the table.
pub(crate) const NEW: &str = "new:";

/// Partitions and their regions.
pub(crate) const PARTITIONS: [(&str, &[&str]); 8] = [
    (
        "aws",
        &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    ("aws-cn", &["cn-north-1", "cn-northwest-1"]),
    ("aws-eusc", &["eusc-de-east-1"]),
    ("aws-iso", &["us-iso-east-1", "us-iso-west-1"]),
    ("aws-iso-b", &["us-isob-east-1", "us-isob-west-1"]),
    ("aws-iso-e", &["eu-isoe-west-1"]),
    ("aws-iso-f", &["us-isof-east-1", "us-isof-south-1"]),
    ("aws-us-gov", &["us-gov-east-1", "us-gov-west-1"]),
];

/// A name that is not that of a region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a region of AWS")]
pub(crate) struct Unknown {
    name: String,
    near: Option<&'static str>,
    /// Whether it could be a region that is newer than the table.
    may_be_new: bool,
}

impl Unknown {
    /// What may have been meant.
    #[must_use]
    pub(crate) fn hint(&self) -> String {
        let near = self.near.map(|near| format!("did you mean `{near}`?"));
        let new = self.may_be_new.then(|| format!("a region newer than {AS_OF} is written `{NEW}{}`", self.name));
        let hints: Vec<String> = near.into_iter().chain(new).collect();
        if hints.is_empty() { "regions are called like `us-east-1`".to_owned() } else { hints.join(" ") }
    }
}

/// The partition of a region; `None` for one that is not in the table.
#[must_use]
pub(crate) fn partition(region: &str) -> Option<&'static str> {
    PARTITIONS.into_iter().find(|(_, regions)| regions.contains(&region)).map(|(partition, _)| partition)
}

/// The partition that a region belongs to: as the table says, else as its name begins.
#[must_use]
pub(crate) fn partition_of(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("eusc-", "aws-eusc"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
    ];
    let by_name = || PREFIXES.into_iter().find(|(prefix, _)| region.starts_with(prefix)).map(|(_, partition)| partition);
    partition(region).or_else(by_name).unwrap_or("aws")
}

/// Reads the name of a region, in any case. One that is newer than the table is taken when it is marked as such (`new:eu-example-1`).
///
/// # Errors
/// When there is no such region.
pub(crate) fn parse(text: &str) -> Result<String, Unknown> {
    let name = text.trim().to_ascii_lowercase();
    if partition(&name).is_some() {
        return Ok(name);
    }
    if let Some(name) = name.strip_prefix(NEW).filter(|name| is_name(name)) {
        return Ok(name.to_owned());
    }
    let all = PARTITIONS.into_iter().flat_map(|(_, regions)| regions.iter().copied());
    let cut: String = name.chars().take(40).collect();
    let near = all.map(|region| (distance(&cut, region), region)).min().filter(|(distance, _)| *distance <= 3).map(|(_, region)| region);
    Err(Unknown { may_be_new: is_name(&name), name: cut, near })
}

/// Whether a text is built as names of regions are: lower-case words and a number.
fn is_name(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [words @ .., number] = &parts[..] else { return false };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    (2..=4).contains(&words.len())
        && words.iter().all(is_word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters to change, add or leave out to make one text the other. A swap of two neighbours is one.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let change = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
                let best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let is_swap = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
                if is_swap { best.min(rows[i - 2][j - 2] + 1) } else { best }
            };
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_of_the_table_is_read_and_stands_once() {
        let all: Vec<&str> = PARTITIONS.into_iter().flat_map(|(_, regions)| regions.iter().copied()).collect();
        for region in &all {
            assert_eq!(parse(region).as_deref(), Ok(*region));
            assert!(is_name(region) && all.iter().filter(|other| *other == region).count() == 1, "{region}");
        }
        assert_eq!(
            (partition("cn-north-1"), partition("us-gov-west-1"), partition("us-east-9")),
            (Some("aws-cn"), Some("aws-us-gov"), None)
        );
        assert!(all.iter().all(|region| partition(region) == Some(partition_of(region))));
        assert_eq!((partition_of("eusc-fr-west-1"), partition_of("us-east-9")), ("aws-eusc", "aws"));
        assert_eq!(parse(" EU-West-1 ").as_deref(), Ok("eu-west-1"));
    }

    #[test]
    fn a_name_that_is_misspelt_is_refused_with_the_nearest() {
        for (name, near) in [
            ("us-eats-1", "us-east-1"),
            ("us-east1", "us-east-1"),
            ("eu-west-11", "eu-west-1"),
            ("eusc-de-eats-1", "eusc-de-east-1"),
            ("uswest2", "us-west-2"),
        ] {
            let error = parse(name).unwrap_err();
            assert_eq!(error.near, Some(near), "{name}");
            assert!(error.to_string().contains(name) && error.hint().contains(near), "{error}");
        }
        assert!(parse("frankfurt").unwrap_err().hint().contains("us-east-1"));
        assert!(parse(&"x".repeat(100_000)).is_err() && parse("").is_err());
    }

    #[test]
    fn a_region_newer_than_the_table_is_taken_only_when_it_is_marked() {
        let error = parse("eu-southwest-1").unwrap_err();
        assert!(error.hint().contains("`new:eu-southwest-1`"), "{}", error.hint());
        assert_eq!(parse("new:eu-southwest-1").as_deref(), Ok("eu-southwest-1"));
        assert!(parse("new:frankfurt").is_err() && parse("new:").is_err());
    }
}
