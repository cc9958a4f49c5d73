//! Root has MFA, but not by hardware.
//!
//! A count of its own and not the complement of hardware MFA: yes where root has MFA and one of its devices is virtual, no where it has none of those or no MFA
//! at all. So an account is in this row or in that of no MFA, never in both, either may be the larger, and both together are the accounts without hardware
//! MFA. The denominator is all of which the answer is known, those without MFA included, so that both shares are of the same accounts.
//!
//! Credential report and account summary say it together with the list of virtual MFA devices (MFA and no virtual device of root is hardware or a passkey);
//! that list alone where it has a device of root; AWS Config by both of its rules. Logs do not tell a device's kind.

use super::practice::{Practice, Said, by_state};
use crate::evidence::record::time::Micros;
use crate::study::inputs::{Answer, Source, State};
use crate::study::population::Account;
use crate::study::setting::Study;

pub(super) const PRACTICE: Practice = Practice {
    name: "root_without_hardware_mfa",
    definition: "accounts whose root has MFA with a virtual device; those without MFA are in the denominator, and counted by root_without_mfa",
    answers: |study, account, end| {
        let devices = account.newest(Source::VirtualMfaDevices, study.states(end), |state| state.virtual_mfa);
        let is_virtual = devices.map(|(is_virtual, _)| is_virtual);
        let with_list = [Source::CredentialReport, Source::AccountSummary].into_iter().filter_map(|source| {
            let mfa = by_state(study, account, source, end, State::has_mfa)?;
            let answer = combined(mfa.answer, is_virtual)?;
            Some(Said { answer, ..mfa })
        });
        let alone = devices.filter(|(is_virtual, _)| *is_virtual).map(|(_, state)| Said {
            source: Source::VirtualMfaDevices,
            answer: Answer::Yes,
            at: state.at,
            dated: state.dated,
            can_deny: false,
        });
        with_list.chain(alone).chain(config(study, account, end)).collect()
    },
};

fn combined(mfa: Answer, is_virtual: Option<bool>) -> Option<Answer> {
    match mfa {
        Answer::Yes => is_virtual.map(Answer::of),
        // Without MFA there is none that is virtual.
        Answer::No => Some(Answer::No),
        Answer::NotApplicable => Some(Answer::NotApplicable),
    }
}

fn config(study: &Study<'_>, account: &Account, end: Micros) -> Option<Said> {
    let mfa = by_state(study, account, Source::Config, end, State::has_mfa)?;
    let hardware = account.newest(Source::Config, study.states(end), |state| state.hardware_mfa);
    let answer = combined(mfa.answer, hardware.map(|(hardware, _)| !hardware))?;
    // Both rules answer; the older answer is the weaker.
    let (at, dated) = hardware.map(|(_, state)| (state.at, state.dated)).into_iter().chain([(mfa.at, mfa.dated)]).min()?;
    Some(Said { source: Source::Config, answer, at, dated, can_deny: true })
}
