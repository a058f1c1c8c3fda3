//! Listing of all accounts below the base DN, page by page.

use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::account::{DOMAIN_USERS, Membership, SearchScope, USER_ACCOUNT, entry_eligibility, id};
use super::domain_info::{Pool, Server, Session};
use crate::ports::directory::{AccountId, DirectoryError, ListedAccount, PageSink};
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
struct Listing<'a> {
    session: Session,
    privileged: PrivilegedAccounts,
    /// The members of allowed groups; `None` if no such groups are configured.
    allowed: Option<HashSet<AccountId>>,
    filter: String,
    scope: &'a SearchScope<'a>,
    cookie: Vec<u8>,
}

impl<'a> Listing<'a> {
    /// Reads the first page. Until it succeeds another server may be tried.
    async fn start(
        pool: &Pool,
        server: &Server,
        scope: &'a SearchScope<'a>,
    ) -> Result<(Self, Vec<ListedAccount>), LdapFailure> {
        let mut session = pool.live_session(server).await?;
        let privileged = PrivilegedAccounts::read(&mut session, scope.base).await?;
        let allowed = allowed_accounts(&mut session, scope).await?;
        let filter = USER_ACCOUNT.to_owned();
        let mut listing = Self { session, privileged, allowed, filter, scope, cookie: Vec::new() };
        let first = listing.next_page().await?;
        Ok((listing, first))
    }

    async fn next_page(&mut self) -> Result<Vec<ListedAccount>, LdapFailure> {
        let scope = self.scope;
        let configured = [scope.birthdate, scope.mobile, scope.employee_number].into_iter().flatten();
        let attributes: Vec<&str> = ATTRIBUTES.into_iter().chain(configured).collect();
        let cookie = std::mem::take(&mut self.cookie);
        let (entries, next) =
            self.session.connection.search_page(scope.base, &self.filter, &attributes, cookie).await?;
        self.cookie = next;
        entries.iter().map(|entry| self.listed_account(entry)).collect()
    }

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

/// Lists all accounts from the first server that returns a page, and only from that one: paging cookies are valid on
/// one server, so another server would start again from the first page. The timeout applies to each page, not to the
/// whole listing.
pub(super) async fn list(
    pool: &Pool,
    scope: &SearchScope<'_>,
    sink: &mut PageSink<'_>,
) -> Result<(), DirectoryError> {
    let mut tried = Vec::new();
    for server in pool.resolved_servers().await? {
        match Listing::start(pool, &server, scope).await {
            Ok((listing, first)) => return send_pages(listing, first, &server, sink).await,
            Err(failure) => pool.record_or_fail(&server, failure, &mut tried)?,
        }
    }
    Err(DirectoryError::Unreachable { tried: tried.join("; ") })
}

async fn send_pages(
    mut listing: Listing<'_>,
    first: Vec<ListedAccount>,
    server: &Server,
    sink: &mut PageSink<'_>,
) -> Result<(), DirectoryError> {
    let mut page = first;
    loop {
        if !page.is_empty() {
            sink(page);
        }
        if listing.cookie.is_empty() {
            server.return_idle(listing.session);
            return Ok(());
        }
        page = listing.next_page().await.map_err(|failure| interrupted(server, failure))?;
    }
}

fn interrupted(server: &Server, failure: LdapFailure) -> DirectoryError {
    match server.directory_error(failure) {
        DirectoryError::Unreachable { tried } => {
            DirectoryError::Unreachable { tried: format!("{tried}, in the middle of a listing") }
        }
        error @ (DirectoryError::Answer { .. } | DirectoryError::Unusable { .. }) => error,
    }
}
