//! An S3 server on loopback: real sockets, real signatures, real XML, buckets in memory. What the program is told to read lies in a [`Store`];
//! a [`Server`] answers for it, keeps what it was asked, and breaks its answers where a test says so.
//!
//! Addressing is by path only. Not built: multipart upload, versions beside the one an object has, deletion, tagging, ACLs.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

mod answers;
mod faults;
mod requests;
mod server;
mod store;

#[allow(unused_imports)]
pub use self::{
    faults::{Fault, every_nth},
    requests::{Operation, Seen},
    server::{Options, Server, serve_forever},
    store::{Put, Refusal, Store},
};

/// The one key the server knows, from AWS's documentation.
pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// The region clients sign for where a test does not say. A bucket without a region of its own answers for any.
pub const REGION: &str = "us-east-1";
