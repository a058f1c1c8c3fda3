//! Finding an account and telling how it stands. Not the policy, nor any writing.

use super::super::connection::LdapFailure;
use super::super::entry::Entry;
use super::super::pool::Query;
use super::Session;
use super::realm::Realm;
use crate::ports::directory::{Account, AccountId, Eligibility};
use app::domain::username::Username;
use async_trait::async_trait;
use jiff::Timestamp;
use ldap3::{Scope, ldap_escape};
use uuid::Uuid;

/// `sAMAccountType` of an ordinary user account: neither computer nor trust, and indexed.
pub(super) const USER_ACCOUNT: &str = "(sAMAccountType=805306368)";
/// `userAccountControl`: switched off.
const ACCOUNT_DISABLE: i64 = 0x2;
/// `userAccountControl`: signs in by smart card only; its password is random and nobody types it.
const SMARTCARD_REQUIRED: i64 = 0x4_0000;
/// Shows whether it is locked out now. `lockoutTime` stays when the lock has ended.
pub(super) const LOCK: &str = "msDS-User-Account-Control-Computed";
/// The bit of [`LOCK`].
pub(super) const LOCKED_OUT: i64 = 0x10;
/// `accountExpires` where there is no end: both are in use.
const NO_END: [i64; 2] = [0, i64::MAX];
/// Everybody's primary group, Domain Users.
pub(super) const DOMAIN_USERS: i64 = 513;
/// Seconds between 1601 and 1970.
pub(super) const FILETIME_EPOCH: i64 = 11_644_473_600;

/// What every account is asked for.
const ATTRIBUTES: [&str; 11] = [
    "objectGUID",
    "sAMAccountName",
    "userPrincipalName",
    "mail",
    "displayName",
    "userAccountControl",
    "accountExpires",
    "pwdLastSet",
    "primaryGroupID",
    "msDS-ResultantPSO",
    LOCK,
];

/// How a request names an account by its identity, so that neither a rename nor a recreated name
/// leads elsewhere (MS-ADTS 3.1.1.3.1.2.4).
pub(super) fn by_id(id: AccountId) -> String {
    format!("<GUID={}>", id.0)
}

/// Where and how to look.
pub(super) struct Where<'a> {
    pub(super) base: &'a str,
    pub(super) allowed_groups: &'a [String],
    pub(super) birthdate: Option<&'a str>,
    pub(super) mobile: Option<&'a str>,
    pub(super) employee_number: Option<&'a str>,
    pub(super) now: Timestamp,
}

impl Where<'_> {
    /// True of whatever is in one of the allowed groups, directly or nested.
    pub(super) fn in_allowed_group(&self) -> String {
        let groups = self.allowed_groups.iter().map(ldap_escape);
        groups.fold(String::new(), |all, dn| all + "(memberOf:1.2.840.113556.1.4.1941:=" + &dn + ")")
    }
}

/// Who is it, in the staff's part of the directory?
pub(super) struct Find<'a> {
    wanted: Wanted,
    scope: Where<'a>,
}

/// Which account is looked for.
enum Wanted {
    /// By this part of a filter.
    Named(String),
    /// By this place in a request.
    Known(String),
}

impl<'a> Find<'a> {
    /// By login name or by what stands before the `@` of the UPN.
    pub(super) fn named(name: &Username, scope: Where<'a>) -> Self {
        let name = ldap_escape(name.as_str());
        let wanted = Wanted::Named(format!("(|(sAMAccountName={name})(userPrincipalName={name}@*))"));
        Self { wanted, scope }
    }

    /// By its identity.
    pub(super) fn of(id: AccountId, scope: Where<'a>) -> Self {
        Self { wanted: Wanted::Known(by_id(id)), scope }
    }
}

#[async_trait]
impl Query<Realm> for Find<'_> {
    type Answer = Option<Account>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        find(session, &self.wanted, &self.scope).await
    }
}

