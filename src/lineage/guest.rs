//! Whom a policy lets in, told so that it can be held against who came.

use super::actor::{Arn, last, unique_id};
use super::kind::Kind;
use super::names::{Name, Names};

/// One principal of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Guest {
    /// `*`, and what S3, EC2 and RDS call everybody.
    Anyone,
    /// Whoever an account sends.
    Account(Name),
    /// Somebody of that account, whoever it is: all that the record of the account called into may tell.
    Within(Name),
    /// A user, a role or an identity provider: account and name.
    Identity(Kind, Name, Name),
    /// One session of a role: account, role and session.
    Session(Name, Name, Name),
    /// A unique id, which a policy shows once what it stood for is gone.
    Id(Name),
    /// A service, a provider without an ARN, a canonical user, an organisation: by its text.
    Named(Name),
}

impl Guest {
    /// A principal as a policy or a list spells it. Paths do not tell users or roles apart, and partitions do not either.
    pub(super) fn read(text: &str, names: &mut Names) -> Self {
        if text == "*"
            || text.eq_ignore_ascii_case("all")
            || text.ends_with("/groups/global/AllUsers")
            || text.ends_with("/AuthenticatedUsers")
        {
            return Self::Anyone;
        }
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Account(names.of(text));
        }
        if unique_id(text, "AIDA").or_else(|| unique_id(text, "AROA")).is_some() {
            return Self::Id(names.of(text));
        }
        let named = |names: &mut Names| Self::Named(names.of(text));
        let Some(arn) = Arn::parse(text).filter(|arn| !arn.account.is_empty()) else { return named(names) };
        let account = names.of(arn.account);
        if arn.resource == "root" {
            return Self::Account(account);
        }
        if let Some((role, session)) = arn.after("assumed-role/").and_then(|rest| rest.split_once('/')) {
            return Self::Session(account, names.of(role), names.of(session));
        }
        let kinds =
            [("user/", Kind::User), ("role/", Kind::Role), ("saml-provider/", Kind::SamlProvider), ("oidc-provider/", Kind::OidcProvider)];
        match kinds.into_iter().find_map(|(prefix, kind)| Some((kind, arn.after(prefix)?))) {
            // The name of such a provider is an address with a path.
            Some((Kind::OidcProvider, name)) => Self::Identity(Kind::OidcProvider, account, names.of(name)),
            Some((kind, name)) => Self::Identity(kind, account, names.of(last(name))),
            None => named(names),
        }
    }

    /// The account that it is of.
    pub(super) const fn account(self) -> Option<Name> {
        match self {
            Self::Account(account) | Self::Within(account) | Self::Identity(_, account, _) | Self::Session(account, _, _) => Some(account),
            Self::Anyone | Self::Id(_) | Self::Named(_) => None,
        }
    }

    /// What a record that shows no more of a caller than the account can be held against.
    pub(super) const fn within(self) -> Option<Self> {
        match self {
            Self::Identity(Kind::User | Kind::Role, account, _) | Self::Session(account, _, _) => Some(Self::Within(account)),
            _ => None,
        }
    }
}
