//! What one record did to identities and credentials, as the record tells it: names, not yet nodes.

use super::guest::Guest;
use super::kind::Kind;
use super::names::Name;
use crate::evidence::record::time::Micros;
use crate::named::named;
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
    /// The membership by which the user is in the group, whose end tells no more than its id.
    Membership { membership: Name, group: Thing, user: Thing },
    /// That membership ended.
    Leave(Name),
    /// The permission set is given to the principal in the account.
    Assign { assignment: Thing, set: Thing, account: Name, principal: Name, is_group: bool },
    /// The instance runs, or no longer.
    Power { instance: Thing, on: bool },
    /// The instance was launched: what of, and where.
    Launch { instance: Thing, model: Name },
    /// A key or the like was switched on or off.
    Status { thing: Thing, active: bool },
    /// Something stands from now on.
    Set { slot: Slot, on: Thing, detail: Name },
    /// Who may come into a role or a resource was written: what the door is called, and whether all of it was understood.
    Opened { door: Thing, label: Name, is_read: bool },
    /// The guest may come in.
    Admit { door: Thing, way: Name, guest: Guest },
    /// Those who may come in by that way may no longer; without one, nobody.
    Shut { door: Thing, way: Option<Name> },
    /// The actor, who is of another account than the resource, got something of it.
    Visit(Thing),
    /// A door was opened through which nobody is followed; what it is.
    Unfollowed(Name),
    /// A user of an identity store went from the access portal into an account, with the permission set of that name.
    Federate { account: Name, set: Name },
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
    /// The text that names whoever vouched, a provider without an ARN among them.
    pub(super) voucher: Name,
    /// When they end, if the record tells.
    pub(super) ends: Option<Micros>,
    /// The account the credentials are for.
    pub(super) account: Name,
}

named! {
    /// What may stand at the end beside things that were made.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Slot {
        /// Something was made and is still there.
        Made = "made",
        /// A password was set.
        PasswordSet = "password_set",
        /// A key was switched on.
        KeyActivated = "key_activated",
        /// A managed policy is attached.
        PolicyAttached = "policy_attached",
        /// An inline policy was written.
        InlinePolicy = "inline_policy",
        /// A permissions boundary was taken away.
        BoundaryRemoved = "boundary_removed",
        /// A version of a managed policy was made the default.
        PolicyVersion = "policy_version",
        /// Who may assume a role was changed.
        TrustChanged = "trust_changed",
        /// A user is in a group.
        Member = "member",
        /// An identity provider was changed.
        ProviderChanged = "provider_changed",
        /// A role is in an instance profile.
        RoleInProfile = "role_in_profile",
        /// An instance has been given a profile.
        ProfileAssociated = "profile_associated",
        /// The code or the role of a function was changed.
        FunctionChanged = "function_changed",
        /// The rights of a permission set were changed.
        PermissionSetChanged = "permission_set_changed",
        /// A policy or a list of a resource lets somebody in.
        Opened = "opened",
        /// Temporary credentials were given out and not used in the evidence.
        SessionOpened = "session_opened",
        /// An MFA device was taken from somebody.
        MfaRemoved = "mfa_removed",
        /// A trail was stopped.
        TrailStopped = "trail_stopped",
        /// A trail was deleted.
        TrailDeleted = "trail_deleted",
        /// A trail, or what it records, was changed.
        TrailChanged = "trail_changed",
    }
}

impl Slot {
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
