//! Files with keys, secrets and certificates that the settings refer to.

use super::certificate_files::{certificates, is_utf16};
use super::{Settings, SettingsError, SettingsPath};
use std::path::Path;
use zeroize::Zeroizing;

/// The length of a key file in bytes.
const KEY_BYTES: usize = 32;
/// Windows editors write it at the start of UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Settings {
    /// Reads all files that the settings refer to, so that an unusable one is reported at start-up with its key, and
    /// no other system receives a secret that cannot be right.
    pub fn files(&self) -> Result<(), SettingsError> {
        self.paths.iter().try_for_each(SettingsPath::refuse_earlier_place)?;
        self.keys()?;
        self.audit_signing_seed()?;
        secret("directory.bind_password_file", &self.directory.bind_password_file)?;
        for (key, file, is_used) in [
            ("entrust.admin_secret_file", &self.entrust.admin_secret_file, true),
            ("hr.client_secret_file", &self.hr.client_secret_file, true),
            ("mail.password_file", &self.mail.password_file, self.mail.url.is_some()),
            ("store.password_file", &self.store.password_file, self.sqlite_path().is_none()),
            ("sms.token_file", &self.sms.token_file, self.sms.url.is_some()),
        ] {
            match file {
                Some(file) if is_used => drop(secret(key, file)?),
                Some(file) => drop(Zeroizing::new(read(key, file)?)),
                None => {}
            }
        }
        for (key, file, is_used) in [
            ("audit.syslog_ca_file", &self.audit.syslog_ca_file, self.audit.syslog.is_some()),
            ("breached.range_ca_file", &self.breached.range_ca_file, self.breached.range_url.is_some()),
            ("directory.ca_file", &self.directory.ca_file, true),
            ("entrust.ca_file", &self.entrust.ca_file, true),
            ("mail.ca_file", &self.mail.ca_file, self.mail.url.is_some()),
            ("sms.ca_file", &self.sms.ca_file, self.sms.url.is_some()),
            ("store.ca_file", &self.store.ca_file, self.sqlite_path().is_none()),
            ("hr.ca_file", &self.hr.ca_file, self.hr.url.is_some()),
            ("telemetry.otlp_ca_file", &self.telemetry.otlp_ca_file, self.telemetry.otlp_url.is_some()),
        ] {
            match file {
                Some(file) if is_used => drop(certificates(key, file)?),
                Some(file) => drop(read(key, file)?),
                None => {}
            }
        }
        self.tls().map(drop)
    }

    /// Returns the contents of the key files, in the order of the setting.
    pub fn keys(&self) -> Result<Vec<Zeroizing<[u8; KEY_BYTES]>>, SettingsError> {
        self.store.key_files.iter().map(|file| key("store.key_files", file)).collect()
    }
}

/// Returns the key in a file of random bytes.
pub(super) fn key(key: &'static str, file: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, SettingsError> {
    let bytes = Zeroizing::new(read(key, file)?);
    <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map(Zeroizing::new).map_err(|_| {
        SettingsError::Invalid(format!(
            "{key}: {}: expected exactly {KEY_BYTES} random bytes, found {}{}",
            file.display(),
            bytes.len(),
            key_advice(&bytes)
        ))
    })
}

/// Advice for a key file of the wrong length that contains the key as text.
fn key_advice(content: &[u8]) -> &'static str {
    if is_utf16(content) {
        return ": it is UTF-16 text; write the bytes themselves";
    }
    let text = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content).trim_ascii();
    let is_separator = |byte: &u8| byte.is_ascii_whitespace() || [b':', b'-'].contains(byte);
    let digits = text.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-\r\n".contains(byte);
    if text.is_empty() {
        ""
    } else if digits >= KEY_BYTES && text.iter().all(|byte| byte.is_ascii_hexdigit() || is_separator(byte)) {
        ": it looks like hexadecimal text; convert it to bytes: xxd -r -p FILE NEW"
    } else if (40..=52).contains(&text.len()) && text.iter().all(is_base64) {
        ": it looks like base64 text; convert it to bytes: base64 -d FILE > NEW"
    } else if text.len() == KEY_BYTES && content.len() > KEY_BYTES {
        ": the rest are line ends, spaces or a byte order mark of an editor"
    } else {
        ""
    }
}

/// Returns the secret in a file: one line of UTF-8 text, without the byte order mark and the line end that editors
/// add.
pub fn secret(key: &'static str, file: &Path) -> Result<Zeroizing<String>, SettingsError> {
    let content = Zeroizing::new(read(key, file)?);
    parse_secret(&content)
        .map(|text| Zeroizing::new(text.to_owned()))
        .map_err(|expected| SettingsError::Invalid(format!("{key}: {}: expected {expected}", file.display())))
}

