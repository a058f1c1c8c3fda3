//! Lookup of an account and its eligibility.

use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::super::pool::Query;
use super::super::result_code::SIZE_LIMIT_EXCEEDED;
use super::domain_info::{DomainInfo, Session, member_filter, nested_group_filter};
use crate::ports::directory::{Account, AccountId, Eligibility};
use app::domain::username::Username;
use async_trait::async_trait;
use jiff::Timestamp;
use ldap3::{Scope, ldap_escape};
use uuid::Uuid;

/// `sAMAccountType` of an ordinary user account: neither computer nor trust. The attribute is indexed.
pub(super) const USER_ACCOUNT: &str = "(sAMAccountType=805306368)";
/// `userAccountControl`: disabled.
const ACCOUNT_DISABLE: i64 = 0x2;
/// `userAccountControl`: signs in by smart card only. The password is random and never used.
const SMARTCARD_REQUIRED: i64 = 0x4_0000;
/// Attribute that shows the current lockout; `lockoutTime` keeps its value after the lockout has ended.
pub(super) const LOCK: &str = "msDS-User-Account-Control-Computed";
/// The lockout bit of [`LOCK`].
pub(super) const LOCKED_OUT: i64 = 0x10;
/// `accountExpires` of accounts without an end date; both values are in use.
const NEVER_EXPIRES: [i64; 2] = [0, i64::MAX];
/// RID of Domain Users, the usual primary group.
pub(super) const DOMAIN_USERS: i64 = 513;
/// Seconds between 1601 and 1970.
pub(super) const FILETIME_EPOCH: i64 = 11_644_473_600;

/// Attributes read of every account.
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

/// DN form that addresses an account by its `objectGUID`, so that a renamed, or deleted and recreated, account is not
/// confused with another (MS-ADTS 3.1.1.3.1.2.4).
pub(super) fn guid_dn(id: AccountId) -> String {
    format!("<GUID={}>", id.0)
}

/// Base DN, configured groups and attributes, and the current time.
pub(super) struct SearchScope<'a> {
    pub(super) base: &'a str,
    pub(super) allowed_groups: &'a [String],
    pub(super) birthdate: Option<&'a str>,
    pub(super) mobile: Option<&'a str>,
    pub(super) private_mail: Option<&'a str>,
    pub(super) employee_number: Option<&'a str>,
    pub(super) now: Timestamp,
}

impl SearchScope<'_> {
    /// Filter that matches members of an allowed group, direct or nested.
    pub(super) fn allowed_member_filter(&self) -> String {
        let groups = self.allowed_groups.iter().map(ldap_escape);
        groups.fold(String::new(), |all, dn| all + "(memberOf:1.2.840.113556.1.4.1941:=" + &dn + ")")
    }
}

/// Finds one account below the base DN.
pub(super) struct FindAccount<'a> {
    target: Target,
    scope: SearchScope<'a>,
}

/// Which account to find.
enum Target {
    /// By a filter on its names.
    NameFilter(String),
    /// By its DN, here the GUID form.
    Dn(String),
}

impl<'a> FindAccount<'a> {
    /// By login name or by the part of the UPN before the `@`.
    pub(super) fn by_name(name: &Username, scope: SearchScope<'a>) -> Self {
        let name = ldap_escape(name.as_str());
        let target = Target::NameFilter(format!("(|(sAMAccountName={name})(userPrincipalName={name}@*))"));
        Self { target, scope }
    }

    /// By `objectGUID`.
    pub(super) fn by_id(id: AccountId, scope: SearchScope<'a>) -> Self {
        Self { target: Target::Dn(guid_dn(id)), scope }
    }
}

#[async_trait]
impl Query<DomainInfo> for FindAccount<'_> {
    type Answer = Option<Account>;

    async fn run(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        find(session, &self.target, &self.scope).await
    }
}

/// Finds the account. Always runs the same searches, whether or not the first finds an account: the response time
/// would otherwise reveal who works here.
async fn find(
    session: &mut Session,
    target: &Target,
    scope: &SearchScope<'_>,
) -> Result<Option<Account>, LdapFailure> {
    let configured = [scope.birthdate, scope.mobile, scope.private_mail].into_iter().flatten();
    let attributes: Vec<&str> = ATTRIBUTES.into_iter().chain(configured).collect();
    let matches = search_up_to_two(session, scope.base, target, "", &attributes).await?;
    let in_group = session.info.protected_member_filter();
    let condition = format!("(|(adminCount=1){in_group})");
    let privileged = search_up_to_two(session, scope.base, target, &condition, &["1.1"]).await?;
    let allowed = if scope.allowed_groups.is_empty() {
        true
    } else {
        let condition = format!("(|{})", scope.allowed_member_filter());
        !search_up_to_two(session, scope.base, target, &condition, &["1.1"]).await?.is_empty()
    };
    let high_impact = if session.info.high_impact.is_empty() {
        false
    } else {
        let condition = format!("(|{})", member_filter(&session.info.high_impact));
        !search_up_to_two(session, scope.base, target, &condition, &["1.1"]).await?.is_empty()
    };
    let mut matches = matches.into_iter();
    let (entry, second) = (matches.next(), matches.next());
    let Some(entry) = entry else { return Ok(None) };
    if let Some(other) = second {
        return Err(LdapFailure::Unusable(format!(
            "the name matches two accounts: {}, {}",
            entry.dn, other.dn
        )));
    }
    let groups = nested_group_filter(&session.info.protected);
    let privileged = !privileged.is_empty() || has_primary_group(session, &entry, &groups).await?;
    let groups = nested_group_filter(&session.info.high_impact);
    let high_impact = high_impact || has_primary_group(session, &entry, &groups).await?;
    let membership = Membership { privileged, allowed };
    account(&entry, membership, high_impact, scope, session).map(Some)
}

