//! Verifies a user's password, and tries it only if a wrong one leaves a margin before the lockout.
//!
//! Counters are read from the same server that receives the bind: `badPwdCount` is local to each domain controller
//! and not replicated. Windows also counts a wrong password at the PDC emulator, so the margin has to cover attempts
//! at other controllers, and a bind that one server did not answer and that is repeated at the next.

use super::super::connection::ANY_ENTRY;
use super::super::decoy_account::DecoyAccount;
use super::super::entry::{Entry, parse_generalized_time};
use super::super::failure::LdapFailure;
use super::super::pool::{Query, unknown_server};
use super::super::result_code::INVALID_CREDENTIALS;
use super::super::sign_in::SignInAttempt;
use super::account::{FILETIME_EPOCH, LOCK, LOCKED_OUT, USER_ACCOUNT, guid_dn};
use super::domain_info::{DomainInfo, Pool, Server, Session};
use super::outcome::bind_reason;
use crate::ports::directory::{Account, AccountId, DirectoryError, PasswordCheck};
use app::domain::password::Password;
use async_trait::async_trait;

/// How close an account is to its lockout.
struct LockoutState {
    /// Current DN of the account.
    dn: String,
    locked: bool,
    /// Wrong passwords left until the lockout; `None` if there is no lockout.
    attempts_left: Option<i64>,
}

/// Whether the counters of any account are visible. An unreadable counter looks like a missing one and would count as
/// zero. `lastLogon` is readable by the same right (property set User-Logon).
pub(super) async fn counters_are_readable(session: &mut Session) -> Result<bool, LdapFailure> {
    const USER_LOGON_ATTRIBUTES: [&str; 2] = ["badPwdCount", "lastLogon"];
    let filter = format!("(&{USER_ACCOUNT}(|(badPwdCount=*)(lastLogon=*)))");
    let base = session.connection.config.base_dn.clone();
    let sample = session.connection.find_any(&base, &filter, &USER_LOGON_ATTRIBUTES).await?;
    Ok(sample.is_some_and(|entry| USER_LOGON_ATTRIBUTES.iter().any(|name| entry.text(name).is_some())))
}

/// Reads the lockout state of an account. Runs the same searches whether or not the account exists.
struct LockoutQuery(AccountId);

#[async_trait]
impl Query<DomainInfo> for LockoutQuery {
    type Answer = Option<LockoutState>;

    async fn run(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        const COUNTERS: [&str; 4] = ["badPwdCount", "badPasswordTime", LOCK, "msDS-ResultantPSO"];
        if !session.info.counters_readable {
            session.info.counters_readable = counters_are_readable(session).await?;
        }
        let entry = session.connection.read_entry(&guid_dn(self.0), ANY_ENTRY, &COUNTERS).await?;
        let policy_dn = entry.as_ref().and_then(|entry| entry.text("msDS-ResultantPSO"));
        let policy = LockoutPolicy::read(session, policy_dn).await?;
        // Compares with the server's own clock, which also sets the times of the counters.
        let root_dse = session.connection.read_entry("", ANY_ENTRY, &["currentTime"]).await?;
        let now =
            root_dse.as_ref().and_then(|root| root.text("currentTime")).and_then(parse_generalized_time);
        let now =
            now.ok_or_else(|| LdapFailure::Unusable("the server does not report its time".to_owned()))?;
        let now = (now.as_second() + FILETIME_EPOCH) * 10_000_000;
        match entry {
            Some(entry) if entry.text("badPwdCount").is_none() && !session.info.counters_readable => {
                Err(LdapFailure::Unusable(
                    "no account shows badPwdCount: let the service account read it".to_owned(),
                ))
            }
            Some(entry) => lockout_state(&entry, policy, now).map(Some),
            None => Ok(None),
        }
    }
}

fn lockout_state(entry: &Entry, policy: LockoutPolicy, now: i64) -> Result<LockoutState, LdapFailure> {
    // A controller that never received a wrong password for the account stores no counters for it.
    let read = |name: &'static str| match entry.text(name) {
        Some(_) => entry.number(name),
        None => Ok(0),
    };
    let failures = policy.counted_failures(read("badPwdCount")?, read("badPasswordTime")?, now);
    let locked = entry.number(LOCK)? & LOCKED_OUT != 0;
    let attempts_left = (policy.threshold > 0).then(|| policy.threshold.saturating_sub(failures));
    Ok(LockoutState { dn: entry.dn.clone(), locked, attempts_left })
}

/// The lockout policy of an account.
#[derive(Clone, Copy)]
struct LockoutPolicy {
    /// Wrong passwords until the lockout; 0 means no lockout.
    threshold: i64,
    /// How long a wrong password counts, in units of 100 ns; negative, like all durations in the directory.
    window: i64,
}

impl LockoutPolicy {
    /// Reads the account's own policy, otherwise the domain's. A named policy that cannot be read is an error.
    async fn read(session: &mut Session, policy_dn: Option<&str>) -> Result<Self, LdapFailure> {
        let (dn, [threshold, window]) = match policy_dn {
            Some(dn) => (dn.to_owned(), ["msDS-LockoutThreshold", "msDS-LockoutObservationWindow"]),
            None => (session.info.root.clone(), ["lockoutThreshold", "lockOutObservationWindow"]),
        };
        let policy = session.connection.read_entry(&dn, ANY_ENTRY, &[threshold, window]).await?;
        let policy = policy.ok_or_else(|| {
            LdapFailure::Unusable(format!(
                "{dn} cannot be read: let the service account read the policy objects"
            ))
        })?;
        Ok(Self { threshold: policy.number(threshold)?, window: policy.number(window)? })
    }

