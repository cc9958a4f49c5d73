//! Root was used in the last seven days.
//!
//! Logs say yes where there is a use, and no where there is none and enough of those days were seen. A credential report says yes where a last use lies
//! in them; no only where it was made after them, by a date that is known, and every credential was last used before or never. A use after them hides what was
//! before it. Nothing else says anything.

use super::practice::{Practice, RECENT, Said};
use crate::evidence::record::time::Micros;
use crate::proof::credential_report::LastUse;
use crate::study::inputs::{Answer, Dated, Detail, Source};
use crate::study::population::Account;
use crate::study::setting::Study;

pub(super) const PRACTICE: Practice = Practice {
    name: "root_used_last_7_days",
    definition: "accounts with any use of root in the seven days before",
    answers: |study, account, end| [logs(study, account, end), report(study, account, end)].into_iter().flatten().collect(),
};

/// A report keeps the first use of up to fifteen minutes, so that a use may be that much later than it says.
const SPAN: Micros = 15 * 60_000_000;

/// 2018-05-04T05:50Z to 2018-05-23T21:08Z: the last use of passwords is missing or wrong (IAM user guide, `id_credentials_getting-report`).
const HOLE: (Micros, Micros) = (1_525_413_000_000_000, 1_527_109_680_000_000);

fn logs(study: &Study<'_>, account: &Account, end: Micros) -> Option<Said> {
    let start = end.saturating_sub(RECENT);
    let last = account.uses_in(start, end).last();
    let can_deny = study.is_watched(account, start, end);
    let at = last.map_or(end, |last| last.time);
    (last.is_some() || can_deny).then_some(Said {
        source: Source::Logs,
        answer: Answer::of(last.is_some()),
        at: Some(at),
        dated: Dated::Stated,
        can_deny,
    })
}

fn report(study: &Study<'_>, account: &Account, end: Micros) -> Option<Said> {
    let start = end.saturating_sub(RECENT);
    if start < HOLE.1 && end > HOLE.0 {
        return None;
    }
    let (since, until) = study.states(end);
    let reports = account.states.iter().filter(|state| state.source == Source::CredentialReport);
    let in_time = reports.filter(|state| state.at.is_some_and(|at| since <= at && at <= until)).rev();
    let mut never = None;
    for state in in_time {
        let Some(detail) = state.detail.as_deref() else { continue };
        let uses = uses(detail);
        if uses.iter().filter_map(|used| used.time()).any(|time| (start..end).contains(&time)) {
            // It would say no only if it were made after these days.
            let can_deny = state.at.is_some_and(|at| at >= end) && matches!(state.dated, Dated::Stated | Dated::Given);
            return Some(Said { source: state.source, answer: Answer::Yes, at: state.at, dated: state.dated, can_deny });
        }
        let is_after = state.at.is_some_and(|at| at >= end) && matches!(state.dated, Dated::Stated | Dated::Given);
        let is_before = |used: &LastUse| match used {
            LastUse::At(time) => time.saturating_add(SPAN) <= start,
            LastUse::NoInformation | LastUse::NotApplicable => true,
            LastUse::Unknown => false,
        };
        if is_after && uses.iter().all(is_before) {
            never = never.or(Some(Said { source: state.source, answer: Answer::No, at: state.at, dated: state.dated, can_deny: true }));
        }
    }
    never
}

fn uses(detail: &Detail) -> [LastUse; 3] {
    let [one, two] = detail.keys;
    [detail.password_used, one.used, two.used]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::time;

    #[test]
    fn the_hole_is_where_it_is_said_to_be() {
        assert_eq!((time::format(HOLE.0).as_str(), time::format(HOLE.1).as_str()), ("2018-05-04T05:50:00Z", "2018-05-23T21:08:00Z"));
    }
}
