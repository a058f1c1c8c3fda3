//! Tests of the authenticators port: one contract suite for the fake and the Entrust administration API, faults of the
//! API, and the reduced implementation without admin credentials.
#![expect(clippy::unwrap_used, reason = "tests and their helpers; a panic is a failed test")]

mod adapter;
mod app_state;
mod contract;
mod failures;
mod mock_server;
mod responses;
mod wiring;
mod world;
