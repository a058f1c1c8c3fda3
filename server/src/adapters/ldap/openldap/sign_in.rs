//! Verifies a user's password, and tries it only if a wrong one leaves a margin before the lockout.
//!
//! Counters are read from the same server that receives the bind: with `ppolicy_forward_updates` off, each server
//! knows only the wrong passwords that it received itself, so the margin has to cover attempts at the others.

use super::super::decoy_account::DecoyAccount;
use super::super::failure::LdapFailure;
use super::super::pool::{Query, unknown_server};
use super::super::result_code::INVALID_CREDENTIALS;
use super::super::sign_in::SignInAttempt;
use super::account::is_locked;
use super::account_filter::AccountFilter;
use super::context::{PolicyRules, lookup};
use super::generalized_time::{self, AccountLock};
use super::outcome::{PolicyError, policy_control, policy_error};
use super::slapd_info::{Pool, Server, Session, SlapdInfo};
use crate::ports::directory::{Account, AccountId, DirectoryError, PasswordCheck};
use app::domain::password::Password;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// slapd does not report its time, and clocks differ: a wrong password counts for this much longer.
const MAX_CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(5);

/// How close an account is to its lockout.
struct LockoutState {
    /// Current DN of the account.
    dn: String,
    /// Locked out after wrong passwords.
    locked: bool,
    /// Disabled, so that no password is accepted.
    is_disabled: bool,
    /// Wrong passwords left until the lockout; `None` if there is no lockout.
    attempts_left: Option<i64>,
}

impl LockoutState {
    /// Whether fewer than `margin` attempts would remain if this password were wrong.
    fn is_lockout_risk(&self, margin: u32) -> bool {
        self.locked
            || self
                .attempts_left
                .is_some_and(|attempts_left| attempts_left.saturating_sub(1) < i64::from(margin))
    }
}

/// Reads the lockout state of an account. Runs the same searches whether or not the account exists.
struct LockoutQuery {
    id: AccountId,
    now: Timestamp,
}

#[async_trait]
impl Query<SlapdInfo> for LockoutQuery {
    type Answer = Option<LockoutState>;

    async fn run(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        const COUNTERS: [&str; 6] = [
            "pwdFailureTime",
            "pwdAccountLockedTime",
            "pwdAccountTmpLockoutEnd",
            "pwdPolicySubentry",
            "pwdStartTime",
            "pwdEndTime",
        ];
        let (entry, context) = lookup(session, &AccountFilter::by_id(self.id), &COUNTERS).await?;
        let Some(entry) = entry else { return Ok(None) };
        let rules = context.rules(entry.text("pwdPolicySubentry"))?;
        let failures =
            counted_failures(rules, &generalized_time::read_all(&entry, "pwdFailureTime")?, self.now);
        let not_started =
            generalized_time::read(&entry, "pwdStartTime")?.is_some_and(|start| start > self.now);
        let is_expired = generalized_time::read(&entry, "pwdEndTime")?.is_some_and(|end| end <= self.now);
        Ok(Some(LockoutState {
            locked: is_locked(&entry, &context, self.now)?,
            is_disabled: generalized_time::account_lock(&entry)? == Some(AccountLock::ByAdministrator)
                || not_started
                || is_expired,
            attempts_left: rules.max_failure.map(|limit| limit.saturating_sub(failures)),
            dn: entry.dn,
        }))
    }
}

/// Number of wrong passwords that count now. Failures count unless they have certainly expired.
fn counted_failures(rules: &PolicyRules, failures: &[Timestamp], now: Timestamp) -> i64 {
    let window = rules.failure_window.and_then(|window| SignedDuration::try_from(window).ok());
    let is_counted = |time: &&Timestamp| {
        window.is_none_or(|window| now.duration_since(**time) <= window.saturating_add(MAX_CLOCK_DIFFERENCE))
    };
    i64::try_from(failures.iter().filter(is_counted).count()).unwrap_or(i64::MAX)
}

