//! An employee's own password, tried only where a wrong one leaves a margin before the lockout. Not the
//! service's own bind, nor what a session is worth.
//!
//! Counters and bind are one server's: how often a password was wrong is each domain controller's own
//! knowledge, and is not replicated. Windows counts a wrong one at the PDC emulator as well, so the margin has
//! to leave room for what is guessed at other controllers, and for a bind that one server did not answer
//! and the next is asked again.

use super::super::connection::LdapFailure;
use super::super::entry::{Entry, moment};
use super::super::keyed_lock::{DecoyAccount, KeyedLocks};
use super::super::pool::{Query, unknown};
use super::account::{FILETIME_EPOCH, LOCK, LOCKED_OUT, USER_ACCOUNT, by_id};
use super::outcome::bind_reason;
use super::realm::Realm;
use super::{Pool, Server, Session};
use crate::ports::directory::{Account, AccountId, DirectoryError, PasswordCheck};
use app::domain::password::Password;
use async_trait::async_trait;
use tokio::time::timeout;

const ANY: &str = "(objectClass=*)";
/// A bind that is answered with this says no to name or password, or to the account.
const INVALID_CREDENTIALS: u32 = 49;

/// What a wrong password would lead to.
struct Prospect {
    /// Where the account is now.
    dn: String,
    locked: bool,
    /// Wrong passwords left until the lockout; `None` where there is no lockout.
    left: Option<i64>,
}

/// Whether anybody's counters are seen here at all. One that may not be read looks like one that is not
/// there, and would be taken for zero; `lastLogon` comes by the same right (property set User-Logon).
pub(super) async fn counters_are_shown(session: &mut Session) -> Result<bool, LdapFailure> {
    const PROOF: [&str; 2] = ["badPwdCount", "lastLogon"];
    let filter = format!("(&{USER_ACCOUNT}(|(badPwdCount=*)(lastLogon=*)))");
    let base = session.connection.config.base_dn.clone();
    let someone = session.connection.any(&base, &filter, &PROOF).await?;
    Ok(someone.is_some_and(|entry| PROOF.iter().any(|name| entry.text(name).is_some())))
}

/// How does this account stand before the lockout? The same searches whether or not it is there.
struct ProspectOf(AccountId);

#[async_trait]
impl Query<Realm> for ProspectOf {
    type Answer = Option<Prospect>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        const COUNTERS: [&str; 4] = ["badPwdCount", "badPasswordTime", LOCK, "msDS-ResultantPSO"];
        if !session.realm.shows_counters {
            session.realm.shows_counters = counters_are_shown(session).await?;
        }
        let entry = session.connection.one(&by_id(self.0), ANY, &COUNTERS).await?;
        let own = entry.as_ref().and_then(|entry| entry.text("msDS-ResultantPSO"));
        let lockout = Lockout::read(session, own).await?;
        // The server's own clock: the counters are told in its time.
        let root_dse = session.connection.one("", ANY, &["currentTime"]).await?;
        let now = root_dse.as_ref().and_then(|root| root.text("currentTime")).and_then(moment);
        let now = now.ok_or_else(|| LdapFailure::Unusable("the server does not tell its time".to_owned()))?;
        let now = (now.as_second() + FILETIME_EPOCH) * 10_000_000;
        match entry {
            Some(entry) if entry.text("badPwdCount").is_none() && !session.realm.shows_counters => {
                Err(LdapFailure::Unusable("nobody's badPwdCount: let the service account read it".to_owned()))
            }
            Some(entry) => prospect(&entry, lockout, now).map(Some),
            None => Ok(None),
        }
    }
}

fn prospect(entry: &Entry, lockout: Lockout, now: i64) -> Result<Prospect, LdapFailure> {
    // A controller that never saw a wrong password for the account has no counters for it.
    let read = |name: &'static str| match entry.text(name) {
        Some(_) => entry.number(name),
        None => Ok(0),
    };
    let wrong = lockout.counting(read("badPwdCount")?, read("badPasswordTime")?, now);
    let locked = entry.number(LOCK)? & LOCKED_OUT != 0;
    let left = (lockout.threshold > 0).then(|| lockout.threshold.saturating_sub(wrong));
    Ok(Prospect { dn: entry.dn.clone(), locked, left })
}

/// The rule by which accounts lock.
#[derive(Clone, Copy)]
struct Lockout {
    /// Wrong passwords until it does; 0: never.
    threshold: i64,
    /// How long a wrong one counts, in the directory's unit; negative, as all its durations.
    window: i64,
}

impl Lockout {
    /// The account's own policy, else the domain's. One that is named and cannot be read is an error.
    async fn read(session: &mut Session, own: Option<&str>) -> Result<Self, LdapFailure> {
        let (dn, [threshold, window]) = match own {
            Some(dn) => (dn.to_owned(), ["msDS-LockoutThreshold", "msDS-LockoutObservationWindow"]),
            None => (session.realm.root.clone(), ["lockoutThreshold", "lockOutObservationWindow"]),
        };
        let rule = session.connection.one(&dn, ANY, &[threshold, window]).await?;
        let rule = rule.ok_or_else(|| {
            LdapFailure::Unusable(format!(
                "{dn} cannot be read: let the service account read the policy objects"
            ))
        })?;
        Ok(Self { threshold: rule.number(threshold)?, window: rule.number(window)? })
    }

