//! Searches: one entry, several entries, page by page.

use super::super::entry::{self, Entry};
use super::super::failure::LdapFailure;
use super::super::result_code;
use super::{Connection, request_failure};
use ldap3::controls::{Control, PagedResults, RawControl};
use ldap3::{LdapResult, Scope, SearchOptions};
use tokio::time::timeout;

/// Paged-results control (RFC 2696).
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// Control that selects parts of a security descriptor (MS-ADTS 3.1.1.3.4.1.11). Without it the server returns all
/// parts, and an account that may not read the auditing part gets nothing.
const SD_FLAGS: &str = "1.2.840.113556.1.4.801";
/// Its value: BER for `SEQUENCE { INTEGER 5 }`, owner and DACL.
const OWNER_AND_DACL: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x05];

impl Connection {
    /// Returns the entry with this DN if it exists and matches the filter.
    pub(in super::super) async fn read_entry(
        &mut self,
        dn: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Option<Entry>, LdapFailure> {
        match self.search(dn, Scope::Base, filter, attributes, 0).await {
            Ok(entries) => Ok(entries.into_iter().next()),
            Err(LdapFailure::Answer { code: result_code::NO_SUCH_OBJECT, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Returns any one matching entry; the server stops after the first. Callers take "none" as proof, so no entry and a
    /// refusal is an error; a missing base has none.
    pub(in super::super) async fn find_any(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Option<Entry>, LdapFailure> {
        let (found, result) = self.search_raw(base, Scope::Subtree, filter, attributes, 1).await?;
        match (found.into_iter().next(), result.rc) {
            (None, code) if code != 0 && code != result_code::NO_SUCH_OBJECT => {
                Err(LdapFailure::Answer { operation: "search", code, diagnostic: result.text, advice: "" })
            }
            (entry, _) => Ok(entry),
        }
    }

    /// Returns up to `limit` matching entries; 0 means all. `nTSecurityDescriptor` is returned as far as the service
    /// account may read it. A missing base returns no entries.
    pub(in super::super) async fn search_limited(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: i32,
    ) -> Result<Vec<Entry>, LdapFailure> {
        let value = Some(OWNER_AND_DACL.to_vec());
        self.ldap.with_controls(vec![RawControl { ctype: SD_FLAGS.to_owned(), crit: true, val: value }]);
        let (mut entries, result) = self.search_raw(base, scope, filter, attributes, limit).await?;
        if limit > 0 {
            // Samba does not honour the size limit.
            entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        match result.rc {
            0 | result_code::SIZE_LIMIT_EXCEEDED => Ok(entries),
            result_code::NO_SUCH_OBJECT => Ok(Vec::new()),
            code => {
                Err(LdapFailure::Answer { operation: "search", code, diagnostic: result.text, advice: "" })
            }
        }
    }

    /// Returns all matching entries; more than `limit` of them are an error with `SIZE_LIMIT_EXCEEDED`.
    pub(in super::super) async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: i32,
    ) -> Result<Vec<Entry>, LdapFailure> {
        match self.search_raw(base, scope, filter, attributes, limit).await? {
            (entries, result) if result.rc == 0 => Ok(entries),
            (_, result) => Err(LdapFailure::Answer {
                operation: "search",
                code: result.rc,
                diagnostic: result.text,
                advice: "",
            }),
        }
    }

    /// Returns the next page of matching entries and the cookie for the page after it. An empty cookie requests the
    /// first page; a returned empty cookie means that this was the last.
    pub(in super::super) async fn search_page(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
        cookie: Vec<u8>,
    ) -> Result<(Vec<Entry>, Vec<u8>), LdapFailure> {
        let mut control =
            RawControl::from(PagedResults { size: self.config.page_size, cookie: cookie.clone() });
        // Critical, so that a server without paging reports an error instead of returning the first thousand entries
        // as if they were all.
        control.crit = true;
        self.ldap.with_controls(vec![control]);
        let (entries, result) = self.search_raw(base, Scope::Subtree, filter, attributes, 0).await?;
        if result.rc != 0 {
            let (code, diagnostic) = (result.rc, result.text);
            return Err(LdapFailure::Answer { operation: "search", code, diagnostic, advice: "" });
        }
        let next = result
            .ctrls
            .iter()
            .find(|Control(_, raw)| raw.ctype == PAGED_RESULTS)
            .and_then(|Control(_, raw)| entry::paging_cookie(raw.val.as_deref()?))
            .ok_or_else(|| LdapFailure::Unusable("a page without a paging cookie".to_owned()))?;
        if entries.is_empty() && !next.is_empty() && next == cookie {
            return Err(LdapFailure::Unusable("a paged search that does not advance".to_owned()));
        }
        Ok((entries, next))
    }

    /// Returns all matching entries, over all pages; for results known to be small.
    pub(in super::super) async fn search_all(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<Entry>, LdapFailure> {
        let mut all = Vec::new();
        let mut cookie = Vec::new();
        loop {
            let (page, next) = self.search_page(base, filter, attributes, cookie).await?;
            all.extend(page);
            if next.is_empty() {
                return Ok(all);
            }
            cookie = next;
        }
    }

    /// Returns the entries and the result; referrals to other partitions are dropped.
    async fn search_raw(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: i32,
    ) -> Result<(Vec<Entry>, LdapResult), LdapFailure> {
        let limit = SearchOptions::new().sizelimit(limit);
        let search = self.ldap.with_search_options(limit).search(base, scope, filter, attributes);
        // The timeout of `ldap3` restarts with every entry.
        let found = timeout(self.config.operation_timeout, search)
            .await
            .map_err(|_| LdapFailure::TimedOut("no answer to a search in time".to_owned()))?
            .map_err(|e| request_failure(&e))?;
        let ldap3::SearchResult(entries, result) = found;
        let entries = entries.into_iter().map(Entry::read).collect::<Result<_, _>>()?;
        Ok((entries, result))
    }
}
