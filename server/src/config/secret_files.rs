//! Files with keys, secrets and certificates that the settings refer to.

use super::{Settings, SettingsError, SettingsPath};
use std::path::Path;
use zeroize::Zeroizing;

impl Settings {
    /// Reads all files that the settings refer to, so that an unreadable one is reported at start-up with its key.
    pub fn files(&self) -> Result<(), SettingsError> {
        self.paths.iter().try_for_each(SettingsPath::refuse_earlier_place)?;
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

    /// Returns the contents of the key files, in the order of the setting.
    pub fn keys(&self) -> Result<Vec<Zeroizing<[u8; 32]>>, SettingsError> {
        self.store
            .key_files
            .iter()
            .map(|file| {
                let bytes = Zeroizing::new(read("store.key_files", file)?);
                <[u8; 32]>::try_from(bytes.as_slice()).map(Zeroizing::new).map_err(|_| {
                    SettingsError::Invalid(format!(
                        "store.key_files: {}: expected exactly 32 random bytes, found {}",
                        file.display(),
                        bytes.len()
                    ))
                })
            })
            .collect()
    }
}

/// Returns the secret in a file, without the newline that editors append.
pub fn secret(key: &'static str, file: &Path) -> Result<Zeroizing<String>, SettingsError> {
    let text = Zeroizing::new(read(key, file)?);
    let text = std::str::from_utf8(&text)
        .map_err(|_| SettingsError::Invalid(format!("{key}: {}: expected UTF-8 text", file.display())))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(SettingsError::Invalid(format!(
            "{key}: {}: expected a secret, the file is empty",
            file.display()
        )));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

fn read(key: &'static str, file: &Path) -> Result<Vec<u8>, SettingsError> {
    std::fs::read(file).map_err(|source| SettingsError::UnreadableFile { key, file: file.to_owned(), source })
}