/// Parses the content of a secret file; the error says what was expected.
fn parse_secret(content: &[u8]) -> Result<&str, &'static str> {
    if is_utf16(content) {
        return Err("UTF-8 text, found UTF-16; save the file as UTF-8");
    }
    let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
    let text = std::str::from_utf8(content)
        .map_err(|_| "UTF-8 text, found another encoding; save the file as UTF-8")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.trim().is_empty() {
        return Err("a secret, the file is empty");
    }
    if text.contains(['\n', '\r']) {
        return Err("one line, found several");
    }
    if text.contains(|character: char| character.is_control() || character == '\u{feff}') {
        return Err("text, found a control character such as NUL or tab");
    }
    Ok(text)
}

pub(super) fn read(key: &'static str, file: &Path) -> Result<Vec<u8>, SettingsError> {
    std::fs::read(file).map_err(|source| SettingsError::UnreadableFile { key, file: file.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2], mark: &[u8]) -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(to_bytes)).collect()
    }

    #[test]
    fn secret_is_one_line_of_utf8_text_with_or_without_a_byte_order_mark() {
        for (content, expected) in [
            (&b"geheim"[..], "geheim"),
            (b"geheim\n", "geheim"),
            (b"geheim\r\n", "geheim"),
            (b"geheim\r", "geheim"),
            (b"\xef\xbb\xbfgeheim", "geheim"),
            (b"\xef\xbb\xbfgeheim\r\n", "geheim"),
            ("wächtwoord €\n".as_bytes(), "wächtwoord €"),
            (b" with spaces \n", " with spaces "),
            (b"\"quoted\"", "\"quoted\""),
        ] {
            assert_eq!(parse_secret(content), Ok(expected), "{content:?}");
        }
    }

    #[test]
    fn secret_that_cannot_be_right_is_refused_with_key_and_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let (le, be) = (u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes as fn(u16) -> [u8; 2]);
        let encoding = "UTF-8 text, found another encoding; save the file as UTF-8";
        let wide = "UTF-8 text, found UTF-16; save the file as UTF-8";
        let empty = "a secret, the file is empty";
        let control = "text, found a control character such as NUL or tab";
        for (content, expected) in [
            (utf16("geheim\r\n", le, b"\xff\xfe"), wide),
            (utf16("geheim\r\n", be, b"\xfe\xff"), wide),
            (utf16("geheim", le, b""), wide),
            (utf16("geheim\n", be, b""), wide),
            (utf16("", le, b"\xff\xfe"), wide),
            (b"w\xe4chtwoord".to_vec(), encoding),
            (b"geheim\x80".to_vec(), encoding),
            (Vec::new(), empty),
            (b"\n".to_vec(), empty),
            (b"\r\n".to_vec(), empty),
            (b"\xef\xbb\xbf\r\n".to_vec(), empty),
            (b"   \n".to_vec(), empty),
            (b"geheim\n\n".to_vec(), "one line, found several"),
            (b"user\ngeheim\n".to_vec(), "one line, found several"),
            (b"user\r\ngeheim".to_vec(), "one line, found several"),
            (b"geh\0eim".to_vec(), control),
            (b"geheim\0".to_vec(), control),
            (b"geheim\t\n".to_vec(), control),
            (b"\x1b[0mgeheim".to_vec(), control),
            (b"\xef\xbb\xbf\xef\xbb\xbfgeheim".to_vec(), control),
            ("geheim\u{85}".as_bytes().to_vec(), control),
        ] {
            std::fs::write(&file, &content).unwrap();
            let error = secret("mail.password_file", &file).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("mail.password_file: {}: expected {expected}", file.display()),
                "{content:?}"
            );
        }
    }

    #[test]
    fn key_file_that_contains_text_is_refused_with_advice() {
        let hex = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
        let separated: Vec<String> =
            hex.as_bytes().chunks(2).map(|pair| String::from_utf8(pair.to_vec()).unwrap()).collect();
        let (hex_advice, base64_advice) = ("looks like hexadecimal text", "looks like base64 text");
        for (content, advice) in [
            (hex.as_bytes().to_vec(), hex_advice),
            (format!("{hex}\n").into_bytes(), hex_advice),
            (format!("\u{feff}{hex}\r\n").into_bytes(), hex_advice),
            (separated.join(":").into_bytes(), hex_advice),
            (separated.join(" ").into_bytes(), hex_advice),
            (b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_vec(), base64_advice),
            (b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n".to_vec(), base64_advice),
            (b"\xef\xbb\xbfAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\r\n".to_vec(), base64_advice),
            (utf16(hex, u16::to_le_bytes, b"\xff\xfe"), "it is UTF-16 text"),
            ([&[b'k'; 32][..], b"\n"].concat(), "the rest are line ends"),
            ([&b"\xef\xbb\xbf"[..], &[b'k'; 32]].concat(), "the rest are line ends"),
        ] {
            let found = key_advice(&content);
            assert!(found.contains(advice), "{content:?}: {found}");
        }
        for content in [&b""[..], &[7; 31], &[7; 64], &[0; 33], b"geheim", &[0xf0; 44], b"\n\n"] {
            assert_eq!(key_advice(content), "", "{content:?}");
        }
    }
}
