//! Offline CloudTrail forensics: what the AWS root user did, and how far the logs can prove it.
//!
//! This page is the front of the library: what it takes to scan evidence, to look at a case, to convert records, and to say how far
//! a result can be believed. The command line stands on the same parts. `docs/architecture.md` shows how they hang together.
//!
//! ```
//! use rootline::source::Disk;
//! use rootline::{Config, Silent};
//!
//! let evidence = Disk::new(vec!["testdata/takeover".into()], None);
//! let scan = rootline::scan(&[&evidence], &Config::default(), &Silent)?;
//! let used = scan.activities.iter().filter(|activity| activity.label.class.is_usage()).count();
//! assert!(used > 0);
//! # Ok::<(), rootline::Error>(())
//! ```
//!
//! The folder `examples` has one for each of these: `scan`, `timeline` (a case as a polars data frame), `convert` and `verdict`.

// What is public is the front below, and what it gives out.
#![cfg_attr(not(test), warn(unreachable_pub))]

mod case;
#[doc(hidden)]
pub mod cli;
mod corpus;
mod error;
mod evidence;
mod lineage;
mod named;
mod pipeline;
mod proof;
mod report;
mod review;
mod root;
#[cfg(test)]
mod skipped;
mod statistics;
mod study;

pub use case::Case;
pub use case::activity::Activity;
pub use case::assemble::Folded;
pub use error::{Cause, Error, Result, S3Trouble};
pub use evidence::filter::Filter;
pub use pipeline::{Config, DigestText, Progress, Scan, Silent, pool, scan};
pub use root::{Class, Label, Need, Phase, label};

/// Where evidence lies. To read from another place, implement [`Source`](source::Source).
pub mod source {
    pub use crate::evidence::source::{Disk, Flow, Key, Kind, Known, Listing, Object, Passed, Place, Source, Stdin, Step, Stored, Why};

    /// Evidence in S3.
    pub mod s3 {
        pub use crate::evidence::source::s3::{
            Arrival, Body, CONCURRENCY, Credentials, Estimate, Head, LATE, Location, Report, S3, S3Flow, Scope, Settings, runtime,
        };
    }
}

/// What one record says.
pub mod record {
    pub use crate::evidence::record::logging::Event;
    pub use crate::evidence::record::time::{Micros, format as format_time, parse as parse_time};
    pub use crate::evidence::record::view::{Category, Identity, NotAnObject, Value};
    pub use crate::evidence::record::{Form, Parser, Record};
    pub use crate::root::Grant;
}

/// The tables of a case.
pub mod table {
    pub use crate::case::spool::{Place as TextPlace, Texts};
    pub use crate::case::table::manifest::{Row as ManifestRow, Status};
    pub use crate::case::table::{Cell, DataFrame, SCHEMA_VERSION, Table};
    pub use crate::evidence::source::results::{
        ALERTS, ATTESTATION, ATTESTATION_TEXT, COVERAGE, DETECTION, DETECTION_REPORT, INCIDENTS, INTEGRITY, JOURNAL, LINEAGE, MANIFEST,
        RECORDS, REVIEW, SUMMARY, TIMELINE, TRACE, TRACE_REPORT,
    };
}

/// Every record into tables by account and day.
pub mod convert {
    pub use crate::case::spool::Spool;
    pub use crate::pipeline::convert::{Converted, Written, read};
}

/// How far a result can be believed: what digests prove, what each hour is known to hold, and the verdict.
pub mod verdict {
    pub use crate::pipeline::verdict::judge;
    pub use crate::pipeline::verify::verify;
    pub use crate::proof::coverage::verdict::{Account, Gap, Measure, Observation, Seen, Verdict, overall};
    pub use crate::proof::coverage::{Cell, Coverage, Expected, State};
    pub use crate::proof::integrity::{Keys, Validation};
}

/// Filter patterns of CloudWatch Logs over records.
pub mod pattern {
    pub use crate::review::pattern::{Fault, Pattern};
}

/// What grew out of root, or out of any credential.
pub mod trace {
    pub use crate::lineage::{Certainty, Edge, Lineage, Needle, Node, Note, Span, Standing, Start, Step, Trace, Traced, Tracing};
    pub use crate::pipeline::trace::{Labelled, Roots, trace};
}

/// For the tests and benches of this package, and bound to change.
#[doc(hidden)]
pub mod internals {
    pub use crate::case::spool::{Group, Item, Runs};
    pub use crate::case::table::columns::Rows;
    pub use crate::case::table::event::Origin;
    pub use crate::case::table::{TableWriter, manifest, records, timeline};
    pub use crate::corpus::digests::{KEYS, SIGNATURES, Signer};
    pub use crate::corpus::{Plan, Profile, make};
    pub use crate::evidence::inflate::Inflater;
    pub use crate::evidence::record::prefilter::{Prefilter, Wanted};
    pub use crate::evidence::record::view::OTHER_TYPES;
    pub use crate::evidence::record::{Delimiter, Found, Sink, Verdict, Window, content, envelope};
    pub use crate::root::WANTED;
}
