//! Adapters for LDAP directories, and the only importer of `ldap3`.
//!
//! | module | content |
//! |---|---|
//! | `config`, `url` | configuration of the adapters |
//! | `connection`, `entry`, `sid` | one connection: TLS, timeouts, searches, writes and their results |
//! | `failure`, `result_code` | why a request failed |
//! | `discovery` | the domain controllers of a domain, looked up in DNS |
//! | `server`, `pool` | idle connections, availability and failover |
//! | `listing`, `sign_in` | listing and sign-in with failover, shared by both kinds |
//! | `locks`, `decoy_account` | for sign-ins: one at a time per account, and a stand-in for unknown names |
//! | [`active_directory`] | the directory port for Active Directory and Samba AD |
//! | [`openldap`] | the directory port for slapd |
//!
//! Connections always use TLS: `ldaps://`, or `ldap://` with `StartTLS`. No setting turns it off.

pub mod active_directory;
mod config;
mod connection;
mod decoy_account;
mod discovery;
mod entry;
mod failure;
mod listing;
mod locks;
pub mod openldap;
mod pool;
mod result_code;
mod server;
mod sid;
mod sign_in;
mod url;

pub use active_directory::ActiveDirectory;
pub use config::{LdapConfig, LdapConfigError, TimeSource};
pub use openldap::OpenLdap;
