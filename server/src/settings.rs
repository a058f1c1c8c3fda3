//! The settings: one TOML file over the shipped defaults, and the environment over both. Not how
//! they are used: `run` hands each part what it needs.

use crate::ports::limits::Limit;
use crate::reset::HolderName;
use app::policy::{Rules, Score};
use app::site::{Organisation, Site};
use app::step::Way;
use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The shipped defaults, with every key explained.
pub const DEFAULTS: &str = include_str!("../settings.toml");

/// What is wrong with the settings: where, which key, what was expected.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// The settings file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that a key names cannot be read.
    #[error("{key}: {file}: {source}")]
    UnreadableFile {
        /// The key.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A key is unknown, has the wrong type, or a value that cannot be.
    #[error("{0}")]
    Wrong(String),
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
    pub trusted_proxies: Vec<IpNet>,
    #[serde(deserialize_with = "duration")]
    pub shutdown_grace: Duration,
    pub audit_file: PathBuf,
    pub log: String,
    pub log_format: LogFormat,
    pub security_contact: String,
    pub directory: Directory,
    pub records: Records,
    pub entrust: Entrust,
    pub store: Store,
    pub verification: Verification,
    pub policy: Policy,
    pub limits: Limits,
    pub registration: Registration,
    pub organisation: Organisation,
}

/// How log lines are written.
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

/// `[directory]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct Directory {
    pub urls: Vec<String>,
    pub starttls: bool,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    pub bind_dn: String,
    pub bind_password_file: PathBuf,
    pub base_dn: String,
    pub protected_groups: Vec<String>,
    #[serde(deserialize_with = "duration")]
    pub connect_timeout: Duration,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}

/// `[records]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct Records {
    #[serde(deserialize_with = "optional")]
    pub birthdate_attribute: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub mobile_attribute: Option<String>,
}

/// `[entrust]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct Entrust {
    pub url: String,
    pub application_id: String,
    pub authenticators: Vec<Way>,
    pub user_attribute: HolderName,
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
pub struct Store {
    pub url: String,
    pub key_files: Vec<PathBuf>,
}

/// `[verification]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct Verification {
    pub judgement: Judgement,
    #[serde(deserialize_with = "duration")]
    pub envelope: Duration,
    #[serde(deserialize_with = "duration")]
    pub visit_idle: Duration,
    pub require_mobile: bool,
}

/// When name and birthdate are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// Together with the code.
    Joint,
    /// When the birthdate is given.
    Stepwise,
}

