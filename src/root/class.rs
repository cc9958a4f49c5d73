//! Which records touch root, and how. The order of the tests matters: the first that fits wins.

use crate::evidence::record::view::Record;
use crate::named::named;

named! {
    /// What a record has to do with root.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Class {
        /// Type Root, but with an empty ARN and of no account: failed sign-ins of external directories and the like.
        Artefact = "artefact",
        /// Somebody tried to sign in or to recover the password, without success.
        Attempt = "attempt",
        /// A successful sign-in or password recovery.
        SignIn = "sign_in",
        /// A service acting in root's name with nobody behind it.
        Service = "service",
        /// A service acting in a root session: a person caused it.
        ViaService = "via_service",
        /// A session opened with `sts:AssumeRoot`.
        PrivilegedSession = "privileged_session",
        /// A federated session that root issued.
        Federated = "federated",
        /// Any other record of root.
        Direct = "direct",
        /// Another principal acting on root's credentials or on root access.
        AboutRoot = "about_root",
    }
}

impl Class {
    /// Whether it counts as use of root. Denied and failed calls do: the credentials were used.
    #[must_use]
    pub const fn is_usage(self) -> bool {
        matches!(self, Self::SignIn | Self::ViaService | Self::PrivilegedSession | Self::Federated | Self::Direct)
    }

    /// Whether such a record does a task that root may or may not have been needed for.
    #[must_use]
    pub const fn does_tasks(self) -> bool {
        matches!(self, Self::ViaService | Self::PrivilegedSession | Self::Federated | Self::Direct)
    }
}

/// A record that [`of`] gives a class to holds one of these texts or bears one of [`NAMES`]; see [`crate::evidence::record::prefilter`].
/// The quotes may be escaped, where an export has made text of an object.
pub(super) const NEEDLES: [&str; 8] =
    ["\"Root\"", "\"Root\\", ":root\"", ":root\\", "AssumeRoot", "OrganizationsRoot", "ROOT USER", "root-account"];

/// Event names that make a record matter whoever acts.
pub(super) const NAMES: [&str; 14] = [
    "PasswordRecoveryRequested",
    "PasswordRecoveryCompleted",
    "ListOrganizationsFeatures",
    "StartPrimaryEmailUpdate",
    "AcceptPrimaryEmailUpdate",
    "UpdateAccountEmailAddress",
    "EmailUpdated",
    "PasswordUpdated",
    "SetAccountPreferences",
    "SetSecurityQuestions",
    "EnableAWSServiceAccess",
    "DisableAWSServiceAccess",
    "RegisterDelegatedAdministrator",
    "DeregisterDelegatedAdministrator",
];

/// Steps of a sign-in before its end (user guide of AWS Sign-In, CloudTrail events).
const STEPS: [&str; 4] = ["CheckMfa", "CredentialChallenge", "CredentialVerification", "UserAuthentication"];

/// The class of a record; `None` when it does not touch root.
pub(super) fn of(record: &Record<'_>) -> Option<Class> {
    let identity = &record.identity;
    let is_root = is_root(record);
    let signin = record.event_source == Some("signin.amazonaws.com");
    let name = record.event_name.unwrap_or_default();
    // An ARN that is left out is an export's doing; one that is empty is that of nobody.
    if is_root && identity.has_arn && identity.arn.is_none() && identity.account_id.is_none() {
        return Some(Class::Artefact);
    }
    match name {
        "PasswordRecoveryRequested" if signin => return Some(Class::Attempt),
        "PasswordRecoveryCompleted" if signin => {
            let failed = record.error_code.is_some() || record.response(name).is_some_and(is_failure);
            return Some(if failed { Class::Attempt } else { Class::SignIn });
        }
        // Where nothing is said of the outcome (event history CSV), it is taken for a success: an attempt would not count as usage.
        "ConsoleLogin" if is_root => return Some(if has_failed(record, name) { Class::Attempt } else { Class::SignIn }),
        // Whatever the way of signing in is called.
        _ if is_root && is_sign_in(record) && has_failed(record, name) => return Some(Class::Attempt),
        // Whatever a step answers, nobody is signed in before the sign-in itself has succeeded.
        _ if is_root && STEPS.contains(&name) => return Some(Class::Attempt),
        _ => {}
    }
    if is_root {
        // Until 2020 a person in the console came with invokedBy signin.amazonaws.com.
        let service = identity.invoked_by.filter(|service| *service != "signin.amazonaws.com").is_some();
        // A service that acts for itself has no key of root's: where there is one, its holder caused the call.
        let has_key = identity.access_key_id.is_some_and(|key| key.starts_with("AKIA") || key.starts_with("ASIA"));
        let session = identity.has_session || record.from_console || has_key;
        return Some(if record.event_type.is_some_and(|kind| kind.eq_ignore_ascii_case("AwsServiceEvent")) || service && !session {
            Class::Service
        } else if service {
            Class::ViaService
        } else if identity.assumed_root {
            Class::PrivilegedSession
        } else if identity.issuer_kind == Some("Root") {
            Class::Federated
        } else {
            Class::Direct
        });
    }
    if identity.issuer_kind == Some("Root") {
        return Some(Class::Federated);
    }
    is_about_root(record, name).then_some(Class::AboutRoot)
}

