//! Root has no MFA.
//!
//! Logs say it by the last sign-in in the last seven days whose record says, unless root changed its devices since. Credential report, account summary and the
//! rule `root-account-mfa-enabled` say it directly. Where root has no credentials at all there is nothing to ask about.

use super::practice::{Practice, RECENT, Said, by_record, by_state};
use crate::study::inputs::{Answer, Source, State};
use crate::study::population::{Use, UseKind};

pub(super) const PRACTICE: Practice = Practice {
    name: "root_without_mfa",
    definition: "accounts whose root has no MFA, of those whose root has credentials",
    answers: |study, account, end| {
        let uses = account.uses_in(end.saturating_sub(RECENT), end);
        let sign_in = uses.iter().rev().find(|one| one.kind == UseKind::SignIn && one.mfa.is_some());
        let changes = |one: &Use| is_change(study.population.text(one.name));
        // A sign-in says either.
        let logs = sign_in.and_then(|one| by_record(account, (one, Answer::of(one.mfa == Some(false))), end, changes));
        let logs = logs.map(|said| Said { can_deny: true, ..said });
        let sources = [Source::CredentialReport, Source::AccountSummary, Source::Config];
        let states = sources.into_iter().filter_map(|source| by_state(study, account, source, end, without));
        logs.into_iter().chain(states).collect()
    },
};

fn without(state: &State) -> Option<Answer> {
    state.has_mfa().map(|has| match has {
        Answer::Yes => Answer::No,
        Answer::No => Answer::Yes,
        Answer::NotApplicable => Answer::NotApplicable,
    })
}

fn is_change(task: &str) -> bool {
    ["iam:EnableMFADevice", "iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice"].contains(&task)
}
