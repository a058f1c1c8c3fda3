//! Settings: the shipped defaults, overridden by one TOML file, overridden by the environment.

mod applications;
mod audit;
mod breached;
mod certificate_files;
mod connections;
mod contrast;
mod directory;
mod entrust;
mod environment;
mod file_modes;
mod hello_name;
mod hr;
mod https_url;
mod import;
mod json_path;
mod limits;
mod logo;
mod mail;
mod mail_server;
mod networks;
mod notices;
mod paths;
mod policy;
mod records;
mod registration;
mod secret_files;
mod service_desk;
mod shared_values;
mod sms;
mod sources;
mod store;
mod store_url;
mod telemetry;
mod validation;
mod values;
mod verification;

pub use audit::{AuditSettings, SyslogServer};
pub use breached::{BreachedSettings, UncheckedSetting};
pub use certificate_files::certificates;
#[cfg(any(test, feature = "test-support"))]
pub use certificate_files::parsers as certificate_parsers;
pub use connections::ConnectionsSettings;
pub use directory::{DirectoryKind, DirectorySettings};
pub use entrust::EntrustSettings;
pub use file_modes::ExposedFile;
pub use hello_name::HelloName;
pub use hr::HrSettings;
pub use https_url::HttpsUrl;
pub use import::{DateOrderSetting, ImportColumns, ImportSettings};
pub use json_path::{JsonPath, NotText};
pub use limits::LimitsSettings;
pub use logo::LogoImage;
pub use mail::MailSettings;
pub use mail_server::{MailServer, MailTls};
pub use notices::NoticesSettings;
pub use paths::SettingsPath;
pub use policy::PolicySettings;
pub use records::RecordsSettings;
pub use registration::RegistrationSettings;
pub use secret_files::secret;
pub use service_desk::ServiceDeskSettings;
pub use sms::SmsSettings;
pub use store::StoreSettings;
pub use store_url::{DatabaseUrl, StoreUrl};
pub use telemetry::TelemetrySettings;
pub use verification::{VerificationModeSetting, VerificationSettings};

use crate::mobile::Countries;
use crate::ports::otp_provider::ProviderUserName;
use app::api::site::{ApplicationGroup, Logo, Organisation, Site};
use app::api::step::OtpMethod;
use app::i18n::Language;
use app::paths as addresses;
use app::policy::Rules;
use figment::Figment;
use figment::providers::{Format as _, Toml};
use ipnet::IpNet;
use serde::Deserialize;
use sources::{Sources, error_lines};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use values::{duration, networks, optional};
use zeroize::Zeroizing;

/// The shipped defaults, which explain every key.
pub const DEFAULTS: &str = include_str!("../settings.toml");

/// The settings are invalid. The message contains the source, the key and the expected value.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// The settings file.
        file: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file that a key refers to cannot be read.
    #[error("{key}: {file}: {source}")]
    UnreadableFile {
        /// The key.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A key is unknown, or has a value of the wrong type or an invalid value.
    #[error("{0}")]
    Invalid(String),
}

impl SettingsError {
    /// A key has another value than expected.
    pub fn expected(key: &str, expected: &str) -> Self {
        Self::Invalid(format!("{key}: expected {expected}"))
    }
}

/// What reset and enrollment need to know of the code provider, whichever it is.
#[derive(Debug, Clone)]
pub struct CodeProviderSettings {
    /// The attribute that holds an account's name at the provider.
    pub user_name: ProviderUserName,
    /// The methods that are offered, the preferred one first.
    pub methods: Vec<OtpMethod>,
    /// Failures that the provider must still allow before it is called once more.
    pub reserve: u32,
}

