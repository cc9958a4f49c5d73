//! Resources that others are let into: who opens them, and who of another account comes to them.
//!
//! One row a call. What a call opens that cannot be followed is told of by name.

use super::super::actor::{Arn, Sort};
use super::super::effect::{Effect, Slot, Thing};
use super::super::guest::Guest;
use super::super::kind::Kind;
use super::super::names::Name;
use super::policy::{self, Admitted};
use super::{Call, is_everywhere, last};
use crate::evidence::record::view::Value;

/// What a call says of whom it lets in.
enum Says {
    /// A policy that takes the place of the one before.
    Policy(&'static [&'static str]),
    /// An attribute of this name, given with others or alone, that is such a policy.
    Attribute(&'static str),
    /// Principals under one of the names, added under a label that takes them away again. Some calls may bring a whole policy instead.
    Labelled { principals: &'static [&'static str], label: &'static [&'static str] },
    /// Accounts that are added and taken away.
    Listed { added: &'static [&'static [&'static str]], removed: &'static [&'static [&'static str]] },
    /// Grants of an access control list.
    Grants,
    /// The label's principals may no longer come in.
    Unlabelled(&'static [&'static str]),
    /// The policy is gone.
    Nobody,
}

struct Row {
    service: &'static str,
    /// Without the date of the interface that some names end with.
    event: &'static str,
    noun: &'static str,
    /// Where the request or the answer names the resource.
    named: &'static [&'static str],
    says: Says,
}

