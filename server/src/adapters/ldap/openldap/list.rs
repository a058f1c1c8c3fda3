//! Everybody in the staff's part of the directory, page by page. Not one account: that is `account`.

use super::super::connection::LdapFailure;
use super::super::entry::Entry;
use super::account::{PERSON, Scope, eligibility, id};
use super::context::PolicyContext;
use super::{Pool, Server, Session};
use crate::ports::directory::{DirectoryError, ListedAccount, PageSink};

/// A listing on its way, over one connection to one server.
struct Listing<'a> {
    session: Session,
    surroundings: PolicyContext,
    scope: &'a Scope<'a>,
    cookie: Vec<u8>,
}

impl<'a> Listing<'a> {
    /// Up to the first page: until then another server may be asked instead.
    async fn begin(
        pool: &Pool,
        server: &Server,
        scope: &'a Scope<'a>,
    ) -> Result<(Self, Vec<ListedAccount>), LdapFailure> {
        let mut session = pool.proven(server).await?;
        let surroundings = PolicyContext::read(&mut session).await?;
        let mut listing = Self { session, surroundings, scope, cookie: Vec::new() };
        let first = listing.page().await?;
        Ok((listing, first))
    }

    async fn page(&mut self) -> Result<Vec<ListedAccount>, LdapFailure> {
        let config = self.scope.config;
        let mut attributes = self.scope.attributes();
        attributes.extend(config.employee_number_attribute.as_deref());
        let cookie = std::mem::take(&mut self.cookie);
        let (entries, next) =
            self.session.connection.page(&config.base_dn, PERSON, &attributes, cookie).await?;
        self.cookie = next;
        // A person without a login name is in an address book, and cannot sign in anywhere.
        let accounts = entries.iter().filter(|entry| entry.text("uid").is_some());
        accounts.map(|entry| self.listed(entry)).collect()
    }

    fn listed(&self, entry: &Entry) -> Result<ListedAccount, LdapFailure> {
        let config = self.scope.config;
        let own = |name: &str| entry.text(name).map(ToOwned::to_owned);
        let named = |name: &Option<String>| name.as_deref().and_then(own);
        Ok(ListedAccount {
            id: id(entry)?,
            dn: entry.dn.clone(),
            login: entry.required("uid")?.to_owned(),
            principal_name: None,
            mail: own("mail"),
            employee_number: named(&config.employee_number_attribute),
            birthdate: named(&config.birthdate_attribute),
            mobile: named(&config.mobile_attribute),
            eligibility: eligibility(entry, &self.surroundings, &self.session.realm, self.scope.now)?,
        })
    }
}

/// Everybody, from the first server that brings a page, and from that one only: a second server would
/// begin anew, and cookies mean nothing to it. The time limit is the page's, never the whole listing's.
pub(super) async fn list(
    pool: &Pool,
    scope: &Scope<'_>,
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
