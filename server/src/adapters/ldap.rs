//! Directories over LDAP. The one place that imports `ldap3`; it reads no settings and knows nothing of the
//! workflow.
//!
//! | room | what is in it |
//! |---|---|
//! | `config`, `url` | what it is told at the start |
//! | `connection`, `entry`, `sid` | TLS, time limits, what a search brings |
//! | `discovery` | the domain controllers that DNS names |
//! | `server`, `pool` | which server is asked, which one is dead |
//! | `turns` | who signs in when, and who is asked about for nobody |
//! | [`active_directory`] | what Active Directory and Samba AD mean by it all |
//! | [`openldap`] | what slapd means by it |
//!
//! Always over TLS: `ldaps://`, or `ldap://` with `StartTLS`. There is no switch for less.

pub mod active_directory;
mod config;
mod connection;
mod discovery;
mod entry;
mod keyed_lock;
pub mod openldap;
mod pool;
mod server;
mod sid;
mod url;

pub use active_directory::ActiveDirectory;
pub use config::{LdapConfig, LdapConfigError};
pub use openldap::OpenLdap;

use jiff::Timestamp;
use std::sync::Arc;

/// Tells the time; only the end dates of accounts, the age of a password and the clock check need it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;
