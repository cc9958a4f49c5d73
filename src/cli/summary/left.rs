//! Objects that were not read although nothing is wrong with them: what is not a log, and what was skipped. They are named, so that whoever knows the
//! evidence can see that none of them should have been read.

use crate::case::table::manifest::{Row, Status};
use serde::Serialize;
use std::collections::BTreeMap;

/// Names of each group; the manifest has them all.
const NAMED: usize = 10;

/// Groups that are listed. Reasons are few, but one may name another object.
const GROUPS: usize = 20;

/// Objects that were left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LeftOut {
    /// `skipped` or `not_a_log`.
    pub status: &'static str,
    /// Why, for people; `other reasons` for those beyond the most common ones.
    pub reason: String,
    /// How many there are.
    pub objects: u64,
    /// The first of them, by name; none for digests and other kinds of CloudTrail's own, which are what their names say.
    pub named: Vec<String>,
}

impl LeftOut {
    /// What the manifest says was left out, by status and reason, the largest groups first.
    #[must_use]
    pub(crate) fn groups(manifest: &[Row]) -> Vec<Self> {
        let mut groups: BTreeMap<(&'static str, &str), LeftOut> = BTreeMap::new();
        for row in manifest.iter().filter(|row| matches!(row.status, Status::Skipped | Status::NotALog)) {
            let reason = reason(row.reason.as_deref().unwrap_or_default());
            let group = groups.entry((row.status.name(), reason)).or_insert_with(|| LeftOut {
                status: row.status.name(),
                reason: reason.to_owned(),
                objects: 0,
                named: Vec::new(),
            });
            group.objects += 1;
            // Digests and the like are what their names say, and there are very many of them.
            if group.named.len() < NAMED && !is_known_kind(reason) {
                group.named.push(row.uri.clone());
            }
        }
        let mut groups: Vec<LeftOut> = groups.into_values().collect();
        groups.sort_by(|one, other| {
            other.objects.cmp(&one.objects).then_with(|| (one.status, &one.reason).cmp(&(other.status, &other.reason)))
        });
        let rest = groups.split_off(groups.len().min(GROUPS));
        for group in rest {
            let place = groups.iter().position(|known| known.status == group.status && known.reason == OTHER);
            let Some(place) = place else {
                groups.push(LeftOut { reason: OTHER.to_owned(), ..group });
                continue;
            };
            let known = &mut groups[place];
            known.objects += group.objects;
            known.named.extend(group.named.into_iter().take(NAMED - known.named.len()));
        }
        groups
    }
}

const OTHER: &str = "other reasons";

/// The reason without the name of another object in it.
fn reason(reason: &str) -> &str {
    if reason.starts_with("same file as ") { "the same file as another object, read once" } else { reason }
}

/// Whether the objects were recognised as another kind of CloudTrail's own.
fn is_known_kind(reason: &str) -> bool {
    reason.ends_with(" object, not part of the record count")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(uri: &str, status: Status, reason: &str) -> Row {
        Row { status, reason: Some(reason.to_owned()), ..Row::new(uri.to_owned(), 1) }
    }

    #[test]
    fn objects_that_are_left_out_are_counted_and_the_first_of_them_named() {
        let mut manifest =
            vec![row("a", Status::Read, ""), row("b", Status::Damaged, "x"), row("notes", Status::NotALog, "content not recognised")];
        manifest.extend(
            (0..12).map(|number| row(&format!("copy{number:02}"), Status::Skipped, &format!("same file as `{number}`, read once"))),
        );
        let groups = LeftOut::groups(&manifest);
        assert_eq!(groups.iter().map(|group| (group.objects, group.named.len())).collect::<Vec<_>>(), [(12, 10), (1, 1)]);
        assert_eq!((groups[0].status, &*groups[1].named[0]), ("skipped", "notes"));
    }

    #[test]
    fn many_reasons_are_summed_up_and_no_object_is_lost() {
        let manifest: Vec<Row> = (0..50).map(|number| row(&format!("{number}"), Status::NotALog, &format!("reason {number:02}"))).collect();
        let groups = LeftOut::groups(&manifest);
        assert_eq!(groups.len(), GROUPS + 1);
        assert_eq!(groups.iter().map(|group| group.objects).sum::<u64>(), 50);
        assert_eq!((&*groups[GROUPS].reason, groups[GROUPS].named.len()), (OTHER, NAMED));
    }
}
