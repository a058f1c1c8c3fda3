//! Listing of all accounts below the base DN, page by page.

use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::super::listing::Listing;
use super::account::{DOMAIN_USERS, Membership, SearchScope, USER_ACCOUNT, entry_eligibility, id};
use super::domain_info::{DomainInfo, Session};
use crate::ports::directory::{AccountId, ListedAccount};
use async_trait::async_trait;
use ldap3::ldap_escape;
use std::collections::HashSet;

/// Attributes read of every account.
const ATTRIBUTES: [&str; 7] = [
    "objectGUID",
    "sAMAccountName",
    "userPrincipalName",
    "mail",
    "userAccountControl",
    "accountExpires",
    "primaryGroupID",
];
/// Groups per filter; servers limit the size of a filter.
const MAX_GROUPS_PER_FILTER: usize = 50;

/// The privileged accounts, read before the first page: a query per account would need one search each.
struct PrivilegedAccounts {
    accounts: HashSet<AccountId>,
    /// RIDs of the domain's privileged groups, for accounts that have one as primary group.
    groups: HashSet<i64>,
}

impl PrivilegedAccounts {
    /// Reads the groups that are protected or nested in a protected one, then their members. The nested search runs
    /// over the groups, of which there are few, and not over every account.
    async fn read(session: &mut Session, base: &str) -> Result<Self, LdapFailure> {
        let info = &session.info;
        let (root, prefix) = (info.root.clone(), format!("{}-", info.sid));
        let filter = format!(
            "(&(objectClass=group)(|{}{}))",
            info.protected_group_filter(),
            info.protected_member_filter()
        );
        // Includes the configured groups whatever their object class, as `find` does.
        let mut names: HashSet<String> = info.protected.iter().cloned().collect();
        let found = session.connection.search_all(&root, &filter, &["objectSid"]).await?;
        let mut groups = HashSet::new();
        for group in found {
            let sid = group.sid("objectSid").ok_or_else(|| group.missing_attribute("objectSid"))?;
            groups.extend(sid.strip_prefix(&prefix).and_then(|rid| rid.parse::<i64>().ok()));
            names.insert(ldap_escape(group.dn).into_owned());
        }
        let names: Vec<String> = names.into_iter().collect();
        let mut accounts = HashSet::new();
        for names in names.chunks(MAX_GROUPS_PER_FILTER) {
            let member = names.iter().fold(String::new(), |all, dn| all + "(memberOf=" + dn + ")");
            let filter = format!("(&{USER_ACCOUNT}(|(adminCount=1){member}))");
            for entry in session.connection.search_all(base, &filter, &["objectGUID"]).await? {
                accounts.insert(id(&entry)?);
            }
        }
        Ok(Self { accounts, groups })
    }

    fn contains(&self, id: AccountId, primary_group: i64) -> bool {
        self.accounts.contains(&id) || (primary_group != DOMAIN_USERS && self.groups.contains(&primary_group))
    }
}

/// A listing in progress, over one connection to one server.
pub(super) struct DomainListing<'a> {
    session: Session,
    privileged: PrivilegedAccounts,
    /// The members of allowed groups; `None` if no such groups are configured.
    allowed: Option<HashSet<AccountId>>,
    scope: &'a SearchScope<'a>,
    cookie: Vec<u8>,
}

#[async_trait]
impl<'a> Listing<DomainInfo> for DomainListing<'a> {
    type Scope = &'a SearchScope<'a>;

    async fn start(mut session: Session, scope: Self::Scope) -> Result<Self, LdapFailure> {
        let privileged = PrivilegedAccounts::read(&mut session, scope.base).await?;
        let allowed = allowed_accounts(&mut session, scope).await?;
        Ok(Self { session, privileged, allowed, scope, cookie: Vec::new() })
    }

    async fn next_page(&mut self) -> Result<Vec<ListedAccount>, LdapFailure> {
        let scope = self.scope;
        let configured = [scope.birthdate, scope.mobile, scope.employee_number].into_iter().flatten();
        let attributes: Vec<&str> = ATTRIBUTES.into_iter().chain(configured).collect();
        let cookie = std::mem::take(&mut self.cookie);
        let (entries, next) =
            self.session.connection.search_page(scope.base, USER_ACCOUNT, &attributes, cookie).await?;
        self.cookie = next;
        entries.iter().map(|entry| self.listed_account(entry)).collect()
    }

    fn is_complete(&self) -> bool {
        self.cookie.is_empty()
    }

    fn into_session(self) -> Session {
        self.session
    }
}

impl DomainListing<'_> {
    fn listed_account(&self, entry: &Entry) -> Result<ListedAccount, LdapFailure> {
        let text = |name: &str| entry.text(name).map(ToOwned::to_owned);
        let id = id(entry)?;
        let membership = Membership {
            privileged: self.privileged.contains(id, entry.number("primaryGroupID")?),
            allowed: self.allowed.as_ref().is_none_or(|allowed| allowed.contains(&id)),
        };
        Ok(ListedAccount {
            id,
            dn: entry.dn.clone(),
            login: entry.required("sAMAccountName")?.to_owned(),
            principal_name: text("userPrincipalName"),
            mail: text("mail"),
            employee_number: self.scope.employee_number.and_then(text),
            birthdate: self.scope.birthdate.and_then(text),
            mobile: self.scope.mobile.and_then(text),
            eligibility: entry_eligibility(entry, membership, &self.session.info.excluded, self.scope.now)?,
        })
    }
}

async fn allowed_accounts(
    session: &mut Session,
    scope: &SearchScope<'_>,
) -> Result<Option<HashSet<AccountId>>, LdapFailure> {
    if scope.allowed_groups.is_empty() {
        return Ok(None);
    }
    let filter = format!("(&{USER_ACCOUNT}(|{}))", scope.allowed_member_filter());
    let members = session.connection.search_all(scope.base, &filter, &["objectGUID"]).await?;
    members.iter().map(id).collect::<Result<_, _>>().map(Some)
}
