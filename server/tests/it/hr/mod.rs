//! The HR source: the contract on the fake and on the adapter over real HTTP, what HR may do wrong, and a whole round.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

mod adapter;
mod contract;
mod round;
mod source;
mod trouble;
mod world;