    /// Number of wrong passwords that count now. Failures count unless they have certainly expired.
    fn counted_failures(self, count: i64, last: i64, now: i64) -> i64 {
        let has_end = self.window != 0 && self.window != i64::MIN && last > 0;
        let expired = has_end && now.saturating_sub(last) > self.window.saturating_abs();
        if expired { 0 } else { count.max(0) }
    }
}

/// Verifies the password with a bind at the server that the account was read from. Returns `None` if the response
/// says nothing about the password.
pub(super) async fn verify_password(
    pool: &Pool,
    account: &Account,
    password: &Password,
) -> Result<Option<bool>, DirectoryError> {
    if password.expose().is_empty() {
        return Ok(Some(false));
    }
    let server = pool.server_named(&account.server).ok_or_else(|| unknown_server(&account.server))?;
    // A separate connection, because a bind changes the identity of its connection.
    let answer = match pool.open_unbound(&server).await {
        Ok(mut connection) => connection.bind(&account.dn, password.expose()).await,
        Err(failure) => Err(failure),
    };
    match answer {
        Ok((0, _)) => Ok(Some(true)),
        // Only 52e says that the password is wrong; the codes for disabled, expired and locked accounts do not.
        Ok((INVALID_CREDENTIALS, diagnostic)) => {
            Ok((bind_reason(&diagnostic) == Some("52e")).then_some(false))
        }
        Ok((code, diagnostic)) => Err(server.directory_error(LdapFailure::Answer {
            operation: "bind",
            code,
            diagnostic,
            advice: "",
        })),
        Err(failure) => Err(server.directory_error(failure)),
    }
}

/// A sign-in that keeps a margin before the lockout.
pub(super) struct SignIn {
    /// Wrong passwords that must be left.
    pub(super) margin: u32,
}

#[async_trait]
impl SignInAttempt<DomainInfo> for SignIn {
    const RDN_ATTRIBUTE: &'static str = "CN";

    async fn try_at(
        &self,
        pool: &Pool,
        server: &Server,
        id: AccountId,
        decoy: &DecoyAccount,
        password: &Password,
    ) -> Result<PasswordCheck, LdapFailure> {
        let state = pool.query_server(server, &LockoutQuery(id)).await?;
        let (dn, password) = match &state {
            Some(state) if state.is_lockout_risk(self.margin) => return Ok(PasswordCheck::LockoutRisk),
            Some(state) => (state.dn.as_str(), password.expose()),
            None => (decoy.dn.as_str(), decoy.password.as_str()),
        };
        // A separate connection, because a bind changes the identity of its connection.
        let mut connection = pool.open_unbound(server).await?;
        match connection.bind(dn, password).await? {
            (0, _) if state.is_some() => Ok(PasswordCheck::Right),
            (0 | INVALID_CREDENTIALS, _) => Ok(PasswordCheck::Rejected),
            (code, diagnostic) => {
                Err(LdapFailure::Answer { operation: "bind", code, diagnostic, advice: "" })
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60 * 10_000_000;
    const NOW: i64 = 134_000_000_000_000_000;

    #[test]
    fn failures_count_until_the_observation_window_ends() {
        let policy = LockoutPolicy { threshold: 5, window: -30 * MINUTE };
        assert_eq!(policy.counted_failures(3, NOW, NOW), 3);
        assert_eq!(policy.counted_failures(3, NOW - 30 * MINUTE, NOW), 3);
        assert_eq!(policy.counted_failures(3, NOW - 30 * MINUTE - 1, NOW), 0);
    }

    #[test]
    fn failures_of_uncertain_age_count() {
        for window in [0, i64::MIN] {
            assert_eq!(LockoutPolicy { threshold: 5, window }.counted_failures(3, 1, NOW), 3, "{window}");
        }
        let policy = LockoutPolicy { threshold: 5, window: -30 * MINUTE };
        assert_eq!(policy.counted_failures(3, 0, NOW), 3);
        assert_eq!(policy.counted_failures(3, NOW + MINUTE, NOW), 3);
        assert_eq!(policy.counted_failures(-1, NOW, NOW), 0);
    }

    #[test]
    fn lockout_risk_is_evaluated_after_one_more_failure() {
        let state = |attempts_left| LockoutState { dn: String::new(), locked: false, attempts_left };
        assert!(!state(Some(3)).is_lockout_risk(2));
        assert!(state(Some(2)).is_lockout_risk(2));
        assert!(!state(Some(1)).is_lockout_risk(0));
        assert!(state(Some(0)).is_lockout_risk(0));
        assert!(state(Some(5)).is_lockout_risk(u32::MAX));
        assert!(!state(None).is_lockout_risk(u32::MAX));
        assert!(LockoutState { dn: String::new(), locked: true, attempts_left: None }.is_lockout_risk(0));
    }
}
