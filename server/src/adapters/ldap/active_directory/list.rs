//! Everybody in the staff's part of the directory, page by page. Not one account: that is `account`.

use super::super::connection::LdapFailure;
use super::super::entry::Entry;
use super::account::{DOMAIN_USERS, Groups, USER_ACCOUNT, Where, id, standing_of};
use super::{Pool, Server, Session};
use crate::ports::directory::{AccountId, DirectoryError, ListedAccount, PageSink};
use ldap3::ldap_escape;
use std::collections::HashSet;

/// What every account is asked for.
const ATTRIBUTES: [&str; 7] = [
    "objectGUID",
    "sAMAccountName",
    "userPrincipalName",
    "mail",
    "userAccountControl",
    "accountExpires",
    "primaryGroupID",
];
/// Groups named in one filter; servers bound its size.
const GROUPS_AT_ONCE: usize = 50;

/// Who is privileged, found out before the first page: asking per account would take a search for each.
struct Privileged {
    accounts: HashSet<AccountId>,
    /// Relative identifiers of the domain's privileged groups, for those who have one as primary group.
    groups: HashSet<i64>,
}

impl Privileged {
    /// First the groups that are, or are nested in, a protected one; then who is in any of them. The
    /// nesting is asked of the groups, of which there are few, and not of every account.
    async fn read(session: &mut Session, base: &str) -> Result<Self, LdapFailure> {
        let realm = &session.realm;
        let (root, prefix) = (realm.root.clone(), format!("{}-", realm.sid));
        let filter =
            format!("(&(objectClass=group)(|{}{}))", realm.is_protected_group(), realm.in_protected_group());
        // The configured ones as well, whatever class they are of: `find` asks for them too.
        let mut names: HashSet<String> = realm.protected.iter().cloned().collect();
        let found = session.connection.all_pages(&root, &filter, &["objectSid"]).await?;
        let mut groups = HashSet::new();
        for group in found {
            let sid = group.sid("objectSid").ok_or_else(|| group.lacks("objectSid"))?;
            groups.extend(sid.strip_prefix(&prefix).and_then(|rid| rid.parse::<i64>().ok()));
            names.insert(ldap_escape(group.dn).into_owned());
        }
        let names: Vec<String> = names.into_iter().collect();
        let mut accounts = HashSet::new();
        for names in names.chunks(GROUPS_AT_ONCE) {
            let member = names.iter().fold(String::new(), |all, dn| all + "(memberOf=" + dn + ")");
            let filter = format!("(&{USER_ACCOUNT}(|(adminCount=1){member}))");
            for entry in session.connection.all_pages(base, &filter, &["objectGUID"]).await? {
                accounts.insert(id(&entry)?);
            }
        }
        Ok(Self { accounts, groups })
    }

    fn holds(&self, id: AccountId, primary_group: i64) -> bool {
        self.accounts.contains(&id) || (primary_group != DOMAIN_USERS && self.groups.contains(&primary_group))
    }
}

/// A listing on its way, over one connection to one server.
struct Listing<'a> {
    session: Session,
    privileged: Privileged,
    /// Who is in an allowed group, where there are such.
    allowed: Option<HashSet<AccountId>>,
    filter: String,
    scope: &'a Where<'a>,
    cookie: Vec<u8>,
}

impl<'a> Listing<'a> {
    /// Up to the first page: until then another server may be asked instead.
    async fn begin(
        pool: &Pool,
        server: &Server,
        scope: &'a Where<'a>,
    ) -> Result<(Self, Vec<ListedAccount>), LdapFailure> {
        let mut session = pool.proven(server).await?;
        let privileged = Privileged::read(&mut session, scope.base).await?;
        let allowed = allowed(&mut session, scope).await?;
        let filter = USER_ACCOUNT.to_owned();
        let mut listing = Self { session, privileged, allowed, filter, scope, cookie: Vec::new() };
        let first = listing.page().await?;
        Ok((listing, first))
    }

    async fn page(&mut self) -> Result<Vec<ListedAccount>, LdapFailure> {
        let scope = self.scope;
        let own = [scope.birthdate, scope.mobile, scope.employee_number].into_iter().flatten();
        let attributes: Vec<&str> = ATTRIBUTES.into_iter().chain(own).collect();
        let cookie = std::mem::take(&mut self.cookie);
        let (entries, next) =
            self.session.connection.page(scope.base, &self.filter, &attributes, cookie).await?;
        self.cookie = next;
        entries.iter().map(|entry| self.listed(entry)).collect()
    }

    fn listed(&self, entry: &Entry) -> Result<ListedAccount, LdapFailure> {
        let own = |name: &str| entry.text(name).map(ToOwned::to_owned);
        let id = id(entry)?;
        let groups = Groups {
            privileged: self.privileged.holds(id, entry.number("primaryGroupID")?),
            allowed: self.allowed.as_ref().is_none_or(|allowed| allowed.contains(&id)),
        };
        Ok(ListedAccount {
            id,
            dn: entry.dn.clone(),
            login: entry.required("sAMAccountName")?.to_owned(),
            principal_name: own("userPrincipalName"),
            mail: own("mail"),
            employee_number: self.scope.employee_number.and_then(own),
            birthdate: self.scope.birthdate.and_then(own),
            mobile: self.scope.mobile.and_then(own),
            eligibility: standing_of(entry, groups, &self.session.realm.excluded, self.scope.now)?,
        })
    }
}

async fn allowed(
    session: &mut Session,
    scope: &Where<'_>,
) -> Result<Option<HashSet<AccountId>>, LdapFailure> {
    if scope.allowed_groups.is_empty() {
        return Ok(None);
    }
    let filter = format!("(&{USER_ACCOUNT}(|{}))", scope.in_allowed_group());
    let members = session.connection.all_pages(scope.base, &filter, &["objectGUID"]).await?;
    members.iter().map(id).collect::<Result<_, _>>().map(Some)
}

/// Everybody, from the first server that brings a page, and from that one only: a second server would
/// begin anew, and cookies mean nothing to it. The time limit is the page's, never the whole listing's.
pub(super) async fn list(
    pool: &Pool,
    scope: &Where<'_>,
    take: &mut PageSink<'_>,
) -> Result<(), DirectoryError> {
    let mut tried = Vec::new();
    for server in pool.looked_up().await? {
        match Listing::begin(pool, &server, scope).await {
            Ok((listing, first)) => return to_the_end(listing, first, &server, take).await,
            Err(trouble) => pool.next_or_stop(&server, trouble, &mut tried)?,
        }
    }
    Err(DirectoryError::Unreachable { tried: tried.join("; ") })
}

async fn to_the_end(
    mut listing: Listing<'_>,
    first: Vec<ListedAccount>,
    server: &Server,
    take: &mut PageSink<'_>,
) -> Result<(), DirectoryError> {
    let mut page = first;
    loop {
        if !page.is_empty() {
            take(page);
        }
        if listing.cookie.is_empty() {
            server.keep(listing.session);
            return Ok(());
        }
        page = listing.page().await.map_err(|trouble| broken_off(server, trouble))?;
    }
}

fn broken_off(server: &Server, trouble: LdapFailure) -> DirectoryError {
    match server.error(trouble) {
        DirectoryError::Unreachable { tried } => {
            DirectoryError::Unreachable { tried: format!("{tried}, in the middle of a listing") }
        }
        error @ (DirectoryError::Answer { .. } | DirectoryError::Unusable { .. }) => error,
    }
}
