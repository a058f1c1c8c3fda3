//! Tests of the reset service over fakes: its answers, its calls to other systems, and what it stores.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod abuse;
mod claims;
mod floods;
pub(crate) mod frozen;
mod guessing;
mod high_impact;
mod samba_fault_run;
mod sent_codes;
mod sequences;
mod uniform_answers;
mod uniform_calls;
mod unlock;
pub(crate) mod world;
mod writes;
