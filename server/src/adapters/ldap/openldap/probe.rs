//! Tests the rights of the service account with changes that cannot succeed: each modify, which slapd applies
//! completely or not at all, contains the deletion of a value that does not exist. slapd checks access before it
//! checks the value.

use super::super::connection::WriteOutcome;
use super::super::failure::LdapFailure;
use super::super::result_code::{CONSTRAINT_VIOLATION, INSUFFICIENT_ACCESS, NO_SUCH_ATTRIBUTE};
use super::slapd_info::Session;
use crate::random;
use ldap3::Mod;
use std::collections::HashSet;
use uuid::Uuid;

/// Result of a write probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteAccess {
    /// The write is permitted.
    Allowed,
    /// The write is not permitted.
    Denied,
}

fn delete_value(attribute: &str, value: &str) -> Mod<Vec<u8>> {
    Mod::Delete(attribute.as_bytes().to_vec(), HashSet::from([value.as_bytes().to_vec()]))
}

/// Returns a value that occurs nowhere.
fn random_value() -> Result<String, LdapFailure> {
    let bytes = random::bytes::<16>().map_err(|e| LdapFailure::Unusable(format!("no random bytes: {e}")))?;
    Ok(Uuid::from_bytes(bytes).simple().to_string())
}

/// Whether the service account may write this attribute. `value` must match the syntax of the attribute; `None` uses
/// random text.
pub(super) async fn may_write(
    session: &mut Session,
    dn: &str,
    attribute: &str,
    value: Option<&str>,
) -> Result<WriteAccess, LdapFailure> {
    let random_value = random_value()?;
    let mut changes = vec![delete_value(attribute, value.unwrap_or(&random_value))];
    if value.is_some() {
        // The given value may exist. The second deletion then fails, and the first one with it.
        changes.push(delete_value(attribute, value.unwrap_or(&random_value)));
    }
    match send_modify(session, dn, changes).await? {
        (NO_SUCH_ATTRIBUTE, _) => Ok(WriteAccess::Allowed),
        (INSUFFICIENT_ACCESS, _) => Ok(WriteAccess::Denied),
        (code, diagnostic) => Err(LdapFailure::Answer { operation: "modify", code, diagnostic, advice: "" }),
    }
}

/// Whether the policy applies to writes of the service account; `manage` would lift it.
pub(super) async fn policy_applies(session: &mut Session, dn: &str) -> Result<bool, LdapFailure> {
    let too_short = Mod::Replace(b"userPassword".to_vec(), HashSet::from([b"x".to_vec()]));
    // The second change cannot succeed, so the first one is not applied, whatever the policy says.
    let (code, diagnostic) =
        send_modify(session, dn, vec![too_short, delete_value("cn", &random_value()?)]).await?;
    match code {
        CONSTRAINT_VIOLATION => Ok(true),
        NO_SUCH_ATTRIBUTE | INSUFFICIENT_ACCESS => Ok(false),
        code => Err(LdapFailure::Answer { operation: "modify", code, diagnostic, advice: "" }),
    }
}

async fn send_modify(
    session: &mut Session,
    dn: &str,
    changes: Vec<Mod<Vec<u8>>>,
) -> Result<(u32, String), LdapFailure> {
    match session.connection.modify(dn, changes, Vec::new()).await {
        WriteOutcome::Answered(result) => Ok((result.rc, result.text)),
        WriteOutcome::NotSent(what) => Err(LdapFailure::Disconnected(what)),
        WriteOutcome::NoAnswer(what) => Err(LdapFailure::TimedOut(what)),
    }
}
