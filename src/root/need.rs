//! Was root needed? AWS's list of tasks that require the root user, mapped to events.
//!
//! The list shrank over the years, so each task carries the day from which it could be done without root, where there is one: either the day
//! AWS announced it, or the date of the first published list without it (noted `list`). An event says what was called, not
//! why: a bucket policy that locked everybody out and one that did not are deleted by the same call. Where a call is on AWS's list under a
//! condition that the record cannot show, it counts as `required`, because the question is what a reviewer may strike off.
//! Restoring the rights of the only administrator is the exception: it is done with the ordinary IAM calls, and taking every such call
//! by root for it would excuse exactly what a takeover does.
//!
//! Sources: `id_root-user` in the IAM user guide (2018 to 2026), `root-user-tasks` in the account management reference (2023).

use crate::evidence::record::time;
use crate::evidence::record::view::Record;
use crate::named::named;

named! {
    /// Whether a task needed root on the day it was done.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Need {
        /// On AWS's list on that day.
        Required = "required",
        /// Once on the list, no longer on that day.
        FormerlyRequired = "formerly_required",
        /// Never on it.
        NotRequired = "not_required",
    }
}

/// A condition on the request beyond its name.
type Terms = fn(&Record<'_>) -> bool;

/// One event of a task: service, name, further terms, and the day (UTC) since which it can be done without root.
struct Task(&'static str, &'static str, Terms, Option<&'static str>);

fn always(_: &Record<'_>) -> bool {
    true
}

/// The call names no user: IAM then takes the signer's own credentials, which for root are root's.
fn own_credentials(record: &Record<'_>) -> bool {
    record.request("userName").is_none_or(|user| user == "AWS ROOT USER")
}

/// A virtual device under the name that root's has by default. Of others only the call that enables them says whose they are.
fn root_device(record: &Record<'_>) -> bool {
    record.request("virtualMFADeviceName") == Some("root-account-mfa-device")
        || record.request("serialNumber").is_some_and(|serial| serial.ends_with(":mfa/root-account-mfa-device"))
}

fn mfa_delete(record: &Record<'_>) -> bool {
    let setting = record.value.at(&["requestParameters", "VersioningConfiguration", "MfaDelete"]);
    setting.or_else(|| record.value.at(&["requestParameters", "VersioningConfiguration", "MFADelete"])).is_some()
}

fn queue_policy(record: &Record<'_>) -> bool {
    record.value.at(&["requestParameters", "attributes", "Policy"]).is_some()
}

/// In the order of AWS's list; the first that fits counts.
const TASKS: [Task; 47] = [
    // Root's e-mail address, password, keys and MFA.
    Task("account", "StartPrimaryEmailUpdate", always, None),
    Task("account", "AcceptPrimaryEmailUpdate", always, None),
    Task("iam", "UpdateAccountEmailAddress", always, None),
    Task("signin", "EmailUpdated", always, None),
    Task("signin", "PasswordUpdated", always, None),
    Task("iam", "ChangePassword", always, None),
    Task("billingconsole", "SetAccountPreferences", always, None),
    Task("iam", "CreateAccessKey", own_credentials, None),
    Task("iam", "UpdateAccessKey", own_credentials, None),
    Task("iam", "DeleteAccessKey", own_credentials, None),
    Task("iam", "CreateLoginProfile", own_credentials, None),
    Task("iam", "DeleteLoginProfile", own_credentials, None),
    Task("iam", "EnableMFADevice", own_credentials, None),
    Task("iam", "DeactivateMFADevice", own_credentials, None),
    Task("iam", "ResyncMFADevice", own_credentials, None),
    Task("iam", "CreateVirtualMFADevice", root_device, None),
    Task("iam", "DeleteVirtualMFADevice", root_device, None),
    // Account name: account management API of 2025-04-22.
    Task("account", "PutAccountName", always, Some("2025-04-22T00:00:00Z")),
    Task("iam", "UpdateAccountName", always, Some("2025-04-22T00:00:00Z")),
    // Security questions: no longer offered from 2024-01-05.
    Task("billingconsole", "SetSecurityQuestions", always, Some("2024-01-05T00:00:00Z")),
    // Closing the account, opening billing to IAM, certain tax invoices, reserved instance marketplace.
    Task("billingconsole", "CloseAccount", always, None),
    Task("account", "CloseAccount", always, None),
    Task("billingconsole", "SetIAMAccessPreference", always, None),
    Task("taxconsole", "DownloadTaxInvoice", always, None),
    Task("ec2", "CreateReservedInstancesListing", always, None),
    // Buckets and queues.
    Task("s3", "PutBucketVersioning", mfa_delete, None),
    Task("s3", "PutBucketPolicy", always, None),
    Task("s3", "DeleteBucketPolicy", always, None),
    Task("sqs", "SetQueueAttributes", queue_policy, None),
    // Support plans have had IAM permissions since 2022-09-29.
    Task("support", "ChangeSupportPlan", always, Some("2022-09-29T00:00:00Z")),
    Task("supportplans", "StartSupportPlanUpdate", always, Some("2022-09-29T00:00:00Z")),
    Task("supportplans", "CreateSupportPlanSchedule", always, Some("2022-09-29T00:00:00Z")),
    // CloudFront trusted key groups replaced root's key pairs on 2020-10-22.
    Task("iam", "UploadCloudFrontPublicKey", always, Some("2020-10-22T00:00:00Z")),
    Task("iam", "UpdateCloudFrontPublicKey", always, Some("2020-10-22T00:00:00Z")),
    Task("iam", "DeleteCloudFrontPublicKey", always, Some("2020-10-22T00:00:00Z")),
    // The rest: list of 2023-07-01.
    Task("iam", "UploadSigningCertificate", own_credentials, Some(LIST_2023)),
    Task("iam", "UpdateSigningCertificate", own_credentials, Some(LIST_2023)),
    Task("iam", "DeleteSigningCertificate", own_credentials, Some(LIST_2023)),
    Task("ec2", "ModifyIdFormat", always, Some(LIST_2023)),
    Task("ec2", "ModifyIdentityIdFormat", always, Some(LIST_2023)),
    Task("route53domains", "TransferDomain", always, Some(LIST_2023)),
    Task("route53domains", "TransferDomainToAnotherAwsAccount", always, Some(LIST_2023)),
    Task("route53domains", "AcceptDomainTransferFromAnotherAwsAccount", always, Some(LIST_2023)),
    Task("route53domains", "RejectDomainTransferFromAnotherAwsAccount", always, Some(LIST_2023)),
    Task("route53domains", "CancelDomainTransferToAnotherAwsAccount", always, Some(LIST_2023)),
    Task("route53domains", "RetrieveDomainAuthCode", always, Some(LIST_2023)),
    Task("route53domains", "DisableDomainTransferLock", always, Some(LIST_2023)),
];

const LIST_2023: &str = "2023-07-01T00:00:00Z";

/// Whether root was needed for what the record did, by the list of its day. A record without a time is judged by today's list.
pub(super) fn of(record: &Record<'_>) -> Need {
    let source = record.event_source.unwrap_or_default();
    // The tax console writes itself with amazon.com.
    let service = source.strip_suffix(".amazonaws.com").or_else(|| source.strip_suffix(".amazon.com")).unwrap_or(source);
    let name = record.event_name.unwrap_or_default();
    let task = TASKS.iter().find(|task| task.0 == service && task.1 == name && task.2(record));
    match task {
        None => Need::NotRequired,
        Some(Task(.., None)) => Need::Required,
        Some(Task(.., Some(left))) => match (record.event_time, time::parse(left.as_bytes())) {
            (Some(at), Some(left)) if at < left => Need::Required,
            _ => Need::FormerlyRequired,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::view::Parser;

    fn need(source: &str, name: &str, time: &str, parameters: &str) -> Need {
        let text = format!(r#"{{"eventSource":"{source}","eventName":"{name}","eventTime":"{time}","requestParameters":{parameters}}}"#);
        Parser::default().with(text.as_bytes(), |value| of(&Record::read(value))).unwrap()
    }

    #[test]
    fn every_day_in_the_list_is_a_day() {
        assert!(TASKS.iter().all(|task| task.3.is_none_or(|day| time::parse(day.as_bytes()).is_some())));
    }

    #[test]
    fn a_task_that_left_the_list_needed_root_until_that_day() {
        let change = |time| need("iam.amazonaws.com", "UploadCloudFrontPublicKey", time, "null");
        assert_eq!(change("2020-10-21T23:59:59Z"), Need::Required);
        assert_eq!(change("2020-10-22T00:00:00Z"), Need::FormerlyRequired);
        assert_eq!(change("never"), Need::FormerlyRequired);
    }

    #[test]
    fn a_key_for_root_itself_needs_root_and_a_key_for_a_user_does_not() {
        let key = |parameters| need("iam.amazonaws.com", "CreateAccessKey", "2026-01-01T00:00:00Z", parameters);
        assert_eq!(key("null"), Need::Required);
        assert_eq!(key(r#"{"userName":"backup"}"#), Need::NotRequired);
    }

    #[test]
    fn making_root_s_own_device_is_part_of_the_task() {
        let made = |parameters| need("iam.amazonaws.com", "CreateVirtualMFADevice", "2026-01-01T00:00:00Z", parameters);
        assert_eq!(made(r#"{"virtualMFADeviceName":"root-account-mfa-device","path":"/"}"#), Need::Required);
        assert_eq!(made(r#"{"virtualMFADeviceName":"eve","path":"/"}"#), Need::NotRequired);
        for (device, expected) in [("root-account-mfa-device", Need::Required), ("eve", Need::NotRequired)] {
            let parameters = format!(r#"{{"serialNumber":"arn:aws:iam::111122223333:mfa/{device}"}}"#);
            assert_eq!(need("iam.amazonaws.com", "DeleteVirtualMFADevice", "2026-01-01T00:00:00Z", &parameters), expected);
        }
    }

    #[test]
    fn versioning_needs_root_only_for_mfa_delete() {
        let set = |parameters| need("s3.amazonaws.com", "PutBucketVersioning", "2026-01-01T00:00:00Z", parameters);
        assert_eq!(set(r#"{"VersioningConfiguration":{"Status":"Enabled","MfaDelete":"Enabled"}}"#), Need::Required);
        assert_eq!(set(r#"{"VersioningConfiguration":{"Status":"Enabled"}}"#), Need::NotRequired);
    }
}
