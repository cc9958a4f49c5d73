//! How far evidence can be believed: its integrity, what hours it covers, and what else knows of root's credentials.

pub mod coverage;
pub mod credential_report;
pub mod integrity;
