//! Access rights of the files with keys, secrets and stored data. On Unix, only their owner and, for reading, their
//! group should have access.

use super::{Settings, SettingsPath};
use std::path::{Path, PathBuf};

/// Ends of the keys whose files are secret. The service reads them.
const SECRET: [&str; 5] = ["password_file", "secret_file", "token_file", "key_file", "key_files"];
/// Keys whose files the service writes. `SQLite` keeps two more files beside the store.
const WRITTEN: [&str; 2] = ["store.url", "audit_file"];
/// Access of other users.
const OTHERS: u32 = 0o007;
/// Access of other users, and write access of the group.
const EXCESS: u32 = OTHERS | 0o020;

/// A file to which too many users have access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposedFile {
    /// The key of the setting that names it.
    pub key: String,
    /// The file.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
}

impl ExposedFile {
    /// Names the mode and who has access.
    pub fn reason(&self) -> &'static str {
        if self.mode & OTHERS == 0 {
            "its group can write it"
        } else {
            "every user of this machine has access"
        }
    }

    /// The command that removes the access. The group keeps its read access, because the service may depend on it.
    pub fn command(&self) -> String {
        format!("chmod {:04o} {}", self.mode & 0o7777 & !EXCESS, quoted(&self.path))
    }
}

/// An argument of a command line, in quotation marks if it needs them.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    if text.bytes().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

impl Settings {
    /// Returns the secret and written files to which too many users have access. Empty on other systems than Unix.
    pub fn exposed_files(&self) -> Vec<ExposedFile> {
        self.paths.iter().flat_map(files_of).filter_map(|(key, path)| exposed(key, path)).collect()
    }

    /// Returns whether the file of this setting is secret.
    pub fn is_secret(path: &SettingsPath) -> bool {
        SECRET.iter().any(|end| path.key.ends_with(end))
    }
}

fn files_of(path: &SettingsPath) -> Vec<(&str, PathBuf)> {
    let mut files = Vec::new();
    if Settings::is_secret(path) || WRITTEN.contains(&path.key.as_str()) {
        files.push((path.key.as_str(), path.path.clone()));
    }
    if path.key == "store.url" {
        for end in ["-wal", "-shm"] {
            let mut name = path.path.clone().into_os_string();
            name.push(end);
            files.push((path.key.as_str(), name.into()));
        }
    }
    files
}

/// A file that does not exist (yet) or cannot be examined is reported by the component that reads it.
#[cfg(unix)]
fn exposed(key: &str, path: PathBuf) -> Option<ExposedFile> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(&path).ok()?;
    let mode = metadata.permissions().mode() & 0o7777;
    let is_exposed = metadata.is_file() && mode & EXCESS != 0;
    is_exposed.then(|| ExposedFile { key: key.to_owned(), path, mode })
}

#[cfg(not(unix))]
fn exposed(_: &str, _: PathBuf) -> Option<ExposedFile> {
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::tests::MINIMAL;
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    /// Loads settings in a folder with files of these modes.
    fn exposed_files(files: &[(&str, u32)]) -> (Vec<ExposedFile>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        fs::write(&file, MINIMAL).unwrap();
        for (name, mode) in files {
            let path = folder.path().join(name);
            fs::write(&path, "x").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
        }
        let variables = [
            ("store.url", "sqlite:reset.db"),
            ("store.key_files", "[key2, key1]"),
            ("audit_file", "audit.jsonl"),
            ("directory.bind_password_file", "it's a password"),
            ("directory.ca_file", "ca.pem"),
            ("tls_cert_file", "cert.pem"),
            ("tls_key_file", "tls_key.pem"),
            ("audit.signing_key_file", "audit.key"),
        ];
        let variables = variables.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        (Settings::load_with(&file, variables).unwrap().exposed_files(), folder)
    }

    #[test]
    fn files_that_other_users_can_access_are_reported_with_mode_and_command() {
        let (found, folder) = exposed_files(&[
            ("reset.db", 0o644),
            ("reset.db-wal", 0o666),
            ("key1", 0o604),
            ("key2", 0o400),
            ("it's a password", 0o755),
            ("audit.jsonl", 0o660),
            ("tls_key.pem", 0o644),
            ("audit.key", 0o604),
            ("ca.pem", 0o666),
            ("cert.pem", 0o644),
        ]);
        let folder = format!("{}/", folder.path().display());
        let mut found: Vec<_> = found
            .iter()
            .map(|file| {
                (file.key.as_str(), format!("{:04o}", file.mode), file.command().replace(&folder, ""))
            })
            .collect();
        found.sort();
        let row = |key, mode: &str, command: &str| (key, mode.to_owned(), command.to_owned());
        assert_eq!(
            found,
            [
                row("audit.signing_key_file", "0604", "chmod 0600 audit.key"),
                row("audit_file", "0660", "chmod 0640 audit.jsonl"),
                row("directory.bind_password_file", "0755", "chmod 0750 'it'\\''s a password'"),
                row("store.key_files", "0604", "chmod 0600 key1"),
                row("store.url", "0644", "chmod 0640 reset.db"),
                row("store.url", "0666", "chmod 0640 reset.db-wal"),
                row("tls_key_file", "0644", "chmod 0640 tls_key.pem"),
            ]
        );
    }

    #[test]
    fn files_of_the_owner_and_files_that_the_group_reads_are_not_reported() {
        let (found, _folder) = exposed_files(&[
            ("reset.db", 0o600),
            ("key1", 0o640),
            ("key2", 0o400),
            ("it's a password", 0o440),
            ("audit.jsonl", 0o640),
        ]);
        assert_eq!(found, []);
    }
}
