//! The code service: one contract for the fake and for Entrust, and what Entrust alone can do wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests and their help, where a panic is the finding")]

mod adapter;
mod contract;
mod published;
mod trouble;
mod world;

pub(crate) use world::{config, is_right, lock};
