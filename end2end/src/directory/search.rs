//! Answering searches: the rootDSE, scopes, and which attributes go out. Not what a filter means.

use super::accounts::No;
use super::content::{self, BASE, CONFIGURATION};
use super::entry::{Dn, Entry};
use super::filter::{Memberships, candidates, matches};
use super::lockout;
use super::permissions::Delegation;
use super::tree::Tree;
use ldap3_proto::proto::{
    LdapPartialAttribute, LdapResultCode, LdapSearchRequest, LdapSearchResultEntry, LdapSearchScope,
};

/// The control that holds a reset to the password history (MS-ADTS 3.1.1.3.4.1.27).
pub(super) const POLICY_HINTS: &str = "1.2.840.113556.1.4.2239";

/// The control without which nobody but an auditor gets a security descriptor (MS-ADTS 3.1.1.3.4.1.11).
const SD_FLAGS: &str = "1.2.840.113556.1.4.801";

/// Computed when asked for by name; a `*` does not bring them.
const COMPUTED: [&str; 6] = [
    "memberOf",
    "msDS-ResultantPSO",
    "msDS-User-Account-Control-Computed",
    "allowedAttributesEffective",
    "allowedChildClassesEffective",
    "nTSecurityDescriptor",
];

/// At most so many entries come in one answer, paged or not (`MaxPageSize` of a real AD).
const MAX_PAGE_SIZE: usize = 1000;

/// A page of a paged search (RFC 2696).
#[derive(Debug, Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) size: i64,
    /// The DN of the last entry that was sent; empty at the beginning.
    pub(super) cookie: &'a [u8],
}

/// Under which circumstances something is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    /// What the service account may: only it asks.
    pub(super) may: Delegation,
    /// With the control that brings security descriptors.
    pub(super) described: bool,
    /// `FILETIME`.
    pub(super) now: i64,
}

/// What a search brings.
pub(super) struct Found {
    pub(super) hits: Vec<LdapSearchResultEntry>,
    pub(super) code: LdapResultCode,
    /// What brings the next page; empty after the last.
    pub(super) cookie: Vec<u8>,
}

pub(super) fn is_root(request: &LdapSearchRequest) -> bool {
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
    root.put("dsServiceName", &[&content::settings_of("DC1")]);
    root.put_bytes("tokenGroups", groups);
    root.put("supportedLDAPVersion", &["3"]);
    // The second one is what only a read-only controller says of itself.
    let capabilities = ["1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1920"];
    root.put("supportedCapabilities", capabilities.get(..if read_only { 2 } else { 1 }).unwrap_or_default());
    root.put("supportedControl", &controls);
    root.put("currentTime", &[&super::clock::generalized(now)]);
    let asking = Asking { may: Delegation::default(), described: false, now };
    selected(&Tree::default(), &root, &request.attrs, asking)
}

/// The entries in scope that the filter takes, up to a page or the limit asked for.
pub(super) fn search(
    tree: &Tree,
    request: &LdapSearchRequest,
    page: Option<Page<'_>>,
    asking: Asking,
) -> Result<Found, No> {
    let Some(base) = tree.resolve(&request.base).map(Entry::name) else {
        return Err(No::new(LdapResultCode::NoSuchObject, "0000208D: no such object"));
    };
    let asked = page.map_or(request.sizelimit.into(), |page| page.size);
    let most =
        usize::try_from(asked).ok().filter(|most| *most > 0).unwrap_or(MAX_PAGE_SIZE).min(MAX_PAGE_SIZE);
    let after = page.map(|page| String::from_utf8_lossy(page.cookie)).filter(|dn| !dn.is_empty());
    let after = after.map(|dn| Dn::parse(&dn));
    let mut hits = taken(tree, request, &base, after.as_ref());
    // One more tells whether that was all.
    let mut found: Vec<&Entry> = hits.by_ref().take(most.saturating_add(1)).collect();
    let more = found.len() > most;
    found.truncate(most);
    let cookie = match found.last() {
        Some(last) if more && page.is_some() => last.dn.clone().into_bytes(),
        Some(_) | None => Vec::new(),
    };
    let code =
        if more && page.is_none() { LdapResultCode::SizeLimitExceeded } else { LdapResultCode::Success };
    let hits = found.into_iter().map(|entry| selected(tree, entry, &request.attrs, asking)).collect();
    Ok(Found { hits, code, cookie })
}

fn taken<'a>(
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
    let known = Memberships::of(tree, &request.filter);
    let candidates = match request.scope {
        LdapSearchScope::Base => Some([base.clone()].into()),
        LdapSearchScope::OneLevel | LdapSearchScope::Subtree | LdapSearchScope::Children => {
            candidates(tree, &request.filter)
        }
    };
    let is_taken = move |entry: &&'a Entry| matches(&known, tree, entry, &request.filter);
    if let Some(few) = candidates {
        let few = few.into_iter().filter(move |dn| after.is_none_or(|after| dn > after) && in_scope(dn));
        return Box::new(few.filter_map(|dn| tree.get(&dn)).filter(is_taken));
    }
    let all = tree.entries(after).filter(move |(dn, _)| in_scope(dn)).map(|(_, entry)| entry);
    Box::new(all.filter(is_taken))
}

fn selected(tree: &Tree, entry: &Entry, asked: &[String], asking: Asking) -> LdapSearchResultEntry {
    let named = |name: &str| asked.iter().any(|a| a.eq_ignore_ascii_case(name));
    let all = asked.is_empty() || named("*");
    let stored = entry.attributes.values().filter(|(name, _)| all || named(name)).cloned();
    let computed = COMPUTED.iter().filter(|name| named(name)).filter_map(|name| {
        let values = compute(tree, entry, name, asking);
        (!values.is_empty()).then(|| ((*name).to_owned(), values))
    });
    let attributes =
        stored.chain(computed).map(|(atype, vals)| LdapPartialAttribute { atype, vals }).collect();
    LdapSearchResultEntry { dn: entry.dn.clone(), attributes }
}

fn compute(tree: &Tree, entry: &Entry, name: &str, asking: Asking) -> Vec<Vec<u8>> {
    let dn = entry.name();
    match name {
        "memberOf" => tree.member_of(&dn).into_iter().map(String::into_bytes).collect(),
        "msDS-ResultantPSO" if entry.is_person() => {
            tree.resultant_pso(&dn).map(|pso| pso.dn.clone().into_bytes()).into_iter().collect()
        }
        "msDS-User-Account-Control-Computed" if entry.is_person() => {
            vec![lockout::computed_control(tree, entry, asking.now).to_string().into_bytes()]
        }
        "allowedAttributesEffective" => {
            let writable = asking.may.writable(entry);
            writable.into_iter().map(|name| name.as_bytes().to_vec()).collect()
        }
        "allowedChildClassesEffective" if asking.may.creates_under(entry) => vec![b"user".to_vec()],
        "nTSecurityDescriptor" if asking.described => vec![asking.may.descriptor(entry)],
        _ => Vec::new(),
    }
}
