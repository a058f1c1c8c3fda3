//! Filters that select one account.

use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::super::result_code::SIZE_LIMIT_EXCEEDED;
use super::slapd_info::{PERSON, Session};
use crate::ports::directory::AccountId;
use app::domain::username::Username;
use ldap3::{Scope, ldap_escape};

/// An LDAP filter that selects one account.
pub(super) struct AccountFilter(String);

impl AccountFilter {
    /// By `uid` only. The part of a mail address before the `@` is no login name, because mail addresses are
    /// reassigned.
    pub(super) fn by_name(name: &Username) -> Self {
        Self(format!("(uid={})", ldap_escape(name.as_str())))
    }

    /// By `entryUUID`, whatever its current DN.
    pub(super) fn by_id(id: AccountId) -> Self {
        Self(format!("(entryUUID={})", id.0))
    }

    /// Returns the matching account below the base DN, if any; two matches are an error.
    pub(super) async fn read_one(
        &self,
        session: &mut Session,
        attributes: &[&str],
    ) -> Result<Option<Entry>, LdapFailure> {
        let base = session.connection.config.base_dn.clone();
        let filter = format!("(&{PERSON}{})", self.0);
        let matches = session.connection.search(&base, Scope::Subtree, &filter, attributes, 2).await;
        let mut matches = match matches {
            Err(LdapFailure::Answer { code: SIZE_LIMIT_EXCEEDED, .. }) => {
                return Err(LdapFailure::Unusable("the name matches more than two accounts".to_owned()));
            }
            matches => matches?.into_iter(),
        };
        match (matches.next(), matches.next()) {
            (Some(first), Some(second)) => Err(LdapFailure::Unusable(format!(
                "the name matches two accounts: {}, {}",
                first.dn, second.dn
            ))),
            (only, _) => Ok(only),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_name_cannot_widen_the_filter() {
        let name = Username::parse("a(b)c", &app::domain::username::Domains::default()).unwrap();
        assert_eq!(AccountFilter::by_name(&name).0, "(uid=a\\28b\\29c)");
    }
}
