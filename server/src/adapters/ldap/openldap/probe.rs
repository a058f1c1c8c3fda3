//! What the service account may do, found out by changes that cannot happen: each asks, in one modify that is
//! carried out whole or not at all, for something that is not there to be taken away. slapd looks at the rights
//! first. Not the real writes.

use super::super::connection::{LdapFailure, Reply};
use super::Session;
use crate::random;
use ldap3::Mod;
use std::collections::HashSet;
use uuid::Uuid;

const NO_SUCH_ATTRIBUTE: u32 = 16;
const CONSTRAINT_VIOLATION: u32 = 19;
const INSUFFICIENT_ACCESS: u32 = 50;

/// What a change that cannot happen was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// It may.
    Held,
    /// It may not.
    Not,
}

fn take_away(attribute: &str, value: &str) -> Mod<Vec<u8>> {
    Mod::Delete(attribute.as_bytes().to_vec(), HashSet::from([value.as_bytes().to_vec()]))
}

/// A value that stands nowhere.
fn nowhere() -> Result<String, LdapFailure> {
    let drawn = random::bytes::<16>().map_err(|e| LdapFailure::Unusable(format!("no random bytes: {e}")))?;
    Ok(Uuid::from_bytes(drawn).simple().to_string())
}

/// Whether it may write this attribute; `value` has its syntax, and for a text is drawn.
pub(super) async fn may_write(
    session: &mut Session,
    dn: &str,
    attribute: &str,
    value: Option<&str>,
) -> Result<Right, LdapFailure> {
    let drawn = nowhere()?;
    let mut changes = vec![take_away(attribute, value.unwrap_or(&drawn))];
    if value.is_some() {
        // The value may stand there after all; what follows fails in any case, and the first with it.
        changes.push(take_away(attribute, value.unwrap_or(&drawn)));
    }
    match answer(session, dn, changes).await? {
        (NO_SUCH_ATTRIBUTE, _) => Ok(Right::Held),
        (INSUFFICIENT_ACCESS, _) => Ok(Right::Not),
        (code, diagnostic) => Err(LdapFailure::Answer { operation: "modify", code, diagnostic }),
    }
}

/// Whether the policy holds for what it writes: `manage` would lift it.
pub(super) async fn is_held_to_policy(session: &mut Session, dn: &str) -> Result<bool, LdapFailure> {
    let too_short = Mod::Replace(b"userPassword".to_vec(), HashSet::from([b"x".to_vec()]));
    // The second cannot happen, and so the first does not, whatever the policy says.
    let (code, diagnostic) = answer(session, dn, vec![too_short, take_away("cn", &nowhere()?)]).await?;
    match code {
        CONSTRAINT_VIOLATION => Ok(true),
        NO_SUCH_ATTRIBUTE | INSUFFICIENT_ACCESS => Ok(false),
        code => Err(LdapFailure::Answer { operation: "modify", code, diagnostic }),
    }
}

async fn answer(
    session: &mut Session,
    dn: &str,
    changes: Vec<Mod<Vec<u8>>>,
) -> Result<(u32, String), LdapFailure> {
    match session.connection.modify(dn, changes, Vec::new()).await {
        Reply::Answered(result) => Ok((result.rc, result.text)),
        Reply::Not(what) => Err(LdapFailure::Lost(what)),
        Reply::Silence(what) => Err(LdapFailure::Silent(what)),
    }
}
