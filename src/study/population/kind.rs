//! What was used of root.

use crate::evidence::record::credential::Credential;
use crate::root::Class;

/// What was used of root: the class of a record, and for plain calls what they were signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UseKind {
    /// A sign-in to the console that succeeded.
    SignIn,
    /// A password recovery that was completed.
    Recovery,
    /// A call from the console.
    Console,
    /// A call signed with a long-term key.
    LongTermKey,
    /// A call signed with a temporary key of unknown origin.
    Temporary,
    /// A call whose record shows no key.
    Unsigned,
    /// A call in a session that `sts:AssumeRoot` opened.
    PrivilegedSession,
    /// A call in a federated session.
    Federated,
    /// A call that a service made in a root session.
    ViaService,
}

impl UseKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::SignIn,
        Self::Recovery,
        Self::Console,
        Self::LongTermKey,
        Self::Temporary,
        Self::Unsigned,
        Self::PrivilegedSession,
        Self::Federated,
        Self::ViaService,
    ];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Recovery => "recovery",
            Self::Console => "console",
            Self::LongTermKey => "long_term_key",
            Self::Temporary => "temporary",
            Self::Unsigned => "unsigned",
            Self::PrivilegedSession => "privileged_session",
            Self::Federated => "federated",
            Self::ViaService => "via_service",
        }
    }

    /// The kind of a record by its class, credential and event name; `None` when it is no use of root.
    #[must_use]
    pub fn of(class: Class, credential: Credential, name: &str) -> Option<Self> {
        Some(match class {
            Class::SignIn if name == "PasswordRecoveryCompleted" => Self::Recovery,
            Class::SignIn => Self::SignIn,
            Class::ViaService => Self::ViaService,
            Class::PrivilegedSession => Self::PrivilegedSession,
            Class::Federated => Self::Federated,
            Class::Direct => match credential {
                Credential::Console => Self::Console,
                Credential::LongTermKey => Self::LongTermKey,
                Credential::Temporary => Self::Temporary,
                Credential::None => Self::Unsigned,
            },
            Class::Artefact | Class::Attempt | Class::Service | Class::AboutRoot => return None,
        })
    }
}