/// All settings. Each key is explained in `settings.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct Settings {
    pub listen: SocketAddr,
    #[serde(deserialize_with = "optional")]
    pub admin_listen: Option<SocketAddr>,
    pub public_url: String,
    #[serde(deserialize_with = "optional")]
    pub tls_cert_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub tls_key_file: Option<PathBuf>,
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    #[serde(deserialize_with = "duration")]
    pub shutdown_delay: Duration,
    #[serde(deserialize_with = "duration")]
    pub shutdown_grace: Duration,
    pub audit_file: PathBuf,
    pub audit: AuditSettings,
    pub log: String,
    pub log_format: LogFormat,
    pub telemetry: TelemetrySettings,
    pub security_contact: String,
    pub connections: ConnectionsSettings,
    pub directory: DirectorySettings,
    pub records: RecordsSettings,
    pub entrust: EntrustSettings,
    pub store: StoreSettings,
    pub verification: VerificationSettings,
    pub policy: PolicySettings,
    pub breached: BreachedSettings,
    pub limits: LimitsSettings,
    pub registration: RegistrationSettings,
    pub service_desk: ServiceDeskSettings,
    pub mail: MailSettings,
    pub sms: SmsSettings,
    pub notices: NoticesSettings,
    pub import: ImportSettings,
    pub hr: HrSettings,
    pub organisation: Organisation,
    /// `organisation.applications`, grouped by where the new password is entered.
    #[serde(skip)]
    pub application_groups: Vec<ApplicationGroup>,
    /// The validated image in `organisation.logo_file`.
    #[serde(skip)]
    pub logo: Option<LogoImage>,
    /// All paths of the settings, absolute.
    #[serde(skip)]
    pub paths: Vec<SettingsPath>,
    /// For each key that must be the same on all nodes of a store, a digest of its value.
    #[serde(skip)]
    pub shared_values: BTreeMap<String, String>,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// Always text.
    Text,
    /// Always JSON.
    Json,
}

/// Returns the organisation of the shipped defaults.
pub fn shipped_organisation() -> Result<Organisation, SettingsError> {
    let invalid = |error| SettingsError::Invalid(error_lines(Path::new("settings.toml"), error));
    let figment = Figment::from(Toml::string(DEFAULTS));
    let entries = applications::entries(&figment).map_err(|error| invalid(*error))?;
    figment
        .merge((applications::KEY, applications::names(&entries, Language::default())))
        .extract_inner("organisation")
        .map_err(invalid)
}

impl Settings {
    /// The settings of the code provider that reset and enrollment depend on.
    pub fn code_provider(&self) -> CodeProviderSettings {
        CodeProviderSettings {
            user_name: self.entrust.user_attribute,
            methods: self.entrust.authenticators.clone(),
            reserve: self.limits.entrust_reserve,
        }
    }

    /// Returns the countries whose mobile numbers are accepted.
    pub fn countries(&self) -> Result<Countries, SettingsError> {
        Countries::parse(&self.registration.countries).map_err(|code| {
            let found = if code.is_empty() { "none".to_owned() } else { format!("{code:?}") };
            SettingsError::Invalid(format!(
                "registration.countries: expected ISO 3166-1 codes like \"NL\", found {found}"
            ))
        })
    }

    /// Loads the settings and validates them as far as possible without contacting other systems.
    pub fn load(file: &Path) -> Result<Self, SettingsError> {
        Self::load_with(file, environment::variables())
    }

    /// Loads the settings with these environment variables: their keys and values.
    fn load_with(file: &Path, variables: Vec<(String, String)>) -> Result<Self, SettingsError> {
        // Read here, so that a missing file is an error instead of silently selecting the defaults.
        std::fs::read_to_string(file)
            .map_err(|source| SettingsError::Unreadable { file: file.to_owned(), source })?;
        let invalid = |error| SettingsError::Invalid(error_lines(file, error));
        let defaults = Figment::from(Toml::string(DEFAULTS));
        let figment = defaults.clone().merge(Toml::file_exact(file));
        let figment = environment::merge(figment, &defaults, variables);
        let (figment, paths) = paths::resolve(figment, &defaults, file)?;
        let entries = applications::entries(&figment).map_err(|error| invalid(*error))?;
        let names = applications::names(&entries, applications::first_language(&figment));
        let mut settings: Self =
            figment.clone().merge((applications::KEY, names)).extract().map_err(invalid)?;
        let sources = Sources { file, figment: &figment };
        settings.paths = paths;
        settings.shared_values = shared_values::digests(&figment);
        settings.application_groups = applications::groups(&entries);
        settings.validate(&sources)?;
        settings.logo = settings.read_logo(&sources)?;
        let languages = &settings.organisation.languages;
        if let Some((index, field, expected)) = applications::first_invalid(&entries, languages) {
            return Err(sources.expected(&format!("{}.{index}{field}", applications::KEY), expected));
        }
        Ok(settings)
    }

