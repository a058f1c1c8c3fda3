//! Entries for other systems: JSON lines, and syslog messages (RFC 5424).

use super::pieces::Pieces;
use jiff::Timestamp;
use serde::Deserialize;
use std::fs::File;
use std::io::{Result, Write};
use std::path::Path;

/// Facility 13 (log audit), severity 6 (informational).
const PRIORITY: u8 = 13 * 8 + 6;
const APP_NAME: &str = "wachtwoord-reset";

/// The form of an exported entry.
#[derive(Debug, Clone)]
pub enum Format {
    /// The line as it is in the file.
    JsonLines,
    /// A message of RFC 5424: the event is its MSGID, and the line its text.
    Syslog {
        /// HOSTNAME.
        host: String,
    },
}

/// An export.
#[derive(Debug, Clone)]
pub struct Export {
    /// The form.
    pub format: Format,
    /// Only entries since this time.
    pub since: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Fields {
    at: Timestamp,
    event: EventName,
}

#[derive(Deserialize)]
struct EventName {
    event: String,
}

impl Export {
    /// The exported form of a line, without a line end. `None` if it is no entry, or too old.
    pub(super) fn message(&self, line: &[u8]) -> Option<Vec<u8>> {
        let line = line.trim_ascii_end();
        let fields: Fields = serde_json::from_slice(line).ok()?;
        if self.since.is_some_and(|since| fields.at < since) {
            return None;
        }
        Some(match &self.format {
            Format::JsonLines => line.to_vec(),
            Format::Syslog { host } => syslog(host, &fields, line),
        })
    }

    /// Writes the entry in a line, with a line end. A line that is no entry is left out.
    pub fn write_line(&self, line: &[u8], output: &mut impl Write) -> Result<()> {
        let Some(message) = self.message(line) else { return Ok(()) };
        output.write_all(&message)?;
        output.write_all(b"\n")
    }

    /// Writes the entries of a file, each with a line end. Lines that are no entry are left out.
    pub fn write(&self, path: &Path, output: &mut impl Write) -> Result<()> {
        let mut pieces = Pieces::new(File::open(path)?);
        while let Some(piece) = pieces.next()? {
            if piece.is_line {
                self.write_line(piece.bytes, output)?;
            }
        }
        Ok(())
    }
}

fn syslog(host: &str, fields: &Fields, line: &[u8]) -> Vec<u8> {
    let message_id: String = fields.event.event.chars().filter(char::is_ascii_graphic).take(32).collect();
    // RFC 5424 allows six digits of a second; the nil value `-` stands for process and structured data.
    let header = format!("<{PRIORITY}>1 {:.6} {host} {APP_NAME} - {message_id} - ", fields.at);
    [header.as_bytes(), line].concat()
}

/// The name of this machine as HOSTNAME of a message; `-` if it has none.
pub fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.chars().filter(char::is_ascii_graphic).take(255).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"v":2,"seq":1,"prev":"00","at":"2026-11-22T09:12:44.0181239Z","event":{"event":"verified"},"reference":"","subject":"","network":""}"#;

    fn exported(export: &Export) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        std::fs::write(&file, format!("{LINE}\nnot an entry\n{LINE}\n{{\"v\":2,")).unwrap();
        let mut output = Vec::new();
        export.write(&file, &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn json_lines_are_the_lines_of_the_file() {
        let export = Export { format: Format::JsonLines, since: None };
        assert_eq!(exported(&export), format!("{LINE}\n{LINE}\n"));
        let since = Some("2026-11-22T09:13:00Z".parse().unwrap());
        assert_eq!(exported(&Export { since, ..export }), "");
    }

    #[test]
    fn syslog_message_has_the_header_of_rfc_5424() {
        let export = Export { format: Format::Syslog { host: "reset01".into() }, since: None };
        let header = "<110>1 2026-11-22T09:12:44.018123Z reset01 wachtwoord-reset - verified - ";
        assert_eq!(exported(&export), format!("{header}{LINE}\n{header}{LINE}\n"));
    }
}
