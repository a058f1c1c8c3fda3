//! The import over a directory in memory and both stores: what is refused, what is taken, what is reported.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod abuse;
mod bad_input;
mod many;
pub(crate) mod world;
