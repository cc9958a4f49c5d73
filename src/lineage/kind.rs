//! What a node of the graph can be.

use crate::named::named;
use serde::Serialize;

named! {
    /// The kind of an identity or credential.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Kind {
        /// The root user of an account.
        Root = "root",
        /// An IAM user.
        User = "user",
        /// An IAM group.
        Group = "group",
        /// An IAM role.
        Role = "role",
        /// A SAML identity provider.
        SamlProvider = "saml_provider",
        /// An OpenID Connect identity provider.
        OidcProvider = "oidc_provider",
        /// What carries a role into an instance.
        InstanceProfile = "instance_profile",
        /// A permission set of IAM Identity Center.
        PermissionSet = "permission_set",
        /// A permission set given to somebody in an account.
        Assignment = "assignment",
        /// A user of an identity store.
        DirectoryUser = "directory_user",
        /// A group of an identity store.
        DirectoryGroup = "directory_group",
        /// A member account.
        Account = "account",
        /// A managed policy that belongs to an account.
        Policy = "policy",
        /// A long-term access key.
        AccessKey = "access_key",
        /// A console password.
        LoginProfile = "login_profile",
        /// What a sign-in to the console opened.
        ConsoleSession = "console_session",
        /// A session of a role.
        RoleSession = "role_session",
        /// What `GetFederationToken` opened.
        FederatedSession = "federated_session",
        /// What `GetSessionToken` gave.
        SessionToken = "session_token",
        /// Root of a member account, as `AssumeRoot` opens it.
        RootSession = "root_session",
        /// An EC2 instance.
        Instance = "instance",
        /// A Lambda function.
        Function = "function",
        /// A credential for one service (CodeCommit, Keyspaces, Bedrock).
        ServiceCredential = "service_credential",
        /// An X.509 signing certificate.
        SigningCertificate = "signing_certificate",
        /// An MFA device.
        MfaDevice = "mfa_device",
        /// An SSH or CloudFront public key of a user.
        PublicKey = "public_key",
        /// An EC2 key pair.
        KeyPair = "key_pair",
        /// A bucket, key, queue, snapshot or the like that others may be let into; its name begins with what it is.
        Resource = "resource",
        /// What a traced identity opened and somebody came through: a role or a resource, with the policy of that time.
        Door = "door",
        /// Whoever came in through a door and is not traced otherwise.
        Visitor = "visitor",
        /// A trail of CloudTrail. Nothing grows out of it, but it may stand stopped.
        Trail = "trail",
    }
}

impl Kind {
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
