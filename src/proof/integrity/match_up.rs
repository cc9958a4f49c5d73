//! Which object of the evidence a key in a digest means.
//!
//! In a bucket that is plain. A plain copy has lost the bucket's name and perhaps folders, and may have been decompressed; there the file's name, which is
//! unique, finds the object, and as much of the folders as is left is compared.

use super::Item;
use super::digest::Place;
use crate::evidence::source::s3::Location;
use std::collections::HashMap;

/// Objects by file name.
pub(super) struct Objects<'e> {
    items: &'e [Item<'e>],
    names: HashMap<&'e str, Vec<usize>>,
}

/// Where an object lies, seen from where it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lies {
    Right,
    /// As far as can be told from what is left of the path.
    Perhaps,
    Elsewhere,
}

/// The file name, without the ending that decompressing takes away.
fn name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".gz").unwrap_or(name)
}

impl<'e> Objects<'e> {
    pub(super) fn new(items: &'e [Item<'e>]) -> Self {
        let mut names: HashMap<&str, Vec<usize>> = HashMap::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            names.entry(name(item.uri)).or_default().push(index);
        }
        Self { items, names }
    }

    /// The objects that may be the one of a place, the likeliest first.
    pub(super) fn find(&self, place: &Place) -> Vec<(usize, Lies)> {
        let mut found: Vec<_> =
            self.names.get(name(&place.key)).into_iter().flatten().map(|index| (*index, lies(self.items[*index].uri, place))).collect();
        found.sort_by_key(|(index, lies)| (*lies as u8, *index));
        found
    }
}

/// How the place of an object compares with the one that a digest tells.
pub(super) fn lies(uri: &str, place: &Place) -> Lies {
    if Location::is_one(uri) {
        return if uri == Location::uri(&place.bucket, &place.key) { Lies::Right } else { Lies::Elsewhere };
    }
    let separators = ['/', '\\'];
    // Without the names of the files.
    let mut expected = place.key.rsplit('/').skip(1);
    let mut folders = uri.rsplit(separators).skip(1);
    loop {
        match (expected.next(), folders.next()) {
            (None, _) => return Lies::Right,
            (Some(_), None) => return Lies::Perhaps,
            (Some(expected), Some(folder)) if expected == folder => {}
            // Folders of a copy's own are no sign of anything; those of the layout are.
            (Some(_), Some(folder)) => {
                let layout = |folder: &str| {
                    folder.len() <= 4 && folder.bytes().all(|byte| byte.is_ascii_digit())
                        || crate::evidence::source::key::is_account(folder)
                };
                return if layout(folder) { Lies::Elsewhere } else { Lies::Perhaps };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_found_wherever_a_copy_has_put_it() {
        let key = "p/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/14/111122223333_x.json.gz";
        let place = Place { bucket: "b".to_owned(), key: key.to_owned() };
        for (uri, expected) in [
            (format!("s3://b/{key}"), Lies::Right),
            (format!("s3://c/{key}"), Lies::Elsewhere),
            (format!("/evidence/{key}"), Lies::Right),
            ("/evidence/CloudTrail/us-east-1/2026/03/14/111122223333_x.json.gz".to_owned(), Lies::Perhaps),
            ("flat/111122223333_x.json".to_owned(), Lies::Perhaps),
            ("/evidence/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/15/111122223333_x.json.gz".to_owned(), Lies::Elsewhere),
            ("/evidence/AWSLogs/444455556666/CloudTrail/us-east-1/2026/03/14/111122223333_x.json.gz".to_owned(), Lies::Elsewhere),
        ] {
            let item =
                Item { uri: &uri, hash: None, appended: false, trailer_damaged: false, lost: None, is_log: true, management_event: true };
            assert_eq!(Objects::new(&[item]).find(&place), [(0, expected)], "{uri}");
        }
    }
}
