//! What was used of root.

use crate::evidence::record::credential::Credential;
use crate::named::named;
use crate::root::Class;

named! {
    /// What was used of root: the class of a record, and for plain calls what they were signed with.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum UseKind {
        /// A sign-in to the console that succeeded.
        SignIn = "sign_in",
        /// A password recovery that was completed.
        Recovery = "recovery",
        /// A call from the console.
        Console = "console",
        /// A call signed with a long-term key.
        LongTermKey = "long_term_key",
        /// A call signed with a temporary key of unknown origin.
        Temporary = "temporary",
        /// A call whose record shows no key.
        Unsigned = "unsigned",
        /// A call in a session that `sts:AssumeRoot` opened.
        PrivilegedSession = "privileged_session",
        /// A call in a federated session.
        Federated = "federated",
        /// A call that a service made in a root session.
        ViaService = "via_service",
    }
}

impl UseKind {
    /// The kind of a record by its class, credential and event name; `None` when it is not use of root.
    #[must_use]
    pub(crate) fn of(class: Class, credential: Credential, name: &str) -> Option<Self> {
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
