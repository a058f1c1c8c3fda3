//! A listing of all accounts, page by page; shared by the kinds of directory.

use super::connection::{DirectoryInfo, Session};
use super::failure::LdapFailure;
use super::pool::Pool;
use super::server::Server;
use crate::ports::directory::{DirectoryError, ListedAccount, PageSink};
use async_trait::async_trait;
use std::sync::Arc;

/// A listing in progress, over one connection to one server.
#[async_trait]
pub(super) trait Listing<R: DirectoryInfo>: Send + Sized {
    /// What is listed.
    type Scope: Copy + Send;

    /// Prepares a listing. Until its first page is read another server may be tried.
    async fn start(session: Session<R>, scope: Self::Scope) -> Result<Self, LdapFailure>;

    /// Reads the next page.
    async fn next_page(&mut self) -> Result<Vec<ListedAccount>, LdapFailure>;

    /// Whether the last page was read.
    fn is_complete(&self) -> bool;

    /// The connection, for reuse.
    fn into_session(self) -> Session<R>;
}

/// Lists all accounts from the first server that returns a page, and only from that one: paging cookies are valid on
/// one server, so another server would start again from the first page. The timeout applies to each page, not to the
/// whole listing.
pub(super) async fn list<R: DirectoryInfo, L: Listing<R>>(
    pool: &Pool<R>,
    scope: L::Scope,
    sink: &mut PageSink<'_>,
) -> Result<(), DirectoryError> {
    let mut tried = Vec::new();
    for server in pool.resolved_servers().await? {
        match first_page::<R, L>(pool, &server, scope).await {
            Ok((listing, first)) => return send_pages(listing, first, &server, sink).await,
            Err(failure) => pool.record_or_fail(&server, failure, &mut tried)?,
        }
    }
    Err(DirectoryError::Unreachable { tried: tried.join("; ") })
}

async fn first_page<R: DirectoryInfo, L: Listing<R>>(
    pool: &Pool<R>,
    server: &Arc<Server<R>>,
    scope: L::Scope,
) -> Result<(L, Vec<ListedAccount>), LdapFailure> {
    let mut listing = L::start(pool.live_session(server).await?, scope).await?;
    let first = listing.next_page().await?;
    Ok((listing, first))
}

async fn send_pages<R: DirectoryInfo, L: Listing<R>>(
    mut listing: L,
    first: Vec<ListedAccount>,
    server: &Arc<Server<R>>,
    sink: &mut PageSink<'_>,
) -> Result<(), DirectoryError> {
    let mut page = first;
    loop {
        if !page.is_empty() {
            sink(page);
        }
        if listing.is_complete() {
            server.return_idle(listing.into_session());
            return Ok(());
        }
        page = listing.next_page().await.map_err(|failure| interrupted(server, failure))?;
    }
}

fn interrupted<R: DirectoryInfo>(server: &Arc<Server<R>>, failure: LdapFailure) -> DirectoryError {
    match server.directory_error(failure) {
        DirectoryError::Unreachable { tried } => {
            DirectoryError::Unreachable { tried: format!("{tried}, in the middle of a listing") }
        }
        error @ (DirectoryError::Answer { .. } | DirectoryError::Unusable { .. }) => error,
    }
}
