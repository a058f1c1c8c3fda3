//! The section `[directory]`. `settings.toml` explains each key.

use super::values::{duration, optional};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The keys of `[directory]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct DirectorySettings {
    pub kind: DirectoryKind,
    pub urls: Vec<String>,
    #[serde(deserialize_with = "optional")]
    pub dns_server: Option<SocketAddr>,
    pub starttls: bool,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    pub bind_dn: String,
    pub bind_password_file: PathBuf,
    pub base_dn: String,
    pub excluded: Vec<String>,
    pub allowed_groups: Vec<String>,
    pub protected_groups: Vec<String>,
    pub high_impact_groups: Vec<String>,
    #[serde(deserialize_with = "optional")]
    pub default_policy: Option<String>,
    pub require_history: bool,
    pub offer_unlock: bool,
    #[serde(deserialize_with = "duration")]
    pub connect_timeout: Duration,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}

/// The kind of directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum DirectoryKind {
    /// Active Directory of Windows Server or Samba.
    #[serde(rename = "active_directory")]
    ActiveDirectory,
    /// slapd with the overlay ppolicy and, for groups, the overlay memberof.
    #[serde(rename = "openldap")]
    OpenLdap,
}
