//! The integration tests, in one binary: port contracts, services, HTTP API and the whole product.

mod audit;
mod authenticators;
mod breached_passwords;
mod coverage;
mod directory;
mod documentation;
mod enrollment;
mod fifty_addresses;
mod hr;
mod import;
mod monitoring;
mod notifications;
mod otp_provider;
mod packaging;
mod parsers;
mod product;
mod proxies;
mod reset;
mod retention;
mod secrets_in_debug_output;
mod service_desk;
mod store;
mod tls_failures;
mod wire;
