//! The password reset service.
//!
//! | module | content |
//! |---|---|
//! | [`reset`] | the reset service and its state machine |
//! | [`enrollment`] | registration of birthdate, mobile number and app before a reset |
//! | [`service_desk`] | agents of the service desk verify callers and help them |
//! | [`freeze`] | freezes accounts, so that their passwords are not reset |
//! | [`ports`] | traits for what the services need from outside |
//! | [`adapters`] | implementations of the ports: LDAP, Entrust, the store … |
//! | [`wiring`] | creates adapters and services from the settings |
//! | [`http`] | router, middleware, API and pages |
//! | [`connections`] | limits and deadlines of the connections to both listeners |
//! | [`hangup`] | SIGHUP: reopens files and reloads the TLS certificate |
//! | [`jobs`] | scheduled work while the service runs |
//! | [`nodes`] | several nodes on one store: they announce themselves, and differences are found |
//! | [`backup`] | a copy of store, audit file and settings file, while the service runs |
//! | [`config`] | settings: one TOML file and the environment |
//! | [`crypto`] | key derivation, sealing and digests |
//! | [`breached`] | passwords known from data breaches |
//! | [`import`] | CSV import of registered values |
//! | [`hr_sync`] | scheduled import from the HR source |
//! | [`notifications`] | notices to account owners by mail and SMS |
//! | [`mobile`] | mobile numbers in E.164 |
//! | [`date_text`] | dates as other systems write them |
//! | [`record_values`] | the stored form of registered values: a birthdate as a digest, a number sealed |
//! | [`mod@reference`] | the reference that an employee reads aloud |
//! | [`qr`] | QR codes |
//! | [`random`] | random values from the operating system |
//! | `service` | starts and stops listeners and background tasks |
//! | `service_manager` | readiness and watchdog for systemd |
//! | `password_sign_in` | sign-in with user name and password; used by enrollment and service desk |
//! | `sealed_sessions` | sessions in the store, sealed; used by reset and enrollment |
//! | [`telemetry`], [`panic_hook`] | logging and metrics, and the report of a panic |
//! | [`operator_audit`] | audit entries of commands and background tasks |
//! | [`tls_certificate`] | reloads the TLS certificate when its files change, and reports when it expires |
//! | [`coverage`] | number of accounts that can use the reset, per organisational unit |
//! | [`person`] | export and deletion of one person's data |
//! | [`test_reset`] | a real reset of a test account, for `check` |
//! | [`retention`] | deletes the records of accounts that left or were disabled |
//! | [`version`] | version and commit of the binary |
//! | [`timing`] | compares the answers to different classes of subjects, for the command `timing` |
//! | `test_support` | fakes of the ports, with the feature `test-support` |
//!
//! `reset` never names an adapter, and an adapter never names `reset`; apart from the commands, only [`wiring`] uses
//! both.

mod account_records;
pub mod adapters;
mod app_activation;
pub mod backup;
pub mod breached;
pub mod config;
pub mod connections;
pub mod coverage;
pub mod crypto;
pub mod date_text;
pub mod enrollment;
pub mod freeze;
pub mod hangup;
pub mod hr_sync;
pub mod http;
pub mod import;
pub mod jobs;
pub mod mobile;
pub mod nodes;
pub mod notifications;
pub mod operator_audit;
pub mod panic_hook;
mod password_sign_in;
pub mod person;
pub mod ports;
pub mod qr;
pub mod random;
pub mod record_values;
pub mod reference;
pub mod reset;
pub mod retention;
mod sealed_sessions;
mod service;
pub mod service_desk;
mod service_manager;
pub mod telemetry;
pub mod test_reset;
#[cfg(any(test, feature = "test-support"))]
pub mod test_support;
pub mod timing;
pub mod tls_certificate;
pub mod version;
pub mod wiring;

pub use wiring::{authenticators, coverage_config, deps, enrollment_config, reset_config, router, store};

use crate::config::Settings;
use crate::hangup::Hangups;
use crate::service::Service;

/// Serves until `shutdown` completes. Open requests then have `shutdown_grace` to finish.
pub async fn run(
    settings: Settings,
    shutdown: impl Future<Output = ()>,
    hangups: Hangups,
) -> anyhow::Result<()> {
    Box::pin(Service::start(&settings, hangups)).await?.run(shutdown).await
}
