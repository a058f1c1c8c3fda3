//! An employee's own password, tried only where a wrong one leaves a margin before the lockout. Not the
//! service's own bind, nor what a session is worth.
//!
//! Counters and bind are one server's: with `ppolicy_forward_updates` off, each server knows only the wrong
//! passwords that it was given, so the margin has to leave room for what is guessed at the others.

use super::super::connection::LdapFailure;
use super::super::keyed_lock::DecoyAccount;
use super::super::pool::{Query, unknown};
use super::account::{Place, is_locked};
use super::context::{Rules, look};
use super::generalized_time::{self, Locked};
use super::outcome::{Told, told, why};
use super::realm::Realm;
use super::{OpenLdap, Pool, Server, Session};
use crate::ports::directory::{Account, AccountId, DirectoryError, PasswordCheck};
use app::domain::password::Password;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

/// A bind that is answered with this says no to name or password, or to the account.
const INVALID_CREDENTIALS: u32 = 49;
/// slapd does not tell its time, and clocks are apart: so much longer a wrong password is taken to count.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(5);

/// What a wrong password would lead to.
struct Prospect {
    /// Where the account is now.
    dn: String,
    /// Locked out by wrong passwords.
    locked: bool,
    /// Switched off, so that no password signs in.
    off: bool,
    /// Wrong passwords left until the lockout; `None` where there is no lockout.
    left: Option<i64>,
}

impl Prospect {
    /// Whether fewer than `margin` wrong passwords would be left after this one were wrong.
    fn is_too_near(&self, margin: u32) -> bool {
        self.locked || self.left.is_some_and(|left| left.saturating_sub(1) < i64::from(margin))
    }
}

/// How does this account stand before the lockout? The same searches whether or not it is there.
struct ProspectOf {
    id: AccountId,
    now: Timestamp,
}

#[async_trait]
impl Query<Realm> for ProspectOf {
    type Answer = Option<Prospect>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        const COUNTERS: [&str; 6] = [
            "pwdFailureTime",
            "pwdAccountLockedTime",
            "pwdAccountTmpLockoutEnd",
            "pwdPolicySubentry",
            "pwdStartTime",
            "pwdEndTime",
        ];
        let (entry, surroundings) = look(session, &Place::of(self.id), &COUNTERS).await?;
        let Some(entry) = entry else { return Ok(None) };
        let rules = surroundings.rules(entry.text("pwdPolicySubentry"))?;
        let wrong = counting(rules, &generalized_time::read_all(&entry, "pwdFailureTime")?, self.now);
        let starts = generalized_time::read(&entry, "pwdStartTime")?.is_some_and(|start| start > self.now);
        let ended = generalized_time::read(&entry, "pwdEndTime")?.is_some_and(|end| end <= self.now);
        Ok(Some(Prospect {
            locked: is_locked(&entry, &surroundings, self.now)?,
            off: generalized_time::locked(&entry)? == Some(Locked::ByAdministrator) || starts || ended,
            left: rules.max_failure.map(|most| most.saturating_sub(wrong)),
            dn: entry.dn,
        }))
    }
}

/// How many wrong passwords count now. Where it is not clear that they are forgotten they count.
fn counting(rules: &Rules, wrong: &[Timestamp], now: Timestamp) -> i64 {
    let window = rules.failure_counts.and_then(|window| SignedDuration::try_from(window).ok());
    let counts = |moment: &&Timestamp| {
        window.is_none_or(|window| now.duration_since(**moment) <= window.saturating_add(CLOCKS_APART))
    };
    i64::try_from(wrong.iter().filter(counts).count()).unwrap_or(i64::MAX)
}

