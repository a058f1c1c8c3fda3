//! Searches: the rootDSE, scopes, paging, and the attributes of the results.

use super::accounts::Refusal;
use super::content::{self, BASE, CONFIGURATION};
use super::entry::{Dn, Entry};
use super::filter::{Memberships, candidates, matches};
use super::lockout;
use super::permissions::Delegation;
use super::tree::Tree;
use ldap3_proto::proto::{
    LdapPartialAttribute, LdapResultCode, LdapSearchRequest, LdapSearchResultEntry, LdapSearchScope,
};

/// The control that applies the password history to a reset (MS-ADTS 3.1.1.3.4.1.27).
pub(super) const POLICY_HINTS: &str = "1.2.840.113556.1.4.2239";

/// The control that a client without audit rights needs to read a security descriptor (MS-ADTS 3.1.1.3.4.1.11).
const SD_FLAGS: &str = "1.2.840.113556.1.4.801";

/// Constructed attributes: returned only if requested by name, not for a `*`.
const COMPUTED: [&str; 6] = [
    "memberOf",
    "msDS-ResultantPSO",
    "msDS-User-Account-Control-Computed",
    "allowedAttributesEffective",
    "allowedChildClassesEffective",
    "nTSecurityDescriptor",
];

/// The maximum number of entries in one answer, paged or not (`MaxPageSize` of a real AD).
const MAX_PAGE_SIZE: usize = 1000;

/// A page of a paged search (RFC 2696).
#[derive(Debug, Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) size: i64,
    /// The DN of the last entry that was sent; empty at the beginning.
    pub(super) cookie: &'a [u8],
}

/// The context of a search.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchContext {
    /// The rights of the service account, the only client that searches.
    pub(super) delegation: Delegation,
    /// Whether the request has the control for security descriptors.
    pub(super) with_descriptor: bool,
    /// A `FILETIME`.
    pub(super) now: i64,
}

/// The result of a search.
pub(super) struct SearchResult {
    pub(super) entries: Vec<LdapSearchResultEntry>,
    pub(super) code: LdapResultCode,
    /// The cookie for the next page; empty after the last page.
    pub(super) cookie: Vec<u8>,
}

pub(super) fn is_root_dse(request: &LdapSearchRequest) -> bool {
    request.base.is_empty() && request.scope == LdapSearchScope::Base
}

pub(super) fn root_dse(
    request: &LdapSearchRequest,
    (history_control, read_only): (bool, bool),
    groups: Vec<Vec<u8>>,
    now: i64,
) -> LdapSearchResultEntry {
    let mut controls = vec!["1.2.840.113556.1.4.319", SD_FLAGS];
    if history_control {
        controls.push(POLICY_HINTS);
    }
    let mut root = Entry::new("", &["top"]);
    root.put("defaultNamingContext", &[BASE]);
    root.put("rootDomainNamingContext", &[BASE]);
    root.put("configurationNamingContext", &[CONFIGURATION]);
    root.put("schemaNamingContext", &[&format!("CN=Schema,{CONFIGURATION}")]);
    root.put("dnsHostName", &["dc1.pantein.grp"]);
    root.put("dsServiceName", &[&content::ntds_settings_dn("DC1")]);
    root.put_bytes("tokenGroups", groups);
    root.put("supportedLDAPVersion", &["3"]);
    // Only a read-only domain controller has the second one.
    let capabilities = ["1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1920"];
    root.put("supportedCapabilities", capabilities.get(..if read_only { 2 } else { 1 }).unwrap_or_default());
    root.put("supportedControl", &controls);
    root.put("currentTime", &[&super::clock::generalized_time(now)]);
    let context = SearchContext { delegation: Delegation::default(), with_descriptor: false, now };
    select_attributes(&Tree::default(), &root, &request.attrs, context)
}

