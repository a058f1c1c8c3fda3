//! What a check of an outside part found; rows of the `check` command and of the admin page.

use serde::Serialize;

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Good,
    /// Works, but somebody should know.
    Warning,
    /// Does not work.
    Bad,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which part, e.g. `directory`.
    pub part: &'static str,
    /// What was looked at, with the host where there is one, e.g. `ldaps://dc1.pantein.grp bind`.
    pub what: String,
    /// How it stands.
    pub state: State,
    /// What was seen, and what to do where it is not good.
    pub detail: String,
    /// Exactly what to type to mend it, one command per line; of the lines for one tool all are meant.
    #[serde(rename = "mend", skip_serializing_if = "Vec::is_empty")]
    pub remediation: Vec<String>,
}

impl Finding {
    /// As it should be.
    pub fn good(part: &'static str, what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { part, what: what.into(), state: State::Good, detail: detail.into(), remediation: Vec::new() }
    }

    /// Works, but somebody should know.
    pub fn warning(part: &'static str, what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            part,
            what: what.into(),
            state: State::Warning,
            detail: detail.into(),
            remediation: Vec::new(),
        }
    }

    /// Does not work.
    pub fn bad(part: &'static str, what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { part, what: what.into(), state: State::Bad, detail: detail.into(), remediation: Vec::new() }
    }

    /// With what to type to mend it.
    #[must_use]
    pub fn with_remediation(self, remediation: Vec<String>) -> Self {
        Self { remediation, ..self }
    }
}
