//! Password write, unlock and write of the mobile number, on one server. A write that was sent but not answered is
//! reported as unknown, not repeated.

use super::super::config::TimeSource;
use super::super::connection::WriteOutcome;
use super::super::failure::LdapFailure;
use super::super::pool::{Query, unknown_server};
use super::super::result_code::{ASSERTION_FAILED, NO_SUCH_ATTRIBUTE, NO_SUCH_OBJECT};
use super::account_filter::AccountFilter;
use super::context::{PolicyRules, lookup};
use super::generalized_time::{self, AccountLock};
use super::outcome::{Diagnosis, advice, policy_control};
use super::slapd_info::{Pool, Server, Session, SlapdInfo};
use crate::ports::directory::{Account, AccountId, DirectoryError, SetPasswordError};
use app::domain::password::Password;
use async_trait::async_trait;
use ldap3::controls::{Assertion, RawControl};
use ldap3::{LdapResult, Mod};
use std::collections::HashSet;
use tracing::warn;

/// The setting that names the attribute.
const SETTING: &str = "records.mobile_write_attribute";
/// Filter for a lock that only an administrator can end.
const ADMINISTRATIVE_LOCK: &str = "(pwdAccountLockedTime=000001010000Z)";

/// Makes a write conditional on the identity of the entry and a further filter.
fn assertion(id: AccountId, more: &str) -> RawControl {
    let condition = Assertion::new(format!("(&(entryUUID={}){more})", id.0));
    RawControl { crit: true, ..condition }
}

/// A session with the account's server, and the current DN and policy of the account.
struct WriteTarget {
    session: Session,
    dn: String,
    rules: PolicyRules,
}

impl WriteTarget {
    async fn read(pool: &Pool, server: &Server, id: AccountId) -> Result<Self, LdapFailure> {
        let mut session = pool.live_session(server).await?;
        let attributes = ["pwdAccountLockedTime", "pwdPolicySubentry"];
        let (entry, context) = lookup(&mut session, &AccountFilter::by_id(id), &attributes).await?;
        let entry = entry.ok_or_else(account_not_found)?;
        if generalized_time::account_lock(&entry)? == Some(AccountLock::ByAdministrator) {
            // slapd removes this lock with a reset, like any other.
            return Err(LdapFailure::Unusable(format!(
                "{} was disabled by an administrator since it was looked up: a reset or unlock would enable it",
                entry.dn
            )));
        }
        let rules = context.rules(entry.text("pwdPolicySubentry"))?.clone();
        Ok(Self { session, dn: entry.dn, rules })
    }

    /// Looks up the account at the server that it was read from: the account data is valid for that server only.
    /// Replaces an idle connection that was closed.
    async fn open(pool: &Pool, server: &Server, id: AccountId) -> Result<Self, DirectoryError> {
        let target = match Self::read(pool, server, id).await {
            Err(LdapFailure::Disconnected(_)) => {
                server.drop_idle();
                Self::read(pool, server, id).await
            }
            target => target,
        };
        target.map_err(|failure| server.directory_error(failure))
    }
}

fn account_not_found() -> LdapFailure {
    LdapFailure::Answer {
        operation: "search",
        code: NO_SUCH_OBJECT,
        diagnostic: String::new(),
        advice: advice(NO_SUCH_OBJECT),
    }
}

/// Sets the password. slapd unlocks the account in the same operation and clears the wrong passwords.
pub(super) async fn password(
    pool: &Pool,
    now: &TimeSource,
    account: &Account,
    password: &Password,
) -> Result<(), SetPasswordError> {
    let server = pool.server_named(&account.server);
    let server = server.ok_or_else(|| SetPasswordError::NotWritten(unknown_server(&account.server)))?;
    let mut target =
        WriteTarget::open(pool, &server, account.id).await.map_err(SetPasswordError::NotWritten)?;
    let mut outcome = send(&mut target, password).await;
    if matches!(outcome, WriteOutcome::NotSent(_)) {
        // Nothing was sent, so a new connection can be used.
        server.drop_idle();
        target = WriteTarget::open(pool, &server, account.id).await.map_err(SetPasswordError::NotWritten)?;
        outcome = send(&mut target, password).await;
    }
    match outcome {
        WriteOutcome::Answered(result) if result.rc == 0 => {
            if clear_forced_change(&mut target, account.id).await {
                server.return_idle(target.session);
            }
            Ok(())
        }
        WriteOutcome::Answered(result) => {
            let diagnosis = Diagnosis::from_result(&result, &target.rules, account, now());
            server.return_idle(target.session);
            Err(map_refusal(&server, result, diagnosis))
        }
        WriteOutcome::NotSent(what) => {
            Err(SetPasswordError::NotWritten(server.directory_error(LdapFailure::Disconnected(what))))
        }
        WriteOutcome::NoAnswer(what) => {
            let source = server.directory_error(LdapFailure::TimedOut(what));
            Err(SetPasswordError::Unknown { source })
        }
    }
}

async fn send(target: &mut WriteTarget, password: &Password) -> WriteOutcome {
    target.session.connection.set_password(&target.dn, password.expose(), vec![policy_control()]).await
}