/// `[policy]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct Policy {
    pub min_length: u16,
    pub max_length: u16,
    pub min_score: Score,
    pub banned_words: Vec<String>,
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct Limits {
    #[serde(deserialize_with = "limit")]
    pub per_address: Limit,
    pub own_networks: Vec<IpNet>,
    #[serde(deserialize_with = "limit")]
    pub per_own_network: Limit,
    pub codes_per_visit: u32,
    pub passwords_per_visit: u32,
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
pub struct Registration {
    pub allowed_networks: Vec<IpNet>,
}

/// The organisation as it is shipped.
pub fn shipped_organisation() -> Result<Organisation, SettingsError> {
    Figment::from(Toml::string(DEFAULTS))
        .extract_inner("organisation")
        .map_err(|error| SettingsError::Wrong(tell(Path::new("settings.toml"), error)))
}

impl Settings {
    /// Reads the file over the defaults, the environment over both, and checks what can be checked
    /// without asking anybody.
    pub fn load(file: &Path) -> Result<Self, SettingsError> {
        // Read here, so that a missing file is an error and not silently the defaults.
        std::fs::read_to_string(file)
            .map_err(|source| SettingsError::Unreadable { file: file.to_owned(), source })?;
        let settings: Self = Figment::from(Toml::string(DEFAULTS))
            .merge(Toml::file_exact(file))
            .merge(Env::prefixed("RESET__").split("__"))
            .extract()
            .map_err(|error| SettingsError::Wrong(tell(file, error)))?;
        settings.validate(file)?;
        Ok(settings)
    }

    fn validate(&self, file: &Path) -> Result<(), SettingsError> {
        let wrong = |key: &str, expected: &str| {
            Err(SettingsError::Wrong(format!("{}: {key}: expected {expected}", file.display())))
        };
        for (key, value) in [
            ("public_url", &self.public_url),
            ("directory.bind_dn", &self.directory.bind_dn),
            ("directory.base_dn", &self.directory.base_dn),
            ("entrust.url", &self.entrust.url),
            ("entrust.application_id", &self.entrust.application_id),
        ] {
            if value.trim().is_empty() {
                return wrong(key, "a value; it has no default");
            }
        }
        if self.directory.urls.is_empty() {
            return wrong("directory.urls", "at least one ldaps:// address; it has no default");
        }
        let starttls = self.directory.starttls;
        if !self
            .directory
            .urls
            .iter()
            .all(|url| url.starts_with("ldaps://") || (starttls && url.starts_with("ldap://")))
        {
            return wrong(
                "directory.urls",
                "ldaps:// addresses, or ldap:// ones with directory.starttls = true",
            );
        }
        if self.store.key_files.is_empty() {
            return wrong("store.key_files", "at least one file of 32 random bytes; it has no default");
        }
        if self.sqlite_path().is_none() {
            return wrong("store.url", "sqlite:FILE");
        }
        if self.tls_cert_file.is_some() != self.tls_key_file.is_some() {
            return wrong("tls_cert_file", "both tls_cert_file and tls_key_file, or neither");
        }
        if self.tls_cert_file.is_none() && !self.listen.ip().is_loopback() {
            return wrong(
                "listen",
                "a loopback address, or tls_cert_file and tls_key_file beside it: plain http is served on loopback only",
            );
        }
        let Some((scheme, host)) = self.public_url.split_once("://") else {
            return wrong("public_url", "https://HOST, or http://HOST:PORT on loopback");
        };
        let host = host.split('/').next().unwrap_or_default();
        if scheme != "https" && !(scheme == "http" && is_loopback_host(host)) {
            return wrong("public_url", "https://HOST, or http://HOST:PORT on loopback");
        }
        if self.entrust.authenticators.is_empty() {
            return wrong("entrust.authenticators", "TOKEN and/or OTP");
        }
        if self.entrust.timeout > Duration::from_secs(6) {
            return wrong(
                "entrust.timeout",
                "at most 6s: three calls must end before a claim counts as abandoned",
            );
        }
        if self.directory.timeout > Duration::from_secs(10) {
            return wrong(
                "directory.timeout",
                "at most 10s: a write must end before its claim counts as abandoned",
            );
        }
        if !contrast_with_white(&self.organisation.accent).is_some_and(|contrast| contrast >= 4.5) {
            return wrong("organisation.accent", "#rrggbb on which white stands out by 4.5 : 1 or more");
        }
        if self.organisation.languages.is_empty() {
            return wrong("organisation.languages", "nl and/or en");
        }
        if self.policy.min_length > self.policy.max_length || self.policy.max_length > 127 {
            return wrong("policy.max_length", "at least policy.min_length and at most 127");
        }
        if self.verification.require_mobile {
            return wrong("verification.require_mobile", "false: mobile numbers are not registered here yet");
        }
        Ok(())
    }

    /// The embedded store's file.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let path = self.store.url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        (!path.is_empty()).then(|| PathBuf::from(path))
    }

    /// Whether employees reach the service over https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// What is allowed and still likely a mistake: key and why.
    pub fn doubts(&self) -> Vec<(&'static str, &'static str)> {
        let mut doubts = Vec::new();
        if self.is_https() && self.tls_cert_file.is_none() && self.trusted_proxies.is_empty() {
            doubts.push((
                "trusted_proxies",
                "empty, though a proxy must do TLS for public_url: everybody has the proxy's address, and one \
                 person's calls count for all",
            ));
        }
        if self.entrust.decoy_user.is_none() {
            doubts.push((
                "entrust.decoy_user",
                "not set: an outage of Entrust tells a stranger whose birthdate was right",
            ));
        }
        if self.public_url.splitn(4, '/').nth(3).is_some_and(|path| !path.is_empty()) {
            doubts.push((
                "public_url",
                "has a path: the pages are served at the root of an origin of their own; on a shared one a \
                 script hole elsewhere would be same-origin",
            ));
        }
        for (key, is_set) in [
            ("records.mobile_attribute", self.records.mobile_attribute.is_some()),
            ("entrust.admin_application_id", self.entrust.admin_application_id.is_some()),
            ("entrust.admin_secret_file", self.entrust.admin_secret_file.is_some()),
        ] {
            if is_set {
                doubts.push((key, "is for the registration, which is not served yet: it has no effect"));
            }
        }
        doubts
    }

    /// Scheme, host and port of `public_url`, in lower case.
    pub fn origin(&self) -> String {
        let (scheme, rest) = self.public_url.split_once("://").unwrap_or_default();
        format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()).to_lowercase()
    }

    /// What a person sees of the settings.
    pub fn site(&self) -> Site {
        Site {
            organisation: self.organisation.clone(),
            rules: Rules {
                min_length: self.policy.min_length,
                max_length: self.policy.max_length,
                complexity: true,
                min_score: self.policy.min_score,
                banned_words: self.policy.banned_words.clone(),
                history: None,
            },
            ways: self.entrust.authenticators.clone(),
        }
    }

    /// Reads every file that is named, so that a wrong one is told at start and by its key.
    pub fn files(&self) -> Result<(), SettingsError> {
        self.keys()?;
        secret("directory.bind_password_file", &self.directory.bind_password_file)?;
        for (key, file) in [
            ("directory.ca_file", &self.directory.ca_file),
            ("entrust.ca_file", &self.entrust.ca_file),
            ("tls_cert_file", &self.tls_cert_file),
            ("tls_key_file", &self.tls_key_file),
        ] {
            if let Some(file) = file {
                read(key, file)?;
            }
        }
        Ok(())
    }

    /// The contents of the key files, in their order.
    pub fn keys(&self) -> Result<Vec<Zeroizing<[u8; 32]>>, SettingsError> {
        self.store
            .key_files
            .iter()
            .map(|file| {
                let bytes = Zeroizing::new(read("store.key_files", file)?);
                <[u8; 32]>::try_from(bytes.as_slice()).map(Zeroizing::new).map_err(|_| {
                    SettingsError::Wrong(format!(
                        "store.key_files: {}: expected exactly 32 random bytes, found {}",
                        file.display(),
                        bytes.len()
                    ))
                })
            })
            .collect()
    }
}