/// Whether the record is one of a sign-in; the type is spelled in two ways.
fn is_sign_in(record: &Record<'_>) -> bool {
    record.event_type.is_some_and(|kind| kind.eq_ignore_ascii_case("AwsConsoleSignIn"))
}

/// Whether a sign-in failed: that carries an error message and an answer, and no error code.
fn has_failed(record: &Record<'_>, name: &str) -> bool {
    record.error_message.is_some() || record.error_code.is_some() || record.response(name).is_some_and(is_failure)
}

fn is_failure(answer: &str) -> bool {
    answer.eq_ignore_ascii_case("failure")
}

/// Type Root, or no type at all and root's own ARN: old and trimmed records lose the type.
fn is_root(record: &Record<'_>) -> bool {
    match record.identity.kind {
        Some(kind) => kind == "Root",
        None => record.identity.arn.is_some_and(is_root_arn),
    }
}

/// `arn:<partition>:iam::<account>:root`.
fn is_root_arn(arn: &str) -> bool {
    let mut parts = arn.split(':');
    let [scheme, partition, service, region, account, resource] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    scheme == "arn"
        && !partition.is_empty()
        && service == "iam"
        && region.is_empty()
        && !account.is_empty()
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && resource == "root"
        && parts.next().is_none()
}

/// Another principal at work on root's credentials, its recovery or central root access.
fn is_about_root(record: &Record<'_>, name: &str) -> bool {
    let service = record.event_source.unwrap_or_default();
    let service = service.strip_suffix(".amazonaws.com").unwrap_or(service);
    match (service, name) {
        ("sts", "AssumeRoot")
        | ("iam", "UpdateAccountEmailAddress" | "ListOrganizationsFeatures")
        | ("account", "StartPrimaryEmailUpdate" | "AcceptPrimaryEmailUpdate")
        | ("billingconsole", "SetAccountPreferences" | "SetSecurityQuestions") => true,
        // IAM users change their own password and address with other events, but the record need not name its type.
        ("signin", "EmailUpdated" | "PasswordUpdated") => record.identity.kind != Some("IAMUser"),
        ("organizations", "EnableAWSServiceAccess" | "DisableAWSServiceAccess")
        | ("organizations", "RegisterDelegatedAdministrator" | "DeregisterDelegatedAdministrator") => {
            record.request("servicePrincipal") == Some("iam.amazonaws.com")
        }
        ("iam", name) if name.contains("OrganizationsRoot") => true,
        ("iam", _) => {
            // Any user's device may bear the name that root's has by default; whom it is for decides.
            record.request("userName").map_or_else(
                || {
                    record.request("serialNumber").is_some_and(is_root_device)
                        || record.request("virtualMFADeviceName") == Some("root-account-mfa-device")
                },
                |user| user == "AWS ROOT USER",
            )
        }
        _ => false,
    }
}

/// `...:mfa/root-account-mfa-device`, or a security key under `...:u2f/root-account/`.
fn is_root_device(serial: &str) -> bool {
    serial.ends_with(":mfa/root-account-mfa-device") || serial.contains(":u2f/root-account/")
}

/// The metric filter of CIS AWS Foundations and Security Hub CloudWatch.1:
/// `{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}`.
pub(super) fn cis_match(record: &Record<'_>) -> bool {
    record.identity.kind == Some("Root")
        && record.value.at(&["userIdentity", "invokedBy"]).is_none()
        && record.event_type != Some("AwsServiceEvent")
}
