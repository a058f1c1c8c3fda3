//! Tests of the HR port: one contract suite for the fake and the Youforce adapter over HTTP, faults of the HR API, and
//! a complete synchronisation.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

mod adapter;
mod contract;
mod failures;
mod sync;
mod sync_service;
mod world;

pub(crate) use world::fields;
