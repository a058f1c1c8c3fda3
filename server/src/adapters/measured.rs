//! The ports with a measurement of every call: how long it takes, whether it fails, and how many calls run.
//!
//! | module | content |
//! |---|---|
//! | `meter` | the measurement of the calls of one operation |
//! | `directory`, `code_provider`, `store`, `other` | the ports |
//!
//! The minimum response time and the waits of the services are outside these calls. An operation that only a right
//! birthdate causes is measured by a `meter::GroupedMeter`, which does not show single calls.

mod code_provider;
mod directory;
mod meter;
mod other;
mod store;

pub use code_provider::{MeasuredAuthenticators, MeasuredOtpProvider};
pub use directory::MeasuredDirectory;
pub use other::{MeasuredAudit, MeasuredBreachedPasswords, MeasuredHrSource, MeasuredTransport};
pub use store::MeasuredStore;
