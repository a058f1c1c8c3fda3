//! The sections of the settings file. `settings.toml` explains each key.

use super::values::{duration, limit, optional};
use crate::ports::otp_provider::ProviderUserName;
use crate::ports::rate_limits::Limit;
use app::api::step::OtpMethod;
use app::policy::Score;
use ipnet::IpNet;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// `[directory]`
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

/// `[records]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct RecordsSettings {
    #[serde(deserialize_with = "optional")]
    pub birthdate_attribute: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub mobile_attribute: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub mobile_write_attribute: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub employee_number_attribute: Option<String>,
    #[serde(deserialize_with = "duration")]
    pub keep_after_leaving: Duration,
}

/// `[entrust]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct EntrustSettings {
    pub url: String,
    pub application_id: String,
    pub authenticators: Vec<OtpMethod>,
    pub user_attribute: ProviderUserName,
    #[serde(deserialize_with = "optional")]
    pub decoy_user: Option<String>,
    #[serde(deserialize_with = "duration")]
    pub connect_timeout: Duration,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub admin_application_id: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub admin_secret_file: Option<PathBuf>,
}

/// `[store]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct StoreSettings {
    pub url: String,
    pub key_files: Vec<PathBuf>,
}

/// `[verification]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct VerificationSettings {
    #[serde(rename = "judgement")]
    pub mode: VerificationMode,
    #[serde(rename = "envelope", deserialize_with = "duration")]
    pub min_response_time: Duration,
    #[serde(rename = "visit_idle", deserialize_with = "duration")]
    pub session_idle: Duration,
    pub require_mobile: bool,
}

/// When name and birthdate are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerificationMode {
    /// Together with the code.
    Joint,
    /// In the step of the birthdate, before the code.
    Stepwise,
}

/// `[policy]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct PolicySettings {
    pub min_length: u16,
    pub max_length: u16,
    pub min_score: Score,
    pub banned_words: Vec<String>,
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct LimitsSettings {
    #[serde(deserialize_with = "limit")]
    pub per_address: Limit,
    pub own_networks: Vec<IpNet>,
    #[serde(deserialize_with = "limit")]
    pub per_own_network: Limit,
    #[serde(rename = "codes_per_visit")]
    pub codes_per_session: u32,
    #[serde(rename = "passwords_per_visit")]
    pub passwords_per_session: u32,
    #[serde(deserialize_with = "limit")]
    pub global: Limit,
    #[serde(deserialize_with = "limit")]
    pub account_failures: Limit,
    pub entrust_reserve: u32,
}

/// `[registration]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct RegistrationSettings {
    pub enabled: bool,
    pub allowed_networks: Vec<IpNet>,
    #[serde(deserialize_with = "duration")]
    pub waiting_time: Duration,
    pub countries: Vec<String>,
    #[serde(deserialize_with = "limit")]
    pub sign_ins: Limit,
    pub lockout_margin: u32,
}

/// `[mail]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct MailSettings {
    #[serde(deserialize_with = "optional")]
    pub url: Option<String>,
    pub from: String,
    #[serde(deserialize_with = "optional")]
    pub user: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub password_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}

/// `[sms]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct SmsSettings {
    #[serde(deserialize_with = "optional")]
    pub url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub token_file: Option<PathBuf>,
    pub sender: String,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}

/// `[import]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct ImportSettings {
    pub delimiter: String,
    pub encoding: String,
    pub columns: ImportColumns,
}

/// `[import.columns]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct ImportColumns {
    pub username: String,
    pub employee_number: String,
    pub birthdate: String,
    pub mobile: String,
    pub since: String,
}

/// `[hr]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct HrSettings {
    #[serde(deserialize_with = "optional")]
    pub url: Option<String>,
    pub persons_path: String,
    pub token_url: String,
    pub client_id: String,
    #[serde(deserialize_with = "optional")]
    pub client_secret_file: Option<PathBuf>,
    pub tenant_id: String,
    #[serde(deserialize_with = "optional")]
    pub tenant_header: Option<String>,
    pub scope: String,
    #[serde(deserialize_with = "duration")]
    pub every: Duration,
    pub calls_per_minute: u32,
    pub people_field: String,
    pub next_field: String,
    #[serde(deserialize_with = "optional")]
    pub employee_number_field: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub username_field: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub birthdate_field: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub since_field: Option<String>,
    pub phones_field: String,
    pub phone_type_field: String,
    pub phone_number_field: String,
    pub mobile_type: String,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}