/// The secret in a file, without the line end that editors leave.
pub fn secret(key: &'static str, file: &Path) -> Result<Zeroizing<String>, SettingsError> {
    let text = Zeroizing::new(read(key, file)?);
    let text = std::str::from_utf8(&text)
        .map_err(|_| SettingsError::Wrong(format!("{key}: {}: expected UTF-8 text", file.display())))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(SettingsError::Wrong(format!(
            "{key}: {}: expected a secret, the file is empty",
            file.display()
        )));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

fn read(key: &'static str, file: &Path) -> Result<Vec<u8>, SettingsError> {
    std::fs::read(file).map_err(|source| SettingsError::UnreadableFile { key, file: file.to_owned(), source })
}

/// Whether `HOST` or `HOST:PORT` is this machine.
pub fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// WCAG 2.2 contrast ratio of `#rrggbb` with white.
fn contrast_with_white(colour: &str) -> Option<f64> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = value.to_be_bytes().map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    Some(1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05))
}

/// One line: where, which key, what was expected.
fn tell(file: &Path, error: figment::Error) -> String {
    error
        .into_iter()
        .map(|one| {
            let source = match one.metadata.as_ref().map(|metadata| metadata.name.as_ref()) {
                Some(name) if name.contains("environment") => "the environment".to_owned(),
                _ => file.display().to_string(),
            };
            format!("{source}: {}: {}", one.path.join("."), one.kind)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// An empty text is no value.
fn optional<'de, D: Deserializer<'de>, T: std::str::FromStr>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T::Err: std::fmt::Display,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text)
        .map_err(|error| serde::de::Error::custom(format!("{text:?} is no duration like \"15m\": {error}")))
}

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limit, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_limit(&text)
        .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no limit like \"100/10m\"")))
}