fn map_refusal(server: &Server, result: LdapResult, diagnosis: Diagnosis) -> SetPasswordError {
    match diagnosis {
        Diagnosis::Password(violation) => SetPasswordError::Refused { violation, diagnostic: result.text },
        Diagnosis::Operator(advice) => {
            let LdapResult { rc: code, text: diagnostic, .. } = result;
            let failure = LdapFailure::Answer { operation: "password modify", code, diagnostic, advice };
            SetPasswordError::NotWritten(server.directory_error(failure))
        }
    }
}

/// Clears the flag that forces a change of the new password, which slapd sets if the service account has `manage`.
/// The password is set in any case, so failures are only logged. Returns whether the connection can be reused.
async fn clear_forced_change(target: &mut WriteTarget, id: AccountId) -> bool {
    if !target.rules.must_change {
        return true;
    }
    let changes = vec![Mod::Delete(b"pwdReset".to_vec(), HashSet::new())];
    let condition = assertion(id, "(pwdReset=TRUE)");
    match target.session.connection.modify(&target.dn, changes, vec![condition]).await {
        WriteOutcome::Answered(result) => {
            if ![0, NO_SUCH_ATTRIBUTE, NO_SUCH_OBJECT, ASSERTION_FAILED].contains(&result.rc) {
                warn!(code = result.rc, "password set, but the user must change it at the next sign-in");
            }
            true
        }
        WriteOutcome::NotSent(what) | WriteOutcome::NoAnswer(what) => {
            warn!(what, "password set; unknown whether the user must change it at the next sign-in");
            false
        }
    }
}

/// Unlocks the account and leaves the password as it is; slapd then clears the wrong passwords. Idempotent: a
/// repeated call finds no lock.
pub(super) async fn unlock(pool: &Pool, account: &Account) -> Result<(), DirectoryError> {
    let server = pool.server_named(&account.server).ok_or_else(|| unknown_server(&account.server))?;
    let mut target = WriteTarget::open(pool, &server, account.id).await?;
    // Deletes the attribute instead of replacing it with nothing: slapd clears the wrong passwords only then.
    let changes = vec![Mod::Delete(b"pwdAccountLockedTime".to_vec(), HashSet::new())];
    let condition = assertion(account.id, &format!("(!{ADMINISTRATIVE_LOCK})"));
    let outcome = target.session.connection.modify(&target.dn, changes, vec![condition]).await;
    match check_outcome(outcome, &[NO_SUCH_ATTRIBUTE]) {
        Ok(()) => {
            server.return_idle(target.session);
            Ok(())
        }
        Err(failure) => Err(server.directory_error(failure)),
    }
}

fn check_outcome(outcome: WriteOutcome, accepted_codes: &[u32]) -> Result<(), LdapFailure> {
    match outcome {
        WriteOutcome::Answered(result) if result.rc == 0 || accepted_codes.contains(&result.rc) => Ok(()),
        WriteOutcome::Answered(result) => {
            let LdapResult { rc: code, text: diagnostic, .. } = result;
            Err(LdapFailure::Answer { operation: "modify", code, diagnostic, advice: advice(code) })
        }
        WriteOutcome::NotSent(what) => Err(LdapFailure::Disconnected(what)),
        WriteOutcome::NoAnswer(what) => Err(LdapFailure::TimedOut(what)),
    }
}

struct WriteMobile<'a> {
    id: AccountId,
    attribute: &'a str,
    value: &'a str,
}

/// Idempotent: a repeated write, on any server, writes the same value.
#[async_trait]
impl Query<SlapdInfo> for WriteMobile<'_> {
    type Answer = ();

    async fn run(&self, session: &mut Session) -> Result<(), LdapFailure> {
        let entry =
            AccountFilter::by_id(self.id).read_one(session, &["1.1"]).await?.ok_or_else(account_not_found)?;
        let value = HashSet::from([self.value.as_bytes().to_vec()]);
        let changes = vec![Mod::Replace(self.attribute.as_bytes().to_vec(), value)];
        let condition = assertion(self.id, "");
        check_outcome(session.connection.modify(&entry.dn, changes, vec![condition]).await, &[])
    }
}

struct ReadMobile<'a> {
    id: AccountId,
    attribute: &'a str,
}

#[async_trait]
impl Query<SlapdInfo> for ReadMobile<'_> {
    type Answer = Option<String>;

    async fn run(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        let entry = AccountFilter::by_id(self.id).read_one(session, &[self.attribute]).await?;
        Ok(entry.and_then(|entry| entry.text(self.attribute).map(str::to_owned)))
    }
}

fn mobile_attribute(pool: &Pool) -> Result<&str, DirectoryError> {
    pool.config.mobile_write_attribute.as_deref().ok_or_else(|| {
        let what = "no attribute is configured for the mobile number".to_owned();
        DirectoryError::Unusable { server: SETTING.to_owned(), what }
    })
}

/// Reads the number in the configured attribute; fails if none is configured.
pub(super) async fn read_mobile(pool: &Pool, id: AccountId) -> Result<Option<String>, DirectoryError> {
    pool.query(&ReadMobile { id, attribute: mobile_attribute(pool)? }).await
}

/// Writes the number to the configured attribute; fails if none is configured.
pub(super) async fn mobile(pool: &Pool, id: AccountId, value: &str) -> Result<(), DirectoryError> {
    pool.query(&WriteMobile { id, attribute: mobile_attribute(pool)?, value }).await
}
