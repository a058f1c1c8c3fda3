//! Finding an account and telling how it stands. Not the policy, nor any writing.

use super::connection::{Session, Trouble};
use super::entry::Entry;
use super::pool::Question;
use crate::ports::directory::{Account, AccountId, Standing};
use app::username::Username;
use async_trait::async_trait;
use jiff::Timestamp;
use ldap3::{Scope, ldap_escape};
use uuid::Uuid;

/// `sAMAccountType` of an ordinary user account: neither computer nor trust, and indexed.
pub(super) const USER_ACCOUNT: &str = "(sAMAccountType=805306368)";
/// `userAccountControl`: switched off.
const ACCOUNT_DISABLE: i64 = 0x2;
/// `accountExpires` where there is no end: both are in use.
const NO_END: [i64; 2] = [0, i64::MAX];
/// Everybody's primary group, Domain Users.
pub(super) const DOMAIN_USERS: i64 = 513;
/// Seconds between 1601 and 1970.
pub(super) const FILETIME_EPOCH: i64 = 11_644_473_600;

/// What every account is asked for.
const ATTRIBUTES: [&str; 9] = [
    "objectGUID",
    "sAMAccountName",
    "userPrincipalName",
    "mail",
    "displayName",
    "userAccountControl",
    "accountExpires",
    "pwdLastSet",
    "primaryGroupID",
];

/// Which account is looked for, as part of a filter.
pub(super) struct Wanted(String);

impl Wanted {
    /// By login name or by what stands before the `@` of the UPN.
    pub(super) fn named(name: &Username) -> Self {
        let name = ldap_escape(name.as_str());
        Self(format!("(|(sAMAccountName={name})(userPrincipalName={name}@*))"))
    }

    /// By its place.
    fn at(dn: &str) -> Self {
        Self(format!("(distinguishedName={})", ldap_escape(dn)))
    }
}

/// How a request names an account by its identity, so that neither a rename nor a recreated name
/// leads elsewhere (MS-ADTS 3.1.1.3.1.2.4).
pub(super) fn by_id(id: AccountId) -> String {
    format!("<GUID={}>", id.0)
}

/// Where and how to look.
pub(super) struct Where<'a> {
    pub(super) base: &'a str,
    pub(super) birthdate: Option<&'a str>,
    pub(super) mobile: Option<&'a str>,
    pub(super) employee_number: Option<&'a str>,
    pub(super) now: Timestamp,
}

/// Who has this name?
pub(super) struct Find<'a>(pub(super) Wanted, pub(super) Where<'a>);

#[async_trait]
impl Question for Find<'_> {
    type Answer = Option<Account>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, Trouble> {
        find(session, &self.0, &self.1).await
    }
}

/// Who has this identity, in the staff's part of the directory?
pub(super) struct Read<'a>(pub(super) AccountId, pub(super) Where<'a>);

#[async_trait]
impl Question for Read<'_> {
    type Answer = Option<Account>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, Trouble> {
        match session.connection.one(&by_id(self.0), "(objectClass=*)", &["1.1"]).await? {
            Some(entry) => find(session, &Wanted::at(&entry.dn), &self.1).await,
            None => Ok(None),
        }
    }
}

/// The one account wanted. Always the same two searches, whether or not the first finds anything:
/// otherwise the time taken would tell who works here.
async fn find(session: &mut Session, wanted: &Wanted, scope: &Where<'_>) -> Result<Option<Account>, Trouble> {
    let attributes: Vec<&str> = ATTRIBUTES.into_iter().chain(scope.birthdate).chain(scope.mobile).collect();
    let filter = format!("(&{USER_ACCOUNT}{})", wanted.0);
    let hits = several(session, scope.base, &filter, &attributes).await?;
    let in_group = session.realm.in_protected_group();
    let filter = format!("(&{USER_ACCOUNT}{}(|(adminCount=1){in_group}))", wanted.0);
    let privileged = several(session, scope.base, &filter, &["1.1"]).await?;
    let mut hits = hits.into_iter();
    let (entry, more) = (hits.next(), hits.next());
    let Some(entry) = entry else { return Ok(None) };
    if let Some(other) = more {
        return Err(Trouble::Unusable(format!(
            "one name stands for two accounts: {}, {}",
            entry.dn, other.dn
        )));
    }
    let privileged = !privileged.is_empty() || has_privileged_primary_group(session, &entry).await?;
    account(&entry, privileged, scope, &session.connection.server).map(Some)
}

