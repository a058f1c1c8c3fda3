//! Lookup of an account and its eligibility.

use super::super::config::LdapConfig;
use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::super::pool::Query;
use super::account_filter::AccountFilter;
use super::context::{PolicyContext, PolicyRules, lookup, member_of};
use super::generalized_time::{self, AccountLock};
use super::slapd_info::{Session, SlapdInfo};
use crate::ports::directory::{Account, AccountId, Eligibility};
use app::domain::username::Username;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Attributes read of every account, in addition to the configured ones.
const ATTRIBUTES: [&str; 13] = [
    "entryUUID",
    "uid",
    "mail",
    "displayName",
    "cn",
    "memberOf",
    "pwdChangedTime",
    "pwdAccountLockedTime",
    "pwdAccountTmpLockoutEnd",
    "pwdStartTime",
    "pwdEndTime",
    "pwdPolicySubentry",
    "shadowExpire",
];
const SECONDS_PER_DAY: i64 = 86_400;

/// The configuration and the current time.
pub(super) struct SearchScope<'a> {
    pub(super) config: &'a LdapConfig,
    pub(super) now: Timestamp,
}

impl<'a> SearchScope<'a> {
    /// Attributes to read of an account.
    pub(super) fn attributes(&self) -> Vec<&'a str> {
        let config = self.config;
        let configured =
            [&config.birthdate_attribute, &config.mobile_attribute, &config.private_mail_attribute];
        ATTRIBUTES.into_iter().chain(configured.into_iter().filter_map(|name| name.as_deref())).collect()
    }
}

/// Finds one account below the base DN.
pub(super) struct FindAccount<'a> {
    filter: AccountFilter,
    scope: SearchScope<'a>,
}

impl<'a> FindAccount<'a> {
    /// By `uid`.
    pub(super) fn by_name(name: &Username, scope: SearchScope<'a>) -> Self {
        Self { filter: AccountFilter::by_name(name), scope }
    }

    /// By `entryUUID`.
    pub(super) fn by_id(id: AccountId, scope: SearchScope<'a>) -> Self {
        Self { filter: AccountFilter::by_id(id), scope }
    }
}

#[async_trait]
impl Query<SlapdInfo> for FindAccount<'_> {
    type Answer = Option<Account>;

    async fn run(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        let (entry, context) = lookup(session, &self.filter, &self.scope.attributes()).await?;
        entry.map(|entry| account(&entry, &context, &self.scope, session)).transpose()
    }
}

fn account(
    entry: &Entry,
    context: &PolicyContext,
    scope: &SearchScope<'_>,
    session: &Session,
) -> Result<Account, LdapFailure> {
    let text = |name: &str| entry.text(name).map(ToOwned::to_owned);
    let configured = |name: &Option<String>| name.as_deref().and_then(text);
    Ok(Account {
        id: id(entry)?,
        dn: entry.dn.clone(),
        login: entry.required("uid")?.to_owned(),
        principal_name: None,
        mail: text("mail"),
        private_mail: configured(&scope.config.private_mail_attribute),
        mobile: configured(&scope.config.mobile_attribute),
        display_name: text("displayName").or_else(|| text("cn")).unwrap_or_default(),
        eligibility: eligibility(entry, context, &session.info, scope.now)?,
        high_impact: context.is_member(member_of(entry), &session.info.high_impact),
        locked: is_locked(entry, context, scope.now)?,
        policy_object: text("pwdPolicySubentry"),
        // An account that was imported with its password has no `pwdChangedTime`.
        password_last_set: generalized_time::read(entry, "pwdChangedTime")?
            .map_or(0, generalized_time::to_filetime),
        birthdate: configured(&scope.config.birthdate_attribute),
        server: session.connection.server.clone(),
    })
}

/// Returns the `entryUUID` of an entry.
pub(super) fn id(entry: &Entry) -> Result<AccountId, LdapFailure> {
    let id = Uuid::parse_str(entry.required("entryUUID")?);
    id.map(AccountId).map_err(|_| entry.missing_attribute("entryUUID"))
}

/// Returns the eligibility of an entry. `Privileged` takes precedence, so that an operator sees it.
pub(super) fn eligibility(
    entry: &Entry,
    context: &PolicyContext,
    info: &SlapdInfo,
    now: Timestamp,
) -> Result<Eligibility, LdapFailure> {
    let groups = member_of(entry);
    let dn = entry.dn.to_lowercase();
    let excluded = info.excluded.iter().any(|part| dn.ends_with(part)) || !dn.ends_with(&info.base_suffix);
    let allowed = info.allowed.is_empty() || context.is_member(groups.clone(), &info.allowed);
    let not_started = generalized_time::read(entry, "pwdStartTime")?.is_some_and(|start| start > now);
    Ok(if context.is_member(groups, &info.protected) {
        Eligibility::Privileged
    } else if generalized_time::account_lock(entry)? == Some(AccountLock::ByAdministrator) || not_started {
        Eligibility::Disabled
    } else if is_expired(entry, now)? {
        Eligibility::Expired
    } else if excluded || !allowed {
        Eligibility::OutOfScope
    } else {
        Eligibility::Eligible
    })
}

/// `shadowExpire` is the expiry day for operating systems (-1 means never); `pwdEndTime` is slapd's own.
fn is_expired(entry: &Entry, now: Timestamp) -> Result<bool, LdapFailure> {
    let by_policy = generalized_time::read(entry, "pwdEndTime")?.is_some_and(|end| end <= now);
    let by_shadow = match entry.text("shadowExpire") {
        Some(_) => {
            let day = entry.number("shadowExpire")?;
            day >= 0 && day.saturating_mul(SECONDS_PER_DAY) <= now.as_second()
        }
        None => false,
    };
    Ok(by_policy || by_shadow)
}

/// Whether the account is locked out after wrong passwords.
pub(super) fn is_locked(entry: &Entry, context: &PolicyContext, now: Timestamp) -> Result<bool, LdapFailure> {
    let is_delayed = generalized_time::read(entry, "pwdAccountTmpLockoutEnd")?.is_some_and(|end| end > now);
    let is_locked_out = match generalized_time::account_lock(entry)? {
        Some(AccountLock::Since(since)) => {
            is_lock_active(since, context.rules(entry.text("pwdPolicySubentry"))?, now)
        }
        Some(AccountLock::ByAdministrator) | None => false,
    };
    Ok(is_delayed || is_locked_out)
}

/// Whether a lock set at `since` is still in force; the attribute stays after the lock has ended.
fn is_lock_active(since: Timestamp, rules: &PolicyRules, now: Timestamp) -> bool {
    let Some(duration) = rules.lockout_duration else { return true };
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    now.duration_since(since) < duration
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn lockout_ends_after_the_duration_in_the_policy() {
        let since = Timestamp::UNIX_EPOCH;
        let after = |seconds| Timestamp::from_second(seconds).unwrap();
        let thirty_minutes =
            PolicyRules { lockout_duration: Some(Duration::from_mins(30)), ..PolicyRules::default() };
        assert!(is_lock_active(since, &thirty_minutes, after(1799)));
        assert!(!is_lock_active(since, &thirty_minutes, after(1800)));
        assert!(is_lock_active(since, &PolicyRules::default(), after(1_000_000)));
    }
}
