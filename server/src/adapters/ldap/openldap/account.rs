//! Finding an account and telling how it stands. Not the policy, nor any writing.

use super::super::LdapConfig;
use super::super::connection::LdapFailure;
use super::super::entry::Entry;
use super::super::pool::Query;
use super::Session;
use super::context::{PolicyContext, Rules, look, member_of};
use super::generalized_time::{self, Locked};
use super::realm::Realm;
use crate::ports::directory::{Account, AccountId, Eligibility};
use app::domain::username::Username;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use ldap3::{Scope as Depth, ldap_escape};
use uuid::Uuid;

/// What an employee's entry is; accounts of services are not persons.
pub(super) const PERSON: &str = "(objectClass=person)";
/// What every account is asked for, before what the settings name.
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

/// Where to look, and when it is.
pub(super) struct Scope<'a> {
    pub(super) config: &'a LdapConfig,
    pub(super) now: Timestamp,
}

impl<'a> Scope<'a> {
    /// What an account is asked for.
    pub(super) fn attributes(&self) -> Vec<&'a str> {
        let config = self.config;
        let own = [&config.birthdate_attribute, &config.mobile_attribute];
        ATTRIBUTES.into_iter().chain(own.into_iter().filter_map(|name| name.as_deref())).collect()
    }
}

/// Which account, in the form of a filter.
pub(super) struct Place(String);

impl Place {
    /// By its identity, wherever it is now and whatever it is called.
    pub(super) fn of(id: AccountId) -> Self {
        Self(format!("(entryUUID={})", id.0))
    }

    /// The one in the staff's part, if it is there; two are an error.
    pub(super) async fn one(
        &self,
        session: &mut Session,
        attributes: &[&str],
    ) -> Result<Option<Entry>, LdapFailure> {
        let base = session.connection.config.base_dn.clone();
        let filter = format!("(&{PERSON}{})", self.0);
        let hits = session.connection.search(&base, Depth::Subtree, &filter, attributes, 2).await;
        let mut hits = match hits {
            Err(LdapFailure::Answer { code: 4, .. }) => {
                return Err(LdapFailure::Unusable("one name stands for more than two accounts".to_owned()));
            }
            hits => hits?.into_iter(),
        };
        match (hits.next(), hits.next()) {
            (Some(one), Some(other)) => Err(LdapFailure::Unusable(format!(
                "one name stands for two accounts: {}, {}",
                one.dn, other.dn
            ))),
            (hit, _) => Ok(hit),
        }
    }
}

/// Who is it, in the staff's part of the directory?
pub(super) struct Find<'a> {
    place: Place,
    scope: Scope<'a>,
}

impl<'a> Find<'a> {
    /// By `uid` alone. What stands before the `@` of a mail address is no login name: mail addresses change
    /// hands.
    pub(super) fn named(name: &Username, scope: Scope<'a>) -> Self {
        Self { place: Place(format!("(uid={})", ldap_escape(name.as_str()))), scope }
    }

    /// By its identity.
    pub(super) fn of(id: AccountId, scope: Scope<'a>) -> Self {
        Self { place: Place::of(id), scope }
    }
}

#[async_trait]
impl Query<Realm> for Find<'_> {
    type Answer = Option<Account>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        let (entry, surroundings) = look(session, &self.place, &self.scope.attributes()).await?;
        entry.map(|entry| account(&entry, &surroundings, &self.scope, session)).transpose()
    }
}

fn account(
    entry: &Entry,
    surroundings: &PolicyContext,
    scope: &Scope<'_>,
    session: &Session,
) -> Result<Account, LdapFailure> {
    let own = |name: &str| entry.text(name).map(ToOwned::to_owned);
    let named = |name: &Option<String>| name.as_deref().and_then(own);
    Ok(Account {
        id: id(entry)?,
        dn: entry.dn.clone(),
        login: entry.required("uid")?.to_owned(),
        principal_name: None,
        mail: own("mail"),
        mobile: named(&scope.config.mobile_attribute),
        display_name: own("displayName").or_else(|| own("cn")).unwrap_or_default(),
        eligibility: eligibility(entry, surroundings, &session.realm, scope.now)?,
        locked: is_locked(entry, surroundings, scope.now)?,
        policy_object: own("pwdPolicySubentry"),
        // An account that was imported with its password has none.
        password_last_set: generalized_time::read(entry, "pwdChangedTime")?
            .map_or(0, generalized_time::filetime),
        birthdate: named(&scope.config.birthdate_attribute),
        server: session.connection.server.clone(),
    })
}

