//! The map of every run: one stored object in, one value out with all that was read of it.
//!
//! ```text
//! object -> stored (bytes: gzip, archives, plain) -> text (inflated: form, records) -> collect (each record) -> judge (its row)
//! ```
//!
//! Nothing here changes but a worker's own buffers, so that objects can be read in any order and on any machine. What becomes of the parts
//! is for the fold of the run.

mod archive;
mod collect;
mod doubt;
mod judge;
mod object;
mod part;
mod reader;
mod sought;
mod stored;
mod text;
pub(super) mod through;

pub(super) use part::Hit;
pub(super) use part::Part;
pub(super) use reader::{Reader, Worker};
pub(super) use sought::Sought;
