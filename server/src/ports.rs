//! Traits for what the services need from outside. The implementations are in [`adapters`](crate::adapters).

pub mod audit;
pub mod authenticators;
pub mod breached_passwords;
pub mod call_codes;
pub mod clock;
pub mod collected_audit;
pub mod devices;
pub mod directory;
pub mod frozen_accounts;
pub mod health_finding;
pub mod hr;
pub mod nodes;
pub mod notifier;
pub mod otp_provider;
pub mod rate_limits;
pub mod records;
pub mod sessions;
pub mod start_codes;
pub mod store;
pub mod waiting_resets;
