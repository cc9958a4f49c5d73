//! Who a record says has acted, as far as a lineage needs it.

use super::names::{Name, Names};
use crate::evidence::record::time::Micros;
use crate::evidence::record::view::Record;

/// The sort of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Root of an account. A session or a user that is *called* root is not.
    Root,
    /// An IAM user.
    User,
    /// A session of a role.
    Role,
    /// A session of `GetFederationToken`.
    Federated,
    /// A principal of another account, of which only the id is told.
    Outsider,
    /// A user of an identity store.
    Directory,
    /// An AWS service.
    Service,
    /// Anything else.
    Other,
}

/// Who acted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Actor {
    pub(super) sort: Sort,
    /// The account that the identity belongs to; where the record does not tell, that of the record.
    pub(super) account: Name,
    /// The account as the identity itself tells it; a user of a web identity provider has none.
    pub(super) home: Name,
    /// Of the user, the role, or the user that issued a federated session; none where root issued it.
    pub(super) name: Name,
    /// `AIDA...` or `AROA...`; none where the record shows something else.
    pub(super) id: Name,
    /// Name of the session.
    pub(super) session: Name,
    /// `AROA...:session` as delivered; of a directory user the id in its store.
    pub(super) principal: Name,
    pub(super) key: Name,
    pub(super) arn: Name,
    /// What the record calls somebody of whom it tells no more: a principal id, a user name of a provider, a service.
    pub(super) told: Name,
    /// `creationDate`.
    pub(super) start: Option<Micros>,
}

impl Actor {
    /// Nobody that can be followed.
    pub(super) const NOBODY: Self = Self {
        sort: Sort::Other,
        account: Name::NONE,
        home: Name::NONE,
        name: Name::NONE,
        id: Name::NONE,
        session: Name::NONE,
        principal: Name::NONE,
        key: Name::NONE,
        arn: Name::NONE,
        told: Name::NONE,
        start: None,
    };

    pub(super) fn read(record: &Record<'_>, names: &mut Names) -> Self {
        let identity = &record.identity;
        let arn = identity.arn.and_then(Arn::parse);
        let account = identity.account_id.or(arn.map(|arn| arn.account)).filter(|account| !account.is_empty());
        let home = account;
        let account = account.or(record.recipient_account_id);
        let principal = identity.principal_id.unwrap_or_default();
        let (id, after) = principal.split_once(':').map_or((principal, None), |(id, session)| (id, Some(session)));
        let sort = sort_of(record, arn);
        let mut actor = Self {
            sort,
            account: names.of_option(account),
            home: names.of_option(home),
            key: names.of_option(identity.access_key_id),
            arn: names.of_option(identity.arn),
            told: names.of_option(match sort {
                Sort::Service => identity.invoked_by.or(record.source_ip),
                Sort::Other => identity.user_name.or(identity.principal_id),
                _ => identity.principal_id,
            }),
            start: identity.session_start,
            ..Self::NOBODY
        };
        match sort {
            Sort::User => {
                let name = arn.and_then(|arn| arn.after("user/")).map(last).or(identity.user_name);
                actor.name = names.of_option(name);
                actor.id = names.of_option(unique_id(id, "AIDA"));
            }
            Sort::Role => {
                let assumed = arn.and_then(|arn| arn.after("assumed-role/")).and_then(|rest| rest.split_once('/'));
                let issuer = identity.issuer_arn.and_then(Arn::parse).and_then(|arn| arn.after("role/")).map(last);
                let own = arn.and_then(|arn| arn.after("role/")).map(last);
                actor.name = names.of_option(assumed.map(|(role, _)| role).or(issuer).or(own));
                actor.session = names.of_option(assumed.map(|(_, session)| session).or(after));
                actor.id = names.of_option(unique_id(id, "AROA").or_else(|| issuer_id(record, "AROA")));
                actor.principal = names.of_option(unique_id(id, "AROA").map(|_| principal));
            }
            Sort::Federated => {
                let session = arn.and_then(|arn| arn.after("federated-user/")).or(after);
                actor.session = names.of_option(session);
                if identity.issuer_kind != Some("Root") {
                    let issuer = identity.issuer_arn.and_then(Arn::parse).and_then(|arn| arn.after("user/")).map(last);
                    actor.name = names.of_option(issuer);
                    actor.id = names.of_option(issuer_id(record, "AIDA"));
                }
                actor.principal = names.of_option(after.map(|_| principal));
            }
            Sort::Outsider => {
                actor.id = names.of_option(unique_id(id, "AIDA").or_else(|| unique_id(id, "AROA")));
                actor.session = names.of_option(after);
                actor.principal = names.of_option(after.map(|_| principal));
            }
            Sort::Directory => {
                let user = record.value.at(&["userIdentity", "onBehalfOf"]).and_then(|user| user.filled("userId"));
                actor.principal = names.of_option(user.or(identity.principal_id));
            }
            Sort::Root | Sort::Service | Sort::Other => {}
        }
        actor
    }
}

fn sort_of(record: &Record<'_>, arn: Option<Arn<'_>>) -> Sort {
    match record.identity.kind {
        Some("Root") => Sort::Root,
        Some("IAMUser") => Sort::User,
        Some("AssumedRole" | "Role") => Sort::Role,
        Some("FederatedUser") => Sort::Federated,
        Some("AWSAccount") => Sort::Outsider,
        Some("IdentityCenterUser") => Sort::Directory,
        Some("AWSService") => Sort::Service,
        // What records of the access portal call its users before they have a type of their own.
        Some("Unknown") if record.event_source == Some("sso.amazonaws.com") => Sort::Directory,
        Some(_) => Sort::Other,
        // Old and trimmed records lose the type.
        None => match arn {
            Some(arn) if arn.service == "iam" && arn.resource == "root" => Sort::Root,
            Some(arn) if arn.service == "iam" && arn.after("user/").is_some() => Sort::User,
            Some(arn) if arn.service == "sts" && arn.after("assumed-role/").is_some() => Sort::Role,
            Some(arn) if arn.service == "sts" && arn.after("federated-user/").is_some() => Sort::Federated,
            _ => Sort::Other,
        },
    }
}

fn issuer_id<'t>(record: &Record<'t>, prefix: &str) -> Option<&'t str> {
    let id = record.value.at(&["userIdentity", "sessionContext", "sessionIssuer"])?.filled("principalId")?;
    unique_id(id, prefix)
}

/// The text, if it is a unique id of that sort (IAM user guide, `reference_identifiers`): anonymised and old records have other things there.
pub(super) fn unique_id<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(prefix)?;
    (rest.len() >= 4 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(text)
}

/// The parts of an ARN that matter here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arn<'t> {
    pub(super) service: &'t str,
    pub(super) region: &'t str,
    pub(super) account: &'t str,
    pub(super) resource: &'t str,
}

impl<'t> Arn<'t> {
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (scheme, _partition) = (parts.next()?, parts.next()?);
        let (service, region, account, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        (scheme == "arn").then_some(Self { service, region, account, resource })
    }

    /// What follows `prefix` in the resource, unless that is nothing.
    pub(super) fn after(self, prefix: &str) -> Option<&'t str> {
        self.resource.strip_prefix(prefix).filter(|rest| !rest.is_empty())
    }
}

/// The last part of a path: names are unique in an account whatever their path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
