//! Alerts: what alerting and ticketing tools say of root, as normalised alerts.
//!
//! [`read()`] takes the bytes of one export, tells the format by what is in it, never by a name, and gives [`Alert`]s; [`merge()`] makes one
//! alert of those that are the same, in whatever order the exports came. Nothing here opens a file, knows of incidents or computes a
//! time to detect: that stands on top of these types.
//!
//! To add a format, write one file beside the others with a `format::Format` in it, add a line to `formats::FORMATS` and a fixture of the
//! vendor's documented shape.

mod actor;
mod alert;
mod arn;
mod around;
mod cloudwatch;
mod document;
mod eventbridge;
mod field;
mod format;
mod formats;
mod guardduty;
mod import;
mod merge;
mod moment;
mod named;
mod note;
mod ocsf;
mod opsgenie;
mod own;
mod pagerduty;
mod read;
mod reading;
mod security_hub;
mod servicenow;
mod sheet;
mod sns;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use actor::{Act, Actor};
pub(crate) use alert::{Alert, Vendor};
pub(crate) use import::{Import, Options};
pub(crate) use merge::merge;
#[cfg(test)]
pub(super) use named::named;
pub(crate) use note::Note;
pub(crate) use read::read;
