//! Tests of notices: the transports, the queue with its retries, and the notices about a reset.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests; a failure here is a failed test")]

mod leaks;
mod links;
mod mail;
mod outages;
mod product;
mod queue;
mod reset;
mod sms;
mod storage;
mod transports;
mod worker;
mod world;