fn parse_limit(text: &str) -> Option<Limit> {
    if text == "0" {
        return Some(Limit { most: 0, window: Duration::from_secs(1) });
    }
    let (most, window) = text.split_once('/')?;
    let window = humantime::parse_duration(window).ok().filter(|window| !window.is_zero())?;
    Some(Limit { most: most.parse().ok()?, window })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
        public_url = "https://reset.example.org"
        [directory]
        urls = ["ldaps://dc1.example.org"]
        bind_dn = "svc@example.org"
        bind_password_file = "password"
        base_dn = "OU=Staff,DC=example,DC=org"
        [entrust]
        url = "https://example.trustedauth.com"
        application_id = "11111111-1111-1111-1111-111111111111"
        [store]
        key_files = ["key"]
    "#;

    fn load(text: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, text).unwrap();
        Settings::load(&file).map_err(|error| error.to_string().replace(&file.display().to_string(), "FILE"))
    }

    #[test]
    fn what_is_required_is_enough() {
        let settings = load(MINIMAL).unwrap();
        assert_eq!(settings.limits.per_address, Limit { most: 100, window: Duration::from_mins(10) });
        assert_eq!(settings.verification.envelope, Duration::from_millis(1500));
        assert_eq!(settings.organisation.applications.len(), 16);
        assert_eq!(settings.sqlite_path(), Some("reset.db".into()));
        assert_eq!(settings.origin(), "https://reset.example.org");
    }

    #[test]
    fn the_defaults_alone_say_what_is_missing() {
        assert_eq!(load("").unwrap_err(), "FILE: public_url: expected a value; it has no default");
    }

    #[test]
    fn a_wrong_setting_is_told_by_file_key_and_expectation() {
        for (addition, expected) in [
            (
                "[limits]\nper_address = \"many\"",
                "FILE: limits.per_address: \"many\" is no limit like \"100/10m\"",
            ),
            ("[policy]\nmin_score = 5", "FILE: policy.min_score: a score is 0 to 4"),
            (
                "[policy]\nmax_length = 300",
                "FILE: policy.max_length: expected at least policy.min_length and at most 127",
            ),
            ("[verification]\njudgement = \"never\"", "FILE: verification.judgement: "),
            ("[verification]\nspelling = 1", "FILE: verification"),
        ] {
            let error = load(&format!("{MINIMAL}\n{addition}")).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        let plain = MINIMAL.replace("ldaps://", "ldap://");
        assert!(load(&plain).unwrap_err().starts_with("FILE: directory.urls: expected ldaps://"));
        let open = format!("listen = \"0.0.0.0:80\"\n{MINIMAL}");
        assert!(load(&open).unwrap_err().starts_with("FILE: listen: expected a loopback address"));
        let http = MINIMAL.replace("https://reset", "http://reset");
        assert!(load(&http).unwrap_err().starts_with("FILE: public_url: expected https://"));
    }

    #[test]
    fn a_proxy_that_nobody_trusts_is_doubtful() {
        let keys = |text: &str| load(text).unwrap().doubts().iter().map(|(key, _)| *key).collect::<Vec<_>>();
        assert_eq!(keys(MINIMAL), ["trusted_proxies", "entrust.decoy_user"]);
        let decoy = MINIMAL.replace("application_id", "decoy_user = \"nobody\"\napplication_id");
        assert_eq!(keys(&format!("trusted_proxies = [\"127.0.0.1/32\"]\n{decoy}")), [] as [&str; 0]);
    }

    #[test]
    fn an_accent_must_carry_white() {
        assert!((contrast_with_white("#000000").unwrap() - 21.0).abs() < 0.01);
        assert!((contrast_with_white("#767676").unwrap() - 4.54).abs() < 0.01);
        for (accent, fine) in
            [("#00637c", true), ("#7a1fa2", true), ("#ffcc00", false), ("red", false), ("#12345é", false)]
        {
            let loaded = load(&format!("{MINIMAL}\n[organisation]\naccent = \"{accent}\""));
            assert_eq!(loaded.is_ok(), fine, "{accent}");
        }
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let error = Settings::load(Path::new("/nowhere/settings.toml")).unwrap_err().to_string();
        assert!(error.starts_with("/nowhere/settings.toml: "), "{error}");
    }

    #[test]
    fn a_key_file_holds_exactly_32_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = load(MINIMAL).unwrap();
        settings.store.key_files = vec![folder.path().join("key")];
        std::fs::write(folder.path().join("key"), [7; 32]).unwrap();
        assert_eq!(*settings.keys().unwrap()[0], [7; 32]);
        std::fs::write(folder.path().join("key"), [7; 33]).unwrap();
        assert!(
            settings.keys().unwrap_err().to_string().ends_with("expected exactly 32 random bytes, found 33")
        );
    }
}
