//! Why a request to one LDAP server failed.

/// Failure of one request to one server.
#[derive(Debug, thiserror::Error)]
pub(super) enum LdapFailure {
    /// No connection, or it was closed.
    #[error("{0}")]
    Disconnected(String),
    /// Connected, but no response within the timeout: the server hangs, and a new connection to it would too.
    #[error("{0}")]
    TimedOut(String),
    /// The server answered with an error result code.
    #[error("{operation}: result code {code}: {diagnostic}")]
    Answer {
        operation: &'static str,
        code: u32,
        /// The text of the server.
        diagnostic: String,
        /// What an operator can do; may be empty.
        advice: &'static str,
    },
    /// The response about one entry is invalid or incomplete.
    #[error("{0}")]
    Unusable(String),
    /// The server, or its configuration, cannot serve any account. This is an outage and must not look like an
    /// account that does not exist.
    #[error("{0}")]
    ServerUnusable(String),
}
