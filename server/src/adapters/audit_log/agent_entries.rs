//! The entries of one agent of the service desk: those about the agent, and those about others that name the agent.

use super::pieces::Pieces;
use jiff::Timestamp;
use serde::Deserialize;
use std::fs::File;
use std::path::Path;

/// Selects the entries.
#[derive(Debug, Clone)]
pub struct AgentEntries {
    /// The pseudonyms of the agent.
    pub pseudonyms: Vec<String>,
    /// Only entries of this time or later.
    pub since: Option<Timestamp>,
    /// Only entries before this time.
    pub until: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Fields {
    at: Timestamp,
    event: EventFields,
    subject: String,
}

#[derive(Deserialize)]
struct EventFields {
    #[serde(default)]
    agent: String,
}

impl AgentEntries {
    /// The time of the entry in this line; `None` if it is no entry, or not one of the selected ones.
    pub fn time_of(&self, line: &[u8]) -> Option<Timestamp> {
        let Fields { at, event, subject } = serde_json::from_slice(line).ok()?;
        let is_agent = |pseudonym: &String| *pseudonym == subject || *pseudonym == event.agent;
        let is_in_time =
            self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until);
        (is_in_time && self.pseudonyms.iter().any(is_agent)).then_some(at)
    }

    /// Calls `found` with each selected entry of a file.
    pub fn read(&self, path: &Path, mut found: impl FnMut(Timestamp, &[u8])) -> std::io::Result<()> {
        let mut pieces = Pieces::new(File::open(path)?);
        while let Some(piece) = pieces.next()? {
            if let Some(at) = self.time_of(piece.bytes) {
                found(at, piece.bytes);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: &str, event: &str, subject: &str) -> String {
        format!(r#"{{"v":2,"at":"{at}","event":{event},"reference":"","subject":"{subject}","network":""}}"#)
    }

    #[test]
    fn entries_about_an_agent_and_by_an_agent_are_selected_in_their_time() {
        let entries = AgentEntries {
            pseudonyms: vec!["a1".to_owned(), "a2".to_owned()],
            since: Some("2026-11-28T00:00:00Z".parse().unwrap()),
            until: Some("2026-11-29T00:00:00Z".parse().unwrap()),
        };
        let at = "2026-11-28T00:00:00Z";
        let (signed_in, helped) =
            (r#"{"event":"desk_signed_in"}"#, r#"{"event":"caller_verified","agent":"a1"}"#);
        for selected in [line(at, signed_in, "a2"), line(at, helped, "c1")] {
            assert_eq!(entries.time_of(selected.as_bytes()), Some(at.parse().unwrap()), "{selected}");
        }
        for other in [
            line(at, signed_in, "c1"),
            line(at, r#"{"event":"caller_verified","agent":"b1"}"#, "c1"),
            line("2026-11-27T23:59:59Z", helped, "c1"),
            line("2026-11-29T00:00:00Z", helped, "c1"),
            "{\"v\":2,\"at\":".to_owned(),
        ] {
            assert_eq!(entries.time_of(other.as_bytes()), None, "{other}");
        }
    }
}
