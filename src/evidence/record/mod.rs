//! From inflated bytes to records.
//!
//! [`envelope`] finds where each record starts and ends, whatever it is wrapped in ([`kind`]), and keeps a [`tally`]; [`prefilter`] says
//! which can matter; [`view`] parses those and names their fields. Nothing here knows of files, threads or root.

pub mod content;
pub mod credential;
pub mod delimit;
pub mod envelope;
pub mod history;
pub mod kind;
pub mod likeness;
pub mod logging;
pub mod management;
pub mod needles;
pub mod outcome;
mod parse;
mod plain;
pub mod prefilter;
mod repair;
pub mod restore;
pub mod tally;
mod tape;
pub mod time;
pub mod view;
pub mod walk;
mod window;

pub use delimit::Delimiter;
pub use envelope::{Found, Sink, Verdict};
pub use tally::{Form, MIXED, Tally};
pub use view::{Parser, Record};
pub use window::{Feed, Window};
