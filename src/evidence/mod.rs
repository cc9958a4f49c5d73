//! Stored bytes to records: where evidence lies, how it is packed, and what a CloudTrail record says.

pub mod account;
pub mod filter;
pub mod inflate;
pub mod record;
pub mod region;
pub mod source;
pub mod sync;