    /// How many wrong passwords count now. Where it is not clear that they are forgotten they count.
    fn counting(self, count: i64, last: i64, now: i64) -> i64 {
        let forgets = self.window != 0 && self.window != i64::MIN && last > 0;
        let forgotten = forgets && now.saturating_sub(last) > self.window.saturating_abs();
        if forgotten { 0 } else { count.max(0) }
    }
}

/// Whether the account signs in with this password, at the server that it was read from; `None` where the
/// answer says nothing about the password.
pub(super) async fn verify_password(
    pool: &Pool,
    account: &Account,
    password: &Password,
) -> Result<Option<bool>, DirectoryError> {
    if password.expose().is_empty() {
        return Ok(Some(false));
    }
    let server = pool.named(&account.server).ok_or_else(|| unknown(&account.server))?;
    // A connection of its own: a bind changes as whom the connection speaks.
    let answer = match pool.unbound(&server).await {
        Ok(mut connection) => connection.bind(&account.dn, password.expose()).await,
        Err(trouble) => Err(trouble),
    };
    match answer {
        Ok((0, _)) => Ok(Some(true)),
        // Only 52e says that it is not this password; disabled, expired, locked and the like say nothing of it.
        Ok((INVALID_CREDENTIALS, diagnostic)) => {
            Ok((bind_reason(&diagnostic) == Some("52e")).then_some(false))
        }
        Ok((code, diagnostic)) => {
            Err(server.error(LdapFailure::Answer { operation: "bind", code, diagnostic }))
        }
        Err(trouble) => Err(server.error(trouble)),
    }
}

/// Tries the password at the first server that answers. For nobody the same is asked about a stranger,
/// whose password is drawn: the typed one stays here.
pub(super) async fn sign_in(
    pool: &Pool,
    turns: &KeyedLocks,
    id: Option<AccountId>,
    password: &Password,
    margin: u32,
) -> Result<PasswordCheck, DirectoryError> {
    if password.expose().is_empty() {
        return Ok(PasswordCheck::Not);
    }
    let stranger = DecoyAccount::new("CN", &pool.config.base_dn)?;
    let id = id.unwrap_or(stranger.id);
    let asking = async {
        let _turn = match turns.of(id) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let mut tried = Vec::new();
        for server in pool.looked_up().await? {
            match at(pool, &server, id, &stranger, password, margin).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => pool.next_or_stop(&server, trouble, &mut tried)?,
            }
        }
        Err(DirectoryError::Unreachable { tried: tried.join("; ") })
    };
    let outcome = timeout(pool.config.total_timeout, asking).await;
    outcome.unwrap_or_else(|_| Err(pool.too_late()))
}

async fn at(
    pool: &Pool,
    server: &Server,
    id: AccountId,
    stranger: &DecoyAccount,
    password: &Password,
    margin: u32,
) -> Result<PasswordCheck, LdapFailure> {
    let prospect = pool.read_from(server, &ProspectOf(id)).await?;
    let (dn, password) = match &prospect {
        Some(prospect) if prospect.is_too_near(margin) => return Ok(PasswordCheck::LockoutRisk),
        Some(prospect) => (prospect.dn.as_str(), password.expose()),
        None => (stranger.dn.as_str(), stranger.password.as_str()),
    };
    // A connection of its own: a bind changes as whom the connection speaks.
    let mut connection = pool.unbound(server).await?;
    match connection.bind(dn, password).await? {
        (0, _) if prospect.is_some() => Ok(PasswordCheck::Right),
        (0 | INVALID_CREDENTIALS, _) => Ok(PasswordCheck::Not),
        (code, diagnostic) => Err(LdapFailure::Answer { operation: "bind", code, diagnostic }),
    }
}

impl Prospect {
    /// Whether fewer than `margin` wrong passwords would be left after this one were wrong.
    fn is_too_near(&self, margin: u32) -> bool {
        self.locked || self.left.is_some_and(|left| left.saturating_sub(1) < i64::from(margin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60 * 10_000_000;
    const NOW: i64 = 134_000_000_000_000_000;

    #[test]
    fn wrong_passwords_count_until_the_window_is_over() {
        let rule = Lockout { threshold: 5, window: -30 * MINUTE };
        assert_eq!(rule.counting(3, NOW, NOW), 3);
        assert_eq!(rule.counting(3, NOW - 30 * MINUTE, NOW), 3);
        assert_eq!(rule.counting(3, NOW - 30 * MINUTE - 1, NOW), 0);
    }

    #[test]
    fn what_may_still_count_counts() {
        for window in [0, i64::MIN] {
            assert_eq!(Lockout { threshold: 5, window }.counting(3, 1, NOW), 3, "{window}");
        }
        let rule = Lockout { threshold: 5, window: -30 * MINUTE };
        assert_eq!(rule.counting(3, 0, NOW), 3);
        assert_eq!(rule.counting(3, NOW + MINUTE, NOW), 3);
        assert_eq!(rule.counting(-1, NOW, NOW), 0);
    }

    #[test]
    fn the_margin_is_what_is_left_after_one_more_wrong_one() {
        let prospect = |left| Prospect { dn: String::new(), locked: false, left };
        assert!(!prospect(Some(3)).is_too_near(2));
        assert!(prospect(Some(2)).is_too_near(2));
        assert!(!prospect(Some(1)).is_too_near(0));
        assert!(prospect(Some(0)).is_too_near(0));
        assert!(prospect(Some(5)).is_too_near(u32::MAX));
        assert!(!prospect(None).is_too_near(u32::MAX));
        assert!(Prospect { dn: String::new(), locked: true, left: None }.is_too_near(0));
    }
}