/// The one account wanted. Always the same searches, whether or not the first finds anything:
/// otherwise the time taken would tell who works here.
async fn find(
    session: &mut Session,
    wanted: &Wanted,
    scope: &Where<'_>,
) -> Result<Option<Account>, LdapFailure> {
    let attributes: Vec<&str> = ATTRIBUTES.into_iter().chain(scope.birthdate).chain(scope.mobile).collect();
    let hits = several(session, scope.base, wanted, "", &attributes).await?;
    let in_group = session.realm.in_protected_group();
    let condition = format!("(|(adminCount=1){in_group})");
    let privileged = several(session, scope.base, wanted, &condition, &["1.1"]).await?;
    let allowed = if scope.allowed_groups.is_empty() {
        true
    } else {
        let condition = format!("(|{})", scope.in_allowed_group());
        !several(session, scope.base, wanted, &condition, &["1.1"]).await?.is_empty()
    };
    let mut hits = hits.into_iter();
    let (entry, more) = (hits.next(), hits.next());
    let Some(entry) = entry else { return Ok(None) };
    if let Some(other) = more {
        return Err(LdapFailure::Unusable(format!(
            "one name stands for two accounts: {}, {}",
            entry.dn, other.dn
        )));
    }
    let privileged = !privileged.is_empty() || has_privileged_primary_group(session, &entry).await?;
    let groups = Groups { privileged, allowed };
    account(&entry, groups, scope, session).map(Some)
}

/// At most two: more than one is one too many already.
async fn several(
    session: &mut Session,
    base: &str,
    wanted: &Wanted,
    condition: &str,
    attributes: &[&str],
) -> Result<Vec<Entry>, LdapFailure> {
    let connection = &mut session.connection;
    match wanted {
        Wanted::Named(name) => {
            let filter = format!("(&{USER_ACCOUNT}{name}{condition})");
            match connection.search(base, Scope::Subtree, &filter, attributes, 2).await {
                Err(LdapFailure::Answer { code: 4, .. }) => {
                    Err(LdapFailure::Unusable("one name stands for more than two accounts".to_owned()))
                }
                outcome => outcome,
            }
        }
        Wanted::Known(place) => {
            let filter = format!("(&{USER_ACCOUNT}{condition})");
            let entry = connection.one(place, &filter, attributes).await?;
            // It is found wherever it is, and may have been moved out of the staff's part.
            let staff = session.realm.staff.to_lowercase();
            let inside = |entry: &Entry| entry.dn.to_lowercase().ends_with(&staff);
            Ok(entry.filter(inside).into_iter().collect())
        }
    }
}

/// `memberOf` does not show the primary group, so a Domain Admin by primary group would pass unseen.
/// The further search is made for an unusual primary group only, and lies within the time envelope.
async fn has_privileged_primary_group(session: &mut Session, entry: &Entry) -> Result<bool, LdapFailure> {
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

/// What its groups say of an account.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    pub(super) privileged: bool,
    /// In an allowed group, where there are such.
    pub(super) allowed: bool,
}

fn account(
    entry: &Entry,
    groups: Groups,
    scope: &Where<'_>,
    session: &Session,
) -> Result<Account, LdapFailure> {
    let own = |name: &str| entry.text(name).map(ToOwned::to_owned);
    Ok(Account {
        id: id(entry)?,
        dn: entry.dn.clone(),
        login: entry.required("sAMAccountName")?.to_owned(),
        principal_name: own("userPrincipalName"),
        mail: own("mail"),
        mobile: scope.mobile.and_then(own),
        display_name: own("displayName").unwrap_or_default(),
        eligibility: standing_of(entry, groups, &session.realm.excluded, scope.now)?,
        locked: entry.number(LOCK)? & LOCKED_OUT != 0,
        policy_object: own("msDS-ResultantPSO"),
        password_last_set: entry.number("pwdLastSet")?,
        birthdate: scope.birthdate.and_then(own),
        server: session.connection.server.clone(),
    })
}

/// The identity that an entry shows.
pub(super) fn id(entry: &Entry) -> Result<AccountId, LdapFailure> {
    let id = entry.bytes("objectGUID").and_then(|bytes| bytes.try_into().ok()).map(Uuid::from_bytes_le);
    id.map(AccountId).ok_or_else(|| entry.lacks("objectGUID"))
}

/// An entry that does not show how it stands is an error, not an ordinary account.
pub(super) fn standing_of(
    entry: &Entry,
    groups: Groups,
    excluded: &[String],
    now: Timestamp,
) -> Result<Eligibility, LdapFailure> {
    let (control, expires) = (entry.number("userAccountControl")?, entry.number("accountExpires")?);
    let groups = Groups { allowed: groups.allowed && !is_below(&entry.dn, excluded), ..groups };
    Ok(eligibility(control, expires, groups, now))
}

/// Whether the place is in one of these parts, each as a DN in lower case with a comma before it.
fn is_below(dn: &str, parts: &[String]) -> bool {
    let dn = dn.to_lowercase();
    parts.iter().any(|part| dn.ends_with(part))
}