const fn row(service: &'static str, event: &'static str, noun: &'static str, named: &'static [&'static str], says: Says) -> Row {
    Row { service, event, noun, named, says }
}

const LABELS: &[&str] = &["label", "statementId", "sid"];

const ROWS: &[Row] = &[
    row("s3", "PutBucketPolicy", "bucket", &["bucketName"], Says::Policy(&["bucketPolicy", "policy"])),
    row("s3", "DeleteBucketPolicy", "bucket", &["bucketName"], Says::Nobody),
    row("s3", "PutBucketAcl", "bucket", &["bucketName"], Says::Grants),
    row("kms", "PutKeyPolicy", "key", &["keyId"], Says::Policy(&["policy"])),
    row("kms", "CreateGrant", "key", &["keyId"], Says::Labelled { principals: &["granteePrincipal"], label: &["grantId"] }),
    row("kms", "RevokeGrant", "key", &["keyId"], Says::Unlabelled(&["grantId"])),
    row("kms", "RetireGrant", "key", &["keyId"], Says::Unlabelled(&["grantId"])),
    row("lambda", "AddPermission", "function", &["functionName"], Says::Labelled { principals: &["principal"], label: LABELS }),
    row("lambda", "RemovePermission", "function", &["functionName"], Says::Unlabelled(LABELS)),
    row("sqs", "SetQueueAttributes", "queue", &["queueUrl"], Says::Attribute("Policy")),
    row("sqs", "CreateQueue", "queue", &["queueUrl", "queueName"], Says::Attribute("Policy")),
    row("sqs", "AddPermission", "queue", &["queueUrl"], Says::Labelled { principals: ACCOUNTS, label: LABELS }),
    row("sqs", "RemovePermission", "queue", &["queueUrl"], Says::Unlabelled(LABELS)),
    row("sns", "SetTopicAttributes", "topic", &["topicArn"], Says::Attribute("Policy")),
    row("sns", "CreateTopic", "topic", &["topicArn", "name"], Says::Attribute("Policy")),
    row("sns", "AddPermission", "topic", &["topicArn"], Says::Labelled { principals: ACCOUNTS, label: LABELS }),
    row("sns", "RemovePermission", "topic", &["topicArn"], Says::Unlabelled(LABELS)),
    row("secretsmanager", "PutResourcePolicy", "secret", &["arn", "secretId"], Says::Policy(&["resourcePolicy"])),
    row("secretsmanager", "DeleteResourcePolicy", "secret", &["arn", "secretId"], Says::Nobody),
    row("ecr", "SetRepositoryPolicy", "repository", &["repositoryName"], Says::Policy(&["policyText"])),
    row("ecr", "DeleteRepositoryPolicy", "repository", &["repositoryName"], Says::Nobody),
    row(
        "ec2",
        "ModifySnapshotAttribute",
        "snapshot",
        &["snapshotId"],
        Says::Listed { added: &[&["createVolumePermission", "add"]], removed: &[&["createVolumePermission", "remove"]] },
    ),
    row(
        "ec2",
        "ModifyImageAttribute",
        "image",
        &["imageId"],
        Says::Listed { added: &[&["launchPermission", "add"]], removed: &[&["launchPermission", "remove"]] },
    ),
    row(
        "rds",
        "ModifyDBSnapshotAttribute",
        "db_snapshot",
        &["dBSnapshotIdentifier"],
        Says::Listed { added: &[&["valuesToAdd"]], removed: &[&["valuesToRemove"]] },
    ),
    row(
        "rds",
        "ModifyDBClusterSnapshotAttribute",
        "db_snapshot",
        &["dBClusterSnapshotIdentifier"],
        Says::Listed { added: &[&["valuesToAdd"]], removed: &[&["valuesToRemove"]] },
    ),
    row("events", "PutPermission", "event_bus", &["eventBusName"], Says::Labelled { principals: &["principal"], label: LABELS }),
    row("events", "RemovePermission", "event_bus", &["eventBusName"], Says::Unlabelled(LABELS)),
];

const ACCOUNTS: &[&str] = &["aWSAccountIds", "aWSAccountId"];

/// Calls that open something through which nobody is followed: service, and how the name of the call begins.
const UNFOLLOWED: &[(&str, &str)] = &[
    ("acm-pca", "PutPolicy"),
    ("backup", "PutBackupVaultAccessPolicy"),
    ("codeartifact", "PutDomainPermissionsPolicy"),
    ("codeartifact", "PutRepositoryPermissionsPolicy"),
    ("codebuild", "PutResourcePolicy"),
    ("cognito-identity", "SetIdentityPoolRoles"),
    ("dynamodb", "PutResourcePolicy"),
    ("ecr", "PutRegistryPolicy"),
    ("eks", "AssociateAccessPolicy"),
    ("eks", "CreateAccessEntry"),
    ("elasticfilesystem", "PutFileSystemPolicy"),
    ("es", "AuthorizeVpcEndpointAccess"),
    ("glacier", "SetVaultAccessPolicy"),
    ("glue", "PutResourcePolicy"),
    ("kinesis", "PutResourcePolicy"),
    ("lambda", "AddLayerVersionPermission"),
    ("lambda", "CreateFunctionUrlConfig"),
    ("lambda", "UpdateFunctionUrlConfig"),
    ("logs", "PutDestinationPolicy"),
    ("logs", "PutResourcePolicy"),
    ("organizations", "PutResourcePolicy"),
    ("organizations", "RegisterDelegatedAdministrator"),
    ("ram", "AssociateResourceShare"),
    ("ram", "CreateResourceShare"),
    ("redshift", "AuthorizeDataShare"),
    ("redshift", "AuthorizeSnapshotAccess"),
    ("rolesanywhere", "CreateProfile"),
    ("rolesanywhere", "CreateTrustAnchor"),
    ("rolesanywhere", "EnableProfile"),
    ("rolesanywhere", "EnableTrustAnchor"),
    ("rolesanywhere", "UpdateProfile"),
    ("rolesanywhere", "UpdateTrustAnchor"),
    ("s3", "CreateAccessPoint"),
    ("s3", "PutAccessPointPolicy"),
    ("s3", "PutObjectAcl"),
    ("ses", "CreateEmailIdentityPolicy"),
    ("ses", "PutIdentityPolicy"),
    ("ssm", "ModifyDocumentPermission"),
    ("ssm", "PutResourcePolicy"),
    ("sso", "CreateTrustedTokenIssuer"),
    ("sso", "UpdateSsoConfiguration"),
    ("vpc-lattice", "PutResourcePolicy"),
];

/// What a request names a resource by when somebody comes to it, by service: a sort of resource and the names of its field.
const VISITED: &[(&str, &str, &[&str])] = &[
    ("s3", "bucket", &["bucketName"]),
    ("kms", "key", &["keyId"]),
    ("lambda", "function", &["functionName"]),
    ("sqs", "queue", &["queueUrl"]),
    ("sns", "topic", &["topicArn", "targetArn"]),
    ("secretsmanager", "secret", &["secretId"]),
    ("ecr", "repository", &["repositoryName"]),
    ("ec2", "snapshot", &["snapshotId", "sourceSnapshotId"]),
    ("ec2", "image", &["imageId", "sourceImageId"]),
    (
        "rds",
        "db_snapshot",
        &[
            "dBSnapshotIdentifier",
            "sourceDBSnapshotIdentifier",
            "dBClusterSnapshotIdentifier",
            "sourceDBClusterSnapshotIdentifier",
            "snapshotIdentifier",
        ],
    ),
    ("events", "event_bus", &["eventBusName"]),
];

/// Calls that say of a sort of resource whom it lets in. Services give themselves grants all the time, and those shut nothing.
pub(super) fn events_of(noun: &str) -> impl Iterator<Item = &'static str> {
    ROWS.iter().filter(move |row| row.noun == noun && row.event != "CreateGrant").map(|row| row.event)
}

