//! Stateful in-memory implementations of all ports, for tests. They pass the same contract tests as the real adapters.

mod audit;
pub mod authenticators;
pub mod breached_passwords;
mod clock;
pub mod directory;
pub mod hr;
mod log_output;
pub mod notifier;
pub mod otp_provider;
pub mod parsers;
mod store;

pub use audit::MemoryAudit;
pub use clock::ManualClock;
pub use log_output::LogOutput;
pub use store::MemoryStore;

/// The cause of every error during an outage.
const OUTAGE: &str = "simulated outage";
