//! Everybody in the staff's part of the directory, page by page. Not one account: that is `account`.

use super::super::connection::Trouble;
use super::super::entry::Entry;
use super::account::{PERSON, Scope, id, standing};
use super::context::Surroundings;
use super::{Pool, Server, Session};
use crate::ports::directory::{DirectoryError, Listed, TakePage};

/// A listing on its way, over one connection to one server.
struct Listing<'a> {
    session: Session,
    surroundings: Surroundings,
    scope: &'a Scope<'a>,
    cookie: Vec<u8>,
}

impl<'a> Listing<'a> {
    /// Up to the first page: until then another server may be asked instead.
    async fn begin(
        pool: &Pool,
        server: &Server,
        scope: &'a Scope<'a>,
    ) -> Result<(Self, Vec<Listed>), Trouble> {
        let mut session = pool.proven(server).await?;
        let surroundings = Surroundings::read(&mut session).await?;
        let mut listing = Self { session, surroundings, scope, cookie: Vec::new() };
        let first = listing.page().await?;
        Ok((listing, first))
    }

    async fn page(&mut self) -> Result<Vec<Listed>, Trouble> {
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

    fn listed(&self, entry: &Entry) -> Result<Listed, Trouble> {
        let config = self.scope.config;
        let own = |name: &str| entry.text(name).map(ToOwned::to_owned);
        let named = |name: &Option<String>| name.as_deref().and_then(own);
        Ok(Listed {
            id: id(entry)?,
            dn: entry.dn.clone(),
            login: entry.required("uid")?.to_owned(),
            principal_name: None,
            mail: own("mail"),
            employee_number: named(&config.employee_number_attribute),
            birthdate: named(&config.birthdate_attribute),
            mobile: named(&config.mobile_attribute),
            standing: standing(entry, &self.surroundings, &self.session.realm, self.scope.now)?,
        })
    }
}

/// Everybody, from the first server that brings a page, and from that one only: a second server would
/// begin anew, and cookies mean nothing to it. The time limit is the page's, never the whole listing's.
pub(super) async fn list(
    pool: &Pool,
    scope: &Scope<'_>,
    take: &mut TakePage<'_>,
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
    first: Vec<Listed>,
    server: &Server,
    take: &mut TakePage<'_>,
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

fn broken_off(server: &Server, trouble: Trouble) -> DirectoryError {
    match server.error(trouble) {
        DirectoryError::Unreachable { tried } => {
            DirectoryError::Unreachable { tried: format!("{tried}, in the middle of a listing") }
        }
        error @ (DirectoryError::Answer { .. } | DirectoryError::Unusable { .. }) => error,
    }
}
