//! What is asked of a server by searches: one entry, several, page by page. Not what an entry means.

use super::super::entry::{self, Entry};
use super::{Connection, LdapFailure, failed};
use ldap3::controls::{Control, PagedResults, RawControl};
use ldap3::{LdapResult, Scope, SearchOptions};
use tokio::time::timeout;

/// The paged-results control (RFC 2696).
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// Which parts of a security descriptor are wanted (MS-ADTS 3.1.1.3.4.1.11). Without it all of it is, and whoever
/// may not read the auditing part gets nothing.
const SD_FLAGS: &str = "1.2.840.113556.1.4.801";
/// Its value: BER for `SEQUENCE { INTEGER 5 }`, owner and permissions.
const OWNER_AND_PERMISSIONS: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x05];

impl Connection {
    /// The entry itself, if it is there and the filter takes it.
    pub(in super::super) async fn one(
        &mut self,
        dn: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Option<Entry>, LdapFailure> {
        match self.search(dn, Scope::Base, filter, attributes, 0).await {
            Ok(hits) => Ok(hits.into_iter().next()),
            Err(LdapFailure::Answer { code: 32, .. }) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Any one entry that the filter takes, with the server stopping there.
    pub(in super::super) async fn any(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Option<Entry>, LdapFailure> {
        let (found, _) = self.results(base, Scope::Subtree, filter, attributes, 1).await?;
        Ok(found.into_iter().next())
    }

    /// Some entries that the filter takes, with the server stopping at `limit`; where `nTSecurityDescriptor` is
    /// asked for, it comes as far as it may be read. A base that is not there has none.
    pub(in super::super) async fn some(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: i32,
    ) -> Result<Vec<Entry>, LdapFailure> {
        let value = Some(OWNER_AND_PERMISSIONS.to_vec());
        self.ldap.with_controls(vec![RawControl { ctype: SD_FLAGS.to_owned(), crit: true, val: value }]);
        let (mut entries, result) = self.results(base, scope, filter, attributes, limit).await?;
        if limit > 0 {
            // Samba does not stop where it is told to.
            entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        match result.rc {
            // 4: there are more than so many.
            0 | 4 => Ok(entries),
            32 => Ok(Vec::new()),
            code => Err(LdapFailure::Answer { operation: "search", code, diagnostic: result.text }),
        }
    }

    /// All entries found; more than `limit` of them is an answer with code 4.
    pub(in super::super) async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: i32,
    ) -> Result<Vec<Entry>, LdapFailure> {
        match self.results(base, scope, filter, attributes, limit).await? {
            (entries, result) if result.rc == 0 => Ok(entries),
            (_, result) => {
                Err(LdapFailure::Answer { operation: "search", code: result.rc, diagnostic: result.text })
            }
        }
    }

    /// The next so many entries that the filter takes, and the cookie that brings those after them; an
    /// empty cookie begins, and ends.
    pub(in super::super) async fn page(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
        cookie: Vec<u8>,
    ) -> Result<(Vec<Entry>, Vec<u8>), LdapFailure> {
        let mut control =
            RawControl::from(PagedResults { size: self.config.page_size, cookie: cookie.clone() });
        // Critical: a server that cannot page shall say so, and not bring the first thousand for all.
        control.crit = true;
        self.ldap.with_controls(vec![control]);
        let (entries, result) = self.results(base, Scope::Subtree, filter, attributes, 0).await?;
        if result.rc != 0 {
            let (code, diagnostic) = (result.rc, result.text);
            return Err(LdapFailure::Answer { operation: "search", code, diagnostic });
        }
        let next = result
            .ctrls
            .iter()
            .find(|Control(_, raw)| raw.ctype == PAGED_RESULTS)
            .and_then(|Control(_, raw)| entry::paging_cookie(raw.val.as_deref()?))
            .ok_or_else(|| {
                LdapFailure::Unusable("a page without the word whether there is another".to_owned())
            })?;
        if entries.is_empty() && !next.is_empty() && next == cookie {
            return Err(LdapFailure::Unusable("a listing that does not advance".to_owned()));
        }
        Ok((entries, next))
    }

    /// All of what the filter takes, for what is known to be little.
    pub(in super::super) async fn all_pages(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<Entry>, LdapFailure> {
        let mut all = Vec::new();
        let mut cookie = Vec::new();
        loop {
            let (page, next) = self.page(base, filter, attributes, cookie).await?;
            all.extend(page);
            if next.is_empty() {
                return Ok(all);
            }
            cookie = next;
        }
    }

    /// What came before the result, and the result; referrals to other partitions are left out.
    async fn results(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: i32,
    ) -> Result<(Vec<Entry>, LdapResult), LdapFailure> {
        let limit = SearchOptions::new().sizelimit(limit);
        let searching = self.ldap.with_search_options(limit).search(base, scope, filter, attributes);
        // ldap3's own time limit starts anew with every entry.
        let found = timeout(self.config.operation_timeout, searching)
            .await
            .map_err(|_| LdapFailure::Silent("no answer to a search in time".to_owned()))?
            .map_err(|e| failed(&e))?;
        let ldap3::SearchResult(entries, result) = found;
        let entries = entries.into_iter().map(Entry::read).collect::<Result<_, _>>()?;
        Ok((entries, result))
    }
}