/// The identity that an entry shows.
pub(super) fn id(entry: &Entry) -> Result<AccountId, LdapFailure> {
    let id = Uuid::parse_str(entry.required("entryUUID")?);
    id.map(AccountId).map_err(|_| entry.lacks("entryUUID"))
}

/// Privilege weighs most: it is what an operator has to see.
pub(super) fn eligibility(
    entry: &Entry,
    surroundings: &PolicyContext,
    realm: &Realm,
    now: Timestamp,
) -> Result<Eligibility, LdapFailure> {
    let groups = member_of(entry);
    let dn = entry.dn.to_lowercase();
    let excluded = realm.excluded.iter().any(|part| dn.ends_with(part)) || !dn.ends_with(&realm.staff);
    let allowed = realm.allowed.is_empty() || surroundings.leads_to(groups.clone(), &realm.allowed);
    let starts = generalized_time::read(entry, "pwdStartTime")?.is_some_and(|start| start > now);
    Ok(if surroundings.leads_to(groups, &realm.protected) {
        Eligibility::Privileged
    } else if generalized_time::locked(entry)? == Some(Locked::ByAdministrator) || starts {
        Eligibility::Disabled
    } else if has_ended(entry, now)? {
        Eligibility::Expired
    } else if excluded || !allowed {
        Eligibility::OutOfScope
    } else {
        Eligibility::Eligible
    })
}

/// `shadowExpire` counts days and is of the operating systems (-1: never); `pwdEndTime` is slapd's own.
fn has_ended(entry: &Entry, now: Timestamp) -> Result<bool, LdapFailure> {
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

/// Locked out by wrong passwords, now.
pub(super) fn is_locked(
    entry: &Entry,
    surroundings: &PolicyContext,
    now: Timestamp,
) -> Result<bool, LdapFailure> {
    let paused = generalized_time::read(entry, "pwdAccountTmpLockoutEnd")?.is_some_and(|end| end > now);
    let locked = match generalized_time::locked(entry)? {
        Some(Locked::At(since)) => lasts(since, surroundings.rules(entry.text("pwdPolicySubentry"))?, now),
        Some(Locked::ByAdministrator) | None => false,
    };
    Ok(paused || locked)
}

/// Whether a lock since then still is one. The attribute stays when the lock has ended.
fn lasts(since: Timestamp, rules: &Rules, now: Timestamp) -> bool {
    let Some(lasting) = rules.lock_lasts else { return true };
    let lasting = SignedDuration::try_from(lasting).unwrap_or(SignedDuration::MAX);
    now.duration_since(since) < lasting
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_name_cannot_widen_the_filter() {
        let name = Username::parse("a(b)c", &app::domain::username::Domains::default()).unwrap();
        let config = LdapConfig::new(Vec::new(), String::new(), String::new().into(), String::new());
        let find = Find::named(&name, Scope { config: &config, now: Timestamp::UNIX_EPOCH });
        assert_eq!(find.place.0, "(uid=a\\28b\\29c)");
    }

    #[test]
    fn a_lock_ends_by_itself_where_the_policy_says_when() {
        let since = Timestamp::UNIX_EPOCH;
        let after = |seconds| Timestamp::from_second(seconds).unwrap();
        let half_an_hour = Rules { lock_lasts: Some(Duration::from_mins(30)), ..Rules::default() };
        assert!(lasts(since, &half_an_hour, after(1799)));
        assert!(!lasts(since, &half_an_hour, after(1800)));
        assert!(lasts(since, &Rules::default(), after(1_000_000)));
    }
}