/// Resources of one record that are looked at.
const MOST: usize = 8;

/// A member by its name in whatever case: services write `dBSnapshotIdentifier` and `DBSnapshotIdentifier`.
pub(super) fn member<'t>(value: Value<'t>, name: &str) -> Option<Value<'t>> {
    value.get(name).or_else(|| value.members().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    let source = call.record.event_source.unwrap_or_default();
    let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    // Event names may bear the date of the interface: `AddPermission20150331v2`.
    let letters = event.find(|c: char| c.is_ascii_digit()).map_or(event, |at| &event[..at]);
    if let Some(row) = ROWS.iter().find(|row| row.service == service && row.event == letters) {
        opened(call, row);
        return;
    }
    if UNFOLLOWED.iter().any(|(of, name)| *of == service && letters.starts_with(name)) {
        let what = unfollowed(call);
        call.add(Effect::Unfollowed(what));
        return;
    }
    visited(call, service);
}

/// What the request calls the thing: the first name in it, or nothing.
fn unfollowed(call: &mut Call<'_, '_>) -> Name {
    let request = call.record.value.get("requestParameters");
    let is_name = |key: &str| {
        let key = key.to_ascii_lowercase();
        ["name", "id", "arn", "resource"].iter().any(|end| key.ends_with(end))
    };
    let first = request.into_iter().flat_map(Value::members).find(|(key, value)| is_name(key) && value.text().is_some());
    first.and_then(|(_, value)| value.text()).map_or(Name::NONE, |text| call.names.of(text))
}

/// Text in the request or else in the answer, by one of the names.
fn named<'t>(call: &Call<'_, 't>, keys: &[&str]) -> Option<&'t str> {
    let of = |part: &str| {
        let part = call.record.value.get(part)?;
        keys.iter().find_map(|key| member(part, key)?.text().filter(|text| !text.is_empty()))
    };
    of("responseElements").filter(|_| keys.first() == Some(&"arn")).or_else(|| of("requestParameters")).or_else(|| of("responseElements"))
}

/// A resource as everybody calls it: sort, region where names are of one, and name. The account is what the ARN or the URL tells.
fn resource(call: &mut Call<'_, '_>, noun: &str, text: &str) -> Option<Thing> {
    let arn = Arn::parse(text);
    let mut account = arn.map(|arn| arn.account).filter(|account| !account.is_empty());
    let mut region = arn.map(|arn| arn.region).filter(|region| !region.is_empty()).or(call.record.region).unwrap_or_default();
    let bare = arn.map_or(text, |arn| arn.resource);
    let name = match noun {
        "bucket" => bare.split('/').next().unwrap_or(bare),
        // `https://sqs.us-east-1.amazonaws.com/111122223333/name`, or an ARN.
        "queue" if text.starts_with("http") => {
            let mut parts = text.rsplit('/');
            let name = parts.next().unwrap_or_default();
            account = parts.next().filter(|account| account.len() == 12);
            region = text.split('.').nth(1).filter(|_| text.contains("//sqs.")).unwrap_or(region);
            name
        }
        "function" => {
            let rest = text.rsplit_once("function:").map_or(bare, |(_, name)| name);
            rest.split(':').next().unwrap_or(rest)
        }
        // ARNs of secrets end with a hyphen and six letters that the name has not.
        "secret" => {
            let name = bare.strip_prefix("secret:").unwrap_or(bare);
            let shorter = name.rsplit_once('-').filter(|(_, end)| arn.is_some() && end.len() == 6).map(|(name, _)| name);
            shorter.unwrap_or(name)
        }
        "repository" => bare.strip_prefix("repository/").unwrap_or(bare),
        "db_snapshot" => bare.rsplit(':').next().unwrap_or(bare),
        _ => last(bare),
    };
    if name.is_empty() {
        return None;
    }
    let name = if is_everywhere(noun) { format!("{noun}/{name}") } else { format!("{noun}/{region}/{name}") };
    let account = account.map_or(call.account, |account| call.names.of(account));
    Some(Thing { kind: Kind::Resource, account, name: call.names.of(&name), id: Name::NONE })
}