/// Returns at most two entries; two already mean that the name is ambiguous.
async fn search_up_to_two(
    session: &mut Session,
    base: &str,
    target: &Target,
    condition: &str,
    attributes: &[&str],
) -> Result<Vec<Entry>, LdapFailure> {
    let connection = &mut session.connection;
    match target {
        Target::NameFilter(name) => {
            let filter = format!("(&{USER_ACCOUNT}{name}{condition})");
            match connection.search(base, Scope::Subtree, &filter, attributes, 2).await {
                Err(LdapFailure::Answer { code: SIZE_LIMIT_EXCEEDED, .. }) => {
                    Err(LdapFailure::Unusable("the name matches more than two accounts".to_owned()))
                }
                outcome => outcome,
            }
        }
        Target::Dn(dn) => {
            let filter = format!("(&{USER_ACCOUNT}{condition})");
            let entry = connection.read_entry(dn, &filter, attributes).await?;
            // The GUID form finds accounts anywhere, including those moved out of the base DN.
            let suffix = session.info.base_suffix.to_lowercase();
            let is_in_base = |entry: &Entry| entry.dn.to_lowercase().ends_with(&suffix);
            Ok(entry.filter(is_in_base).into_iter().collect())
        }
    }
}

/// Whether the primary group is one of `groups`. `memberOf` omits the primary group, so a member of Domain Admins by
/// primary group would be missed. The extra search is made for an unusual primary group only, and the minimum
/// response time hides it.
pub(super) async fn has_primary_group(
    session: &mut Session,
    entry: &Entry,
    groups: &str,
) -> Result<bool, LdapFailure> {
    let group = entry.number("primaryGroupID")?;
    if group == DOMAIN_USERS || groups.is_empty() {
        return Ok(false);
    }
    let info = &session.info;
    let (root, sid) = (info.root.clone(), &info.sid);
    let filter = format!("(&(objectSid={sid}-{group})(|{groups}))");
    let matches = session.connection.search(&root, Scope::Subtree, &filter, &["1.1"], 0).await?;
    Ok(!matches.is_empty())
}

/// What the groups of an account imply.
#[derive(Clone, Copy)]
pub(super) struct Membership {
    pub(super) privileged: bool,
    /// Whether it is in an allowed group; true if none are configured.
    pub(super) allowed: bool,
}

fn account(
    entry: &Entry,
    membership: Membership,
    high_impact: bool,
    scope: &SearchScope<'_>,
    session: &Session,
) -> Result<Account, LdapFailure> {
    let text = |name: &str| entry.text(name).map(ToOwned::to_owned);
    Ok(Account {
        id: id(entry)?,
        dn: entry.dn.clone(),
        login: entry.required("sAMAccountName")?.to_owned(),
        principal_name: text("userPrincipalName"),
        mail: text("mail"),
        private_mail: scope.private_mail.and_then(text),
        mobile: scope.mobile.and_then(text),
        display_name: text("displayName").unwrap_or_default(),
        eligibility: entry_eligibility(entry, membership, &session.info.excluded, scope.now)?,
        high_impact,
        locked: entry.number(LOCK)? & LOCKED_OUT != 0,
        policy_object: text("msDS-ResultantPSO"),
        password_last_set: entry.number("pwdLastSet")?,
        birthdate: scope.birthdate.and_then(text),
        server: session.connection.server.clone(),
    })
}

/// Returns the `objectGUID` of an entry.
pub(super) fn id(entry: &Entry) -> Result<AccountId, LdapFailure> {
    let id = entry.bytes("objectGUID").and_then(|bytes| bytes.try_into().ok()).map(Uuid::from_bytes_le);
    id.map(AccountId).ok_or_else(|| entry.missing_attribute("objectGUID"))
}

/// Returns the eligibility of an entry. An entry without the necessary attributes is an error, not an eligible
/// account.
pub(super) fn entry_eligibility(
    entry: &Entry,
    membership: Membership,
    excluded: &[String],
    now: Timestamp,
) -> Result<Eligibility, LdapFailure> {
    let (control, expires) = (entry.number("userAccountControl")?, entry.number("accountExpires")?);
    let membership =
        Membership { allowed: membership.allowed && !is_in_subtree(&entry.dn, excluded), ..membership };
    Ok(eligibility(control, expires, membership, now))
}

