//! The workflow over fakes: what it answers, whom it asks, what it leaves behind.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod abuse;
mod claims;
mod classes;
mod samba_fault_run;
mod sequences;
mod unlocking;
pub(crate) mod world;
mod writes;
