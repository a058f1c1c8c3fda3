//! Setting a password, and unlocking: at one server, and once. What became of a write that is not answered is
//! for the workflow to find out.

use super::super::connection::{LdapFailure, Sent};
use super::super::pool::{Query as _, unknown};
use super::account::by_id;
use super::outcome::{self, Diagnosis};
use super::realm::ENFORCE;
use super::{ActiveDirectory, Pool, Server, Session};
use crate::ports::directory::{Account, DirectoryError, SetPasswordError};
use app::domain::password::Password;
use app::policy::Violation;
use zeroize::Zeroizing;

/// Sets the password and unlocks, in one modify: a reset alone leaves an account locked.
pub(super) async fn password(
    directory: &ActiveDirectory,
    account: &Account,
    password: &Password,
) -> Result<(), SetPasswordError> {
    let quoted = quoted(password);
    let (server, mut session) =
        session(&directory.pool, account).await.map_err(SetPasswordError::NotWritten)?;
    let mut sent = send(&mut session, account, &quoted).await;
    if matches!(sent, Sent::Not(_)) {
        // It ended while nobody used it, and nothing has left: a new one serves as well.
        server.forget_kept();
        let again = directory.pool.proven(&server).await;
        session = again.map_err(|trouble| SetPasswordError::NotWritten(server.error(trouble)))?;
        sent = send(&mut session, account, &quoted).await;
    }
    match sent {
        Sent::Answered(0, _) => {
            server.keep(session);
            Ok(())
        }
        Sent::Answered(code, diagnostic) => match Diagnosis::of(code, &diagnostic) {
            Diagnosis::Password(told) => {
                // That the policy has just been made stricter would explain the refusal.
                directory.policies.forget();
                let breach = match told {
                    Some(breach) => breach,
                    None => deduced(directory, account, &mut session, password).await,
                };
                server.keep(session);
                Err(SetPasswordError::Refused { breach, diagnostic })
            }
            no @ (Diagnosis::Rights
            | Diagnosis::Gone
            | Diagnosis::Encoding
            | Diagnosis::Elsewhere
            | Diagnosis::Other) => {
                let diagnostic = format!("{diagnostic} ({})", no.advice());
                let trouble = LdapFailure::Answer { operation: "modify", code, diagnostic };
                Err(SetPasswordError::NotWritten(server.error(trouble)))
            }
        },
        Sent::Not(what) => Err(SetPasswordError::NotWritten(server.error(LdapFailure::Lost(what)))),
        Sent::Silence(what) => {
            let source = server.error(LdapFailure::Silent(what));
            Err(SetPasswordError::Unknown { source })
        }
    }
}

async fn send(session: &mut Session, account: &Account, quoted: &Zeroizing<Vec<u8>>) -> Sent {
    let values = vec![("unicodePwd", quoted.to_vec()), ("lockoutTime", b"0".to_vec())];
    // A server that cannot hold us to the history shall say so and write nothing.
    let critical = session.realm.history_control.map(|oid| (oid, ENFORCE.as_slice()));
    session.connection.replace(&by_id(account.id), values, critical).await
}

/// Ends the lock and leaves the password as it is. It may be asked twice: the second time changes nothing.
pub(super) async fn unlock(pool: &Pool, account: &Account) -> Result<(), DirectoryError> {
    let (server, mut session) = session(pool, account).await?;
    let values = vec![("lockoutTime", b"0".to_vec())];
    let trouble = match session.connection.replace(&by_id(account.id), values, None).await {
        Sent::Answered(0, _) => {
            server.keep(session);
            return Ok(());
        }
        Sent::Answered(code, diagnostic) => {
            let diagnostic = format!("{diagnostic} ({})", Diagnosis::of(code, &diagnostic).advice());
            LdapFailure::Answer { operation: "modify", code, diagnostic }
        }
        Sent::Not(what) => LdapFailure::Lost(what),
        Sent::Silence(what) => LdapFailure::Silent(what),
    };
    Err(server.error(trouble))
}

/// A proven session with the server that the account was read from: what was read holds for that one only.
async fn session(pool: &Pool, account: &Account) -> Result<(Server, Session), DirectoryError> {
    let server = pool.named(&account.server).ok_or_else(|| unknown(&account.server))?;
    match pool.proven(&server).await {
        Ok(session) => Ok((server, session)),
        Err(trouble) => Err(server.error(trouble)),
    }
}

/// The reason, where the directory does not tell it.
async fn deduced(
    directory: &ActiveDirectory,
    account: &Account,
    session: &mut Session,
    password: &Password,
) -> Violation {
    match directory.policies.of(account).ask(session).await {
        Ok(policy) => outcome::deduced(account, policy, password, (directory.now)()),
        // The write is answered; that the reason cannot be looked up changes nothing about it.
        Err(_) => Violation::DirectoryRefused,
    }
}

/// The form of `unicodePwd`: in double quotes, UTF-16, little-endian (MS-ADTS 3.1.1.3.1.5.1).
fn quoted(password: &Password) -> Zeroizing<Vec<u8>> {
    let text = password.expose();
    // Room for all of it at once: a growing buffer would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * text.len() + 4));
    let units = std::iter::once(u16::from(b'"')).chain(text.encode_utf16()).chain([u16::from(b'"')]);
    bytes.extend(units.flat_map(u16::to_le_bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_form_is_quoted_utf16_whatever_is_in_it() {
        let bytes = quoted(&Password::new("é\"😀"));
        assert_eq!(bytes.as_slice(), [b'"', 0, 0xe9, 0, b'"', 0, 0x3d, 0xd8, 0x00, 0xde, b'"', 0]);
    }
}
