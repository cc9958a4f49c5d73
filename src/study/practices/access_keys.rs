//! Root has access keys, active or not.
//!
//! Logs say yes where a long-term key signed a use in the last seven days and root deleted none since; they never say no. Credential report, account summary
//! and the rule `iam-root-access-key-check` say either. A key that is switched off is there: the credential report counts it while it has a date.

use super::practice::{Practice, RECENT, by_record, by_state};
use crate::study::inputs::{Answer, Source};
use crate::study::population::{Use, UseKind};

pub(super) const PRACTICE: Practice = Practice {
    name: "root_has_access_keys",
    definition: "accounts whose root has access keys, active or not",
    answers: |study, account, end| {
        let uses = account.uses_in(end.saturating_sub(RECENT), end);
        let signed = uses.iter().rev().find(|one| one.kind == UseKind::LongTermKey);
        let deletes = |one: &Use| study.population.text(one.name) == "iam:DeleteAccessKey";
        let logs = signed.and_then(|one| by_record(account, (one, Answer::Yes), end, deletes));
        let sources = [Source::CredentialReport, Source::AccountSummary, Source::Config];
        let states = sources.into_iter().filter_map(|source| by_state(study, account, source, end, |state| state.keys.map(Answer::of)));
        logs.into_iter().chain(states).collect()
    },
};
