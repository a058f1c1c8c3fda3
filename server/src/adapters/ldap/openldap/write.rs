//! Setting a password, unlocking, writing the number: at one server, and once. What became of a write that is not
//! answered is for the workflow to find out.

use super::super::connection::{LdapFailure, Reply};
use super::super::pool::{Query, unknown};
use super::account::Place;
use super::context::{Rules, look};
use super::generalized_time::{self, Locked};
use super::outcome::{Diagnosis, advice, why};
use super::realm::Realm;
use super::{OpenLdap, Pool, Server, Session};
use crate::ports::directory::{Account, AccountId, DirectoryError, SetPasswordError};
use app::domain::password::Password;
use async_trait::async_trait;
use ldap3::controls::{Assertion, RawControl};
use ldap3::{LdapResult, Mod};
use std::collections::HashSet;
use tracing::warn;

/// What names the attribute to write to.
const SETTING: &str = "records.mobile_write_attribute";
const NO_SUCH_ATTRIBUTE: u32 = 16;
const NO_SUCH_OBJECT: u32 = 32;
/// The condition that a write carried does not hold (RFC 4528).
const ASSERTION_FAILED: u32 = 122;
/// How slapd tells the lock that only an administrator ends.
const FOR_EVER: &str = "(pwdAccountLockedTime=000001010000Z)";

/// Only under this condition.
fn only_if(id: AccountId, more: &str) -> RawControl {
    let condition = Assertion::new(format!("(&(entryUUID={}){more})", id.0));
    RawControl { crit: true, ..condition }
}

/// A session with the account's server, and where the account is now.
struct Ready {
    session: Session,
    dn: String,
    rules: Rules,
}

impl Ready {
    async fn new(pool: &Pool, server: &Server, id: AccountId) -> Result<Self, LdapFailure> {
        let mut session = pool.proven(server).await?;
        let attributes = ["pwdAccountLockedTime", "pwdPolicySubentry"];
        let (entry, surroundings) = look(&mut session, &Place::of(id), &attributes).await?;
        let entry = entry.ok_or_else(gone)?;
        if generalized_time::locked(&entry)? == Some(Locked::ByAdministrator) {
            // slapd takes this lock away with a reset, as any other.
            return Err(LdapFailure::Unusable(format!(
                "{} was switched off by an administrator since it was looked up: this would switch it on",
                entry.dn
            )));
        }
        let rules = surroundings.rules(entry.text("pwdPolicySubentry"))?.clone();
        Ok(Self { session, dn: entry.dn, rules })
    }

    /// At the server that the account was read from: what was read holds for that one only. A connection that
    /// ended while nobody used it is replaced.
    async fn at(pool: &Pool, server: &Server, id: AccountId) -> Result<Self, DirectoryError> {
        let ready = match Self::new(pool, server, id).await {
            Err(LdapFailure::Lost(_)) => {
                server.forget_kept();
                Self::new(pool, server, id).await
            }
            ready => ready,
        };
        ready.map_err(|trouble| server.error(trouble))
    }
}

fn gone() -> LdapFailure {
    let diagnostic = advice(NO_SUCH_OBJECT).to_owned();
    LdapFailure::Answer { operation: "search", code: NO_SUCH_OBJECT, diagnostic }
}

/// Sets the password. slapd unlocks in the same change, and forgets the wrong passwords.
pub(super) async fn password(
    directory: &OpenLdap,
    account: &Account,
    password: &Password,
) -> Result<(), SetPasswordError> {
    let pool = &directory.pool;
    let server = pool.named(&account.server);
    let server = server.ok_or_else(|| SetPasswordError::NotWritten(unknown(&account.server)))?;
    let mut ready = Ready::at(pool, &server, account.id).await.map_err(SetPasswordError::NotWritten)?;
    let mut reply = send(&mut ready, password).await;
    if matches!(reply, Reply::Not(_)) {
        // Nothing has left: a new one serves as well.
        server.forget_kept();
        ready = Ready::at(pool, &server, account.id).await.map_err(SetPasswordError::NotWritten)?;
        reply = send(&mut ready, password).await;
    }
    match reply {
        Reply::Answered(result) if result.rc == 0 => {
            if must_not_change_it(&mut ready, account.id).await {
                server.keep(ready.session);
            }
            Ok(())
        }
        Reply::Answered(result) => {
            let diagnosis = Diagnosis::of(&result, &ready.rules, account, (directory.now)());
            server.keep(ready.session);
            Err(refused(&server, result, diagnosis))
        }
        Reply::Not(what) => Err(SetPasswordError::NotWritten(server.error(LdapFailure::Lost(what)))),
        Reply::Silence(what) => {
            let source = server.error(LdapFailure::Silent(what));
            Err(SetPasswordError::Unknown { source })
        }
    }
}

