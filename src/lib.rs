//! Offline CloudTrail forensics: what the AWS root user did, and how far the logs can prove it.
//!
//! The way of the data, one direction only:
//!
//! ```text
//! source (where) -> inflate (bytes) -> record (where each starts, which can matter, its fields) -> root (label)
//!        -> assemble (order, copies, sessions), or spool (all records, in order) -> table (Parquet)
//! timeline -> session (sessions, incidents, break-glass windows) -> detect (alerts, time to detect) -> study (accounts and years)
//! manifest, digests -> integrity -> coverage (verdict)      timeline, evidence again -> lineage (what grew out of root)
//! ```
//!
//! [`pipeline`] is the only place that wires these; every other module takes plain values and knows nothing of the command line,
//! of clocks or of progress bars. Only [`source::s3`] knows tokio and the AWS SDK.
//!
//! To add a place to read from, implement [`source::Source`]; an envelope, add a [`record::Form`] and a fixture; a class or task, add
//! to [`root`]; a column, add to the schema in [`table`]; a signal, a row in `session::triage`; a format of alerts, a file in [`detect::alerts`]; a metric, a row in
//! [`detect::metrics`] or a file in [`study::metrics`].
//!
//! ```
//! use rootline::pipeline::{self, Config, Silent};
//! use rootline::evidence::source::Disk;
//!
//! let evidence = Disk::new(vec!["testdata/takeover".into()], None);
//! let scan = pipeline::scan(&[&evidence], &Config::default(), &Silent)?;
//! let used = scan.activities.iter().filter(|activity| activity.label.class.is_usage()).count();
//! assert!(used > 0);
//! # Ok::<(), rootline::error::Error>(())
//! ```

pub mod case;
pub mod cli;
pub mod corpus;
pub mod error;
pub mod evidence;
pub mod lineage;
pub mod pipeline;
pub mod proof;
pub mod report;
pub mod review;
pub mod root;
pub mod statistics;
pub mod study;
