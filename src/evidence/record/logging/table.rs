//! Every call that ends, narrows, changes or begins what is logged, or what becomes of the logs.

use super::{Effect, What};
use crate::evidence::record::view::{Record, Value};

use Effect::{Begins, Changes, Ends, Narrows};
use What::{Account, Bucket, EventDataStore, Key, LogGroup, Object, Organisation, Role, Trail};

/// What a call does, by itself or by its parameters; nothing where these show that it does nothing here.
#[derive(Clone, Copy)]
enum Rule {
    Always(Effect),
    By(fn(&Record<'_>) -> Option<Effect>),
}

/// A call: its service, its name as it is recorded, what it is done to.
pub(super) struct Row {
    pub service: &'static str,
    pub what: What,
    pub name: &'static str,
    rule: Rule,
}

impl Row {
    pub(super) fn effect(&self, record: &Record<'_>) -> Option<Effect> {
        match self.rule {
            Rule::Always(effect) => Some(effect),
            Rule::By(rule) => rule(record),
        }
    }
}

const fn row(service: &'static str, what: What, name: &'static str, effect: Effect) -> Row {
    Row { service, what, name, rule: Rule::Always(effect) }
}

const fn by(service: &'static str, what: What, name: &'static str, rule: fn(&Record<'_>) -> Option<Effect>) -> Row {
    Row { service, what, name, rule: Rule::By(rule) }
}

/// Sources: the API references of the services; names of S3's calls as the user guide has them in "CloudTrail events" (`PutBucketLifecycle` and not
/// `PutBucketLifecycleConfiguration`), the API's own beside them.
pub(super) const TABLE: [Row; 118] = [
    row("cloudtrail", Trail, "StopLogging", Ends),
    row("cloudtrail", Trail, "DeleteTrail", Ends),
    row("cloudtrail", Trail, "StartLogging", Begins),
    row("cloudtrail", Trail, "CreateTrail", Begins),
    by("cloudtrail", Trail, "UpdateTrail", update_trail),
    by("cloudtrail", Trail, "PutEventSelectors", event_selectors),
    row("cloudtrail", EventDataStore, "DeleteEventDataStore", Ends),
    row("cloudtrail", EventDataStore, "StopEventDataStoreIngestion", Ends),
    by("cloudtrail", EventDataStore, "UpdateEventDataStore", update_store),
    row("cloudtrail", EventDataStore, "CreateEventDataStore", Begins),
    row("cloudtrail", EventDataStore, "RestoreEventDataStore", Begins),
    row("cloudtrail", EventDataStore, "StartEventDataStoreIngestion", Begins),
    row("cloudtrail", EventDataStore, "DeleteChannel", Narrows),
    row("cloudtrail", EventDataStore, "UpdateChannel", Changes),
    row("cloudtrail", EventDataStore, "CreateChannel", Begins),
    row("cloudtrail", EventDataStore, "PutResourcePolicy", Changes),
    row("cloudtrail", EventDataStore, "DeleteResourcePolicy", Changes),
    row("cloudtrail", Organisation, "DeregisterOrganizationDelegatedAdmin", Changes),
    row("cloudtrail", Organisation, "RegisterOrganizationDelegatedAdmin", Changes),
    // The bucket that logs are delivered to. Without its policy nothing can be.
    row("s3", Bucket, "DeleteBucket", Ends),
    row("s3", Bucket, "DeleteBucketPolicy", Ends),
    row("s3", Bucket, "PutBucketPolicy", Changes),
    row("s3", Bucket, "PutBucketAcl", Changes),
    row("s3", Bucket, "PutBucketOwnershipControls", Changes),
    row("s3", Bucket, "DeleteBucketOwnershipControls", Changes),
    by("s3", Bucket, "PutBucketLifecycle", lifecycle),
    by("s3", Bucket, "PutBucketLifecycleConfiguration", lifecycle),
    row("s3", Bucket, "DeleteBucketLifecycle", Begins),
    by("s3", Bucket, "PutBucketVersioning", versioning),
    row("s3", Bucket, "PutBucketObjectLockConfiguration", Changes),
    row("s3", Bucket, "PutObjectLockConfiguration", Changes),
    row("s3", Bucket, "PutBucketReplication", Changes),
    row("s3", Bucket, "DeleteBucketReplication", Narrows),
    row("s3", Bucket, "PutBucketEncryption", Changes),
    row("s3", Bucket, "DeleteBucketEncryption", Changes),
    row("s3", Bucket, "PutBucketPublicAccessBlock", Changes),
    row("s3", Bucket, "PutPublicAccessBlock", Changes),
    row("s3", Bucket, "DeleteBucketPublicAccessBlock", Changes),
    row("s3", Bucket, "DeletePublicAccessBlock", Changes),
    row("s3", Bucket, "PutBucketNotification", Changes),
    row("s3", Bucket, "PutBucketNotificationConfiguration", Changes),
    // Nothing is delivered to a bucket whose requesters pay.
    row("s3", Bucket, "PutBucketRequestPayment", Changes),
    row("s3", Bucket, "PutBucketLogging", Changes),
    row("s3", Object, "DeleteObject", Ends),
    row("s3", Object, "DeleteObjects", Ends),
    row("s3", Object, "RenameObject", Ends),
    row("s3", Object, "PutObjectAcl", Changes),
    row("s3", Object, "PutObjectLegalHold", Changes),
    row("s3", Object, "PutObjectRetention", Changes),
    row("s3", Object, "UpdateObjectEncryption", Changes),
    // The key that logs are encrypted with.
    row("kms", Key, "DisableKey", Ends),
    row("kms", Key, "ScheduleKeyDeletion", Ends),
    row("kms", Key, "DeleteImportedKeyMaterial", Ends),
    row("kms", Key, "DisconnectCustomKeyStore", Ends),
    row("kms", Key, "DeleteCustomKeyStore", Ends),
    row("kms", Key, "UpdateCustomKeyStore", Changes),
    row("kms", Key, "PutKeyPolicy", Changes),
    row("kms", Key, "DeleteAlias", Changes),
    row("kms", Key, "UpdateAlias", Changes),
    row("kms", Key, "UpdatePrimaryRegion", Changes),
    row("kms", Key, "EnableKey", Begins),
    row("kms", Key, "CancelKeyDeletion", Begins),
    row("kms", Key, "ConnectCustomKeyStore", Begins),
    row("kms", Key, "ImportKeyMaterial", Begins),
    // Log groups that a trail delivers to, and who reads them.
    row("logs", LogGroup, "DeleteLogGroup", Ends),
    row("logs", LogGroup, "DeleteLogStream", Narrows),
    row("logs", LogGroup, "PutRetentionPolicy", Narrows),
    row("logs", LogGroup, "DeleteRetentionPolicy", Begins),
    row("logs", LogGroup, "DeleteSubscriptionFilter", Narrows),
    row("logs", LogGroup, "PutSubscriptionFilter", Changes),
    row("logs", LogGroup, "DeleteMetricFilter", Narrows),
    row("logs", LogGroup, "PutMetricFilter", Changes),
    row("logs", LogGroup, "AssociateKmsKey", Changes),
    row("logs", LogGroup, "DisassociateKmsKey", Changes),
    row("logs", LogGroup, "PutDataProtectionPolicy", Changes),
    row("logs", LogGroup, "DeleteDataProtectionPolicy", Changes),
    row("logs", LogGroup, "PutAccountPolicy", Changes),
    row("logs", LogGroup, "DeleteAccountPolicy", Changes),
    row("logs", LogGroup, "PutTransformer", Changes),
    row("logs", LogGroup, "DeleteTransformer", Changes),
    row("logs", LogGroup, "PutResourcePolicy", Changes),
    row("logs", LogGroup, "DeleteResourcePolicy", Changes),
    row("logs", LogGroup, "PutLogGroupDeletionProtection", Changes),
    row("logs", LogGroup, "DeleteDestination", Narrows),
    row("logs", LogGroup, "PutDestination", Changes),
    row("logs", LogGroup, "PutDestinationPolicy", Changes),
    row("logs", LogGroup, "DeleteDelivery", Narrows),
    row("logs", LogGroup, "DeleteDeliverySource", Narrows),
    row("logs", LogGroup, "DeleteDeliveryDestination", Narrows),
    row("logs", LogGroup, "DeleteDeliveryDestinationPolicy", Narrows),
    row("logs", LogGroup, "PutDeliverySource", Changes),
    row("logs", LogGroup, "PutDeliveryDestination", Changes),
    row("logs", LogGroup, "PutDeliveryDestinationPolicy", Changes),
    row("logs", LogGroup, "UpdateDeliveryConfiguration", Changes),
    row("logs", LogGroup, "CreateDelivery", Begins),
    // A trail of the organisation ends for whoever is not a member any more, and for all where the service is not trusted any more.
    row("organizations", Organisation, "LeaveOrganization", Ends),
    row("organizations", Organisation, "RemoveAccountFromOrganization", Ends),
    row("organizations", Organisation, "DeleteOrganization", Ends),
    by("organizations", Organisation, "DisableAWSServiceAccess", |record| of_cloudtrail(record, Ends)),
    by("organizations", Organisation, "EnableAWSServiceAccess", |record| of_cloudtrail(record, Begins)),
    by("organizations", Organisation, "DeregisterDelegatedAdministrator", |record| of_cloudtrail(record, Changes)),
    by("organizations", Organisation, "RegisterDelegatedAdministrator", |record| of_cloudtrail(record, Changes)),
    row("organizations", Organisation, "MoveAccount", Changes),
    row("organizations", Organisation, "AcceptHandshake", Begins),
    row("organizations", Account, "CloseAccount", Ends),
    row("account", Account, "CloseAccount", Ends),
    row("billingconsole", Account, "CloseAccount", Ends),
    row("account", Account, "DisableRegion", Narrows),
    row("account", Account, "EnableRegion", Begins),
    // The role by which a trail delivers to a log group, and the one by which CloudTrail knows the organisation.
    row("iam", Role, "DeleteRole", Ends),
    row("iam", Role, "DeleteServiceLinkedRole", Ends),
    row("iam", Role, "DeleteRolePolicy", Ends),
    row("iam", Role, "DetachRolePolicy", Ends),
    row("iam", Role, "UpdateAssumeRolePolicy", Changes),
    row("iam", Role, "PutRolePolicy", Changes),
    row("iam", Role, "PutRolePermissionsBoundary", Narrows),
    row("iam", Role, "DeleteRolePermissionsBoundary", Begins),
    row("iam", Role, "CreateServiceLinkedRole", Begins),
];

/// The worst of several; `None` of none.
fn worst(effects: impl IntoIterator<Item = Option<Effect>>) -> Option<Effect> {
    effects.into_iter().flatten().min()
}

/// A member of the request that is true or false.
fn truth(record: &Record<'_>, name: &str) -> Option<bool> {
    record.value.at(&["requestParameters", name]).and_then(Value::truth)
}

/// What a switch does: off narrows, on widens.
fn switch(value: Option<bool>) -> Option<Effect> {
    value.map(|on| if on { Begins } else { Narrows })
}

#[allow(clippy::unnecessary_wraps, reason = "all rules are of one form")]
fn update_trail(record: &Record<'_>) -> Option<Effect> {
    let switches = ["isMultiRegionTrail", "includeGlobalServiceEvents", "isOrganizationTrail", "enableLogFileValidation"];
    let moved = ["s3BucketName", "s3KeyPrefix", "kmsKeyId", "cloudWatchLogsLogGroupArn", "cloudWatchLogsRoleArn"];
    let is_moved = moved.iter().any(|name| record.value.at(&["requestParameters", name]).is_some_and(|value| !value.is_null()));
    let effects = switches.iter().map(|name| switch(truth(record, name))).chain([is_moved.then_some(Changes)]);
    Some(worst(effects).unwrap_or(Changes))
}

/// Which events a trail takes: without management events it tells nothing of root.
#[allow(clippy::unnecessary_wraps, reason = "all rules are of one form")]
fn event_selectors(record: &Record<'_>) -> Option<Effect> {
    let list = |name: &str| record.value.at(&["requestParameters", name]).into_iter().flat_map(Value::elements);
    let plain = |selector: Value<'_>| {
        let has = |name: &str| selector.get(name).is_some_and(|list| list.elements().next().is_some());
        match selector.get("includeManagementEvents").and_then(Value::truth) {
            Some(false) => Ends,
            _ if has("excludeManagementEventSources") => Narrows,
            _ if selector.get("readWriteType").and_then(Value::text).is_some_and(|kind| kind != "All") => Narrows,
            _ => Begins,
        }
    };
    let advanced = |selector: Value<'_>| {
        let fields = || selector.get("fieldSelectors").into_iter().flat_map(Value::elements);
        let is_management = |one: &Value<'_>| {
            one.get("field").and_then(Value::text) == Some("eventCategory")
                && one.get("equals").is_some_and(|equals| equals.elements().any(|value| value.text() == Some("Management")))
        };
        match (fields().any(|one| is_management(&one)), fields().count()) {
            (false, _) => Ends,
            (true, 1) => Begins,
            (true, _) => Narrows,
        }
    };
    // One selector that takes them all is enough.
    Some(list("eventSelectors").map(plain).chain(list("advancedEventSelectors").map(advanced)).max().unwrap_or(Changes))
}

