//! Stored bytes to records: where evidence lies, how it is packed, and what a CloudTrail record says.

pub(crate) mod account;
pub(crate) mod filter;
pub(crate) mod inflate;
pub(crate) mod record;
pub(crate) mod region;
pub(crate) mod source;
pub(crate) mod sync;