/// Whether the account signs in with this password, at the server that it was read from; `None` where the
/// answer says nothing about the password. One that is locked or switched off is not asked: unless
/// `ppolicy_use_lockout` is on, slapd's answer is that of a wrong password.
pub(super) async fn verify_password(
    pool: &Pool,
    account: &Account,
    password: &Password,
    now: Timestamp,
) -> Result<Option<bool>, DirectoryError> {
    if password.expose().is_empty() {
        return Ok(Some(false));
    }
    let server = pool.named(&account.server).ok_or_else(|| unknown(&account.server))?;
    let asking = async {
        let prospect = pool.read_from(&server, &ProspectOf { id: account.id, now }).await?;
        let Some(prospect) = prospect.filter(|prospect| !prospect.locked && !prospect.off) else {
            return Ok(None);
        };
        // A connection of its own: a bind changes as whom the connection speaks.
        let mut connection = pool.unbound(&server).await?;
        let answer = connection.bind_with(&prospect.dn, password.expose(), vec![why()]).await?;
        match (answer.rc, told(&answer)) {
            // Right, even where it has to be changed.
            (0, _) => Ok(Some(true)),
            (INVALID_CREDENTIALS, Some(Told::Locked | Told::Expired)) => Ok(None),
            (INVALID_CREDENTIALS, _) => Ok(Some(false)),
            (code, _) => Err(LdapFailure::Answer { operation: "bind", code, diagnostic: answer.text }),
        }
    };
    asking.await.map_err(|trouble| server.error(trouble))
}

/// Tries the password at the first server that answers. For nobody the same is asked about a stranger,
/// whose password is drawn: the typed one stays here.
pub(super) async fn sign_in(
    directory: &OpenLdap,
    id: Option<AccountId>,
    password: &Password,
    margin: u32,
) -> Result<PasswordCheck, DirectoryError> {
    if password.expose().is_empty() {
        return Ok(PasswordCheck::Not);
    }
    let pool = &directory.pool;
    let stranger = DecoyAccount::new("uid", &pool.config.base_dn)?;
    let question = ProspectOf { id: id.unwrap_or(stranger.id), now: (directory.now)() };
    let asking = async {
        let _turn = match directory.turns.of(question.id) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let mut tried = Vec::new();
        for server in pool.looked_up().await? {
            match at(pool, &server, &question, &stranger, password, margin).await {
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
    question: &ProspectOf,
    stranger: &DecoyAccount,
    password: &Password,
    margin: u32,
) -> Result<PasswordCheck, LdapFailure> {
    let prospect = pool.read_from(server, question).await?;
    let (dn, password) = match &prospect {
        Some(prospect) if prospect.is_too_near(margin) => return Ok(PasswordCheck::LockoutRisk),
        Some(prospect) => (prospect.dn.as_str(), password.expose()),
        None => (stranger.dn.as_str(), stranger.password.as_str()),
    };
    // A connection of its own: a bind changes as whom the connection speaks.
    let mut connection = pool.unbound(server).await?;
    let answer = connection.bind_with(dn, password, vec![why()]).await?;
    match (answer.rc, told(&answer)) {
        // The password is right and good for nothing but its own change: elsewhere it does not sign in.
        (0, Some(Told::MustChange)) => Ok(PasswordCheck::Not),
        (0, _) if prospect.is_some_and(|prospect| !prospect.off) => Ok(PasswordCheck::Right),
        (0 | INVALID_CREDENTIALS, _) => Ok(PasswordCheck::Not),
        (code, _) => Err(LdapFailure::Answer { operation: "bind", code, diagnostic: answer.text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn wrong_passwords_count_until_the_window_is_over_on_any_clock() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let ago = |minutes: i64| now - SignedDuration::from_mins(minutes);
        let half_an_hour = Rules { failure_counts: Some(Duration::from_mins(30)), ..Rules::default() };
        let wrong = [ago(0), ago(30), ago(35), ago(36), ago(-2)];
        assert_eq!(counting(&half_an_hour, &wrong, now), 4);
        assert_eq!(counting(&Rules::default(), &wrong, now), 5);
    }

    #[test]
    fn the_margin_is_what_is_left_after_one_more_wrong_one() {
        let prospect = |left| Prospect { dn: String::new(), locked: false, off: false, left };
        assert!(!prospect(Some(3)).is_too_near(2));
        assert!(prospect(Some(2)).is_too_near(2));
        assert!(!prospect(None).is_too_near(u32::MAX));
        assert!(Prospect { locked: true, ..prospect(None) }.is_too_near(0));
    }
}