fn opened(call: &mut Call<'_, '_>, row: &Row) {
    let text = named(call, row.named).or_else(|| (row.noun == "event_bus").then_some("default"));
    let Some(door) = text.and_then(|text| resource(call, row.noun, text)) else { return };
    let request = call.record.value.get("requestParameters");
    let asked = |key: &str| request.and_then(|request| member(request, key));
    let of_names = |keys: &[&str]| keys.iter().find_map(|key| asked(key));
    match &row.says {
        Says::Policy(keys) => replaced(call, door, row, &Admitted::of(of_names(keys))),
        Says::Attribute(name) => {
            // `attributes: {Policy: ...}`, or `attributeName` and `attributeValue`.
            let given = asked("attributes").and_then(|attributes| member(attributes, name));
            let is_it = asked("attributeName").and_then(Value::text).is_some_and(|asked| asked.eq_ignore_ascii_case(name));
            let given = given.or_else(|| asked("attributeValue").filter(|_| is_it));
            if given.is_some() || is_it {
                replaced(call, door, row, &Admitted::of(given));
            }
        }
        Says::Labelled { principals, label } => {
            if let Some(policy) =
                asked("policy").filter(|policy| policy.is_object() || policy.text().is_some_and(|text| text.contains('{')))
            {
                replaced(call, door, row, &Admitted::of(Some(policy)));
                return;
            }
            let given = principals.iter().find_map(|key| asked(key)).map(policy::texts).unwrap_or_default();
            let label = named(call, label).map_or(Name::NONE, |label| call.names.of(label));
            let admitted = Admitted::listed(given.into_iter());
            opens(call, door, row, label, &admitted);
        }
        Says::Listed { added, removed } => {
            let of_paths = |paths: &[&[&str]]| -> Vec<String> {
                let at = |path: &&[&str]| path.iter().try_fold(request?, |value, key| member(value, key));
                paths.iter().filter_map(at).flat_map(policy::texts).collect()
            };
            // Each is a way of its own: it is taken away by itself.
            for gone in of_paths(removed) {
                let way = call.names.of(&gone);
                call.shut(door, Some(way));
            }
            for guest in of_paths(added) {
                let way = call.names.of(&guest);
                opens(call, door, row, way, &Admitted::listed(std::iter::once(guest)));
            }
        }
        Says::Grants => granted(call, door, row),
        Says::Unlabelled(label) => {
            let way = named(call, label).map(|label| call.names.of(label));
            if let Some(way) = way {
                call.shut(door, Some(way));
            }
        }
        Says::Nobody => call.shut(door, stands_beside(row).then_some(Name::NONE)),
    }
}

/// An access control list: what it says of groups and of others than the owner, or one of the lists that are ready.
fn granted(call: &mut Call<'_, '_>, door: Thing, row: &Row) {
    let request = call.record.value.get("requestParameters");
    let asked = |key: &str| request.and_then(|request| member(request, key));
    let canned = asked("x-amz-acl").map(policy::texts).unwrap_or_default();
    let is_public = |text: &String| text.starts_with("public-") || text.as_str() == "authenticated-read";
    let list = asked("AccessControlPolicy");
    let owner = list.and_then(|list| member(list, "Owner")).map(policy::texts).unwrap_or_default();
    let grants = list.and_then(|list| member(list, "AccessControlList")).and_then(|list| member(list, "Grant"));
    let lone = grants.filter(|grant| grant.is_object());
    let grantee = |grant: Value<'_>| {
        let grantee = member(grant, "Grantee")?;
        ["URI", "ID", "EmailAddress"].iter().find_map(|key| member(grantee, key)?.text().map(str::to_owned))
    };
    let mut given: Vec<String> = grants.into_iter().flat_map(Value::elements).chain(lone).take(256).filter_map(grantee).collect();
    for header in ["x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp"] {
        let texts = asked(header).map(policy::texts).unwrap_or_default();
        let parts = texts.iter().flat_map(|text| text.split(',')).filter_map(|part| part.split_once('='));
        given.extend(parts.map(|(_, who)| who.trim().trim_matches('"').to_owned()));
    }
    given.retain(|who| !owner.contains(who));
    if canned.iter().any(is_public) {
        given.push("*".to_owned());
    }
    let way = call.names.of("acl");
    call.shut(door, Some(way));
    if !given.is_empty() {
        opens(call, door, row, way, &Admitted::listed(given.into_iter()));
    }
}

