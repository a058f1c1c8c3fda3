//! Implementations of the ports. `ldap3`, `reqwest`, `sqlx` and `lettre` are imported here only.

pub mod audit_log;
pub mod breach_filter;
pub mod breach_range;
pub mod clock;
mod counted_slices;
pub mod entrust;
pub mod entrust_admin;
mod file_access;
mod http_client;
mod http_failure;
pub mod ldap;
pub mod measured;
pub mod otlp;
pub mod own_listener;
pub mod postgres;
pub mod root_certificates;
pub mod sms;
pub mod smtp;
pub mod sqlite;
mod store_values;
pub mod timing_client;
mod tls_failure;
pub mod youforce;