/// Privilege weighs most: it is what an operator has to see. A password that has expired, must be changed
/// or never expires says nothing here: setting a new one is what such an account needs, or may have.
fn eligibility(control: i64, expires: i64, groups: Groups, now: Timestamp) -> Eligibility {
    if groups.privileged {
        Eligibility::Privileged
    } else if control & ACCOUNT_DISABLE != 0 {
        Eligibility::Disabled
    } else if !NO_END.contains(&expires) && expires / 10_000_000 - FILETIME_EPOCH <= now.as_second() {
        Eligibility::Expired
    } else if control & SMARTCARD_REQUIRED != 0 {
        Eligibility::SmartCard
    } else if !groups.allowed {
        Eligibility::OutOfScope
    } else {
        Eligibility::Eligible
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3::asn1::{ASNTag as _, PL};
    use proptest::prelude::*;

    proptest! {
        /// RFC 4515: whatever a name holds, the filter asks for exactly that.
        #[test]
        fn a10_an_escaped_name_is_read_as_itself(name in "[\\PC\\x00-\\x1f*()|&!\\\\]{1,60}") {
            let filter = format!("(sAMAccountName={})", ldap_escape(name.as_str()));
            let tag = ldap3::parse_filter(&filter).unwrap().into_structure();
            let PL::C(parts) = tag.payload else { panic!("{filter}") };
            let bytes = |part: &ldap3::asn1::StructureTag| match &part.payload {
                PL::P(bytes) => bytes.clone(),
                PL::C(_) => panic!("{filter}"),
            };
            // Equality, and neither presence nor substrings (RFC 4511 4.5.1).
            prop_assert_eq!(tag.id, 3);
            prop_assert_eq!(parts.iter().map(bytes).collect::<Vec<_>>(), [b"sAMAccountName".to_vec(), name.into_bytes()]);
        }
    }

    const ORDINARY: Groups = Groups { privileged: false, allowed: true };

    fn scope() -> Where<'static> {
        let now = Timestamp::UNIX_EPOCH;
        Where { base: "", allowed_groups: &[], birthdate: None, mobile: None, employee_number: None, now }
    }

    #[test]
    fn a_name_cannot_widen_the_filter() {
        let name = |text: &str| Username::parse(text, &app::domain::username::Domains::default()).unwrap();
        let Wanted::Named(filter) = Find::named(&name("a(b)c"), scope()).wanted else { panic!() };
        assert_eq!(filter, "(|(sAMAccountName=a\\28b\\29c)(userPrincipalName=a\\28b\\29c@*))");
    }

    #[test]
    fn an_end_date_holds_from_its_very_moment() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |seconds: i64| (now.as_second() + seconds + FILETIME_EPOCH) * 10_000_000;
        assert_eq!(eligibility(0x200, at(1), ORDINARY, now), Eligibility::Eligible);
        assert_eq!(eligibility(0x200, at(0), ORDINARY, now), Eligibility::Expired);
        assert_eq!(eligibility(0x200, 0, ORDINARY, now), Eligibility::Eligible);
        assert_eq!(eligibility(0x200, i64::MAX, ORDINARY, now), Eligibility::Eligible);
        let privileged = Groups { privileged: true, allowed: false };
        assert_eq!(eligibility(0x202, at(0), privileged, now), Eligibility::Privileged);
        assert_eq!(eligibility(0x202, at(0), ORDINARY, now), Eligibility::Disabled);
    }

    #[test]
    fn who_signs_in_by_card_or_stands_outside_is_not_reset_and_who_never_expires_is() {
        let now = Timestamp::UNIX_EPOCH;
        let outside = Groups { privileged: false, allowed: false };
        assert_eq!(eligibility(0x4_0200, 0, ORDINARY, now), Eligibility::SmartCard);
        assert_eq!(eligibility(0x200, 0, outside, now), Eligibility::OutOfScope);
        assert_eq!(eligibility(0x1_0200, 0, ORDINARY, now), Eligibility::Eligible);
    }

    #[test]
    fn an_excluded_part_is_meant_whole_and_in_any_spelling() {
        let parts = [",ou=extern,ou=staff,dc=a".to_owned()];
        assert!(is_below("CN=x,ou=extern,OU=Staff,DC=a", &parts));
        assert!(is_below("CN=x,OU=b,OU=Extern,OU=Staff,DC=a", &parts));
        assert!(!is_below("CN=x,OU=Niet Extern,OU=Staff,DC=a", &parts));
    }
}
