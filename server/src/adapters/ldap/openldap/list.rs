//! Listing of all accounts below the base DN, page by page.

use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::account::{SearchScope, eligibility, id};
use super::context::PolicyContext;
use super::slapd_info::{PERSON, Pool, Server, Session};
use crate::ports::directory::{DirectoryError, ListedAccount, PageSink};

/// A listing in progress, over one connection to one server.
struct Listing<'a> {
    session: Session,
    context: PolicyContext,
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
        let context = PolicyContext::read(&mut session).await?;
        let mut listing = Self { session, context, scope, cookie: Vec::new() };
        let first = listing.next_page().await?;
        Ok((listing, first))
    }

    async fn next_page(&mut self) -> Result<Vec<ListedAccount>, LdapFailure> {
        let config = self.scope.config;
        let mut attributes = self.scope.attributes();
        attributes.extend(config.employee_number_attribute.as_deref());
        let cookie = std::mem::take(&mut self.cookie);
        let (entries, next) =
            self.session.connection.search_page(&config.base_dn, PERSON, &attributes, cookie).await?;
        self.cookie = next;
        // A person without a login name is an address book entry and cannot sign in.
        let accounts = entries.iter().filter(|entry| entry.text("uid").is_some());
        accounts.map(|entry| self.listed_account(entry)).collect()
    }

    fn listed_account(&self, entry: &Entry) -> Result<ListedAccount, LdapFailure> {
        let config = self.scope.config;
        let text = |name: &str| entry.text(name).map(ToOwned::to_owned);
        let configured = |name: &Option<String>| name.as_deref().and_then(text);
        Ok(ListedAccount {
            id: id(entry)?,
            dn: entry.dn.clone(),
            login: entry.required("uid")?.to_owned(),
            principal_name: None,
            mail: text("mail"),
            employee_number: configured(&config.employee_number_attribute),
            birthdate: configured(&config.birthdate_attribute),
            mobile: configured(&config.mobile_attribute),
            eligibility: eligibility(entry, &self.context, &self.session.info, self.scope.now)?,
        })
    }
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