async fn send(ready: &mut Ready, password: &Password) -> Reply {
    ready.session.connection.set_password(&ready.dn, password.expose(), vec![why()]).await
}

fn refused(server: &Server, result: LdapResult, diagnosis: Diagnosis) -> SetPasswordError {
    match diagnosis {
        Diagnosis::Password(breach) => SetPasswordError::Refused { breach, diagnostic: result.text },
        Diagnosis::Operator(advice) => {
            let diagnostic = format!("{} ({advice})", result.text);
            let trouble = LdapFailure::Answer { operation: "password modify", code: result.rc, diagnostic };
            SetPasswordError::NotWritten(server.error(trouble))
        }
    }
}

/// Where the service account has `manage`, slapd asks for a change of what was just set. It was set all the same:
/// what goes wrong here is for the log. Tells whether the connection is good for more.
async fn must_not_change_it(ready: &mut Ready, id: AccountId) -> bool {
    if !ready.rules.must_change {
        return true;
    }
    let changes = vec![Mod::Delete(b"pwdReset".to_vec(), HashSet::new())];
    let condition = only_if(id, "(pwdReset=TRUE)");
    match ready.session.connection.modify(&ready.dn, changes, vec![condition]).await {
        Reply::Answered(result) => {
            if ![0, NO_SUCH_ATTRIBUTE, NO_SUCH_OBJECT, ASSERTION_FAILED].contains(&result.rc) {
                warn!(code = result.rc, what = %result.text, "the new password has to be changed at once");
            }
            true
        }
        Reply::Not(what) | Reply::Silence(what) => {
            warn!(what, "whether the new password has to be changed at once is not known");
            false
        }
    }
}

/// Ends the lock and leaves the password as it is; slapd then forgets the wrong passwords. It may be asked twice:
/// the second time there is no lock.
pub(super) async fn unlock(pool: &Pool, account: &Account) -> Result<(), DirectoryError> {
    let server = pool.named(&account.server).ok_or_else(|| unknown(&account.server))?;
    let mut ready = Ready::at(pool, &server, account.id).await?;
    // Taken away, and not replaced by nothing: only then are the wrong passwords forgotten.
    let changes = vec![Mod::Delete(b"pwdAccountLockedTime".to_vec(), HashSet::new())];
    let condition = only_if(account.id, &format!("(!{FOR_EVER})"));
    let reply = ready.session.connection.modify(&ready.dn, changes, vec![condition]).await;
    match done(reply, &[NO_SUCH_ATTRIBUTE]) {
        Ok(()) => {
            server.keep(ready.session);
            Ok(())
        }
        Err(trouble) => Err(server.error(trouble)),
    }
}

fn done(reply: Reply, as_well: &[u32]) -> Result<(), LdapFailure> {
    match reply {
        Reply::Answered(result) if result.rc == 0 || as_well.contains(&result.rc) => Ok(()),
        Reply::Answered(result) => {
            let diagnostic = format!("{} ({})", result.text, advice(result.rc));
            Err(LdapFailure::Answer { operation: "modify", code: result.rc, diagnostic })
        }
        Reply::Not(what) => Err(LdapFailure::Lost(what)),
        Reply::Silence(what) => Err(LdapFailure::Silent(what)),
    }
}

struct Number<'a> {
    id: AccountId,
    attribute: &'a str,
    value: &'a str,
}

/// It may be asked twice, of any server: the second time writes what the first one wrote.
#[async_trait]
impl Query<Realm> for Number<'_> {
    type Answer = ();

    async fn ask(&self, session: &mut Session) -> Result<(), LdapFailure> {
        let entry = Place::of(self.id).one(session, &["1.1"]).await?.ok_or_else(gone)?;
        let value = HashSet::from([self.value.as_bytes().to_vec()]);
        let changes = vec![Mod::Replace(self.attribute.as_bytes().to_vec(), value)];
        let condition = only_if(self.id, "");
        done(session.connection.modify(&entry.dn, changes, vec![condition]).await, &[])
    }
}

/// Writes the number, where the settings say to which attribute.
pub(super) async fn mobile(pool: &Pool, id: AccountId, value: &str) -> Result<(), DirectoryError> {
    let Some(attribute) = pool.config.mobile_write_attribute.as_deref() else {
        let what = "it names no attribute to write the number to".to_owned();
        return Err(DirectoryError::Unusable { server: SETTING.to_owned(), what });
    };
    pool.read(&Number { id, attribute, value }).await
}
