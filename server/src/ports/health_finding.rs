//! Results of checking external systems: rows of the `check` command and of the admin page.

use serde::Serialize;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Works as intended.
    Good,
    /// Works, but an operator should look at it.
    Warning,
    /// Does not work.
    Bad,
}

/// One row of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The system that was checked, e.g. `directory`.
    pub part: &'static str,
    /// The subject of the check, with its host if there is one, e.g. `ldaps://dc1.pantein.grp bind`.
    pub what: String,
    /// The severity.
    pub state: State,
    /// The observation, and what to do about it unless the state is good.
    pub detail: String,
    /// The commands that fix it, one per line. Several lines for one tool belong together: run all of them.
    #[serde(rename = "mend", skip_serializing_if = "Vec::is_empty")]
    pub remediation: Vec<String>,
}

impl Finding {
    /// Creates a finding with [`State::Good`].
    pub fn good(part: &'static str, what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { part, what: what.into(), state: State::Good, detail: detail.into(), remediation: Vec::new() }
    }

    /// Creates a finding with [`State::Warning`].
    pub fn warning(part: &'static str, what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            part,
            what: what.into(),
            state: State::Warning,
            detail: detail.into(),
            remediation: Vec::new(),
        }
    }

    /// Creates a finding with [`State::Bad`].
    pub fn bad(part: &'static str, what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { part, what: what.into(), state: State::Bad, detail: detail.into(), remediation: Vec::new() }
    }

    /// Adds the commands that fix it.
    #[must_use]
    pub fn with_remediation(self, remediation: Vec<String>) -> Self {
        Self { remediation, ..self }
    }
}
