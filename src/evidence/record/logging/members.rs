//! Every write operation that AWS's own service models have of the services that deliver logs is in the table, or is known to change nothing of them.

use super::table::TABLE;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::Command;

/// Names in the table that the models do not have: as they are recorded, or as they were.
const RECORDED: [(&str, &str); 5] = [
    ("account", "CloseAccount"),
    ("s3", "PutBucketObjectLockConfiguration"),
    ("s3", "PutBucketPublicAccessBlock"),
    ("s3", "DeleteBucketPublicAccessBlock"),
    ("billingconsole", "CloseAccount"),
];

/// Operations that change nothing of what is logged, delivered or kept: they read, tag, encrypt, query, or are about other things. `s3 PutObject` and the like are how
/// logs are delivered, and what is written over them the digests tell; policies of an organisation and of IAM allow calls, and what is called is itself recorded.
const WITHOUT_EFFECT: [(&str, &str); 7] = [
    (
        "account",
        "AcceptPrimaryEmailUpdate DeleteAlternateContact PutAccountName PutAlternateContact PutContactInformation StartPrimaryEmailUpdate",
    ),
    (
        "cloudtrail",
        "AddTags CancelQuery CreateDashboard DeleteDashboard DisableFederation EnableFederation PutEventConfiguration PutInsightSelectors RemoveTags StartDashboardRefresh StartImport StartQuery StopImport UpdateDashboard",
    ),
    (
        "iam",
        "AcceptDelegationRequest AddClientIDToOpenIDConnectProvider AddRoleToInstanceProfile AddUserToGroup AssociateDelegationRequest AttachGroupPolicy AttachRolePolicy AttachUserPolicy ChangePassword CreateAccessKey CreateAccountAlias CreateDelegationRequest CreateGroup CreateInstanceProfile CreateLoginProfile CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole CreateSAMLProvider CreateServiceSpecificCredential CreateUser CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteAccountAlias DeleteAccountPasswordPolicy DeleteGroup DeleteGroupPolicy DeleteInstanceProfile DeleteLoginProfile DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteSAMLProvider DeleteSSHPublicKey DeleteServerCertificate DeleteServiceSpecificCredential DeleteSigningCertificate DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice DetachGroupPolicy DetachUserPolicy DisableOrganizationsRootCredentialsManagement DisableOrganizationsRootSessions DisableOutboundWebIdentityFederation EnableMFADevice EnableOrganizationsRootCredentialsManagement EnableOrganizationsRootSessions EnableOutboundWebIdentityFederation PutGroupPolicy PutUserPermissionsBoundary PutUserPolicy RejectDelegationRequest RemoveClientIDFromOpenIDConnectProvider RemoveRoleFromInstanceProfile RemoveUserFromGroup ResetServiceSpecificCredential ResyncMFADevice SendDelegationToken SetDefaultPolicyVersion SetSecurityTokenServicePreferences TagInstanceProfile TagMFADevice TagOpenIDConnectProvider TagPolicy TagRole TagSAMLProvider TagServerCertificate TagUser UntagInstanceProfile UntagMFADevice UntagOpenIDConnectProvider UntagPolicy UntagRole UntagSAMLProvider UntagServerCertificate UntagUser UpdateAccessKey UpdateAccountPasswordPolicy UpdateDelegationRequest UpdateGroup UpdateLoginProfile UpdateOpenIDConnectProviderThumbprint UpdateRole UpdateRoleDescription UpdateSAMLProvider UpdateSSHPublicKey UpdateServerCertificate UpdateServiceSpecificCredential UpdateSigningCertificate UpdateUser UploadSSHPublicKey UploadServerCertificate UploadSigningCertificate",
    ),
    (
        "kms",
        "CreateAlias CreateCustomKeyStore CreateGrant CreateKey Decrypt DeriveSharedSecret DisableKeyRotation EnableKeyRotation Encrypt ReEncrypt ReplicateKey RetireGrant RevokeGrant RotateKeyOnDemand Sign TagResource UntagResource UpdateKeyDescription Verify VerifyMac",
    ),
    (
        "logs",
        "AssociateSourceToS3TableIntegration CancelExportTask CancelImportTask CreateExportTask CreateImportTask CreateLogAnomalyDetector CreateLogGroup CreateLogStream CreateLookupTable CreateScheduledQuery DeleteIndexPolicy DeleteIntegration DeleteLogAnomalyDetector DeleteLookupTable DeleteQueryDefinition DeleteScheduledQuery DisassociateSourceFromS3TableIntegration PutBearerTokenAuthentication PutIndexPolicy PutIntegration PutLogEvents PutQueryDefinition StartLiveTail StartQuery StopQuery TagLogGroup TagResource UntagLogGroup UntagResource UpdateAnomaly UpdateLogAnomalyDetector UpdateLookupTable UpdateScheduledQuery",
    ),
    (
        "organizations",
        "AttachPolicy CancelHandshake CreateAccount CreateGovCloudAccount CreateOrganization CreateOrganizationalUnit CreatePolicy DeclineHandshake DeleteOrganizationalUnit DeletePolicy DeleteResourcePolicy DetachPolicy DisablePolicyType EnableAllFeatures EnablePolicyType InviteAccountToOrganization InviteOrganizationToTransferResponsibility PutResourcePolicy TagResource TerminateResponsibilityTransfer UntagResource UpdateOrganizationalUnit UpdatePolicy UpdateResponsibilityTransfer",
    ),
    (
        "s3",
        "AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateBucketMetadataConfiguration CreateBucketMetadataTableConfiguration CreateMultipartUpload CreateSession DeleteBucketAnalyticsConfiguration DeleteBucketCors DeleteBucketIntelligentTieringConfiguration DeleteBucketInventoryConfiguration DeleteBucketMetadataConfiguration DeleteBucketMetadataTableConfiguration DeleteBucketMetricsConfiguration DeleteBucketTagging DeleteBucketWebsite DeleteObjectTagging PutBucketAbac PutBucketAccelerateConfiguration PutBucketAnalyticsConfiguration PutBucketCors PutBucketIntelligentTieringConfiguration PutBucketInventoryConfiguration PutBucketMetricsConfiguration PutBucketTagging PutBucketWebsite PutObject PutObjectTagging RestoreObject SelectObjectContent UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration UploadPart UploadPartCopy WriteGetObjectResponse",
    ),
];

