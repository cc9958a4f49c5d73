//! Enums whose variants have a name in tables and flags, so that a variant is one line.

/// Declares such an enum: beside it `ALL`, every variant in order, and `name`.
macro_rules! named {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        $vis enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every variant, in order.
            #[allow(dead_code, reason = "not each of these enums is gone through")]
            $vis const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// The name in tables and flags.
            #[must_use]
            $vis const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

pub(crate) use named;
