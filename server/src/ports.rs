//! What the workflow needs of the outside world, in the words of the trade. Not how it is done:
//! that is in `adapters`.

pub mod audit;
pub mod authenticators;
pub mod clock;
pub mod directory;
pub mod health_finding;
pub mod hr;
pub mod notifier;
pub mod otp_provider;
pub mod rate_limits;
pub mod records;
pub mod sessions;
pub mod store;
