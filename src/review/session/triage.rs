//! Signals: what may help a person to tell approved break-glass use, a stray key and a takeover from each other.
//!
//! One row of [`TABLE`] a signal. None is a verdict; each names the records that support it, and a reviewer weighs them.

use super::break_glass::Verdict;
use super::{Entry, Incident, Kind, Session};
use crate::evidence::record::credential::Credential;
use crate::evidence::record::logging::Effect;
use crate::evidence::record::outcome::Outcome;
use crate::evidence::record::time::Micros;
use crate::named::named;
use crate::root::{Class, Phase};
use foldhash::HashSet;
use serde::Serialize;
use std::collections::BTreeSet;

named! {
    /// What a signal speaks for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Pattern {
        /// Use that somebody approved beforehand.
        BreakGlass = "break_glass",
        /// A long-term key that something still holds.
        StrayKey = "stray_key",
        /// Somebody else is in.
        Takeover = "takeover",
    }
}

/// A signal that an incident gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Signal {
    /// What it speaks for.
    pub pattern: Pattern,
    /// Its name.
    pub name: &'static str,
    /// The same in words.
    pub says: &'static str,
    /// The entries that support it, in order of time.
    #[serde(skip)]
    pub entries: Vec<usize>,
    /// How many there are.
    pub records: u64,
}

/// All that a signal may look at.
struct Scene<'s, 't> {
    entries: &'s [Entry<'t>],
    sessions: &'s [Session<'t>],
    incident: &'s Incident<'t>,
    /// Entries that belong to attempts at root of several accounts from one origin.
    sprayed: &'s HashSet<usize>,
}