/// The entries in scope that match the filter, up to the page size or the size limit of the request.
pub(super) fn search(
    tree: &Tree,
    request: &LdapSearchRequest,
    page: Option<Page<'_>>,
    context: SearchContext,
) -> Result<SearchResult, Refusal> {
    let Some(base) = tree.resolve(&request.base).map(Entry::name) else {
        return Err(Refusal::new(LdapResultCode::NoSuchObject, "0000208D: no such object"));
    };
    let requested = page.map_or(request.sizelimit.into(), |page| page.size);
    let limit = usize::try_from(requested).ok().filter(|limit| *limit > 0);
    let limit = limit.unwrap_or(MAX_PAGE_SIZE).min(MAX_PAGE_SIZE);
    let after = page.map(|page| String::from_utf8_lossy(page.cookie)).filter(|dn| !dn.is_empty());
    let after = after.map(|dn| Dn::parse(&dn));
    let mut matching = matching_entries(tree, request, &base, after.as_ref());
    // One entry more shows whether there are further ones.
    let mut found: Vec<&Entry> = matching.by_ref().take(limit.saturating_add(1)).collect();
    let has_more = found.len() > limit;
    found.truncate(limit);
    let cookie = match found.last() {
        Some(last) if has_more && page.is_some() => last.dn.clone().into_bytes(),
        Some(_) | None => Vec::new(),
    };
    let code =
        if has_more && page.is_none() { LdapResultCode::SizeLimitExceeded } else { LdapResultCode::Success };
    let entries = found.into_iter().map(|entry| select_attributes(tree, entry, &request.attrs, context));
    Ok(SearchResult { entries: entries.collect(), code, cookie })
}

fn matching_entries<'a>(
    tree: &'a Tree,
    request: &'a LdapSearchRequest,
    base: &'a Dn,
    after: Option<&'a Dn>,
) -> Box<dyn Iterator<Item = &'a Entry> + 'a> {
    let in_scope = move |dn: &Dn| match request.scope {
        LdapSearchScope::Base => dn == base,
        LdapSearchScope::OneLevel => dn.is_child_of(base),
        LdapSearchScope::Subtree => dn.is_within(base),
        LdapSearchScope::Children => dn.is_within(base) && dn != base,
    };
    let memberships = Memberships::of(tree, &request.filter);
    let candidates = match request.scope {
        LdapSearchScope::Base => Some([base.clone()].into()),
        LdapSearchScope::OneLevel | LdapSearchScope::Subtree | LdapSearchScope::Children => {
            candidates(tree, &request.filter)
        }
    };
    let is_match = move |entry: &&'a Entry| matches(&memberships, tree, entry, &request.filter);
    if let Some(dns) = candidates {
        let dns = dns.into_iter().filter(move |dn| after.is_none_or(|after| dn > after) && in_scope(dn));
        return Box::new(dns.filter_map(|dn| tree.get(&dn)).filter(is_match));
    }
    let all = tree.entries(after).filter(move |(dn, _)| in_scope(dn)).map(|(_, entry)| entry);
    Box::new(all.filter(is_match))
}

/// The entry with the requested attributes.
fn select_attributes(
    tree: &Tree,
    entry: &Entry,
    requested: &[String],
    context: SearchContext,
) -> LdapSearchResultEntry {
    let is_requested = |name: &str| requested.iter().any(|attribute| attribute.eq_ignore_ascii_case(name));
    let all = requested.is_empty() || is_requested("*");
    let stored = entry.attributes.values().filter(|(name, _)| all || is_requested(name)).cloned();
    let computed = COMPUTED.iter().filter(|name| is_requested(name)).filter_map(|name| {
        let values = compute(tree, entry, name, context);
        (!values.is_empty()).then(|| ((*name).to_owned(), values))
    });
    let attributes =
        stored.chain(computed).map(|(atype, vals)| LdapPartialAttribute { atype, vals }).collect();
    LdapSearchResultEntry { dn: entry.dn.clone(), attributes }
}

fn compute(tree: &Tree, entry: &Entry, name: &str, context: SearchContext) -> Vec<Vec<u8>> {
    let dn = entry.name();
    match name {
        "memberOf" => tree.member_of(&dn).into_iter().map(String::into_bytes).collect(),
        "msDS-ResultantPSO" if entry.is_person() => {
            tree.resultant_pso(&dn).map(|pso| pso.dn.clone().into_bytes()).into_iter().collect()
        }
        "msDS-User-Account-Control-Computed" if entry.is_person() => {
            vec![lockout::computed_control(tree, entry, context.now).to_string().into_bytes()]
        }
        "allowedAttributesEffective" => {
            let writable = context.delegation.writable_attributes(entry);
            writable.into_iter().map(|name| name.as_bytes().to_vec()).collect()
        }
        "allowedChildClassesEffective" if context.delegation.can_create_children(entry) => {
            vec![b"user".to_vec()]
        }
        "nTSecurityDescriptor" if context.with_descriptor => vec![context.delegation.descriptor(entry)],
        _ => Vec::new(),
    }
}
