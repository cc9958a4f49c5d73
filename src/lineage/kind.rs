//! What a node of the graph can be.

use serde::Serialize;

/// The kind of an identity or credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The root user of an account.
    Root,
    /// An IAM user.
    User,
    /// An IAM group.
    Group,
    /// An IAM role.
    Role,
    /// A SAML identity provider.
    SamlProvider,
    /// An OpenID Connect identity provider.
    OidcProvider,
    /// What carries a role into an instance.
    InstanceProfile,
    /// A permission set of IAM Identity Center.
    PermissionSet,
    /// A permission set given to somebody in an account.
    Assignment,
    /// A user of an identity store.
    DirectoryUser,
    /// A member account.
    Account,
    /// A managed policy that belongs to an account.
    Policy,
    /// A long-term access key.
    AccessKey,
    /// A console password.
    LoginProfile,
    /// What a sign-in to the console opened.
    ConsoleSession,
    /// A session of a role.
    RoleSession,
    /// What `GetFederationToken` opened.
    FederatedSession,
    /// What `GetSessionToken` gave.
    SessionToken,
    /// Root of a member account, as `AssumeRoot` opens it.
    RootSession,
    /// An EC2 instance.
    Instance,
    /// A Lambda function.
    Function,
    /// A credential for one service (CodeCommit, Keyspaces, Bedrock).
    ServiceCredential,
    /// An X.509 signing certificate.
    SigningCertificate,
    /// An MFA device.
    MfaDevice,
    /// An SSH or CloudFront public key of a user.
    PublicKey,
    /// An EC2 key pair.
    KeyPair,
    /// A trail of CloudTrail. Nothing grows out of it, but it may stand stopped.
    Trail,
}

impl Kind {
    /// The name in tables and trees.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::SamlProvider => "saml_provider",
            Self::OidcProvider => "oidc_provider",
            Self::InstanceProfile => "instance_profile",
            Self::PermissionSet => "permission_set",
            Self::Assignment => "assignment",
            Self::DirectoryUser => "directory_user",
            Self::Account => "account",
            Self::Policy => "policy",
            Self::AccessKey => "access_key",
            Self::LoginProfile => "login_profile",
            Self::ConsoleSession => "console_session",
            Self::RoleSession => "role_session",
            Self::FederatedSession => "federated_session",
            Self::SessionToken => "session_token",
            Self::RootSession => "root_session",
            Self::Instance => "instance",
            Self::Function => "function",
            Self::ServiceCredential => "service_credential",
            Self::SigningCertificate => "signing_certificate",
            Self::MfaDevice => "mfa_device",
            Self::PublicKey => "public_key",
            Self::KeyPair => "key_pair",
            Self::Trail => "trail",
        }
    }

    /// Whether the name may be given again after a deletion, so that one name is several things in the course of time.
    pub(super) const fn is_reusable(self) -> bool {
        matches!(
            self,
            Self::User
                | Self::Group
                | Self::Role
                | Self::SamlProvider
                | Self::OidcProvider
                | Self::InstanceProfile
                | Self::Policy
                | Self::LoginProfile
                | Self::Function
        )
    }

    /// Whether the key or session of it signs requests, so that a record can bear it.
    pub(super) const fn is_signing(self) -> bool {
        matches!(self, Self::AccessKey | Self::RoleSession | Self::FederatedSession | Self::SessionToken | Self::RootSession)
    }
}
