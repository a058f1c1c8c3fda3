//! A sign-in with failover; shared by the kinds of directory.

use super::connection::DirectoryInfo;
use super::decoy_account::DecoyAccount;
use super::failure::LdapFailure;
use super::locks::KeyedLocks;
use super::pool::Pool;
use super::server::Server;
use crate::ports::directory::{AccountId, DirectoryError, PasswordCheck};
use app::domain::password::Password;
use async_trait::async_trait;
use std::sync::Arc;
use tokio::time::timeout;

/// How a kind of directory tries a password at one server.
#[async_trait]
pub(super) trait SignInAttempt<R: DirectoryInfo>: Sync {
    /// The attribute that names accounts in their DN.
    const RDN_ATTRIBUTE: &'static str;

    /// Tries the password, unless that is a lockout risk. For an unknown id it binds with the decoy.
    async fn try_at(
        &self,
        pool: &Pool<R>,
        server: &Arc<Server<R>>,
        id: AccountId,
        decoy: &DecoyAccount,
        password: &Password,
    ) -> Result<PasswordCheck, LdapFailure>;
}

/// Tries the password at the first server that answers. For an unknown account it makes the same calls with a decoy
/// and its random password; the entered password is not sent.
pub(super) async fn sign_in<R: DirectoryInfo, A: SignInAttempt<R>>(
    pool: &Pool<R>,
    locks: &KeyedLocks,
    id: Option<AccountId>,
    password: &Password,
    attempt: &A,
) -> Result<PasswordCheck, DirectoryError> {
    if password.expose().is_empty() {
        return Ok(PasswordCheck::Rejected);
    }
    let decoy = DecoyAccount::new(A::RDN_ATTRIBUTE, &pool.config.base_dn)?;
    let id = id.unwrap_or(decoy.id);
    let attempts = async {
        // One attempt per account at a time: parallel ones would each see the same counter.
        let _guard = match locks.for_account(id) {
            Some(lock) => Some(lock.lock().await),
            None => None,
        };
        let mut tried = Vec::new();
        for server in pool.resolved_servers().await? {
            match attempt.try_at(pool, &server, id, &decoy, password).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => pool.record_or_fail(&server, failure, &mut tried)?,
            }
        }
        Err(DirectoryError::Unreachable { tried: tried.join("; ") })
    };
    let outcome = timeout(pool.config.total_timeout, attempts).await;
    outcome.unwrap_or_else(|_| Err(pool.timeout_error()))
}
