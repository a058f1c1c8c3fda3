//! The settings: one TOML file over the shipped defaults, and the environment over both. Not how
//! they are used: `run` hands each part what it needs.

mod checks;
mod forms;
mod hr;
mod notices;
mod sections;

pub use sections::{
    Directory, DirectoryKind, Entrust, Hr, Import, ImportColumns, Judgement, Limits, Mail, Policy, Records,
    Registration, Sms, Store, Verification,
};

use crate::mobile::Countries;
use app::policy::Rules;
use app::site::{Organisation, Site};
use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use forms::{duration, optional};
use ipnet::IpNet;
use serde::Deserialize;
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
    pub mail: Mail,
    pub sms: Sms,
    pub import: Import,
    pub hr: Hr,
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

/// The organisation as it is shipped.
pub fn shipped_organisation() -> Result<Organisation, SettingsError> {
    Figment::from(Toml::string(DEFAULTS))
        .extract_inner("organisation")
        .map_err(|error| SettingsError::Wrong(tell(Path::new("settings.toml"), error)))
}

impl Settings {
    /// Whose mobile numbers are taken.
    pub fn countries(&self) -> Result<Countries, SettingsError> {
        Countries::parse(&self.registration.countries).map_err(|code| {
            let given = if code.is_empty() { "none".to_owned() } else { format!("{code:?}") };
            SettingsError::Wrong(format!(
                "registration.countries: expected ISO 3166-1 codes like \"NL\", found {given}"
            ))
        })
    }

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

    /// The embedded store's file.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let path = self.store.url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        (!path.is_empty()).then(|| PathBuf::from(path))
    }

    /// Whether a proxy does TLS that `trusted_proxies` does not name: where a request comes from is not known then.
    pub fn has_unnamed_proxy(&self) -> bool {
        self.is_https() && self.tls_cert_file.is_none() && self.trusted_proxies.is_empty()
    }

    /// Whether employees reach the service over https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
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
        if let Some(file) = &self.entrust.admin_secret_file {
            secret("entrust.admin_secret_file", file)?;
        }
        if let Some(file) = &self.hr.client_secret_file {
            secret("hr.client_secret_file", file)?;
        }
        for (key, file) in [
            ("directory.ca_file", &self.directory.ca_file),
            ("entrust.ca_file", &self.entrust.ca_file),
            ("mail.password_file", &self.mail.password_file),
            ("mail.ca_file", &self.mail.ca_file),
            ("sms.token_file", &self.sms.token_file),
            ("sms.ca_file", &self.sms.ca_file),
            ("hr.ca_file", &self.hr.ca_file),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::limits::Limit;

    pub(super) const MINIMAL: &str = r#"
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

    pub(super) fn load(text: &str) -> Result<Settings, String> {
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
            (
                "[registration]\nwaiting_time = \"999999days\"",
                "FILE: registration.waiting_time: expected at most 30d",
            ),
            ("[verification]\njudgement = \"never\"", "FILE: verification.judgement: "),
            ("[verification]\nspelling = 1", "FILE: verification"),
            (
                "[mail]\nurl = \"smtp+plain://mail.example.org\"\nfrom = \"a@example.org\"",
                "FILE: mail.url: expected smtps:// or smtp:// for another machine",
            ),
            ("[mail]\nurl = \"smtps://mail.example.org\"", "FILE: mail.from: expected an address like"),
            (
                "[mail]\nurl = \"smtps://mail.example.org\"\nfrom = \"a@example.org\"\nuser = \"a\"",
                "FILE: mail.user: expected both mail.user and mail.password_file",
            ),
            ("[mail]\ntimeout = \"5m\"", "FILE: mail.timeout: expected more than nothing and at most 30s"),
            (
                "[sms]\nurl = \"http://sms.example.org\"",
                "FILE: sms.url: expected https:// for another machine",
            ),
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
    fn the_kind_of_directory_is_one_of_two_and_has_what_it_has() {
        let with = |lines: &str| load(&MINIMAL.replace("bind_dn", &format!("{lines}\nbind_dn")));
        assert_eq!(load(MINIMAL).unwrap().directory.kind, DirectoryKind::ActiveDirectory);
        let openldap = with("kind = \"openldap\"\ndefault_policy = \"cn=default,dc=a\"").unwrap();
        assert_eq!(openldap.directory.kind, DirectoryKind::OpenLdap);
        let error = with("kind = \"novell\"").unwrap_err();
        for part in ["FILE: directory.kind: ", "active_directory", "openldap"] {
            assert!(error.contains(part), "{error}");
        }
        let error = with("default_policy = \"cn=default,dc=a\"").unwrap_err();
        assert!(error.starts_with("FILE: directory.default_policy: expected nothing"), "{error}");
        let upn = MINIMAL
            .replace("bind_dn", "kind = \"openldap\"\nbind_dn")
            .replace("application_id", "user_attribute = \"userPrincipalName\"\napplication_id");
        let error = load(&upn).unwrap_err();
        assert!(error.starts_with("FILE: entrust.user_attribute: expected sAMAccountName"), "{error}");
    }

    #[test]
    fn a_proxy_that_nobody_trusts_is_doubtful() {
        let keys = |text: &str| load(text).unwrap().doubts().iter().map(|(key, _)| *key).collect::<Vec<_>>();
        assert_eq!(keys(MINIMAL), ["trusted_proxies", "entrust.decoy_user", "mail.url"]);
        let decoy = MINIMAL.replace("application_id", "decoy_user = \"nobody\"\napplication_id");
        let mail = "[mail]\nurl = \"smtps://mail.example.org\"\nfrom = \"reset@example.org\"";
        let settings = format!("trusted_proxies = [\"127.0.0.1/32\"]\n{decoy}\n{mail}");
        assert_eq!(keys(&settings), [] as [&str; 0]);
    }

    #[test]
    fn entrusts_administration_has_an_application_and_a_secret_or_neither() {
        let with =
            |lines: &str| load(&MINIMAL.replace("application_id", &format!("{lines}\napplication_id")));
        let (id, file) = ("admin_application_id = \"a\"", "admin_secret_file = \"secret\"");
        assert!(with(&format!("{id}\n{file}")).is_ok());
        for half in [id, file] {
            let error = with(half).unwrap_err();
            assert!(error.starts_with("FILE: entrust.admin_application_id: expected both"), "{error}");
        }
    }

    #[test]
    fn an_accent_must_carry_white() {
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
