//! From inflated bytes to records.
//!
//! [`envelope`] finds where each record starts and ends, whatever it is wrapped in ([`kind`]), and keeps a [`tally`]; [`prefilter`] says
//! which can matter; [`view`] parses those and names their fields. Nothing here knows of files, threads or root.

pub mod content;
pub(crate) mod credential;
pub(crate) mod delimit;
pub mod envelope;
mod form;
pub(crate) mod history;
pub(crate) mod kind;
pub(crate) mod likeness;
pub(crate) mod logging;
pub(crate) mod management;
pub(crate) mod needles;
pub(crate) mod outcome;
mod parse;
mod plain;
pub(crate) mod prefilter;
mod repair;
pub(crate) mod restore;
pub(crate) mod tally;
mod tape;
pub(crate) mod time;
pub(crate) mod view;
pub(crate) mod walk;
mod window;

pub use delimit::Delimiter;
pub use envelope::{Found, Sink, Verdict};
pub use form::Form;
pub(crate) use form::MIXED;
pub(crate) use tally::Tally;
pub use view::{Parser, Record};
pub(crate) use window::Feed;
pub use window::Window;
