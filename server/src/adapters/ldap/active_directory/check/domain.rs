//! The accounts around the base DN: those that the service account has nothing to do with. Not all of them: some of
//! every container beside the way from the domain to the base.

use super::super::super::connection::LdapFailure;
use super::super::Session;
use super::super::account::USER_ACCOUNT;
use super::excess::sample;
use super::required_right::Need;
use super::rights::Sample;
use ldap3::Scope;

/// Containers on each level, and accounts in each.
const CONTAINERS: i32 = 30;
const ACCOUNTS: i32 = 3;

pub(super) async fn accounts(session: &mut Session, need: &Need) -> Result<Vec<Sample>, LdapFailure> {
    const CONTAINER: &str = "(|(objectClass=organizationalUnit)(objectClass=container))";
    let root = session.realm.root.clone();
    let mut found = Vec::new();
    for dn in above(&need.base, &root) {
        let beside = session.connection.some(dn, Scope::OneLevel, CONTAINER, &["1.1"], CONTAINERS).await?;
        for other in beside.iter().filter(|other| !is_within(&need.base, &other.dn)) {
            found.extend(sample(session, &other.dn, Scope::Subtree, USER_ACCOUNT, ACCOUNTS).await?);
        }
    }
    Ok(found)
}

/// What lies above, up to the domain.
pub(super) fn above<'a>(base: &'a str, root: &str) -> Vec<&'a str> {
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

/// What follows the first comma that is not escaped.
fn parent(dn: &str) -> Option<&str> {
    let mut escaped = false;
    let comma = dn.char_indices().find(|(_, c)| {
        let ends = *c == ',' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
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
    fn the_way_up_ends_at_the_domain() {
        assert_eq!(above("OU=a\\,b,OU=c,DC=d,DC=e", "dc=d,dc=e"), ["OU=c,DC=d,DC=e", "DC=d,DC=e"]);
        assert!(above("DC=d,DC=e", "DC=d,DC=e").is_empty());
        assert_eq!(above("OU=a,DC=d", "DC=elsewhere"), ["DC=d"]);
    }

    #[test]
    fn the_way_itself_is_not_beside_it() {
        assert!(is_within("OU=Staff,OU=Org,DC=a", "ou=org,DC=a"));
        assert!(is_within("OU=Staff,DC=a", "OU=staff,DC=a"));
        assert!(!is_within("OU=Staff,DC=a", "OU=aff,DC=a"));
    }
}