fn replaced(call: &mut Call<'_, '_>, door: Thing, row: &Row, admitted: &Admitted) {
    call.shut(door, stands_beside(row).then_some(Name::NONE));
    opens(call, door, row, Name::NONE, admitted);
}

/// Grants of a key, and the list of a bucket, stand beside its policy.
fn stands_beside(row: &Row) -> bool {
    matches!(row.service, "kms" | "s3")
}

/// Whom the door lets in now that is of another account; a policy that speaks of nobody else opens nothing.
fn opens(call: &mut Call<'_, '_>, door: Thing, row: &Row, way: Name, admitted: &Admitted) {
    let guests: Vec<Guest> = admitted.principals.iter().map(|principal| Guest::read(principal, call.names)).collect();
    let own = door.account;
    let is_outside = |guest: &Guest| guest.account().is_none_or(|account| account != own);
    let label = call.names.text(door.name).to_owned();
    call.open(door, &label, way, admitted);
    if guests.iter().any(is_outside) || !admitted.is_read {
        let words = if admitted.is_read { admitted.words() } else { format!("{}: whom it lets in could not be read", row.event) };
        let detail = call.names.of(&words);
        // The way tells two of one door apart.
        call.add(Effect::Set { slot: Slot::Opened, on: Thing { id: way, ..door }, detail });
    }
}

/// Resources of other accounts than the caller's own, in what the call was about and in what it asked for.
fn visited(call: &mut Call<'_, '_>, service: &str) {
    // A service of AWS comes for somebody, and says so in a record of its own.
    let home = call.actor.home;
    if home.is_none() || matches!(call.actor.sort, Sort::Root | Sort::Service) {
        return;
    }
    let Some(_) = VISITED.iter().find(|(of, _, _)| *of == service) else { return };
    let mut things: Vec<Thing> = Vec::new();
    let resources = call.record.value.get("resources").into_iter().flat_map(Value::elements).take(MOST);
    let mut owner = Name::NONE;
    for one in resources {
        if let Some(account) = member(one, "accountId").and_then(Value::text).filter(|account| !account.is_empty()) {
            owner = call.names.of(account);
        }
        let Some(text) = member(one, "ARN").and_then(Value::text) else { continue };
        let Some(noun) = noun_of(text) else { continue };
        things.extend(resource(call, noun, text).map(|thing| if owner.is_none() { thing } else { Thing { account: owner, ..thing } }));
    }
    let request = call.record.value.get("requestParameters");
    for (_, noun, keys) in VISITED.iter().filter(|(of, _, _)| *of == service) {
        let texts = keys.iter().filter_map(|key| member(request?, key)?.text()).filter(|text| !text.is_empty());
        for text in texts.take(MOST) {
            let found = resource(call, noun, text);
            things.extend(found.map(|thing| if owner.is_none() { thing } else { Thing { account: owner, ..thing } }));
        }
    }
    // Who launches instances names the image of each.
    let items = request.and_then(|request| request.at(&["instancesSet", "items"]));
    for item in items.into_iter().flat_map(Value::elements).take(MOST) {
        let image = item.filled("imageId");
        things.extend(image.and_then(|image| resource(call, "image", image)));
    }
    things.sort_unstable_by_key(|thing| (call.names.text(thing.name).to_owned(), call.names.text(thing.account).to_owned()));
    things.dedup();
    for thing in things.into_iter().take(MOST) {
        // What lies in the caller's own account is nobody's door, unless an id alone cannot tell whose it is.
        let is_told = !owner.is_none() || call.account != home;
        let noun = call.names.text(thing.name).split('/').next().unwrap_or_default();
        if thing.account != home || !is_told && is_everywhere(noun) && noun != "bucket" {
            call.add(Effect::Visit(thing));
        }
    }
}

fn noun_of(text: &str) -> Option<&'static str> {
    let arn = Arn::parse(text)?;
    let resource = arn.resource;
    match arn.service {
        "s3" => Some("bucket"),
        "kms" if resource.starts_with("key/") => Some("key"),
        "lambda" if resource.starts_with("function:") => Some("function"),
        "sqs" => Some("queue"),
        "sns" => Some("topic"),
        "secretsmanager" => Some("secret"),
        "ecr" if resource.starts_with("repository/") => Some("repository"),
        "ec2" if resource.starts_with("snapshot/") => Some("snapshot"),
        "ec2" if resource.starts_with("image/") => Some("image"),
        "rds" if resource.starts_with("snapshot:") || resource.starts_with("cluster-snapshot:") => Some("db_snapshot"),
        "events" => Some("event_bus"),
        _ => None,
    }
}
