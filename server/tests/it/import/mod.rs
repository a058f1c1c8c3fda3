//! Tests of the import with an in-memory directory and both stores: refused input, applied values, the report.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod abuse;
mod bad_input;
mod dates;
mod large_file;
mod real_world;
pub(crate) mod world;