    fn read_logo(&self, sources: &Sources<'_>) -> Result<Option<LogoImage>, SettingsError> {
        let name = &self.organisation.logo_file;
        if name.is_empty() {
            return Ok(None);
        }
        let invalid = |error: String| {
            SettingsError::Invalid(format!("{}: {}: {name}: {error}", sources.of(logo::KEY), logo::KEY))
        };
        let content =
            std::fs::read(name).map_err(|error| invalid(format!("expected a readable file: {error}")))?;
        logo::parse(&content).map(Some).map_err(invalid)
    }

    /// Returns where the store is.
    pub fn store_url(&self) -> Result<StoreUrl, SettingsError> {
        StoreUrl::parse(&self.store.url).map_err(|expected| SettingsError::expected("store.url", expected))
    }

    /// Returns the file of the embedded store, if it is one.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        match self.store_url() {
            Ok(StoreUrl::Sqlite(path)) => Some(path),
            Ok(StoreUrl::Postgres(_)) | Err(_) => None,
        }
    }

    /// Returns the password of the database, if there is a file with one.
    pub fn database_password(&self) -> Result<Option<Zeroizing<String>>, SettingsError> {
        self.store.password_file.as_deref().map(|file| secret("store.password_file", file)).transpose()
    }

    /// Returns whether TLS ends at a proxy that `trusted_proxies` does not name. The addresses of clients are unknown
    /// then.
    pub fn has_unnamed_proxy(&self) -> bool {
        self.is_https() && self.tls_cert_file.is_none() && self.trusted_proxies.is_empty()
    }

    /// Returns whether there is a service desk page for anyone. Behind an unnamed proxy all clients have the proxy's address,
    /// so their networks are unknown.
    pub fn has_service_desk(&self) -> bool {
        !self.service_desk.allowed_networks.is_empty() && !self.has_unnamed_proxy()
    }

    /// Returns whether employees reach the service over https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Returns scheme, host and port of `public_url`, in lower case.
    pub fn origin(&self) -> String {
        let (scheme, rest) = self.public_url.split_once("://").unwrap_or_default();
        format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()).to_lowercase()
    }

    /// Returns the settings that the pages show.
    pub fn site(&self) -> Site {
        let mut organisation = self.organisation.clone();
        // Non-breaking spaces: a phone number must not wrap.
        organisation.service_desk.phone = organisation.service_desk.phone.replace(' ', "\u{a0}");
        Site {
            organisation,
            logo: self.logo.as_ref().map(|logo| Logo {
                address: format!("{}?{}", addresses::LOGO, logo.digest),
                width: logo.width,
                height: logo.height,
            }),
            application_groups: self.application_groups.clone(),
            rules: Rules {
                min_length: self.policy.min_length,
                max_length: self.policy.max_length,
                complexity: true,
                min_score: self.policy.min_score,
                banned_words: self.policy.banned_words.clone(),
                history: None,
            },
            methods: self.code_provider().methods,
            kept_days: days(self.records.keep_after_leaving),
            waiting_seconds: u32::try_from(self.registration.waiting_time.as_secs()).unwrap_or(u32::MAX),
            calls: self.has_service_desk(),
        }
    }
}

/// Returns whether `HOST` or `HOST:PORT` is a loopback address or `localhost`.
pub fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Converts a duration to days, rounded up.
fn days(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs().div_ceil(24 * 3600)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
