//! Tests of the OTP provider port: one contract suite for the fake and Entrust, and faults of Entrust.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers; a panic is a failed test")]

mod adapter;
mod contract;
mod failures;
mod outages;
mod published_api;
mod query_answers;
mod world;

pub(crate) use world::{config, is_right, lock};