/// Verifies the password with a bind at the server that the account was read from. Returns `None` if the response
/// says nothing about the password. A locked or disabled account is not tried: unless `ppolicy_use_lockout` is on,
/// slapd answers as if the password were wrong.
pub(super) async fn verify_password(
    pool: &Pool,
    account: &Account,
    password: &Password,
    now: Timestamp,
) -> Result<Option<bool>, DirectoryError> {
    if password.expose().is_empty() {
        return Ok(Some(false));
    }
    let server = pool.server_named(&account.server).ok_or_else(|| unknown_server(&account.server))?;
    let attempt = async {
        let state = pool.query_server(&server, &LockoutQuery { id: account.id, now }).await?;
        let Some(state) = state.filter(|state| !state.locked && !state.is_disabled) else {
            return Ok(None);
        };
        // A separate connection, because a bind changes the identity of its connection.
        let mut connection = pool.open_unbound(&server).await?;
        let answer = connection.bind_with(&state.dn, password.expose(), vec![policy_control()]).await?;
        match (answer.rc, policy_error(&answer)) {
            // The password is correct even if it must be changed.
            (0, _) => Ok(Some(true)),
            (INVALID_CREDENTIALS, Some(PolicyError::AccountLocked | PolicyError::Expired)) => Ok(None),
            (INVALID_CREDENTIALS, _) => Ok(Some(false)),
            (code, _) => {
                Err(LdapFailure::Answer { operation: "bind", code, diagnostic: answer.text, advice: "" })
            }
        }
    };
    attempt.await.map_err(|failure| server.directory_error(failure))
}

/// A sign-in that keeps a margin before the lockout.
pub(super) struct SignIn {
    /// Wrong passwords that must be left.
    pub(super) margin: u32,
    pub(super) now: Timestamp,
}

#[async_trait]
impl SignInAttempt<SlapdInfo> for SignIn {
    const RDN_ATTRIBUTE: &'static str = "uid";

    async fn try_at(
        &self,
        pool: &Pool,
        server: &Server,
        id: AccountId,
        decoy: &DecoyAccount,
        password: &Password,
    ) -> Result<PasswordCheck, LdapFailure> {
        let state = pool.query_server(server, &LockoutQuery { id, now: self.now }).await?;
        let (dn, password) = match &state {
            Some(state) if state.is_lockout_risk(self.margin) => return Ok(PasswordCheck::LockoutRisk),
            Some(state) => (state.dn.as_str(), password.expose()),
            None => (decoy.dn.as_str(), decoy.password.as_str()),
        };
        // A separate connection, because a bind changes the identity of its connection.
        let mut connection = pool.open_unbound(server).await?;
        let answer = connection.bind_with(dn, password, vec![policy_control()]).await?;
        match (answer.rc, policy_error(&answer)) {
            // The password is correct but only allows changing it; it does not sign in anywhere else.
            (0, Some(PolicyError::MustChange)) => Ok(PasswordCheck::Rejected),
            (0, _) if state.is_some_and(|state| !state.is_disabled) => Ok(PasswordCheck::Right),
            (0 | INVALID_CREDENTIALS, _) => Ok(PasswordCheck::Rejected),
            (code, _) => {
                Err(LdapFailure::Answer { operation: "bind", code, diagnostic: answer.text, advice: "" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn failures_count_until_the_window_ends_plus_clock_difference() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let ago = |minutes: i64| now - SignedDuration::from_mins(minutes);
        let thirty_minutes =
            PolicyRules { failure_window: Some(Duration::from_mins(30)), ..PolicyRules::default() };
        let failures = [ago(0), ago(30), ago(35), ago(36), ago(-2)];
        assert_eq!(counted_failures(&thirty_minutes, &failures, now), 4);
        assert_eq!(counted_failures(&PolicyRules::default(), &failures, now), 5);
    }

    #[test]
    fn lockout_risk_is_evaluated_after_one_more_failure() {
        let state = |attempts_left| LockoutState {
            dn: String::new(),
            locked: false,
            is_disabled: false,
            attempts_left,
        };
        assert!(!state(Some(3)).is_lockout_risk(2));
        assert!(state(Some(2)).is_lockout_risk(2));
        assert!(!state(None).is_lockout_risk(u32::MAX));
        assert!(LockoutState { locked: true, ..state(None) }.is_lockout_risk(0));
    }
}
