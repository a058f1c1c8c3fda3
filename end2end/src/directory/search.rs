//! Answering searches: the rootDSE, scopes, and which attributes go out. Not what a filter means.

use super::accounts::{self, No};
use super::content::{BASE, STAFF};
use super::filter::matches;
use super::tree::{Dn, Entry, Tree};
use ldap3_proto::proto::{
    LdapPartialAttribute, LdapResultCode, LdapSearchRequest, LdapSearchResultEntry, LdapSearchScope,
};

/// The control that holds a reset to the password history (MS-ADTS 3.1.1.3.4.1.27).
pub(super) const POLICY_HINTS: &str = "1.2.840.113556.1.4.2239";

/// Computed when asked for by name; a `*` does not bring them.
const COMPUTED: [&str; 4] =
    ["memberOf", "msDS-ResultantPSO", "msDS-User-Account-Control-Computed", "allowedAttributesEffective"];

/// What the service account may write; the password comes by the right to reset, which is not in this list.
const WRITABLE: [&str; 2] = ["lockoutTime", "pwdLastSet"];

pub(super) fn is_root(request: &LdapSearchRequest) -> bool {
    request.base.is_empty() && request.scope == LdapSearchScope::Base
}

pub(super) fn root_dse(
    request: &LdapSearchRequest,
    history_control: bool,
    now: i64,
) -> LdapSearchResultEntry {
    let mut controls = vec!["1.2.840.113556.1.4.319", "1.2.840.113556.1.4.801"];
    if history_control {
        controls.push(POLICY_HINTS);
    }
    let mut root = Entry::new("", &["top"]);
    root.put("defaultNamingContext", &[BASE]);
    root.put("rootDomainNamingContext", &[BASE]);
    root.put("dnsHostName", &["dc1.pantein.grp"]);
    root.put("supportedLDAPVersion", &["3"]);
    root.put("supportedCapabilities", &["1.2.840.113556.1.4.800"]);
    root.put("supportedControl", &controls);
    root.put("currentTime", &[&super::clock::generalized(now)]);
    selected(&Tree::default(), &root, &request.attrs, now)
}

/// The entries in scope that the filter takes, up to the limit asked for, and whether that was all.
pub(super) fn search(
    tree: &Tree,
    request: &LdapSearchRequest,
    now: i64,
) -> Result<(Vec<LdapSearchResultEntry>, LdapResultCode), No> {
    let Some(base) = tree.resolve(&request.base).map(Entry::name) else {
        return Err(No::new(LdapResultCode::NoSuchObject, "0000208D: no such object"));
    };
    let in_scope = |dn: &Dn| match request.scope {
        LdapSearchScope::Base => *dn == base,
        LdapSearchScope::OneLevel => dn.is_child_of(&base),
        LdapSearchScope::Subtree => dn.is_within(&base),
        LdapSearchScope::Children => dn.is_within(&base) && *dn != base,
    };
    let hits =
        tree.entries.iter().filter(|entry| in_scope(&entry.name()) && matches(tree, entry, &request.filter));
    let hits: Vec<_> = hits.map(|entry| selected(tree, entry, &request.attrs, now)).collect();
    Ok(match usize::try_from(request.sizelimit) {
        Ok(limit) if limit > 0 && hits.len() > limit => {
            (hits.into_iter().take(limit).collect(), LdapResultCode::SizeLimitExceeded)
        }
        Ok(_) | Err(_) => (hits, LdapResultCode::Success),
    })
}

fn selected(tree: &Tree, entry: &Entry, asked: &[String], now: i64) -> LdapSearchResultEntry {
    let named = |name: &str| asked.iter().any(|a| a.eq_ignore_ascii_case(name));
    let all = asked.is_empty() || named("*");
    let stored = entry.attributes.values().filter(|(name, _)| all || named(name)).cloned();
    let computed = COMPUTED.iter().filter(|name| named(name)).filter_map(|name| {
        let values = compute(tree, entry, name, now);
        (!values.is_empty()).then(|| ((*name).to_owned(), values))
    });
    let attributes =
        stored.chain(computed).map(|(atype, vals)| LdapPartialAttribute { atype, vals }).collect();
    LdapSearchResultEntry { dn: entry.dn.clone(), attributes }
}

fn compute(tree: &Tree, entry: &Entry, name: &str, now: i64) -> Vec<Vec<u8>> {
    let dn = entry.name();
    match name {
        "memberOf" => tree.member_of(&dn).into_iter().map(String::into_bytes).collect(),
        "msDS-ResultantPSO" if entry.is_person() => {
            tree.resultant_pso(&dn).map(|pso| pso.dn.clone().into_bytes()).into_iter().collect()
        }
        "msDS-User-Account-Control-Computed" if entry.is_person() => {
            vec![accounts::computed_control(tree, entry, now).to_string().into_bytes()]
        }
        // Only the service account asks, so it is answered for the service account.
        "allowedAttributesEffective" if entry.is_person() && dn.is_within(&Dn::parse(STAFF)) => {
            WRITABLE.iter().map(|name| name.as_bytes().to_vec()).collect()
        }
        _ => Vec::new(),
    }
}
