//! Paths in the settings. A relative path is relative to the folder of the settings file, whatever the source of the
//! setting and the working directory.

use super::SettingsError;
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};
use std::path::{Path, PathBuf};

/// The only key with a path whose name does not end in `_file` or `_files`.
const STORE: &str = "store.url";
/// Keys whose file the service creates, so that a wrong folder would silently start with an empty one.
const CREATED: [&str; 2] = [STORE, "audit_file"];

/// A path that the settings contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsPath {
    /// The key.
    pub key: String,
    /// The absolute path.
    pub path: PathBuf,
    /// The path as written, if it is relative.
    written: Option<PathBuf>,
}

impl SettingsPath {
    /// Earlier versions read a relative path from the working directory. Fails if a file is there and it is not the
    /// one that the settings name: a service that is upgraded must not continue with an empty store. A file at the new
    /// place proves nothing, because any command creates it from any working directory.
    pub(super) fn refuse_earlier_place(&self) -> Result<(), SettingsError> {
        let Some(written) = &self.written else { return Ok(()) };
        if !CREATED.contains(&self.key.as_str()) || !written.exists() {
            return Ok(());
        }
        let earlier = std::path::absolute(written).unwrap_or_else(|_| written.clone());
        let (key, expected, earlier) = (&self.key, self.path.display(), earlier.display());
        let reason = "a relative path is relative to the folder of the settings file, no longer to the working directory";
        if !self.path.exists() {
            return Err(SettingsError::Invalid(format!(
                "{key}: expected {expected}, found {earlier}: {reason}; move the file, or set its absolute path"
            )));
        }
        let is_same = written.canonicalize().ok() == self.path.canonicalize().ok();
        let is_empty = written.metadata().is_ok_and(|metadata| metadata.len() == 0);
        if is_same || is_empty {
            return Ok(());
        }
        Err(SettingsError::Invalid(format!(
            "{key}: expected only {expected}, found {earlier} as well: {reason}; keep the file with the data, at the \
             first place or with its absolute path in the settings, and move the other one away"
        )))
    }
}

/// Returns all keys with paths, from the shipped defaults.
fn keys(defaults: &Figment) -> Vec<String> {
    let defaults: Dict = defaults.extract().unwrap_or_default();
    let mut found = Vec::new();
    collect_keys(&defaults, "", &mut found);
    found
}

fn collect_keys(section: &Dict, prefix: &str, found: &mut Vec<String>) {
    for (name, value) in section {
        let key = format!("{prefix}{name}");
        if let Value::Dict(_, fields) = value {
            collect_keys(fields, &format!("{key}."), found);
        } else if key == STORE || name.ends_with("_file") || name.ends_with("_files") {
            found.push(key);
        }
    }
}

/// Makes all paths absolute. Returns the changed settings and the paths.
pub(super) fn resolve(
    mut figment: Figment,
    defaults: &Figment,
    file: &Path,
) -> Result<(Figment, Vec<SettingsPath>), SettingsError> {
    let unreadable = |source| SettingsError::Unreadable { file: file.to_owned(), source };
    let absolute = std::path::absolute(file).map_err(unreadable)?;
    let folder = absolute.parent().unwrap_or(&absolute);
    let mut paths = Vec::new();
    for key in keys(defaults) {
        // A missing or invalid value is reported when the settings are extracted.
        let Ok(value) = figment.find_value(&key) else { continue };
        let metadata = figment.find_metadata(&key).cloned().unwrap_or_default();
        let value = absolute_value(&value, &key, folder, &mut paths)?;
        figment = figment.merge(AbsolutePaths { key, value, metadata });
    }
    Ok((figment, paths))
}

/// The value of a key with absolute paths. It keeps its source for errors.
struct AbsolutePaths {
    key: String,
    value: Value,
    metadata: Metadata,
}

impl Provider for AbsolutePaths {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let settings = figment::util::nest(&self.key, self.value.clone()).into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(settings))
    }
}

