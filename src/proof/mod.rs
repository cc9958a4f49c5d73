//! How far evidence can be believed: its integrity, what hours it covers, and what else knows of root's credentials.

pub(crate) mod coverage;
pub(crate) mod credential_report;
pub(crate) mod integrity;
