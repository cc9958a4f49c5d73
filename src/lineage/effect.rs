//! What one record did to identities and credentials, as the record tells it: names, not yet nodes.

use super::kind::Kind;
use super::names::Name;
use serde::Serialize;

/// A thing as records name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Thing {
    pub(super) kind: Kind,
    /// None for what is unique without one: access keys, permission sets.
    pub(super) account: Name,
    /// None for root and for what belongs to it alone.
    pub(super) name: Name,
    /// The id that no other thing ever bears, where the record shows one.
    pub(super) id: Name,
}

/// One effect of a successful call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Effect {
    /// The thing comes into being; `holder` is the identity it belongs to.
    Make { thing: Thing, holder: Option<Thing> },
    /// The thing, a password, is replaced by another of the same name, which is a thing of its own.
    Renew { thing: Thing, holder: Thing },
    /// The thing, which was there before, is altered so that the actor gains by it.
    Change(Thing),
    /// The actor got into the thing and may have used what it holds.
    Reach(Thing),
    /// The thing ends.
    End(Thing),
    /// The thing goes on under another name.
    Rename { from: Thing, to: Thing },
    /// STS gave temporary credentials.
    Issue(Issue),
    /// The actor signed in to the console.
    SignIn,
    /// The actor, a session of a role, is what the principal changed to in the console.
    SwitchFrom(Thing),
    /// `to` has its rights from `from`, from now on.
    Bind { from: Thing, to: Thing },
    /// No longer.
    Unbind { from: Thing, to: Thing },
    /// The function runs with the role.
    RunsAs { function: Thing, role: Thing, bare: Name },
    /// The permission set has a name, which its roles bear.
    Names { set: Thing, name: Name },
    /// The permission set is given to the principal in the account.
    Assign { assignment: Thing, set: Thing, account: Name, principal: Name },
    /// The instance runs, or no longer.
    Power { instance: Thing, on: bool },
    /// The instance was launched: what of, and where.
    Launch { instance: Thing, model: Name },
    /// A key or the like was switched on or off.
    Status { thing: Thing, active: bool },
    /// Something stands from now on.
    Set { slot: Slot, on: Thing, detail: Name },
    /// It no longer stands.
    Clear { slot: Slot, on: Thing, detail: Name },
}

/// Temporary credentials as the issuing record tells of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issue {
    pub(super) kind: Kind,
    /// None where the answer is missing.
    pub(super) key: Name,
    /// For [`Kind::RoleSession`].
    pub(super) role: Option<Thing>,
    pub(super) session: Name,
    /// `AROA...:session`.
    pub(super) principal: Name,
    /// The SAML or OIDC provider that vouched.
    pub(super) provider: Option<Thing>,
    /// The account the credentials are for.
    pub(super) account: Name,
}

/// What may stand at the end beside things that were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// Something was made and is still there.
    Made,
    /// A password was set.
    PasswordSet,
    /// A key was switched on.
    KeyActivated,
    /// A managed policy is attached.
    PolicyAttached,
    /// An inline policy was written.
    InlinePolicy,
    /// A permissions boundary was taken away.
    BoundaryRemoved,
    /// A version of a managed policy was made the default.
    PolicyVersion,
    /// Who may assume a role was changed.
    TrustChanged,
    /// A user is in a group.
    Member,
    /// An identity provider was changed.
    ProviderChanged,
    /// A role is in an instance profile.
    RoleInProfile,
    /// An instance has been given a profile.
    ProfileAssociated,
    /// The code or the role of a function was changed.
    FunctionChanged,
    /// The rights of a permission set were changed.
    PermissionSetChanged,
    /// An MFA device was taken from somebody.
    MfaRemoved,
    /// A trail was stopped.
    TrailStopped,
    /// A trail was deleted.
    TrailDeleted,
    /// A trail, or what it records, was changed.
    TrailChanged,
}

impl Slot {
    /// The name in tables and trees.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::PasswordSet => "password_set",
            Self::KeyActivated => "key_activated",
            Self::PolicyAttached => "policy_attached",
            Self::InlinePolicy => "inline_policy",
            Self::BoundaryRemoved => "boundary_removed",
            Self::PolicyVersion => "policy_version",
            Self::TrustChanged => "trust_changed",
            Self::Member => "member",
            Self::ProviderChanged => "provider_changed",
            Self::RoleInProfile => "role_in_profile",
            Self::ProfileAssociated => "profile_associated",
            Self::FunctionChanged => "function_changed",
            Self::PermissionSetChanged => "permission_set_changed",
            Self::MfaRemoved => "mfa_removed",
            Self::TrailStopped => "trail_stopped",
            Self::TrailDeleted => "trail_deleted",
            Self::TrailChanged => "trail_changed",
        }
    }

    /// Whether the same change by somebody who is not traced takes its place: what stands then is theirs.
    pub(super) const fn is_overwritten(self) -> bool {
        matches!(
            self,
            Self::PasswordSet
                | Self::TrustChanged
                | Self::PolicyVersion
                | Self::ProviderChanged
                | Self::ProfileAssociated
                | Self::TrailChanged
                | Self::InlinePolicy
        )
    }
}