/// Whether the DN lies in one of these subtrees, each given in lower case with a leading comma.
fn is_in_subtree(dn: &str, subtrees: &[String]) -> bool {
    let dn = dn.to_lowercase();
    subtrees.iter().any(|subtree| dn.ends_with(subtree))
}

/// `Privileged` takes precedence, so that an operator sees it. A password that has expired, must be changed or never
/// expires does not affect eligibility: a new password is what such an account needs, or may have.
fn eligibility(control: i64, expires: i64, membership: Membership, now: Timestamp) -> Eligibility {
    if membership.privileged {
        Eligibility::Privileged
    } else if control & ACCOUNT_DISABLE != 0 {
        Eligibility::Disabled
    } else if !NEVER_EXPIRES.contains(&expires) && expires / 10_000_000 - FILETIME_EPOCH <= now.as_second() {
        Eligibility::Expired
    } else if control & SMARTCARD_REQUIRED != 0 {
        Eligibility::SmartCard
    } else if !membership.allowed {
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
        /// RFC 4515: the filter matches exactly the escaped name.
        #[test]
        fn a10_escaped_name_matches_only_itself(name in "[\\PC\\x00-\\x1f*()|&!\\\\]{1,60}") {
            let filter = format!("(sAMAccountName={})", ldap_escape(name.as_str()));
            let tag = ldap3::parse_filter(&filter).unwrap().into_structure();
            let PL::C(parts) = tag.payload else { panic!("{filter}") };
            let bytes = |part: &ldap3::asn1::StructureTag| match &part.payload {
                PL::P(bytes) => bytes.clone(),
                PL::C(_) => panic!("{filter}"),
            };
            // An equality match, not presence or substrings (RFC 4511 4.5.1).
            prop_assert_eq!(tag.id, 3);
            prop_assert_eq!(parts.iter().map(bytes).collect::<Vec<_>>(), [b"sAMAccountName".to_vec(), name.into_bytes()]);
        }
    }

    const ORDINARY: Membership = Membership { privileged: false, allowed: true };

    fn scope() -> SearchScope<'static> {
        let now = Timestamp::UNIX_EPOCH;
        SearchScope {
            base: "",
            allowed_groups: &[],
            birthdate: None,
            mobile: None,
            private_mail: None,
            employee_number: None,
            now,
        }
    }

    #[test]
    fn user_name_cannot_widen_the_filter() {
        let name = |text: &str| Username::parse(text, &app::domain::username::Domains::default()).unwrap();
        let Target::NameFilter(filter) = FindAccount::by_name(&name("a(b)c"), scope()).target else {
            panic!()
        };
        assert_eq!(filter, "(|(sAMAccountName=a\\28b\\29c)(userPrincipalName=a\\28b\\29c@*))");
    }

    #[test]
    fn account_expires_at_its_end_date_and_privilege_takes_precedence() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |seconds: i64| (now.as_second() + seconds + FILETIME_EPOCH) * 10_000_000;
        assert_eq!(eligibility(0x200, at(1), ORDINARY, now), Eligibility::Eligible);
        assert_eq!(eligibility(0x200, at(0), ORDINARY, now), Eligibility::Expired);
        assert_eq!(eligibility(0x200, 0, ORDINARY, now), Eligibility::Eligible);
        assert_eq!(eligibility(0x200, i64::MAX, ORDINARY, now), Eligibility::Eligible);
        let privileged = Membership { privileged: true, allowed: false };
        assert_eq!(eligibility(0x202, at(0), privileged, now), Eligibility::Privileged);
        assert_eq!(eligibility(0x202, at(0), ORDINARY, now), Eligibility::Disabled);
    }

    #[test]
    fn smart_card_and_out_of_scope_accounts_are_ineligible_and_never_expiring_ones_are_eligible() {
        let now = Timestamp::UNIX_EPOCH;
        let outside = Membership { privileged: false, allowed: false };
        assert_eq!(eligibility(0x4_0200, 0, ORDINARY, now), Eligibility::SmartCard);
        assert_eq!(eligibility(0x200, 0, outside, now), Eligibility::OutOfScope);
        assert_eq!(eligibility(0x1_0200, 0, ORDINARY, now), Eligibility::Eligible);
    }

    #[test]
    fn excluded_subtree_matches_whole_components_in_any_case() {
        let subtrees = [",ou=extern,ou=staff,dc=a".to_owned()];
        assert!(is_in_subtree("CN=x,ou=extern,OU=Staff,DC=a", &subtrees));
        assert!(is_in_subtree("CN=x,OU=b,OU=Extern,OU=Staff,DC=a", &subtrees));
        assert!(!is_in_subtree("CN=x,OU=Niet Extern,OU=Staff,DC=a", &subtrees));
    }
}
