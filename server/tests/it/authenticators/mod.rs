//! Authenticators: one contract for the fake and for Entrust's administration, what the adapter alone can meet, and
//! what is known without credentials.
#![expect(clippy::unwrap_used, reason = "tests and their help, where a panic is the finding")]

mod adapter;
mod answers;
mod contract;
mod eligibility;
mod peer;
mod trouble;
mod wiring;
mod world;
