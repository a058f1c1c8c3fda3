//! The whole product: the real binary as a child process in the middle of its demo, asked over HTTP, and
//! its commands. Not the screens; browsers look at those.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod commands;
mod crash;
mod happy;
mod hr;
mod leaks;
mod parallel;
mod refused;
mod registered;
mod samba;
mod serving;
pub(crate) mod world;