/// The beginnings of names of operations that read.
const READS: [&str; 11] = ["Get", "List", "Describe", "Head", "Lookup", "Search", "Test", "BatchGet", "Simulate", "Filter", "Generate"];

/// The names of the operations of a service, as the Python package `botocore` ships its model; `None` where that is not installed.
fn operations(service: &str) -> Option<BTreeSet<String>> {
    let found = Command::new("python3").args(["-c", "import botocore; print(botocore.__path__[0])"]).output().ok()?;
    let root = PathBuf::from(String::from_utf8(found.stdout).ok()?.trim()).join("data").join(service);
    let version = std::fs::read_dir(root).ok()?.flatten().map(|entry| entry.path()).max()?;
    let mut text = String::new();
    match std::fs::File::open(version.join("service-2.json.gz")) {
        Ok(file) => flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap(),
        Err(_) => std::fs::File::open(version.join("service-2.json")).unwrap().read_to_string(&mut text).unwrap(),
    };
    let model: Value = serde_json::from_str(&text).ok()?;
    Some(model["operations"].as_object()?.keys().cloned().collect())
}

#[test]
fn no_call_stands_twice_and_none_is_both_in_the_table_and_without_effect() {
    let rows: BTreeSet<(&str, &str)> = TABLE.iter().map(|row| (row.service, row.name)).collect();
    assert_eq!(rows.len(), TABLE.len());
    for (service, names) in WITHOUT_EFFECT {
        assert!(names.split(' ').all(|name| !rows.contains(&(service, name))), "{service}");
    }
}

#[test]
fn every_write_operation_of_the_service_models_is_in_the_table_or_without_effect() {
    for (service, without) in WITHOUT_EFFECT {
        let Some(operations) = operations(service) else {
            return crate::skipped::skip("the Python package `botocore` is not installed");
        };
        let without: BTreeSet<&str> = without.split(' ').collect();
        let in_table: BTreeSet<&str> = TABLE.iter().filter(|row| row.service == service).map(|row| row.name).collect();
        let writes = operations.iter().map(String::as_str).filter(|name| !READS.iter().any(|read| name.starts_with(read)));
        let unknown: Vec<&str> = writes.filter(|name| !without.contains(name) && !in_table.contains(name)).collect();
        assert_eq!(unknown, [] as [&str; 0], "{service}: what do these do to the logs?");
        let recorded = |name: &&&str| RECORDED.contains(&(service, **name));
        let gone: Vec<&&str> = without.iter().chain(&in_table).filter(|name| !operations.contains(**name) && !recorded(name)).collect();
        assert_eq!(gone, [] as [&&str; 0], "{service} has no such operations");
    }
}
