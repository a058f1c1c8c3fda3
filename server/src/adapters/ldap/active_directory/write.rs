//! Password write and unlock on one server. A write that was sent but not answered is reported as unknown, not
//! repeated.

use super::super::config::TimeSource;
use super::super::connection::ReplaceOutcome;
use super::super::failure::LdapFailure;
use super::super::pool::{Query as _, unknown_server};
use super::account::guid_dn;
use super::domain_info::{ENFORCE, Pool, Server, Session};
use super::outcome::{self, Diagnosis};
use super::policy::PolicyCache;
use crate::ports::directory::{Account, DirectoryError, SetPasswordError};
use app::domain::password::Password;
use app::policy::Violation;
use zeroize::Zeroizing;

/// Sets the password and unlocks the account, in one modify: a password reset alone leaves an account locked.
pub(super) async fn password(
    pool: &Pool,
    policies: &PolicyCache,
    now: &TimeSource,
    account: &Account,
    password: &Password,
) -> Result<(), SetPasswordError> {
    let quoted = quoted_utf16(password);
    let (server, mut session) = session(pool, account).await.map_err(SetPasswordError::NotWritten)?;
    let mut reply = send(&mut session, account, &quoted).await;
    if matches!(reply, ReplaceOutcome::NotSent(_)) {
        // The idle connection was closed and nothing was sent, so a new connection can be used.
        server.drop_idle();
        let reopened = pool.live_session(&server).await;
        session =
            reopened.map_err(|failure| SetPasswordError::NotWritten(server.directory_error(failure)))?;
        reply = send(&mut session, account, &quoted).await;
    }
    match reply {
        ReplaceOutcome::Answered(0, _) => {
            server.return_idle(session);
            Ok(())
        }
        ReplaceOutcome::Answered(code, diagnostic) => match Diagnosis::from_response(code, &diagnostic) {
            Diagnosis::Password(reported) => {
                // A policy that has just become stricter would explain the refusal.
                policies.clear();
                let violation = match reported {
                    Some(violation) => violation,
                    None => infer_violation(policies, now, account, &mut session, password).await,
                };
                server.return_idle(session);
                Err(SetPasswordError::Refused { violation, diagnostic })
            }
            diagnosis @ (Diagnosis::InsufficientAccess
            | Diagnosis::AccountNotFound
            | Diagnosis::Encoding
            | Diagnosis::TryOtherServer
            | Diagnosis::Other) => {
                let advice = diagnosis.advice();
                let failure = LdapFailure::Answer { operation: "modify", code, diagnostic, advice };
                Err(SetPasswordError::NotWritten(server.directory_error(failure)))
            }
        },
        ReplaceOutcome::NotSent(what) => {
            Err(SetPasswordError::NotWritten(server.directory_error(LdapFailure::Disconnected(what))))
        }
        ReplaceOutcome::NoAnswer(what) => {
            let source = server.directory_error(LdapFailure::TimedOut(what));
            Err(SetPasswordError::Unknown { source })
        }
    }
}

async fn send(session: &mut Session, account: &Account, quoted: &Zeroizing<Vec<u8>>) -> ReplaceOutcome {
    let values = vec![("unicodePwd", quoted.to_vec()), ("lockoutTime", b"0".to_vec())];
    // Critical, so that a server that cannot enforce the history reports an error and writes nothing.
    let critical = session.info.history_control.map(|oid| (oid, ENFORCE.as_slice()));
    session.connection.replace(&guid_dn(account.id), values, critical).await
}

/// Unlocks the account and leaves the password as it is. Idempotent.
pub(super) async fn unlock(pool: &Pool, account: &Account) -> Result<(), DirectoryError> {
    let (server, mut session) = session(pool, account).await?;
    let values = vec![("lockoutTime", b"0".to_vec())];
    let failure = match session.connection.replace(&guid_dn(account.id), values, None).await {
        ReplaceOutcome::Answered(0, _) => {
            server.return_idle(session);
            return Ok(());
        }
        ReplaceOutcome::Answered(code, diagnostic) => {
            let advice = Diagnosis::from_response(code, &diagnostic).advice();
            LdapFailure::Answer { operation: "modify", code, diagnostic, advice }
        }
        ReplaceOutcome::NotSent(what) => LdapFailure::Disconnected(what),
        ReplaceOutcome::NoAnswer(what) => LdapFailure::TimedOut(what),
    };
    Err(server.directory_error(failure))
}

/// Returns a live session with the server that the account was read from: the account data is valid for that server
/// only.
async fn session(pool: &Pool, account: &Account) -> Result<(Server, Session), DirectoryError> {
    let server = pool.server_named(&account.server).ok_or_else(|| unknown_server(&account.server))?;
    match pool.live_session(&server).await {
        Ok(session) => Ok((server, session)),
        Err(failure) => Err(server.directory_error(failure)),
    }
}

/// Infers the violated rule from the policy.
async fn infer_violation(
    policies: &PolicyCache,
    now: &TimeSource,
    account: &Account,
    session: &mut Session,
    password: &Password,
) -> Violation {
    match policies.query_for(account).run(session).await {
        Ok(policy) => outcome::infer_violation(account, policy, password, now()),
        // The refusal is certain even if its cause cannot be determined.
        Err(_) => Violation::DirectoryRefused,
    }
}

/// Value of `unicodePwd`: the password in double quotes, as UTF-16LE (MS-ADTS 3.1.1.3.1.5.1).
fn quoted_utf16(password: &Password) -> Zeroizing<Vec<u8>> {
    let text = password.expose();
    // Allocates the full capacity at once: growing the buffer would leave copies of the password behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * text.len() + 4));
    let units = std::iter::once(u16::from(b'"')).chain(text.encode_utf16()).chain([u16::from(b'"')]);
    bytes.extend(units.flat_map(u16::to_le_bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_encoded_as_quoted_utf16() {
        let bytes = quoted_utf16(&Password::new("é\"😀"));
        assert_eq!(bytes.as_slice(), [b'"', 0, 0xe9, 0, b'"', 0, 0x3d, 0xd8, 0x00, 0xde, b'"', 0]);
    }
}