#[allow(clippy::unnecessary_wraps, reason = "all rules are of one form")]
fn update_store(record: &Record<'_>) -> Option<Effect> {
    let switches = ["multiRegionEnabled", "organizationEnabled", "terminationProtectionEnabled"];
    Some(worst(switches.iter().map(|name| switch(truth(record, name)))).unwrap_or(Changes))
}

/// Rules that let objects expire take logs away in time.
#[allow(clippy::unnecessary_wraps, reason = "all rules are of one form")]
fn lifecycle(record: &Record<'_>) -> Option<Effect> {
    let configuration = record.value.at(&["requestParameters", "LifecycleConfiguration"]);
    let Some(configuration) = configuration else { return Some(Narrows) };
    let rules: Vec<Value<'_>> = match configuration.get("Rule") {
        Some(rule) if rule.is_object() => vec![rule],
        Some(rules) => rules.elements().collect(),
        None => Vec::new(),
    };
    let expires = |rule: &Value<'_>| rule.get("Expiration").is_some() || rule.get("NoncurrentVersionExpiration").is_some();
    Some(if rules.is_empty() || rules.iter().any(expires) { Narrows } else { Changes })
}

#[allow(clippy::unnecessary_wraps, reason = "all rules are of one form")]
fn versioning(record: &Record<'_>) -> Option<Effect> {
    let status = record.value.at(&["requestParameters", "VersioningConfiguration", "Status"]).and_then(Value::text);
    Some(match status {
        Some("Suspended") => Narrows,
        Some("Enabled") => Begins,
        _ => Changes,
    })
}

/// The effect where the call is about CloudTrail's place in the organisation.
fn of_cloudtrail(record: &Record<'_>, effect: Effect) -> Option<Effect> {
    (record.request("servicePrincipal") == Some("cloudtrail.amazonaws.com")).then_some(effect)
}