impl<'s, 't> Scene<'s, 't> {
    /// The incident's entries that a test admits.
    fn where_(&self, admits: impl Fn(&Entry<'t>) -> bool) -> Vec<usize> {
        self.incident.entries.iter().copied().filter(|number| admits(&self.entries[*number])).collect()
    }

    fn uses(&self, admits: impl Fn(&Entry<'t>) -> bool) -> Vec<usize> {
        self.where_(|entry| entry.class.is_usage() && admits(entry))
    }

    fn writes_of(&self, phase: Phase) -> Vec<usize> {
        self.uses(|entry| entry.phase == Some(phase) && entry.is_write())
    }

    fn calls(&self, calls: &[(&str, &[&str])]) -> Vec<usize> {
        self.uses(|entry| calls.iter().any(|(service, names)| entry.service() == *service && names.contains(&entry.name)))
    }

    /// Uses from an address, or with a client, that is new.
    fn unseen(&self, new: Option<&BTreeSet<&'t str>>, of: impl Fn(&Entry<'t>) -> Option<&'t str>) -> Vec<usize> {
        new.map_or_else(Vec::new, |new| self.uses(|entry| of(entry).is_some_and(|text| new.contains(text))))
    }

    /// The same entries where there are enough of them.
    fn least(few: usize, entries: Vec<usize>) -> Vec<usize> {
        if entries.len() < few { Vec::new() } else { entries }
    }
}

type Test = fn(&Scene<'_, '_>) -> Vec<usize>;

/// A key in a script makes few calls; a person looks around.
const FEW_CALLS: u64 = 20;
/// Different questions in one incident: more than a console page asks on its own.
const ENUMERATION: usize = 8;
/// Refusals in one incident: more than a console page draws on its own.
const DENIALS: usize = 3;

/// Within which a sign-in follows its steps: 15 minutes.
const SIGN_IN: Micros = 15 * 60_000_000;

/// Calls that end or narrow what watches logs. What they do to logging itself the records say by their parameters.
const WATCHERS: [(&str, &[&str]); 8] = [
    ("config", &["StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"]),
    (
        "guardduty",
        &[
            "DeleteDetector",
            "UpdateDetector",
            "CreateFilter",
            "CreateIPSet",
            "DisassociateFromAdministratorAccount",
            "StopMonitoringMembers",
        ],
    ),
    ("securityhub", &["DisableSecurityHub", "BatchDisableStandards", "DisableImportFindingsForProduct"]),
    ("ec2", &["DeleteFlowLogs"]),
    ("logs", &["DeleteLogGroup", "DeleteLogStream", "DeleteMetricFilter", "DeleteSubscriptionFilter", "PutRetentionPolicy"]),
    ("monitoring", &["DeleteAlarms", "DisableAlarmActions"]),
    ("events", &["DeleteRule", "DisableRule", "RemoveTargets"]),
    ("access-analyzer", &["DeleteAnalyzer"]),
];

/// Calls that start what costs money or computes.
const COMPUTE: [(&str, &[&str]); 10] = [
    ("ec2", &["RunInstances", "RunScheduledInstances", "RequestSpotInstances", "RequestSpotFleet", "CreateFleet"]),
    ("autoscaling", &["CreateAutoScalingGroup", "UpdateAutoScalingGroup"]),
    ("ecs", &["RunTask", "CreateService"]),
    ("eks", &["CreateCluster", "CreateNodegroup"]),
    ("lambda", &["CreateFunction20150331", "CreateFunction"]),
    ("sagemaker", &["CreateNotebookInstance", "CreateTrainingJob", "CreateProcessingJob"]),
    ("lightsail", &["CreateInstances"]),
    ("batch", &["SubmitJob", "CreateComputeEnvironment"]),
    ("codebuild", &["StartBuild"]),
    ("bedrock", &["InvokeModel", "InvokeModelWithResponseStream", "CreateModelInvocationJob"]),
];

const MFA_GONE: [(&str, &[&str]); 1] = [("iam", &["DeactivateMFADevice", "DeleteVirtualMFADevice"])];

/// Every signal: what it speaks for, its name, its words, its records.
const TABLE: [(Pattern, &str, &str, Test); 22] = [
    (Pattern::BreakGlass, "approved_window", "every use lies in an approved window and keeps its terms", |scene| {
        match scene.incident.break_glass {
            Some(Verdict::Approved) => scene.uses(|_| true),
            _ => Vec::new(),
        }
    }),
    (Pattern::BreakGlass, "only_required", "everything it changed needed root", |scene| {
        let writes = scene.uses(Entry::is_write);
        let needed = |number: &usize| scene.entries[*number].need == Some(crate::root::Need::Required);
        if writes.iter().all(needed) { writes } else { Vec::new() }
    }),
    (Pattern::StrayKey, "long_term_key", "a long-term key of root was used", |scene| {
        scene.uses(|entry| entry.credential == Credential::LongTermKey)
    }),
    (Pattern::StrayKey, "few_calls", "the key made few calls, and nobody signed in", |scene| {
        let few = scene.incident.has(Kind::LongTermKey) && !scene.incident.has(Kind::Console) && scene.incident.usage <= FEW_CALLS;
        if few { scene.uses(|entry| entry.credential == Credential::LongTermKey) } else { Vec::new() }
    }),
    (Pattern::StrayKey, "key_failures", "half of the key's calls or more were refused or failed", |scene| {
        let of_key = |entry: &Entry<'_>| entry.credential == Credential::LongTermKey;
        let failures = scene.uses(|entry| of_key(entry) && matches!(entry.outcome, Some(Outcome::Denied | Outcome::Failed)));
        if failures.len() * 2 >= scene.uses(of_key).len() { failures } else { Vec::new() }
    }),
    (Pattern::Takeover, "failed_sign_ins", "sign-ins failed before one succeeded", |scene| {
        let success = scene.incident.entries.iter().rposition(|number| scene.entries[*number].is_login());
        let before = &scene.incident.entries[..success.unwrap_or(0)];
        before
            .iter()
            .copied()
            .filter(|number| scene.entries[*number].class == Class::Attempt && scene.entries[*number].name == "ConsoleLogin")
            .collect()
    }),
    (Pattern::Takeover, "password_accepted", "a password was accepted, and nobody signed in with it", |scene| {
        let entries = &scene.incident.entries;
        let signs_in = |from: Option<Micros>, number: &usize| {
            let entry = &scene.entries[*number];
            let soon = entry.time.zip(from).is_some_and(|(time, from)| time >= from && time - from <= SIGN_IN);
            entry.is_login() && soon
        };
        let steps = entries.iter().copied().filter(|number| scene.entries[*number].is_accepted_step());
        steps.filter(|step| !entries.iter().any(|number| signs_in(scene.entries[*step].time, number))).collect()
    }),
    (Pattern::Takeover, "tried_elsewhere", "from an origin that tried root of several accounts", |scene| {
        scene.incident.entries.iter().copied().filter(|number| scene.sprayed.contains(number)).collect()
    }),
    (Pattern::Takeover, "recovery_before_sign_in", "the password was recovered before a sign-in", |scene| {
        let is_recovery = |entry: &Entry<'_>| entry.name.starts_with("PasswordRecovery");
        let success = scene.incident.entries.iter().rposition(|number| scene.entries[*number].is_login());
        let before = &scene.incident.entries[..success.unwrap_or(0)];
        before.iter().copied().filter(|number| is_recovery(&scene.entries[*number])).collect()
    }),
    (Pattern::Takeover, "new_address", "from an address that this root was never used from before", |scene| {
        scene.unseen(scene.incident.new_source_ips.as_ref(), |entry| entry.address)
    }),
    (Pattern::Takeover, "new_client", "with a client that this root was never used with before", |scene| {
        scene.unseen(scene.incident.new_user_agents.as_ref(), |entry| entry.agent)
    }),
    (Pattern::Takeover, "no_mfa", "signed in without MFA", |scene| {
        let without = |number: &usize| scene.sessions[*number].mfa == Some(false) && scene.sessions[*number].kind != Kind::LongTermKey;
        let entries = scene.incident.sessions.iter().filter(|number| without(number)).filter_map(|number| {
            let session = &scene.sessions[*number];
            session.login.or_else(|| session.entries.iter().copied().find(|number| scene.entries[*number].mfa == Some(false)))
        });
        entries.collect()
    }),
    (Pattern::Takeover, "enumeration", "asked many different questions", |scene| {
        let asked = scene.uses(|entry| entry.phase == Some(Phase::Discovery));
        let different: BTreeSet<(&str, &str)> =
            asked.iter().map(|number| (scene.entries[*number].source, scene.entries[*number].name)).collect();
        if different.len() >= ENUMERATION { asked } else { Vec::new() }
    }),
    (Pattern::Takeover, "persistence", "made ways to come back", |scene| scene.writes_of(Phase::Persistence)),
    (Pattern::Takeover, "privilege_escalation", "gave out more rights", |scene| scene.writes_of(Phase::PrivilegeEscalation)),
    (Pattern::Takeover, "credential_access", "reached for credentials", |scene| scene.writes_of(Phase::CredentialAccess)),
    (Pattern::Takeover, "logging_tampered", "tried to end or narrow logging, or what watches it", |scene| {
        let ends = |entry: &Entry<'_>| matches!(entry.logging, Some(Effect::Ends | Effect::Narrows));
        let mut entries = scene.uses(ends);
        entries.extend(scene.calls(&WATCHERS));
        entries.sort_unstable();
        entries
    }),
    (Pattern::Takeover, "mfa_removed", "took an MFA device away", |scene| scene.calls(&MFA_GONE)),
    (Pattern::Takeover, "compute_launched", "started what computes", |scene| scene.calls(&COMPUTE)),
    (Pattern::Takeover, "exfiltration", "changed who may read data, or moved it", |scene| scene.writes_of(Phase::Exfiltration)),
    (Pattern::Takeover, "impact", "destroyed, blocked or locked", |scene| scene.writes_of(Phase::Impact)),
    (Pattern::Takeover, "denials", "was refused again and again", |scene| {
        Scene::least(DENIALS, scene.uses(|entry| entry.outcome == Some(Outcome::Denied)))
    }),
];

/// The signals of an incident, in the order of the table.
pub(super) fn signals<'t>(
    entries: &[Entry<'t>],
    sessions: &[Session<'t>],
    incident: &Incident<'t>,
    sprayed: &HashSet<usize>,
) -> Vec<Signal> {
    let scene = Scene { entries, sessions, incident, sprayed };
    let given = TABLE.iter().filter_map(|(pattern, name, says, test)| {
        let entries = test(&scene);
        let records = entries.len() as u64;
        (records > 0).then_some(Signal { pattern: *pattern, name, says, entries, records })
    });
    given.collect()
}