fn absolute_value(
    value: &Value,
    key: &str,
    folder: &Path,
    paths: &mut Vec<SettingsPath>,
) -> Result<Value, SettingsError> {
    Ok(match value {
        Value::String(_, text) => Value::from(absolute_text(text, key, folder, paths)?),
        Value::Array(_, entries) => {
            let entries: Result<Vec<_>, _> =
                entries.iter().map(|entry| absolute_value(entry, key, folder, paths)).collect();
            Value::from(entries?)
        }
        other @ (Value::Char(..) | Value::Bool(..) | Value::Num(..) | Value::Empty(..) | Value::Dict(..)) => {
            other.clone()
        }
    })
}

fn absolute_text(
    text: &str,
    key: &str,
    folder: &Path,
    paths: &mut Vec<SettingsPath>,
) -> Result<String, SettingsError> {
    let (scheme, written) = if key == STORE {
        // A database has no path.
        let Some(rest) = text.strip_prefix("sqlite:") else { return Ok(text.to_owned()) };
        ("sqlite:", rest.strip_prefix("//").unwrap_or(rest))
    } else {
        ("", text)
    };
    if written.is_empty() {
        return Ok(text.to_owned());
    }
    // Without `.`, which a reader of `check` would stumble over.
    let path: PathBuf = folder.join(written).components().collect();
    let Some(absolute) = path.to_str().map(|path| format!("{scheme}{path}")) else {
        return Err(SettingsError::Invalid(format!(
            "{key}: expected an absolute path: the name of the folder {} is not UTF-8",
            folder.display()
        )));
    };
    let written = Path::new(written);
    let written = written.is_relative().then(|| written.to_owned());
    paths.push(SettingsPath { key: key.to_owned(), path, written });
    Ok(absolute)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MINIMAL, load_with};
    use super::*;
    use crate::config::{DEFAULTS, Settings};
    use figment::providers::{Format as _, Toml};
    use std::collections::BTreeMap;

    /// All paths of loaded settings, as the components read them.
    fn read_by_components(settings: &Settings) -> BTreeMap<String, PathBuf> {
        let optional = [
            ("audit.heads_file", &settings.audit.heads_file),
            ("audit.signing_key_file", &settings.audit.signing_key_file),
            ("audit.syslog_ca_file", &settings.audit.syslog_ca_file),
            ("breached.filter_file", &settings.breached.filter_file),
            ("breached.range_ca_file", &settings.breached.range_ca_file),
            ("directory.ca_file", &settings.directory.ca_file),
            ("entrust.admin_secret_file", &settings.entrust.admin_secret_file),
            ("entrust.ca_file", &settings.entrust.ca_file),
            ("hr.ca_file", &settings.hr.ca_file),
            ("hr.client_secret_file", &settings.hr.client_secret_file),
            ("mail.ca_file", &settings.mail.ca_file),
            ("mail.password_file", &settings.mail.password_file),
            ("sms.ca_file", &settings.sms.ca_file),
            ("sms.token_file", &settings.sms.token_file),
            ("store.ca_file", &settings.store.ca_file),
            ("store.password_file", &settings.store.password_file),
            ("telemetry.otlp_ca_file", &settings.telemetry.otlp_ca_file),
            ("tls_cert_file", &settings.tls_cert_file),
            ("tls_key_file", &settings.tls_key_file),
        ];
        let mut paths: BTreeMap<String, PathBuf> =
            optional.into_iter().filter_map(|(key, path)| Some((key.to_owned(), path.clone()?))).collect();
        paths.insert("audit_file".to_owned(), settings.audit_file.clone());
        paths
            .insert("directory.bind_password_file".to_owned(), settings.directory.bind_password_file.clone());
        paths.insert("store.key_files".to_owned(), settings.store.key_files[0].clone());
        paths.insert("store.url".to_owned(), settings.sqlite_path().unwrap());
        paths
    }

    #[test]
    fn every_relative_path_is_relative_to_the_folder_of_the_settings_file() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let logo =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 30 10\"><path d=\"M0 0h30v10z\"/></svg>";
        std::fs::write(folder.join("logo.svg"), logo).unwrap();
        std::fs::write(folder.join("settings.toml"), MINIMAL).unwrap();
        let defaults = Figment::from(Toml::string(DEFAULTS));
        let mut variables: Vec<_> =
            keys(&defaults).into_iter().map(|key| (key.clone(), format!("{key}/file"))).collect();
        assert_eq!(variables.len(), 24, "{variables:?}");
        for (key, text) in &mut variables {
            match key.as_str() {
                "store.url" => *text = "sqlite:store.url/file".to_owned(),
                "organisation.logo_file" => *text = "logo.svg".to_owned(),
                _ => {}
            }
        }
        variables.push(("entrust.admin_application_id".to_owned(), "a".to_owned()));
        variables.push(("mail.user".to_owned(), "a".to_owned()));
        let settings = Settings::load_with(&folder.join("settings.toml"), variables).unwrap();
        let found = read_by_components(&settings);
        assert_eq!(found.len(), 23);
        for (key, path) in found {
            assert_eq!(path, folder.join(&key).join("file"), "{key}");
        }
        assert_eq!(settings.organisation.logo_file, folder.join("logo.svg").to_str().unwrap());
        assert!(settings.logo.is_some());
        assert_eq!(settings.paths.len(), 24);
        assert!(settings.paths.iter().all(|path| path.path.starts_with(folder)), "{:?}", settings.paths);
    }

    #[test]
    fn path_forms_are_resolved() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, MINIMAL).unwrap();
        let in_folder = |name: &str| folder.path().join(name);
        for (key, text, expected) in [
            ("store.url", "sqlite:reset.db", vec![in_folder("reset.db")]),
            ("store.url", "sqlite://reset.db", vec![in_folder("reset.db")]),
            ("store.url", "sqlite:data/reset.db", vec![in_folder("data/reset.db")]),
            ("store.url", "sqlite:/var/lib/reset.db", vec!["/var/lib/reset.db".into()]),
            ("store.url", "sqlite:///var/lib/reset.db", vec!["/var/lib/reset.db".into()]),
            ("audit_file", "./audit.jsonl", vec![in_folder("audit.jsonl")]),
            ("audit_file", "/var/log/audit.jsonl", vec!["/var/log/audit.jsonl".into()]),
            ("store.key_files", "[key2, /etc/key1]", vec![in_folder("key2"), "/etc/key1".into()]),
            ("store.key_files", "key", vec![in_folder("key")]),
            ("mail.ca_file", "", vec![]),
        ] {
            let settings = Settings::load_with(&file, vec![(key.to_owned(), text.to_owned())]).unwrap();
            let paths = settings.paths.into_iter().filter(|path| path.key == key).map(|path| path.path);
            assert_eq!(paths.collect::<Vec<_>>(), expected, "{key}={text}");
        }
    }

    #[test]
    fn invalid_path_is_reported_with_its_source() {
        for (variables, expected) in [
            (
                &[("store.url", "postgres://x")][..],
                "environment variable RESET__STORE__URL: store.url: expected sqlite:FILE, or postgres://USER@HOST/DATABASE",
            ),
            (
                &[("store.url", "sqlite:")],
                "environment variable RESET__STORE__URL: store.url: expected sqlite:FILE, or postgres://USER@HOST/DATABASE",
            ),
            (
                &[("store.key_files", "[]")],
                "environment variable RESET__STORE__KEY_FILES: store.key_files: expected at least one",
            ),
        ] {
            let error = load_with(MINIMAL, variables).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        let numeric = format!("audit_file = 7\n{MINIMAL}");
        assert!(load_with(&numeric, &[]).unwrap_err().starts_with("FILE: audit_file: invalid type"));
    }
}
