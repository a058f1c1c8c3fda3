//! Samples accounts outside the base DN, to which the service account should have no rights: a few in every container
//! that is a sibling of the base DN or of one of its ancestors.

use super::super::super::failure::LdapFailure;
use super::super::account::USER_ACCOUNT;
use super::super::domain_info::Session;
use super::required_rights::RequiredRights;
use super::sample::{Sample, sample};
use ldap3::Scope;

/// Maximum number of containers per level and of accounts per container.
const MAX_CONTAINERS: i32 = 30;
const MAX_ACCOUNTS: i32 = 3;

pub(super) async fn accounts(
    session: &mut Session,
    required: &RequiredRights,
) -> Result<Vec<Sample>, LdapFailure> {
    const CONTAINER: &str = "(|(objectClass=organizationalUnit)(objectClass=container))";
    let root = session.info.root.clone();
    let mut found = Vec::new();
    for dn in ancestors(&required.base, &root) {
        let siblings = session
            .connection
            .search_limited(dn, Scope::OneLevel, CONTAINER, &["1.1"], MAX_CONTAINERS)
            .await?;
        for other in siblings.iter().filter(|other| !is_within(&required.base, &other.dn)) {
            found.extend(sample(session, &other.dn, Scope::Subtree, USER_ACCOUNT, MAX_ACCOUNTS).await?);
        }
    }
    Ok(found)
}

/// Returns the ancestors of the base DN, up to the domain.
pub(super) fn ancestors<'a>(base: &'a str, root: &str) -> Vec<&'a str> {
    let mut all = Vec::new();
    let mut dn = base;
    while !dn.eq_ignore_ascii_case(root)
        && let Some(parent) = parent(dn)
    {
        all.push(parent);
        dn = parent;
    }
    all
}

/// Returns the part after the first unescaped comma.
fn parent(dn: &str) -> Option<&str> {
    let mut escaped = false;
    let comma = dn.char_indices().find(|(_, c)| {
        let is_separator = *c == ',' && !escaped;
        escaped = *c == '\\' && !escaped;
        is_separator
    });
    dn.get(comma?.0 + 1..)
}

fn is_within(dn: &str, other: &str) -> bool {
    let (dn, other) = (dn.to_lowercase(), other.to_lowercase());
    dn == other || dn.ends_with(&format!(",{other}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestors_end_at_the_domain() {
        assert_eq!(ancestors("OU=a\\,b,OU=c,DC=d,DC=e", "dc=d,dc=e"), ["OU=c,DC=d,DC=e", "DC=d,DC=e"]);
        assert!(ancestors("DC=d,DC=e", "DC=d,DC=e").is_empty());
        assert_eq!(ancestors("OU=a,DC=d", "DC=elsewhere"), ["DC=d"]);
    }

    #[test]
    fn ancestors_of_the_base_are_excluded() {
        assert!(is_within("OU=Staff,OU=Org,DC=a", "ou=org,DC=a"));
        assert!(is_within("OU=Staff,DC=a", "OU=staff,DC=a"));
        assert!(!is_within("OU=Staff,DC=a", "OU=aff,DC=a"));
    }
}