/// At most two: more than one is one too many already.
async fn several(
    session: &mut Session,
    base: &str,
    filter: &str,
    attributes: &[&str],
) -> Result<Vec<Entry>, Trouble> {
    match session.connection.search(base, Scope::Subtree, filter, attributes, 2).await {
        Err(Trouble::Answer { code: 4, .. }) => {
            Err(Trouble::Unusable("one name stands for more than two accounts".to_owned()))
        }
        outcome => outcome,
    }
}

/// `memberOf` does not show the primary group, so a Domain Admin by primary group would pass unseen.
/// The further search is made for an unusual primary group only, and lies within the time envelope.
async fn has_privileged_primary_group(session: &mut Session, entry: &Entry) -> Result<bool, Trouble> {
    let group = entry.number("primaryGroupID")?;
    if group == DOMAIN_USERS {
        return Ok(false);
    }
    let realm = &session.realm;
    let (root, sid) = (realm.root.clone(), &realm.sid);
    let filter = format!(
        "(&(objectSid={sid}-{group})(|{}{}))",
        realm.is_protected_group(),
        realm.in_protected_group()
    );
    let hits = session.connection.search(&root, Scope::Subtree, &filter, &["1.1"], 0).await?;
    Ok(!hits.is_empty())
}

fn account(entry: &Entry, privileged: bool, scope: &Where<'_>, server: &str) -> Result<Account, Trouble> {
    let own = |name: &str| entry.text(name).map(ToOwned::to_owned);
    Ok(Account {
        id: id(entry)?,
        dn: entry.dn.clone(),
        login: entry.required("sAMAccountName")?.to_owned(),
        principal_name: own("userPrincipalName"),
        mail: own("mail"),
        mobile: scope.mobile.and_then(own),
        display_name: own("displayName").unwrap_or_default(),
        standing: standing_of(entry, privileged, scope.now)?,
        password_last_set: entry.number("pwdLastSet")?,
        birthdate: scope.birthdate.and_then(own),
        server: server.to_owned(),
    })
}

/// The identity that an entry shows.
pub(super) fn id(entry: &Entry) -> Result<AccountId, Trouble> {
    let id = entry.bytes("objectGUID").and_then(|bytes| bytes.try_into().ok()).map(Uuid::from_bytes_le);
    id.map(AccountId).ok_or_else(|| entry.lacks("objectGUID"))
}

/// An entry that does not show how it stands is an error, not an ordinary account.
pub(super) fn standing_of(entry: &Entry, privileged: bool, now: Timestamp) -> Result<Standing, Trouble> {
    let (control, expires) = (entry.number("userAccountControl")?, entry.number("accountExpires")?);
    Ok(standing(control, expires, privileged, now))
}

/// Privilege weighs most: it is what an operator has to see.
fn standing(control: i64, expires: i64, privileged: bool, now: Timestamp) -> Standing {
    if privileged {
        Standing::Privileged
    } else if control & ACCOUNT_DISABLE != 0 {
        Standing::Disabled
    } else if !NO_END.contains(&expires) && expires / 10_000_000 - FILETIME_EPOCH <= now.as_second() {
        Standing::Expired
    } else {
        Standing::Eligible
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_widen_the_filter() {
        let name = |text: &str| Username::parse(text, &app::username::Domains::default()).unwrap();
        assert_eq!(
            Wanted::named(&name("a(b)c")).0,
            "(|(sAMAccountName=a\\28b\\29c)(userPrincipalName=a\\28b\\29c@*))"
        );
    }

    #[test]
    fn an_end_date_holds_from_its_very_moment() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |seconds: i64| (now.as_second() + seconds + FILETIME_EPOCH) * 10_000_000;
        assert_eq!(standing(0x200, at(1), false, now), Standing::Eligible);
        assert_eq!(standing(0x200, at(0), false, now), Standing::Expired);
        assert_eq!(standing(0x200, 0, false, now), Standing::Eligible);
        assert_eq!(standing(0x200, i64::MAX, false, now), Standing::Eligible);
        assert_eq!(standing(0x202, at(0), true, now), Standing::Privileged);
        assert_eq!(standing(0x202, at(0), false, now), Standing::Disabled);
    }
}
