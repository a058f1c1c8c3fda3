//! Describes a failed HTTP call: no connection, an explained TLS failure, no answer in time or an interruption.

use super::tls_failure::TlsServer;
use std::time::Duration;

/// Describes the error of a call that got no complete answer within `timeout`. The text contains no part of request
/// or response.
pub(super) fn describe(error: &reqwest::Error, timeout: Duration, server: TlsServer<'_>) -> String {
    if let Some(explanation) = server.explain(error) {
        return explanation;
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if error.is_timeout() && !error.is_connect() {
        format!("no complete answer within {timeout:?}")
    } else if error.is_connect() {
        format!("no connection: {cause}; check {} and the firewall", server.address_key)
    } else {
        format!("the connection was interrupted: {cause}")
    }
}
