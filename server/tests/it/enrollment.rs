//! The registration over fakes: who may register what, from when it counts, whom it tells.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

mod activation;
mod changes;
mod sign_in;
mod world;
