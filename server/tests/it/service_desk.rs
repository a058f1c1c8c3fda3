//! The service desk: agents verify callers and help them; abuse is refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

mod abuse;
mod actions;
mod calls;
mod faults;
mod operator;
mod overview;
mod start_codes;
mod world;
